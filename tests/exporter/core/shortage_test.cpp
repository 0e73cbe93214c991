// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of reason_of(): what the process lacks, with what to do, and other errors as they are.
#include "core/shortage.hpp"

#include <stdexcept>
#include <string>

#include "support/catch.hpp"

using iptraf::reason_of;

namespace {

std::string reason_of_system(int error) {
  return reason_of(std::system_error(error, std::generic_category(), "eventfd"));
}

}  // namespace

TEST_CASE("A want of memory, descriptors or threads is told with what to allow") {
  CHECK(std::string(reason_of(std::bad_alloc())).find("MemoryMax=") != std::string::npos);
  CHECK(reason_of_system(EMFILE).find("LimitNOFILE=") != std::string::npos);
  CHECK(reason_of_system(ENFILE).find("LimitNOFILE=") != std::string::npos);
  CHECK(reason_of_system(EAGAIN).find("TasksMax=") != std::string::npos);
}

TEST_CASE("Any other error has its own words") {
  CHECK(reason_of_system(EPERM) == "eventfd: Operation not permitted");
  CHECK(std::string(reason_of(std::runtime_error("no such thing"))) == "no such thing");
}
