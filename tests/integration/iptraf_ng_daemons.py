# SPDX-License-Identifier: GPL-2.0-or-later
"""iptraf-ng 1.2.1 in the background of a network namespace, and its logs as comparable facts."""
import os
import pathlib
import re
import signal
import struct
import time

import lab

FACILITIES = {"service": "-s", "size": "-z", "station": "-l", "monitor": "-i"}
OLD_ENOUGH_SECONDS = 1.5  # iptraf-ng dies when it writes a service record with an entry younger than a second


class Daemons:
    """One daemon for each facility on one interface, with all kinds of packets switched on."""

    def __init__(self, namespace, interface, folder, additional_ports):
        self.namespace, self.interface, self.folder = namespace, interface, pathlib.Path(folder)
        (self.folder / "work").mkdir()
        (self.folder / "log").mkdir()
        # 1.2.1's filter state: no filter, and at offset 72 the switches for ARP, RARP and the rest that is not IP.
        (self.folder / "work" / "savedfilters.dat").write_bytes(bytes(72) + struct.pack("=Q", 7))
        (self.folder / "work" / "ports.dat").write_bytes(b"".join(struct.pack("=II", *x) for x in additional_ports))
        self.environment = {**os.environ, "TERM": "xterm", "LINES": "25", "COLUMNS": "80", "LC_ALL": "C",
                            "IPTRAF_WORK_PATH": f"{folder}/work", "IPTRAF_LOG_PATH": f"{folder}/log"}
        listening = self.sockets()
        try:
            for facility in FACILITIES:
                lab.wait_until(lambda: self.start(facility), f"iptraf-ng {facility} runs")
            lab.wait_until(lambda: self.sockets() == listening + len(FACILITIES), "every iptraf-ng listens")
        except BaseException:
            self.kill()
            raise

    def log_path(self, facility):
        return self.folder / "log" / f"{facility}.log"

    def log(self, facility):
        path = self.log_path(facility)
        return path.read_text(encoding="ascii") if path.exists() else ""

    def find(self, facility):
        """The daemon's process: the one in the namespace that was given its log file."""
        for pid in lab.run("ip", "netns", "pids", self.namespace.name).stdout.decode().split():
            try:
                words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if str(self.log_path(facility)).encode() in words:
                return int(pid)
        return None

    def start(self, facility):
        """Whether the daemon runs now; it does not when another iptraf-ng, that is just starting, holds the lock."""
        self.namespace.run("iptraf-ng", FACILITIES[facility], self.interface, "-B", "-L", self.log_path(facility),
                           check=False, env=self.environment)
        lab.wait_until(lambda: "started" in self.log(facility) or not self.find(facility), f"{facility} starts")
        return self.find(facility)

    def sockets(self):
        """How many packet sockets are bound to the interface."""
        index = self.namespace.run("cat", f"/sys/class/net/{self.interface}/ifindex").stdout.decode().strip()
        rows = self.namespace.run("cat", "/proc/net/packet").stdout.decode().splitlines()[1:]
        return sum(row.split()[3:6] == ["0003", index, "1"] for row in rows)

    def send(self, facility, number):
        pid = self.find(facility)
        assert pid, f"iptraf-ng {facility} ended on its own; its log: {self.log(facility)}"
        os.kill(pid, number)

    def stop(self):
        """Ends all once the last packet is in the monitor's log, with their final records; the logs by facility."""
        lab.wait_until(lambda: ":9999 to " in self.log("monitor"), "iptraf-ng's monitor saw the last packet")
        time.sleep(OLD_ENOUGH_SECONDS)
        self.send("monitor", signal.SIGUSR1)  # lists the connections that are open
        lab.wait_until(lambda: "Logfile reopened" in self.log("monitor"), "the monitor lists its connections")
        for facility in FACILITIES:
            self.send(facility, signal.SIGUSR2)
            lab.wait_until(lambda: not self.find(facility), f"iptraf-ng {facility} ends")
        return {facility: self.log(facility) for facility in FACILITIES}

    def kill(self):
        for pid in filter(None, map(self.find, FACILITIES)):
            os.kill(pid, signal.SIGKILL)


