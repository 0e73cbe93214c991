// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of PlainRecords through CaptureFile: whatever a file holds, its records, and what is said of its end, are those
// that libpcap alone gives.
#include "capture/plain_records.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <tuple>

#include "capture/capture_file.hpp"
#include "capture/packet_source.hpp"
#include "support/capture_writer.hpp"
#include "support/catch.hpp"

using namespace iptraf;
using namespace iptraf::capture;
using namespace iptraf::test;

namespace {

using Record = std::tuple<Timestamp, Bytes, std::uint32_t>;

/// What was read, and libpcap's words where it stopped before the end.
struct Content {
  std::vector<Record> records;
  std::string damage;
};

Content read_with_libpcap(const std::string& path) {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> handle(
      pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error.data()), pcap_close);
  REQUIRE(handle);
  Content content;
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  int got = 0;
  while ((got = pcap_next_ex(handle.get(), &header, &bytes)) == 1) {
    const FileRecord record =
        make_file_record(file_time(header->ts.tv_sec, header->ts.tv_usec), bytes, header->caplen, header->len, 0);
    content.records.emplace_back(record.time, Bytes(record.bytes.begin(), record.bytes.end()), record.wire_bytes);
  }
  if (got == PCAP_ERROR) content.damage = pcap_geterr(handle.get());
  return content;
}

Content read_with_us(const std::string& path, std::size_t limit = 256) {
  CaptureFile file(path);
  Content content;
  std::vector<FileRecord> batch(limit);
  while (const std::size_t count = file.read(batch)) {
    for (const FileRecord& record : std::span(batch).first(count)) {
      content.records.emplace_back(record.time, Bytes(record.bytes.begin(), record.bytes.end()), record.wire_bytes);
    }
  }
  content.damage = file.damage().value_or("");
  return content;
}

void check_agreement(const std::string& path, std::size_t limit = 256) {
  const Content ours = read_with_us(path, limit);
  const Content theirs = read_with_libpcap(path);
  CHECK(ours.records.size() == theirs.records.size());
  CHECK(ours.records == theirs.records);
  CHECK(ours.damage.empty() == theirs.damage.empty());
  CHECK(ours.damage.find(theirs.damage) != std::string::npos);
}

Bytes content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

bool is_plain_file(const Bytes& content) {
  const TemporaryFile file(content);
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  std::FILE* const stream = std::fopen(file.path().c_str(), "rb");
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> handle(pcap_fopen_offline(stream, error.data()), pcap_close);
  REQUIRE(handle);
  return PlainRecords::of(stream, handle.get(), 0).has_value();
}

std::vector<CaptureRecord> many_records() {
  std::mt19937 random(7);
  std::vector<CaptureRecord> records;
  for (Timestamp i = 0; i < 2000; ++i) {
    records.push_back({1'700'000'000'000'000'000 + i * 1000, Bytes(random() % 3000, static_cast<std::uint8_t>(i))});
  }
  return records;
}

}  // namespace

TEST_CASE("Plain are pcap files of this machine's byte order, in both units of time") {
  const std::vector<CaptureRecord> one{{1, Bytes(60)}};
  CHECK(is_plain_file(pcap_bytes(one)));
  CHECK(is_plain_file(pcap_bytes(one, {.is_nanoseconds = false})));
  CHECK_FALSE(is_plain_file(pcap_bytes(one, {.is_big_endian = true})));
  CHECK_FALSE(is_plain_file(pcapng_bytes(one)));
  Bytes old = pcap_bytes(one);
  old[6] = 3;  // version 2.3, whose two lengths may be exchanged
  CHECK_FALSE(is_plain_file(old));
}

TEST_CASE("The bundled captures are read as libpcap reads them") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(IPTRAF_SOURCE_DIR "/tests/data/captures")) {
    if (entry.path().extension() != ".pcap") continue;
    INFO(entry.path());
    try {
      const CaptureFile file(entry.path().string());
    } catch (const CaptureError&) {
      continue;  // of a link type that is not decoded, or no capture
    }
    check_agreement(entry.path().string());
    ++files;
  }
  CHECK(files >= 25);
}

