// SPDX-License-Identifier: GPL-2.0-or-later
// Service names by protocol and port, from services(5).
#include "names/service_names.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

namespace iptraf::names {
namespace {

bool is_printable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

ServiceNames ServiceNames::load(const std::string& path) {
  std::ifstream file(path);
  return parse(file);
}

ServiceNames ServiceNames::parse(std::istream& in) {
  ServiceNames table;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string name;
    std::string port_and_protocol;
    if (!(words >> name >> port_and_protocol) || !is_printable(name)) continue;
    const std::size_t slash = port_and_protocol.find('/');
    if (slash == std::string::npos) continue;
    std::uint16_t port = 0;
    const char* const end = port_and_protocol.data() + slash;
    const auto [stop, error] = std::from_chars(port_and_protocol.data(), end, port);
    if (error != std::errc{} || stop != end) continue;
    const std::string protocol = port_and_protocol.substr(slash + 1);
    table.names_.emplace(std::pair{protocol, port}, name);
    table.ports_.emplace(std::pair{protocol, name}, port);
    for (std::string alias; words >> alias;) table.alias_ports_.emplace(std::pair{protocol, alias}, port);
  }
  return table;
}

std::string_view ServiceNames::find(std::string_view protocol, std::uint16_t port) const {
  const auto found = names_.find(std::pair{std::string(protocol), port});
  return found == names_.end() ? std::string_view{} : std::string_view{found->second};
}

std::optional<std::uint16_t> ServiceNames::find_port(std::string_view protocol, std::string_view name,
                                                     std::size_t cut_characters) const {
  const Ports::key_type key{protocol, name};
  for (const Ports* ports : {&ports_, &alias_ports_}) {
    const auto found = ports->find(key);
    if (found != ports->end()) return found->second;
  }
  return name.size() == cut_characters ? find_cut(ports_, key) : std::nullopt;
}

std::optional<std::uint16_t> ServiceNames::find_cut(const Ports& ports, const Ports::key_type& cut) {
  std::optional<std::uint16_t> port;
  for (auto at = ports.lower_bound(cut); at != ports.end(); ++at) {
    const auto& [protocol, name] = at->first;
    if (protocol != cut.first || !name.starts_with(cut.second)) break;
    if (port && *port != at->second) return std::nullopt;
    port = at->second;
  }
  return port;
}

}  // namespace iptraf::names
