# SPDX-License-Identifier: GPL-2.0-or-later
"""What the integration tests stand on: a running exporter, its page as numbers, and networks of their own."""
import http.client
import math
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
CAPTURES = TOP / "tests" / "data" / "captures"
EXPORTER = os.environ.get("IPTRAF_EXPORTER", str(TOP / "build" / "iptraf_exporter"))
SANITIZE = os.environ.get("IPTRAF_SANITIZE", "")  # which sanitizers the program was built with
PATIENCE_SECONDS = 240 if SANITIZE else 60  # an upper bound for what takes milliseconds; nothing is judged by it

SAMPLE = re.compile(r'^([a-z_]+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


def number(text):
    return int(text) if re.fullmatch(r"\d+", text) else float(text)


class Page:
    """An exposition as {(name, ((label, value), ...)): number}."""

    def __init__(self, text):
        self.text = text
        self.samples = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, labels, value = SAMPLE.match(line).groups()
                self.samples[name, tuple(sorted(LABEL.findall(labels or "")))] = number(value)

    def sum(self, name, **labels):
        """All series of a family that carry these labels, added up; 0 when there are none."""
        wanted = set(labels.items())
        return sum(v for (n, have), v in self.samples.items() if n == name and wanted <= set(have))

    def of_device(self, device, *prefixes):
        """The series of one device, without its label, where the name begins with one of the prefixes."""
        return {(name, tuple(x for x in labels if x[0] != "device")): value
                for (name, labels), value in self.samples.items()
                if ("device", device) in labels and name.startswith(prefixes)}


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE_SECONDS)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def stays_root(flags):
    """Most tests keep their files where nobody else may look; what tests the change of user names one itself."""
    is_named = any(str(flag).startswith("--user") for flag in flags)
    return [] if is_named or os.geteuid() != 0 else ["--user=root"]


def status_kib(pid, key):
    """A size that /proc/PID/status tells, such as RssAnon."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    return int(re.search(rf"^{key}:\s+(\d+) kB$", text, re.M)[1])


def anonymous_kib(pid):
    """What a process holds in memory beside its files and rings."""
    return status_kib(pid, "RssAnon")


def memory_bound(amount):
    """A bound on what the program holds; with sanitizers, which keep shadows and what was freed, there is none."""
    return math.inf if SANITIZE else amount


def fail_on_report(text):
    """A sanitizer has found nothing, as far as what the program wrote tells."""
    if "Sanitizer: " in text:
        raise AssertionError(f"the program has a fault:\n{text[-20000:]}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, what):
    """The first truthy value of condition(), asked again and again."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain until {what}")
        time.sleep(0.02)


class Stoppable:
    """What runs as long as its context."""

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.stop()


