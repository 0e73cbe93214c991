// SPDX-License-Identifier: GPL-2.0-or-later
// Capture files for tests: the bytes of pcap and pcapng, and files that vanish with the test.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/packet.hpp"
#include "support/packet_builder.hpp"

namespace iptraf::test {

/// Numbers of the link types in the file format (LINKTYPE_*), where they differ in need from LinkType.
inline constexpr std::uint32_t kLinktypeEthernet = 1;
inline constexpr std::uint32_t kLinktypeRaw = 101;

struct CaptureRecord {
  Timestamp time = 0;
  Bytes bytes{};
  std::optional<std::uint32_t> wire_bytes{};  ///< empty: all of it was captured
};

struct CaptureFormat {
  bool is_big_endian = false;
  bool is_nanoseconds = true;
  std::uint32_t link_type = kLinktypeEthernet;
  std::uint32_t snapshot_length = 262144;
};

/// A pcap file.
Bytes pcap_bytes(const std::vector<CaptureRecord>& records, const CaptureFormat& format = {});

/// Header of one pcap record as it stands in the file; `fraction` is in the file's unit.
Bytes pcap_record_header(std::uint32_t seconds, std::uint32_t fraction, std::uint32_t captured, std::uint32_t wire);

/// A pcapng file of one section; interfaces carry one link type each, all records belong to the first.
Bytes pcapng_bytes(const std::vector<CaptureRecord>& records, const CaptureFormat& format = {},
                   const std::vector<std::uint32_t>& further_link_types = {});

/// A file in the directory for temporary files, removed with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const Bytes& content);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace iptraf::test
