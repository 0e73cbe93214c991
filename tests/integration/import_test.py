#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""iptraf_exporter import on logs of three versions of IPTraf, with promtool, Prometheus and rrdtool as the readers."""
import datetime
import itertools
import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import unittest

import lab
import prometheus_server

LOGS = lab.TOP / "tests" / "data" / "logs"
OLD_SERVICES = LOGS / "iptraf_25" / "tcp_udp_services-eth0.log"
NG = LOGS / "iptraf_ng"
NOON = 1715774400  # 15 May 2024 12:00 UTC

# Independent of the program: the forms of iptraf-ng's logs.
NUMBER = r"(\d+)"
HEADER = re.compile(r"^\*\*\* .*generated (.{24})$", re.M)
SERVICE = re.compile(rf"^(TCP|UDP)/{NUMBER}: .*?; {NUMBER} packets, {NUMBER} bytes incoming,.*?; {NUMBER} packets, "
                     rf"{NUMBER} bytes outgoing", re.M)
GENERAL = re.compile(rf"^(\w+): {NUMBER} total, {NUMBER} IP, {NUMBER} non-IP, {NUMBER} IP checksum errors", re.M)
ROW = re.compile(rf"^([\w -]+): \t?\d+ packets, \d+ bytes\n\t\(incoming: {NUMBER} packets, {NUMBER} bytes; outgoing: "
                 rf"{NUMBER} packets, {NUMBER} bytes\)", re.M)
BROADCAST = re.compile(rf"^Broadcast: {NUMBER} packets, {NUMBER} bytes$", re.M)
BRACKET = re.compile(rf"^\d+ to {NUMBER}:\s+{NUMBER}\s+{NUMBER}$", re.M)
STATION = re.compile(rf"^Ethernet address: (\S+)\n"
                     rf"\tIncoming total {NUMBER} packets, {NUMBER} bytes; {NUMBER} IP packets\n"
                     rf"\tOutgoing total {NUMBER} packets, {NUMBER} bytes; {NUMBER} IP packets", re.M)


def run_import(*flags, **options):
    return lab.run(lab.EXPORTER, "import", *lab.stays_root(flags), *flags, check=False, text=True, **options)


def records(path):
    """(seconds, text) of each record, its date taken as UTC."""
    parts = HEADER.split(path.read_text(encoding="ascii"))
    for date, text in zip(parts[1::2], parts[2::2]):
        time = datetime.datetime.strptime(date, "%a %b %d %H:%M:%S %Y").replace(tzinfo=datetime.timezone.utc)
        yield int(time.timestamp()), text


class Samples(dict):
    """{(name, labels, seconds): value}."""

    def add(self, seconds, name, value, **labels):
        key = (f"iptraf_{name}", tuple(sorted(labels.items())), seconds)
        assert key not in self, key
        self[key] = int(value)


def service_samples(samples):
    for seconds, text in records(NG / "tcp_udp_services-vb.log"):
        for protocol, port, *counts in SERVICE.findall(text):
            for name, value in zip(("in_packets", "in_bytes", "out_packets", "out_bytes"), counts):
                samples.add(seconds, f"service_{name}_total", value, device="vb", protocol=protocol.lower(), port=port)


def general_samples(samples):
    for seconds, text in records(NG / "iface_stats_general.log"):
        for device, total, ipv4, non_ip, bad in GENERAL.findall(text):
            ipv6 = int(total) - int(ipv4) - int(non_ip)
            for network, value in (("ipv4", ipv4), ("ipv6", ipv6), ("non_ip", non_ip)):
                samples.add(seconds, "import_general_packets_total", value, device=device, network=network)
            samples.add(seconds, "import_general_checksum_errors_total", bad, device=device)


