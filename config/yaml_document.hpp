// SPDX-License-Identifier: GPL-2.0-or-later
// A YAML document as a plain tree with places, read from parser events so that nothing is hidden or shared.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.hpp"

namespace iptraf::config {

inline constexpr std::size_t kMaxDocumentBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxDocumentNodes = 10'000;
inline constexpr std::size_t kMaxDocumentDepth = 64;

/// One value. A mapping has as many keys as items; no key occurs twice.
struct Node {
  enum class Kind {
    kNothing,  ///< no value, ~ or null
    kScalar,
    kList,
    kMapping,
    kRefused,  ///< already reported: readers leave it alone
  };
  struct Key {
    std::string text;
    Place place;
  };

  Kind kind = Kind::kNothing;
  Place place;
  std::string text;        ///< of a scalar
  bool is_quoted = false;  ///< a scalar in quotes or a block scalar: text, never a number or boolean
  std::vector<Key> keys;
  std::vector<Node> items;

  /// The value behind `key` of a mapping; null when there is none.
  const Node* find(std::string_view key) const;
};

/// Reads the one document in `text`; an empty text gives kNothing. Duplicate keys, anchors, aliases and tags are
/// reported and reading goes on; on a syntax error, a second document, a limit, or bytes that are not
/// UTF-8 text it is reported and nothing is returned.
std::optional<Node> read_yaml(std::string_view text, Problems& problems);

}  // namespace iptraf::config
