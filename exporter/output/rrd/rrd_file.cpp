// SPDX-License-Identifier: GPL-2.0-or-later
// RrdFile: one round-robin database on disk, through librrd.
#include "output/rrd/rrd_file.hpp"

#include <rrd.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string_view>

#include "core/shortage.hpp"
#include "output/device_file_name.hpp"

namespace iptraf::output {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnknown = "U";

constexpr const char* kNoReason = "librrd says nothing; is the disk full?";

/// librrd's message, which is empty when the disk is full.
std::string librrd_error() {
  const char* const message = rrd_get_error();
  const std::string text = message == nullptr ? "" : message;
  rrd_clear_error();
  return text.empty() ? kNoReason : text;
}

constexpr const char* kLocked = "could not lock RRD";  // librrd's words; it has no number for it

/// Calls librrd until no other program has the file locked, or patience ends. The error is then librrd's own.
template <typename Call>
auto unlocked(LockPatience& patience, Call call) {
  while (true) {
    rrd_clear_error();
    auto result = call();
    if (rrd_test_error() == 0 || std::strcmp(rrd_get_error(), kLocked) != 0 || !patience.wait()) return result;
  }
}

/// Behind a link landlock forbids what permissions allow: then advice about these leads nowhere.
std::string link_hint(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  std::error_code ignored;
  if (!fs::is_symlink(folder, ignored)) return "";
  return "; " + folder.string() + " is a link: outside of rrd.directory nothing can be written";
}

/// With what to do about the file, unless the trouble is another: then the file may well be sound.
RrdError error_of(const std::string& path, const std::string& what, const std::string& advice) {
  const std::string reason = librrd_error();
  if (reason == kLocked) {
    return RrdError(what +
                    ": another program has locked it for longer than the exporter waits; is something like "
                    "rrdtool dump still reading it? What is counted meanwhile goes into the next value");
  }
  if (reason.find(std::strerror(EMFILE)) != std::string::npos) return RrdError(path + ": " + kTooManyOpenFiles);
  const bool is_forbidden = reason.find(std::strerror(EACCES)) != std::string::npos;
  return RrdError(what + ": " + reason + advice + (is_forbidden ? link_hint(path) : ""));
}

/// What argv of a C interface looks like.
std::vector<const char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<const char*> pointers;
  pointers.reserve(words.size());
  for (const std::string& word : words) pointers.push_back(word.c_str());
  return pointers;
}

constexpr const char* kPermissionAdvice = "; let the exporter's user write there, or name another rrd.directory";

void make_directory_of(const std::string& path) {
  const fs::path directory = fs::path(path).parent_path();
  std::error_code error;
  fs::create_directories(directory, error);
  if (!error) return;
  throw RrdError("cannot create " + path + ": cannot make the directory " + directory.string() + ": " +
                 error.message() + kPermissionAdvice);
}

/// What is there under the name of the file.
enum class Existing : std::uint8_t { kNothing, kFile, kOther };

Existing existing(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return Existing::kNothing;
  return S_ISREG(status.st_mode) ? Existing::kFile : Existing::kOther;
}

}  // namespace

std::string rrd_path(const RoundRobinFile& file) { return device_file_name(file.device) + "/" + file.name + ".rrd"; }

RrdLayout rrd_layout(const config::Rrd& settings) {
  return {static_cast<std::time_t>(settings.step.seconds), settings.ds_type, settings.archives};
}

std::vector<std::string> rrd_definitions(const RrdLayout& layout, std::span<const RoundRobinValue> sources) {
  constexpr std::string_view kFunctions[] = {"AVERAGE", "MAX"};
  const std::string heartbeat = std::to_string(layout.heartbeat_seconds());
  // 100 Gbit/s. Of a counter that went back librrd thinks that it has wrapped around; a limit bounds what follows.
  const bool is_counter = layout.ds_type == config::RrdType::kCounter;
  const std::string counted = is_counter ? ":COUNTER:" + heartbeat + ":U:12500000000" : ":DERIVE:" + heartbeat + ":0:U";
  const std::string measured = ":GAUGE:" + heartbeat + ":0:U";
  std::vector<std::string> words;
  for (const RoundRobinValue& source : sources) {
    words.push_back("DS:" + source.source + (source.is_gauge ? measured : counted));
  }
  for (const std::string_view function : kFunctions) {
    for (const config::RrdArchive& archive : layout.archives) {
      words.push_back("RRA:" + std::string(function) + ":0.5:" + std::to_string(archive.steps) + ":" +
                      std::to_string(archive.rows));
    }
  }
  return words;
}

std::string lack_message(const std::string& path, const RrdLayout& layout, std::span<const RoundRobinValue> lacking) {
  RrdLayout without_archives = layout;
  without_archives.archives.clear();
  std::string names;
  for (const RoundRobinValue& value : lacking) names += " " + value.source;
  std::string definitions;
  for (const std::string& word : rrd_definitions(without_archives, lacking)) definitions += " " + word;
  return path + " lacks the data sources" + names + ", which are not written; add them with: rrdtool tune " + path +
         definitions;
}

std::string later_values_message(std::time_t last_update) {
  return "it has values up to " + std::to_string(last_update) +
         " seconds since the epoch, which is later; has the clock been set back? It goes on from then, or at once when "
         "the file is moved away";
}

std::string rrd_update_words(std::time_t seconds, std::span<const RoundRobinValue> values) {
  std::string words = std::to_string(seconds);
  for (const RoundRobinValue& value : values) {
    words += ':';
    words += value.value ? std::to_string(*value.value) : std::string(kUnknown);
  }
  return words;
}

