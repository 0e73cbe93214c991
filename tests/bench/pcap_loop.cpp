// SPDX-License-Identifier: GPL-2.0-or-later
// bare_pcap_loop: counts the packets and bytes of a capture file with pcap_loop, and does nothing else: the yardstick.
#include <pcap/pcap.h>

#include <array>
#include <cinttypes>
#include <cstdint>
#include <cstdio>

namespace {

struct Totals {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

void count(u_char* user, const pcap_pkthdr* header, const u_char* /*bytes*/) {
  auto* const totals = reinterpret_cast<Totals*>(user);
  ++totals->packets;
  totals->bytes += header->len;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bare_pcap_loop FILE\n");
    return 1;
  }
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  pcap_t* const handle = pcap_open_offline(argv[1], error.data());
  if (handle == nullptr) {
    std::fprintf(stderr, "bare_pcap_loop: %s\n", error.data());
    return 1;
  }
  Totals totals;
  const int status = pcap_loop(handle, -1, count, reinterpret_cast<u_char*>(&totals));
  if (status != 0) std::fprintf(stderr, "bare_pcap_loop: %s: %s\n", argv[1], pcap_geterr(handle));
  pcap_close(handle);
  std::printf("packets %" PRIu64 " bytes %" PRIu64 "\n", totals.packets, totals.bytes);
  return status == 0 ? 0 : 1;
}
