// SPDX-License-Identifier: GPL-2.0-or-later
// Flags on top of CLI11: one way to declare them, and one wording for what is wrong with them.
#pragma once

#include <CLI/CLI.hpp>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/forms.hpp"
#include "config/values.hpp"
#include "options.hpp"

namespace iptraf {

/// Declares flags and reads a command line. Main thread; setters run while parse() does.
class Flags {
 public:
  using Setter = std::function<void(const std::string&)>;
  using BooleanSetter = std::function<void(bool)>;

  Flags(std::string program, const std::string& description);

  /// The heading of --help under which the flags that follow stand.
  void begin_group(const std::string& name) { app_.option_defaults()->group(name); }

  /// A flag with one value; `value_name` is what --help calls it.
  void add_value(const std::string& name, const std::string& value_name, const std::string& text, Setter set);

  /// The same, and the flag may be repeated: `set` runs for each value in order.
  void add_repeated(const std::string& name, const std::string& value_name, const std::string& text, Setter set);

  /// A flag without a value (=true and =false are accepted); the last one counts.
  void add_boolean(const std::string& name, const std::string& text, BooleanSetter set);

  /// As add_boolean(), with --no-NAME for the contrary.
  void add_negatable(const std::string& name, const std::string& text, BooleanSetter set);

  /// Runs the setters. Throws UsageError, also beside --help; returns true when help was asked for.
  bool parse(const std::vector<std::string>& arguments);

  std::string help() const { return app_.help(); }

 private:
  struct Boolean {
    std::string name;
    BooleanSetter set;
    std::vector<std::string> values;  ///< "true" and "false" in the order of the command line
  };

  void add_with_value(const std::string& name, const std::string& value_name, const std::string& text,
                      CLI::callback_t callback);
  void set_value(const std::string& name, const std::string& value, const Setter& set) const;
  void set_booleans() const;
  [[noreturn]] void fail_unknown(const std::string& argument) const;

  CLI::App app_;
  std::deque<Boolean> booleans_;  ///< CLI11 keeps references into it
  bool wants_help_ = false;
};

/// Reads a flag's value by a form of the configuration. Throws UsageError.
template <class Value>
Value parse_flag_value(std::string_view flag, const config::Form<Value>& form, const std::string& text) {
  config::Node node;
  node.kind = config::Node::Kind::kScalar;
  node.text = text;
  const auto value = form.parse(node);
  if (!value) throw UsageError(std::string(flag) + ": expected " + form.expected + ", got " + config::quote(text));
  return *value;
}

}  // namespace iptraf
