#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints the rules of dashboards/prometheus as PrometheusRule objects, one for each file:
#   render_rules.sh | kubectl apply -n iptraf -f -
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)

for file in "$top"/dashboards/prometheus/*.rules.yml; do
  name=$(basename "$file" .rules.yml)
  cat <<END
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: ${name//_/-}
  labels:
    app.kubernetes.io/name: iptraf-exporter
spec:
$(sed 's/^./  &/' "$file")
END
done
