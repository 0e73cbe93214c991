#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The rrdcgi pages on real web servers: every picture is the traffic, every page opens in a browser, no query harms."""
import os
import pathlib
import re
import shutil
import socket
import tempfile
import threading
import unittest

import browser
import lab
import rrdcgi_lab
from rrdcgi_client import Client, Document
from rrdcgi_lab import STATION

PERIODS = ("6hr", "day", "week", "month", "year")
PICTURES = {  # page -> pictures when all files are there
    "index.rcgi": 1, "tcp_services.rcgi": 20, "udp_services.rcgi": 15, "interface.rcgi": 35, "packet_size.rcgi": 10,
    "tcp_connections.rcgi": 10, "lan_stations.rcgi": 15,
}
GREEN = (0, 255, 0)
HOSTILE = [
    "device=", "device=..", "device=../..", "device=/etc", "device=.", "device=eth0/../eth0", "device=./eth0",
    "device=eth0/", "device=nosuch", "device=--help", "device=-", "device=eth0%00", "device=eth0%0a",
    "device=eth0&device=eth0",
    "device=%3Cscript%3Ealert(1)%3C/script%3E", "device=%22%20onload=%22alert(1)", "device='%20onload='alert(1)",
    "device=--%3E%3Cb%3E", "device=%3CRRD::INCLUDE%20/etc/passwd%3E", "device=%3CRRD::GETENV%20PATH%3E",
    "device=eth0/tcp_services.rrd:22_in:AVERAGE:daemon=127.0.0.1", "device=eth0%20--daemon%20127.0.0.1",
    "device=eth0%20DEF:x=/etc/passwd:x:AVERAGE", "device=eth0.png", "device=" + "A" * 4000, "device=a%ff%fe",
    f"device=eth0&station=../{STATION}", f"device=eth0&station={STATION}.rrd:rx_bytes:AVERAGE:x",
    f"station={STATION}%00x",
    "device=eth0&station=%22%3E%3Cscript%3E", "device=eth0&station=" + "0" * 3000, "device=eth0&station=nosuch",
    "device=eth0&port=22", "title=%3Cb%3E", "-f", "--filter", "?", "&&&&", "device",
]
CRASHING = ["device=%", "device=a%2", "device=%zz", "%", "device=%" + "%" * 200]  # for rrdcgi itself


def plot_columns(picture):
    """[(x, rows of the green area)] of a graph, left to right, and the row that the area stands on."""
    bottom = 0
    columns = []
    for x in range(60, picture.width - 20):  # the legend stands left of it
        green = [y for y in range(picture.height - 60) if picture.pixel(x, y) == GREEN]
        columns.append((x, green))
        bottom = max([bottom, *green])
    return [(x, green) for x, green in columns if green], bottom


