#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""deploy/kubernetes: what kustomize renders is of the types of Kubernetes and of the Prometheus operator, its parts fit
together, and the pod captures what it should with the rights that it asks for."""
import copy
import json
import os
import pathlib
import re
import tempfile
import unittest

import kubernetes_objects
import lab
import runc_container

KUBERNETES = lab.TOP / "deploy" / "kubernetes"
DASHBOARDS = lab.TOP / "dashboards" / "grafana"
RULES = lab.TOP / "dashboards" / "prometheus"
RENDER_RULES = KUBERNETES / "prometheus_operator" / "render_rules.sh"
CONFIG_MAP_LIMIT_BYTES = 1024 * 1024
ANNOTATION_LIMIT_BYTES = 262144  # kubectl apply without --server-side keeps the object in an annotation


def find(objects, kind):
    """The one object of a kind."""
    found, = [thing for thing in objects if thing["kind"] == kind]
    return found


@unittest.skipUnless(kubernetes_objects.are_judgeable(), "needs kubectl, node, npm and PyYAML")
class Objects(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = kubernetes_objects.render(KUBERNETES / "base")
        cls.operator = kubernetes_objects.render(KUBERNETES / "prometheus_operator")
        cls.rules = kubernetes_objects.load(lab.run(RENDER_RULES).stdout)
        cls.dashboards = kubernetes_objects.render(DASHBOARDS)
        cls.pod = find(cls.base, "DaemonSet")["spec"]["template"]
        cls.container, = cls.pod["spec"]["containers"]

    def test_every_object_is_of_its_type(self):
        everything = self.base + self.operator + self.rules + self.dashboards
        self.assertEqual(kubernetes_objects.faults(everything), [])

    def test_the_judges_see_what_is_wrong(self):
        wrong = ((("DaemonSet", "spec", "template", "spec", "hostNetwrk"), True),
                 (("DaemonSet", "spec", "template", "spec", "containers"), [{"image": "x"}]),
                 (("DaemonSet", "spec", "updateStrategy", "rollingUpdate"), "10%"),
                 (("PodMonitor", "spec", "podMetricsEndpoints", 0, "interval"), "often"),
                 (("PodMonitor", "spec", "podMetricsEndpoints", 0, "relabelings", 0, "action"), "labeldrp"),
                 (("PrometheusRule", "spec", "groups", 0, "rules"), [{"alert": "NoExpression"}]))
        objects = []
        for path, value in wrong:
            objects.append(copy.deepcopy(find(self.base + self.operator + self.rules[:1], path[0])))
            place = objects[-1]
            for key in path[1:-1]:
                place = place[key]
            place[path[-1]] = value
        faults = kubernetes_objects.faults(objects)
        self.assertEqual({index for index, _text in faults}, set(range(len(wrong))), faults)

    def test_names_and_namespaces_are_valid(self):
        for thing in self.base + self.operator + self.rules + self.dashboards:
            self.assertRegex(thing["metadata"]["name"], r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        namespace = find(self.base, "Namespace")["metadata"]["name"]
        for thing in self.base + self.operator:
            if thing["kind"] != "Namespace":
                self.assertEqual(thing["metadata"]["namespace"], namespace)

    def test_the_parts_refer_to_each_other(self):
        daemon_set = find(self.base, "DaemonSet")
        labels = self.pod["metadata"]["labels"]
        self.assertEqual(daemon_set["spec"]["selector"]["matchLabels"], labels)
        self.assertEqual(self.pod["spec"]["serviceAccountName"], find(self.base, "ServiceAccount")["metadata"]["name"])
        volume, = self.pod["spec"]["volumes"]
        mount, = self.container["volumeMounts"]
        config = find(self.base, "ConfigMap")
        self.assertEqual(mount["name"], volume["name"])
        self.assertEqual(volume["configMap"]["name"], config["metadata"]["name"])
        file, = config["data"]
        self.assertEqual(self.container["args"], [f"--config.file={mount['mountPath']}/{file}"])
        port, = self.container["ports"]
        self.assertEqual(str(port["containerPort"]), runc_container.dockerfile_value(r"^EXPOSE (\d+)$"))
        self.assertEqual(str(port["containerPort"]), self.pod["metadata"]["annotations"]["prometheus.io/port"])
        for probe in ("livenessProbe", "readinessProbe"):
            self.assertEqual(self.container[probe]["httpGet"]["port"], port["name"])
        monitor = find(self.operator, "PodMonitor")["spec"]
        self.assertEqual(monitor["selector"]["matchLabels"], labels)
        self.assertEqual([endpoint["port"] for endpoint in monitor["podMetricsEndpoints"]], [port["name"]])

    def test_the_image_is_the_projects(self):
        self.assertEqual(self.container["image"], f"iptraf_exporter:{lab.project_version()}")
        user = self.pod["spec"]["securityContext"]
        self.assertEqual(f"{user['runAsUser']}:{user['runAsGroup']}", runc_container.dockerfile_value(r"^USER (\S+)$"))

    def test_the_rules_are_those_of_the_repository(self):
        sources = sorted(RULES.glob("*.rules.yml"))
        self.assertEqual([rule["spec"] for rule in self.rules],
                         [kubernetes_objects.load(path.read_text(encoding="utf-8"))[0] for path in sources])
        self.assertEqual([rule["metadata"]["name"] for rule in self.rules],
                         [path.name.removesuffix(".rules.yml").replace("_", "-") for path in sources])

    def test_every_dashboard_is_a_config_map_that_grafanas_sidecar_takes(self):
        files = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in DASHBOARDS.glob("*.json")}
        self.assertTrue(files)
        found = {}
        for thing in self.dashboards:
            self.assertEqual(thing["metadata"]["labels"]["grafana_dashboard"], "1")
            (name, text), = thing["data"].items()
            found[name] = json.loads(text)
            self.assertEqual(thing["metadata"]["name"], found[name]["uid"])
        self.assertEqual(set(found), set(files), f"what {DASHBOARDS / 'kustomization.yaml'} lists")
        self.assertEqual(found, files)

    @unittest.skipUnless(kubernetes_objects.can_patch(), "needs kubectl 1.22 or later")
    def test_the_readmes_kustomization_works(self):
        text, = re.findall(r"```yaml\n(.*?)```", (KUBERNETES / "README.md").read_text(encoding="utf-8"), re.S)
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        repository = os.path.relpath(lab.TOP, folder.resolve())
        (folder / "kustomization.yaml").write_text(text.replace("../iptraf_exporter", repository), encoding="utf-8")
        objects = kubernetes_objects.render(folder)
        self.assertEqual(kubernetes_objects.faults(objects), [])
        container, = find(objects, "DaemonSet")["spec"]["template"]["spec"]["containers"]
        self.assertEqual(container["image"], f"registry.example.com/{self.container['image']}")
        monitor = find(objects, "PodMonitor")
        self.assertEqual(monitor["metadata"]["labels"]["release"], "kube-prometheus-stack")
        self.assertEqual(monitor["spec"]["podMetricsEndpoints"][0]["metricRelabelings"],
                         [{"action": "drop", "sourceLabels": ["__name__"], "regex": "iptraf_lan_station_.*"}])

    def test_no_object_is_too_large(self):
        for thing in self.base + self.operator + self.rules + self.dashboards:
            bytes_ = len(json.dumps(thing).encode())
            self.assertLess(bytes_, CONFIG_MAP_LIMIT_BYTES, thing["metadata"]["name"])
            self.assertLess(bytes_, ANNOTATION_LIMIT_BYTES, thing["metadata"]["name"])


@unittest.skipUnless(kubernetes_objects.are_judgeable(), "needs kubectl, node, npm and PyYAML")
class ANode(unittest.TestCase):
    """The container of the DaemonSet as a runtime starts it, in a namespace with interfaces as nodes have them."""

    PAIRS = (("eth0", "cali1"),
             ("cilium_net", "lxc1"), ("cni0", "flannel.1"), ("docker0", "br-1"), ("veth1", "cilium_1"))

    def setUp(self):
        if not runc_container.is_usable():
            self.skipTest("needs root and runc")
        self.node = self.enterContext(lab.Namespace("node"))
        self.node.ip("link set lo up")
        for one, other in self.PAIRS:
            self.node.ip(f"link add {one} type veth peer name {other}")
            for name in (one, other):
                self.node.ip(f"link set {name} up")
        objects = kubernetes_objects.render(KUBERNETES / "base")
        pod = find(objects, "DaemonSet")["spec"]["template"]["spec"]
        self.container, = pod["containers"]
        self.user = pod["securityContext"]
        self.config = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.config.chmod(0o755)
        for name, text in find(objects, "ConfigMap")["data"].items():
            (self.config / name).write_text(text, encoding="utf-8")

    def start(self, *arguments, handed_over=True):
        """The container with what its securityContext says."""
        rights = self.container["securityContext"]
        self.assertEqual(rights["capabilities"]["drop"], ["ALL"])
        self.assertTrue(rights["readOnlyRootFilesystem"])
        mount, = self.container["volumeMounts"]
        return self.enterContext(runc_container.Container(
            self.node, [*self.container["args"], *arguments], handed_over=handed_over,
            capabilities=[f"CAP_{name}" for name in rights["capabilities"]["add"]],
            no_new_privileges=not rights["allowPrivilegeEscalation"],
            user=f"{self.user['runAsUser']}:{self.user['runAsGroup']}",
            mounts=[runc_container.bind(self.config, mount["mountPath"])]))

    def devices(self, container):
        lab.wait_until(lambda: container.get(self.container["readinessProbe"]["httpGet"]["path"]), "it is ready")
        page = lab.Page(container.get("/metrics"))
        return {dict(labels)["device"] for (name, labels) in page.samples if name == "iptraf_capture_up"}

    def test_it_captures_the_node_and_not_its_pods(self):
        container = self.start()
        self.assertEqual(self.devices(container), {"eth0"})
        self.assertIsNotNone(container.get(self.container["livenessProbe"]["httpGet"]["path"]))

    def test_the_configuration_alone_leaves_pod_interfaces_out(self):
        self.assertEqual(self.devices(self.start("--capture.interface=all")), {"eth0", "lo"})

    def test_the_configuration_is_valid(self):
        file, = self.config.iterdir()
        done = lab.run(lab.EXPORTER, "--config.check", f"--config.file={file}", check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_runtime_that_hands_no_capability_over_leads_to_words(self):
        container = self.start(handed_over=False)
        self.assertEqual(container.wait(), 2)
        self.assertIn("Capturing needs the capability CAP_NET_RAW", container.log())


if __name__ == "__main__":
    unittest.main()
