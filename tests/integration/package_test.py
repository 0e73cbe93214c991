#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The packages, installed on a fresh Debian whose systemd runs: what they bring, and how the service behaves."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import debian_root
import lab

BUILD = pathlib.Path(lab.EXPORTER).resolve().parent
CONFIGURATION = "etc/iptraf_exporter/iptraf_exporter.yml"
UNIT = "iptraf_exporter.service"
MAX_EXPOSURE = 2.0
# What the administrator has before the package: users of the pages, rotation of logs, a tool that shows capabilities.
ADMINISTRATOR = ("logrotate", "libcap2-bin")

FETCH = """
import sys, urllib.request
print(urllib.request.urlopen("http://localhost:10137" + sys.argv[1], timeout=60).read().decode(), end="")
"""


def build_package(kind):
    """Runs the script that the README names; the path of what it made."""
    done = subprocess.run([lab.TOP / "deploy" / "build_packages.sh", kind], capture_output=True, text=True, check=False,
                          env={**os.environ, "IPTRAF_BUILD_DIRECTORY": str(BUILD)}, timeout=500)
    assert done.returncode == 0, done.stderr[-4000:]
    return pathlib.Path(done.stdout.splitlines()[0])


def setUpModule():
    if not debian_root.is_possible():
        raise unittest.SkipTest("needs root, mmdebstrap, unshare and nsenter")
    global BASE, DEB
    DEB = build_package("deb")
    BASE = unittest.enterModuleContext(debian_root.DebianRoot(*ADMINISTRATOR))
    shutil.copy(DEB, BASE.path / "root" / "iptraf_exporter.deb")
    BASE.chroot("apt-get", "update", "-qq")
    BASE.chroot("apt-get", "install", "-y", "-qq", "--no-install-recommends", "/root/iptraf_exporter.deb")


class InstalledRoot(unittest.TestCase):
    """A copy of the Debian with the package, booted."""

    @classmethod
    def setUpClass(cls):
        if cls is InstalledRoot:
            raise unittest.SkipTest("the ground of the others")
        cls.root = cls.enterClassContext(BASE.copy())
        cls.root.boot()

    def property(self, name, unit=UNIT):
        return self.root.run("systemctl", "show", "--property", name, "--value", unit).stdout.strip()

    def add_interface(self, name):
        """One that is up, and its peer, which is too."""
        self.root.in_network("ip", "link", "add", name, "type", "veth", "peer", "name", name + "peer")
        for end in (name, name + "peer"):
            self.root.in_network("ip", "link", "set", end, "up")

    def configure(self, text):
        (self.root.path / CONFIGURATION).write_text(text, encoding="ascii")

    def fetch(self, path):
        return self.root.in_network("python3", "-c", FETCH, path)

    def page(self):
        return lab.Page(self.fetch("/metrics"))

    def process_status(self):
        text = self.root.run("cat", f"/proc/{self.property('MainPID')}/status").stdout
        return dict(re.findall(r"^(\w+):\t(.*)$", text, re.M))

    def user_id(self):
        return int(self.root.run("id", "-u", "iptraf_exporter").stdout)


