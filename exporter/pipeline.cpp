// SPDX-License-Identifier: GPL-2.0-or-later
// Pipeline: sources, shards and snapshots, wired for one configuration, which can be exchanged while packets come.
#include "pipeline.hpp"

#include <sys/eventfd.h>

#include <chrono>

#include "collectors/registry.hpp"
#include "filter/filter_metrics.hpp"

namespace iptraf {
namespace {

/// Room for the exporter's own metrics: about fifteen, and four for each thread.
constexpr std::uint32_t kExporterSeries = 100;

/// Of each capture thread, for a second: connections of a busy server begin and end far less often. 4 MB.
constexpr std::size_t kMaxEvents = 16'384;

/// A batch takes microseconds; who takes longer is blocked.
constexpr auto kStopPatience = std::chrono::seconds(2);

double seconds_since_epoch() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Pipeline::Pipeline(Settings settings, const output::ExporterMetricsOptions& options,
                   const std::function<Sources(DeviceTable&)>& open)
    : exporter_metrics_(options),
      loaded_seconds_(seconds_since_epoch()),
      settings_(std::make_shared<const Settings>(std::move(settings))),
      budget_(settings_->config.limits.max_series),
      all_ended_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  budget_.charge(this, 0, kExporterSeries);
  make_plans();
  const auto shard_settings_now = shard_settings(*settings_);
  std::vector<capture::Shard*> shards;
  for (std::unique_ptr<capture::PacketSource>& source : open(devices_)) {
    shards_.push_back(
        std::make_unique<capture::Shard>(std::move(source), plans_of_next_shard(), shard_settings_now, devices_));
    shards.push_back(shards_.back().get());
  }
  snapshotter_ = std::make_unique<capture::Snapshotter>(
      shards, devices_, view(*settings_),
      [this](Snapshot& snapshot, std::span<const capture::ShardReport* const> reports) {
        complete(snapshot, reports);
      });
}

Pipeline::~Pipeline() { stop(); }

/// Every collector has its plan, enabled or not: a reload may enable it.
void Pipeline::make_plans() {
  for (const CollectorSpec* spec : collectors::all()) {
    std::unique_ptr<SeriesAdmission>& admission = admissions_[spec];
    if (spec->admission.series_per_key != 0) {
      admission = std::make_unique<SeriesAdmission>(budget_, spec->admission.max_keys(settings_->config),
                                                    spec->admission.series_per_key);
    }
    plans_.push_back({spec, admission.get(), &budget_});
  }
}

std::vector<capture::CollectorPlan> Pipeline::plans_of_next_shard() {
  std::vector<capture::CollectorPlan> plans = plans_;
  if (!settings_->config.iptraf_log.enabled) return plans;
  events_.push_back(std::make_unique<TrafficEventRing>(kMaxEvents));
  for (capture::CollectorPlan& plan : plans) plan.events = events_.back().get();
  return plans;
}

std::vector<TrafficEventRing*> Pipeline::events() const {
  std::vector<TrafficEventRing*> events;
  for (const auto& ring : events_) events.push_back(ring.get());
  return events;
}

std::shared_ptr<const capture::ShardSettings> Pipeline::shard_settings(const Settings& settings) const {
  auto made = std::make_shared<capture::ShardSettings>();
  made->config = settings.config;
  for (const capture::CollectorPlan& plan : plans_) {
    const config::CollectorBase& collector = plan.spec->settings(settings.config.collectors);
    const auto filter = settings.filters.find(collector.filter);
    made->collectors.push_back(
        {collector.enabled, collector.devices, filter == settings.filters.end() ? nullptr : filter->second});
  }
  return made;
}

std::shared_ptr<const View> Pipeline::view(const Settings& settings) const {
  auto made = std::make_shared<View>();
  made->collectors = collectors::enabled(settings.config.collectors);
  made->catalog = collectors::catalog_of(made->collectors);
  made->catalog.push_back({&filter::kFilterPackets, {}});
  output::append_exporter_metrics(made->catalog, exporter_metrics_);
  made->names = settings.names;
  return made;
}

void Pipeline::complete(Snapshot& snapshot, std::span<const capture::ShardReport* const> shards) const {
  for (const CollectorSpec* spec : snapshot.collectors()) {
    if (spec->annotate != nullptr) spec->annotate(snapshot);
  }
  std::vector<filter::FilterTotals> totals;
  for (const capture::ShardReport* shard : shards)
    totals.insert(totals.end(), shard->filters.begin(), shard->filters.end());
  filter::add_filter_metrics(snapshot, totals);
  output::add_exporter_metrics(snapshot, shards, exporter_metrics_, {is_loaded_.load(), loaded_seconds_.load()});
}

void Pipeline::set_limits(const config::Config& config) {
  budget_.set_max_series(config.limits.max_series);
  for (const auto& [spec, admission] : admissions_) {
    if (admission) admission->set_max_keys(spec->admission.max_keys(config));
  }
}

/// Everything that takes memory here comes first, so that nothing has changed when there is none.
std::vector<std::string> Pipeline::change(Settings settings) {
  const std::lock_guard lock(settings_mutex_);
  auto next = std::make_shared<const Settings>(std::move(settings));
  const auto next_of_shards = shard_settings(*next);
  const auto running_of_shards = shard_settings(*settings_);
  auto next_view = view(*next);
  set_limits(next->config);
  std::vector<std::string> problems;
  for (const std::string_view name : snapshotter_->change(next_of_shards, running_of_shards, std::move(next_view))) {
    problems.push_back("collectors." + std::string(name) +
                       " cannot be as wanted, most likely for want of memory; the log has the reason");
  }
  if (problems.empty()) {
    settings_ = std::move(next);
  } else {
    set_limits(settings_->config);
  }
  ++settings_version_;
  return problems;
}

std::shared_ptr<const Settings> Pipeline::settings() const {
  const std::lock_guard lock(settings_mutex_);
  return settings_;
}

void Pipeline::set_load_result(bool is_success) noexcept {
  is_loaded_ = is_success;
  if (is_success) loaded_seconds_ = seconds_since_epoch();
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
