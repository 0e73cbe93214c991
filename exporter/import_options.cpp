// SPDX-License-Identifier: GPL-2.0-or-later
// The flags of the subcommand import, and its run.
#include "import_options.hpp"

#include <unistd.h>

#include <iostream>

#include "app.hpp"
#include "config/loader.hpp"
#include "logging.hpp"
#include "options_flags.hpp"
#include "privilege/lock_down.hpp"

namespace iptraf {
namespace {

constexpr const char* kProgram = "iptraf_exporter import";
constexpr const char* kDescription =
    "Reads logs of IPTraf 2.5 to 3.0 and of iptraf-ng (service, detailed, general, packet size and LAN\n"
    "statistics) and writes their totals, each at its own time, as OpenMetrics text for\n"
    "promtool tsdb create-blocks-from openmetrics, or into the exporter's round-robin databases.\n";

/// `--from A B C` and `--from=A B C` name three logs, as a shell writes them for `*.log`.
std::vector<std::string> repeat_from(const std::vector<std::string>& arguments) {
  std::vector<std::string> repeated;
  bool is_value = false;    // the argument is the value of the flag before it
  bool is_in_logs = false;  // more logs may follow
  for (const std::string& argument : arguments) {
    const bool is_flag = argument.starts_with("-") && argument != "-";
    if (!is_value && !is_flag && is_in_logs) {
      repeated.push_back("--from=" + argument);
      continue;
    }
    repeated.push_back(argument);
    if (!is_value || is_flag) is_in_logs = argument == "--from" || argument.starts_with("--from=");
    is_value = is_flag && argument.starts_with("--") && argument.find('=') == std::string::npos;
  }
  return repeated;
}

importer::Target target_of(const std::string& word) {
  if (word == "openmetrics") return importer::Target::kOpenMetrics;
  if (word == "rrd") return importer::Target::kRrd;
  throw UsageError("--to: expected rrd or openmetrics, got " + config::quote(word));
}

Flags::Setter into(std::string& target, const char* flag) {
  return [&target, flag](const std::string& value) {
    if (value.empty()) throw UsageError(std::string(flag) + " needs a value");
    target = parse_flag_value(flag, config::text_form(), value);
  };
}

/// Logs are bytes that others chose: they are read without any right but to write the databases.
void lock_down_import(const importer::ImportSettings& settings) {
  privilege::LockDown lock_down;
  if (!settings.user.empty()) lock_down.user = settings.user;
  if (settings.target == importer::Target::kRrd) {
    lock_down.outputs.push_back({"the directory", settings.database_directory(), privilege::is_database_name, 2});
  }
  privilege::lock_down(lock_down);
}

}  // namespace

std::variant<importer::ImportSettings, Information> parse_import_options(const std::vector<std::string>& arguments) {
  importer::ImportSettings settings;
  bool has_target = false;
  Flags flags(kProgram, kDescription);
  flags.begin_group("Import");
  flags.add_repeated("--from", "LOG", "A log of IPTraf; its kind is told from its content. More names may follow.",
                     [&](const std::string& value) { into(settings.logs.emplace_back(), "--from")(value); });
  flags.add_value("--to", "rrd|openmetrics", "What is written.", [&](const std::string& value) {
    settings.target = target_of(value);
    has_target = true;
  });
  flags.add_value(
      "--output", "FILE or DIR",
      "The file of OpenMetrics text (default: standard output), or the directory of the databases (default: " +
          settings.rrd.directory + ").",
      into(settings.output, "--output"));
  flags.add_value("--config.file", "FILE",
                  "A configuration of the exporter, whose section rrd says where the databases are, their step and the "
                  "services that they keep.",
                  [&](const std::string& value) { settings.rrd = config::load_file(value).rrd; });
  flags.add_value("--device", "NAME",
                  "Interface of logs that name none, neither inside nor in their name (-eth0.log): LAN statistics, "
                  "service logs of IPTraf 2.2.",
                  into(settings.device, "--device"));
  flags.add_value("--timezone", "TZ", "Zone of the times in the logs, such as Europe/Vienna (default: the machine's).",
                  into(settings.time_zone, "--timezone"));
  flags.add_value("--user", "NAME", kUserHelp, into(settings.user, "--user"));
  if (flags.parse(arguments.empty() ? arguments : repeat_from(arguments))) return Information{flags.help()};
  if (settings.logs.empty()) throw UsageError("import needs --from=LOG, a log of IPTraf; see import --help");
  if (!has_target) throw UsageError("import needs --to=rrd or --to=openmetrics; see import --help");
  return settings;
}

int run_import(const std::vector<std::string>& arguments) {
  const auto parsed = parse_import_options(arguments);
  if (const auto* const information = std::get_if<Information>(&parsed)) {
    if (std::cout << information->text << std::flush) return exit_status::kSuccess;
    throw std::runtime_error("cannot write to standard output");
  }
  set_up_logging(LogLevel::kInfo, LogStyle::kLogfmt);  // standard output is for OpenMetrics text
  const bool is_terminal = ::isatty(STDERR_FILENO) == 1;
  importer::ImportSettings settings = std::get<importer::ImportSettings>(parsed);
  settings.when_open = [&settings] { lock_down_import(settings); };
  const bool has_records = import_logs(settings, {std::cout, std::cerr, is_terminal});
  return has_records ? exit_status::kSuccess : exit_status::kUsage;
}

}  // namespace iptraf
