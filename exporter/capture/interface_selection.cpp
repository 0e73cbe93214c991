// SPDX-License-Identifier: GPL-2.0-or-later
// InterfaceSelection: auto, all, names and excludes.
#include "capture/interface_selection.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <utility>

namespace iptraf::capture {
namespace {

bool matches_glob(const char* pattern, const std::string& name) { return fnmatch(pattern, name.c_str(), 0) == 0; }

/// Ports of containers and virtual machines: their packets pass an interface that is captured already.
constexpr std::array kVirtualPorts{"veth[0-9a-f]*", "cali*", "lxc*",   "cni*",  "flannel*",
                                   "docker*",       "br-*",  "virbr*", "vnet*", "tap*"};

bool is_virtual_port(const std::string& name) {
  return std::any_of(kVirtualPorts.begin(), kVirtualPorts.end(),
                     [&](const char* glob) { return matches_glob(glob, name); });
}

}  // namespace

InterfaceSelection::InterfaceSelection(std::vector<std::string> interfaces, std::vector<std::string> exclude)
    : names_(std::move(interfaces)), exclude_(std::move(exclude)) {
  if (names_ == std::vector<std::string>{"auto"}) mode_ = Mode::kAuto;
  if (names_ == std::vector<std::string>{"all"}) mode_ = Mode::kAll;
  if (mode_ != Mode::kNames) names_.clear();
}

Selected InterfaceSelection::judge(const std::string& name, bool is_loopback, bool is_up) const {
  const auto matches = [&](const std::string& glob) { return matches_glob(glob.c_str(), name); };
  if (std::any_of(exclude_.begin(), exclude_.end(), matches)) return Selected::kNo;
  if (mode_ == Mode::kAll) return Selected::kYes;
  if (mode_ == Mode::kNames) {
    return std::find(names_.begin(), names_.end(), name) != names_.end() ? Selected::kYes : Selected::kNo;
  }
  if (is_loopback || is_virtual_port(name)) return Selected::kNo;
  return is_up ? Selected::kYes : Selected::kWhenUp;
}

std::string InterfaceSelection::what_auto_takes() {
  std::string text = "interfaces that are up, are not loopback, and whose name matches none of ";
  for (const char* glob : kVirtualPorts) text += (glob == kVirtualPorts.front() ? "" : ", ") + std::string(glob);
  return text;
}

}  // namespace iptraf::capture
