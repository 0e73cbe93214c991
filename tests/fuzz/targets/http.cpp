// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: request targets and the parameters of the API's pages, and who is let in.
// Input: the target, a line feed, the Host, a line feed, the Origin.
#include "../target.hpp"
#include "collectors/registry.hpp"
#include "web/access.hpp"
#include "web/request_target.hpp"
#include "web/row_query.hpp"

namespace iptraf::fuzz {
namespace {

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

void try_queries(const std::multimap<std::string, std::string>& query) {
  static const DeviceArray devices{};
  for (const CollectorSpec* spec : collectors::all()) {
    try {
      const std::size_t limit = web::parse_row_query(*spec, devices, query).limit;
      require(limit <= web::kMaxRowLimit || query.count("limit") == 0, "a limit is bounded");
    } catch (const web::RowQueryError&) {
      continue;
    }
  }
}

}  // namespace

void try_http(Bytes input) {
  std::string_view text = as_text(input);
  const auto target = web::parse_request_target(take_line(text));
  if (!target) return;
  require(target->path.find('\0') == std::string::npos, "a path has no zero byte");
  try_queries(target->query);
  web::Request request;
  request.path = target->path;
  request.headers["host"] = take_line(text);
  request.headers["origin"] = take_line(text);
  for (const bool is_local : {false, true}) {
    request.is_local = is_local;
    const bool is_open_refused = web::access_refusal(request, true).has_value();
    require(!is_open_refused || web::access_refusal(request, false).has_value(), "open lets in whom closed lets in");
  }
}

}  // namespace iptraf::fuzz
