// SPDX-License-Identifier: GPL-2.0-or-later
// InterfaceVerdicts: admits interfaces to the device table and answers by interface index.
#include "capture/interface_verdicts.hpp"

#include <net/if_arp.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace iptraf::capture {
namespace {

constexpr std::size_t kMinTableSize = 64;

LinkKind to_kind(std::uint16_t hardware_type) noexcept {
  switch (hardware_type) {
    case ARPHRD_ETHER:
      return LinkKind::kEthernet;
    case ARPHRD_FDDI:
      return LinkKind::kFddi;
    case ARPHRD_LOOPBACK:
      return LinkKind::kLoopback;
    default:
      return LinkKind::kOther;
  }
}

}  // namespace

InterfaceVerdicts::InterfaceVerdicts(InterfaceSelection selection, DeviceTable& devices)
    : selection_(std::move(selection)), devices_(devices), table_(kMinTableSize) {}

void InterfaceVerdicts::link_changed(const Link& link) {
  is_changed_ = true;
  Entry& entry = entries_[link.index];
  if (entry.is_removed || entry.link.name != link.name) {
    if (!entry.is_removed) leave(entry);
    entry = Entry{};
  }
  entry.link = link;
  if (entry.state != State::kWanted) {
    judge(entry, link.is_set_up());
  } else if (devices_.stands_for(entry.slot, link.name)) {
    devices_.update(entry.slot, link.mtu_bytes, link.is_up());
  } else {
    admit(entry);
  }
  admit_waiting();
}

void InterfaceVerdicts::link_removed(int index) {
  const auto found = entries_.find(index);
  if (found == entries_.end() || found->second.is_removed) return;
  is_changed_ = true;
  leave(found->second);
  found->second.is_removed = true;
  found->second.removed_at = 0;
  admit_waiting();
}

void InterfaceVerdicts::judge(Entry& entry, bool is_up) {
  switch (selection_.judge(entry.link.name, entry.link.is_loopback(), is_up)) {
    case Selected::kYes:
      entry.state = State::kWanted;
      admit(entry);
      spdlog::info("capturing interface device={} index={} mtu_bytes={}", entry.link.name, entry.link.index,
                   entry.link.mtu_bytes);
      break;
    case Selected::kNo:
      entry.state = State::kUnwanted;
      break;
    case Selected::kWhenUp:
      entry.state = State::kUndecided;
      break;
  }
}

void InterfaceVerdicts::admit(Entry& entry) {
  const Link& link = entry.link;
  entry.slot = devices_.admit(link.name, to_kind(link.hardware_type), link.mtu_bytes, link.is_up());
  if (!devices_.stands_for(entry.slot, link.name)) {
    waiting_.insert(link.index);
    tell_limit(link);
    return;
  }
  waiting_.erase(link.index);
  // The table may have taken the slot from an interface that was removed just now.
  std::erase_if(entries_, [&](const auto& item) {
    const Entry& other = item.second;
    return other.is_removed && other.slot == entry.slot && other.link.name != link.name;
  });
}

void InterfaceVerdicts::admit_waiting() {
  while (!waiting_.empty()) {
    Entry& entry = entries_.at(*waiting_.begin());
    admit(entry);
    if (waiting_.contains(entry.link.index)) return;
    spdlog::info("interface has a slot of its own now device={} index={}", entry.link.name, entry.link.index);
  }
}

void InterfaceVerdicts::tell_limit(const Link& link) {
  if (!devices_.is_first_to_tell_limit()) return;
  spdlog::warn(
      "more than {} interfaces: those beyond count together as device=\"other\" until one goes, the first of them is "
      "{}; leave out what is not needed with capture.exclude",
      kMaxDevices, link.name);
}

