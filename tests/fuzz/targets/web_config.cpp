// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: the web configuration.
#include "web/security/web_config.hpp"
#include "../target.hpp"
#include "config/problems.hpp"

namespace iptraf::fuzz {

void try_web_config(Bytes input) {
  try {
    web::parse_web_config(as_text(input), "/etc/web.yml");
  } catch (const config::ConfigError& error) {
    require(!error.problems().empty(), "an error says what is wrong");
    for (const std::string& problem : error.problems()) {
      require(problem.starts_with("/etc/web.yml"), "a problem names its place");
    }
  }
}

}  // namespace iptraf::fuzz
