# SPDX-License-Identifier: GPL-2.0-or-later
"""The frames of the comparison with iptraf-ng; each example has addresses of its own, so that its lines are found."""
import socket
import struct

import lab

A, B = b"\x02\0\0\0\0\x0a", b"\x02\0\0\0\0\x0b"
BROADCAST = b"\xff" * 6
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
TCP, UDP, ICMP, GRE, ESP, ICMPV6, OSPF = 6, 17, 1, 47, 50, 58, 89
MINIMUM_FRAME_BYTES = 60  # what a sender on Ethernet pads to


def ipv4(source, destination, protocol, payload, identification=0, fragment=0, is_broken=False):
    """An IPv4 packet; fragment is the field with the flags and the offset."""
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), identification, fragment, 64, protocol, 0,
                       socket.inet_aton(source), socket.inet_aton(destination))
    return head[:10] + (b"\x12\x34" if is_broken else lab.checksum(head)) + head[12:] + payload


def ipv6(source, destination, next_header, payload):
    return (struct.pack("!IHBB", 6 << 28, len(payload), next_header, 64) + socket.inet_pton(socket.AF_INET6, source) +
            socket.inet_pton(socket.AF_INET6, destination) + payload)


def tcp(ports, flags, sequence=1, acknowledgement=1, data_bytes=0):
    return struct.pack("!HHIIBBHHH", *ports, sequence, acknowledgement, 0x50, flags, 8192, 0, 0) + bytes(data_bytes)


def udp(ports, data_bytes):
    return struct.pack("!HHHH", *ports, 8 + data_bytes, 0) + bytes(data_bytes)


def icmp(kind, code=0, rest=bytes(4), body=b""):
    return struct.pack("!BBH", kind, code, 0) + rest + body


def from_a(packet, ethertype=0x0800, destination=B, tags=()):
    """A frame from station A, padded."""
    return lab.ethernet(packet, ethertype, destination, A, tags).ljust(MINIMUM_FRAME_BYTES, b"\0")


def from_b(packet):
    """A frame from station B, as its driver hands it over: not padded."""
    return lab.ethernet(packet, 0x0800, A, B)


def reference_vector():
    """One packet of each kind: TCP both ways, UDP between equal ports, ARP, ICMPv6, and a wrong header checksum."""
    a, b = "10.0.0.1", "10.0.0.2"
    arp = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, A, socket.inet_aton(a), bytes(6), socket.inet_aton(b))
    return [from_a(ipv4(a, b, TCP, tcp((40000, 80), SYN))), from_b(ipv4(b, a, TCP, tcp((80, 40000), ACK, 1, 2, 1460))),
            from_a(ipv4(a, b, UDP, udp((53, 53), 72))), from_a(arp, 0x0806, BROADCAST),
            from_a(ipv6("fe80::1", "fe80::2", ICMPV6, icmp(128, body=bytes(12))), 0x86dd),
            from_a(ipv4(a, b, TCP, tcp((40000, 80), SYN), is_broken=True))]


