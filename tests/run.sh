#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what the tests need, builds, and runs every test; closes with ctest's summary.
#   tests/run.sh [CTEST_ARGUMENT...]    for example: tests/run.sh -L unit
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc)
"$top/deploy/install_packages.sh" test

cmake -S "$top" -B "$top/build" -DCMAKE_BUILD_TYPE=Release -DIPTRAF_BUILD_TESTS=ON -DIPTRAF_WERROR=ON
cmake --build "$top/build" --parallel "$jobs"
exec ctest --test-dir "$top/build" --output-on-failure --parallel "$jobs" "$@"
