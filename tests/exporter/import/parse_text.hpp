// SPDX-License-Identifier: GPL-2.0-or-later
// parse_text(): a log that stands in a test.
#pragma once

#include <sstream>
#include <string>
#include <string_view>

#include "import/log_parser.hpp"
#include "names/text_file.hpp"

namespace iptraf::test {

struct TextLog {
  importer::ParsedLog log;
  std::string messages;
};

/// The service names are http (alias www), https, netbios-ns, netbios-dgm, and two that begin with ambiguous-.
inline names::ServiceNames some_names() {
  std::istringstream services(
      "http 80/tcp www\nhttps 443/tcp\nnetbios-ns 137/udp\nnetbios-dgm 138/udp\nambiguous-1 700/tcp\n"
      "ambiguous-2 701/tcp\nwww 8888/udp\n");
  return names::ServiceNames::parse(services);
}

inline TextLog parse_text(std::string_view text, const std::string& path = "x.log") {
  std::ostringstream messages;
  const names::ServiceNames names = some_names();
  importer::ProblemReport problems(messages, path);
  importer::LogParser parser(names, problems);
  std::uint64_t number = 0;
  while (!text.empty()) parser.read_line(++number, names::take_line(text));
  TextLog result{parser.finish(), {}};
  problems.close();
  result.log.path = path;
  result.messages = messages.str();
  return result;
}

/// A service record with these lines.
inline std::string service_record(const std::string& date, const std::string& lines) {
  return "*** TCP/UDP traffic log, generated " + date + "\n\n" + lines + "\nRunning time: 300 seconds\n";
}

}  // namespace iptraf::test
