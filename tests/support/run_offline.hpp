// SPDX-License-Identifier: GPL-2.0-or-later
// The chain from frames to the page without a network: source, shards, collectors, snapshot, outputs.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "capture/packet_source.hpp"
#include "config/addresses.hpp"
#include "config/config.hpp"
#include "names/name_tables.hpp"
#include "pipeline.hpp"
#include "support/packet_builder.hpp"

namespace iptraf::test {

/// The text page, read back: every series by its name with labels, as it stands before the value.
class Page {
 public:
  explicit Page(std::string text);

  const std::string& text() const noexcept { return text_; }
  bool has(const std::string& series) const { return values_.count(series) != 0; }

  /// The value of one series; fails the test when there is none.
  double value(const std::string& series) const;

  /// The sum of all series that begin so.
  double sum(const std::string& prefix) const;
  std::size_t count(const std::string& prefix) const;

  /// Everything but families with a thread label and the fill of tables, which depend on the number of shards.
  std::string without_thread_families() const;

 private:
  std::string text_;
  std::map<std::string, double> values_;
};

/// Packets that a test pushes, as a source. Threading: push() and finish() by the test, the rest by one shard.
class MemorySource final : public capture::PacketSource {
 public:
  void push(std::vector<Packet> packets);
  void finish();

  std::size_t read(std::span<Packet> out) noexcept override;
  void wait(int wake_fd) noexcept override;
  bool has_ended() const noexcept override;
  Timestamp now() const noexcept override;
  capture::CaptureCounters counters() const noexcept override;

  /// Blocks until all that was pushed has been read.
  void wait_until_read();

  /// What an idle live link does to the clock.
  void advance(Timestamp now);

 private:
  mutable std::mutex mutex_;
  std::condition_variable read_;
  std::deque<Packet> packets_;
  capture::CaptureCounters counters_;
  Timestamp now_ = 0;
  bool is_finished_ = false;
};

/// How a chain is put together.
struct ChainSettings {
  config::Config config{};
  std::uint32_t shards = 1;  ///< of a capture file
  names::NameTables names{};
};

/// The program's own pipeline on the sources of a test.
class Chain {
 public:
  using OpenSources = std::function<Sources(DeviceTable&)>;

  Chain(const ChainSettings& settings, const OpenSources& open);

  DeviceTable& devices() noexcept { return pipeline_.devices(); }
  Pipeline& pipeline() noexcept { return pipeline_; }

  void start() { pipeline_.start(); }
  void wait_for_end();
  std::shared_ptr<const Snapshot> snapshot() { return pipeline_.snapshot(); }
  Page page();
  std::string json();

 private:
  Pipeline pipeline_;
};

/// A chain with one shard and one device "vB" of MTU 1500, fed by hand.
class LiveChain {
 public:
  explicit LiveChain(const ChainSettings& settings = {}, std::uint32_t mtu_bytes = 1500);

  DeviceTable& devices() noexcept { return chain_->devices(); }
  Chain& chain() noexcept { return *chain_; }
  DeviceSlot device() const noexcept { return device_; }

  /// Returns when the packets are counted.
  void feed(std::vector<Packet> packets);
  void advance(Timestamp now) { source_->advance(now); }
  Page page() { return chain_->page(); }
  std::shared_ptr<const Snapshot> snapshot() { return chain_->snapshot(); }

 private:
  MemorySource* source_ = nullptr;
  std::unique_ptr<Chain> chain_;
  DeviceSlot device_ = 0;
};

/// What a run over a whole input gave.
struct OfflineResult {
  std::shared_ptr<const Snapshot> snapshot;
  Page page;
  std::string json;
};

struct OfflineSettings {
  ChainSettings chain{};
  std::string device = "vB";
  std::vector<config::LocalMatch> local{};
  std::string filter{};
};

/// A capture file through FileSource, one for each shard.
OfflineResult run_file(const std::string& path, const OfflineSettings& settings = {});

/// Ethernet frames, one a millisecond, as a capture file.
OfflineResult run_frames(const std::vector<Bytes>& frames, const OfflineSettings& settings = {});

}  // namespace iptraf::test
