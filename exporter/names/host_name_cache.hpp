// SPDX-License-Identifier: GPL-2.0-or-later
// HostNameCache: what is known of addresses, and which of them wait for a lookup.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "core/bounded_table.hpp"
#include "core/packet.hpp"

namespace iptraf::names {

/// Both parts are bounded: a full cache lets the least recently asked address go, a full queue takes no newcomer.
/// Threading: one thread at a time.
class HostNameCache {
 public:
  using Clock = std::chrono::steady_clock;

  /// Both capacities are above 0.
  HostNameCache(std::uint32_t capacity, std::size_t max_waiting) : table_(capacity), max_waiting_(max_waiting) {}

  /// The name, empty when there is none or none is known yet. An address that is not in the cache, or whose entry has
  /// expired, begins to wait for a lookup; an expired name is shown until the new answer is there.
  const std::string& ask(const IpAddress& address, Clock::time_point now);

  /// The address that waits longest waits no longer: its lookup begins. Nothing when none waits; those that the cache
  /// has let go meanwhile are passed over.
  std::optional<IpAddress> start_next();

  /// The answer to a lookup; empty: the address has no name. It is lost when the cache has let the address go.
  void store(const IpAddress& address, std::string name, Clock::time_point expires_at);

  std::size_t size() const noexcept { return table_.size(); }
  std::size_t waiting() const noexcept { return waiting_.size(); }

  /// Times that a full queue turned an address away.
  std::uint64_t turned_away() const noexcept { return turned_away_; }

 private:
  enum class Lookup : std::uint8_t { kNone, kWaiting, kInFlight };

  struct HostName {
    std::string name;
    Clock::time_point expires_at;
    Lookup lookup = Lookup::kNone;
  };
  using Table = BoundedTable<IpAddress, HostName>;

  Table table_;
  std::deque<IpAddress> waiting_;  ///< may name an address twice that left the cache and came back
  std::size_t max_waiting_;
  std::uint64_t turned_away_ = 0;
};

}  // namespace iptraf::names
