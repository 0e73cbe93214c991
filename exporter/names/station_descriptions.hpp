// SPDX-License-Identifier: GPL-2.0-or-later
// StationDescriptions: what the operator calls a MAC address.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/packet.hpp"

namespace iptraf::names {

/// A file of descriptions that cannot be read. The message names the file, the reason and what to do.
class DescriptionError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Descriptions by MAC address, from the configuration and from the files of IPTraf's LAN station monitor. Every text
/// is printable UTF-8 of at most 128 bytes. Threading: filled on one thread, then immutable.
class StationDescriptions {
 public:
  /// Adds LanStation::descriptions, keyed by aa:bb:cc:dd:ee:ff. These win over every file; call it first. `path` is
  /// that of their key. Returns which are too long, as "path.aa:bb:cc:dd:ee:ff: expected ...", for the log.
  [[nodiscard]] std::vector<std::string> configure(const std::string& path,
                                                   const std::map<std::string, std::string>& configured);

  /// Adds the stations of a file. A line is one of
  ///   00201e457e00:Cisco gateway         IPTraf's ethernet.desc and fddi.desc
  ///   00:20:1e:45:7e:00 Cisco gateway    iptraf-ng's, and /etc/ethers (ethers(5))
  /// Empty lines and those that start with # are passed over. The first description of an address wins.
  ///
  /// Returns what is wrong with single lines, as "path:line: expected ...", for the log; good lines count all the same,
  /// and so does the beginning of a description that is too long.
  /// After kMaxProblems of them the last message tells how many more there are; so it is with configure().
  /// Throws DescriptionError when the file cannot be read, is no regular file, or is larger than kMaxFileBytes.
  [[nodiscard]] std::vector<std::string> read_file(const std::string& path);

  /// Empty when the station has none.
  std::string_view find(const MacAddress& mac) const;

  static constexpr std::size_t kMaxFileBytes = std::size_t{16} << 20;
  static constexpr std::size_t kMaxDescriptionBytes = 128;
  static constexpr std::size_t kMaxProblems = 20;

 private:
  struct Description {
    std::string text;
    bool is_configured = false;
  };

  std::string add_line(std::string_view line);

  std::map<MacAddress, Description> descriptions_;
};

}  // namespace iptraf::names
