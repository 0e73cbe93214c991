// SPDX-License-Identifier: GPL-2.0-or-later
// Dnsmasq: the real name server of that name as a child process on loopback.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/file_descriptor.hpp"

namespace iptraf::test {

/// Serves PTR records and nothing else; what it has no record of under in-addr.arpa and ip6.arpa does not exist. Ended
/// with the object.
class Dnsmasq {
 public:
  /// Each record is NAME,TARGET as --ptr-record takes it, with a TTL of 300 s. Returns when the server answers. Throws
  /// std::runtime_error when dnsmasq is not installed or does not start; the message says which and why.
  explicit Dnsmasq(const std::vector<std::string>& ptr_records);
  ~Dnsmasq();
  Dnsmasq(const Dnsmasq&) = delete;
  Dnsmasq& operator=(const Dnsmasq&) = delete;

  /// 127.0.0.1:PORT
  const std::string& address() const noexcept { return address_; }

 private:
  bool start(const std::string& program, const std::vector<std::string>& ptr_records, std::uint16_t port);
  bool wait_until_started();
  void stop() noexcept;

  pid_t pid_ = -1;
  FileDescriptor log_;
  std::string log_text_;
  std::string address_;
};

}  // namespace iptraf::test
