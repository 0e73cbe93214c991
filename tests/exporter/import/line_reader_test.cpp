// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of files of any size and content.
#include "import/line_reader.hpp"

#include <sys/stat.h>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace iptraf::importer {
namespace {

std::vector<std::string> lines_of(const std::string& path) {
  LineReader reader(path);
  std::vector<std::string> lines;
  for (std::string_view line; reader.next(line);) {
    lines.push_back(std::string(line) + (reader.is_too_long() ? "..." : ""));
    CHECK(reader.line_number() == lines.size());
  }
  CHECK(reader.bytes_read() == reader.file_bytes());
  return lines;
}

}  // namespace

TEST_CASE("Lines end with a line feed, with a carriage return before it, or with the file", "[import]") {
  const test::TemporaryDirectory folder;
  using Lines = std::vector<std::string>;
  CHECK(lines_of(folder.write("a", "")).empty());
  CHECK(lines_of(folder.write("b", "one\r\n\ntwo\n")) == Lines{"one", "", "two"});
  CHECK(lines_of(folder.write("c", std::string("a\0b\nlast", 8))) == Lines{std::string("a\0b", 3), "last"});
}

TEST_CASE("Only the beginning of a line that is too long is kept", "[import]") {
  const test::TemporaryDirectory folder;
  const std::string whole(kMaxLineBytes, 'x');
  const std::string path = folder.write("a", whole + "\n" + whole + std::string(1000000, 'y') + "\nend\n");
  CHECK(lines_of(path) == std::vector<std::string>{whole, whole + "...", "end"});
}

TEST_CASE("Lines across the chunks of a large file are whole", "[import]") {
  const test::TemporaryDirectory folder;
  std::string text;
  for (int i = 0; i < 60000; ++i) text += "line " + std::to_string(i) + "\n";
  const auto lines = lines_of(folder.write("a", text));
  REQUIRE(lines.size() == 60000);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i] != "line " + std::to_string(i)) FAIL(lines[i]);
  }
}

TEST_CASE("What is no regular file is refused without waiting for it", "[import]") {
  const test::TemporaryDirectory folder;
  CHECK_THROWS_AS(LineReader(folder.file("missing")), ImportError);
  CHECK_THROWS_WITH(LineReader(folder.path()), "cannot read the log " + folder.path() + ": it is not a regular file");
  REQUIRE(::mkfifo(folder.file("fifo").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(LineReader(folder.file("fifo")),
                    "cannot read the log " + folder.file("fifo") + ": it is not a regular file");
}

}  // namespace iptraf::importer
