// SPDX-License-Identifier: GPL-2.0-or-later
// Standard input, output and error: what has to be of them before anything is opened.
#include "standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace iptraf {

void open_missing_standard_streams() noexcept {
  int fd = 0;
  do {
    fd = ::open("/dev/null", O_RDWR);  // the lowest number that is free
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) ::close(fd);
}

}  // namespace iptraf
