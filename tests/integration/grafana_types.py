# SPDX-License-Identifier: GPL-2.0-or-later
"""Grafana's own types as judge of a dashboard: the JSON as a TypeScript constant, compiled."""
import json
import pathlib
import subprocess
import tempfile

import lab
import npm_packages

OPTIONS = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext", "--moduleResolution",
           "bundler", "--pretty", "false"]


def complaints(documents):
    """{name: the compiler's lines about it} of {name: a dashboard's JSON}."""
    judge = npm_packages.install("grafana")
    with tempfile.TemporaryDirectory(dir=judge) as folder:
        for name, document in documents.items():
            pathlib.Path(folder, f"{name}.ts").write_text(
                "import type {Dashboard} from '../dashboard_types';\n"
                f"export const dashboard: Dashboard = {json.dumps(document, indent=1)};\n", encoding="utf-8")
        files = [f"{name}.ts" for name in documents]
        done = subprocess.run([judge / "node_modules" / ".bin" / "tsc", *OPTIONS, *files], cwd=folder, check=False,
                              capture_output=True, text=True, timeout=lab.PATIENCE_SECONDS)
    lines = done.stdout.splitlines()
    found = {name: [line for line in lines if line.startswith(f"{name}.ts(")] for name in documents}
    if done.returncode != 0 and not any(found.values()):
        raise AssertionError(f"the compiler failed: {done.stdout}{done.stderr}")
    return found
