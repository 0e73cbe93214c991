// SPDX-License-Identifier: GPL-2.0-or-later
// RrdcachedClient: rrdcached's line protocol over a unix or TCP socket, with a limit on every wait.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/file_descriptor.hpp"

namespace iptraf::output {

/// The daemon cannot be reached, is too slow, or does not speak its protocol: the connection is closed.
class RrdcachedError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Where the daemon listens: `unix:/PATH` or `/PATH`, or a host as `HOST`, `HOST:PORT`, `[V6]:PORT`.
struct RrdcachedAddress {
  std::string unix_path;  ///< not empty: the rest means nothing
  std::string host;
  std::string port = "42217";

  /// Empty when `text` is none of these.
  static std::optional<RrdcachedAddress> parse(std::string_view text);
};

/// What the daemon says to one command (rrdcached(1), section PROTOCOL).
struct RrdcachedReply {
  int status = 0;  ///< negative: an error; else the number of lines
  std::string message;
  std::vector<std::string> lines;

  bool is_error() const noexcept { return status < 0; }
};

/// Connects by itself when there is no connection. Threading: one thread.
class RrdcachedClient {
 public:
  explicit RrdcachedClient(RrdcachedAddress address) : address_(std::move(address)) {}

  /// Sends a line, without its end. Throws RrdcachedError.
  RrdcachedReply ask(const std::string& command);

  /// Sends commands as one batch. What went wrong of each, by its place from 0; empty: all went well. Throws
  /// RrdcachedError: then nothing is known of any.
  std::map<std::size_t, std::string> batch(std::span<const std::string> commands);

  void close() noexcept;

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  void connect(Deadline deadline);
  void send(std::string_view bytes, Deadline deadline);
  std::string read_line(Deadline deadline);
  RrdcachedReply read_reply(Deadline deadline);
  void wait_for(short events, Deadline deadline);
  [[noreturn]] void fail(const std::string& why);

  RrdcachedAddress address_;
  FileDescriptor socket_;
  std::string received_;  ///< and not yet read as lines
};

/// A word of the protocol: spaces and backslashes are escaped.
std::string rrdcached_word(std::string_view text);

}  // namespace iptraf::output
