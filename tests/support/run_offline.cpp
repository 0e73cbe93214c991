// SPDX-License-Identifier: GPL-2.0-or-later
// The chain from frames to the page without a network: source, shards, collectors, snapshot, outputs.
#include "support/run_offline.hpp"

#include <poll.h>

#include <algorithm>
#include <sstream>

#include "capture/file_source.hpp"
#include "capture/link_types.hpp"
#include "collectors/registry.hpp"
#include "output/exporter_metrics.hpp"
#include "output/json.hpp"
#include "output/prometheus.hpp"
#include "support/capture_writer.hpp"
#include "support/catch.hpp"

namespace iptraf::test {

Page::Page(std::string text) : text_(std::move(text)) {
  std::istringstream lines(text_);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const std::size_t space = line.rfind(' ');
    const bool is_new = values_.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second;
    INFO(line);
    CHECK(is_new);
  }
}

double Page::value(const std::string& series) const {
  INFO(series);
  const auto found = values_.find(series);
  REQUIRE(found != values_.end());
  return found->second;
}

double Page::sum(const std::string& prefix) const {
  double total = 0;
  for (auto at = values_.lower_bound(prefix); at != values_.end() && at->first.starts_with(prefix); ++at) {
    total += at->second;
  }
  return total;
}

std::size_t Page::count(const std::string& prefix) const {
  std::size_t total = 0;
  for (auto at = values_.lower_bound(prefix); at != values_.end() && at->first.starts_with(prefix); ++at) ++total;
  return total;
}

std::string Page::without_thread_families() const {
  std::istringstream lines(text_);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    const bool depends = line.find("{thread=") != std::string::npos || line.starts_with("iptraf_table_entries") ||
                         line.starts_with("iptraf_table_capacity") ||
                         line.starts_with("iptraf_scrape_collector_duration");
    if (!depends) out += line + '\n';
  }
  return out;
}

void MemorySource::push(std::vector<Packet> packets) {
  const std::lock_guard lock(mutex_);
  packets_.insert(packets_.end(), packets.begin(), packets.end());
}

void MemorySource::finish() {
  const std::lock_guard lock(mutex_);
  is_finished_ = true;
}

std::size_t MemorySource::read(std::span<Packet> out) noexcept {
  const std::lock_guard lock(mutex_);
  const std::size_t count = std::min(out.size(), packets_.size());
  std::copy_n(packets_.begin(), count, out.begin());
  packets_.erase(packets_.begin(), packets_.begin() + static_cast<std::ptrdiff_t>(count));
  counters_.packets += count;
  if (count != 0) now_ = std::max(now_, out[count - 1].time);
  if (packets_.empty()) read_.notify_all();
  return count;
}

void MemorySource::wait(int wake_fd) noexcept {
  pollfd event{wake_fd, POLLIN, 0};
  ::poll(&event, 1, 1);
}

bool MemorySource::has_ended() const noexcept {
  const std::lock_guard lock(mutex_);
  return is_finished_ && packets_.empty();
}

Timestamp MemorySource::now() const noexcept {
  const std::lock_guard lock(mutex_);
  return now_;
}

capture::CaptureCounters MemorySource::counters() const noexcept {
  const std::lock_guard lock(mutex_);
  return counters_;
}

void MemorySource::wait_until_read() {
  std::unique_lock lock(mutex_);
  read_.wait(lock, [this] { return packets_.empty(); });
}

void MemorySource::advance(Timestamp now) {
  const std::lock_guard lock(mutex_);
  now_ = now;
}

namespace {

Settings settings_of(const ChainSettings& chain) {
  Settings settings = prepare(chain.config);
  settings.names = std::make_shared<names::NameTables>(chain.names);
  return settings;
}

}  // namespace

Chain::Chain(const ChainSettings& settings, const OpenSources& open)
    : pipeline_(settings_of(settings), {true, true}, open) {}

void Chain::wait_for_end() {
  pollfd event{pipeline_.end_fd(), POLLIN, 0};
  while (::poll(&event, 1, -1) != 1) {
  }
}

Page Chain::page() {
  return Page(output::to_prometheus_text(*snapshot(), [](std::string_view) { return true; }));
}

std::string Chain::json() { return output::to_json_document(*pipeline_.snapshot(true)); }

LiveChain::LiveChain(const ChainSettings& settings, std::uint32_t mtu_bytes) {
  chain_ = std::make_unique<Chain>(settings, [&](DeviceTable& devices) {
    device_ = devices.admit("vB", LinkKind::kEthernet, mtu_bytes, true);
    auto source = std::make_unique<MemorySource>();
    source_ = source.get();
    Sources sources;
    sources.push_back(std::move(source));
    return sources;
  });
  chain_->start();
}

/// A snapshot is answered between two batches, so one that is asked for now has all packets that were read.
void LiveChain::feed(std::vector<Packet> packets) {
  source_->push(std::move(packets));
  source_->wait_until_read();
  chain_->snapshot();
}

OfflineResult run_file(const std::string& path, const OfflineSettings& settings) {
  capture::FileSettings file;
  file.path = path;
  file.filter = settings.filter;
  file.local = settings.local;
  Chain chain(settings.chain, [&](DeviceTable& devices) {
    Sources sources;
    for (std::uint32_t i = 0; i < settings.chain.shards; ++i) {
      file.shard = {i, settings.chain.shards};
      auto source = std::make_unique<capture::FileSource>(file);
      const LinkKind kind = capture::link_kind_of(source->link_type());
      source->set_device(devices.admit(settings.device, kind, settings.chain.config.capture.file_mtu, true));
      sources.push_back(std::move(source));
    }
    return sources;
  });
  chain.start();
  chain.wait_for_end();
  const auto snapshot = chain.snapshot();
  return {snapshot, chain.page(), chain.json()};
}

OfflineResult run_frames(const std::vector<Bytes>& frames, const OfflineSettings& settings) {
  std::vector<CaptureRecord> records;
  Timestamp time = 1'700'000'000 * kNanosecondsPerSecond;
  for (const Bytes& frame : frames) records.push_back({time += 1'000'000, frame});
  const TemporaryFile file(pcap_bytes(records));
  return run_file(file.path(), settings);
}

}  // namespace iptraf::test
