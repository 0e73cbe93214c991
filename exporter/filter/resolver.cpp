// SPDX-License-Identifier: GPL-2.0-or-later
// Host names to addresses with getaddrinfo().
#include "filter/resolver.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <system_error>

#include "core/ipv4_mapped.hpp"

namespace iptraf::filter {
namespace {

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

std::string reason_of(int status, int system_error) {
  return status == EAI_SYSTEM ? std::generic_category().message(system_error) : ::gai_strerror(status);
}

AddressList look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int status = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (status != 0) throw ResolveError(reason_of(status, errno));
  return {found, ::freeaddrinfo};
}

std::optional<IpAddress> address_of(const addrinfo& entry) {
  IpAddress address{};
  if (entry.ai_family == AF_INET6 && entry.ai_addrlen >= sizeof(sockaddr_in6)) {
    sockaddr_in6 ipv6;
    std::memcpy(&ipv6, entry.ai_addr, sizeof ipv6);
    std::memcpy(address.data(), &ipv6.sin6_addr, 16);
    return address;
  }
  if (entry.ai_family == AF_INET && entry.ai_addrlen >= sizeof(sockaddr_in)) {
    sockaddr_in ipv4;
    std::memcpy(&ipv4, entry.ai_addr, sizeof ipv4);
    store_ipv4(&ipv4.sin_addr, address);
    return address;
  }
  return std::nullopt;
}

std::vector<IpAddress> resolve(const std::string& host) {
  const AddressList list = look_up(host);
  std::vector<IpAddress> addresses;
  for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    const auto address = address_of(*entry);
    if (address && std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) {
      addresses.push_back(*address);
    }
  }
  if (addresses.empty()) throw ResolveError("it has no IP address");
  return addresses;
}

}  // namespace

Resolver system_resolver() { return resolve; }

}  // namespace iptraf::filter
