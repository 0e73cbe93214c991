// SPDX-License-Identifier: GPL-2.0-or-later
// TcpCounts: the totals of one device's TCP connections, and the metrics that show them.
#include "collectors/tcp_counts.hpp"

#include "collectors/tcp_rows.hpp"
#include "core/labels.hpp"

namespace iptraf::collectors {
namespace {

constexpr std::array<std::string_view, kFlagsWords> kFlagsNames{"rst", "syn_ack", "syn", "fin", "other"};
constexpr std::array<std::string_view, kStarts> kStartWords{"syn", "midstream"};
constexpr std::array<std::string_view, kEndReasons> kReasonWords{"fin", "reset", "idle", "unreachable", "evicted"};

constexpr MetricDesc kConnections{"iptraf_tcp_connections",
                                  MetricKind::kGauge,
                                  {kDeviceLabel, {"state", format_word<kStateWords>}},
                                  "TCP connections that are shown now. Those in state closed, reset and idle have "
                                  "ended and stay for closed_persistence, or until their place is needed."};
constexpr MetricDesc kPartial{"iptraf_tcp_connections_partial",
                              MetricKind::kGauge,
                              {kDeviceLabel},
                              "Open TCP connections that were first seen in mid-stream; IPTraf's mark >."};
constexpr MetricDesc kOpened{"iptraf_tcp_connections_opened_total",
                             MetricKind::kCounter,
                             {kDeviceLabel, {"start", format_word<kStartWords>}},
                             "TCP connections that were seen for the first time, by a SYN or in mid-stream."};
constexpr MetricDesc kEnded{"iptraf_tcp_connections_ended_total",
                            MetricKind::kCounter,
                            {kDeviceLabel, {"reason", format_word<kReasonWords>}},
                            "TCP connections that ended: both FINs acknowledged, reset, silent for the time-out, told "
                            "unreachable by ICMP, or evicted from the full table."};
constexpr MetricDesc kPackets{"iptraf_tcp_packets_total",
                              MetricKind::kCounter,
                              {kDeviceLabel, {"flags", format_word<kFlagsNames>}},
                              "TCP packets by the first of rst, syn_ack, syn, fin that their flags show, else other."};
constexpr MetricDesc kDuration{"iptraf_tcp_connection_duration_seconds",
                               MetricKind::kHistogram,
                               {kDeviceLabel},
                               "Time from the first to the last packet of the TCP connections that ended."};
constexpr MetricDesc kBytes{"iptraf_tcp_connection_bytes",
                            MetricKind::kHistogram,
                            {kDeviceLabel},
                            "IP bytes of both directions of the TCP connections that ended."};
constexpr MetricDesc kHandshake{"iptraf_tcp_handshake_seconds",
                                MetricKind::kHistogram,
                                {kDeviceLabel},
                                "Time from the SYN to the ACK of the SYN/ACK."};
constexpr const MetricDesc* kMetrics[] = {&kConnections, &kPartial,  &kOpened, &kEnded,
                                          &kPackets,     &kDuration, &kBytes,  &kHandshake};

constexpr std::uint64_t kMicrosecondsPerSecond = 1'000'000;
constexpr Timestamp kNanosecondsPerMicrosecond = 1000;

constexpr std::array<double, 9> kDurationSeconds{0.01, 0.1, 1, 10, 60, 300, 900, 3600, 14400};
constexpr std::array<double, 7> kBytesBounds{1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
constexpr std::array<double, 10> kHandshakeSeconds{.0005, .001, .005, .01, .05, .1, .25, .5, 1, 3};

/// The bounds in whole units, `units` of them to one.
template <std::size_t N>
constexpr std::array<std::uint64_t, N> in_units(const std::array<double, N>& bounds, std::uint64_t units) {
  std::array<std::uint64_t, N> out{};
  for (std::size_t i = 0; i < N; ++i) {
    out[i] = static_cast<std::uint64_t>(bounds[i] * static_cast<double>(units) + 0.5);
  }
  return out;
}

constexpr auto kDurationMicroseconds = in_units(kDurationSeconds, kMicrosecondsPerSecond);
constexpr auto kWholeBytesBounds = in_units(kBytesBounds, 1);
constexpr auto kHandshakeMicroseconds = in_units(kHandshakeSeconds, kMicrosecondsPerSecond);

/// Times never go back; a duration is at least 0.
std::uint64_t microseconds(Timestamp duration) noexcept {
  return static_cast<std::uint64_t>(duration / kNanosecondsPerMicrosecond);
}

FlagsWord word_of(std::uint8_t flags) noexcept {
  if ((flags & tcp_flag::kRst) != 0) return FlagsWord::kRst;
  if ((flags & tcp_flag::kSyn) != 0) return (flags & tcp_flag::kAck) != 0 ? FlagsWord::kSynAck : FlagsWord::kSyn;
  return (flags & tcp_flag::kFin) != 0 ? FlagsWord::kFin : FlagsWord::kOther;
}

template <std::size_t N>
void sample_words(SampleWriter& out, const MetricDesc& metric, std::uint64_t slot,
                  const std::array<std::uint64_t, N>& counts) {
  for (std::size_t word = 0; word < N; ++word) out.add(metric, {slot, word}, counts[word]);
}

}  // namespace

std::span<const MetricDesc* const> tcp_metrics() { return kMetrics; }

void TcpCounts::count_packet(const Packet& packet) noexcept {
  if (packet.segments == 1) {
    ++packets_[static_cast<std::size_t>(word_of(packet.tcp_flags))];
    return;
  }
  const auto but_last = static_cast<std::uint8_t>(packet.tcp_flags & ~tcp_flag::kFin);
  packets_[static_cast<std::size_t>(word_of(but_last))] += packet.segments - 1;
  ++packets_[static_cast<std::size_t>(word_of(packet.tcp_flags))];
}

void add_tcp_round_robin(const Snapshot& snapshot, const config::Rrd& /*settings*/, RoundRobinFiles& files) {
  for (const Sample& sample : snapshot.family(kPartial).samples) {  // one sample per device
    const std::uint64_t slot = sample.labels[0];
    const auto total = [&](const MetricDesc& metric, std::uint64_t end) {
      std::uint64_t sum = 0;
      for (std::uint64_t word = 0; word < end; ++word) sum += snapshot.value(metric, {slot, word});
      return sum;
    };
    RoundRobinFile file{snapshot.devices()[slot].name, "tcp_connections", {}};
    file.add_gauge("open", total(kConnections, static_cast<std::uint64_t>(ConnectionState::kClosed)));
    file.add_counter("opened", total(kOpened, kStarts));
    for (std::uint64_t reason = 0; reason < kEndReasons; ++reason) {
      file.add_counter(std::string(kReasonWords.at(reason)), snapshot.value(kEnded, {slot, reason}));
    }
    files.push_back(std::move(file));
  }
}

void add_tcp_log_figures(const Snapshot& snapshot, LogFigures& figures) {
  for (const Sample& sample : snapshot.family(kPartial).samples) {  // one sample per device
    figures_of(figures, snapshot.devices()[sample.labels[0]]).has_traffic_monitor = true;
  }
  add_active_halves(snapshot, figures);
}

void TcpCounts::on_begin(const Connection& connection) noexcept {
  ++opened_[static_cast<std::size_t>(connection.is_partial ? Start::kMidstream : Start::kSyn)];
  ++shown(connection.state);
  if (connection.is_partial) ++partial_;
}

void TcpCounts::on_end(const Connection& connection, ConnectionState state, EndReason reason) noexcept {
  ++ended_[static_cast<std::size_t>(reason)];
  on_state(connection.state, state);
  if (connection.is_partial) --partial_;
  durations_.observe(microseconds(connection.last_seen - connection.first_seen), kDurationMicroseconds);
  bytes_.observe(connection.ip_bytes(), kWholeBytesBounds);
}

void TcpCounts::on_state(ConnectionState from, ConnectionState to) noexcept {
  --shown(from);
  ++shown(to);
}

void TcpCounts::on_handshake(Timestamp duration) noexcept {
  handshakes_.observe(microseconds(duration), kHandshakeMicroseconds);
}

void TcpCounts::on_forget(const Connection& connection) noexcept { --shown(connection.state); }

void TcpCounts::sample(SampleWriter& out, DeviceSlot slot) const {
  sample_words(out, kConnections, slot, shown_);
  out.add(kPartial, {slot}, partial_);
  sample_words(out, kOpened, slot, opened_);
  sample_words(out, kEnded, slot, ended_);
  sample_words(out, kPackets, slot, packets_);
  out.add_histogram(kDuration, {slot}, kDurationSeconds, durations_.counts(), durations_.sum(), kMicrosecondsPerSecond);
  out.add_histogram(kBytes, {slot}, iptraf::collectors::kBytesBounds, bytes_.counts(), bytes_.sum());
  out.add_histogram(kHandshake, {slot}, kHandshakeSeconds, handshakes_.counts(), handshakes_.sum(),
                    kMicrosecondsPerSecond);
}

}  // namespace iptraf::collectors
