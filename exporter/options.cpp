// SPDX-License-Identifier: GPL-2.0-or-later
// Every flag with its help, and how flags lie on top of the configuration file.
#include "options.hpp"

#include <utility>

#include "config/collector_list.hpp"
#include "config/loader.hpp"
#include "options_check.hpp"
#include "options_flags.hpp"
#include "version.hpp"

namespace iptraf {
namespace {

constexpr const char* kProgram = "iptraf_exporter";
constexpr const char* kDescription =
    "Counts the packets of network interfaces or of a capture file as IPTraf does and serves the\n"
    "counts to Prometheus.\n"
    "iptraf_exporter import reads IPTraf's logs: see iptraf_exporter import --help.\n";

std::string with_default(const std::string& text, const std::string& value) {
  return text + " (default: " + (value.empty() ? "none" : value) + ")";
}

template <class Value>
using Words = std::vector<std::pair<std::string_view, Value>>;

/// A flag that takes one of some words; `target` holds the default.
template <class Value>
void add_word(Flags& flags, const std::string& name, const std::string& text, const Words<Value>& words, Value& target,
              bool* is_given = nullptr) {
  std::string alternatives;
  std::string default_word;
  for (const auto& [word, value] : words) {
    alternatives += (alternatives.empty() ? "" : "|") + std::string(word);
    if (value == target) default_word = word;
  }
  flags.add_value(name, alternatives, with_default(text, default_word),
                  [name, form = config::word_form<Value>(words), &target, is_given](const std::string& value) {
                    target = parse_flag_value(name, form, value);
                    if (is_given != nullptr) *is_given = true;
                  });
}

void add_configuration_flags(Flags& flags, Options& options) {
  flags.begin_group("Configuration");
  flags.add_value("--config.file", "FILE", with_default("YAML configuration.", "built-in values"),
                  [&](const std::string& value) {
                    options.config_file = parse_flag_value("--config.file", config::path_form(), value);
                  });
  flags.add_boolean("--config.check", "Read the configuration, say what is wrong, exit with 0 or 1.",
                    [&](bool value) { options.config_check = value; });
}

void add_live_capture_flags(Flags& flags, Options& options) {
  const config::Capture defaults;
  flags.begin_group("Capture");
  flags.add_repeated("--capture.interface", "NAME",
                     with_default("Interface to capture on; auto: those that are up and neither loopback nor virtual; "
                                  "all: every one.",
                                  defaults.interfaces.front()),
                     [&](const std::string& value) { options.capture_interfaces.push_back(value); });
  flags.add_value("--capture.filter", "EXPR",
                  with_default("pcap-filter expression; only packets that match are counted.", defaults.filter),
                  [&](const std::string& value) {
                    options.capture_filter = parse_flag_value("--capture.filter", config::text_form(), value);
                  });
  flags.add_boolean("--capture.promiscuous",
                    with_default("Also receive frames for other stations.", defaults.promiscuous ? "true" : "false"),
                    [&](bool value) { options.capture_promiscuous = value; });
}

config::LocalMatch parse_local(const std::string& value) {
  const auto match = config::parse_local_match(value);
  if (match) return *match;
  throw UsageError("--capture.local: expected an IP address, a network such as 192.0.2.0/24 or a MAC address, got " +
                   config::quote(value));
}

void add_file_capture_flags(Flags& flags, Options& options, GivenFlags& given) {
  using config::Replay;
  flags.begin_group("Capture file");
  flags.add_value("--capture.file", "FILE", "Read a pcap or pcapng file instead of interfaces; -: standard input.",
                  [&](const std::string& value) {
                    options.capture_file = parse_flag_value("--capture.file", config::path_form(), value);
                  });
  flags.add_value("--capture.device-label", "NAME", with_default("Label device of the file.", "the file's base name"),
                  [&](const std::string& value) {
                    if (value.empty()) throw UsageError("--capture.device-label: expected a name, got \"\"");
                    options.capture_device_label =
                        parse_flag_value("--capture.device-label", config::text_form(), value);
                  });
  flags.add_repeated("--capture.local", "CIDR|MAC",
                     with_default("Packets whose source matches are transmitted, all others received.", ""),
                     [&](const std::string& value) { options.capture_local.push_back(parse_local(value)); });
  add_word<Replay>(flags, "--capture.replay", "Pace of the file.",
                   {{"asap", Replay::kAsap}, {"realtime", Replay::kRealtime}}, options.capture_replay,
                   &given.capture_replay);
  flags.add_boolean("--capture.loop", "Start the file again at its end; the counters go on.",
                    [&](bool value) { options.capture_loop = value; });
}

void add_output_flags(Flags& flags, Options& options, GivenFlags& given) {
  flags.begin_group("Output");
  flags.add_boolean("--once", "With --capture.file: read it all, print one exposition, exit.",
                    [&](bool value) { options.once = value; });
  add_word<OutputFormat>(flags, "--format", "What --once prints.",
                         {{"prometheus", OutputFormat::kPrometheus}, {"json", OutputFormat::kJson}}, options.format,
                         &given.format);
  flags.add_value("--rrd.directory", "DIR",
                  with_default("Write round-robin databases below it.", config::Rrd{}.enabled ? "on" : "off"),
                  [&](const std::string& value) {
                    options.rrd_directory = parse_flag_value("--rrd.directory", config::path_form(), value);
                  });
}

void add_web_flags(Flags& flags, Options& options) {
  flags.begin_group("Web");
  flags.add_repeated(
      "--web.listen-address", "ADDR",
      with_default("Where to serve: :PORT, HOST:PORT, [IPV6]:PORT or unix:/PATH. Port 0 takes a free one and logs it.",
                   kDefaultListenAddress),
      [&](const std::string& value) {
        check_listen_address(value);
        options.web_listen_addresses.push_back(value);
      });
  flags.add_value("--web.telemetry-path", "PATH", with_default("Path of the metrics.", options.web_telemetry_path),
                  [&](const std::string& value) {
                    check_telemetry_path(value);
                    options.web_telemetry_path = value;
                  });
  flags.add_value(
      "--web.config.file", "FILE",
      with_default("TLS, basic authentication, headers and rate limit, in the format of Prometheus' exporters.",
                   "none of them"),
      [&](const std::string& value) {
        options.web_config_file = parse_flag_value("--web.config.file", config::path_form(), value);
      });
}

void add_collector_flags(Flags& flags, Options& options) {
  config::Collectors defaults;
  flags.begin_group("Collectors");
  for (const config::CollectorEntry& entry : config::kCollectors) {
    const std::string name(entry.name);
    flags.add_negatable("--collector." + name,
                        with_default("Collector " + name + ".", entry.settings(defaults).enabled ? "on" : "off"),
                        [&options, name](bool value) { options.collectors[name] = value; });
  }
  flags.add_boolean("--collector.disable-defaults", "Turn all collectors off but those that a flag turns on.",
                    [&](bool value) { options.collector_disable_defaults = value; });
}

void add_process_flags(Flags& flags, Options& options, bool& wants_version) {
  flags.begin_group("Process");
  flags.add_value("--run-for", "DURATION", with_default("Stop after that long, such as 90s or 1h30m.", "0, never"),
                  [&](const std::string& value) {
                    options.run_for = parse_flag_value("--run-for", config::duration_form("0", "36500d"), value);
                  });
  flags.add_value("--user", "NAME", kUserHelp, [&](const std::string& value) {
    if (value.empty()) throw UsageError("--user: expected the name of a user, got \"\"");
    options.user = parse_flag_value("--user", config::text_form(), value);
  });
  add_word<LogLevel>(
      flags, "--log.level", "What is logged, and above.",
      {{"debug", LogLevel::kDebug}, {"info", LogLevel::kInfo}, {"warn", LogLevel::kWarn}, {"error", LogLevel::kError}},
      options.log_level);
  add_word<LogStyle>(flags, "--log.format", "Form of the log on standard error.",
                     {{"logfmt", LogStyle::kLogfmt}, {"json", LogStyle::kJson}}, options.log_format);
  flags.add_boolean("--version", "Show the version.", [&](bool value) { wants_version = value; });
}

}  // namespace

std::variant<Options, Information> parse_options(const std::vector<std::string>& arguments) {
  Options options;
  GivenFlags given;
  bool wants_version = false;
  Flags flags(kProgram, kDescription);
  add_configuration_flags(flags, options);
  add_live_capture_flags(flags, options);
  add_file_capture_flags(flags, options, given);
  add_output_flags(flags, options, given);
  add_web_flags(flags, options);
  add_collector_flags(flags, options);
  add_process_flags(flags, options, wants_version);
  if (flags.parse(arguments)) return Information{flags.help()};
  if (wants_version) return Information{version_text()};
  check_combinations(options, given);
  return options;
}

config::Config effective_config(const Options& options) {
  config::Config config;
  if (options.config_file) config = config::load_file(*options.config_file);
  if (!options.capture_interfaces.empty()) config.capture.interfaces = options.capture_interfaces;
  if (options.capture_filter) config.capture.filter = *options.capture_filter;
  if (options.capture_promiscuous) config.capture.promiscuous = *options.capture_promiscuous;
  if (options.rrd_directory) {
    config.rrd.enabled = true;
    config.rrd.directory = *options.rrd_directory;
  }
  for (const config::CollectorEntry& entry : config::kCollectors) {
    bool& is_enabled = entry.settings(config.collectors).enabled;
    if (options.collector_disable_defaults) is_enabled = false;
    const auto flag = options.collectors.find(entry.name);
    if (flag != options.collectors.end()) is_enabled = flag->second;
  }
  return config;
}

std::string capture_device_label(const Options& options) {
  if (options.capture_device_label) return *options.capture_device_label;
  const std::string file = options.capture_file.value_or("");
  return file.substr(file.rfind('/') + 1);  // npos + 1 is 0
}

std::string version_text() {
  return std::string(kProgram) + ", version " + std::string(version::kVersion) +
         " (revision: " + std::string(version::kRevision) + ")\n  compiler: " + std::string(version::kCompiler) + "\n";
}

}  // namespace iptraf
