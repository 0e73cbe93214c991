// SPDX-License-Identifier: GPL-2.0-or-later
// Feeds round-robin databases with the past.
#include "import/rrd_import.hpp"

#include <filesystem>
#include <span>
#include <system_error>
#include <utility>

#include "output/rrd/rrd_sink.hpp"

namespace iptraf::importer {

RrdImport::RrdImport(const config::Rrd& settings, std::ostream& messages)
    : settings_(settings), layout_(output::rrd_layout(settings)), messages_(messages) {}

void RrdImport::write(const std::vector<LogRecord>& records, const std::function<void()>& on_record) {
  const std::set<ServiceKey> ports = service_keys(records);
  report_gaps(records);
  std::size_t run = 0;
  bool is_told = false;
  for (const LogRecord& record : records) {
    if (record.begins_anew) ++run;
    const std::vector<SourceValues> files = source_values(record, settings_, ports);
    if (files.empty() && record.kind() != LogKind::kLanStation && !std::exchange(is_told, true)) {
      messages_ << "the " << kind_text(record.kind()) << " of " << record.device
                << " tell no direction, and so nothing that a round-robin database holds: they are passed over\n";
    }
    for (const SourceValues& values : files) feed(values, record, run);
    on_record();
  }
  if (!records.empty()) report_dropped_ports(records.front().device, ports);
}

void RrdImport::report_gaps(const std::vector<LogRecord>& records) const {
  const std::time_t heartbeat_seconds = layout_.heartbeat_seconds();
  std::uint64_t gaps = 0;
  for (std::size_t i = 1; i < records.size(); ++i) {
    const bool is_late = records[i].seconds - records[i - 1].seconds > heartbeat_seconds;
    if (is_late && !records[i].begins_anew) ++gaps;
  }
  if (gaps == 0) return;
  messages_ << "the " << kind_text(records.front().kind()) << " of " << records.front().device << " have " << gaps
            << (gaps == 1 ? " record more than " : " records more than ") << heartbeat_seconds
            << " s after the one before: a round-robin database holds the time between as unknown; --to=openmetrics "
               "keeps it\n";
}

void RrdImport::report_dropped_ports(const std::string& device, const std::set<ServiceKey>& ports) {
  std::string dropped;
  for (const auto& [is_udp, port] : ports) {
    const std::string protocol = is_udp ? "udp" : "tcp";
    const RoundRobinFile wanted{device, protocol + "_services", {{std::to_string(port) + "_in", 0, false}}};
    const auto found = files_.find(settings_.directory + "/" + output::rrd_path(wanted));
    const bool is_kept = found != files_.end() && found->second.sources.count(wanted.values[0].source) != 0;
    if (!is_kept) dropped += " " + protocol + "/" + std::to_string(port);
  }
  if (dropped.empty()) return;
  messages_ << "these ports of " << device << " are in the logs and in no database, and are passed over:" << dropped
            << "; add those that matter to rrd.services and give that configuration with --config.file\n";
}

void RrdImport::feed(const SourceValues& values, const LogRecord& record, std::size_t run) {
  File& file = open(values, record.seconds);
  if (!file.rrd) return;
  patience_.renew();
  try {
    if (std::exchange(file.run, run) != run) file.rrd->update_unknown(record.seconds - 1);
    if (file.rrd->update(record.seconds, values.file.values)) {
      written_.insert(file.rrd->path());
    } else {
      ++updates_passed_over_;
    }
  } catch (const output::RrdError& error) {
    messages_ << error.what() << '\n';
    ++files_failed_;
    file.rrd.reset();
  }
}

RrdImport::File& RrdImport::open(const SourceValues& values, std::time_t seconds) {
  const std::string path = settings_.directory + "/" + output::rrd_path(values.file);
  const auto [found, is_new] = files_.try_emplace(path);
  File& file = found->second;
  if (!is_new) return file;
  try {
    file.rrd = open_rrd(path, values, seconds);
  } catch (const output::RrdError& error) {
    messages_ << error.what() << '\n';
    ++files_failed_;
  }
  for (const RoundRobinValue& value : values.file.values) {
    if (file.rrd && file.rrd->lacking({{value}}).empty()) file.sources.insert(value.source);
  }
  return file;
}

/// Null when there is no file, and nothing to create it with or no room for more.
std::unique_ptr<output::RrdFile> RrdImport::open_rrd(const std::string& path, const SourceValues& values,
                                                     std::time_t seconds) {
  std::error_code ignored;
  const bool exists = std::filesystem::exists(path, ignored);
  if (values.created_sources == 0 && !exists) return nullptr;
  if (files_open_ >= output::kMaxRrdFiles && !exists) {
    if (!std::exchange(has_told_limit_, true)) {
      messages_ << path << " and further new databases are not made: there are " << output::kMaxRrdFiles
                << " already\n";
    }
    return nullptr;
  }
  const auto sources = std::span(values.file.values).first(values.created_sources);
  auto rrd = std::make_unique<output::RrdFile>(path, layout_, sources, seconds, patience_);
  ++files_open_;
  for (const RoundRobinValue& value : rrd->lacking(sources)) {
    messages_ << path << " has no data source " << value.source << ", which is passed over\n";
  }
  return rrd;
}

}  // namespace iptraf::importer
