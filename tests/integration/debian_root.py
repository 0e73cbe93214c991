# SPDX-License-Identifier: GPL-2.0-or-later
"""A fresh Debian in a folder, and a real systemd that boots in it: its own processes, network, mounts and cgroups."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import lab

RELEASE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
INSTALL_PATIENCE_SECONDS = 400

# Runs as the first process of the new namespaces. $1: the root, $2: the mount point of the cgroups, $3: the group.
BOOT = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount --bind -o ro "$1/proc/sys" "$1/proc/sys"
mount -o remount,bind,ro "$1/proc/sys"
mount -t sysfs -o ro sysfs "$1/sys"
mount -t cgroup2 cgroup2 "$2"
mkdir -p "$2/$3"
echo $$ > "$2/$3/cgroup.procs"
exec unshare --cgroup bash -ec '
  mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
  mount -t tmpfs tmpfs "$1/run"
  mount -t tmpfs tmpfs "$1/tmp"
  cd "$1"
  pivot_root . mnt
  umount -l /mnt
  exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=multi-user.target
' - "$1"
"""


def is_possible():
    return os.geteuid() == 0 and all(map(shutil.which, ("mmdebstrap", "unshare", "nsenter")))


class DebianRoot:
    """A minimal Debian with systemd, as a folder that goes with the object."""

    def __init__(self, *packages, copy_of=None):
        self.folder = tempfile.mkdtemp(prefix="iptraf_debian.")
        self.path = pathlib.Path(self.folder, "root")
        self.group = pathlib.Path(self.folder).name
        self.boot_process = None
        self.init_pid = None
        if copy_of is not None:
            self.must("cp", "--archive", copy_of, self.path)
            return
        include = ",".join(("ca-certificates", "dbus", "systemd", "systemd-sysv", *packages))
        self.must("mmdebstrap", "--variant=minbase", "--dpkgopt=force-unsafe-io", f"--include={include}", RELEASE, self.path, MIRROR)
        shutil.copy("/etc/resolv.conf", self.path / "etc" / "resolv.conf")

    @staticmethod
    def must(*command, **options):
        done = subprocess.run([str(x) for x in command], capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=INSTALL_PATIENCE_SECONDS, **options)
        if done.returncode != 0:
            raise AssertionError(f"{command}: exit {done.returncode}: {done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done.stdout

    def chroot(self, *command):
        """Runs a command in it without booting, on the network of this machine; gives its output."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
        return self.must("unshare", "--mount", "--pid", "--fork", "--kill-child", f"--root={self.path}", *command,
                         env=environment)

    def copy(self):
        """Another one with the same files."""
        return DebianRoot(copy_of=self.path)

    def boot(self):
        """Starts systemd and waits until it has started what is enabled."""
        cgroups = pathlib.Path(self.folder, "cgroups")
        cgroups.mkdir()
        with open(pathlib.Path(self.folder, "boot.log"), "wb") as log:
            self.boot_process = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--net", "--uts", "--ipc", "bash", "-c", BOOT,
                 "boot", self.path, cgroups, self.group], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        children = pathlib.Path(f"/proc/{self.boot_process.pid}/task/{self.boot_process.pid}/children")
        self.init_pid = int(lab.wait_until(lambda: self.boot_output(children.read_text(encoding="ascii")),
                                           "the first process runs").split()[0])
        lab.wait_until(lambda: self.boot_output(
            self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded")),
            "systemd runs")

    def boot_output(self, value):
        """`value`, unless the boot has ended, which is an error."""
        if self.boot_process.poll() is not None:
            raise AssertionError(pathlib.Path(self.folder, "boot.log").read_text(errors="replace"))
        return value

    def run(self, *command, check=True):
        """Runs a command inside of what was booted."""
        done = subprocess.run(["nsenter", "--all", f"--target={self.init_pid}", "env", "-i",
                               "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive",
                               *[str(x) for x in command]],
                              capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                              timeout=INSTALL_PATIENCE_SECONDS)
        if check and done.returncode != 0:
            raise AssertionError(f"{command}: exit {done.returncode}: {done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done

    def in_network(self, *command):
        """Runs a program of this machine in the booted network."""
        return self.must("nsenter", "--net", f"--target={self.init_pid}", *command)

    def files(self):
        """Every path below the root but those of running, caching and logging, as of `find`."""
        skipped = ("dev", "proc", "run", "sys", "tmp", "var/cache", "var/log/journal", "var/lib/apt", "var/tmp")
        found = set()
        for folder, folders, names in os.walk(self.path):
            relative = os.path.relpath(folder, self.path)
            if relative in skipped:
                folders.clear()
                continue
            found.update(os.path.normpath(os.path.join(relative, name)) for name in (*folders, *names))
        return found

    def close(self):
        if self.init_pid is not None:
            subprocess.run(["kill", "-KILL", str(self.init_pid)], check=False)
            self.boot_process.wait(lab.PATIENCE_SECONDS)
        self.remove_cgroups()
        shutil.rmtree(self.folder, ignore_errors=True)

    def remove_cgroups(self):
        """Groups cannot be removed like files, and only once their last process is gone."""
        script = ('mount -t cgroup2 cgroup2 "$1" && find "$1/$2" -depth -type d -exec rmdir {} +')
        if self.init_pid is None:
            return
        for _attempt in range(50):
            done = subprocess.run(["unshare", "--mount", "bash", "-c", script, "-", f"{self.folder}/cgroups", self.group],
                                  check=False, capture_output=True)
            if done.returncode == 0:
                return
            time.sleep(0.1)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()
