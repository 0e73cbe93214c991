// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the process metrics against what the system calls of this process say.
#include "output/process_status.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <future>
#include <thread>

#include "core/file_descriptor.hpp"
#include "support/catch.hpp"

using iptraf::FileDescriptor;
using iptraf::output::read_process_status;

TEST_CASE("The status of this process is plausible") {
  const auto status = read_process_status();
  CHECK(status.cpu_seconds >= 0);
  CHECK(status.resident_bytes >= 1e6);
  CHECK(status.virtual_bytes > status.resident_bytes);
  CHECK(status.threads >= 1);
  CHECK(status.start_seconds > 1.6e9);
  CHECK(status.start_seconds <= static_cast<double>(std::time(nullptr)) + 2);
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(status.max_fds == static_cast<double>(limit.rlim_cur));
}

TEST_CASE("An open descriptor and a thread more are counted") {
  std::thread([] {}).join();  // a sanitizer starts a thread of its own with the first
  const auto before = read_process_status();
  const FileDescriptor one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const FileDescriptor two(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  std::promise<void> done;
  std::thread thread([&] { done.get_future().wait(); });
  const auto after = read_process_status();
  done.set_value();
  thread.join();
  CHECK(after.open_fds == before.open_fds + 2);
  CHECK(after.threads == before.threads + 1);
}

TEST_CASE("A process name with brackets and blanks confuses nothing") {
  char name[16] = {};
  REQUIRE(::prctl(PR_GET_NAME, name) == 0);
  REQUIRE(::prctl(PR_SET_NAME, "x) R 1 (y) 9") == 0);
  const auto status = read_process_status();
  CHECK(::prctl(PR_SET_NAME, name) == 0);
  CHECK(status.threads >= 1);
  CHECK(status.resident_bytes >= 1e6);
}
