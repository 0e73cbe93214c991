# SPDX-License-Identifier: GPL-2.0-or-later
"""Capture files and frames of floods, fast enough for hundreds of thousands of packets."""
import pathlib
import random
import socket
import struct

import lab

CONNECTIONS = 5
TALK_EVERY = 3000  # packets of the flood between two rounds of the established connections
PORTS = range(1, 65536)
SCANNER_PORT = 54321
WALKED_TAGS, WALKED_EXTENSIONS = 32, 24
CHAINS = range(41)  # extension headers of one packet

SYN, ACK, PUSH = 2, 16, 8
TCP, UDP, ICMP, ICMPV6, DESTINATION_OPTIONS = 6, 17, 1, 58, 60
MORE_FRAGMENTS = 0x2000
FLOODED, SERVER = struct.unpack("!II", socket.inet_aton("10.99.0.1") + socket.inet_aton("10.9.0.1"))
FLOODED_IPV6 = socket.inet_pton(socket.AF_INET6, "2001:db8::1")
RECORD = struct.Struct("<IIII")
SEGMENT = struct.Struct("!6s6sH BBHHHBBHII HHIIBBHHH")
IPV4 = struct.Struct("!BBHHHBBHII")
UDP_HEADER = struct.Struct("!HHHH")
TCP_HEADER = struct.Struct("!HHIIBBHHH")
TO_NOBODY, FROM = b"\x02\0\0\0\0\xee", b"\x02\0\0\0\0\x0f"
IPV4_LINK = TO_NOBODY + FROM + b"\x08\0"
IPV6_LINK = TO_NOBODY + FROM + b"\x86\xdd"


class PcapFile:
    """A capture in memory: a packet every 10 microseconds."""

    def __init__(self, frames=()):
        self.parts = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)]
        self.packets = 0
        self.pause_seconds = 0
        for frame in frames:
            self.add(frame)

    def add(self, frame):
        ticks = self.packets * 10
        seconds = 1_700_000_000 + self.pause_seconds + ticks // 1_000_000
        self.parts.append(RECORD.pack(seconds, ticks % 1_000_000, len(frame), len(frame)))
        self.parts.append(frame)
        self.packets += 1

    def pause(self, seconds):
        """So much later is the next packet."""
        self.pause_seconds += seconds

    def write(self, path):
        pathlib.Path(path).write_bytes(b"".join(self.parts))
        return path


def header_checksum(words):
    while words >> 16:
        words = (words & 0xffff) + (words >> 16)
    return ~words & 0xffff


def segment(source, destination, numbers, flags, payload=b"", macs=(TO_NOBODY, FROM)):
    """A frame with a TCP segment; source and destination are (address, port), numbers are (sequence, acknowledged)."""
    total = 40 + len(payload)
    # The words of the IPv4 header that are not addresses: version, total length, time to live and protocol.
    words = 0x4500 + total + 0x4006 + sum((x[0] >> 16) + (x[0] & 0xffff) for x in (source, destination))
    return SEGMENT.pack(*macs, 0x0800, 0x45, 0, total, 0, 0, 64, TCP, header_checksum(words), source[0],
                        destination[0], source[1], destination[1], *numbers, 0x50, flags, 65535, 0, 0) + payload


def ipv4(protocol, source, destination, payload, identification=0, fragment=0):
    """`fragment` is the field of flags and offset."""
    total = 20 + len(payload)
    words = (0x4500 + total + identification + fragment + 0x4000 + protocol + (source >> 16) + (source & 0xffff) +
             (destination >> 16) + (destination & 0xffff))
    return IPV4.pack(0x45, 0, total, identification, fragment, 64, protocol, header_checksum(words), source,
                     destination) + payload


def udp(source_port, destination_port, payload=b""):
    return UDP_HEADER.pack(source_port, destination_port, 8 + len(payload), 0) + payload


def ipv6(next_header, source, payload, payload_bytes=None):
    length = len(payload) if payload_bytes is None else payload_bytes
    return struct.pack("!IHBB16s16s", 6 << 28, length, next_header, 64, source, FLOODED_IPV6) + payload


def random_addresses(seed, count):
    """No two the same, none of those that talk."""
    return random.Random(seed).sample(range(0x20000000, 0x60000000), count)


class Established:
    """Connections with data both ways, as frames."""

    def __init__(self, file):
        self.file = file
        self.said = 0
        for client in self.clients():
            file.add(segment(client, (SERVER, 80), (0, 0), SYN))
            file.add(segment((SERVER, 80), client, (0, 1), SYN | ACK))
            file.add(segment(client, (SERVER, 80), (1, 1), ACK))
        self.talk()

    @staticmethod
    def clients():
        return [(SERVER + 1 + number, 40_000) for number in range(CONNECTIONS)]

    def talk(self):
        number = 1 + 10 * self.said
        for client in self.clients():
            self.file.add(segment(client, (SERVER, 80), (number, number), PUSH | ACK, bytes(10)))
            self.file.add(segment((SERVER, 80), client, (number, number + 10), PUSH | ACK, bytes(10)))
        self.said += 1

    def packets_of_a_side(self):
        """Of the client and of the server."""
        return 2 + self.said, 1 + self.said


def syn_flood(path, syns):
    """SYNs from random sources, no two the same, between which established connections talk."""
    file = PcapFile()
    established = Established(file)
    for i, source in enumerate(random_addresses(1, syns)):
        file.add(segment((source, 1024 + i % 60_000), (FLOODED, 80), (source, 0), SYN))
        if i % TALK_EVERY == TALK_EVERY - 1:
            established.talk()
    file.write(path)
    return file, established


