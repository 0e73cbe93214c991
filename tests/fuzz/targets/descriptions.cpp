// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: files of station descriptions.
#include "../temporary_input.hpp"
#include "names/station_descriptions.hpp"

namespace iptraf::fuzz {

void try_descriptions(Bytes input) {
  const TemporaryInput file(input);
  names::StationDescriptions descriptions;
  for (const std::string& problem : descriptions.read_file(file.path())) {
    require(problem.starts_with(file.path()), "a problem names its place");
  }
}

}  // namespace iptraf::fuzz
