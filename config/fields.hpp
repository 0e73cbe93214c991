// SPDX-License-Identifier: GPL-2.0-or-later
// Fields: the keys of one mapping, each bound to a member of a struct. The schema is made of them.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/forms.hpp"

namespace iptraf::config {

/// One key of the mapping that fills a `Section`. `read` stores what is valid and reports the rest.
template <class Section>
struct Field {
  std::string_view key;
  std::function<void(const Node&, const std::string& path, Section&, Problems&)> read;
  std::vector<std::string> keys_below;  ///< dotted, without this key
};

template <class Section>
using Fields = std::vector<Field<Section>>;

/// A key with a single value.
template <class Section, class Owner, class Value>
Field<Section> scalar(std::string_view key, Value Owner::*member, Form<Value> form) {
  return {key,
          [=](const Node& node, const std::string& path, Section& section, Problems& problems) {
            if (auto value = read_scalar(node, path, form, problems)) section.*member = std::move(*value);
          },
          {}};
}

/// A key with a list, which may be empty.
template <class Section, class Owner, class Value>
Field<Section> list(std::string_view key, std::vector<Value> Owner::*member, Form<Value> form) {
  return {key,
          [=](const Node& node, const std::string& path, Section& section, Problems& problems) {
            section.*member = read_list(node, path, form, problems);
          },
          {}};
}

/// A key with one value or a list that is not empty; the word `all` alone stands for everything, as an empty list.
template <class Section, class Owner>
Field<Section> list_or_all(std::string_view key, std::vector<std::string> Owner::*member,
                           const Form<std::string>& form) {
  return {key,
          [=](const Node& node, const std::string& path, Section& section, Problems& problems) {
            const bool is_all = node.kind == Node::Kind::kScalar && node.text == "all";
            section.*member = is_all ? std::vector<std::string>{} : read_one_or_list(node, path, form, problems);
          },
          {}};
}

/// All keys of `fields` and below them, dotted.
template <class Section>
std::vector<std::string> dotted_keys(const Fields<Section>& fields) {
  std::vector<std::string> keys;
  for (const Field<Section>& field : fields) {
    keys.emplace_back(field.key);
    for (const std::string& below : field.keys_below) keys.push_back(std::string(field.key) + "." + below);
  }
  return keys;
}

/// Adds `unknown key "x" in PATH` and the nearest of the `known` keys, if one is near.
void report_unknown_key(const Node::Key& key, const std::string& path, const std::vector<std::string_view>& known,
                        Problems& problems);

/// `path` and `key` as a message names them.
std::string join_path(const std::string& path, std::string_view key);

/// Adds that a mapping was expected, unless `node` is one or leaves every default; true when it is one.
bool check_mapping(const Node& node, const std::string& path, Problems& problems);

/// Reads a mapping by its fields; nothing at all leaves every default. Unknown keys are reported.
template <class Section>
void read_fields(const Node& node, const std::string& path, const Fields<Section>& fields, Section& section,
                 Problems& problems) {
  if (!check_mapping(node, path, problems)) return;
  std::vector<std::string_view> known;
  for (const Field<Section>& field : fields) known.push_back(field.key);
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const Node::Key& key = node.keys[i];
    const auto field = std::find(known.begin(), known.end(), key.text);
    if (field == known.end()) {
      report_unknown_key(key, path, known, problems);
    } else {
      const auto index = static_cast<std::size_t>(field - known.begin());
      fields[index].read(node.items[i], join_path(path, key.text), section, problems);
    }
  }
}

/// A key with a mapping of its own.
template <class Section, class Below>
Field<Section> section(std::string_view key, Below Section::*member, Fields<Below> fields) {
  std::vector<std::string> keys_below = dotted_keys(fields);
  return {key,
          [member, fields = std::move(fields)](const Node& node, const std::string& path, Section& out,
                                               Problems& problems) {
            read_fields(node, path, fields, out.*member, problems);
          },
          std::move(keys_below)};
}

}  // namespace iptraf::config
