#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Stops what is going to be removed.
if [ "$1" -eq 0 ] && [ -d /run/systemd/system ]; then
  systemctl --no-reload disable --now iptraf_exporter.service iptraf_exporter.socket iptraf_exporter_rrdcgi.timer \
    >/dev/null 2>&1 || :
fi
