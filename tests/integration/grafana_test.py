#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The Grafana dashboards: rendered from their sources, of Grafana's types, after the conventions, and every expression
answered by a real Prometheus that scrapes real exporters."""
import copy
import functools
import math
import pathlib
import re
import shutil
import tempfile
import time
import unittest

import yaml

import grafana_dashboards
import grafana_traffic
import grafana_types
from grafana_conventions import Conventions  # noqa: F401 -- its tests are run here
import lab
import npm_packages
import prometheus_server
import rules

DASHBOARDS = grafana_dashboards.load()
SOURCES = grafana_dashboards.FOLDER / "source"
# What Prometheus itself records; alerts are of all jobs and hosts, as some of them are about hosts that are missing.
OF_PROMETHEUS = {"up", "scrape_duration_seconds", "scrape_samples_scraped"}
ALERTS = "ALERTS"


@unittest.skipUnless(shutil.which("jsonnet"), "needs jsonnet")
class Rendering(unittest.TestCase):
    def test_the_sources_give_exactly_the_committed_files(self):
        with tempfile.TemporaryDirectory() as folder:
            lab.run(grafana_dashboards.FOLDER / "render.sh", folder)
            rendered = {path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()}
        committed = {path.name: path.read_bytes() for path in grafana_dashboards.FOLDER.glob("*.json")}
        self.assertEqual(sorted(rendered), sorted(committed))
        for name, text in committed.items():
            self.assertEqual(rendered[name], text, f"{name} is not what render.sh writes: run it")

    def test_the_sources_are_formatted(self):
        for path in SOURCES.glob("**/*.*sonnet"):
            with self.subTest(path.name):
                done = lab.run("jsonnetfmt", "--test", path, check=False)
                self.assertEqual(done.returncode, 0, f"run: jsonnetfmt --in-place {path}")


class Provisioning(unittest.TestCase):
    def test_grafana_finds_the_dashboards_where_the_package_has_them(self):
        (provider,) = yaml.safe_load((grafana_dashboards.FOLDER / "provisioning.yml").read_text())["providers"]
        self.assertEqual((provider["type"], provider["folder"]), ("file", "IPTraf"))
        self.assertEqual(provider["options"], {"path": "/usr/share/iptraf_exporter/grafana"})

    def test_the_data_source_is_one_that_the_dashboards_offer(self):
        (source,) = yaml.safe_load((grafana_dashboards.FOLDER / "datasource.yml").read_text())["datasources"]
        for dashboard in DASHBOARDS:
            self.assertEqual(dashboard.variables["datasource"]["query"], source["type"])


def first_panel(document, kind):
    return next(panel for panel in document["panels"] if panel["type"] == kind)


def broken_copies(document):
    """{name: the document with one mistake}."""
    def unknown_property(d):
        first_panel(d, "timeseries")["unitt"] = "bps"

    def unknown_field_property(d):
        first_panel(d, "timeseries")["fieldConfig"]["defaults"]["unitt"] = "bps"

    def unknown_option(d):
        first_panel(d, "table")["options"]["showHeaders"] = True

    def wrong_enumeration(d):
        first_panel(d, "timeseries")["options"]["legend"]["displayMode"] = "tabel"

    def wrong_custom_value(d):
        first_panel(d, "timeseries")["fieldConfig"]["defaults"]["custom"]["drawStyle"] = "lines"

    def text_for_a_number(d):
        first_panel(d, "stat")["gridPos"]["h"] = "4"

    def wrong_kind_of_variable(d):
        d["templating"]["list"][0]["type"] = "data source"

    def wrong_refresh_of_variable(d):
        d["templating"]["list"][1]["refresh"] = 7

    def target_without_expression(d):
        del first_panel(d, "stat")["targets"][0]["expr"]

    for change in list(locals().values()):
        if callable(change):
            broken = copy.deepcopy(document)
            change(broken)
            yield change.__name__, broken


@unittest.skipUnless(npm_packages.is_installable(), "needs node and npm")
class Types(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.whole = {dashboard.name: dashboard.json for dashboard in DASHBOARDS}
        cls.broken = dict(broken_copies(cls.whole["iptraf_overview"]))
        cls.complaints = grafana_types.complaints({**cls.whole, **cls.broken})

    def test_dashboards_are_of_grafanas_types(self):
        for name in self.whole:
            with self.subTest(dashboard=name):
                self.assertEqual(self.complaints[name], [])

    def test_a_mistake_is_refused(self):
        self.assertEqual(len(self.broken), 9)
        for name in self.broken:
            with self.subTest(mistake=name):
                self.assertNotEqual(self.complaints[name], [])


@unittest.skipUnless(prometheus_server.is_installed(), "needs prometheus")
class OverRealTraffic(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.traffic = cls.enterClassContext(grafana_traffic.Traffic())
        cls.prometheus = cls.traffic.prometheus
        marks = [query for d in DASHBOARDS for query in d.annotation_queries()]  # first, while the restart is recent
        cls.queries = {query.where: query for query in marks + [q for d in DASHBOARDS for q in d.panel_queries()]}
        cls.series = {}
        try:
            lab.wait_until(cls.everything_is_answered, "every expression is answered")
        except AssertionError:
            pass  # the tests name those that are not

    @classmethod
    def everything_is_answered(cls):
        """Asks again for what was empty."""
        for where, query in cls.queries.items():
            if not cls.series.get(where):
                cls.series[where] = cls.ask(query)
        return all(cls.series.values())

    @classmethod
    def ask(cls, query, **choices):
        """[(labels, [value, ...])], as Grafana asks: lines along a range, else the end of the range. NaN in a line is a
        gap, and a line of gaps is none."""
        expression = grafana_dashboards.interpolate(query.expr, **choices)
        if not query.is_range():
            return [(labels, [value]) for labels, value in cls.prometheus.rows(expression)]
        now = time.time()
        rows = cls.prometheus.get("/api/v1/query_range", query=expression, start=now - 20, end=now, step=1)["result"]
        lines = [(row["metric"], [float(text) for _time, text in row["values"] if text != "NaN"]) for row in rows]
        return [(labels, values) for labels, values in lines if values]

    def test_every_expression_gives_finite_values(self):
        for where, series in self.series.items():
            with self.subTest(where):
                self.assertNotEqual(series, [], self.queries[where].expr)
                for labels, values in series:
                    self.assertTrue(all(map(math.isfinite, values)), labels)

    def test_the_first_row_counts_what_is_wrong(self):
        row = {"Exporters up": len(self.traffic.targets), "Exporters down": 0, "Captures down": 0, "Worst loss": 0,
               "Fullest table": 1, "Failed collectors": 0, "Refused configurations": 1}
        for title, number in row.items():
            with self.subTest(title):
                ((_labels, values),) = self.series[f"iptraf_overview: {title}: A"]
                self.assertEqual(values, [number])

    def test_what_is_no_exporter_is_on_no_panel(self):
        for where, series in self.series.items():
            with self.subTest(where):
                self.assertEqual({labels.get("job", "iptraf") for labels, _values in series} - {"iptraf"}, set())

    def test_every_variable_offers_choices(self):
        for dashboard in DASHBOARDS:
            for name, selector, label in dashboard.label_values():
                with self.subTest(dashboard=dashboard.name, variable=name):
                    match = {"match[]": grafana_dashboards.interpolate(selector)}
                    self.assertTrue(self.prometheus.get(f"/api/v1/label/{label}/values", **match))

    def test_choosing_an_instance_leaves_it_alone(self):
        chosen = self.traffic.targets[0]
        choice = chosen.replace(".", r"\\.")
        for query in self.queries.values():
            with self.subTest(query.where):
                for labels, _values in self.ask(query, instance=choice):
                    if ALERTS not in query.expr:
                        self.assertEqual(labels.get("instance", chosen), chosen)

    def test_a_matcher_follows_every_variable_whose_label_there_is(self):
        for where, query in self.queries.items():
            for metric, matchers in grafana_dashboards.metrics(query.expr):
                for name in ("job", "instance", "device"):
                    with self.subTest(where, metric=metric, label=name):
                        if name in query.dashboard.variables and name in self.labels_of(metric) and metric != ALERTS:
                            self.assertIn(f'{name}=~"${name}"', matchers)

    @classmethod
    @functools.cache
    def labels_of(cls, metric):
        return set().union(*(labels for labels, _value in cls.prometheus.rows(metric)))

    def test_legends_tell_the_lines_of_a_panel_apart(self):
        for dashboard in DASHBOARDS:
            for panel in dashboard.panels():
                if panel["type"] in ("table", "heatmap"):
                    continue
                names = [grafana_dashboards.legend(q.target["legendFormat"], labels)
                         for q in dashboard.panel_queries() if q.panel is panel
                         for labels, _values in self.series[q.where]]
                with self.subTest(dashboard=dashboard.name, panel=panel["title"]):
                    self.assertEqual(sorted(names), sorted(set(names)))

    def test_a_table_names_columns_that_there_are(self):
        for dashboard in DASHBOARDS:
            for panel in dashboard.panels():
                queries = [q for q in dashboard.panel_queries() if q.panel is panel]
                if panel["type"] != "table":
                    continue
                labels = set().union(*(labels for q in queries for labels, _values in self.series[q.where]))
                fields = {"Time", *labels, *(grafana_dashboards.field(panel, q.target["refId"]) for q in queries)}
                options = grafana_dashboards.organize(panel)
                with self.subTest(dashboard=dashboard.name, panel=panel["title"]):
                    named = set(options["renameByName"]) | set(options["excludeByName"])
                    self.assertLessEqual(fields, named)
                    for label in named - fields:  # empty in every row
                        self.assertTrue(all(re.search(rf"\b{label}\b", q.expr) for q in queries), label)
                    self.assertEqual(set(options["indexByName"]), set(options["renameByName"]))
                    shown = set(options["renameByName"].values())
                    self.assertLessEqual(set(grafana_dashboards.overrides(panel, "byName")), shown)
                    self.assertLessEqual({by["displayName"] for by in panel["options"]["sortBy"]}, shown)

    def test_what_is_exported_is_on_a_panel_and_what_is_on_a_panel_is_exported(self):
        families = self.traffic.families()
        named = {metric for q in self.queries.values() if q.panel
                 for metric, _matchers in grafana_dashboards.metrics(q.expr)}
        recorded = {metric for metric in named if ":" in metric}
        parts = {part: family for family, kind in families.items() if kind == "histogram"
                 for part in (f"{family}_bucket", f"{family}_sum", f"{family}_count")}
        shown = {parts.get(metric, metric) for metric in named - recorded - OF_PROMETHEUS - {ALERTS}}
        self.assertGreater(len(families), 70)
        self.assertEqual(sorted(shown), sorted(families))
        self.assertLessEqual(recorded, set(rules.recorded()))


if __name__ == "__main__":
    unittest.main()
