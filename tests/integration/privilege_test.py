#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the running program may still do, as the kernel tells; and that it does its work all the same."""
import os
import pathlib
import pwd
import re
import shutil
import signal
import stat
import sys
import tempfile
import unittest

import lab

CAPTURE = lab.CAPTURES / "tcpreplay__test_test.pcap"
NOBODY = pwd.getpwnam("nobody")
LOG = lab.TOP / "tests/data/logs/iptraf_25/tcp_udp_services-eth0.log"
DAEMON = 1
NO_CAPABILITIES = "0000000000000000"


def status_of_threads(pid):
    """What the kernel tells of each thread."""
    return [dict(re.findall(r"^(\w+):\t(.*)$", (task / "status").read_text(), re.M))
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir()]


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class RootBecomesNobody(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.folder.chmod(0o755)

    def exporter(self, *flags):
        return self.enterContext(lab.Exporter(*flags, "--user=nobody"))

    def check_powerless(self, exporter):
        for status in status_of_threads(exporter.process.pid):
            with self.subTest(thread=status["Name"]):
                self.assertEqual({int(number) for number in status["Uid"].split()}, {NOBODY.pw_uid})
                self.assertEqual({int(number) for number in status["Gid"].split()}, {NOBODY.pw_gid})
                self.assertEqual([status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")],
                                 [NO_CAPABILITIES] * 5)
                self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))

    @unittest.skipUnless(lab.can_make_namespaces(), "needs network namespaces")
    def test_every_thread_is_powerless_and_interfaces_that_come_later_are_captured(self):
        network = self.enterContext(lab.Namespace("priv"))
        exporter = self.enterContext(network.exporter("--user=nobody", "--capture.promiscuous",
                                                      f"--rrd.directory={self.folder}/rrd"))
        network.ip("link add late0 type veth peer name late1")
        network.ip("link set late0 up")
        network.ip("link set late1 up")
        exporter.page_when(lambda page: page.sum("iptraf_interface_up", device="late1") == 1, "it captures late1")
        lab.inject(network, "late0", [lab.ethernet(lab.ipv4_udp(40000, 53, 10))] * 5)
        exporter.page_when(lambda page: page.sum("iptraf_service_in_packets_total", device="late1", port="53") == 5,
                           "five packets are counted")
        self.check_powerless(exporter)
        promiscuous = network.run("cat", "/sys/class/net/late1/flags").stdout
        self.assertTrue(int(promiscuous, 16) & 0x100 or "promiscuity 1" in network.ip("-details link show late1")
                        .stdout.decode())

    def test_databases_and_logs_of_root_are_handed_over_and_written(self):
        configuration = self.folder / "exporter.yml"
        configuration.write_text(f"rrd: {{enabled: true, step: 1s, directory: {self.folder}/state/rrd}}\n"
                                 f"iptraf_log: {{enabled: true, interval: 1s, directory: {self.folder}/log}}\n")
        (self.folder / "log").mkdir()
        (self.folder / "log" / "iface_stats_general.log").write_text("old\n")
        exporter = self.exporter(f"--config.file={configuration}", f"--capture.file={CAPTURE}", "--capture.loop",
                                 "--capture.replay=realtime", "--capture.device-label=lan0")
        database = self.folder / "state/rrd/lan0/interface.rrd"
        log = self.folder / "log/iface_stats_general.log"
        lab.wait_until(lambda: database.exists() and log.stat().st_size > 4, "both are written")
        self.assertEqual({path.stat().st_uid for path in (database, database.parents[1], log)}, {NOBODY.pw_uid})
        self.assertEqual((self.folder / "state").stat().st_uid, 0)
        self.check_powerless(exporter)

    def test_host_names_can_be_looked_up(self):
        configuration = self.folder / "exporter.yml"
        configuration.write_text("names: {reverse_lookup: true}")
        exporter = self.exporter(f"--config.file={configuration}", f"--capture.file={CAPTURE}")
        self.assertEqual(exporter.get("/api/v1/connections")[0], 200)
        self.check_powerless(exporter)

    def test_directories_of_the_system_are_not_taken_over(self):
        for directory in ("/", "/etc", f"{self.folder}/.."):
            status, _page, log = lab.exporter_once(CAPTURE, f"--rrd.directory={directory}", "--user=nobody")
            self.assertEqual(status, 1, directory)
            self.assertRegex(log, "which is not the exporter's|others may write to it")
            self.assertEqual(os.stat(directory).st_uid, 0)

    def test_a_directory_of_another_user_is_refused(self):
        directory = self.folder / "rrd"
        directory.mkdir()
        os.chown(directory, 2, 2)
        status, _page, log = lab.exporter_once(CAPTURE, f"--rrd.directory={directory}", "--user=nobody")
        self.assertEqual(status, 1)
        self.assertIn("belongs to the user bin; let it be nobody's", log)

    def test_a_configuration_that_a_reload_could_not_read_is_an_error_at_the_start(self):
        configuration = self.folder / "exporter.yml"
        configuration.write_text("{}")
        configuration.chmod(0o600)
        with self.assertRaisesRegex(AssertionError, rf"chgrp nogroup {configuration} && chmod g\+r {configuration}"):
            lab.Exporter(f"--config.file={configuration}", f"--capture.file={CAPTURE}", "--user=nobody")

    def test_a_reload_reads_a_file_that_was_replaced(self):
        configuration = self.folder / "exporter.yml"
        configuration.write_text("{}")
        exporter = self.exporter(f"--config.file={configuration}", f"--capture.file={CAPTURE}")
        (self.folder / "new").write_text("collectors: {tcp: {max_connections: 77}}")
        (self.folder / "new").rename(configuration)
        exporter.process.send_signal(signal.SIGHUP)
        exporter.page_when(lambda page: page.sum("iptraf_table_capacity", table="tcp") == 77, "it is in effect")

    def test_descriptions_in_a_directory_that_was_not_named_at_the_start_need_a_restart(self):
        configuration = self.folder / "exporter.yml"
        configuration.write_text("{}")
        exporter = self.exporter(f"--config.file={configuration}", f"--capture.file={CAPTURE}")
        other = self.enterContext(tempfile.TemporaryDirectory())
        os.chmod(other, 0o755)
        pathlib.Path(other, "names").write_text("02:00:00:00:00:0a printer\n")
        configuration.write_text(f"collectors: {{lan_station: {{description_files: [{other}/names]}}}}")
        status, _headers, text = exporter.request("POST", "/-/reload")
        self.assertEqual(status, 400)
        self.assertIn(f"names a file in {other}, where none was named at the start: this needs a restart", text.decode())

    def test_descriptions_beside_the_configuration_are_read_by_a_reload(self):
        configuration = self.folder / "exporter.yml"
        configuration.write_text("{}")
        exporter = self.exporter(f"--config.file={configuration}", f"--capture.file={CAPTURE}")
        (self.folder / "names").write_text("02:00:00:00:00:0a printer\n")
        configuration.write_text(f"collectors: {{lan_station: {{description_files: [{self.folder}/names]}}}}")
        status, _headers, text = exporter.request("POST", "/-/reload")
        self.assertEqual(status, 200, text)

    def test_a_capture_file_that_only_root_can_read_is_read_again_and_again(self):
        private = self.folder / "private"
        private.mkdir(mode=0o700)
        shutil.copy(CAPTURE, private / "trace.pcap")
        (private / "trace.pcap").chmod(0o600)
        exporter = self.exporter(f"--capture.file={private}/trace.pcap", "--capture.loop")
        exporter.page_when(lambda page: page.sum("iptraf_interface_receive_packets_total") > 3 * 179, "it has looped")

    def test_the_import_reads_logs_of_root_and_writes_for_the_user(self):
        logs = self.folder / "logs"
        logs.mkdir(mode=0o700)
        shutil.copy(LOG, logs)
        (logs / LOG.name).chmod(0o600)
        done = lab.run(lab.EXPORTER, "import", f"--from={logs}/{LOG.name}", "--to=rrd", "--user=nobody",
                       f"--output={self.folder}/rrd", check=False, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.folder / "rrd/eth0/tcp_services.rrd").stat().st_uid, NOBODY.pw_uid)

    def test_root_stays_root_without_capabilities_when_that_is_asked_for(self):
        exporter = self.enterContext(lab.Exporter(f"--capture.file={CAPTURE}", "--user=root"))
        for status in status_of_threads(exporter.process.pid):
            self.assertEqual((status["Uid"].split()[0], status["CapEff"], status["CapPrm"]),
                             ("0", NO_CAPABILITIES, NO_CAPABILITIES))

    def test_a_unix_socket_is_for_the_group_of_the_user(self):
        path = self.folder / "web.sock"
        self.exporter(f"--capture.file={CAPTURE}", f"--web.listen-address=unix:{path}")
        connect = f"import socket; socket.socket(socket.AF_UNIX).connect('{path}')"
        for group, is_let_in in ((NOBODY.pw_gid, True), (12345, False)):
            done = lab.run("setpriv", "--reuid=12345", f"--regid={group}", "--clear-groups", sys.executable, "-c", connect,
                           check=False, text=True)
            self.assertEqual(done.returncode == 0, is_let_in, done.stderr)
        self.assertEqual((path.stat().st_uid, path.stat().st_mode & 0o7777), (0, 0o660))

    def test_its_process_is_still_told(self):
        page = self.exporter(f"--capture.file={CAPTURE}").page()
        for name in ("process_open_fds", "process_threads", "process_resident_memory_bytes"):
            self.assertGreater(page.sum(name), 0, name)


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class RootStaysRoot(unittest.TestCase):
    """What root would write where another user's link leads is refused, as it is with --user=nobody."""
    IDENTITY = ("--user=root",)
    PREFIX = ()

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.folder.chmod(0o755)
        self.secret = self.folder / "secret"
        self.secret.mkdir(mode=0o700)
        self.rrd = self.folder / "rrd"

    def run_once(self, *flags):
        """Exit status and log."""
        done = lab.run(*self.PREFIX, lab.EXPORTER, "--once", f"--capture.file={CAPTURE}", "--capture.device-label=h7v0",
                       *self.IDENTITY, *flags, check=False, text=True)
        return done.returncode, done.stderr

    def assert_refused(self, words):
        """For databases by the daemon and by the import, and for logs."""
        configuration = self.folder / "exporter.yml"
        configuration.write_text(f"iptraf_log: {{enabled: true, directory: {self.rrd}}}")
        imported = lab.run(*self.PREFIX, lab.EXPORTER, "import", f"--from={LOG}", "--to=rrd", f"--output={self.rrd}",
                           *self.IDENTITY, check=False, text=True)
        outcomes = {"rrd": self.run_once(f"--rrd.directory={self.rrd}"), "import": (imported.returncode, imported.stderr),
                    "log": self.run_once(f"--config.file={configuration}")}
        for name, (status, log) in outcomes.items():
            with self.subTest(name):
                self.assertEqual(status, 1, log)
                self.assertRegex(log, words)
        self.assertEqual(list(self.secret.iterdir()), [])

    def link(self, target, path, owner):
        path.symlink_to(target)
        os.chown(path, owner, owner, follow_symlinks=False)

    def test_a_directory_of_another_user_is_refused(self):
        self.rrd.mkdir()
        self.rrd.chmod(0o777)
        os.chown(self.rrd, DAEMON, DAEMON)
        self.link(self.secret, self.rrd / "h7v0", DAEMON)
        self.assert_refused("belongs to the user daemon; let it be root's")

    def test_a_link_of_another_user_is_not_followed(self):
        self.link(self.secret, self.rrd, DAEMON)
        self.assert_refused("leads over rrd, a link of the user daemon; name the directory where it leads")

    def test_a_directory_that_others_may_write_to_is_a_warning(self):
        self.rrd.mkdir()
        self.rrd.chmod(0o777)
        status, log = self.run_once(f"--rrd.directory={self.rrd}")
        self.assertEqual(status, 0)
        self.assertRegex(log, "level=warn .* is root's, and others may write to it.*chmod go-w")
        self.assertTrue((self.rrd / "h7v0/interface.rrd").is_file())

    def test_a_link_of_another_user_in_the_directory_is_refused(self):
        self.rrd.mkdir()
        for name in ("h7v0", "eth0", "iface_stats_general.log"):
            self.link(self.secret, self.rrd / name, DAEMON)
        self.assert_refused("holds [a-z0-9_.]+, a link of the user daemon, which is not the exporter's")

    def test_a_link_of_root_in_the_directory_is_the_administrators_choice(self):
        self.rrd.mkdir()
        (self.folder / "elsewhere").mkdir()
        self.link("../elsewhere", self.rrd / "h7v0", 0)
        status, log = self.run_once(f"--rrd.directory={self.rrd}")
        self.assertEqual((status, log), (0, ""))
        self.assertTrue((self.folder / "elsewhere" / "interface.rrd").exists())

    def test_a_link_of_root_that_leads_out_is_named(self):
        outside = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.rrd.mkdir()
        self.link(outside, self.rrd / "h7v0", 0)
        for _ in ("there is nothing", "there is a database that was made without the exporter"):
            _status, log = self.run_once(f"--rrd.directory={self.rrd}")
            self.assertRegex(log, f"interface.rrd.*{self.rrd}/h7v0 is a link: outside of rrd.directory nothing can be")
            lab.run("rrdtool", "create", outside / "interface.rrd", "DS:in_bytes:DERIVE:600:0:U", "RRA:AVERAGE:0.5:1:9")

    def test_a_directory_that_is_exchanged_for_a_link_later_leads_nowhere(self):
        above = self.folder / "above"  # whose owner may do so
        above.mkdir()
        os.chown(above, DAEMON, DAEMON)
        self.rrd = above / "rrd"
        self.rrd.mkdir()
        configuration = self.folder / "exporter.yml"
        configuration.write_text(f"rrd: {{enabled: true, step: 1s, directory: {self.rrd}}}")
        exporter = self.enterContext(lab.Exporter(f"--config.file={configuration}", f"--capture.file={CAPTURE}",
                                                  "--capture.loop", "--capture.replay=realtime", prefix=self.PREFIX))
        if "does not restrict files (landlock)" in exporter.log():
            self.skipTest("needs landlock")
        exporter.page_when(lambda page: page.sum("iptraf_rrd_updates_total") > 0, "databases are written")
        self.rrd.rename(above / "away")
        self.link(self.secret, self.rrd, DAEMON)
        exporter.page_when(lambda page: page.sum("iptraf_rrd_errors_total") > 4, "databases are not written")
        self.assertEqual(list(self.secret.iterdir()), [])

    def test_a_volume_with_other_things_in_it_is_written(self):
        self.rrd.mkdir()
        (self.rrd / "lost+found").mkdir(mode=0o700)
        (self.rrd / "readme").write_text("of somebody")
        os.chown(self.rrd / "readme", DAEMON, DAEMON)
        status, log = self.run_once(f"--rrd.directory={self.rrd}")
        self.assertEqual((status, log), (0, ""))
        self.assertTrue((self.rrd / "h7v0" / "interface.rrd").exists())

    def test_a_directory_below_the_top_is_made(self):
        directory = pathlib.Path(f"/iptraf_test_{os.getpid()}")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        status, log = self.run_once(f"--rrd.directory={directory}")
        self.assertEqual((status, log), (0, ""))
        self.assertTrue((directory / "h7v0" / "interface.rrd").exists())


