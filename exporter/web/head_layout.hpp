// SPDX-License-Identifier: GPL-2.0-or-later
// HeadLayout: whether anything stands in the head of a request beside what its parser told of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace iptraf::web {

/// Fed with the parts of one head, in their order and as views of the memory that the head was read to. They have to
/// lie one behind the other with HTTP's delimiters between them, one space or CR LF (RFC 9112 sections 2.2 and 3).
/// What a parser passes over leaves a gap: a line without a name, a NUL, a folded line, an end of a line that is no
/// CR LF. Another program would have read another request there. Reads no memory.
class HeadLayout {
 public:
  HeadLayout(std::string_view method, std::string_view target, std::string_view version) {
    next_ = begin_of(method);
    expect(method, kSpaceBytes);
    expect(target, kSpaceBytes);
    expect(version, kLineEndBytes);
  }

  void add_header(std::string_view name, std::string_view value) {
    expect(name, kColonBytes);
    if (begin_of(value) > next_) next_ = begin_of(value);  // white space before a value
    expect(value, kLineEndBytes);
  }

  /// Whether all parts up to `end`, which is behind the empty line, lay where they should.
  bool is_whole_up_to(const char* end) const {
    return is_whole_ && next_ + kLineEndBytes == reinterpret_cast<std::uintptr_t>(end);
  }

 private:
  static constexpr std::size_t kSpaceBytes = 1;
  static constexpr std::size_t kColonBytes = 1;
  static constexpr std::size_t kLineEndBytes = 2;

  static std::uintptr_t begin_of(std::string_view part) { return reinterpret_cast<std::uintptr_t>(part.data()); }

  void expect(std::string_view part, std::size_t delimiter_bytes) {
    is_whole_ = is_whole_ && begin_of(part) == next_;
    next_ = begin_of(part) + part.size() + delimiter_bytes;
  }

  std::uintptr_t next_ = 0;
  bool is_whole_ = true;
};

}  // namespace iptraf::web
