// SPDX-License-Identifier: GPL-2.0-or-later
// CaptureFile: one pass over a pcap or pcapng file through libpcap.
#include "capture/capture_file.hpp"

#include <stdio_ext.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "capture/link_types.hpp"
#include "capture/packet_source.hpp"

namespace iptraf::capture {
namespace {

constexpr std::size_t kStreamBufferBytes = 65536;

/// libpcap reads two small pieces per packet: a large buffer spares system calls, and only one thread ever reads.
std::FILE* open_stream(const std::string& path, std::span<char> buffer) {
  std::FILE* const stream = path == "-" ? ::fdopen(::dup(STDIN_FILENO), "rb") : std::fopen(path.c_str(), "rbe");
  if (stream == nullptr) throw CaptureError("cannot open capture file " + path + ": " + std::strerror(errno));
  std::setvbuf(stream, buffer.data(), _IOFBF, buffer.size());
  ::__fsetlocking(stream, FSETLOCKING_BYCALLER);
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

}  // namespace

void CaptureFile::Close::operator()(pcap_t* handle) const noexcept { pcap_close(handle); }

CaptureFile::CaptureFile(std::string path) : path_(std::move(path)), buffer_(kStreamBufferBytes) {
  std::FILE* const stream = open_stream(path_, buffer_);
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

void CaptureFile::note_damage() noexcept {
  damage_ = "capture file " + path_ + " is damaged behind record " + std::to_string(records_) + ": " +
            with_advice(pcap_geterr(handle_.get()), path_);
}

}  // namespace iptraf::capture
