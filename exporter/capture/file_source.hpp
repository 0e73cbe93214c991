// SPDX-License-Identifier: GPL-2.0-or-later
// FileSource: a capture file as a PacketSource.
#pragma once

#include "capture/file_replay.hpp"
#include "capture/frame_filter.hpp"
#include "capture/packet_source.hpp"

namespace iptraf::capture {

/// Decodes every record where it was read. With several threads each has a source of its own that reads the whole
/// file and passes over the packets of the others: handing packets from one processor to another costs more than
/// reading them twice.
/// Threading: constructed on the main thread, then one capture thread.
class FileSource final : public PacketSource {
 public:
  /// Throws CaptureError and FilterError.
  explicit FileSource(FileSettings settings);

  std::size_t read(std::span<Packet> out) noexcept override;
  void wait(int wake_fd) noexcept override { replay_.wait(wake_fd); }
  bool has_ended() const noexcept override { return replay_.has_ended(); }
  Timestamp now() const noexcept override { return replay_.now(); }
  CaptureCounters counters() const noexcept override;

  LinkType link_type() const noexcept { return replay_.link_type(); }

  /// The slot that the packets count for; the first unless told. Before the first read.
  void set_device(DeviceSlot slot) noexcept { device_ = slot; }

 private:
  std::span<FileRecord> wanted(std::span<FileRecord> records) const noexcept;
  std::span<FileRecord> ours(std::span<FileRecord> records) const noexcept;
  bool take(const FileRecord& record, Packet& packet) const noexcept;
  Direction direction_of(const Packet& packet) const noexcept;

  FileReplay replay_;
  std::unique_ptr<FrameFilter> filter_;  ///< null: everything
  DeviceSlot device_ = 0;
  CaptureCounters counters_;
};

}  // namespace iptraf::capture
