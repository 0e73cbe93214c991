// SPDX-License-Identifier: GPL-2.0-or-later
// StationDescriptions: what the operator calls a MAC address.
#include "names/station_descriptions.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "config/addresses.hpp"
#include "core/address_text.hpp"
#include "core/text.hpp"
#include "names/text_file.hpp"

namespace iptraf::names {
namespace {

constexpr std::size_t kMaxQuotedBytes = 60;

struct Line {
  MacAddress mac{};
  std::string_view description;
};

/// A description as it is shown, and what to say when that is not all of it.
struct Fitted {
  std::string text;
  std::string problem;
};

Fitted fit(std::string_view text) {
  constexpr std::size_t kMax = StationDescriptions::kMaxDescriptionBytes;
  std::string printable = printable_utf8(text);
  if (printable.size() <= kMax) return {std::move(printable), {}};
  return {std::string(cut_utf8(printable, kMax)), "expected a description of at most " + std::to_string(kMax) +
                                                      " bytes, got " + std::to_string(printable.size()) +
                                                      "; the end is cut off"};
}

/// The first messages, and how many more there were.
class ProblemList {
 public:
  void add(std::string problem) {
    if (++count_ <= StationDescriptions::kMaxProblems) problems_.push_back(std::move(problem));
  }

  /// `where` they all are.
  std::vector<std::string> finish(const std::string& where) && {
    if (count_ > problems_.size()) {
      problems_.push_back(where + ": " + std::to_string(count_ - problems_.size()) + " more problems like these");
    }
    return std::move(problems_);
  }

 private:
  std::vector<std::string> problems_;
  std::size_t count_ = 0;
};

std::string quote(std::string_view text) {
  const std::string printable = printable_utf8(text.substr(0, 4 * kMaxQuotedBytes));
  const std::string_view cut = cut_utf8(printable, kMaxQuotedBytes);
  return '"' + std::string(cut) + (cut.size() < printable.size() ? "...\"" : "\"");
}

std::string place_in(const std::string& path, std::size_t line) { return path + ":" + std::to_string(line) + ": "; }

bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// Takes a byte of one to `max_digits` hex digits off `rest`.
std::optional<std::uint8_t> take_byte(std::string_view& rest, std::size_t max_digits) {
  const std::string_view most = rest.substr(0, max_digits);
  const auto digits = static_cast<std::size_t>(std::find_if_not(most.begin(), most.end(), is_hex_digit) - most.begin());
  std::uint8_t byte = 0;
  if (std::from_chars(rest.data(), rest.data() + digits, byte, 16).ec != std::errc{}) return std::nullopt;
  rest.remove_prefix(digits);
  return byte;
}

/// Takes off `rest` six bytes of two digits, one behind the other.
std::optional<MacAddress> take_plain_mac(std::string_view& rest) {
  const std::string_view digits = rest.substr(0, 12);
  if (digits.size() < 12 || !std::all_of(digits.begin(), digits.end(), is_hex_digit)) return std::nullopt;
  MacAddress mac{};
  for (std::uint8_t& byte : mac) byte = take_byte(rest, 2).value_or(0);
  return mac;
}

/// Takes off `rest` six bytes joined by colons. ethers(5) allows a byte one digit.
std::optional<MacAddress> take_joined_mac(std::string_view& rest) {
  MacAddress mac{};
  for (std::size_t i = 0; i < mac.size(); ++i) {
    if (i > 0) {
      if (rest.empty() || rest.front() != ':') return std::nullopt;
      rest.remove_prefix(1);
    }
    const auto byte = take_byte(rest, 2);
    if (!byte) return std::nullopt;
    mac[i] = *byte;
  }
  return mac;
}

/// Nothing when the line has neither form.
std::optional<Line> read_line(std::string_view line) {
  std::string_view rest = line;
  auto mac = take_plain_mac(rest);
  const bool is_plain = mac.has_value();
  if (!is_plain) {
    rest = line;
    mac = take_joined_mac(rest);
  }
  const auto is_separator = [is_plain](char c) { return is_plain ? c == ':' : c == ' ' || c == '\t'; };
  if (!mac || rest.empty() || !is_separator(rest.front())) return std::nullopt;
  const std::string_view description = trim_blanks(rest.substr(1));
  if (description.empty()) return std::nullopt;
  return Line{*mac, description};
}

}  // namespace

std::vector<std::string> StationDescriptions::configure(const std::string& path,
                                                        const std::map<std::string, std::string>& configured) {
  ProblemList problems;
  for (const auto& [mac_text, text] : configured) {
    const auto mac = config::parse_mac(mac_text);
    if (!mac) continue;
    Fitted fitted = fit(text);
    if (!fitted.problem.empty()) problems.add(path + "." + mac_text + ": " + fitted.problem);
    descriptions_[*mac] = {std::move(fitted.text), true};
  }
  return std::move(problems).finish(path);
}

std::vector<std::string> StationDescriptions::read_file(const std::string& path) {
  const TextFile file = read_text_file(path, kMaxFileBytes);
  if (!file.problem.empty()) {
    throw DescriptionError("cannot read the station descriptions " + path + ": " + file.problem +
                           "; name a text file that the exporter may read, or take this one off the list");
  }
  ProblemList problems;
  std::size_t number = 0;
  std::string_view rest = file.text;
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (rest.substr(0, kByteOrderMark.size()) == kByteOrderMark) rest.remove_prefix(kByteOrderMark.size());
  while (!rest.empty()) {
    ++number;
    const std::string problem = add_line(trim_blanks(take_line(rest)));
    if (!problem.empty()) problems.add(place_in(path, number) + problem);
  }
  return std::move(problems).finish(path);
}

/// What is wrong with the line; empty when nothing is.
std::string StationDescriptions::add_line(std::string_view line) {
  if (line.empty() || line.front() == '#') return {};
  const auto parsed = read_line(line);
  if (!parsed) {
    return "expected a MAC address and a description, as in \"00201e457e00:Cisco gateway\" or "
           "\"00:20:1e:45:7e:00 Cisco gateway\", got " +
           quote(line);
  }
  const auto [text, problem] = fit(parsed->description);
  const auto [known, is_new] = descriptions_.try_emplace(parsed->mac, Description{text, false});
  if (is_new) return problem;
  if (known->second.is_configured || known->second.text == text) return {};
  return "expected one description for each station: " + to_text(parsed->mac) + " is " + quote(known->second.text) +
         " already, got " + quote(text);
}

std::string_view StationDescriptions::find(const MacAddress& mac) const {
  const auto found = descriptions_.find(mac);
  return found == descriptions_.end() ? std::string_view{} : std::string_view{found->second.text};
}

}  // namespace iptraf::names
