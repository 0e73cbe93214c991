// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: logs of IPTraf, to OpenMetrics text.
#include <sstream>

#include "../target.hpp"
#include "import/history.hpp"
#include "import/log_parser.hpp"
#include "import/open_metrics.hpp"
#include "import/record_samples.hpp"

namespace iptraf::fuzz {
namespace {

importer::ParsedLog parse(std::string_view text) {
  static const names::ServiceNames names = names::ServiceNames::load();
  std::ostringstream messages;
  importer::ProblemReport problems(messages, "input.log");
  importer::LogParser parser(names, problems);
  std::uint64_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    parser.read_line(++number, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  importer::ParsedLog log = parser.finish();
  problems.close();
  return log;
}

}  // namespace

void try_log_import(Bytes input) {
  static const importer::TimeZone zone("UTC");
  std::vector<importer::ParsedLog> logs;
  logs.push_back(parse(as_text(input)));
  importer::OpenMetricsText text;
  const importer::History history = importer::merge_logs(std::move(logs), "eth0", zone);
  for (const auto& [key, records] : history.streams) {
    for (const importer::LogRecord& record : records) add_samples(record, text);
  }
  std::ostringstream out;
  text.write(out);
  require(out.str().ends_with("# EOF\n"), "the text is whole");
}

}  // namespace iptraf::fuzz
