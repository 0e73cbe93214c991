// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the station descriptions: both file forms, what wins, what a bad line says, and which files are refused.
#include "names/station_descriptions.hpp"

#include <sys/stat.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/packet_builder.hpp"
#include "support/temporary_directory.hpp"

using iptraf::names::DescriptionError;
using iptraf::names::StationDescriptions;
using iptraf::test::mac;
using iptraf::test::TemporaryDirectory;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The description of 00:20:1e:45:7e:00 in a file of these lines.
std::string description_of(const std::string& lines) {
  const TemporaryDirectory directory;
  StationDescriptions descriptions;
  CHECK(descriptions.read_file(directory.write("ethernet.desc", lines)).empty());
  return std::string(descriptions.find(mac("00:20:1e:45:7e:00")));
}

/// What reading these lines complains about, with the path taken off each message.
std::vector<std::string> problems_of(const std::string& lines, StationDescriptions descriptions = {}) {
  const TemporaryDirectory directory;
  const std::string path = directory.write("ethernet.desc", lines);
  std::vector<std::string> problems = descriptions.read_file(path);
  for (std::string& problem : problems) {
    REQUIRE(problem.starts_with(path + ":"));
    problem.erase(0, path.size() + 1);
  }
  return problems;
}

StationDescriptions configured_with(const std::map<std::string, std::string>& texts) {
  StationDescriptions descriptions;
  CHECK(descriptions.configure("descriptions", texts).empty());
  return descriptions;
}

