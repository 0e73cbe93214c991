#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""IPTraf's logs as scripts read them: exact over captures, and live with rotation, stopping and full disks."""
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import tempfile
import time
import unittest
import unittest.mock

import iptraf_log_records as records
import iptraf_ng_capture
import iptraf_ng_daemons
import lab

START = 1012091722  # Sun Jan 27 00:35:22 2002
SYN, ACK = 0x02, 0x10
IPV4, TCP = 0x0800, 6
FILES = {"service": "tcp_udp_services-{}", "general": "iface_stats_general", "detailed": "iface_stats_detailed-{}",
         "size": "packet_size-{}", "station": "lan_statistics-{}", "monitor": "ip_traffic-{}"}


def tcp_frame(source, destination, flags, payload_bytes=0, sequence=1):
    """Between 10.0.0.1 and 10.0.0.2, which has the port below 1024; ports are (source, destination)."""
    addresses = [socket.inet_aton(x) for x in ("10.0.0.1", "10.0.0.2")]
    if source < 1024:
        addresses.reverse()
    head = struct.pack("!BBHHHBBH", 0x45, 0, 40 + payload_bytes, 1, 0, 64, TCP, 0) + b"".join(addresses)
    head = head[:10] + lab.checksum(head) + head[12:]
    segment = struct.pack("!HHIIBBHHH", source, destination, sequence, 1, 0x50, flags, 1024, 0, 0)
    return lab.ethernet(head + segment + bytes(payload_bytes), IPV4)