def detailed_samples(samples):
    transports = {"TCP": "tcp", "UDP": "udp", "ICMP": "icmp", "Other IP": "other"}
    for seconds, text in records(NG / "iface_stats_detailed-vb.log"):
        rows = {name: list(map(int, counts)) for name, *counts in ROW.findall(text)}
        for direction, at in (("receive", 0), ("transmit", 2)):
            of = {name: counts[at:at + 2] for name, counts in rows.items()}
            none = of["Total"][0] - sum(of[name][0] for name in transports)
            for name, transport in transports.items():
                samples.add(seconds, f"interface_{direction}_packets_total", of[name][0], device="vb",
                            transport=transport)
                samples.add(seconds, f"interface_{direction}_ip_bytes_total", of[name][1], device="vb",
                            transport=transport)
            samples.add(seconds, f"interface_{direction}_packets_total", none, device="vb", transport="none")
            samples.add(seconds, f"interface_{direction}_checksum_errors_total", none - of["Non-IP"][0], device="vb")
            samples.add(seconds, f"import_interface_{direction}_network_bytes_total", of["Total"][1], device="vb")
            for name, word in (("IP", "ipv4"), ("Non-IP", "non_ip")):
                samples.add(seconds, f"import_interface_{direction}_{word}_packets_total", of[name][0], device="vb")
                samples.add(seconds, f"import_interface_{direction}_{word}_bytes_total", of[name][1], device="vb")
        packets, size = BROADCAST.search(text).groups()
        samples.add(seconds, "interface_receive_broadcast_packets_total", packets, device="vb")
        samples.add(seconds, "import_interface_receive_broadcast_network_bytes_total", size, device="vb")


def size_samples(samples):
    for seconds, text in records(NG / "packet_size-vb.log"):
        samples.add(seconds, "interface_mtu_bytes", 1500, device="vb")
        for bound, received, sent in BRACKET.findall(text):
            for direction, value in (("receive", received), ("transmit", sent)):
                samples.add(seconds, f"import_packet_size_{direction}_packets_total", value, device="vb",
                            up_to_bytes=bound)


def station_samples(samples):
    for seconds, text in records(NG / "lan_statistics-1.log"):
        for mac, *counts in STATION.findall(text):
            for direction, (packets, size, ip_packets) in (("receive", counts[:3]), ("transmit", counts[3:])):
                samples.add(seconds, f"lan_station_{direction}_packets_total", packets, device="vb", mac=mac)
                samples.add(seconds, f"lan_station_{direction}_ip_packets_total", ip_packets, device="vb", mac=mac)
                samples.add(seconds, f"import_lan_station_{direction}_network_bytes_total", size, device="vb", mac=mac)


def parse_openmetrics(text):
    samples = Samples()
    for line in text.splitlines():
        if not line.startswith("#"):
            series, value, seconds = line.rsplit(" ", 2)
            name, _brace, labels = series.partition("{")
            samples.add(int(seconds), name.removeprefix("iptraf_"), value, **dict(lab.LABEL.findall(labels)))
    return samples


