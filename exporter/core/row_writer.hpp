// SPDX-License-Identifier: GPL-2.0-or-later
// RowWriter: how a collector describes the rows of its facility without knowing JSON.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/packet.hpp"

namespace iptraf {

/// Receives one facility's rows, each an object. Keys are empty inside arrays.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual void begin_object(std::string_view key = {}) = 0;
  virtual void end_object() = 0;
  virtual void begin_array(std::string_view key) = 0;
  virtual void end_array() = 0;
  virtual void text(std::string_view key, std::string_view value) = 0;
  virtual void number(std::string_view key, std::uint64_t value) = 0;
  virtual void boolean(std::string_view key, bool value) = 0;
  /// Seconds since the epoch with their fraction.
  virtual void time(std::string_view key, Timestamp value) = 0;
};

}  // namespace iptraf
