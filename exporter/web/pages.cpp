// SPDX-License-Identifier: GPL-2.0-or-later
// The routes of the daemon: metrics, API, health, reload, landing page.
#include "web/pages.hpp"

#include <mutex>
#include <utility>

#include "collectors/registry.hpp"
#include "web/access.hpp"
#include "web/api_pages.hpp"
#include "web/landing_page.hpp"
#include "web/metrics_page.hpp"
#include "web/router.hpp"

namespace iptraf::web {
namespace {

/// The program and what the pages keep between requests.
class Pages {
 public:
  explicit Pages(PageContext page_context)
      : context(std::move(page_context)),
        metrics([this] { return context.take_snapshot(false); }),
        api_([this](bool with_rows) { return context.take_snapshot(with_rows); }) {}

  /// Lends nobody a snapshot of before a reload that has taken effect.
  ApiPages& api() {
    const std::lock_guard lock(mutex_);
    const std::uint64_t version = context.settings_version();
    if (std::exchange(settings_version_, version) != version) api_.drop_stale(Clock::time_point::max());
    return api_;
  }

  const PageContext context;
  MetricsPage metrics;

 private:
  ApiPages api_;
  std::mutex mutex_;
  std::uint64_t settings_version_ = 0;
};

Response plain(int status, const std::string& text) {
  Response response;
  response.status = status;
  response.body = text + "\n";
  return response;
}

Response ready(const PageContext& context) {
  return context.is_ready() ? plain(200, "iptraf_exporter is ready.")
                            : plain(503, "iptraf_exporter is not capturing yet.");
}

Response reload(const PageContext& context) {
  const std::optional<std::string> problems = context.reload();
  return problems ? plain(400, "The old configuration stays in effect, because the new one has problems:\n" + *problems)
                  : plain(200, "The configuration was reloaded.");
}

/// A route that only those answer who may see who talks to whom.
Route private_route(const std::shared_ptr<Pages>& pages, std::string path, std::string method,
                    std::function<Response(const Request&)> handle) {
  return {std::move(path), {std::move(method)}, [pages, handle = std::move(handle)](const Request& request) {
            const std::optional<std::string> refusal =
                access_refusal(request, pages->context.is_api_open() || request.is_authenticated);
            return refusal ? error_response(403, *refusal, request.path) : handle(request);
          }};
}

}  // namespace

std::vector<Route> make_routes(PageContext context) {
  const auto pages = std::make_shared<Pages>(std::move(context));
  const std::string& telemetry_path = pages->context.telemetry_path;
  std::vector<Route> routes{
      {"/",
       {"GET"},
       [html = landing_page(telemetry_path)](const Request&) {
         return Response{200, "text/html; charset=utf-8", html, {}};
       }},
      {telemetry_path,
       {"GET"},
       [pages](const Request& request) {
         pages->api().drop_stale(Clock::now());
         return pages->metrics.answer(request);
       }},
      {"/-/healthy", {"GET"}, [](const Request&) { return plain(200, "iptraf_exporter is healthy."); }},
      {"/-/ready", {"GET"}, [pages](const Request&) { return ready(pages->context); }},
      private_route(pages, "/-/reload", "POST", [pages](const Request&) { return reload(pages->context); }),
  };
  routes.back().is_slow = true;  // host names of filters are looked up
  for (const CollectorSpec* spec : collectors::all()) {
    if (spec->open_rows == nullptr) continue;
    routes.push_back(private_route(pages, api_path(*spec), "GET", [pages, spec](const Request& request) {
      return pages->api().answer(*spec, request);
    }));
  }
  return routes;
}

}  // namespace iptraf::web
