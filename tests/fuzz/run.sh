#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs every fuzzer on what the repository knows: seeds from captures, configurations and logs, and the kept corpus.
#   tests/fuzz/run.sh BUILD SECONDS           each for so long, one after the other
#   tests/fuzz/run.sh BUILD SECONDS --keep    the same, and then keeps the smallest corpus that covers as much
# BUILD is a build folder of the preset fuzz. What is found lies in BUILD/fuzz/found/.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -ge 2 ] || {
  sed -n '3,6s/^# //p' "$0" >&2
  exit 1
}
build=$(cd "$1" && pwd)
seconds=$2
keep=${3:-}
work=$build/fuzz
mkdir -p "$work/found"
python3 "$here/make_seeds.py" "$work/seeds"

status=0
for fuzzer in "$build"/tests/fuzz/fuzz_*; do
  if [ ! -f "$fuzzer" ] || [ ! -x "$fuzzer" ]; then continue; fi
  name=${fuzzer##*/fuzz_}
  corpus=$work/corpus/$name
  mkdir -p "$corpus" "$work/seeds/$name" "$work/found/$name"
  if [ -f "$here/corpus/$name.tar.xz" ]; then tar --extract --xz --file="$here/corpus/$name.tar.xz" -C "$corpus"; fi
  log=$work/$name.log
  if "$fuzzer" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$work/found/$name/" "$corpus" "$work/seeds/$name" >"$log" 2>&1; then
    echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs, nothing found"
  else
    status=1
    echo "$name: FOUND, see $log and $work/found/$name/; mend it and keep the input in tests/fuzz/findings/$name/"
    tail -n 30 "$log"
  fi
  if [ "$keep" = --keep ]; then
    smallest=$work/smallest/$name
    rm -rf "$smallest" && mkdir -p "$smallest" "$here/corpus"
    "$fuzzer" -merge=1 -max_len=4096 "$smallest" "$corpus" "$work/seeds/$name" >>"$log" 2>&1
    tar --create --xz --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
      --file="$here/corpus/$name.tar.xz" -C "$smallest" .
  fi
done
exit $status
