#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what the tests need, builds, and runs every test; each run of ctest closes with its summary.
#   tests/run.sh                    everything, see tests/README.md: with AddressSanitizer and
#                                   UndefinedBehaviorSanitizer what runs the program, and the fuzzers for some seconds
#                                   each; with ThreadSanitizer what its threads do; on a release the others
#   tests/run.sh CTEST_ARGUMENT...  on a release alone, for example: tests/run.sh -L unit
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc)
tests_at_once=$((jobs + 2)) # most of them wait for something
seconds_for_each_fuzzer=4
quick_to_build=(-DIPTRAF_PRECOMPILE=ON -DCMAKE_CXX_FLAGS_DEBUG=-gline-tables-only)
threaded_unit_tests='exporter/(capture|core/s|names/host|web|pipeline|reloader|watchdog|service_manager)'
"$top/deploy/install_packages.sh" test

# build FOLDER "TARGET..." CMAKE_ARGUMENT...
build() {
  local folder=$1 targets=$2
  shift 2
  cmake -S "$top" -B "$folder" -DIPTRAF_BUILD_TESTS=ON -DIPTRAF_WERROR=ON "$@"
  # shellcheck disable=SC2086 # a list of words
  cmake --build "$folder" --target $targets --parallel "$jobs"
}

# run_tests FOLDER CTEST_ARGUMENT...
run_tests() {
  ctest --test-dir "$1" --output-on-failure --parallel "$tests_at_once" "${@:2}"
}

with_address_sanitizer() {
  local folder=$top/build-asan
  build "$folder" "iptraf_exporter unit_tests fuzzers" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER=clang++ \
    -DIPTRAF_SANITIZE=address,undefined -DIPTRAF_BUILD_FUZZERS=ON "${quick_to_build[@]}"
  run_tests "$folder" --label-regex 'unit|program|rates'
  "$top/tests/fuzz/run.sh" "$folder" "$seconds_for_each_fuzzer"
}

with_thread_sanitizer() {
  local folder=$top/build-tsan fixed_addresses=()
  build "$folder" "iptraf_exporter unit_tests" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER=clang++ \
    -DIPTRAF_SANITIZE=thread -DIPTRAF_UNIT_TESTS="$threaded_unit_tests" "${quick_to_build[@]}"
  # Where addresses are random in many bits, they fall into what this sanitizer keeps for itself.
  ! setarch --addr-no-randomize true 2>/dev/null || fixed_addresses=(setarch --addr-no-randomize)
  "${fixed_addresses[@]}" ctest --test-dir "$folder" --output-on-failure --parallel "$tests_at_once" \
    --label-regex 'unit|threads'
}

# release TARGET CTEST_ARGUMENT...
release() {
  # The quickstart and the packages build the release again, as their users do.
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_DIR="$top/build-ccache" CCACHE_IGNOREOPTIONS=-Werror
  build "$top/build" "$1" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr
  run_tests "$top/build" "${@:2}"
}

if [ $# -gt 0 ]; then
  release all "$@"
else
  with_address_sanitizer
  with_thread_sanitizer
  # NOT_BUILT is ctest's word for the unit tests, which are not built here.
  release iptraf_exporter --label-exclude 'unit|program' --exclude-regex NOT_BUILT
fi
