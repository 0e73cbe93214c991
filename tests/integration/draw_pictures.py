#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Draws the pictures of the README: an invented day of an office goes through the exporter, its round-robin databases
and the rrdcgi pages.

usage: draw_pictures.py FOLDER
"""
import math
import pathlib
import random
import shutil
import socket
import struct
import sys
import tempfile
import time

import lab
import rrdcgi_lab

STEP_SECONDS = 300
DAY_SECONDS = 86400
OFFICE, OUTSIDE = b"\x02\0\0\0\0\x0a", b"\x02\0\0\0\0\x01"
ACKNOWLEDGEMENT_BYTES, HEADERS_BYTES = 66, 54
DATA_BYTES = {1514: 0.7, 1090: 0.1, 614: 0.12, 238: 0.08}  # on the wire, and their share
PICTURES = {"tcp_services.rcgi": "tcp_services-443-day.png", "interface.rcgi": "interface-bits-day.png",
            "packet_size.rcgi": "packet_size-rx-day.png"}


def working_hours(hour):
    """From 0 at night to 1 in the late morning and the afternoon, with a dip at noon."""
    morning, afternoon = math.exp(-((hour - 10.5) / 1.7) ** 2), math.exp(-((hour - 15) / 2.2) ** 2)
    return min(1, morning + afternoon)


def night(hour, begin, hours):
    return 1 if begin <= hour < begin + hours else 0


# Port: data packets per step to the office and from it, by the hour of the day.
SERVICES = {
    443: (lambda hour: 15 + 2600 * working_hours(hour), lambda hour: 5 + 420 * working_hours(hour)),
    80: (lambda hour: 8 + 300 * working_hours(hour), lambda hour: 2 + 40 * working_hours(hour)),
    25: (lambda hour: 10 + 160 * working_hours(hour), lambda hour: 6 + 120 * working_hours(hour)),
    22: (lambda hour: 3 + 30 * working_hours(hour), lambda hour: 3 + 1900 * night(hour, 2, 1.5)),
}


def frame(port, wire_bytes, is_inbound):
    """The captured head of a TCP packet between the office and a server outside, of `wire_bytes` on the wire."""
    addresses = [socket.inet_aton(text) for text in ("198.51.100.7", "192.0.2.10")]
    ports, macs = [port, 40000 + port], [OUTSIDE, OFFICE]
    if not is_inbound:
        addresses, ports, macs = addresses[::-1], ports[::-1], macs[::-1]
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, wire_bytes - 14, 0, 0x4000, 64, 6, 0, *addresses)
    head = head[:10] + lab.checksum(head) + head[12:]
    tcp = struct.pack(">HHIIBBHHH", *ports, 1, 1, 0x50, 0x10, 65535, 0, 0)
    return macs[1] + macs[0] + b"\x08\0" + head + tcp


def write_day(path, end_seconds):
    dice = random.Random(7)
    templates = {(port, wire, way): frame(port, wire, way) for port in SERVICES
                 for wire in (*DATA_BYTES, ACKNOWLEDGEMENT_BYTES) for way in (True, False)}
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for begin in range(end_seconds - DAY_SECONDS, end_seconds, STEP_SECONDS):
            hour = time.localtime(begin).tm_hour + time.localtime(begin).tm_min / 60
            records = []
            for port, rates in SERVICES.items():
                for rate, way in zip(rates, (True, False)):
                    packets = rate(hour) * dice.uniform(0.6, 1.4)
                    shares = [(wire, way, share) for wire, share in DATA_BYTES.items()]
                    for wire, is_inbound, share in (*shares, (ACKNOWLEDGEMENT_BYTES, not way, 0.5)):
                        records += [(dice.randrange(STEP_SECONDS * 10**6), (port, wire, is_inbound))
                                    for _ in range(int(packets * share))]
            for offset, key in sorted(records):
                out.write(struct.pack("<IIII", begin + offset // 10**6, offset % 10**6, HEADERS_BYTES, key[1]))
                out.write(templates[key])


def main(target):
    end = int(time.time()) // STEP_SECONDS * STEP_SECONDS
    with tempfile.TemporaryDirectory() as folder:
        capture = pathlib.Path(folder, "day.pcap")
        write_day(capture, end)
        site = rrdcgi_lab.Site(pathlib.Path(folder))
        status, _page, log = lab.exporter_once(capture, "--capture.device-label=eth0", f"--rrd.directory={site.rrd}",
                                               f"--capture.local={OFFICE.hex(':')}")
        assert status == 0, log
        lab.run("chmod", "-R", "a+rX", folder)
        site.make_index()
        for page, picture in PICTURES.items():
            site.draw(page)
            shutil.copy(site.cache / "images/eth0" / picture, pathlib.Path(target, picture))


if __name__ == "__main__":
    main(sys.argv[1])
