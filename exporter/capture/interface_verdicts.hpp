// SPDX-License-Identifier: GPL-2.0-or-later
// InterfaceVerdicts: from the interface index of a frame to its device slot, or to "not captured".
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "capture/interface_selection.hpp"
#include "capture/interfaces.hpp"
#include "core/device.hpp"

namespace iptraf::capture {

/// What to do with the frames of one interface.
struct Verdict {
  int index = 0;
  std::uint32_t mtu_bytes = 0;
  DeviceSlot slot = 0;
  bool is_wanted = false;
};

/// Judges every interface once it is known and keeps the device table in step. Once `auto` has taken an interface
/// it stays taken while it has that name, even when it goes down. Interfaces beyond the limit of the device table
/// count as "other" until an interface goes; then those that are alive get slots, in the order of their index. One
/// thread; the table may be shared with other threads that are told the same.
class InterfaceVerdicts final : public LinkListener {
 public:
  InterfaceVerdicts(InterfaceSelection selection, DeviceTable& devices);

  void link_changed(const Link& link) override;
  void link_removed(int index) override;

  /// The verdict on `index`; nullptr when none was made yet. No allocation: called per frame.
  const Verdict* find(int index) const noexcept;

  /// A frame of an interface without a verdict is proof that it is up. What netlink does not know even after all
  /// its messages were read is refused until a message names it.
  const Verdict& judge_by_frame(int index, Timestamp now);

  /// Forgets interfaces that were removed before `latest`. Until then their last frames still find their slot.
  void forget_removed(Timestamp latest);

  /// Makes the changes since the last call visible to find(); false when there were none. `now` is the time of
  /// removal of what was removed since.
  bool commit(Timestamp now);

  /// Indexes whose frames the kernel may drop, ascending.
  std::vector<int> unwanted() const;

  /// Some interface that is present is captured.
  bool has_wanted() const noexcept;

  /// Present, wanted, and of a kind that has a promiscuous mode; ascending.
  std::vector<int> promiscuous() const;

  const InterfaceSelection& selection() const noexcept { return selection_; }

 private:
  enum class State : std::uint8_t { kUndecided, kWanted, kUnwanted };

  struct Entry {
    Link link;
    State state = State::kUndecided;
    DeviceSlot slot = 0;
    bool is_removed = false;
    Timestamp removed_at = 0;  ///< 0 until the next commit
  };

  void judge(Entry& entry, bool is_up);
  void admit(Entry& entry);
  void admit_waiting();
  void tell_limit(const Link& link);
  void leave(const Entry& entry);
  void insert(const Verdict& verdict) noexcept;

  InterfaceSelection selection_;
  DeviceTable& devices_;
  std::map<int, Entry> entries_;
  std::set<int> waiting_;       ///< present and wanted, but without a slot of their own
  std::vector<Verdict> table_;  ///< open addressing, a power of two, at most half full; index 0 is free
  bool is_changed_ = false;
};

}  // namespace iptraf::capture
