// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the reverse lookup against dnsmasq and against a server that misbehaves: names, caching, limits, the end.
#include "names/host_names.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "names/ptr_message.hpp"
#include "support/catch.hpp"
#include "support/dns_server.hpp"
#include "support/dnsmasq.hpp"
#include "support/packet_builder.hpp"
#include "support/temporary_directory.hpp"

using iptraf::IpAddress;
using iptraf::names::HostNames;
using iptraf::names::HostNamesCounters;
using iptraf::names::HostNamesError;
using iptraf::names::HostNamesOptions;
using iptraf::names::reverse_name;
using namespace iptraf::test;

namespace {

using Datagrams = std::vector<Bytes>;

constexpr std::chrono::seconds kPatience{30};
/// Long enough to hang a test whose end waits for it.
constexpr std::chrono::hours kNever{1};

IpAddress host(std::size_t number) {
  return ip("10.0." + std::to_string(number / 256) + "." + std::to_string(number % 256));
}

HostNamesOptions asking(const std::string& server) {
  HostNamesOptions options;
  options.servers = {server};
  options.try_timeout = std::chrono::seconds(10);
  options.queries_per_second = 1e6;
  options.burst = 1e6;
  return options;
}

/// Asks for an address, waits for the answer, and asks again.
std::string look_up(HostNames& names, const IpAddress& address) {
  const std::uint64_t ended = names.counters().ended();
  names.name_of(address);
  REQUIRE(names.wait_for_lookups(ended + 1, kPatience));
  return names.name_of(address);
}

/// Answers every query with these records.
DnsServer::Handler answering(const std::vector<DnsRecord>& records) {
  return [records](const Bytes& query) { return Datagrams{dns_reply(query, records)}; };
}

/// Answers every query in this way.
DnsServer::Handler answering(Bytes (*make)(const Bytes& query)) {
  return [make](const Bytes& query) { return Datagrams{make(query)}; };
}

DnsServer::Handler silent() {
  return [](const Bytes&) { return Datagrams{}; };
}

/// What the counters say after one lookup of one try.
HostNamesCounters counters_after(DnsServer::Handler handler,
                                 std::chrono::milliseconds try_timeout = std::chrono::seconds(10)) {
  DnsServer server(std::move(handler));
  HostNamesOptions options = asking(server.address());
  options.try_timeout = try_timeout;
  options.tries = 1;
  HostNames names(options);
  CHECK(look_up(names, host(1)).empty());
  return names.counters();
}

/// One bit for each signal that the thread of this name blocks (proc(5): SigBlk), 0 when there is no such thread.
std::uint64_t blocked_signals_of(const std::string& thread_name) {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(task.path() / "status");
    bool is_wanted = false;
    for (std::string key, value; status >> key && std::getline(status >> std::ws, value);) {
      if (key == "Name:") is_wanted = value == thread_name;
      if (is_wanted && key == "SigBlk:") return std::stoull(value, nullptr, 16);
    }
  }
  return 0;
}

