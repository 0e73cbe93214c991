// SPDX-License-Identifier: GPL-2.0-or-later
// The parameters of API pages and the messages of what they do not take.
#include "web/row_query.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/text.hpp"

namespace iptraf::web {
namespace {

constexpr std::string_view kDevice = "device";
constexpr std::string_view kLimit = "limit";

template <typename Texts>
std::string joined(const Texts& texts) {
  std::string list;
  for (const std::string_view text : texts) list += (list.empty() ? "" : ", ") + std::string(text);
  return list;
}

std::string quoted(std::string_view text) { return '"' + printable_utf8(text) + '"'; }

[[noreturn]] void refuse(std::string_view parameter, std::string_view value, const std::string& accepted) {
  throw RowQueryError("parameter \"" + std::string(parameter) + "\" is " + quoted(value) + "; accepted: " + accepted);
}

[[noreturn]] void refuse_unknown(const CollectorSpec& spec, std::string_view parameter, std::string_view value) {
  std::vector<std::string_view> names{kDevice, kLimit};
  for (const RowParameter& known : spec.parameters) names.push_back(known.name);
  throw RowQueryError("unknown parameter " + quoted(parameter) + " with value " + quoted(value) +
                      "; accepted: " + joined(names));
}

DeviceSlot parse_device(const DeviceArray& devices, const std::string& value) {
  std::vector<std::string_view> names;
  for (std::size_t slot = 0; slot < devices.size(); ++slot) {
    const Device& device = devices.at(slot);
    if (!device.is_used) continue;
    if (device.name == value) return static_cast<DeviceSlot>(slot);
    names.push_back(device.name);
  }
  refuse(kDevice, value, names.empty() ? "nothing, for there is no device yet" : joined(names));
}

std::size_t parse_limit(const std::string& value) {
  std::size_t limit = 0;
  const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), limit);
  const bool is_whole = error == std::errc() && stop == value.data() + value.size();
  if (!is_whole || limit < 1 || limit > kMaxRowLimit) {
    refuse(kLimit, value, "a whole number from 1 to " + std::to_string(kMaxRowLimit));
  }
  return limit;
}

RowQuery::Choice parse_choice(const CollectorSpec& spec, const std::string& name, const std::string& value) {
  const auto parameter = std::find_if(spec.parameters.begin(), spec.parameters.end(),
                                      [&](const RowParameter& known) { return known.name == name; });
  if (parameter == spec.parameters.end()) refuse_unknown(spec, name, value);
  const auto word = std::find(parameter->words.begin(), parameter->words.end(), value);
  if (word == parameter->words.end()) refuse(name, value, joined(parameter->words));
  return {parameter->name, static_cast<std::size_t>(word - parameter->words.begin())};
}

}  // namespace

RowQuery parse_row_query(const CollectorSpec& spec, const DeviceArray& devices,
                         const std::multimap<std::string, std::string>& query) {
  RowQuery wanted;
  const std::string* previous = nullptr;
  for (const auto& [name, value] : query) {
    if (previous != nullptr && *previous == name) refuse(name, value, "one value, and it is given twice");
    previous = &name;
    if (name == kDevice) {
      wanted.device = parse_device(devices, value);
    } else if (name == kLimit) {
      wanted.limit = parse_limit(value);
    } else {
      wanted.choices.push_back(parse_choice(spec, name, value));
    }
  }
  return wanted;
}

}  // namespace iptraf::web
