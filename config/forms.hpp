// SPDX-License-Identifier: GPL-2.0-or-later
// Forms: what a single value must look like, in words for the message and as a parser.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "config/problems.hpp"
#include "config/yaml_document.hpp"

namespace iptraf::config {

/// `parse` sees scalars only; empty: the scalar is not as `expected` says.
template <class Value>
struct Form {
  std::string expected;
  std::function<std::optional<Value>(const Node&)> parse;
};

/// Unquoted true or false.
Form<bool> boolean_form();

/// Unquoted decimal integer, both bounds included.
Form<std::uint32_t> whole_number_form(std::uint32_t least, std::uint32_t most);

/// Bounds as durations are written; both are included.
Form<Duration> duration_form(std::string_view least, std::string_view most);

/// As duration_form(), and a multiple of one second.
Form<Duration> whole_seconds_form(std::string_view least, std::string_view most);

/// Any text on one line, empty allowed.
Form<std::string> text_form();

/// A path: not empty, at most 4095 bytes.
Form<std::string> path_form();

Form<std::string> interface_name_form();
Form<std::string> interface_glob_form();
Form<PortRange> port_range_form();

/// tcp/PORT or udp/PORT.
Form<ServicePort> service_form();

/// STEPSxROWS.
Form<RrdArchive> archive_form();

/// A protocol name of collector ip_traffic, `other` included.
Form<std::string> traffic_protocol_form();

/// A protocol of a filter rule: a name, a number 0 to 255 or a range of numbers.
Form<std::string> rule_protocol_form();

/// One of some words. The messages list them in this order.
template <class Value>
Form<Value> word_form(std::vector<std::pair<std::string_view, Value>> words) {
  std::string expected;
  for (const auto& [word, value] : words) {
    if (!expected.empty()) expected += word == words.back().first ? " or " : ", ";
    expected += word;
  }
  return {expected, [words = std::move(words)](const Node& node) -> std::optional<Value> {
            for (const auto& [word, value] : words) {
              if (node.text == word) return value;
            }
            return std::nullopt;
          }};
}

/// What stands at `node`, for a message: the text in quotes, "a list", "a mapping", "nothing".
std::string describe(const Node& node);

/// Adds `PATH: expected FORM, got TEXT`.
void report_unexpected(const Node& node, const std::string& path, const std::string& expected, Problems& problems);

/// The value of a scalar; empty when it was reported, now or before.
template <class Value>
std::optional<Value> read_scalar(const Node& node, const std::string& path, const Form<Value>& form,
                                 Problems& problems) {
  std::optional<Value> value;
  if (node.kind == Node::Kind::kScalar) value = form.parse(node);
  if (!value && node.kind != Node::Kind::kRefused) report_unexpected(node, path, form.expected, problems);
  return value;
}

/// The good items of a list.
template <class Value>
std::vector<Value> read_list(const Node& node, const std::string& path, const Form<Value>& form, Problems& problems) {
  std::vector<Value> values;
  if (node.kind != Node::Kind::kList) {
    if (node.kind != Node::Kind::kRefused) report_unexpected(node, path, "a list", problems);
    return values;
  }
  for (const Node& item : node.items) {
    if (auto value = read_scalar(item, path, form, problems)) values.push_back(std::move(*value));
  }
  return values;
}

/// A list that is not empty, or one value in place of a list of one.
template <class Value>
std::vector<Value> read_one_or_list(const Node& node, const std::string& path, const Form<Value>& form,
                                    Problems& problems) {
  if (node.kind == Node::Kind::kList) {
    if (node.items.empty()) problems.add(node.place, path + ": the list is empty; leave the key out or name something");
    return read_list(node, path, form, problems);
  }
  std::vector<Value> values;
  if (auto value = read_scalar(node, path, form, problems)) values.push_back(std::move(*value));
  return values;
}

}  // namespace iptraf::config