std::string error_of(const HostNamesOptions& options) {
  try {
    const HostNames names(options);
  } catch (const HostNamesError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("dnsmasq's names of IPv4 and IPv6 addresses are found and asked for once") {
  const Dnsmasq server(
      {"1.2.0.192.in-addr.arpa,host-1.example.net", reverse_name(ip("2001:db8::1")) + ",six.example.net"});
  HostNames names(asking(server.address()));
  CHECK(names.name_of(ip("192.0.2.1")).empty());
  REQUIRE(names.wait_for_lookups(1, kPatience));
  CHECK(names.name_of(ip("192.0.2.1")) == "host-1.example.net");
  CHECK(names.name_of(ip("::ffff:192.0.2.1")) == "host-1.example.net");
  CHECK(look_up(names, ip("2001:db8::1")) == "six.example.net");
  for (int i = 0; i < 100; ++i) names.name_of(ip("192.0.2.1"));
  const HostNamesCounters counters = names.counters();
  CHECK(counters.queries == 2);
  CHECK(counters.found == 2);
  CHECK(counters.cached == 2);
  CHECK(counters.waiting == 0);
  CHECK(counters.in_flight == 0);
}

TEST_CASE("dnsmasq's answer that there is no name is remembered") {
  const Dnsmasq server({});
  HostNames names(asking(server.address()));
  CHECK(look_up(names, ip("192.0.2.1")).empty());
  CHECK(look_up(names, ip("2001:db8::1")).empty());
  for (int i = 0; i < 100; ++i) CHECK(names.name_of(ip("192.0.2.1")).empty());
  CHECK(names.counters().queries == 2);
  CHECK(names.counters().not_found == 2);
  CHECK(names.counters().cached == 2);
}

TEST_CASE("Names from dnsmasq that are no host names are not used") {
  const std::vector<std::string> hostile{"<b>evil</b>",   "a b.example", "quo\"te.example",
                                         "-dash.example", "1.2.3.4",     "back`tick.example"};
  std::vector<std::string> records;
  for (std::size_t i = 0; i < hostile.size(); ++i) records.push_back(reverse_name(host(i)) + "," + hostile[i]);
  const Dnsmasq server(records);
  HostNames names(asking(server.address()));
  for (std::size_t i = 0; i < hostile.size(); ++i) CHECK(look_up(names, host(i)).empty());
  CHECK(names.counters().rejected == hostile.size());
  CHECK(names.counters().queries == hostile.size());
}

TEST_CASE("An answer that is too long for UDP is asked for over TCP") {
  std::vector<std::string> records;
  const std::string label(60, 'a');
  for (char c = 'a'; c <= 'p'; ++c) records.push_back(reverse_name(host(1)) + "," + c + label + ".example.net");
  const Dnsmasq server(records);
  HostNames names(asking(server.address()));
  const std::string name = look_up(names, host(1));
  CHECK(name.substr(1) == label + ".example.net");
}

TEST_CASE("Hostile bytes in a name are not used and counted") {
  for (const Bytes& target : {dns_labels({std::string("nul\0byte", 8), "example"}), dns_labels({"a.b", "example"}),
                              dns_labels({"\x1b[2J"}), dns_labels({"\xff\xfe"}), dns_labels({"a\nb"}), Bytes{0}}) {
    const HostNamesCounters counters = counters_after(answering({{target}}));
    CHECK(counters.rejected == 1);
    CHECK(counters.failed == 0);
  }
}

TEST_CASE("Refusals, damaged answers and empty ones give no name and are counted as failures") {
  const std::vector<DnsServer::Handler> handlers{
      answering([](const Bytes& query) { return dns_reply(query, {}, kDnsServerFailure); }),
      answering([](const Bytes& query) {
        return dns_reply(query, {{Bytes{0xC0, 0xFF}}});
      }),
      answering([](const Bytes& query) {
        return dns_reply(query, {{Bytes{63, 'a'}}});
      }),
      answering([](const Bytes& query) { return Bytes(query.begin(), query.begin() + 5); }),
      answering([](const Bytes&) { return Bytes{}; }),
      answering([](const Bytes&) { return Bytes(1500, 0xFF); }),
      answering([](const Bytes& query) { return dns_reply(query, {}, kDnsTruncated); }),
      silent(),
  };
  for (std::size_t i = 0; i < handlers.size(); ++i) {
    INFO(i);
    CHECK(counters_after(handlers[i], std::chrono::milliseconds(50)).failed == 1);
  }
}

TEST_CASE("A server that sends back the question or answers without a PTR record gives no name") {
  const HostNamesCounters echo = counters_after(answering([](const Bytes& query) { return query; }));
  CHECK(echo.not_found + echo.failed == 1);
  const HostNamesCounters empty = counters_after(answering([](const Bytes& query) { return dns_reply(query, {}); }));
  CHECK(empty.not_found == 1);
  const HostNamesCounters none =
      counters_after(answering([](const Bytes& query) { return dns_reply(query, {}, kDnsNoName); }));
  CHECK(none.not_found == 1);
}

TEST_CASE("Answers to other questions and with other numbers are not taken") {
  DnsServer server([](const Bytes& query) {
    Bytes other_id = dns_reply(query, {{dns_name("spoofed.example")}});
    other_id[0] = static_cast<std::uint8_t>(~other_id[0]);
    Bytes other_question = dns_reply(dns_query("9.9.9.9.in-addr.arpa"), {{dns_name("spoofed.example")}});
    other_question[0] = query[0];
    other_question[1] = query[1];
    return Datagrams{other_id, other_question, dns_reply(query, {{dns_name("real.example")}})};
  });
  HostNames names(asking(server.address()));
  CHECK(look_up(names, host(1)) == "real.example");
}

TEST_CASE("A TTL is used within its bounds") {
  DnsServer server([](const Bytes& query) {
    static std::atomic<int> count{0};
    const std::uint32_t ttl_seconds = ++count % 2 == 0 ? 0 : 0x7FFFFFFF;
    return Datagrams{dns_reply(query, {{.data = dns_name("a.example"), .ttl_seconds = ttl_seconds}})};
  });
  HostNamesOptions options = asking(server.address());
  SECTION("short ones are stretched") {
    HostNames names(options);
    for (const std::size_t number : {1U, 2U}) CHECK(look_up(names, host(number)) == "a.example");
    for (const std::size_t number : {1U, 2U}) CHECK(names.name_of(host(number)) == "a.example");
    CHECK(names.counters().queries == 2);
  }
  SECTION("long ones are cut, and an expired name is shown while it is asked for again") {
    options.shortest_ttl = options.longest_ttl = std::chrono::seconds(0);
    HostNames names(options);
    for (std::uint64_t round = 1; round <= 4; ++round) {
      CHECK(names.name_of(host(1)) == (round == 1 ? "" : "a.example"));
      REQUIRE(names.wait_for_lookups(round, kPatience));
      CHECK(names.counters().queries == round);
    }
  }
}

TEST_CASE("Failures and names that do not exist have times of their own") {
  DnsServer server([](const Bytes& query) {
    const bool is_first = query[13] == '1';  // of the last number in the address
    return Datagrams{dns_reply(query, {}, is_first ? kDnsNoName : kDnsServerFailure)};
  });
  HostNamesOptions options = asking(server.address());
  options.failed_ttl = std::chrono::seconds(0);
  HostNames names(options);
  for (const std::size_t number : {1U, 2U}) CHECK(look_up(names, host(number)).empty());
  REQUIRE(names.wait_for_lookups(3, kPatience));
  CHECK(names.counters().not_found == 1);
  CHECK(names.counters().failed == 2);
}

TEST_CASE("No more queries are in flight than allowed, and no more addresses wait") {
  DnsServer server(silent());
  HostNamesOptions options = asking(server.address());
  options.try_timeout = kNever;
  options.max_in_flight = 4;
  options.max_waiting = 10;
  HostNames names(options);
  for (std::size_t number = 0; number < 4; ++number) names.name_of(host(number));
  REQUIRE(server.wait_for_queries(4));
  for (std::size_t number = 4; number < 100; ++number) CHECK(names.name_of(host(number)).empty());
  const HostNamesCounters counters = names.counters();
  CHECK(counters.queries == 4);
  CHECK(counters.in_flight == 4);
  CHECK(counters.waiting == 10);
  CHECK(counters.dropped == 86);
  CHECK(counters.cached == 14);
}

TEST_CASE("The cache keeps so many addresses and no more") {
  DnsServer server(answering({{dns_name("a.example")}}));
  HostNamesOptions options = asking(server.address());
  options.max_cached = 8;
  HostNames names(options);
  for (std::size_t number = 0; number < 20; ++number) CHECK(look_up(names, host(number)) == "a.example");
  CHECK(names.counters().cached == 8);
  CHECK(names.name_of(host(19)) == "a.example");
  CHECK(names.name_of(host(12)) == "a.example");
  CHECK(names.counters().queries == 20);
  CHECK(names.name_of(host(11)).empty());
  REQUIRE(names.wait_for_lookups(21, kPatience));
}

TEST_CASE("The rate limit lets a burst pass and holds the rest back") {
  DnsServer server(answering({{dns_name("a.example")}}));
  HostNamesOptions options = asking(server.address());
  options.queries_per_second = 1e-6;
  options.burst = 3;
  HostNames names(options);
  for (std::size_t number = 0; number < 10; ++number) names.name_of(host(number));
  REQUIRE(names.wait_for_lookups(3, kPatience));
  CHECK_FALSE(names.wait_for_lookups(4, std::chrono::milliseconds(50)));
  CHECK(names.counters().queries == 3);
  CHECK(names.counters().waiting == 7);
  CHECK(names.name_of(host(2)) == "a.example");
  CHECK(names.name_of(host(3)).empty());
}

TEST_CASE("What the rate limit holds back is looked up later") {
  DnsServer server(answering({{dns_name("a.example")}}));
  HostNamesOptions options = asking(server.address());
  options.queries_per_second = 200;
  options.burst = 1;
  HostNames names(options);
  for (std::size_t number = 0; number < 20; ++number) names.name_of(host(number));
  REQUIRE(names.wait_for_lookups(20, kPatience));
  for (std::size_t number = 0; number < 20; ++number) CHECK(names.name_of(host(number)) == "a.example");
}

TEST_CASE("The lookups end at once whatever is in flight") {
  DnsServer server(silent());
  HostNamesOptions options = asking(server.address());
  options.try_timeout = kNever;
  {
    HostNames names(options);
    for (std::size_t number = 0; number < 100; ++number) names.name_of(host(number));
    REQUIRE(server.wait_for_queries(16));
    CHECK(names.counters().in_flight == 16);
  }
  for (int round = 0; round < 20; ++round) {
    HostNames names(options);
    names.name_of(host(1));
  }
}

TEST_CASE("The thread of the lookups takes no signals, and the asking thread keeps its own") {
  sigset_t before;
  sigset_t after;
  REQUIRE(::pthread_sigmask(SIG_SETMASK, nullptr, &before) == 0);
  HostNames names(asking("127.0.0.1"));
  CHECK(blocked_signals_of("host-names") == 0);  // there is no thread before the first question
  names.name_of(host(1));
  REQUIRE(::pthread_sigmask(SIG_SETMASK, nullptr, &after) == 0);
  const std::uint64_t blocked = blocked_signals_of("host-names");
  for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE, SIGCHLD}) {
    CHECK((blocked >> static_cast<unsigned>(signal - 1) & 1U) == 1);
    CHECK(sigismember(&before, signal) == sigismember(&after, signal));
  }
}