class DebianPackage(unittest.TestCase):
    @unittest.skipUnless(shutil.which("lintian"), "needs lintian")
    def test_lintian_finds_neither_errors_nor_warnings(self):
        done = subprocess.run(["lintian", "--allow-root", DEB], capture_output=True, text=True, check=False)
        self.assertEqual(re.findall("^[EW]: .*", done.stdout, re.M), [])

    def test_every_file_in_etc_is_a_conffile(self):
        listed = subprocess.run(["dpkg-deb", "--contents", DEB], capture_output=True, text=True, check=True).stdout
        in_etc = {line.split()[-1][1:] for line in listed.splitlines() if line[0] == "-" and " ./etc/" in line}
        conffiles = subprocess.run(["dpkg-deb", "--info", DEB, "conffiles"], capture_output=True, text=True, check=True)
        self.assertEqual(set(conffiles.stdout.split()), in_etc)
        self.assertIn("/" + CONFIGURATION, in_etc)

    def test_dashboards_rules_and_pages_are_in_it(self):
        shared = BASE.path / "usr/share/iptraf_exporter"
        for installed, source in (("grafana", "dashboards/grafana"), ("prometheus", "dashboards/prometheus"),
                                  ("rrdcgi", "dashboards/rrdcgi")):
            wanted = {path.name for path in (lab.TOP / source).iterdir() if path.suffix in (".json", ".yml", ".rcgi")}
            with self.subTest(folder=installed):
                self.assertTrue(wanted)
                self.assertLessEqual(wanted, set(os.listdir(shared / installed)))
        self.assertEqual(os.readlink(shared / "rrdcgi/settings.inc"), "/etc/iptraf_exporter/rrdcgi.inc")

    def test_the_configuration_of_prometheus_finds_the_rules_that_are_in_it(self):
        text = (BASE.path / "usr/share/iptraf_exporter/prometheus/prometheus.yml").read_text()
        pattern = re.search("^rule_files:\n  - /(.*)$", text, re.M)[1]
        self.assertEqual(sorted(path.name for path in BASE.path.glob(pattern)),
                         ["iptraf_alerts.rules.yml", "iptraf_recording.rules.yml"])

    def test_the_provisioning_of_grafana_finds_the_dashboards_that_are_in_it(self):
        text = (BASE.path / "usr/share/iptraf_exporter/grafana/provisioning.yml").read_text()
        folder = re.search(r"^ +path: /(\S+)", text, re.M)[1]
        self.assertEqual(len(list((BASE.path / folder).glob("iptraf_*.json"))), 8)

    def test_the_program_can_capture_and_only_root_and_the_group_can_run_it(self):
        self.assertEqual(BASE.chroot("stat", "--format=%A %U %G", "/usr/bin/iptraf_exporter").strip(),
                         "-rwxr-x--- root iptraf_exporter")
        self.assertEqual(BASE.chroot("getcap", "/usr/bin/iptraf_exporter").split()[-1], "cap_net_raw=p")

    def test_the_shipped_configuration_is_valid(self):
        self.assertIn("valid", BASE.chroot("iptraf_exporter", "--config.check", f"--config.file=/{CONFIGURATION}"))


