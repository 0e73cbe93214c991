// SPDX-License-Identifier: GPL-2.0-or-later
// gzip output is read back by zlib; Accept-Encoding follows RFC 9110.
#include "web/gzip.hpp"

#include <array>

#include "support/catch.hpp"
#include "support/gunzip.hpp"

namespace {

using iptraf::test::gunzip;
using iptraf::web::accepts_gzip;
using iptraf::web::gzip;
using iptraf::web::gzip_of_parts;
using iptraf::web::gzip_part;
using iptraf::web::GzipPart;
using iptraf::web::GzipStream;

TEST_CASE("gzip gives text back unchanged", "[web]") {
  const std::size_t size = GENERATE(0U, 1U, 255U, 256U, 100000U, 3000000U);
  std::string text(size, '\0');
  std::uint32_t state = 1;
  for (char& c : text) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>('a' + (state >> 28));
  }
  CHECK(gunzip(gzip(text)) == text);
}

TEST_CASE("parts make a gzip file in any order and number", "[web]") {
  const std::string first(100000, 'a');
  const std::string second = "b\n" + first;
  const GzipPart a = gzip_part(first);
  const GzipPart b = gzip_part(second);
  const GzipPart nothing = gzip_part("");
  CHECK(a.deflated.size() < 1000);
  CHECK(gunzip(gzip_of_parts(std::array{&a, &b, &a})) == first + second + first);
  CHECK(gunzip(gzip_of_parts(std::array{&nothing, &b, &nothing})) == second);
  CHECK(gunzip(gzip_of_parts(std::array{&nothing})).empty());
  CHECK(gunzip(gzip_of_parts({})).empty());
}

TEST_CASE("a gzip stream gives pieces back unchanged", "[web]") {
  std::string text;
  std::string packed;
  GzipStream stream;
  std::uint32_t state = 1;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{100000}, std::size_t{3}}) {
    std::string piece(size, '\0');
    for (char& c : piece) {
      state = state * 1664525U + 1013904223U;
      c = static_cast<char>(state >> 24);
    }
    stream.add(piece, false, packed);
    text += piece;
  }
  stream.add("the end", true, packed);
  CHECK(gunzip(packed) == text + "the end");
}

TEST_CASE("each piece of a gzip stream goes out at once", "[web]") {
  const std::string piece(32768, 'a');
  std::string packed;
  GzipStream stream;
  for (int i = 0; i < 4; ++i) {
    const std::size_t before = packed.size();
    stream.add(piece, false, packed);
    CHECK(packed.size() > before);
  }
}

TEST_CASE("an empty gzip stream is a gzip file", "[web]") {
  std::string packed;
  GzipStream().add("", true, packed);
  CHECK(gunzip(packed).empty());
}

TEST_CASE("gzip makes an exposition much smaller", "[web]") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "iptraf_service_in_bytes_total{device=\"eth0\",port=\"443\"} 1\n";
  CHECK(gzip(text).size() < text.size() / 10);
}

TEST_CASE("Accept-Encoding that names gzip allows it", "[web]") {
  const char* header = GENERATE("gzip", "GZIP", "x-gzip", "deflate, gzip", "gzip;q=1.0", "gzip ; q=0.001",
                                "identity;q=0.5,gzip;q=0.3", "*", "br, *;q=0.1", "gzip, *;q=0", "gzip;Q=0.5", ",gzip");
  CAPTURE(header);
  CHECK(accepts_gzip(header));
}

TEST_CASE("Accept-Encoding without gzip, or with weight 0, forbids it", "[web]") {
  const char* header = GENERATE("", "identity", "gzip;q=0", "gzip; q=0.000", "*;q=0", "*, gzip;q=0", "gzip;q=0, *",
                                "gzipped", "br;gzip", "deflate", "gzip;q=", "gzip;q=abc", "gzip;q=0.x", ";q=1");
  CAPTURE(header);
  CHECK_FALSE(accepts_gzip(header));
}

}  // namespace
