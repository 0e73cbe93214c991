// SPDX-License-Identifier: GPL-2.0-or-later
// HostNames: reverse lookup of addresses in the background, remembered.
#include "names/host_names.hpp"

#include <ares.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include "core/file_descriptor.hpp"
#include "core/file_version.hpp"
#include "core/token_bucket.hpp"
#include "names/host_name_cache.hpp"
#include "names/ptr_message.hpp"

namespace iptraf::names {
namespace {

using Clock = HostNameCache::Clock;

constexpr int kClassInternet = 1;
constexpr int kTypePtr = 12;

FileDescriptor open_or_throw(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return FileDescriptor(fd);
}

[[noreturn]] void throw_error(const std::string& what, const std::string& reason, const std::string& remedy) {
  throw HostNamesError(what + ": " + reason + "; " + remedy + ", or set names.reverse_lookup to false");
}

/// Once for the process: c-ares counts its users without a lock.
void start_library() {
  static const int kStatus = ares_library_init(ARES_LIB_INIT_ALL);
  if (kStatus != ARES_SUCCESS) {
    throw_error("the c-ares library of the reverse lookup cannot be initialised", ares_strerror(kStatus),
                "free memory");
  }
}

enum class Outcome : std::uint8_t { kFound, kNotFound, kRejected, kFailed };

/// What became of a lookup. The name is empty unless it was found.
struct LookupResult {
  Outcome outcome = Outcome::kFailed;
  std::string name;
  std::chrono::seconds ttl{};  ///< when found
};

LookupResult read_result(int status, std::span<const std::uint8_t> message) {
  if (status == ARES_ENOTFOUND || status == ARES_ENODATA) return {Outcome::kNotFound, {}, {}};
  if (status != ARES_SUCCESS) return {};
  auto answer = read_ptr_answer(message);
  if (!answer) return {};
  if (answer->host_name.empty()) return {Outcome::kRejected, {}, {}};
  return {Outcome::kFound, std::move(answer->host_name), answer->ttl};
}

/// A c-ares channel whose sockets an epoll set watches. Threading: one thread, but for wake().
class DnsChannel {
 public:
  /// Called once for each ask(), from within ask() or process().
  using OnResult = std::function<void(const IpAddress&, LookupResult)>;

