// SPDX-License-Identifier: GPL-2.0-or-later
// The compiler: from the words of the configuration to the tests of a RuleTable.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "filter/resolver.hpp"
#include "filter/rule_table.hpp"

namespace iptraf::filter {

/// A filter that cannot be used. what() is every problem on a line of its own.
class FilterError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Compiles `rules`; `name` is for the messages. Each host name is resolved once. Throws FilterError.
RuleTable compile_rules(const std::string& name, const std::vector<config::FilterRule>& rules,
                        const Resolver& resolver);

}  // namespace iptraf::filter
