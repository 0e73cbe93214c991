// SPDX-License-Identifier: GPL-2.0-or-later
// The pages that the daemon answers: metrics, health, landing page.
#include "web/pages.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "capture/snapshotter.hpp"
#include "core/text.hpp"
#include "output/prometheus.hpp"
#include "version.hpp"

namespace iptraf::web {
namespace {

constexpr const char* kPlainText = "text/plain; charset=utf-8";

Response plain(int status, std::string text) { return {status, kPlainText, std::move(text) + "\n", {}}; }

std::set<std::string, std::less<>> values_of(const Request& request, const std::string& key) {
  std::set<std::string, std::less<>> values;
  const auto [begin, end] = request.query.equal_range(key);
  std::for_each(begin, end, [&](const auto& pair) { values.insert(pair.second); });
  return values;
}

/// A collector that is not there, by name; nothing when all are.
std::optional<std::string> unknown_collector(const PageContext& context,
                                             const std::set<std::string, std::less<>>& names) {
  for (const std::string& name : names) {
    const bool is_known = std::any_of(context.collectors.begin(), context.collectors.end(),
                                      [&](const CollectorSpec* spec) { return spec->name == name; });
    if (!is_known) return name;
  }
  return std::nullopt;
}

Response metrics(const PageContext& context, const Request& request) {
  const auto collect = values_of(request, "collect[]");
  const auto exclude = values_of(request, "exclude[]");
  if (!collect.empty() && !exclude.empty()) return plain(400, "collect[] and exclude[] cannot be combined");
  for (const auto* names : {&collect, &exclude}) {
    const std::optional<std::string> unknown = unknown_collector(context, *names);
    if (unknown) return plain(400, "unknown or disabled collector: \"" + printable_utf8(*unknown) + "\"");
  }
  const auto is_chosen = [&](std::string_view collector) {
    return collect.empty() ? !exclude.contains(collector) : collect.contains(collector);
  };
  try {
    const std::shared_ptr<const Snapshot> snapshot = context.take_snapshot();
    return {200, output::kPrometheusContentType, output::to_prometheus_text(*snapshot, is_chosen), {}};
  } catch (const capture::SnapshotError& error) {
    return plain(503, error.what());
  }
}

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

Response landing_page(const PageContext& context) {
  const std::string path = escape_html(context.telemetry_path);
  std::string facilities;
  for (const CollectorSpec* spec : context.collectors) {
    facilities += "<li><a href=\"" + path + "?collect[]=" + std::string(spec->name) + "\">" + std::string(spec->name) +
                  "</a>: " + escape_html(spec->facility) + "</li>\n";
  }
  const std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>iptraf_exporter</title>\n"
      "<style>body{font-family:sans-serif;max-width:45em;margin:2em auto;padding:0 1em}</style></head>\n<body>\n"
      "<h1>iptraf_exporter</h1>\n<p>Counts what passes over this machine's network, per facility of IPTraf, for "
      "Prometheus.</p>\n<p>Version " +
      escape_html(version::kVersion) + ", revision " + escape_html(version::kRevision) + "</p>\n<ul>\n<li><a href=\"" +
      path +
      "\">Metrics</a></li>\n<li><a href=\"/-/healthy\">Healthy</a></li>\n<li><a href=\"/-/ready\">Ready</a>"
      "</li>\n</ul>\n<h2>Collectors</h2>\n<ul>\n" +
      facilities + "</ul>\n</body>\n</html>\n";
  return {200, "text/html; charset=utf-8", html, {}};
}

}  // namespace

std::vector<Route> make_routes(PageContext context) {
  const auto shared = std::make_shared<const PageContext>(std::move(context));
  return {
      {"/", {"GET"}, [shared](const Request&) { return landing_page(*shared); }},
      {shared->telemetry_path, {"GET"}, [shared](const Request& request) { return metrics(*shared, request); }},
      {"/-/healthy", {"GET"}, [](const Request&) { return plain(200, "iptraf_exporter is healthy."); }},
      {"/-/ready",
       {"GET"},
       [shared](const Request&) {
         return shared->is_ready() ? plain(200, "iptraf_exporter is ready.")
                                   : plain(503, "iptraf_exporter is not capturing yet.");
       }},
  };
}

}  // namespace iptraf::web