def fragments(network, order):
    """One UDP datagram 4000->69 in three fragments of 420, 420 and 228 bytes, sent in this order."""
    datagram = udp((4000, 69), 1000)
    pieces = [ipv4(f"{network}.1", f"{network}.2", UDP, datagram[start:end], 7, more | start // 8)
              for start, end, more in ((0, 400, 0x2000), (400, 800, 0x2000), (800, 1008, 0))]
    return [from_a(pieces[i]) for i in order]


def ports():
    """Services by source, by destination, by both and by neither; 6000 and 7000-7010 are additional ports."""
    a, b = "10.0.4.1", "10.0.4.2"
    return [*[from_a(ipv4(a, b, UDP, udp(pair, 72))) for pair in ((5000, 6000), (5000, 6001), (7000, 7010))],
            from_a(ipv4(a, b, TCP, tcp((443, 22), ACK | PSH, data_bytes=60))),
            from_a(ipv4(a, b, TCP, tcp((0, 40000), SYN))),
            from_a(ipv6("fe80::1", "fe80::3", UDP, udp((40000, 53), 12)), 0x86dd)]


class Talk:
    """The frames between a client on A and port 80, or another, on B."""

    def __init__(self, last_byte, port=80):
        self.a, self.b = f"10.0.5.{last_byte}", f"10.0.6.{last_byte}"
        self.ports = (40000, port)
        self.frames = []

    def client(self, flags, *numbers):
        self.frames.append(from_a(ipv4(self.a, self.b, TCP, tcp(self.ports, flags, *numbers))))
        return self

    def server(self, flags, *numbers):
        self.frames.append(from_b(ipv4(self.b, self.a, TCP, tcp(self.ports[::-1], flags, *numbers))))
        return self

    def unreachable(self, code, sequence):
        """The server's host answers with a destination unreachable that quotes the client's packet."""
        quoted = ipv4(self.a, self.b, TCP, tcp(self.ports, SYN, sequence))
        self.frames.append(from_b(ipv4(self.b, self.a, ICMP, icmp(3, code, body=quoted))))
        return self


def talks():
    """TCP from its regular course to what cuts it short."""
    whole = Talk(1).client(SYN, 100, 0).server(SYN | ACK, 500, 101).client(ACK, 101, 501)
    whole.client(PSH | ACK, 101, 501, 60).server(PSH | ACK, 501, 161, 960).client(FIN | ACK, 161, 1461)
    whole.server(FIN | ACK, 1461, 162).client(ACK, 162, 1462)
    return [whole,
            Talk(2).client(ACK),
            Talk(3).client(FIN | ACK),
            Talk(4).client(RST).client(ACK),
            Talk(5).client(PSH | ACK, 1, 1, 60).server(RST, 1, 61).client(ACK, 61, 1),
            Talk(6).client(SYN, 1, 0).client(FIN | ACK, 2, 1),
            Talk(7, 81).client(SYN, 1, 0).unreachable(3, 1),
            Talk(8).client(PSH | ACK, 1, 1, 60).unreachable(4, 1).client(PSH | ACK, 61, 1, 60)]


def other_protocols():
    """What is neither TCP nor UDP over IPv4: the lower window's names."""
    hello = struct.pack("!BBH4sIHH8s", 2, 1, 44, socket.inet_aton("1.2.3.4"), 10, 0, 0, bytes(8)) + bytes(20)
    a, b = "10.0.7.1", "10.0.7.{}"
    return [from_a(ipv4(a, "224.0.0.5", OSPF, hello), destination=b"\x01\0\x5e\0\0\x05"),
            from_a(ipv4(a, b.format(2), ICMP, icmp(8, body=bytes(72)))),
            from_a(ipv4(a, b.format(3), ICMP, icmp(9, body=bytes(72)))),
            from_a(ipv4(a, b.format(4), GRE, bytes(60))), from_a(ipv4(a, b.format(5), ESP, bytes(60))),
            from_a(ipv6("fe80::1", "ff02::16", ICMPV6, icmp(143, body=bytes(20))), 0x86dd, b"\x33\x33\0\0\0\x16"),
            from_a(bytes(46), 0x88cc, b"\x01\x80\xc2\0\0\x0e")]


def links_and_headers():
    """VLAN tags, TCP over IPv6 and an IPv6 fragment header."""
    fragment = struct.pack("!BBHI", UDP, 0, 1, 9) + udp((40000, 53), 16)
    return [from_a(ipv4("10.0.8.1", "10.0.8.2", UDP, udp((1000, 123), 72)), tags=[(0x8100, 5)]),
            from_a(ipv4("10.0.8.1", "10.0.8.3", UDP, udp((1000, 123), 72)), tags=[(0x8100, 5), (0x8100, 6)]),
            from_a(ipv6("fe80::1", "fe80::4", TCP, tcp((40000, 443), SYN)), 0x86dd),
            from_a(ipv6("fe80::1", "fe80::5", 44, fragment), 0x86dd)]


def sizes():
    """IPv4 packets on both sides of the limits of size brackets of 75 bytes."""
    return [from_a(ipv4("10.0.9.1", "10.0.9.2", UDP, udp((2000, 2001), ip_bytes - 28)))
            for ip_bytes in (75, 76, 150, 151, 1425, 1426, 1500)]


def frames():
    """All examples, and at the end a UDP packet from port 9999 that says that all came before it."""
    return [*reference_vector(), *fragments("10.0.1", (0, 1, 2)), *fragments("10.0.2", (2, 1, 0)),
            *fragments("10.0.3", (1, 2)), *ports(), *[frame for talk in talks() for frame in talk.frames],
            *other_protocols(), *links_and_headers(), *sizes(),
            from_a(ipv4("10.0.10.1", "10.0.10.2", UDP, udp((9999, 9999), 72)))]


def write(path):
    """A pcap file of all frames, a millisecond apart; returns how many."""
    records = frames()
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for number, frame in enumerate(records):
            file.write(struct.pack("<IIII", 1000000000, number * 1000, len(frame), len(frame)) + frame)
    return len(records)
