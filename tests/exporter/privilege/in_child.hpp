// SPDX-License-Identifier: GPL-2.0-or-later
// in_child(): runs what cannot be undone in a process of its own.
#pragma once

#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <functional>
#include <string>

namespace iptraf::test {

/// What `run` returns, or the message of what it throws.
inline std::string in_child(const std::function<std::string()>& run) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    spdlog::set_level(spdlog::level::off);
    std::string result;
    try {
      result = run();
    } catch (const std::exception& error) {
      result = error.what();
    }
    [[maybe_unused]] const ssize_t written = ::write(ends[1], result.data(), result.size());
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string result;
  std::array<char, 4096> piece;
  for (ssize_t got = 0; (got = ::read(ends[0], piece.data(), piece.size())) > 0;) {
    result.append(piece.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? result : result + " (the child ended with " + std::to_string(status) + ")";
}

}  // namespace iptraf::test
