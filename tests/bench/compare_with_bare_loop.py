#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares the CPU time of iptraf_exporter over a capture file with that of a bare pcap_loop over the same file.

Both programs run in turn (A B A B ...) after one uncounted run each, so that whatever slows the machine down slows
both. The ratio of each pair and the median of the ratios are what the budget is about.
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

BUDGETS = {10_000: 2.5, 1_000_000: 3.5}  # CPU time over a bare pcap_loop, by number of flows
THREADS_BUDGET = 1.7  # wall-clock time of one thread over that of two
REPOSITORY = Path(__file__).resolve().parents[2]


class RunFailed(Exception):
    """A program under measurement did not do its work."""


class Run(NamedTuple):
    """What one run took, in seconds, and what it printed."""

    cpu: float
    wall: float
    output: str


def run(command):
    """Runs a command to its end. CPU time is user and system time of that process alone."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begin = time.monotonic()
        try:
            child = subprocess.Popen(command, stdout=out, stderr=err)
        except OSError as error:
            raise RunFailed(f"cannot run {command[0]}: {error.strerror}") from error
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if child.returncode != 0:
            message = err.read().decode(errors="replace").strip()
            raise RunFailed(f"{' '.join(command)} ended with status {child.returncode}: {message}")
        return Run(usage.ru_utime + usage.ru_stime, wall, out.read().decode(errors="replace"))


def counted_packets(pattern, text, program):
    """The sum of the packets that a program says it counted."""
    counts = re.findall(pattern, text, re.MULTILINE)
    if not counts:
        raise RunFailed(f"{program} did not say how many packets it counted")
    return sum(int(float(count)) for count in counts)


def exporter_packets(output):
    return counted_packets(r"^iptraf_capture_packets_total(?:\{.*\})? (\S+)", output, "iptraf_exporter")


def check_against_bare_loop(bare, exporter):
    """A program that reads less than the whole file is not to be compared."""
    expected = counted_packets(r"^packets (\d+)", bare, "bare_pcap_loop")
    actual = exporter_packets(exporter)
    if expected != actual:
        raise RunFailed(f"iptraf_exporter counted {actual} packets, bare_pcap_loop {expected}")


def check_threads_agree(few, many):
    if exporter_packets(few) != exporter_packets(many):
        raise RunFailed(f"{exporter_packets(few)} packets with few threads, {exporter_packets(many)} with many")


def alternate(first, second, runs, check_outputs):
    """Runs two commands in turn, after one checked but uncounted run each. Returns the runs of each."""
    check_outputs(run(first).output, run(second).output)
    pairs = [(run(first), run(second)) for _ in range(runs)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def line(name, seconds):
    return f"  {name:<22} min {min(seconds):7.3f} s   median {statistics.median(seconds):7.3f} s"


def compare_cpu(options, flows, capture):
    """Prints CPU time and ratios for one file. Returns the median of the ratios."""
    bare, exporter = alternate(
        [str(options.tools / "bare_pcap_loop"), str(capture)],
        exporter_command(options, capture),
        options.runs,
        check_against_bare_loop,
    )
    ratios = [theirs.cpu / ours.cpu for ours, theirs in zip(bare, exporter)]
    median = statistics.median(ratios)
    budget = f"budget {BUDGETS[flows]}" if flows in BUDGETS else "no budget for this number of flows"
    print(f"{capture.name}: {options.packets} packets, {flows} flows, CPU time of {options.runs} pairs of runs")
    print(line("bare pcap_loop", [one.cpu for one in bare]))
    print(line("iptraf_exporter", [one.cpu for one in exporter]))
    print("  ratio of each pair     " + " ".join(f"{ratio:.2f}" for ratio in ratios))
    print(f"  median ratio           {median:.2f} ({budget})\n", flush=True)
    return median


def compare_threads(options, capture, directory):
    """Prints wall-clock time with two numbers of threads and the ratio."""
    few, many = options.threads
    commands = []
    for threads in (few, many):
        config = Path(directory) / f"threads_{threads}.yml"
        config.write_text(f"capture:\n  threads: {threads}\n", encoding="utf-8")
        commands.append(exporter_command(options, capture) + [f"--config.file={config}"])
    slow, fast = alternate(*commands, options.runs, check_threads_agree)
    ratios = [one.wall / other.wall for one, other in zip(slow, fast)]
    budget = f" (budget {THREADS_BUDGET} where two cores are free)" if (few, many) == (1, 2) else ""
    print(f"{capture.name}: wall-clock time with {few} and {many} threads, {options.runs} pairs of runs")
    print(line(f"capture.threads {few}", [one.wall for one in slow]))
    print(line(f"capture.threads {many}", [one.wall for one in fast]))
    print("  ratio of each pair     " + " ".join(f"{ratio:.2f}" for ratio in ratios))
    print(f"  median ratio           {statistics.median(ratios):.2f}{budget}\n", flush=True)


def exporter_command(options, capture):
    return [str(options.exporter), "--once", f"--capture.file={capture}", *options.exporter_option]


def generated(options, mix, flows, directory):
    """The capture file for these options, made when it is not there yet."""
    name = f"{mix}_{options.packets}_{flows}_{options.snapshot_length}_{options.seed}.pcap"
    path = Path(directory) / name
    if not path.exists():
        partial = path.with_suffix(".partial")
        run(
            [
                str(options.tools / "generate_capture"),
                f"--packets={options.packets}",
                f"--flows={flows}",
                f"--mix={mix}",
                f"--snapshot-length={options.snapshot_length}",
                f"--seed={options.seed}",
                f"--output={partial}",
            ]
        )
        partial.rename(path)
    return path


def numbers(text):
    try:
        return [int(word) for word in text.split(",")]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is not a list of numbers such as 10000,1000000") from error


def two_numbers(text):
    pair = numbers(text)
    if len(pair) != 2:
        raise argparse.ArgumentTypeError(f"'{text}' is not two numbers of threads such as 1,2")
    return tuple(pair)


def add_program_options(parser, packets, snapshot_length):
    """The options of which program runs over which files."""
    parser.add_argument("--exporter", type=Path, default=REPOSITORY / "build/iptraf_exporter", help="the program")
    parser.add_argument("--exporter-option", action="append", default=[], help="one more option for the program")
    parser.add_argument("--tools", type=Path, help="folder of the two tools; default: tests/bench beside the program")
    parser.add_argument("--directory", type=Path, help="keeps the capture files; default: temporary")
    parser.add_argument("--packets", type=int, default=packets)
    parser.add_argument("--snapshot-length", type=int, default=snapshot_length)
    parser.add_argument("--seed", type=int, default=1)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_program_options(parser, packets=5_000_000, snapshot_length=96)
    parser.add_argument("--flows", type=numbers, default=[10_000, 1_000_000], help="one file for each, as N,N")
    parser.add_argument("--mix", default="imix", help="see generate_capture --help")
    parser.add_argument("--runs", type=int, default=7, help="counted pairs of runs")
    parser.add_argument("--threads", type=two_numbers, help="N,N: wall-clock time of these numbers of threads instead")
    parser.add_argument("--fail-above", type=float, metavar="RATIO", help="exit with 1 when a median ratio is above")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    if options.threads and options.fail_above is not None:
        parser.error("--fail-above is about CPU time: it does not go with --threads")
    options.tools = options.tools or options.exporter.parent / "tests/bench"
    return options


def measure(options, directory):
    """All files. Returns the process's exit status."""
    medians = []
    for flows in options.flows:
        capture = generated(options, options.mix, flows, options.directory or directory)
        if options.threads:
            compare_threads(options, capture, directory)
        else:
            medians.append(compare_cpu(options, flows, capture))
    is_over = options.fail_above is not None and any(median > options.fail_above for median in medians)
    if is_over:
        print(f"a median ratio is above {options.fail_above}", file=sys.stderr)
    return 1 if is_over else 0


def main():
    options = parse_options()
    try:
        if options.directory:
            options.directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as directory:
            return measure(options, directory)
    except (RunFailed, OSError) as error:
        print(f"compare_with_bare_loop.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
