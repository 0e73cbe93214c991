#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares what a packet of each flood costs iptraf_exporter with what one of calm traffic costs.

A packet's cost is the CPU time of the whole program over the packets of the file. Calm traffic and each flood run in
turn (calm, flood, calm, flood, ...), so that whatever slows the machine down slows both. One uncounted run of each
comes first; another watches the flood's memory and counts the series on its page.
"""
import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from compare_with_bare_loop import (RunFailed, add_program_options, alternate, exporter_command, exporter_packets,
                                    generated, run)

BUDGET = 3.0  # cost of a packet over that of a calm one
CALM = ("imix", 10_000)
ANYBODY = 10_000_000  # flows, so many that nearly every packet brings a new one
FLOODS = (("syn_flood", ANYBODY), ("colliding", ANYBODY), ("mac_flood", ANYBODY), ("port_scan", ANYBODY),
          ("udp_scan", ANYBODY), ("fragments", ANYBODY), ("fragment_flood", ANYBODY), ("vlan_stack", ANYBODY),
          ("ipv6_chain", ANYBODY), ("icmp_storm", 50_000), ("mixed", ANYBODY))
POLL_SECONDS = 0.005


class Footprint(NamedTuple):
    """The most memory that a run held, and what it put on its page."""

    anonymous_mib: float
    resident_mib: float
    series: int


def status_mib(status, field):
    match = re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)
    return int(match[1]) / 1024 if match else 0.0  # a process that has just ended has no memory


def footprint(command):
    """Runs a command to its end and watches its memory."""
    with tempfile.TemporaryFile("w+") as out:
        anonymous, resident = [], []
        with subprocess.Popen(command, stdout=out) as child:
            while child.poll() is None:
                status = Path(f"/proc/{child.pid}/status").read_text(encoding="ascii")
                anonymous.append(status_mib(status, "RssAnon"))
                resident.append(status_mib(status, "VmHWM"))
                time.sleep(POLL_SECONDS)
        out.seek(0)
        page = out.read()
    if child.returncode != 0:
        raise RunFailed(f"{' '.join(command)} ended with status {child.returncode}")
    series = sum(1 for line in page.splitlines() if line and not line.startswith("#"))
    return Footprint(max(anonymous), max(resident), series)


def check_packets(packets):
    """What alternate() asks of both outputs: the whole file was counted."""
    def check(*outputs):
        for output in outputs:
            if exporter_packets(output) != packets:
                raise RunFailed(f"iptraf_exporter counted {exporter_packets(output)} packets of {packets}")
    return check


def row(name, nanoseconds, ratio, held):
    print(f"{name:<15} {nanoseconds:9.0f} {ratio:6.2f} {held.anonymous_mib:12.1f} {held.resident_mib:13.1f} "
          f"{held.series:7}", flush=True)


def compare(options, calm, mix, flood):
    """Prints what one flood costs. Returns the median ratio."""
    pairs = list(zip(*alternate(calm, flood, options.runs, check_packets(options.packets))))
    ratio = statistics.median(hostile.cpu / quiet.cpu for quiet, hostile in pairs)
    cost = statistics.median(hostile.cpu for _quiet, hostile in pairs) / options.packets * 1e9
    row(mix, cost, ratio, footprint(flood))
    return ratio


def measure(options, directory):
    """All floods, with at most two files at a time unless they are to be kept. Returns the highest median ratio."""
    calm = exporter_command(options, generated(options, *CALM, directory))
    print(f"{options.packets} packets each, medians of {options.runs} pairs of runs; budget {BUDGET}")
    print(f"{'mix':<15} {'ns/packet':>9} {'ratio':>6} {'RssAnon MiB':>12} {'peak RSS MiB':>13} {'series':>7}")
    seconds = statistics.median(run(calm).cpu for _ in range(options.runs))
    row(CALM[0], seconds / options.packets * 1e9, 1, footprint(calm))
    worst = 0.0
    for mix, flows in FLOODS:
        if mix not in options.mixes:
            continue
        capture = generated(options, mix, flows, directory)
        worst = max(worst, compare(options, calm, mix, exporter_command(options, capture)))
        if not options.directory:
            capture.unlink()
    return worst


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_program_options(parser, packets=2_000_000, snapshot_length=256)
    parser.add_argument("--mixes", type=lambda text: text.split(","), default=[mix for mix, _flows in FLOODS],
                        help="floods to measure, as NAME,NAME")
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each file")
    parser.add_argument("--fail-above", type=float, metavar="RATIO", help="exit with 1 when a median ratio is above")
    options = parser.parse_args()
    unknown = set(options.mixes) - {mix for mix, _flows in FLOODS}
    if unknown:
        parser.error(f"no such flood: {', '.join(sorted(unknown))}")
    options.tools = options.tools or options.exporter.parent / "tests/bench"
    return options


def main():
    options = parse_options()
    try:
        with tempfile.TemporaryDirectory() as directory:
            if options.directory:
                options.directory.mkdir(parents=True, exist_ok=True)
            worst = measure(options, options.directory or directory)
    except (RunFailed, OSError) as error:
        print(f"flood_cost.py: {error}", file=sys.stderr)
        return 2
    return 1 if options.fail_above is not None and worst > options.fail_above else 0


if __name__ == "__main__":
    sys.exit(main())
