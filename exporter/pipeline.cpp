// SPDX-License-Identifier: GPL-2.0-or-later
// Pipeline: source, shards and snapshots, wired for one configuration.
#include "pipeline.hpp"

#include <sys/eventfd.h>

#include <chrono>

#include "capture/file_source.hpp"
#include "capture/link_types.hpp"
#include "capture/ring_source.hpp"
#include "collectors/registry.hpp"

namespace iptraf {
namespace {

/// Room for the exporter's own metrics: about fifteen, and four for each thread.
constexpr std::uint32_t kExporterSeries = 100;

/// A batch takes microseconds; who takes longer is blocked.
constexpr auto kStopPatience = std::chrono::seconds(2);

double seconds_since_epoch() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Pipeline::Pipeline(const Options& options, const config::Config& config)
    : config_(config),
      specs_(collectors::enabled(config_.collectors)),
      budget_(config_.limits.max_series),
      all_ended_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  budget_.charge(this, 0, kExporterSeries);
  if (config_.names.services) names_.services = names::ServiceNames::load();
  for (const CollectorSpec* spec : specs_) {
    if (spec->admission.series_per_key == 0) continue;
    admissions_[spec] =
        std::make_unique<SeriesAdmission>(budget_, spec->admission.max_keys(config_), spec->admission.series_per_key);
  }
  exporter_metrics_ = {options.capture_file.has_value(), options.once, seconds_since_epoch()};

  open_sources(options);
  std::vector<capture::Shard*> shards;
  for (std::unique_ptr<capture::PacketSource>& source : sources_) {
    shards_.push_back(std::make_unique<capture::Shard>(std::move(source), make_collectors(), devices_));
    shards.push_back(shards_.back().get());
  }
  Catalog catalog = collectors::catalog_of(specs_);
  output::append_exporter_metrics(catalog, exporter_metrics_);
  snapshotter_ = std::make_unique<capture::Snapshotter>(
      shards, devices_, std::move(catalog),
      [this](Snapshot& snapshot, std::span<const capture::ShardReport* const> reports) {
        complete(snapshot, reports);
      });
}

Pipeline::~Pipeline() { stop(); }

void Pipeline::open_sources(const Options& options) {
  const std::uint32_t threads = config_.capture.threads;
  if (!options.capture_file) {
    for (auto& source : capture::RingSource::open_shards(config_.capture, devices_)) {
      sources_.push_back(std::move(source));
    }
  } else {
    open_file(options, threads);
  }
}

void Pipeline::open_file(const Options& options, std::uint32_t threads) {
  capture::FileSettings settings;
  settings.path = *options.capture_file;
  settings.filter = config_.capture.filter;
  settings.local = options.capture_local;
  settings.replay = options.capture_replay;
  settings.is_looped = options.capture_loop;
  for (std::uint32_t i = 0; i < threads; ++i) {
    settings.shard = {i, threads};
    auto source = std::make_unique<capture::FileSource>(settings);
    const LinkKind kind = capture::link_kind_of(source->link_type());
    source->set_device(devices_.admit(capture_device_label(options), kind, config_.capture.file_mtu, true));
    sources_.push_back(std::move(source));
  }
}

std::vector<capture::CollectorInstance> Pipeline::make_collectors() {
  std::vector<capture::CollectorInstance> instances;
  for (const CollectorSpec* spec : specs_) {
    const auto admission = admissions_.find(spec);
    const CollectorContext context{config_, admission == admissions_.end() ? nullptr : admission->second.get()};
    instances.push_back({spec, spec->create(context), spec->settings(config_.collectors).devices, &budget_});
  }
  return instances;
}

void Pipeline::complete(Snapshot& snapshot, std::span<const capture::ShardReport* const> shards) const {
  for (const CollectorSpec* spec : specs_) {
    if (spec->annotate != nullptr) spec->annotate(snapshot, names_);
  }
  output::add_exporter_metrics(snapshot, shards, exporter_metrics_);
}

void Pipeline::start() {
  for (const auto& shard : shards_) {
    shard->start([this] {
      if (++ended_shards_ != shards_.size()) return;
      const std::uint64_t one = 1;
      [[maybe_unused]] const ssize_t written = ::write(all_ended_.get(), &one, sizeof one);
    });
  }
}

bool Pipeline::stop() {
  bool has_stopped = true;
  for (const auto& shard : shards_) has_stopped = shard->stop_within(kStopPatience) && has_stopped;
  return has_stopped;
}

bool Pipeline::is_file_damaged() {
  if (!exporter_metrics_.is_file) return false;
  snapshot();
  return shards_.front()->report().counters.is_damaged;
}

}  // namespace iptraf
