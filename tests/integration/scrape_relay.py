# SPDX-License-Identifier: GPL-2.0-or-later
"""A loopback port on which Prometheus scrapes an exporter that listens on a unix socket, as in a network namespace."""
import http.server
import threading


class ScrapeRelay:
    """Asks the exporter anew at each scrape."""

    def __init__(self, exporter):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, text = exporter.get(self.path)
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments):
                pass

            def handle(self):
                try:
                    super().handle()
                except OSError:
                    pass  # Prometheus did not wait, or the exporter has ended: the scrape has failed

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.target = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()
