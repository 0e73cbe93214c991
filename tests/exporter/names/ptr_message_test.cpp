// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of reverse lookup messages: the name that is asked for, and what an answer of any bytes is taken for.
#include "names/ptr_message.hpp"

#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/dns_message.hpp"
#include "support/packet_builder.hpp"

using iptraf::names::PtrAnswer;
using iptraf::names::read_ptr_answer;
using iptraf::names::reverse_name;
using namespace iptraf::test;

namespace {

const std::string kAsked = "1.2.0.192.in-addr.arpa";

Bytes reply(const std::vector<DnsRecord>& records) { return dns_reply(dns_query(kAsked), records); }

/// The name and the TTL, "-" when there is no answer.
std::string read(const Bytes& message) {
  const auto answer = read_ptr_answer(message);
  return answer ? answer->host_name + " " + std::to_string(answer->ttl.count()) : "-";
}

std::string read_name(const Bytes& target) { return read(reply({{target}})); }

}  // namespace

TEST_CASE("IPv4 addresses are asked for under in-addr.arpa and IPv6 addresses under ip6.arpa") {
  CHECK(reverse_name(ip("192.0.2.1")) == "1.2.0.192.in-addr.arpa");
  CHECK(reverse_name(ip("::ffff:10.20.30.255")) == "255.30.20.10.in-addr.arpa");
  CHECK(reverse_name(ip("2001:db8::567:89ab")) ==
        "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
  CHECK(reverse_name(ip("::1")) == "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa");
}

TEST_CASE("The PTR record of the name that was asked for gives the host name and its TTL") {
  CHECK(read(reply({{dns_name("Host-1.example.net")}})) == "Host-1.example.net 300");
  CHECK(read(reply({{.data = dns_name("a.example"), .ttl_seconds = 0}})) == "a.example 0");
  CHECK(read(reply({{.data = dns_name("a.example"), .ttl_seconds = 0x7FFFFFFF}})) == "a.example 2147483647");
  CHECK(read(reply({{.data = dns_name("a.example"), .ttl_seconds = 0x80000000}})) == "a.example 0");
  CHECK(read(reply({{.data = dns_name("a.example"), .owner = dns_name("1.2.0.192.IN-ADDR.ARPA")}})) == "a.example 300");
}

TEST_CASE("Records of other names, types and classes are passed over") {
  CHECK(read(reply({})) == "-");
  CHECK(read(reply({{.data = dns_name("a.example"), .owner = dns_name("2.2.0.192.in-addr.arpa")}})) == "-");
  CHECK(read(reply({{.data = dns_name("a.example"), .type = 16}})) == "-");
  CHECK(read(reply({{.data = dns_name("a.example"), .record_class = 3}})) == "-");
  CHECK(read(reply({{.data = Bytes(200, 0xFF), .type = 46}, {dns_name("a.example")}})) == "a.example 300");
}

TEST_CASE("Aliases are followed, and the shortest TTL on the way counts") {
  const Bytes alias = dns_name("1.0/25.2.0.192.in-addr.arpa");
  CHECK(read(reply({{.data = alias, .type = kDnsCname, .ttl_seconds = 50},
                    {.data = dns_name("a.example"), .owner = alias}})) == "a.example 50");
  CHECK(read(reply({{.data = alias, .type = kDnsCname},
                    {.data = dns_name("a.example"), .ttl_seconds = 40, .owner = alias}})) == "a.example 40");
  CHECK(read(reply({{.data = alias, .type = kDnsCname}, {dns_name("a.example")}})) == "-");
  CHECK(read(reply({{.data = alias, .type = kDnsCname}})) == "-");
}

TEST_CASE("Of several names the first that is a host name is taken") {
  CHECK(read(reply({{dns_name("a b")}, {dns_name("good.example")}, {dns_name("later.example")}})) ==
        "good.example 300");
}

TEST_CASE("A name that is no host name leaves the answer without one") {
  for (const std::string name : {"<b>x", "a b.example", "quo\"te.example", "it's.example", "back\\slash.example",
                                 "new\nline.example", "nul", "caf\xc3\xa9.example", "\xff.example", "-dash.example",
                                 "dash-.example", "star.*.example", "1.2.3.4", "a/b.example", "{x=\"y\"}"}) {
    INFO(name);
    CHECK(read_name(dns_name(name == "nul" ? std::string("n\0l.example", 11) : name)) == " 300");
  }
  CHECK(read_name(dns_labels({"a.b", "example"})) == " 300");
  CHECK(read_name({0}) == " 300");
}

TEST_CASE("The longest name has 253 bytes of text, and its labels 63") {
  const std::string label(63, 'a');
  const Bytes longest = dns_labels({label, label, label, std::string(61, 'b')});
  REQUIRE(longest.size() == 255);
  CHECK(read_name(longest).size() == 253 + 4);
  CHECK(read_name(dns_labels({label, label, label, std::string(62, 'b')})) == "-");
  for (const std::size_t length : {0x40U, 0x80U, 0xBFU}) {
    Bytes target(length + 2, 'a');
    target.front() = static_cast<std::uint8_t>(length);
    target.back() = 0;
    CHECK(read_name(target) == "-");
  }
}

TEST_CASE("A compressed name is put together, and pointers that do not lead back are damage") {
  const Bytes query = dns_query(kAsked);
  const std::size_t data_at = query.size() + 12;
  // "host" and then "in-addr.arpa" of the question, whose labels 1, 2, 0 and 192 stand before it.
  CHECK(read_name({4, 'h', 'o', 's', 't', 0xC0, 12 + 2 + 2 + 2 + 4}) == "host.in-addr.arpa 300");
  CHECK(read_name({0xC0, static_cast<std::uint8_t>(data_at)}) == "-");
  CHECK(read_name({1, 'a', 0xC0, static_cast<std::uint8_t>(data_at)}) == "-");
  CHECK(read_name({1, 'a', 0xC0, static_cast<std::uint8_t>(data_at + 4), 0}) == "-");
  CHECK(read_name({0xFF, 0xFF}) == "-");
  CHECK(read_name({0xC0}) == "-");
  CHECK(read_name({1, 'a'}) == "-");
  CHECK(read_name({}) == "-");
}

TEST_CASE("A name does not reach beyond its record") {
  Bytes message = reply({{Bytes{1, 'a'}}, {dns_name("b.example")}});
  CHECK(read(message) == "b.example 300");
}

TEST_CASE("What is no answer to one question has no name") {
  const Bytes good = reply({{dns_name("a.example")}});
  REQUIRE(read(good) == "a.example 300");
  Bytes query_bit = good;
  query_bit[2] = static_cast<std::uint8_t>(query_bit[2] & 0x7FU);
  CHECK(read(query_bit) == "-");
  for (const int questions : {0, 2, 255}) {
    Bytes wrong = good;
    wrong[5] = static_cast<std::uint8_t>(questions);
    CHECK(read(wrong) == "-");
  }
  Bytes more_answers = good;
  more_answers[6] = 0xFF;
  CHECK(read(more_answers) == "a.example 300");
}

TEST_CASE("A message that is cut anywhere before the name's end has no name") {
  const Bytes good = reply({{dns_name("a.example")}});
  for (std::size_t bytes = 0; bytes < good.size(); ++bytes) {
    CHECK(read(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(bytes))) == "-");
  }
}

TEST_CASE("Whatever the bytes are, an answer has a host name or none") {
  const Bytes alias = dns_name("1.0/25.2.0.192.in-addr.arpa");
  const Bytes good = reply({{.data = alias, .type = kDnsCname, .ttl_seconds = 50},
                            {.data = {1, 'a', 0xC0, 12}, .owner = alias},
                            {dns_name("a.example")}});
  std::mt19937 random(1);
  for (int run = 0; run < 50000; ++run) {
    Bytes damaged = good;
    const auto changes = random() % 4;
    for (std::uint32_t i = 0; i <= changes; ++i) {
      damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random() % 3 == 0 ? 0xC0 : random());
    }
    damaged.resize(damaged.size() - random() % 8);
    const auto answer = read_ptr_answer(damaged);
    if (!answer) continue;
    const bool is_clean = answer->host_name.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789-_.") == std::string::npos;
    if (!is_clean || answer->host_name.size() > 253) FAIL(answer->host_name);
  }
}
