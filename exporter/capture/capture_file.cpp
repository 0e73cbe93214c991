// SPDX-License-Identifier: GPL-2.0-or-later
// CaptureFile: one pass over a pcap or pcapng file through libpcap.
#include "capture/capture_file.hpp"

#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "capture/link_types.hpp"
#include "capture/packet_source.hpp"

namespace iptraf::capture {
namespace {

/// Later than any clock will be soon, early enough that sums of times do not overflow.
constexpr Timestamp kLatestSeconds = 4'000'000'000;

/// libpcap stores nanoseconds where timeval has microseconds; a file may hold any number in either field.
Timestamp time_of(const timeval& stamp) noexcept {
  const Timestamp seconds = std::clamp<Timestamp>(stamp.tv_sec, 0, kLatestSeconds);
  const Timestamp nanoseconds = std::clamp<Timestamp>(stamp.tv_usec, 0, kNanosecondsPerSecond - 1);
  return seconds * kNanosecondsPerSecond + nanoseconds;
}

std::FILE* open_stream(const std::string& path) {
  std::FILE* const stream = path == "-" ? ::fdopen(::dup(STDIN_FILENO), "rb") : std::fopen(path.c_str(), "rbe");
  if (stream == nullptr) throw CaptureError("cannot open capture file " + path + ": " + std::strerror(errno));
  return stream;
}

/// What to do about a file whose interfaces libpcap cannot read together.
std::string with_advice(const std::string& message, const std::string& path) {
  if (message.find("different from the snapshot length of the first interface") != std::string::npos) {
    return message + "; libpcap reads only files whose interfaces agree. Rewrite it: editcap -F pcap " + path +
           " rewritten.pcap";
  }
  if (message.find("different from the type of the first interface") != std::string::npos) {
    return message + "; libpcap reads only files whose interfaces agree. Split it, for interface 0 and Ethernet: " +
           "tshark -r " + path + " -Y 'frame.interface_id == 0' -w part.pcapng, then editcap -F pcap -T ether " +
           "part.pcapng part.pcap";
  }
  return message;
}

struct Visit {
  RecordVisitor visit;
  void* context;
  std::size_t records = 0;
};

/// libpcap's callback. A record that claims more captured than original bytes is judged by the original length.
void on_record(u_char* user, const pcap_pkthdr* header, const u_char* bytes) {
  auto* const target = reinterpret_cast<Visit*>(user);
  ++target->records;
  const FileRecord record{time_of(header->ts), {bytes, std::min(header->caplen, header->len)}, header->len};
  target->visit(target->context, record);
}

}  // namespace

void CaptureFile::Close::operator()(pcap* handle) const noexcept { pcap_close(handle); }

CaptureFile::CaptureFile(std::string path) : path_(std::move(path)) {
  std::FILE* const stream = open_stream(path_);
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  handle_.reset(pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, error.data()));
  if (!handle_) {
    std::fclose(stream);
    throw CaptureError("cannot read capture file " + path_ + ": " + with_advice(error.data(), path_));
  }
  dlt_ = pcap_datalink(handle_.get());
  const std::optional<LinkType> type = link_type_of(dlt_);
  if (!type) {
    const char* const name = pcap_datalink_val_to_name(dlt_);
    const char* const description = pcap_datalink_val_to_description(dlt_);
    throw CaptureError("cannot decode capture file " + path_ + ": its link type " + std::to_string(dlt_) + " (" +
                       (name != nullptr ? name : "without a name") +
                       (description != nullptr ? std::string(", ") + description : "") + ") is not supported");
  }
  link_type_ = *type;
}

std::size_t CaptureFile::read(std::size_t limit, RecordVisitor visit, void* context) noexcept {
  if (damage_) return 0;
  Visit target{visit, context};
  const int got = pcap_dispatch(handle_.get(), static_cast<int>(limit), on_record, reinterpret_cast<u_char*>(&target));
  records_ += target.records;  // libpcap does not say how many it delivered before an error
  if (got < 0) note_damage();
  return target.records;
}

void CaptureFile::note_damage() noexcept {
  damage_ = "capture file " + path_ + " is damaged behind record " + std::to_string(records_) + ": " +
            with_advice(pcap_geterr(handle_.get()), path_);
}

}  // namespace iptraf::capture
