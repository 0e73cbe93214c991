// SPDX-License-Identifier: GPL-2.0-or-later
// DirectorySink: round-robin databases as files below one directory.
#include "output/rrd/directory_sink.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "core/shortage.hpp"

namespace iptraf::output {
namespace {

/// Told at the start, since the first step may be minutes away. Empty: the directory is there and may be written.
std::string problem_of(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!error && ::access(directory.c_str(), W_OK | X_OK) != 0) error.assign(errno, std::generic_category());
  if (!error) return "";
  return "rrd.directory " + directory + " cannot be written: " + error.message() +
         "; let the user that the exporter runs as write there, or name another directory";
}

}  // namespace

DirectorySink::DirectorySink(const config::Rrd& settings, RrdStatus& status)
    : RrdSink(status), directory_(settings.directory), layout_(rrd_layout(settings)) {
  const std::string problem = problem_of(directory_);
  if (!problem.empty()) count_error(directory_, problem);
}

/// Two programs that count into the same files would make rates of each other's totals.
bool DirectorySink::holds_directory() {
  if (lock_.is_open()) return true;
  FileDescriptor directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return true;  // it is not there yet, or cannot be opened: each file says so
  if (::flock(directory.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    count_error(directory_, "rrd.directory " + directory_ +
                                " is in use by another exporter: nothing is written there until that ends; give each "
                                "one a directory of its own");
    return false;
  }
  lock_ = std::move(directory);
  if (problem_of(directory_).empty()) count_success(directory_);
  return true;
}

void DirectorySink::write(std::time_t seconds, const RoundRobinFiles& files) noexcept {
  if (!holds_directory()) return;
  patience_.renew();
  for (const RoundRobinFile& file : files) {
    try {
      write_one(seconds, file);
    } catch (const std::exception& error) {
      const std::string path = rrd_path(file);
      targets_[path].file.reset();
      count_error(directory_ + "/" + path, reason_of(error));
    }
  }
}

void DirectorySink::write_one(std::time_t seconds, const RoundRobinFile& values) {
  const std::string path = rrd_path(values);
  if (targets_.count(path) == 0 && refuses(path, targets_.size())) return;
  Target& target = targets_[path];
  if (!target.file || !target.file->lacking(values.values).empty()) open(seconds, values, path, target);
  RrdFile& file = *target.file;
  // One second before the first values of this program, and before values that went back, nothing is known: so
  // no rate is made of two counts that have nothing to do with each other.
  const bool is_first = !target.previous && file.has_existed();
  const bool begins_anew = is_first || (target.previous && !counts_on(*target.previous, values));
  if (begins_anew && !file.update_unknown(seconds - 1) && file.update_unknown(seconds)) {  // no room for that second
    target.previous = values;
    count_update(seconds);
    count_success(directory_ + "/" + path);
    return;
  }
  if (!file.update(seconds, values.values)) {
    const std::time_t last = file.last_update();
    if (last == seconds) return;  // another run ended with this step
    throw RrdError(file.path() + " is not written: " + later_values_message(last));
  }
  target.previous = values;
  count_update(seconds);
  count_success(directory_ + "/" + path);
}

void DirectorySink::open(std::time_t seconds, const RoundRobinFile& values, const std::string& path, Target& target) {
  target.file.emplace(directory_ + "/" + path, layout_, values.values, seconds, patience_);
  const std::vector<RoundRobinValue> lacking = target.file->lacking(values.values);
  std::string message = lacking.empty() ? "" : lack_message(target.file->path(), layout_, lacking);
  if (target.file->heartbeat_seconds() < layout_.step_seconds) {
    message += (message.empty() ? "" : "; ") + short_heartbeat_message(*target.file, layout_);
  }
  if (const std::vector<std::string> mistyped = target.file->mistyped(values.values); !mistyped.empty()) {
    message += (message.empty() ? "" : "; ") + mistyped_message(*target.file, mistyped);
  }
  tell_lack(path, message);
}

}  // namespace iptraf::output
