// SPDX-License-Identifier: GPL-2.0-or-later
// Rows: what a facility shows line by line, from the shard's copy to the cursor that an output pulls.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/packet.hpp"

namespace iptraf {

class RowWriter;

/// One collector's rows on one shard that are no series: connections, packets.
class RowSet {
 public:
  virtual ~RowSet() = default;
};

/// Slices of plain rows. A slice is one allocation, so that adding one never copies the others.
template <typename Row>
class RowsOf final : public RowSet {
 public:
  std::vector<Row>& add_slice(std::size_t capacity) {
    slices_.emplace_back().reserve(capacity);
    return slices_.back();
  }

  template <typename Visit>
  void for_each(Visit visit) const {
    for (const std::vector<Row>& slice : slices_) {
      for (const Row& row : slice) visit(row);
    }
  }

 private:
  std::vector<std::vector<Row>> slices_;
};

/// How many rows a collector copies between two batches: tens of microseconds.
inline constexpr std::size_t kRowsPerSlice = 512;
inline constexpr std::size_t kNoMoreRows = std::numeric_limits<std::size_t>::max();

/// A query parameter of the API and the words that it takes.
struct RowParameter {
  std::string_view name;
  std::span<const std::string_view> words;
};

/// Which rows are wanted, checked already: words are those of the collector's RowParameters.
struct RowQuery {
  struct Choice {
    std::string_view parameter;
    std::size_t word = 0;  ///< index into RowParameter::words
  };

  std::optional<DeviceSlot> device{};
  std::vector<Choice> choices{};
  std::size_t limit = std::numeric_limits<std::size_t>::max();

  /// The index of the word that was given for `parameter`; nothing when it was left out.
  std::optional<std::size_t> choice(std::string_view parameter) const {
    for (const Choice& choice : choices) {
      if (choice.parameter == parameter) return choice.word;
    }
    return std::nullopt;
  }

  bool wants(std::uint64_t slot) const { return !device || *device == slot; }
};

/// Writes the next row; false when there was none. Pulled by an output at its client's pace.
using RowCursor = std::function<bool(RowWriter&)>;

/// A cursor over `rows`, each written by `write(row, writer)`, at most query.limit of them.
template <typename Row, typename Write>
RowCursor cursor_over(std::vector<Row> rows, const RowQuery& query, Write write) {
  rows.resize(std::min(rows.size(), query.limit));
  const auto shared = std::make_shared<const std::vector<Row>>(std::move(rows));
  return [shared, write, next = std::size_t{0}](RowWriter& writer) mutable {
    if (next == shared->size()) return false;
    write((*shared)[next++], writer);
    return true;
  };
}

}  // namespace iptraf
