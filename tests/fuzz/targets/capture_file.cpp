// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: capture files of any content, read twice, each record decoded.
#include <array>

#include "../temporary_input.hpp"
#include "capture/capture_file.hpp"
#include "capture/packet_source.hpp"
#include "decode/decoder.hpp"

namespace iptraf::fuzz {
namespace {

std::uint64_t read_all(capture::CaptureFile& file) {
  std::array<capture::FileRecord, 64> records;
  std::uint64_t count = 0;
  while (const std::size_t got = file.read(records)) {
    for (std::size_t i = 0; i < got; ++i) {
      RawPacket raw;
      raw.link_type = file.link_type();
      raw.bytes = records[i].bytes;
      raw.wire_bytes = records[i].wire_bytes;
      require(raw.bytes.size() <= raw.wire_bytes, "no more was captured than was there");
      Packet packet;
      decode::decode(raw, packet);
    }
    count += got;
  }
  return count;
}

}  // namespace

void try_capture_file(Bytes input) {
  const TemporaryInput file(input);
  try {
    capture::CaptureFile first(file.path());
    const std::uint64_t records = read_all(first);
    const auto second = first.begin_again();
    require(read_all(*second) == records, "a file has the same records when it is read again");
    require(second->damage().has_value() == first.damage().has_value(), "damage is met again");
  } catch (const capture::CaptureError&) {
    return;  // no capture
  }
}

}  // namespace iptraf::fuzz
