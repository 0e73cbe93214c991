#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Live capture in network namespaces: what passes over veth, tun, bridge, macvlan and lo is counted exactly."""
import os
import subprocess
import sys
import tempfile
import unittest

import lab

PACKETS = "iptraf_interface_{}_packets_total"
BYTES = "iptraf_interface_{}_bytes_total"
IP_BYTES = "iptraf_interface_{}_ip_bytes_total"


def totals(page, device, direction, **labels):
    """(packets, frame bytes, IP bytes) of one device and direction."""
    return tuple(page.sum(family.format(direction), device=device, **labels) for family in (PACKETS, BYTES, IP_BYTES))


@unittest.skipUnless(lab.can_make_namespaces(), "needs root and network namespaces")
class LiveTest(unittest.TestCase):
    def setUp(self):
        self.network = self.enterContext(lab.Namespace("a"))

    def veth(self, a="va", b="vb"):
        self.network.ip(f"link add {a} address 02:00:00:00:00:0a type veth peer name {b} address 02:00:00:00:00:0b")
        self.network.ip(f"link set {a} up")
        self.network.ip(f"link set {b} up")

    def exporter(self, *flags):
        return self.enterContext(self.network.exporter(*flags))

    def config(self, yaml):
        """The flag for a configuration file of this text."""
        path = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "config.yml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(yaml + "\n")
        return f"--config.file={path}"

    def page_with(self, exporter, device, direction, packets):
        """The page once the device has counted so many packets; more is an error that the caller sees."""
        return exporter.page_when(lambda page: totals(page, device, direction)[0] >= packets,
                                  f"{device} counted {packets} packets")


class Replay(LiveTest):
    def replay(self, capture, prefixes):
        self.veth()
        _status, text, _log = lab.exporter_once(capture)
        offline = lab.Page(text)
        wanted = offline.of_device(capture.name, *prefixes)
        packets = totals(offline, capture.name, "receive")[0]
        exporter = self.exporter("--capture.interface=va", "--capture.interface=vb")
        self.network.run("tcpreplay", "-q", "--topspeed", "-i", "va", capture)
        page = self.page_with(exporter, "vb", "receive", packets)
        self.assertEqual(page.of_device("vb", *prefixes), wanted)
        return page, offline

    def test_a_replayed_capture_counts_as_it_does_offline(self):
        prefixes = ("iptraf_interface_receive_", "iptraf_packet_size_receive", "iptraf_service_")
        page, offline = self.replay(lab.CAPTURES / "tcpreplay__test_test.pcap", prefixes)
        sent = {(name.replace("transmit", "receive"), labels): value
                for (name, labels), value in page.of_device("va", "iptraf_interface_transmit_").items()}
        self.assertEqual(sent, offline.of_device("tcpreplay__test_test.pcap", "iptraf_interface_receive_"))

    def test_fragments_count_for_their_ports_as_they_do_offline(self):
        self.replay(lab.CAPTURES / "pcapplusplus__ExamplesTest_pcap_examples_frag_http_req.pcap",
                    ("iptraf_interface_receive_", "iptraf_service_"))


