// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of printable_utf8(): what stays, and what becomes a number.
#include "core/text.hpp"

#include "support/catch.hpp"

using iptraf::printable_utf8;

TEST_CASE("Printable text of every length stays as it is") {
  const char* const texts[] = {"",
                               "eth0",
                               "a \"b\" \\ c",
                               "\xc3\xa9",
                               "\xe2\x82\xac",
                               "\xf0\x9f\x98\x80",
                               "\xed\x9f\xbf",
                               "\xee\x80\x80",
                               "\xf4\x8f\xbf\xbf",
                               "\xc2\xa0",
                               "\xdf\xbf",
                               "\xe0\xa0\x80",
                               "~"};
  for (const char* text : texts) CHECK(printable_utf8(text) == text);
}

TEST_CASE("Control characters become numbers") {
  CHECK(printable_utf8("a\nb") == "a\\x0ab");
  CHECK(printable_utf8("\t\r\x1b[0m") == "\\x09\\x0d\\x1b[0m");
  CHECK(printable_utf8("\x7f") == "\\x7f");
  CHECK(printable_utf8(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(printable_utf8("\xc2\x80") == "\\xc2\\x80");
  CHECK(printable_utf8("\xc2\x9f") == "\\xc2\\x9f");
}

TEST_CASE("What would end a line or turn the text behind it round becomes numbers") {
  CHECK(printable_utf8("a\xe2\x80\xaetxt.exe") == "a\\xe2\\x80\\xaetxt.exe");
  for (const char* text : {"\xe2\x80\xa8", "\xe2\x80\xaa", "\xe2\x81\xa6", "\xe2\x81\xa9"}) {
    CHECK(printable_utf8(text).size() == 12);
  }
  for (const char* text : {"\xe2\x80\xa7", "\xe2\x80\xaf", "\xe2\x81\xa5", "\xe2\x81\xaa", "\xe3\x80\xaa"}) {
    CHECK(printable_utf8(text) == text);
  }
}

TEST_CASE("What is no UTF-8 becomes numbers, byte by byte") {
  CHECK(printable_utf8("\xff") == "\\xff");
  CHECK(printable_utf8("\x80x") == "\\x80x");
  CHECK(printable_utf8("\xc0\xaf") == "\\xc0\\xaf");
  CHECK(printable_utf8("\xc1\xbf") == "\\xc1\\xbf");
  CHECK(printable_utf8("\xe0\x80\xaf") == "\\xe0\\x80\\xaf");
  CHECK(printable_utf8("\xed\xa0\x80") == "\\xed\\xa0\\x80");
  CHECK(printable_utf8("\xf0\x80\x80\x80") == "\\xf0\\x80\\x80\\x80");
  CHECK(printable_utf8("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
  CHECK(printable_utf8("\xf5\x80\x80\x80") == "\\xf5\\x80\\x80\\x80");
  CHECK(printable_utf8("\xe2\x82") == "\\xe2\\x82");
  CHECK(printable_utf8("\xf0\x9f\x98") == "\\xf0\\x9f\\x98");
  CHECK(printable_utf8("\xe2(\xa1") == "\\xe2(\\xa1");
}

TEST_CASE("Every pair of bytes gives valid text that stays as it is") {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      const std::string once = printable_utf8(text);
      REQUIRE(printable_utf8(once) == once);
    }
  }
}