def mac_flood(count):
    """From as many stations to one."""
    packet = lab.ipv4_udp(1000, 2000, 18)
    for number in random.Random(2).sample(range(1 << 32), count):
        yield lab.ethernet(packet, destination=TO_NOBODY, source=b"\x02\x01" + number.to_bytes(4, "big"))


def tcp_scan(ports=PORTS):
    for port in ports:
        yield segment((SERVER, SCANNER_PORT), (FLOODED, port), (port, 0), SYN)


def udp_scan(ports=PORTS):
    for port in ports:
        yield IPV4_LINK + ipv4(UDP, SERVER, FLOODED, udp(SCANNER_PORT, port))


def fragment_flood(datagrams):
    """Of as many datagrams each: a first fragment alone, a last one alone, and two tiny ones of TCP, of which the first
    has no room for the header."""
    first, last, tiny = udp(5353, 53, bytes(32)), bytes(40), TCP_HEADER.pack(5353, 53, 0, 0, 0x50, SYN, 1, 0, 0)
    for i, source in enumerate(random_addresses(3, datagrams)):
        number = i & 0xffff
        yield IPV4_LINK + ipv4(UDP, source, FLOODED, first, number, MORE_FRAGMENTS)
        yield IPV4_LINK + ipv4(UDP, source, FLOODED + 1, last, number, 5)
        yield IPV4_LINK + ipv4(TCP, source, FLOODED + 2, tiny[:8], number, MORE_FRAGMENTS)
        yield IPV4_LINK + ipv4(TCP, source, FLOODED + 2, tiny[8:16], number, MORE_FRAGMENTS | 1)


def whole_datagram(destination_port):
    """In two fragments."""
    yield IPV4_LINK + ipv4(UDP, SERVER, FLOODED, udp(5353, destination_port, bytes(32)), 7, MORE_FRAGMENTS)
    yield IPV4_LINK + ipv4(UDP, SERVER, FLOODED, bytes(40), 7, 5)


def vlan_stacks(frames, tags):
    packet = lab.ipv4_udp(1000, 53, 18)
    for i in range(frames):
        yield lab.ethernet(packet, destination=TO_NOBODY, tags=[(0x8100, (i + tag) % 4095) for tag in range(tags)])


def cut_vlan_stacks(frames):
    """The last tag names one more, and the frame ends."""
    for _ in range(frames):
        yield lab.ethernet(b"", 0x8100, destination=TO_NOBODY, tags=[(0x8100, 1)] * 10)


def ipv6_chain(source, headers):
    """A SYN behind as many headers of destination options."""
    chain = b"".join(bytes((DESTINATION_OPTIONS if left else TCP, 0, 1, 4, 0, 0, 0, 0))
                     for left in reversed(range(headers)))
    return IPV6_LINK + ipv6(DESTINATION_OPTIONS if headers else TCP, source,
                            chain + TCP_HEADER.pack(1024, 80, 0, 0, 0x50, SYN, 65535, 0, 0))


def ipv6_chains(packets_of_each):
    sources = random.Random(4)
    for _ in range(packets_of_each):
        for headers in CHAINS:
            yield ipv6_chain(b"\x20\x01\x0d\xb8" + sources.randbytes(12), headers)


def ipv6_chains_that_do_not_fit(packets):
    """The last header claims more than the packet has."""
    for _ in range(packets):
        yield IPV6_LINK + ipv6(DESTINATION_OPTIONS, FLOODED_IPV6, bytes((DESTINATION_OPTIONS, 0, 1, 4, 0, 0, 0, 0)) +
                               bytes((TCP, 200, 1, 4, 0, 0, 0, 0)))


def port_unreachable(source, destination, sequence):
    """An ICMP error that quotes a segment from source to destination, which are (address, port)."""
    quoted = ipv4(TCP, source[0], destination[0], struct.pack("!HHI", source[1], destination[1], sequence))
    return IPV4_LINK + ipv4(ICMP, FLOODED, source[0], b"\x03\x03\0\0\0\0\0\0" + quoted)


def colliding_tuples(count):
    """SYNs whose tuples have the same sum of addresses and ports, the same exclusive or, or the same low bits."""
    for i in range(count // 3):
        low, high = i & 0xff, i >> 8
        yield segment((0x20000000 + low + high, 60_000 - low), (FLOODED, 30_000 - high), (0, 0), SYN)
        yield segment((0x30000000 ^ i, 1024), (FLOODED ^ i, 80), (0, 0), SYN)
        yield segment((0x40000001 + (i << 12), 1024), (FLOODED, 81), (0, 0), SYN)


def mixed_floods(packets_of_each, seed=5):
    """Some of all floods, in random order."""
    errors = (port_unreachable((source, 1024), (SERVER, 80), source) for source in
              random_addresses(6, packets_of_each))
    syns = (segment((source, 1024), (FLOODED, 80), (source, 0), SYN) for source in
            random_addresses(7, packets_of_each))
    frames = [*syns, *mac_flood(packets_of_each), *tcp_scan(range(1, packets_of_each + 1)),
              *udp_scan(range(1, packets_of_each + 1)), *fragment_flood(packets_of_each // 2),
              *vlan_stacks(packets_of_each // 2, 30), *vlan_stacks(packets_of_each // 2, 40),
              *ipv6_chains(packets_of_each // len(CHAINS)), *errors, *colliding_tuples(packets_of_each)]
    random.Random(seed).shuffle(frames)
    return frames
