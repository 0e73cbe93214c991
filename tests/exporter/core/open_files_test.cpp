// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the limit of open files: what is left shrinks by what is opened, and the soft limit becomes the hard one.
#include "core/open_files.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include "core/file_descriptor.hpp"
#include "support/catch.hpp"

using namespace iptraf;

namespace {

/// The limits of the process as they were, at the end.
class SameLimits {
 public:
  SameLimits() { ::getrlimit(RLIMIT_NOFILE, &before_); }
  ~SameLimits() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  SameLimits(const SameLimits&) = delete;
  SameLimits& operator=(const SameLimits&) = delete;
  rlimit before() const { return before_; }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("What is left is the limit without what is open") {
  const SameLimits limits;
  rlimit soft = limits.before();
  soft.rlim_cur = 100;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &soft) == 0);
  const std::size_t before = open_files_left();
  CHECK(before < 97);  // the standard streams are open
  const FileDescriptor opened(::dup(0));
  CHECK(open_files_left() == before - 1);
  soft.rlim_cur = 4;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &soft) == 0);
  CHECK(open_files_left() <= 1);
}

TEST_CASE("The soft limit becomes the hard one") {
  const SameLimits limits;
  rlimit soft = limits.before();
  soft.rlim_cur = 64;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &soft) == 0);
  raise_open_file_limit();
  rlimit after{};
  ::getrlimit(RLIMIT_NOFILE, &after);
  CHECK(after.rlim_cur == limits.before().rlim_max);
}
