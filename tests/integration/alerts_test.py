#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every shipped alert fires in a real Prometheus that scrapes real exporters in trouble, and none on a calm one.

The alerts are those of the file, made impatient by rules.in_seconds. All trouble is made from outside.
"""
import json
import pathlib
import re
import shutil
import signal
import tempfile
import time
import unittest

import flood_frames
import lab
import prometheus_server
import rrd_lab
import rules
import scrape_relay
from flood_frames import ACK, PUSH, SYN

FIN = 1
CLIENT, SERVER = (0x0a000001, 40_000), (0x0a000002, 80)
KNOWN, NEWCOMER = b"\x02\0\0\0\0\x0a", b"\x02\0\0\0\0\x1a"
DATAGRAMS = 30_000  # many times what a ring of one MiB holds
SEND = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(int(sys.argv[1])):
    s.sendto(bytes(200), ("10.9.9.2", 9))
"""
DAY_SECONDS = 86_400
# What a Prometheus that ran yesterday would know of its targets, as far as alerts ask.
REMEMBERED = ("iptraf_capture_up", "iptraf_lan_station_info")


def conversation():
    """A TCP connection from its first to its last packet, a tenth of a second apart."""
    def packet(source, destination, numbers, flags, payload=b""):
        return flood_frames.segment(source, destination, numbers, flags, payload)
    frames = [packet(CLIENT, SERVER, (0, 0), SYN), packet(SERVER, CLIENT, (0, 1), SYN | ACK),
              packet(CLIENT, SERVER, (1, 1), ACK), packet(CLIENT, SERVER, (1, 1), PUSH | ACK, bytes(100)),
              packet(SERVER, CLIENT, (1, 101), FIN | ACK), packet(CLIENT, SERVER, (101, 2), FIN | ACK),
              packet(SERVER, CLIENT, (2, 102), ACK)]
    return [(number * 10**8, frame) for number, frame in enumerate(frames)]


def with_wrong_checksum(frame):
    return frame[:24] + bytes([frame[24] ^ 0xff]) + frame[25:]


def knowing(exporter, stations):
    """Its page once it shows so many stations."""
    return exporter.page_when(lambda page: page.sum("iptraf_lan_station_info") == stations, "its stations are known")


def history(target, page, forgotten=()):
    """Samples of OpenMetrics: what this page shows, but for some addresses, every minute around this time yesterday."""
    yesterday = int(time.time()) - DAY_SECONDS
    return [f'{name}{{job="iptraf",instance="{target}",{labels}}} 1 {yesterday + 60 * minute}'
            for name, labels in re.findall(rf"^({'|'.join(REMEMBERED)}){{(.*)}} 1$", page.text, re.MULTILINE)
            if not any(mac in labels for mac in forgotten) for minute in range(-10, 10)]


def open_metrics(samples):
    """One document, in which each family is in one piece."""
    lines = []
    for name in REMEMBERED:
        lines += [f"# TYPE {name} gauge", *(sample for sample in samples if sample.startswith(name + "{"))]
    return "\n".join([*lines, "# EOF\n"])


@unittest.skipUnless(prometheus_server.is_installed() and lab.can_make_namespaces(),
                     "needs prometheus, root and network namespaces")
