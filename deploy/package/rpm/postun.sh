#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# After an upgrade the new program runs.
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload >/dev/null 2>&1 || :
  if [ "$1" -ge 1 ]; then systemctl try-restart iptraf_exporter.service >/dev/null 2>&1 || :; fi
fi
