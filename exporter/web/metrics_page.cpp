// SPDX-License-Identifier: GPL-2.0-or-later
// The choice of collectors, and the sharing of snapshots and texts.
#include "web/metrics_page.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "capture/snapshotter.hpp"
#include "core/collector.hpp"
#include "core/text.hpp"
#include "output/prometheus.hpp"
#include "web/gzip.hpp"
#include "web/router.hpp"

namespace iptraf::web {
namespace {

/// More choices than a monitoring system makes; beyond it those of before are put together anew.
constexpr std::size_t kMaxPages = 8;

using Names = std::set<std::string, std::less<>>;

Names values_of(const Request& request, const std::string& key) {
  Names values;
  const auto [begin, end] = request.query.equal_range(key);
  std::for_each(begin, end, [&](const auto& pair) { values.insert(pair.second); });
  return values;
}

/// A collector that is not there, by name; nothing when all are.
std::optional<std::string> unknown_collector(const Snapshot& snapshot, const Names& names) {
  for (const std::string& name : names) {
    const bool is_known = std::any_of(snapshot.collectors().begin(), snapshot.collectors().end(),
                                      [&](const CollectorSpec* spec) { return spec->name == name; });
    if (!is_known) return name;
  }
  return std::nullopt;
}

/// The parts of a choice: indexes into Moment::parts.
std::vector<std::size_t> parts_of(const std::vector<bool>& chosen) {
  std::vector<std::size_t> parts;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (chosen[i]) parts.push_back(i);
  }
  parts.push_back(chosen.size());
  return parts;
}

bool wants_gzip(const Request& request) {
  const auto accept_encoding = request.headers.find("accept-encoding");
  return accept_encoding != request.headers.end() && accepts_gzip(accept_encoding->second);
}

}  // namespace

Response MetricsPage::answer(const Request& request) {
  const Names collect = values_of(request, "collect[]");
  const Names exclude = values_of(request, "exclude[]");
  if (!collect.empty() && !exclude.empty()) return error_response(400, "collect[] and exclude[] cannot be combined");
  std::shared_ptr<Moment> moment;
  try {
    moment = moment_after(request.arrived_by);
  } catch (const capture::SnapshotError& error) {
    return error_response(503, error.what());
  }
  for (const Names* names : {&collect, &exclude}) {
    const std::optional<std::string> unknown = unknown_collector(*moment->snapshot, *names);
    if (unknown) return error_response(400, "unknown or disabled collector: \"" + printable_utf8(*unknown) + "\"");
  }
  ChosenCollectors chosen;
  for (const CollectorSpec* spec : moment->snapshot->collectors()) {
    chosen.push_back(collect.empty() ? !exclude.contains(spec->name) : collect.contains(spec->name));
  }
  return respond(*moment, *page_of(*moment, chosen), chosen, wants_gzip(request));
}

std::shared_ptr<MetricsPage::Moment> MetricsPage::moment_after(Clock::time_point arrived_by) {
  {
    const std::lock_guard lock(mutex_);
    if (latest_ && latest_began_ >= arrived_by) return latest_;
  }
  const Clock::time_point began = Clock::now();
  std::shared_ptr<const Snapshot> snapshot = take_snapshot_();
  const std::lock_guard lock(mutex_);
  // Those who asked for it together were given one snapshot; it began after each of them had asked.
  if (latest_ && latest_->snapshot == snapshot) {
    latest_began_ = std::max(latest_began_, began);
    return latest_;
  }
  auto made = std::make_shared<Moment>(std::move(snapshot));
  if (!latest_ || began > latest_began_) {
    latest_ = made;
    latest_began_ = began;
  }
  return made;
}

std::shared_ptr<MetricsPage::Page> MetricsPage::page_of(Moment& moment, const ChosenCollectors& chosen) {
  const std::lock_guard lock(moment.mutex);
  if (moment.pages.size() >= kMaxPages && moment.pages.count(chosen) == 0) moment.pages.clear();
  std::shared_ptr<Page>& page = moment.pages[chosen];
  if (!page) page = std::make_shared<Page>();
  return page;
}

const std::string& MetricsPage::Moment::text(std::size_t part) {
  const std::lock_guard lock(parts[part].mutex);
  if (!parts[part].text) {
    const auto& specs = snapshot->collectors();
    const std::string_view wanted = part < specs.size() ? specs[part]->name : std::string_view();
    parts[part].text = output::to_prometheus_text(*snapshot, [&](std::string_view name) { return name == wanted; });
  }
  return *parts[part].text;
}

const GzipPart& MetricsPage::Moment::packed(std::size_t part) {
  const std::string& whole = text(part);
  const std::lock_guard lock(parts[part].mutex);
  if (!parts[part].packed) parts[part].packed = gzip_part(whole);
  return *parts[part].packed;
}

Response MetricsPage::respond(Moment& moment, Page& page, const ChosenCollectors& chosen, bool wants_gzip) {
  Response response;
  response.content_type = output::kPrometheusContentType;
  response.headers["Vary"] = "Accept-Encoding";
  const std::lock_guard lock(page.mutex);
  const std::vector<std::size_t> parts = parts_of(chosen);
  std::size_t size = 0;
  for (const std::size_t part : parts) size += moment.text(part).size();
  if (wants_gzip && size >= kMinGzipBytes) {
    if (!page.gzipped) {
      std::vector<const GzipPart*> packed;
      for (const std::size_t part : parts) packed.push_back(&moment.packed(part));
      page.gzipped = std::make_shared<const std::string>(gzip_of_parts(packed));
    }
    response.shared_body = page.gzipped;
    response.headers["Content-Encoding"] = "gzip";
    return response;
  }
  if (!page.plain) {
    std::string text;
    text.reserve(size);
    for (const std::size_t part : parts) text += moment.text(part);
    page.plain = std::make_shared<const std::string>(std::move(text));
  }
  response.shared_body = page.plain;
  return response;
}

}  // namespace iptraf::web
