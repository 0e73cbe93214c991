// SPDX-License-Identifier: GPL-2.0-or-later
// Service names by protocol and port, from services(5).
#pragma once

#include <cstdint>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace iptraf::names {

/// The first name that the file gives a port; aliases serve find_port() alone. Threading: immutable after loading.
class ServiceNames {
 public:
  /// Reads the file; one that is not there gives an empty table, since netbase is only recommended.
  static ServiceNames load(const std::string& path = "/etc/services");

  /// Reads lines of services(5). A line that is none, or whose name is not printable ASCII, is passed over.
  static ServiceNames parse(std::istream& in);

  /// Empty when the port has no name. `protocol` is tcp or udp.
  std::string_view find(std::string_view protocol, std::uint16_t port) const;

  /// The port that has this name or, if none has, this alias. A name of `cut_characters` may be the beginning of a
  /// longer one, if there is only one such port.
  std::optional<std::uint16_t> find_port(std::string_view protocol, std::string_view name,
                                         std::size_t cut_characters) const;

 private:
  using Ports = std::map<std::pair<std::string, std::string>, std::uint16_t, std::less<>>;

  static std::optional<std::uint16_t> find_cut(const Ports& ports, const Ports::key_type& cut);

  std::map<std::pair<std::string, std::uint16_t>, std::string, std::less<>> names_;
  Ports ports_;
  Ports alias_ports_;
};

}  // namespace iptraf::names
