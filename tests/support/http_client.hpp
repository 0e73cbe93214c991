// SPDX-License-Identifier: GPL-2.0-or-later
// HttpClient: a raw-socket HTTP client for tests, able to misbehave.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace iptraf::test {

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

/// One connection. Every wait ends after kPatienceSeconds, so that a broken server fails a test instead of hanging it.
class HttpClient {
 public:
  /// "127.0.0.1:80", "[::1]:80" or "unix:/path". Throws std::runtime_error when it cannot connect.
  /// `receive_buffer_bytes` above 0 bounds what the kernel takes in unread.
  explicit HttpClient(const std::string& address, int receive_buffer_bytes = 0);
  ~HttpClient();
  HttpClient(HttpClient&& other) noexcept;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// False when the server has closed the connection.
  bool send(std::string_view bytes);
  /// Says that nothing more will be sent.
  void end_sending();

  /// The next response; nothing when the connection ends before it is whole, except that a body with neither a length
  /// nor chunks ends with its connection. `has_body` is false for the answer to HEAD.
  std::optional<HttpResponse> receive(bool has_body = true);

  /// All that still comes up to the end of the connection.
  std::string read_to_end();
  /// Waits for the end of the connection, throwing away what comes. False: it is still open when patience ends.
  bool wait_for_close();
  /// Takes in some of what comes every few milliseconds, and throws it away. False: the connection ends before `time`
  /// has passed.
  bool reads_on_for(std::chrono::duration<double> time);
  /// Whether the server has ended the connection by now, or does within `wait_ms`.
  bool is_closed(int wait_ms = 0);
  /// Whether nothing comes, no end either, within `wait_ms`.
  bool is_silent(int wait_ms);
  /// Waits until an answer has begun. False: none does.
  bool wait_for_answer();

  static constexpr int kPatienceSeconds = 20;

 private:
  bool read_more();
  bool take(std::size_t size, std::string& to);
  bool receive_chunks(std::string& to);

  int fd_ = -1;
  std::string buffer_;
};

/// Sends `request` on a connection of its own. Throws std::runtime_error when no response comes.
HttpResponse fetch(const std::string& address, std::string_view request, bool has_body = true);

/// "GET target HTTP/1.1" with a Host header, the given header lines (each ended by CRLF) and the end of the head.
std::string get(std::string_view target, std::string_view header_lines = "");

}  // namespace iptraf::test
