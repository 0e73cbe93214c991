// SPDX-License-Identifier: GPL-2.0-or-later
// What an exception says to a person, also where the system is short of memory, descriptors or threads.
#pragma once

#include <cerrno>
#include <exception>
#include <new>
#include <system_error>

namespace iptraf {

/// What EMFILE and ENFILE mean to a person.
inline constexpr const char* kTooManyOpenFiles =
    "there are too many open files: allow the process more (LimitNOFILE= in its systemd unit, ulimit -n)";

/// In words, with what to do where the process lacks something; else the exception's own text. Allocates nothing, and
/// the text lives as long as the exception. Any thread.
inline const char* reason_of(const std::exception& error) noexcept {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    return "there is not enough memory: allow the process more (MemoryMax= in its systemd unit, ulimit -v), or let it "
           "keep less (capture.ring_mib, collectors.tcp.max_connections)";
  }
  const auto* const system = dynamic_cast<const std::system_error*>(&error);
  if (system == nullptr) return error.what();
  switch (system->code().value()) {
    case EMFILE:
    case ENFILE:
      return kTooManyOpenFiles;
    case EAGAIN:
      return "no thread can be started: allow the process more memory (MemoryMax= in its systemd unit, ulimit -v) or "
             "threads (TasksMax=, ulimit -u)";
    default:
      return error.what();
  }
}

}  // namespace iptraf