class Exporter(Stoppable):
    """A running daemon that listens on a unix socket, so that it can be asked from outside its namespace."""

    def __init__(self, *flags, prefix=()):
        self.folder = tempfile.mkdtemp(prefix="iptraf_test.")
        self.socket_path = f"{self.folder}/web.sock"
        self.log_path = f"{self.folder}/log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [*prefix, EXPORTER, f"--web.listen-address=unix:{self.socket_path}", *stays_root(flags),
                 *flags],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_until(self.is_ready, "the exporter is ready")
        except BaseException:
            self.stop()
            raise

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the exporter ended with {self.process.returncode}: {self.log()}")
        try:
            return self.get("/-/ready")[0] == 200
        except OSError:
            return False

    def log(self):
        return pathlib.Path(self.log_path).read_text(errors="replace")

    def tcp_port(self):
        """The port that it chose on its IPv4 address."""
        return int(wait_until(lambda: re.search(r"listening on [0-9.]+:(\d+)", self.log()), "it listens")[1])

    def request(self, method, path, headers=None):
        connection = UnixConnection(self.socket_path)
        try:
            connection.request(method, path, headers=headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def get(self, path):
        status, _headers, body = self.request("GET", path)
        return status, body.decode()

    def page(self):
        status, text = self.get("/metrics")
        assert status == 200, text
        return Page(text)

    def page_when(self, condition, what):
        """The first page that satisfies condition(page)."""
        def attempt():
            page = self.page()
            return page if condition(page) else None
        return wait_until(attempt, what)

    def stop(self):
        """Exit status after SIGTERM."""
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(PATIENCE_SECONDS)
        log = self.log() if os.path.exists(self.log_path) else ""  # gone when it is stopped once more
        shutil.rmtree(self.folder, ignore_errors=True)
        fail_on_report(log)
        return status


def run(*command, check=True, **options):
    done = subprocess.run([str(x) for x in command], check=False, capture_output=True, timeout=PATIENCE_SECONDS,
                          **options)
    fail_on_report(done.stderr if isinstance(done.stderr, str) else done.stderr.decode(errors="replace"))
    if check:
        done.check_returncode()
    return done


def project_version():
    """The version that CMakeLists.txt gives the project."""
    return re.search(r"^project\(\S+ VERSION (\S+) ", (TOP / "CMakeLists.txt").read_text(encoding="utf-8"), re.M)[1]


def exporter_once(capture, *flags):
    """Exit status, page text and log of --once."""
    done = run(EXPORTER, "--once", f"--capture.file={capture}", *stays_root(flags), *flags, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Namespace:
    """A network namespace that lives as long as the object; IPv6 is off, so that nothing speaks unasked."""

    def __init__(self, name):
        self.name = f"iptraf{os.getpid()}{name}"
        run("ip", "netns", "add", self.name)
        for where in ("all", "default"):
            self.run("sysctl", "-qw", f"net.ipv6.conf.{where}.disable_ipv6=1", check=False)

    def run(self, *command, **options):
        return run("ip", "netns", "exec", self.name, *command, **options)

    def ip(self, text):
        return self.run("ip", *text.split())

    def exporter(self, *flags):
        return Exporter(*flags, prefix=("ip", "netns", "exec", self.name))

    def python(self, script, *arguments, **options):
        """Runs a Python script in the namespace."""
        return self.run(sys.executable, "-c", script, *arguments, **options)

    def popen(self, *command, **options):
        return subprocess.Popen(["ip", "netns", "exec", self.name, *command], **options)

    def close(self):
        run("ip", "netns", "del", self.name, check=False)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()


def can_make_namespaces():
    if os.geteuid() != 0 or not shutil.which("ip"):
        return False
    name = f"iptraf{os.getpid()}probe"
    if run("ip", "netns", "add", name, check=False).returncode != 0:
        return False
    is_usable = run("ip", "netns", "exec", name, "true", check=False).returncode == 0
    run("ip", "netns", "del", name)
    return is_usable


# --------------------------------------------------------------------------------------------------- frames
def checksum(data):
    total = sum(int.from_bytes(data[i:i + 2], "big") for i in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return (~total & 0xffff).to_bytes(2, "big")


def ipv4_udp(source_port, destination_port, payload_bytes, source="10.0.0.1", destination="10.0.0.2"):
    """An IPv4 packet of 28 + payload_bytes."""
    udp = (source_port.to_bytes(2, "big") + destination_port.to_bytes(2, "big") +
           (8 + payload_bytes).to_bytes(2, "big") + b"\0\0" + bytes(payload_bytes))
    head = (b"\x45\0" + (20 + len(udp)).to_bytes(2, "big") + b"\0\0\0\0\x40\x11\0\0" + socket.inet_aton(source) +
            socket.inet_aton(destination))
    return head[:10] + checksum(head) + head[12:] + udp


def ethernet(payload, ethertype=0x0800, destination=b"\x02\0\0\0\0\x0b", source=b"\x02\0\0\0\0\x0a", tags=()):
    """A frame with VLAN tags (protocol, id), outermost first."""
    tagged = b"".join(protocol.to_bytes(2, "big") + vlan.to_bytes(2, "big") for protocol, vlan in tags)
    return destination + source + tagged + ethertype.to_bytes(2, "big") + payload


INJECT = """
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
for frame in sys.argv[2:]:
    s.send(bytes.fromhex(frame))
"""


def inject(namespace, interface, frames):
    """Sends raw frames out of an interface of the namespace."""
    namespace.python(INJECT, interface, *[frame.hex() for frame in frames])