void InterfaceVerdicts::leave(const Entry& entry) {
  const bool was_waiting = waiting_.erase(entry.link.index) > 0;
  if (entry.state != State::kWanted) return;
  spdlog::info("interface is gone or renamed device={} index={}", entry.link.name, entry.link.index);
  if (was_waiting) return;
  // Two interfaces that swap names, or a namesake that came before the removal was told: the slot has an owner.
  const bool has_heir = std::any_of(entries_.begin(), entries_.end(), [&](const auto& item) {
    const auto& [index, other] = item;
    const bool is_owner = !other.is_removed && other.state == State::kWanted && !waiting_.contains(index);
    return &other != &entry && is_owner && other.slot == entry.slot;
  });
  // Another thread may have been told earlier, and have given the slot away.
  if (!has_heir && devices_.stands_for(entry.slot, entry.link.name)) devices_.set_gone(entry.slot);
}

const Verdict* InterfaceVerdicts::find(int index) const noexcept {
  const std::size_t mask = table_.size() - 1;
  for (std::size_t at = static_cast<std::size_t>(index) & mask; table_[at].index != 0; at = (at + 1) & mask) {
    if (table_[at].index == index) return &table_[at];
  }
  return nullptr;
}

const Verdict& InterfaceVerdicts::judge_by_frame(int index, Timestamp now) {
  Entry& entry = entries_[index];
  const bool is_unknown = entry.link.name.empty();
  if (entry.state == State::kUndecided && !is_unknown) judge(entry, true);
  if (is_unknown) {
    entry.link.index = index;
    entry.state = State::kUnwanted;
    entry.is_removed = true;
    entry.removed_at = 0;
  }
  is_changed_ = true;
  commit(now);
  return *find(index);
}

void InterfaceVerdicts::forget_removed(Timestamp latest) {
  const auto forgotten = std::erase_if(entries_, [&](const auto& item) {
    const Entry& entry = item.second;
    return entry.is_removed && entry.removed_at != 0 && entry.removed_at < latest;
  });
  if (forgotten > 0) is_changed_ = true;
}

bool InterfaceVerdicts::commit(Timestamp now) {
  if (!is_changed_) return false;
  is_changed_ = false;
  std::vector<Verdict> verdicts;
  for (auto& [index, entry] : entries_) {
    if (entry.is_removed && entry.removed_at == 0) entry.removed_at = now;
    if (entry.state == State::kUndecided) continue;
    verdicts.push_back({index, entry.link.mtu_bytes, entry.slot, entry.state == State::kWanted});
  }
  table_.assign(std::max(kMinTableSize, std::bit_ceil(verdicts.size() * 2 + 1)), Verdict{});
  for (const Verdict& verdict : verdicts) insert(verdict);
  return true;
}

void InterfaceVerdicts::insert(const Verdict& verdict) noexcept {
  const std::size_t mask = table_.size() - 1;
  std::size_t at = static_cast<std::size_t>(verdict.index) & mask;
  while (table_[at].index != 0) at = (at + 1) & mask;
  table_[at] = verdict;
}

std::vector<int> InterfaceVerdicts::unwanted() const {
  std::vector<int> indexes;
  for (const auto& [index, entry] : entries_) {
    if (entry.state == State::kUnwanted && !entry.is_removed) indexes.push_back(index);
  }
  return indexes;
}

bool InterfaceVerdicts::has_wanted() const noexcept {
  return std::any_of(entries_.begin(), entries_.end(),
                     [](const auto& item) { return item.second.state == State::kWanted && !item.second.is_removed; });
}

std::vector<int> InterfaceVerdicts::promiscuous() const {
  std::vector<int> indexes;
  for (const auto& [index, entry] : entries_) {
    const LinkKind kind = to_kind(entry.link.hardware_type);
    const bool has_mode = kind == LinkKind::kEthernet || kind == LinkKind::kFddi;
    if (entry.state == State::kWanted && !entry.is_removed && has_mode) indexes.push_back(index);
  }
  return indexes;
}

}  // namespace iptraf::capture
