// SPDX-License-Identifier: GPL-2.0-or-later
// Compression with zlib, and the parser of Accept-Encoding.
#include "web/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <optional>
#include <stdexcept>

#include "web/header_text.hpp"

namespace iptraf::web {
namespace {

constexpr int kLevel = 1;
constexpr int kWindowBits = 15;
constexpr int kGzipWrapper = 16;    // added to the window bits: a gzip header in place of zlib's
constexpr int kRaw = -kWindowBits;  // neither header nor checksum
constexpr int kMemoryLevel = 8;
constexpr uInt kStreamRoomBytes = 16384;
constexpr std::size_t kMaxPiece = std::numeric_limits<uInt>::max();
// RFC 1952 section 2.3: deflate, no flags, no time, the fastest compression, Unix.
constexpr std::string_view kGzipHeader{"\x1f\x8b\x08\0\0\0\0\0\x04\x03", 10};
constexpr std::string_view kLastBlock{"\x03\0", 2};  // empty, with fixed codes (RFC 1951 section 3.2.6)

}  // namespace

/// Ends a deflate stream on every way out.
class DeflateStream {
 public:
  explicit DeflateStream(int window_bits = kWindowBits + kGzipWrapper) {
    const int result = deflateInit2(&stream_, kLevel, Z_DEFLATED, window_bits, kMemoryLevel, Z_DEFAULT_STRATEGY);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result != Z_OK) throw std::runtime_error("zlib cannot start a gzip stream");
  }
  DeflateStream(const DeflateStream&) = delete;
  DeflateStream& operator=(const DeflateStream&) = delete;
  ~DeflateStream() { deflateEnd(&stream_); }

  z_stream& operator*() { return stream_; }
  z_stream* operator->() { return &stream_; }

 private:
  z_stream stream_{};
};

namespace {

/// Appends what zlib gives out for `data` up to the end of this flush, see deflate() in zlib.h.
void deflate_piece(z_stream& stream, std::string_view data, int flush, std::string& out) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  do {
    const std::size_t begin = out.size();
    out.resize(begin + kStreamRoomBytes);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + begin);
    stream.avail_out = kStreamRoomBytes;
    const int result = deflate(&stream, flush);
    out.resize(begin + (kStreamRoomBytes - stream.avail_out));
    if (result == Z_STREAM_ERROR) throw std::runtime_error("zlib cannot compress");
  } while (stream.avail_out == 0);
}

void append_little_endian(std::uint32_t value, std::string& out) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 0xff);
}

/// Feeds and drains zlib in pieces, since its lengths have 32 bits.
void deflate_all(DeflateStream& stream, std::string_view data, std::string& output) {
  std::size_t written = 0;
  int result = Z_OK;
  while (result != Z_STREAM_END) {
    const std::size_t piece = std::min(data.size(), kMaxPiece);
    const std::size_t room = std::min(output.size() - written, kMaxPiece);
    stream->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream->avail_in = static_cast<uInt>(piece);
    stream->next_out = reinterpret_cast<Bytef*>(output.data() + written);
    stream->avail_out = static_cast<uInt>(room);
    result = deflate(&*stream, piece == data.size() ? Z_FINISH : Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END) throw std::runtime_error("zlib cannot compress");
    data.remove_prefix(piece - stream->avail_in);
    written += room - stream->avail_out;
  }
  output.resize(written);
}

bool is_positive_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return false;
  if (text.size() > 1 && text[1] != '.') return false;
  const std::string_view decimals = text.size() > 2 ? text.substr(2) : std::string_view();
  if (decimals.find_first_not_of("0123456789") != std::string_view::npos) return false;
  return text[0] == '1' || decimals.find_first_not_of('0') != std::string_view::npos;
}

/// Whether the weight of one list element is above 0. RFC 9110 section 12.4.2: 0 to 1 with up to three decimals.
/// No weight means 1; one that cannot be read counts as 0, since the client's wish is unknown.
bool has_weight(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = trim(take_until(parameters, ';'));
    if (parameter.size() < 2 || (parameter[0] != 'q' && parameter[0] != 'Q') || parameter[1] != '=') continue;
    return is_positive_weight(parameter.substr(2));
  }
  return true;
}

}  // namespace

std::string gzip(std::string_view data) {
  DeflateStream stream;
  std::string output(deflateBound(&*stream, data.size()), '\0');
  deflate_all(stream, data, output);
  return output;
}

GzipPart gzip_part(std::string_view text) {
  DeflateStream stream(kRaw);
  GzipPart part;
  part.text_bytes = text.size();
  part.crc32 = static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
  do {
    const std::string_view piece = text.substr(0, kMaxPiece);
    text.remove_prefix(piece.size());
    deflate_piece(*stream, piece, text.empty() ? Z_FULL_FLUSH : Z_NO_FLUSH, part.deflated);
  } while (!text.empty());
  return part;
}

std::string gzip_of_parts(std::span<const GzipPart* const> parts) {
  std::string file(kGzipHeader);
  uLong checksum = 0;
  std::size_t text_bytes = 0;
  for (const GzipPart* part : parts) {
    file += part->deflated;
    checksum = crc32_combine(checksum, part->crc32, static_cast<z_off_t>(part->text_bytes));
    text_bytes += part->text_bytes;
  }
  file += kLastBlock;
  append_little_endian(static_cast<std::uint32_t>(checksum), file);
  append_little_endian(static_cast<std::uint32_t>(text_bytes), file);  // modulo 2^32, as RFC 1952 wants it
  return file;
}

GzipStream::GzipStream() : stream_(std::make_unique<DeflateStream>()) {}

GzipStream::~GzipStream() = default;

void GzipStream::add(std::string_view data, bool is_last, std::string& out) {
  deflate_piece(**stream_, data, is_last ? Z_FINISH : Z_SYNC_FLUSH, out);
}

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<bool> named;
  bool any = false;
  while (!accept_encoding.empty()) {
    std::string_view element = take_until(accept_encoding, ',');
    const std::string coding = lower_case(trim(take_until(element, ';')));
    const bool allowed = has_weight(element);
    if (coding == "gzip" || coding == "x-gzip") named = named.value_or(false) || allowed;
    if (coding == "*") any = allowed;
  }
  return named.value_or(any);
}

}  // namespace iptraf::web
