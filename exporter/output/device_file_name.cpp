// SPDX-License-Identifier: GPL-2.0-or-later
// The name of a device as part of a file's name.
#include "output/device_file_name.hpp"

namespace iptraf::output {
namespace {

bool is_plain(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '@' || c == '-';
}

}  // namespace

std::string device_file_name(std::string_view device) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  const bool is_special = device == "." || device == "..";
  std::string text;
  for (const char c : device) {
    if (is_plain(c) && !is_special) {
      text += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    text += '%';
    text += kHexDigits[byte >> 4U];
    text += kHexDigits[byte & 0xFU];
  }
  return text;
}

}  // namespace iptraf::output
