// SPDX-License-Identifier: GPL-2.0-or-later
// The entry point of libFuzzer for the target that IPTRAF_FUZZ_TARGET names.
#include <spdlog/spdlog.h>

#include "target.hpp"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  spdlog::set_level(spdlog::level::off);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  iptraf::fuzz::IPTRAF_FUZZ_TARGET({data, size});
  return 0;
}
