// SPDX-License-Identifier: GPL-2.0-or-later
// The raw-socket HTTP client of the tests.
#include "support/http_client.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

namespace iptraf::test {
namespace {

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

int open_socket(int family, int receive_buffer_bytes) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  const timeval patience{HttpClient::kPatienceSeconds, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (receive_buffer_bytes > 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  }
  return fd;
}

int connect_to(int fd, const sockaddr* address, socklen_t length, const std::string& text) {
  if (connect(fd, address, length) != 0) {
    const int error = errno;
    close(fd);
    errno = error;
    fail("connect to " + text);
  }
  return fd;
}

int connect_unix(const std::string& path, int receive_buffer_bytes) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = open_socket(AF_UNIX, receive_buffer_bytes);
  return connect_to(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address, path);
}

int connect_tcp(const std::string& text, int receive_buffer_bytes) {
  const std::size_t colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  if (host.size() > 1 && host.front() == '[') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), text.substr(colon + 1).c_str(), &hints, &found) != 0) {
    throw std::runtime_error("not an address: " + text);
  }
  sockaddr_storage address{};
  const socklen_t length = found->ai_addrlen;
  __builtin_memcpy(&address, found->ai_addr, length);
  freeaddrinfo(found);
  const int fd = open_socket(address.ss_family, receive_buffer_bytes);
  return connect_to(fd, reinterpret_cast<const sockaddr*>(&address), length, text);
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

HttpResponse parse_head(std::string_view head) {
  HttpResponse response;
  const std::size_t space = head.find(' ');
  response.status = std::stoi(std::string(head.substr(space + 1, 3)));
  std::size_t line = head.find("\r\n") + 2;
  while (line < head.size()) {
    const std::size_t end = head.find("\r\n", line);
    const std::string_view text = head.substr(line, end - line);
    const std::size_t colon = text.find(": ");
    if (colon == std::string_view::npos) break;
    response.headers[lower(std::string(text.substr(0, colon)))] = text.substr(colon + 2);
    line = end + 2;
  }
  return response;
}

}  // namespace

HttpClient::HttpClient(const std::string& address, int receive_buffer_bytes) {
  const bool is_unix = address.compare(0, 5, "unix:") == 0;
  fd_ = is_unix ? connect_unix(address.substr(5), receive_buffer_bytes) : connect_tcp(address, receive_buffer_bytes);
}

HttpClient::HttpClient(HttpClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)) {}

HttpClient::~HttpClient() {
  if (fd_ >= 0) close(fd_);
}

bool HttpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void HttpClient::end_sending() { shutdown(fd_, SHUT_WR); }

bool HttpClient::read_more() {
  char bytes[65536];
  const ssize_t count = recv(fd_, bytes, sizeof bytes, 0);
  if (count <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(count));
  return true;
}

std::optional<HttpResponse> HttpClient::receive(bool has_body) {
  std::size_t head_end = buffer_.find("\r\n\r\n");
  while (head_end == std::string::npos) {
    if (!read_more()) return std::nullopt;
    head_end = buffer_.find("\r\n\r\n");
  }
  HttpResponse response = parse_head(std::string_view(buffer_).substr(0, head_end + 2));
  buffer_.erase(0, head_end + 4);
  if (response.status == 100) return receive(has_body);
  if (!has_body) return response;
  if (response.headers.count("transfer-encoding") > 0)
    return receive_chunks(response.body) ? std::optional(response) : std::nullopt;
  if (response.headers.count("content-length") > 0) {
    return take(std::stoul(response.headers.at("content-length")), response.body) ? std::optional(response)
                                                                                  : std::nullopt;
  }
  response.body = read_to_end();
  return response;
}

std::string HttpClient::read_to_end() {
  while (read_more()) {
  }
  return std::exchange(buffer_, {});
}

bool HttpClient::take(std::size_t size, std::string& to) {
  while (buffer_.size() < size) {
    if (!read_more()) return false;
  }
  to.append(buffer_, 0, size);
  buffer_.erase(0, size);
  return true;
}

bool HttpClient::receive_chunks(std::string& to) {
  while (true) {
    std::size_t line_end = buffer_.find("\r\n");
    for (; line_end == std::string::npos; line_end = buffer_.find("\r\n")) {
      if (!read_more()) return false;
    }
    const std::size_t size = std::stoul(buffer_, nullptr, 16);
    buffer_.erase(0, line_end + 2);
    std::string end;
    if (!take(size, to) || !take(2, end)) return false;
    if (size == 0) return true;
  }
}

bool HttpClient::wait_for_close() {
  errno = 0;
  while (read_more()) buffer_.clear();
  return errno != EAGAIN;
}

bool HttpClient::reads_on_for(std::chrono::duration<double> time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    if (!read_more()) return false;
    buffer_.clear();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

bool HttpClient::is_closed(int wait_ms) {
  pollfd polled{fd_, POLLIN, 0};
  poll(&polled, 1, wait_ms);
  char byte;
  const ssize_t count = recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN);
}

bool HttpClient::is_silent(int wait_ms) {
  pollfd polled{fd_, POLLIN, 0};
  return poll(&polled, 1, wait_ms) == 0;
}

bool HttpClient::wait_for_answer() { return !is_closed(kPatienceSeconds * 1000); }

HttpResponse fetch(const std::string& address, std::string_view request, bool has_body) {
  HttpClient client(address);
  client.send(request);
  std::optional<HttpResponse> response = client.receive(has_body);
  if (!response) throw std::runtime_error("the server closed the connection without a response");
  return *response;
}

std::string get(std::string_view target, std::string_view header_lines) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n" + std::string(header_lines) + "\r\n";
}

}  // namespace iptraf::test
