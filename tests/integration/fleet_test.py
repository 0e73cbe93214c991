#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Ten hosts, an agent that finds them by file, and a store with the shipped rules: what was sent is what is summed.

Each host is a network namespace on one bridge and sends a number of datagrams of its own to the next. The shipped
configuration of the agent is used as it is but for addresses and times; the store is VictoriaMetrics, the rules are
evaluated by vmalert.
"""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.parse

import yaml

import flood_frames
import lab
import prometheus_server
import rrd_lab
import rules

DEPLOY = lab.TOP / "deploy" / "prometheus"
AGENT = DEPLOY / "prometheus_agent.yml"
HOSTS = 10
PAYLOAD_BYTES = 100
FRAME_BYTES = 14 + 20 + 8 + PAYLOAD_BYTES
STORE = "127.0.0.1:8428"  # in the hub's namespace, where all ports are free
SEND = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(int(sys.argv[2])):
    s.sendto(bytes(int(sys.argv[3])), (sys.argv[1], 9))
"""


def datagrams_of(number):
    """How many a host sends; no two the same, and no sum of some is one of others."""
    return 100 + 2**number


def agent_configuration(folder):
    """The shipped one with addresses and times of the test."""
    text = AGENT.read_text()
    for old, new in (("https://metrics.example.com/api/v1/push", f"http://{STORE}/api/v1/write"),
                     ("targets/*.yml", f"{folder}/targets/*.yml"), ("scrape_interval: 15s", "scrape_interval: 1s")):
        if text.count(old) != 1:
            raise AssertionError(f"{AGENT} has {old!r} {text.count(old)} times")
        text = text.replace(old, new)
    return text


