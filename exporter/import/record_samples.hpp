// SPDX-License-Identifier: GPL-2.0-or-later
// What a record says as samples: the exporter's own families where they mean the same, else families of the import.
#pragma once

#include "import/log_record.hpp"
#include "import/open_metrics.hpp"

namespace iptraf::importer {

/// A label that the log does not tell is left out: the sum over it is what the exporter's would be.
void add_samples(const LogRecord& record, OpenMetricsText& out);

/// Packets with a wrong checksum by direction, which only the difference of total and parts tells. Nothing when the sum
/// is not what the log says.
struct DirectedErrors {
  bool is_known = false;
  std::uint64_t in = 0;
  std::uint64_t out = 0;
};
DirectedErrors checksum_errors_of(const DetailedTotals& totals);

/// `aa:bb:cc:dd:ee:ff`, or with another character between.
std::string mac_text(const StationTotals& station, char separator);

}  // namespace iptraf::importer
