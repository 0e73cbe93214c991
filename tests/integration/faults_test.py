#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults of the world around the program: a reader of the ring that is stopped, no descriptors, no memory.
It goes on, or ends with words; what is lost is counted."""
import resource
import shutil
import signal
import socket
import time
import unittest

import fault_lab
import flood_frames
import lab
import rrd_lab
from flood_frames import ACK, PUSH, SYN

FIN = 1
OVERFLOW = 30_000  # several times what a ring of one MiB holds
ALWAYS_OPEN = 8  # descriptors below are taken as long as it runs: streams, netlink, the ring, events
CLIENT, SERVER = (0x0a000001, 40_000), (0x0a000002, 80)


class Stopped(fault_lab.LiveFault):
    """SIGSTOP: what a suspended machine, a debugger or a starved processor does to the reader of the ring."""

    def start(self):
        flag = self.configure(f"capture: {{ring_mib: 1, interfaces: [vb]}}\n"
                              f"rrd: {{enabled: true, step: 1s, directory: {self.folder}/rrd}}\n")
        self.manager = self.enterContext(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        self.manager.bind(f"{self.folder}/notify")
        self.manager.settimeout(lab.PATIENCE_SECONDS)
        exporter = self.live(flag, prefix=("env", f"NOTIFY_SOCKET={self.folder}/notify", "WATCHDOG_USEC=2000000"))
        exporter.page_when(lambda page: rrd_lab.updates(page) >= 8, "two steps of four databases are written")
        return exporter

    def notices(self):
        """What has been said to the service manager by now."""
        said = []
        self.manager.setblocking(False)
        try:
            while True:
                said.append(self.manager.recv(4096))
        except BlockingIOError:
            self.manager.settimeout(lab.PATIENCE_SECONDS)
        return said

    def connection(self, *segments):
        lab.inject(self.network, "va", [flood_frames.segment(*segment) for segment in segments])

    def test_what_the_ring_could_not_take_is_counted_to_the_packet_and_all_goes_on(self):
        exporter = self.start()
        self.connection((CLIENT, SERVER, (0, 0), SYN), (SERVER, CLIENT, (0, 1), SYN | ACK),
                        (CLIENT, SERVER, (1, 1), ACK), (CLIENT, SERVER, (1, 1), PUSH | ACK, bytes(100)))
        self.page_with(exporter, 4)
        exporter.process.send_signal(signal.SIGSTOP)
        self.send(OVERFLOW)
        self.notices()
        exporter.process.send_signal(signal.SIGCONT)
        sent = 4 + OVERFLOW
        page = exporter.page_when(lambda page: page.sum("iptraf_capture_packets_total") +
                                  page.sum("iptraf_capture_dropped_packets_total") >= sent, "all are accounted for")
        dropped = page.sum("iptraf_capture_dropped_packets_total")
        self.assertEqual(page.sum("iptraf_capture_packets_total") + dropped, sent)
        self.assertEqual(self.received_by_the_kernel(), sent)
        self.assertGreater(dropped, OVERFLOW // 3)
        self.assertGreater(page.sum("iptraf_capture_ring_freezes_total"), 0)
        for path in ("/-/healthy", "/-/ready"):
            self.assertEqual(exporter.get(path)[0], 200, path)
        self.assertEqual(self.manager.recv(4096), b"WATCHDOG=1")

        self.connection((SERVER, CLIENT, (1, 101), FIN | ACK), (CLIENT, SERVER, (101, 2), FIN | ACK),
                        (SERVER, CLIENT, (2, 102), ACK))
        self.send(500)
        page = self.page_with(exporter, sent - dropped + 503)
        self.assertEqual(page.sum("iptraf_capture_dropped_packets_total"), dropped)
        self.assertEqual(page.sum("iptraf_tcp_connections_ended_total", reason="fin"), 1)
        self.assertEqual(page.sum("iptraf_tcp_packets_total"), 7)
        self.assertEqual(page.sum("iptraf_service_in_packets_total", port="53"), sent - 4 - dropped + 500)

    def test_steps_that_passed_meanwhile_are_not_caught_up_with(self):
        exporter = self.start()
        before = rrd_lab.updates(exporter.page())
        exporter.process.send_signal(signal.SIGSTOP)
        time.sleep(3.5)  # the length of the fault
        exporter.process.send_signal(signal.SIGCONT)
        continued = time.monotonic()
        page = exporter.page()
        steps_since = 1 + int(time.monotonic() - continued)
        self.assertLessEqual(rrd_lab.updates(page) - before, 4 * (1 + steps_since), "one step was before the fault")
        page = exporter.page_when(lambda page: rrd_lab.updates(page) >= before + 3 * 4, "it goes on")
        self.assertEqual(rrd_lab.errors(page), 0)


class Descriptors(fault_lab.LiveFault):
    WORDS = ("oo many open files",)

    def test_a_start_with_few_descriptors_works_or_says_what_lacks(self):
        statuses = [self.starts_or_says(f"--nofile={limit}", self.WORDS) for limit in (*range(4, 20), *range(20, 60, 4))]
        self.assertNotEqual(statuses[0], 0)
        self.assertEqual(statuses[-1], 0)

    def start_flags(self):
        return ["--web.listen-address=127.0.0.1:0", "--capture.interface=lo", *lab.stays_root(())]

    def test_a_running_program_without_descriptors_counts_on_tells_once_and_recovers(self):
        flag = self.configure(f"rrd: {{enabled: true, step: 1s, directory: {self.folder}/rrd}}\n"
                              f"iptraf_log: {{enabled: true, interval: 1s, directory: {self.folder}/log}}\n")
        exporter = self.live("--capture.interface=vb", flag)
        page = exporter.page_when(lambda page: rrd_lab.updates(page) > 20, "all databases are written")
        logs = self.folder / "log"
        with fault_lab.Limit(exporter.process, resource.RLIMIT_NOFILE, ALWAYS_OPEN):
            shutil.rmtree(logs)
            exporter.process.send_signal(signal.SIGUSR1)
            exporter.process.send_signal(signal.SIGHUP)
            waiting = [self.connect(exporter) for _ in range(5)]
            self.send(7)
            lab.wait_until(lambda: "the configuration was not reloaded" in exporter.log(), "the reload has failed")
            lab.wait_until(lambda: exporter.log().count(".rrd: there are too many open files") > 3, "the databases have failed")
            time.sleep(1.5)  # another step of the same fault
        del waiting
        page = exporter.page_when(lambda after: rrd_lab.updates(after) > rrd_lab.updates(page), "they are written")
        self.page_with(exporter, 7)
        self.assertGreater(rrd_lab.errors(page), 4)
        lab.wait_until(lambda: (logs / "iface_stats_general.log").exists(), "the logs are written")
        log = exporter.log()
        for name in ("interface", "packet_size", "tcp_connections"):
            self.assertEqual(log.count(f"{name}.rrd: there are too many open files: allow the process more"), 1, log)
        self.assertNotIn("move it away", log)
        self.assertEqual(exporter.request("POST", "/-/reload")[0], 200)
        self.assertEqual(exporter.stop(), 0)

    def connect(self, exporter):
        client = self.enterContext(socket.socket(socket.AF_UNIX))
        client.connect(exporter.socket_path)
        return client

    def test_silent_connections_beyond_the_limit_do_not_keep_a_scrape_out(self):
        exporter = self.reading()
        with fault_lab.Limit(exporter.process, resource.RLIMIT_NOFILE, fault_lab.descriptors(exporter.process)[-1] + 9):
            silent = [self.connect(exporter) for _ in range(60)]
            self.assertEqual(exporter.page().sum("iptraf_capture_packets_total"), fault_lab.CAPTURED)
        del silent
        self.assertEqual(exporter.log().count("level=error"), 0)


@unittest.skipIf(lab.SANITIZE, "sanitizers reserve more memory than there is")
class Memory(fault_lab.LiveFault):
    WORDS = ("memory",)

    def test_a_start_with_little_memory_works_or_says_what_lacks(self):
        size = 1024 * lab.status_kib(self.reading().process.pid, "VmSize")
        statuses = [self.starts_or_says(f"--as={size * tenths // 10}", self.WORDS) for tenths in range(2, 12)]
        self.assertNotEqual(statuses[0], 0)
        self.assertEqual(statuses[-1], 0)
        self.assertGreater(len([status for status in statuses if status in (1, 2)]), 0, statuses)

    def test_a_reload_that_gets_no_memory_changes_nothing(self):
        exporter = self.reading(self.configure("collectors: {tcp: {max_connections: 512}}\n"))
        self.configure("collectors: {tcp: {max_connections: 16777216}, service: {enabled: false}}\n")
        size = 1024 * lab.status_kib(exporter.process.pid, "VmSize")
        with fault_lab.Limit(exporter.process, resource.RLIMIT_AS, size + 256 * 1024 * 1024):
            status, _headers, text = exporter.request("POST", "/-/reload")
        self.assertEqual(status, 400)
        self.assertIn("collectors.tcp cannot be as wanted, most likely for want of memory", text.decode())
        self.assertIn("collector tcp cannot take up its settings: there is not enough memory", exporter.log())
        page = exporter.page()
        self.assertEqual(page.sum("iptraf_table_capacity", table="tcp"), 512)
        self.assertEqual(page.sum("iptraf_config_last_reload_successful"), 0)
        self.assertEqual(page.sum("iptraf_scrape_collector_success"), 6)
        self.assertEqual(page.sum("iptraf_interface_receive_packets_total"), fault_lab.CAPTURED)
        self.assertGreater(page.sum("iptraf_service_in_packets_total"), 0)
        self.configure("collectors: {tcp: {max_connections: 100}}\n")
        self.assertEqual(exporter.request("POST", "/-/reload")[0], 200)
        page = exporter.page()
        self.assertEqual(page.sum("iptraf_table_capacity", table="tcp"), 100)
        self.assertEqual(page.sum("iptraf_config_last_reload_successful"), 1)

    def test_without_any_memory_left_it_counts_on_and_answers_when_there_is_some(self):
        exporter = self.live("--capture.interface=vb", self.configure("collectors: {tcp: {max_connections: 512}}\n"))
        with fault_lab.Limit(exporter.process, resource.RLIMIT_DATA, 1024 * lab.status_kib(exporter.process.pid, "VmData")):
            self.configure("collectors: {tcp: {max_connections: 1000000}}\n")
            for number in range(200):
                if number % 50 == 0:
                    self.send(500)
                exporter.process.send_signal(signal.SIGHUP)
                try:
                    exporter.get(("/metrics", "/api/v1/connections", "/api/v1/packets", "/")[number % 4])
                except (OSError, lab.http.client.HTTPException):
                    pass  # no memory for a connection
            self.assertIsNone(exporter.process.poll(), exporter.log())
            lab.wait_until(lambda: "not enough memory" in exporter.log(), "it says so")
        self.configure("collectors: {tcp: {max_connections: 600}}\n")
        self.assertEqual(exporter.request("POST", "/-/reload")[0], 200)
        page = self.page_with(exporter, 2000)
        self.assertEqual(page.sum("iptraf_capture_dropped_packets_total"), 0)
        self.assertEqual(page.sum("iptraf_scrape_collector_success"), 6)
        self.assertEqual(exporter.stop(), 0)


if __name__ == "__main__":
    unittest.main()
