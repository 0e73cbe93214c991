// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the netlink parser and of LinkTable, fed with bytes.
#include "capture/interfaces.hpp"

#include <net/if.h>

#include <array>

#include "exporter/capture/netlink_bytes.hpp"
#include "support/catch.hpp"

using iptraf::capture::Link;
using iptraf::capture::LinkListener;
using iptraf::capture::LinkMessage;
using iptraf::capture::LinkTable;
using iptraf::capture::next_link_message;
using namespace iptraf::test;

namespace {

std::vector<LinkMessage> parse(std::span<const std::uint8_t> bytes) {
  std::vector<LinkMessage> messages;
  while (const auto message = next_link_message(bytes)) messages.push_back(*message);
  return messages;
}

ByteVector concatenate(std::initializer_list<ByteVector> parts) {
  ByteVector bytes;
  for (const ByteVector& part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
  return bytes;
}

struct Recorder final : LinkListener {
  std::vector<Link> changed;
  std::vector<int> removed;
  void link_changed(const Link& link) override { changed.push_back(link); }
  void link_removed(int index) override { removed.push_back(index); }
};

void apply(LinkTable& table, Recorder& recorder, const ByteVector& bytes) {
  for (const LinkMessage& message : parse(bytes)) table.apply(message, recorder);
}

}  // namespace

TEST_CASE("A link message tells index, type, flags, name and MTU") {
  LinkFields fields;
  fields.flags = IFF_UP | IFF_RUNNING;
  const auto bytes = link_message(RTM_NEWLINK, fields, 0, 9);
  const auto messages = parse(bytes);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].kind == LinkMessage::Kind::kPresent);
  CHECK(messages[0].sequence == 9);
  CHECK(messages[0].index == 7);
  CHECK(messages[0].hardware_type == 1);
  CHECK(messages[0].flags == (IFF_UP | IFF_RUNNING));
  CHECK(messages[0].name == "eth0");
  CHECK(messages[0].mtu_bytes == 1500U);
  CHECK_FALSE(messages[0].is_dump_interrupted);
}

TEST_CASE("Several messages in one datagram are read in order") {
  const auto bytes = concatenate({link_message(RTM_NEWLINK, {.index = 1, .name = "lo"}),
                                  link_message(RTM_DELLINK, {.index = 2, .name = "longer_name"}, NLM_F_DUMP_INTR),
                                  netlink_message(NLMSG_DONE, ByteVector(4), 0, 3)});
  const auto messages = parse(bytes);
  REQUIRE(messages.size() == 3);
  CHECK(messages[0].index == 1);
  CHECK(messages[1].kind == LinkMessage::Kind::kRemoved);
  CHECK(messages[1].is_dump_interrupted);
  CHECK(messages[1].name == "longer_name");
  CHECK(messages[2].kind == LinkMessage::Kind::kDumpDone);
  CHECK(messages[2].error == 0);
  CHECK(messages[2].sequence == 3);
}

TEST_CASE("An error message tells its errno, whatever its sign") {
  for (const std::int32_t code : {-16, 16}) {
    ByteVector payload;
    append(payload, code);
    const auto bytes = netlink_message(NLMSG_ERROR, payload);
    const auto messages = parse(bytes);
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].kind == LinkMessage::Kind::kError);
    CHECK(messages[0].error == 16);
  }
}

TEST_CASE("Messages of bridge ports, of no index and of other types are skipped") {
  const auto bytes =
      concatenate({link_message(RTM_DELLINK, {.family = AF_BRIDGE}), link_message(RTM_NEWLINK, {.index = 0}),
                   link_message(RTM_NEWLINK, {.index = -5}), netlink_message(RTM_NEWADDR, ByteVector(24)),
                   link_message(RTM_NEWLINK, {.index = 3})});
  const auto messages = parse(bytes);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].index == 3);
}

TEST_CASE("A datagram cut at any length gives no message") {
  const auto bytes = link_message(RTM_NEWLINK, {});
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    CAPTURE(length);
    const ByteVector cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK(parse(cut).empty());
  }
}

TEST_CASE("Attributes cut at any length count as far as they are whole") {
  const auto whole = link_message(RTM_NEWLINK, {});
  const std::size_t name_begin = sizeof(nlmsghdr) + sizeof(ifinfomsg);
  const std::size_t name_end = name_begin + sizeof(rtattr) + 5;
  for (std::size_t length = sizeof(nlmsghdr); length < whole.size(); ++length) {
    CAPTURE(length);
    ByteVector cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    const auto told = static_cast<std::uint32_t>(length);
    std::memcpy(cut.data(), &told, sizeof told);
    const auto messages = parse(cut);
    REQUIRE(messages.size() == (length >= name_begin ? 1U : 0U));
    if (messages.empty()) continue;
    CHECK(messages[0].name == (length >= name_end ? "eth0" : ""));
    CHECK_FALSE(messages[0].mtu_bytes.has_value());
  }
}

