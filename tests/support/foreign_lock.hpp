// SPDX-License-Identifier: GPL-2.0-or-later
// ForeignLock: another process that has a file locked, as rrdtool and rrdcgi do while they read it.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>

#include "core/file_descriptor.hpp"

namespace iptraf::test {

/// Locked from construction on, for so long or to the end of the object.
class ForeignLock {
 public:
  ForeignLock(const std::string& path, std::chrono::milliseconds duration) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    const FileDescriptor told(ends[0]);
    FileDescriptor tell(ends[1]);
    child_ = ::fork();
    if (child_ == 0) hold(path.c_str(), tell.get(), static_cast<useconds_t>(duration.count() * 1000));
    tell = FileDescriptor();
    char byte = 0;
    if (::read(told.get(), &byte, 1) != 1) throw std::runtime_error("cannot lock " + path);
  }
  ~ForeignLock() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  ForeignLock(const ForeignLock&) = delete;
  ForeignLock& operator=(const ForeignLock&) = delete;

 private:
  /// In the child, which has one thread and so nothing that it could wait for.
  [[noreturn]] static void hold(const char* path, int tell, useconds_t microseconds) {
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    if (fd >= 0 && ::fcntl(fd, F_SETLK, &lock) == 0 && ::write(tell, "x", 1) == 1) ::usleep(microseconds);
    ::_exit(0);
  }

  pid_t child_ = -1;
};

}  // namespace iptraf::test
