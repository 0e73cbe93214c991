#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Inputs that fuzzing begins with, from what the repository has: captures, configurations, logs, requests.

usage: make_seeds.py FOLDER        writes FOLDER/TARGET/*
"""
import hashlib
import pathlib
import struct
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
DATA = TOP / "tests" / "data"
MAX_FILE_BYTES = 65536
PACKETS_OF_A_CAPTURE = 40
ETHERTYPE_IPV4 = b"\x08\x00"

# The numbers of LinkType in core/packet.hpp by the link types of capture files (pcap-linktype(7)).
LINK_TYPES = {1: 0, 113: 2, 276: 3, 101: 4, 228: 5, 229: 6, 0: 7, 108: 8, 9: 9, 50: 10, 51: 11, 8: 12, 102: 13, 104: 14,
              10: 15, 242: 16, 219: 17}
NETWORK_LINK_TYPE = 1
ETHERNET = 0
ETHERNET_HEADER_BYTES = 14

REQUESTS = ["/metrics", "/metrics?collect[]=tcp&collect%5B%5D=service", "/metrics?exclude[]=ip_traffic",
            "/api/v1/connections?device=eth0&state=established&sort=bytes&limit=10", "/api/v1/packets?protocol=icmp",
            "/api/v1/stations?sort=packets", "http://localhost:10137/-/reload", "/%2e%2e/etc/passwd?a=%zz&b=+", "*"]
FILTERS = ["[{protocol: [tcp], a: {address: any}, b: {address: any, port: 80}, action: include}]",
           "[{a: {address: '2001:db8::/32'}, b: {address: any, port: 8000-8080}, action: include, both_ways: false}]",
           "[{a: {address: 192.168.0.7, mask: 255.255.0.255}, action: exclude}]",
           "[{protocol: [ospf, igp, 101-104], action: include}, {a: {address: www.example.net}, action: exclude}]"]
DESCRIPTIONS = ["00201e457e00:Cisco gateway\n", "# comment\n\n00:20:1e:45:7e:00 Cisco gateway\n02:00:00:00:00:0a x\n"]


def pcap_packets(content):
    """(link type, frame, bytes cut) of the records of a plain pcap file."""
    for order in "<>":
        if struct.unpack(order + "I", content[:4])[0] in (0xa1b2c3d4, 0xa1b23c4d):
            break
    else:
        return
    link_type = struct.unpack(order + "I", content[20:24])[0] & 0xffff
    position = 24
    while position + 16 <= len(content):
        captured, wire = struct.unpack(order + "II", content[position + 8:position + 16])
        yield link_type, content[position + 16:position + 16 + captured], max(0, wire - captured)
        position += 16 + captured


def decode_seeds(content):
    for number, (link_type, frame, cut) in enumerate(pcap_packets(content)):
        if number == PACKETS_OF_A_CAPTURE:
            return
        if link_type not in LINK_TYPES:
            continue
        options = bytes([min(255, cut // 16), number % 2])
        yield bytes([LINK_TYPES[link_type]]) + ETHERTYPE_IPV4 + options + frame
        if LINK_TYPES[link_type] == ETHERNET:
            yield (bytes([NETWORK_LINK_TYPE]) + frame[ETHERNET_HEADER_BYTES - 2:ETHERNET_HEADER_BYTES] + options +
                   frame[ETHERNET_HEADER_BYTES:])


def seeds():
    """(target, content) of each."""
    for path in sorted((DATA / "captures").glob("*.pcap*")):
        content = path.read_bytes()
        if len(content) <= MAX_FILE_BYTES:
            yield "capture_file", content
        for seed in decode_seeds(content):
            yield "decode", seed
    for path in sorted((DATA / "logs").rglob("*.log")):
        yield "log_import", path.read_bytes()[:MAX_FILE_BYTES]
    for path in (TOP / "config/iptraf_exporter.yml", TOP / "deploy/kubernetes/base/iptraf_exporter.yml"):
        yield "config", path.read_bytes()
    yield "web_config", (TOP / "deploy/web/web_config.example.yml").read_bytes()
    for target, texts in (("http", [f"{request}\nlocalhost\nhttp://localhost" for request in REQUESTS]),
                          ("filter", FILTERS), ("descriptions", DESCRIPTIONS)):
        for text in texts:
            yield target, text.encode()


def main(folder):
    for target, content in seeds():
        path = pathlib.Path(folder, target, hashlib.sha256(content).hexdigest()[:16])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main(sys.argv[1])
