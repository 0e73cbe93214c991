// SPDX-License-Identifier: GPL-2.0-or-later
// Resolver: the addresses that a host name of a filter rule stands for.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/packet.hpp"

namespace iptraf::filter {

/// Why a host name has no address; what() is the reason alone.
class ResolveError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// All addresses of `host`, each once; throws ResolveError when there is none. May block for as long as name servers
/// take to answer: for the main thread, never for a capture thread.
using Resolver = std::function<std::vector<IpAddress>(const std::string& host)>;

/// Asks the system: files and name servers, as getaddrinfo() (RFC 3493 section 6.1) is configured.
Resolver system_resolver();

}  // namespace iptraf::filter
