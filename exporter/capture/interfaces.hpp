// SPDX-License-Identifier: GPL-2.0-or-later
// The interfaces of the network namespace, as rtnetlink tells of them: LinkTable (pure) and LinkMonitor (socket).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "capture/link_message.hpp"
#include "core/file_descriptor.hpp"

namespace iptraf::capture {

/// One network interface. Its index is its identity; name, MTU and state change.
struct Link {
  int index = 0;
  std::string name;
  std::uint16_t hardware_type = 0;  ///< ARPHRD_*
  std::uint32_t mtu_bytes = 0;
  std::uint32_t flags = 0;  ///< IFF_*

  friend bool operator==(const Link&, const Link&) = default;

  bool is_loopback() const noexcept;

  /// IFF_UP: someone set it up, with or without a carrier.
  bool is_set_up() const noexcept;

  /// IFF_UP and IFF_RUNNING: set up and able to carry packets. Without a carrier, or with nobody at the other end
  /// of a tun device, an interface is down.
  bool is_up() const noexcept;
};

/// Told of every change, in the order of the kernel's messages.
class LinkListener {
 public:
  virtual ~LinkListener() = default;

  /// The interface is new, or something of it differs from what was told before.
  virtual void link_changed(const Link& link) = 0;
  virtual void link_removed(int index) = 0;
};

/// What is known of all interfaces. Pure: fed with messages, never asks the kernel. One thread.
class LinkTable {
 public:
  /// Applies one message and tells `listener` when something changed.
  void apply(const LinkMessage& message, LinkListener& listener);

  /// A list of all interfaces begins: what it does not mention by end_dump() is gone.
  void begin_dump() noexcept { ++generation_; }
  void end_dump(LinkListener& listener);

  std::vector<std::string> names() const;

 private:
  struct Entry {
    Link link;
    std::uint64_t generation = 0;
  };

  void apply_present(const LinkMessage& message, LinkListener& listener);

  std::map<int, Entry> entries_;
  std::uint64_t generation_ = 0;
};

/// The rtnetlink socket: lists all interfaces at start and follows their changes. When the kernel had to throw
/// messages away (ENOBUFS) the list is read again. Needs no capability. One thread.
class LinkMonitor {
 public:
  /// Throws CaptureError when the socket cannot be opened.
  LinkMonitor();

  /// Reads until the list of all interfaces is complete. Throws CaptureError when the kernel does not give it.
  void synchronise(LinkListener& listener);

  /// Applies everything that waits in the socket; never blocks.
  void drain(LinkListener& listener);

  /// Readable when something changed.
  int fd() const noexcept { return socket_.get(); }

  std::vector<std::string> names() const { return table_.names(); }

 private:
  enum class Received : std::uint8_t { kMessages, kNothing };

  Received receive(LinkListener& listener);
  void handle(std::span<const std::uint8_t> datagram, LinkListener& listener);
  void finish_dump(const LinkMessage& message, LinkListener& listener);
  bool request_dump() noexcept;

  FileDescriptor socket_;
  LinkTable table_;
  std::vector<std::uint8_t> buffer_;
  std::uint32_t dump_sequence_ = 0;
  bool needs_dump_ = true;
  bool is_dumping_ = false;
  bool was_interrupted_ = false;
};

}  // namespace iptraf::capture
