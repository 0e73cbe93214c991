#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Side by side with Debian's iptraf-ng 1.2.1 on one interface: the same counts, but for the differences listed here."""
import json
import os
import shutil
import tempfile
import unittest

import iptraf_ng_capture
import iptraf_ng_daemons
import lab

ADDITIONAL_PORTS = ((6000, 0), (7000, 7010))  # iptraf-ng's pairs; 0: a single port
CONFIG = "collectors: {service: {additional_ports: [6000, 7000-7010]}}\n"

# What the exporter calls by another word than iptraf-ng's log.
PROTOCOLS = {"icmp": "ICMP", "icmpv6": "ICMPv6", "ospf": "OSPFv2", "gre": "GRE", "esp": "IPSEC-ESP"}
MESSAGES = {"hello": "hlo", "echo_request": "echo req", "dest_unreach": "dest unrch"}
CODES = {"df_set": "DF set"}
STATES = {"opening": "open", "established": "open", "closing": "fin"}

# Why the two differ.
BAD = "packets with a wrong header checksum are measured too"
DATA = "neither an RST nor an ACK without data begins a connection"
EXTENSION = "IPv6 extension headers are walked"
FRAGMENTS = "a fragment that comes before its first one, or without it, is shown; it counts once its port is known"
KNOWN_PORTS = "a later fragment is shown with the ports of its datagram"
LATE = "what follows a reset belongs to the connection that it ended"
LINK = "stations count frames: the link header is included"
LINK_AND_TAGS = "stations count frames: link header and VLAN tags are included; IP is found behind two tags"
NON_IP = "what is not IP has its frame's size, link header included; a known EtherType has its name"
OSPF_AREA = "an area is written like an address"
PADDING = "connections count IP bytes, without padding"
PADDING_AND_FIN = "IP bytes, without padding; iptraf-ng logs what a half had counted when it sent its FIN"
PADDING_ONE_WAY = "IP bytes, without padding; iptraf-ng's log is silent on the half that sent nothing"
PATH_MTU = "fragmentation needed ends no connection; in iptraf-ng it does, and the next packet begins another"
PORT_ZERO = "port 0 is no service"
TAGS = "two VLAN tags are walked; iptraf-ng misreads the second"
UNREACHABLE = "iptraf-ng ends the connection too, but without a line in its log"
WORDS = "the message has its name"

