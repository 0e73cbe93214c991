// SPDX-License-Identifier: GPL-2.0-or-later
// MetricsPage: the page that Prometheus scrapes, written once for requests that came together.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/snapshot.hpp"
#include "web/connection_table.hpp"
#include "web/gzip.hpp"
#include "web/http_server.hpp"

namespace iptraf::web {

/// Every request gets a snapshot that began after it had arrived. A request that waited its turn, behind others on
/// its connection or on other connections, may therefore get one that was taken for somebody else meanwhile. Of each
/// snapshot every collector's text is written and compressed once; the page of a choice of collectors is put together
/// of them, so that asking for ever other choices makes no work. Any thread.
class MetricsPage {
 public:
  using Take = std::function<std::shared_ptr<const Snapshot>()>;

  explicit MetricsPage(Take take_snapshot) : take_snapshot_(std::move(take_snapshot)) {}

  /// Reads collect[] and exclude[]. 400 for a choice that cannot be met, 503 when there is no snapshot.
  Response answer(const Request& request);

 private:
  using Text = std::shared_ptr<const std::string>;
  using ChosenCollectors = std::vector<bool>;  // in the order of Snapshot::collectors()

  /// What one collector has, or the exporter itself; each form is made when it is first wanted.
  struct Part {
    std::mutex mutex;
    std::optional<std::string> text;
    std::optional<GzipPart> packed;
  };

  /// The forms of one choice's page, each made when it is first wanted.
  struct Page {
    std::mutex mutex;
    Text plain;
    Text gzipped;
  };

  /// One snapshot and what was written of it.
  struct Moment {
    explicit Moment(std::shared_ptr<const Snapshot> taken)
        : snapshot(std::move(taken)), parts(snapshot->collectors().size() + 1) {}

    const std::string& text(std::size_t part);
    const GzipPart& packed(std::size_t part);

    const std::shared_ptr<const Snapshot> snapshot;
    std::deque<Part> parts;  // in the order of Snapshot::collectors(), the exporter's own behind them
    std::mutex mutex;
    std::map<ChosenCollectors, std::shared_ptr<Page>> pages;
  };

  std::shared_ptr<Moment> moment_after(Clock::time_point arrived_by);
  static std::shared_ptr<Page> page_of(Moment& moment, const ChosenCollectors& chosen);
  static Response respond(Moment& moment, Page& page, const ChosenCollectors& chosen, bool wants_gzip);

  const Take take_snapshot_;
  std::mutex mutex_;
  std::shared_ptr<Moment> latest_;
  Clock::time_point latest_began_;  // its snapshot, at the earliest
};

}  // namespace iptraf::web