class Served:
    """What must be true behind each web server."""

    name = ""

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="iptraf_test."))
        cls.site = rrdcgi_lab.Site(folder)
        rrdcgi_lab.write_rrds(cls.site.rrd)
        cls.site.make_index()
        cls.client = Client(cls.enterClassContext(rrdcgi_lab.serving(cls.site, cls.name)))

    def test_every_page_has_all_its_pictures(self):
        for page, count in PICTURES.items():
            with self.subTest(page=page):
                document = self.client.page(page, "device=eth0")
                self.assertEqual(len(document.pictures), count)
                self.assertNotIn("ERROR", document.text)
                self.assertNotIn("No picture", document.text)
                for picture in document.pictures:
                    status, headers, body = self.client.request("/iptraf/" + picture["src"])
                    self.assertEqual((status, headers.get_content_type()), (200, "image/png"), picture)
                    self.assertEqual(body[:8], b"\x89PNG\r\n\x1a\n")
                    self.assertEqual([int.from_bytes(body[16:20], "big"), int.from_bytes(body[20:24], "big")],
                                     [int(picture["width"]), int(picture["height"])])
                    self.assertTrue(600 <= int(picture["width"]) <= 800 and 200 <= int(picture["height"]) <= 700)

    def test_the_folder_and_its_name_without_a_slash_lead_to_the_overview(self):
        self.assertIn("Network traffic: eth0", self.client.page("", "device=eth0").text)
        status, headers, _body = self.client.request("/iptraf")
        self.assertEqual(status, 301)
        self.assertTrue(headers["Location"].endswith("/iptraf/"))

    def test_hostile_queries_are_refused_and_leave_nothing(self):
        before = self.site.files()
        for query in HOSTILE + CRASHING:
            for page in ("tcp_services.rcgi", "lan_stations.rcgi"):
                with self.subTest(page=page, query=query[:60]):
                    status, _headers, body = self.client.request(f"/iptraf/{page}?{query.replace(' ', '%20')}")
                    self.assertNotIn(b"<b>", body)
                    if re.fullmatch(r"device=[\w.@=-]+(&station=[0-9a-f-]+)?", query):  # harmless letters
                        self.assertEqual(status, 200)
                        Document(body.decode())
                    else:
                        self.assertIn(status, (400, 403))
        invented = {name for name in self.site.files() - before if "/eth0/" not in name and "/br=3A1/" not in name}
        self.assertEqual(invented, set())

    def test_nothing_else_is_served(self):
        for path in ("settings.inc", "parts/page_begin.inc", "parts/", "make_index.sh", "README.md", "images",
                     "images/", "images/eth0/", "images/../devices.inc", "devices.inc", "images/%2e%2e/devices.inc",
                     "tcp_services.rcgi/x", "..%2f..%2fetc/passwd", "nosuch.rcgi", "images/eth0/nosuch.png"):
            with self.subTest(path=path):
                self.assertIn(self.client.request("/iptraf/" + path)[0], (400, 403, 404))

    def test_only_get_reaches_a_page(self):
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            self.assertIn(self.client.request("/iptraf/index.rcgi", method)[0], (403, 405), method)

    def test_other_addresses_are_refused(self):
        if self.name == "apache":
            self.skipTest("Apache counts all of 127.0.0.0/8 as local")
        for path in ("", "index.rcgi", "style.css", "images/eth0/interface-bits-day.png"):
            self.assertEqual(self.client.request(f"/iptraf/{path}", source="127.0.0.2")[0], 403, path)

    def test_pages_and_style_say_what_they_may_load(self):
        for path, kind in (("index.rcgi", "text/html"), ("style.css", "text/css")):
            status, headers, _body = self.client.request("/iptraf/" + path)
            self.assertEqual((status, headers.get_content_type()), (200, kind))
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
            self.assertEqual((headers["X-Content-Type-Options"], headers["Cache-Control"]), ("nosniff", "no-cache"))


