// SPDX-License-Identifier: GPL-2.0-or-later
// Reloader: reads the configuration again and puts it into effect whole, or not at all.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "options.hpp"
#include "pipeline.hpp"

namespace iptraf {

/// Threading: any thread; one reload at a time.
class Reloader {
 public:
  Reloader(const Options& options, Pipeline& pipeline) : options_(options), pipeline_(pipeline) {}

  /// Nothing when the new configuration is in effect; else what is wrong, a problem a line, and nothing has changed.
  /// Says in the log how it ended.
  std::optional<std::string> reload();

 private:
  void apply();

  const Options& options_;
  Pipeline& pipeline_;
  std::mutex mutex_;
};

}  // namespace iptraf
