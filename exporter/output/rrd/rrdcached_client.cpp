// SPDX-License-Identifier: GPL-2.0-or-later
// RrdcachedClient: rrdcached's line protocol over a unix or TCP socket, with a limit on every wait.
#include "output/rrd/rrdcached_client.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace iptraf::output {
namespace {

constexpr auto kPatience = std::chrono::seconds(2);
constexpr std::size_t kMaxLineBytes = 65536;
constexpr int kMaxLines = 100'000;

/// The number that a line begins with.
std::optional<int> leading_number(std::string_view line) {
  int number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

std::string behind_number(std::string_view line) {
  const std::size_t space = line.find(' ');
  return space == std::string_view::npos ? "" : std::string(line.substr(space + 1));
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

/// A name or an address; of an address in brackets the colons and a zone are part.
bool is_host(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    constexpr std::string_view kOthers = ".-_:%";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

int open_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_open()) return -1;
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return -1;
  return fd.release();
}

}  // namespace

std::optional<RrdcachedAddress> RrdcachedAddress::parse(std::string_view text) {
  RrdcachedAddress address;
  const bool is_unix = text.starts_with("unix:");
  if (is_unix) text.remove_prefix(5);
  if (text.starts_with('/')) {
    address.unix_path = text;
    return address;
  }
  if (is_unix) return std::nullopt;
  const bool is_bracketed = text.starts_with('[');
  const std::size_t close = text.find(']');
  if (is_bracketed && close == std::string_view::npos) return std::nullopt;
  std::string_view rest = is_bracketed ? text.substr(close + 1) : text;
  address.host = is_bracketed ? text.substr(1, close - 1) : text.substr(0, text.find(':'));
  if (!is_bracketed) rest.remove_prefix(address.host.size());
  if (!rest.empty()) {
    address.port = rest.substr(1);
    if (rest[0] != ':' || !is_port(address.port)) return std::nullopt;
  }
  if (!is_host(address.host)) return std::nullopt;
  return address;
}

std::string rrdcached_word(std::string_view text) {
  std::string word;
  for (const char c : text) {
    if (c == ' ' || c == '\\') word += '\\';
    word += c;
  }
  return word;
}

void RrdcachedClient::close() noexcept {
  socket_.reset();
  received_.clear();
}

void RrdcachedClient::fail(const std::string& why) {
  close();
  const std::string where = address_.unix_path.empty() ? address_.host + " port " + address_.port : address_.unix_path;
  throw RrdcachedError("rrdcached at " + where + ": " + why);
}

void RrdcachedClient::wait_for(short events, Deadline deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  pollfd event{socket_.get(), events, 0};
  const int ready = left.count() <= 0 ? 0 : ::poll(&event, 1, static_cast<int>(left.count()));
  if (ready < 0 && errno != EINTR) fail(std::strerror(errno));
  if (ready == 0) fail("it does not answer in time");
}

void RrdcachedClient::connect(Deadline deadline) {
  if (socket_.is_open()) return;
  received_.clear();
  if (!address_.unix_path.empty()) {
    socket_.reset(open_unix(address_.unix_path));
    if (!socket_.is_open()) fail(std::string("cannot connect: ") + std::strerror(errno));
    return;
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int problem = ::getaddrinfo(address_.host.c_str(), address_.port.c_str(), &hints, &found);
  if (problem != 0) fail(std::string("cannot be resolved: ") + ::gai_strerror(problem));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  int last_error = ECONNREFUSED;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    socket_.reset(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket_.is_open()) continue;
    if (::connect(socket_.get(), address->ai_addr, address->ai_addrlen) == 0) return;
    if (errno == EINPROGRESS) wait_for(POLLOUT, deadline);
    socklen_t size = sizeof last_error;
    ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &last_error, &size);
    if (last_error == 0) return;
  }
  fail(std::string("cannot connect: ") + std::strerror(last_error));
}

void RrdcachedClient::send(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EINTR) {
      wait_for(POLLOUT, deadline);
    } else {
      fail(std::strerror(errno));
    }
  }
}

std::string RrdcachedClient::read_line(Deadline deadline) {
  for (;;) {
    const std::size_t end = received_.find('\n');
    if (end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    if (received_.size() > kMaxLineBytes) fail("it sent a line without end");
    std::array<char, 16384> piece;
    const ssize_t got = ::recv(socket_.get(), piece.data(), piece.size(), 0);
    if (got > 0) {
      received_.append(piece.data(), static_cast<std::size_t>(got));
    } else if (got == 0) {
      fail("it closed the connection");
    } else if (errno == EAGAIN || errno == EINTR) {
      wait_for(POLLIN, deadline);
    } else {
      fail(std::strerror(errno));
    }
  }
}

RrdcachedReply RrdcachedClient::read_reply(Deadline deadline) {
  const std::string line = read_line(deadline);
  const std::optional<int> status = leading_number(line);
  if (!status || *status > kMaxLines) fail("its answer is not in its protocol: " + line.substr(0, 100));
  RrdcachedReply reply{*status, behind_number(line), {}};
  for (int i = 0; i < reply.status; ++i) reply.lines.push_back(read_line(deadline));
  return reply;
}

RrdcachedReply RrdcachedClient::ask(const std::string& command) {
  const Deadline deadline = std::chrono::steady_clock::now() + kPatience;
  connect(deadline);
  send(command + "\n", deadline);
  return read_reply(deadline);
}

std::map<std::size_t, std::string> RrdcachedClient::batch(std::span<const std::string> commands) {
  if (ask("BATCH").is_error()) fail("it refuses batches");
  std::string lines;
  for (const std::string& command : commands) lines += command + "\n";
  const Deadline deadline = std::chrono::steady_clock::now() + kPatience;
  send(lines + ".\n", deadline);
  const RrdcachedReply reply = read_reply(deadline);
  if (reply.is_error()) fail("a batch failed: " + reply.message);
  std::map<std::size_t, std::string> problems;
  for (const std::string& line : reply.lines) {  // "3 message": its commands are numbered from 1
    const std::optional<int> number = leading_number(line);
    if (!number || *number < 1 || static_cast<std::size_t>(*number) > commands.size()) {
      fail("its answer to a batch is not in its protocol");
    }
    problems.emplace(static_cast<std::size_t>(*number - 1), behind_number(line));
  }
  return problems;
}

}  // namespace iptraf::output
