// SPDX-License-Identifier: GPL-2.0-or-later
// IPTraf's general and detailed interface statistics.
local dashboard = import 'lib/dashboard.libsonnet';
local row = (import 'lib/layout.libsonnet').row;
local links = import 'lib/links.libsonnet';
local p = import 'lib/panels.libsonnet';
local q = import 'lib/queries.libsonnet';
local v = import 'lib/variables.libsonnet';

local each = 'instance, device';
local family(direction, what) = q.of_device('iptraf_interface_%s_%s_total' % [direction, what]);
local rate(what, by=each) = function(direction) q.sum_rate(by, family(direction, what));
local occurred(what, by) = function(direction) q.that_occurred(by, family(direction, what));
local occurred_bits(what, by) = function(direction) q.bits('(%s)' % occurred(what, by)(direction));
local bits(what, by=each) = function(direction) q.bits(rate(what, by)(direction));

local frame_bits(direction) = bits('bytes')(direction);
local rates_of(direction, name) = [
  { ref: name + '_current', name: name + ', current', unit: 'bps', bar: true, expr: frame_bits(direction) },
  { ref: name + '_average', name: name + ', average', unit: 'bps', expr: q.bits('sum by (%s) (rate(%s[$__range]))' % [each, family(direction, 'bytes')]) },
  { ref: name + '_peak', name: name + ', peak', unit: 'bps', expr: q.peak(frame_bits(direction)) },
];

local state = row('Interfaces', [
  p.table('Rates', "Bits per second of frames: now, the average over the time range, and the highest value within it. IPTraf's current, average and peak rates; frames count with link header and without frame check sequence.", [
    { label: 'instance', name: 'Instance' },
    { label: 'device', name: 'Device', link: links.from_device_cell('Services of this device', 'services') },
  ], rates_of('receive', 'In') + rates_of('transmit', 'Out'), sort='In, current') + p.size(17, 9),
  p.timeline('Up', 'Whether the interface is there and up. A capture file is always up.', [
    q.range('A', q.of_device('iptraf_interface_up'), '{{instance}} {{device}}'),
  ], p.up_or_down) + p.size(7, 9),
]);

local traffic = row('Traffic', [
  p.timeseries('Traffic', "Bits per second of frames into (above) and out of (below) the interface: length on the wire with link header and VLAN tags, without frame check sequence. IPTraf's incoming and outgoing rates.", 'bps', q.in_and_out(frame_bits, '{{instance}} {{device}}')) + p.mirrored + p.size(12, 10),
  p.timeseries('Packets', 'Packets per second into (above) and out of (below) the interface, each once. An offloaded super-packet counts as the packets that were on the wire.', 'pps', q.in_and_out(rate('packets'), '{{instance}} {{device}}')) + p.mirrored + p.size(12, 10),
]);

local protocols = row('By protocol', [
  p.timeseries('Network protocol', 'Bits per second of frames in (above) and out (below): IPv4, IPv6, ARP, RARP and the rest, which IPTraf calls non-IP.', 'bps', q.in_and_out(occurred_bits('bytes', 'network'), '{{network}}')) + p.mirrored + p.stacked,
  p.timeseries('Transport protocol', 'Bits per second of frames in (above) and out (below). Other: IP of another protocol; none: not IP, or an IP header that cannot be trusted.', 'bps', q.in_and_out(occurred_bits('bytes', 'transport'), '{{transport}}')) + p.mirrored + p.stacked,
  p.timeseries('IP traffic', "Bits per second of IP packets in (above) and out (below), header and payload, without link header and padding: the bytes of IPTraf's detailed statistics.", 'bps', q.in_and_out(occurred_bits('ip_bytes', 'network, transport'), '{{network}} {{transport}}')) + p.mirrored + p.stacked,
  p.timeseries('Packets by protocol', 'Packets per second in (above) and out (below) by network and transport protocol.', 'pps', q.in_and_out(occurred('packets', 'network, transport'), '{{network}} {{transport}}')) + p.mirrored + p.stacked,
]);

local groups = row('Broadcast and multicast', [
  p.timeseries('Broadcast and multicast packets',
               "Packets per second to the link layer's broadcast address and to its group addresses, in (above) and out (below). Much broadcast is a sign of a loop.",
               'pps',
               q.in_and_out(rate('broadcast_packets'), '{{instance}} {{device}} broadcast') +
               [target { refId: 'multicast_' + target.refId } for target in q.in_and_out(rate('multicast_packets'), '{{instance}} {{device}} multicast')]) + p.mirrored,
  p.timeseries('Broadcast and multicast traffic',
               "Bits per second of frames to the link layer's broadcast address and to its group addresses, in (above) and out (below).",
               'bps',
               q.in_and_out(bits('broadcast_bytes'), '{{instance}} {{device}} broadcast') +
               [target { refId: 'multicast_' + target.refId } for target in q.in_and_out(bits('multicast_bytes'), '{{instance}} {{device}} multicast')]) + p.mirrored,
]);

local errors = row('Errors', [
  p.timeseries('Checksum errors', "Packets per second whose IPv4 header checksum is wrong, in (above) and out (below): IPTraf's IP checksum errors. They point to a bad cable, card or router.", 'pps', q.in_and_out(rate('checksum_errors'), '{{instance}} {{device}}')) + p.mirrored + p.size(8, 8),
  p.timeseries('Malformed packets', 'Packets per second with a header that cannot be read or contradicts itself, by reason, in (above) and out (below).', 'pps', q.in_and_out(rate('malformed_packets', 'reason'), '{{reason}}')) + p.mirrored + p.size(10, 8),
  p.stat('MTU', 'Largest network size in bytes that the interface transmits: the frame without its link header.', 'decbytes', [
    q.instant('A', q.of_device('iptraf_interface_mtu_bytes'), '{{instance}} {{device}}'),
  ]) + p.size(6, 8),
]);

dashboard('interface',
          'Interfaces',
          "General and detailed interface statistics: IPTraf's -g and -d.",
          [v.datasource, v.job, v.instance, v.device],
          [state, traffic, protocols, groups, errors])
