// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of lock_down(): a child gives up its rights and then tries what is forbidden.
#include "privilege/lock_down.hpp"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <thread>

#include "core/file_descriptor.hpp"
#include "in_child.hpp"
#include "privilege/identity.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"
#include "support/temporary_directory.hpp"

using namespace iptraf;
using namespace iptraf::privilege;
using Catch::Matchers::Contains;
using iptraf::test::in_child;
using iptraf::test::LogCapture;
using iptraf::test::TemporaryDirectory;

namespace {

constexpr uid_t kDaemon = 1;

bool is_root() { return ::geteuid() == 0; }

/// "" when a call that is refused gave EPERM, else what it gave.
std::string refusal(const char* name, long result) {
  if (result < 0 && errno == EPERM) return "";
  return std::string(name) + " gave " + std::to_string(result) + " with error " + std::to_string(errno) + "; ";
}

std::string status_line(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  }
  return "none";
}

std::string error_of_opening(const std::string& path, int flags) {
  const FileDescriptor file(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  return file.is_open() ? "opened" : std::to_string(errno);
}

/// The error of opening a file beside an output of root's, which goes on to be root's or is handed over to daemon.
std::string error_beside(const std::string& above, const std::string& user, uid_t owner_above) {
  const std::string output = above + "/iptraf_test_output";
  const std::string beside = above + "/iptraf_test_beside";
  const FileDescriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  ::fchmod(file.get(), 0666);  // so that permissions alone would let it be opened
  ::mkdir(output.c_str(), 0755);
  REQUIRE(::chown(above.c_str(), owner_above, 0) == 0);
  std::string found = in_child([&] {
    LockDown settings;
    settings.user = user;
    settings.outputs.push_back({"rrd.directory", output, is_database_name, 2});
    lock_down(settings);
    return error_of_opening(output + "/new", O_WRONLY | O_CREAT) + " " + error_of_opening(beside, O_WRONLY);
  });
  ::unlink((output + "/new").c_str());
  ::rmdir(output.c_str());
  ::unlink(beside.c_str());
  return found;
}

}  // namespace

