# SPDX-License-Identifier: GPL-2.0-or-later
"""The conventions of the Grafana dashboards: what a person who opens them may rely on."""
import itertools
import re
import unittest

import grafana_dashboards
import grafana_units

DASHBOARDS = grafana_dashboards.load()
PANELS = [(f"{d.name}: {panel.get('title')}", panel) for d in DASHBOARDS for panel in d.panels()]
QUERIES = [query for d in DASHBOARDS for query in d.queries()]
DATA_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WINDOWS = {"$__rate_interval", "$__range", "$__range:$__rate_interval"}
# The name of a series that no brace follows.
NO_MATCHERS = re.compile(r"\b(?:iptraf|process|instance|job)[a-z_]*(?::[a-z0-9_:]+)?_\w+(?![\w:{])")
COUNTER = re.compile(r"_total$|_bucket$|_sum$|_count$")


class Conventions(unittest.TestCase):
    def test_there_are_the_eight_dashboards(self):
        uids = {f"iptraf-{name}" for name in ("overview", "interface", "services", "packet-sizes", "tcp", "stations",
                                              "protocols", "exporter")}
        self.assertEqual(sorted(d.json["uid"] for d in DASHBOARDS), sorted(uids))
        for dashboard in DASHBOARDS:
            with self.subTest(dashboard.name):
                self.assertEqual(dashboard.json["uid"].replace("-", "_"), dashboard.name)

    def test_a_dashboard_shows_live_data_and_is_changed_in_its_source_alone(self):
        for dashboard in DASHBOARDS:
            with self.subTest(dashboard.name):
                wanted = {"editable": False, "graphTooltip": 1, "refresh": "1m", "schemaVersion": 41}
                self.assertEqual({key: dashboard.json.get(key) for key in wanted}, wanted)
                self.assertIn("iptraf", dashboard.json["tags"])
                self.assertTrue(dashboard.json["title"].startswith("IPTraf / "))
                self.assertTrue(dashboard.json["description"])
                self.assertNotIn("__inputs", dashboard.json)
                self.assertNotIn("id", dashboard.json)

    def test_a_dashboard_leads_to_its_siblings(self):
        for dashboard in DASHBOARDS:
            with self.subTest(dashboard.name):
                (link,) = dashboard.json["links"]
                self.assertEqual((link["type"], link["tags"], link["includeVars"], link["keepTime"]),
                                 ("dashboards", ["iptraf"], True, True))

    def test_a_link_leads_to_a_dashboard_that_knows_the_variables(self):
        known = {d.json["uid"]: d for d in DASHBOARDS}
        links = list(itertools.chain.from_iterable(d.links() for d in DASHBOARDS))
        self.assertGreater(len(links), 5)
        for where, url in links:
            with self.subTest(where):
                uid, query = re.fullmatch(r"/d/([a-z-]+)\?(.+)", url).groups()
                self.assertIn("${__url_time_range}", query)
                passed = re.findall(r"var-(\w+)=", query) + re.findall(r"\$\{(\w+):queryparam\}", query)
                self.assertLessEqual({"datasource", "job", "instance"}, set(passed), where)
                self.assertLessEqual(set(passed), set(known[uid].variables), where)

    def test_variables_choose_data_source_jobs_instances_and_devices(self):
        for dashboard in DASHBOARDS:
            with self.subTest(dashboard.name):
                names = list(dashboard.variables)
                wanted = ["datasource", "job", "instance"] + ([] if dashboard.name == "iptraf_overview" else ["device"])
                self.assertEqual(names[:len(wanted)], wanted)
                self.assertLessEqual(set(names), {*wanted, "top"})
                self.assertEqual(dashboard.variables["datasource"]["query"], "prometheus")
                for name in wanted[1:]:
                    variable = dashboard.variables[name]
                    self.assertTrue(variable["multi"] and variable["includeAll"])
                    self.assertEqual((variable["refresh"], variable["datasource"]), (2, DATA_SOURCE))
                    # All jobs are those with exporters; anything else would take in the targets of other jobs.
                    self.assertEqual(variable.get("allValue"), None if name == "job" else grafana_dashboards.ANY)

    def test_every_variable_is_used(self):
        for dashboard in DASHBOARDS:
            with self.subTest(dashboard.name):
                used = " ".join(q.expr for q in dashboard.queries())
                for name in set(dashboard.variables) - {"datasource"}:
                    self.assertRegex(used, rf"\${name}\b")

    def test_annotations_mark_restarts_and_refused_configurations(self):
        for dashboard in DASHBOARDS:
            with self.subTest(dashboard.name):
                found = " ".join(q.expr for q in dashboard.annotation_queries())
                self.assertRegex(found, r"changes\(process_start_time_seconds\{")
                self.assertRegex(found, r"iptraf_config_last_reload_successful\{[^}]*\} == 0")
                for annotation in dashboard.json["annotations"]["list"]:
                    self.assertEqual((annotation["datasource"], annotation["enable"]), (DATA_SOURCE, True))

    def test_a_panel_says_what_it_shows(self):
        for where, panel in PANELS:
            with self.subTest(where):
                self.assertTrue(panel["title"])
                self.assertGreater(len(panel["description"]), 20)
                self.assertTrue(panel["description"].endswith("."))
                self.assertTrue(panel["targets"])

    def test_a_panel_of_bytes_says_which_bytes(self):
        for where, panel in PANELS:
            with self.subTest(where):
                used = " ".join(t["expr"] for t in panel["targets"])
                if re.search(r"iptraf_\w+_bytes(_total|:rate5m|_bucket)", used):
                    self.assertRegex(panel["description"], r"(?i)frame|\bIP (packets|bytes|traffic)\b|network size")

    def test_panels_ask_the_chosen_data_source(self):
        for where, panel in PANELS:
            with self.subTest(where):
                self.assertEqual(panel["datasource"], DATA_SOURCE)
                refs = [target["refId"] for target in panel["targets"]]
                self.assertEqual(len(refs), len(set(refs)))
                for target in panel["targets"]:
                    self.assertEqual(target["datasource"], DATA_SOURCE)
                    self.assertNotEqual(target["range"], target["instant"])

    def test_panels_have_places_and_numbers_of_their_own(self):
        for dashboard in DASHBOARDS:
            with self.subTest(dashboard.name):
                panels = list(dashboard.all_panels())
                self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
                taken = {}
                for panel in panels:
                    grid = panel["gridPos"]
                    self.assertLessEqual(grid["x"] + grid["w"], 24)
                    for cell in itertools.product(range(grid["x"], grid["x"] + grid["w"]),
                                                  range(grid["y"], grid["y"] + grid["h"])):
                        self.assertIsNone(taken.setdefault(cell, None), f"{panel['title']} lies on {taken[cell]}")
                        taken[cell] = panel["title"]

    def test_a_repeated_row_repeats_for_a_variable(self):
        repeats = [(d, panel["repeat"]) for d in DASHBOARDS for panel in d.all_panels() if "repeat" in panel]
        self.assertEqual([(d.name, name) for d, name in repeats], [("iptraf_packet_sizes", "device")])
        for dashboard, name in repeats:
            self.assertIn(name, dashboard.variables)

    def test_titles_tell_panels_of_a_row_apart(self):
        for dashboard in DASHBOARDS:
            with self.subTest(dashboard.name):
                row, seen = None, set()
                for panel in dashboard.all_panels():
                    row = panel["title"] if panel["type"] == "row" else row
                    self.assertNotIn((row, panel["title"], panel["type"]), seen)
                    seen.add((row, panel["title"], panel["type"]))

    def test_every_vector_has_matchers(self):
        for query in QUERIES:
            with self.subTest(query.where):
                self.assertEqual(NO_MATCHERS.findall(query.expr), [])

    def test_matchers_by_variables_are_regular_expressions(self):
        for query in QUERIES:
            with self.subTest(query.where):
                for name, matchers in grafana_dashboards.metrics(query.expr):
                    for label in re.findall(r'(\w+)(?:=|!=|!~)"[^"]*\$', matchers):
                        self.fail(f"{name}: {label} is not matched by =~")

    def test_windows_follow_the_dashboard(self):
        for query in QUERIES:
            with self.subTest(query.where):
                for window, after in re.findall(r"\[([^\]]*)\]( @ end\(\))?", query.expr):
                    self.assertIn(window, WINDOWS)
                    if window == "$__range" and query.is_range():
                        self.assertTrue(after, "a line over the whole range needs @ end()")

    def test_counters_are_never_shown_raw(self):
        for query in QUERIES:
            with self.subTest(query.where):
                for name, _matchers in grafana_dashboards.metrics(query.expr):
                    if not COUNTER.search(name):
                        continue
                    for at in re.finditer(re.escape(name) + r"\{", query.expr):
                        self.assertRegex(query.expr[:at.start()], r"\b(rate|increase|irate|changes|resets)\($", name)
                        self.assertRegex(query.expr[at.start():], r"^\w+\{[^}]*\}\[", name)

    def test_units_fit_what_is_shown(self):
        for query in QUERIES:
            with self.subTest(query.where):
                if query.panel is None:
                    continue
                if query.panel["type"] == "heatmap":  # of which the lines between the cells have a unit
                    (name, _matchers), = grafana_dashboards.metrics(query.expr)
                    self.assertIn(query.panel["options"]["yAxis"]["unit"],
                                  grafana_units.quantity(name.removesuffix("_bucket")))
                else:
                    self.assertIn(query.unit(), grafana_units.expected(query.expr))

    def test_the_judge_of_units_knows_them(self):
        for expression, units in (
                ("sum(rate(iptraf_interface_receive_bytes_total{}[5m])) * 8", {"bps"}),
                ("sum(rate(iptraf_interface_receive_bytes_total{}[5m]))", set()),
                ("increase(iptraf_service_in_bytes_total{}[5m])", {"bytes", "decbytes"}),
                ("rate(iptraf_tcp_packets_total{}[5m])", {"pps"}),
                ("histogram_quantile(0.5, rate(iptraf_tcp_handshake_seconds_bucket{}[5m]))", {"s"}),
                ("iptraf_table_entries{} / iptraf_table_capacity{}", {"percentunit"}),
                ("process_resident_memory_bytes{}", {"bytes", "decbytes"})):
            with self.subTest(expression):
                self.assertEqual(grafana_units.expected(expression), units)

    def test_what_goes_out_is_drawn_below_the_axis(self):
        for where, panel in PANELS:
            with self.subTest(where):
                names = [t.get("legendFormat", "") for t in panel["targets"]]
                if panel["type"] != "timeseries" or not any(name.endswith(" out") for name in names):
                    self.assertEqual(grafana_dashboards.overrides(panel, "byRegexp"), {})
                    continue
                for name in names:
                    self.assertRegex(name, " (in|out)$")
                    self.assertEqual(grafana_dashboards.is_mirrored(panel, name), name.endswith(" out"))
