#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual pages say what the program's --help and the default configuration say; the completion offers it."""
import pathlib
import re
import shutil
import tempfile
import unittest

import lab

DEPLOY = lab.TOP / "deploy"
BUILT = pathlib.Path(lab.EXPORTER).resolve().parent / "deploy"


def help_flags(*command):
    """{flag: name of its value, or ""} of --help."""
    text = lab.run(lab.EXPORTER, *command, "--help").stdout.decode()
    flags = {}
    for line in re.findall(r"^  (?:-h, )?(--\S.*)$", text, re.M):
        flag, _equals, value = re.split(r"\s{2,}", line)[0].partition("=")
        for name in (flag.replace("[no-]", ""), flag.replace("[no-]", "no-")):
            flags[name] = value
    return flags


def manual_flags(section):
    """{flag: name of its value, or ""} of a section of the manual, as mdoc's macros mark them."""
    text = (DEPLOY / "man/iptraf_exporter.8").read_text(encoding="ascii")
    text = re.search(rf"^\.Sh {section}$(.*?)^\.Sh ", text, re.M | re.S)[1]
    flags = {}
    for item in re.findall(r"^\.It Fl (.*)$", text, re.M):
        for flag in item.replace(" , Fl ", "\n").splitlines():
            name, _ns, value = flag.partition(" Ns = Ns ")
            if name.startswith("-"):
                flags["-" + name] = re.sub(r"^(Ar|Cm) ", "", value)
    return flags


class Manual(unittest.TestCase):
    def test_options_are_those_of_help(self):
        self.assertEqual(manual_flags("OPTIONS"), help_flags())

    def test_options_of_import_are_those_of_its_help(self):
        wanted = help_flags("import")
        del wanted["--help"]
        self.assertEqual(wanted.pop("--output"), "FILE or DIR")
        found = manual_flags("IMPORT")
        self.assertEqual(found.pop("--output"), "FILE")
        self.assertEqual(found, wanted)

    def test_defaults_are_those_of_help(self):
        text = lab.run(lab.EXPORTER, "--help").stdout.decode()
        manual = (DEPLOY / "man/iptraf_exporter.8").read_text(encoding="ascii")
        checked = []
        for flag, default in re.findall(r"^  (--[a-z.-]+)\S*\s(?:(?!^  -)[\s\S])*?\(default: ([^)]+)\)", text, re.M):
            if "/" not in default and not re.fullmatch(r"\w+|:\d+", default) or default in ("none", "off", "on", "false"):
                continue  # what is on, off or absent by default is told in words
            with self.subTest(flag=flag):
                item = re.search(rf"^\.It Fl {re.escape(flag[1:])}\b.*$(?P<text>[\s\S]*?)^\.(It|El)", manual, re.M)
                self.assertIn(default, item["text"])
            checked.append(flag)
        self.assertLessEqual({"--capture.interface", "--capture.replay", "--format", "--web.listen-address", "--log.level"},
                             set(checked))

    def test_the_default_configuration_stands_in_the_manual(self):
        rendered = lab.run("mandoc", "-Tascii", "-Owidth=200", BUILT / "iptraf_exporter.yml.5").stdout.decode()
        rendered = re.sub(r".\x08", "", rendered)
        for line in (lab.TOP / "config/iptraf_exporter.yml").read_text(encoding="ascii").splitlines():
            with self.subTest(line=line):
                self.assertIn(line, rendered)

    @unittest.skipUnless(shutil.which("mandoc"), "needs mandoc")
    def test_mandoc_finds_nothing_wrong(self):
        for page in (DEPLOY / "man/iptraf_exporter.8", BUILT / "iptraf_exporter.yml.5"):
            done = lab.run("mandoc", "-Tlint", "-Wwarning", page, check=False)
            self.assertEqual((done.returncode, done.stdout.decode()), (0, ""))


COMPLETE = """
source "$1"
line="$2"
COMP_LINE=$line COMP_POINT=${#line}
IFS=$' \\t\\n='; read -ra COMP_WORDS <<<"${line%[ =]}"; unset IFS
case $line in *[\\ =]) COMP_WORDS+=("") ;; esac
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMP_WORDS[0]=$3
_iptraf_exporter
printf '%s\\n' "${COMPREPLY[@]}"
"""


class BashCompletion(unittest.TestCase):
    def complete(self, line, folder=None):
        done = lab.run("bash", "--norc", "-c", COMPLETE, "-", DEPLOY / "completion/iptraf_exporter.bash",
                       f"iptraf_exporter {line}", lab.EXPORTER, cwd=folder)
        return set(done.stdout.decode().split())

    def test_every_flag_is_offered(self):
        wanted = {flag + ("=" if value else "") for flag, value in help_flags().items()}
        self.assertEqual(self.complete("--"), wanted)
        self.assertEqual(self.complete("--capture.l"), {"--capture.local=", "--capture.loop"})

    def test_what_is_typed_is_text_and_no_command(self):
        with tempfile.TemporaryDirectory() as folder:
            for line in (f"--x/w {folder}/made=", "--a[=z", "--x/y&=z", "--$(touch made)=", "--*="):
                self.complete(line, folder)
            self.assertEqual(list(pathlib.Path(folder).iterdir()), [])

    def test_import_and_its_flags_are_offered(self):
        self.assertEqual(self.complete("im"), {"import"})
        self.assertEqual(self.complete("import --t"), {"--to=", "--timezone="})
        self.assertEqual(self.complete("import --to="), {"rrd", "openmetrics"})

    def test_values_are_offered(self):
        self.assertEqual(self.complete("--log.format="), {"logfmt", "json"})
        self.assertEqual(self.complete("--capture.replay=r"), {"realtime"})
        self.assertEqual(self.complete("--log.format l"), {"logfmt"})
        self.assertEqual(self.complete("--once --capt"), self.complete("--capt"))
        self.assertLessEqual({"auto", "all", "lo"}, self.complete("--capture.interface="))
        with tempfile.TemporaryDirectory() as folder:
            for name in ("a.pcap", "ab.pcap", "b.pcap"):
                pathlib.Path(folder, name).touch()
            self.assertEqual(self.complete("--capture.file=a", folder), {"a.pcap", "ab.pcap"})


COMPLETE_ZSH = """
compadd() { [[ $1 == -S ]] && shift 2; [[ $1 == -- ]] && shift; print -l -- "$@" }
compset() { PREFIX=${PREFIX#*=} }
_files() { print FILES }
words=(${(z)2}); words[1]=$3; CURRENT=$#words PREFIX=$words[-1]
source $1
"""


@unittest.skipUnless(shutil.which("zsh"), "needs zsh")
class ZshCompletion(unittest.TestCase):
    def complete(self, line):
        """What the function hands to zsh, which selects from it."""
        done = lab.run("zsh", "-f", "-c", COMPLETE_ZSH, "-", DEPLOY / "completion/_iptraf_exporter",
                       f"iptraf_exporter {line}", lab.EXPORTER)
        return set(done.stdout.decode().split())

    def test_every_flag_is_offered_and_import(self):
        wanted = {flag + ("=" if value else "") for flag, value in help_flags().items()}
        self.assertEqual(self.complete("--"), wanted | {"import"})

    def test_values_are_offered(self):
        self.assertEqual(self.complete("--log.format="), {"logfmt", "json"})
        self.assertLessEqual({"auto", "all", "lo"}, self.complete("--capture.interface="))
        self.assertEqual(self.complete("--config.file="), {"FILES"})
        self.assertEqual(self.complete("import --to="), {"rrd", "openmetrics"})


if __name__ == "__main__":
    unittest.main()
