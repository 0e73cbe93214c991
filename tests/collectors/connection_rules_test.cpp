// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the rules of a connection where whole conversations do not reach: sequence numbers that wrap, odd flags.
#include "collectors/connection_rules.hpp"

#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using namespace iptraf::collectors;
using namespace iptraf::test;

namespace {

using namespace tcp_flag;

Packet segment(std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledgment, std::size_t payload = 0) {
  Packet packet = decoded(PacketBuilder()
                              .eth()
                              .ipv4()
                              .tcp({.flags = flags, .sequence = sequence, .acknowledgment = acknowledgment})
                              .payload(payload)
                              .build());
  packet.time = 1;
  return packet;
}

/// Side 0 has sent `from`, side 1 answers.
Connection talking(std::uint32_t from) {
  Connection connection;
  connection.is_established = true;
  connection.state = ConnectionState::kEstablished;
  advance(connection, 0, segment(kAck, from, 1, 10));
  return connection;
}

}  // namespace

TEST_CASE("What begins a connection: a SYN or data, without RST") {
  CHECK(begins_connection(segment(kSyn, 1, 0)));
  CHECK(begins_connection(segment(kSyn | kAck, 1, 1)));
  CHECK(begins_connection(segment(kAck, 1, 1, 1)));
  CHECK(begins_connection(segment(kFin | kAck, 1, 1, 1)));
  CHECK(begins_connection(segment(0, 1, 0, 1)));
  CHECK_FALSE(begins_connection(segment(kAck, 1, 1)));
  CHECK_FALSE(begins_connection(segment(kFin | kAck, 1, 1)));
  CHECK_FALSE(begins_connection(segment(kRst, 1, 1, 10)));
  CHECK_FALSE(begins_connection(segment(kRst | kSyn, 1, 1)));
  CHECK_FALSE(begins_connection(segment(0, 1, 0)));
}

TEST_CASE("What supersedes an ended connection depends on how it ended") {
  Connection ended;
  for (const EndReason reason : {EndReason::kFin, EndReason::kReset}) {
    ended.end_reason = reason;
    CHECK(supersedes(segment(kSyn, 1, 0), ended));
    CHECK_FALSE(supersedes(segment(kSyn | kAck, 1, 1), ended));
    CHECK_FALSE(supersedes(segment(kAck, 1, 1, 10), ended));
  }
  for (const EndReason reason : {EndReason::kIdle, EndReason::kUnreachable}) {
    ended.end_reason = reason;
    CHECK(supersedes(segment(kSyn, 1, 0), ended));
    CHECK(supersedes(segment(kAck, 1, 1, 10), ended));
    CHECK_FALSE(supersedes(segment(kAck, 1, 1), ended));
    CHECK_FALSE(supersedes(segment(kRst, 1, 1, 10), ended));
  }
}

TEST_CASE("A FIN is acknowledged across the end of sequence space") {
  Connection connection = talking(0xfffffff0);                      // next is 0xfffffffa
  advance(connection, 0, segment(kFin | kAck, 0xfffffffa, 1, 10));  // acknowledged by 5
  advance(connection, 1, segment(kAck, 1, 4));
  CHECK_FALSE(connection.halves[0].is_fin_acknowledged);
  advance(connection, 1, segment(kAck, 1, 0xfffffff0));
  CHECK_FALSE(connection.halves[0].is_fin_acknowledged);
  advance(connection, 1, segment(kAck, 1, 5));
  CHECK(connection.halves[0].is_fin_acknowledged);
}

TEST_CASE("What is in flight runs from the latest acknowledgement to the next sequence number") {
  Connection connection = talking(100);
  CHECK(is_in_flight(connection, 0, 100));
  CHECK(is_in_flight(connection, 0, 110));
  CHECK_FALSE(is_in_flight(connection, 0, 111));
  CHECK_FALSE(is_in_flight(connection, 0, 99));
  advance(connection, 1, segment(kAck, 1, 105));
  CHECK_FALSE(is_in_flight(connection, 0, 104));
  CHECK(is_in_flight(connection, 0, 105));
}

TEST_CASE("A side that has sent nothing has in flight what was acknowledged last, or nothing") {
  Connection connection = talking(100);
  CHECK(is_in_flight(connection, 1, 1));
  CHECK_FALSE(is_in_flight(connection, 1, 2));
  CHECK_FALSE(is_in_flight(Connection{}, 0, 0));
}

TEST_CASE("Both sides may open and close at the same time") {
  Connection connection;
  advance(connection, 0, segment(kSyn, 10, 0));
  advance(connection, 1, segment(kSyn, 20, 0));
  CHECK_FALSE(connection.is_established);
  advance(connection, 0, segment(kSyn | kAck, 10, 21));
  CHECK(advance(connection, 1, segment(kSyn | kAck, 20, 11)).is_handshake_complete);
  CHECK(connection.state == ConnectionState::kEstablished);
  advance(connection, 0, segment(kFin | kAck, 11, 21));
  advance(connection, 1, segment(kFin | kAck, 21, 11));
  CHECK_FALSE(advance(connection, 0, segment(kAck, 12, 22)).has_ended);
  const Outcome outcome = advance(connection, 1, segment(kAck, 22, 12));
  CHECK(outcome.has_ended);
  CHECK(outcome.reason == EndReason::kFin);
}

TEST_CASE("Data from the side whose SYN was not seen completes the handshake without timing it") {
  Connection connection;
  advance(connection, 0, segment(kSyn, 10, 0));
  advance(connection, 1, segment(kAck, 21, 11));
  CHECK(connection.state == ConnectionState::kOpening);
  CHECK_FALSE(advance(connection, 1, segment(kAck, 21, 11, 5)).is_handshake_complete);
  CHECK(connection.state == ConnectionState::kEstablished);
}

TEST_CASE("Any flags in any state have an outcome") {
  for (int state = 0; state < 3; ++state) {
    for (int flags = 0; flags < 256; ++flags) {
      Connection connection = talking(1);
      connection.state = static_cast<ConnectionState>(state);
      const Outcome outcome = advance(connection, 1, segment(static_cast<std::uint8_t>(flags), 7, 7, 1));
      CHECK(outcome.has_ended == ((flags & kRst) != 0));
      if ((flags & (kFin | kRst)) == kFin) CHECK(connection.state == ConnectionState::kClosing);
    }
  }
}
