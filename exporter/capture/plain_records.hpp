// SPDX-License-Identifier: GPL-2.0-or-later
// PlainRecords: the whole records of a plain pcap file, read in large pieces and handed out where they lie.
#pragma once

#include <pcap/pcap.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <vector>

#include "capture/file_record.hpp"

namespace iptraf::capture {

/// libpcap copies each record out of a stream in two steps, which costs more than counting the packet. Of a regular
/// file in the classic format (draft-ietf-opsawg-pcap, version 2.4) in this machine's byte order this class reads the
/// records itself, as far as there is nothing to judge about them. The first one that is not whole, or longer than the
/// file's snapshot length, is left to libpcap, with all that follow it.
///
/// Threading: one thread at a time.
class PlainRecords {
 public:
  /// For the file that libpcap has just opened through `stream`; nothing when it is of another kind. `fcs_bytes` end
  /// each frame.
  static std::optional<PlainRecords> of(std::FILE* stream, pcap_t* handle, std::uint32_t fcs_bytes);

  /// Fills `out` from the front and returns how many records there were, fewer where a piece ends. 0: the next one, or
  /// the end of the file, is libpcap's.
  std::size_t read(std::span<FileRecord> out) noexcept;

  /// Where in the file the next record begins.
  off_t position() const noexcept { return piece_begin_ + static_cast<off_t>(at_); }

 private:
  /// A record header; libpcap reads the times as signed.
  struct Header {
    std::int32_t seconds;
    std::int32_t fraction;
    std::uint32_t captured_bytes;
    std::uint32_t wire_bytes;
  };

  PlainRecords(int fd, off_t begin, std::uint32_t max_captured_bytes, std::int64_t fraction_nanoseconds,
               std::uint32_t fcs_bytes);

  std::size_t read_piece(std::span<FileRecord> out) noexcept;
  bool fill() noexcept;

  int fd_;
  off_t piece_begin_;  ///< where in the file the piece begins
  std::uint32_t max_captured_bytes_;
  std::int64_t fraction_nanoseconds_;  ///< of one unit of the header's fraction of a second
  std::uint32_t fcs_bytes_;
  std::vector<std::uint8_t> piece_;
  std::size_t at_ = 0;   ///< where in the piece the next record begins
  std::size_t end_ = 0;  ///< so much of the piece has been read
};

}  // namespace iptraf::capture
