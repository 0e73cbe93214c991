// SPDX-License-Identifier: GPL-2.0-or-later
// Capture files for tests: the bytes of pcap and pcapng, and files that vanish with the test.
#include "support/capture_writer.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace iptraf::test {
namespace {

/// Appends numbers in one byte order.
class Writer {
 public:
  explicit Writer(bool is_big_endian) : is_big_endian_(is_big_endian) {}

  void number(std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) {
      const std::size_t shift = 8 * (is_big_endian_ ? bytes - 1 - i : i);
      out_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  }
  void bytes(const Bytes& from) { out_.insert(out_.end(), from.begin(), from.end()); }
  void align(std::size_t unit) { out_.resize((out_.size() + unit - 1) / unit * unit); }

  /// A pcapng block around `body`.
  void block(std::uint32_t type, const Writer& body) {
    Bytes content = body.out_;
    content.resize((content.size() + 3) / 4 * 4);
    number(type, 4);
    number(content.size() + 12, 4);
    bytes(content);
    number(content.size() + 12, 4);
  }

  const Bytes& out() const { return out_; }

 private:
  bool is_big_endian_;
  Bytes out_;
};

Writer interface_block(const CaptureFormat& format, std::uint32_t link_type) {
  Writer body(format.is_big_endian);
  body.number(link_type, 2);
  body.number(0, 2);
  body.number(format.snapshot_length, 4);
  if (format.is_nanoseconds) {  // option if_tsresol
    body.number(9, 2);
    body.number(1, 2);
    body.number(9, 1);
    body.align(4);
    body.number(0, 4);
  }
  return body;
}

}  // namespace

Bytes pcap_bytes(const std::vector<CaptureRecord>& records, const CaptureFormat& format) {
  Writer out(format.is_big_endian);
  out.number(format.is_nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 4);
  out.number(2, 2);
  out.number(4, 2);
  out.number(0, 8);
  out.number(format.snapshot_length, 4);
  out.number(format.link_type, 4);
  for (const CaptureRecord& record : records) {
    const std::int64_t fraction = record.time % kNanosecondsPerSecond;
    out.number(static_cast<std::uint64_t>(record.time / kNanosecondsPerSecond), 4);
    out.number(static_cast<std::uint64_t>(format.is_nanoseconds ? fraction : fraction / 1000), 4);
    out.number(record.bytes.size(), 4);
    out.number(record.wire_bytes.value_or(static_cast<std::uint32_t>(record.bytes.size())), 4);
    out.bytes(record.bytes);
  }
  return out.out();
}

Bytes pcap_record_header(std::uint32_t seconds, std::uint32_t fraction, std::uint32_t captured, std::uint32_t wire) {
  Writer out(false);
  for (const std::uint32_t field : {seconds, fraction, captured, wire}) out.number(field, 4);
  return out.out();
}

Bytes pcapng_bytes(const std::vector<CaptureRecord>& records, const CaptureFormat& format,
                   const std::vector<std::uint32_t>& further_link_types) {
  Writer out(format.is_big_endian);
  Writer section(format.is_big_endian);
  section.number(0x1a2b3c4d, 4);
  section.number(1, 2);
  section.number(0, 2);
  section.number(~std::uint64_t{0}, 8);
  out.block(0x0a0d0d0a, section);
  out.block(1, interface_block(format, format.link_type));
  for (const std::uint32_t link_type : further_link_types) out.block(1, interface_block(format, link_type));
  for (const CaptureRecord& record : records) {
    const auto stamp = static_cast<std::uint64_t>(format.is_nanoseconds ? record.time : record.time / 1000);
    Writer body(format.is_big_endian);
    body.number(0, 4);
    body.number(stamp >> 32, 4);
    body.number(stamp & 0xffffffff, 4);
    body.number(record.bytes.size(), 4);
    body.number(record.wire_bytes.value_or(static_cast<std::uint32_t>(record.bytes.size())), 4);
    body.bytes(record.bytes);
    out.block(6, body);
  }
  return out.out();
}

TemporaryFile::TemporaryFile(const Bytes& content)
    : path_((std::filesystem::temp_directory_path() / "iptraf_test_XXXXXX").string()) {
  const int fd = ::mkstemp(path_.data());
  if (fd < 0) throw std::runtime_error("no temporary file " + path_);
  const ssize_t written = ::write(fd, content.data(), content.size());
  ::close(fd);
  if (written != static_cast<ssize_t>(content.size())) throw std::runtime_error("cannot write " + path_);
}

TemporaryFile::~TemporaryFile() { ::unlink(path_.c_str()); }

}  // namespace iptraf::test
