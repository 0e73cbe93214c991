// SPDX-License-Identifier: GPL-2.0-or-later
// Names of the kinds of logs.
#include "import/log_record.hpp"

namespace iptraf::importer {

std::string_view kind_text(LogKind kind) {
  constexpr std::array<std::string_view, kLogKinds> kTexts{"TCP/UDP service statistics", "general interface statistics",
                                                           "detailed interface statistics", "packet size breakdown",
                                                           "LAN station statistics"};
  return kTexts.at(static_cast<std::size_t>(kind));
}

}  // namespace iptraf::importer
