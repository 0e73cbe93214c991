// SPDX-License-Identifier: GPL-2.0-or-later
// Compiles rules: addresses to masked compares, protocol words to a set of numbers.
#include "filter/compiler.hpp"

#include <limits>
#include <map>
#include <utility>

#include "config/addresses.hpp"
#include "config/values.hpp"
#include "core/ipv4_mapped.hpp"
#include "filter/protocols.hpp"

namespace iptraf::filter {
namespace {

/// Rule numbers are 16 bits, and the last stands for the implied exclude.
constexpr std::size_t kMaxRules = std::numeric_limits<std::uint16_t>::max();

AddressWords operator&(const AddressWords& left, const AddressWords& right) {
  return {left.first & right.first, left.second & right.second};
}

/// ::ffff:0:0/96 and what is inside it is IPv4, however it was written.
AddressMatch match_of(const config::Prefix& prefix) {
  IpAddress mask{};
  for (std::size_t bit = 0; bit < prefix.bits; ++bit) {
    mask[bit / 8] = static_cast<std::uint8_t>(mask[bit / 8] | (0x80U >> bit % 8));
  }
  return {words_of(prefix.address), words_of(mask), is_ipv4_mapped(prefix.address) ? kIpv4Family : kIpv6Family};
}

/// Both are IPv4. Bit 1 of the mask: compare.
AddressMatch match_of(const IpAddress& address, const IpAddress& mask) {
  return {words_of(address) & words_of(mask), words_of(mask), kIpv4Family};
}

class Compiler {
 public:
  Compiler(const std::string& name, const Resolver& resolver) : name_(name), resolver_(resolver) {}

  RuleTable compile(const std::vector<config::FilterRule>& rules) {
    if (rules.size() > kMaxRules) {
      throw FilterError("filters." + name_ + ": " + std::to_string(rules.size()) + " rules are more than " +
                        std::to_string(kMaxRules) + "; merge rules into networks and port ranges");
    }
    for (std::size_t i = 0; i < rules.size(); ++i) {
      line_ = rules[i].line;
      add_rule(rules[i], "filters." + name_ + "[" + std::to_string(i) + "]");
    }
    if (!problems_.empty()) throw FilterError(problems_);
    return std::move(table_);
  }

 private:
  /// What a host name was resolved to, or why it was not.
  struct Host {
    std::vector<IpAddress> addresses;
    std::string reason;
  };

  void add_rule(const config::FilterRule& rule, const std::string& path) {
    RuleMatch match;
    match.protocols = protocol_set(rule.protocols, path + ".protocol");
    match.a = endpoint_match(rule.a, path + ".a");
    match.b = endpoint_match(rule.b, path + ".b");
    match.is_include = rule.include;
    match.is_both_ways = rule.both_ways;
    match.is_catch_all = rule.protocols.empty() && is_unconditional(rule.a) && is_unconditional(rule.b);
    table_.rules.push_back(match);
  }

  static bool is_unconditional(const config::FilterEndpoint& endpoint) {
    return endpoint.address == "any" && endpoint.ports.empty();
  }

  ProtocolSet protocol_set(const std::vector<std::string>& words, const std::string& path) {
    ProtocolSet set;
    if (words.empty()) return set.set();
    for (const std::string& word : words) {
      const auto range = parse_protocols(word);
      if (!range) {
        report(path, "expected the name of a protocol, a number from 0 to 255 or a range such as 101-104, got " +
                         config::quote(word));
        continue;
      }
      for (unsigned number = range->first; number <= range->last; ++number) {
        const auto protocol = static_cast<std::uint8_t>(number);
        if (range->is_in_ipv4) set.set(protocol_index(protocol, false));
        if (range->is_in_ipv6) set.set(protocol_index(protocol, true));
      }
    }
    return set;
  }

  EndpointMatch endpoint_match(const config::FilterEndpoint& endpoint, const std::string& path) {
    EndpointMatch match;
    const std::vector<AddressMatch> addresses = endpoint.mask.empty()
                                                    ? address_matches(endpoint.address, path + ".address")
                                                    : masked_matches(endpoint, path + ".mask");
    match.more_addresses = put_all_but_first(addresses, match.address, table_.more_addresses);
    match.has_ports = !endpoint.ports.empty();
    match.more_ports = put_all_but_first(endpoint.ports, match.ports, table_.more_ports);
    return match;
  }

  /// The first of `items` becomes `first`, the others go to the end of `rest`.
  template <typename Item>
  static Slice put_all_but_first(const std::vector<Item>& items, Item& first, std::vector<Item>& rest) {
    const auto begin = static_cast<std::uint32_t>(rest.size());
    if (!items.empty()) {
      first = items.front();
      rest.insert(rest.end(), items.begin() + 1, items.end());
    }
    return {begin, static_cast<std::uint32_t>(rest.size())};
  }

  /// Empty when a problem was reported.
  std::vector<AddressMatch> address_matches(const std::string& address, const std::string& path) {
    if (address == "any") return {AddressMatch{}};
    if (const auto prefix = config::parse_prefix(address)) return {match_of(*prefix)};
    if (config::is_host_name(address)) return host_matches(address, path);
    report(path,
           "expected any, an IP address, a network such as 192.0.2.0/24 or a host name, got " + config::quote(address));
    return {};
  }

  std::vector<AddressMatch> masked_matches(const config::FilterEndpoint& endpoint, const std::string& path) {
    if (!config::is_ipv4_text(endpoint.mask)) {
      report(path, "expected an IPv4 mask such as 255.255.0.255, got " + config::quote(endpoint.mask));
      return {};
    }
    if (!config::is_ipv4_text(endpoint.address)) {
      report(path, "a mask needs an IPv4 address beside it, not " + config::quote(endpoint.address));
      return {};
    }
    return {match_of(*config::parse_ip_address(endpoint.address), *config::parse_ip_address(endpoint.mask))};
  }

  std::vector<AddressMatch> host_matches(const std::string& name, const std::string& path) {
    const Host& host = resolve(name);
    if (host.addresses.empty()) {
      report(path, "the host name " + config::quote(name) + " cannot be resolved: " + host.reason +
                       "; check the name and the name servers, or write its addresses instead");
    }
    std::vector<AddressMatch> matches;
    for (const IpAddress& address : host.addresses) matches.push_back(match_of(config::Prefix{address}));
    return matches;
  }

  const Host& resolve(const std::string& name) {
    const auto [entry, is_new] = hosts_.try_emplace(name);
    Host& host = entry->second;
    if (!is_new) return host;
    host.reason = "it has no IP address";
    try {
      host.addresses = resolver_(name);
    } catch (const std::runtime_error& error) {
      host.reason = error.what();
    }
    return host;
  }

  void report(const std::string& path, const std::string& message) {
    if (!problems_.empty()) problems_ += '\n';
    problems_ += path;
    if (line_ > 0) problems_ += " (line " + std::to_string(line_) + ")";
    problems_ += ": " + message;
  }

  const std::string& name_;
  const Resolver& resolver_;
  RuleTable table_;
  std::map<std::string, Host> hosts_;
  std::string problems_;
  int line_ = 0;  ///< of the rule that is being compiled
};

}  // namespace

RuleTable compile_rules(const std::string& name, const std::vector<config::FilterRule>& rules,
                        const Resolver& resolver) {
  return Compiler(name, resolver).compile(rules);
}

}  // namespace iptraf::filter
