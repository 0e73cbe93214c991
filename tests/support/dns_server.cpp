// SPDX-License-Identifier: GPL-2.0-or-later
// DnsServer: a name server on loopback that says what a test wants.
#include "support/dns_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>

namespace iptraf::test {
namespace {

constexpr std::chrono::seconds kPatience{30};

/// A socket of 127.0.0.1; port 0 picks one.
FileDescriptor bind_loopback(int type, std::uint16_t port) {
  FileDescriptor fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // The address of a sockaddr_in is what bind(2) takes as a sockaddr.
  if (!fd.is_open() || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd.reset();
  return fd;
}

std::uint16_t port_of(const FileDescriptor& fd) {
  sockaddr_in address{};
  socklen_t bytes = sizeof address;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &bytes) != 0) {
    throw std::system_error(errno, std::generic_category(), "getsockname");
  }
  return ntohs(address.sin_port);
}

}  // namespace

DnsServer::DnsServer(Handler handler)
    : handler_(std::move(handler)), socket_(bind_loopback(SOCK_DGRAM, 0)), stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (!socket_.is_open() || !stop_.is_open()) throw std::runtime_error("no UDP socket on 127.0.0.1");
  address_ = "127.0.0.1:" + std::to_string(port_of(socket_));
  thread_ = std::thread([this] { run(); });
}

DnsServer::~DnsServer() {
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

bool DnsServer::wait_for_queries(std::size_t count) {
  std::unique_lock lock(mutex_);
  return came_.wait_for(lock, kPatience, [&] { return queries_ >= count; });
}

void DnsServer::run() {
  std::array<pollfd, 2> events{pollfd{socket_.get(), POLLIN, 0}, pollfd{stop_.get(), POLLIN, 0}};
  while (::poll(events.data(), events.size(), -1) >= 0 && (events[1].revents & POLLIN) == 0) {
    std::array<std::uint8_t, 2048> buffer{};
    sockaddr_in peer{};
    socklen_t peer_bytes = sizeof peer;
    const ssize_t got =
        ::recvfrom(socket_.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&peer), &peer_bytes);
    if (got < 0) continue;
    for (const Bytes& reply : handler_(Bytes(buffer.begin(), buffer.begin() + got))) {
      ::sendto(socket_.get(), reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&peer), peer_bytes);
    }
    const std::lock_guard lock(mutex_);
    ++queries_;
    came_.notify_all();
  }
}

std::uint16_t free_dns_port() {
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    const FileDescriptor udp = bind_loopback(SOCK_DGRAM, 0);
    if (!udp.is_open()) continue;
    const std::uint16_t port = port_of(udp);
    if (bind_loopback(SOCK_STREAM, port).is_open()) return port;
  }
  throw std::runtime_error("no free port on 127.0.0.1");
}

}  // namespace iptraf::test