  DnsChannel(const HostNamesOptions& options, OnResult on_result)
      : options_(options),
        on_result_(std::move(on_result)),
        epoll_(open_or_throw(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1 for the reverse lookup")),
        wake_(open_or_throw(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd for the reverse lookup")),
        lookups_(std::max(options.max_in_flight, 1U)),
        resolv_conf_version_(version_of(options.resolv_conf)) {
    start_library();
    watch(wake_.get(), EPOLLIN);
    check_resolv_conf();
    const int status = open(channel_);
    if (status != ARES_SUCCESS) throw_error("c-ares cannot open a channel", ares_strerror(status), "free memory");
    set_servers();
  }
  ~DnsChannel() { ares_destroy(channel_); }
  DnsChannel(const DnsChannel&) = delete;
  DnsChannel& operator=(const DnsChannel&) = delete;

  /// True when it takes another lookup: there is room, and the servers are those of resolv.conf as it stands now.
  /// A change of that file is followed when nothing is in flight.
  bool is_ready() {
    if (in_flight_ == lookups_.size()) return false;
    if (!options_.servers.empty()) return true;
    const FileVersion version = version_of(options_.resolv_conf);
    if (version == resolv_conf_version_) return true;
    if (in_flight_ > 0) return false;
    resolv_conf_version_ = version;
    ares_channel fresh = nullptr;
    if (open(fresh) == ARES_SUCCESS) {
      ares_destroy(channel_);
      channel_ = fresh;
    }
    return true;
  }

  /// Begins a lookup. The channel must be ready.
  void ask(const IpAddress& address) {
    Lookup& lookup =
        *std::find_if(lookups_.begin(), lookups_.end(), [](const Lookup& each) { return each.channel == nullptr; });
    lookup = {this, address};
    ++in_flight_;
    try {
      ares_query(channel_, reverse_name(address).c_str(), kClassInternet, kTypePtr, on_answer, &lookup);
    } catch (const std::bad_alloc&) {
      finish(lookup, {});
    }
  }

  /// Waits until an answer comes, a try times out, wake() is called, or `limit` is over, and does what is due.
  void process(std::optional<std::chrono::duration<double>> limit) {
    std::array<epoll_event, 16> events{};
    const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms(limit));
    for (int i = 0; i < ready; ++i) {
      const auto& event = events.at(static_cast<std::size_t>(i));
      if (event.data.fd == wake_.get()) {
        eventfd_t ignored = 0;
        ::eventfd_read(wake_.get(), &ignored);
        continue;
      }
      constexpr std::uint32_t kBroken = EPOLLERR | EPOLLHUP;
      ares_process_fd(channel_, (event.events & (EPOLLIN | kBroken)) != 0 ? event.data.fd : ARES_SOCKET_BAD,
                      (event.events & (EPOLLOUT | kBroken)) != 0 ? event.data.fd : ARES_SOCKET_BAD);
    }
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  }

  /// Ends a process() that waits, or the next one. Any thread.
  void wake() noexcept { ::eventfd_write(wake_.get(), 1); }

 private:
  struct Lookup {
    DnsChannel* channel = nullptr;  ///< null: free
    IpAddress address{};
  };

  /// c-ares would ask 127.0.0.1 without a word, as is right only where there is no such file (resolv.conf(5)).
  void check_resolv_conf() const {
    if (!options_.servers.empty() || ::access(options_.resolv_conf.c_str(), R_OK) == 0 || errno == ENOENT) return;
    throw_error("cannot read " + options_.resolv_conf, std::generic_category().message(errno), "make it readable");
  }

  /// A status of c-ares.
  int open(ares_channel& channel) {
    ares_options ares{};
    ares.timeout = static_cast<int>(std::clamp<std::int64_t>(options_.try_timeout.count(), 1, 3'600'000));
    ares.tries = std::max(options_.tries, 1);
    ares.udp_port = options_.port;
    ares.tcp_port = options_.port;
    ares.resolvconf_path = options_.resolv_conf.data();
    std::string dns_alone = "b";
    ares.lookups = dns_alone.data();
    ares.sock_state_cb = on_socket;
    ares.sock_state_cb_data = this;
    return ares_init_options(&channel, &ares,
                             ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT |
                                 ARES_OPT_RESOLVCONF | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB);
  }

  void set_servers() {
    if (options_.servers.empty()) return;
    std::string servers;
    for (const std::string& server : options_.servers) servers += (servers.empty() ? "" : ",") + server;
    const int status = ares_set_servers_ports_csv(channel_, servers.c_str());
    if (status == ARES_SUCCESS) return;
    ares_destroy(channel_);
    throw_error("cannot ask the DNS servers \"" + servers + '"', ares_strerror(status),
                "write ADDRESS, ADDRESS:PORT or [V6]:PORT");
  }

  void watch(int fd, std::uint32_t wanted) noexcept {
    epoll_event event{};
    event.events = wanted;
    event.data.fd = fd;
    if (wanted == 0) {
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    } else if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0) {
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
    }
  }

  int wait_ms(std::optional<std::chrono::duration<double>> limit) const {
    constexpr double kLongestMs = 3'600'000;
    double wait = kLongestMs;
    timeval left{};
    if (ares_timeout(channel_, nullptr, &left) != nullptr) {
      wait = static_cast<double>(left.tv_sec) * 1000 + static_cast<double>(left.tv_usec) / 1000 + 1;
    }
    if (limit) wait = std::min(wait, limit->count() * 1000 + 1);
    return static_cast<int>(std::clamp(wait, 0.0, kLongestMs));
  }

  void finish(Lookup& lookup, LookupResult result) {
    lookup.channel = nullptr;
    --in_flight_;
    on_result_(lookup.address, std::move(result));
  }

  static void on_socket(void* channel, ares_socket_t fd, int is_readable, int is_writable) noexcept {
    const std::uint32_t wanted = (is_readable != 0 ? EPOLLIN : 0U) | (is_writable != 0 ? EPOLLOUT : 0U);
    static_cast<DnsChannel*>(channel)->watch(fd, wanted);
  }

  static void on_answer(void* argument, int status, int /*timeouts*/, unsigned char* message, int bytes) noexcept {
    if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED) return;
    Lookup& lookup = *static_cast<Lookup*>(argument);
    LookupResult result;
    try {
      result = read_result(status, {message, static_cast<std::size_t>(message == nullptr ? 0 : std::max(bytes, 0))});
    } catch (const std::bad_alloc&) {
      result = {};
    }
    lookup.channel->finish(lookup, std::move(result));
  }

  HostNamesOptions options_;
  OnResult on_result_;
  FileDescriptor epoll_;
  FileDescriptor wake_;
  std::vector<Lookup> lookups_;  ///< never resized: c-ares holds pointers
  std::size_t in_flight_ = 0;
  FileVersion resolv_conf_version_;
  ares_channel channel_ = nullptr;
};

/// A thread that takes no signals: it inherits the mask that the creating thread has meanwhile.
template <typename Run>
std::thread start_thread_without_signals(Run run) {
  struct MaskGuard {
    MaskGuard() {
      sigset_t all;
      sigfillset(&all);
      ::pthread_sigmask(SIG_SETMASK, &all, &previous);
    }
    ~MaskGuard() { ::pthread_sigmask(SIG_SETMASK, &previous, nullptr); }
    MaskGuard(const MaskGuard&) = delete;
    MaskGuard& operator=(const MaskGuard&) = delete;
    sigset_t previous{};
  };
  const MaskGuard guard;
  std::thread thread(std::move(run));
  ::pthread_setname_np(thread.native_handle(), "host-names");
  return thread;
}

}  // namespace

/// The cache behind a mutex, and the thread that fills it.
class HostNames::Resolver {
 public:
  explicit Resolver(const HostNamesOptions& options)
      : options_(options),
        cache_(std::max(options.max_cached, 1U), std::max<std::size_t>(options.max_waiting, 1)),
        bucket_(options.queries_per_second, options.burst, Clock::now()),
        channel_(options,
                 [this](const IpAddress& address, LookupResult result) { store(address, std::move(result)); }) {}