std::string refusal_of(const std::string& path) {
  StationDescriptions descriptions;
  try {
    static_cast<void>(descriptions.read_file(path));
  } catch (const DescriptionError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("IPTraf's description files give a station its description") {
  CHECK(description_of("00201e457e00:Cisco gateway\n") == "Cisco gateway");
  CHECK(description_of("00201E457E00:Cisco gateway") == "Cisco gateway");
  CHECK(description_of("00201e457e00: a:b # c \n") == "a:b # c");
}

TEST_CASE("Files of iptraf-ng and of ethers(5) give a station its description") {
  CHECK(description_of("00:20:1e:45:7e:00 Cisco gateway\n") == "Cisco gateway");
  CHECK(description_of("00:20:1E:45:7E:00\t \tpal\t\n") == "pal");
  CHECK(description_of("0:20:1e:45:7e:0 pal\n") == "pal");
  CHECK(description_of("  00:20:1e:45:7e:00 pal\n") == "pal");
}

TEST_CASE("Empty lines, comments, carriage returns and a byte order mark are passed over") {
  CHECK(description_of("\n\r\n   \n#00201e457e00:no\n # no\n00201e457e00:yes\r\n\r\n") == "yes");
  CHECK(description_of("\xef\xbb\xbf"
                       "00201e457e00:yes\r\n") == "yes");
  CHECK(description_of("").empty());
  CHECK(description_of("00201e457e01:other\n").empty());
}

TEST_CASE("Descriptions are printable UTF-8") {
  CHECK(description_of("00201e457e00:caf\xc3\xa9\n") == "caf\xc3\xa9");
  CHECK(description_of("00201e457e00:a\x1b[31m\xff\n") == "a\\x1b[31m\\xff");
  CHECK(description_of(std::string("00201e457e00:a\0b\n", 17)) == "a\\x00b");
}

TEST_CASE("A description in a file ends between characters within 128 bytes, and a longer one is reported") {
  const std::string too_long = "expected a description of at most 128 bytes, got 129; the end is cut off";
  const std::string euro = "\xe2\x82\xac";
  for (const auto& [text, shown] : {std::pair(std::string(128, 'a'), std::string(128, 'a')),
                                    std::pair(std::string(125, 'a') + euro, std::string(125, 'a') + euro),
                                    std::pair(std::string(129, 'a'), std::string(128, 'a')),
                                    std::pair(std::string(126, 'a') + euro, std::string(126, 'a'))}) {
    const TemporaryDirectory directory;
    const std::string path = directory.write("a", "# first\n00201e457e00:" + text + "\n");
    StationDescriptions descriptions;
    const std::vector<std::string> problems = descriptions.read_file(path);
    CHECK(descriptions.find(mac("00:20:1e:45:7e:00")) == shown);
    if (text == shown) {
      CHECK(problems.empty());
    } else {
      CHECK(problems == std::vector<std::string>{path + ":2: " + too_long});
    }
  }
}

TEST_CASE("A long description that is not shown, because it is there already, is not reported") {
  const std::string line = "02000000000a:" + std::string(200, 'a') + "\n";
  CHECK(problems_of(line + line).size() == 1);
  CHECK(problems_of(line, configured_with({{"02:00:00:00:00:0a", "configured"}})).empty());
}

TEST_CASE("A configured description that is too long is cut and reported with its key") {
  StationDescriptions descriptions;
  CHECK(descriptions.configure("collectors.lan_station.descriptions",
                               {{"02:00:00:00:00:0a", std::string(127, 'a') + "\xc3\xa9"},
                                {"02:00:00:00:00:0b", std::string(128, 'b')}}) ==
        std::vector<std::string>{"collectors.lan_station.descriptions.02:00:00:00:00:0a: expected a description of at "
                                 "most 128 bytes, got 129; "
                                 "the end is cut off"});
  CHECK(descriptions.find(mac("02:00:00:00:00:0a")) == std::string(127, 'a'));
  CHECK(descriptions.find(mac("02:00:00:00:00:0b")) == std::string(128, 'b'));
}

TEST_CASE("Many configured descriptions that are too long are counted") {
  std::map<std::string, std::string> texts;
  for (int i = 10; i < 40; ++i) texts["02:00:00:00:00:" + std::to_string(i)] = std::string(200, 'a');
  StationDescriptions descriptions;
  const std::vector<std::string> problems = descriptions.configure("descriptions", texts);
  REQUIRE(problems.size() == StationDescriptions::kMaxProblems + 1);
  CHECK(problems.back() == "descriptions: 10 more problems like these");
}

TEST_CASE("A bad line tells its place and what was expected, and good lines still count") {
  const std::string expected =
      "2: expected a MAC address and a description, as in \"00201e457e00:Cisco gateway\" or "
      "\"00:20:1e:45:7e:00 Cisco gateway\", got \"";
  for (const std::string line :
       {"gateway", "00201e457e0:short", "00201e457e000:long", "00201e457e00 blank",
        "00201e457e00:", "00201e457e00:  ", "00201e457e00", "00201e457g00:x", "00:20:1e:45:7e:00",
        "00:20:1e:45:7e:00  ", "00:20:1e:45:7e:00:x", "00:20:1e:45:7e x", "00:20:1e:45:7e:000 x", "00:20:1e:45:7e: x",
        "00::1e:45:7e:00 x", ":", "100:20:1e:45:7e:00 x", "-0:20:1e:45:7e:00 x", "00-20-1e-45-7e-00 x"}) {
    std::string message = expected;
    message.append(line, 0, line.find_last_not_of(' ') + 1).append("\"");
    CHECK(problems_of("# first\n" + line + "\n02000000000a:good\n") == std::vector<std::string>{message});
  }
  const TemporaryDirectory directory;
  StationDescriptions descriptions;
  CHECK(descriptions.read_file(directory.write("x", "bad\n02000000000a:good\nbad")).size() == 2);
  CHECK(descriptions.find(mac("02:00:00:00:00:0a")) == "good");
}

TEST_CASE("A bad line is quoted printable and short, and many of them are counted") {
  CHECK(contains(problems_of("\x1b[2J\n").at(0), "got \"\\x1b[2J\""));
  CHECK(contains(problems_of(std::string(100000, 'x')).at(0), "got \"" + std::string(60, 'x') + "...\""));
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "bad\n";
  const std::vector<std::string> problems = problems_of(lines);
  REQUIRE(problems.size() == StationDescriptions::kMaxProblems + 1);
  CHECK(problems[19].starts_with("20: expected"));
  CHECK(problems[20] == " 980 more problems like these");
}

TEST_CASE("The first description of a station wins, and another one is reported") {
  CHECK(problems_of("02000000000a:printer\n02:00:00:00:00:0a printer\n").empty());
  CHECK(problems_of("02000000000a:printer\n\n02:00:00:00:00:0a scanner\n") ==
        std::vector<std::string>{
            "3: expected one description for each station: 02:00:00:00:00:0a is \"printer\" already, got \"scanner\""});
  CHECK(problems_of("02000000000a:printer\n02000000000b:printer\n").empty());

  const TemporaryDirectory directory;
  StationDescriptions descriptions;
  CHECK(descriptions.read_file(directory.write("a", "02000000000a:first\n")).empty());
  CHECK(descriptions.read_file(directory.write("b", "02000000000a:second\n02000000000b:added\n")).size() == 1);
  CHECK(descriptions.find(mac("02:00:00:00:00:0a")) == "first");
  CHECK(descriptions.find(mac("02:00:00:00:00:0b")) == "added");
}

TEST_CASE("Descriptions of the configuration win over files without a word") {
  const std::map<std::string, std::string> configured{{"02:00:00:00:00:0a", "configured\x07"}};
  CHECK(problems_of("02000000000a:printer\n02000000000a:scanner\n", configured_with(configured)).empty());
  const TemporaryDirectory directory;
  StationDescriptions descriptions = configured_with(configured);
  CHECK(descriptions.read_file(directory.write("a", "02000000000a:printer\n")).empty());
  CHECK(descriptions.find(mac("02:00:00:00:00:0a")) == "configured\\x07");
  CHECK(descriptions.find(mac("02:00:00:00:00:0b")).empty());
}

TEST_CASE("A file that cannot be read is refused with its path, the reason and what to do") {
  CHECK(refusal_of("/does/not/exist") ==
        "cannot read the station descriptions /does/not/exist: No such file or directory; name a text file that the "
        "exporter may read, or take this one off the list");
  const TemporaryDirectory directory;
  CHECK(contains(refusal_of(directory.path()), "Is a directory"));
  REQUIRE(::mkfifo(directory.file("fifo").c_str(), 0600) == 0);
  CHECK(contains(refusal_of(directory.file("fifo")), "it is no regular file"));
  CHECK(contains(refusal_of("/dev/zero"), "it is no regular file"));
}

TEST_CASE("A file of description is read up to 16 MiB and refused above") {
  const TemporaryDirectory directory;
  std::string text = "02000000000a:first\n";
  text += '#' + std::string(StationDescriptions::kMaxFileBytes - text.size() - 1, 'x');
  StationDescriptions descriptions;
  CHECK(descriptions.read_file(directory.write("full", text)).empty());
  CHECK(descriptions.find(mac("02:00:00:00:00:0a")) == "first");
  CHECK(contains(refusal_of(directory.write("over", text + "x")), "it is larger than 16777216 bytes"));
}

TEST_CASE("A file whose size is not known before it is read is read whole") {
  CHECK(refusal_of("/proc/self/status").empty());
  StationDescriptions descriptions;
  CHECK(descriptions.read_file("/proc/self/status").size() == StationDescriptions::kMaxProblems + 1);
}