class Daemon:
    """A program in the hub's namespace, and its log."""

    def __init__(self, namespace, folder, name, *flags):
        self.log_path = pathlib.Path(folder, f"{name}.log")
        with open(self.log_path, "wb") as log:
            self.process = namespace.popen(name, *flags, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.process.terminate()
        self.process.wait(lab.PATIENCE_SECONDS)


class Host:
    """A namespace on the bridge with an exporter that counts the test's datagrams and nothing else."""

    def __init__(self, test, hub, number):
        self.address = f"10.77.0.{number + 1}"
        self.network = test.enterClassContext(lab.Namespace(f"h{number}"))
        hub.ip(f"link add p{number} type veth peer name eth0 netns {self.network.name}")
        hub.ip(f"link set p{number} master bridge up")
        for command in (f"addr add {self.address}/24 dev eth0", "link set eth0 up", "link set lo up"):
            self.network.ip(command)
        self.exporter = test.enterClassContext(self.network.exporter(
            "--capture.interface=eth0", "--capture.filter=udp port 9", f"--web.listen-address={self.address}:10137"))

    def send(self, datagrams, to):
        self.network.python(SEND, to.address, str(datagrams), str(PAYLOAD_BYTES))


@unittest.skipUnless(prometheus_server.is_installed() and shutil.which("victoria-metrics") and shutil.which("vmalert")
                     and shutil.which("curl") and lab.can_make_namespaces(),
                     "needs prometheus, victoria-metrics, curl, root and network namespaces")
class Fleet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        (cls.folder / "targets").mkdir()
        cls.hub = cls.enterClassContext(lab.Namespace("hub"))
        for command in ("link set lo up", "link add bridge type bridge", "addr add 10.77.0.254/24 dev bridge",
                        "link set bridge up"):
            cls.hub.ip(command)
        cls.hosts = [Host(cls, cls.hub, number) for number in range(HOSTS + 1)]
        cls.discover(HOSTS)
        cls.start_store()
        cls.enterClassContext(prometheus_server.PrometheusServer(
            agent_configuration(cls.folder), "--enable-feature=agent", f"--storage.agent.path={cls.folder}/agent",
            prefix=("ip", "netns", "exec", cls.hub.name)))
        cls.rows_until("count(up == 1)", [({}, HOSTS)])
        for number in range(HOSTS):
            cls.hosts[number].send(datagrams_of(number), cls.hosts[(number + 1) % HOSTS])

    @classmethod
    def start_store(cls):
        cls.enterClassContext(Daemon(
            cls.hub, cls.folder, "victoria-metrics", f"-storageDataPath={cls.folder}/store", f"-httpListenAddr={STORE}",
            "-search.latencyOffset=0s", "-search.disableCache", "-memory.allowedBytes=64MB", "-loggerLevel=WARN"))
        cls.enterClassContext(Daemon(
            cls.hub, cls.folder, "vmalert", f"-rule={rules.RECORDING}", f"-datasource.url=http://{STORE}",
            f"-remoteWrite.url=http://{STORE}", "-remoteWrite.flushInterval=100ms", "-evaluationInterval=1s",
            "-notifier.url=http://127.0.0.1:1", "-httpListenAddr=127.0.0.1:8880", "-loggerLevel=WARN"))

    @classmethod
    def discover(cls, hosts):
        """Puts the first hosts into the file of targets, at once as a whole."""
        new = cls.folder / "targets.new"
        new.write_text(json.dumps([{"targets": [f"{host.address}:10137" for host in cls.hosts[:hosts]],
                                    "labels": {"role": "server"}},
                                   {"targets": ["10.77.0.200:10137"], "labels": {"decommissioned": "true"}}]))
        new.rename(cls.folder / "targets" / "iptraf.yml")

    @classmethod
    def rows(cls, expression):
        """[(labels, value)] that the store answers; None while it does not."""
        query = urllib.parse.urlencode({"query": expression, "time": time.time(), "nocache": 1})
        done = cls.hub.run("curl", "-s", f"http://{STORE}/api/v1/query?{query}", check=False)
        if done.returncode != 0:
            return None
        answer = json.loads(done.stdout)
        if answer["status"] != "success":
            raise AssertionError(f"{expression}: {answer}")
        return [(row["metric"], float(row["value"][1])) for row in answer["data"]["result"]]

    @classmethod
    def rows_until(cls, expression, wanted):
        seen = []

        def are_wanted():
            seen[:] = [cls.rows(expression)]
            return seen[0] == wanted
        try:
            lab.wait_until(are_wanted, f"{expression} is {wanted}")
        except AssertionError as error:
            raise AssertionError(f"{expression} is {seen[0]} and not {wanted}") from error

    def value_until(self, expression, wanted):
        """The fleet's labels alone are left, and this is the value."""
        self.rows_until(f"sum by (cluster, site, role, job, instance, device) ({expression})",
                        [({"cluster": "example", "site": "site_1", "role": "server", "job": "iptraf"}, wanted)])

    def test_a_sum_over_the_fleet_is_what_all_hosts_sent(self):
        sent = sum(datagrams_of(number) for number in range(HOSTS))
        for direction in ("receive", "transmit"):
            self.value_until(f"sum without (instance, device, network, transport) "
                             f"(iptraf_interface_{direction}_packets_total)", sent)
        self.rows_until('sum by (instance) (iptraf_interface_transmit_packets_total{instance="10.77.0.4:10137"})',
                        [({"instance": "10.77.0.4:10137"}, datagrams_of(3))])

    def test_the_expressions_of_the_fleet_rules_give_exact_sums(self):
        sent = sum(datagrams_of(number) for number in range(HOSTS))
        expressions = rules.recorded()

        def whole(name):
            """The rule with what it is made of in its place, of the counters themselves instead of their rates."""
            text = expressions[name]
            for part in expressions:
                if part != name and part in text:
                    text = text.replace(part, f"({whole(part)})")
            return re.sub(r"rate\((\w+)\[5m\]\)", r"\1", text)
        for name, wanted in (
                ("job:iptraf_interface_transmit_packets:rate5m", sent),
                ("job:iptraf_interface_receive_packets:rate5m", sent),
                ("job:iptraf_interface_transmit_bytes:rate5m", sent * FRAME_BYTES),
                ("job_protocol_port:iptraf_service_in_bytes:rate5m", 2 * sent * (FRAME_BYTES - 14)),
                ("job_network_transport:iptraf_interface_bytes:rate5m", 2 * sent * FRAME_BYTES),
                ("job_protocol:iptraf_ip_traffic_bytes:rate5m", 2 * sent * (FRAME_BYTES - 14))):
            with self.subTest(rule=name):
                self.value_until(f"sum without (protocol, port, network, transport) ({whole(name)})", wanted)

    def test_vmalert_records_every_rule_in_the_store(self):
        for name in rules.recorded():
            with self.subTest(rule=name):
                lab.wait_until(lambda name=name: self.rows(f'{{__name__="{name}"}}'), f"{name} is recorded")
        self.value_until("round(job:iptraf_interface_transmit_bytes:rate5m "
                         "/ job:iptraf_interface_transmit_packets:rate5m, 0.001)", FRAME_BYTES)
        self.value_until("count without (instance) (instance:iptraf_capture_dropped:ratio_rate5m == 0)", HOSTS)
        self.rows_until('count({__name__=~"instance.*:.*",instance="10.77.0.4:10137"})',
                        [({}, self.recorded_of_a_host())])

    @staticmethod
    def recorded_of_a_host():
        """What the README says."""
        return int(re.search(r"rules, (\d+) series for a host", (DEPLOY / "README.md").read_text())[1])

    def test_what_is_dropped_at_the_edge_does_not_reach_the_store(self):
        page = self.hosts[0].exporter.page()
        self.assertEqual(page.sum("iptraf_lan_station_info"), 3, "the host, and its two neighbours")
        self.value_until("count without (instance, device, network, transport) "
                         "(iptraf_interface_receive_packets_total)", HOSTS * 13)
        self.assertEqual(self.rows('count({__name__=~"iptraf_lan_station_.*"})'), [])
        self.assertEqual(self.rows('count({instance="10.77.0.200:10137"})'), [], "decommissioned")

    # z: the last, since the others count ten hosts.
    def test_z_a_host_that_is_added_to_the_file_is_scraped(self):
        self.discover(HOSTS + 1)
        self.rows_until("count(up == 1)", [({}, HOSTS + 1)])
        self.hosts[HOSTS].send(7, self.hosts[0])
        self.rows_until('sum(iptraf_interface_transmit_packets_total{instance="10.77.0.11:10137"})', [({}, 7)])


class Budget(unittest.TestCase):
    """The README says how many series a collector has; its table is what is checked here."""
    COLLECTORS = ("interface", "packet_size", "service", "lan_station", "tcp", "ip_traffic")

    @classmethod
    def setUpClass(cls):
        text = (lab.TOP / "README.md").read_text() + (DEPLOY / "README.md").read_text()
        cls.fixed = {name: int(series) for name, series in re.findall(r"^\| `(\w+)` \| (\d+) \|", text, re.MULTILINE)}
        cls.own = int(re.search(r"^\| the exporter itself \| (\d+) \|", text, re.MULTILINE)[1])
        cls.worst = int(re.search(r"\*\*(\d+)\*\* series", text)[1])

    def of_collectors(self, page):
        """Series by collector."""
        counts = dict.fromkeys(self.COLLECTORS, 0)
        for name, _labels in page.samples:
            for collector in self.COLLECTORS:
                counts[collector] += name.startswith(f"iptraf_{collector}_")
        return counts

    @unittest.skipUnless(lab.can_make_namespaces(), "needs root and network namespaces")
    def test_a_host_without_traffic_has_the_series_that_the_table_says(self):
        network = self.enterContext(lab.Namespace("q"))
        for command in ("link add d0 type veth peer name d1", "link set d0 up", "link set d1 up"):
            network.ip(command)
        for devices in (("d0",), ("d0", "d1")):
            flags = [f"--capture.interface={device}" for device in devices]
            page = self.enterContext(network.exporter(*flags)).page()
            self.assertEqual(self.of_collectors(page), {k: len(devices) * n for k, n in self.fixed.items()})
            self.assertEqual(len(page.samples), len(devices) * (sum(self.fixed.values()) + 1) + self.own - 1)

    def test_each_port_station_and_ethertype_adds_what_the_table_says(self):
        frames = [lab.ethernet(lab.ipv4_udp(40_000, port, 4)) for port in (9, 11, 53)]
        frames += [lab.ethernet(bytes(46), 0x9999, source=b"\x02\0\0\0\0" + bytes([last]))
                   for last in range(20, 27)]
        page = self.counted(frames, ports=3, stations=9)
        more = {"service": 3 * 4 + page.sum("iptraf_service_info"), "lan_station": 9 * 7, "ip_traffic": 2}
        self.assertEqual(self.of_collectors(page), {k: n + more.get(k, 0) for k, n in self.fixed.items()})

    def test_the_most_that_one_device_can_have_with_defaults_is_as_said(self):
        frames = [lab.ethernet(lab.ipv4_udp(40_000, port, 4)) for port in range(1, 1024)]
        frames += [flood_frames.segment((1, 40_000), (2, port), (0, 0), flood_frames.SYN) for port in range(1, 1024)]
        frames += [lab.ethernet(bytes(46), 0xa000 + n % 64, source=b"\x02\1\0\0" + n.to_bytes(2, "big"))
                   for n in range(1100)]
        page = self.counted(frames, ports=2046, stations=1024)
        named = page.sum("iptraf_service_info")
        self.assertEqual(len(page.samples) - named - 1, self.worst, "without the names of ports and the file's own")

    def counted(self, frames, ports, stations):
        path = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()), "capture")
        rrd_lab.write_pcap(path, [(number * 1000, frame) for number, frame in enumerate(frames)])
        exporter = self.enterContext(lab.Exporter(f"--capture.file={path}"))
        return exporter.page_when(lambda page: (page.sum("iptraf_table_entries", table="service") == ports and
                                                page.sum("iptraf_lan_station_info") == stations), "all is counted")


