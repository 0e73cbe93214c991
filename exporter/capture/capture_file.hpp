// SPDX-License-Identifier: GPL-2.0-or-later
// CaptureFile: one pass over a pcap or pcapng file through libpcap.
#pragma once

#include <pcap/pcap.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/packet.hpp"

namespace iptraf::capture {

/// One record of the file, without the frame check sequence that a pcap file may say its frames end in. `bytes` are
/// libpcap's and valid until the next read.
struct FileRecord {
  Timestamp time = 0;
  std::span<const std::uint8_t> bytes;
  std::uint32_t wire_bytes = 0;
};

/// Threading: constructed on the main thread, then one thread at a time.
class CaptureFile {
 public:
  /// Opens `path` ("-": standard input). Throws CaptureError when it cannot be opened, is no capture (compressed, for
  /// example), or is of a link type that is not decoded.
  explicit CaptureFile(std::string path);

  LinkType link_type() const noexcept { return link_type_; }
  int dlt() const noexcept { return dlt_; }

  /// Calls visit(FileRecord) for up to `limit` records and returns how many there were; 0 at the end.
  template <typename Visit>
  std::size_t read(std::size_t limit, Visit visit) noexcept {
    if (damage_) return 0;
    Visiting<Visit> visiting{visit, fcs_bytes_, 0};
    const int got =
        pcap_dispatch(handle_.get(), static_cast<int>(limit), on_record<Visit>, reinterpret_cast<u_char*>(&visiting));
    records_ += visiting.records;  // libpcap does not say how many it delivered before an error
    if (got < 0) note_damage();
    return visiting.records;
  }

  /// Why the file ended early; nothing when it ended well, or has not ended.
  const std::optional<std::string>& damage() const noexcept { return damage_; }

 private:
  struct Close {
    void operator()(pcap_t* handle) const noexcept;
  };

  template <typename Visit>
  struct Visiting {
    Visit& visit;
    std::uint32_t fcs_bytes;
    std::size_t records;
  };

  /// libpcap's callback. A record that claims more captured than original bytes is judged by the original length.
  template <typename Visit>
  static void on_record(u_char* user, const pcap_pkthdr* header, const u_char* bytes) {
    auto* const visiting = reinterpret_cast<Visiting<Visit>*>(user);
    ++visiting->records;
    const std::uint32_t wire_bytes = header->len - std::min<std::uint32_t>(header->len, visiting->fcs_bytes);
    const std::uint32_t captured_bytes = std::min<std::uint32_t>(header->caplen, wire_bytes);
    visiting->visit(FileRecord{time_of(header->ts), {bytes, captured_bytes}, wire_bytes});
  }

  /// libpcap was asked to put nanoseconds where timeval has microseconds; a file may hold any number in either field.
  static Timestamp time_of(const timeval& stamp) noexcept {
    constexpr Timestamp kLatestSeconds = std::numeric_limits<std::uint32_t>::max();  // in 2106
    // The field of a pcap file is 32 bits wide and libpcap reads it as signed, which ends in 2038.
    const Timestamp seconds =
        stamp.tv_sec < 0 ? static_cast<std::uint32_t>(stamp.tv_sec) : std::min<Timestamp>(stamp.tv_sec, kLatestSeconds);
    const Timestamp nanoseconds = std::clamp<Timestamp>(stamp.tv_usec, 0, kNanosecondsPerSecond - 1);
    return seconds * kNanosecondsPerSecond + nanoseconds;
  }

  void note_damage() noexcept;

  std::string path_;
  std::vector<char> buffer_;  ///< of the stream that handle_ owns: goes after it
  std::unique_ptr<pcap_t, Close> handle_;
  LinkType link_type_ = LinkType::kEthernet;
  int dlt_ = 0;
  std::uint32_t fcs_bytes_ = 0;  ///< at the end of every frame on the wire
  std::uint64_t records_ = 0;
  std::optional<std::string> damage_;
};

}  // namespace iptraf::capture