class Alerts(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.network = self.enterContext(lab.Namespace("a"))
        for command in ("link add d0 type veth peer name p0", "link add d1 type veth peer name p1",
                        "addr add 10.9.9.1/24 dev d0", "link set d0 up", "link set p0 up", "link set d1 up",
                        "link set p1 up", "neigh add 10.9.9.2 lladdr 02:00:00:00:00:0b dev d0"):
            self.network.ip(command)

    def config(self, name, text):
        path = self.folder / f"{name}.yml"
        path.write_text(text)
        return f"--config.file={path}"

    def replaying(self, name, packets, *flags, prefix=()):
        """An exporter that reads packets again and again, and its address."""
        path = packets if isinstance(packets, pathlib.Path) else rrd_lab.write_pcap(self.folder / name, packets)
        exporter = self.enterContext(lab.Exporter(f"--capture.file={path}", "--capture.replay=realtime",
                                                  "--capture.loop", "--web.listen-address=127.0.0.1:0", *flags,
                                                  prefix=prefix))
        return exporter, f"127.0.0.1:{exporter.tcp_port()}"

    def live(self, interface, *flags):
        exporter = self.enterContext(self.network.exporter(f"--capture.interface={interface}", *flags))
        return exporter, self.relay(exporter)

    def relay(self, exporter):
        return self.enterContext(scrape_relay.ScrapeRelay(exporter)).target

    def prometheus(self, targets):
        """One that remembers yesterday, scrapes these targets and evaluates the alerts each second."""
        data = self.folder / f"data{len(targets)}"
        (self.folder / "history").write_text(open_metrics(self.history))
        lab.run("promtool", "tsdb", "create-blocks-from", "openmetrics", self.folder / "history", data)
        configuration = {**json.loads(prometheus_server.scrape_config(*targets)), "rule_files": ["rules.yml"]}
        return self.enterContext(prometheus_server.PrometheusServer(
            json.dumps(configuration), files={"rules.yml": rules.in_seconds(rules.ALERTS.read_text())}, data=data))

    @staticmethod
    def assert_firing(prometheus, wanted):
        """Waits until exactly these (alert, instance) fire."""
        seen = set()

        def are_wanted(rows):
            seen.clear()
            seen.update((labels["alertname"], labels.get("instance")) for labels, _value in rows)
            return seen == wanted
        try:
            prometheus.rows_until('ALERTS{alertstate="firing"}', are_wanted)
        except AssertionError as error:
            raise AssertionError(f"missing: {wanted - seen}, unwanted: {seen - wanted}") from error

    def lose_packets(self, exporter):
        exporter.process.send_signal(signal.SIGSTOP)
        self.network.python(SEND, str(DATAGRAMS))
        exporter.process.send_signal(signal.SIGCONT)
        exporter.page_when(lambda page: page.sum("iptraf_capture_dropped_packets_total"), "packets were dropped")

    def starving(self):
        """An exporter that wants a table for which it gets no memory, and its address."""
        flag = self.config("starved", "collectors: {tcp: {max_connections: 16777216}}\n")
        return self.replaying("starved", conversation(), flag, prefix=("prlimit", f"--as={1 << 30}"))

    def replay_trouble(self):
        """Exporters of capture files, and what fires for each of them from the start."""
        calm, self.calm_target = self.replaying("calm", conversation())
        _starved, starved_target = self.starving()
        flood = self.folder / "flood"
        flood_frames.syn_flood(flood, 4000)
        _flooded, flood_target = self.replaying(
            "flood", flood, self.config("small", "collectors: {tcp: {max_connections: 100}}\n"))
        datagram = rrd_lab.datagram()
        self.broken, self.broken_target = self.replaying(
            "broken", [(n * 10**8, with_wrong_checksum(datagram) if n == 5 else datagram) for n in range(10)],
            self.config("broken", "{}\n"))
        guest, self.guest_target = self.replaying(
            "guest", [(n * 10**8, lab.ethernet(lab.ipv4_udp(1, 2, 3), source=source))
                      for n, source in enumerate((KNOWN, NEWCOMER))])
        self.history = history(self.calm_target, knowing(calm, 2)) + history(
            self.guest_target, knowing(guest, 3), forgotten=[NEWCOMER.hex(":")])
        return {("IptrafCollectorFailed", starved_target), ("IptrafSynFlood", flood_target),
                ("IptrafTableFull", flood_target), ("IptrafEvictions", flood_target),
                ("IptrafChecksumErrors", self.broken_target), ("IptrafNewStation", self.guest_target)}

    def start_live(self):
        """Two exporters in the namespace, one with a small ring and one with round-robin databases."""
        self.slow, self.slow_target = self.live("d0", self.config("ring", "capture: {ring_mib: 1}\n"))
        self.directory = self.folder / "rrd"
        kept, self.kept_target = self.live("d1", self.config(
            "rrd", f"rrd: {{enabled: true, directory: {self.directory}, step: 1s, archives: [1x60]}}\n"))
        kept.page_when(lambda page: page.sum("iptraf_rrd_last_update_timestamp_seconds"), "a step is written")

    def make_trouble(self):
        """What fires after this, of exporters that were well."""
        (self.folder / "broken.yml").write_text("nonsense: true\n")
        self.broken.process.send_signal(signal.SIGHUP)
        self.lose_packets(self.slow)
        self.network.ip("link set d0 down")
        shutil.rmtree(self.directory)
        self.directory.write_text("")
        return {("IptrafConfigReloadFailed", self.broken_target), ("IptrafDroppingPackets", self.slow_target),
                ("IptrafCaptureDown", self.slow_target), ("IptrafRrdErrors", self.kept_target),
                ("IptrafRrdStale", self.kept_target)}

    def test_every_alert_fires_for_what_it_is_about_and_for_nothing_else(self):
        gone_target = f"127.0.0.1:{lab.free_port()}"
        wanted = {*self.replay_trouble(), ("IptrafTargetDown", gone_target)}
        self.start_live()
        prometheus = self.prometheus({self.calm_target, self.slow_target, self.kept_target,
                                      *(target for _alert, target in wanted)})
        self.assert_firing(prometheus, wanted)
        wanted |= self.make_trouble()
        self.assert_firing(prometheus, wanted)
        self.assertEqual(prometheus.rows(f'count_over_time(ALERTS{{instance="{self.calm_target}"}}[1h])'), [])
        self.assertEqual([labels["mac"] for labels, _value in prometheus.rows('ALERTS{alertname="IptrafNewStation"}')],
                         [NEWCOMER.hex(":")])

        missing = ("IptrafTargetMissing", None)
        self.assert_firing(self.prometheus(set()), {missing})
        self.assertEqual({alert for alert, _target in (*wanted, missing)}, set(rules.alerts()))


if __name__ == "__main__":
    unittest.main()
