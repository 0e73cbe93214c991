// SPDX-License-Identifier: GPL-2.0-or-later
// The comparison of Origin and Host, and the hosts that no name server decides about.
#include "web/access.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string_view>

#include "core/text.hpp"
#include "web/header_text.hpp"

namespace iptraf::web {
namespace {

constexpr const char* kHowToOpen =
    " Ask from the machine itself, over 127.0.0.1, [::1] or a unix socket; give the web configuration users or client "
    "certificates; or set web.open_api: true in the configuration to answer everyone.";

std::string_view header(const Request& request, const std::string& name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string_view() : trim(found->second);
}

/// The host part of `host[:port]`, brackets included; the port, without its colon, goes to `port`.
std::string_view split_authority(std::string_view text, std::string_view& port) {
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  port = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  return text.substr(0, colon);
}

/// `host:port` in lower case, with the port that the scheme stands for where none is written.
std::string normal_authority(std::string_view text, std::string_view default_port) {
  std::string_view port;
  const std::string_view host = split_authority(text, port);
  return lower_case(host) + ":" + std::string(port.empty() ? default_port : port);
}

bool is_foreign_origin(std::string_view origin, std::string_view host) {
  constexpr std::string_view kSchemeEnd = "://";
  const std::size_t scheme_end = origin.find(kSchemeEnd);
  if (scheme_end == std::string_view::npos || host.empty()) return true;
  const bool is_tls = lower_case(origin.substr(0, scheme_end)) == "https";
  const std::string_view default_port = is_tls ? "443" : "80";
  return normal_authority(origin.substr(scheme_end + kSchemeEnd.size()), default_port) !=
         normal_authority(host, default_port);
}

/// Whether no name server decides where `host` leads.
bool is_fixed_host(std::string_view authority) {
  std::string_view port;
  const std::string host = lower_case(split_authority(authority, port));
  if (port.find_first_not_of("0123456789") != std::string_view::npos) return false;
  if (host == "localhost") return true;
  in6_addr address{};
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &address) == 1;
  }
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

}  // namespace

std::optional<std::string> access_refusal(const Request& request, bool is_open) {
  const std::string_view host = header(request, "host");
  if (request.headers.count("origin") > 0 && is_foreign_origin(header(request, "origin"), host)) {
    return "This page is not for pages of other sites: the Origin \"" + printable_utf8(header(request, "origin")) +
           "\" is not the Host \"" + printable_utf8(host) + "\".";
  }
  if (is_open || request.is_unix_socket) return std::nullopt;
  if (!request.is_local) {
    return std::string("This page tells who talks to whom, or changes settings: only this machine may ask.") +
           kHowToOpen;
  }
  if (!host.empty() && !is_fixed_host(host)) {
    return "This page is not given under the name \"" + printable_utf8(host) +
           "\", which could be anyone's: ask for an IP address or localhost." + kHowToOpen;
  }
  return std::nullopt;
}

}  // namespace iptraf::web
