// SPDX-License-Identifier: GPL-2.0-or-later
// The callbacks of libmicrohttpd. None lets an exception out, since C frames stand above it.
#include "web/mhd_daemon.hpp"

#include <gnutls/abstract.h>
#include <microhttpd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "web/exchange.hpp"
#include "web/head_layout.hpp"
#include "web/mhd_response.hpp"
#include "web/peer_address.hpp"
#include "web/security/tls_context.hpp"
#include "web/signal_block.hpp"
#include "web/socket_state.hpp"

namespace iptraf::web {
namespace {

constexpr unsigned kThreads = 2;  // one more than a slow answer can occupy
// Holds the longest allowed head and the library's index of its headers, with room to name what is too long.
constexpr std::size_t kConnectionMemoryBytes = std::size_t{512} << 10;

/// Whether the library that is loaded is of the series 0.9, whose parser passes over much; the next one's is strict.
bool is_parser_forgiving() { return std::string_view(MHD_get_version()).starts_with("0.9."); }

/// In the series 0.9 strictness is two rules alone, which the exchange has too: an answer of our own has the headers of
/// the web configuration. Later it is how much the parser forgives, and the answers to what it does not are its own.
int strictness() { return is_parser_forgiving() ? 0 : 1; }

struct Head {
  Exchange& exchange;
  HeadLayout layout;
};

/// Header names and values, as the library gives them one by one.
MHD_Result collect_header(void* argument, MHD_ValueKind, const char* name, std::size_t name_length, const char* value,
                          std::size_t value_length) noexcept {
  try {
    auto& head = *static_cast<Head*>(argument);
    const std::string_view name_text(name, name_length);
    const std::string_view value_text(value == nullptr ? "" : value, value_length);
    head.exchange.add_header(name_text, value_text);
    head.layout.add_header(name_text, value_text);
    return MHD_YES;
  } catch (const std::exception&) {
    return MHD_NO;
  }
}

Connection& connection_of(MHD_Connection* connection) {
  const MHD_ConnectionInfo* const info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return *static_cast<Connection*>(info->socket_context);
}

MHD_Result queue(MHD_Connection* connection, int status, const MhdResponse& response) {
  return response ? MHD_queue_response(connection, static_cast<unsigned>(status), response.get()) : MHD_NO;
}

gnutls_session_t tls_session_of(MHD_Connection* connection) {
  const MHD_ConnectionInfo* const info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  return info == nullptr ? nullptr : static_cast<gnutls_session_t>(info->tls_session);
}

/// The library leaves the connection alone until bcrypt is done, and then calls on_request() again.
void wait_for_password(Gatekeeper& gatekeeper, MHD_Connection* connection, Admission& admission) {
  MHD_suspend_connection(connection);
  try {
    gatekeeper.check_password(admission, [connection] { MHD_resume_connection(connection); });
  } catch (const std::exception&) {
    admission.state = Admission::State::kBusy;
    MHD_resume_connection(connection);
  }
}

/// False: the answer has to wait.
bool judge(MhdContext& context, MHD_Connection* mhd_connection, Exchange& exchange) {
  Admission& admission = exchange.admission();
  if (admission.state != Admission::State::kNew) return true;
  Connection& connection = connection_of(mhd_connection);
  exchange.set_arrived_by(context.table.request_complete(connection, Clock::now()));
  const bool has_verified_client =
      connection.tls && connection.tls->has_verified_client(tls_session_of(mhd_connection));
  context.gatekeeper.judge(exchange.request(), has_verified_client, admission);
  if (admission.state != Admission::State::kPasswordToCheck) return true;
  wait_for_password(context.gatekeeper, mhd_connection, admission);
  return false;
}

/// The library leaves the connection alone until the route has run, and then calls on_request() again.
void run_beside(MhdContext& context, MHD_Connection* connection, Exchange& exchange) {
  FairWorker::Job job = [&context, connection, &exchange](bool may_run) {
    exchange.prepare(context.router, may_run);
    MHD_resume_connection(connection);
  };
  MHD_suspend_connection(connection);
  context.slow_routes.ask(exchange.request().network, std::move(job));
}

/// Whether the client was let in by rules for client certificates that are no longer in effect.
bool has_outdated_client(const Connection& connection, const Admission& admission) {
  return connection.tls && admission.policy && admission.policy->tls &&
         !admission.policy->tls->judges_clients_like(*connection.tls);
}

/// Whether the answer ends only when its client takes it in.
bool needs_reader(const Response& response, const Recipient& recipient) {
  const std::size_t bytes = response.shared_body ? response.shared_body->size() : response.body.size();
  return !recipient.is_head && (response.next_piece || bytes > free_send_bytes(recipient.connection.fd));
}

MHD_Result answer(MhdContext& context, MHD_Connection* mhd_connection, Exchange& exchange) {
  Connection& connection = connection_of(mhd_connection);
  const Recipient recipient{context.table, connection, exchange.has_method("HEAD")};
  try {
    if (!judge(context, mhd_connection, exchange)) return MHD_YES;
    // A client that may come in connects again, and sends again what was not answered.
    if (has_outdated_client(connection, exchange.admission())) return MHD_NO;
    // Whoever did not wait would keep those waiting who do.
    if (context.table.is_crowded(Clock::now()) && has_hung_up(connection.fd)) return MHD_NO;
    if (!exchange.is_prepared() && context.router.is_slow(exchange.request())) {
      run_beside(context, mhd_connection, exchange);
      return MHD_YES;
    }
    Response response = exchange.respond(context.router);
    if (needs_reader(response, recipient) && !context.table.may_answer_at_length(connection)) {
      response = exchange.busy();
    }
    if (context.table.is_crowded(Clock::now())) response.headers["Connection"] = "close";
    int status = response.status;
    MhdResponse made;
    try {
      made = make_response(std::move(response), recipient);
    } catch (const std::invalid_argument& error) {
      status = MHD_HTTP_INTERNAL_SERVER_ERROR;
      made = make_response(
          exchange.dressed(error_response(status, std::string("The answer could not be made: ") + error.what())),
          recipient);
    }
    context.table.answer_ready(connection, Clock::now());
    return queue(mhd_connection, status, made);
  } catch (const std::exception&) {
    context.table.answer_ready(connection, Clock::now());
    return queue(mhd_connection, MHD_HTTP_SERVICE_UNAVAILABLE,
                 make_static_response("There is not enough memory for this answer.\n"));
  }
}

/// The exchange decodes the query. The library would index it too, in the memory of the connection, and leaves a client
/// without an answer where that does not suffice; it reads the text that it gives to the callback only afterwards.
void hide_query_from_library(const char* target) {
  const char* const query = std::strchr(target, '?');
  if (query != nullptr && query[1] != '\0') const_cast<char*>(query)[1] = '\0';
}

/// The request line has come. Starts the exchange, with the address as the client wrote it.
void* on_request_line(void*, const char* target, MHD_Connection*) noexcept {
  try {
    auto exchange = std::make_unique<Exchange>(target);
    hide_query_from_library(target);
    return exchange.release();
  } catch (const std::exception&) {
    return nullptr;
  }
}

/// The library leaves a head where it read it to; but for folded lines, which are refused so.
bool is_read_in_one_way(MHD_Connection* connection, const char* method, const HeadLayout& layout) {
  if (!is_parser_forgiving()) return true;
  const std::size_t bytes = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
  return layout.is_whole_up_to(method + bytes);
}

void take_head(MHD_Connection* mhd_connection, const char* target, const char* method, const char* version,
               Exchange& exchange) {
  exchange.set_method(method);
  exchange.set_needs_host(std::strcmp(version, MHD_HTTP_VERSION_1_0) != 0);
  const sockaddr* const peer = MHD_get_connection_info(mhd_connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
  exchange.set_peer(is_local_peer(peer), peer != nullptr && peer->sa_family == AF_UNIX,
                    peer == nullptr ? 0 : peer_network(*peer));
  const int expected = MHD_get_connection_values(mhd_connection, MHD_HEADER_KIND, nullptr, nullptr);
  Head head{exchange, {method, {target, exchange.target_bytes()}, version}};
  const int read = MHD_get_connection_values_n(mhd_connection, MHD_HEADER_KIND, collect_header, &head);
  if (read != expected) throw std::bad_alloc();
  if (!is_read_in_one_way(mhd_connection, method, head.layout)) exchange.set_ambiguous();
}

/// Called with the head, then with each piece of the body, then with a size of 0 at the end of the request.
MHD_Result on_request(void* argument, MHD_Connection* connection, const char* target, const char* method,
                      const char* version, const char* body, std::size_t* body_size, void** exchange_slot) noexcept {
  auto& context = *static_cast<MhdContext*>(argument);
  auto* const exchange = static_cast<Exchange*>(*exchange_slot);
  if (exchange == nullptr) return MHD_NO;
  try {
    if (!exchange->has_head()) {
      take_head(connection, target, method, version, *exchange);
      return exchange->finish_head(context.router) ? answer(context, connection, *exchange) : MHD_YES;
    }
    if (*body_size > 0) {
      const bool is_bearable = exchange->add_body({body, *body_size});
      *body_size = 0;
      return is_bearable ? MHD_YES : MHD_NO;
    }
    return answer(context, connection, *exchange);
  } catch (const std::exception&) {
    return MHD_NO;
  }
}

void on_request_end(void* argument, MHD_Connection* connection, void** exchange_slot,
                    MHD_RequestTerminationCode) noexcept {
  auto& context = *static_cast<MhdContext*>(argument);
  delete static_cast<Exchange*>(*exchange_slot);
  *exchange_slot = nullptr;
  context.table.answer_ended(connection_of(connection), Clock::now());
}

/// Before the handshake: the session gets the certificate and the rules of this moment.
bool begin_tls(Gatekeeper& gatekeeper, gnutls_session_t session, Connection& connection) noexcept {
  try {
    connection.tls = gatekeeper.tls_context();
    return connection.tls && connection.tls->attach(session);
  } catch (const std::exception&) {
    return false;
  }
}

/// The library wants someone to ask for certificates, but each session has its own from its begin on.
int no_certificate(gnutls_session_t, const gnutls_datum_t*, int, const gnutls_pk_algorithm_t*, int, gnutls_pcert_st**,
                   unsigned int*, gnutls_privkey_t*) noexcept {
  return -1;
}

void on_connection(void* argument, MHD_Connection* mhd_connection, void** socket_context,
                   MHD_ConnectionNotificationCode event) noexcept {
  auto& context = *static_cast<MhdContext*>(argument);
  if (event == MHD_CONNECTION_NOTIFY_STARTED) {
    const int fd = MHD_get_connection_info(mhd_connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    Connection& connection = context.table.started(fd, Clock::now());
    *socket_context = &connection;
    const gnutls_session_t session = tls_session_of(mhd_connection);
    if (session != nullptr && !begin_tls(context.gatekeeper, session, connection)) shutdown(fd, SHUT_RDWR);
    return;
  }
  auto& connection = *static_cast<Connection*>(*socket_context);
  const int fd = connection.fd;
  if (!context.table.closed(connection)) context.lingering.adopt(fd);
}

/// Decoding is the exchange's work; the library's own would cut the text at an encoded NUL.
std::size_t leave_encoded(void*, MHD_Connection*, char* text) noexcept { return std::strlen(text); }

}  // namespace

MhdDaemon::MhdDaemon(MhdContext& context) {
  const SignalBlock block;
  unsigned flags = MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_NO_LISTEN_SOCKET |
                   MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
  std::vector<MHD_OptionItem> tls_options;
  if (context.gatekeeper.has_tls()) {
    if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES) {
      throw std::runtime_error("libmicrohttpd on this machine was built without TLS");
    }
    flags |= MHD_USE_TLS;
    tls_options.push_back({MHD_OPTION_HTTPS_CERT_CALLBACK, 0, reinterpret_cast<void*>(&no_certificate)});
  }
  tls_options.push_back({MHD_OPTION_END, 0, nullptr});
  // Each thread alone must be able to hold every connection, since the library spreads them by descriptor number.
  const unsigned connection_limit = kThreads * (context.table.max_open() + 1);
  daemon_.reset(MHD_start_daemon(
      flags, 0, nullptr, nullptr, &on_request, &context, MHD_OPTION_THREAD_POOL_SIZE, kThreads,
      MHD_OPTION_CONNECTION_LIMIT, connection_limit, MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemoryBytes,
      MHD_OPTION_STRICT_FOR_CLIENT, strictness(), MHD_OPTION_URI_LOG_CALLBACK, &on_request_line, nullptr,
      MHD_OPTION_UNESCAPE_CALLBACK, &leave_encoded, nullptr, MHD_OPTION_NOTIFY_COMPLETED, &on_request_end, &context,
      MHD_OPTION_NOTIFY_CONNECTION, &on_connection, &context, MHD_OPTION_ARRAY, tls_options.data(), MHD_OPTION_END));
  if (!daemon_) throw std::system_error(errno, std::generic_category(), "the HTTP library cannot start its threads");
}

bool MhdDaemon::add_connection(int fd, const sockaddr* peer, socklen_t peer_length) {
  return MHD_add_connection(daemon_.get(), fd, peer, peer_length) == MHD_YES;
}

void MhdDaemon::Stop::operator()(MHD_Daemon* daemon) const { MHD_stop_daemon(daemon); }

}  // namespace iptraf::web
