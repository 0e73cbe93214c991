// SPDX-License-Identifier: GPL-2.0-or-later
// MacVendors: who was assigned a MAC address, from the IEEE's registries.
#pragma once

#include <memory>
#include <string>

#include "core/packet.hpp"

namespace iptraf::names {

class VendorTable;

/// The vendor of a MAC address as Debian's package ieee-data knows it: blocks of 24 bits (oui.csv), 28 bits (mam.csv)
/// and 36 bits (oui36.csv, iab.csv); the longest matching assignment wins, and of equal ones the first in the file.
/// One that is made without load() knows nothing, not even local addresses: what `names.vendors: false` wants.
/// Threading: any thread. Copies share the table, which the first vendor() reads (about 7 ms and 2 MB, once), so that
/// start-up pays nothing and a program that shows no station never does.
class MacVendors {
 public:
  MacVendors() = default;

  /// Reads nothing yet. A directory, a file or a line that is not there or damaged gives no vendors and no error,
  /// since ieee-data is only recommended.
  static MacVendors load(std::string directory = "/usr/share/ieee-data");

  /// "local" for a locally administered unicast address (IEEE 802, universal/local bit); empty for group addresses
  /// and for those that nobody was assigned. Printable UTF-8 of at most 128 bytes.
  std::string vendor(const MacAddress& mac) const;

 private:
  std::shared_ptr<VendorTable> table_;
};

}  // namespace iptraf::names
