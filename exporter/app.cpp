// SPDX-License-Identifier: GPL-2.0-or-later
// The program: what it does with the options, and the exit status it ends with.
#include "app.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/open_files.hpp"
#include "core/shortage.hpp"
#include "open_sources.hpp"
#include "output/json.hpp"
#include "output/prometheus.hpp"
#include "pipeline.hpp"
#include "privilege/identity.hpp"
#include "privilege/lock_down.hpp"
#include "reloader.hpp"
#include "service_manager.hpp"
#include "settings.hpp"
#include "stop_signals.hpp"
#include "timed_outputs.hpp"
#include "version.hpp"
#include "watchdog.hpp"
#include "web/http_server.hpp"
#include "web/pages.hpp"
#include "web/security/live_web_config.hpp"

namespace iptraf {
namespace {

bool write_to_stdout(const std::string& text) {
  const bool is_written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!is_written) spdlog::error("cannot write to standard output: {}", std::strerror(errno));
  return is_written;
}

std::string page_of(Pipeline& pipeline, OutputFormat format) {
  if (format == OutputFormat::kJson) return output::to_json_document(*pipeline.snapshot(true));
  return output::to_prometheus_text(*pipeline.snapshot(), [](std::string_view) { return true; });
}

Pipeline make_pipeline(const Options& options, const config::Config& config, const TimedOutputs& outputs) {
  return {prepare(config),
          {options.capture_file.has_value(), options.once, outputs.rrd_status(), outputs.log_status()},
          [&](DeviceTable& devices) { return open_sources(options, config.capture, devices, outputs.barrier()); }};
}

/// A capture thread that waits in a read of a pipe cannot be ended: the process is left instead.
void leave_if_blocked(Pipeline& pipeline, int status) {
  if (pipeline.stop()) return;
  spdlog::warn("the capture file gives no data and cannot be interrupted: leaving without it");
  std::fflush(stdout);
  std::_Exit(status);
}

/// A thread that is blocked in a read cannot tell of damage: then there was none.
int status_of_capture(Pipeline& pipeline) {
  try {
    return pipeline.is_file_damaged() ? exit_status::kDamagedFile : exit_status::kSuccess;
  } catch (const capture::SnapshotError&) {
    return exit_status::kSuccess;
  }
}

/// The outputs read the pipeline from threads of their own: however the program ends, they end first.
class OutputsEnd {
 public:
  explicit OutputsEnd(TimedOutputs& outputs) : outputs_(outputs) {}
  ~OutputsEnd() { outputs_.stop(); }
  OutputsEnd(const OutputsEnd&) = delete;
  OutputsEnd& operator=(const OutputsEnd&) = delete;

 private:
  TimedOutputs& outputs_;
};

/// Who may use unix sockets beside root: the group of the user that root becomes.
std::optional<gid_t> socket_group(const Options& options) {
  if (::geteuid() != 0) return std::nullopt;
  const std::optional<privilege::Identity> identity = privilege::target_identity(options.user);
  return identity ? std::optional(identity->gid) : std::nullopt;
}

/// An address is taken by default only where nothing says otherwise.
web::ServerOptions server_options(const Options& options, const config::Web& web, std::vector<FileDescriptor> sockets,
                                  std::shared_ptr<web::LiveWebConfig> web_config) {
  std::vector<std::string> addresses = options.web_listen_addresses;
  if (addresses.empty() && sockets.empty()) addresses.emplace_back(kDefaultListenAddress);
  return {std::move(addresses), web.max_connections,   web.timeout.seconds,
          std::move(sockets),   std::move(web_config), socket_group(options)};
}

/// What goes on to be read and written when nothing else is.
privilege::LockDown lock_down_settings(const Options& options, const config::Config& config,
                                       const web::LiveWebConfig* web_config = nullptr) {
  privilege::LockDown settings;
  settings.user = options.user;
  // With rrdcached the databases belong to its user.
  const auto is_own_database = config.rrd.daemon.empty() ? privilege::is_database_name : nullptr;
  if (config.rrd.enabled) settings.outputs.push_back({"rrd.directory", config.rrd.directory, is_own_database, 2});
  if (config.iptraf_log.enabled) {
    settings.outputs.push_back({"iptraf_log.directory", config.iptraf_log.directory, privilege::is_log_name, 0});
  }
  if (options.once) return settings;  // which reloads nothing
  if (options.config_file) settings.reload_files.push_back(*options.config_file);
  const std::vector<std::string>& descriptions = config.collectors.lan_station.description_files;
  settings.reload_files.insert(settings.reload_files.end(), descriptions.begin(), descriptions.end());
  if (web_config == nullptr) return settings;
  const std::vector<std::string>& web_files = web_config->first_files();
  settings.reload_files.insert(settings.reload_files.end(), web_files.begin(), web_files.end());
  return settings;
}

/// Capture threads that answer; a file may keep its reader waiting for as long as it likes.
bool is_alive(Pipeline& pipeline, bool is_file) noexcept {
  try {
    if (!is_file) pipeline.snapshot();
    return true;
  } catch (const std::exception& error) {
    spdlog::error("the service manager is not told that this program is alive: {}", error.what());
    return false;
  }
}

/// A reload that a signal asked for: who sent it can learn only from the service manager how it ended.
void reload(Reloader& reloader, const ServiceManager& manager) noexcept {
  try {
    manager.say_reloading();
    const bool is_loaded = !reloader.reload();
    manager.say_status(is_loaded ? "The configuration was reloaded."
                                 : "The configuration was not reloaded; the old one stays in effect. See the log.");
    manager.say_ready();
  } catch (const std::exception& error) {
    spdlog::error("how the reload ended cannot be told: {}", reason_of(error));
  }
}

void tell_addresses(const std::vector<std::string>& addresses, const Options& options, bool has_tls,
                    const ServiceManager& manager) {
  const char* const scheme = has_tls ? " (https)" : "";
  for (const std::string& address : addresses) {
    spdlog::info("listening on {}{}, metrics under {}", address, scheme, options.web_telemetry_path);
    manager.say_status("Metrics on " + address + options.web_telemetry_path + scheme);
  }
}

void log_start(const Options& options) {
  spdlog::info("iptraf_exporter {} (revision {}) starts, {}", version::kVersion, version::kRevision,
               options.capture_file ? "reading " + *options.capture_file : "capturing live");
}

}  // namespace

