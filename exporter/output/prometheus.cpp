// SPDX-License-Identifier: GPL-2.0-or-later
// Prometheus: a Snapshot as prometheus-cpp's model, and as the text format 0.0.4.
#include "output/prometheus.hpp"

#include <prometheus/text_serializer.h>

#include <limits>

namespace iptraf::output {
namespace {

prometheus::MetricType type_of(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter:
      return prometheus::MetricType::Counter;
    case MetricKind::kGauge:
      return prometheus::MetricType::Gauge;
    case MetricKind::kHistogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

prometheus::ClientMetric labelled(const MetricDesc& metric, const LabelValues& values, const LabelContext& context) {
  prometheus::ClientMetric result;
  result.label.resize(metric.label_count);
  for (std::size_t i = 0; i < metric.label_count; ++i) {
    result.label[i].name = metric.labels.at(i).name;
    metric.labels.at(i).format(values.at(i), context, result.label[i].value);
  }
  return result;
}

prometheus::ClientMetric labelled(const MetricDesc& metric, const std::vector<std::string>& values) {
  prometheus::ClientMetric result;
  for (std::size_t i = 0; i < metric.label_count; ++i) {
    result.label.push_back({std::string(metric.labels.at(i).name), values.at(i)});
  }
  return result;
}

void set_value(prometheus::ClientMetric& to, MetricKind kind, double value) {
  (kind == MetricKind::kCounter ? to.counter.value : to.gauge.value) = value;
}

void set_histogram(prometheus::ClientMetric& to, const HistogramSample& from) {
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i <= from.bound_count; ++i) {
    cumulative += from.counts.at(i);
    const double bound = i < from.bound_count ? from.bounds.at(i) : std::numeric_limits<double>::infinity();
    to.histogram.bucket.push_back({cumulative, bound});
  }
  to.histogram.sample_count = cumulative;
  to.histogram.sample_sum = from.sum_value();
}

prometheus::MetricFamily translate(const Family& family, const LabelContext& context) {
  const MetricDesc& metric = *family.metric;
  prometheus::MetricFamily result;
  result.name = metric.name;
  result.help = metric.help;
  result.type = type_of(metric.kind);
  result.metric.reserve(family.samples.size() + family.histograms.size() + family.texts.size());
  for (const Sample& sample : family.samples) {
    set_value(result.metric.emplace_back(labelled(metric, sample.labels, context)), metric.kind,
              static_cast<double>(sample.value));
  }
  for (const HistogramSample& histogram : family.histograms) {
    set_histogram(result.metric.emplace_back(labelled(metric, histogram.labels, context)), histogram);
  }
  for (const TextSample& text : family.texts) {
    set_value(result.metric.emplace_back(labelled(metric, text.labels)), metric.kind, text.value);
  }
  return result;
}

}  // namespace

std::vector<prometheus::MetricFamily> to_metric_families(const Snapshot& snapshot, const CollectorChoice& is_chosen) {
  std::vector<prometheus::MetricFamily> result;
  for (const Family& family : snapshot.families()) {
    if (!is_chosen(family.collector)) continue;
    prometheus::MetricFamily translated = translate(family, snapshot.label_context());
    if (!translated.metric.empty()) result.push_back(std::move(translated));
  }
  return result;
}

std::string to_prometheus_text(const Snapshot& snapshot, const CollectorChoice& is_chosen) {
  return prometheus::TextSerializer().Serialize(to_metric_families(snapshot, is_chosen));
}

}  // namespace iptraf::output
