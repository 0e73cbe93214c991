// SPDX-License-Identifier: GPL-2.0-or-later
// Text files, read whole or line by line, and text of bounded size.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace iptraf::names {

/// A file's content, or why it was not read.
struct TextFile {
  std::string text;
  std::string problem;  ///< in words, empty when the file was read
};

/// Reads a regular file of at most `max_bytes`. Never blocks on a FIFO or a device: those are refused.
TextFile read_text_file(const std::string& path, std::size_t max_bytes);

/// Calls `visit` for each line of a regular file, without keeping the file in memory. A file that cannot be read has no
/// lines; what follows after `max_bytes`, and a line of more than 64 KiB, is passed over.
void for_each_line(const std::string& path, std::size_t max_bytes, const std::function<void(std::string_view)>& visit);

/// The first `max_bytes` of well-formed UTF-8, less what is left of a character that does not fit.
std::string_view cut_utf8(std::string_view text, std::size_t max_bytes);

/// Takes the next line off `rest`, without its line feed and a carriage return before that.
std::string_view take_line(std::string_view& rest);

/// Without blanks (space and tab) at both ends.
std::string_view trim_blanks(std::string_view text);

}  // namespace iptraf::names