  ~Resolver() {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    channel_.wake();
    if (thread_.joinable()) thread_.join();
  }
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  std::string name_of(const IpAddress& address) {
    const std::lock_guard lock(mutex_);
    // Not before the first question: the process gives up its privileges while it has one thread.
    if (!thread_.joinable()) thread_ = start_thread_without_signals([this] { run(); });
    const bool was_idle = cache_.waiting() == 0;
    std::string name = cache_.ask(address, Clock::now());
    if (was_idle && cache_.waiting() > 0) channel_.wake();
    return name;
  }

  HostNamesCounters counters() const {
    const std::lock_guard lock(mutex_);
    HostNamesCounters counters = counters_;
    counters.dropped = cache_.turned_away();
    counters.cached = cache_.size();
    counters.waiting = cache_.waiting();
    counters.in_flight = static_cast<std::size_t>(counters.queries - counters.ended());
    return counters;
  }

  bool wait_for_lookups(std::uint64_t count, std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return lookup_ended_.wait_for(lock, limit, [&] { return counters_.ended() >= count; });
  }

 private:
  void run() {
    while (true) {
      std::optional<std::chrono::duration<double>> wait;
      while (channel_.is_ready()) {
        const auto address = next_lookup(wait);
        if (!address) break;
        channel_.ask(*address);
      }
      if (is_stopping()) return;
      channel_.process(wait);
    }
  }

  bool is_stopping() const {
    const std::lock_guard lock(mutex_);
    return is_stopping_;
  }

  /// The address to look up now, or how long the rate limit forbids the next.
  std::optional<IpAddress> next_lookup(std::optional<std::chrono::duration<double>>& wait) {
    const std::lock_guard lock(mutex_);
    if (is_stopping_ || cache_.waiting() == 0) return std::nullopt;
    const Clock::time_point now = Clock::now();
    const auto token_in = bucket_.wait(now);
    if (token_in > token_in.zero()) {
      wait = token_in;
      return std::nullopt;
    }
    const auto address = cache_.start_next();
    if (!address) return std::nullopt;
    bucket_.take(now);
    ++counters_.queries;
    return address;
  }

  void store(const IpAddress& address, LookupResult result) {
    const std::lock_guard lock(mutex_);
    std::chrono::seconds ttl = options_.not_found_ttl;
    if (result.outcome == Outcome::kFound) {
      ttl = std::max(options_.shortest_ttl, std::min(options_.longest_ttl, result.ttl));
    } else if (result.outcome == Outcome::kFailed) {
      ttl = options_.failed_ttl;
    }
    cache_.store(address, std::move(result.name), Clock::now() + ttl);
    const std::array ended{&counters_.found, &counters_.not_found, &counters_.rejected, &counters_.failed};
    ++*ended.at(static_cast<std::size_t>(result.outcome));
    lookup_ended_.notify_all();
  }

  const HostNamesOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable lookup_ended_;
  HostNameCache cache_;
  TokenBucket bucket_;
  HostNamesCounters counters_;
  bool is_stopping_ = false;
  DnsChannel channel_;  ///< touched by the thread alone, but for wake()
  std::thread thread_;  ///< the last: it uses everything above
};

HostNames::HostNames(const HostNamesOptions& options) : resolver_(std::make_unique<Resolver>(options)) {}

HostNames::~HostNames() = default;

std::string HostNames::name_of(const IpAddress& address) { return resolver_->name_of(address); }

HostNamesCounters HostNames::counters() const { return resolver_->counters(); }

bool HostNames::wait_for_lookups(std::uint64_t count, std::chrono::milliseconds limit) {
  return resolver_->wait_for_lookups(count, limit);
}

}  // namespace iptraf::names