@unittest.skipUnless(shutil.which("setpriv"), "needs setpriv")
class RootMayNotBecomeAnother(RootStaysRoot):
    """As in a container without CAP_SETUID: then root stays though nobody asked for it."""
    IDENTITY = ()
    PREFIX = ("setpriv", "--bounding-set=-setuid,-setgid", "--inh-caps=-setuid,-setgid")

    def run_once(self, *flags):
        status, log = super().run_once(*flags)
        self.assertIn("staying root, without any capability", log)
        return status, "".join(line for line in log.splitlines(True) if "staying root" not in line)

    def test_the_import_tells_it_beside_its_text(self):
        done = lab.run(*self.PREFIX, lab.EXPORTER, "import", f"--from={LOG}", "--to=openmetrics", text=True)
        self.assertRegex(done.stdout, r"\A# HELP iptraf_service_in_bytes ")
        self.assertIn("staying root, without any capability", done.stderr)


class NobodyStaysNobody(unittest.TestCase):
    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root and setpriv")
    def test_a_user_without_rights_reads_a_file_as_before(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        program = folder / "iptraf_exporter"
        shutil.copy(lab.EXPORTER, program)
        program.chmod(program.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)
        shutil.copy(CAPTURE, folder / "trace.pcap")
        (folder / "trace.pcap").chmod(0o644)
        done = lab.run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", program, "--once",
                       f"--capture.file={folder}/trace.pcap", "--user=daemon", check=False, text=True)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"\A[^\n]*level=warn msg=\"--user=daemon has no effect: [^\n]*\n\Z")
        self.assertEqual(lab.Page(done.stdout).sum("iptraf_interface_receive_packets_total"), 179)


if __name__ == "__main__":
    unittest.main()
