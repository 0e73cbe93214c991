#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""deploy/compose: Docker Compose accepts it, what it mounts exists, and its exporter and Prometheus work together as
it starts them. Grafana is checked by its files."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import lab
import prometheus_server
import runc_container

try:
    import yaml
except ImportError:
    yaml = None

COMPOSE = lab.TOP / "deploy" / "compose"
DASHBOARDS = lab.TOP / "dashboards" / "grafana"
RULES = lab.TOP / "dashboards" / "prometheus"


def docker_compose(**environment):
    """Outcome of `docker-compose config`: the file with its variables and defaults filled in."""
    with tempfile.NamedTemporaryFile() as no_variables:  # in place of a .env that is there
        return lab.run("docker-compose", "--file", COMPOSE / "compose.yaml", "--env-file", no_variables.name, "config",
                       check=False, env={"PATH": os.environ["PATH"], **environment})


def services():
    done = docker_compose(GRAFANA_ADMIN_PASSWORD="secret")
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())
    return yaml.safe_load(done.stdout)["services"]


def mounts(service):
    """{path in the container: path here} of what a service mounts from the repository."""
    pairs = [volume.split(":") for volume in service["volumes"]]
    return {target: pathlib.Path(source) for source, target, _mode in pairs if source.startswith("/")}


def container_options(service):
    """What the service's security settings mean to runc when Docker passes them on."""
    assert service["cap_drop"] == ["ALL"] and service["read_only"]
    return {"capabilities": [f"CAP_{name}" for name in service["cap_add"]],
            "no_new_privileges": "no-new-privileges:true" in service.get("security_opt", [])}


@unittest.skipUnless(yaml and shutil.which("docker-compose"), "needs docker-compose and PyYAML")
class Compose(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.services = services()

    def test_without_a_password_it_does_not_start(self):
        done = docker_compose()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"choose a password, see README.md", done.stderr)

    def test_what_it_mounts_exists_and_is_mounted_read_only(self):
        for name in ("prometheus", "grafana"):
            for volume in self.services[name]["volumes"]:
                source, _target, mode = volume.split(":")
                if source.startswith("/"):
                    with self.subTest(source=source):
                        self.assertTrue(pathlib.Path(source).exists())
                        self.assertEqual(mode, "ro")

    def test_it_builds_the_dockerfile_and_names_the_projects_version(self):
        exporter = self.services["exporter"]
        self.assertEqual(pathlib.Path(exporter["build"]["context"]) / exporter["build"]["dockerfile"],
                         runc_container.DOCKERFILE)
        self.assertEqual(exporter["image"], f"iptraf_exporter:{lab.project_version()}")

    def test_grafana_finds_prometheus_and_the_dashboards(self):
        grafana = self.services["grafana"]
        provisioning = COMPOSE / "grafana/provisioning"
        source, = yaml.safe_load((provisioning / "datasources/prometheus.yml").read_text())["datasources"]
        address, = [word.partition("=")[2] for word in self.services["prometheus"]["command"] if "listen" in word]
        self.assertEqual(source["url"], f"http://{address}")
        scrape_interval = yaml.safe_load((COMPOSE / "prometheus.yml").read_text())["global"]["scrape_interval"]
        self.assertEqual(source["jsonData"]["timeInterval"], scrape_interval)
        provider, = yaml.safe_load((provisioning / "dashboards/iptraf.yml").read_text())["providers"]
        self.assertEqual(mounts(grafana)[provider["options"]["path"]], DASHBOARDS)
        self.assertEqual(mounts(grafana)["/etc/grafana/provisioning"], provisioning)
        home = pathlib.Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
        self.assertTrue((mounts(grafana)[str(home.parent)] / home.name).is_file())

    def test_grafana_is_the_one_that_the_dashboards_are_checked_against(self):
        judge = json.loads((lab.TOP / "tests/npm/grafana/package.json").read_text(encoding="utf-8"))
        self.assertEqual(self.services["grafana"]["image"],
                         f"grafana/grafana:{judge['dependencies']['@grafana/schema']}")

    def test_only_loopback_is_served(self):
        self.assertIn("--web.listen-address=127.0.0.1:10137", self.services["exporter"]["command"])
        self.assertIn("--web.listen-address=127.0.0.1:9090", self.services["prometheus"]["command"])
        self.assertEqual(self.services["grafana"]["environment"]["GF_SERVER_HTTP_ADDR"], "127.0.0.1")


@unittest.skipUnless(yaml and shutil.which("docker-compose"), "needs docker-compose and PyYAML")
@unittest.skipUnless(prometheus_server.is_installed() and shutil.which("busybox"), "needs prometheus and busybox")
@unittest.skipUnless(runc_container.is_usable(), "needs root and runc")
class ExporterAndPrometheus(unittest.TestCase):
    """Both with the arguments and files of compose.yaml, on one host: a network namespace."""

    def setUp(self):
        self.services = services()
        self.host = self.enterContext(lab.Namespace("compose"))
        self.host.ip("link set lo up")
        self.host.ip("link add eth0 type veth peer name veth0")
        for name in ("eth0", "veth0"):
            self.host.ip(f"link set {name} up")

    def prometheus(self):
        """Prometheus with the service's command, its paths moved into a folder that has what the service mounts."""
        service = self.services["prometheus"]
        root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for target, source in mounts(service).items():
            (root / target[1:]).parent.mkdir(parents=True, exist_ok=True)
            (root / target[1:]).symlink_to(source)
        command = [re.sub(r"=(?=/)", f"={root}", word) for word in service["command"]]
        process = self.host.popen("prometheus", *command, stdin=subprocess.DEVNULL,
                                  stderr=self.enterContext(open(root / "log", "wb")))
        self.addCleanup(process.wait, lab.PATIENCE_SECONDS)
        self.addCleanup(process.terminate)
        return process

    def answer(self, path):
        """The `data` of an answer of Prometheus; None while it does not answer."""
        done = self.host.run("curl", "--silent", "--fail", f"http://127.0.0.1:9090{path}", check=False)
        return json.loads(done.stdout)["data"] if done.returncode == 0 else None

    def test_prometheus_scrapes_the_exporter_and_evaluates_the_rules(self):
        exporter = self.services["exporter"]
        container = self.enterContext(runc_container.Container(self.host, exporter["command"],
                                                               **container_options(exporter)))
        lab.wait_until(lambda: container.get("/-/ready"), "the exporter is ready")
        self.assertEqual(container.execute(runc_container.HEALTH_CHECK).returncode, 0)
        self.prometheus()
        kind, *health_check = self.services["prometheus"]["healthcheck"]["test"]
        self.assertEqual(kind, "CMD")
        lab.wait_until(lambda: self.host.run("busybox", *health_check, check=False).returncode == 0,
                       "Prometheus is healthy by the commands of its image")
        rows = lab.wait_until(lambda: (self.answer("/api/v1/query?query=iptraf_capture_up") or {}).get("result"),
                              "Prometheus has scraped the exporter")
        self.assertEqual([(row["metric"]["job"], row["metric"]["device"], row["value"][1]) for row in rows],
                         [("iptraf", "eth0", "1")])
        groups = self.answer("/api/v1/rules")["groups"]
        self.assertEqual({pathlib.Path(group["file"]).name for group in groups},
                         {path.name for path in RULES.glob("*.rules.yml")})


if __name__ == "__main__":
    unittest.main()
