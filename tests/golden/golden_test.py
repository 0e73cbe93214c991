#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every bundled capture gives the page and the document that stand beside this file, byte for byte.

usage: golden_test.py EXPORTER [--update]

--update writes what the exporter prints now; the review of that difference is the test's other half.
"""
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CAPTURES = HERE.parent / "data" / "captures"
FORMATS = {"prometheus": ".prom", "json": ".json"}


def exposition(exporter, capture, form):
    """Exit status and output, as one text."""
    run = subprocess.run([exporter, f"--config.file={HERE / 'golden.yml'}", "--once", f"--capture.file={capture}",
                          f"--format={form}"],
                         capture_output=True, timeout=60, check=False)
    return f"exit status {run.returncode}\n{run.stdout.decode()}"


def main():
    exporter, update = sys.argv[1], "--update" in sys.argv[2:]
    captures = sorted(path for path in CAPTURES.iterdir() if path.suffix in (".pcap", ".pcapng"))
    failed = 0
    for capture in captures:
        for form, suffix in FORMATS.items():
            golden = HERE / (capture.name + suffix)
            now = exposition(exporter, capture, form)
            if update:
                golden.write_text(now)
            elif not golden.exists() or golden.read_text() != now:
                failed += 1
                print(f"{golden.name} differs from what the exporter prints:")
                expected = golden.read_text().splitlines() if golden.exists() else []
                got = now.splitlines()
                for line in [f"-{x}" for x in expected if x not in got] + [f"+{x}" for x in got if x not in expected]:
                    print("  " + line)
    stale = [path.name for path in HERE.iterdir()
             if path.suffix in FORMATS.values() and not (CAPTURES / path.stem).exists()]
    for name in stale:
        print(f"{name} belongs to no capture")
    print(f"{len(captures)} captures, {failed} differences")
    return 1 if failed or stale or not captures else 0


if __name__ == "__main__":
    sys.exit(main())
