// SPDX-License-Identifier: GPL-2.0-or-later
// Reloader: reads the configuration again and puts it into effect whole, or not at all.
#include "reloader.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

#include "config/new_directory.hpp"
#include "config/problems.hpp"
#include "core/shortage.hpp"
#include "settings.hpp"

namespace iptraf {
namespace {

constexpr const char* kDeniedAdvice =
    "if the file can be read by the exporter's user, its directory is another one than at the start, where those that "
    "can be read were settled: this needs a restart";

bool is_denied(const std::vector<std::string>& problems) {
  const char* const denied = std::strerror(EACCES);
  return std::any_of(problems.begin(), problems.end(),
                     [denied](const std::string& problem) { return problem.find(denied) != std::string::npos; });
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : "\n") + line;
  return out;
}

/// A file that is being written, or was copied to a full disk, must not take every setting back to its default.
std::vector<std::string> emptied_file_problems(const Options& options, const config::Config& running,
                                               const config::Config& wanted) {
  std::error_code error;
  if (!options.config_file || running == wanted || std::filesystem::file_size(*options.config_file, error) != 0) {
    return {};
  }
  return {*options.config_file + ": the file is empty; if all settings are to have their defaults, write {} into it"};
}

}  // namespace

/// Descriptions may lie beside those that were read, and beside the configuration.
void Reloader::add_new_directories(std::vector<std::string>& problems, const config::Config& running,
                                   const config::Config& wanted) const {
  std::vector<std::string> known = running.collectors.lan_station.description_files;
  if (options_.config_file) known.push_back(*options_.config_file);
  for (const std::string& file : wanted.collectors.lan_station.description_files) {
    const auto problem = config::new_directory_problem("collectors.lan_station.description_files", file, known);
    if (problem) problems.push_back(*problem);
  }
}

void Reloader::apply() {
  const std::shared_ptr<const Settings> running = pipeline_.settings();
  config::Config wanted = effective_config(options_);
  std::vector<std::string> problems = emptied_file_problems(options_, running->config, wanted);
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
  problems = restart_problems(running->config, wanted);
  add_new_directories(problems, running->config, wanted);
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
  Settings settings = prepare(std::move(wanted), running->names.get());
  std::shared_ptr<const web::WebPolicy> web_policy;
  if (web_config_) web_policy = web_config_->read();
  problems = pipeline_.change(std::move(settings));
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
  if (web_config_) web_config_->adopt(std::move(web_policy));
}

std::optional<std::string> Reloader::reload() {
  const std::lock_guard lock(mutex_);
  try {
    apply();
  } catch (const config::ConfigError& error) {
    std::vector<std::string> problems = error.problems();
    if (is_denied(problems)) problems.emplace_back(kDeniedAdvice);
    return tell_failure(problems);
  } catch (const std::exception& error) {
    return tell_failure({std::string("the configuration cannot be reloaded: ") + reason_of(error)});
  }
  pipeline_.set_load_result(true);
  spdlog::info("the configuration was reloaded");
  return std::nullopt;
}

std::string Reloader::tell_failure(const std::vector<std::string>& problems) {
  pipeline_.set_load_result(false);
  for (const std::string& problem : problems) spdlog::error("{}", problem);
  spdlog::error("the configuration was not reloaded; the old one stays in effect");
  return joined(problems);
}

}  // namespace iptraf
