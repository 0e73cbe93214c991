// SPDX-License-Identifier: GPL-2.0-or-later
// Merges logs, and finds where totals begin anew.
#include "import/history.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <tuple>

namespace iptraf::importer {
namespace {

/// A record, or the start of the facility where there is none.
struct Event {
  LocalSeconds local = 0;
  std::time_t seconds = 0;
  std::optional<LogRecord> record;
};

/// What one log says of one stream.
struct Segment {
  std::string path;
  std::vector<Event> events;  ///< not empty

  /// By the end first: a log may begin in the hour that comes twice, but hardly one that ends there follows another.
  auto order() const { return std::tuple(events.back().local, events.front().local, std::string_view(path)); }
};

using Segments = std::map<StreamKey, std::vector<Segment>>;

void name_devices(ParsedLog& log, const std::string& device) {
  const std::string named = device_of_log_name(log.path);
  for (LogRecord& record : log.records) {
    if (!record.device.empty()) continue;
    record.device = named.empty() ? device : named;
    if (!record.device.empty()) continue;
    throw UnknownDevice("the log " + log.path + " (" + std::string(kind_text(record.kind())) +
                        ") does not tell which interface it is of: give it as --device=NAME");
  }
}

/// The streams of a log; a log without records may still tell by its name whose start it holds.
std::set<StreamKey> streams_of(const ParsedLog& log, const std::string& device) {
  std::set<StreamKey> keys;
  for (const LogRecord& record : log.records) keys.emplace(record.kind(), record.device);
  const std::string named = device_of_log_name(log.path);
  for (const LogStart& start : log.starts) {
    if (keys.empty() && !(named + device).empty()) keys.emplace(start.kind, named.empty() ? device : named);
  }
  return keys;
}

void split(ParsedLog log, const std::string& device, Segments& segments) {
  std::map<StreamKey, Segment> parts;
  for (const StreamKey& key : streams_of(log, device)) parts[key].path = log.path;
  std::size_t next_start = 0;
  const auto add_starts = [&](std::size_t record) {
    for (; next_start < log.starts.size() && log.starts[next_start].record <= record; ++next_start) {
      const LogStart& start = log.starts[next_start];
      for (auto& [key, part] : parts) {
        if (key.first == start.kind) part.events.push_back({start.local, 0, std::nullopt});
      }
    }
  };
  for (std::size_t i = 0; i < log.records.size(); ++i) {
    add_starts(i);
    LogRecord& record = log.records[i];
    const LocalSeconds local = record.local;
    parts.at({record.kind(), record.device}).events.push_back({local, 0, std::move(record)});
  }
  add_starts(log.records.size());
  for (auto& [key, part] : parts) {
    if (!part.events.empty()) segments[key].push_back(std::move(part));
  }
}

/// Within a log time does not go back: a record that is later than the next one, where the record before it is not,
/// has a damaged date. Left in, a date far ahead would close a database to all that follows.
void drop_misdated(std::vector<Event>& events, std::time_t next_seconds, std::uint64_t& misdated) {
  const std::size_t count = events.size();
  if (count < 2 || !events[count - 1].record) return;
  if (events[count - 1].seconds <= next_seconds || events[count - 2].seconds > next_seconds) return;
  events.pop_back();
  ++misdated;
}

/// In the order of time; events of the same second keep the order of their log.
std::vector<Event> in_order(std::vector<Segment> segments, const TimeZone& zone, std::uint64_t& misdated) {
  std::sort(segments.begin(), segments.end(), [](const Segment& a, const Segment& b) { return a.order() < b.order(); });
  std::vector<Event> events;
  std::optional<std::time_t> previous;
  for (Segment& segment : segments) {
    std::vector<Event> kept;
    for (Event& event : segment.events) {
      event.seconds = zone.resolve(event.local, previous);
      previous = event.seconds;
      if (event.record) drop_misdated(kept, event.seconds, misdated);
      kept.push_back(std::move(event));
    }
    std::move(kept.begin(), kept.end(), std::back_inserter(events));
  }
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.seconds < b.seconds; });
  return events;
}

