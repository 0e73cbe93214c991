// SPDX-License-Identifier: GPL-2.0-or-later
// Checks of flag values and combinations.
#include "options_check.hpp"

#include <algorithm>
#include <array>

#include "config/schema.hpp"
#include "config/values.hpp"
#include "web/http_server.hpp"
#include "web/listen_address.hpp"

namespace iptraf {
namespace {

void require(bool is_given, bool has_needed, const char* flag, const char* needed) {
  if (is_given && !has_needed) {
    throw UsageError(std::string(flag) + " needs " + needed);
  }
}

void refuse_together(bool has_one, bool has_other, const char* one, const char* other, const char* reason) {
  if (has_one && has_other) {
    throw UsageError(std::string(one) + " and " + other + " exclude each other: " + reason);
  }
}

}  // namespace

void check_listen_address(const std::string& address) {
  try {
    web::parse_listen_address(address);
  } catch (const web::ListenError& error) {
    throw UsageError(std::string("--web.listen-address: ") + error.what());
  }
}

void check_telemetry_path(std::string_view path) {
  constexpr std::array<std::string_view, 4> kTakenPaths{"/", "/-/healthy", "/-/ready", "/-/reload"};
  const bool is_plain = std::all_of(path.begin(), path.end(),
                                    [](char c) { return c > 0x20 && c < 0x7f && c != '?' && c != '#' && c != '%'; });
  if (!path.starts_with('/') || !is_plain) {
    throw UsageError("--web.telemetry-path: expected a path that begins with / and has no space, ?, # or %, got " +
                     config::quote(path));
  }
  // Clients change such a path on their way, or take it for another host.
  const std::string slashed = std::string(path) + "/";
  if (slashed.find("/./") != std::string::npos || slashed.find("/../") != std::string::npos ||
      path.find("//") != std::string_view::npos) {
    throw UsageError("--web.telemetry-path: expected a path without empty, . and .. parts, got " + config::quote(path));
  }
  const bool is_api = path == "/api" || path.starts_with("/api/");
  if (is_api || std::find(kTakenPaths.begin(), kTakenPaths.end(), path) != kTakenPaths.end()) {
    throw UsageError("--web.telemetry-path: another page is at " + config::quote(path));
  }
}

void check_combinations(const Options& options, const GivenFlags& given) {
  const std::string interfaces = config::check_interfaces(options.capture_interfaces);
  if (!interfaces.empty()) throw UsageError("--capture.interface: " + interfaces);

  const bool has_file = options.capture_file.has_value();
  refuse_together(has_file, !options.capture_interfaces.empty(), "--capture.file", "--capture.interface",
                  "packets come from a file or from interfaces");
  require(options.once, has_file, "--once", "--capture.file");
  require(options.capture_loop, has_file, "--capture.loop", "--capture.file");
  require(given.capture_replay, has_file, "--capture.replay", "--capture.file");
  require(!options.capture_local.empty(), has_file, "--capture.local", "--capture.file");
  require(options.capture_device_label.has_value(), has_file, "--capture.device-label", "--capture.file");
  require(given.format, options.once, "--format", "--once");
  refuse_together(options.capture_loop, options.once, "--capture.loop", "--once",
                  "a file that starts again has no end to print at");
  refuse_together(options.capture_loop, options.capture_file == "-", "--capture.loop", "--capture.file=-",
                  "standard input cannot be read again");
}

}  // namespace iptraf
