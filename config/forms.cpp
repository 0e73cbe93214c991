// SPDX-License-Identifier: GPL-2.0-or-later
// The forms of single values.
#include "config/forms.hpp"

#include <algorithm>
#include <cmath>

#include "config/addresses.hpp"
#include "config/utf8.hpp"
#include "config/values.hpp"
#include "core/protocol_names.hpp"

namespace iptraf::config {
namespace {

bool is_protocol_name(std::string_view text) {
  return std::any_of(kNamedProtocols.begin(), kNamedProtocols.end(),
                     [text](const NamedProtocol& protocol) { return protocol.name == text; });
}

std::string join_protocol_names() {
  std::string joined;
  for (const NamedProtocol& protocol : kNamedProtocols) {
    if (!joined.empty()) joined += ' ';
    joined += protocol.name;
  }
  return joined;
}

/// NUMBER or FIRST-LAST, 0 to 255.
bool is_protocol_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = parse_whole_number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_whole_number(text.substr(dash + 1));
  return first && last && *first <= *last && *last <= 255;
}

Form<std::string> form_of(std::string expected, bool (*accepts)(std::string_view)) {
  return {std::move(expected), [accepts](const Node& node) -> std::optional<std::string> {
            if (!accepts(node.text)) return std::nullopt;
            return node.text;
          }};
}

/// The kernel takes any bytes but NUL for a path, so it need be no text.
bool is_path(std::string_view bytes) {
  return !bytes.empty() && bytes.size() < 4096 && bytes.find('\0') == std::string_view::npos;
}
bool is_traffic_protocol(std::string_view text) { return is_protocol_name(text) || text == "other"; }
bool is_rule_protocol(std::string_view text) { return is_protocol_name(text) || is_protocol_range(text); }

Form<Duration> bounded_duration_form(std::string expected, std::string_view least, std::string_view most,
                                     bool is_whole_seconds) {
  const double least_seconds = parse_duration(least).value().seconds;
  const double most_seconds = parse_duration(most).value().seconds;
  expected += " from " + std::string(least) + " to " + std::string(most) + " such as 10s, 15m or 1h30m";
  return {std::move(expected), [=](const Node& node) -> std::optional<Duration> {
            const auto duration = parse_duration(node.text);
            if (!duration || duration->seconds < least_seconds || duration->seconds > most_seconds) return std::nullopt;
            if (is_whole_seconds && std::floor(duration->seconds) < duration->seconds) return std::nullopt;
            return duration;
          }};
}

}  // namespace

Form<bool> boolean_form() {
  return {"true or false", [](const Node& node) -> std::optional<bool> {
            if (node.is_quoted) return std::nullopt;
            return parse_boolean(node.text);
          }};
}

Form<std::uint32_t> whole_number_form(std::uint32_t least, std::uint32_t most) {
  return {"a decimal whole number from " + std::to_string(least) + " to " + std::to_string(most),
          [=](const Node& node) -> std::optional<std::uint32_t> {
            const auto number = parse_whole_number(node.text);
            if (node.is_quoted || !number || *number < least || *number > most) return std::nullopt;
            return static_cast<std::uint32_t>(*number);
          }};
}

Form<Duration> duration_form(std::string_view least, std::string_view most) {
  return bounded_duration_form("a duration", least, most, false);
}

Form<Duration> whole_seconds_form(std::string_view least, std::string_view most) {
  return bounded_duration_form("a duration in whole seconds", least, most, true);
}

Form<std::string> text_form() { return form_of("text on one line", is_one_line_text); }

Form<std::string> path_form() { return form_of("a path", is_path); }

Form<std::string> interface_name_form() {
  return form_of("an interface name of 1 to 15 bytes without '/', ':' or white space", is_interface_name);
}

Form<std::string> interface_glob_form() {
  return form_of("an interface name or a pattern such as eth* without '/' or white space", is_interface_glob);
}

Form<PortRange> port_range_form() {
  return {"a port from 1 to 65535 or a range such as 6660-6669",
          [](const Node& node) { return parse_port_range(node.text); }};
}

Form<ServicePort> service_form() {
  return {"tcp/PORT or udp/PORT with a port from 1 to 65535",
          [](const Node& node) { return parse_service(node.text); }};
}

Form<RrdArchive> archive_form() {
  return {"STEPSxROWS with numbers from 1 to 1000000, such as 6x700",
          [](const Node& node) { return parse_archive(node.text); }};
}

Form<std::string> traffic_protocol_form() {
  return form_of("a protocol (" + join_protocol_names() + " other)", is_traffic_protocol);
}

Form<std::string> rule_protocol_form() {
  return form_of("a protocol (" + join_protocol_names() + "), a number from 0 to 255 or a range such as 101-104",
                 is_rule_protocol);
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kScalar:
      return (node.is_quoted ? "the quoted text " : "") + quote(node.text);
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMapping:
      return "a mapping";
    case Node::Kind::kNothing:
    case Node::Kind::kRefused:
      break;
  }
  return "nothing";
}

void report_unexpected(const Node& node, const std::string& path, const std::string& expected, Problems& problems) {
  problems.add(node.place, path + ": expected " + expected + ", got " + describe(node));
}

}  // namespace iptraf::config
