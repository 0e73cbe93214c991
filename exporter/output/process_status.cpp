// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel knows of this process, for the process_* metrics.
#include "output/process_status.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace iptraf::output {
namespace {

/// Fields of /proc/PID/stat behind the command name, which may hold anything up to the last ')'.
enum StatField : int {
  kUserTicks = 14,
  kSystemTicks = 15,
  kThreads = 20,
  kStartTicks = 22,
  kVirtual = 23,
  kResident = 24
};

void read_stat(ProcessStatus& status) {
  std::ifstream file("/proc/self/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return;
  std::istringstream fields(text.substr(name_end + 1));
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  double start_ticks = 0;
  std::string field;
  for (int number = 3; fields >> field && number <= kResident; ++number) {
    const auto value = [&field] { return std::stod(field); };
    if (number == kUserTicks || number == kSystemTicks) status.cpu_seconds += value() / ticks_per_second;
    if (number == kThreads) status.threads = value();
    if (number == kStartTicks) start_ticks = value();
    if (number == kVirtual) status.virtual_bytes = value();
    if (number == kResident) status.resident_bytes = value() * static_cast<double>(::sysconf(_SC_PAGESIZE));
  }
  status.start_seconds = start_ticks / ticks_per_second;
}

/// Seconds since the epoch at which the machine booted.
double boot_seconds() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return 0;
}

double count_open_fds() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    ++count;
  }
  return count > 0 ? count - 1 : 0;  // the directory itself was open
}

}  // namespace

ProcessStatus read_process_status() {
  ProcessStatus status;
  read_stat(status);
  status.start_seconds += boot_seconds();
  status.open_fds = count_open_fds();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) status.max_fds = static_cast<double>(limit.rlim_cur);
  return status;
}

}  // namespace iptraf::output
