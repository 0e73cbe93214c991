# SPDX-License-Identifier: GPL-2.0-or-later
"""Crowds of clients that misbehave, each crowd in a process of its own: http_crowd.py KIND PORT CLIENTS HEX_BYTES."""
import errno
import os
import random
import resource
import select
import socket
import struct
import subprocess
import sys

import lab

CLIENTS_PER_ADDRESS = 5000  # a source address has some 28 000 ports, and those of a moment ago are not free yet
RESET_AT_CLOSE = struct.pack("ii", 1, 0)


def raise_descriptor_limit(wanted):
    """Lets this process open so many files."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
    else:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def may_open(wanted):
    """Whether raise_descriptor_limit() is allowed to."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return os.geteuid() == 0 or hard == resource.RLIM_INFINITY or hard >= wanted


class Client:
    """One connection that never waits. It comes from an address of its group, 127.0.0.2 and so on."""

    def __init__(self, number, port, data):
        self.data = data
        self.sent = 0
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.socket.setsockopt(socket.SOL_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT of linux/in.h
        self.socket.bind((f"127.0.0.{2 + number // CLIENTS_PER_ADDRESS}", 0))
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)

    def send(self, count):
        """Sends up to so many more bytes, from the start again at the end. False: the connection is over."""
        try:
            begin = self.sent % len(self.data)
            self.sent += self.socket.send(self.data[begin:begin + count])
            return True
        except BlockingIOError:
            return True
        except OSError:
            return False

    def is_over(self):
        """Whether the server has closed; reads nothing away."""
        try:
            return self.socket.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def close(self):
        self.socket.close()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        self.socket.close()


def connected(number, port, data):
    """A client, or None where the server is so crowded that its queue refuses one."""
    try:
        return Client(number, port, data)
    except OSError as error:
        if error.errno not in (errno.ECONNRESET, errno.ETIMEDOUT, errno.EADDRNOTAVAIL):
            raise
        return None


def keep_up(clients, port, data, send):
    """One round: whoever was closed comes back, and each does what `send` says."""
    for number, client in enumerate(clients):
        if client is None or client.is_over() or not send(client):
            if client is not None:
                client.close()
            clients[number] = connected(number, port, data)


def is_asked_to_end(wait_seconds=0):
    return bool(select.select([sys.stdin], [], [], wait_seconds)[0])


def stay(clients, *_how):
    """Silent ones: the connections stay as they are, closed by the server or not."""
    while not is_asked_to_end(1):
        pass
    return clients


def drip(clients, port, data):
    while not is_asked_to_end(0.05):
        keep_up(clients, port, data, lambda client: client.send(1))


def pour(clients, port, data):
    """As much as the server takes, and nothing is read."""
    while not is_asked_to_end(0.01):
        keep_up(clients, port, data, lambda client: client.send(1 << 20))


def vanish(clients, port, data):
    """Connections that are reset after any number of bytes, and begun again."""
    chance = random.Random(7)
    while not is_asked_to_end():
        for number, client in enumerate(clients):
            if client is not None:
                client.send(chance.randrange(len(data) + 1))
                client.reset()
            clients[number] = connected(number, port, data)


class Crowd(lab.Stoppable):
    """So many clients of a kind (stay, drip, pour, vanish) on a port of 127.0.0.1; `data` is what each sends."""

    def __init__(self, kind, port, clients, data=b""):
        self.process = subprocess.Popen([sys.executable, __file__, kind, str(port), str(clients), data.hex()],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def is_here(self):
        """Whether every client has connected once."""
        if self.process.poll() is not None:
            raise AssertionError(f"the crowd ended with {self.process.returncode}")
        return bool(select.select([self.process.stdout], [], [], 0)[0])

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        status = self.process.wait(lab.PATIENCE_SECONDS)
        assert status == 0, f"the crowd ended with {status}"


def main(kind, port, count, data):
    raise_descriptor_limit(int(count) + 100)
    data = bytes.fromhex(data)
    clients = [connected(number, int(port), data) for number in range(int(count))]
    os.write(1, b"here\n")
    {"stay": stay, "drip": drip, "pour": pour, "vanish": vanish}[kind](clients, int(port), data)


if __name__ == "__main__":
    main(*sys.argv[1:])