# Fact: (the exporter's, iptraf-ng's, why). None: there is no such fact. Counts are packets/bytes; "?": not in the log.
DIFFERENCES = {
    "service tcp/0": (None, "in 0/0 out 1/40", PORT_ZERO),
    "service udp/1000": ("in 0/0 out 2/200", "in 0/0 out 1/100", TAGS),
    "service udp/123": ("in 2/200 out 0/0", "in 1/100 out 0/0", TAGS),
    "service udp/53": ("in 3/232 out 1/100", "in 2/160 out 1/100", EXTENSION),
    "service udp/69": ("in 6/2136 out 0/0", "in 4/1488 out 0/0", FRAGMENTS),
    "size 75": ("29", "28", BAD),
    "station 01:00:5e:00:00:05": ("in 1/78 ip 1 out 0/0 ip 0", "in 1/64 ip 1 out 0/0 ip 0", LINK),
    "station 01:80:c2:00:00:0e": ("in 1/60 ip 0 out 0/0 ip 0", "in 1/46 ip 0 out 0/0 ip 0", LINK),
    "station 02:00:00:00:00:0a": (
        "in 7/2854 ip 7 out 53/11021 ip 51", "in 7/2756 ip 7 out 53/10267 ip 50", LINK_AND_TAGS),
    "station 02:00:00:00:00:0b": (
        "in 49/10741 ip 49 out 7/2854 ip 7", "in 49/10043 ip 48 out 7/2756 ip 7", LINK_AND_TAGS),
    "station 33:33:00:00:00:16": ("in 1/82 ip 1 out 0/0 ip 0", "in 1/68 ip 1 out 0/0 ip 0", LINK),
    "station ff:ff:ff:ff:ff:ff": ("in 1/60 ip 0 out 0/0 ip 0", "in 1/46 ip 0 out 0/0 ip 0", LINK),
    "connection 10.0.0.1:40000 10.0.0.2:80": ("open 1/40 1/1500", "open 1/46 1/1500", PADDING),
    "connection 10.0.4.1:0 10.0.4.2:40000": ("open 1/40 0/0", "open 1/46 0/0", PADDING),
    "connection 10.0.5.1:40000 10.0.6.1:80": ("closed 5/260 3/1080", "closed 4/238 3/1080", PADDING_AND_FIN),
    "connection 10.0.5.2:40000 10.0.6.2:80": (None, "open 1/46 0/0", DATA),
    "connection 10.0.5.4:40000 10.0.6.4:80": (None, "reset 1/46 0/0, open 1/46 0/0", DATA),
    "connection 10.0.5.5:40000 10.0.6.5:80": ("reset 2/140 1/40", "reset 1/100 1/40, open 1/46 0/0", LATE),
    "connection 10.0.5.6:40000 10.0.6.6:80": ("fin 2/80 0/0", "fin 2/92 ?", PADDING_ONE_WAY),
    "connection 10.0.5.7:40000 10.0.6.7:81": ("reset 1/40 0/0", "not said ? ?", UNREACHABLE),
    "connection 10.0.5.8:40000 10.0.6.8:80": ("open 2/200 0/0", "not said ? ?, open 1/100 0/0", PATH_MTU),
    "packet 02:00:00:00:00:0a 01:80:c2:00:00:0e": ("non_ip 60 lldp", "Non-IP (0x88cc) 46", NON_IP),
    "packet 02:00:00:00:00:0a 02:00:00:00:00:0b": (None, "Non-IP (0x4500) 100", TAGS),
    "packet 02:00:00:00:00:0a ff:ff:ff:ff:ff:ff": (
        "ARP request for 10.0.0.2 60", "ARP request for 10.0.0.2 46", NON_IP),
    "packet 10.0.1.1 10.0.1.2": (
        "UDP 4000-69 420, UDP 4000-69 420, UDP 4000-69 228",
        "UDP 4000-69 420, UDP 420 fragment, UDP 228 fragment", KNOWN_PORTS),
    "packet 10.0.2.1 10.0.2.2": ("UDP 228 fragment, UDP 420 fragment, UDP 4000-69 420", "UDP 4000-69 420", FRAGMENTS),
    "packet 10.0.3.1 10.0.3.2": ("UDP 420 fragment, UDP 228 fragment", None, FRAGMENTS),
    "packet 10.0.7.1 10.0.7.3": ("ICMP 100 router_adv", "ICMP 100 bad/unkn", WORDS),
    "packet 10.0.7.1 224.0.0.5": (
        "OSPFv2 64 hlo (area 0.0.0.10 router 1.2.3.4)", "OSPFv2 64 hlo (a=10 r=1.2.3.4)", OSPF_AREA),
    "packet 10.0.8.1 10.0.8.3": ("UDP 1000-123 100", None, TAGS),
    "packet fe80::1 fe80::5": ("UDP 40000-53 72", "IPv6-Frag 72", EXTENSION),
    "packet fe80::1 ff02::16": ("ICMPv6 68 mldv2_report", "ICMPv6 68 bad/unkn", WORDS),
}


def service(row):
    return (f"service {row['protocol']}/{row['port']}",
            f"in {row['in_packets']}/{row['in_bytes']} out {row['out_packets']}/{row['out_bytes']}")


def station(row):
    return (f"station {row['mac']}",
            f"in {row['receive_packets']}/{row['receive_bytes']} ip {row['receive_ip_packets']} "
            f"out {row['transmit_packets']}/{row['transmit_bytes']} ip {row['transmit_ip_packets']}")


def brackets(row):
    """The brackets up to the MTU: iptraf-ng does not log the one above."""
    return {f"size {x['up_to_bytes']}": str(x["packets"]) for x in row["receive"]["buckets"] if "up_to_bytes" in x}


def connections(rows):
    found = {}
    for row in sorted(rows, key=lambda row: row["first_seen"]):
        halves = row["a"], row["b"]
        key = " ".join(["connection", *[f"{half['address']}:{half['port']}" for half in halves]])
        counts = [f"{half['packets']}/{half['bytes']}" for half in halves]
        found.setdefault(key, []).append(" ".join([STATES.get(row["state"], row["state"]), *counts]))
    return {key: ", ".join(texts) for key, texts in found.items()}


def packet_text(row):
    """A row of the packet log in the words of iptraf-ng's log."""
    protocol, kind, detail, size = row["protocol"], row["type"], row["detail"], row["size"]
    if protocol == "arp":
        return f"ARP {kind} for {detail} {size}"
    if protocol == "udp":
        ports = f" {row['from_port']}-{row['to_port']}" if "from_port" in row else ""
        return f"UDP{ports} {size} {kind}".strip()
    detail = f" ({CODES.get(detail, detail)})" if detail else ""
    return f"{PROTOCOLS.get(protocol, protocol)} {size} {MESSAGES.get(kind, kind)}{detail}".strip()


