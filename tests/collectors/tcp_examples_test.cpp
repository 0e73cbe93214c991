// SPDX-License-Identifier: GPL-2.0-or-later
// The worked examples T1 to T11 of the traffic monitor. Bytes are IP bytes, where IPTraf adds the padding; comments
// tell what iptraf-ng shows where the monitor of IPTraf is wrong.
#include "collectors/tcp_talk.hpp"

using namespace iptraf;
using namespace iptraf::test;

TEST_CASE("T1: a normal connection is closed when both FINs are acknowledged") {
  TcpTalk talk;
  talk.client({kSyn, 100});
  CHECK(talk.row().at("state") == "opening");
  talk.server({kSyn | kAck, 500, 101});
  CHECK(talk.row().at("state") == "opening");
  talk.client({kAck, 101, 501});
  CHECK(talk.row().at("state") == "established");
  talk.client({kPsh | kAck, 101, 501, 60});
  talk.server({kPsh | kAck, 501, 161, 960});
  talk.client({kFin | kAck, 161, 1461});
  CHECK(talk.row().at("state") == "closing");
  check_half(talk.row().at("a"), 4, 220, "DONE");
  talk.server({kFin | kAck, 1461, 162});
  CHECK(talk.row().at("state") == "closing");
  check_half(talk.row().at("a"), 4, 220, "CLOSED");
  check_half(talk.row().at("b"), 3, 1080, "DONE");
  talk.client({kAck, 162, 1462});
  CHECK(talk.row().at("state") == "closed");
  check_half(talk.row().at("a"), 5, 260, "CLOSED");  // iptraf-ng: 284 bytes, with the padding of four packets
  check_half(talk.row().at("b"), 3, 1080, "CLOSED");
  CHECK_FALSE(talk.row().at("partial").get<bool>());
  CHECK(talk.ended("fin") == 1);
  CHECK(talk.opened("syn") == 1);
  CHECK(talk.value("iptraf_tcp_connection_duration_seconds_sum") == 7);
  CHECK(talk.value("iptraf_tcp_connection_bytes_sum") == 1340);
  CHECK(talk.value("iptraf_tcp_handshake_seconds_sum") == 2);
}

TEST_CASE("T2: a bare ACK begins nothing, data in mid-stream begins a partial connection") {
  TcpTalk talk;
  talk.client({kAck, 1, 1});  // iptraf-ng: a pair marked > with one packet
  CHECK(talk.rows().empty());
  CHECK(talk.packets("other") == 1);
  talk.client({kPsh | kAck, 1, 1, 6});
  CHECK(talk.row().at("partial").get<bool>());
  CHECK(talk.row().at("state") == "established");
  check_half(talk.row().at("a"), 1, 46, "-PA-");
  check_half(talk.row().at("b"), 0, 0, "----");
  CHECK(talk.value("iptraf_tcp_connections_partial") == 1);
  CHECK(talk.opened("midstream") == 1);
}

TEST_CASE("T3: a FIN first begins nothing") {
  TcpTalk talk;
  talk.client({kFin | kAck, 1, 1});
  CHECK(talk.rows().empty());
  CHECK(talk.packets("fin") == 1);
}

TEST_CASE("T4: an RST first begins nothing, nor does the ACK behind it") {
  TcpTalk talk;
  talk.client({kRst, 1});
  talk.client({kAck, 1, 1});  // iptraf-ng: a closed pair, then a new one
  CHECK(talk.rows().empty());
  CHECK(talk.packets("rst") == 1);
}

TEST_CASE("T5: an RST ends the connection and a stray ACK counts on the ended row") {
  TcpTalk talk;
  talk.client({kPsh | kAck, 1, 1, 60});
  talk.server({kRst | kAck, 1, 61});
  talk.client({kAck, 61, 1});  // iptraf-ng: the start of a new pair
  CHECK(talk.row().at("state") == "reset");
  check_half(talk.row().at("a"), 2, 140, "--A-");
  check_half(talk.row().at("b"), 1, 40, "RESET");
  CHECK(talk.ended("reset") == 1);
  CHECK(talk.value("iptraf_tcp_connection_bytes_sum") == 140);
}

TEST_CASE("T6: a one-way SYN and FIN is closing until it is idle") {
  TcpTalk talk(tcp_settings(16, 60));
  talk.client({kSyn, 1});
  talk.client({kFin | kAck, 2, 1});
  CHECK(talk.row().at("state") == "closing");  // iptraf-ng: reusable at once
  check_half(talk.row().at("a"), 2, 80, "DONE");
  talk.idle(60);
  CHECK(talk.row().at("state") == "idle");
  check_half(talk.row().at("a"), 2, 80, "TIMEOUT");
}

TEST_CASE("T7: an ICMP unreachable that quotes the SYN ends the connection") {
  TcpTalk talk;
  talk.server_port = 81;
  talk.client({kSyn, 1});
  talk.unreachable(3, {kSyn, 1});
  CHECK(talk.row().at("state") == "reset");
  check_half(talk.row().at("a"), 1, 40, "RESET");
  check_half(talk.row().at("b"), 0, 0, "RESET");
  CHECK(talk.ended("unreachable") == 1);
}

TEST_CASE("T8: data with the expected sequence number is no acknowledgement of the FIN") {
  TcpTalk talk;
  talk.handshake();
  talk.client({kFin | kAck, 2, 102});
  talk.server({kPsh | kAck, 102, 2, 10});  // iptraf-ng: CLOSED
  check_half(talk.row().at("a"), 3, 120, "DONE");
}

TEST_CASE("T9: a FIN is acknowledged also by a segment whose sequence number has moved on") {
  TcpTalk talk;
  talk.handshake();
  talk.client({kFin | kAck, 2, 102});
  talk.server({kAck, 202, 3});  // iptraf-ng: DONE for ever
  check_half(talk.row().at("a"), 3, 120, "CLOSED");
}

TEST_CASE("T10: a tuple that is used again after a reset has one row of its own") {
  TcpTalk talk;
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{40001, 40002, 40003}) {
    talk.client_port = port;
    talk.client({kPsh | kAck, 1, 1, 60});
    talk.server({kRst, 1});
  }
  talk.client({kSyn, 1000});
  talk.client({kSyn, 1000});
  talk.server({kSyn | kAck, 7, 1001});
  talk.client({kAck, 1001, 8});
  talk.client({kPsh | kAck, 1001, 8, 100});
  const Json rows = talk.rows();  // iptraf-ng: three pairs that share the packets
  REQUIRE(rows.size() == 4);
  CHECK(rows.at(3).at("state") == "established");
  CHECK(rows.at(3).at("a").at("port") == 40003);
  check_half(rows.at(3).at("a"), 4, 40 + 40 + 40 + 140, "-PA-");
  check_half(rows.at(2).at("a"), 1, 100, "-PA-");
  CHECK(talk.opened("midstream") == 3);
  CHECK(talk.opened("syn") == 1);
}

TEST_CASE("T11: a silent connection is idle after the time-out, to the second") {
  TcpTalk talk(tcp_settings(16, 60));
  talk.handshake();
  talk.idle(59);
  CHECK(talk.row().at("state") == "established");
  talk.idle(1);  // iptraf-ng: after two minutes
  CHECK(talk.row().at("state") == "idle");
  check_half(talk.row().at("a"), 2, 80, "TIMEOUT");
  check_half(talk.row().at("b"), 1, 40, "TIMEOUT");
  CHECK(talk.ended("idle") == 1);
  CHECK(talk.value("iptraf_tcp_connection_duration_seconds_sum") == 2);
}
