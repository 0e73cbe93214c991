// SPDX-License-Identifier: GPL-2.0-or-later
// seccomp(2): system calls that no exporter makes.
#include "privilege/system_call_filter.hpp"

#include <asm/sockios.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace iptraf::privilege {
namespace {

constexpr std::array kRefused{SCMP_SYS(execve),
                              SCMP_SYS(execveat),
                              SCMP_SYS(ptrace),
                              SCMP_SYS(process_vm_readv),
                              SCMP_SYS(process_vm_writev),
                              SCMP_SYS(pidfd_getfd),
                              SCMP_SYS(kcmp),
                              SCMP_SYS(mount),
                              SCMP_SYS(umount2),
                              SCMP_SYS(pivot_root),
                              SCMP_SYS(chroot),
                              SCMP_SYS(move_mount),
                              SCMP_SYS(open_tree),
                              SCMP_SYS(fsopen),
                              SCMP_SYS(fsmount),
                              SCMP_SYS(fsconfig),
                              SCMP_SYS(fspick),
                              SCMP_SYS(mount_setattr),
                              SCMP_SYS(unshare),
                              SCMP_SYS(setns),
                              SCMP_SYS(bpf),
                              SCMP_SYS(perf_event_open),
                              SCMP_SYS(userfaultfd),
                              SCMP_SYS(init_module),
                              SCMP_SYS(finit_module),
                              SCMP_SYS(delete_module),
                              SCMP_SYS(kexec_load),
                              SCMP_SYS(kexec_file_load),
                              SCMP_SYS(keyctl),
                              SCMP_SYS(add_key),
                              SCMP_SYS(request_key),
                              SCMP_SYS(io_uring_setup),
                              SCMP_SYS(personality),
                              SCMP_SYS(reboot),
                              SCMP_SYS(swapon),
                              SCMP_SYS(swapoff),
                              SCMP_SYS(acct),
                              SCMP_SYS(quotactl),
                              SCMP_SYS(settimeofday),
                              SCMP_SYS(clock_settime),
                              SCMP_SYS(adjtimex),
                              SCMP_SYS(sethostname),
                              SCMP_SYS(setdomainname),
                              SCMP_SYS(kill),
                              SCMP_SYS(tkill),
                              SCMP_SYS(rt_sigqueueinfo),
                              SCMP_SYS(rt_tgsigqueueinfo),
                              SCMP_SYS(pidfd_send_signal),
                              SCMP_SYS(open_by_handle_at),
                              SCMP_SYS(name_to_handle_at)};

constexpr scmp_datum_t kSocketTypeMask = 0xf;  // below SOCK_NONBLOCK and SOCK_CLOEXEC

struct Release {
  void operator()(void* filter) const noexcept { ::seccomp_release(filter); }
};

/// Refuses a call whose arguments are all as said.
template <std::size_t Arguments>
int refuse(scmp_filter_ctx filter, int call, const std::array<scmp_arg_cmp, Arguments>& arguments) {
  return ::seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), call, unsigned{Arguments}, arguments.data());
}

/// Of sockets there are those of the families that are spoken, and no raw ones of the internet's.
int refuse_sockets(scmp_filter_ctx filter) {
  constexpr int kLastSpoken = AF_NETLINK;
  const auto family = [](scmp_compare is, int value) {
    return scmp_arg_cmp{0, is, static_cast<scmp_datum_t>(value), 0};
  };
  int error = refuse(filter, SCMP_SYS(socket), std::array{family(SCMP_CMP_GT, kLastSpoken)});
  for (int other = AF_UNSPEC; other < kLastSpoken && error == 0; ++other) {
    if (other == AF_UNIX || other == AF_INET || other == AF_INET6) continue;
    error = refuse(filter, SCMP_SYS(socket), std::array{family(SCMP_CMP_EQ, other)});
  }
  for (const int internet : {AF_INET, AF_INET6}) {
    for (const int type : {SOCK_RAW, SOCK_PACKET}) {  // the second is an old name of packet sockets, see packet(7)
      const scmp_arg_cmp has_type{1, SCMP_CMP_MASKED_EQ, kSocketTypeMask, static_cast<scmp_datum_t>(type)};
      if (error == 0) error = refuse(filter, SCMP_SYS(socket), std::array{family(SCMP_CMP_EQ, internet), has_type});
    }
  }
  return error;
}

/// Aborting sends a signal to a thread of this process; nobody else gets any, nor by way of a file that becomes ready
/// (F_SETOWN in fcntl(2), FIOSETOWN in ioctl_tty(2)), and nobody's limits and priority are changed but its own.
int refuse_others(scmp_filter_ctx filter) {
  const auto own = static_cast<scmp_datum_t>(::getpid());
  const auto is = [](unsigned argument, scmp_compare compare, scmp_datum_t value) {
    return std::array{scmp_arg_cmp{argument, compare, value, 0}};
  };
  int error = refuse(filter, SCMP_SYS(tgkill), is(0, SCMP_CMP_NE, own));
  for (const unsigned command : {unsigned{F_SETOWN}, unsigned{F_SETOWN_EX}, unsigned{F_SETSIG}}) {
    if (error == 0) error = refuse(filter, SCMP_SYS(fcntl), is(1, SCMP_CMP_EQ, command));
  }
  for (const unsigned request : {unsigned{FIOSETOWN}, unsigned{SIOCSPGRP}}) {
    if (error == 0) error = refuse(filter, SCMP_SYS(ioctl), is(1, SCMP_CMP_EQ, request));
  }
  if (error == 0) error = refuse(filter, SCMP_SYS(prlimit64), is(0, SCMP_CMP_NE, 0));
  if (error == 0) error = refuse(filter, SCMP_SYS(setpriority), is(1, SCMP_CMP_NE, 0));
  return error;
}

}  // namespace

std::string refuse_system_calls() {
  const std::unique_ptr<void, Release> filter(::seccomp_init(SCMP_ACT_ALLOW));
  if (!filter) return "no memory";
  // Calls in the manner of another architecture too, such as x32: killing their thread would leave half a program.
  int error = ::seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
  if (error == 0) error = refuse_sockets(filter.get());
  if (error == 0) error = refuse_others(filter.get());
  for (const int call : kRefused) {
    // A call that this architecture does not have needs no rule.
    if (error == 0 && call >= 0) {
      error = ::seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(EPERM), call, 0, nullptr);
    }
  }
  if (error == 0) error = ::seccomp_load(filter.get());
  return error == 0 ? "" : std::strerror(-error);
}

}  // namespace iptraf::privilege
