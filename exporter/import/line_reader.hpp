// SPDX-License-Identifier: GPL-2.0-or-later
// LineReader: the lines of a file of any size and content, each of bounded length.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace iptraf::importer {

/// A log cannot be read, or another file cannot be written; what() names it and says why.
class ImportError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline constexpr std::size_t kMaxLineBytes = 64 * 1024;

class LineReader {
 public:
  /// Opens a regular file. Throws ImportError.
  explicit LineReader(const std::string& path);

  /// The next line without its line feed and a carriage return before that; it is valid until the next call. Of a
  /// line of more than kMaxLineBytes only the beginning is kept, and is_too_long() says so. False at the end of the
  /// file. Throws ImportError.
  bool next(std::string_view& line);

  const std::string& path() const noexcept { return path_; }
  bool is_too_long() const noexcept { return is_too_long_; }
  std::uint64_t line_number() const noexcept { return line_number_; }
  std::uint64_t bytes_read() const noexcept { return bytes_read_; }
  std::uint64_t file_bytes() const noexcept { return file_bytes_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  bool fill();
  void keep(std::string_view part);

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::string chunk_;
  std::string_view rest_;  ///< of chunk_
  std::string line_;
  bool is_too_long_ = false;
  std::uint64_t line_number_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t file_bytes_ = 0;
};

}  // namespace iptraf::importer