class Frames(LiveTest):
    def test_vlan_tags_belong_to_the_link_header_whether_the_kernel_took_them_off_or_not(self):
        self.veth()
        exporter = self.exporter("--capture.interface=va", "--capture.interface=vb")
        packet = lab.ipv4_udp(1000, 53, 72)
        frames = [lab.ethernet(packet), lab.ethernet(packet, tags=[(0x8100, 5)]),
                  lab.ethernet(packet, tags=[(0x88a8, 5), (0x8100, 6)])]
        lab.inject(self.network, "va", frames)
        page = self.page_with(exporter, "vb", "receive", 3)
        for device, direction in (("va", "transmit"), ("vb", "receive")):
            with self.subTest(device=device):
                self.assertEqual(totals(page, device, direction, network="ipv4", transport="udp"),
                                 (3, 114 + 118 + 122, 300))
                self.assertEqual(page.sum(f"iptraf_packet_size_{direction}_bytes_sum", device=device), 300)
        self.assertEqual(page.sum("iptraf_service_in_bytes_total", device="vb", protocol="udp", port="53"), 300)

    def test_a_capture_filter_sees_the_tag_that_the_kernel_took_off(self):
        self.veth()
        exporter = self.exporter("--capture.interface=vb", "--capture.filter=vlan 5")
        packet = lab.ipv4_udp(1000, 53, 72)
        lab.inject(self.network, "va", [lab.ethernet(packet), lab.ethernet(packet, tags=[(0x8100, 6)]),
                                        lab.ethernet(packet, tags=[(0x8100, 5)])])
        page = self.page_with(exporter, "vb", "receive", 1)
        self.assertEqual(totals(page, "vb", "receive"), (1, 118, 100))

    def test_broadcast_and_multicast_go_by_the_destination_address(self):
        self.veth()
        exporter = self.exporter("--capture.interface=vb")
        packet = lab.ipv4_udp(1000, 2000, 72)
        lab.inject(self.network, "va", [lab.ethernet(packet, destination=b"\xff" * 6),
                                        lab.ethernet(packet, destination=b"\x01\0\x5e\0\0\x01"), lab.ethernet(packet)])
        page = self.page_with(exporter, "vb", "receive", 3)
        self.assertEqual(page.sum("iptraf_interface_receive_broadcast_bytes_total", device="vb"), 114)
        self.assertEqual(page.sum("iptraf_interface_receive_multicast_packets_total", device="vb"), 1)

    def test_lo_counts_each_packet_once_as_received(self):
        self.network.ip("link set lo up")
        exporter = self.exporter("--capture.interface=lo")
        self.network.python("import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                            "r = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nr.bind(('127.0.0.1', 700))\n"
                            "[s.sendto(bytes(72), ('127.0.0.1', 700)) for _ in range(10)]")
        page = self.page_with(exporter, "lo", "receive", 10)
        self.assertEqual(totals(page, "lo", "receive", transport="udp"), (10, 1140, 1000))
        self.assertEqual(totals(page, "lo", "transmit"), (0, 0, 0))
        self.assertEqual(page.sum("iptraf_service_in_packets_total", device="lo", port="700"), 10)


class OtherLinks(LiveTest):
    def test_a_tun_device_has_no_link_header(self):
        exporter = self.exporter("--capture.interface=all")
        script = """
import fcntl, os, struct, sys
fd = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(fd, 0x400454ca, struct.pack('16sH', b'tun0', 0x1001))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
os.system('ip link set tun0 up')
for packet in sys.argv[1:]:
    os.write(fd, bytes.fromhex(packet))
print('written', flush=True)
sys.stdin.read()
"""
        packets = [lab.ipv4_udp(53, 53, 72).hex() for _ in range(5)]
        writer = self.network.popen(sys.executable, "-c", script, *packets, stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE)
        self.addCleanup(writer.stdout.close)
        self.addCleanup(writer.wait)
        self.addCleanup(writer.stdin.close)
        self.assertEqual(writer.stdout.readline(), b"written\n")
        page = self.page_with(exporter, "tun0", "receive", 5)
        self.assertEqual(totals(page, "tun0", "receive", network="ipv4", transport="udp"), (5, 500, 500))

    def test_a_bridge_repeats_the_packets_of_its_port(self):
        self.veth()
        self.network.ip("link add br0 type bridge")
        self.network.ip("link set br0 up")
        self.network.ip("link set vb master br0")
        exporter = self.exporter("--capture.interface=vb", "--capture.interface=br0")
        before = exporter.page()
        frames = [lab.ethernet(lab.ipv4_udp(9, 53, 72), destination=b"\xff" * 6) for _ in range(4)]
        lab.inject(self.network, "va", frames)
        page = self.page_with(exporter, "br0", "receive", totals(before, "br0", "receive")[0] + 4)
        for device in ("vb", "br0"):
            self.assertEqual(totals(page, device, "receive", transport="udp"), (4, 456, 400), device)

    def test_a_macvlan_counts_what_is_for_it(self):
        self.veth()
        self.network.ip("link add link vb name mv0 address 02:00:00:00:00:0c type macvlan mode bridge")
        self.network.ip("link set mv0 up")
        exporter = self.exporter("--capture.interface=vb", "--capture.interface=mv0")
        packet = lab.ipv4_udp(9, 53, 72)
        lab.inject(self.network, "va", [lab.ethernet(packet, destination=b"\x02\0\0\0\0\x0c"), lab.ethernet(packet)])
        page = self.page_with(exporter, "vb", "receive", 2)
        page = self.page_with(exporter, "mv0", "receive", 1)
        self.assertEqual(totals(page, "mv0", "receive", transport="udp"), (1, 114, 100))
        self.assertEqual(totals(page, "vb", "receive", transport="udp"), (2, 228, 200))


