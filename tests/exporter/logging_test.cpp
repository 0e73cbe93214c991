// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of logfmt values: bare where they can be, quoted and escaped elsewhere.
#include "logging.hpp"

#include "support/catch.hpp"

using iptraf::logfmt_value;

TEST_CASE("A plain word is a bare value") {
  CHECK(logfmt_value("ready") == "ready");
  CHECK(logfmt_value("/path/to:80,x'y") == "/path/to:80,x'y");
}

TEST_CASE("An empty value and one with blanks or equal signs is quoted") {
  CHECK(logfmt_value("") == "\"\"");
  CHECK(logfmt_value("two words") == "\"two words\"");
  CHECK(logfmt_value("a=b") == "\"a=b\"");
  CHECK(logfmt_value("caf\xc3\xa9") == "\"caf\xc3\xa9\"");
}

TEST_CASE("Quotes and backslashes are escaped") {
  CHECK(logfmt_value("say \"hi\"") == "\"say \\\"hi\\\"\"");
  CHECK(logfmt_value("a\\b") == "\"a\\\\b\"");
  CHECK(logfmt_value("\"") == "\"\\\"\"");
}

TEST_CASE("No value can begin a second line or a second pair") {
  CHECK(logfmt_value("a\nlevel=error").find('\n') == std::string::npos);
}
