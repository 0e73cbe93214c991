# SPDX-License-Identifier: GPL-2.0-or-later
"""The records of iptraf-ng's logs as regular expressions, and the reader that the old RRD pipeline had."""
import re
import time

STAMP = r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}"
RATE = r" *\d+\.\d\d [kMG]bps"
COUNT = r"\d+ packets, \d+ bytes"
END = r"\S+:\d+"

# One for each kind of record; a log is nothing but these, one behind the other.
BOUNDARY = rf"{STAMP}; \*{{8}} .* (?:started|stopped) \*{{8}}\n(?:\n\Z)?"
NOTICE = rf"{STAMP}; \*{{5}} .* \*{{5}}\n"
SERVICE = (rf"\n\*\*\* TCP/UDP traffic log, generated {STAMP}\n\n"
           rf"(?:(?:TCP|UDP)/\S+: {COUNT} total,{RATE}; {COUNT} incoming,{RATE}; {COUNT} outgoing,{RATE}\n\n)*"
           r"\nRunning time: \d+ seconds\n")
GENERAL = (rf"\n\*\*\* General interface statistics log generated {STAMP}\n\n"
           r"(?:\S+: \d+ total, \d+ IP, \d+ non-IP, \d+ IP checksum errors"
           rf"(?:, average activity{RATE}, peak activity{RATE}, last 5-second average activity{RATE})?\n)*"
           r"\n\d+ seconds running time\n")
BOTH = rf"\t\(incoming: {COUNT}; outgoing: {COUNT}\)\n"
PACKET_RATE = r" *\d+ pps"
DETAILED = (rf"\n\*\*\* Detailed statistics for interface \S+, generated {STAMP}\n\n"
            rf"Total: \t{COUNT}\n{BOTH}IP: \t{COUNT}\n{BOTH}TCP: {COUNT}\n{BOTH}UDP: {COUNT}\n{BOTH}ICMP: {COUNT}\n{BOTH}"
            rf"Other IP: {COUNT}\n{BOTH}Non-IP: {COUNT}\n{BOTH}Broadcast: {COUNT}\n\n"
            rf"(?:Average rates:\n  Total:\t{RATE},{PACKET_RATE}\n  Incoming:\t{RATE},{PACKET_RATE}\n"
            rf"  Outgoing:\t{RATE},{PACKET_RATE}\n\nPeak total activity:{RATE},{PACKET_RATE}\n"
            rf"Peak incoming rate:{RATE},{PACKET_RATE}\nPeak outgoing rate:{RATE},{PACKET_RATE}\n\n)?"
            r"IP checksum errors: \d+\n\nRunning time: \d+ seconds\n")
SIZES = (rf"\*\*\* Packet Size Distribution, generated {STAMP}\n\nInterface: \S+   MTU: \d+\n\n"
         r"Packet Size \(bytes\)\tIn\t\tOut\n(?:\d+ to \d+:\t\t *\d+\t *\d+\n){20}\nRunning time: \d+ seconds\n")
STATIONS = (rf"\n\*\*\* LAN traffic log, generated {STAMP}\n\n"
            r"(?:\n(?:Ethernet|FDDI) address: (?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?: \(.*\))?\n"
            rf"\tIncoming total {COUNT}; \d+ IP packets\n\tOutgoing total {COUNT}; \d+ IP packets\n"
            rf"\tAverage rates:{RATE} incoming,{RATE} outgoing\n"
            rf"(?:\tLast 5-second rates:{RATE} incoming,{RATE} outgoing\n)?)*\nRunning time: \d+ seconds\n")
FLOW = rf"{COUNT}, avg flow rate{RATE}"
EVENT = (rf"{STAMP}; (?:"
         rf"TCP; \S+; \d+ bytes; from {END} to {END}; (?:first packet(?: \(SYN\))?|FIN sent; {FLOW}|FIN acknowleged|"
         rf"Connection reset; {FLOW}; opposite direction {COUNT}; avg flow rate{RATE})|"
         rf"TCP; Connection {END} to {END} timed out, {FLOW}; opposite direction {FLOW}|"
         rf"TCP; \S+; active; from {END} to {END}; {COUNT}|"
         r"(?!TCP)[^;\n]+; \S+; \d+ bytes; from \S+ to [^;\s]+(?:; .+)? ?)\n")

KINDS = {"service": SERVICE, "general": GENERAL, "detailed": DETAILED, "size": SIZES, "station": STATIONS,
         "monitor": EVENT}


def unread(kind, log):
    """What is left of a log when every record has been read; empty when it has the shape of its kind."""
    return re.sub(rf"(?:{KINDS[kind]}|{BOUNDARY}|{NOTICE})*", "", log, count=1)


def seconds(stamp):
    """The time of a record as seconds since the epoch."""
    return int(time.mktime(time.strptime(stamp, "%a %b %d %H:%M:%S %Y")))


TCP_LINE = re.compile(r"TCP/(\d+): .*; *(\d+) packets, (\d+) bytes incoming.*; *(\d+) packets, (\d+) bytes outgoing")


def rrd_updates(log, ports, last_update):
    """What the pipeline of IPTraf 2.5 and rrdtool feeds its database: (time, values), the bytes to and from each port.

    It passes over what is not later than the last update; a "started" line feeds unknown values."""
    updates = []
    for line in log.splitlines():
        started = re.match(rf"({STAMP}); \*+ TCP/UDP service monitor started", line)
        generated = re.search(rf"TCP/UDP traffic log, generated ({STAMP})$", line)
        counted = TCP_LINE.match(line)
        if started or generated:
            values = None if started else [0] * (2 * len(ports))
            updates.append((seconds((started or generated)[1]), values))
        elif counted and int(counted[1]) in ports:
            place = 2 * ports.index(int(counted[1]))
            updates[-1][1][place:place + 2] = int(counted[3]), int(counted[5])
    return [update for update in updates if update[0] > last_update]
