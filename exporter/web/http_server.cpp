// SPDX-License-Identifier: GPL-2.0-or-later
// Wires listeners, accept loop, connection table and libmicrohttpd together, and stops them in the right order.
#include "web/http_server.hpp"

#include <sys/eventfd.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <system_error>
#include <utility>

#include "core/file_descriptor.hpp"
#include "core/open_files.hpp"
#include "web/accept_loop.hpp"
#include "web/connection_limits.hpp"
#include "web/connection_table.hpp"
#include "web/fair_worker.hpp"
#include "web/lingering_close.hpp"
#include "web/listen_address.hpp"
#include "web/listener.hpp"
#include "web/mhd_daemon.hpp"
#include "web/router.hpp"
#include "web/security/gatekeeper.hpp"

namespace iptraf::web {
namespace {

constexpr std::chrono::milliseconds kDrainPatience{1000};
constexpr std::size_t kMaxWaitingSlow = 8;
constexpr double kMinTimeoutSeconds = 0.001;
constexpr double kMaxTimeoutSeconds = 86400;

Clock::duration to_duration(double seconds) {
  const double bounded = std::clamp(seconds, kMinTimeoutSeconds, kMaxTimeoutSeconds);
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(bounded));
}

FileDescriptor make_eventfd() {
  FileDescriptor made(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!made.is_open())
    throw std::system_error(errno, std::generic_category(), "the HTTP server cannot create an eventfd");
  return made;
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(ServerOptions options, std::vector<Route> routes)
      : router_(std::move(routes)),
        limits_(connection_limits(options.max_connections, open_files_left())),
        table_(limits_, to_duration(options.timeout_seconds)),
        wake_(make_eventfd()),
        lingering_(wake_.get(), limits_.lingering),
        gatekeeper_(std::move(options.web_config), limits_.connections) {
    if (options.listen_addresses.empty() && options.sockets.empty()) {
      throw ListenError("no listen address is given; add --web.listen-address");
    }
    for (const std::string& text : options.listen_addresses) {
      listeners_.emplace_back(parse_listen_address(text), options.socket_group);
    }
    for (FileDescriptor& socket : options.sockets) listeners_.emplace_back(std::move(socket));
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ~Impl() {
    accept_loop_.reset();
    listeners_.clear();
    if (daemon_) table_.drain(kDrainPatience);
    gatekeeper_.stop_checking();
    slow_routes_.stop();
    daemon_.reset();
  }

  void start() {
    if (daemon_) return;
    gatekeeper_.start_checking();
    slow_routes_.start();
    daemon_.emplace(context_);
    accept_loop_.emplace(listeners_, table_, lingering_, wake_.get(), limits_.waiting,
                         [this](int fd, const sockaddr* peer, socklen_t peer_length) {
                           return daemon_->add_connection(fd, peer, peer_length);
                         });
  }

  std::vector<std::string> addresses() const {
    std::vector<std::string> list;
    for (const Listener& listener : listeners_) list.push_back(listener.address());
    return list;
  }

 private:
  Router router_;
  const ConnectionLimits limits_;
  ConnectionTable table_;
  FileDescriptor wake_;
  LingeringClose lingering_;
  Gatekeeper gatekeeper_;
  FairWorker slow_routes_{"http-slow", kMaxWaitingSlow};
  MhdContext context_{router_, table_, lingering_, gatekeeper_, slow_routes_};
  std::deque<Listener> listeners_;
  std::optional<MhdDaemon> daemon_;
  std::optional<AcceptLoop> accept_loop_;
};

HttpServer::HttpServer(ServerOptions options, std::vector<Route> routes)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(routes))) {}

HttpServer::~HttpServer() = default;

void HttpServer::start() { impl_->start(); }

std::vector<std::string> HttpServer::addresses() const { return impl_->addresses(); }

}  // namespace iptraf::web
