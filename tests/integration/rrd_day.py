# SPDX-License-Identifier: GPL-2.0-or-later
"""A day of varied traffic, and what each data source must hold of it, counted while the frames are made."""
import collections
import random
import socket

import lab
from rrd_lab import DAY, START, STEP

LOCAL = b"\x02\0\0\0\0\x01"  # its frames are transmitted, all others received
STATIONS = [bytes([2, 0, 0, 0, 1, number]) for number in range(5)]
BROADCAST, MULTICAST = b"\xff" * 6, b"\x01\0\x5e\0\0\xfb"
SERVICES = {"tcp": (22, 25, 80, 443, 8080), "udp": (53, 123)}
CONFIG = ("services: [tcp/22, tcp/25, tcp/80, tcp/443, tcp/8080, udp/53, udp/123]",
          "collectors: {service: {additional_ports: [8080]}}")
SYN, ACK, FIN, RST, PUSH = 2, 16, 1, 4, 8
IPV6 = 0x86dd
ENDS = ("fin", "reset", "idle", "unreachable", "evicted")


def both(*names):
    return [f"{way}_{name}" for way in ("rx", "tx") for name in names]


SOURCES = {  # of the device's files, in their order
    "interface": ["rx_packets", "tx_packets", "rx_bytes", "tx_bytes",
                  *(f"{way}_{name}_b" for way in ("rx", "tx") for name in
                    ("ipv4", "ipv6", "tcp", "udp", "icmp", "otherip", "nonip", "bcast", "mcast")),
                  "rx_cksum_err", "tx_cksum_err"],
    "packet_size": both(*(f"{bracket:02}" for bracket in range(1, 21)), "over"),
    "tcp_connections": ["open", "opened", *ENDS],
    **{f"{protocol}_services": [f"{port}_{way}" for port in ports for way in ("in", "out")]
       for protocol, ports in SERVICES.items()},
}
STATION_SOURCES = ["rx_packets", "tx_packets", "rx_ip_packets", "tx_ip_packets", "rx_bytes", "tx_bytes"]


def station_file(mac):
    return "lan_stations/" + mac.hex("-")


