// SPDX-License-Identifier: GPL-2.0-or-later
// RrdcachedSink: round-robin databases behind an rrdcached.
#include "output/rrd/rrdcached_sink.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>

#include "core/shortage.hpp"

namespace iptraf::output {
namespace {

constexpr std::size_t kMaxWaiting = 60;
constexpr const char* kDaemonItself = "rrdcached";
constexpr const char* kOldestUpdates = "what waits for rrdcached";

/// Lines of INFO look like "ds[22_in].index 2 0": key, type, value.
std::vector<std::string> sources_in(const RrdcachedReply& info) {
  std::map<unsigned, std::string> by_index;
  for (const std::string& line : info.lines) {
    const std::size_t end = line.find("].index ");
    if (!line.starts_with("ds[") || end == std::string::npos) continue;
    const std::size_t value = line.rfind(' ') + 1;
    unsigned index = 0;
    std::from_chars(line.data() + value, line.data() + line.size(), index);
    by_index[index] = line.substr(3, end - 3);
  }
  std::vector<std::string> sources;
  for (const auto& [index, name] : by_index) sources.push_back(name);
  return sources;
}

/// Of "illegal attempt to update using time 5.0 when last update time is 7.0 (minimum one second step)" the 7.
std::optional<std::time_t> last_update_in(std::string_view reason) {
  constexpr std::string_view kLead = "when last update time is ";
  const std::size_t found = reason.find(kLead);
  if (found == std::string_view::npos) return std::nullopt;
  reason.remove_prefix(found + kLead.size());
  std::time_t seconds = 0;
  if (std::from_chars(reason.data(), reason.data() + reason.size(), seconds).ec != std::errc{}) return std::nullopt;
  return seconds;
}

std::vector<RoundRobinValue> lacking_in(const std::vector<std::string>& sources,
                                        const std::vector<RoundRobinValue>& wanted) {
  std::vector<RoundRobinValue> lacking;
  std::copy_if(wanted.begin(), wanted.end(), std::back_inserter(lacking), [&sources](const RoundRobinValue& value) {
    return std::find(sources.begin(), sources.end(), value.source) == sources.end();
  });
  return lacking;
}

/// The daemon knows no templates: every data source of the file has a value, in its order.
std::vector<RoundRobinValue> in_order_of(const std::vector<std::string>& sources,
                                         const std::vector<RoundRobinValue>& values) {
  std::vector<RoundRobinValue> ordered;
  for (const std::string& source : sources) {
    const auto found = std::find_if(values.begin(), values.end(),
                                    [&source](const RoundRobinValue& value) { return value.source == source; });
    ordered.push_back(found == values.end() ? RoundRobinValue{source, std::nullopt, false} : *found);
  }
  return ordered;
}

}  // namespace

RrdcachedSink::RrdcachedSink(const config::Rrd& settings, RrdStatus& status)
    : RrdSink(status),
      directory_(settings.directory),
      layout_(rrd_layout(settings)),
      client_(RrdcachedAddress::parse(settings.daemon).value()) {}

void RrdcachedSink::write(std::time_t seconds, const RoundRobinFiles& files) noexcept {
  for (const RoundRobinFile& file : files) {
    try {
      keep(seconds, file);
    } catch (const std::exception& error) {
      count_error(rrd_path(file), reason_of(error));
    }
  }
  retry();
}

void RrdcachedSink::keep(std::time_t seconds, const RoundRobinFile& file) {
  const std::string path = rrd_path(file);
  if (targets_.count(path) == 0 && refuses(path, targets_.size())) return;
  Target& target = targets_[path];
  const bool begins_anew = !target.previous || !counts_on(*target.previous, file);
  target.waiting.push_back({seconds, file.values, begins_anew});
  target.previous = file;
  if (!lacking_in(target.sources, file.values).empty()) target.sources.clear();  // asked for anew: they may be added
  if (target.waiting.size() <= kMaxWaiting) return;
  if (target.waiting.front().begins_anew) target.waiting[1].begins_anew = true;
  target.waiting.pop_front();
  count_error(kOldestUpdates, "updates have waited for rrdcached for " + std::to_string(kMaxWaiting) +
                                  " steps: the oldest are dropped");
}

void RrdcachedSink::retry() noexcept {
  try {
    deliver();
    count_success(kDaemonItself);
    const auto is_full = [](const auto& entry) { return entry.second.waiting.size() >= kMaxWaiting; };
    if (std::none_of(targets_.begin(), targets_.end(), is_full)) count_success(kOldestUpdates);
  } catch (const std::exception& error) {
    count_error(kDaemonItself, reason_of(error));
  }
}

void RrdcachedSink::deliver() {
  for (auto& [path, target] : targets_) {
    if (!target.waiting.empty() && target.sources.empty()) open(path, target);
  }
  send_batch();
}

/// Asks which data sources the file has; makes it when it is not there. The daemon may run elsewhere: the directory is
/// made here all the same, as far as that goes.
void RrdcachedSink::open(const std::string& path, Target& target) {
  const std::string whole = directory_ + "/" + path;
  RrdcachedReply info = client_.ask("INFO " + rrdcached_word(whole));
  if (info.is_error()) {
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(whole).parent_path(), ignored);
    const Waiting& first = target.waiting.front();
    std::string command = "CREATE " + rrdcached_word(whole) + " -s " + std::to_string(layout_.step_seconds) + " -b " +
                          std::to_string(first.seconds - layout_.step_seconds) + " -O";
    for (const std::string& word : rrd_definitions(layout_, first.values)) command += " " + word;
    const RrdcachedReply created = client_.ask(command);
    if (created.is_error()) {
      return count_error(path, "rrdcached cannot read " + whole + " (" + info.message + ") nor create it (" +
                                   created.message +
                                   "); rrd.directory must be its base directory or below it, and its "
                                   "user must be allowed to write there");
    }
    target.waiting.front().begins_anew = false;
    info = client_.ask("INFO " + rrdcached_word(whole));
  }
  target.sources = sources_in(info);
  if (target.sources.empty()) return count_error(path, "rrdcached names no data source of " + whole);
  const std::vector<RoundRobinValue> lacking = lacking_in(target.sources, target.waiting.back().values);
  tell_lack(path, lacking.empty() ? "" : lack_message(whole, layout_, lacking));
}

