// SPDX-License-Identifier: GPL-2.0-or-later
// The JSON answers of the API and their streaming.
#include "web/api_pages.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "capture/snapshotter.hpp"
#include "output/json.hpp"
#include "web/router.hpp"
#include "web/row_query.hpp"

namespace iptraf::web {
namespace {

constexpr std::chrono::seconds kRowReuse{1};
constexpr std::size_t kMaxLentWithRows = 4;
constexpr std::size_t kMaxLent = 16;

/// The text of one answer as it is asked for.
class RowStream {
 public:
  RowStream(std::shared_ptr<const Loan> loan, RowCursor rows) : loan_(std::move(loan)), rows_(std::move(rows)) {}

  /// False: that was the end. Throws LoanTakenBack.
  bool append_to(std::string& out) {
    const auto snapshot = loan_->hold();  // which the rows look into
    if (!std::exchange(is_begun_, true)) out += "{\"status\":\"success\",\"data\":";
    const bool has_more = rows_.append_to(out, ApiPages::kPieceBytes);
    if (!has_more) out += "}\n";
    return has_more;
  }

 private:
  std::shared_ptr<const Loan> loan_;
  output::JsonRows rows_;
  bool is_begun_ = false;
};

/// An answer of one piece is whole, so that its length is known.
Response stream(std::shared_ptr<const Loan> loan, RowCursor rows) {
  const auto text = std::make_shared<RowStream>(std::move(loan), std::move(rows));
  Response response;
  response.content_type = output::kJsonContentType;
  response.headers["Cache-Control"] = "no-store";
  if (text->append_to(response.body)) {
    response.next_piece = [text](std::string& piece) { return text->append_to(piece); };
  }
  return response;
}

bool is_enabled(const Snapshot& snapshot, const CollectorSpec& spec) {
  const auto& specs = snapshot.collectors();
  return std::find(specs.begin(), specs.end(), &spec) != specs.end();
}

Response busy(const std::string& what, const std::string& path) {
  Response response = error_response(503, what, path);
  response.headers["Retry-After"] = "1";
  return response;
}

}  // namespace

std::string api_path(const CollectorSpec& spec) { return "/api/v1/" + std::string(spec.json_key); }

ApiPages::ApiPages(const std::function<std::shared_ptr<const Snapshot>(bool with_rows)>& take_snapshot)
    : with_rows_([take_snapshot] { return take_snapshot(true); }, kRowReuse, kMaxLentWithRows),
      without_rows_([take_snapshot] { return take_snapshot(false); }, Clock::duration::zero(), kMaxLent) {}

Response ApiPages::answer(const CollectorSpec& spec, const Request& request) {
  try {
    std::shared_ptr<const Loan> loan = (spec.make_rows != nullptr ? with_rows_ : without_rows_).get(Clock::now());
    const auto snapshot = loan->hold();
    if (!is_enabled(*snapshot, spec)) {
      return error_response(404, "The collector " + std::string(spec.name) + " is disabled.", request.path);
    }
    RowCursor rows = spec.open_rows(*snapshot, parse_row_query(spec, snapshot->devices(), request.query));
    return stream(std::move(loan), std::move(rows));
  } catch (const RowQueryError& error) {
    return error_response(400, error.what(), request.path);
  } catch (const LoanTakenBack& error) {
    return busy(error.what(), request.path);
  } catch (const capture::SnapshotError& error) {
    return error_response(503, error.what(), request.path);
  }
}

void ApiPages::drop_stale(Clock::time_point now) {
  with_rows_.drop_stale(now);
  without_rows_.drop_stale(now);
}

}  // namespace iptraf::web