TEST_CASE("Records that stand across the pieces of a file come whole, however many are asked for") {
  for (const bool is_nanoseconds : {false, true}) {
    const TemporaryFile file(pcap_bytes(many_records(), {.is_nanoseconds = is_nanoseconds}));
    for (const std::size_t limit : {1U, 3U, 256U}) check_agreement(file.path(), limit);
  }
}

TEST_CASE("A record longer than a piece is read, and what follows it") {
  std::vector<CaptureRecord> records = many_records();
  records[1000].bytes = Bytes(200'000, 0x42);
  const TemporaryFile file(pcap_bytes(records));
  const Content content = read_with_us(file.path());
  REQUIRE(content.records.size() == 2000);
  CHECK(std::get<1>(content.records[1000]).size() == 200'000);
  check_agreement(file.path());
}

TEST_CASE("A record longer than the snapshot length is cut to it") {
  const TemporaryFile file(pcap_bytes({{1, Bytes(300, 1)}, {2, Bytes(60, 2)}}, {.snapshot_length = 100}));
  const Content content = read_with_us(file.path());
  REQUIRE(content.records.size() == 2);
  CHECK(std::get<1>(content.records[0]).size() == 100);
  check_agreement(file.path());
}

TEST_CASE("Times of any sign and size are read as libpcap reads them") {
  constexpr std::uint32_t kOdd[]{0, 1, 999'999, 1'000'000, 999'999'999, 0x7fffffff, 0x80000000, 0xffffffff};
  for (const bool is_nanoseconds : {false, true}) {
    Bytes content = pcap_bytes({}, {.is_nanoseconds = is_nanoseconds});
    for (const std::uint32_t seconds : kOdd) {
      for (const std::uint32_t fraction : kOdd) {
        const Bytes header = pcap_record_header(seconds, fraction, 0, 60);
        content.insert(content.end(), header.begin(), header.end());
      }
    }
    check_agreement(TemporaryFile(content).path());
  }
}

TEST_CASE("A damaged file is read as far as libpcap reads it, and ends in its words") {
  std::mt19937 random(11);
  const Bytes capture = content_of(IPTRAF_SOURCE_DIR "/tests/data/captures/tcpdump__isup.pcap");
  REQUIRE(capture.size() > 100);
  for (int i = 0; i < 1000; ++i) {
    Bytes damaged = capture;
    for (int changes = 0; changes < 3; ++changes) {
      damaged[24 + random() % (damaged.size() - 24)] = static_cast<std::uint8_t>(random());
    }
    if (i % 3 == 0) damaged.resize(24 + random() % (damaged.size() - 24));
    INFO(i);
    check_agreement(TemporaryFile(damaged).path());
  }
}

TEST_CASE("A file that is cut while it is read ends there") {
  const TemporaryFile file(pcap_bytes(many_records()));
  CaptureFile capture(file.path());
  std::vector<FileRecord> batch(16);
  REQUIRE(capture.read(batch) == 16);
  std::filesystem::resize_file(file.path(), 500'000);
  std::size_t count = 16;
  while (const std::size_t more = capture.read(batch)) count += more;
  CHECK(count < 2000);
  CHECK(capture.damage().has_value());
}

TEST_CASE("A file that grows while it is read is read to its new end") {
  const Bytes whole = pcap_bytes(many_records());
  const TemporaryFile file(Bytes(whole.begin(), whole.begin() + 300'000));
  CaptureFile capture(file.path());
  std::vector<FileRecord> batch(16);
  std::size_t count = capture.read(batch);
  std::ofstream(file.path(), std::ios::binary | std::ios::app)
      .write(reinterpret_cast<const char*>(whole.data()) + 300'000,
             static_cast<std::streamsize>(whole.size() - 300'000));
  while (const std::size_t more = capture.read(batch)) count += more;
  CHECK(count == 2000);
  CHECK_FALSE(capture.damage());
}