# ----------------------------------------------------------------------------------------------------- logs
SERVICE = re.compile(r"^(TCP|UDP)/(\d+): .*?; (\d+) packets, (\d+) bytes incoming,.*?; (\d+) packets, (\d+) bytes out",
                     re.M)
BRACKET = re.compile(r"^(\d+) to (\d+):\s+(\d+)\s+(\d+)$", re.M)
STATION = re.compile(r"^Ethernet address: (\S+)\n\tIncoming total (\d+) packets, (\d+) bytes; (\d+) IP packets\n"
                     r"\tOutgoing total (\d+) packets, (\d+) bytes; (\d+) IP packets", re.M)
TCP_LINE = re.compile(r"TCP; \S+; (?:\d+ bytes|active); from (\S+) to (\S+); (.*)$")
COUNTS = re.compile(r"(\d+) packets, (\d+) bytes")
PACKET_LINE = re.compile(r"(.*?); \S+; (\d+) bytes; from (\S+) to ([^\s;]+)(?:; (.*))? *$")


def services(log):
    return {f"service {protocol.lower()}/{port}": f"in {a}/{b} out {c}/{d}"
            for protocol, port, a, b, c, d in SERVICE.findall(log)}


def brackets(log):
    return {f"size {last}": count for _first, last, count, _out in BRACKET.findall(log)}


def stations(log):
    return {f"station {mac}": f"in {a}/{b} ip {c} out {d}/{e} ip {f}" for mac, a, b, c, d, e, f in STATION.findall(log)}


class Connection:
    """What the log tells of one connection: the counts of its halves when last named, and how it ended."""

    def __init__(self):
        self.halves = {}
        self.finished = set()
        self.end = "not said"

    def text(self, pair):
        state = "closed" if len(self.finished) == 2 else "fin" if self.finished else self.end
        return " ".join([state, *[self.halves.get(half, "?") for half in pair]])

    def update(self, half, opposite, event):
        counts = ["/".join(x) for x in COUNTS.findall(event)]
        if event.startswith("first packet"):
            self.halves[half] = "?"
        elif event.startswith("FIN sent"):
            self.halves[half] = counts[0]
            self.finished.add(half)
        elif event.startswith("Connection reset"):
            self.halves[half], self.halves[opposite] = counts
            self.end = "reset"
        elif counts:
            self.halves[half] = counts[0]
            self.end = "open"


def connections(log):
    """The connections of each pair of endpoints in the order in which they began; a half not counted is "?"."""
    found = {}
    for line in log.splitlines():
        match = TCP_LINE.search(line)
        if not match:
            continue
        half, opposite, event = match.groups()
        pair = (half, opposite) if (half, opposite) in found else (opposite, half)
        if pair not in found:
            pair = (half, opposite)
        rows = found.setdefault(pair, [])
        is_new = not rows or event.startswith("first packet") and (half in rows[-1].halves or rows[-1].end == "reset")
        if is_new:
            rows.append(Connection())
        rows[-1].update(half, opposite, event)
    return {f"connection {' '.join(pair)}": ", ".join(row.text(pair) for row in rows) for pair, rows in found.items()}


def address_and_port(endpoint):
    address, _colon, port = endpoint.rpartition(":")
    return address, port


def packets(log):
    """The lines of the lower window between two addresses, as "protocol, ports, size, what it is"."""
    found = {}
    for line in log.splitlines():
        match = PACKET_LINE.match(line.split("; ", 1)[-1])
        if not match or match[1].startswith("TCP"):
            continue
        protocol, size, source, destination, detail = match.groups()
        if protocol == "UDP" and detail != "fragment":
            (source, source_port), (destination, destination_port) = map(address_and_port, (source, destination))
            protocol += f" {source_port}-{destination_port}"
        text = f"{protocol} {size} {detail or ''}".strip()
        found.setdefault(f"packet {source} {destination}", []).append(text)
    return {key: ", ".join(lines) for key, lines in found.items()}


def facts(logs):
    """All that the logs of the facilities state, by name."""
    return {**services(logs["service"]), **brackets(logs["size"]), **stations(logs["station"]),
            **connections(logs["monitor"]), **packets(logs["monitor"])}
