// SPDX-License-Identifier: GPL-2.0-or-later
// IPTraf's IP traffic monitor, lower window: what is not TCP, by protocol and type.
local dashboard = import 'lib/dashboard.libsonnet';
local row = (import 'lib/layout.libsonnet').row;
local p = import 'lib/panels.libsonnet';
local q = import 'lib/queries.libsonnet';
local v = import 'lib/variables.libsonnet';

local family(what, more='') = q.of_device('iptraf_ip_traffic_%s_total' % what, more);
local rate(by, what, more='') = q.sum_rate(by, family(what, more));
local that_occurred(by, what, more='') = q.that_occurred(by, family(what, more));
local totals(title, description, labels, what, more='') =
  local by = std.join(', ', [label.label for label in labels]);
  p.table(title, description, labels, [
    { ref: 'A', name: 'Packets', unit: 'short', bar: true, expr: '%s > 0' % q.sum_increase(by, family(what, more)) },
  ], sort='Packets') + p.size(12, 9);

local ip = row('IP protocols', [
  p.timeseries('Traffic', 'Bits per second of IP packets, header and payload, by the protocol behind all extension headers.', 'bps', [
    q.range('A', q.bits('(%s)' % that_occurred('protocol', 'bytes')), '{{protocol}}'),
  ]) + p.stacked,
  p.timeseries('Packets', 'IP packets per second by the protocol behind all extension headers.', 'pps', [
    q.range('A', that_occurred('protocol', 'packets'), '{{protocol}}'),
  ]) + p.stacked,
  p.table('Protocols over the time range', 'IP packets and IP bytes of each protocol over the time range; only the outer header of IP inside IP counts.', [
    { label: 'protocol', name: 'Protocol' },
  ], [
    { ref: 'packets', name: 'Packets', unit: 'short', bar: true, expr: '%s > 0' % q.sum_increase('protocol', family('packets')) },
    { ref: 'bytes', name: 'Bytes', unit: 'decbytes', bar: true, expr: '%s > 0' % q.sum_increase('protocol', family('bytes')) },
  ], sort='Bytes') + p.size(24, 8),
]);

local icmp = row('ICMP and ICMPv6', [
  p.timeseries('ICMP of IPv4', 'ICMP packets per second by type, destination unreachable also by code; types that did not occur are left out.', 'pps', [
    q.range('A', that_occurred('type, code', 'icmp_packets', 'version="4"'), '{{type}} {{code}}'),
  ]),
  p.timeseries('ICMPv6', 'ICMPv6 packets per second by type, destination unreachable also by code; types that did not occur are left out.', 'pps', [
    q.range('A', that_occurred('type, code', 'icmp_packets', 'version="6"'), '{{type}} {{code}}'),
  ]),
  p.timeseries('Unreachable', 'Destination unreachable messages per second of ICMP and ICMPv6 by code: ports that are closed, networks without a route, packets that a filter refused.', 'pps', [
    q.range('A', that_occurred('version, code', 'icmp_packets', 'type="dest_unreach"'), 'IPv{{version}} {{code}}'),
  ]) + p.stacked + p.size(12, 9),
  totals('ICMP over the time range', 'ICMP and ICMPv6 packets over the time range by type and code.', [
    { label: 'version', name: 'IP', width: 80 },
    { label: 'type', name: 'Type' },
    { label: 'code', name: 'Code' },
  ], 'icmp_packets'),
]);

local routing = row('OSPF and ARP', [
  p.timeseries('OSPF', 'OSPF packets per second by version and type. Hellos come steadily; other types mean that routes change.', 'pps', [
    q.range('A', that_occurred('version, type', 'ospf_packets'), 'v{{version}} {{type}}'),
  ]),
  p.timeseries('ARP and RARP', 'ARP and RARP packets per second by operation. Many requests without replies are a sign of a scan.', 'pps', [
    q.range('A', rate('operation', 'arp_packets'), '{{operation}}'),
  ]),
]);

local ethertype_bits = q.bits('(%s)' % that_occurred('ethertype', 'non_ip_bytes'));
local non_ip = row('What is not IP', [
  p.timeseries('Non-IP traffic', 'Bits per second of frames that are not IP, by EtherType; llc is 802.3, link a link layer without EtherTypes. Frames count with link header and without frame check sequence.', 'bps', [
    q.range('A', ethertype_bits, '{{ethertype}}'),
  ]) + p.stacked,
  p.timeseries('Non-IP packets', 'Packets per second that are not IP, by EtherType.', 'pps', [
    q.range('A', that_occurred('ethertype', 'non_ip_packets'), '{{ethertype}}'),
  ]) + p.stacked,
]);

dashboard('protocols',
          'Protocols',
          "IP protocols, ICMP, OSPF, ARP and what is not IP: the lower window of IPTraf's -i. Single packets are in the exporter's /api/v1/packets.",
          [v.datasource, v.job, v.instance, v.device],
          [ip, icmp, routing, non_ip])