/// An update that the daemon refuses would be refused again: it is counted and gone.
void RrdcachedSink::send_batch() {
  std::vector<std::string> commands;
  std::vector<Sent> sent;
  for (auto& [path, target] : targets_) {
    if (target.sources.empty()) continue;
    const std::string command = "UPDATE " + rrdcached_word(directory_ + "/" + path) + " ";
    for (const Waiting& update : target.waiting) {
      if (update.begins_anew && layout_.step_seconds == 1) {  // no room for a second in which nothing is known
        commands.push_back(command + rrd_update_words(update.seconds, in_order_of(target.sources, {})));
        sent.push_back({&path, &target, update.seconds});
        continue;
      }
      if (update.begins_anew) {
        commands.push_back(command + rrd_update_words(update.seconds - 1, in_order_of(target.sources, {})));
        sent.push_back({&path, &target, std::nullopt});
      }
      commands.push_back(command + rrd_update_words(update.seconds, in_order_of(target.sources, update.values)));
      sent.push_back({&path, &target, update.seconds});
    }
  }
  if (commands.empty()) return;
  const std::map<std::size_t, std::string> problems = client_.batch(commands);
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const auto& [path, target, seconds] = sent[i];
    target->waiting.clear();
    if (!seconds) continue;  // that a time is already past does not matter where nothing was known
    const auto problem = problems.find(i);
    if (problem == problems.end()) {
      count_update(*seconds);
      count_success(*path);
    } else {
      take_refusal(*path, *target, *seconds, problem->second);
    }
  }
}

void RrdcachedSink::take_refusal(const std::string& path, Target& target, std::time_t seconds,
                                 const std::string& reason) {
  target.previous.reset();  // the file has other values than these
  const std::optional<std::time_t> last = last_update_in(reason);
  if (last == seconds) return;  // another run ended with this step
  const std::string file = "rrdcached does not update " + directory_ + "/" + path + ": ";
  if (last) {
    count_error(path, file + later_values_message(*last));
    return;
  }
  count_error(path, file + reason);
  target.sources.clear();  // asked for anew: the file may have gone
}

}  // namespace iptraf::output