class Interfaces(LiveTest):
    def send(self, count):
        lab.inject(self.network, "va", [lab.ethernet(lab.ipv4_udp(9, 53, 72))] * count)

    def test_an_interface_appears_goes_down_is_removed_and_comes_back(self):
        exporter = self.exporter("--capture.interface=all")
        self.veth()
        exporter.page_when(lambda p: p.sum("iptraf_interface_up", device="vb") == 1, "vb is up")
        self.send(3)
        self.page_with(exporter, "vb", "receive", 3)

        self.network.ip("link set vb down")
        page = exporter.page_when(lambda p: p.sum("iptraf_interface_up", device="vb") == 0, "vb is down")
        self.assertEqual(totals(page, "vb", "receive")[0], 3, "its series stay")
        self.assertEqual(page.sum("iptraf_capture_up", device="vb"), 0)

        self.network.ip("link del va")
        self.veth()
        page = exporter.page_when(lambda p: p.sum("iptraf_interface_up", device="vb") == 1, "vb is up again")
        self.send(2)
        page = self.page_with(exporter, "vb", "receive", 5)
        self.assertEqual(totals(page, "vb", "receive"), (5, 570, 500), "the counters go on")

    def test_a_new_name_begins_its_own_series_and_a_new_mtu_its_own_brackets(self):
        self.veth()
        exporter = self.exporter("--capture.interface=all")
        self.send(1)
        self.page_with(exporter, "vb", "receive", 1)
        self.network.ip("link set vb down")
        self.network.ip("link set vb name vc mtu 9000")
        self.network.ip("link set vc up")
        exporter.page_when(lambda p: p.sum("iptraf_interface_up", device="vc") == 1, "vc is up")
        self.send(2)
        page = self.page_with(exporter, "vc", "receive", 2)
        self.assertEqual(totals(page, "vb", "receive")[0], 1)
        self.assertEqual(totals(page, "vc", "receive")[0], 2)
        self.assertEqual(page.sum("iptraf_interface_up", device="vb"), 0)
        self.assertEqual(page.sum("iptraf_interface_mtu_bytes", device="vc"), 9000)
        self.assertEqual(page.sum("iptraf_packet_size_receive_bytes_bucket", device="vc", le="450"), 2)

    def test_auto_leaves_out_loopback_and_container_devices_and_excludes_win(self):
        self.network.ip("link set lo up")
        self.veth("eth9", "veth1f")
        self.network.ip("link add wan0 type veth peer name lan0")
        self.network.ip("link set wan0 up")
        self.network.ip("link set lan0 up")
        exporter = self.exporter(self.config("capture: {interfaces: auto, exclude: ['lan*']}"))
        page = exporter.page_when(lambda p: p.sum("iptraf_interface_up", device="wan0") == 1, "wan0 is up")
        devices = {dict(labels)["device"] for name, labels in page.samples if name == "iptraf_interface_up"}
        self.assertEqual(devices, {"eth9", "wan0"})


    def test_auto_says_when_there_is_nothing_to_take_and_takes_what_comes(self):
        exporter = self.exporter()
        self.assertEqual(exporter.log().count("no interface is captured at present: auto takes"), 1)
        self.assertIn("interfaces here: lo", exporter.log())
        self.veth("eth8", "eth9")
        exporter.page_when(lambda p: p.sum("iptraf_interface_up", device="eth9") == 1, "eth9 is up")

    def test_an_interface_that_is_named_other_has_its_state(self):
        self.veth("va", "other")
        exporter = self.exporter("--capture.interface=other")
        for family in ("iptraf_interface_up", "iptraf_capture_up"):
            exporter.page_when(lambda p, f=family: p.sum(f, device="other") == 1, "other is up")
        self.network.ip("link set other down")
        page = exporter.page_when(lambda p: p.sum("iptraf_interface_up", device="other") == 0, "other is down")
        rows = [value for (name, _labels), value in page.samples.items() if name.endswith("e_up")]
        self.assertEqual(rows, [0, 0])

    def test_an_interface_beyond_the_limit_gets_a_slot_when_another_goes(self):
        self.veth("va", "vb")  # the first two, and lo
        for i in range(61):
            self.network.ip(f"link add d{i} type bridge")
        self.network.ip("link add z0 address 02:00:00:00:00:0c type veth peer name z1 address 02:00:00:00:00:0d")
        self.network.ip("link set z0 up")
        self.network.ip("link set z1 up")
        exporter = self.exporter(self.config("capture: {interfaces: all, exclude: [z1]}"))
        log = exporter.log()
        self.assertEqual(log.count("level=warn"), 1, log)
        self.assertRegex(log, "more than 64 interfaces.* is z0;")
        frame = lab.ethernet(lab.ipv4_udp(9, 53, 72))
        lab.inject(self.network, "z1", [frame] * 3)
        page = self.page_with(exporter, "other", "receive", 3)
        self.network.ip("link del d7")
        exporter.page_when(lambda p: p.sum("iptraf_interface_up", device="z0") == 1, "z0 has a slot")
        lab.inject(self.network, "z1", [frame] * 5)
        page = self.page_with(exporter, "z0", "receive", 5)
        self.assertEqual([totals(page, device, "receive")[0] for device in ("z0", "other", "d7")], [5, 3, 0])


