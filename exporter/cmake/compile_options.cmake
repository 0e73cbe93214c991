# SPDX-License-Identifier: GPL-2.0-or-later
# iptraf_compile_options: warnings, hardening and sanitizers as one target that every room links privately.
add_library(iptraf_compile_options INTERFACE)

target_compile_options(
  iptraf_compile_options
  INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
            -Woverloaded-virtual -Wswitch-enum -fstack-protector-strong -fstack-clash-protection -fcf-protection)
# GCC alone: Clang has no such analysis. With sanitizers GCC warns about its own checks.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT IPTRAF_SANITIZE)
  target_compile_options(iptraf_compile_options INTERFACE -Wnull-dereference)
endif()
if(IPTRAF_WERROR)
  target_compile_options(iptraf_compile_options INTERFACE -Werror)
endif()
if(CMAKE_BUILD_TYPE MATCHES "Rel")
  target_compile_options(iptraf_compile_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
target_link_options(iptraf_compile_options INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported()

if(IPTRAF_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)  # coverage for libFuzzer, in every room
endif()
if(IPTRAF_SANITIZE)
  # The check of virtual table pointers needs a file descriptor, which some tests leave none of.
  add_compile_options(-fsanitize=${IPTRAF_SANITIZE} -fno-sanitize=vptr -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${IPTRAF_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  include(CheckIPOSupported)
  check_ipo_supported(RESULT IPTRAF_HAS_IPO OUTPUT IPTRAF_IPO_REASON)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${IPTRAF_HAS_IPO})
endif()
