// SPDX-License-Identifier: GPL-2.0-or-later
// The descriptor of a metric: the one place where its name, help, labels, kind and merge rule stand.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace iptraf {

struct Device;

enum class MetricKind : std::uint8_t { kCounter, kGauge, kHistogram };

/// How the samples of several shards for the same labels become one.
enum class Merge : std::uint8_t { kSum, kMax };

/// What a label value needs to become text. Device names are looked up by slot.
struct LabelContext {
  const Device* devices = nullptr;  ///< kDeviceSlots of them
};

/// Appends the text of one label value. Runs on the asking thread, never on a capture thread.
using LabelFormat = void (*)(std::uint64_t value, const LabelContext& context, std::string& out);

struct LabelDesc {
  std::string_view name;
  LabelFormat format = nullptr;
};

/// Labels of a value that a shard counts, and of one that is added to a snapshot as text.
inline constexpr std::size_t kMaxLabels = 4;
inline constexpr std::size_t kMaxTextLabels = 5;

/// A metric as Prometheus sees it. Only compile-time constants exist: a name that breaks the
/// conventions (prefix, snake case, `_total` on counters and on nothing else) does not compile.
struct MetricDesc {
  std::string_view name;
  std::string_view help;
  MetricKind kind = MetricKind::kCounter;
  Merge merge = Merge::kSum;
  std::array<LabelDesc, kMaxTextLabels> labels{};
  std::size_t label_count = 0;

  consteval MetricDesc(std::string_view name_in, MetricKind kind_in, std::initializer_list<LabelDesc> labels_in,
                       std::string_view help_in, Merge merge_in = Merge::kSum)
      : name(name_in), help(help_in), kind(kind_in), merge(merge_in) {
    if (!is_valid_name(name_in) || help_in.empty()) throw "metric name or help breaks the conventions";
    if (name_in.ends_with("_total") != (kind_in == MetricKind::kCounter)) throw "_total belongs to counters alone";
    for (const LabelDesc& label : labels_in) labels.at(label_count++) = label;
  }

 private:
  static consteval bool is_valid_name(std::string_view text) {
    if (!text.starts_with("iptraf_") && !text.starts_with("process_")) return false;
    for (const char c : text) {
      if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
    }
    return true;
  }
};

}  // namespace iptraf
