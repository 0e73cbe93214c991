// SPDX-License-Identifier: GPL-2.0-or-later
// IPTraf's statistical breakdown by packet size.
local dashboard = import 'lib/dashboard.libsonnet';
local row = (import 'lib/layout.libsonnet').row;
local p = import 'lib/panels.libsonnet';
local q = import 'lib/queries.libsonnet';
local v = import 'lib/variables.libsonnet';

local family(direction, part) = q.of_device('iptraf_packet_size_%s_bytes_%s' % [direction, part]);
local directions = [
  { name: 'received', family: 'receive' },
  { name: 'transmitted', family: 'transmit' },
];
local size = 'Network size: the frame without link header and VLAN tags. The brackets are twentieths of the MTU, as in IPTraf: choose instances that give this device the same MTU.';

local share(direction) =
  '%s / scalar(sum(increase(%s[$__range])) > 0)' % [q.sum_increase('le', family(direction, 'bucket')), family(direction, 'count')];

local brackets(direction) =
  p.bars('Brackets, ' + direction.name, 'Share of the packets %s in each bracket over the time range; a bracket is named by its upper bound in bytes. %s' % [direction.name, size], 'percentunit', [
    q.bracket('A', share(direction.family)),
  ]) + p.size(12, 12);
local heatmap(direction) =
  p.heatmap('Brackets along the time, ' + direction.name, 'How many packets %s fell into each bracket. %s' % [direction.name, size], 'decbytes', [
    q.heatmap('A', 'sum by (le) (increase(%s[$__rate_interval]))' % family(direction.family, 'bucket')),
  ]) + p.size(12, 10);
local percentiles(direction) =
  p.timeseries('Percentiles, ' + direction.name, 'Half of the packets %s are smaller than the median, and so on. Within a bracket sizes are taken as spread evenly; above the MTU the last bound is shown. %s' % [direction.name, size], 'decbytes', q.distribution('iptraf_packet_size_%s_bytes' % direction.family));

local average = row('All devices', [
  p.timeseries('Average size', 'Average network size of the packets of each device, in (above) and out (below): small packets in great number are typical of floods and of voice, large ones of copies and downloads.', 'decbytes', q.in_and_out(function(direction) q.mean('instance, device', 'iptraf_packet_size_%s_bytes' % direction), '{{instance}} {{device}}')) + p.mirrored + p.size(24, 8),
]);
local of_device = row('Device $device', [
  kind(direction)
  for kind in [brackets, heatmap, percentiles]
  for direction in directions
], repeat='device');

dashboard('packet_sizes',
          'Packet sizes',
          "Packets by size: IPTraf's -z. Devices of one name on several hosts are added up.",
          [v.datasource, v.job, v.instance, v.device],
          [average, of_device])
