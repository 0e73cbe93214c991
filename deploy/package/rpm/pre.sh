#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Before the files: who they belong to.
user=iptraf_exporter
getent group "$user" >/dev/null || groupadd --system "$user"
getent passwd "$user" >/dev/null ||
  useradd --system --gid "$user" --no-create-home --home-dir /var/lib/iptraf_exporter --shell /sbin/nologin "$user"
exit 0
