// SPDX-License-Identifier: GPL-2.0-or-later
// OpenMetrics text with times.
#include "import/open_metrics.hpp"

namespace iptraf::importer {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string labels_text(const MetricDesc& metric, const std::vector<std::string>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size() && i < metric.label_count; ++i) {
    if (values[i].empty()) continue;
    text += text.empty() ? "{" : ",";
    text += std::string(metric.labels.at(i).name) + "=\"" + escaped(values[i]) + "\"";
  }
  return text.empty() ? text : text + "}";
}

/// The name of a counter's family lacks the suffix of its samples.
std::string_view family_name(const MetricDesc& metric) {
  constexpr std::string_view kSuffix = "_total";
  std::string_view name = metric.name;
  if (metric.kind == MetricKind::kCounter) name.remove_suffix(kSuffix.size());
  return name;
}

}  // namespace

void OpenMetricsText::add(const MetricDesc& metric, const std::vector<std::string>& labels, std::time_t seconds,
                          std::uint64_t value) {
  Family& family = families_[metric.name];
  family.metric = &metric;
  family.series[labels_text(metric, labels)].emplace_back(seconds, value);
}

void OpenMetricsText::write(std::ostream& out) const {
  for (const auto& [name, family] : families_) {
    const std::string_view base = family_name(*family.metric);
    out << "# HELP " << base << ' ' << escaped(family.metric->help) << '\n';
    out << "# TYPE " << base << (family.metric->kind == MetricKind::kCounter ? " counter\n" : " gauge\n");
    for (const auto& [labels, samples] : family.series) {
      for (const auto& [seconds, value] : samples) out << name << labels << ' ' << value << ' ' << seconds << '\n';
    }
  }
  out << "# EOF\n";
}

std::size_t OpenMetricsText::series_count() const {
  std::size_t count = 0;
  for (const auto& [name, family] : families_) count += family.series.size();
  return count;
}

}  // namespace iptraf::importer
