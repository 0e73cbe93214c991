#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules over the whole repository: which way includes point, what rooms may use, form, links, the collector recipe.

usage: contract_test.py [unittest arguments]
"""
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]

# Left to right, as exporter/README.md shows them. A room is a folder; files right in exporter/ are the last.
ROOMS = ["exporter/core", "config", "exporter/decode", "exporter/filter", "exporter/capture", "exporter/names", "collectors",
         "exporter/output", "exporter/import", "exporter/web", "exporter/privilege", "exporter"]
NO_THIRD_PARTY = ["exporter/core", "exporter/decode", "exporter/filter", "collectors"]
STANDARD_OR_POSIX = re.compile(r"^(?:[a-z_]+|(?:sys|linux|net|netinet|arpa)/[a-z_]+\.h|(?:unistd|poll|fnmatch|fcntl|"
                               r"pthread|dirent|netdb|signal|ifaddrs)\.h)$")


def tracked(*suffixes):
    """Files that git knows or would, so that build folders do not count."""
    out = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=TOP, check=True,
                         capture_output=True, text=True).stdout
    return [TOP / line for line in out.splitlines() if line.endswith(suffixes) and (TOP / line).is_file()]


def sources():
    return [path for path in tracked(".cpp", ".hpp") if not path.is_relative_to(TOP / "tests")]


def room_of(path):
    """The folder itself, or the one that it divides further; the last room is not divided."""
    folder = path.parent.relative_to(TOP)
    candidates = [folder.as_posix()] + [parent.as_posix() for parent in folder.parents if parent.as_posix() != ROOMS[-1]]
    return next((candidate for candidate in candidates if candidate in ROOMS), None)


def includes(path):
    """(quoted, name) of every include directive."""
    return [(kind == '"', name) for kind, name in re.findall(r'^#include (["<])([^">]+)', path.read_text(), re.M)]


def resolve(name):
    """The file that a quoted include names, in the two include directories."""
    for base in (TOP / "exporter", TOP):
        if (base / name).is_file():
            return base / name
    return None


class Architecture(unittest.TestCase):
    def test_every_source_stands_in_a_room(self):
        for path in sources():
            with self.subTest(path=path.relative_to(TOP)):
                self.assertIsNotNone(room_of(path))

    def test_an_include_never_points_to_the_right(self):
        for path in sources():
            for quoted, name in includes(path):
                target = resolve(name) if quoted else None
                if target is None or target.suffix not in (".hpp", ".cpp"):
                    continue
                with self.subTest(path=path.relative_to(TOP), include=name):
                    self.assertLessEqual(ROOMS.index(room_of(target)), ROOMS.index(room_of(path)))

    def test_rooms_on_the_packet_path_use_the_standard_library_alone(self):
        for path in sources():
            if room_of(path) not in NO_THIRD_PARTY:
                continue
            for quoted, name in includes(path):
                with self.subTest(path=path.relative_to(TOP), include=name):
                    self.assertTrue(quoted or STANDARD_OR_POSIX.match(name), "third-party include")

    def test_libpcap_is_used_in_capture_alone(self):
        for path in sources():
            if any(name.startswith("pcap") for _quoted, name in includes(path)):
                self.assertEqual(room_of(path), "exporter/capture", path)

    def test_every_room_says_what_lives_in_it(self):
        for room in ROOMS:
            self.assertGreater((TOP / room / "README.md").stat().st_size, 100, room)


class Form(unittest.TestCase):
    def test_every_source_begins_with_licence_and_purpose(self):
        for path in sources() + [p for p in tracked(".cpp", ".hpp") if p.is_relative_to(TOP / "tests")]:
            lines = path.read_text().splitlines()
            with self.subTest(path=path.relative_to(TOP)):
                self.assertEqual(lines[0], "// SPDX-License-Identifier: GPL-2.0-or-later")
                self.assertTrue(lines[1].startswith("// "), "line 2 tells the purpose")

    def test_nothing_is_empty_or_unfinished(self):
        mark = re.compile(r"\b(TODO|FIXME|XXX)\b")
        for path in tracked(".cpp", ".hpp", ".md", ".sh", ".py", ".yml", ".txt", ".cmake", ".def"):
            text = path.read_text()
            with self.subTest(path=path.relative_to(TOP)):
                self.assertTrue(text.strip())
                if path != pathlib.Path(__file__).resolve():
                    self.assertIsNone(mark.search(text))

    @unittest.skipUnless(shutil.which("clang-format"), "clang-format is not installed")
    def test_clang_format_agrees(self):
        files = [str(path) for path in tracked(".cpp", ".hpp")]
        run = subprocess.run(["clang-format", "--dry-run", "--Werror", *files], capture_output=True, text=True,
                             check=False)
        self.assertEqual(run.returncode, 0, run.stderr[:4000])

    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shellcheck_agrees(self):
        shebang = re.compile(r"^#!/(usr/)?bin/(env )?(ba|)sh\b")
        files = [str(path) for path in tracked("") if path.suffix in (".sh", ".bash") or
                 (not path.suffix and shebang.match(path.read_text(errors="replace")))]
        self.assertIn(str(TOP / ".ci/run"), files)
        run = subprocess.run(["shellcheck", *files], capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stdout[:4000])

    def test_links_between_documents_lead_somewhere(self):
        for path in tracked(".md"):
            for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text()):
                with self.subTest(path=path.relative_to(TOP), link=target):
                    self.assertTrue((path.parent / target).exists())


class Security(unittest.TestCase):
    def test_every_test_that_the_threat_table_names_exists(self):
        table = re.findall(r"^\| .* \| .* \| (.*) \|$", (TOP / "SECURITY.md").read_text(), re.M)[2:]
        self.assertGreater(len(table), 20)
        functions = {name for path in (TOP / "tests").rglob("*_test.py")
                     for name in re.findall(r"def (test_\w+)\(", path.read_text())}
        for cell in table:
            names = re.findall("`([^`]+)`", cell)
            self.assertTrue(names, cell)
            for name in names:
                with self.subTest(name=name):
                    self.assertTrue(name in functions or (TOP / name).is_file())


class CollectorRecipe(unittest.TestCase):
    """CONTRIBUTING's three steps: forgetting one is noticed."""

    def configure(self, change):
        """CMake's outcome on a copy of the tree after `change`."""
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "tree"
            for path in tracked(""):
                target = copy / path.relative_to(TOP)
                target.parent.mkdir(parents=True, exist_ok=True)
                if path.suffix not in (".pcap", ".pcapng", ".prom", ".json") or path.name == "CMakePresets.json":
                    shutil.copy(path, target)
            change(copy)
            return subprocess.run(["cmake", "-S", str(copy), "-B", f"{folder}/build", "-DIPTRAF_BUILD_TESTS=OFF"],
                                  capture_output=True, text=True, check=False)

    @staticmethod
    def register(copy):
        with open(copy / "collectors/collectors.def", "a", encoding="utf-8") as registry:
            registry.write("IPTRAF_COLLECTOR(newcomer)\n")

    def test_a_line_without_a_file_does_not_configure(self):
        run = self.configure(self.register)
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("no collectors/newcomer.cpp", " ".join(run.stderr.split()))

    def test_a_collector_without_a_test_does_not_configure(self):
        def change(copy):
            self.register(copy)
            shutil.copy(copy / "collectors/packet_size.cpp", copy / "collectors/newcomer.cpp")
        run = self.configure(change)
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("write tests/collectors/newcomer_test.cpp", " ".join(run.stderr.split()))

    def test_all_three_steps_configure(self):
        def change(copy):
            self.register(copy)
            shutil.copy(copy / "collectors/packet_size.cpp", copy / "collectors/newcomer.cpp")
            shutil.copy(copy / "tests/collectors/packet_size_test.cpp", copy / "tests/collectors/newcomer_test.cpp")
        run = self.configure(change)
        self.assertEqual(run.returncode, 0, run.stderr[-2000:])

    def test_a_file_without_a_line_is_noticed(self):
        listed = set(re.findall(r"^IPTRAF_COLLECTOR\((\w+)\)", (TOP / "collectors/collectors.def").read_text(), re.M))
        written = {path.stem for path in (TOP / "collectors").glob("*.cpp") if "const CollectorSpec " in path.read_text()
                   and path.stem != "registry"}
        self.assertEqual(written, listed)

    def test_one_name_serves_everywhere(self):
        for name in re.findall(r"^IPTRAF_COLLECTOR\((\w+)\)", (TOP / "collectors/collectors.def").read_text(), re.M):
            with self.subTest(collector=name):
                text = (TOP / f"collectors/{name}.cpp").read_text()
                self.assertIn(f'.name = "{name}"', text)
                self.assertIn(f"[{name}]({name}.cpp)", (TOP / "collectors/README.md").read_text())
                self.assertRegex((TOP / "config/iptraf_exporter.yml").read_text(), rf"(?m)^  {name}:")
                for metric in re.findall(r'"(iptraf_[a-z0-9_]+)"', text):
                    self.assertTrue(metric.startswith(f"iptraf_{name}_"), metric)


if __name__ == "__main__":
    unittest.main()
