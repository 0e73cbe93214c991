#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Round-robin databases of a running exporter: live traffic, reloads, and disks, files and clocks that fail."""
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import time
import unittest

import lab
import rrd_daemon
import rrd_lab
from rrd_daemon import FILES, INTERFACE, SERVICES, SIZES, STATIONS

FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


@unittest.skipUnless(lab.can_make_namespaces(), "needs root and network namespaces")
class Live(rrd_daemon.DaemonTest):
    SEND = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(50):
    s.sendto(bytes(72), ("10.9.9.2", 53))
"""

    def setUp(self):
        super().setUp()
        self.network = self.enterContext(lab.Namespace("r"))
        for command in ("link add va address 02:00:00:00:00:0a type veth peer name vb", "addr add 10.9.9.1/24 dev va",
                        "link set va up", "link set vb up", "neigh add 10.9.9.2 lladdr 02:00:00:00:00:0b dev va"):
            self.network.ip(command)

    def live(self, step):
        self.rrd = self.folder / step
        flag = self.config(f"step: {step}, services: [udp/53]", name=f"{step}.yml")
        exporter = self.enterContext(self.network.exporter(flag, "--capture.interface=va"))
        exporter.page_when(rrd_lab.updates, "the first step is written")
        return exporter

    def sum(self, step, file, source):
        """What was counted from the first update to the last."""
        path = self.folder / step / "va" / f"{file}.rrd"
        last, seconds = rrd_lab.last(path), int(step[:-1])
        self.assertEqual(last % seconds, 0)
        got = rrd_lab.fetch(path, step=seconds, start=last - 60 * seconds, end=last)[source]
        return round(sum(value or 0 for value in got.values()) * seconds, 3)

    def test_what_was_sent_is_what_is_written_at_the_boundaries_of_steps(self):
        exporters = {step: self.live(step) for step in ("1s", "2s")}
        for _ in range(3):
            self.network.python(self.SEND)
            time.sleep(0.7)  # spread over steps; nothing is judged by it
        for step, exporter in exporters.items():
            wanted = {("interface", "tx_packets"): 150, ("interface", "tx_udp_b"): 150 * 114,
                      ("udp_services", "53_in"): 150 * 100, ("udp_services", "53_out"): 0,
                      ("packet_size", "tx_02"): 150}
            lab.wait_until(lambda s=step: self.sum(s, "udp_services", "53_in") >= 15000, "all is written")
            self.assertEqual({key: self.sum(step, *key) for key in wanted}, wanted)
            page = exporter.page()
            self.assertEqual(rrd_lab.errors(page), 0)
            stamp = page.sum("iptraf_rrd_last_update_timestamp_seconds")
            self.assertEqual(stamp % int(step[:-1]), 0)
            self.assertLess(abs(stamp - time.time()), 60)
            stations = {f"va/lan_stations/{mac}.rrd" for mac in ("02-00-00-00-00-0a", "02-00-00-00-00-0b")}
            facilities = {f"va/{name}.rrd" for name in ("interface", "packet_size", "tcp_connections", "udp_services")}
            self.assertEqual(self.databases(), facilities | stations)
            self.ends(exporter)

    @unittest.skipUnless(shutil.which("promtool"), "needs promtool")
    def test_the_metrics_are_accepted_and_absent_without_databases(self):
        page = self.live("1s").page()
        check = lab.run("promtool", "check", "metrics", input=page.text.encode(), check=False)
        self.assertEqual((check.returncode, check.stderr), (0, b""))
        self.assertEqual(page.text.count("\niptraf_rrd_"), 3)
        without = self.enterContext(self.network.exporter("--capture.interface=va"))
        self.assertNotIn("iptraf_rrd_", without.page().text)


class Reload(rrd_daemon.DaemonTest):
    def setUp(self):
        super().setUp()
        self.traffic = self.pcap([(n * 10**8, rrd_lab.datagram(58, 80 if n % 2 else 53)) for n in range(10)], "traffic")

    def reload(self, exporter, services, **keys):
        self.flags(f"services: [{services}]", **keys)
        exporter.process.send_signal(signal.SIGHUP)

    def flags(self, rrd="", more=""):
        flags = super().flags(rrd, more)
        path = pathlib.Path(flags[0].split("=", 1)[1])
        if rrd.startswith("services"):
            path.write_text(path.read_text().replace("services: [tcp/22], ", "", 1))
        return flags

    def test_services_take_effect_where_the_file_has_them(self):
        self.replay(self.pcap([(10**9, rrd_lab.datagram())]),
                    self.config("step: 1s, archives: [1x600], services: [udp/53, udp/80]"))
        path = self.rrd / "day" / "udp_services.rrd"
        exporter = self.start("services: [udp/53]")
        self.written("day/udp_services.rrd")
        self.reload(exporter, "udp/53, udp/80")

        def known(source):
            now = int(time.time())
            return any(rrd_lab.fetch(path, step=1, start=now - 20, end=now)[source].values())
        lab.wait_until(lambda: known("80_in"), "the other port is written")
        self.assertTrue(known("53_in"))
        self.reload(exporter, "udp/53, udp/123, udp/80")
        self.told_once(exporter, str(path), "lacks the data sources 123_in 123_out", "rrdtool tune")
        command = re.search(r"(rrdtool tune [^\"\n]*)", exporter.log())[1]
        self.written("day/udp_services.rrd")
        lab.run(*command.split())
        lab.wait_until(lambda: 0.0 in rrd_lab.fetch(path, step=1, start=int(time.time()) - 20, end=int(time.time()))
                       ["123_in"].values(), "the source that was added is written")
        self.assertEqual(rrd_lab.count(exporter.log(), ["lacks"]), 1)
        self.ends(exporter)

    def test_what_cannot_be_changed_is_refused_by_name(self):
        exporter = self.start()
        for key, old, new in (("step", "1s", "2s"), ("archives", "[1x600]", "[1x60]"), ("enabled", "true", "false"),
                              ("directory", str(self.rrd), "/tmp/elsewhere"), ("ds_type", "DERIVE", "COUNTER"),
                              ("daemon", '""', "localhost")):
            path = pathlib.Path(self.flags('daemon: "", ds_type: DERIVE')[0].split("=", 1)[1])
            path.write_text(path.read_text().replace(f"{key}: {old}", f"{key}: {new}", 1))
            status, _headers, body = exporter.request("POST", "/-/reload")
            self.assertEqual(status, 400)
            self.assertIn(f"rrd.{key} cannot be changed without a restart", body.decode())
        self.ends(exporter)


class Disk(rrd_daemon.DaemonTest):
    @unittest.skipUnless(lab.can_make_namespaces(), "needs root to mount a file system")
    def test_a_full_disk_is_told_and_room_is_used(self):
        self.rrd.mkdir()
        lab.run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", self.rrd)
        self.addCleanup(lab.run, "umount", "--lazy", self.rrd)
        exporter = self.start("archives: [1x600, 6x700, 24x775, 288x797]")
        self.errors_go_on(exporter)
        self.told_once(exporter, f"cannot create {self.rrd}/{INTERFACE}", "full")
        self.assertNotIn(INTERFACE, self.databases())
        self.assertTrue(self.databases())
        self.assertLess(self.databases(), FILES)
        for name in self.databases():
            self.written(name)
        self.assertEqual([path for path in self.rrd.rglob("*") if path.is_file() and path.suffix != ".rrd"], [])
        lab.run("mount", "-o", "remount,size=20m", self.rrd)
        self.written(*FILES)
        self.told_once(exporter, f"{INTERFACE} is written again")
        self.ends(exporter)

    def test_a_directory_that_may_not_be_written_is_told(self):
        self.rrd.mkdir()
        os.chmod(self.rrd, 0o555)
        exporter = self.start(prefix=rrd_daemon.BOUND_BY_PERMISSIONS)
        self.errors_go_on(exporter)
        self.told_once(exporter, f"{self.rrd}/{INTERFACE}", "Permission denied", "rrd.directory")
        os.chmod(self.rrd, 0o755)
        self.written(*FILES)
        os.chmod(self.rrd / SIZES, 0o444)
        self.errors_go_on(exporter)
        self.told_once(exporter, f"{self.rrd}/{SIZES}", "cannot update", "Permission denied",
                       "let the exporter's user write it")
        self.written(*(FILES - {SIZES}))
        os.chmod(self.rrd / SIZES, 0o644)
        self.written(*FILES)
        self.ends(exporter)


class Damage(rrd_daemon.DaemonTest):
    def assert_passed_over(self, exporter, bad, others):
        self.errors_go_on(exporter)
        for name in bad:
            self.told_once(exporter, f"{self.rrd}/{name}", "move it away")
            self.assertEqual(rrd_lab.count(exporter.log(), [f"{self.rrd}/{name}", "level=error"]), 1)
        self.written(*others)

    def test_a_file_that_is_none_keeps_no_other_from_being_written(self):
        first = self.start()
        self.written(*FILES)
        self.ends(first)
        rrd_daemon.write_garbage(self.rrd / INTERFACE)
        (self.rrd / SIZES).write_bytes(b"")
        truncate = rrd_daemon.truncate
        truncate(self.rrd / SERVICES, (self.rrd / SERVICES).stat().st_size // 2)
        truncate(self.rrd / STATIONS[0], 100)
        (self.rrd / STATIONS[1]).unlink()
        (self.rrd / STATIONS[1]).mkdir()
        bad = {INTERFACE, SIZES, SERVICES, STATIONS[0]}
        content = {name: (self.rrd / name).read_bytes() for name in bad}
        exporter = self.start()
        self.assert_passed_over(exporter, bad, FILES - bad - {STATIONS[1]})
        self.told_once(exporter, f"{self.rrd}/{STATIONS[1]} is no file", "remove it")
        self.assertEqual({name: (self.rrd / name).read_bytes() for name in bad}, content, "left as they were")
        for name in bad:
            (self.rrd / name).rename(self.folder / "away")
        (self.rrd / STATIONS[1]).rmdir()
        self.written(*FILES)
        self.ends(exporter)

    def test_what_is_damaged_or_replaced_under_the_running_program_is_told(self):
        exporter = self.start()
        self.written(*FILES)
        truncate = rrd_daemon.truncate
        truncate(self.rrd / INTERFACE, 0)
        truncate(self.rrd / SIZES, (self.rrd / SIZES).stat().st_size // 2)
        rrd_daemon.write_garbage(self.rrd / STATIONS[0])
        bad = {INTERFACE, SIZES, STATIONS[0]}
        self.errors_go_on(exporter)
        for name in bad:
            self.assertLessEqual(rrd_lab.count(exporter.log(), [f"{self.rrd}/{name}", "level=error"]), 2)
            self.told_once(exporter, f"{self.rrd}/{name}", "move it away")
        shutil.rmtree(self.rrd / "day")
        (self.rrd / "day").write_text("")
        self.errors_go_on(exporter)
        for name in FILES - {STATIONS[0], STATIONS[1]}:
            self.told_once(exporter, f"cannot create {self.rrd}/{name}", "Not a directory", "rrd.directory")
        os.remove(self.rrd / "day")
        self.written(*FILES)
        self.ends(exporter)

    def test_a_kill_in_the_middle_of_updates_leaves_readable_files(self):
        rounds = 30
        chance = random.Random(1)
        interrupted = 0
        for number in range(rounds):
            day = rrd_lab.at(number * 40_000)
            capture = self.pcap([(day, rrd_lab.datagram()), (day + 19_000 * 10**9, rrd_lab.datagram())])
            process = subprocess.Popen([lab.EXPORTER, "--once", *lab.stays_root(()), f"--capture.file={capture}", *self.flags()[:1],
                                        "--capture.device-label=day"], stdout=subprocess.DEVNULL)
            lab.wait_until((self.rrd / INTERFACE).is_file, "it writes")
            time.sleep(chance.uniform(0.02, 0.12))  # nothing is judged by it
            process.kill()
            interrupted += process.wait() == -signal.SIGKILL
            for path in rrd_lab.files(self.rrd).values():
                self.assertTrue(rrd_lab.is_database(path), path)
        self.assertGreater(interrupted, rounds // 2)
        exporter = self.start()
        self.written(*FILES)
        self.assertEqual(rrd_lab.errors(exporter.page()), 0)
        self.ends(exporter)


class Names(rrd_lab.RrdTest):
    LABELS = {"eth0": "eth0", "a/b": "a%2Fb", "..": "%2E%2E", ".": "%2E", "../../x": "..%2F..%2Fx", "a b": "a%20b",
              "it's \"x\"": "it%27s%20%22x%22", "50%": "50%25", "%2F": "%252F", "gr\u00fcn": "gr%C3%BCn",
              "br:0@x": "br%3A0@x", "-b": "-b", "a:b\\c": "a%3Ab%5Cc"}

    def test_a_device_is_a_folder_whatever_its_name(self):
        capture = self.pcap([(rrd_lab.at(1), rrd_lab.datagram())])
        flag = self.config("archives: [1x10]")
        for label in self.LABELS:
            self.assertEqual(lab.exporter_once(capture, flag, f"--capture.device-label={label}")[::2], (0, ""))
        self.assertEqual({path.name for path in self.rrd.iterdir()}, set(self.LABELS.values()))
        self.assertEqual({path.name for path in self.folder.iterdir()}, {"rrd", "day", "config.yml"})
        for folder in self.rrd.iterdir():
            self.assertEqual(rrd_lab.last(folder / "interface.rrd"), rrd_lab.START + rrd_lab.STEP)

    def test_a_name_of_two_lines_is_refused(self):
        ended, _page, log = lab.exporter_once(self.pcap([]), self.config(), "--capture.device-label=a\nb")
        self.assertEqual(ended, 1)
        self.assertIn("--capture.device-label: expected text on one line", log)

    def test_a_name_that_is_too_long_for_a_folder_is_told(self):
        capture = self.pcap([(rrd_lab.at(1), rrd_lab.datagram())])
        ended, _page, log = lab.exporter_once(capture, self.config("archives: [1x10]"),
                                              f"--capture.device-label={200 * '/'}")
        self.assertEqual(ended, 0)
        self.assertEqual(rrd_lab.count(log, ["cannot make the directory", "File name too long"]), 6)
        self.assertEqual(list(self.rrd.iterdir()), [])

    def test_a_flood_of_stations_stays_below_the_limit_of_files(self):
        stations = 1200
        frames = [lab.ethernet(bytes(46), 0x88cc, source=b"\x02\1\0\0" + n.to_bytes(2, "big")) for n in range(stations)]
        capture = self.pcap([(rrd_lab.at(m * 300 + 1) + n, frame) for m in range(2) for n, frame in enumerate(frames)])
        log = self.replay(capture, self.config("archives: [1x10]"))
        self.assertEqual(len(rrd_lab.files(self.rrd)), 1024)
        self.assertEqual(rrd_lab.count(log, ["there are 1024 already"]), 1)
        self.assertEqual(len(rrd_lab.messages(log)), 1)


@unittest.skipUnless(FAKETIME, "needs the package faketime")
@unittest.skipIf(lab.SANITIZE, "a sanitizer lets no library be loaded before it")
class Clock(rrd_daemon.DaemonTest):
    def set_clock(self, offset):
        (self.folder / "next").write_text(f"{offset:+d}\n")
        os.replace(self.folder / "next", self.folder / "offset")

    def test_a_jump_forward_is_not_written_at_once_and_a_jump_back_goes_on(self):
        self.set_clock(0)
        exporter = self.start(loop=False, prefix=(
            "env", f"LD_PRELOAD={FAKETIME}", f"FAKETIME_TIMESTAMP_FILE={self.folder}/offset", "FAKETIME_NO_CACHE=1",
            "DONT_FAKE_MONOTONIC=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1"))
        self.written(*FILES)
        self.set_clock(86400)
        self.errors_go_on(exporter)
        self.told_once(exporter, "the clock has jumped by 8", "in five minutes")
        now = int(time.time())
        self.assertLessEqual(max(rrd_lab.last(path) for path in rrd_lab.files(self.rrd).values()), now)
        self.set_clock(0)
        self.written(*FILES)
        self.told_once(exporter, "the clock has jumped by -8")
        self.assertLessEqual(exporter.page().sum("iptraf_rrd_last_update_timestamp_seconds"), time.time())

        self.set_clock(-3600)
        self.errors_go_on(exporter)
        self.told_once(exporter, f"{self.rrd}/{INTERFACE}", "has values up to", "has the clock been set back?")
        self.set_clock(0)
        # An hour forward: not believed, although it is right.
        self.told_once(exporter, "the clock has jumped by -3")
        self.told_once(exporter, "the clock has jumped by 3", "in five minutes")
        self.ends(exporter)


if __name__ == "__main__":
    unittest.main()