RrdFile::RrdFile(std::string path, const RrdLayout& layout, std::span<const RoundRobinValue> sources,
                 std::time_t first_seconds, LockPatience& patience)
    : path_(std::move(path)), patience_(&patience) {
  const Existing found = existing(path_);
  if (found == Existing::kOther) throw RrdError(path_ + " is no file: remove it, or name another rrd.directory");
  has_existed_ = found == Existing::kFile;
  if (!has_existed_) create(layout, sources, first_seconds);
  read_sources();
}

std::vector<RoundRobinValue> RrdFile::lacking(std::span<const RoundRobinValue> wanted) const {
  std::vector<RoundRobinValue> values;
  std::copy_if(wanted.begin(), wanted.end(), std::back_inserter(values),
               [this](const RoundRobinValue& value) { return sources_.count(value.source) == 0; });
  return values;
}

/// librrd may say nothing, or that all is well, when the disk is full: what counts is whether the file is there.
void RrdFile::create(const RrdLayout& layout, std::span<const RoundRobinValue> sources,
                     std::time_t first_seconds) const {
  make_directory_of(path_);
  const std::vector<std::string> words = rrd_definitions(layout, sources);
  std::vector<const char*> pointers = pointers_to(words);
  rrd_clear_error();
  const int status =
      rrd_create_r(path_.c_str(), static_cast<unsigned long>(layout.step_seconds), first_seconds - layout.step_seconds,
                   static_cast<int>(pointers.size()), pointers.data());
  if (status != 0 || existing(path_) != Existing::kFile) {
    const std::string reason = librrd_error();
    throw RrdError("cannot create " + path_ + ": " + reason +
                   (reason == kNoReason ? "" : kPermissionAdvice + link_hint(path_)));
  }
}

/// Keys of the description look like ds[22_in].index.
void RrdFile::read_sources() {
  const std::unique_ptr<rrd_info_t, decltype(&rrd_info_free)> info(
      unlocked(*patience_, [this] { return rrd_info_r(path_.c_str()); }), rrd_info_free);
  if (!info) {
    throw error_of(path_, path_ + " cannot be read as a round-robin database",
                   "; it is left as it is: move it away to let a new one be made");
  }
  for (const rrd_info_t* entry = info.get(); entry != nullptr; entry = entry->next) {
    const std::string_view key = entry->key;
    const std::size_t end = key.find("].index");
    if (key.starts_with("ds[") && end != std::string_view::npos) sources_.insert(std::string(key.substr(3, end - 3)));
    if (const std::size_t dot = key.find("].type"); key.starts_with("ds[") && dot != std::string_view::npos) {
      types_[std::string(key.substr(3, dot - 3))] = entry->value.u_str;
    }
    if (key.starts_with("ds[") && key.ends_with("].minimal_heartbeat") && entry->type == RD_I_CNT) {
      heartbeat_seconds_ = std::min(heartbeat_seconds_, static_cast<std::time_t>(entry->value.u_cnt));
    }
  }
}

std::vector<std::string> RrdFile::mistyped(std::span<const RoundRobinValue> values) const {
  std::vector<std::string> found;
  for (const RoundRobinValue& value : values) {
    const auto type = types_.find(value.source);
    if (type == types_.end() || value.is_gauge) continue;
    const bool takes_totals = type->second == "DERIVE" || type->second == "COUNTER" || type->second == "DDERIVE" ||
                              type->second == "DCOUNTER";
    if (!takes_totals) found.push_back(value.source + " is " + type->second);
  }
  return found;
}

std::string mistyped_message(const RrdFile& file, std::span<const std::string> mistyped) {
  std::string list;
  for (const std::string& word : mistyped) list += (list.empty() ? "" : ", ") + word;
  return file.path() + " takes totals for something else (" + list + "); make rates of them with: rrdtool tune " +
         file.path() + " --data-source-type NAME:DERIVE";
}

std::string short_heartbeat_message(const RrdFile& file, const RrdLayout& layout) {
  return file.path() + " expects a value every " + std::to_string(file.heartbeat_seconds()) +
         " seconds (its heartbeat) and gets one every " + std::to_string(layout.step_seconds) +
         ", so that all is unknown; set rrd.step to its own step, or raise the heartbeat of each data source with: "
         "rrdtool tune " +
         file.path() + " --heartbeat NAME:" + std::to_string(layout.heartbeat_seconds());
}

std::time_t RrdFile::last_update() const {
  const std::time_t last = unlocked(*patience_, [this] { return rrd_last_r(path_.c_str()); });
  if (last == -1) throw error_of(path_, "cannot read " + path_, "");
  return last;
}

bool RrdFile::update(std::time_t seconds, std::span<const RoundRobinValue> values) {
  std::string names;
  std::vector<RoundRobinValue> present;
  for (const RoundRobinValue& value : values) {
    if (sources_.count(value.source) == 0) continue;
    names += (names.empty() ? "" : ":") + value.source;
    present.push_back(value);
  }
  if (present.empty()) return false;
  return write(seconds, names, rrd_update_words(seconds, present));
}

bool RrdFile::update_unknown(std::time_t seconds) {
  std::vector<RoundRobinValue> values;
  for (const std::string& source : sources_) values.push_back({source, std::nullopt, false});
  return !values.empty() && update(seconds, values);
}

bool RrdFile::write(std::time_t seconds, const std::string& sources, const std::string& values) const {
  if (seconds <= last_update()) return false;
  const char* arguments[] = {values.c_str()};
  const int status = unlocked(
      *patience_, [&] { return rrd_update_r(path_.c_str(), sources.c_str(), std::size(arguments), arguments); });
  if (status != 0) {
    throw error_of(path_, "cannot update " + path_,
                   "; let the exporter's user write it, or move it away to let a new one be made");
  }
  return true;
}

}  // namespace iptraf::output
