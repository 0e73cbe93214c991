// SPDX-License-Identifier: GPL-2.0-or-later
// CaptureFile: one pass over a pcap or pcapng file through libpcap.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/packet.hpp"

struct pcap;

namespace iptraf::capture {

/// One record of the file. `bytes` are libpcap's and valid until the next read.
struct FileRecord {
  Timestamp time = 0;
  std::span<const std::uint8_t> bytes;
  std::uint32_t wire_bytes = 0;
};

/// Called for every record read.
using RecordVisitor = void (*)(void* context, const FileRecord& record);

/// Threading: constructed on the main thread, then one capture thread.
class CaptureFile {
 public:
  /// Opens `path` ("-": standard input). Throws CaptureError when it cannot be opened, is no capture, or is of a
  /// link type that is not decoded.
  explicit CaptureFile(std::string path);

  LinkType link_type() const noexcept { return link_type_; }
  int dlt() const noexcept { return dlt_; }

  /// Visits up to `limit` records and returns how many; 0 at the end.
  std::size_t read(std::size_t limit, RecordVisitor visit, void* context) noexcept;

  /// Why the file ended early; nothing when it ended well, or has not ended.
  const std::optional<std::string>& damage() const noexcept { return damage_; }

  const std::string& path() const noexcept { return path_; }

 private:
  struct Close {
    void operator()(pcap* handle) const noexcept;
  };

  void note_damage() noexcept;

  std::string path_;
  std::unique_ptr<pcap, Close> handle_;
  LinkType link_type_ = LinkType::kEthernet;
  int dlt_ = 0;
  std::uint64_t records_ = 0;
  std::optional<std::string> damage_;
};

}  // namespace iptraf::capture
