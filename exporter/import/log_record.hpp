// SPDX-License-Identifier: GPL-2.0-or-later
// LogRecord: what one record of an IPTraf log says of one interface. Totals since the facility's start.
#pragma once

#include <array>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "import/log_time.hpp"

namespace iptraf::importer {

/// The facilities whose logs hold totals.
enum class LogKind : std::uint8_t { kService, kGeneral, kDetailed, kPacketSize, kLanStation };
inline constexpr std::size_t kLogKinds = 5;

/// In words, for messages.
std::string_view kind_text(LogKind kind);

struct Count {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  friend bool operator==(const Count&, const Count&) = default;
};

/// One port. In: addressed to it; out: coming from it. IP bytes.
struct ServiceTotals {
  bool is_udp = false;
  std::uint16_t port = 0;
  Count in;
  Count out;
};

struct GeneralTotals {
  std::uint64_t packets = 0;
  std::uint64_t ipv4_packets = 0;
  std::uint64_t non_ip_packets = 0;
  std::uint64_t checksum_errors = 0;  ///< these are in `packets` and in `ipv4_packets` too
};

struct DirectedCount {
  Count total;
  Count in;
  Count out;
};

/// TCP, UDP, ICMP and other IP count both IP versions together in iptraf-ng. IP bytes but for total, non-IP and
/// broadcast.
struct DetailedTotals {
  DirectedCount total;
  DirectedCount ipv4;
  DirectedCount tcp;
  DirectedCount udp;
  DirectedCount icmp;
  DirectedCount other_ip;
  DirectedCount non_ip;
  Count broadcast;  ///< received
  std::uint64_t checksum_errors = 0;
  bool has_checksum_errors = false;
};

/// Packets of first_bytes to last_bytes of network size.
struct SizeBracket {
  std::uint32_t first_bytes = 0;
  std::uint32_t last_bytes = 0;
  std::uint64_t in_packets = 0;  ///< of both directions where the log has one column
  std::uint64_t out_packets = 0;
};

struct SizeTotals {
  std::uint32_t mtu_bytes = 0;  ///< 0: not said
  bool has_directions = false;
  std::vector<SizeBracket> brackets;
};

struct StationCount {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t ip_packets = 0;
};

struct StationTotals {
  std::array<std::uint8_t, 6> mac{};
  bool is_fddi = false;
  std::string description;  ///< printable UTF-8
  StationCount in;          ///< the station received it
  StationCount out;
};

using LogTotals =
    std::variant<std::vector<ServiceTotals>, GeneralTotals, DetailedTotals, SizeTotals, std::vector<StationTotals>>;

/// Who wrote the record. It decides what some byte totals are.
enum class LogVersion : std::uint8_t { kUnknown, kClassic, kNg };  ///< kClassic: IPTraf up to 3.0

struct LogRecord {
  LocalSeconds local = 0;
  std::time_t seconds = 0;  ///< once the zone is known
  std::string device;       ///< empty: the log does not say
  LogVersion version = LogVersion::kUnknown;
  bool is_whole = true;      ///< no line had to be skipped: a port that is not there has counted nothing
  bool begins_anew = false;  ///< totals have nothing to do with those of the record before
  LogTotals totals;

  LogKind kind() const { return static_cast<LogKind>(totals.index()); }
};

}  // namespace iptraf::importer
