// SPDX-License-Identifier: GPL-2.0-or-later
// Reloader: reads the configuration again and puts it into effect whole, or not at all.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "options.hpp"
#include "pipeline.hpp"
#include "web/security/live_web_config.hpp"

namespace iptraf {

/// Threading: any thread; one reload at a time.
class Reloader {
 public:
  /// `web_config` may be null.
  Reloader(const Options& options, Pipeline& pipeline, std::shared_ptr<web::LiveWebConfig> web_config = nullptr)
      : options_(options), pipeline_(pipeline), web_config_(std::move(web_config)) {}

  /// Nothing when the new configuration is in effect; else what is wrong, a problem a line, and nothing has changed.
  /// Says in the log how it ended.
  std::optional<std::string> reload();

 private:
  void apply();
  std::string tell_failure(const std::vector<std::string>& problems);
  void add_new_directories(std::vector<std::string>& problems, const config::Config& running,
                           const config::Config& wanted) const;

  const Options& options_;
  Pipeline& pipeline_;
  const std::shared_ptr<web::LiveWebConfig> web_config_;
  std::mutex mutex_;
};

}  // namespace iptraf
