// SPDX-License-Identifier: GPL-2.0-or-later
// Standard input, output and error: what has to be of them before anything is opened.
#include "standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <initializer_list>

namespace iptraf {

void open_missing_standard_streams() noexcept {
  // Each the wrong way round, so that who reads or writes it is told that it is not there.
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) < 0)
      ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);  // takes the lowest number
  }
}

}  // namespace iptraf