int run_once(const Options& options, const config::Config& config) {
  TimedOutputs outputs(options, config);
  Pipeline pipeline = make_pipeline(options, config, outputs);
  const OutputsEnd outputs_end(outputs);
  privilege::lock_down(lock_down_settings(options, config));
  StopSignals signals;  // blocked before the first thread, and not while a pipe is opened
  pipeline.start();
  outputs.start(pipeline);
  const bool has_ended = signals.wait(options.run_for, pipeline.end_fd(), {}, [&outputs] { outputs.reopen_logs(); });
  if (has_ended) outputs.finish();
  outputs.stop();
  int status = exit_status::kUsage;
  try {
    if (write_to_stdout(page_of(pipeline, options.format))) status = status_of_capture(pipeline);
  } catch (const capture::SnapshotError& error) {
    spdlog::error("{}", error.what());
  }
  leave_if_blocked(pipeline, status);
  return status;
}

int run_daemon(const Options& options, const config::Config& config) {
  raise_open_file_limit();
  std::vector<FileDescriptor> sockets = take_listening_sockets();
  const ServiceManager manager;
  log_start(options);
  std::shared_ptr<web::LiveWebConfig> web_config;
  if (options.web_config_file) web_config = std::make_shared<web::LiveWebConfig>(*options.web_config_file);
  TimedOutputs outputs(options, config);
  Pipeline pipeline = make_pipeline(options, config, outputs);
  const OutputsEnd outputs_end(outputs);
  StopSignals signals;  // blocked before the first thread, and not while a pipe is opened
  Reloader reloader(options, pipeline, web_config);
  std::atomic<bool> is_ready{false};
  auto server = std::make_unique<web::HttpServer>(
      server_options(options, config.web, std::move(sockets), web_config),
      web::make_routes({[&pipeline](bool with_rows) { return pipeline.snapshot(with_rows); },
                        [&pipeline] { return pipeline.settings_version(); }, [&is_ready] { return is_ready.load(); },
                        [&reloader] { return reloader.reload(); },
                        [&pipeline] { return pipeline.settings()->config.web.open_api; }, options.web_telemetry_path}));
  spdlog::info("runs as the user {}, without capabilities",
               privilege::lock_down(lock_down_settings(options, config, web_config.get())));
  pipeline.start();
  outputs.start(pipeline);
  is_ready = true;
  server->start();
  tell_addresses(server->addresses(), options, web_config && web_config->has_tls(), manager);
  {
    const Watchdog watchdog(manager, [&] { return is_alive(pipeline, options.capture_file.has_value()); });
    manager.say_ready();
    signals.wait(
        options.run_for, -1, [&] { reload(reloader, manager); }, [&outputs] { outputs.reopen_logs(); });
  }
  manager.say_stopping();
  server.reset();
  outputs.stop();
  spdlog::info("iptraf_exporter stops");
  const int status = status_of_capture(pipeline);
  leave_if_blocked(pipeline, status);
  return status;
}

}  // namespace iptraf
