// SPDX-License-Identifier: GPL-2.0-or-later
// The program: what it does with the options, and the exit status it ends with.
#include "app.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "output/json.hpp"
#include "output/prometheus.hpp"
#include "pipeline.hpp"
#include "stop_signals.hpp"
#include "version.hpp"
#include "web/http_server.hpp"
#include "web/pages.hpp"

namespace iptraf {
namespace {

bool write_to_stdout(const std::string& text) {
  const bool is_written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!is_written) spdlog::error("cannot write to standard output: {}", std::strerror(errno));
  return is_written;
}

std::string page_of(Pipeline& pipeline, OutputFormat format) {
  const std::shared_ptr<const Snapshot> snapshot = pipeline.snapshot();
  if (format == OutputFormat::kJson) {
    return output::to_json_document(*snapshot, pipeline.collectors(), pipeline.names());
  }
  return output::to_prometheus_text(*snapshot, [](std::string_view) { return true; });
}

void log_start(const Options& options) {
  spdlog::info("iptraf_exporter {} (revision {}) starts, {}", version::kVersion, version::kRevision,
               options.capture_file ? "reading " + *options.capture_file : "capturing live");
}

}  // namespace

int run_once(const Options& options, const config::Config& config) {
  Pipeline pipeline(options, config);
  pipeline.start();
  pipeline.wait_for_end();
  if (!write_to_stdout(page_of(pipeline, options.format))) return exit_status::kUsage;
  return pipeline.is_file_damaged() ? exit_status::kDamagedFile : exit_status::kSuccess;
}

int run_daemon(const Options& options, const config::Config& config) {
  StopSignals signals;  // blocks them before the first thread
  log_start(options);
  Pipeline pipeline(options, config);
  std::atomic<bool> is_ready{false};
  web::HttpServer server(
      {options.web_listen_addresses, config.web.max_connections, config.web.timeout.seconds},
      web::make_routes({[&pipeline] { return pipeline.snapshot(); }, [&is_ready] { return is_ready.load(); },
                        pipeline.collectors(), options.web_telemetry_path}));
  pipeline.start();
  is_ready = true;
  server.start();
  for (const std::string& address : server.addresses())
    spdlog::info("listening on {}, metrics under {}", address, options.web_telemetry_path);
  signals.wait(options.run_for);
  const bool is_damaged = pipeline.is_file_damaged();
  spdlog::info("iptraf_exporter stops");
  return is_damaged ? exit_status::kDamagedFile : exit_status::kSuccess;
}

}  // namespace iptraf
