// SPDX-License-Identifier: GPL-2.0-or-later
// LogSink: log lines to a descriptor whose reader may have stopped, which must not stop the program.
#pragma once

#include <spdlog/sinks/base_sink.h>

#include <cstddef>
#include <mutex>
#include <string_view>

namespace iptraf {

/// Lines that nobody takes are dropped after a moment, and counted in the line that comes when they are taken again.
/// The descriptor's flags, which other processes may share, stay as they are. Threading: any thread.
class LogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// `fd` stays the caller's.
  explicit LogSink(int fd) : fd_(fd) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  bool is_writable() noexcept;
  std::size_t write_piece(std::string_view text) noexcept;
  bool write_line(std::string_view line) noexcept;
  void tell_dropped(const spdlog::details::log_msg& message);

  const int fd_;
  bool is_stalled_ = false;        ///< the reader has been waited for in vain
  bool is_line_open_ = false;      ///< the beginning of a line was taken, and its end was not
  std::size_t dropped_lines_ = 0;  ///< since the last that was taken
};

}  // namespace iptraf
