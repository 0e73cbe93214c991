// SPDX-License-Identifier: GPL-2.0-or-later
// The few things in which CLI11 has to be told, or told apart, what we want.
#include "options_flags.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "config/suggest.hpp"
#include "core/text.hpp"
#include "help_format.hpp"

namespace iptraf {
namespace {

/// CLI11 takes the next argument for the value of `--flag=`; apart, the empty value stays one.
std::vector<std::string> split_empty_values(const std::vector<std::string>& arguments) {
  std::vector<std::string> split;
  for (const std::string& argument : arguments) {
    if (argument.starts_with("--") && argument.find('=') == argument.size() - 1) {
      split.push_back(argument.substr(0, argument.size() - 1));
      split.emplace_back();
    } else {
      split.push_back(argument);
    }
  }
  return split;
}

std::string name_part(const std::string& argument) { return argument.substr(0, argument.find('=')); }

}  // namespace

Flags::Flags(std::string program, const std::string& description) : app_(description, std::move(program)) {
  use_help_format(app_);
  app_.allow_extras();
  app_.set_help_flag("");  // CLI11's own would hide what is wrong with the other flags
  booleans_.push_back({"--help", [this](bool value) { wants_help_ = value; }, {}});
  app_.add_flag("-h,--help", booleans_.back().values, "Show this help.")->group("General");
}

void Flags::add_value(const std::string& name, const std::string& value_name, const std::string& text, Setter set) {
  add_with_value(name, value_name, text, [this, name, set = std::move(set)](const CLI::results_t& values) {
    if (values.size() > 1) throw UsageError(name + " can be given only once");
    set_value(name, values.front(), set);
    return true;
  });
}

void Flags::add_repeated(const std::string& name, const std::string& value_name, const std::string& text, Setter set) {
  add_with_value(name, value_name, text + " Can be repeated.",
                 [this, name, set = std::move(set)](const CLI::results_t& values) {
                   for (const std::string& value : values) set_value(name, value, set);
                   return true;
                 });
}

void Flags::add_boolean(const std::string& name, const std::string& text, BooleanSetter set) {
  booleans_.push_back({name, std::move(set), {}});
  app_.add_flag(name, booleans_.back().values, text);
}

void Flags::add_negatable(const std::string& name, const std::string& text, BooleanSetter set) {
  booleans_.push_back({name, std::move(set), {}});
  app_.add_flag(name + ",!--no-" + name.substr(2), booleans_.back().values, text);
}

bool Flags::parse(const std::vector<std::string>& arguments) {
  std::vector<std::string> reversed = split_empty_values(arguments);
  const std::string last = reversed.empty() ? std::string() : reversed.back();
  std::reverse(reversed.begin(), reversed.end());
  try {
    app_.parse(std::move(reversed));
  } catch (const CLI::ArgumentMismatch&) {
    throw UsageError(last + " needs a value");
  } catch (const CLI::Error& error) {
    throw UsageError(error.what());
  } catch (const std::out_of_range&) {
    // What CLI11 lets through when it negates a number that is too large.
    throw UsageError("expected true or false as the value of a --no- flag");
  }
  const std::vector<std::string> extras = app_.remaining();
  if (!extras.empty()) fail_unknown(extras.front());
  set_booleans();
  return wants_help_;
}

void Flags::add_with_value(const std::string& name, const std::string& value_name, const std::string& text,
                           CLI::callback_t callback) {
  app_.add_option(name, std::move(callback), text)
      ->type_name(value_name)
      ->expected(1, CLI::detail::expected_max_vector_size)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

void Flags::set_value(const std::string& name, const std::string& value, const Setter& set) const {
  const bool is_flag = value.starts_with("--") && app_.get_option_no_throw(name_part(value)) != nullptr;
  if (is_flag) throw UsageError(name + " needs a value, but " + value + " follows it");
  set(value);
}

void Flags::set_booleans() const {
  for (const Boolean& flag : booleans_) {
    for (const std::string& value : flag.values) {
      flag.set(parse_flag_value(flag.name, config::boolean_form(), value));
    }
  }
}

void Flags::fail_unknown(const std::string& argument) const {
  if (!argument.starts_with('-') || argument == "-") {
    throw UsageError("unexpected argument " + config::quote(argument) + "; every setting is a --flag");
  }
  std::vector<std::string> names;
  for (const CLI::Option* option : app_.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::string name = name_part(argument);
  throw UsageError("unknown flag " + printable_utf8(name) +
                   config::suggestion(name, std::vector<std::string_view>(names.begin(), names.end())));
}

}  // namespace iptraf
