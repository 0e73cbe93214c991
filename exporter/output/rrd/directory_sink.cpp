// SPDX-License-Identifier: GPL-2.0-or-later
// DirectorySink: round-robin databases as files below one directory.
#include "output/rrd/directory_sink.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace iptraf::output {
namespace {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

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

void DirectorySink::write(std::time_t seconds, const RoundRobinFiles& files) noexcept {
  for (const RoundRobinFile& file : files) {
    try {
      write_one(seconds, file);
    } catch (const std::exception& error) {
      const std::string path = rrd_path(file);
      targets_[path].file.reset();
      count_error(path, error.what());
    }
  }
}

void DirectorySink::write_one(std::time_t seconds, const RoundRobinFile& values) {
  const std::string path = rrd_path(values);
  if (targets_.count(path) == 0 && refuses(path, targets_.size())) return;
  Target& target = targets_[path];
  if (!target.file) open(seconds, values, path, target);
  RrdFile& file = *target.file;
  // One second before the first values of this program, and before values that went back, nothing is known: so
  // no rate is made of two counts that have nothing to do with each other.
  const bool is_first = !target.previous && file.has_existed();
  if (is_first || (target.previous && !counts_on(*target.previous, values))) file.update_unknown(seconds - 1);
  if (!file.update(seconds, values.values)) {
    const std::time_t last = file.last_update();
    if (last == seconds) return;  // another run ended with this step
    throw RrdError(file.path() + " is not written: it has values up to " + std::to_string(last) +
                   " seconds since the epoch, which is later; has the clock been set back? It goes on from then, or "
                   "at once when the file is moved away");
  }
  target.previous = values;
  count_update(seconds);
  count_success(path);
}

void DirectorySink::open(std::time_t seconds, const RoundRobinFile& values, const std::string& path, Target& target) {
  target.file.emplace(directory_ + "/" + path, layout_, values.values, seconds);
  const std::vector<std::string>& missing = target.file->missing_sources();
  if (missing.empty()) return;
  std::vector<RoundRobinValue> lacking;
  for (const RoundRobinValue& value : values.values) {
    if (std::find(missing.begin(), missing.end(), value.source) != missing.end()) lacking.push_back(value);
  }
  RrdLayout without_archives = layout_;
  without_archives.archives.clear();
  spdlog::warn("{} lacks the data sources {}, which are not written; add them with: rrdtool tune {} {}",
               target.file->path(), join(missing), target.file->path(),
               join(rrd_definitions(without_archives, lacking)));
}

}  // namespace iptraf::output
