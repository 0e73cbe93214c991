// SPDX-License-Identifier: GPL-2.0-or-later
// The command line: from arguments to plain Options, and from Options to the configuration in effect.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/addresses.hpp"
#include "config/config.hpp"

namespace iptraf {

enum class OutputFormat : std::uint8_t { kPrometheus, kJson };
enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };
enum class LogStyle : std::uint8_t { kLogfmt, kJson };

/// Where the daemon serves when neither a flag nor the service manager says it.
inline constexpr const char* kDefaultListenAddress = ":10137";

/// Help of the flag --user, of the daemon and of the import.
inline constexpr const char* kUserHelp =
    "When started as root: the user to become once all is open; root: none. (default: iptraf_exporter if it exists, "
    "else nobody)";

/// What the flags said. Empty optionals and lists: the flag was not given.
struct Options {
  std::optional<std::string> config_file;
  bool config_check = false;

  std::vector<std::string> capture_interfaces;
  std::optional<std::string> capture_file;  ///< "-": standard input
  std::optional<std::string> capture_device_label;
  std::vector<config::LocalMatch> capture_local;
  config::Replay capture_replay = config::Replay::kAsap;
  bool capture_loop = false;
  std::optional<std::string> capture_filter;
  std::optional<bool> capture_promiscuous;

  bool once = false;
  OutputFormat format = OutputFormat::kPrometheus;
  config::Duration run_for;  ///< 0: until a signal
  std::optional<std::string> rrd_directory;

  std::vector<std::string> web_listen_addresses;  ///< empty: the service manager's sockets, or kDefaultListenAddress
  std::string web_telemetry_path = "/metrics";
  std::optional<std::string> web_config_file;

  std::map<std::string, bool, std::less<>> collectors;  ///< named on or off by a flag
  bool collector_disable_defaults = false;

  std::optional<std::string> user;
  LogLevel log_level = LogLevel::kInfo;
  LogStyle log_format = LogStyle::kLogfmt;
};

/// The command line cannot be used. what() says which flag, why and what is accepted; the program exits with 1.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What --help or --version asked for: to be printed on standard output before the program exits with 0.
struct Information {
  std::string text;
};

/// Reads the arguments, without the program's name. Throws UsageError.
std::variant<Options, Information> parse_options(const std::vector<std::string>& arguments);

/// The configuration file (or the defaults) with the flags on top. Throws config::ConfigError.
config::Config effective_config(const Options& options);

/// The label `device` of a capture file: as given, else the base name of the file.
std::string capture_device_label(const Options& options);

/// Two lines: name, version and revision; the compiler.
std::string version_text();

}  // namespace iptraf
