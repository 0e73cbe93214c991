// SPDX-License-Identifier: GPL-2.0-or-later
// TemporaryInput: an input as a file in memory, for what reads files.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "core/file_descriptor.hpp"
#include "target.hpp"

namespace iptraf::fuzz {

class TemporaryInput {
 public:
  explicit TemporaryInput(Bytes content) : file_(::memfd_create("input", MFD_CLOEXEC)) {
    const ssize_t written = ::write(file_.get(), content.data(), content.size());
    require(written == static_cast<ssize_t>(content.size()), "the input can be written");
  }

  std::string path() const { return "/proc/self/fd/" + std::to_string(file_.get()); }

 private:
  FileDescriptor file_;
};

}  // namespace iptraf::fuzz
