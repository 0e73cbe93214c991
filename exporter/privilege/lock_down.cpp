// SPDX-License-Identifier: GPL-2.0-or-later
// lock_down(): everything is open; from here on the process may do almost nothing.
#include "privilege/lock_down.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "privilege/capabilities.hpp"
#include "privilege/landlock.hpp"
#include "privilege/readable_files.hpp"
#include "privilege/system_call_filter.hpp"
#include "privilege/system_directories.hpp"

namespace iptraf::privilege {
namespace {

/// Where libraries, their data, the system's settings and the facts of the kernel are.
constexpr const char* kSystemDirectories[] = {
    "/usr", "/lib", "/lib64", "/etc", "/proc", "/sys", "/dev", "/run", "/var/lib/ieee-data"};

std::string parent_of(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::absolute(path, ignored).parent_path().string();
}

bool may_make_in(const std::filesystem::path& directory) {
  return ::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

/// Where an output is written: the directory above it, the nearest that exists, so that it can be removed and made
/// again, but only where the user could do that in any case, and what else is there is not the system's or others'.
/// Otherwise the output's own.
std::filesystem::path ground_of(const std::string& output) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::weakly_canonical(std::filesystem::absolute(output, error), error);
  std::filesystem::path above = path.parent_path();
  while (!std::filesystem::is_directory(above, error) && above.has_relative_path()) above = above.parent_path();
  return may_make_in(above) && !is_shared(above) ? above : path;
}

DirectoryRules directory_rules(const LockDown& settings) {
  DirectoryRules rules;
  rules.readable.assign(std::begin(kSystemDirectories), std::end(kSystemDirectories));
  for (const std::string& file : settings.reload_files) {
    std::error_code ignored;
    rules.readable.push_back(parent_of(file));
    rules.readable.push_back(parent_of(std::filesystem::canonical(file, ignored)));  // where a link leads
  }
  for (const OutputDirectory& output : settings.outputs) rules.writable.push_back(ground_of(output.path).string());
  return rules;
}

/// Those that this process writes to itself.
std::vector<OutputDirectory> outputs_with_files(const LockDown& settings) {
  std::vector<OutputDirectory> outputs;
  std::copy_if(settings.outputs.begin(), settings.outputs.end(), std::back_inserter(outputs),
               [](const OutputDirectory& output) { return output.is_own_file != nullptr; });
  return outputs;
}

/// A rule needs a directory: there is none for what is made later.
void tell_missing(const std::vector<OutputDirectory>& outputs) {
  for (const OutputDirectory& output : outputs) {
    std::error_code error;
    if (std::filesystem::is_directory(ground_of(output.path), error)) continue;
    spdlog::warn(
        "{} {} could not be made: what is made there later is closed to this process, until it is started again",
        output.key, output.path);
  }
}

/// Landlock and seccomp cover threads that are made later, not those that are there.
void check_alone() {
  std::error_code error;
  std::size_t threads = 0;
  for (std::filesystem::directory_iterator task("/proc/self/task", error), end; !error && task != end;
       task.increment(error)) {
    ++threads;
  }
  if (threads > 1) throw PrivilegeError("a thread was started before the privileges were given up");
}

std::string own_name() {
  const passwd* const entry = ::getpwuid(::geteuid());
  return entry != nullptr ? entry->pw_name : std::to_string(::geteuid());
}

}  // namespace

std::string lock_down(const LockDown& settings) {
  check_alone();
  const std::optional<Identity> identity = target_identity(settings.user);
  const std::vector<OutputDirectory> outputs = outputs_with_files(settings);
  if (identity && identity->uid != 0) {
    for (const OutputDirectory& output : outputs) hand_over_directory(output, *identity);
  }
  clear_bounding_set();
  become(identity, settings.user.has_value());
  for (const OutputDirectory& output : outputs) keep_directory(output);  // of whom it has become, or who it stays
  drop_capabilities();
  check_readable(settings.reload_files);
  const std::string no_landlock = restrict_to(directory_rules(settings));
  if (no_landlock.empty()) {
    tell_missing(outputs);
  } else {
    spdlog::info("this kernel does not restrict files (landlock): {}", no_landlock);
  }
  const std::string no_seccomp = refuse_system_calls();
  if (!no_seccomp.empty()) spdlog::info("this kernel does not refuse system calls (seccomp): {}", no_seccomp);
  return own_name();
}

}  // namespace iptraf::privilege
