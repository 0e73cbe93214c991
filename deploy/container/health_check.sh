#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Exit status 0 when the exporter captures, that is, when its /-/ready answers 200; else 1, and the reason in words.
# HEALTH_CHECK_ADDRESS is where it listens, HOST:PORT, when that is not 127.0.0.1:10137. Needs bash and nothing else.
set -euo pipefail

address=${HEALTH_CHECK_ADDRESS:-127.0.0.1:10137}
host=${address%:*}
host=${host#[}
host=${host%]}
port=${address##*:}

if ! exec 3<>"/dev/tcp/$host/$port"; then
  echo "nothing listens on $address; set HEALTH_CHECK_ADDRESS where the exporter listens elsewhere"
  exit 1
fi 2>/dev/null
printf 'GET /-/ready HTTP/1.0\r\nHost: %s\r\n\r\n' "$address" >&3
mapfile -t answer <&3
status_line=${answer[0]:-nothing}
if [[ $status_line =~ ^HTTP/1\.[01]\ 200 ]]; then
  exit 0
fi
echo "http://$address/-/ready answers: ${status_line%$'\r'}"
exit 1
