#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Round-robin databases from captures at packet time: a day in numbers, restarts, files of others, configuration."""
import re
import shlex
import time
import unittest

import lab
import rrd_day
import rrd_lab
from rrd_lab import ARCHIVES, DAY, START, STEP, at


def rates(totals):
    """Per second between two boundaries, by the end of the step."""
    return {START + (n + 1) * STEP: (totals[n + 1] - totals[n]) / STEP for n in range(len(totals) - 1)}


def values(totals):
    return {START + n * STEP: totals[n] for n in range(1, len(totals))}


def consolidated(by_time, steps, function):
    """Rows of so many steps; half of them or more unknown: unknown."""
    rows = {}
    for moment, value in by_time.items():
        end = -(-moment // (steps * STEP)) * steps * STEP
        rows.setdefault(end, []).append(value)
    result = {}
    for end, row in rows.items():
        known = [value for value in row if value is not None]
        if len(row) == steps:
            enough = 2 * (steps - len(known)) <= steps and known
            result[end] = (max(known) if function == "MAX" else sum(known) / len(known)) if enough else None
    return result


class SimulatedDay(rrd_lab.RrdTest):
    @classmethod
    def setUpClass(cls):
        cls.day = rrd_day.Day()

    def wanted(self, file, source):
        totals = self.day.totals(file, source)
        if source == "open":
            return values(totals)
        by_time = rates(totals)
        if file.startswith("lan_stations/"):  # there is no file before the step of the first packet
            born = next(n for n, total in enumerate(self.first_seen(file)) if total)
            by_time = {time: None if time < START + born * STEP else rate for time, rate in by_time.items()}
        return by_time

    def first_seen(self, file):
        seen = [self.day.totals(file, source) for source in ("rx_packets", "tx_packets")]
        return [sum(totals) for totals in zip(*seen)]

    def check_file(self, path, file, names):
        self.assertEqual(rrd_lab.sources(path), names)
        wanted = {source: self.wanted(file, source) for source in names}
        for function in ("AVERAGE", "MAX"):
            for steps, _rows in ARCHIVES:
                got = rrd_lab.fetch(path, function, steps * STEP)
                for source in names:
                    self.assert_rates(got[source], consolidated(wanted[source], steps, function),
                                      f"{file} {source} {function} {steps}")

    def check_day(self, threads):
        rrd, more = rrd_day.CONFIG
        flag = self.config(rrd, f"{more}\ncapture: {{threads: {threads}}}")
        log = self.replay(self.pcap(self.day.packets), flag, f"--capture.local={rrd_day.LOCAL.hex(':')}")
        self.assertEqual(log, "")
        sources = rrd_day.SOURCES | {file: rrd_day.STATION_SOURCES for file in self.day.stations()}
        made = rrd_lab.files(self.rrd / "day")
        self.assertEqual(set(made), {f"{file}.rrd" for file in sources})
        for file, names in sources.items():
            with self.subTest(file=file):
                self.check_file(made[f"{file}.rrd"], file, names)
        return made

    def test_every_archive_of_every_source_holds_what_was_sent(self):
        made = self.check_day(threads=1)
        self.assertEqual(self.page.sum("iptraf_tcp_connections_ended_total", reason="unreachable"),
                         self.day.totals("tcp_connections", "unreachable")[-1])
        self.assertGreater(min(self.day.totals("tcp_connections", reason)[-1] for reason in rrd_day.ENDS[:4]), 50)
        for name, path in made.items():
            self.check_layout(name, path)

    def test_so_it_does_with_two_threads(self):
        self.check_day(threads=2)

    def check_layout(self, name, path):
        info = rrd_lab.info(path)
        self.assertEqual(info["step"], "300")
        for source in rrd_lab.sources(path):
            kind = "GAUGE" if source == "open" else "DERIVE"
            have = [info[f"ds[{source}].{key}"] for key in ("type", "minimal_heartbeat", "min", "max")]
            self.assertEqual(have, [f'"{kind}"', "600", "0.0000000000e+00", "NaN"], name)
        archives = [(function, *archive) for function in ("AVERAGE", "MAX") for archive in ARCHIVES]
        for number, (function, steps, rows) in enumerate(archives):
            have = [info[f"rra[{number}].{key}"] for key in ("cf", "pdp_per_row", "rows", "xff")]
            self.assertEqual(have, [f'"{function}"', str(steps), str(rows), "5.0000000000e-01"], name)
        self.assertNotIn(f"rra[{len(archives)}].cf", info)


class Restart(rrd_lab.RrdTest):
    """Two captures of the same device one after the other, each a packet a step."""

    def run_of(self, first_step, steps, wire_bytes, name, flag):
        """Packets in the middle of steps."""
        frame = lab.ethernet(bytes(46), 0x0806)
        packets = [(at((first_step + n) * STEP + 150), frame, wire_bytes) for n in range(steps)]
        return self.replay(self.pcap(packets, name), flag)

    def check_restart(self, ds_type, before, after):
        flag = self.config(f"ds_type: {ds_type}")
        self.run_of(0, 5, before, "before", flag)
        path = self.rrd / "day" / "interface.rrd"
        self.assertEqual(rrd_lab.last(path), START + 5 * STEP)
        self.run_of(5, 5, after, "after", flag)
        wanted = {START + (n + 1) * STEP: before / STEP if n < 5 else after / STEP for n in range(10)}
        wanted[START + 6 * STEP] = None
        for function in ("AVERAGE", "MAX"):
            got = rrd_lab.fetch(path, function, end=START + 10 * STEP)
            self.assert_rates(got["rx_bytes"], wanted, f"{ds_type} {function}")

    def test_one_step_is_unknown_and_no_spike_is_made(self):
        for ds_type in ("DERIVE", "COUNTER"):
            for before, after in ((60_000, 30_000), (30_000, 60_000), (600_000_000, 1000), (1_000_000_000, 1000)):
                with self.subTest(ds_type=ds_type, total=5 * before):
                    self.rrd = self.folder / f"{ds_type}{before}"
                    self.check_restart(ds_type, before, after)

    def test_with_a_step_of_a_second_two_are_unknown(self):
        flag = self.config("step: 1s")
        for first, count in ((0, 5), (5, 50)):
            packets = [(at(first + n + k / 100), rrd_lab.datagram()) for n in range(5) for k in range(count)]
            self.replay(self.pcap(packets), flag)
        got = rrd_lab.fetch(self.rrd / "day" / "interface.rrd", step=1, end=START + 10)["rx_packets"]
        self.assertEqual(list(got.values()), [5] * 5 + [None] * 2 + [50] * 3)

    def test_the_limit_of_counters_is_100_gigabits(self):
        self.run_of(0, 2, 1000, "day", self.config("ds_type: COUNTER"))
        info = rrd_lab.info(self.rrd / "day" / "interface.rrd")
        self.assertEqual(info["ds[rx_bytes].type"], '"COUNTER"')
        self.assertEqual((info["ds[rx_bytes].min"], info["ds[rx_bytes].max"]), ("NaN", "1.2500000000e+10"))

    def test_the_same_capture_again_changes_nothing(self):
        flag = self.config()
        capture = self.pcap([(at(n * 100), rrd_lab.datagram()) for n in range(100)])
        self.assertEqual(self.replay(capture, flag), "")
        before = {name: rrd_lab.dump(path) for name, path in rrd_lab.files(self.rrd).items()}
        log = self.replay(capture, flag)
        self.assertEqual({name: rrd_lab.dump(path) for name, path in rrd_lab.files(self.rrd).items()}, before)
        for path in rrd_lab.files(self.rrd).values():
            self.assertEqual(rrd_lab.count(log, [str(path), "has values up to", "has the clock been set back?"]), 1)
        self.assertEqual(len(rrd_lab.messages(log)), len(before))


class PacketsToCome(rrd_lab.RrdTest):
    def test_a_packet_of_2096_blocks_no_file_and_is_told_once(self):
        flag = self.config()
        packets = [(at(n * 100), rrd_lab.datagram()) for n in range(10)]
        log = self.replay(self.pcap(packets + [(4_000_000_000 * 10**9, rrd_lab.datagram())]), flag)
        self.assertEqual(rrd_lab.count(log, ["packets have times that are still to come", "would block them"]), 1)
        for path in rrd_lab.files(self.rrd).values():
            self.assertLess(rrd_lab.last(path), time.time() + 2 * DAY)
        got = rrd_lab.fetch(self.rrd / "day" / "interface.rrd", end=START + 3 * STEP)["rx_packets"]
        self.assertEqual(list(got.values()), [3 / STEP] * 3)


class FilesOfOthers(rrd_lab.RrdTest):
    """tcp_services.rrd as a guide from 2002 makes it: ten counters, seven archives."""
    PORTS = (22, 25, 80, 119, 443)

    def setUp(self):
        super().setUp()
        self.path = self.rrd / "day" / "tcp_services.rrd"
        self.path.parent.mkdir(parents=True)

    def create(self, ports=PORTS):
        sources = [f"DS:{port}_{way}:COUNTER:600:U:12500000" for port in ports for way in ("in", "out")]
        archives = [f"RRA:{function}:0.5:{steps}:{rows}" for function in ("AVERAGE", "MAX") for steps, rows in ARCHIVES]
        lab.run("rrdtool", "create", self.path, "--start", START - STEP, *sources, *archives[:7])

    def traffic(self, first_step=0, steps=4):
        """Each step 1000 bytes to port 80 and 500 from port 443."""
        capture = []
        for n in range(first_step, first_step + steps):
            for offset, ports, size in ((100, (5000, 80), 1000), (200, (443, 5000), 500)):
                day = rrd_day.Day(seconds=0)
                day.tcp(at(n * STEP + offset), (rrd_day.LOCAL, rrd_day.STATIONS[0]), ports, (1, 1), 16, size - 40)
                capture += day.packets
        return self.pcap(capture)

    def rows(self, source, first_step=0, steps=4):
        start = START + first_step * STEP
        got = rrd_lab.fetch(self.path, start=start, end=start + steps * STEP)[source]
        return [None if value is None else round(value * STEP, 6) for value in got.values()]

    def test_they_are_written_as_they_are(self):
        self.create()
        before = {key: value for key, value in rrd_lab.info(self.path).items() if ".cdp_prep" not in key}
        self.assertEqual(self.replay(self.traffic()), "")
        after = rrd_lab.info(self.path)
        unchanged = [key for key in before if re.search(r"\.(index|type|minimal_heartbeat|min|max|cf|rows|xff)$", key)]
        self.assertEqual({key: after[key] for key in unchanged}, {key: before[key] for key in unchanged})
        self.assertEqual(len(rrd_lab.sources(self.path)), 10)
        self.assertNotIn("rra[7].cf", after)
        self.assertEqual(self.rows("80_in"), [1000] * 4)
        self.assertEqual(self.rows("443_out"), [500] * 4)
        self.assertEqual(self.rows("22_in"), [0] * 4)
        self.assertEqual(self.rows("119_in"), [None] * 4, "a source that nobody asks for stays unknown")

    def test_a_missing_source_is_told_with_the_command_that_adds_it(self):
        self.create(self.PORTS[:-1])
        log = self.replay(self.traffic())
        command = re.search(r"lacks the data sources 443_in 443_out, .* add them with: (rrdtool tune [^\"]*)", log)[1]
        self.assertEqual(len(rrd_lab.messages(log)), 1)
        self.assertEqual(self.rows("80_in"), [1000] * 4)
        lab.run(*shlex.split(command))
        self.assertEqual(rrd_lab.sources(self.path)[-2:], ["443_in", "443_out"])
        self.assertEqual(self.replay(self.traffic(4)), "")
        self.assertEqual(self.rows("443_out", 4), [None, 500, 500, 500])
        self.assertEqual(self.rows("80_in", 4), [None, 1000, 1000, 1000])


class Configuration(rrd_lab.RrdTest):
    def refused(self, rrd, *words):
        done = lab.run(lab.EXPORTER, "--config.check", self.config(rrd), check=False, text=True)
        self.assertEqual(done.returncode, 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_services_that_cannot_be_kept_are_refused_by_name(self):
        self.refused("services: [tcp/22, tcp/8080]", "rrd.services: tcp/8080 is not counted",
                     "add 8080 to collectors.service.additional_ports")
        self.refused("services: [tcp/22, udp/53, tcp/22]", "rrd.services: tcp/22 is named twice")
        self.refused("services: [sctp/22]", "rrd.services", "sctp/22")

    def test_addresses_of_rrdcached_that_are_none_are_refused_by_name(self):
        for address in ("http://x", "localhost:", "localhost:rrd", "localhost:0", "localhost:65536", "[::1",
                        "unix:sock", "unix:", "a b", "host/1"):
            with self.subTest(address=address):
                self.refused(f'daemon: "{address}"', "rrd.daemon", address)
        done = lab.run(lab.EXPORTER, self.config('daemon: "unix:sock"'), "--once",
                       f"--capture.file={lab.CAPTURES / 'tcpreplay__test_test.pcap'}", check=False, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("rrd.daemon", done.stderr)

    def test_archives_that_are_none_are_refused_by_name(self):
        for archives in ("[]", "[1x0]", "[0x5]", "[5]"):
            with self.subTest(archives=archives):
                self.refused(f"archives: {archives}", "rrd.archives")

    def test_archives_are_those_of_new_files(self):
        self.replay(self.pcap([(at(1), rrd_lab.datagram())]), self.config("archives: [2x7, 10x3]"))
        info = rrd_lab.info(self.rrd / "day" / "interface.rrd")
        self.assertEqual([(info[f"rra[{n}].cf"], info[f"rra[{n}].pdp_per_row"], info[f"rra[{n}].rows"])
                          for n in range(4)],
                         [('"AVERAGE"', "2", "7"), ('"AVERAGE"', "10", "3"), ('"MAX"', "2", "7"), ('"MAX"', "10", "3")])

    def test_the_step_is_that_of_new_files(self):
        self.replay(self.pcap([(at(1), rrd_lab.datagram())]), self.config("step: 10s"))
        info = rrd_lab.info(self.rrd / "day" / "interface.rrd")
        self.assertEqual((info["step"], info["ds[rx_bytes].minimal_heartbeat"]), ("10", "20"))
        self.assertEqual(rrd_lab.last(self.rrd / "day" / "interface.rrd"), START + 10)


if __name__ == "__main__":
    unittest.main()
