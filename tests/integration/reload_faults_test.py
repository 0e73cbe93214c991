#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Reloads under traffic: a thousand without one lost increment, collectors switched off and on, and files that are no
configuration."""
import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

import counters
import fault_lab
import lab

RELOADS = 60 if lab.SANITIZE else 1000  # which a sanitizer makes as long
SWITCHES = 4 if lab.SANITIZE else 12  # of each of four collectors once, or thrice
LOOPS = 20  # of the capture in one piece of traffic
PACKETS_PER_SECOND = 8000
RELOADED = "the configuration was reloaded"
# Each changes what is kept and none what is counted.
HARMLESS = ("{}",
            "collectors: {tcp: {max_connections: 1000, closed_persistence: 1s}}",
            "collectors: {lan_station: {max_stations: 512}, service: {max_ports: 100}}",
            "limits: {max_series: 20000}\nnames: {services: false, vendors: false}",
            "filters: {web: [{protocol: [tcp], action: include}]}\ncollectors: {tcp: {timeout: 1m}}")
COUNTED = ("iptraf_interface_receive_", "iptraf_packet_size_receive_", "iptraf_service_in_", "iptraf_service_out_",
           "iptraf_lan_station_receive_", "iptraf_lan_station_transmit_", "iptraf_ip_traffic_", "iptraf_tcp_packets_")


@unittest.skipUnless(shutil.which("tcpreplay"), "needs tcpreplay")
class UnderTraffic(fault_lab.LiveFault):
    def setUp(self):
        super().setUp()
        self.offline = lab.Page(lab.exporter_once(fault_lab.CAPTURE)[1]).of_device(fault_lab.CAPTURE.name, *COUNTED)
        self.exporter = self.live("--capture.interface=vb", self.configure(HARMLESS[0]))
        self.rounds = 0
        self.counters = counters.Counters()
        self.faults = []

    def send_capture(self, loops=LOOPS):
        """The capture so many times, while what is called goes on."""
        self.rounds += loops
        return self.network.popen("tcpreplay", "-q", f"--pps={PACKETS_PER_SECOND}", f"--loop={loops}", "-i", "va",
                                  str(fault_lab.CAPTURE), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def while_it_is_sent(self, act):
        with self.send_capture() as sender:
            while sender.poll() is None:
                act()
        self.assertEqual(sender.returncode, 0)

    def watch(self):
        """Scrapes again and again, until the context ends, and compares."""
        end = threading.Event()

        def run():
            try:
                while not end.is_set():
                    self.counters.follow(self.exporter.page())
            except Exception as error:  # pylint: disable=broad-except # told by the test itself
                self.faults.append(error)
        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(end.set)
        return lambda: (end.set(), thread.join(), self.assertEqual(self.faults, []))

    def reload(self, text):
        self.configure(text)
        status, _headers, body = self.exporter.request("POST", "/-/reload")
        self.assertEqual(status, 200, body)

    def all_counted(self):
        return self.page_with(self.exporter, self.rounds * fault_lab.CAPTURED)

    def expect_all(self, page, *prefixes):
        got = page.of_device("vb", *prefixes)
        wanted = {series: value * self.rounds for series, value in self.offline.items() if series[0].startswith(prefixes)}
        for (name, labels), value in wanted.items():
            self.assertEqual(got.get((name, labels)), value, (name, labels))
        self.assertGreater(len(wanted), 5)
        self.assertEqual(page.sum("iptraf_capture_dropped_packets_total"), 0)
        self.assertEqual(self.received_by_the_kernel(), self.rounds * fault_lab.CAPTURED)

    def test_a_thousand_reloads_lose_no_increment(self):
        stop_watching = self.watch()
        number = 0

        def reload():
            nonlocal number
            number += 1
            self.configure(HARMLESS[number % len(HARMLESS)])
            self.exporter.process.send_signal(signal.SIGHUP)
            self.assertEqual(self.exporter.request("POST", "/-/reload")[0], 200)
        while self.exporter.log().count(RELOADED) < RELOADS:
            self.while_it_is_sent(reload)
        page = self.all_counted()
        stop_watching()
        self.reload(HARMLESS[0])
        self.expect_all(self.exporter.page(), *COUNTED)
        self.assertEqual(page.sum("iptraf_tcp_connections_opened_total") - page.sum("iptraf_tcp_connections_ended_total"),
                         sum(page.sum("iptraf_tcp_connections", state=state)
                             for state in ("opening", "established", "closing")))
        self.assertGreater(len(self.counters.last), 300)
        self.assertEqual(self.exporter.stop(), 0)

    def test_a_collector_that_is_off_counts_nothing_and_goes_on_where_it_was(self):
        families = ("iptraf_service_in_", "iptraf_service_out_", "iptraf_ip_traffic_")
        others = tuple(prefix for prefix in COUNTED if not prefix.startswith(families))
        off = "collectors: {service: {enabled: false}, ip_traffic: {enabled: false}}"
        self.while_it_is_sent(self.exporter.page)
        before = self.all_counted()
        self.reload(off)
        self.assertEqual(self.exporter.page().of_device("vb", *families), {})
        self.while_it_is_sent(self.exporter.page)
        self.all_counted()
        self.reload(HARMLESS[0])
        self.assertEqual(self.exporter.page().of_device("vb", *families), before.of_device("vb", *families))
        self.while_it_is_sent(self.exporter.page)
        page = self.all_counted()
        self.expect_all(page, *others)
        self.rounds -= LOOPS
        self.assertEqual(page.of_device("vb", *families),
                         {series: value * self.rounds for series, value in self.offline.items()
                          if series[0].startswith(families)})

    def test_collectors_switched_off_and_on_under_load_disturb_no_other(self):
        stop_watching = self.watch()
        names = ("service", "tcp", "ip_traffic", "packet_size")
        switched = 0

        def switch():
            """Off, until more packets than a capture has were counted without it, and on again."""
            nonlocal switched
            name = names[switched % len(names)]
            self.reload("collectors: {%s: {enabled: false}}" % name)
            counted = self.exporter.page().sum("iptraf_interface_receive_packets_total")
            with self.send_capture(2) as sender:
                self.assertEqual(sender.wait(), 0)
            self.exporter.page_when(
                lambda page: page.sum("iptraf_interface_receive_packets_total") > counted + fault_lab.CAPTURED,
                f"a capture is counted while {name} is off")
            self.reload(HARMLESS[0])
            switched += 1
        while switched < SWITCHES:
            self.while_it_is_sent(switch)
        self.all_counted()
        stop_watching()
        page = self.exporter.page()
        self.expect_all(page, "iptraf_interface_receive_", "iptraf_lan_station_")
        for family in ("iptraf_packet_size_receive_bytes_count", "iptraf_tcp_packets_total"):
            wanted = sum(value for series, value in self.offline.items() if series[0] == family) * self.rounds
            self.assertGreater(page.sum(family), 0)
            self.assertLess(page.sum(family), wanted, "it was off for a while")


class NoConfiguration(fault_lab.FaultTest):
    """What can stand where the configuration was, and what of it is told."""

    def setUp(self):
        super().setUp()
        self.exporter = self.reading(self.configure("collectors: {tcp: {max_connections: 77}}\n"))

    def replace(self, make):
        """Takes the file away, and lets `make` put something else there."""
        self.configuration.unlink()
        make(self.configuration)

    def is_refused(self, *words):
        """By a signal and by a request, with these words; then a good file heals it."""
        told = self.exporter.log().count("the configuration was not reloaded")
        self.exporter.process.send_signal(signal.SIGHUP)
        lab.wait_until(lambda: self.exporter.log().count("the configuration was not reloaded") > told, "it is told")
        status, _headers, text = self.exporter.request("POST", "/-/reload")
        self.assertEqual(status, 400)
        page = self.exporter.page()
        for word in words:
            self.assertIn(word, text.decode())
            self.assertIn(word, self.exporter.log())
        self.assertEqual(page.sum("iptraf_table_capacity", table="tcp"), 77)
        self.assertEqual(page.sum("iptraf_config_last_reload_successful"), 0)
        self.assertEqual(page.sum("iptraf_interface_receive_packets_total"), fault_lab.CAPTURED)

    def heals(self):
        if self.configuration.is_dir() and not self.configuration.is_symlink():
            self.configuration.rmdir()
        elif os.path.lexists(self.configuration):
            self.configuration.unlink()
        self.configure("collectors: {tcp: {max_connections: 77}}\n")
        self.exporter.process.send_signal(signal.SIGHUP)
        self.exporter.page_when(lambda page: page.sum("iptraf_config_last_reload_successful") == 1, "it is healed")

    def test_whatever_is_no_configuration_is_refused_with_its_reason(self):
        def bind(path):
            with socket.socket(socket.AF_UNIX) as taken:
                taken.bind(str(path))

        def huge(path):
            with open(path, "wb") as file:
                file.write(b"{}\n#")
                file.truncate(100_000_000)
        for what, make, words in (
                ("gone", lambda path: None, ["cannot be opened", "No such file"]),
                ("closed", lambda path: (path.write_text("{}"), path.chmod(0)),
                 ["cannot be opened: Permission denied; let the user that the exporter runs as read it"]),
                ("a directory", os.mkdir, ["must be a regular file, but is a directory"]),
                ("a pipe", os.mkfifo, ["must be a regular file, but is a FIFO"]),
                ("a link to nothing", lambda path: os.symlink("/nonexistent", path), ["No such file"]),
                ("a link to itself", lambda path: os.symlink(path, path), ["symbolic links"]),
                ("a device", lambda path: os.symlink("/dev/zero", path), ["but is a device"]),
                ("a socket", bind, ["but is a socket"]),
                ("huge", huge, ["larger than the limit of 1048576 bytes"]),
                ("zeros", lambda path: path.write_bytes(bytes(5000)), [":1:1: a byte that is not UTF-8 text"]),
                ("not text", lambda path: path.write_bytes(b"\xff\xfe" * 100), [":1:1: a byte that is not UTF-8"])):
            with self.subTest(what):
                self.replace(make)
                self.is_refused(*words)
                self.heals()

    def test_a_file_that_was_written_by_half_changes_nothing(self):
        whole = "collectors: {tcp: {max_connections: 99, timeout: 10m}, service: {additional_ports: [8080, 6660-6669]}}"
        for length in range(len("collectors: {"), len(whole)):
            self.configure(whole[:length])
            self.assertEqual(self.exporter.request("POST", "/-/reload")[0], 400, whole[:length])
        self.is_refused("not closed")
        self.heals()



SILENT_SERVER = """
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.53", 53))
print("here", flush=True)
sys.stdin.read()
"""


@unittest.skipUnless(lab.can_make_namespaces(), "needs root and network namespaces")
class SilentNameServer(unittest.TestCase):
    """Filters name hosts, and the name server takes the questions and gives no answer."""

    def setUp(self):
        self.network = self.enterContext(lab.Namespace("dns"))
        self.network.ip("link set lo up")
        of_network = pathlib.Path("/etc/netns", self.network.name)  # which `ip netns exec` mounts over /etc
        of_network.mkdir(parents=True)
        self.addCleanup(shutil.rmtree, of_network)
        (of_network / "resolv.conf").write_text("nameserver 127.0.0.53\noptions timeout:1 attempts:1\n", encoding="ascii")
        server = self.network.popen(sys.executable, "-c", SILENT_SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(server.communicate)
        self.assertEqual(server.stdout.readline(), b"here\n")

    def test_nobody_waits_for_a_reload_that_waits_for_names(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        config = folder / "exporter.yml"
        config.write_text("{}\n", encoding="ascii")
        exporter = self.enterContext(self.network.exporter(f"--config.file={config}", "--capture.interface=lo"))
        names = ", ".join(f"{{a: {{address: silent{number}.example}}, action: include}}" for number in range(40))
        config.write_text(f"filters: {{names: [{names}]}}\n", encoding="ascii")
        answers = []

        def ask():
            with contextlib.suppress(OSError, http.client.HTTPException):  # which its end may cut off
                answers.append(exporter.request("POST", "/-/reload"))
        reloads = [threading.Thread(target=ask) for _ in range(2)]
        for reload in reloads:
            reload.start()
        for _ in range(50):
            exporter.page()
            self.assertEqual(exporter.get("/-/healthy")[0], 200)
        self.assertEqual(answers, [], "all that while the reloads waited")
        log = folder / "log"
        os.link(exporter.log_path, log)
        self.assertEqual(exporter.stop(), 0)
        for reload in reloads:
            reload.join()
        self.assertIn("the host names before it took too long", log.read_text())


if __name__ == "__main__":
    unittest.main()
