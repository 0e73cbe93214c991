// SPDX-License-Identifier: GPL-2.0-or-later
// Text files, read whole or line by line, and text of bounded size.
#include "names/text_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "core/file_descriptor.hpp"

namespace iptraf::names {
namespace {

constexpr std::size_t kLineBufferBytes = 65536;

std::string reason_of(int error) { return std::generic_category().message(error); }

std::string too_large(std::size_t max_bytes) { return "it is larger than " + std::to_string(max_bytes) + " bytes"; }

/// A regular file that was opened, or in words why not.
struct OpenFile {
  FileDescriptor file;
  std::size_t bytes = 0;
  std::string problem;
};

OpenFile open_regular_file(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0) return {FileDescriptor(), 0, reason_of(errno)};
  if (S_ISDIR(status.st_mode)) return {FileDescriptor(), 0, reason_of(EISDIR)};
  if (!S_ISREG(status.st_mode)) return {FileDescriptor(), 0, "it is no regular file"};
  return {std::move(file), static_cast<std::size_t>(std::max<off_t>(status.st_size, 0)), {}};
}

/// As read(2), but goes on after a signal.
ssize_t read_some(const FileDescriptor& file, std::span<char> to) {
  ssize_t got = 0;
  do {
    got = ::read(file.get(), to.data(), to.size());
  } while (got < 0 && errno == EINTR);
  return got;
}

}  // namespace

TextFile read_text_file(const std::string& path, std::size_t max_bytes) {
  const OpenFile opened = open_regular_file(path);
  if (!opened.problem.empty()) return {{}, opened.problem};
  if (opened.bytes > max_bytes) return {{}, too_large(max_bytes)};

  // One byte more than the size tells the end of the file; a file may grow, and those of /proc have the size 0.
  std::string text;
  std::size_t used = 0;
  while (true) {
    text.resize(std::min(std::max(opened.bytes + 1, used + 4096), max_bytes + 1));
    if (used == text.size()) return {{}, too_large(max_bytes)};
    const ssize_t got = read_some(opened.file, std::span(text).subspan(used));
    if (got < 0) return {{}, reason_of(errno)};
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  text.resize(used);
  return {std::move(text), {}};
}

void for_each_line(const std::string& path, std::size_t max_bytes, const std::function<void(std::string_view)>& visit) {
  const OpenFile opened = open_regular_file(path);
  if (!opened.problem.empty()) return;
  std::vector<char> buffer(kLineBufferBytes);
  std::size_t kept = 0;  // bytes of a line whose end has not come yet
  bool is_too_long = false;
  for (std::size_t total = 0; total < max_bytes;) {
    const ssize_t got = read_some(opened.file, std::span(buffer).subspan(kept));
    if (got <= 0) break;
    total += static_cast<std::size_t>(got);
    std::string_view rest(buffer.data(), kept + static_cast<std::size_t>(got));
    while (rest.find('\n') != std::string_view::npos) {
      const std::string_view line = take_line(rest);
      if (!is_too_long) visit(line);
      is_too_long = false;
    }
    if (rest.size() == buffer.size()) is_too_long = true;
    kept = is_too_long ? 0 : rest.size();
    std::copy_n(rest.begin(), kept, buffer.begin());
  }
  std::string_view last(buffer.data(), kept);
  if (!last.empty()) visit(take_line(last));
}

std::string_view cut_utf8(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  const auto is_tail = [](char c) { return (static_cast<std::uint8_t>(c) & 0xC0U) == 0x80U; };
  std::size_t end = max_bytes;
  while (end > 0 && is_tail(text[end])) --end;
  return text.substr(0, end);
}

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::string_view trim_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace iptraf::names