TEST_CASE("After it no capability is left and none can come back") {
  const std::string found = in_child([] {
    lock_down({});
    return status_line("CapInh") + status_line("CapPrm") + status_line("CapEff") + status_line("CapAmb") +
           status_line("NoNewPrivs") + status_line("Seccomp") + std::to_string(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
  });
  const std::string none(16, '0');
  CHECK(found == none + none + none + none + "1" + "2" + "0");
}

TEST_CASE("Root becomes the user that is named, with its groups, and cannot go back") {
  if (!is_root()) return;
  const std::string found = in_child([] {
    LockDown settings;
    settings.user = "daemon";
    std::string text = lock_down(settings);
    text += " " + status_line("Uid") + " " + status_line("Gid") + " " + status_line("Groups") + status_line("CapBnd");
    return text + (::setuid(0) == 0 ? " and back" : "");
  });
  CHECK(found == "daemon 1\t1\t1\t1 1\t1\t1\t1 1 " + std::string(16, '0'));
}

TEST_CASE("Root stays root, without its rights, when the flag says so") {
  if (!is_root()) return;
  CHECK(in_child([] {
          LockDown settings;
          settings.user = "root";
          const std::string name = lock_down(settings);
          return name + " " + status_line("CapEff");
        }) == "root " + std::string(16, '0'));
}

TEST_CASE("A user that does not exist is named with the command that makes it") {
  if (!is_root()) return;
  CHECK(in_child([] {
          LockDown settings;
          settings.user = "nobody_of_this_name";
          return lock_down(settings);
        }) ==
        "--user=nobody_of_this_name: there is no such user; adduser --system --group nobody_of_this_name makes it");
}

TEST_CASE("A user may be named by number") {
  if (!is_root()) return;
  const auto become = [](const std::string& user) {
    return in_child([&user] {
      LockDown settings;
      settings.user = user;
      return lock_down(settings);
    });
  };
  CHECK(become("65534") == "nobody");
  CHECK(become("4294967290") == "--user=4294967290: no user has this number; name one");
}

TEST_CASE("Who is not root is told that another user has no effect, and its own is no matter") {
  if (!is_root()) return;
  const auto told = [](const std::string& user) {
    return in_child([&user] {
      LockDown first;
      first.user = "nobody";
      lock_down(first);
      const LogCapture log;
      target_identity(user);
      return log.text();
    });
  };
  CHECK_THAT(told("daemon"), Contains("--user=daemon has no effect"));
  CHECK(told("nobody").empty());
}

#ifdef __x86_64__
TEST_CASE("Calls in the manner of another architecture are refused and end nothing") {
  constexpr long kX32Execve = 0x40000000 + 520;  // __X32_SYSCALL_BIT and its number in asm/unistd_x32.h
  CHECK(in_child([] {
          lock_down({});
          char* const arguments[] = {nullptr};
          return refusal("execve", ::syscall(kX32Execve, "/bin/true", arguments, arguments));
        }).empty());
}
#endif

TEST_CASE("System calls that an intruder would want are refused, those of an exporter are not") {
  CHECK(in_child([] {
          lock_down({});
          char* const arguments[] = {nullptr};
          std::string found = refusal("execve", ::execve("/bin/true", arguments, arguments));
          found += refusal("ptrace", ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr));
          found += refusal("mount", ::mount("none", "/mnt", "tmpfs", 0, nullptr));
          found += refusal("unshare", ::syscall(SYS_unshare, 0x10000000));
          found += refusal("bpf", ::syscall(SYS_bpf, 0, nullptr, 0));
          found += refusal("init_module", ::syscall(SYS_init_module, nullptr, 0, nullptr));
          found += refusal("keyctl", ::syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, 0, 0));
          found += refusal("packet socket", ::socket(AF_PACKET, SOCK_DGRAM, 0));
          found += refusal("packet socket, closed on exec", ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
          found += refusal("raw socket", ::socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMP));
          found += refusal("raw IPv6 socket", ::socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
          found += refusal("packet socket of old", ::socket(AF_INET, SOCK_PACKET, 0));
          for (const int family : {AF_UNSPEC, AF_X25, AF_KEY, AF_PACKET, AF_CAN, AF_ALG, AF_VSOCK, 1000, -1}) {
            found += refusal("a socket of another family", ::socket(family, SOCK_DGRAM, 0));
          }
          found += refusal("a signal to the parent", ::kill(::getppid(), 0));
          found += refusal("a signal to init", ::syscall(SYS_tgkill, 1, 1, 0));
          found += refusal("an owner of signals", ::fcntl(0, F_SETOWN, ::getppid()));
          found += refusal("another signal", ::fcntl(0, F_SETSIG, SIGKILL));
          found +=
              refusal("limits of the parent", ::syscall(SYS_prlimit64, ::getppid(), RLIMIT_NOFILE, nullptr, nullptr));
          found += refusal("the parent's priority", ::setpriority(PRIO_PROCESS, static_cast<id_t>(::getppid()), 19));
          if (::setpriority(PRIO_PROCESS, 0, 1) != 0) found += "its own priority is refused too";
          if (::fcntl(0, F_GETFD) < 0) found += "fcntl is refused too";
          if (::raise(0) != 0) found += "a signal to itself is refused too";
          if (::socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) < 0) found += "a netlink socket is refused too";
          if (::socket(AF_INET, SOCK_DGRAM, 0) < 0) found += "a datagram socket is refused too";
          if (::socket(AF_UNIX, SOCK_STREAM, 0) < 0) found += "a unix socket is refused too";
          std::thread([] {}).join();
          return found;
        }).empty());
}

