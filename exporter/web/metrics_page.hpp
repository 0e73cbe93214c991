// SPDX-License-Identifier: GPL-2.0-or-later
// MetricsPage: the page that Prometheus scrapes, written once for requests that came together.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/snapshot.hpp"
#include "web/connection_table.hpp"
#include "web/http_server.hpp"

namespace iptraf::web {

/// Every request gets a snapshot that began after it had arrived. A request that waited its turn, behind others on
/// its connection or on other connections, may therefore get one that was taken for somebody else meanwhile; its text
/// and its gzip form are made once for each choice of collectors. Any thread.
class MetricsPage {
 public:
  using Take = std::function<std::shared_ptr<const Snapshot>()>;

  explicit MetricsPage(Take take_snapshot) : take_snapshot_(std::move(take_snapshot)) {}

  /// Reads collect[] and exclude[]. 400 for a choice that cannot be met, 503 when there is no snapshot.
  Response answer(const Request& request);

 private:
  using Text = std::shared_ptr<const std::string>;
  using ChosenCollectors = std::vector<bool>;  // in the order of Snapshot::collectors()

  /// The forms of one choice's page, each made when it is first wanted.
  struct Page {
    std::mutex mutex;
    Text plain;
    Text gzipped;
  };

  /// One snapshot and what was written of it.
  struct Moment {
    explicit Moment(std::shared_ptr<const Snapshot> taken) : snapshot(std::move(taken)) {}
    const std::shared_ptr<const Snapshot> snapshot;
    std::mutex mutex;
    std::map<ChosenCollectors, std::shared_ptr<Page>> pages;
  };

  std::shared_ptr<Moment> moment_after(Clock::time_point arrived_by);
  static std::shared_ptr<Page> page_of(Moment& moment, const ChosenCollectors& chosen);
  static Response respond(const Moment& moment, Page& page, const ChosenCollectors& chosen, bool wants_gzip);

  const Take take_snapshot_;
  std::mutex mutex_;
  std::shared_ptr<Moment> latest_;
  Clock::time_point latest_began_;  // its snapshot, at the earliest
};

}  // namespace iptraf::web
