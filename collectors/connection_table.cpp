// SPDX-License-Identifier: GPL-2.0-or-later
// ConnectionTable: a fixed number of connections, found by tuple, each in the list that says when it may go.
#include "collectors/connection_table.hpp"

#include <algorithm>
#include <bit>

namespace iptraf::collectors {

ConnectionTable::ConnectionTable(std::uint32_t capacity)
    : connections_(capacity),
      links_(capacity),
      index_(std::bit_ceil(std::max<std::size_t>(capacity, 1) * 2)),
      mask_(index_.size() - 1) {}

Connection* ConnectionTable::find(const ConnectionKey& key, std::uint32_t hash) noexcept {
  for (std::size_t at = hash & mask_; index_[at].place != kNone; at = (at + 1) & mask_) {
    if (index_[at].hash != hash) continue;
    Connection& connection = connection_at(index_[at].place);
    if (connection.key == key) return &connection;
  }
  return nullptr;
}

/// Those that were used before come first: their memory is there.
ConnectionTable::Place ConnectionTable::take_free(std::uint32_t hash) noexcept {
  const bool is_reused = free_ != kNone;
  const Place place = is_reused ? free_ : static_cast<Place>(++untouched_);
  Links& links = links_at(place);
  if (is_reused) free_ = links.newer;
  links.hash = hash;
  links.is_used = true;
  ++size_;
  return place;
}

Connection& ConnectionTable::insert(const ConnectionKey& key, std::uint32_t hash, ConnectionList list) noexcept {
  const Place place = take_free(hash);
  Connection& connection = connection_at(place);
  connection = Connection{};
  connection.key = key;
  add_to_index(place);
  link_behind(place, ends(list).newest, list);
  return connection;
}

void ConnectionTable::add_to_index(Place place) noexcept {
  Links& links = links_at(place);
  std::size_t at = links.hash & mask_;
  while (index_[at].place != kNone) at = (at + 1) & mask_;
  index_[at] = {links.hash, place};
  links.is_indexed = true;
}

void ConnectionTable::move_to(const Connection& connection, ConnectionList list) noexcept {
  const Place place = place_of(connection);
  const Links& links = links_at(place);
  if (links.list == list && links.newer == kNone) return;
  unlink(place);
  link_behind(place, ends(list).newest, list);
}

/// Ends come nearly in order: only what ended within the same batch can stand behind.
void ConnectionTable::move_to_ended(const Connection& connection) noexcept {
  const Place place = place_of(connection);
  unlink(place);
  Place older = ends(ConnectionList::kEnded).newest;
  while (older != kNone && connection_at(older).ended_at > connection.ended_at) older = links_at(older).older;
  link_behind(place, older, ConnectionList::kEnded);
}

void ConnectionTable::release_tuple(const Connection& connection) noexcept { remove_from_index(place_of(connection)); }

void ConnectionTable::remove_from_index(Place place) noexcept {
  Links& links = links_at(place);
  std::size_t at = links.hash & mask_;
  while (index_[at].place != place) at = (at + 1) & mask_;
  close_gap(at);
  links.is_indexed = false;
}

void ConnectionTable::erase(const Connection& connection) noexcept {
  const Place place = place_of(connection);
  Links& links = links_at(place);
  if (links.is_indexed) remove_from_index(place);
  unlink(place);
  links.is_used = false;
  links.newer = free_;
  free_ = place;
  --size_;
}

Connection* ConnectionTable::oldest(ConnectionList list) noexcept {
  const Place place = ends(list).oldest;
  return place == kNone ? nullptr : &connection_at(place);
}

void ConnectionTable::take_over(ConnectionTable& other) noexcept {
  for (const ConnectionList list : {ConnectionList::kEnded, ConnectionList::kHalfOpen, ConnectionList::kOpen}) {
    while (const Connection* const from = other.oldest(list)) {
      const Links& links = other.links_at(other.place_of(*from));
      const Place place = take_free(links.hash);
      connection_at(place) = *from;
      if (links.is_indexed) add_to_index(place);
      link_behind(place, ends(list).newest, list);
      other.erase(*from);
    }
  }
}

/// Deletion without tombstones: what was displaced past the gap moves back into it.
void ConnectionTable::close_gap(std::size_t gap) noexcept {
  for (std::size_t at = (gap + 1) & mask_; index_[at].place != kNone; at = (at + 1) & mask_) {
    const std::size_t home = index_[at].hash & mask_;
    if (((at - home) & mask_) < ((at - gap) & mask_)) continue;
    index_[gap] = index_[at];
    gap = at;
  }
  index_[gap] = {};
}

/// Between `older`, kNone for the beginning, and what followed it.
void ConnectionTable::link_behind(Place place, Place older, ConnectionList list) noexcept {
  Ends& list_ends = ends(list);
  Links& links = links_at(place);
  const Place newer = older == kNone ? list_ends.oldest : links_at(older).newer;
  links.list = list;
  links.older = older;
  links.newer = newer;
  (older == kNone ? list_ends.oldest : links_at(older).newer) = place;
  (newer == kNone ? list_ends.newest : links_at(newer).older) = place;
}

void ConnectionTable::unlink(Place place) noexcept {
  const Links& links = links_at(place);
  Ends& list_ends = ends(links.list);
  (links.older == kNone ? list_ends.oldest : links_at(links.older).newer) = links.newer;
  (links.newer == kNone ? list_ends.newest : links_at(links.newer).older) = links.older;
}

}  // namespace iptraf::collectors
