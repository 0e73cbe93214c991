// SPDX-License-Identifier: GPL-2.0-or-later
// The uid of every dashboard, for links from one to another.
{
  overview: 'iptraf-overview',
  interface: 'iptraf-interface',
  services: 'iptraf-services',
  packet_sizes: 'iptraf-packet-sizes',
  tcp: 'iptraf-tcp',
  stations: 'iptraf-stations',
  protocols: 'iptraf-protocols',
  exporter: 'iptraf-exporter',
}