TEST_CASE("An attribute that claims more or less than it can have ends the message") {
  for (const std::uint16_t claimed : std::array<std::uint16_t, 5>{0, 1, 3, 200, 65535}) {
    CAPTURE(claimed);
    auto bytes = link_message(RTM_NEWLINK, {});
    std::memcpy(bytes.data() + sizeof(nlmsghdr) + sizeof(ifinfomsg), &claimed, sizeof claimed);
    const auto messages = parse(bytes);
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].name.empty());
    CHECK_FALSE(messages[0].mtu_bytes.has_value());
  }
}

TEST_CASE("A message header that claims more or less than there is ends the datagram") {
  for (const std::uint32_t claimed : {0U, 15U, 1000U, 0xffffffffU}) {
    CAPTURE(claimed);
    auto bytes = concatenate({link_message(RTM_NEWLINK, {}), link_message(RTM_NEWLINK, {})});
    std::memcpy(bytes.data(), &claimed, sizeof claimed);
    CHECK(parse(bytes).empty());
  }
}

TEST_CASE("A name that is empty, too long or has no end is not told") {
  for (const ByteVector& value :
       {ByteVector{}, ByteVector{0}, ByteVector{'e', 't', 'h'}, to_bytes("sixteen_letters_")}) {
    ByteVector payload;
    ifinfomsg info{};
    info.ifi_index = 4;
    append(payload, info);
    append_attribute(payload, IFLA_IFNAME, value);
    const auto bytes = netlink_message(RTM_NEWLINK, payload);
    const auto messages = parse(bytes);
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].name.empty());
  }
}

TEST_CASE("Every byte of a message may be damaged without harm") {
  const auto whole = link_message(RTM_NEWLINK, {});
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      auto damaged = whole;
      damaged[at] = static_cast<std::uint8_t>(value);
      CHECK(parse(damaged).size() <= 1);
    }
  }
}

TEST_CASE("The link table tells of new and changed interfaces, and of nothing that stays as it is") {
  LinkTable table;
  Recorder recorder;
  apply(table, recorder, link_message(RTM_NEWLINK, {}));
  apply(table, recorder, link_message(RTM_NEWLINK, {}));
  REQUIRE(recorder.changed.size() == 1);
  apply(table, recorder, link_message(RTM_NEWLINK, {.mtu_bytes = 9000}));
  apply(table, recorder, link_message(RTM_NEWLINK, {.name = "wan", .mtu_bytes = 9000, .flags = IFF_UP}));
  REQUIRE(recorder.changed.size() == 3);
  CHECK(recorder.changed[1].mtu_bytes == 9000);
  CHECK(recorder.changed[2].name == "wan");
  CHECK(recorder.changed[2].is_set_up());
  CHECK_FALSE(recorder.changed[2].is_up());
  CHECK(table.names() == std::vector<std::string>{"wan"});
}

TEST_CASE("A message without name and MTU keeps those that are known and makes no interface") {
  LinkTable table;
  Recorder recorder;
  ByteVector payload;
  ifinfomsg info{};
  info.ifi_index = 7;
  info.ifi_flags = IFF_UP | IFF_RUNNING;
  append(payload, info);
  const auto bare = netlink_message(RTM_NEWLINK, payload);
  apply(table, recorder, bare);
  CHECK(recorder.changed.empty());
  apply(table, recorder, link_message(RTM_NEWLINK, {}));
  apply(table, recorder, bare);
  REQUIRE(recorder.changed.size() == 2);
  CHECK(recorder.changed[1].name == "eth0");
  CHECK(recorder.changed[1].mtu_bytes == 1500);
  CHECK(recorder.changed[1].is_up());
}

TEST_CASE("A removed interface is told once") {
  LinkTable table;
  Recorder recorder;
  apply(table, recorder, link_message(RTM_NEWLINK, {}));
  apply(table, recorder, link_message(RTM_DELLINK, {}));
  apply(table, recorder, link_message(RTM_DELLINK, {}));
  CHECK(recorder.removed == std::vector<int>{7});
  CHECK(table.names().empty());
}

TEST_CASE("What a complete list does not mention is removed") {
  LinkTable table;
  Recorder recorder;
  apply(table, recorder, link_message(RTM_NEWLINK, {.index = 1, .name = "lo"}));
  apply(table, recorder, link_message(RTM_NEWLINK, {.index = 2}));
  table.begin_dump();
  apply(table, recorder, link_message(RTM_NEWLINK, {.index = 1, .name = "lo"}));
  apply(table, recorder, link_message(RTM_NEWLINK, {.index = 3, .name = "eth1"}));
  table.end_dump(recorder);
  CHECK(recorder.removed == std::vector<int>{2});
  CHECK(table.names() == std::vector<std::string>{"lo", "eth1"});
}
