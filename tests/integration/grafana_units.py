# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of Grafana's units fit what an expression gives, judged by the names of metrics."""
import re

import grafana_dashboards

COUNTS = {"short", "none"}
BYTES = {"bytes", "decbytes"}
PARTS_OF_HISTOGRAM = re.compile(r"_(bucket|sum|count)$")
COUNTED_PACKETS = re.compile(r"packets|checksum_errors")


def quantity(metric):
    """Of a gauge, or of what a histogram observes."""
    if metric.endswith("_seconds"):
        return {"s"}
    return BYTES if metric.endswith("_bytes") else COUNTS


def of_counter(metric, function, is_in_bits):
    if metric == "process_cpu_seconds_total":
        return {"percentunit"}
    if function == "increase":
        return BYTES if "_bytes" in metric else COUNTS
    if "_bytes" in metric:
        return {"bps"} if is_in_bits else set()  # rates of bytes are shown in bits
    return {"pps"} if COUNTED_PACKETS.search(metric) else {"cps"}


def expected(expression):
    """The units that fit; none when no unit can."""
    names = [metric for metric, _matchers in grafana_dashboards.metrics(expression)]
    metric = names[0]
    base = PARTS_OF_HISTOGRAM.sub("", metric.removesuffix(":rate5m"))
    function = re.search(r"(\w*)\(?" + re.escape(metric) + r"\{", expression)[1]
    if re.match(r"count\b", expression):
        return COUNTS
    if "histogram_quantile(" in expression or {base + "_sum", base + "_count"} <= set(names):
        return quantity(base)
    if ":ratio" in metric or " / " in expression:
        return {"percentunit"}
    if metric.endswith("_total") or metric.endswith(":rate5m"):
        return of_counter(metric, function, "* 8" in expression)
    return quantity(metric)
