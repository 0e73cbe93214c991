# SPDX-License-Identifier: GPL-2.0-or-later
"""A real Prometheus of the tests' own, and what it answers."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request

import lab


def is_installed():
    return shutil.which("prometheus") is not None and shutil.which("promtool") is not None


def scrape_config(*targets, interval="1s", job="iptraf"):
    """The text of a prometheus.yml that scrapes these addresses."""
    return json.dumps({"global": {"scrape_interval": interval, "evaluation_interval": interval},
                       "scrape_configs": [{"job_name": job, "static_configs": [{"targets": list(targets)}]}]})


class PrometheusServer(lab.Stoppable):
    """Prometheus with a configuration of its own, on a loopback port. `files` are written beside the configuration,
    {name: text}; `data` is a database that exists already; `prefix` runs it elsewhere, as in a network namespace."""

    def __init__(self, configuration, *flags, files=None, data=None, prefix=()):
        self.folder = tempfile.mkdtemp(prefix="iptraf_prometheus.")
        for name, text in {"prometheus.yml": configuration, **(files or {})}.items():
            pathlib.Path(self.folder, name).write_text(text, encoding="utf-8")
        self.port = lab.free_port()
        self.log_path = pathlib.Path(self.folder, "log")
        storage = [] if "--enable-feature=agent" in flags else [f"--storage.tsdb.path={data or self.folder + '/data'}"]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [*prefix, "prometheus", f"--config.file={self.folder}/prometheus.yml", *storage,
                 f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn", *flags],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def get(self, path, **parameters):
        """The `data` of an answer of its API; None while it does not answer."""
        if self.process.poll() is not None:
            raise AssertionError(f"Prometheus ended: {self.log_path.read_text(encoding='utf-8')}")
        url = f"http://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=lab.PATIENCE_SECONDS) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            if error.code in (400, 422):
                raise AssertionError(f"{parameters}: {text}") from error
            return None
        except OSError:
            return None

    def rows(self, expression, **parameters):
        """[(labels, value)] of an instant query; None while it does not answer."""
        data = self.get("/api/v1/query", query=expression, **parameters)
        return None if data is None else [(row["metric"], float(row["value"][1])) for row in data["result"]]

    def rows_until(self, expression, condition, what=None, **parameters):
        """The first rows of an instant query that satisfy condition(rows)."""
        def attempt():
            rows = self.rows(expression, **parameters)
            return (rows,) if rows is not None and condition(rows) else None
        return lab.wait_until(attempt, what or f"{expression} is as expected")[0]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(lab.PATIENCE_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)
