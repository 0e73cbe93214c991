// SPDX-License-Identifier: GPL-2.0-or-later
// LogSink: log lines to a descriptor whose reader may have stopped, which must not stop the program.
#include "log_sink.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>

namespace iptraf {
namespace {

/// Far shorter than a ring takes to overflow, far longer than a reader that is alive takes.
constexpr int kPatienceMilliseconds = 100;

}  // namespace

void LogSink::sink_it_(const spdlog::details::log_msg& message) {
  if (dropped_lines_ > 0) tell_dropped(message);
  spdlog::memory_buf_t line;
  formatter_->format(message, line);
  if (!write_line({line.data(), line.size()})) ++dropped_lines_;
}

void LogSink::tell_dropped(const spdlog::details::log_msg& message) {
  const std::string text =
      std::to_string(dropped_lines_) + " lines of the log were dropped, because nothing read standard error";
  spdlog::memory_buf_t line;
  formatter_->format({message.time, message.source, message.logger_name, spdlog::level::warn, text}, line);
  if (write_line({line.data(), line.size()})) dropped_lines_ = 0;
}

/// Waits for a reader that has just become slow, and not again for one that has stopped.
bool LogSink::is_writable() noexcept {
  pollfd event{fd_, POLLOUT, 0};
  int ready = 0;
  do {
    ready = ::poll(&event, 1, is_stalled_ ? 0 : kPatienceMilliseconds);
  } while (ready < 0 && errno == EINTR);
  is_stalled_ = ready <= 0 || (event.revents & POLLERR) != 0;  // a pipe without a reader would raise SIGPIPE
  return !is_stalled_;
}

/// How many bytes were taken, 0 for none. A pipe that is writable takes PIPE_BUF bytes without blocking, see pipe(7).
std::size_t LogSink::write_piece(std::string_view text) noexcept {
  if (!is_writable()) return 0;
  ssize_t written = 0;
  do {
    written = ::write(fd_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
  } while (written < 0 && errno == EINTR);
  return written < 0 ? 0 : static_cast<std::size_t>(written);
}

bool LogSink::write_line(std::string_view line) noexcept {
  if (is_line_open_ && write_piece("\n") == 0) return false;
  is_line_open_ = false;
  while (!line.empty()) {
    const std::size_t written = write_piece(line);
    if (written == 0) return false;
    line.remove_prefix(written);
    is_line_open_ = !line.empty();
  }
  return true;
}

}  // namespace iptraf
