// SPDX-License-Identifier: GPL-2.0-or-later
// LinkTable and LinkMonitor: interfaces that come, go, are renamed, and change MTU or state.
#include "capture/interfaces.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "capture/packet_source.hpp"
#include "core/shortage.hpp"

namespace iptraf::capture {
namespace {

/// Above the largest datagram the kernel makes of link messages (32 KiB).
constexpr std::size_t kBufferBytes = 65536;
/// Room for a storm of events; the kernel caps it at net.core.rmem_max.
constexpr int kSocketBufferBytes = 1024 * 1024;
constexpr int kSynchroniseTries = 20;
constexpr int kSynchroniseWaitMilliseconds = 100;

CaptureError netlink_error(const char* what, int error) {
  const std::string reason = std::string(what) + ": " + std::generic_category().message(error);
  if (error == EMFILE || error == ENFILE) return CaptureError(std::string(what) + ": " + kTooManyOpenFiles);
  return CaptureError(reason +
                      "; the list of network interfaces is read through rtnetlink, which must be allowed "
                      "(systemd: RestrictAddressFamilies must name AF_NETLINK)");
}

}  // namespace

bool Link::is_loopback() const noexcept { return (flags & IFF_LOOPBACK) != 0; }
bool Link::is_set_up() const noexcept { return (flags & IFF_UP) != 0; }
bool Link::is_up() const noexcept { return is_set_up() && (flags & IFF_RUNNING) != 0; }

void LinkTable::apply(const LinkMessage& message, LinkListener& listener) {
  if (message.kind == LinkMessage::Kind::kPresent) apply_present(message, listener);
  if (message.kind == LinkMessage::Kind::kRemoved && entries_.erase(message.index) > 0) {
    listener.link_removed(message.index);
  }
}

void LinkTable::apply_present(const LinkMessage& message, LinkListener& listener) {
  const auto found = entries_.find(message.index);
  if (found == entries_.end() && message.name.empty()) return;

  Link link = found == entries_.end() ? Link{} : found->second.link;
  link.index = message.index;
  link.hardware_type = message.hardware_type;
  link.flags = message.flags;
  if (!message.name.empty()) link.name = message.name;
  if (message.mtu_bytes) link.mtu_bytes = *message.mtu_bytes;

  Entry& entry = entries_[message.index];
  entry.generation = generation_;
  if (entry.link == link) return;
  entry.link = link;
  listener.link_changed(link);
}

void LinkTable::end_dump(LinkListener& listener) {
  for (auto it = entries_.begin(); it != entries_.end();) {
    if (it->second.generation == generation_) {
      ++it;
      continue;
    }
    const int index = it->first;
    it = entries_.erase(it);
    listener.link_removed(index);
  }
}

std::vector<std::string> LinkTable::names() const {
  std::vector<std::string> names;
  for (const auto& [index, entry] : entries_) names.push_back(entry.link.name);
  return names;
}

LinkMonitor::LinkMonitor()
    : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)), buffer_(kBufferBytes) {
  if (!socket_.is_open()) throw netlink_error("cannot open a netlink socket", errno);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &kSocketBufferBytes, sizeof kSocketBufferBytes);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw netlink_error("cannot subscribe to interface changes", errno);
  }
}

bool LinkMonitor::request_dump() noexcept {
  struct {
    nlmsghdr header;
    ifinfomsg info;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_GETLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.header.nlmsg_seq = ++dump_sequence_;
  request.info.ifi_family = AF_UNSPEC;
  if (::send(socket_.get(), &request, sizeof request, 0) < 0) return false;
  table_.begin_dump();
  needs_dump_ = false;
  is_dumping_ = true;
  was_interrupted_ = false;
  return true;
}

void LinkMonitor::synchronise(LinkListener& listener) {
  for (int i = 0; i < kSynchroniseTries; ++i) {
    drain(listener);
    if (!is_dumping_ && !needs_dump_) return;
    pollfd waiting{socket_.get(), POLLIN, 0};
    ::poll(&waiting, 1, kSynchroniseWaitMilliseconds);
  }
  throw netlink_error("cannot list the network interfaces", ETIMEDOUT);
}

void LinkMonitor::drain(LinkListener& listener) {
  if (needs_dump_ && !is_dumping_) request_dump();
  while (receive(listener) == Received::kMessages) {
  }
  // Messages were lost on the way: ask again, once per call so that a storm cannot hold the capture thread here.
  if (!needs_dump_ || is_dumping_ || !request_dump()) return;
  while (receive(listener) == Received::kMessages) {
  }
}

LinkMonitor::Received LinkMonitor::receive(LinkListener& listener) {
  sockaddr_nl sender{};
  iovec part{buffer_.data(), buffer_.size()};
  msghdr header{};
  header.msg_name = &sender;
  header.msg_namelen = sizeof sender;
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  const ssize_t received = ::recvmsg(socket_.get(), &header, MSG_DONTWAIT);
  if (received < 0) {
    if (errno == EINTR) return Received::kMessages;
    if (errno != ENOBUFS) return Received::kNothing;
    needs_dump_ = true;
    return Received::kMessages;
  }
  if (sender.nl_pid != 0) return Received::kMessages;
  if ((header.msg_flags & MSG_TRUNC) != 0) needs_dump_ = true;
  handle(std::span(buffer_).first(static_cast<std::size_t>(received)), listener);
  return Received::kMessages;
}

void LinkMonitor::handle(std::span<const std::uint8_t> datagram, LinkListener& listener) {
  while (const auto message = next_link_message(datagram)) {
    if (message->is_dump_interrupted) was_interrupted_ = true;
    const bool ends_dump = message->kind == LinkMessage::Kind::kDumpDone || message->kind == LinkMessage::Kind::kError;
    if (!ends_dump) {
      table_.apply(*message, listener);
    } else if (is_dumping_ && message->sequence == dump_sequence_) {
      finish_dump(*message, listener);
    }
  }
}

void LinkMonitor::finish_dump(const LinkMessage& message, LinkListener& listener) {
  is_dumping_ = false;
  if (message.error == 0 && !was_interrupted_) {
    table_.end_dump(listener);
    return;
  }
  needs_dump_ = true;
  if (message.error != 0) {
    spdlog::warn("cannot list the network interfaces, trying again error=\"{}\"",
                 std::generic_category().message(message.error));
  }
}

}  // namespace iptraf::capture
