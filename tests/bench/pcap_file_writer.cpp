// SPDX-License-Identifier: GPL-2.0-or-later
// PcapFileWriter: Ethernet frames into a pcap file, cut to a snapshot length.
#include "pcap_file_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace iptraf::bench {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;
constexpr std::uint64_t kMicrosecondsPerSecond = 1'000'000;

}  // namespace

PcapFileWriter::PcapFileWriter(std::string path, std::uint32_t snapshot_bytes)
    : path_(std::move(path)), snapshot_bytes_(snapshot_bytes), file_(std::fopen(path_.c_str(), "wbe")) {
  constexpr std::uint32_t kMagic = 0xa1b2c3d4;
  constexpr std::uint32_t kVersion2Dot4 = 0x00040002;
  constexpr std::uint32_t kLinkTypeEthernet = 1;
  if (!file_) fail("cannot create");
  buffer_.reserve(kBufferBytes * 2);
  for (const std::uint32_t field : {kMagic, kVersion2Dot4, 0U, 0U, snapshot_bytes, kLinkTypeEthernet}) put32(field);
}

void PcapFileWriter::add(std::uint64_t time_microseconds, std::span<const std::uint8_t> frame) {
  const auto wire_bytes = static_cast<std::uint32_t>(frame.size());
  const std::uint32_t captured_bytes = std::min(wire_bytes, snapshot_bytes_);
  put32(static_cast<std::uint32_t>(time_microseconds / kMicrosecondsPerSecond));
  put32(static_cast<std::uint32_t>(time_microseconds % kMicrosecondsPerSecond));
  put32(captured_bytes);
  put32(wire_bytes);
  buffer_.insert(buffer_.end(), frame.begin(), frame.begin() + captured_bytes);
  if (buffer_.size() >= kBufferBytes) flush();
}

void PcapFileWriter::close() {
  flush();
  if (std::fclose(file_.release()) != 0) fail("cannot finish");
}

void PcapFileWriter::put32(std::uint32_t value) {
  for (const int shift : {0, 8, 16, 24}) buffer_.push_back(static_cast<std::uint8_t>(value >> shift));
}

void PcapFileWriter::flush() {
  if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) != buffer_.size()) fail("cannot write");
  buffer_.clear();
}

void PcapFileWriter::fail(const char* what) const {
  throw std::runtime_error(std::string(what) + " capture file " + path_ + ": " + std::strerror(errno));
}

}  // namespace iptraf::bench
