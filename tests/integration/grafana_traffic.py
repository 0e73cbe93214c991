# SPDX-License-Identifier: GPL-2.0-or-later
"""Real exporters with everything switched on over replayed traffic, and a real Prometheus that scrapes them."""
import contextlib
import json
import pathlib
import signal
import struct
import tempfile

import lab
import prometheus_server
import rules

CONVERSATIONS = "tcpreplay__test_test.pcap"
LOCAL_STATIONS = ["f8:1e:df:e5:84:3a", "6c:f0:49:d4:fe:a8", "c2:00:68:b3:00:01"]
MAGIC = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}
# Short captures of what is rare, of Ethernet or of bare IPv6 packets.
RARE = ["tcpdump__OSPFv3_with_AH.pcap", "tcpdump__various_gre.pcap", "tcpdump__eapon1.pcap",
        "pcapplusplus__Pcap++Test_PcapExamples_one_http_stream_rst.pcap", "tcpdump__ipv4_invalid_hdr_length.pcap",
        "tcpdump__ipv4_invalid_total_length.pcap", "tcpdump__isup.pcap",
        "pcapplusplus__ExamplesTest_pcap_examples_ipv6-frag.pcap", "tcpdump__icmpv6_nodeinfo_queryipv4.pcap"]
LINK_TYPE_IPV6 = 229
FRAME_INTERVAL_MICROSECONDS = 1000
FILTERS = {"web": [{"protocol": ["tcp"], "a": {"address": "any"}, "b": {"address": "any", "port": 80},
                    "action": "include"}, {"a": {"address": "any"}, "b": {"address": "any"}, "action": "include"}]}


def records(path):
    """(captured bytes, original length) of a pcap file's packets, as Ethernet frames."""
    data = path.read_bytes()
    order = MAGIC[data[:4]]
    link_type, = struct.unpack_from(order + "I", data, 20)
    at = 24
    while at < len(data):
        _seconds, _fraction, captured, original = struct.unpack_from(order + "IIII", data, at)
        packet = data[at + 16:at + 16 + captured]
        if link_type == LINK_TYPE_IPV6:
            packet, original = lab.ethernet(packet, 0x86dd), original + 14
        yield packet, original
        at += 16 + captured


def medley(path):
    """Writes the packets of all rare captures at an even pace: their own times are years apart."""
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        packets = (record for name in RARE for record in records(lab.CAPTURES / name))
        for number, (frame, original) in enumerate(packets):
            seconds, fraction = divmod(number * FRAME_INTERVAL_MICROSECONDS, 1000000)
            out.write(struct.pack("<IIII", 1700000000 + seconds, fraction, len(frame), original) + frame)


def configuration(folder, name, **limits):
    """A configuration file with filters, descriptions, round-robin databases and logs. YAML takes JSON as it is."""
    path = pathlib.Path(folder, f"{name}.yml")
    path.write_text(json.dumps({
        "filters": FILTERS,
        "collectors": {"tcp": {"filter": "web", "timeout": "2s", "closed_persistence": "1s"},
                       "service": {"max_ports": limits.get("max_ports", 2048)},
                       "lan_station": {"descriptions": {LOCAL_STATIONS[0]: "desk"},
                                       "max_stations": limits.get("max_stations", 1024)}},
        "rrd": {"enabled": True, "directory": f"{folder}/{name}_rrd", "step": "1s"},
        "iptraf_log": {"enabled": True, "directory": f"{folder}/{name}_log", "interval": "1s"}}), encoding="utf-8")
    for kind in ("rrd", "log"):
        pathlib.Path(folder, f"{name}_{kind}").mkdir()
    return path


class Traffic(contextlib.ExitStack):
    """The exporters and Prometheus, as long as it is entered. One exporter has tables that are too small and refuses
    its new configuration, one restarts, and one captures for real where that is possible. Prometheus also has a target
    that is no exporter, and down."""

    def __enter__(self):
        super().__enter__()
        folder = self.enter_context(tempfile.TemporaryDirectory())
        medley(f"{folder}/medley.pcap")
        self.exporters = [
            self.replay(configuration(folder, "roomy"), lab.CAPTURES / CONVERSATIONS),
            self.refusing(configuration(folder, "narrow", max_ports=1, max_stations=3), f"{folder}/medley.pcap")]
        flags = [f"--web.listen-address=127.0.0.1:{lab.free_port()}",
                 *self.flags(configuration(folder, "restarted"), f"{folder}/medley.pcap")]
        first = lab.Exporter(*flags)
        self.callback(first.stop)
        self.targets = [f"127.0.0.1:{e.tcp_port()}" for e in [*self.exporters, first]]
        if lab.can_make_namespaces():
            self.exporters.append(self.enter_context(lab.Exporter("--capture.interface=lo",
                                                                  "--web.listen-address=127.0.0.1:0")))
            self.targets.append(f"127.0.0.1:{self.exporters[-1].tcp_port()}")
        self.prometheus = self.enter_context(self.scraping())
        self.prometheus.rows_until("count(count_over_time(process_start_time_seconds[1m]) > 1)",
                                   lambda rows: rows == [({}, float(len(self.targets)))])
        first.stop()
        self.exporters.append(self.enter_context(lab.Exporter(*flags)))
        self.prometheus.rows_until("count(changes(process_start_time_seconds[1m]) > 0)",
                                   lambda rows: rows == [({}, 1.0)])
        return self

    @staticmethod
    def flags(config, capture):
        return [f"--config.file={config}", f"--capture.file={capture}", "--capture.replay=realtime", "--capture.loop",
                *[f"--capture.local={mac}" for mac in LOCAL_STATIONS]]

    def replay(self, config, capture):
        return self.enter_context(lab.Exporter("--web.listen-address=127.0.0.1:0", *self.flags(config, capture)))

    def refusing(self, config, capture):
        exporter = self.replay(config, capture)
        config.write_text("nonsense: 1\n", encoding="utf-8")
        exporter.process.send_signal(signal.SIGHUP)
        exporter.page_when(lambda page: page.sum("iptraf_config_last_reload_successful") == 0, "the reload fails")
        return exporter

    def scraping(self):
        config = json.loads(prometheus_server.scrape_config(*self.targets))
        files = {"recording.yml": rules.RECORDING.read_text(), "alerts.yml": rules.in_seconds(rules.ALERTS.read_text())}
        config["rule_files"] = list(files)
        config["scrape_configs"].append({"job_name": "stranger", "static_configs": [{"targets": ["127.0.0.1:1"]}]})
        return prometheus_server.PrometheusServer(json.dumps(config), files=files)

    def families(self):
        """{family: type} of what the exporters export."""
        found = {}
        for exporter in self.exporters:
            for line in exporter.page().text.splitlines():
                if line.startswith("# TYPE "):
                    _hash, _word, name, kind = line.split()
                    found[name] = kind
        return found
