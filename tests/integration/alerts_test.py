#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every shipped alert fires in a real Prometheus that scrapes real exporters in trouble, and none on a calm one.

The alerts are those of the file, made impatient by rules.in_seconds. All trouble is made from outside, but one: a
collector fails only when its copy gets no memory, which cannot be arranged for one collector of a running program. So
that one alert sees the page of a real exporter in which a relay has turned its 1 into 0.
"""
import pathlib
import re
import shutil
import signal
import tempfile
import time
import unittest

import flood_test
import lab
import prometheus_server
import rrd_lab
import rules
import scrape_relay
from flood_test import ACK, PUSH, SYN

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
        return flood_test.segment(source, destination, numbers, flags, payload)
    frames = [packet(CLIENT, SERVER, (0, 0), SYN), packet(SERVER, CLIENT, (0, 1), SYN | ACK),
              packet(CLIENT, SERVER, (1, 1), ACK), packet(CLIENT, SERVER, (1, 1), PUSH | ACK, bytes(100)),
              packet(SERVER, CLIENT, (1, 101), FIN | ACK), packet(CLIENT, SERVER, (101, 2), FIN | ACK),
              packet(SERVER, CLIENT, (2, 102), ACK)]
    return [(number * 10**8, frame) for number, frame in enumerate(frames)]


def with_wrong_checksum(frame):
    return frame[:24] + bytes([frame[24] ^ 0xff]) + frame[25:]


def history(target, page, forgotten=()):
    """OpenMetrics text: what this page shows, but for some addresses, every minute around this time yesterday."""
    yesterday = int(time.time()) - DAY_SECONDS
    lines = []
    for name in REMEMBERED:
        lines.append(f"# TYPE {name} gauge")
        for series in re.findall(rf"^{name}{{(.*)}} 1$", page.text, re.MULTILINE):
            if not any(mac in series for mac in forgotten):
                lines += [f'{name}{{job="iptraf",instance="{target}",{series}}} 1 {yesterday + 60 * minute}'
                          for minute in range(-10, 10)]
    return lines


def merged(histories):
    """One OpenMetrics document, in which each family is in one piece."""
    lines = sorted((line for history_lines in histories for line in history_lines if not line.startswith("#")),
                   key=lambda line: line.split("{")[0])
    out = []
    for name in REMEMBERED:
        out += [f"# TYPE {name} gauge", *(line for line in lines if line.startswith(name + "{"))]
    return "\n".join([*out, "# EOF\n"])


@unittest.skipUnless(prometheus_server.is_installed() and lab.can_make_namespaces(),
                     "needs prometheus, root and network namespaces")
class Alerts(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.network = self.enterContext(lab.Namespace("a"))
        for command in ("link set lo up", "link add d0 type dummy", "link add d1 type dummy",
                        "addr add 10.9.9.1/24 dev d0", "link set d0 up", "link set d1 up",
                        "neigh add 10.9.9.2 lladdr 02:00:00:00:00:0b dev d0"):
            self.network.ip(command)

    def config(self, name, text):
        path = self.folder / f"{name}.yml"
        path.write_text(text)
        return f"--config.file={path}"

    def replaying(self, name, packets, *flags):
        """An exporter that reads packets again and again, and its address."""
        path = packets if isinstance(packets, pathlib.Path) else rrd_lab.write_pcap(self.folder / name, packets)
        exporter = self.enterContext(lab.Exporter(f"--capture.file={path}", "--capture.replay=realtime",
                                                  "--capture.loop", "--web.listen-address=127.0.0.1:0", *flags))
        return exporter, f"127.0.0.1:{exporter.tcp_port()}"

    def live(self, interface, *flags):
        exporter = self.enterContext(self.network.exporter(f"--capture.interface={interface}", *flags))
        return exporter, self.relay(exporter)

    def relay(self, exporter, **options):
        return self.enterContext(scrape_relay.ScrapeRelay(exporter, **options)).target

    def prometheus(self, targets, histories=()):
        data = self.folder / f"data{len(targets)}"
        if histories:
            (self.folder / "history").write_text(merged(histories))
            lab.run("promtool", "tsdb", "create-blocks-from", "openmetrics", self.folder / "history", data)
        configuration = prometheus_server.scrape_config(*targets)
        configuration = configuration[:-1] + ', "rule_files": ["rules.yml"]}'
        return self.enterContext(prometheus_server.PrometheusServer(
            configuration, files={"rules.yml": rules.in_seconds(rules.ALERTS.read_text())}, data=data))

    @staticmethod
    def alerts(prometheus, wanted):
        """Waits until exactly these (alert, instance) fire."""
        def firing(rows):
            return {(labels["alertname"], labels.get("instance")) for labels, _value in rows}
        seen = []

        def are_wanted(rows):
            seen[:] = [firing(rows)]
            return seen[0] == wanted
        try:
            prometheus.rows_until('ALERTS{alertstate="firing"}', are_wanted)
        except AssertionError as error:
            raise AssertionError(f"missing {wanted - seen[0]}, unwanted {seen[0] - wanted}") from error

    def lose_packets(self, exporter):
        exporter.process.send_signal(signal.SIGSTOP)
        self.network.python(SEND, str(DATAGRAMS))
        exporter.process.send_signal(signal.SIGCONT)
        exporter.page_when(lambda page: page.sum("iptraf_capture_dropped_packets_total"), "packets were dropped")

    def test_every_alert_fires_for_what_it_is_about_and_for_nothing_else(self):
        calm, calm_target = self.replaying("calm", conversation())
        failing_target = self.relay(calm, change=lambda text: text.replace('success{collector="tcp"} 1',
                                                                           'success{collector="tcp"} 0'))
        flood_file = self.folder / "flood"
        flood_test.syn_flood(flood_file, 4000)
        _flood, flood_target = self.replaying(
            "flood", flood_file, self.config("small", "collectors: {tcp: {max_connections: 100}}\n"))
        datagram = rrd_lab.datagram()
        broken, broken_target = self.replaying(
            "broken", [(n * 10**8, with_wrong_checksum(datagram) if n == 5 else datagram) for n in range(10)],
            self.config("broken", "{}\n"))
        guest, guest_target = self.replaying(
            "guest", [(n * 10**8, lab.ethernet(lab.ipv4_udp(1, 2, 3), source=source))
                      for n, source in enumerate((KNOWN, NEWCOMER))])
        slow, slow_target = self.live("d0", self.config("ring", "capture: {ring_mib: 1}\n"))
        directory = self.folder / "rrd"
        kept, kept_target = self.live("d1", self.config(
            "rrd", f"rrd: {{enabled: true, directory: {directory}, step: 1s, archives: [1x60]}}\n"))
        kept.page_when(lambda page: page.sum("iptraf_rrd_last_update_timestamp_seconds"), "a step is written")
        gone_target = f"127.0.0.1:{prometheus_server.free_port()}"

        pages = {}
        for exporter, target, stations in ((calm, calm_target, 2), (guest, guest_target, 3)):
            pages[target] = exporter.page_when(lambda page, n=stations: page.sum("iptraf_lan_station_info") == n,
                                               "its stations are known")
        newcomer = NEWCOMER.hex(":")
        histories = [history(calm_target, pages[calm_target]),
                     history(guest_target, pages[guest_target], forgotten=[newcomer])]
        targets = [calm_target, failing_target, flood_target, broken_target, guest_target, slow_target, kept_target,
                   gone_target]
        prometheus = self.prometheus(targets, histories)
        self.alerts(prometheus, {
            ("IptrafTargetDown", gone_target), ("IptrafCollectorFailed", failing_target),
            ("IptrafSynFlood", flood_target), ("IptrafTableFull", flood_target), ("IptrafEvictions", flood_target),
            ("IptrafChecksumErrors", broken_target), ("IptrafNewStation", guest_target)})

        (self.folder / "broken.yml").write_text("nonsense: true\n")
        broken.process.send_signal(signal.SIGHUP)
        self.lose_packets(slow)
        self.network.ip("link set d0 down")
        shutil.rmtree(directory)
        directory.write_text("")
        wanted = {
            ("IptrafTargetDown", gone_target), ("IptrafCollectorFailed", failing_target),
            ("IptrafSynFlood", flood_target), ("IptrafTableFull", flood_target), ("IptrafEvictions", flood_target),
            ("IptrafChecksumErrors", broken_target), ("IptrafNewStation", guest_target),
            ("IptrafConfigReloadFailed", broken_target), ("IptrafDroppingPackets", slow_target),
            ("IptrafCaptureDown", slow_target), ("IptrafRrdErrors", kept_target), ("IptrafRrdStale", kept_target)}
        self.alerts(prometheus, wanted)
        self.assertEqual(prometheus.rows(f'count_over_time(ALERTS{{instance="{calm_target}"}}[1h])'), [])
        self.assertEqual([labels["mac"] for labels, _value in prometheus.rows('ALERTS{alertname="IptrafNewStation"}')],
                         [newcomer])

        without_targets = self.prometheus([])
        self.alerts(without_targets, {("IptrafTargetMissing", None)})
        self.assertEqual({alert for alert, _target in wanted} | {"IptrafTargetMissing"}, set(rules.alerts()))


if __name__ == "__main__":
    unittest.main()
