// SPDX-License-Identifier: GPL-2.0-or-later
// JSON: a facility's rows, one at a time, and a Snapshot as one document with an array of rows per facility.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "core/rows.hpp"
#include "core/snapshot.hpp"

namespace iptraf::output {

inline constexpr const char* kJsonContentType = "application/json";

/// The rows of a cursor as the text of one JSON array, a row a line, made as it is asked for: whoever sends it
/// never holds more than a piece. Text that is no UTF-8 is mended, never refused. Any thread, one at a time.
class JsonRows {
 public:
  explicit JsonRows(RowCursor next) : next_(std::move(next)) {}

  /// Appends what comes next, to a little over `piece_bytes`. False: the array is complete.
  bool append_to(std::string& out, std::size_t piece_bytes);

 private:
  void append_row(std::string& out);

  RowCursor next_;
  std::uint64_t row_count_ = 0;
  bool is_complete_ = false;
};

/// One object with the rows of every enabled facility, in their order; ends with a line feed. The snapshot must have
/// been taken with rows. Any thread.
std::string to_json_document(const Snapshot& snapshot);

/// `text` as a JSON string, quotes included.
std::string to_json_string(std::string_view text);

}  // namespace iptraf::output
