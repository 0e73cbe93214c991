#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# After the files: the service as the distribution's presets say.
if [ "$1" -eq 1 ] && [ -d /run/systemd/system ]; then
  systemctl --no-reload preset iptraf_exporter.service >/dev/null 2>&1 || :
fi
if [ -d /run/systemd/system ]; then systemctl daemon-reload >/dev/null 2>&1 || :; fi
