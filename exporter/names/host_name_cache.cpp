// SPDX-License-Identifier: GPL-2.0-or-later
// HostNameCache: what is known of addresses, and which of them wait for a lookup.
#include "names/host_name_cache.hpp"

#include <utility>

namespace iptraf::names {

const std::string& HostNameCache::ask(const IpAddress& address, Clock::time_point now) {
  static const std::string kNoName;
  Table::Entry* entry = table_.find(address);
  if (entry != nullptr) {
    table_.touch(*entry);
    if (entry->value.lookup != Lookup::kNone || now < entry->value.expires_at) return entry->value.name;
  }
  if (waiting_.size() >= max_waiting_) {
    ++turned_away_;
    return entry == nullptr ? kNoName : entry->value.name;
  }
  waiting_.push_back(address);
  if (entry == nullptr) {
    if (Table::Entry* const oldest = table_.oldest(); oldest != nullptr && table_.is_full()) table_.erase(*oldest);
    entry = &table_.insert(address);
  }
  entry->value.lookup = Lookup::kWaiting;
  return entry->value.name;
}

std::optional<IpAddress> HostNameCache::start_next() {
  while (!waiting_.empty()) {
    const IpAddress address = waiting_.front();
    waiting_.pop_front();
    Table::Entry* const entry = table_.find(address);
    if (entry == nullptr || entry->value.lookup != Lookup::kWaiting) continue;
    entry->value.lookup = Lookup::kInFlight;
    return address;
  }
  return std::nullopt;
}

void HostNameCache::store(const IpAddress& address, std::string name, Clock::time_point expires_at) {
  Table::Entry* const entry = table_.find(address);
  if (entry == nullptr) return;
  // An address that came back to the cache waits for a lookup of its own; this answer serves it as well.
  entry->value = {std::move(name), expires_at, Lookup::kNone};
}

}  // namespace iptraf::names