class RunningService(InstalledRoot):
    def setUp(self):
        self.configure((lab.TOP / "config/iptraf_exporter.yml").read_text(encoding="ascii"))
        self.root.run("systemctl", "reset-failed", UNIT)
        self.root.run("systemctl", "restart", UNIT)

    def test_it_is_enabled_and_has_said_that_it_is_ready(self):
        self.assertEqual(self.property("ActiveState"), "active")
        self.assertEqual(self.property("UnitFileState"), "enabled")
        self.assertEqual(self.property("Type"), "notify")
        self.assertEqual(self.property("StatusText"), "Metrics on [::]:10137/metrics")

    def test_it_has_no_capability_left_and_no_way_to_one(self):
        status = self.process_status()
        self.assertEqual({int(x) for x in status["Uid"].split()}, {self.user_id()})
        self.assertEqual([status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")], [f"{0:016x}"] * 4)
        self.assertEqual((status["CapBnd"], status["NoNewPrivs"], status["Seccomp"]), (f"{1 << 13:016x}", "1", "2"))
        log = self.root.run("journalctl", "--output=cat", "--unit", UNIT).stdout
        self.assertNotIn("this kernel does not", log)

    def test_it_tells_of_its_process(self):
        page = self.page()
        for name in ("process_open_fds", "process_resident_memory_bytes", "process_threads", "process_max_fds"):
            self.assertGreater(page.sum(name), 0, name)

    def test_systemd_judges_it_to_be_little_exposed(self):
        report = self.root.run("systemd-analyze", "security", "--no-pager", UNIT).stdout
        self.assertLessEqual(float(re.search(r"exposure level for \S+: ([0-9.]+)", report)[1]), MAX_EXPOSURE)
        self.root.run("systemd-analyze", "security", "--no-pager", "--offline=true",
                      f"--threshold={int(MAX_EXPOSURE * 10)}", UNIT)

    def test_it_counts_the_packets_of_an_interface_that_comes_later(self):
        self.add_interface("lan0")
        lab.wait_until(lambda: self.page().sum("iptraf_interface_up", device="lan0") == 1, "it captures lan0")
        before = self.page().sum("iptraf_service_in_packets_total", device="lan0", port="53")
        frame = lab.ethernet(lab.ipv4_udp(40000, 53, 12))
        self.root.in_network("python3", "-c", lab.INJECT, "lan0peer", *[frame.hex()] * 7)
        lab.wait_until(lambda: self.page().sum("iptraf_service_in_packets_total", device="lan0", port="53") == before + 7,
                       "the seven packets are counted")

    def test_a_reload_says_how_it_ended(self):
        self.configure("collectors: {tcp: {max_connections: 77}}\n")
        self.root.run("systemctl", "reload", UNIT)
        lab.wait_until(lambda: self.property("StatusText") == "The configuration was reloaded.", "it has reloaded")
        self.assertEqual(self.page().sum("iptraf_table_capacity", table="tcp"), 77)
        self.configure("collectors: {tcp: {max_connection: 5}}\n")
        self.root.run("systemctl", "reload", UNIT)
        lab.wait_until(lambda: "not reloaded" in self.property("StatusText"), "it has refused")
        self.assertEqual(self.property("ActiveState"), "active")
        self.assertEqual(self.page().sum("iptraf_table_capacity", table="tcp"), 77)

    def test_a_hanging_program_is_ended_and_started_again(self):
        override = self.root.path / f"etc/systemd/system/{UNIT}.d/watchdog.conf"
        override.parent.mkdir(parents=True)
        override.write_text("[Service]\nWatchdogSec=1s\nRestartSec=0\n", encoding="ascii")
        self.addCleanup(lambda: (shutil.rmtree(override.parent), self.root.run("systemctl", "daemon-reload")))
        self.root.run("systemctl", "daemon-reload")
        self.root.run("systemctl", "restart", UNIT)
        before = self.property("WatchdogTimestampMonotonic")
        lab.wait_until(lambda: self.property("WatchdogTimestampMonotonic") != before, "it says that it is alive")
        pid = self.property("MainPID")
        self.root.run("sh", "-c", f"kill -STOP {pid}")
        lab.wait_until(lambda: self.property("NRestarts") == "1" and self.property("ActiveState") == "active",
                       "it is started again")
        self.assertNotEqual(self.property("MainPID"), pid)

    def test_round_robin_databases_are_for_the_group_and_the_pages_find_them(self):
        self.add_interface("lan1")
        self.configure("rrd: {enabled: true, step: 1s}\n")
        self.root.run("systemctl", "restart", UNIT)
        database = "/var/lib/iptraf_exporter/rrd/lan1/interface.rrd"
        lab.wait_until(lambda: self.root.run("test", "-s", database, check=False).returncode == 0, "it is written")

        def can_read(user):
            return self.root.run("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "test", "-r", database,
                                 check=False).returncode == 0
        self.assertFalse(can_read("www-data"))
        # As deploy/rrdcgi/README.md says.
        self.root.run("sh", "-c", "chgrp -R www-data /var/lib/iptraf_exporter/rrd && "
                      "chmod -R g+rX /var/lib/iptraf_exporter/rrd && "
                      "find /var/lib/iptraf_exporter/rrd -type d -exec chmod g+s {} +")
        self.root.run("systemctl", "restart", UNIT)
        self.assertTrue(can_read("www-data"))
        self.root.run("systemctl", "start", "iptraf_exporter_rrdcgi.service")
        self.assertIn("lan1", self.root.run("cat", "/var/cache/iptraf_exporter/rrdcgi/devices.inc").stdout)

    def test_its_logs_are_rotated(self):
        self.add_interface("lan2")
        self.configure("iptraf_log: {enabled: true, interval: 1s}\n")
        self.root.run("systemctl", "restart", UNIT)
        log = "/var/log/iptraf/iface_stats_general.log"

        def size(path):
            return int(self.root.run("stat", "--format=%s", path, check=False).stdout or 0)
        lab.wait_until(lambda: size(log) > 0, "it writes")
        inode = self.root.run("stat", "--format=%i", log).stdout
        self.root.run("logrotate", "--force", "/etc/logrotate.d/iptraf_exporter")
        self.assertGreater(size(log + ".1"), 0)
        lab.wait_until(lambda: size(log) > 0, "it writes to a new file")
        self.assertNotEqual(self.root.run("stat", "--format=%i", log).stdout, inode)

    def test_systemd_can_open_its_socket(self):
        self.root.run("systemctl", "stop", UNIT)
        self.root.run("systemctl", "start", "iptraf_exporter.socket")
        self.addCleanup(lambda: self.root.run("systemctl", "stop", "iptraf_exporter.socket", UNIT))
        self.assertEqual(self.page().sum("iptraf_exporter_build_info"), 1)
        self.assertEqual(self.property("ActiveState"), "active")
        pid = self.property("MainPID")
        self.root.run("systemctl", "restart", UNIT)
        self.assertEqual(self.page().sum("iptraf_exporter_build_info"), 1)
        self.assertNotEqual(self.property("MainPID"), pid)

    def test_flags_of_etc_default_are_used(self):
        (self.root.path / "etc/default/iptraf_exporter").write_text('ARGS="--web.telemetry-path=/m --log.format=json"\n',
                                                                   encoding="ascii")
        self.root.run("systemctl", "restart", UNIT)
        self.assertIn("iptraf_exporter_build_info", self.fetch("/m"))
        shutil.copy(lab.TOP / "deploy/package/iptraf_exporter.default", self.root.path / "etc/default/iptraf_exporter")

    def test_a_member_of_the_group_captures_and_another_user_cannot_run_it(self):
        capture = "iptraf_exporter --web.listen-address=127.0.0.1:0 --run-for=100ms"
        done = self.root.run("setpriv", "--reuid=nobody", "--regid=iptraf_exporter", "--clear-groups", "--", "sh", "-c",
                             capture)
        self.assertIn("capturing live", done.stderr)
        for command in (capture, "iptraf_exporter --version"):
            done = self.root.run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", "sh", "-c",
                                 command, check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("Permission denied", done.stderr)


class LifeOfThePackage(InstalledRoot):
    def newer_package(self):
        """The same package, a version on, with another default configuration."""
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()), "tree")
        subprocess.run(["dpkg-deb", "--raw-extract", DEB, folder], check=True)
        control = folder / "DEBIAN/control"
        control.write_text(re.sub("^Version: .*$", "Version: 99.0.0", control.read_text(), flags=re.M))
        with open(folder / CONFIGURATION, "a", encoding="ascii") as file:
            file.write("# a line of the newer version\n")
        newer = self.root.path / "root/newer.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", folder, newer], check=True, capture_output=True)
        return "/root/newer.deb"

    def test_an_upgrade_keeps_what_was_configured_and_a_purge_leaves_nothing(self):
        mine = "collectors: {service: {additional_ports: [8080]}}\n"
        self.configure(mine)
        self.root.run("systemctl", "restart", UNIT)
        pid = self.property("MainPID")
        self.root.run("dpkg", "--force-confdef", "--force-confold", "--install", self.newer_package())
        self.assertEqual((self.root.path / CONFIGURATION).read_text(), mine)
        self.assertEqual(self.property("ActiveState"), "active")
        self.assertNotEqual(self.property("MainPID"), pid)
        self.assertEqual(self.root.run("getcap", "/usr/bin/iptraf_exporter").stdout.split()[-1], "cap_net_raw=p")

        self.root.run("systemctl", "disable", UNIT)
        self.root.run("dpkg", "--force-confold", "--install", "/root/newer.deb")
        self.assertEqual(self.property("UnitFileState"), "disabled")

        self.root.run("mkdir", "-p", "/var/lib/iptraf_exporter/rrd/lan0", "/var/log/iptraf")
        self.root.run("dpkg", "--remove", "iptraf-exporter")
        self.assertEqual((self.root.path / CONFIGURATION).read_text(), mine)
        self.assertTrue((self.root.path / "var/lib/iptraf_exporter/rrd/lan0").is_dir())
        self.assertNotIn("iptraf_exporter", self.root.run("ps", "-A", check=False).stdout)

        # Again, and with the optional units, which a removal stops and masks.
        self.root.run("dpkg", "--install", "/root/newer.deb")
        self.root.run("systemctl", "stop", UNIT)
        for unit in ("iptraf_exporter.socket", "iptraf_exporter_rrdcgi.timer"):
            self.root.run("systemctl", "enable", unit)
        self.root.run("systemctl", "start", "iptraf_exporter.socket", UNIT)
        self.assertEqual(self.page().sum("iptraf_exporter_build_info"), 1)
        self.root.run("dpkg", "--remove", "iptraf-exporter")

        self.root.run("chown", "root", "/var/log/iptraf")  # as if a real IPTraf had it
        self.root.run("dpkg", "--purge", "iptraf-exporter")
        left = {path for path in self.root.files() if "iptraf" in path and not path.startswith("root/")}
        self.assertEqual(left, {"var/log/iptraf"})
        for database in ("passwd", "group", "shadow", "gshadow"):
            self.assertNotIn("iptraf", (self.root.path / "etc" / database).read_text())


