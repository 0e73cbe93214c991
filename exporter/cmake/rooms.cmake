# SPDX-License-Identifier: GPL-2.0-or-later
# iptraf_precompile_headers(TARGET [HEADER...]): with IPTRAF_PRECOMPILE, reads the headers and the standard library's
# once for all files of a target. A file includes what it needs all the same, since a build without it has to pass too.
function(iptraf_precompile_headers target)
  if(IPTRAF_PRECOMPILE)
    target_precompile_headers(
      ${target} PRIVATE ${ARGN} <algorithm> <atomic> <chrono> <deque> <filesystem> <functional> <map> <memory> <mutex>
      <optional> <set> <span> <stdexcept> <string> <string_view> <thread> <vector>)
  endif()
endfunction()

# iptraf_room(NAME SOURCES ... USES ...): one folder of the data flow as a static library, which sees only the
# rooms to its left and the libraries it names.
function(iptraf_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES" ${ARGN})
  add_library(iptraf_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(iptraf_${name} PUBLIC ${PROJECT_SOURCE_DIR}/exporter ${PROJECT_SOURCE_DIR})
  target_link_libraries(iptraf_${name} PUBLIC ${ROOM_USES} PRIVATE iptraf_compile_options)
  iptraf_precompile_headers(iptraf_${name})
endfunction()
