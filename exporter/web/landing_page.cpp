// SPDX-License-Identifier: GPL-2.0-or-later
// The HTML of the landing page.
#include "web/landing_page.hpp"

#include <string_view>

#include "collectors/registry.hpp"
#include "core/collector.hpp"
#include "version.hpp"
#include "web/api_pages.hpp"

namespace iptraf::web {
namespace {

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

std::string link(const std::string& target, std::string_view text) {
  return "<a href=\"" + escape_html(target) + "\">" + escape_html(text) + "</a>";
}

std::string facility(const CollectorSpec& spec, const std::string& telemetry_path) {
  std::string item = "<li>" + link(telemetry_path + "?collect[]=" + std::string(spec.name), spec.name);
  if (spec.open_rows != nullptr) item += " (" + link(api_path(spec), "JSON") + ")";
  return item + ": " + escape_html(spec.facility) + "</li>\n";
}

}  // namespace

std::string landing_page(const std::string& telemetry_path) {
  std::string facilities;
  for (const CollectorSpec* spec : collectors::all()) facilities += facility(*spec, telemetry_path);
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>iptraf_exporter</title>\n"
         "<style>body{font-family:sans-serif;max-width:45em;margin:2em auto;padding:0 1em}</style></head>\n<body>\n"
         "<h1>iptraf_exporter</h1>\n<p>Counts what passes over this machine's network, per facility of IPTraf, for "
         "Prometheus.</p>\n<p>Version " +
         escape_html(version::kVersion) + ", revision " + escape_html(version::kRevision) + "</p>\n<ul>\n<li>" +
         link(telemetry_path, "Metrics") + "</li>\n<li>" + link("/-/healthy", "Healthy") + "</li>\n<li>" +
         link("/-/ready", "Ready") + "</li>\n</ul>\n<h2>Collectors</h2>\n<ul>\n" + facilities +
         "</ul>\n<p>JSON is for programs on this machine and for clients with a login or a verified certificate, "
         "unless "
         "<code>web.open_api</code> is set; <code>device=</code> and <code>limit=</code> choose "
         "rows.</p>\n<h2>Configuration</h2>\n"
         "<form method=\"post\" action=\"/-/reload\"><button>Reload</button></form>\n</body>\n</html>\n";
}

}  // namespace iptraf::web
