// SPDX-License-Identifier: GPL-2.0-or-later
// Dnsmasq: the real name server of that name as a child process on loopback.
#include "support/dnsmasq.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>

#include "support/dns_server.hpp"

namespace iptraf::test {
namespace {

std::string find_program() {
  for (const char* const path : {"/usr/sbin/dnsmasq", "/sbin/dnsmasq", "/usr/local/sbin/dnsmasq", "/usr/bin/dnsmasq"}) {
    if (::access(path, X_OK) == 0) return path;
  }
  throw std::runtime_error("dnsmasq is not installed: install the package dnsmasq-base, which this test needs");
}

}  // namespace

Dnsmasq::Dnsmasq(const std::vector<std::string>& ptr_records) {
  const std::string program = find_program();
  // Somebody else may take the port before dnsmasq does.
  constexpr int kTries = 5;
  for (int i = 0; i < kTries; ++i) {
    if (start(program, ptr_records, free_dns_port())) return;
    stop();
  }
  throw std::runtime_error("dnsmasq does not start: " + log_text_);
}

Dnsmasq::~Dnsmasq() { stop(); }

bool Dnsmasq::start(const std::string& program, const std::vector<std::string>& ptr_records, std::uint16_t port) {
  address_ = "127.0.0.1:" + std::to_string(port);
  std::vector<std::string> arguments{program,
                                     "--no-daemon",
                                     "--conf-file=/dev/null",
                                     "--no-resolv",
                                     "--no-hosts",
                                     "--local-ttl=300",
                                     "--listen-address=127.0.0.1",
                                     "--bind-interfaces",
                                     "--local=/in-addr.arpa/",
                                     "--local=/ip6.arpa/",
                                     "--port=" + std::to_string(port)};
  for (const std::string& record : ptr_records) arguments.push_back("--ptr-record=" + record);
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);

  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  log_.reset(ends[0]);
  const FileDescriptor log_end(ends[1]);
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(log_end.get(), STDERR_FILENO);
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }
  return wait_until_started();
}

/// Its sockets are open when it logs that it has started; when it cannot open them, it ends, and the log with it.
bool Dnsmasq::wait_until_started() {
  log_text_.clear();
  while (log_text_.find("started, version") == std::string::npos) {
    std::array<char, 512> buffer{};
    const ssize_t got = ::read(log_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    log_text_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return true;
}

void Dnsmasq::stop() noexcept {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  pid_ = -1;
}

}  // namespace iptraf::test
