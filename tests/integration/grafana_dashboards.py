# SPDX-License-Identifier: GPL-2.0-or-later
"""The Grafana dashboards as the tests see them: panels, targets, variables, and PromQL as Grafana would send it."""
import dataclasses
import json
import re

import lab

FOLDER = lab.TOP / "dashboards" / "grafana"
ANY = ".+"
# What Grafana puts in place of its variables, all choices open, for a range of five minutes at a scrape every second.
CHOICES = {"__rate_interval": "10s", "__range": "5m", "job": "iptraf", "instance": ANY, "device": ANY, "top": "10"}
VARIABLE = re.compile(r"\$(?:\{(\w+)(?:[:.][\w.]+)?\}|(\w+))")
METRIC = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^}]*)\}")


def interpolate(text, **choices):
    """`text` with Grafana's variables replaced; KeyError for one that nobody defines."""
    values = {**CHOICES, **choices}
    return VARIABLE.sub(lambda match: values[match[1] or match[2]], text)


def metrics(expression):
    """[(metric, matchers)] of all vector selectors."""
    return METRIC.findall(expression)


def legend(template, labels):
    """The name of a series."""
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda match: labels.get(match[1], ""), template)


@dataclasses.dataclass(frozen=True)
class Query:
    """An expression of a dashboard, and where it stands."""
    where: str
    expr: str
    dashboard: "Dashboard"
    panel: dict | None = None
    target: dict | None = None

    def is_range(self):
        return self.target is not None and self.target["range"]

    def unit(self):
        """Of the values that this query draws."""
        if self.panel["type"] == "table":
            return properties(self.panel, column(self.panel, self.target["refId"]))["unit"]
        return self.panel["fieldConfig"]["defaults"].get("unit")


def field(panel, ref):
    """The name of a query's values in a table, before it is renamed."""
    return "Value" if len(panel["targets"]) == 1 else f"Value #{ref}"


def organize(panel):
    return next(t["options"] for t in panel["transformations"] if t["id"] == "organize")


def column(panel, ref):
    return organize(panel)["renameByName"][field(panel, ref)]


def overrides(panel, matcher):
    """{what is matched: {property: value}} of the overrides with that matcher."""
    return {o["matcher"]["options"]: {p["id"]: p["value"] for p in o["properties"]}
            for o in panel["fieldConfig"]["overrides"] if o["matcher"]["id"] == matcher}


def properties(panel, name):
    return overrides(panel, "byName")[name]


def is_mirrored(panel, name):
    """Whether the series of that name is drawn below the axis."""
    return any(re.search(regex.strip("/"), name) and p.get("custom.transform") == "negative-Y"
               for regex, p in overrides(panel, "byRegexp").items())


class Dashboard:
    def __init__(self, path):
        self.name = path.stem
        self.json = json.loads(path.read_text(encoding="utf-8"))
        self.variables = {v["name"]: v for v in self.json["templating"]["list"]}

    def all_panels(self):
        """Rows included, and what stands in collapsed rows."""
        for panel in self.json["panels"]:
            yield panel
            yield from panel.get("panels", [])

    def panels(self):
        return [panel for panel in self.all_panels() if panel["type"] != "row"]

    def panel_queries(self):
        return [Query(f"{self.name}: {panel['title']}: {target['refId']}", target["expr"], self, panel, target)
                for panel in self.panels() for target in panel["targets"]]

    def annotation_queries(self):
        return [Query(f"{self.name}: annotation {a['name']}", a["expr"], self)
                for a in self.json["annotations"]["list"]]

    def queries(self):
        return self.panel_queries() + self.annotation_queries()

    def label_values(self):
        """[(variable, metric selector, label)] of its variables that ask Prometheus."""
        return [(name, *re.fullmatch(r"label_values\((.+), (\w+)\)", v["query"]["query"]).groups())
                for name, v in self.variables.items() if v["type"] == "query"]

    def links(self):
        """(where, url) of all data links."""
        for panel in self.panels():
            config = panel["fieldConfig"]
            lists = [config["defaults"].get("links", [])]
            lists += [p["value"] for o in config["overrides"] for p in o["properties"] if p["id"] == "links"]
            for link in sum(lists, []):
                yield f"{self.name}: {panel['title']}", link["url"]


def load():
    return [Dashboard(path) for path in sorted(FOLDER.glob("*.json"))]
