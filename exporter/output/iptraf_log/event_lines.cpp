// SPDX-License-Identifier: GPL-2.0-or-later
// EventLines: what has happened on all shards since it was last asked, as lines for each device's log.
#include "output/iptraf_log/event_lines.hpp"

#include <algorithm>

#include "output/iptraf_log/event_text.hpp"

namespace iptraf::output {
namespace {

constexpr std::size_t kChunkBytes = 65'536;

}  // namespace

void EventLines::add(const std::string& device, const TrafficEvent& event) {
  lines_.push_back({event.packet.time, device, event_line(format_, device, event)});
}

std::map<std::string, EventLines::Chunks> EventLines::by_device() const {
  std::vector<const Line*> sorted;
  for (const Line& line : lines_) sorted.push_back(&line);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Line* a, const Line* b) { return a->time < b->time; });
  std::map<std::string, Chunks> chunks;
  for (const Line* line : sorted) {
    Chunks& of_device = chunks[line->device];
    if (of_device.empty() || of_device.back().size() + line->text.size() > kChunkBytes) of_device.emplace_back();
    of_device.back() += line->text;
  }
  return chunks;
}

}  // namespace iptraf::output