TEST_CASE("Many threads may ask at the same time") {
  DnsServer server(answering({{dns_name("a.example")}}));
  HostNamesOptions options = asking(server.address());
  options.max_cached = 64;
  HostNames names(options);
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&names, thread] {
      for (std::size_t i = 0; i < 2000; ++i) {
        names.name_of(host(i * (thread + 1) % 100));
        if (i % 100 == 0) names.counters();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(names.counters().cached == 64);
}

TEST_CASE("A server that nobody runs fails, and the next one is asked") {
  const std::string nobody = "127.0.0.1:" + std::to_string(free_dns_port());
  DnsServer server(answering({{dns_name("a.example")}}));
  HostNamesOptions options = asking(nobody);
  {
    HostNames names(options);
    CHECK(look_up(names, host(1)).empty());
    CHECK(names.counters().failed == 1);
  }
  options.servers = {nobody, server.address()};
  HostNames names(options);
  CHECK(look_up(names, host(1)) == "a.example");
}

TEST_CASE("The servers of resolv.conf are asked, and a change of the file is followed") {
  DnsServer server(answering({{dns_name("a.example")}}));
  const TemporaryDirectory directory;
  HostNamesOptions options = asking("");
  options.servers.clear();
  options.resolv_conf = directory.write("resolv.conf", "nameserver 127.0.0.2\n");
  options.port = static_cast<std::uint16_t>(std::stoi(server.address().substr(server.address().find(':') + 1)));
  options.failed_ttl = std::chrono::seconds(0);
  HostNames names(options);
  CHECK(look_up(names, host(1)).empty());
  REQUIRE(names.wait_for_lookups(2, kPatience));  // look_up() asked again for what had expired
  directory.write("resolv.conf", "# changed\nnameserver 127.0.0.1\n");
  CHECK(look_up(names, host(1)) == "a.example");
}

TEST_CASE("A server that is no address is refused with what to write") {
  CHECK(
      error_of(asking("nonsense")) ==
      "cannot ask the DNS servers \"nonsense\": Misformatted string; write ADDRESS, ADDRESS:PORT or [V6]:PORT, or set "
      "names.reverse_lookup to false");
  CHECK(error_of(asking("[::1]:53")).empty());
}

TEST_CASE("A resolv.conf that cannot be read is refused, one that is missing is not") {
  const TemporaryDirectory directory;
  HostNamesOptions options;
  options.resolv_conf = directory.file("missing");
  CHECK(error_of(options).empty());
  options.resolv_conf = directory.write("file", "") + "/resolv.conf";
  CHECK(error_of(options) == "cannot read " + options.resolv_conf +
                                 ": Not a directory; make it readable, or set names.reverse_lookup to false");
}
