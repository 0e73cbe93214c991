// SPDX-License-Identifier: GPL-2.0-or-later
// The query of an API page: which rows are wanted, checked against what the page takes.
#pragma once

#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>

#include "core/collector.hpp"
#include "core/device.hpp"

namespace iptraf::web {

/// The query asks for what is not there. what() names the parameter, its value and what is accepted.
class RowQueryError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline constexpr std::size_t kMaxRowLimit = 1'000'000;

/// Reads `device`, `limit` and the spec's own parameters, each once at most and with a value. Any thread.
/// Throws RowQueryError.
RowQuery parse_row_query(const CollectorSpec& spec, const DeviceArray& devices,
                         const std::multimap<std::string, std::string>& query);

}  // namespace iptraf::web
