// SPDX-License-Identifier: GPL-2.0-or-later
// A CLI11 formatter that wraps descriptions and shows flags as --flag=VALUE.
#include "help_format.hpp"

#include <memory>
#include <sstream>
#include <vector>

namespace iptraf {
namespace {

constexpr std::size_t kFlagColumn = 2;
constexpr std::size_t kTextColumn = 34;
constexpr std::size_t kLineWidth = 98;

std::string flag_text(const CLI::Option& option) {
  std::string text;
  for (const std::string& name : option.get_snames()) text += "-" + name + ", ";
  const auto& names = option.get_lnames();
  const bool is_negatable = names.size() > 1 && names[1] == "no-" + names[0];
  text += (is_negatable ? "--[no-]" : "--") + names.front();
  const std::string value = option.get_type_name();
  if (!value.empty()) text += "=" + value;
  return text;
}

/// `text` from kTextColumn on; `line` is what its first line has already.
std::string wrap(std::string line, const std::string& text) {
  std::string out;
  if (line.size() + 2 > kTextColumn) {
    out = line + "\n";
    line.clear();
  }
  line.resize(kTextColumn, ' ');
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const bool is_empty = line.size() == kTextColumn;
    if (!is_empty && line.size() + 1 + word.size() > kLineWidth) {
      out += line + "\n";
      line.assign(kTextColumn, ' ');
    } else if (!is_empty) {
      line += ' ';
    }
    line += word;
  }
  return out + line + "\n";
}

class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* /*app*/, std::string name) const override {
    return "Usage: " + name + " [--flag=value ...]\n\n";
  }

  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    std::string text = group + ":\n";
    for (const CLI::Option* option : options) text += make_option(option, is_positional);
    return text;
  }

  std::string make_option(const CLI::Option* option, bool /*is_positional*/) const override {
    return wrap(std::string(kFlagColumn, ' ') + flag_text(*option), option->get_description());
  }
};

}  // namespace

void use_help_format(CLI::App& app) { app.formatter(std::make_shared<HelpFormatter>()); }

}  // namespace iptraf
