#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults between the program and the system it runs on: closed streams, a log that nobody reads, storms of signals,
kill -9, hundreds of interfaces."""
import contextlib
import fcntl
import os
import random
import signal
import threading
import time
import unittest

import fault_lab
import iptraf_log_records
import iptraf_log_test
import lab
import rrd_lab

F_SETPIPE_SZ = 1031
RELOADED = "the configuration was reloaded"


class Streams(fault_lab.LiveFault):
    def test_closed_standard_streams_are_not_taken_by_what_is_opened(self):
        for closing in ("0<&-", "2>&-", "0<&- 1>&- 2>&-"):
            exporter = self.live("--capture.interface=vb", prefix=("sh", "-c", f'exec "$@" {closing}', "sh"))
            for number in (part[0] for part in closing.split()):
                self.assertEqual(os.readlink(f"/proc/{exporter.process.pid}/fd/{number}"), "/dev/null", closing)
            exporter.process.send_signal(signal.SIGHUP)
            self.assertEqual(exporter.page().sum("iptraf_capture_up"), 1)
            self.assertEqual(exporter.stop(), 0)

    def test_a_log_that_nobody_reads_stops_nothing_and_what_was_dropped_is_told(self):
        path = self.folder / "stderr"
        os.mkfifo(path)
        reader = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        fcntl.fcntl(reader, F_SETPIPE_SZ, 16384)
        exporter = self.live("--capture.interface=vb", self.configure("{}\n"),
                             prefix=("sh", "-c", f'exec "$@" 2>{path}', "sh"))
        for _ in range(300):
            self.assertEqual(exporter.request("POST", "/-/reload")[0], 200)
        self.send(5)
        self.page_with(exporter, 5)
        taken = os.read(reader, 1 << 16).decode()
        self.assertEqual(exporter.request("POST", "/-/reload")[0], 200)
        after = os.read(reader, 1 << 16).decode()
        dropped = 300 - taken.count(RELOADED)
        self.assertGreater(dropped, 0)
        self.assertIn(f"{dropped} lines of the log were dropped, because nothing read standard error", after)
        self.assertEqual(after.count(RELOADED), 1)
        for line in (taken + after).splitlines():
            self.assertTrue(line.startswith("ts=") and line.count("ts=") == 1, line)
        exporter.process.send_signal(signal.SIGTERM)
        self.assertEqual(exporter.process.wait(lab.PATIENCE_SECONDS), 0)


class Signals(fault_lab.FaultTest):
    def test_storms_of_signals_end_in_the_latest_configuration(self):
        exporter = self.reading(self.configure("{}\n"))
        for number in range(1000):
            if number == 990:
                self.configure("collectors: {tcp: {max_connections: 77}}\n")
            for each in (signal.SIGHUP, signal.SIGUSR1, signal.SIGPIPE):
                exporter.process.send_signal(each)
        page = exporter.page_when(lambda page: page.sum("iptraf_table_capacity", table="tcp") == 77, "it is in effect")
        self.assertEqual(page.sum("iptraf_interface_receive_packets_total"), fault_lab.CAPTURED)
        self.assertEqual(exporter.stop(), 0)

    def test_a_stop_in_the_middle_of_reloads_is_a_stop(self):
        for stops in (1, 2):
            exporter = self.reading(self.configure("{}\n"))
            asking = threading.Thread(target=self.reload_until_it_ends, args=(exporter,))
            asking.start()
            lab.wait_until(lambda running=exporter: running.log().count(RELOADED) > 20, "reloads go on")
            for _ in range(stops):
                exporter.process.send_signal(signal.SIGHUP)
                exporter.process.send_signal(signal.SIGTERM)
            self.assertEqual(exporter.process.wait(lab.PATIENCE_SECONDS), 0)
            asking.join()
            for word in fault_lab.WORDS_OF_DEATH:
                self.assertNotIn(word, exporter.log())

    @staticmethod
    def reload_until_it_ends(exporter):
        try:
            while exporter.process.poll() is None:
                exporter.request("POST", "/-/reload")
        except (OSError, lab.http.client.HTTPException):
            pass  # it has ended


class Killed(fault_lab.LiveFault):
    @staticmethod
    def status_of_healthy(path):
        with contextlib.closing(lab.UnixConnection(path)) as connection:
            connection.request("GET", "/-/healthy")
            return connection.getresponse().status

    def test_after_a_kill_the_same_socket_databases_and_logs_go_on(self):
        flag = self.configure(f"rrd: {{enabled: true, step: 1s, directory: {self.folder}/rrd}}\n"
                              f"iptraf_log: {{enabled: true, interval: 1s, packets: true, directory: {self.folder}/log}}\n")
        chance = random.Random(1)
        database = self.folder / "rrd" / "vb" / "interface.rrd"
        last = 0
        for number in range(3):
            exporter = self.live("--capture.interface=vb", flag, f"--web.listen-address=unix:{self.folder}/web.sock")
            self.send(20)
            self.page_with(exporter, 20)
            lab.wait_until(lambda before=last: database.exists() and rrd_lab.last(database) > before, "it is written")
            last = rrd_lab.last(database)
            self.assertEqual(self.status_of_healthy(f"{self.folder}/web.sock"), 200)
            if number == 2:
                self.assertEqual(rrd_lab.errors(exporter.page()), 0)
                self.assertEqual(exporter.page().sum("iptraf_log_errors_total"), 0)
                self.assertEqual(exporter.stop(), 0)
                break
            time.sleep(chance.uniform(0, 0.3))  # where in its work it is hit; nothing is judged by it
            exporter.process.kill()
            self.assertEqual(exporter.process.wait(lab.PATIENCE_SECONDS), -signal.SIGKILL)
            self.assertTrue(os.path.exists(f"{self.folder}/web.sock"), "the socket file of the killed one is there")
        for kind, name in iptraf_log_test.FILES.items():
            text = (self.folder / "log" / (name.format("vb") + ".log")).read_text(encoding="utf-8")
            self.assertEqual(iptraf_log_records.unread(kind, text), "", kind)
            self.assertEqual(text.count("started"), 3, kind)
            self.assertEqual(text.count("stopped"), 1, kind)


class ManyInterfaces(fault_lab.LiveFault):
    PAIRS = 100

    def batch(self, commands):
        self.network.run("ip", "-batch", "-", input="\n".join(commands).encode())

    def test_hundreds_that_come_and_go_leave_bounded_series_and_a_program_that_counts(self):
        exporter = self.live("--capture.interface=all")
        self.batch([text for i in range(self.PAIRS) for text in (
            f"link add g{i} type veth peer name h{i}", f"link set g{i} up", f"link set h{i} up")])
        page = exporter.page_when(lambda page: page.sum("iptraf_interface_up") >= 60, "they are up")
        devices = {dict(labels)["device"] for name, labels in page.samples if name == "iptraf_interface_up"}
        self.assertLessEqual(len(devices), 64)
        self.assertLess(len(page.samples), 50_000)
        self.batch([f"link del g{i}" for i in range(self.PAIRS)])
        exporter.page_when(lambda page: page.sum("iptraf_interface_up") <= 3, "they are gone")
        self.send(9)
        self.page_with(exporter, 9)
        self.assertLess(len(fault_lab.descriptors(exporter.process)), 32, "one ring for all")
        self.assertEqual(exporter.stop(), 0)


if __name__ == "__main__":
    unittest.main()
