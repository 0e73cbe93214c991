#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The shipped rules: promtool and vmalert accept them, their cases hold, and all they name exists."""
import re
import shutil
import tempfile
import unittest

import lab
import prometheus_server
import rules

CAPTURE = lab.CAPTURES / "tcpreplay__test_test.pcap"
# What Prometheus itself gives to each target.
OF_PROMETHEUS = {"up", "scrape_samples_scraped"}
NAME = re.compile(r"\b((?:iptraf|process|scrape)_[a-z_]+|up)\b(?!:)")


def metric_names(expression):
    """The names of the exporter's metrics in an expression, without matchers, groupings and recorded names."""
    bare = re.sub(r"\{[^}]*\}|\b(?:without|by|on|ignoring)\s*\([^)]*\)|\w+:\w+:\w+", " ", expression)
    return set(NAME.findall(bare))


@unittest.skipUnless(prometheus_server.is_installed(), "needs prometheus")
class Judges(unittest.TestCase):
    def test_promtool_accepts_the_rules(self):
        done = lab.run("promtool", "check", "rules", "--lint-fatal", rules.RECORDING, rules.ALERTS, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())

    def test_every_case_holds(self):
        for path in sorted(rules.CASES.glob("*.test.yml")):
            with self.subTest(path=path.name):
                done = lab.run("promtool", "test", "rules", path, check=False)
                self.assertEqual(done.returncode, 0, (done.stdout + done.stderr).decode())

    @unittest.skipUnless(shutil.which("vmalert"), "needs vmalert")
    def test_vmalert_accepts_the_rules(self):
        done = lab.run("vmalert", "-dryRun", f"-rule={rules.RECORDING}", f"-rule={rules.ALERTS}", check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())


class Form(unittest.TestCase):
    def test_every_alert_says_what_it_is(self):
        for name, alert in rules.alerts().items():
            with self.subTest(alert=name):
                self.assertRegex(name, r"^Iptraf([A-Z][a-z]+)+$")
                self.assertRegex(alert["for"], r"^[1-9]\d*m$")
                self.assertIn(alert["labels"]["severity"], {"critical", "warning", "info"})
                self.assertEqual(set(alert["annotations"]), {"summary", "description", "runbook"})
                self.assertEqual(alert["annotations"]["runbook"], f"runbook.md#{name.lower()}")

    def test_every_alert_names_what_it_is_about(self):
        for name, alert in rules.alerts().items():
            text = alert["annotations"]["description"]
            with self.subTest(alert=name):
                self.assertTrue(name == "IptrafTargetMissing" or "$labels.instance" in text)
                for variable in re.findall(r"\{\{ \$value ([^}]*)\}\}", text):
                    self.assertRegex(variable, r"^\| humanize(Percentage|Duration)? $")

    def test_the_runbook_has_a_section_for_each_alert_and_no_other(self):
        text = rules.RUNBOOK.read_text()
        self.assertEqual(re.findall(r"^## (.+)$", text, re.MULTILINE), list(rules.alerts()), "in the same order")
        for section in text.split("\n## ")[1:]:
            with self.subTest(section=section.split("\n")[0]):
                self.assertIn("\n- Look at: ", section)
                self.assertIn("\n- Do: ", section)

    def test_every_recorded_name_has_level_metric_and_operations(self):
        for name in rules.recorded():
            self.assertRegex(name, r"^(instance|job)(_[a-z]+)*:iptraf_[a-z_]+:[a-z0-9_]+$")

    def test_alerts_stand_without_recording_rules(self):
        for name, alert in rules.alerts().items():
            self.assertNotRegex(re.sub(r"\{[^}]*\}", "", alert["expr"]), r"\w:\w", name)


class Cases(unittest.TestCase):
    def test_each_alert_has_cases_in_which_it_fires_and_in_which_not(self):
        fires, silent = set(), set()
        for test in rules.tests():
            for case in test.get("alert_rule_test", []):
                (fires if case["exp_alerts"] else silent).add(case["alertname"])
        self.assertEqual(fires, set(rules.alerts()))
        self.assertEqual(silent, set(rules.alerts()))

    def test_each_recording_rule_has_a_case(self):
        asked = {case["expr"] for test in rules.tests() for case in test.get("promql_expr_test", [])}
        self.assertEqual(asked, set(rules.recorded()))


class Names(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        exporter = cls.enterClassContext(lab.Exporter(f"--capture.file={CAPTURE}", f"--rrd.directory={folder}"))
        page = exporter.page_when(lambda page: page.sum("iptraf_lan_station_info"), "the capture is counted")
        cls.shown = {name for name, _labels in page.samples}

    def test_every_metric_of_the_rules_is_on_the_page_of_an_exporter(self):
        used = set()
        for expression in [*rules.recorded().values(), *(alert["expr"] for alert in rules.alerts().values())]:
            used |= metric_names(expression)
        self.assertGreater(len(used), 20)
        self.assertEqual(used - self.shown - OF_PROMETHEUS, set())

    def test_every_metric_of_the_runbook_is_on_the_page_of_an_exporter(self):
        used = set(re.findall(r"\b(?:iptraf|process)_[a-z_]+", rules.RUNBOOK.read_text()))
        self.assertEqual(used - self.shown, {"iptraf_exporter", "iptraf_alerts"})


if __name__ == "__main__":
    unittest.main()
