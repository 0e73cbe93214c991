// SPDX-License-Identifier: GPL-2.0-or-later
// The packet path of a filter: a small cache of verdicts before Filter::judge().
#include "filter/shard_filter.hpp"

#include <algorithm>
#include <utility>

#include "core/hash.hpp"

namespace iptraf::filter {
namespace {

/// 48 KiB: the flows of a moment, without crowding the collectors' tables out of the processor's cache.
constexpr unsigned kPlaceBits = 10;

/// Up to here judging anew takes no longer than looking a verdict up: a rule costs 3 ns, a verdict that is found 11 to
/// 15 ns (Zen 4).
constexpr std::size_t kFewRules = 4;

/// Where the count of a rule with an action stands: the implied exclude's place does not depend on how many rules there
/// are.
std::size_t count_index(std::size_t rule, std::size_t rule_count, bool is_include) noexcept {
  return (rule == rule_count ? 0 : rule + 1) * 2 + (is_include ? 1 : 0);
}

}  // namespace

ShardFilter::ShardFilter(std::shared_ptr<const Filter> filter, bool is_tcp_both_ways)
    : filter_(std::move(filter)), is_tcp_both_ways_(is_tcp_both_ways), counts_((filter_->rule_count() + 1) * 2) {
  if (filter_->rule_count() > kFewRules) remembered_.resize(std::size_t{1} << kPlaceBits);
  for (std::size_t i = 0; i < hash_keys_.size(); ++i) hash_keys_[i] = seeded_hash(&i, sizeof i);
}

bool ShardFilter::passes(const Packet& packet) noexcept {
  const Verdict verdict =
      packet.has_ports && !remembered_.empty() ? judge(packet) : filter_->judge(packet, is_tcp_both_ways_);
  counts_[count_index(verdict.rule, filter_->rule_count(), verdict.include)] += packet.segments;
  return verdict.include;
}

/// The same packet without the cache would be judged alike.
Verdict ShardFilter::judge(const Packet& packet) noexcept {
  const FlowKey key = key_of(packet);
  Remembered& place = remembered_[place_of(key)];
  if (place.key != key) {
    place.key = key;
    place.verdict = filter_->judge(packet, is_tcp_both_ways_);
  }
  return place.verdict;
}

ShardFilter::FlowKey ShardFilter::key_of(const Packet& packet) noexcept {
  constexpr std::uint64_t kInUse = std::uint64_t{1} << 63;
  const AddressWords source = words_of(packet.source);
  const AddressWords destination = words_of(packet.destination);
  const std::uint64_t rest = kInUse | std::uint64_t{static_cast<std::uint8_t>(port_transport(packet))} << 48 |
                             std::uint64_t{static_cast<std::uint8_t>(packet.network)} << 40 |
                             std::uint64_t{packet.protocol} << 32 | std::uint64_t{packet.source_port} << 16 |
                             packet.destination_port;
  return {source.first, source.second, destination.first, destination.second, rest};
}

/// Multilinear hashing over 32-bit halves (Lemire and Kaser 2014, "Strongly universal string hashing is fast"): nobody
/// who does not know the keys can choose flows that fall on one place.
std::size_t ShardFilter::place_of(const FlowKey& key) const noexcept {
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < key.size(); ++i) {
    hash += (hash_keys_[2 * i] + (key[i] & 0xffffffff)) * (hash_keys_[2 * i + 1] + (key[i] >> 32));
  }
  return hash >> (64 - kPlaceBits);
}

std::uint64_t ShardFilter::packets(std::size_t rule) const noexcept { return packets(rule, filter_->includes(rule)); }

std::uint64_t ShardFilter::packets(std::size_t rule, bool is_include) const noexcept {
  return counts_[count_index(rule, filter_->rule_count(), is_include)];
}

void ShardFilter::adopt_counts(const ShardFilter& other) {
  counts_.resize(std::max(counts_.size(), other.counts_.size()));
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
}

}  // namespace iptraf::filter
