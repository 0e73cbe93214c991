# SPDX-License-Identifier: GPL-2.0-or-later
"""A headless Chromium that is spoken to over a pipe, and a decoder of PNG files."""
import base64
import json
import os
import select
import struct
import subprocess
import time
import zlib


# -------------------------------------------------------------------------------------------------------- PNG
class Png:
    """Width, height and pixels of a PNG of 8 bits, RGB or RGBA, not interlaced."""

    def __init__(self, data):
        if data[:8] != b"\x89PNG\r\n\x1a\n":
            raise ValueError(f"no PNG: {data[:40]!r}")
        packed = b""
        for kind, body in self.chunks(data):
            if kind == b"IHDR":
                self.width, self.height, depth, colour, *_, interlace = struct.unpack(">IIBBBBB", body)
                if depth != 8 or colour not in (2, 6) or interlace:
                    raise ValueError(f"a PNG of depth {depth}, colour type {colour}, interlace {interlace}")
                self.channels = 3 if colour == 2 else 4
            elif kind == b"IDAT":
                packed += body
        self.rows = self.unfilter(zlib.decompress(packed))

    @staticmethod
    def chunks(data):
        at = 8
        while at < len(data):
            length, kind = struct.unpack(">I4s", data[at:at + 8])
            body = data[at + 8:at + 8 + length]
            if struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0] != zlib.crc32(kind + body):
                raise ValueError(f"a wrong checksum in {kind!r}")
            yield kind, body
            at += 12 + length

    def unfilter(self, data):
        rows, size, step = [], self.width * self.channels, self.channels
        above = bytearray(size)
        for at in range(0, self.height * (size + 1), size + 1):
            kind, row = data[at], bytearray(data[at + 1:at + 1 + size])
            for i in range(size):
                left = row[i - step] if i >= step else 0
                corner = above[i - step] if i >= step else 0
                row[i] = row[i] + self.predicted(kind, left, above[i], corner) & 255
            rows.append(row)
            above = row
        return rows

    @staticmethod
    def predicted(kind, left, up, corner):
        if kind < 3:
            return (0, left, up)[kind]
        if kind == 3:
            return (left + up) // 2
        guess = left + up - corner
        return min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]

    def pixel(self, x, y):
        at = x * self.channels
        return tuple(self.rows[y][at:at + 3])


# --------------------------------------------------------------------------------------------------- Chromium
class Browser:
    """Chromium's DevTools protocol over file descriptors 3 and 4: messages that end with a zero byte."""

    def __init__(self, folder, patience_seconds):
        self.deadline = time.monotonic() + patience_seconds
        its_input, self.to_browser = os.pipe()
        self.from_browser, its_output = os.pipe()
        command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--disable-background-networking", "--disable-component-update", "--no-first-run",
                   "--hide-scrollbars", f"--user-data-dir={folder}/profile", "--remote-debugging-pipe", "about:blank"]
        with open(f"{folder}/chromium.log", "wb") as log:
            self.process = subprocess.Popen(
                ["sh", "-c", f'exec 3<&{its_input} 4>&{its_output}; exec "$@"', "sh", *command],
                pass_fds=(its_input, its_output), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=os.environ | {"HOME": str(folder)}, start_new_session=True)
        os.close(its_input)
        os.close(its_output)
        self.unread, self.count, self.events, self.session = b"", 0, [], None

    def __enter__(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_error):
        try:
            self.session = None
            self.call("Browser.close")
            self.process.wait(10)
        except (OSError, AssertionError, subprocess.TimeoutExpired):
            os.killpg(self.process.pid, 9)  # a group of its own
            self.process.wait()
        os.close(self.to_browser)
        os.close(self.from_browser)

    def message(self):
        while b"\0" not in self.unread:
            left = self.deadline - time.monotonic()
            if left <= 0 or not select.select([self.from_browser], [], [], left)[0]:
                raise AssertionError("Chromium did not answer in time")
            data = os.read(self.from_browser, 1 << 16)
            if not data:
                raise AssertionError("Chromium ended")
            self.unread += data
        text, self.unread = self.unread.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.count += 1
        request = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.to_browser, json.dumps(request).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def window(self, width, height, is_phone):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=is_phone)

    def open(self, url):
        """Loads a page with everything on it; what went wrong, as texts."""
        self.events.clear()
        self.call("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.message())
        return [json.dumps(event["params"])[:500] for event in self.events if self.is_trouble(event)]

    @staticmethod
    def is_trouble(event):
        method, parameters = event.get("method"), event.get("params", {})
        return (method in ("Runtime.exceptionThrown", "Network.loadingFailed") or
                method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert") or
                method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"))

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"]["value"]

    def screenshot(self):
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
