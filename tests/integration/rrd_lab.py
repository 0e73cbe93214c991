# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of round-robin databases stand on: captures, configurations, and what rrdtool says of a file."""
import os
import pathlib
import re
import struct
import tempfile
import unittest

import lab

STEP = 300
DAY = 86400
START = 1_700_006_400  # a midnight, so a boundary of every archive
ARCHIVES = ((1, 600), (6, 700), (24, 775), (288, 797))  # steps to a row, rows
STATION_A, STATION_B = b"\x02\0\0\0\0\x0a", b"\x02\0\0\0\0\x0b"


def write_pcap(path, packets):
    """A capture of (nanoseconds, frame) or (nanoseconds, frame, length on the wire)."""
    parts = [struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 1)]
    for time, frame, *wire in packets:
        length = wire[0] if wire else len(frame)
        parts += [struct.pack("<IIII", time // 10**9, time % 10**9, len(frame), length), frame]
    pathlib.Path(path).write_bytes(b"".join(parts))
    return path


def at(seconds):
    """Nanoseconds since the epoch of so many seconds after START."""
    return round((START + seconds) * 10**9)


def datagram(payload_bytes=72, port=53):
    """A frame of 42 + payload_bytes to a port."""
    return lab.ethernet(lab.ipv4_udp(40000, port, payload_bytes))


# ------------------------------------------------------------------------------------------- what rrdtool says
def rrdtool(*words):
    """As lab.run, but without an error; again while the exporter is writing the file, for which rrdtool does not wait."""
    done = lab.run("rrdtool", *words, check=False)
    while b"could not lock RRD" in done.stderr:
        done = lab.run("rrdtool", *words, check=False)
    return done


def told(*words):
    """What rrdtool prints."""
    done = rrdtool(*words)
    if done.returncode != 0:
        raise AssertionError(f"rrdtool {words}: {done.stderr.decode()}")
    return done.stdout.decode()


def info(path):
    """rrdtool info as {key: text}."""
    lines = told("info", path).splitlines()
    return dict(line.split(" = ", 1) for line in lines)


def sources(path):
    """The data sources of a file in their order."""
    index = {int(value): key[3:-len("].index")] for key, value in info(path).items() if key.endswith("].index")}
    return [index[place] for place in sorted(index)]


def is_database(path):
    return rrdtool("info", path).returncode == 0


def last(path):
    return int(told("last", path))


def fetch(path, function="AVERAGE", step=STEP, start=START, end=START + DAY):
    """{data source: {end of the row: value, or None where it is unknown}} between start and end."""
    text = told("fetch", path, function, "-r", step, "-s", start, "-e", end)
    head, *rows = text.strip().splitlines()
    values = {name: {} for name in head.split()}
    for row in filter(None, rows):
        time, numbers = row.split(":")
        if start < int(time) <= end:
            for name, number in zip(values, numbers.split(), strict=True):
                values[name][int(time)] = None if "nan" in number else float(number)
    return values


def dump(path):
    return told("dump", path)


def files(directory):
    """{path below the directory: path} of its databases."""
    return {str(path.relative_to(directory)): path for path in pathlib.Path(directory).rglob("*.rrd")}


# ----------------------------------------------------------------------------------------------------- the tests
class RrdTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="iptraf_rrd.")))
        os.chmod(self.folder, 0o755)
        self.rrd = self.folder / "rrd"

    def pcap(self, packets, name="day"):
        return write_pcap(self.folder / name, packets)

    def config(self, rrd="", more="", name="config.yml"):
        """The flag for a configuration whose rrd section has these keys beside the directory."""
        path = self.folder / name
        path.write_text(f"rrd: {{enabled: true, directory: {self.rrd}{', ' if rrd else ''}{rrd}}}\n{more}\n")
        return f"--config.file={path}"

    def replay(self, capture, *flags, status=0):
        """The log of a replay at packet time as fast as it goes; the device is called day."""
        flags = flags or (self.config(),)
        ended, page, log = lab.exporter_once(capture, "--capture.device-label=day", *flags)
        self.assertEqual(ended, status, log)
        self.page = lab.Page(page)
        return log

    def assert_rates(self, got, wanted, what):
        """Equal where both are known; rrdtool prints eleven digits."""
        self.assertEqual({t for t, v in got.items() if v is None}, {t for t, v in wanted.items() if v is None}, what)
        for time, value in wanted.items():
            if value is not None and abs(got[time] - value) > 1e-9 * max(1.0, abs(value)):
                self.fail(f"{what}: {got[time]} at {time}, wanted {value}")


def updates(page):
    return page.sum("iptraf_rrd_updates_total")


def errors(page):
    return page.sum("iptraf_rrd_errors_total")


def count(text, words):
    """How many lines of a log have all these words."""
    return sum(all(word in line for word in words) for line in text.splitlines())


def messages(log):
    """The text of the warnings and errors of a log."""
    return [line for line in log.splitlines() if re.search(r"level=(?:warn|error)", line)]