def packets(rows):
    found = {}
    for row in sorted(rows, key=lambda row: row["time"]):
        found.setdefault(f"packet {row['from']} {row['to']}", []).append(packet_text(row))
    return {key: ", ".join(texts) for key, texts in found.items()}


def data(exporter, path):
    status, text = exporter.get(f"/api/v1/{path}")
    assert status == 200, text
    return json.loads(text)["data"]


def exporter_facts(exporter):
    """The same facts as iptraf_ng_daemons.facts, from the exporter's API."""
    return {**dict(service(row) for row in data(exporter, "services")),
            **brackets(data(exporter, "packet_sizes")[0]),
            **dict(station(row) for row in data(exporter, "stations")),
            **connections(data(exporter, "connections?limit=1000")), **packets(data(exporter, "packets?limit=512"))}


def page_facts(page):
    """The services and stations of the page; those called other, for what is over a limit, only if they counted."""
    families = {"service": ("in_packets", "in_bytes", "out_packets", "out_bytes"),
                "lan_station": ("receive_packets", "receive_bytes", "receive_ip_packets", "transmit_packets",
                                "transmit_bytes", "transmit_ip_packets")}
    rows = {}
    for (name, labels), value in page.samples.items():
        for family, columns in families.items():
            column = name.removeprefix(f"iptraf_{family}_").removesuffix("_total")
            if column in columns and name == f"iptraf_{family}_{column}_total":
                row = rows.setdefault((family, labels), dict(labels))
                row[column] = value
    return dict((service if family == "service" else station)(row) for (family, _labels), row in rows.items()
                if any(row[column] for column in families[family]))


@unittest.skipUnless(lab.can_make_namespaces(), "needs root and network namespaces")
@unittest.skipUnless(shutil.which("iptraf-ng") and shutil.which("tcpreplay"), "needs iptraf-ng and tcpreplay")
class SideBySide(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.maxDiff = None
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        network = cls.enterClassContext(lab.Namespace("ng"))
        network.ip("link add va address 02:00:00:00:00:0a type veth peer name vb address 02:00:00:00:00:0b")
        network.ip("link set va up")
        network.ip("link set vb up")
        config = os.path.join(folder, "config.yml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG)
        exporter = cls.enterClassContext(network.exporter("--capture.interface=vb", f"--config.file={config}"))
        daemons = iptraf_ng_daemons.Daemons(network, "vb", folder, ADDITIONAL_PORTS)
        cls.addClassCleanup(daemons.kill)
        cls.replay(network, exporter, f"{folder}/examples.pcap")
        cls.theirs = iptraf_ng_daemons.facts(daemons.stop())
        cls.page = exporter.page()
        cls.ours = exporter_facts(exporter)

    @classmethod
    def replay(cls, network, exporter, capture):
        cls.sent_packets = iptraf_ng_capture.write(capture)
        network.run("tcpreplay", "-q", "-i", "va", capture)
        exporter.page_when(lambda page: page.sum("iptraf_interface_receive_packets_total") >= cls.sent_packets,
                           "the exporter counted all packets")

    def test_both_state_the_same_but_for_the_listed_differences(self):
        found = {fact: (self.ours.get(fact), self.theirs.get(fact)) for fact in {**self.ours, **self.theirs}
                 if self.ours.get(fact) != self.theirs.get(fact)}
        listed = {fact: (ours, theirs) for fact, (ours, theirs, _reason) in DIFFERENCES.items()}
        self.assertEqual(found, listed)

    def test_each_kind_of_fact_is_there_and_some_of_each_agree(self):
        agreeing = {fact.split()[0] for fact, value in self.ours.items() if self.theirs.get(fact) == value}
        self.assertEqual(agreeing, {"service", "size", "connection", "packet"})

    def test_the_page_says_what_the_api_says(self):
        facts = {fact: value for fact, value in self.ours.items() if fact.startswith(("service", "station"))}
        self.assertEqual(page_facts(self.page), facts)

    def test_nothing_but_the_replay_was_counted(self):
        self.assertEqual(self.page.sum("iptraf_interface_receive_packets_total"), self.sent_packets)
        self.assertEqual(self.page.sum("iptraf_interface_transmit_packets_total"), 0)


if __name__ == "__main__":
    unittest.main()
