#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what the tests need, builds, and runs every test; closes with ctest's summary.
#   tests/run.sh                        everything: by Clang with AddressSanitizer and UndefinedBehaviorSanitizer the unit
#                                       tests and, for some seconds each, the fuzzers; then all others on a release by GCC
#   tests/run.sh CTEST_ARGUMENT...      on a release alone, for example: tests/run.sh -L unit
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc)
seconds_for_each_fuzzer=4
"$top/deploy/install_packages.sh" test

release_target=all
if [ $# -eq 0 ]; then
  cmake -S "$top" -B "$top/build-asan" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER=clang++ \
    -DIPTRAF_SANITIZE=address,undefined -DIPTRAF_BUILD_FUZZERS=ON -DIPTRAF_WERROR=ON
  cmake --build "$top/build-asan" --target unit_tests fuzzers --parallel "$jobs"
  ctest --test-dir "$top/build-asan" --output-on-failure --parallel "$jobs" --label-regex unit
  "$top/tests/fuzz/run.sh" "$top/build-asan" "$seconds_for_each_fuzzer"
  release_target=iptraf_exporter
  set -- --label-exclude unit --exclude-regex NOT_BUILT # ctest's word for the unit tests, which have run already
fi

cmake -S "$top" -B "$top/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr -DIPTRAF_BUILD_TESTS=ON -DIPTRAF_WERROR=ON
cmake --build "$top/build" --target "$release_target" --parallel "$jobs"
exec ctest --test-dir "$top/build" --output-on-failure --parallel "$jobs" "$@"
