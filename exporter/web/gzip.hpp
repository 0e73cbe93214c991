// SPDX-License-Identifier: GPL-2.0-or-later
// Compression of response bodies, and the reading of Accept-Encoding.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace iptraf::web {

class DeflateStream;

/// The gzip file format (RFC 1952) of `data`, at zlib level 1: the fastest, and text shrinks tenfold with it.
/// Any thread. Throws std::bad_alloc when zlib finds no memory.
std::string gzip(std::string_view data);

/// Text that was compressed without looking at what stands before it, so that it may stand in any gzip file.
struct GzipPart {
  std::string deflated;     ///< blocks of RFC 1951, none of them the last, that end with a byte
  std::uint32_t crc32 = 0;  ///< of the text
  std::size_t text_bytes = 0;
};

/// Any thread. Throws like gzip().
GzipPart gzip_part(std::string_view text);

/// The gzip file of the texts one after the other; costs no more than copying. Any thread.
std::string gzip_of_parts(std::span<const GzipPart* const> parts);

/// The same, of data that comes in pieces. One thread at a time; throws like gzip().
class GzipStream {
 public:
  GzipStream();
  ~GzipStream();
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  /// Appends all that `data` becomes, so that what goes out at one turn of a client is made of one piece and no more.
  void add(std::string_view data, bool is_last, std::string& out);

 private:
  std::unique_ptr<DeflateStream> stream_;
};

/// Whether an Accept-Encoding header (RFC 9110 section 12.5.3) allows gzip: named (or as x-gzip), else by `*`,
/// with a weight above 0. An absent header is the empty text here, which allows nothing.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace iptraf::web
