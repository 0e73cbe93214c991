// SPDX-License-Identifier: GPL-2.0-or-later
// MacVendors: who was assigned a MAC address, from the IEEE's registries.
#include "names/mac_vendors.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "names/text_file.hpp"

namespace iptraf::names {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxVendorBytes = 128;
constexpr std::uint8_t kGroupBit = 0x01;
constexpr std::uint8_t kLocalBit = 0x02;

/// Hex digits of an assignment, four bits each. The longest come first.
constexpr std::array<std::size_t, 3> kPrefixDigits{9, 7, 6};

/// One line of a registry. The name is as the file has it, without the quotes around it.
struct Record {
  std::size_t digits = 0;
  std::uint64_t prefix = 0;
  std::string_view name;
};

/// The field of comma-separated values that `text` begins with (RFC 4180 section 2); nothing when its quotes do not
/// end on this line. Doubled quotes stay doubled.
std::optional<std::string_view> read_field(std::string_view text) {
  if (text.empty() || text.front() != '"') return text.substr(0, text.find(','));
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] != '"') continue;
    const bool is_doubled = at + 1 < text.size() && text[at + 1] == '"';
    if (!is_doubled) return text.substr(1, at - 1);
    ++at;
  }
  return std::nullopt;
}

/// Registry,Assignment,Organization Name,Organization Address. A field may go on over several lines; such a line
/// has no assignment in its place and is none.
std::optional<Record> read_record(std::string_view line) {
  const std::size_t registry_end = line.find(',');
  if (registry_end == std::string_view::npos || line.front() == '"') return std::nullopt;
  line.remove_prefix(registry_end + 1);
  Record record;
  record.digits = line.find(',');
  if (std::find(kPrefixDigits.begin(), kPrefixDigits.end(), record.digits) == kPrefixDigits.end()) return std::nullopt;
  const char* const end = line.data() + record.digits;
  const auto [stop, error] = std::from_chars(line.data(), end, record.prefix, 16);
  if (error != std::errc{} || stop != end) return std::nullopt;
  const auto name = read_field(line.substr(record.digits + 1));
  if (!name || name->empty()) return std::nullopt;
  record.name = *name;
  return record;
}

std::string undouble_quotes(std::string_view field) {
  std::string text;
  for (std::size_t at = 0; at < field.size(); ++at) {
    text += field[at];
    if (field.substr(at, 2) == "\"\"") ++at;
  }
  return text;
}

std::uint64_t to_number(const MacAddress& mac) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : mac) number = number << 8U | byte;
  return number;
}

}  // namespace

/// The assignments of one directory, sorted by prefix for each prefix length. Keeps the names alone, not the files.
class VendorTable {
 public:
  explicit VendorTable(std::string directory) : directory_(std::move(directory)) {}

  /// As the file has it; empty when there is none.
  std::string_view find(const MacAddress& mac) {
    std::call_once(once_, [this] { read(); });
    const std::uint64_t number = to_number(mac);
    for (std::size_t i = 0; i < kPrefixDigits.size(); ++i) {
      const std::uint64_t prefix = number >> (48 - 4 * kPrefixDigits[i]);
      const auto& blocks = blocks_[i];
      const auto found =
          std::lower_bound(blocks.begin(), blocks.end(), prefix,
                           [](const Block& block, std::uint64_t wanted) { return block.prefix < wanted; });
      if (found != blocks.end() && found->prefix == prefix) {
        return std::string_view(names_).substr(found->name_offset, found->name_bytes);
      }
    }
    return {};
  }

 private:
  struct Block {
    std::uint64_t prefix = 0;
    std::uint32_t name_offset = 0;
    std::uint32_t name_bytes = 0;
  };

  void read() {
    for (const char* const name : {"oui.csv", "mam.csv", "oui36.csv", "iab.csv"}) {
      for_each_line(directory_ + "/" + name, kMaxFileBytes, [this](std::string_view line) {
        if (const auto record = read_record(line)) add(*record);
      });
    }
    for (auto& blocks : blocks_) {
      // Names stand in the order of the files, so the first of equal prefixes stays the first.
      std::sort(blocks.begin(), blocks.end(), [](const Block& a, const Block& b) {
        return std::pair(a.prefix, a.name_offset) < std::pair(b.prefix, b.name_offset);
      });
    }
  }

  void add(const Record& record) {
    const auto place = std::find(kPrefixDigits.begin(), kPrefixDigits.end(), record.digits) - kPrefixDigits.begin();
    blocks_.at(static_cast<std::size_t>(place))
        .push_back(
            {record.prefix, static_cast<std::uint32_t>(names_.size()), static_cast<std::uint32_t>(record.name.size())});
    names_ += record.name;
  }

  const std::string directory_;
  std::once_flag once_;
  std::array<std::vector<Block>, kPrefixDigits.size()> blocks_;
  std::string names_;  ///< one behind the other
};

MacVendors MacVendors::load(std::string directory) {
  MacVendors vendors;
  vendors.table_ = std::make_shared<VendorTable>(std::move(directory));
  return vendors;
}

std::string MacVendors::vendor(const MacAddress& mac) const {
  if (table_ == nullptr || (mac[0] & kGroupBit) != 0) return {};
  if ((mac[0] & kLocalBit) != 0) return "local";
  const std::string name = printable_utf8(trim_blanks(undouble_quotes(table_->find(mac))));
  return std::string(cut_utf8(name, kMaxVendorBytes));
}

}  // namespace iptraf::names
