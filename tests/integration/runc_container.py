# SPDX-License-Identifier: GPL-2.0-or-later
"""The built program in a real container: run by runc as Docker, containerd and CRI-O do, in a root file system that
stands in for the image's, with the file capability and the health check that the Dockerfile gives it."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import lab

DOCKERFILE = lab.TOP / "deploy" / "container" / "Dockerfile"
PROGRAM = "/image/iptraf_exporter"
HEALTH_CHECK = "/image/health_check.sh"
FROM_HOST = ("/usr", "/lib", "/lib64", "/bin")


def dockerfile_value(pattern):
    """The one match of a pattern in the Dockerfile."""
    found = re.findall(pattern, DOCKERFILE.read_text(encoding="utf-8"), re.M)
    assert len(found) == 1, f"{pattern} is {len(found)} times in {DOCKERFILE}"
    return found[0]


def is_usable():
    if not shutil.which("runc") or not shutil.which("setcap") or not lab.can_make_namespaces():
        return False
    with lab.Namespace("runc") as namespace, Container(namespace, ["--version"]) as container:
        return container.wait() == 0


def bind(source, destination):
    return {"type": "bind", "source": str(source), "destination": destination, "options": ["rbind", "ro"]}


class Container(lab.Stoppable):
    """The program with these arguments in a network namespace. `capabilities` are what it may have at most; a runtime
    for Kubernetes also hands them to a user who is not root, Docker does not (`handed_over`)."""

    def __init__(self, namespace, arguments, *, capabilities=("CAP_NET_RAW",), handed_over=False,
                 no_new_privileges=False, user=None, mounts=(), file_capability=None):
        self.namespace = namespace
        self.name = f"{namespace.name}container"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="iptraf_container."))
        self.log_path = self.folder / "log"
        self.runc = ["runc", "--root", str(self.folder / "state")]
        self._make_root(file_capability or dockerfile_value(r"^RUN setcap (\S+) "), [m["destination"] for m in mounts])
        user_id, group_id = (user or dockerfile_value(r"^USER (\S+)$")).split(":")
        sets = ("bounding", "permitted", "effective") if handed_over else ("bounding",)
        (self.folder / "config.json").write_text(json.dumps({
            "ociVersion": "1.0.2",
            "process": {"user": {"uid": int(user_id), "gid": int(group_id)}, "args": [PROGRAM, *arguments], "cwd": "/",
                        "env": ["PATH=/usr/bin:/bin"], "noNewPrivileges": no_new_privileges,
                        "capabilities": {name: list(capabilities) for name in sets}},
            "root": {"path": "root", "readonly": True},
            "mounts": [{"type": "proc", "source": "proc", "destination": "/proc"},
                       *[bind(path, path) for path in FROM_HOST], *mounts],
            "linux": {"namespaces": [{"type": "mount"}, {"type": "pid"},
                                     {"type": "network", "path": f"/run/netns/{namespace.name}"}]}}))
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([*self.runc, "run", "--bundle", self.folder, self.name],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _make_root(self, file_capability, mount_points):
        root = self.folder / "root"
        for path in ("/proc", "/image", *FROM_HOST, *mount_points):
            (root / path[1:]).mkdir(parents=True)
        os.chmod(self.folder, 0o755)
        shutil.copy(lab.EXPORTER, root / PROGRAM[1:])
        shutil.copy(lab.TOP / "deploy/container/health_check.sh", root / HEALTH_CHECK[1:])
        lab.run("setcap", file_capability, root / PROGRAM[1:])

    def log(self):
        return self.log_path.read_text(errors="replace")

    def execute(self, *command):
        """A command inside, as the program's user."""
        return lab.run(*self.runc, "exec", self.name, *command, check=False)

    def get(self, path, port=10137):
        """Body of a page, asked inside the network namespace; None when it does not answer with success."""
        done = self.namespace.run("curl", "--silent", "--fail", f"http://127.0.0.1:{port}{path}", check=False)
        if done.returncode != 0 and self.process.poll() is not None:
            raise AssertionError(f"the container ended with {self.process.returncode}: {self.log()}")
        return done.stdout.decode() if done.returncode == 0 else None

    def page_when(self, condition, what):
        """The first page of metrics that satisfies condition(page)."""
        def attempt():
            text = self.get("/metrics")
            page = None if text is None else lab.Page(text)
            return page if page and condition(page) else None
        return lab.wait_until(attempt, what)

    def wait(self):
        """Exit status of a program that ends by itself."""
        return self.process.wait(lab.PATIENCE_SECONDS)

    def stop(self):
        if self.process.poll() is None:
            lab.run(*self.runc, "kill", self.name, "TERM", check=False)
        status = self.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        return status
