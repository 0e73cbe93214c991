// SPDX-License-Identifier: GPL-2.0-or-later
// Reads filter rules: the first matching rule decides, so each rule says its action.
#include "config/filter_schema.hpp"

#include "config/addresses.hpp"
#include "config/suggest.hpp"
#include "config/utf8.hpp"
#include "config/values.hpp"

namespace iptraf::config {
namespace {

Form<std::string> address_form() {
  return {"any, an IP address, a network such as 192.0.2.0/24 or a host name",
          [](const Node& node) -> std::optional<std::string> {
            const bool is_address = parse_prefix(node.text).has_value() || is_host_name(node.text);
            return is_address ? std::optional(node.text) : std::nullopt;
          }};
}

Form<std::string> mask_form() {
  return {"an IPv4 mask such as 255.255.0.255", [](const Node& node) -> std::optional<std::string> {
            return is_ipv4_text(node.text) ? std::optional(node.text) : std::nullopt;
          }};
}

Field<FilterEndpoint> port_field() {
  return {"port",
          [](const Node& node, const std::string& path, FilterEndpoint& endpoint, Problems& problems) {
            endpoint.ports = read_one_or_list(node, path, port_range_form(), problems);
          },
          {}};
}

Fields<FilterEndpoint> endpoint_fields() {
  using Endpoint = FilterEndpoint;
  return {scalar<Endpoint>("address", &Endpoint::address, address_form()),
          scalar<Endpoint>("mask", &Endpoint::mask, mask_form()), port_field()};
}

/// One side of a rule, with the mask checked against the address.
Field<FilterRule> endpoint_field(std::string_view key, FilterEndpoint FilterRule::*member) {
  Field<FilterRule> field = section<FilterRule>(key, member, endpoint_fields());
  field.read = [member, read = field.read](const Node& node, const std::string& path, FilterRule& rule,
                                           Problems& problems) {
    read(node, path, rule, problems);
    const FilterEndpoint& endpoint = rule.*member;
    if (!endpoint.mask.empty() && !is_ipv4_text(endpoint.address)) {
      problems.add(node.find("mask")->place,
                   path + ".mask: a mask needs an IPv4 address beside it, not " + quote(endpoint.address));
    }
  };
  return field;
}

const Fields<FilterRule>& rule_fields() {
  static const Fields<FilterRule> fields{
      list_or_all<FilterRule>("protocol", &FilterRule::protocols, rule_protocol_form()),
      endpoint_field("a", &FilterRule::a),
      endpoint_field("b", &FilterRule::b),
      scalar<FilterRule>("action", &FilterRule::include, word_form<bool>({{"include", true}, {"exclude", false}})),
      scalar<FilterRule>("both_ways", &FilterRule::both_ways, boolean_form()),
  };
  return fields;
}

FilterRule read_rule(const Node& node, const std::string& path, Problems& problems) {
  FilterRule rule;
  rule.line = node.place.line;
  if (node.kind == Node::Kind::kNothing) report_unexpected(node, path, "a mapping (key: value)", problems);
  read_fields(node, path, rule_fields(), rule, problems);
  if (node.kind == Node::Kind::kMapping && node.find("action") == nullptr) {
    problems.add(node.place, path + ": the rule has no action; add action: include or action: exclude");
  }
  return rule;
}

std::vector<FilterRule> read_rules(const Node& node, const std::string& path, Problems& problems) {
  std::vector<FilterRule> rules;
  if (node.kind == Node::Kind::kRefused) return rules;
  if (node.kind != Node::Kind::kList || node.items.empty()) {
    problems.add(node.place, path + ": expected a list of at least one rule, got " +
                                 (node.kind == Node::Kind::kList ? "an empty list" : describe(node)));
    return rules;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    rules.push_back(read_rule(node.items[i], path + "[" + std::to_string(i) + "]", problems));
  }
  return rules;
}

bool is_filter_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && is_one_line_text(name) && name.find(' ') == std::string_view::npos;
}

void read_filters(const Node& node, const std::string& path, Config& config, Problems& problems) {
  if (!check_mapping(node, path, problems)) return;
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const Node::Key& key = node.keys[i];
    if (is_filter_name(key.text)) {
      config.filters[key.text] = read_rules(node.items[i], join_path(path, key.text), problems);
    } else {
      problems.add(key.place,
                   path + ": expected a filter name of 1 to 64 bytes without spaces, got " + quote(key.text));
    }
  }
}

}  // namespace

Field<Config> filters_field() {
  std::vector<std::string> keys_below;
  for (const std::string& key : dotted_keys(rule_fields())) keys_below.push_back("NAME." + key);
  return {"filters", read_filters, std::move(keys_below)};
}

void check_filter_names(const Node& root, Problems& problems) {
  const Node* const filters = root.find("filters");
  const Node* const collectors = root.find("collectors");
  if (collectors == nullptr) return;
  std::vector<std::string_view> names;
  if (filters != nullptr) {
    for (const Node::Key& key : filters->keys) names.push_back(key.text);
  }
  for (std::size_t i = 0; i < collectors->items.size(); ++i) {
    const Node* const filter = collectors->items[i].find("filter");
    if (filter == nullptr || filter->kind != Node::Kind::kScalar || filter->text.empty()) continue;
    if (std::find(names.begin(), names.end(), filter->text) != names.end()) continue;
    problems.add(filter->place, "collectors." + collectors->keys[i].text + ".filter: there is no filter " +
                                    quote(filter->text) + " under filters" + suggestion(filter->text, names));
  }
}

}  // namespace iptraf::config
