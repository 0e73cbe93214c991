// SPDX-License-Identifier: GPL-2.0-or-later
// Compression of response bodies, and the reading of Accept-Encoding.
#pragma once

#include <string>
#include <string_view>

namespace iptraf::web {

/// The gzip file format (RFC 1952) of `data`, at zlib level 1: the fastest, and text shrinks tenfold with it.
/// Any thread. Throws std::bad_alloc when zlib finds no memory.
std::string gzip(std::string_view data);

/// Whether an Accept-Encoding header (RFC 9110 section 12.5.3) allows gzip: named (or as x-gzip), else by `*`,
/// with a weight above 0. An absent header is the empty text here, which allows nothing.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace iptraf::web
