// SPDX-License-Identifier: GPL-2.0-or-later
// main: arguments, configuration, run, exit status. Every error that is a person's to mend ends here.
#include <spdlog/spdlog.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <variant>
#include <vector>

#include "app.hpp"
#include "capture/frame_filter.hpp"
#include "capture/packet_source.hpp"
#include "config/loader.hpp"
#include "core/shortage.hpp"
#include "import_options.hpp"
#include "logging.hpp"
#include "options.hpp"
#include "privilege/identity.hpp"
#include "service_manager.hpp"
#include "settings.hpp"
#include "standard_streams.hpp"
#include "web/http_server.hpp"
#include "web/security/live_web_config.hpp"

namespace iptraf {
namespace {

int print(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return exit_status::kSuccess;
  std::fprintf(stderr, "iptraf_exporter: cannot write to standard output: %s\n", std::strerror(errno));
  return exit_status::kUsage;
}

int run(const Options& options) {
  const config::Config config = effective_config(options);
  if (options.config_check) {
    capture::check_filter(config.capture.filter);
    prepare(config);
    if (options.web_config_file) web::LiveWebConfig{*options.web_config_file};
    return print("The configuration is valid.\n");
  }
  return options.once ? run_once(options, config) : run_daemon(options, config);
}

int run_and_report(const Options& options) {
  try {
    return run(options);
  } catch (const config::ConfigError& error) {
    for (const std::string& problem : error.problems()) spdlog::error("{}", problem);
    return exit_status::kUsage;
  } catch (const capture::FilterError& error) {
    spdlog::error("{}", error.what());
    return exit_status::kUsage;
  } catch (const web::ListenError& error) {
    spdlog::error("{}", error.what());
    return exit_status::kUsage;
  } catch (const privilege::PrivilegeError& error) {
    spdlog::error("{}", error.what());
    return exit_status::kUsage;
  } catch (const ServiceManagerError& error) {
    spdlog::error("{}", error.what());
    return exit_status::kUsage;
  } catch (const capture::CaptureError& error) {
    spdlog::error("{}", error.what());
    return exit_status::kCapture;
  } catch (const std::exception& error) {
    spdlog::error("{}", reason_of(error));
    return exit_status::kUsage;
  }
}

int main_with(const std::vector<std::string>& arguments) {
  std::variant<Options, Information> parsed;
  try {
    if (!arguments.empty() && arguments.front() == kImportCommand) {
      return run_import({arguments.begin() + 1, arguments.end()});
    }
    parsed = parse_options(arguments);
  } catch (const UsageError& error) {
    std::fprintf(stderr, "iptraf_exporter: %s\n", error.what());
    return exit_status::kUsage;
  }
  if (const auto* const information = std::get_if<Information>(&parsed)) {
    return print(information->text);
  }
  const Options& options = std::get<Options>(parsed);
  set_up_logging(options.log_level, options.log_format);
  return run_and_report(options);
}

}  // namespace
}  // namespace iptraf

int main(int argc, char** argv) {
  iptraf::open_missing_standard_streams();
  std::signal(SIGXFSZ, SIG_IGN);  // a log that may not grow ends nothing
  try {
    return iptraf::main_with({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "iptraf_exporter: %s\n", iptraf::reason_of(error));
    return iptraf::exit_status::kUsage;
  }
}