class OpenMetrics(unittest.TestCase):
    maxDiff = None

    def text(self, *flags, messages=None):
        done = run_import("--to=openmetrics", "--timezone=UTC", *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        if messages is not None:
            self.assertEqual(done.stderr, messages)
        self.assertTrue(done.stdout.endswith("\n# EOF\n"))
        return done.stdout

    def test_every_value_of_iptraf_ngs_logs(self):
        expected = Samples()
        for add in (service_samples, general_samples, detailed_samples, size_samples, station_samples):
            add(expected)
        self.assertEqual(len(expected), 690)
        text = self.text("--device=vb", "--from", *sorted(NG.glob("*.log")),
                         messages="iptraf_exporter import: 38 records, 0 lines skipped, 0 files written\n")
        self.assertEqual(parse_openmetrics(text), expected)

    def test_service_names_give_the_same_as_ports(self):
        path = LOGS / "iptraf_ng_names" / "tcp_udp_services-vb.log"
        found = parse_openmetrics(self.text(f"--from={path}"))
        ports = {(dict(labels)["protocol"], dict(labels)["port"]) for _name, labels, _seconds in found}
        self.assertEqual(ports, {("tcp", "80"), ("udp", "53"), ("udp", "123")})
        first = min(seconds for _name, _labels, seconds in found)
        self.assertEqual(found["iptraf_service_out_bytes_total",
                               (("device", "vb"), ("port", "123"), ("protocol", "udp")), first], 1460)

    def test_logs_of_iptraf_3(self):
        done = run_import("--to=openmetrics", "--timezone=Europe/Vienna", "--device=lan0", "--from",
                          *sorted((LOGS / "iptraf_30").glob("*.log")))
        self.assertEqual(done.returncode, 0)
        self.assertIn("tcp_udp_services-ppp0.log:9: is of a service that /etc/services does not name", done.stderr)
        self.assertIn("tcp_udp_services-ppp0.log:15: is no line of TCP/UDP service statistics", done.stderr)
        self.assertIn("tcp_udp_services-ppp0.log:13: the record that begins here is cut", done.stderr)
        self.assertTrue(done.stderr.endswith("import: 9 records, 3 lines skipped, 0 files written\n"), done.stderr)
        lines = done.stdout.splitlines()
        for line in ('iptraf_service_out_bytes_total{device="ppp0",protocol="tcp",port="80"} 1581087276 1715770800',
                     'iptraf_service_in_bytes_total{device="ppp0",protocol="udp",port="137"} 300 1715770800',
                     'iptraf_interface_receive_bytes_total{device="eth1"} 200000 1715767800',
                     'iptraf_interface_receive_packets_total{device="eth1",transport="none"} 40 1715767800',
                     'iptraf_interface_transmit_checksum_errors_total{device="eth1"} 4 1715767800',
                     'iptraf_import_packet_size_packets_total{device="ppp0",up_to_bytes="1492"} 361 1715770800',
                     'iptraf_import_general_packets_total{device="eth0:1",network="ipv4"} 50 1715770800',
                     'iptraf_lan_station_receive_packets_total{device="lan0",mac="fc:fc:00:00:00:01"} 3 1715770800',
                     'iptraf_lan_station_info{device="lan0",mac="02:00:00:00:00:0a",link_type="ethernet",'
                     r'description="my \"host\" (A)"} 1 1715770800'):
            self.assertIn(line, lines)

    def test_the_order_of_logs_does_not_matter_and_nor_does_a_second_time(self):
        text = OLD_SERVICES.read_text(encoding="ascii")
        cuts = [0, text.index("\n*** TCP/UDP traffic log, generated Wed May 15 12:05"),
                text.index("Wed May 15 12:12:00"), len(text)]
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for suffix, (begin, end) in zip((".2", ".1", ""), itertools.pairwise(cuts)):
                paths.append(pathlib.Path(folder) / f"tcp_udp_services-eth0.log{suffix}")
                paths[-1].write_text(text[begin:end], encoding="ascii")
            whole = self.text(f"--from={OLD_SERVICES}")
            for order in itertools.permutations(paths):
                self.assertEqual(self.text("--from", *order), whole)
            output = pathlib.Path(folder) / "out"
            for _time in range(2):
                self.text_to(output, paths)
                self.assertEqual(output.read_text(encoding="ascii"), whole)

    def text_to(self, output, paths):
        done = run_import("--to=openmetrics", "--timezone=UTC", f"--output={output}", "--from", *paths)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        self.assertIn("1 file written", done.stderr)


@unittest.skipUnless(prometheus_server.is_installed(), "needs prometheus")
class RealPrometheus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        for name in ("iptraf_25", "iptraf_30", "iptraf_ng"):
            logs = sorted((LOGS / name).glob("*.log"))
            done = run_import("--to=openmetrics", "--timezone=UTC", "--device=lan0", f"--output={folder}/{name}.txt",
                              "--from", *logs)
            assert done.returncode == 0, done.stderr
            lab.run("promtool", "tsdb", "create-blocks-from", "openmetrics", f"{folder}/{name}.txt", f"{folder}/data")
        cls.prometheus = cls.enterClassContext(prometheus_server.PrometheusServer(
            "global: {scrape_interval: 1h}\n", "--storage.tsdb.retention.time=100y", data=f"{folder}/data"))

    def query(self, expression, seconds):
        """The values of an instant query."""
        return [value for _labels, value in self.prometheus.rows_until(expression, lambda _rows: True, time=seconds)]

    def test_promql_gives_the_totals_of_the_logs(self):
        port_80 = 'device="eth0",protocol="tcp",port="80"'
        for expression, seconds, value in (
                (f"iptraf_service_in_bytes_total{{{port_80}}}", NOON + 300, 90000),
                (f"iptraf_service_out_bytes_total{{{port_80}}}", NOON + 1200, 660000),
                (f"resets(iptraf_service_out_bytes_total{{{port_80}}}[20m1s])", NOON + 1200, 0),
                ("resets(iptraf_service_in_packets_total{device=\"eth0\",port=\"22\"}[20m1s])", NOON + 1200, 0),
                ('sum(iptraf_service_in_bytes_total{device="eth0",port="80"})', NOON + 600, 120400),
                ('sum(iptraf_interface_receive_packets_total{device="eth1"})', NOON + 600, 2400),
                ('sum(iptraf_interface_receive_packets_total{device="vb"})', NOON + 9, 5),
                ('resets(iptraf_import_interface_receive_network_bytes_total{device="vb"}[1m])', NOON + 59, 1)):
            with self.subTest(expression=expression):
                self.assertEqual(self.query(expression, seconds), [value])


def printed(value):
    """As rrdtool prints it."""
    return float(f"{value:.10e}")


@unittest.skipUnless(shutil.which("rrdtool"), "needs rrdtool")
class RoundRobin(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def write(self, *logs, device="lan0"):
        done = run_import("--to=rrd", "--timezone=UTC", f"--output={self.folder}/rrd", f"--device={device}", "--from",
                          *logs)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr

    def test_a_configuration_says_which_services_are_kept(self):
        config = self.folder / "exporter.yml"
        config.write_text(f"rrd: {{directory: {self.folder}/rrd, services: [tcp/8080, udp/80]}}\n", encoding="utf-8")
        done = run_import("--to=rrd", "--timezone=UTC", f"--config.file={config}", "--from", OLD_SERVICES)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("are passed over: tcp/22 tcp/80 tcp/443;", done.stderr)
        for file, wanted in (("tcp_services", {"8080_in", "8080_out"}), ("udp_services", {"80_in", "80_out"})):
            info = lab.run("rrdtool", "info", f"{self.folder}/rrd/eth0/{file}.rrd", text=True).stdout
            self.assertEqual(set(re.findall(r"ds\[(\w+)\]\.index", info)), wanted)
        config.write_text("rrd: {stepp: 5m}\n", encoding="utf-8")
        done = run_import("--to=rrd", f"--config.file={config}", "--from", OLD_SERVICES)
        self.assertEqual(done.returncode, 1)
        self.assertIn('unknown key "stepp" in rrd; did you mean "step"?', done.stderr)

    def test_one_bad_database_does_not_keep_the_other_logs_from_theirs(self):
        for device in ("eth0", "eth1"):
            (self.folder / f"tcp_udp_services-{device}.log").write_bytes(OLD_SERVICES.read_bytes())
        bad = self.folder / "rrd" / "eth0" / "tcp_services.rrd"
        bad.parent.mkdir(parents=True)
        bad.write_bytes(b"no database")
        done = run_import("--to=rrd", "--timezone=UTC", f"--output={self.folder}/rrd", "--from",
                          *sorted(self.folder.glob("*.log")))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.count(f"{bad} cannot be read as a round-robin database"), 1)
        self.assertTrue(done.stderr.endswith("1 file written, 1 file failed\n"), done.stderr)
        self.assertEqual(bad.read_bytes(), b"no database")
        self.assertEqual(self.rates("eth1/tcp_services", NOON, NOON + 300)[NOON + 300]["80_in"], 200)

    def rates(self, name, begin, end):
        """{time: {data source: bytes or packets per second}}; what is unknown is left out."""
        text = lab.run("rrdtool", "fetch", f"{self.folder}/rrd/{name}.rrd", "AVERAGE", "-s", begin, "-e", end,
                       text=True).stdout
        sources, _blank, *rows = text.splitlines()
        found = {}
        for row in rows:
            time, values = row.split(":")
            found[int(time)] = {source: float(value) for source, value in zip(sources.split(), values.split())
                                if "nan" not in value}
        return found

    def dump(self):
        return {path.name: lab.run("rrdtool", "dump", path).stdout for path in sorted(self.folder.rglob("*.rrd"))}

    def test_rates_are_those_of_the_logs_totals_and_unknown_across_a_restart(self):
        self.write(OLD_SERVICES)
        rates = self.rates("eth0/tcp_services", NOON, NOON + 1200)
        silent = {f"{port}_{way}": 0 for port in (22, 25, 80, 443) for way in ("in", "out")}
        self.assertEqual(rates[NOON + 300], silent | {"22_in": 10, "22_out": 2, "80_in": 200, "80_out": 800})
        self.assertEqual(rates[NOON + 600], silent | {"80_in": 100, "80_out": 100})
        self.assertEqual(rates[NOON + 900], {})
        self.assertEqual(rates[NOON + 1200], silent | {"80_in": 100, "80_out": 200, "443_in": 10, "443_out": 20})

    def test_a_second_time_changes_nothing_and_a_longer_log_adds_what_is_new(self):
        text = OLD_SERVICES.read_text(encoding="ascii")
        log = self.folder / "tcp_udp_services-eth0.log"
        whole = self.write(OLD_SERVICES)
        self.assertEqual(whole.splitlines()[-1], "iptraf_exporter import: 5 records, 0 lines skipped, 1 file written")
        self.assertIn("in the logs and in no database, and are passed over: tcp/8080 udp/80;", whole)
        wanted = self.dump()
        self.assertEqual(self.write(OLD_SERVICES), whole.replace(
            "1 file written", "0 files written, 5 updates not later than what the files have"))
        self.assertEqual(self.dump(), wanted)
        shutil.rmtree(self.folder / "rrd")
        for end in (text.index("\n*** TCP/UDP traffic log, generated Wed May 15 12:05"),
                    text.index("Wed May 15 12:11:30"), len(text)):
            log.write_text(text[:end], encoding="ascii")
            self.write(log)
        self.assertEqual(self.dump(), wanted)

    def test_a_file_that_exists_keeps_its_data_sources(self):
        path = self.folder / "rrd" / "eth0" / "udp_services.rrd"
        path.parent.mkdir(parents=True)
        lab.run("rrdtool", "create", path, "--start", NOON - 600, "--step", 300, "DS:80_in:DERIVE:600:0:U",
                "DS:9999_in:DERIVE:600:0:U", "RRA:AVERAGE:0.5:1:600")
        self.assertIn("2 files written", self.write(OLD_SERVICES))
        self.assertEqual(self.rates("eth0/udp_services", NOON, NOON + 300)[NOON + 300], {"80_in": printed(100 / 300)})

    def test_interfaces_stations_and_sizes_have_files_too(self):
        messages = self.write(*sorted((LOGS / "iptraf_30").glob("*.log")))
        for device in ("eth0", "eth0:1", "ppp0"):
            self.assertIn(f"general interface statistics of {device} tell no direction", messages)
        rates = self.rates("eth1/interface", NOON, NOON + 600)
        self.assertEqual(rates[NOON + 300], {
            "rx_packets": 2, "tx_packets": 1, "rx_bytes": printed(50000 / 300), "tx_bytes": printed(40000 / 300),
            "rx_bcast_b": 2, "rx_cksum_err": printed(1 / 300), "tx_cksum_err": printed(1 / 300)})
        self.assertEqual(rates[NOON + 600]["rx_packets"], 4)
        self.assertTrue((self.folder / "rrd/lan0/lan_stations/fc-fc-00-00-00-01.rrd").exists())
        self.assertFalse((self.folder / "rrd/ppp0/packet_size.rrd").exists())
        self.write(NG / "packet_size-vb.log")
        self.assertTrue((self.folder / "rrd/vb/packet_size.rrd").exists())


class Errors(unittest.TestCase):
    def expect(self, words, *flags):
        done = run_import(*flags)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertIn(words, done.stderr)

    def test_what_cannot_be_done_ends_with_1_and_says_why(self):
        log = f"--from={OLD_SERVICES}"
        for words, *flags in (("unknown flag --bogus", log, "--to=rrd", "--bogus"),
                              ("needs --from=LOG", "--to=rrd"),
                              ("needs --to=rrd", log),
                              ('there is no time zone "Europe/Wein"', log, "--to=openmetrics",
                               "--timezone=Europe/Wein"),
                              ("cannot read the log /nonexistent: No such file", "--from=/nonexistent",
                               "--to=openmetrics"),
                              ("give it as --device=NAME", f"--from={NG / 'lan_statistics-1.log'}", "--to=openmetrics"),
                              ("no record", f"--from={__file__}", "--to=openmetrics"),
                              ("cannot write the file /", log, "--to=openmetrics", "--output=/"),
                              ("/dev/null/x", log, "--to=rrd", "--output=/dev/null/x")):
            with self.subTest(words=words):
                self.expect(words, *flags)

    def test_a_full_disk_ends_with_1(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([lab.EXPORTER, "import", f"--from={OLD_SERVICES}", "--to=openmetrics"], stdout=full,
                                  stderr=subprocess.PIPE, check=False, timeout=lab.PATIENCE_SECONDS)
        self.assertEqual(done.returncode, 1)

    @unittest.skipUnless(os.geteuid() == 0, "root alone does not follow links")
    def test_root_writes_through_no_symbolic_link(self):
        with tempfile.TemporaryDirectory() as folder:
            kept, link = pathlib.Path(folder, "kept"), pathlib.Path(folder, "link")
            kept.write_text("as it was")
            link.symlink_to(kept)
            self.expect("link, which root does not follow", f"--from={OLD_SERVICES}", "--to=openmetrics", f"--output={link}")
            self.assertEqual(kept.read_text(), "as it was")

    def test_both_helps_tell_of_the_import(self):
        self.assertIn("--from=LOG", run_import("--help").stdout)
        self.assertIn("iptraf_exporter import --help", lab.run(lab.EXPORTER, "--help", text=True).stdout)


class Hostile(unittest.TestCase):
    def survive(self, name, content):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / name
            path.write_bytes(content)
            for target in ("openmetrics", "rrd"):
                done = lab.run(lab.EXPORTER, "import", *lab.stays_root(()), f"--to={target}", "--device=x",
                               f"--output={folder}/out.{target}", f"--from={path}", check=False)
                self.assertIn(done.returncode, (0, 1), done.stderr)
                self.assertIn(b"iptraf_exporter import: ", done.stderr)
                self.assertNotIn(b"\x1b", done.stderr)
                self.assertLess(len(done.stderr), 100_000)
            text = pathlib.Path(folder) / "out.openmetrics"
            if shutil.which("promtool"):
                lab.run("promtool", "tsdb", "create-blocks-from", "openmetrics", text, f"{folder}/data")

    def test_random_bytes(self):
        noise = random.Random(20240515)
        for size in (0, 1, 1000, 300_000):
            self.survive("tcp_udp_services-eth0.log", noise.randbytes(size))

    def test_a_binary(self):
        self.survive("packet_size-eth0.log", pathlib.Path("/bin/sh").read_bytes())

    def test_logs_cut_anywhere(self):
        noise = random.Random(1)
        for path in sorted(LOGS.glob("*/*.log")):
            content = path.read_bytes()
            for _time in range(3):
                self.survive(path.name, content[noise.randrange(len(content)):noise.randrange(len(content))] or b"\n")

    def test_damaged_bytes(self):
        noise = random.Random(2)
        for path in sorted(LOGS.glob("*/*.log")):
            content = bytearray(path.read_bytes())
            for _damage in range(200):
                content[noise.randrange(len(content))] = noise.choice(b"\0\n\xff 9*;:-,.")
            self.survive(path.name, bytes(content))


if __name__ == "__main__":
    unittest.main()