class Lighttpd(Served, unittest.TestCase):
    name = "lighttpd"

    def picture(self, name):
        self.client.page(name.split("-")[0] + ".rcgi", "device=eth0")
        return browser.Png(self.client.request(f"/iptraf/images/eth0/{name}.png")[2])

    def end_of(self, name):
        """The time at the right edge; the picture may have been drawn some minutes ago."""
        return int(os.stat(self.site.cache / "images/eth0" / f"{name}.png").st_mtime) - 300

    def compare(self, picture, source, span_seconds):
        """Every column of the green area is as high as what rrdtool exports for its time."""
        columns, bottom = plot_columns(picture)
        self.assertEqual(columns[-1][0] - columns[0][0], len(columns) - 1)  # no gap
        path = self.site.rrd / "eth0" / "tcp_services.rrd"
        end = self.end_of(f"tcp_services-{source.split('_')[0]}-6hr")
        rows = dict(rrdcgi_lab.export(path, source, end - span_seconds - 600, end + 600))
        left, most = columns[0][0], max(value for value in rows.values() if value is not None)
        highest = max(bottom + 1 - green[0] for _x, green in columns)
        agreeing = compared = 0
        for x, green in columns:
            when = end - span_seconds + (x - left) * span_seconds / 600
            near = {rows.get((int(when + shift) // 300 + 1) * 300) for shift in (-80, 0, 80)}
            if len(near) == 1 and None not in near:  # not beside a change
                compared += 1
                agreeing += abs((bottom + 1 - green[0]) - near.pop() / most * highest) <= 2.5
        self.assertGreater(compared, 200)
        self.assertEqual(agreeing, compared)

    def test_the_green_area_is_the_traffic_in(self):
        picture = self.picture("tcp_services-22-6hr")
        columns, bottom = plot_columns(picture)
        heights = [bottom + 1 - green[0] for _x, green in columns]
        self.assertAlmostEqual(max(heights) / min(heights), 4, delta=0.2)  # 1000 and 250 bytes per second
        self.compare(picture, "22_in", 6 * 3600)

    def test_a_sawtooth_is_drawn_as_one(self):
        picture = self.picture("tcp_services-80-6hr")
        columns, bottom = plot_columns(picture)
        heights = [bottom + 1 - green[0] for _x, green in columns]
        falls = sum(after < before - 50 for before, after in zip(heights, heights[1:]))
        self.assertIn(falls, (2, 3))
        self.assertGreater(len(set(heights)), 15)

    def test_the_blue_line_is_the_traffic_out(self):
        picture = self.picture("tcp_services-22-6hr")
        columns, bottom = plot_columns(picture)
        top = min(green[0] for _x, green in columns)
        at_half = 0
        for x, _green in columns:
            blue = [y for y in range(top, bottom) if picture.pixel(x, y)[2] > 100 > picture.pixel(x, y)[1]]
            at_half += any(abs((bottom + 1 - y) / (bottom + 1 - top) - 0.5) < 0.03 for y in blue)
        self.assertGreater(at_half / len(columns), 0.95)  # 500 of 1000 bytes per second

    def test_the_axis_counts_bits(self):
        picture = self.picture("tcp_services-22-6hr")
        path = self.site.rrd / "eth0" / "tcp_services.rrd"
        end = self.end_of("tcp_services-22-6hr")

        def axis(rows):
            return [row[:64 * picture.channels] for row in rows[:picture.height - 60]]
        for factor, is_same in ((8, True), (1, False)):
            reference = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "reference.png"
            lab.run("rrdtool", "graph", reference, "-s", end - 6 * 3600, "-e", end, "-w", 600, "-h", 150, "-l", 0,
                    "-t", "title", "-v", "Bits per second", f"DEF:in={path}:22_in:AVERAGE", f"CDEF:b=in,{factor},*",
                    "AREA:b#00ff00:in\\l", "COMMENT:second line\\l", "COMMENT:third line\\l")
            same = axis(browser.Png(reference.read_bytes()).rows) == axis(picture.rows)
            self.assertEqual(same, is_same, f"times {factor}")

    def test_periods_differ_and_are_all_there(self):
        self.client.page("tcp_services.rcgi", "device=eth0")
        pictures = {period: self.client.request(f"/iptraf/images/eth0/tcp_services-22-{period}.png")[2]
                    for period in PERIODS}
        self.assertEqual(len(set(pictures.values())), len(PERIODS))

    def test_a_picture_that_is_new_enough_is_not_drawn_again(self):
        self.client.page("tcp_services.rcgi", "device=eth0")
        path = self.site.cache / "images/eth0/tcp_services-22-year.png"
        before = path.stat().st_mtime_ns
        self.client.page("tcp_services.rcgi", "device=eth0")
        self.assertEqual(path.stat().st_mtime_ns, before)

    def test_a_missing_port_or_file_is_told_in_the_pictures_place(self):
        document = self.client.page("tcp_services.rcgi", "device=br=3A1")
        self.assertEqual(len(document.pictures), 10)
        self.assertEqual(document.text.count("No picture here"), 10)
        self.assertEqual(document.text.count("rrd.services"), 10)
        self.assertIn("No DS called '25_in'", document.text)
        document = self.client.page("interface.rcgi", "device=br=3A1")
        self.assertEqual((len(document.pictures), document.text.count("No picture here")), (0, 35))
        self.assertIn("No such file", document.text)

    def test_without_a_query_there_is_a_device_and_a_station(self):
        self.assertIn("TCP services: br%3A1", self.client.page("tcp_services.rcgi").text)
        document = self.client.page("lan_stations.rcgi", "device=eth0")
        self.assertIn(f"Traffic of {STATION}", document.text)
        self.assertIn(f"?device=eth0&station={STATION[:-1]}2", document.links)
        other = self.client.page("lan_stations.rcgi", f"device=eth0&station={STATION[:-1]}2")
        self.assertIn(f"Traffic of {STATION[:-1]}2", other.text)

    def test_an_unknown_device_or_station_is_told(self):
        document = self.client.page("interface.rcgi", "device=nosuch")
        self.assertIn("There are no RRD files of this device", document.text)
        self.assertIn("?device=eth0", document.links)
        self.assertEqual(document.pictures, [])
        document = self.client.page("lan_stations.rcgi", "device=eth0&station=00-00")
        self.assertIn("There is no file of this station", document.text)
        self.assertEqual(document.pictures, [])

    def test_every_link_between_pages_leads_to_a_page(self):
        for page in PICTURES:
            for link in self.client.page(page, "device=eth0").links:
                if not link.startswith("#"):
                    name, _, query = link.partition("?")
                    self.client.page(name or page, query)

    @unittest.skipUnless(shutil.which("chromium"), "chromium is not installed")
    def test_a_browser_shows_every_page_on_a_desk_and_on_a_phone(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="iptraf_test.", ignore_cleanup_errors=True))
        with browser.Browser(folder, lab.PATIENCE_SECONDS) as chromium:
            for width, height, is_phone in ((1280, 900, False), (375, 800, True)):
                chromium.window(width, height, is_phone)
                for page, count in PICTURES.items():
                    with self.subTest(page=page, width=width):
                        url = f"http://127.0.0.1:{self.client.port}/iptraf/{page}?device=eth0"
                        self.assertEqual(chromium.open(url), [])
                        shown = chromium.evaluate("[...document.images].map(i => i.complete && i.naturalWidth > 0 && "
                                                  "i.getBoundingClientRect().width <= innerWidth)")
                        self.assertEqual(shown, [True] * count)
                        self.assertEqual(chromium.evaluate("document.compatMode"), "CSS1Compat")
                        self.assertLessEqual(chromium.evaluate("document.documentElement.scrollWidth"), width)
                        self.keep(chromium.screenshot(), f"{page}-{width}", width)

    def keep(self, data, name, width):
        """The screenshot is as wide as the window and not empty; IPTRAF_SCREENSHOTS names a folder to keep it in."""
        self.assertEqual(int.from_bytes(data[16:20], "big"), width)
        self.assertGreater(len(data), 10000)
        folder = os.environ.get("IPTRAF_SCREENSHOTS")
        if folder:
            (pathlib.Path(folder) / f"{name}.png").write_bytes(data)


class Nginx(Served, unittest.TestCase):
    name = "nginx"

    def test_head_is_answered_without_a_body(self):
        status, _headers, body = self.client.request("/iptraf/index.rcgi", "HEAD")
        self.assertEqual((status, body), (200, b""))


class Apache(Served, unittest.TestCase):
    name = "apache"


class PagesAlone(unittest.TestCase):
    """The pages do no harm either when a web server lets every query through."""

    def setUp(self):
        self.site = rrdcgi_lab.Site(self.enterContext(tempfile.TemporaryDirectory(prefix="iptraf_test.")))

    def write(self, name):
        rrdcgi_lab.write_rrd(self.site.rrd / name, rrdcgi_lab.RATES["br%3A1/tcp_services.rrd"])

    def test_hostile_queries_change_neither_page_nor_files(self):
        self.write("eth0/tcp_services.rrd")
        self.site.make_index()
        self.site.draw("tcp_services.rcgi", "device=eth0")
        before = self.site.files()
        known = set(Document(self.site.draw("tcp_services.rcgi", "device=nosuch")[1]).tags)
        for query in HOSTILE:
            for page in ("tcp_services.rcgi", "lan_stations.rcgi"):
                with self.subTest(page=page, query=query[:60]):
                    _header, body = self.site.draw(page, query)
                    self.assertTrue(set(Document(body).tags) <= known | {"img", "div"})
                    self.assertNotIn("root:", body)
                    self.assertNotIn("alert", re.sub(r"(?s)<!--.*?-->", "", body))
        self.assertEqual(self.site.files(), before)

    def test_devices_come_and_go_with_the_index(self):
        for name in ("eth0", "lo", "a..b", "%2E%2E"):
            self.write(f"{name}/tcp_services.rrd")
        for name in ("ev il", "x<y", "q'"):
            (self.site.rrd / name).mkdir()
        self.site.make_index()
        document = Document(self.site.draw("tcp_services.rcgi")[1])
        devices = [link for link in document.links if link.startswith("?")]
        self.assertEqual(devices, ["?device==2E=2E", "?device=a=2E=2Eb", "?device=eth0", "?device=lo"])
        for device in devices:
            self.assertEqual(len(Document(self.site.draw("tcp_services.rcgi", device[1:])[1]).pictures), 10, device)
        shutil.rmtree(self.site.rrd / "lo")
        self.site.make_index()
        self.assertEqual([path for path in self.site.files() if "lo" in path.split("/") or "-lo." in path], [])
        self.assertIn("no RRD files", self.site.draw("tcp_services.rcgi", "device=lo")[1])

    def test_a_page_without_a_query_prefers_the_setting_and_otherwise_no_loopback(self):
        for name in ("lo", "wlan0"):
            self.write(f"{name}/tcp_services.rrd")
        self.site.make_index()
        self.assertIn("<h1>Interface: wlan0</h1>", self.site.draw("interface.rcgi")[1])
        settings = self.site.pages / "settings.inc"
        settings.write_text(settings.read_text().replace('default_device ""', "default_device lo"))
        self.site.make_index()
        self.assertIn("<h1>Interface: lo</h1>", self.site.draw("interface.rcgi")[1])

    def test_pictures_go_when_nobody_asks_and_the_index_is_safe_without_devices(self):
        self.site.make_index()
        body = self.site.draw("index.rcgi")[1]
        self.assertIn("Device: none yet", Document(body).text)
        self.write("eth0/tcp_services.rrd")
        self.site.make_index()
        self.site.draw("tcp_services.rcgi")
        images = self.site.cache / "images" / "eth0"
        os.utime(images / "tcp_services-22-day.png", (0, 0))
        self.site.make_index()
        self.assertFalse((images / "tcp_services-22-day.png").exists())
        self.assertTrue((images / "tcp_services-22-6hr.png").exists())

    def test_the_index_says_what_is_wrong_with_its_settings(self):
        self.site.rrd.rmdir()
        done = self.site.make_index(check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"rrd_directory", done.stderr)
        (self.site.pages / "settings.inc").write_text("<RRD::SETVAR rrd_directory relative>\n")
        self.assertIn(b"not an absolute path", self.site.make_index(check=False).stderr)

    def test_rrdcached_is_asked_when_the_settings_name_it(self):
        address = f"{self.site.folder}/rrdcached"
        with open(self.site.pages / "settings.inc", "a", encoding="utf-8") as settings:
            settings.write(f"<RRD::SETENV RRDCACHED_ADDRESS unix:{address}>\n")
        self.write("eth0/tcp_services.rrd")
        self.site.make_index()
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(address)
            os.chmod(address, 0o666)
            listener.listen()
            listener.settimeout(lab.PATIENCE_SECONDS)
            asked = []

            def serve():
                client, _address = listener.accept()
                with client, client.makefile("rw") as lines:
                    for line in lines:
                        asked.append(line.strip())
                        lines.write("0 done\n")
                        lines.flush()
            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            self.site.draw("tcp_services.rcgi")
            thread.join(lab.PATIENCE_SECONDS)
        self.assertTrue(asked)
        for line in asked:
            self.assertRegex(line, f"^(FETCH|FLUSH) {self.site.rrd}/eth0/tcp_services.rrd")


if __name__ == "__main__":
    unittest.main()
