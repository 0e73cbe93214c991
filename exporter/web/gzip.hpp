// SPDX-License-Identifier: GPL-2.0-or-later
// Compression of response bodies, and the reading of Accept-Encoding.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace iptraf::web {

class DeflateStream;

/// The gzip file format (RFC 1952) of `data`, at zlib level 1: the fastest, and text shrinks tenfold with it.
/// Any thread. Throws std::bad_alloc when zlib finds no memory.
std::string gzip(std::string_view data);

/// The same, of data that comes in pieces. One thread at a time; throws like gzip().
class GzipStream {
 public:
  GzipStream();
  ~GzipStream();
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  /// Appends what zlib gives out for `data`: nothing, perhaps, unless this `is_last`.
  void add(std::string_view data, bool is_last, std::string& out);

 private:
  std::unique_ptr<DeflateStream> stream_;
};

/// Whether an Accept-Encoding header (RFC 9110 section 12.5.3) allows gzip: named (or as x-gzip), else by `*`,
/// with a weight above 0. An absent header is the empty text here, which allows nothing.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace iptraf::web
