// SPDX-License-Identifier: GPL-2.0-or-later
// Reloader: reads the configuration again and puts it into effect whole, or not at all.
#include "reloader.hpp"

#include <spdlog/spdlog.h>

#include <memory>

#include "config/problems.hpp"
#include "settings.hpp"

namespace iptraf {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : "\n") + line;
  return out;
}

}  // namespace

void Reloader::apply() {
  const std::shared_ptr<const Settings> running = pipeline_.settings();
  config::Config wanted = effective_config(options_);
  std::vector<std::string> problems = restart_problems(running->config, wanted);
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
  Settings settings = prepare(std::move(wanted), running->names.get());
  std::shared_ptr<const web::WebPolicy> web_policy;
  if (web_config_) web_policy = web_config_->read();
  pipeline_.change(std::move(settings));
  if (web_config_) web_config_->adopt(std::move(web_policy));
}

std::optional<std::string> Reloader::reload() {
  const std::lock_guard lock(mutex_);
  try {
    apply();
  } catch (const config::ConfigError& error) {
    pipeline_.set_load_result(false);
    for (const std::string& problem : error.problems()) spdlog::error("{}", problem);
    spdlog::error("the configuration was not reloaded; the old one stays in effect");
    return joined(error.problems());
  }
  pipeline_.set_load_result(true);
  spdlog::info("the configuration was reloaded");
  return std::nullopt;
}

}  // namespace iptraf
