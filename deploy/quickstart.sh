#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# From a clone to /metrics: installs what the build needs, builds a release and runs it in the foreground.
#   deploy/quickstart.sh [FLAG...]              captures on this machine's interfaces where it may, else replays a
#                                               bundled capture; FLAGs go to iptraf_exporter
#   deploy/quickstart.sh --once FILE [FLAG...]  prints one exposition of a capture file and ends
# IPTRAF_BUILD_DIR names another folder than build/ to build in.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build_dir=${IPTRAF_BUILD_DIR:-$top/build}
exe=$build_dir/iptraf_exporter
bundled_capture=$top/tests/data/captures/tcpreplay__test_test.pcap
arguments=("$@")

build() {
  "$top/deploy/install_packages.sh" build
  cmake -S "$top" -B "$build_dir" -DCMAKE_BUILD_TYPE=Release -DIPTRAF_BUILD_TESTS=OFF
  cmake --build "$build_dir" --target iptraf_exporter --parallel "$(nproc)"
}

# given FLAG...: one of the flags is among the arguments.
given() {
  local flag argument
  for flag in "$@"; do
    for argument in "${arguments[@]}"; do
      [[ $argument == "$flag" || $argument == "$flag="* ]] && return 0
    done
  done
  return 1
}

# The ring can be opened: root, or CAP_NET_RAW.
may_capture() {
  "$exe" --run-for=1ms --web.listen-address=127.0.0.1:0 --log.level=error 2>/dev/null
}

# Sets source_flags to what the arguments leave open, and doing to what will be said once the exporter runs.
choose_source() {
  source_flags=()
  if given --capture.file; then
    doing="reading the capture file that --capture.file names"
  elif given --capture.interface; then
    doing="capturing on the interfaces that --capture.interface names"
  elif may_capture; then
    doing="capturing on this machine's interfaces"
  else
    doing="no permission to capture here (run as root to do so): replaying a bundled capture in a loop"
    source_flags=("--capture.file=$bundled_capture" --capture.loop)
    given --capture.replay || source_flags+=(--capture.replay=realtime)
  fi
}

# Sets flags to the arguments and hidden_levels to what is not to be shown of the log. The exporter itself always logs
# where it listens: announce() needs it.
choose_log() {
  flags=()
  hidden_levels=""
  local i level
  for ((i = 0; i < ${#arguments[@]}; i++)); do
    level=${arguments[i]#--log.level=}
    [[ ${arguments[i]} == --log.level ]] && level=${arguments[i + 1]:-}
    if [[ ${arguments[i]} == --log.level* && $level =~ ^(warn|error)$ ]]; then
      [[ $level == warn ]] && hidden_levels="info" || hidden_levels="info|warn"
      [[ ${arguments[i]} == --log.level ]] && i=$((i + 1))
    else
      flags+=("${arguments[i]}")
    fi
  done
}

# ready_text ADDRESS PATH: where the exporter says that it listens, as a URL of this machine, or as a command where
# there is no URL.
ready_text() {
  local address=$1
  if [[ $address == unix:* ]]; then
    printf 'curl --unix-socket %q http://localhost%s' "${address#unix:}" "$2"
    return
  fi
  address=${address/#'[::]'/localhost}
  address=${address/#0.0.0.0/localhost}
  echo "http://$address$2"
}

is_hidden() {
  local begin='^(ts=[^ ]+ level=|\{"ts":"[^"]+","level":")'
  [[ -n $hidden_levels && $1 =~ $begin($hidden_levels)[\"\ ] ]]
}

# Runs on a signal, which may come before the exporter runs.
stop() {
  is_stopping=yes
  [[ -z $exporter ]] || kill -TERM "$exporter" 2>/dev/null || true
}

# Shows the exporter's log and, once it listens, where.
announce() {
  local line said=no
  while IFS= read -r line; do
    is_hidden "$line" || echo "$line" >&2
    if [[ $line =~ 'listening on '(.+)', metrics under '([^ \"]+) ]]; then
      [ $said = yes ] || echo "$doing"
      said=yes
      echo "ready: $(ready_text "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}")"
    fi
  done
}

build >&2

if [[ ${1:-} == --once && $# -eq 1 ]]; then
  echo "usage: $0 --once FILE [FLAG...]" >&2
  exit 1
fi
if [[ ${1:-} == --once && ($2 == - || $2 != -*) ]]; then
  exec "$exe" --once --capture.file="$2" "${@:3}"
fi
if given --once --help -h --version --config.check; then
  exec "$exe" "$@"
fi

choose_source
choose_log
exporter=""
is_stopping=no
trap stop INT TERM
"$exe" "${source_flags[@]}" "${flags[@]}" 2> >(announce) &
exporter=$!
[[ $is_stopping == no ]] || stop
status=0
wait "$exporter" || status=$?
# A signal interrupted the wait, or bash answered 255 because the exporter ended in that moment: its own status, which is
# never 255, is still to come.
while [[ $is_stopping == yes || $status == 255 ]]; do
  is_stopping=no
  status=0
  wait "$exporter" || status=$?
done
exit "$status"
