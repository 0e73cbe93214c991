# SPDX-License-Identifier: GPL-2.0-or-later
"""The rule files that are shipped, and their cases, as Python sees them."""
import re

import yaml

import lab

FOLDER = lab.TOP / "dashboards" / "prometheus"
RECORDING = FOLDER / "iptraf_recording.rules.yml"
ALERTS = FOLDER / "iptraf_alerts.rules.yml"
RUNBOOK = FOLDER / "runbook.md"
CASES = lab.TOP / "tests" / "data" / "rules"


def rules(path):
    return [rule for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


def alerts():
    return {rule["alert"]: rule for rule in rules(ALERTS)}


def recorded():
    return {rule["record"]: rule["expr"] for rule in rules(RECORDING)}


def tests():
    """Every test of the files of cases."""
    return [test for path in sorted(CASES.glob("*.test.yml")) for test in yaml.safe_load(path.read_text())["tests"]]


def in_seconds(text):
    """The alerts for a test that lasts seconds: `for` is nothing, and databases that are written each second
    instead of every five minutes are stale after 10 seconds instead of 900. All else is as it is shipped."""
    text = re.sub(r"^(\s+for:) \d+m$", r"\1 0s", text, flags=re.MULTILINE)
    return text.replace("> 900 unless", "> 10 unless")
