#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds build/packages/*.deb, or *.rpm: build_packages.sh [deb|rpm]. A .deb is for the release of Debian that builds it.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
kind=${1:-deb}
case $kind in
  deb | rpm) ;;
  *)
    echo "usage: $0 [deb|rpm]" >&2
    exit 1
    ;;
esac

"$top/deploy/install_packages.sh" "package_$kind"
build=${IPTRAF_BUILD_DIRECTORY:-$top/build}
{
  cmake -S "$top" -B "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr
  cmake --build "$build" --target iptraf_exporter --parallel "$(nproc)"
  rm -f "$build"/packages/*."$kind"
  cpack -G "${kind^^}" --config "$build/CPackConfig.cmake"
} >&2
if [ "$kind" = deb ]; then ln -sf "$(basename "$build"/packages/*.deb)" "$build/packages/iptraf_exporter.deb"; fi
ls "$build"/packages/*."$kind"
