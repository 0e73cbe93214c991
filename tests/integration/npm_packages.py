# SPDX-License-Identifier: GPL-2.0-or-later
"""Node packages that tests use as judges, as tests/npm/NAME/package-lock.json pins them."""
import os
import pathlib
import shutil
import subprocess

import lab

SOURCES = lab.TOP / "tests" / "npm"
INSTALL_PATIENCE_SECONDS = 300


def is_installable():
    return shutil.which("node") is not None and shutil.which("npm") is not None


def install(name):
    """The folder that holds node_modules of tests/npm/NAME, beside the built program and not in the source tree.
    Installed anew when the lock file changed; no script of a package is run."""
    folder = pathlib.Path(lab.EXPORTER).resolve().parent / "npm" / name
    lock = (SOURCES / name / "package-lock.json").read_bytes()
    mark = folder / "installed.lock"
    if mark.is_file() and mark.read_bytes() == lock:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SOURCES / name, folder, ignore=shutil.ignore_patterns("node_modules"))
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder,
                          capture_output=True, text=True, timeout=INSTALL_PATIENCE_SECONDS, check=False,
                          env={**os.environ, "npm_config_update_notifier": "false"})
    if done.returncode != 0:
        raise AssertionError(f"npm ci in {folder}: {done.stderr}")
    mark.write_bytes(lock)
    return folder
