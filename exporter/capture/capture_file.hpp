// SPDX-License-Identifier: GPL-2.0-or-later
// CaptureFile: one pass over a pcap or pcapng file through libpcap.
#pragma once

#include <pcap/pcap.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "capture/file_record.hpp"
#include "capture/plain_records.hpp"
#include "core/file_descriptor.hpp"
#include "core/packet.hpp"

namespace iptraf::capture {

/// Threading: constructed on the main thread, then one thread at a time.
class CaptureFile {
 public:
  /// Opens `path` ("-": standard input). Throws CaptureError when it cannot be opened, is no capture (compressed, for
  /// example), or is of a link type that is not decoded.
  explicit CaptureFile(const std::string& path);

  /// The next pass over the same open file, which may by now be forbidden to open. This one is not read any more.
  /// Throws CaptureError as the constructor does, and for what cannot be read twice.
  std::unique_ptr<CaptureFile> begin_again() const;

  LinkType link_type() const noexcept { return link_type_; }
  int dlt() const noexcept { return dlt_; }

  /// Fills `out` from the front and returns how many records there were; 0 at the end.
  std::size_t read(std::span<FileRecord> out) noexcept;

  /// Why the file ended early; nothing when it ended well, or has not ended.
  const std::optional<std::string>& damage() const noexcept { return damage_; }

 private:
  struct Close {
    void operator()(pcap_t* handle) const noexcept;
  };

  CaptureFile(std::string path, FileDescriptor file);

  bool read_with_libpcap(FileRecord& record) noexcept;
  void leave_rest_to_libpcap() noexcept;
  void note_damage() noexcept;

  std::string path_;
  std::vector<char> buffer_;  ///< of the stream that handle_ owns: goes after it
  std::unique_ptr<pcap_t, Close> handle_;
  std::optional<PlainRecords> plain_records_;  ///< until libpcap has to read on
  LinkType link_type_ = LinkType::kEthernet;
  int dlt_ = 0;
  std::uint32_t fcs_bytes_ = 0;  ///< at the end of every frame on the wire
  std::uint64_t records_ = 0;
  std::optional<std::string> damage_;
};

}  // namespace iptraf::capture
