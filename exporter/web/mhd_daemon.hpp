// SPDX-License-Identifier: GPL-2.0-or-later
// MhdDaemon: libmicrohttpd parses requests and writes responses on its threads; it neither listens nor limits.
#pragma once

#include <sys/socket.h>

#include <memory>

#include "web/connection_table.hpp"
#include "web/fair_worker.hpp"
#include "web/lingering_close.hpp"
#include "web/router.hpp"
#include "web/security/gatekeeper.hpp"

struct MHD_Daemon;

namespace iptraf::web {

/// What the callbacks of libmicrohttpd work with; outlives the daemon.
struct MhdContext {
  const Router& router;
  ConnectionTable& table;
  LingeringClose& lingering;
  Gatekeeper& gatekeeper;
  FairWorker& slow_routes;
};

/// Runs from construction to destruction, before which the gatekeeper has stopped checking passwords, and slow routes
/// have ended. Its threads take no signals, and a peer that is gone raises no SIGPIPE.
class MhdDaemon {
 public:
  /// Speaks TLS when the gatekeeper has it. Throws std::runtime_error when the library cannot start.
  explicit MhdDaemon(MhdContext& context);

  /// Takes over an accepted socket. False: refused, and closed already. Any thread.
  bool add_connection(int fd, const sockaddr* peer, socklen_t peer_length);

 private:
  struct Stop {
    void operator()(MHD_Daemon* daemon) const;
  };
  std::unique_ptr<MHD_Daemon, Stop> daemon_;
};

}  // namespace iptraf::web