class Offload(LiveTest):
    """One transfer seen twice by a router: as super-packets where it comes in, as packets where it goes out."""

    def setUp(self):
        super().setUp()
        self.left = self.enterContext(lab.Namespace("l"))
        self.right = self.enterContext(lab.Namespace("r"))
        router = self.network
        for name, other, net in (("in0", self.left, "10.1.0"), ("out0", self.right, "10.2.0")):
            router.ip(f"link add {name} type veth peer name eth0 netns {other.name}")
            router.ip(f"addr add {net}.1/24 dev {name}")
            router.ip(f"link set {name} up")
            other.ip(f"addr add {net}.2/24 dev eth0")
            other.ip("link set eth0 up")
            other.ip(f"route add default via {net}.1")
        router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        router.run("ethtool", "-K", "out0", "tso", "off", "gso", "off", "gro", "off", "tx-udp-segmentation", "off")
        # Router and hosts learn each other's MAC addresses before anything is counted.
        self.left.run("ping", "-c", "1", "-W", "5", "10.2.0.2")

    RECEIVE_TCP = """
import socket
s = socket.create_server(('10.2.0.2', 5001))
print('ready', flush=True)
c, _ = s.accept()
n = 0
while True:
    data = c.recv(1 << 16)
    if not data: break
    n += len(data)
print(n, flush=True)
"""
    SEND_TCP = """
import socket, sys
c = socket.create_connection(('10.2.0.2', 5001))
c.sendall(bytes(int(sys.argv[1])))
c.shutdown(socket.SHUT_WR)
c.recv(1)
"""
    SEND_UDP = """
import socket, struct
UDP_SEGMENT = 103
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(20):
    s.sendmsg([bytes(40 * 1000 + 250)], [(socket.SOL_UDP, UDP_SEGMENT, struct.pack('H', 1000))], 0, ('10.2.0.2', 5002))
"""

    def exporter_with(self, offload):
        return self.exporter(self.config(f"capture: {{interfaces: [in0, out0], offload: {offload}}}"))

    def transfer_tcp(self, size):
        receiver = self.right.popen(sys.executable, "-c", self.RECEIVE_TCP, stdout=subprocess.PIPE)
        self.addCleanup(receiver.stdout.close)
        self.assertEqual(receiver.stdout.readline(), b"ready\n")
        self.left.python(self.SEND_TCP, str(size))
        self.assertEqual(receiver.stdout.readline(), b"%d\n" % size)
        self.assertEqual(receiver.wait(lab.PATIENCE_SECONDS), 0)

    def settled(self, exporter, transport, at_least_bytes):
        """The page when both sides agree, or the last one after patience: the assertion then tells."""
        try:
            return exporter.page_when(
                lambda p: totals(p, "out0", "transmit", transport=transport)[2] >= at_least_bytes and
                totals(p, "in0", "receive", transport=transport) == totals(p, "out0", "transmit", transport=transport) and
                totals(p, "out0", "receive", transport=transport) == totals(p, "in0", "transmit", transport=transport),
                "both sides agree")
        except AssertionError:
            return exporter.page()

    def assert_same_on_both_sides(self, page, transport):
        self.assertEqual(totals(page, "in0", "receive", transport=transport),
                         totals(page, "out0", "transmit", transport=transport))
        self.assertEqual(totals(page, "out0", "receive", transport=transport),
                         totals(page, "in0", "transmit", transport=transport))
        for family in ("bucket", "sum", "count"):
            came = page.of_device("in0", f"iptraf_packet_size_receive_bytes_{family}")
            went = page.of_device("out0", f"iptraf_packet_size_transmit_bytes_{family}")
            self.assertEqual(sorted(came.values()), sorted(went.values()), family)

    def check_tcp(self, offload):
        size = 20_000_000
        exporter = self.exporter_with(offload)
        self.transfer_tcp(size)
        page = self.settled(exporter, "tcp", size)
        self.assert_same_on_both_sides(page, "tcp")
        counted = sum(page.sum(PACKETS.format(direction)) for direction in ("receive", "transmit"))
        self.assertLess(page.sum("iptraf_capture_packets_total"), counted, "super-packets were captured")
        return page

    def test_tcp_with_exact_offload(self):
        page = self.check_tcp("exact")
        self.assertEqual(page.sum("iptraf_capture_estimated_packets_total"), 0)

    def test_tcp_with_estimated_offload(self):
        page = self.check_tcp("estimate")
        self.assertGreater(page.sum("iptraf_capture_estimated_packets_total"), 0)

    def test_udp_segments_with_exact_offload(self):
        exporter = self.exporter_with("auto")
        self.left.python(self.SEND_UDP)
        segments, payload = 20 * 41, 20 * 40250
        page = exporter.page_when(lambda p: totals(p, "out0", "transmit", transport="udp")[0] >= segments,
                                  "all segments went out")
        ip_bytes = payload + segments * 28
        self.assertEqual(totals(page, "out0", "transmit", transport="udp"), (segments, ip_bytes + segments * 14, ip_bytes))
        if "offload=estimate" not in exporter.log():
            self.assertEqual(totals(page, "in0", "receive", transport="udp"),
                             totals(page, "out0", "transmit", transport="udp"))


class UnderLoad(LiveTest):
    def test_scrapes_lose_no_packet(self):
        self.veth()
        exporter = self.exporter("--capture.interface=vb")
        capture = lab.CAPTURES / "ndpi__steam.pcapng"
        rounds = 2000
        sender = self.network.popen("tcpreplay", "-q", "--topspeed", f"--loop={rounds}", "-i", "va", str(capture),
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        scrapes = 0
        while sender.poll() is None:
            exporter.page()
            scrapes += 1
        self.assertEqual(sender.returncode, 0)
        page = self.page_with(exporter, "vb", "receive", 48 * rounds)
        self.assertEqual(totals(page, "vb", "receive")[0], 48 * rounds)
        self.assertEqual(page.sum("iptraf_capture_dropped_packets_total"), 0)
        self.assertGreater(scrapes, 3)


if __name__ == "__main__":
    unittest.main()
