// SPDX-License-Identifier: GPL-2.0-or-later
// The request target of HTTP: splits it and decodes its percent signs, once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace iptraf::web {

struct RequestTarget {
  std::string authority;  ///< host and port of an absolute-form target, else empty
  std::string path;
  std::multimap<std::string, std::string> query;  ///< repeated keys in the order they came
};

/// Reads origin-form and absolute-form (RFC 9112 section 3.2). The path is percent-decoded; in the query `+` is a
/// space too, and a percent sign without two hexadecimal digits stands for itself.
/// Nothing when the target is of another form, names no host, holds a space or a control character, or its path has a
/// broken percent sign or an encoded NUL.
std::optional<RequestTarget> parse_request_target(std::string_view target);

}  // namespace iptraf::web
