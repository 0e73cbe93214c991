// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: the YAML loader.
#include "../target.hpp"
#include "config/loader.hpp"

namespace iptraf::fuzz {

void try_config(Bytes input) {
  try {
    config::parse(as_text(input), "input.yml");
  } catch (const config::ConfigError& error) {
    require(!error.problems().empty(), "an error says what is wrong");
    for (const std::string& problem : error.problems()) {
      require(problem.starts_with("input.yml:"), "a problem names its place");
    }
  }
}

}  // namespace iptraf::fuzz