class RpmPackage(unittest.TestCase):
    @unittest.skipUnless(shutil.which("rpm") and shutil.which("rpmbuild"), "needs rpm")
    def test_it_installs_the_same_files_with_user_capability_and_kept_configuration(self):
        package = build_package("rpm")

        def query(*flags):
            return subprocess.run(["rpm", "--query", *flags, "--package", package], capture_output=True, text=True,
                                  check=True).stdout
        debian = subprocess.run(["dpkg-deb", "--fsys-tarfile", DEB], capture_output=True, check=True).stdout
        names = subprocess.run(["tar", "--list"], input=debian, capture_output=True, check=True).stdout.decode().split()
        files = {name[1:] for name in names if not name.endswith("/")}
        directories = {name[1:].rstrip("/") for name in names if name.endswith("/")}
        self.assertEqual(set(query("--list").split()) - directories, files)
        self.assertEqual(set(query("--configfiles").split()), {name for name in files if name.startswith("/etc/")})
        self.assertIn("/usr/bin/iptraf_exporter\tcap_net_raw=p", query("--filecaps"))
        modes = query("--queryformat", "[%{FILENAMES} %{FILEMODES:perms} %{FILEGROUPNAME}\n]")
        self.assertIn("/usr/bin/iptraf_exporter -rwxr-x--- iptraf_exporter\n", modes)
        self.assertFalse({"/etc", "/usr/share/man", "/usr/lib/systemd"} & set(query("--list").split()))

    @unittest.skipUnless(shutil.which("rpm") and shutil.which("rpmbuild"), "needs rpm")
    def test_its_scripts_make_the_user(self):
        package = build_package("rpm")
        with BASE.copy() as root:
            root.chroot("dpkg", "--purge", "iptraf-exporter")
            root.must("rpm", f"--root={root.path}", "--nodeps", "--install", package)
            self.assertIn("iptraf_exporter", (root.path / "etc/passwd").read_text())
            self.assertEqual(root.chroot("getcap", "/usr/bin/iptraf_exporter").split()[-1], "cap_net_raw=p")
            self.assertIn("version", root.chroot("iptraf_exporter", "--version"))
            root.must("rpm", f"--root={root.path}", "--nodeps", "--erase", "iptraf-exporter")
            self.assertFalse((root.path / "usr/bin/iptraf_exporter").exists())


if __name__ == "__main__":
    unittest.main()
