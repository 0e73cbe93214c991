// SPDX-License-Identifier: GPL-2.0-or-later
// Reads a file in chunks and takes lines off them.
#include "import/line_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace iptraf::importer {
namespace {

constexpr std::size_t kChunkBytes = 256 * 1024;

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw ImportError("cannot read the log " + path + ": " + why);
}

}  // namespace

LineReader::LineReader(const std::string& path) : path_(path) {
  // A FIFO without a writer would block.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) fail(path, std::strerror(errno));
  file_.reset(::fdopen(descriptor, "rb"));
  if (!file_) {
    const int error = errno;
    ::close(descriptor);
    fail(path, std::strerror(error));
  }
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) fail(path, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) fail(path, "it is not a regular file");
  file_bytes_ = static_cast<std::uint64_t>(status.st_size);
}

bool LineReader::next(std::string_view& line) {
  line_.clear();
  is_too_long_ = false;
  if (rest_.empty() && !fill()) return false;
  ++line_number_;
  while (true) {
    const std::size_t end = rest_.find('\n');
    keep(rest_.substr(0, end));
    if (end != std::string_view::npos) {
      rest_.remove_prefix(end + 1);
      break;
    }
    if (!fill()) break;
  }
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  line = line_;
  return true;
}

bool LineReader::fill() {
  chunk_.resize(kChunkBytes);  // not before: many logs may be open and wait
  const std::size_t count = std::fread(chunk_.data(), 1, chunk_.size(), file_.get());
  if (count == 0 && std::ferror(file_.get()) != 0) fail(path_, std::strerror(errno));
  bytes_read_ += count;
  rest_ = std::string_view(chunk_).substr(0, count);
  return count > 0;
}

void LineReader::keep(std::string_view part) {
  const std::size_t room = kMaxLineBytes - line_.size();
  is_too_long_ = is_too_long_ || part.size() > room;
  line_.append(part.substr(0, std::min(part.size(), room)));
}

}  // namespace iptraf::importer
