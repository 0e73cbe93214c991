# SPDX-License-Identifier: GPL-2.0-or-later
"""Kubernetes objects: what kustomize renders, and the judges that know their types."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

import lab
import npm_packages

try:
    import yaml
except ImportError:
    yaml = None

# Where the types of a kind are.
MODULES = {
    "ConfigMap": "kubernetes-models/v1/ConfigMap",
    "DaemonSet": "kubernetes-models/apps/v1/DaemonSet",
    "Namespace": "kubernetes-models/v1/Namespace",
    "PodMonitor": "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor",
    "PrometheusRule": "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule",
    "ServiceAccount": "kubernetes-models/v1/ServiceAccount",
}
COMPILER = ("node_modules/.bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "--module", "esnext",
            "--moduleResolution", "bundler", "--target", "es2022")
# Also the patterns of values, which types do not have.
VALIDATE = """
for (const [index, [object, path]] of JSON.parse(require("fs").readFileSync(0, "utf8")).entries()) {
  const kind = require(path)[object.kind];
  try {
    new kind(object).validate();
  } catch (error) {
    console.log(`${index} ${error.message}`);
  }
}
"""


def are_judgeable():
    return yaml is not None and shutil.which("kubectl") is not None and npm_packages.is_installable()


def can_patch():
    """The kustomize of this kubectl takes folders as resources, and patches with a target."""
    if not are_judgeable():
        return False
    version = yaml.safe_load(lab.run("kubectl", "version", "--client", "--output=yaml").stdout)["clientVersion"]
    return (int(version["major"]), int(version["minor"].rstrip("+"))) >= (1, 22)


def load(text):
    return list(yaml.safe_load_all(text))


def render(folder):
    """The objects of a kustomization."""
    done = lab.run("kubectl", "kustomize", folder, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())
    return load(done.stdout)


def faults(objects):
    """What is wrong with objects by the types of their kinds, fields unknown or missing, wrong types and values, as
    [(index of the object, text)]."""
    judges = npm_packages.install("deploy")
    lines = []
    for index, thing in enumerate(objects):  # two lines each
        kind = thing["kind"]
        lines += [f'import type {{ I{kind} as Type{index} }} from "{MODULES[kind]}";',
                  f"export const object{index}: Type{index} = {json.dumps(thing)};"]
    with tempfile.TemporaryDirectory(dir=judges) as folder:
        source = pathlib.Path(folder, "objects.ts")
        source.write_text("\n".join(lines), encoding="utf-8")
        done = lab.run(*COMPILER, source, cwd=judges, check=False)
    typed = done.stdout.decode()
    assert (done.returncode == 0) == (typed == ""), done
    valid = subprocess.run(["node", "-e", VALIDATE], cwd=judges, text=True, capture_output=True, check=True,
                           input=json.dumps([[thing, MODULES[thing["kind"]]] for thing in objects]),
                           timeout=lab.PATIENCE_SECONDS).stdout
    return ([((int(line) - 1) // 2, text) for line, text in re.findall(r"objects\.ts\((\d+),\d+\): (.*)", typed)] +
            [(int(index), text) for index, text in re.findall(r"^(\d+) (.*)", valid, re.M)])
