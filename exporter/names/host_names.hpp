// SPDX-License-Identifier: GPL-2.0-or-later
// HostNames: reverse lookup of addresses in the background, remembered.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/packet.hpp"

namespace iptraf::names {

/// Reverse lookup cannot start. The message says why and what to do.
class HostNamesError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The defaults suit a resolver that others use as well: what an attacker sends must not become a flood of queries.
struct HostNamesOptions {
  std::vector<std::string> servers;              ///< ADDRESS, ADDRESS:PORT or [V6]:PORT; empty: those of `resolv_conf`
  std::string resolv_conf = "/etc/resolv.conf";  ///< resolv.conf(5); read again when it changes
  std::uint16_t port = 53;                       ///< of servers that name none

  std::chrono::milliseconds try_timeout{1500};  ///< of the first try; each later try waits twice as long
  int tries = 2;                                ///< for each server
  double queries_per_second = 10;
  double burst = 50;  ///< queries at once after a pause

  std::uint32_t max_in_flight = 16;
  std::size_t max_waiting = 1024;
  std::uint32_t max_cached = 8192;  ///< addresses with and without a name

  std::chrono::seconds shortest_ttl{30};  ///< bounds of the TTL that an answer has
  std::chrono::seconds longest_ttl{24 * 3600};
  std::chrono::seconds not_found_ttl{600};  ///< the server says that there is no name, or it is not fit to be shown
  std::chrono::seconds failed_ttl{60};      ///< no answer, or the server could not tell
};

/// Since the start, and at the moment.
struct HostNamesCounters {
  std::uint64_t queries = 0;    ///< lookups that were begun; each may be sent `tries` times to each server
  std::uint64_t found = 0;      ///< answers with a name
  std::uint64_t not_found = 0;  ///< answers that there is no name
  std::uint64_t rejected = 0;   ///< answers whose name is no host name and was not used
  std::uint64_t failed = 0;     ///< lookups without a usable answer: timeouts, refusals, damaged messages
  std::uint64_t dropped = 0;    ///< times that the queue was full
  std::size_t cached = 0;
  std::size_t waiting = 0;
  std::size_t in_flight = 0;

  std::uint64_t ended() const noexcept { return found + not_found + rejected + failed; }
};

/// Names are decoration: the address stays the key and is always shown, for whoever owns an address decides what its
/// name is. Only DNS is asked, not /etc/hosts.
/// Threading: any thread, the last owner too, which destroys it. The lookups have a thread of their own in
/// which all signals are blocked; it is started with the privileges that the constructing thread has.
class HostNames {
 public:
  /// Throws HostNamesError when c-ares cannot start or a server is no address, std::system_error when the system has no
  /// thread or descriptor left.
  explicit HostNames(const HostNamesOptions& options = {});

  /// Ends at once, whatever is in flight.
  ~HostNames();
  HostNames(const HostNames&) = delete;
  HostNames& operator=(const HostNames&) = delete;

  /// Never waits for an answer. A host name by the rules of config::is_host_name() (letters, digits, '-', '_', '.'; at
  /// most 253 bytes), or empty. An address that is not in the cache, or whose entry has expired, is looked up in the
  /// background; an expired name is shown until the new answer is there.
  std::string name_of(const IpAddress& address);

  HostNamesCounters counters() const;

  /// Waits until `count` lookups have ended since construction; false when `limit` comes first.
  bool wait_for_lookups(std::uint64_t count, std::chrono::milliseconds limit);

 private:
  class Resolver;
  std::unique_ptr<Resolver> resolver_;
};

}  // namespace iptraf::names