std::vector<LogRecord> records_of(std::vector<Event> events, std::uint64_t& repeated) {
  std::vector<LogRecord> records;
  bool has_started = false;
  for (Event& event : events) {
    if (!event.record) {
      has_started = true;
      continue;
    }
    LogRecord& record = *event.record;
    record.seconds = event.seconds;
    if (!records.empty() && record.seconds <= records.back().seconds) {
      ++repeated;
      continue;
    }
    record.begins_anew = has_started || (!records.empty() && have_gone_back(records.back(), record));
    has_started = false;
    records.push_back(std::move(record));
  }
  return records;
}

bool is_less(const Count& after, const Count& before) {
  return after.packets < before.packets || after.bytes < before.bytes;
}

bool is_less(const DirectedCount& after, const DirectedCount& before) {
  return is_less(after.total, before.total) || is_less(after.in, before.in) || is_less(after.out, before.out);
}

bool is_less(const ServiceTotals& after, const ServiceTotals& before) {
  return is_less(after.in, before.in) || is_less(after.out, before.out);
}

bool is_less(const StationCount& after, const StationCount& before) {
  return after.packets < before.packets || after.bytes < before.bytes || after.ip_packets < before.ip_packets;
}

bool is_less(const StationTotals& after, const StationTotals& before) {
  return is_less(after.in, before.in) || is_less(after.out, before.out);
}

bool is_less(const GeneralTotals& after, const GeneralTotals& before) {
  return after.packets < before.packets || after.ipv4_packets < before.ipv4_packets ||
         after.non_ip_packets < before.non_ip_packets || after.checksum_errors < before.checksum_errors;
}

bool is_less(const DetailedTotals& after, const DetailedTotals& before) {
  for (const auto count : {&DetailedTotals::total, &DetailedTotals::ipv4, &DetailedTotals::tcp, &DetailedTotals::udp,
                           &DetailedTotals::icmp, &DetailedTotals::other_ip, &DetailedTotals::non_ip}) {
    if (is_less(after.*count, before.*count)) return true;
  }
  return is_less(after.broadcast, before.broadcast);
}

bool is_less(const SizeTotals& after, const SizeTotals& before) {
  if (after.mtu_bytes != before.mtu_bytes) return true;  // read once, at the start
  const std::size_t count = std::min(after.brackets.size(), before.brackets.size());
  for (std::size_t i = 0; i < count; ++i) {
    const SizeBracket& now = after.brackets[i];
    const SizeBracket& then = before.brackets[i];
    if (now.first_bytes != then.first_bytes) return false;  // a line was skipped
    if (now.in_packets < then.in_packets || now.out_packets < then.out_packets) return true;
  }
  return false;
}

auto key_of(const ServiceTotals& service) { return std::tuple(service.is_udp, service.port); }
auto key_of(const StationTotals& station) { return station.mac; }

/// Both are sorted. Entries never leave a facility's table: one that is gone means that the table is new.
template <class Entry>
bool is_less(const std::vector<Entry>& after, const std::vector<Entry>& before, bool is_whole) {
  auto now = after.begin();
  for (const Entry& then : before) {
    while (now != after.end() && key_of(*now) < key_of(then)) ++now;
    const bool is_there = now != after.end() && key_of(*now) == key_of(then);
    if (is_there ? is_less(*now, then) : is_whole) return true;
  }
  return false;
}

}  // namespace

bool have_gone_back(const LogRecord& before, const LogRecord& after) {
  if (before.kind() != after.kind()) return true;
  return std::visit(
      [&](const auto& now) {
        using Totals = std::decay_t<decltype(now)>;
        const Totals& then = std::get<Totals>(before.totals);
        if constexpr (requires { now.begin(); }) {
          return is_less(now, then, after.is_whole);
        } else {
          return is_less(now, then);
        }
      },
      after.totals);
}

History merge_logs(std::vector<ParsedLog> logs, const std::string& device, const TimeZone& zone) {
  Segments segments;
  for (ParsedLog& log : logs) {
    name_devices(log, device);
    split(std::move(log), device, segments);
  }
  History history;
  for (auto& [key, parts] : segments) {
    std::vector<LogRecord> records =
        records_of(in_order(std::move(parts), zone, history.misdated_records), history.repeated_records);
    if (!records.empty()) history.streams[key] = std::move(records);
  }
  return history;
}

}  // namespace iptraf::importer