class Configuration(unittest.TestCase):
    @unittest.skipUnless(prometheus_server.is_installed(), "needs prometheus")
    def test_promtool_accepts_the_shipped_configurations(self):
        for flags, name in (((), "prometheus.yml"), (("--agent",), "prometheus_agent.yml")):
            done = lab.run("promtool", "check", "config", *flags, DEPLOY / name, check=False)
            self.assertEqual(done.returncode, 0, (done.stdout + done.stderr).decode())

    @unittest.skipUnless(prometheus_server.is_installed(), "needs prometheus")
    def test_promtool_accepts_the_recipes_of_the_readme(self):
        recipes = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", (DEPLOY / "README.md").read_text(),
                                                               re.DOTALL)]
        self.assertGreater(len(recipes), 5)
        job = {"job_name": "iptraf", "static_configs": [{"targets": ["localhost:10137"]}]}
        for recipe in recipes:
            with self.subTest(recipe=recipe):
                if isinstance(recipe, list):
                    recipe = {"scrape_configs": [{**job, "relabel_configs": recipe, "metric_relabel_configs": recipe}]}
                elif "params" in recipe:
                    recipe = {"scrape_configs": [{**job, **recipe}]}
                with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
                    yaml.safe_dump(recipe, file)
                    file.flush()
                    done = lab.run("promtool", "check", "config", file.name, check=False)
                self.assertEqual(done.returncode, 0, done.stderr.decode())


if __name__ == "__main__":
    unittest.main()
