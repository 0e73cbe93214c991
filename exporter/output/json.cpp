// SPDX-License-Identifier: GPL-2.0-or-later
// JSON: a Snapshot as one document with an array of rows per facility.
#include "output/json.hpp"

#include <nlohmann/json.hpp>
#include <vector>

#include "core/row_writer.hpp"

namespace iptraf::output {
namespace {

using Json = nlohmann::ordered_json;

/// Builds one array; the innermost open object or array is on top of the stack.
class JsonRowWriter final : public RowWriter {
 public:
  JsonRowWriter() : open_{Json::array()}, keys_{""} {}

  void begin_object(std::string_view key) override { open(key, Json::object()); }
  void end_object() override { close(); }
  void begin_array(std::string_view key) override { open(key, Json::array()); }
  void end_array() override { close(); }
  void text(std::string_view key, std::string_view value) override { put(key, std::string(value)); }
  void number(std::string_view key, std::uint64_t value) override { put(key, value); }
  void boolean(std::string_view key, bool value) override { put(key, value); }

  Json take() { return std::move(open_.front()); }

 private:
  void open(std::string_view key, Json&& value) {
    open_.push_back(std::move(value));
    keys_.emplace_back(key);
  }

  void close() {
    Json value = std::move(open_.back());
    const std::string key = std::move(keys_.back());
    open_.pop_back();
    keys_.pop_back();
    put(key, std::move(value));
  }

  void put(std::string_view key, Json&& value) {
    if (open_.back().is_array()) {
      open_.back().push_back(std::move(value));
    } else {
      open_.back()[std::string(key)] = std::move(value);
    }
  }

  std::vector<Json> open_;
  std::vector<std::string> keys_;
};

}  // namespace

std::string to_json_document(const Snapshot& snapshot, std::span<const CollectorSpec* const> specs,
                             const names::NameTables& names) {
  Json document = Json::object();
  for (const CollectorSpec* spec : specs) {
    if (spec->write_rows == nullptr) continue;
    JsonRowWriter rows;
    spec->write_rows(snapshot, names, rows);
    document[std::string(spec->json_key)] = rows.take();
  }
  constexpr int kIndent = 1;
  return document.dump(kIndent) + "\n";
}

}  // namespace iptraf::output
