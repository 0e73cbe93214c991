# SPDX-License-Identifier: GPL-2.0-or-later
"""Counters of one process over time: none may go back."""

ENDINGS = ("_total", "_count", "_sum", "_bucket")


class Counters:
    """The highest value that each counter has had; a family that is away for a while has to come back no lower."""

    def __init__(self):
        self.last = {}

    def follow(self, page):
        for series, value in page.samples.items():
            if not series[0].endswith(ENDINGS) or series[0].startswith("process_"):
                continue
            if value < self.last.get(series, 0):
                raise AssertionError(f"{series} went from {self.last[series]} to {value}")
            self.last[series] = value