TEST_CASE("Only the directories of outputs and of the files of a reload can be used, also for files made anew") {
  const TemporaryDirectory folder;
  const TemporaryDirectory foreign;
  const std::string configuration = folder.write("exporter.yml", "{}");
  ::mkdir(folder.file("out").c_str(), 0755);
  ::mkdir(folder.file("out/rrd").c_str(), 0755);
  const std::string secret = foreign.write("secret", "x");
  const std::string found = in_child([&] {
    LockDown settings;
    if (is_root()) settings.user = "root";
    settings.outputs.push_back({"rrd.directory", folder.file("out/rrd"), is_database_name, 2});
    settings.reload_files.push_back(configuration);
    lock_down(settings);
    std::string text = error_of_opening(configuration, O_RDONLY) + " ";
    text += error_of_opening(folder.file("out/rrd/new"), O_WRONLY | O_CREAT) + " ";
    ::rename(folder.file("out/rrd").c_str(), folder.file("out/old").c_str());
    ::mkdir(folder.file("out/rrd").c_str(), 0755);
    text += error_of_opening(folder.file("out/rrd/newer"), O_WRONLY | O_CREAT) + " ";
    text += error_of_opening(folder.file("beside"), O_WRONLY | O_CREAT) + " ";
    text += error_of_opening(secret, O_RDONLY) + " ";
    return text + error_of_opening("/etc/passwd", O_RDONLY);
  });
  const std::string denied = std::to_string(EACCES);
  CHECK(found == "opened opened opened " + denied + " " + denied + " opened");
}

TEST_CASE("The directory above an output can be used where the user may make the output anew there, else not") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  ::chmod(folder.path().c_str(), 0755);
  const std::string closed = "opened " + std::to_string(EACCES);
  CHECK(error_beside(folder.path(), "root", 0) == "opened opened");
  CHECK(error_beside(folder.path(), "daemon", 0) == closed);
  CHECK(error_beside(folder.path(), "root", kDaemon) == closed);
  CHECK(error_beside(folder.path(), "daemon", kDaemon) == "opened opened");
}

TEST_CASE("The directory above an output cannot be used where it is the system's") {
  if (!is_root()) return;
  for (const char* above : {"/var/log", "/tmp", "/root", "/usr/local"}) {
    CHECK(error_beside(above, "root", 0) == "opened " + std::to_string(EACCES));
  }
}

TEST_CASE("An output that is missing is made before directories are closed, whoever the process becomes") {
  if (!is_root()) return;
  const std::string directory = "/iptraf_test_" + std::to_string(::getpid());
  const std::string user = GENERATE("root", "daemon");
  CHECK(in_child([&] {
          LockDown settings;
          settings.user = user;
          settings.outputs.push_back({"rrd.directory", directory, is_database_name, 2});
          lock_down(settings);
          return error_of_opening(directory + "/new", O_WRONLY | O_CREAT);
        }) == "opened");
  ::unlink((directory + "/new").c_str());
  CHECK(::rmdir(directory.c_str()) == 0);
}

TEST_CASE("An output that cannot be made is told, with a restart as the remedy, unless it can be made later") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  const std::string file = folder.write("file", "x");
  const auto told = [](const std::string& path) {
    return in_child([&path] {
      LockDown settings;
      settings.user = "root";
      settings.outputs.push_back({"rrd.directory", path, is_database_name, 2});
      const LogCapture log;
      lock_down(settings);
      return log.text();
    });
  };
  CHECK(told(file).empty());
  CHECK_THAT(told("/proc/rrd"),
             Contains("rrd.directory /proc/rrd could not be made: what is made there later is closed "
                      "to this process, until it is started again"));
}

TEST_CASE("A file of a reload that the user cannot read is told with the command that lets it") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  const std::string file = folder.write("exporter.yml", "{}");
  const auto lock_down_as_nobody = [&] {
    LockDown settings;
    settings.user = "nobody";
    settings.reload_files.push_back(file);
    return lock_down(settings);
  };
  CHECK(in_child(lock_down_as_nobody) ==
        "a reload could not read " + file + " as the user nobody: Permission denied; the directory " + folder.path() +
            " is closed to that user: move the file, for example to /etc/iptraf_exporter, or chmod o+x " +
            folder.path() + "; or choose another user with --user=NAME");
  ::chmod(folder.path().c_str(), 0711);
  ::chmod(file.c_str(), 0600);
  CHECK(in_child(lock_down_as_nobody) == "a reload could not read " + file +
                                             " as the user nobody: Permission denied; chgrp nogroup " + file +
                                             " && chmod g+r " + file + "; or choose another user with --user=NAME");
  ::chmod(file.c_str(), 0644);
  CHECK(in_child(lock_down_as_nobody) == "nobody");
}

TEST_CASE("A thread that was started before is an error, since it would keep its rights") {
  CHECK(in_child([] {
          std::thread other([] { ::pause(); });
          other.detach();
          return lock_down({});
        }) == "a thread was started before the privileges were given up");
}
