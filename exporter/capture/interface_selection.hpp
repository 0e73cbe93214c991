// SPDX-License-Identifier: GPL-2.0-or-later
// InterfaceSelection: which interfaces are captured, by configuration, name and state.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace iptraf::capture {

enum class Selected : std::uint8_t {
  kYes,
  kNo,
  kWhenUp,  ///< `auto` will take it once it is up
};

/// Judges names by `capture.interfaces` and `capture.exclude`. Pure and unchanging: any thread.
/// `auto` takes what is up, is not loopback and does not look like a virtual port of a container or a virtual
/// machine; `all` takes everything; names are taken literally. An exclude (name or glob, fnmatch(3)) always wins.
class InterfaceSelection {
 public:
  InterfaceSelection(std::vector<std::string> interfaces, std::vector<std::string> exclude);

  /// `is_up` is the administrative state (IFF_UP), with or without a carrier.
  Selected judge(const std::string& name, bool is_loopback, bool is_up) const;

  bool is_auto() const noexcept { return mode_ == Mode::kAuto; }

  /// In words, for messages.
  static std::string what_auto_takes();

  /// The interfaces asked for by name; empty with `auto` and `all`.
  std::span<const std::string> names() const noexcept { return names_; }

 private:
  enum class Mode : std::uint8_t { kAuto, kAll, kNames };

  Mode mode_ = Mode::kNames;
  std::vector<std::string> names_;
  std::vector<std::string> exclude_;
};

}  // namespace iptraf::capture
