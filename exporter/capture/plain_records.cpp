// SPDX-License-Identifier: GPL-2.0-or-later
// PlainRecords: the whole records of a plain pcap file, read in large pieces and handed out where they lie.
#include "capture/plain_records.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace iptraf::capture {
namespace {

/// Fits into the second-level cache beside the tables, and is longer than any record of an Ethernet link.
constexpr std::size_t kPieceBytes = 131072;

/// What a file begins with; libpcap has judged the rest of it.
struct FileHeader {
  std::uint32_t magic;
  std::uint16_t major_version;
  std::uint16_t minor_version;
  std::uint32_t unused[4];
};
constexpr std::uint32_t kMagicMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kMagicNanoseconds = 0xa1b23c4d;

/// Bytes read, as many as there are up to `wanted`; less also after an error, which libpcap will meet again.
std::size_t read_at(int fd, off_t position, void* to, std::size_t wanted) noexcept {
  std::size_t done = 0;
  while (done < wanted) {
    const ssize_t got = ::pread(fd, static_cast<char*>(to) + done, wanted - done, position + static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace

PlainRecords::PlainRecords(int fd, off_t begin, std::uint32_t max_captured_bytes, std::int64_t fraction_nanoseconds,
                           std::uint32_t fcs_bytes)
    : fd_(fd),
      piece_begin_(begin),
      max_captured_bytes_(max_captured_bytes),
      fraction_nanoseconds_(fraction_nanoseconds),
      fcs_bytes_(fcs_bytes),
      piece_(kPieceBytes) {}

std::optional<PlainRecords> PlainRecords::of(std::FILE* stream, pcap_t* handle, std::uint32_t fcs_bytes) {
  const int fd = ::fileno(stream);
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const off_t begin = ::ftello(stream);  // libpcap has read the file header
  FileHeader header{};
  const auto header_begin = begin - static_cast<off_t>(sizeof header);
  if (header_begin < 0 || read_at(fd, header_begin, &header, sizeof header) != sizeof header) return std::nullopt;
  const bool has_microseconds = header.magic == kMagicMicroseconds;
  if (!has_microseconds && header.magic != kMagicNanoseconds) return std::nullopt;
  if (header.major_version != 2 || header.minor_version != 4) return std::nullopt;
  return PlainRecords(fd, begin, static_cast<std::uint32_t>(pcap_snapshot(handle)), has_microseconds ? 1000 : 1,
                      fcs_bytes);
}

std::size_t PlainRecords::read(std::span<FileRecord> out) noexcept {
  const std::size_t count = read_piece(out);
  if (count != 0 || out.empty() || !fill()) return count;
  return read_piece(out);
}

/// What the piece holds whole.
std::size_t PlainRecords::read_piece(std::span<FileRecord> out) noexcept {
  std::size_t count = 0;
  std::size_t at = at_;
  for (; count < out.size() && end_ - at >= sizeof(Header); ++count) {
    Header header;
    std::memcpy(&header, piece_.data() + at, sizeof header);
    if (header.captured_bytes > max_captured_bytes_ || header.captured_bytes > end_ - at - sizeof header) break;
    out[count] =
        make_file_record(file_time(header.seconds, header.fraction * fraction_nanoseconds_),
                         piece_.data() + at + sizeof header, header.captured_bytes, header.wire_bytes, fcs_bytes_);
    at += sizeof header + header.captured_bytes;
  }
  at_ = at;
  return count;
}

/// Reads on behind what is left of the piece. False when the file has no more.
bool PlainRecords::fill() noexcept {
  std::memmove(piece_.data(), piece_.data() + at_, end_ - at_);
  piece_begin_ += static_cast<off_t>(at_);
  end_ -= at_;
  at_ = 0;
  const std::size_t got =
      read_at(fd_, piece_begin_ + static_cast<off_t>(end_), piece_.data() + end_, piece_.size() - end_);
  end_ += got;
  return got != 0;
}

}  // namespace iptraf::capture
