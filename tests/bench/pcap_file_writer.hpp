// SPDX-License-Identifier: GPL-2.0-or-later
// PcapFileWriter: Ethernet frames into a pcap file, cut to a snapshot length.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace iptraf::bench {

/// Little-endian, microseconds, link type Ethernet (the "pcap" format that pcap-savefile(5) describes).
/// Throws std::runtime_error with the path and the reason when the file cannot be opened or written.
class PcapFileWriter {
 public:
  PcapFileWriter(std::string path, std::uint32_t snapshot_bytes);

  void add(std::uint64_t time_microseconds, std::span<const std::uint8_t> frame);

  /// Writes what is buffered and closes. Without it the file may be incomplete.
  void close();

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };

  void put32(std::uint32_t value);
  void flush();
  [[noreturn]] void fail(const char* what) const;

  std::string path_;
  std::uint32_t snapshot_bytes_;
  std::unique_ptr<std::FILE, Close> file_;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace iptraf::bench
