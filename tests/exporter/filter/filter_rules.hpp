// SPDX-License-Identifier: GPL-2.0-or-later
// Filters for tests, from rules as the configuration file writes them.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "config/loader.hpp"
#include "filter/filter.hpp"

namespace iptraf::test {

/// Each rule is a YAML mapping on one line. The first stands in line 3.
inline std::vector<config::FilterRule> rules_of(std::initializer_list<std::string> rules) {
  std::string text = "filters:\n  web:\n";
  for (const std::string& rule : rules) text += "    - " + rule + "\n";
  return config::parse(text, "test.yml").filters.at("web");
}

/// For tests without host names.
inline std::vector<IpAddress> refuse_host_names(const std::string& host) {
  throw filter::ResolveError("the test knows no " + host);
}

/// The filter's name is `web`.
inline std::shared_ptr<const filter::Filter> filter_of(std::initializer_list<std::string> rules,
                                                       const filter::Resolver& resolver = refuse_host_names) {
  return filter::Filter::compile("web", rules_of(rules), resolver);
}

}  // namespace iptraf::test
