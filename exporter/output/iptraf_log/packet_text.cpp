// SPDX-License-Identifier: GPL-2.0-or-later
// A packet that is not TCP as a line of IPTraf's traffic monitor log.
#include "output/iptraf_log/packet_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/address_text.hpp"

namespace iptraf::output {
namespace {

struct Word {
  std::uint16_t number;
  std::string_view text;
};

/// ICMP types (RFC 792 and later ones).
constexpr Word kIcmpTypes[] = {
    {0, "echo rply"},     {3, "dest unrch"},  {4, "src qnch"},   {5, "redirct"},        {8, "echo req"},
    {9, "router adv"},    {10, "router sol"}, {11, "time excd"}, {12, "param prob"},    {13, "timestmp req"},
    {14, "timestmp rep"}, {15, "info req"},   {16, "info rep"},  {17, "addr mask req"}, {18, "addr mask rep"},
};
constexpr Word kIcmpCodes[] = {
    {0, "ntwk"},
    {1, "host"},
    {2, "proto"},
    {3, "port"},
    {4, "DF set"},
    {5, "src rte fail"},
    {6, "net unkn"},
    {7, "host unkn"},
    {8, "src isltd"},
    {9, "net comm denied"},
    {10, "host comm denied"},
    {11, "net unrch for TOS"},
    {12, "host unrch for TOS"},
    {13, "pkt fltrd"},
    {14, "prec violtn"},
    {15, "prec cutoff"},
};

/// ICMPv6 types (RFC 4443, RFC 2710, RFC 4861).
constexpr Word kIcmpv6Types[] = {
    {1, "dest unrch"},   {2, "pkt too big"},     {3, "time exceeded"},    {4, "param prob"},      {128, "echo req"},
    {129, "echo rply"},  {130, "mbrship query"}, {131, "mbrship report"}, {132, "mbrship reduc"}, {133, "router sol"},
    {134, "router adv"}, {135, "neigh sol"},     {136, "neigh adv"},      {137, "redirect"},
};
constexpr Word kIcmpv6Codes[] = {
    {0, "no route"}, {1, "admin"}, {2, "not beyondsp"}, {3, "unreach addr"}, {4, "no port"}};

/// RFC 2328 section A.3.1.
constexpr Word kOspfTypes[] = {{1, "hlo"}, {2, "DB desc"}, {3, "LSR"}, {4, "LSU"}, {5, "LSA"}};

/// IP protocols, the last of them by the names of Debian's /etc/protocols.
constexpr Word kProtocols[] = {
    {1, "ICMP"},  {2, "IGMP"},  {9, "IGP"},      {17, "UDP"},   {41, "IPv6 tun"}, {47, "GRE"},       {58, "ICMPv6"},
    {88, "IGRP"}, {0, "IP"},    {4, "IP-ENCAP"}, {8, "EGP"},    {46, "RSVP"},     {50, "IPSEC-ESP"}, {51, "IPSEC-AH"},
    {94, "IPIP"}, {103, "PIM"}, {112, "VRRP"},   {115, "L2TP"}, {132, "SCTP"},
};

constexpr Word kEthertypes[] = {
    {0x6001, "DEC MOP dump/load"},      {0x6002, "DEC MOP remote console"},
    {0x6003, "DEC DECnet Phase IV"},    {0x6004, "DEC LAT"},
    {0x6005, "DEC DECnet Diagnostics"}, {0x6006, "DEC DECnet Customer Use"},
    {0x6007, "DEC DECnet SCA"},         {0x8137, "IPX"},
};

std::string_view word_of(std::span<const Word> words, std::uint16_t number, std::string_view otherwise) {
  const auto found =
      std::find_if(words.begin(), words.end(), [number](const Word& word) { return word.number == number; });
  return found == words.end() ? otherwise : found->text;
}

std::string hexadecimal(std::uint16_t number) {
  std::array<char, 4> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number, 16).ptr;
  return "0x" + std::string(text.data(), end);
}

std::string dotted(std::uint32_t number) {
  std::string text = std::to_string(number >> 24U);
  for (const unsigned shift : {16U, 8U, 0U}) text += '.' + std::to_string((number >> shift) & 0xffU);
  return text;
}

bool is_icmp(const Packet& packet) { return packet.protocol == ip_protocol::kIcmp && packet.network == Network::kIpv4; }

bool is_icmpv6(const Packet& packet) {
  return packet.protocol == ip_protocol::kIcmpv6 && packet.network == Network::kIpv6;
}

std::string icmp_detail(const Packet& packet) {
  constexpr std::uint8_t kUnreachable = 3;
  std::string text(word_of(kIcmpTypes, packet.message_type, "bad/unkn"));
  if (packet.message_type != kUnreachable) return text;
  const std::string_view code = word_of(kIcmpCodes, packet.message_code, "");
  return code.empty() ? text : text + " (" + std::string(code) + ")";
}

std::string icmpv6_detail(const Packet& packet) {
  constexpr std::uint8_t kUnreachable = 1;
  std::string text(word_of(kIcmpv6Types, packet.message_type, "bad/unkn"));
  if (packet.message_type != kUnreachable) return text;
  const std::string_view code = word_of(kIcmpv6Codes, packet.message_code, "");
  return code.empty() ? text : text + " (" + std::string(code) + ")";
}

std::string ospf_detail(const Packet& packet) {
  std::string text(word_of(kOspfTypes, packet.message_type, "bad/unkn"));
  if (packet.detail_kind != DetailKind::kOspf) return text;
  const OspfHeader& header = packet.detail.ospf;
  return text + " (a=" + std::to_string(header.area_id) + " r=" + dotted(header.router_id) + ")";
}

/// Empty when there is nothing to say.
std::string ip_detail(const Packet& packet) {
  if (packet.fragment == Fragment::kLater) return "fragment";
  if (!packet.has_message) return {};
  if (is_icmp(packet)) return icmp_detail(packet);
  if (is_icmpv6(packet)) return icmpv6_detail(packet);
  return packet.protocol == ip_protocol::kOspf ? ospf_detail(packet) : std::string();
}

/// IPTraf names no number that it does not know.
std::string protocol_of(const Packet& packet) {
  if (packet.protocol != ip_protocol::kOspf) return std::string(word_of(kProtocols, packet.protocol, "IP protocol"));
  return packet.has_message ? "OSPFv" + std::to_string(packet.message_code) : "OSPF";
}

std::string ip_text(const std::string& device, const Packet& packet) {
  const bool has_ports = packet.has_ports && packet.fragment != Fragment::kLater;
  const auto end = [has_ports](const IpAddress& address, std::uint16_t port) {
    return has_ports ? to_text(address) + ":" + std::to_string(port) : to_text(address);
  };
  const std::string detail = ip_detail(packet);
  return protocol_of(packet) + "; " + device + "; " + std::to_string(packet.ip_bytes) + " bytes; from " +
         end(packet.source, packet.source_port) + " to " + end(packet.destination, packet.destination_port) +
         (detail.empty() ? "" : "; " + detail);
}

/// Operations of ARP and RARP (RFC 826, RFC 903).
std::string arp_name(const Packet& packet) {
  const char* const name = packet.network == Network::kArp ? "ARP" : "RARP";
  if (!packet.has_message || packet.detail_kind != DetailKind::kArp) return name;
  const ArpHardware& hardware = packet.detail.arp;
  switch (packet.message_type) {
    case 1:
      return "ARP request for " + to_text(packet.destination);
    case 2:
      return "ARP reply from " + to_text(packet.source);
    case 3:
      return "RARP request for " + to_text(hardware.target);
    case 4:
      return "RARP reply from " + to_text(hardware.sender);
    default:
      return name;
  }
}

std::string non_ip_name(const Packet& packet) {
  if (packet.network != Network::kOther) return arp_name(packet);
  const std::string_view known = word_of(kEthertypes, packet.ethertype, "");
  return "Non-IP (" + (known.empty() ? hexadecimal(packet.ethertype) : std::string(known)) + ")";
}

}  // namespace

std::string packet_text(const std::string& device, const Packet& packet) {
  if (has_trusted_ip(packet)) return ip_text(device, packet);
  // Where the link has no addresses they are zeros; the space at the end is IPTraf's.
  return non_ip_name(packet) + "; " + device + "; " + std::to_string(packet.frame_bytes) + " bytes; from " +
         to_text(packet.source_mac) + " to " + to_text(packet.destination_mac) + " ";
}

}  // namespace iptraf::output
