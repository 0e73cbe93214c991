# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of the rrdcgi pages, and what it holds against a page that is not in form."""
import html.parser
import http.client
import re

import lab

VOID = {"meta", "link", "img", "br", "hr"}


class Document(html.parser.HTMLParser):
    """A page whose elements nest, whose ids are unique, whose pictures are described and whose links lead somewhere."""

    def __init__(self, text):
        super().__init__()
        self.open_elements, self.ids, self.links, self.pictures, self.tags, self.text = [], [], [], [], [], ""
        self.feed(text)
        self.close()
        assert not self.open_elements, self.open_elements
        assert len(set(self.ids)) == len(self.ids), "an id twice"
        for link in self.links:
            assert not link.startswith("#") or link[1:] in self.ids, f"nothing is at {link}"
        for picture in self.pictures:
            assert set(picture) == {"src", "width", "height", "alt"} and all(picture.values()), picture

    def handle_starttag(self, tag, attributes):
        names = [name for name, _value in attributes]
        assert len(set(names)) == len(names), (tag, attributes)
        assert all(re.fullmatch(r"[a-z-]+", name) and not name.startswith("on") for name in names), (tag, attributes)
        values = dict(attributes)
        self.tags.append(tag)
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a":
            self.links.append(values["href"])
        if tag == "img":
            self.pictures.append(values)
        if tag not in VOID:
            self.open_elements.append(tag)

    def handle_endtag(self, tag):
        assert self.open_elements and self.open_elements.pop() == tag, f"</{tag}> closes what is not open"

    def handle_data(self, data):
        self.text += data


class Client:
    def __init__(self, port):
        self.port = port

    def request(self, path, method="GET", source="127.0.0.1"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=lab.PATIENCE_SECONDS,
                                                source_address=(source, 0))
        try:
            connection.request(method, path, b"device=eth0" if method == "POST" else None)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def page(self, name, query=""):
        status, headers, body = self.request(f"/iptraf/{name}" + (f"?{query}" if query else ""))
        assert status == 200 and headers.get_content_type() == "text/html", (status, name, query, body[:500])
        return Document(body.decode())
