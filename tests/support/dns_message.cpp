// SPDX-License-Identifier: GPL-2.0-or-later
// DNS messages for tests, good ones and others.
#include "support/dns_message.hpp"

#include <algorithm>
#include <sstream>

namespace iptraf::test {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::uint16_t kQuestionPointer = 0xC000 + kHeaderBytes;

void append16(Bytes& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8U));
  out.push_back(static_cast<std::uint8_t>(value));
}

void append(Bytes& out, std::span<const std::uint8_t> bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

/// Where the question ends in a message that has one without pointers.
std::size_t question_end(std::span<const std::uint8_t> message) {
  std::size_t at = kHeaderBytes;
  while (message[at] != 0) at += message[at] + std::size_t{1};
  return at + 5;
}

}  // namespace

Bytes dns_labels(const std::vector<std::string>& labels) {
  Bytes out;
  for (const std::string& label : labels) {
    out.push_back(static_cast<std::uint8_t>(label.size()));
    out.insert(out.end(), label.begin(), label.end());
  }
  out.push_back(0);
  return out;
}

Bytes dns_name(const std::string& dotted) {
  std::vector<std::string> labels;
  std::istringstream in(dotted);
  for (std::string label; std::getline(in, label, '.');) labels.push_back(label);
  return dns_labels(labels);
}

Bytes dns_query(const std::string& name, std::uint16_t id) {
  Bytes out;
  for (const std::uint16_t field : {id, std::uint16_t{0x0100}, std::uint16_t{1}}) append16(out, field);
  out.resize(kHeaderBytes);
  append(out, dns_name(name));
  append16(out, kDnsPtr);
  append16(out, 1);
  return out;
}

Bytes dns_reply(std::span<const std::uint8_t> query, const std::vector<DnsRecord>& records, std::uint16_t flags) {
  Bytes out(query.begin(), query.begin() + 2);
  append16(out, flags);
  append16(out, 1);
  append16(out, records.size());
  out.resize(kHeaderBytes);
  append(out, query.subspan(kHeaderBytes, question_end(query) - kHeaderBytes));
  for (const DnsRecord& record : records) {
    if (record.owner.empty()) {
      append16(out, kQuestionPointer);
    } else {
      append(out, record.owner);
    }
    append16(out, record.type);
    append16(out, record.record_class);
    append16(out, record.ttl_seconds >> 16U);
    append16(out, record.ttl_seconds & 0xFFFFU);
    append16(out, record.data.size());
    append(out, record.data);
  }
  return out;
}

}  // namespace iptraf::test
