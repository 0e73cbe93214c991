// SPDX-License-Identifier: GPL-2.0-or-later
// LogFile: a file that records are appended to, each whole or not at all.
#include "output/iptraf_log/log_file.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <new>
#include <stdexcept>

namespace iptraf::output {
namespace {

class LogFileError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string reason_of(int error) { return std::strerror(error); }

void make_directories(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) throw LogFileError("the directory " + directory.string() + " cannot be made: " + error.message());
}

}  // namespace

bool LogFile::append(std::string_view text) noexcept {
  std::size_t room_needed = 0;
  try {
    if (fd_.is_open() && is_deleted()) fd_.reset();
    if (!fd_.is_open()) open();
    room_needed = text.size();
    write_whole(text);
    if (text.size() >= room_lacked_) tell_end_of_problem();
    return true;
  } catch (const LogFileError& error) {
    ++status_.errors;
    if (problem_ != error.what()) spdlog::error("{} is not written: {}", path_, error.what());
    problem_ = error.what();
    room_lacked_ = room_needed;
  } catch (const std::bad_alloc&) {
    ++status_.errors;
  }
  return false;
}

void LogFile::tell_end_of_problem() {
  if (!problem_.empty()) spdlog::info("{} is written again", path_);
  problem_.clear();
  room_lacked_ = 0;
}

/// A symbolic link would let whoever may write to the directory choose the file; a pipe would block.
void LogFile::open() {
  make_directories(std::filesystem::path(path_).parent_path());
  FileDescriptor fd(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0640));
  if (!fd.is_open()) {
    throw LogFileError(errno == ELOOP ? "it is a symbolic link, which is not followed: remove it"
                                      : "it cannot be opened: " + reason_of(errno));
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw LogFileError("there is something else of that name than a file: remove it");
  }
  fd_ = std::move(fd);
}

/// Deleted, but for this descriptor: what is written there is lost.
bool LogFile::is_deleted() const noexcept {
  struct stat status {};
  return ::fstat(fd_.get(), &status) == 0 && status.st_nlink == 0;
}

void LogFile::write_whole(std::string_view text) {
  ssize_t written = -1;
  do {
    written = ::write(fd_.get(), text.data(), text.size());
  } while (written < 0 && errno == EINTR);
  if (written < 0) throw LogFileError(reason_of(errno));
  const auto written_bytes = static_cast<std::size_t>(written);
  if (written_bytes < text.size()) take_back(written_bytes, "the disk, a quota or a limit has no room for a record");
}

/// Only what is still at the end of the file may be cut off: another process may have appended to it meanwhile.
void LogFile::take_back(std::size_t written_bytes, const std::string& reason) const {
  const off_t end = ::lseek(fd_.get(), 0, SEEK_CUR);
  const auto begin = end - static_cast<off_t>(written_bytes);
  struct stat status {};
  const bool is_ours = end >= 0 && ::fstat(fd_.get(), &status) == 0 && status.st_size == end;
  if (is_ours && ::ftruncate(fd_.get(), begin) == 0) throw LogFileError(reason);
  throw LogFileError(reason + ", and its beginning, " + std::to_string(written_bytes) + " bytes from byte " +
                     std::to_string(begin) + " on, could not be taken back");
}

}  // namespace iptraf::output
