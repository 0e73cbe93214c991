// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of CaptureFile: both formats, byte orders and units, cut and damaged files, absurd numbers, refusals.
#include "capture/capture_file.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include "capture/link_types.hpp"
#include "capture/packet_source.hpp"
#include "support/capture_writer.hpp"
#include "support/catch.hpp"

using namespace iptraf;
using namespace iptraf::capture;
using namespace iptraf::test;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

namespace {

constexpr Timestamp kStart = 1'700'000'000'123'456'789;

struct Read {
  Timestamp time;
  Bytes bytes;
  std::uint32_t wire_bytes;
};

struct Result {
  std::vector<Read> records;
  std::optional<std::string> damage;
};

Result read_all(const std::string& path, std::size_t limit = 3) {
  CaptureFile file(path);
  Result result;
  std::vector<FileRecord> batch(limit);
  while (const std::size_t count = file.read(batch)) {
    for (const FileRecord& record : std::span(batch).first(count)) {
      result.records.push_back({record.time, Bytes(record.bytes.begin(), record.bytes.end()), record.wire_bytes});
    }
  }
  CHECK(file.read(batch) == 0);
  result.damage = file.damage();
  return result;
}

Result read_all(const Bytes& content) { return read_all(TemporaryFile(content).path()); }

std::vector<CaptureRecord> records(int count) {
  std::vector<CaptureRecord> all;
  for (int i = 0; i < count; ++i) {
    all.push_back(
        {kStart + i * 1'000'001, PacketBuilder().eth().ipv4().udp().payload(static_cast<std::size_t>(i)).build()});
  }
  return all;
}

std::string refusal_of(const Bytes& content) {
  const TemporaryFile file(content);
  try {
    const CaptureFile opened(file.path());
  } catch (const CaptureError& error) {
    CHECK_THAT(error.what(), Contains(file.path()));
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("Both formats, byte orders and units of time give the same records") {
  const std::vector<CaptureRecord> wanted = records(7);
  for (const bool is_big_endian : {false, true}) {
    for (const bool is_nanoseconds : {false, true}) {
      for (const bool is_pcapng : {false, true}) {
        INFO((is_big_endian ? "big" : "little") << (is_nanoseconds ? " nano" : " micro") << (is_pcapng ? " ng" : ""));
        const CaptureFormat format{.is_big_endian = is_big_endian, .is_nanoseconds = is_nanoseconds};
        const Result got = read_all(is_pcapng ? pcapng_bytes(wanted, format) : pcap_bytes(wanted, format));
        CHECK_FALSE(got.damage);
        REQUIRE(got.records.size() == 7);
        for (std::size_t i = 0; i < 7; ++i) {
          const Timestamp exact = wanted[i].time;
          CHECK(got.records[i].time == (is_nanoseconds ? exact : exact / 1000 * 1000));
          CHECK(got.records[i].bytes == wanted[i].bytes);
          CHECK(got.records[i].wire_bytes == wanted[i].bytes.size());
        }
      }
    }
  }
}

TEST_CASE("A record that was cut by the snapshot keeps its length on the wire") {
  const Result got = read_all(pcap_bytes({{kStart, Bytes(60, 1), 1514}}));
  CHECK(got.records.at(0).bytes.size() == 60);
  CHECK(got.records.at(0).wire_bytes == 1514);
}

TEST_CASE("More captured than original bytes is judged by the original length") {
  const Result got = read_all(pcap_bytes({{kStart, Bytes(60, 1), 40}, {kStart, Bytes(60, 2), 0}}));
  REQUIRE(got.records.size() == 2);
  CHECK(got.records[0].bytes == Bytes(40, 1));
  CHECK(got.records[0].wire_bytes == 40);
  CHECK(got.records[1].bytes.empty());
  CHECK_FALSE(got.damage);
}

TEST_CASE("A file cut at any byte gives the whole records before the cut and says that it is damaged") {
  const std::vector<CaptureRecord> all = records(3);
  const Bytes whole = pcap_bytes(all);
  std::size_t at = 24;
  std::vector<std::size_t> ends{at};
  for (const CaptureRecord& record : all) ends.push_back(at += 16 + record.bytes.size());
  for (std::size_t size = 24; size <= whole.size(); ++size) {
    INFO(size);
    const Result got = read_all(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    const auto complete = std::count_if(ends.begin() + 1, ends.end(), [size](std::size_t end) { return end <= size; });
    CHECK(got.records.size() == static_cast<std::size_t>(complete));
    const bool is_at_end = std::find(ends.begin(), ends.end(), size) != ends.end();
    CHECK(got.damage.has_value() != is_at_end);
  }
}

TEST_CASE("A pcapng file cut at any byte is read as far as it goes") {
  const Bytes whole = pcapng_bytes(records(3));
  std::size_t most = 0;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    INFO(size);
    const TemporaryFile file(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    try {
      const Result got = read_all(file.path());
      CHECK(got.records.size() >= most);
      most = got.records.size();
    } catch (const CaptureError&) {
      CHECK(most == 0);
    }
  }
  CHECK(most == 3);
}

TEST_CASE("A pcap file cut in its header cannot be opened") {
  const Bytes whole = pcap_bytes(records(1));
  for (std::size_t size = 0; size < 24; ++size) {
    INFO(size);
    CHECK_FALSE(refusal_of(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))).empty());
  }
}

TEST_CASE("A damaged record header ends the file with the number of records before it") {
  Bytes content = pcap_bytes(records(2));
  const Bytes bad = pcap_record_header(1'700'000'001, 0, 0x7fffffff, 0x7fffffff);
  content.insert(content.end(), bad.begin(), bad.end());
  content.resize(content.size() + 500, 0x41);
  const Result got = read_all(content);
  CHECK(got.records.size() == 2);
  REQUIRE(got.damage);
  CHECK_THAT(*got.damage, Contains("record 2"));
}

TEST_CASE("What is no capture, is empty or does not exist is refused by name") {
  CHECK_THAT(refusal_of({}), EndsWith(": it is empty"));
  CHECK_THAT(refusal_of(Bytes(4, 0)), !EndsWith("it is empty"));
  CHECK_THAT(refusal_of({0xd4, 0xc3, 0xb2, 0xa1}), Contains("truncated") && !EndsWith("it is empty"));
  CHECK_THAT(refusal_of(filler(5000)), EndsWith(": unknown file format: it is neither pcap nor pcapng"));
  const std::string text = "#!/bin/sh\necho this is no capture file at all, not in the least\n";
  CHECK_FALSE(refusal_of(Bytes(text.begin(), text.end())).empty());
  CHECK_THROWS_WITH(CaptureFile("/does/not/exist.pcap"), Contains("/does/not/exist.pcap") && Contains("No such file"));
  CHECK_THROWS_AS(CaptureFile(std::filesystem::temp_directory_path().string()), CaptureError);
}

TEST_CASE("An empty capture has no records and no damage") {
  const Result pcap = read_all(pcap_bytes({}));
  CHECK(pcap.records.empty());
  CHECK_FALSE(pcap.damage);
  CHECK_FALSE(read_all(pcapng_bytes({})).damage);
}

TEST_CASE("A link type that is not decoded is refused with its number and name") {
  const std::string wifi = refusal_of(pcap_bytes(records(1), {.link_type = 127}));
  CHECK_THAT(wifi, Contains("127") && Contains("IEEE802_11_RADIO"));
  CHECK_THAT(refusal_of(pcap_bytes(records(1), {.link_type = 65000})), Contains("65000"));
  CHECK_THAT(refusal_of(pcapng_bytes(records(1), {.link_type = 105})), Contains("105") && Contains("IEEE802_11"));
}

TEST_CASE("A frame check sequence that the file tells of is no part of the frame") {
  const auto read_with = [](std::uint32_t flags, std::size_t captured, std::uint32_t wire) {
    return read_all(pcap_bytes({{kStart, Bytes(captured, 1), wire}}, {.link_type = kLinktypeEthernet | flags}))
        .records.at(0);
  };
  constexpr std::uint32_t kFourBytes = 0x24000000;  // present, in units of 16 bits
  CHECK(read_with(kFourBytes, 64, 64).wire_bytes == 60);
  CHECK(read_with(kFourBytes, 64, 64).bytes == Bytes(60, 1));
  CHECK(read_with(kFourBytes, 62, 64).bytes == Bytes(60, 1));
  CHECK(read_with(kFourBytes, 60, 64).bytes == Bytes(60, 1));
  CHECK(read_with(kFourBytes, 50, 64).bytes == Bytes(50, 1));
  CHECK(read_with(kFourBytes, 50, 64).wire_bytes == 60);
  CHECK(read_with(kFourBytes, 80, 64).bytes == Bytes(60, 1));
  CHECK(read_with(0x14000000, 64, 64).wire_bytes == 62);
  CHECK(read_with(0x04000000, 64, 64).wire_bytes == 64);
  CHECK(read_with(0xf4000000, 64, 64).wire_bytes == 34);
  CHECK(read_with(0xf0000000, 64, 64).wire_bytes == 64);  // a length that is not said to be present
  for (std::uint32_t wire = 0; wire <= 4; ++wire) {
    CHECK(read_with(kFourBytes, wire, wire).wire_bytes == 0);
    CHECK(read_with(kFourBytes, wire, wire).bytes.empty());
  }
  CHECK(read_with(kFourBytes, 5, 5).wire_bytes == 1);
}

TEST_CASE("A pcapng file whose link types differ is read up to there and says how to split it") {
  Bytes content = pcapng_bytes(records(2));
  const Bytes other = pcapng_bytes({}, {.link_type = kLinktypeRaw});
  constexpr std::ptrdiff_t kSectionHeaderBytes = 28;
  content.insert(content.end(), other.begin() + kSectionHeaderBytes, other.end());
  const TemporaryFile file(content);
  const Result got = read_all(file.path());
  CHECK(got.records.size() == 2);
  REQUIRE(got.damage);
  CHECK_THAT(*got.damage,
             Contains("cannot be read behind record 2: libpcap does not read files whose interfaces differ"));
  CHECK_THAT(*got.damage, Contains("tshark -r '" + file.path() + "' -Y 'frame.interface_id == 0' -w part.pcapng"));
  CHECK_THAT(*got.damage, Contains("editcap -F pcap -T ether part.pcapng part.pcap") && !Contains("damaged"));
}

TEST_CASE("A pcapng file whose snapshot lengths differ says how to rewrite it") {
  Bytes content = pcapng_bytes({});
  const Bytes other = pcapng_bytes({}, {.snapshot_length = 65535});
  content.insert(content.end(), other.begin() + 28, other.end());
  const TemporaryFile file(content);
  const Result got = read_all(file.path());
  REQUIRE(got.damage);
  CHECK_THAT(*got.damage, Contains("libpcap does not read files whose interfaces differ") &&
                              Contains("editcap -F pcap '" + file.path() + "' rewritten.pcap") && !Contains("damaged"));
}

TEST_CASE("A command in a message can be given to a shell whatever the file is called") {
  const TemporaryFile file(pcapng_bytes(records(1), {}, {kLinktypeRaw}));
  const std::string path = file.path() + " it's";
  std::filesystem::copy_file(file.path(), path);
  const Result got = read_all(path);
  std::filesystem::remove(path);
  REQUIRE(got.damage);
  CHECK_THAT(*got.damage, Contains("tshark -r '" + file.path() + " it'\\''s' -Y"));
}

TEST_CASE("A compressed capture is refused with the command that unpacks it") {
  const std::pair<Bytes, std::pair<const char*, const char*>> kinds[] = {
      {{0x1f, 0x8b, 8, 0, 0, 0}, {"gzip", "zcat"}},
      {{0xfd, '7', 'z', 'X', 'Z', 0}, {"xz", "xzcat"}},
      {{0x28, 0xb5, 0x2f, 0xfd, 4, 0}, {"zstd", "zstdcat"}},
      {{'B', 'Z', 'h', '9', '1', 'A'}, {"bzip2", "bzcat"}},
  };
  for (const auto& [magic, words] : kinds) {
    INFO(words.first);
    Bytes content = magic;
    content.resize(5000, 0x55);
    const TemporaryFile file(content);
    const std::string advice = std::string("it is compressed with ") + words.first +
                               "; unpack it on the way: " + words.second + " '" + file.path() +
                               "' | iptraf_exporter --capture.file=-";
    CHECK_THROWS_WITH(CaptureFile(file.path()), Contains(file.path() + ": ") && Contains(advice));
    CHECK_THAT(refusal_of(magic), Contains("is compressed with"));
    CHECK_THAT(refusal_of(Bytes(magic.begin(), magic.begin() + 2)), !Contains("compressed"));
  }
}

TEST_CASE("A pcapng file of several equal interfaces is read") {
  CHECK(read_all(pcapng_bytes(records(4), {}, {kLinktypeEthernet, kLinktypeEthernet})).records.size() == 4);
}

TEST_CASE("Absurd times are held within what sums of times can bear") {
  Bytes content = pcap_bytes({});
  for (const auto& [seconds, fraction] : {std::pair{0xffffffffU, 0xffffffffU}, std::pair{0U, 0U},
                                          std::pair{1'700'000'000U, 4'000'000'000U}, std::pair{0x80000000U, 5U}}) {
    const Bytes header = pcap_record_header(seconds, fraction, 0, 60);
    content.insert(content.end(), header.begin(), header.end());
  }
  const Result got = read_all(content);
  REQUIRE(got.records.size() == 4);
  CHECK(got.records[0].time == 4'294'967'295 * kNanosecondsPerSecond);  // libpcap reads the fraction as negative
  CHECK(got.records[1].time == 0);
  CHECK(got.records[2].time == 1'700'000'000 * kNanosecondsPerSecond);
  CHECK(got.records[3].time == 2'147'483'648 * kNanosecondsPerSecond + 5);
}

TEST_CASE("No more records than asked for are read at once") {
  const TemporaryFile file(pcap_bytes(records(10)));
  CaptureFile capture(file.path());
  std::vector<FileRecord> batch(100);
  CHECK(capture.read({}) == 0);
  CHECK(capture.read(std::span(batch).first(4)) == 4);
  CHECK(capture.read(batch) == 6);
  CHECK(capture.read(batch) == 0);
}

TEST_CASE("Every link type of libpcap's numbers that is decoded is opened as itself") {
  const std::pair<std::uint32_t, LinkType> types[] = {
      {1, LinkType::kEthernet},    {113, LinkType::kLinuxSll}, {276, LinkType::kLinuxSll2}, {101, LinkType::kRaw},
      {228, LinkType::kRawIpv4},   {229, LinkType::kRawIpv6},  {0, LinkType::kNull},        {108, LinkType::kLoop},
      {9, LinkType::kPpp},         {50, LinkType::kPppHdlc},   {51, LinkType::kPppEther},   {8, LinkType::kSlip},
      {104, LinkType::kCiscoHdlc}, {10, LinkType::kFddi},      {242, LinkType::kIpoib},     {219, LinkType::kMpls},
      {102, LinkType::kSlipBsdos}};
  for (const auto& [number, type] : types) {
    INFO(number);
    const TemporaryFile file(pcap_bytes({}, {.link_type = number}));
    CHECK(CaptureFile(file.path()).link_type() == type);
  }
}
