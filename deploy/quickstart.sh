#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# From a clone to /metrics: installs what the build needs, builds a release and runs it in the foreground.
#   deploy/quickstart.sh [FLAG...]      captures on this machine's interfaces where it may, else replays a bundled
#                                       capture; FLAGs go to iptraf_exporter
#   deploy/quickstart.sh --once FILE    prints one exposition of a capture file and ends
# IPTRAF_BUILD_DIR names another folder than build/ to build in.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build_dir=${IPTRAF_BUILD_DIR:-$top/build}
exe=$build_dir/iptraf_exporter
bundled_capture=$top/tests/data/captures/tcpreplay__test_test.pcap

build() {
  "$top/deploy/install_packages.sh" build
  cmake -S "$top" -B "$build_dir" -DCMAKE_BUILD_TYPE=Release -DIPTRAF_BUILD_TESTS=OFF
  cmake --build "$build_dir" --target iptraf_exporter --parallel "$(nproc)"
}

# The ring can be opened: root, or CAP_NET_RAW.
may_capture() {
  "$exe" --run-for=1ms --web.listen-address=127.0.0.1:0 --log.level=error 2>/dev/null
}

# url_of ADDRESS PATH: where the exporter says that it listens, as a URL of this machine.
url_of() {
  local address=$1
  address=${address/#'[::]'/localhost}
  address=${address/#0.0.0.0/localhost}
  echo "http://$address$2"
}

build >&2

if [ "${1:-}" = --once ]; then
  [ $# -eq 2 ] || {
    echo "usage: $0 --once FILE" >&2
    exit 1
  }
  exec "$exe" --once --capture.file="$2"
fi

source_flags=()
if may_capture; then
  echo "capturing on this machine's interfaces"
else
  echo "no permission to capture here (run as root to do so): replaying a bundled capture in a loop"
  source_flags=("--capture.file=$bundled_capture" --capture.replay=realtime --capture.loop)
fi

# Shows the exporter's log and, once it listens, where.
announce() {
  local line told=no
  while IFS= read -r line; do
    echo "$line" >&2
    if [ $told = no ] && [[ $line =~ 'listening on '([^ ,]+)', metrics under '([^ \"]+) ]]; then
      told=yes
      echo "ready: $(url_of "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}")"
    fi
  done
}

"$exe" "${source_flags[@]}" "$@" 2> >(announce) &
exporter=$!
trap 'kill -TERM "$exporter" 2>/dev/null || true' INT TERM
status=0
wait "$exporter" || status=$?
if kill -0 "$exporter" 2>/dev/null; then # a signal interrupted the wait, not the exporter
  status=0
  wait "$exporter" || status=$?
fi
exit "$status"
