#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The program from a shell: exit status, messages, output, signals."""
import gzip
import json
import lzma
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

import lab

CAPTURE = lab.CAPTURES / "tcpreplay__test_test.pcap"
CUT_CAPTURE = lab.CAPTURES / "dpkt__examples_data_truncated_dns_2.pcap"


def exporter(*flags, **options):
    return lab.run(lab.EXPORTER, *flags, check=False, text=True, **options)


class ExitStatus(unittest.TestCase):
    def expect(self, status, words, *flags, **options):
        done = exporter(*flags, **options)
        self.assertEqual(done.returncode, status, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        return done

    def test_a_whole_capture_ends_with_0(self):
        done = self.expect(0, [], "--once", f"--capture.file={CAPTURE}")
        self.assertEqual(done.stderr, "")

    def test_a_mistyped_flag_ends_with_1_and_the_nearest_one(self):
        self.expect(1, ["--capture.fil", "--capture.file"], "--capture.fil=x")
        for information in ("--help", "--version"):
            done = self.expect(1, ["unknown flag --bogus"], information, "--bogus")
            self.assertEqual(done.stdout, "")

    def test_a_mistyped_key_ends_with_1_line_column_and_the_nearest_one(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write("capture:\n  treads: 2\n")
            file.flush()
            self.expect(1, [f"{file.name}:2:3", "treads", "threads"], f"--config.file={file.name}", "--config.check")

    def test_a_missing_configuration_ends_with_1(self):
        self.expect(1, ["/nonexistent.yml"], "--config.file=/nonexistent.yml")

    def test_a_missing_capture_ends_with_2(self):
        self.expect(2, ["/nonexistent.pcap", "No such file"], "--once", "--capture.file=/nonexistent.pcap")

    def test_no_capture_at_all_ends_with_2(self):
        self.expect(2, ["unknown file format"], "--once", f"--capture.file={__file__}")

    def test_an_unknown_link_type_ends_with_2_and_its_name(self):
        capture = lab.CAPTURES / "scapy__test_pcaps_bad_rsn_parsing_overrides_ssid.pcap"
        self.expect(2, ["127", "IEEE802_11_RADIO"], "--once", f"--capture.file={capture}")

    def test_a_cut_capture_ends_with_3_behind_the_page(self):
        done = self.expect(3, ["damaged behind record 1"], "--once", f"--capture.file={CUT_CAPTURE}")
        page = lab.Page(done.stdout)
        self.assertEqual(page.sum("iptraf_capture_packets_total"), 1)
        self.assertEqual(page.sum("iptraf_capture_file_truncated"), 1)
        self.assertEqual(page.sum("iptraf_capture_up"), 0)
        self.assertEqual(done.stderr.count("damaged"), 1, "told once")

    def test_a_check_compiles_the_filter_too(self):
        self.expect(1, ["syntax error"], "--config.check", "--capture.filter=(((")

    def test_an_empty_capture_cannot_be_looped(self):
        empty = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "empty.pcap"
        empty.write_bytes(CAPTURE.read_bytes()[:24])
        self.expect(3, ["holds no packet"], f"--capture.file={empty}", "--capture.loop", "--run-for=50ms",
                    "--web.listen-address=127.0.0.1:0")

    def test_interfaces_that_differ_end_with_3_behind_what_was_read_and_say_how_to_split(self):
        capture = lab.CAPTURES / "pcapplusplus__Pcap++Test_PcapExamples_many_interfaces-1.pcapng"
        done = self.expect(3, ["libpcap does not read files whose interfaces differ", "editcap -F pcap -T ether",
                               f"tshark -r '{capture}' -Y 'frame.interface_id == 0' -w part.pcapng"],
                           "--once", f"--capture.file={capture}")
        self.assertNotIn("damaged", done.stderr)
        self.assertEqual(lab.Page(done.stdout).sum("iptraf_capture_file_truncated"), 1)

    @unittest.skipUnless(shutil.which("tshark") and shutil.which("editcap"), "needs tshark and editcap")
    def test_the_advice_on_interfaces_that_differ_gives_a_file_that_is_read(self):
        capture = lab.CAPTURES / "pcapplusplus__Pcap++Test_PcapExamples_many_interfaces-1.pcapng"
        message = exporter("--once", f"--capture.file={capture}", "--log.format=json").stderr
        split, convert = re.search(r"(tshark .*), then (editcap .*)", json.loads(message)["msg"]).groups()
        folder = self.enterContext(tempfile.TemporaryDirectory())
        for command in (split, convert):
            subprocess.run(command, shell=True, cwd=folder, check=True, capture_output=True)
        done = self.expect(0, [], "--once", f"--capture.file={folder}/part.pcap")
        self.assertEqual(lab.Page(done.stdout).sum("iptraf_capture_packets_total"), 62)

    def test_a_compressed_capture_ends_with_2_and_the_command_that_reads_it(self):
        path = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "it's.pcap.gz"
        path.write_bytes(gzip.compress(CAPTURE.read_bytes()))
        done = self.expect(2, ["compressed with gzip"], "--once", f"--capture.file={path}", "--log.format=json")
        command = re.search(r"(zcat .* \| )iptraf_exporter( .*)", json.loads(done.stderr)["msg"])
        page = subprocess.run(f"{command[1]}{lab.EXPORTER} --once{command[2]}", shell=True, check=True, text=True,
                              capture_output=True, timeout=lab.PATIENCE_SECONDS).stdout
        self.assertEqual(lab.Page(page).sum("iptraf_capture_packets_total"), 179)

    def test_a_compressed_pipe_is_named_too(self):
        done = subprocess.run([lab.EXPORTER, "--once", "--capture.file=-"], input=lzma.compress(CAPTURE.read_bytes()),
                              capture_output=True, check=False, timeout=lab.PATIENCE_SECONDS)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"xzcat FILE | iptraf_exporter --capture.file=-", done.stderr)

    def test_an_interface_that_is_not_there_ends_with_2_and_those_that_are(self):
        self.expect(2, ["nosuch0", "lo"], "--capture.interface=nosuch0", "--web.listen-address=127.0.0.1:0")

    @unittest.skipUnless(os.geteuid() == 0, "needs root to give up a capability")
    def test_without_the_capability_it_ends_with_2_and_names_it(self):
        done = lab.run("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw", lab.EXPORTER,
                       "--web.listen-address=127.0.0.1:0", check=False, text=True)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("CAP_NET_RAW", done.stderr)
        self.assertIn("setcap", done.stderr)

    @unittest.skipUnless(lab.can_make_namespaces() and shutil.which("setcap"), "needs root and setcap")
    def test_the_file_capability_that_the_message_advises_is_enough(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        os.chmod(folder, 0o755)
        copy = f"{folder}/iptraf_exporter"
        shutil.copy(lab.EXPORTER, copy)
        lab.run("setcap", "cap_net_raw+p", copy)
        done = lab.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy, "--run-for=10ms",
                       "--web.listen-address=127.0.0.1:0", check=False, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_an_invalid_filter_ends_with_1_and_the_message_of_libpcap(self):
        self.expect(1, ["syntax error"], "--once", f"--capture.file={CAPTURE}", "--capture.filter=tcp port port")

    def test_a_filter_that_needs_the_kernel_is_refused(self):
        self.expect(1, ["inbound"], "--once", f"--capture.file={CAPTURE}", "--capture.filter=inbound")

    def test_a_full_disk_on_standard_output_ends_with_1(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([lab.EXPORTER, "--once", f"--capture.file={CAPTURE}"], stdout=full,
                                  stderr=subprocess.PIPE, text=True, check=False, timeout=lab.PATIENCE_SECONDS)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No space left on device", done.stderr)

    def test_a_closed_standard_output_ends_with_1(self):
        done = lab.run("sh", "-c", f"exec {lab.EXPORTER} --once --capture.file={CAPTURE} >&-", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output", done.stderr)

    def test_help_and_version_on_a_full_disk_end_with_1(self):
        for flag in ("--help", "--version", "--config.check"):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([lab.EXPORTER, flag], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual(done.returncode, 1, flag)
            self.assertIn("No space left on device", done.stderr)


class Output(unittest.TestCase):
    def test_standard_input_is_a_capture_file_too(self):
        with open(CAPTURE, "rb") as file:
            done = subprocess.run([lab.EXPORTER, "--once", "--capture.file=-", "--capture.device-label=in"],
                                  stdin=file, capture_output=True, check=True, timeout=lab.PATIENCE_SECONDS)
        self.assertEqual(lab.Page(done.stdout.decode()).sum("iptraf_interface_receive_packets_total", device="in"), 179)

    def test_the_name_of_a_capture_file_is_bytes_and_its_label_is_text(self):
        folder = os.fsencode(self.enterContext(tempfile.TemporaryDirectory()))
        path = os.path.join(folder, b"caf\xe9 1.pcap")
        pathlib.Path(os.fsdecode(path)).write_bytes(CAPTURE.read_bytes())
        done = subprocess.run([lab.EXPORTER, "--once", b"--capture.file=" + path], capture_output=True, check=False,
                              timeout=lab.PATIENCE_SECONDS)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        page = lab.Page(done.stdout.decode())
        self.assertEqual(page.sum("iptraf_interface_receive_packets_total", device=r"caf\\xe9 1.pcap"), 179)
        done = subprocess.run([lab.EXPORTER, "--once", b"--capture.file=" + path + b"x"], capture_output=True,
                              check=False, timeout=lab.PATIENCE_SECONDS)
        self.assertEqual(done.returncode, 2)
        self.assertIn(r"caf\xe9 1.pcapx: No such file", done.stderr.decode().replace("\\\\", "\\"))

    def test_a_capture_file_that_is_labelled_other_is_up(self):
        _status, text, _log = lab.exporter_once(CAPTURE, "--capture.device-label=other")
        page = lab.Page(text)
        for family in ("iptraf_interface_up", "iptraf_capture_up"):
            rows = [value for (name, labels), value in page.samples.items() if name == family]
            self.assertEqual(rows, [1], family)
        self.assertEqual(page.sum("iptraf_interface_mtu_bytes", device="other"), 1500)
        self.assertEqual(page.sum("iptraf_interface_receive_packets_total", device="other"), 179)

    def test_local_addresses_transmit(self):
        _status, text, _log = lab.exporter_once(CAPTURE, "--capture.local=00:1f:f3:3c:e1:13", "--capture.local=::/0")
        page = lab.Page(text)
        # 70 IP frames of that MAC and one that is not IP; three more IPv6 packets go the other way.
        self.assertEqual(page.sum("iptraf_interface_transmit_packets_total", network="arp"), 1)
        both = [page.sum(f"iptraf_interface_{way}_packets_total") for way in ("receive", "transmit")]
        self.assertEqual(sum(both), 179)

    def test_the_json_document_has_a_key_for_each_facility(self):
        done = exporter("--once", f"--capture.file={CAPTURE}", "--format=json")
        document = json.loads(done.stdout)
        self.assertEqual(list(document), ["interfaces", "packet_sizes", "services", "stations", "connections", "packets"])
        web = next(row for row in document["services"] if (row["protocol"], row["port"]) == ("tcp", 80))
        self.assertEqual(web, {"device": CAPTURE.name, "protocol": "tcp", "port": 80, "name": "http",
                               "in_packets": 51, "in_bytes": 7045, "out_packets": 56, "out_bytes": 52154})

    def test_a_collector_that_is_off_has_no_families(self):
        done = exporter("--once", f"--capture.file={CAPTURE}", "--collector.disable-defaults", "--collector.service")
        names = {name for name, _labels in lab.Page(done.stdout).samples}
        self.assertIn("iptraf_service_in_packets_total", names)
        self.assertFalse([name for name in names if name.startswith(("iptraf_interface", "iptraf_packet_size"))])

    def test_flag_beats_file_beats_default(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write("capture: {filter: 'udp'}\n")
            file.flush()
            base = ["--once", f"--capture.file={CAPTURE}"]
            packets = [lab.Page(exporter(*base, *more).stdout).sum("iptraf_capture_packets_total")
                       for more in ([], [f"--config.file={file.name}"],
                                    [f"--config.file={file.name}", "--capture.filter=arp"])]
        self.assertEqual(packets, [179, 28, 1])

    def test_the_default_file_is_valid(self):
        done = exporter(f"--config.file={lab.TOP / 'config/iptraf_exporter.yml'}", "--config.check")
        self.assertEqual((done.returncode, done.stdout), (0, "The configuration is valid.\n"))

    def test_log_lines_can_be_json(self):
        done = exporter("--once", "--capture.file=/nonexistent.pcap", "--log.format=json")
        line = json.loads(done.stderr)
        self.assertEqual(line["level"], "error")


class Interrupted(unittest.TestCase):
    def test_once_prints_what_was_read_when_its_time_is_over(self):
        done = exporter("--once", f"--capture.file={CAPTURE}", "--capture.replay=realtime", "--run-for=300ms")
        self.assertEqual(done.returncode, 0, done.stderr)
        packets = lab.Page(done.stdout).sum("iptraf_capture_packets_total")
        self.assertTrue(0 < packets < 179, packets)

    def test_a_pipe_that_gives_no_data_does_not_hold_the_program(self):
        reading, writing = os.pipe()
        self.addCleanup(os.close, writing)
        with os.fdopen(reading, "rb") as pipe:
            os.write(writing, CAPTURE.read_bytes()[:5000])
            done = subprocess.run([lab.EXPORTER, "--capture.file=-", "--web.listen-address=127.0.0.1:0",
                                   "--run-for=50ms"], stdin=pipe, capture_output=True, text=True, check=False,
                                  timeout=lab.PATIENCE_SECONDS)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("gives no data", done.stderr)


class Daemon(unittest.TestCase):
    def test_signals_stop_it_and_others_do_not(self):
        for stop in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2):
            with self.subTest(signal=stop), lab.Exporter(f"--capture.file={CAPTURE}") as daemon:
                for harmless in (signal.SIGHUP, signal.SIGUSR1):
                    daemon.process.send_signal(harmless)
                self.assertEqual(daemon.get("/-/healthy")[0], 200)
                daemon.process.send_signal(stop)
                self.assertEqual(daemon.process.wait(lab.PATIENCE_SECONDS), 0)

    def test_a_damaged_file_is_served_and_told_at_the_end(self):
        with lab.Exporter(f"--capture.file={CUT_CAPTURE}") as daemon:
            daemon.page_when(lambda page: page.sum("iptraf_capture_file_truncated") == 1, "the damage is found")
            self.assertEqual(daemon.stop(), 3)

    def test_run_for_ends_it(self):
        self.assertEqual(exporter(f"--capture.file={CAPTURE}", "--run-for=10ms", "--web.listen-address=127.0.0.1:0")
                         .returncode, 0)

    def test_a_loop_goes_on_counting(self):
        with lab.Exporter(f"--capture.file={CAPTURE}", "--capture.loop", "--capture.replay=asap") as daemon:
            daemon.page_when(lambda page: page.sum("iptraf_capture_packets_total") > 10 * 179, "ten passes are over")

    def test_a_port_in_use_is_named(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        socket_path = pathlib.Path(folder) / "web.sock"
        with lab.Exporter(f"--capture.file={CAPTURE}", f"--web.listen-address=unix:{socket_path}"):
            done = exporter(f"--capture.file={CAPTURE}", f"--web.listen-address=unix:{socket_path}")
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(socket_path), done.stderr)
        self.assertIn("in use", done.stderr)


if __name__ == "__main__":
    unittest.main()
