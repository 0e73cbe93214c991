// SPDX-License-Identifier: GPL-2.0-or-later
// The text of one gzip file, read by zlib.
#pragma once

#include <zlib.h>

#include <string>

#include "support/catch.hpp"

namespace iptraf::test {

/// Checks that it is one whole file with the right checksum and nothing behind it.
inline std::string gunzip(const std::string& packed) {
  std::string text;
  std::string room(65536, '\0');
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  int result = Z_OK;
  while (result == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    result = inflate(&stream, Z_NO_FLUSH);
    text.append(room, 0, room.size() - stream.avail_out);
  }
  CHECK(result == Z_STREAM_END);
  CHECK(stream.avail_in == 0);
  inflateEnd(&stream);
  return text;
}

}  // namespace iptraf::test
