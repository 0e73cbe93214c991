#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Names that others choose: of interfaces, of stations, of capture files. None adds a line, a label or markup."""
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
import scrape_relay

# All that the kernel takes for a name of at most 15 bytes, and how it is shown.
INTERFACES = {b'a"b\\c': 'a"b\\c', b'{x="y"}': '{x="y"}', b"x\"}1\\n#TYPE": "x\"}1\\n#TYPE", b"<b>&'<i>": "<b>&'<i>",
              b"#HELP": "#HELP", b"$(id)`id`": "$(id)`id`", b"\xff\xfe\x80": "\\xff\\xfe\\x80",
              b"\x01\x1b[31m\x7f": "\\x01\\x1b[31m\\x7f", b"gr\xc3\xbcn": "gr\u00fcn",
              b"\xc0\xae\xc0\xae": "\\xc0\\xae\\xc0\\xae",
              b"\\": "\\", b"a,b=c;d": "a,b=c;d"}
DESCRIPTION = '"} 1\\n# TYPE x counter\\<script>alert(1)</script>&\u202e'
SHOWN_DESCRIPTION = DESCRIPTION.replace("\u202e", r"\xe2\x80\xae")  # it would turn round what follows
DEVICE_LABEL = '</title><script>"\\n} 1 # HELP x {y="z"}'
STATION = "02:00:00:00:00:0a"

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n\x00-\x1f\x7f]|\\[\\"n])*"'
LINE = re.compile(rf"# HELP {NAME} [^\x00-\x1f]*|# TYPE {NAME} (?:counter|gauge|histogram)|"
                  rf"{NAME}(?:\{{{LABEL}(?:,{LABEL})*\}})? (?:[+-]?Inf|NaN|-?[0-9][0-9.e+-]*)")


def unescape(text):
    """The value of a label as Prometheus reads it."""
    return re.sub(r'\\(.)', lambda match: "\n" if match[1] == "n" else match[1], text)


class Judged(unittest.TestCase):
    def check_page(self, exporter):
        """The page holds what the format allows and nothing else; gives its label values by name."""
        _status, _headers, body = exporter.request("GET", "/metrics")
        lines = body.decode().split("\n")
        self.assertEqual(lines.pop(), "")
        for line in lines:
            self.assertRegex(line, rf"\A(?:{LINE.pattern})\Z")
        done = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, check=False,
                              timeout=lab.PATIENCE_SECONDS)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
        values = {}
        for _name, labels in lab.Page(body.decode()).samples:
            for name, value in labels:
                values.setdefault(name, set()).add(unescape(value))
        return values

    def check_other_pages(self, exporter):
        """Gives the rows of the interfaces and of the stations. Everything else is JSON too, HTML without a name, or a
        log whose lines are its own."""
        rows = {}
        for key in ("interfaces", "packet_sizes", "services", "stations", "connections", "packets"):
            status, headers, body = exporter.request("GET", f"/api/v1/{key}")
            self.assertEqual((status, headers["Content-Type"], headers["X-Content-Type-Options"]),
                             (200, "application/json", "nosniff"))
            rows[key] = json.loads(body)["data"]
        landing = exporter.request("GET", "/")[2].decode()
        self.assertEqual(set(re.findall(r"<[/!]?(\w+)", landing)),
                         {"DOCTYPE", "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "ul", "li", "a",
                          "code", "form", "button"})
        for line in pathlib.Path(exporter.log_path).read_bytes().decode().splitlines():
            self.assertRegex(line, r"\A(?:ts|time)=\S+ level=[a-z]+ [^\x00-\x1f\x7f]*\Z")
        return rows["interfaces"], rows["stations"]

    def check_prometheus(self, exporter, devices):
        """A real Prometheus takes the page and has the names as they are."""
        relay = self.enterContext(scrape_relay.ScrapeRelay(exporter))
        with prometheus_server.PrometheusServer(prometheus_server.scrape_config(relay.target)) as prometheus:
            prometheus.rows_until("up", lambda rows: [value for _labels, value in rows] == [1.0])
            rows = prometheus.rows_until("iptraf_interface_up", lambda rows: len(rows) == len(devices))
            self.assertEqual({labels["device"] for labels, _value in rows}, devices)


@unittest.skipUnless(lab.can_make_namespaces(), "needs root and network namespaces")
@unittest.skipUnless(shutil.which("prometheus"), "needs prometheus")
class Interfaces(Judged):
    def test_interfaces_and_stations_with_hostile_names_are_names_and_nothing_more(self):
        config = self.enterContext(tempfile.NamedTemporaryFile("w", suffix=".yml"))
        json.dump({"collectors": {"lan_station": {"descriptions": {STATION: DESCRIPTION}}},
                   "capture": {"interfaces": "auto", "exclude": ["peer*"]}}, config)
        config.flush()
        with lab.Namespace("names") as network:
            for number, name in enumerate(INTERFACES):
                device = os.fsdecode(name)
                network.run("ip", "link", "add", "name", device, "type", "veth", "peer", "name", f"peer{number}")
                for end in (device, f"peer{number}"):
                    network.run("ip", "link", "set", "dev", end, "up")
            with network.exporter(f"--config.file={config.name}") as exporter:
                for number in range(len(INTERFACES)):
                    lab.inject(network, f"peer{number}", [lab.ethernet(lab.ipv4_udp(9, 53, 72))])
                exporter.page_when(lambda page: page.sum("iptraf_interface_receive_packets_total") == len(INTERFACES),
                                   "a packet has come on every interface")
                values = self.check_page(exporter)
                interfaces, stations = self.check_other_pages(exporter)
                shown = set(INTERFACES.values())
                self.assertEqual(values["device"], shown)
                self.assertEqual({row["device"] for row in interfaces}, shown)
                self.assertEqual({row["description"] for row in stations if row["mac"] == STATION},
                                 {SHOWN_DESCRIPTION})
                self.assertIn(SHOWN_DESCRIPTION, values["description"])
                self.check_prometheus(exporter, shown)


@unittest.skipUnless(shutil.which("prometheus"), "needs prometheus")
class CaptureFile(Judged):
    def test_the_label_of_a_capture_file_is_a_label_and_nothing_more(self):
        with lab.Exporter(f"--capture.file={lab.CAPTURES}/tcpreplay__test_test.pcap",
                          f"--capture.device-label={DEVICE_LABEL}") as exporter:
            exporter.page_when(lambda page: page.sum("iptraf_capture_packets_total") == 179, "the capture is read")
            device, = self.check_page(exporter)["device"]
            self.assertEqual(device, DEVICE_LABEL)
            self.assertEqual({row["device"] for row in self.check_other_pages(exporter)[0]}, {device})
            status, text = exporter.get("/api/v1/interfaces?device=%3Cb%3E%22%0a")
            self.assertEqual((status, json.loads(text)["status"]), (400, "error"))


if __name__ == "__main__":
    unittest.main()
