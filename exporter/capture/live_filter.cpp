// SPDX-License-Identifier: GPL-2.0-or-later
// LiveFilter: chooses the compiled expression by link type.
#include "capture/live_filter.hpp"

#include <linux/if_ether.h>
#include <pcap/pcap.h>
#include <spdlog/spdlog.h>

namespace iptraf::capture {
namespace {

/// Nothing when the expression has no meaning for this link type, as `ether host` has none for bare IP.
std::optional<FrameFilter> compile_if_possible(const std::string& expression, int dlt, const char* where) {
  try {
    return FrameFilter(expression, dlt);
  } catch (const FilterError& error) {
    spdlog::info("capture.filter matches nothing on {} interfaces reason=\"{}\"", where, error.what());
    return std::nullopt;
  }
}

}  // namespace

LiveFilter::LiveFilter(const std::string& expression, std::uint32_t snapshot_bytes)
    : ethernet_(expression, DLT_EN10MB),
      ip_(compile_if_possible(expression, DLT_RAW, "IP-only")),
      fddi_(compile_if_possible(expression, DLT_FDDI, "FDDI")),
      scratch_(snapshot_bytes + kVlanTagBytes) {}

bool LiveFilter::matches(const RingFrame& frame, const RawPacket& raw) noexcept {
  if (raw.link_type == LinkType::kFddi) return fddi_ && fddi_->matches(raw.bytes, raw.wire_bytes);
  if (raw.link_type == LinkType::kNetwork) {
    const bool is_ip = raw.ethertype == ETH_P_IP || raw.ethertype == ETH_P_IPV6;
    return is_ip && ip_ && ip_->matches(raw.bytes, raw.wire_bytes);
  }
  if (!frame.has_stripped_tag) return ethernet_.matches(raw.bytes, raw.wire_bytes);
  const auto whole = restore_vlan_tag(raw.bytes, frame.tag_protocol, frame.tag_control, scratch_);
  return ethernet_.matches(whole, raw.wire_bytes + raw.stripped_tag_bytes);
}

}  // namespace iptraf::capture
