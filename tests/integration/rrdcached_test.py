#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Round-robin databases through a real rrdcached: created, updated, dead, stopped, confined, and not there at all."""
import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
import unittest

import lab
import rrd_daemon
import rrd_day
import rrd_lab
from rrd_daemon import FILES, INTERFACE
from rrd_lab import ARCHIVES, START, STEP, at


class Rrdcached:
    """A running daemon on a unix socket and a TCP port; without -B its clients may write anywhere."""

    def __init__(self, folder, base, *flags):
        self.folder, self.socket, self.port = folder, f"{folder}/rrdcached.sock", lab.free_port()
        self.command = ["rrdcached", "-g", "-p", f"{folder}/rrdcached.pid", "-l", f"unix:{self.socket}",
                        "-l", f"127.0.0.1:{self.port}", "-b", str(base), "-j", f"{folder}/journal", "-F", *flags]
        (folder / "journal").mkdir()
        self.process = None
        self.start()

    def start(self):
        with contextlib.suppress(FileNotFoundError):
            os.remove(f"{self.folder}/rrdcached.pid")
        with open(f"{self.folder}/rrdcached.log", "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        lab.wait_until(self.answers, "rrdcached answers")

    def answers(self):
        assert self.process.poll() is None, open(f"{self.folder}/rrdcached.log").read()
        return lab.run("rrdtool", "list", "--daemon", f"unix:{self.socket}", "/", check=False).returncode == 0

    def flush(self, path):
        lab.run("rrdtool", "flushcached", "--daemon", f"unix:{self.socket}", path)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def send(self, number):
        self.process.send_signal(number)

    def close(self):
        self.process.kill()
        self.process.wait()


@unittest.skipUnless(shutil.which("rrdcached"), "needs rrdcached")
class CachedTest(rrd_daemon.DaemonTest):
    def cached(self, *flags, base=None):
        base = base or self.rrd
        base.mkdir(exist_ok=True)
        daemon = Rrdcached(self.folder, base, *flags)
        self.addCleanup(daemon.close)
        return daemon

    def address(self, daemon):
        return f"daemon: unix:{daemon.socket}"

    def fetch(self, daemon, name, source, since):
        """By the second; what rrdcached has is flushed first."""
        path = self.rrd / name
        daemon.flush(path)
        last = rrd_lab.last(path)
        return rrd_lab.fetch(path, step=1, start=since, end=last)[source] if last > since else {}

    def known_since(self, daemon, name, source, since, until):
        """Waits until there are values up to a time; all of them must be known."""
        def values():
            got = self.fetch(daemon, name, source, since)
            return got if got and max(got) >= until else None
        got = lab.wait_until(values, f"{name} has values up to {until}")
        self.assertEqual([second for second, value in got.items() if value is None], [], f"{name} {got}")
        self.assertEqual(sorted(got), list(range(since + 1, max(got) + 1)))
        return got


class Daemon(CachedTest):
    def setUp(self):
        super().setUp()
        packets = [(15 * 10**8 + n * 5 * 10**7, rrd_lab.datagram(58)) for n in range(20)]  # 86 IP bytes each
        self.traffic = self.pcap([(0, rrd_lab.datagram(port=67)), *packets], "traffic")

    def exporter(self, folder, address):
        self.rrd = self.folder / "rrd" / folder
        return self.start(f'daemon: "{address}"', loop=False)

    def check(self, daemon, folder, exporter):
        self.rrd = self.folder / "rrd" / folder
        read = exporter.page_when(lambda page: page.sum("iptraf_interface_receive_packets_total") == 21, "all was read")
        page = exporter.page_when(lambda page: rrd_lab.updates(page) >= rrd_lab.updates(read) + 2 * len(FILES),
                                  "the last packet is written")
        self.assertEqual(rrd_lab.errors(page), 0)
        now = int(time.time())
        for source, total in {"tx_packets": 0, "rx_packets": 20, "rx_bytes": 20 * 100, "rx_udp_b": 20 * 100}.items():
            got = self.fetch(daemon, INTERFACE, source, now - 20)
            self.assertEqual(round(sum(value or 0 for value in got.values()), 3), total, source)
        self.assertEqual(self.databases(), FILES)
        self.assertEqual(rrd_lab.messages(exporter.log()), [])
        self.ends(exporter)

    def test_files_are_made_and_written_through_a_socket_and_through_a_port(self):
        daemon = self.cached("-B")
        addresses = {"socket": f"unix:{daemon.socket}", "port": f"127.0.0.1:{daemon.port}"}
        exporters = {folder: self.exporter(folder, address) for folder, address in addresses.items()}
        for folder, exporter in exporters.items():
            with self.subTest(address=addresses[folder]):
                self.check(daemon, folder, exporter)


class PacketTime(CachedTest):
    def test_it_writes_what_is_written_without_it(self):
        day = rrd_day.Day(seconds=20 * STEP)
        capture = self.pcap(day.packets)
        rrd, more = rrd_day.CONFIG
        self.replay(capture, self.config(rrd, more))
        direct = self.rrd
        self.rrd = self.folder / "cached"
        daemon = self.cached("-B")
        self.assertEqual(self.replay(capture, self.config(f"{rrd}, {self.address(daemon)}", more)), "")
        files = rrd_lab.files(direct)
        for name in files:
            daemon.flush(self.rrd / name)
        self.assertEqual(set(rrd_lab.files(self.rrd)), set(files))
        for name, path in files.items():
            self.assertEqual(rrd_lab.dump(self.rrd / name), rrd_lab.dump(path), name)

    def test_a_file_with_other_sources_in_another_order_is_written_as_it_is(self):
        daemon = self.cached("-B")
        path = self.rrd / "day" / "udp_services.rrd"
        path.parent.mkdir()
        sources = [f"DS:{name}:COUNTER:600:U:12500000" for name in ("119_in", "123_out", "53_out", "53_in")]
        lab.run("rrdtool", "create", path, "--start", START - STEP, *sources,
                *[f"RRA:AVERAGE:0.5:{steps}:{rows}" for steps, rows in ARCHIVES])
        flag = self.config(f"services: [udp/53, udp/123], {self.address(daemon)}")

        def fetch(source, start):
            daemon.flush(path)
            return list(rrd_lab.fetch(path, start=start, end=start + 3 * STEP)[source].values())
        log = self.replay(self.pcap([(at(n * STEP + 100), rrd_lab.datagram(272)) for n in range(3)]), flag)
        self.assertEqual([fetch(name, START) for name in rrd_lab.sources(path)],
                         [[None] * 3, [0, 0, 0], [0, 0, 0], [1, 1, 1]])
        self.assertEqual(rrd_lab.count(log, [str(path), "lacks the data sources 123_in, "]), 1)
        self.assertEqual(len(rrd_lab.messages(log)), 1)
        lab.run(*shlex.split(re.search(r"(rrdtool tune [^\"]*)", log)[1]))
        log = self.replay(self.pcap([(at(n * STEP + 100), rrd_lab.datagram(272, 123)) for n in range(3, 6)]), flag)
        self.assertEqual(log, "")
        self.assertEqual([fetch(name, START + 3 * STEP) for name in rrd_lab.sources(path)],
                         [[None] * 3, [None, 0, 0], [None, 0, 0], [None, 0, 0], [None, 1, 1]])


    def test_what_was_written_already_is_refused_once(self):
        daemon = self.cached("-B")
        flag = self.config(f"services: [udp/53], {self.address(daemon)}")
        capture = self.pcap([(at(n * STEP + 100), rrd_lab.datagram()) for n in range(5)])
        self.assertEqual(self.replay(capture, flag), "")
        before = {name: rrd_lab.dump(path) for name, path in self.flushed(daemon).items()}
        log = self.replay(capture, flag)
        self.assertEqual({name: rrd_lab.dump(path) for name, path in self.flushed(daemon).items()}, before)
        for name in before:
            words = [f"rrdcached does not update {self.rrd}/{name}", "has values up to", "has the clock been set back?"]
            self.assertEqual(rrd_lab.count(log, words), 1)
        self.assertEqual(len(rrd_lab.messages(log)), len(before))

    def flushed(self, daemon):
        files = rrd_lab.files(self.rrd)
        for path in files.values():
            daemon.flush(path)
        return files


class Outage(CachedTest):
    def test_what_waits_while_it_is_dead_arrives(self):
        daemon = self.cached("-B")
        exporter = self.start(self.address(daemon))
        page = exporter.page_when(lambda page: rrd_lab.updates(page) >= 2 * len(FILES), "it is written")
        written = rrd_lab.updates(page)
        page = exporter.page_when(lambda page: rrd_lab.updates(page) >= written + len(FILES), "a step is written")
        since = page.sum("iptraf_rrd_last_update_timestamp_seconds")
        for name in FILES:
            daemon.flush(self.rrd / name)  # what it has in memory alone would be lost
        daemon.kill()
        self.errors_go_on(exporter)
        time.sleep(1)  # so many steps wait
        begun = time.time()
        exporter.page()
        self.assertLess(time.time() - begun, 5)
        self.assertEqual(len(rrd_lab.messages(exporter.log())), rrd_lab.count(exporter.log(), [daemon.socket]))
        self.assertLessEqual(len(rrd_lab.messages(exporter.log())), 2, "that it is gone, and that nobody answers")
        self.told_once(exporter, daemon.socket, "cannot connect", "Connection refused")
        daemon.start()
        for name in FILES:
            source = rrd_lab.sources(self.rrd / name)[0]
            self.known_since(daemon, name, source, since, int(time.time()))
        self.told_once(exporter, "rrdcached is written again")
        self.ends(exporter)

    def test_nobody_waits_for_one_that_is_stopped(self):
        daemon = self.cached("-B")
        exporter = self.start(self.address(daemon))
        rrd, self.rrd = self.rrd, self.rrd / "other"
        other = self.start(self.address(daemon))
        self.rrd = rrd
        for each in (other, exporter):
            page = each.page_when(lambda page: rrd_lab.updates(page) >= 2 * len(FILES), "it is written")
        since = page.sum("iptraf_rrd_last_update_timestamp_seconds")
        daemon.send(signal.SIGSTOP)
        try:
            stopped = time.time()
            self.errors_go_on(exporter)
            begun = time.time()
            exporter.page()
            self.assertLess(time.time() - begun, 1)
            begun = time.time()
            self.assertEqual(other.stop(), 0)
            self.assertLess(time.time() - begun, 10)
            time.sleep(max(0, stopped + 10 - time.time()))
        finally:
            daemon.send(signal.SIGCONT)
        for name in FILES:
            source = rrd_lab.sources(self.rrd / name)[0]
            self.known_since(daemon, name, source, since, int(time.time()))
        self.told_once(exporter, daemon.socket, "it does not answer in time")
        self.assertEqual(len(rrd_lab.messages(exporter.log())), 1, exporter.log())
        self.ends(exporter)

    def test_one_that_is_confined_elsewhere_is_told(self):
        daemon = self.cached("-B", base=self.folder / "elsewhere")
        exporter = self.start(self.address(daemon))
        self.errors_go_on(exporter)
        for name in FILES:
            self.told_once(exporter, f"rrdcached cannot read {self.rrd}/{name} ", "nor create it",
                           "rrd.directory must be")
        self.assertEqual(len(rrd_lab.messages(exporter.log())), len(FILES))
        self.assertEqual(rrd_lab.updates(exporter.page()), 0)
        self.ends(exporter)

    def test_an_address_that_nobody_has_is_told(self):
        exporter = self.start("daemon: \"nobody.invalid:42217\"")
        exporter.page_when(lambda page: rrd_lab.errors(page) >= 2, "errors are counted")
        self.told_once(exporter, "rrdcached at nobody.invalid port 42217", "cannot be resolved")
        self.assertEqual(len(rrd_lab.messages(exporter.log())), 1)
        self.ends(exporter)


if __name__ == "__main__":
    unittest.main()
