// SPDX-License-Identifier: GPL-2.0-or-later
// CaptureFile: one pass over a pcap or pcapng file through libpcap.
#include "capture/capture_file.hpp"

#include <fcntl.h>
#include <stdio_ext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <string_view>

#include "capture/link_types.hpp"
#include "capture/packet_source.hpp"

namespace iptraf::capture {
namespace {

constexpr std::size_t kStreamBufferBytes = 65536;

/// libpcap reads two small pieces per packet: a large buffer spares system calls, and only one thread ever reads.
std::FILE* open_stream(const std::string& path, FileDescriptor file, std::span<char> buffer) {
  std::FILE* const stream = file.is_open() ? ::fdopen(file.get(), "rb") : nullptr;
  if (stream == nullptr) throw CaptureError("cannot open capture file " + path + ": " + std::strerror(errno));
  file.release();
  std::setvbuf(stream, buffer.data(), _IOFBF, buffer.size());
  ::__fsetlocking(stream, FSETLOCKING_BYCALLER);
  return stream;
}

FileDescriptor open_file(const std::string& path) {
  return FileDescriptor(path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                    : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

/// One word for a shell, whatever it holds.
std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

struct Compression {
  std::string_view magic;
  const char* name;
  const char* unpack;
};

/// RFC 1952 section 2.3.1, the .xz file format 2.1.1.1, RFC 8878 section 3.1.1, and what bzip2 begins with.
constexpr Compression kCompressions[] = {
    {"\x1f\x8b\x08", "gzip", "zcat"},
    {"\3757zXZ", "xz", "xzcat"},
    {"\x28\xb5\x2f\xfd", "zstd", "zstdcat"},
    {"BZh", "bzip2", "bzcat"},
};

/// By libpcap's words for a file that ends where it begins.
bool is_empty(std::string_view message) {
  return message.find("read 4 file header bytes, only got 0") != std::string_view::npos;
}

/// libpcap does not say which formats it knows.
std::string explained(std::string_view message) {
  const bool is_unknown = message == "unknown file format";
  return std::string(message) + (is_unknown ? ": it is neither pcap nor pcapng" : "");
}

/// Why libpcap refused a file that begins with `begin`, and what to do.
std::string refusal_of(const char* message, std::string_view begin, const std::string& path) {
  const auto* const found =
      std::find_if(std::begin(kCompressions), std::end(kCompressions),
                   [begin](const Compression& compression) { return begin.starts_with(compression.magic); });
  if (found == std::end(kCompressions)) return is_empty(message) ? "it is empty" : explained(message);
  return std::string("it is compressed with ") + found->name + "; unpack it on the way: " + found->unpack + " " +
         (path == "-" ? "FILE" : shell_quoted(path)) + " | iptraf_exporter --capture.file=-";
}

/// How to make files that libpcap reads of one whose interfaces it cannot read together; empty when that is not it.
std::string advice_on_interfaces(std::string_view message, const std::string& path) {
  if (message.find("different from the snapshot length of the first interface") != std::string_view::npos) {
    return "Rewrite it: editcap -F pcap " + shell_quoted(path) + " rewritten.pcap";
  }
  if (message.find("different from the type of the first interface") != std::string_view::npos) {
    return "Split it, here for interface 0 and Ethernet (editcap -T lists the others): tshark -r " +
           shell_quoted(path) + " -Y 'frame.interface_id == 0' -w part.pcapng, then " +
           "editcap -F pcap -T ether part.pcapng part.pcap";
  }
  return "";
}

/// Of a frame in the file. libpcap tells it of pcap files; it skips the option of pcapng.
std::uint32_t fcs_bytes_of(pcap_t* handle) {
  constexpr std::uint32_t kUnitBytes = 2;
  const auto flags = static_cast<std::uint32_t>(pcap_datalink_ext(handle));
  return LT_FCS_LENGTH_PRESENT(flags) != 0 ? LT_FCS_LENGTH(flags) * kUnitBytes : 0;
}

}  // namespace

void CaptureFile::Close::operator()(pcap_t* handle) const noexcept { pcap_close(handle); }

CaptureFile::CaptureFile(const std::string& path) : CaptureFile(path, open_file(path)) {}

std::unique_ptr<CaptureFile> CaptureFile::begin_again() const {
  FileDescriptor file(::fcntl(::fileno(pcap_file(handle_.get())), F_DUPFD_CLOEXEC, 0));
  if (!file.is_open() || ::lseek(file.get(), 0, SEEK_SET) != 0) {
    throw CaptureError("cannot read capture file " + path_ + " again: " + std::strerror(errno));
  }
  return std::unique_ptr<CaptureFile>(new CaptureFile(path_, std::move(file)));
}

CaptureFile::CaptureFile(std::string path, FileDescriptor file) : path_(std::move(path)), buffer_(kStreamBufferBytes) {
  std::FILE* const stream = open_stream(path_, std::move(file), buffer_);
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  handle_.reset(pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, error.data()));
  if (!handle_) {
    std::fclose(stream);
    // All that was read of the file stands in the buffer, also where it is a pipe.
    const std::string why = refusal_of(error.data(), {buffer_.data(), buffer_.size()}, path_);
    throw CaptureError("cannot read capture file " + path_ + ": " + why);
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
  fcs_bytes_ = fcs_bytes_of(handle_.get());
  plain_records_ = PlainRecords::of(stream, handle_.get(), fcs_bytes_);
}

std::size_t CaptureFile::read(std::span<FileRecord> out) noexcept {
  if (damage_ || out.empty()) return 0;
  std::size_t count = 0;
  if (plain_records_) {
    count = plain_records_->read(out);
    if (count == 0) leave_rest_to_libpcap();
  }
  if (count == 0 && read_with_libpcap(out[0])) count = 1;
  records_ += count;
  return count;
}

/// One record, since libpcap keeps no more. False at the end and where the file is damaged.
bool CaptureFile::read_with_libpcap(FileRecord& record) noexcept {
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  const int got = pcap_next_ex(handle_.get(), &header, &bytes);
  if (got == PCAP_ERROR) note_damage();
  if (got != 1) return false;
  // libpcap was asked to put nanoseconds where timeval has microseconds.
  record = make_file_record(file_time(header->ts.tv_sec, header->ts.tv_usec), bytes, header->caplen, header->len,
                            fcs_bytes_);
  return true;
}

/// From where the plain records stopped. What is wrong there, or that nothing follows, libpcap says in its words.
void CaptureFile::leave_rest_to_libpcap() noexcept {
  ::fseeko(pcap_file(handle_.get()), plain_records_->position(), SEEK_SET);
  plain_records_.reset();
}

void CaptureFile::note_damage() noexcept {
  const std::string message = pcap_geterr(handle_.get());
  const std::string behind = "behind record " + std::to_string(records_) + ": ";
  const std::string advice = advice_on_interfaces(message, path_);
  if (advice.empty()) {
    damage_ = "capture file " + path_ + " is damaged " + behind + message;
  } else {
    damage_ = "capture file " + path_ + " cannot be read " + behind +
              "libpcap does not read files whose interfaces differ (" + message + "). " + advice;
  }
}

}  // namespace iptraf::capture
