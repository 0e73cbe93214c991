// SPDX-License-Identifier: GPL-2.0-or-later
// JSON: a facility's rows, one at a time, and a Snapshot as one document with an array of rows per facility.
#include "output/json.hpp"

#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/collector.hpp"
#include "core/row_writer.hpp"

namespace iptraf::output {
namespace {

using Json = nlohmann::ordered_json;

/// One line, nothing escaped but what must be; bytes that are no UTF-8 become U+FFFD.
std::string compact(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// Builds one row and appends its text; the innermost open object or array is on top of the stack.
class JsonRowWriter final : public RowWriter {
 public:
  explicit JsonRowWriter(std::string& out) : out_(out) {}

  void begin_object(std::string_view key) override { open(key, Json::object()); }
  void end_object() override { close(); }
  void begin_array(std::string_view key) override { open(key, Json::array()); }
  void end_array() override { close(); }
  void text(std::string_view key, std::string_view value) override { put(key, std::string(value)); }
  void number(std::string_view key, std::uint64_t value) override { put(key, value); }
  void boolean(std::string_view key, bool value) override { put(key, value); }
  void time(std::string_view key, Timestamp value) override {
    const Timestamp microseconds = value / 1000;  // as much of it as a double holds exactly
    put(key, static_cast<double>(microseconds) / 1e6);
  }

 private:
  struct Open {
    Json value;
    std::string key;
  };

  void open(std::string_view key, Json&& value) { open_.push_back({std::move(value), std::string(key)}); }

  void close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    if (open_.empty()) {
      out_ += compact(closed.value);
    } else {
      put(closed.key, std::move(closed.value));
    }
  }

  void put(std::string_view key, Json&& value) {
    Json& inside = open_.back().value;
    if (inside.is_array()) {
      inside.push_back(std::move(value));
    } else {
      inside[std::string(key)] = std::move(value);
    }
  }

  std::string& out_;
  std::vector<Open> open_;
};

}  // namespace

bool JsonRows::append_to(std::string& out, std::size_t piece_bytes) {
  const std::size_t begin = out.size();
  while (!is_complete_ && out.size() - begin < piece_bytes) append_row(out);
  return !is_complete_;
}

void JsonRows::append_row(std::string& out) {
  const std::size_t begin = out.size();
  out += row_count_ == 0 ? "[\n" : ",\n";
  JsonRowWriter writer(out);
  if (next_(writer)) {
    ++row_count_;
    return;
  }
  out.resize(begin);
  out += row_count_ == 0 ? "[]" : "\n]";
  is_complete_ = true;
}

std::string to_json_document(const Snapshot& snapshot) {
  std::string document;
  for (const CollectorSpec* spec : snapshot.collectors()) {
    if (spec->open_rows == nullptr) continue;
    document += document.empty() ? "{\n" : ",\n";
    document += to_json_string(spec->json_key) + ": ";
    JsonRows(spec->open_rows(snapshot, {})).append_to(document, std::numeric_limits<std::size_t>::max());
  }
  document += document.empty() ? "{}\n" : "\n}\n";
  return document;
}

std::string to_json_string(std::string_view text) { return compact(Json(text)); }

}  // namespace iptraf::output
