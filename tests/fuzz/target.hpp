// SPDX-License-Identifier: GPL-2.0-or-later
// A fuzz target: takes any bytes, and aborts when what it tries does not hold.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

namespace iptraf::fuzz {

using Bytes = std::span<const std::uint8_t>;

/// One for each parser of foreign bytes; `try_NAME` stands in targets/NAME.cpp.
void try_capture_file(Bytes input);
void try_config(Bytes input);
void try_decode(Bytes input);
void try_descriptions(Bytes input);
void try_filter(Bytes input);
void try_http(Bytes input);
void try_log_import(Bytes input);
void try_web_config(Bytes input);

struct Target {
  std::string_view name;
  void (*try_input)(Bytes);
};

inline constexpr Target kTargets[] = {
    {"capture_file", try_capture_file}, {"config", try_config},         {"decode", try_decode},
    {"descriptions", try_descriptions}, {"filter", try_filter},         {"http", try_http},
    {"log_import", try_log_import},     {"web_config", try_web_config},
};

inline std::string_view as_text(Bytes input) { return {reinterpret_cast<const char*>(input.data()), input.size()}; }

/// What must hold whatever the input is.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace iptraf::fuzz
