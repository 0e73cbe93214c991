// SPDX-License-Identifier: GPL-2.0-or-later
// The parser of listen addresses.
#include "web/listen_address.hpp"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>

#include "web/http_server.hpp"

namespace iptraf::web {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::size_t kMaxUnixPathBytes = sizeof(sockaddr_un::sun_path) - 1;

[[noreturn]] void refuse(const ListenAddress& address, const std::string& why) {
  std::string shown = address.text;
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c >= 0 && c < ' '; }, '?');
  throw ListenError("listen address \"" + shown + "\": " + why +
                    "; write :port, host:port, [IPv6 address]:port or unix:/path");
}

std::uint16_t parse_port(const ListenAddress& address, std::string_view digits) {
  if (digits.empty()) refuse(address, "the port is missing");
  std::uint16_t port = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc() || stop != end) {
    refuse(address, "\"" + std::string(digits) + "\" is not a port number from 0 to 65535");
  }
  return port;
}

void parse_unix(ListenAddress& address, std::string_view path) {
  if (path.empty() || path[0] != '/') refuse(address, "the path of a unix socket begins with /");
  if (path.size() > kMaxUnixPathBytes) {
    refuse(address, "the path of a unix socket has at most " + std::to_string(kMaxUnixPathBytes) + " bytes");
  }
  address.unix_path = path;
}

void parse_bracketed(ListenAddress& address, std::string_view text) {
  const std::size_t bracket = text.find(']');
  if (bracket == std::string_view::npos) refuse(address, "the bracket is not closed");
  address.host = text.substr(1, bracket - 1);
  in6_addr ignored{};
  const std::string without_zone = address.host.substr(0, address.host.find('%'));
  if (inet_pton(AF_INET6, without_zone.c_str(), &ignored) != 1) {
    refuse(address, "\"" + address.host + "\" is not an IPv6 address");
  }
  const std::string_view rest = text.substr(bracket + 1);
  if (rest.empty() || rest[0] != ':') refuse(address, "the port is missing");
  address.port = parse_port(address, rest.substr(1));
}

bool is_host_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
}

void parse_host_and_port(ListenAddress& address, std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) refuse(address, "the port is missing");
  if (text.find(':', colon + 1) != std::string_view::npos) refuse(address, "an IPv6 address stands in brackets");
  address.host = text.substr(0, colon);
  for (const char c : address.host) {
    if (!is_host_character(c)) refuse(address, "\"" + address.host + "\" is not a host name or an IPv4 address");
  }
  address.port = parse_port(address, text.substr(colon + 1));
}

}  // namespace

ListenAddress parse_listen_address(std::string_view text) {
  ListenAddress address;
  address.text = text;
  if (text.empty()) refuse(address, "it is empty");
  if (text.find('\0') != std::string_view::npos) refuse(address, "it has a NUL byte");
  if (text.substr(0, kUnixPrefix.size()) == kUnixPrefix) {
    parse_unix(address, text.substr(kUnixPrefix.size()));
  } else if (text[0] == '[') {
    parse_bracketed(address, text);
  } else {
    parse_host_and_port(address, text);
  }
  return address;
}

}  // namespace iptraf::web
