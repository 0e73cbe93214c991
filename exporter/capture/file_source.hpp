// SPDX-License-Identifier: GPL-2.0-or-later
// FileSource: a capture file as a PacketSource: replayed at once or at its own pace, once or for ever.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "capture/capture_file.hpp"
#include "capture/frame_filter.hpp"
#include "capture/packet_source.hpp"
#include "config/addresses.hpp"
#include "config/config.hpp"

namespace iptraf::capture {

struct FileSettings {
  std::string path;  ///< "-": standard input
  DeviceSlot device = 0;
  std::string filter;                     ///< pcap-filter expression, empty: everything
  std::vector<config::LocalMatch> local;  ///< sources that count as transmitted
  config::Replay replay = config::Replay::kAsap;
  bool is_looped = false;  ///< start again at the end; times follow the last pass
};

/// Threading: constructed on the main thread, then one capture thread.
class FileSource final : public PacketSource {
 public:
  /// Throws CaptureError and FilterError.
  explicit FileSource(FileSettings settings);

  std::size_t read(std::span<Packet> out) noexcept override;
  void wait(int wake_fd) noexcept override;
  bool has_ended() const noexcept override { return has_ended_; }
  Timestamp now() const noexcept override { return now_; }
  CaptureCounters counters() const noexcept override { return counters_; }

  LinkType link_type() const noexcept { return file_->link_type(); }

 private:
  /// Where a read() puts what libpcap delivers.
  struct Batch {
    FileSource& source;
    std::span<Packet> out;
    std::size_t count = 0;
  };

  static void on_record(void* context, const FileRecord& record);
  bool take(const FileRecord& record, Packet& packet) noexcept;
  Direction direction_of(const Packet& packet) const noexcept;
  Timestamp shifted(Timestamp time) noexcept;
  std::size_t read_file(std::span<Packet> out) noexcept;
  std::size_t read_paced(std::span<Packet> out) noexcept;
  void finish_pass() noexcept;
  void end_with(const std::string& message) noexcept;

  const FileSettings settings_;
  std::unique_ptr<CaptureFile> file_;
  std::unique_ptr<FrameFilter> filter_;
  CaptureCounters counters_;
  bool has_ended_ = false;
  Timestamp now_ = 0;  ///< time of the last packet handed out

  // Of the pass over the file that is under way.
  std::uint64_t pass_records_ = 0;
  bool is_later_pass_ = false;
  Timestamp pass_first_ = 0;  ///< shifted time of its first record
  Timestamp shift_ = 0;
  Timestamp latest_ = 0;  ///< shifted time of the last record read

  Packet pending_;  ///< with realtime replay: read, but not due yet
  bool has_pending_ = false;
};

}  // namespace iptraf::capture