class Day:
    def __init__(self, seed=1, seconds=DAY):
        self.random = random.Random(seed)
        self.seconds = seconds
        self.packets = []  # (nanoseconds, frame)
        self.changes = collections.defaultdict(list)  # (file, data source) -> (nanoseconds, by how much)
        self.port = 10000
        self.make()

    def change(self, time, file, source, by):
        self.changes[file, source].append((time, by))

    # ------------------------------------------------------------------------------------------------- counting
    def frame(self, time, macs, ethertype, body, transport="none", is_trusted=True):
        """One frame from the first MAC to the second, counted by the rules of the facilities that see every frame."""
        source, destination = macs
        frame = lab.ethernet(body, ethertype, destination, source)
        frame += bytes(max(0, 60 - len(frame)))
        self.packets.append((time, frame))
        way = "tx" if source == LOCAL else "rx"
        network = {0x0800: "ipv4", IPV6: "ipv6"}.get(ethertype, "nonip")
        for name in filter(None, (network, transport if transport != "none" else None,
                                  {BROADCAST: "bcast", MULTICAST: "mcast"}.get(destination))):
            self.change(time, "interface", f"{way}_{name}_b", len(frame))
        self.change(time, "interface", f"{way}_packets", 1)
        self.change(time, "interface", f"{way}_bytes", len(frame))
        bracket = max(1, -(-(len(frame) - 14) // 75))
        self.change(time, "packet_size", f"{way}_{bracket:02}" if bracket <= 20 else f"{way}_over", 1)
        if not is_trusted:
            self.change(time, "interface", f"{way}_cksum_err", 1)
            return
        for mac, side in ((source, "tx"), (destination, "rx")):
            self.change(time, station_file(mac), f"{side}_packets", 1)
            self.change(time, station_file(mac), f"{side}_bytes", len(frame))
            if network != "nonip":
                self.change(time, station_file(mac), f"{side}_ip_packets", 1)

    def ports(self, time, protocol, source, destination, ip_bytes):
        for port, way in ((source, "out"), (destination, "in")):
            if port in SERVICES[protocol]:
                self.change(time, f"{protocol}_services", f"{port}_{way}", ip_bytes)

    # -------------------------------------------------------------------------------------------------- packets
    def ip(self, time, macs, protocol, payload, transport, is_trusted=True, version=4):
        """An IP packet between addresses that follow from the MACs; its IP bytes."""
        if version == 6:
            head = b"\x60\0\0\0" + len(payload).to_bytes(2, "big") + bytes([58 if protocol == 1 else protocol, 64])
            body = head + b"".join(b"\x20\x01\x0d\xb8" + bytes(11) + mac[-1:] for mac in macs) + payload
            self.frame(time, macs, IPV6, body, transport)
            return len(body)
        head = (b"\x45\0" + (20 + len(payload)).to_bytes(2, "big") + b"\0\0\0\0\x40" + bytes([protocol]) + b"\0\0" +
                b"".join(address(mac) for mac in macs))
        right = lab.checksum(head)
        head = head[:10] + (right if is_trusted else bytes([right[0] ^ 0x55, right[1]])) + head[12:]
        self.frame(time, macs, 0x0800, head + payload, transport if is_trusted else "none", is_trusted)
        return 20 + len(payload)

    def udp(self, time, macs, source, destination, size, **how):
        payload = b"".join(n.to_bytes(2, "big") for n in (source, destination, 8 + size, 0)) + bytes(size)
        ip_bytes = self.ip(time, macs, 17, payload, "udp", **how)
        if how.get("is_trusted", True):
            self.ports(time, "udp", source, destination, ip_bytes)

    def tcp(self, time, macs, ports, numbers, flags, size=0, version=4):
        payload = (b"".join(n.to_bytes(2, "big") for n in ports) + b"".join(n.to_bytes(4, "big") for n in numbers) +
                   bytes([0x50, flags]) + b"\xff\xff\0\0\0\0" + bytes(size))
        self.ports(time, "tcp", *ports, self.ip(time, macs, 6, payload, "tcp", version=version))

    # ---------------------------------------------------------------------------------------------- connections
    def connection(self, time, end):
        """A handshake, data for a while, and an end."""
        server_port = self.random.choice((22, 25, 80, 443, 8080, 9999))
        there = (LOCAL, self.random.choice(STATIONS)) if self.random.random() < 0.5 else (STATIONS[0], STATIONS[1])
        back, self.port = there[::-1], self.port + 1
        ports, version = (self.port, server_port), 4 if end == "unreachable" else self.random.choice((4, 6))
        answer = ports[::-1]
        self.change(time, "tcp_connections", "opened", 1)
        self.change(time, "tcp_connections", "open", 1)
        self.tcp(time, there, ports, (0, 0), SYN, version=version)
        if end == "unreachable":
            self.refuse(time + 10**9, back, ports)
            return self.end(time + 10**9, end)
        self.tcp(time + 1, back, answer, (0, 1), SYN | ACK, version=version)
        self.tcp(time + 2, there, ports, (1, 1), ACK, version=version)
        sent = 1
        for _ in range(self.random.randrange(1, 8)):
            time += self.random.randrange(1, 120) * 10**9
            size = self.random.randrange(1, 1461)
            self.tcp(time, there, ports, (sent, 1), PUSH | ACK, size, version)
            sent += size
        if end == "fin":
            self.tcp(time + 1, there, ports, (sent, 1), FIN | ACK, version=version)
            self.tcp(time + 2, back, answer, (1, sent + 1), FIN | ACK, version=version)
            time += 3
            self.tcp(time, there, ports, (sent + 1, 2), ACK, version=version)
        elif end == "reset":
            time += 1
            self.tcp(time, back, answer, (1, sent), RST | ACK, version=version)
        return self.end(time + (900 * 10**9 if end == "idle" else 0), end)

    def refuse(self, time, macs, ports):
        """ICMP port unreachable that quotes a SYN over IPv4."""
        quoted = (b"\x45\0\0\x28\0\0\0\0\x40\x06\0\0" + address(macs[1]) + address(macs[0]) +
                  b"".join(n.to_bytes(2, "big") for n in ports) + bytes(4))
        self.ip(time, macs, 1, b"\x03\x03\0\0\0\0\0\0" + quoted, "icmp")

    def end(self, time, reason):
        self.change(time, "tcp_connections", reason, 1)
        self.change(time, "tcp_connections", "open", -1)

    # ---------------------------------------------------------------------------------------------------- a day
    def small(self, time):
        """One packet that is no TCP."""
        choose, size = self.random.choice, self.random.randrange
        macs = choose([(LOCAL, STATIONS[2]), (STATIONS[3], LOCAL), (STATIONS[0], STATIONS[4])])
        kind = size(9)
        if kind == 0:
            self.frame(time, (macs[0], BROADCAST), 0x0806, b"\0\x01\x08\0\x06\x04\0\x01" + bytes(20))
        elif kind == 1:
            self.udp(time, (macs[0], BROADCAST), 68, 67, size(300))
        elif kind == 2:
            self.udp(time, (macs[0], MULTICAST), 5353, 5353, size(300))
        elif kind == 3:
            self.udp(time, macs, 40000, 53, size(300), is_trusted=False)
        elif kind == 4:
            self.ip(time, macs, 1, b"\x08\0" + bytes(size(6, 1200)), "icmp", version=choose((4, 6)))
        elif kind == 5:
            self.ip(time, macs, 47, bytes(size(4, 1600)), "otherip", version=choose((4, 6)))
        elif kind == 6:
            self.frame(time, macs, 0x88cc, bytes(size(46, 1500)))
        else:
            self.udp(time, macs, *choose([(40000, 53), (53, 40000), (123, 123), (5000, 6000)]), size(1400),
                     version=choose((4, 6)))

    def make(self):
        for second in range(0, self.seconds, 20):
            self.small((START + second) * 10**9)  # at the boundary of a step: it belongs to the step that begins
            self.small((START + second) * 10**9 + self.random.randrange(1, 20 * 10**9))
        for second in range(60, self.seconds - 7200, 200):
            self.connection((START + second) * 10**9 + 500, self.random.choice(ENDS[:4]))
        self.packets.sort(key=lambda packet: packet[0])

    # --------------------------------------------------------------------------------------- what follows of it
    def totals(self, file, source):
        """At the boundary of each step, from the first."""
        boundaries = [(START + n * STEP) * 10**9 for n in range(self.seconds // STEP + 1)]
        changes = sorted(self.changes.get((file, source), []))
        totals, total, place = [], 0, 0
        for boundary in boundaries:
            while place < len(changes) and changes[place][0] < boundary:
                total += changes[place][1]
                place += 1
            totals.append(total)
        return totals

    def stations(self):
        return sorted({file for file, _source in self.changes if file.startswith("lan_stations/")})


def address(mac):
    return socket.inet_aton(f"10.0.0.{(mac[-1] + 1) % 256}")
