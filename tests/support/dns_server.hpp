// SPDX-License-Identifier: GPL-2.0-or-later
// DnsServer: a name server on loopback that says what a test wants.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/file_descriptor.hpp"
#include "support/dns_message.hpp"

namespace iptraf::test {

/// Answers over UDP, on a thread of its own, until it is destroyed.
class DnsServer {
 public:
  /// What goes back for a query: any number of datagrams. Called on the server's thread.
  using Handler = std::function<std::vector<Bytes>(const Bytes& query)>;

  explicit DnsServer(Handler handler);
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  /// 127.0.0.1:PORT
  const std::string& address() const noexcept { return address_; }

  /// Waits until `count` datagrams have come; false when patience ends first.
  bool wait_for_queries(std::size_t count);

 private:
  void run();

  const Handler handler_;
  FileDescriptor socket_;
  FileDescriptor stop_;
  std::string address_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::size_t queries_ = 0;
  std::thread thread_;
};

/// A port of 127.0.0.1 that nobody has at the moment, neither for UDP nor for TCP.
std::uint16_t free_dns_port();

}  // namespace iptraf::test