def write_capture(path, timed_frames):
    """A pcap file of (seconds, frame)."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for seconds, frame in timed_frames:
            file.write(struct.pack("<IIII", seconds, 0, len(frame), len(frame)) + frame)


class LogTest(unittest.TestCase):
    def setUp(self):
        self.maxDiff = None
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def config(self, name="log", **settings):
        """The flag for a configuration that writes logs to a folder of that name."""
        path = self.folder / f"{name}.yml"
        keys = "".join(f", {key}: {value}" for key, value in settings.items())
        path.write_text(f"iptraf_log: {{enabled: true, directory: {self.folder / name}{keys}}}\n", encoding="utf-8")
        return f"--config.file={path}"

    def log(self, kind, device="vb", name="log"):
        path = self.folder / name / (FILES[kind].format(device) + ".log")
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def run_once(self, capture, *flags, environment=None):
        done = lab.run(lab.EXPORTER, "--once", *lab.stays_root(()), f"--capture.file={capture}", "--capture.device-label=vb", *flags,
                       env={**os.environ, "TZ": "UTC", **(environment or {})})
        return lab.Page(done.stdout.decode())


DECADES = "tcpdump__bgp_vpn_rt-oobr.pcap"  # its times span so many intervals that a sanitizer takes minutes


class ByPacketTime(LogTest):
    def example(self):
        """Port 80 in three intervals of five minutes; the second has no packet."""
        path = self.folder / "example.pcap"
        write_capture(path, [
            (START, tcp_frame(40000, 80, SYN)),
            (START + 1, tcp_frame(80, 40000, SYN | ACK, sequence=100)),
            (START + 2, tcp_frame(40000, 80, ACK, 500, 2)),
            (START + 60, tcp_frame(22, 40001, ACK, 1000)),
            (START + 700, tcp_frame(40000, 80, ACK, 1460, 502)),
        ])
        return path

    def test_the_service_log_of_2_5_is_that_of_the_old_pipeline(self):
        page = self.run_once(self.example(), self.config(format="2.5", interval="5m"))
        first = ("TCP/22: 1 packets, 1040 bytes total; 0 packets, 0 bytes incoming; 1 packets, 1040 bytes outgoing\n\n"
                 "TCP/80: 3 packets, 620 bytes total; 2 packets, 580 bytes incoming; 1 packets, 40 bytes outgoing\n\n")
        last = ("TCP/22: 1 packets, 1040 bytes total; 0 packets, 0 bytes incoming; 1 packets, 1040 bytes outgoing\n\n"
                "TCP/80: 4 packets, 2120 bytes total; 3 packets, 2080 bytes incoming; 1 packets, 40 bytes outgoing\n\n")
        head = "\n*** TCP/UDP traffic log, generated Sun Jan 27 "
        self.assertEqual(
            self.log("service"),
            "Sun Jan 27 00:35:22 2002; ******** TCP/UDP service monitor started ********\n"
            f"{head}00:40:00 2002\n\n{first}\nRunning time: 278 seconds\n"
            f"{head}00:45:00 2002\n\n{first}\nRunning time: 578 seconds\n"
            f"{head}00:47:02 2002\n\n{last}\nRunning time: 700 seconds\n"
            "Sun Jan 27 00:47:02 2002; ******** TCP/UDP service monitor stopped ********\n")
        self.assertEqual(page.sum("iptraf_log_errors_total"), 0)
        self.assertEqual(page.sum("iptraf_log_dropped_events_total"), 0)

    def test_the_old_pipeline_reads_every_format(self):
        before = os.environ.get("TZ")
        os.environ["TZ"] = "UTC"
        time.tzset()
        self.addCleanup(lambda: (os.environ.pop("TZ") if before is None else os.environ.update(TZ=before),
                                 time.tzset()))
        for form in ("2.5", "2.7", "ng"):
            self.run_once(self.example(), self.config(form, format=form, interval="5m"))
            updates = records.rrd_updates(self.log("service", name=form), [22, 80], START - 1)
            self.assertEqual(updates, [(START, None), (START + 278, [0, 1040, 580, 40]),
                                       (START + 578, [0, 1040, 580, 40]), (START + 700, [0, 1040, 2080, 40])], form)
            later = records.rrd_updates(self.log("service", name=form), [22, 80], START + 578)
            self.assertEqual(later, [(START + 700, [0, 1040, 2080, 40])], form)

    def test_the_traffic_monitor_logs_what_happens(self):
        self.run_once(self.example(), self.config())
        self.assertEqual(self.log("monitor").splitlines()[1:-1], [
            "Sun Jan 27 00:35:22 2002; TCP; vb; 40 bytes; from 10.0.0.1:40000 to 10.0.0.2:80; first packet (SYN)",
            "Sun Jan 27 00:35:23 2002; TCP; vb; 40 bytes; from 10.0.0.2:80 to 10.0.0.1:40000; first packet (SYN)",
            "Sun Jan 27 00:36:22 2002; TCP; vb; 1040 bytes; from 10.0.0.2:22 to 10.0.0.1:40001; first packet"])

    def test_two_runs_and_two_threads_write_the_same_whatever_the_locale(self):
        capture = lab.CAPTURES / "tcpreplay__test_test.pcap"
        config = {"interval": "1s", "packets": "true"}
        self.run_once(capture, self.config("a", **config))
        self.run_once(capture, self.config("b", **config), environment={"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"})
        threads = self.config("c", **config)
        with open(self.folder / "c.yml", "a", encoding="utf-8") as file:
            file.write("capture: {threads: 2}\n")
        self.run_once(capture, threads)
        for kind in FILES:
            self.assertGreater(self.log(kind, name="a").count("\n"), 2, kind)
            self.assertEqual(self.log(kind, name="b"), self.log(kind, name="a"), kind)
            self.assertEqual(sorted(self.log(kind, name="c").splitlines()),
                             sorted(self.log(kind, name="a").splitlines()), kind)

    def test_every_bundled_capture_makes_logs_that_can_be_read(self):
        for number, capture in enumerate(sorted(lab.CAPTURES.glob("*.pcap*"))):
            if lab.SANITIZE and capture.name == DECADES:
                continue
            name = str(number)
            lab.run(lab.EXPORTER, "--once", *lab.stays_root(()), f"--capture.file={capture}", "--capture.device-label=vb",
                    self.config(name, interval="7d", packets="true"), check=False)
            for kind in FILES:
                self.assertEqual(records.unread(kind, self.log(kind, name=name)), "", f"{kind} of {capture.name}")

    def test_the_import_reads_every_format_back(self):
        page = self.run_once(self.example())
        for form in ("2.5", "2.7", "ng"):
            self.run_once(self.example(), self.config(form, format=form, interval="1s"))
            logs = [f"--from={path}" for path in (self.folder / form).iterdir() if "ip_traffic" not in path.name]
            output = self.folder / f"{form}.txt"
            lab.run(lab.EXPORTER, "import", *logs, "--device=vb", "--to=openmetrics", "--timezone=UTC",
                    f"--output={output}")
            samples = re.findall(r'^iptraf_service_in_bytes_total\{.*port="80"\} (\d+) ', output.read_text(), re.M)
            self.assertEqual(int(samples[-1]), page.sum("iptraf_service_in_bytes_total", port="80"), form)

    def test_rrd_and_logs_are_written_over_the_same_capture(self):
        flag = self.config(interval="5m", format="2.5")
        with open(self.folder / "log.yml", "a", encoding="utf-8") as file:
            file.write(f"rrd: {{enabled: true, directory: {self.folder / 'rrd'}, step: 1m}}\n")
        page = self.run_once(self.example(), flag)
        self.assertEqual(self.log("service").count("generated"), 3)
        self.assertGreater(page.sum("iptraf_rrd_updates_total"), 10)

    def test_no_log_and_no_metric_unless_enabled(self):
        page = self.run_once(self.example())
        self.assertNotIn("iptraf_log", page.text)
        self.assertEqual(list(self.folder.iterdir()), [self.folder / "example.pcap"])


@unittest.skipUnless(lab.can_make_namespaces(), "needs root and network namespaces")
class LiveTest(LogTest):
    def setUp(self):
        super().setUp()
        self.network = self.enterContext(lab.Namespace("log"))
        self.network.ip("link add va address 02:00:00:00:00:0a type veth peer name vb address 02:00:00:00:00:0b")
        self.network.ip("link set va up")
        self.network.ip("link set vb up")

    def exporter(self, *flags):
        return self.enterContext(self.network.exporter("--capture.interface=vb", *flags))

    def send(self, frames):
        lab.inject(self.network, "va", frames)

    def wait_for(self, text, kind, device="vb"):
        lab.wait_until(lambda: text in self.log(kind, device), f"the log of {kind} has {text!r}")


class Live(LiveTest):
    def test_rotation_and_the_end(self):
        exporter = self.exporter(self.config(interval="1h"))
        self.send([tcp_frame(40000, 80, SYN)])
        self.wait_for("first packet (SYN)", "monitor")
        moved = {kind: self.folder / "log" / (FILES[kind].format("vb") + ".log") for kind in FILES}
        for path in moved.values():
            path.rename(f"{path}.1")
        exporter.process.send_signal(signal.SIGUSR1)
        self.wait_for("Logfile reopened", "monitor")
        self.send([tcp_frame(80, 40000, SYN | ACK, sequence=7)])
        self.wait_for("first packet (SYN)", "monitor")
        self.assertEqual(exporter.stop(), 0)
        for kind, path in moved.items():
            old, new = pathlib.Path(f"{path}.1").read_text(encoding="utf-8"), self.log(kind)
            self.assertRegex(old.splitlines()[0], r"; \*{8} .* started \*{8}$", kind)
            self.assertIn("USR1 signal received, preparing to reopen log file", old, kind)
            self.assertRegex(new.splitlines()[0], r"; \*{5} Logfile reopened \*{5}$", kind)
            self.assertRegex(new.splitlines()[-1], r"; \*{8} .* stopped \*{8}$", kind)
            self.assertEqual(records.unread(kind, old + new), "", kind)
        old_monitor = pathlib.Path(f"{moved['monitor']}.1").read_text(encoding="utf-8")
        self.assertIn("; active; from 10.0.0.2:80 to 10.0.0.1:40000; 0 packets, 0 bytes", old_monitor)
        self.assertIn("TCP/80: 2 packets, 80 bytes total", self.log("service"))

    def test_records_come_at_every_interval(self):
        exporter = self.exporter(self.config(interval="1s"))
        lab.wait_until(lambda: self.log("general").count("generated") >= 3, "three records are written")
        self.send([tcp_frame(40000, 80, SYN)])
        self.wait_for("TCP/80: 1 packets", "service")
        exporter.process.send_signal(signal.SIGUSR2)
        self.assertEqual(exporter.process.wait(lab.PATIENCE_SECONDS), 0)
        self.wait_for("stopped", "general")

    def test_an_interface_that_comes_later_has_its_logs(self):
        with self.network.exporter("--capture.interface=all", self.config(interval="1h")):
            self.wait_for("started", "service", "vb")
            self.network.ip("link add late type veth peer name later")
            self.network.ip("link set late up")
            self.wait_for("started", "service", "late")
            self.wait_for("started", "monitor", "late")

    def test_without_logs_the_signal_is_passed_over(self):
        exporter = self.exporter()
        exporter.process.send_signal(signal.SIGUSR1)
        self.send([tcp_frame(40000, 80, SYN)])
        exporter.page_when(lambda page: page.sum("iptraf_service_in_packets_total", port="80") == 1, "it goes on")
        self.assertEqual(exporter.stop(), 0)

    def test_a_full_disk_tears_no_record_and_stops_nothing_else(self):
        disk = self.folder / "log"
        disk.mkdir()
        lab.run("mount", "-t", "tmpfs", "-o", "size=1m", "none", disk)
        self.addCleanup(lab.run, "umount", disk)
        exporter = self.exporter(self.config(interval="1s"))
        self.wait_for("Running time", "service")
        with open(disk / "filler", "wb", buffering=0) as file, self.assertRaises(OSError):
            while True:
                file.write(bytes(4096))
        exporter.page_when(lambda page: page.sum("iptraf_log_errors_total") > 2, "records do not fit")
        self.send([tcp_frame(40000, 80, SYN)])
        exporter.page_when(lambda page: page.sum("iptraf_service_in_packets_total", port="80") == 1, "it counts on")
        (disk / "filler").unlink()
        self.wait_for("TCP/80: 1 packets", "service")
        log = exporter.log()
        self.assertEqual(exporter.stop(), 0)
        for kind in FILES:
            self.assertEqual(records.unread(kind, self.log(kind)), "", kind)
        failed = re.findall(r"(\S+\.log) is not written", log)
        self.assertEqual(sorted(failed), sorted(set(failed)), log)
        self.assertEqual(sorted(re.findall(r"(\S+\.log) is written again", log)), sorted(failed), log)
        self.assertGreater(len(failed), 0)

    def test_a_directory_that_cannot_be_written_is_told_once_and_works_again(self):
        (self.folder / "log").write_text("not a directory", encoding="utf-8")
        exporter = self.exporter(self.config(interval="1s"))
        exporter.page_when(lambda page: page.sum("iptraf_log_errors_total") > 12, "records are not written")
        (self.folder / "log").unlink()
        self.wait_for("Running time", "service")
        log = exporter.log()
        self.assertEqual(sum("iface_stats_general.log is not written" in line for line in log.splitlines()), 1, log)


@unittest.skipUnless(lab.can_make_namespaces(), "needs root and network namespaces")
@unittest.skipUnless(shutil.which("iptraf-ng") and shutil.which("tcpreplay"), "needs iptraf-ng and tcpreplay")
class BesideIptrafNg(LiveTest):
    """The same regular expressions read iptraf-ng's own logs of the same traffic, and ours."""

    def test_ours_have_the_shape_of_theirs(self):
        kinds = {"service": "-s", "size": "-z", "station": "-l", "monitor": "-i", "detailed": "-d"}
        with unittest.mock.patch.object(iptraf_ng_daemons, "FACILITIES", kinds):
            exporter = self.exporter(self.config(interval="1h", packets="true"))
            (self.folder / "ng").mkdir()
            daemons = iptraf_ng_daemons.Daemons(self.network, "vb", self.folder / "ng", ())
            self.addCleanup(daemons.kill)
            iptraf_ng_capture.write(self.folder / "examples.pcap")
            self.network.run("tcpreplay", "-q", "-i", "va", self.folder / "examples.pcap")
            self.wait_for(":9999 to ", "monitor")
            theirs = daemons.stop()
        exporter.process.send_signal(signal.SIGUSR1)
        self.wait_for("Logfile reopened", "monitor")
        self.assertEqual(exporter.stop(), 0)
        for kind in kinds:
            self.assertEqual(records.unread(kind, theirs[kind]), "", f"iptraf-ng's log of {kind}")
            self.assertEqual(records.unread(kind, self.log(kind)), "", f"our log of {kind}")
            self.assertGreater(len(self.log(kind).splitlines()), 5, kind)


if __name__ == "__main__":
    unittest.main()
