// SPDX-License-Identifier: GPL-2.0-or-later
// Builds the tree from yaml-cpp's events (YAML 1.2); limits hold while events come, before anything is walked.
#include "config/yaml_document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>
#include <utility>

#include "config/utf8.hpp"
#include "config/values.hpp"

namespace iptraf::config {
namespace {

Place to_place(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

std::string at(Place place) {
  return "line " + std::to_string(place.line) + ", column " + std::to_string(place.column);
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

/// Whether the quoted scalar that `text` begins with ends. yaml-cpp takes the end of the file for the second quote.
bool is_quote_closed(std::string_view text) {
  const char quote_mark = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool is_doubled = quote_mark == '\'' && text.substr(i).starts_with("''");
    if (is_doubled || (quote_mark == '"' && text[i] == '\\')) {
      ++i;
    } else if (text[i] == quote_mark) {
      return true;
    }
  }
  return false;
}

/// What a message of yaml-cpp means for the person who wrote the file.
std::string syntax_error_words(const std::string& message) {
  if (message == YAML::ErrorMsg::EOF_IN_SCALAR) return "the file ends inside quotes";
  if (message == YAML::ErrorMsg::END_OF_MAP || message == YAML::ErrorMsg::END_OF_SEQ) {
    return "not valid YAML: this does not fit what stands before it; look at the indentation";
  }
  if (message == YAML::ErrorMsg::MAP_VALUE) {
    return "not valid YAML: no key can stand here; look at the indentation, and quote text that has a colon";
  }
  return "not valid YAML: " + message;
}

/// Unwinds yaml-cpp when reading cannot go on; the reason is in the problems.
struct Stopped {};

class Builder final : public YAML::EventHandler {
 public:
  Builder(std::string_view text, Problems& problems) : text_(text), lines_(split_lines(text)), problems_(problems) {}

  Node take_root() { return std::move(root_); }

  void report_syntax_error(const YAML::Exception& error) {
    const Place place = to_place(error.mark);
    if (starts_with_at(place, "*")) return report_alias(place);
    const bool is_unclosed =
        error.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW || error.msg == YAML::ErrorMsg::END_OF_MAP_FLOW;
    for (auto open = open_.rbegin(); is_unclosed && open != open_.rend(); ++open) {
      if (open->is_flow) return problems_.add(open->node.place, "this bracket is not closed, or a comma is missing");
    }
    problems_.add(place, syntax_error_words(error.msg));
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (!has_document_) {
      has_document_ = true;
      return;
    }
    stop(to_place(mark),
         "a second document begins here; a configuration is one document (does this line fit the indentation of those "
         "before it?)");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    // The mark of a value that is not there is the next token's; the key says better where it is missing.
    const bool is_value = !open_.empty() && open_.back().key.has_value();
    Node node = begin_node(mark, {}, anchor);
    if (is_value) node.place = open_.back().key->place;
    add(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    report_alias(to_place(mark));
    Node node = begin_node(mark, {}, YAML::NullAnchor);
    node.kind = Node::Kind::kRefused;
    add(std::move(node));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = begin_node(mark, tag, anchor);
    if (node.kind != Node::Kind::kRefused) node.kind = Node::Kind::kScalar;
    node.text = value;
    node.is_quoted = tag == "!";
    const std::string_view rest = text_at(node.place);
    const bool has_quote_mark = rest.starts_with('"') || rest.starts_with('\'');
    if (has_quote_mark && !is_quote_closed(rest)) stop(node.place, "this quote is never closed");
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(begin_node(mark, tag, anchor), Node::Kind::kList, style);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(begin_node(mark, tag, anchor), Node::Kind::kMapping, style);
  }
  void OnMapEnd() override { close(); }

 private:
  /// A list or mapping whose end has not come yet.
  struct Open {
    Node node;
    Node::Kind kind;
    bool is_flow;
    std::optional<Node::Key> key;  ///< of a mapping: read, its value is next
    bool is_key_refused = false;
    std::map<std::string, Place> seen;
  };

  [[noreturn]] void stop(Place place, std::string message) {
    problems_.add(place, std::move(message));
    throw Stopped{};
  }

  /// What the file says from `place` on; nothing when there is no such place.
  std::string_view text_at(Place place) const {
    const auto line = static_cast<std::size_t>(place.line) - 1;
    const auto column = static_cast<std::size_t>(place.column) - 1;
    if (line >= lines_.size() || column >= lines_[line].size()) return text_.substr(text_.size());
    const auto line_start = static_cast<std::size_t>(lines_[line].data() - text_.data());
    return text_.substr(line_start + column);
  }

  bool starts_with_at(Place place, std::string_view prefix) const { return text_at(place).starts_with(prefix); }

  void report_alias(Place place) { problems_.add(place, "an alias (*name) is not allowed here; write the value out"); }

  /// Counts the node and refuses what the configuration language leaves out. `tag` is "?" for a plain node and
  /// "!" for a quoted one, but "!" also where the file says so.
  Node begin_node(const YAML::Mark& mark, std::string_view tag, YAML::anchor_t anchor) {
    Node node;
    node.place = to_place(mark);
    if (++node_count_ > kMaxDocumentNodes) {
      stop(node.place, "the file has more than " + std::to_string(kMaxDocumentNodes) + " values");
    }
    if (anchor != YAML::NullAnchor) {
      problems_.add(node.place, "an anchor (&name) is not allowed here; write the value out where it is needed");
      node.kind = Node::Kind::kRefused;
    }
    const bool has_tag = !tag.empty() && tag != "?" && (tag != "!" || starts_with_at(node.place, "!"));
    if (has_tag) {
      problems_.add(node.place, "a tag (!name) is not allowed here; write the value alone");
      node.kind = Node::Kind::kRefused;
    }
    return node;
  }

  void open(Node node, Node::Kind kind, YAML::EmitterStyle::value style) {
    if (open_.size() >= kMaxDocumentDepth) {
      stop(node.place, "lists and mappings are nested deeper than " + std::to_string(kMaxDocumentDepth) + " levels");
    }
    if (node.kind != Node::Kind::kRefused) node.kind = kind;
    open_.push_back({std::move(node), kind, style == YAML::EmitterStyle::Flow, std::nullopt, false, {}});
  }

  void close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  void add(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().kind == Node::Kind::kList) {
      open_.back().node.items.push_back(std::move(node));
    } else if (!open_.back().key) {
      add_key(open_.back(), std::move(node));
    } else {
      add_value(open_.back(), std::move(node));
    }
  }

  void add_key(Open& mapping, Node node) {
    mapping.key = Node::Key{std::move(node.text), node.place};
    mapping.is_key_refused = node.kind != Node::Kind::kScalar;
    const bool is_reported = node.kind == Node::Kind::kRefused;
    if (mapping.is_key_refused && !is_reported)
      problems_.add(node.place, "a key must be a word, not a list, a mapping or nothing");
    if (mapping.is_key_refused) return;
    const auto [first, is_new] = mapping.seen.try_emplace(mapping.key->text, mapping.key->place);
    if (is_new) return;
    problems_.add(mapping.key->place,
                  "duplicate key " + quote(mapping.key->text) + "; it is already at " + at(first->second));
    mapping.is_key_refused = true;
  }

  static void add_value(Open& mapping, Node node) {
    if (!mapping.is_key_refused) {
      mapping.node.keys.push_back(std::move(*mapping.key));
      mapping.node.items.push_back(std::move(node));
    }
    mapping.key.reset();
  }

  std::string_view text_;
  std::vector<std::string_view> lines_;
  Problems& problems_;
  std::vector<Open> open_;
  Node root_;
  std::size_t node_count_ = 0;
  bool has_document_ = false;
};

bool check_text(std::string_view text, Problems& problems) {
  if (text.size() > kMaxDocumentBytes) {
    problems.add({}, "larger than the limit of " + std::to_string(kMaxDocumentBytes) + " bytes");
    return false;
  }
  const std::size_t bad = find_non_text(text);
  if (bad == std::string_view::npos) return true;
  const std::string_view before = text.substr(0, bad);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  int line = 1;
  for (const char c : before) line += c == '\n' ? 1 : 0;
  problems.add({line, static_cast<int>(bad - line_start) + 1},
               "a byte that is not UTF-8 text or is a control character");
  return false;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

std::optional<Node> read_yaml(std::string_view text, Problems& problems) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (!check_text(text, problems)) return std::nullopt;
  Builder builder(text, problems);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) continue;
  } catch (const Stopped&) {
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    builder.report_syntax_error(error);
    return std::nullopt;
  }
  return builder.take_root();
}

}  // namespace iptraf::config
