// SPDX-License-Identifier: GPL-2.0-or-later
// What a reverse lookup asks, and what stands in its answer.
#include "names/ptr_message.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "config/addresses.hpp"
#include "core/ipv4_mapped.hpp"

namespace iptraf::names {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint16_t kTypeCname = 5;
constexpr std::uint16_t kTypePtr = 12;
constexpr std::uint16_t kClassInternet = 1;
constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kMaxNameBytes = 255;

/// A name as labels of a length byte and so many bytes, in lower case, without the root's zero. Two are equal when they
/// are the same name (RFC 4343).
using WireName = std::string;

char to_lower(std::uint8_t byte) { return static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte); }

/// Reads a message from front to back; every read says whether the bytes were there.
class MessageReader {
 public:
  explicit MessageReader(Bytes message, std::size_t offset = 0) : message_(message), offset_(offset) {}

  std::size_t offset() const { return offset_; }

  bool skip(std::size_t bytes) {
    if (bytes > message_.size() - offset_) return false;
    offset_ += bytes;
    return true;
  }

  bool number16(std::uint16_t& value) {
    if (message_.size() - offset_ < 2) return false;
    value = static_cast<std::uint16_t>(message_[offset_] << 8U | message_[offset_ + 1]);
    offset_ += 2;
    return true;
  }

  bool number32(std::uint32_t& value) {
    std::uint16_t high = 0;
    std::uint16_t low = 0;
    if (!number16(high) || !number16(low)) return false;
    value = std::uint32_t{high} << 16U | low;
    return true;
  }

  /// RFC 1035 section 4.1.4. `text` (if any) gets the labels joined by dots as they are.
  bool name(WireName& wire, std::string* text = nullptr) {
    wire.clear();
    std::size_t at = offset_;
    bool is_behind_pointer = false;
    while (at < message_.size()) {
      const std::uint8_t length = message_[at];
      if ((length & 0xC0U) == 0xC0U) {
        if (at + 1 >= message_.size()) return false;
        const std::size_t target = (length & 0x3FU) << 8U | message_[at + 1];
        // A pointer means a prior occurrence. A loop would have to pass labels, and these are bounded.
        if (target >= at) return false;
        if (!is_behind_pointer) offset_ = at + 2;
        is_behind_pointer = true;
        at = target;
        continue;
      }
      if (length == 0) {
        if (!is_behind_pointer) offset_ = at + 1;
        return true;
      }
      if (length > 63 || length >= message_.size() - at || wire.size() + length + 2 > kMaxNameBytes) return false;
      append_label(message_.subspan(at + 1, length), wire, text);
      at += length + std::size_t{1};
    }
    return false;
  }

 private:
  static void append_label(Bytes label, WireName& wire, std::string* text) {
    wire += static_cast<char>(label.size());
    std::transform(label.begin(), label.end(), std::back_inserter(wire), to_lower);
    if (text == nullptr) return;
    if (!text->empty()) *text += '.';
    // A dot inside a label would read as two labels; no host name has a NUL byte either.
    std::transform(label.begin(), label.end(), std::back_inserter(*text),
                   [](std::uint8_t byte) { return byte == '.' ? '\0' : static_cast<char>(byte); });
  }

  Bytes message_;
  std::size_t offset_;
};

struct Record {
  WireName owner;
  std::uint16_t type = 0;
  std::uint16_t record_class = 0;
  std::chrono::seconds ttl{};
  std::size_t data_offset = 0;
};

bool read_record(MessageReader& reader, Record& record) {
  std::uint32_t ttl = 0;
  std::uint16_t data_bytes = 0;
  if (!reader.name(record.owner) || !reader.number16(record.type) || !reader.number16(record.record_class) ||
      !reader.number32(ttl) || !reader.number16(data_bytes)) {
    return false;
  }
  // RFC 2181 section 8: a TTL with the highest bit set is to be taken for 0.
  record.ttl = std::chrono::seconds(ttl > 0x7FFFFFFF ? 0 : ttl);
  record.data_offset = reader.offset();
  return reader.skip(data_bytes);
}

/// Reads the header and the one question; the number of answers, 0 when this is no answer to one question.
std::uint16_t read_question(MessageReader& reader, WireName& asked) {
  std::uint16_t flags = 0;
  std::uint16_t questions = 0;
  std::uint16_t answers = 0;
  constexpr std::uint16_t kResponse = 0x8000;
  if (!reader.skip(2) || !reader.number16(flags) || !reader.number16(questions) || !reader.number16(answers)) return 0;
  if ((flags & kResponse) == 0 || questions != 1 || !reader.skip(kHeaderBytes - 8)) return 0;
  return reader.name(asked) && reader.skip(4) ? answers : std::uint16_t{0};
}

}  // namespace

std::string reverse_name(const IpAddress& address) {
  constexpr char kHexDigits[] = "0123456789abcdef";
  std::string name;
  if (is_ipv4_mapped(address)) {
    for (std::size_t i = address.size(); i-- > kIpv4Offset;) name += std::to_string(address[i]) + '.';
    return name + "in-addr.arpa";
  }
  for (std::size_t i = 16; i-- > 0;) {
    for (const int digit : {address[i] & 0xF, address[i] >> 4}) {
      name += kHexDigits[digit];
      name += '.';
    }
  }
  return name + "ip6.arpa";
}

std::optional<PtrAnswer> read_ptr_answer(Bytes message) {
  MessageReader reader(message);
  WireName wanted;
  const std::uint16_t answers = read_question(reader, wanted);
  std::optional<PtrAnswer> unfit;
  std::chrono::seconds ttl = std::chrono::seconds::max();
  Record record;
  for (std::uint16_t i = 0; i < answers && read_record(reader, record); ++i) {
    if (record.record_class != kClassInternet || record.owner != wanted) continue;
    MessageReader data(message.first(reader.offset()), record.data_offset);
    const std::chrono::seconds shortest_ttl = std::min(ttl, record.ttl);
    WireName target;
    std::string text;
    if (record.type == kTypeCname && data.name(target)) {
      wanted = target;
      ttl = shortest_ttl;
    } else if (record.type == kTypePtr && data.name(target, &text)) {
      if (config::is_host_name(text)) return PtrAnswer{text, shortest_ttl};
      unfit = PtrAnswer{{}, shortest_ttl};
    }
  }
  return unfit;
}

}  // namespace iptraf::names
