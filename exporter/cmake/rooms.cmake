# SPDX-License-Identifier: GPL-2.0-or-later
# iptraf_room(NAME SOURCES ... USES ...): one folder of the data flow as a static library, which sees only the
# rooms to its left and the libraries it names.
function(iptraf_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES" ${ARGN})
  add_library(iptraf_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(iptraf_${name} PUBLIC ${PROJECT_SOURCE_DIR}/exporter ${PROJECT_SOURCE_DIR})
  target_link_libraries(iptraf_${name} PUBLIC ${ROOM_USES} PRIVATE iptraf_compile_options)
endfunction()
