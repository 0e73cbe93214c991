// SPDX-License-Identifier: GPL-2.0-or-later
// LogFile: a file that records are appended to, each whole or not at all.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/file_descriptor.hpp"

namespace iptraf::output {

/// Shown by the exporter's own metrics. Any thread.
struct IptrafLogStatus {
  std::atomic<std::uint64_t> errors{0};          ///< records that could not be written
  std::atomic<std::uint64_t> dropped_events{0};  ///< that the queues had no room for
};

/// Opened when it is first written to, with its directories made. What fails is logged once until it works again, and
/// counted. Threading: one thread at a time.
class LogFile {
 public:
  LogFile(std::string path, IptrafLogStatus& status) : path_(std::move(path)), status_(status) {}

  const std::string& path() const noexcept { return path_; }

  /// Appends all of `text` in one write, or nothing of it. False when it is not written.
  bool append(std::string_view text) noexcept;

  /// The next record goes to what then has the name of the file, though it be another file.
  void close() noexcept { fd_.reset(); }

 private:
  void open();
  void tell_end_of_problem();
  void write_whole(std::string_view text);
  [[noreturn]] void take_back(std::size_t written_bytes, const std::string& reason) const;
  bool is_deleted() const noexcept;

  std::string path_;
  IptrafLogStatus& status_;
  FileDescriptor fd_;
  std::string problem_;          ///< that was logged; empty: the file works
  std::size_t room_lacked_ = 0;  ///< bytes of the record that could not be written; shorter ones may fit on a full disk
};

}  // namespace iptraf::output
