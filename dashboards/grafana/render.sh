#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes the dashboards from their jsonnet sources: render.sh [FOLDER], by default beside this script. Needs jsonnet.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:-$here}

command -v jsonnet >/dev/null || {
  echo "$0: jsonnet is missing; on Debian: apt-get install jsonnet" >&2
  exit 1
}
for source in "$here"/source/*.jsonnet; do
  jsonnet --output-file "$folder/iptraf_$(basename "$source" .jsonnet).json" "$source"
done
