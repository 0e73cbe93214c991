// SPDX-License-Identifier: GPL-2.0-or-later
// IPTraf's LAN station statistics.
local dashboard = import 'lib/dashboard.libsonnet';
local row = (import 'lib/layout.libsonnet').row;
local p = import 'lib/panels.libsonnet';
local q = import 'lib/queries.libsonnet';
local v = import 'lib/variables.libsonnet';

local station = 'job, instance, device, mac';
local family(direction, what, more='') = q.of_device('iptraf_lan_station_%s_%s_total' % [direction, what], more);
local rate(direction, what) = q.sum_rate(station, family(direction, what));
local total(direction, what) = q.sum_increase(station, family(direction, what));
local info = q.of_device('iptraf_lan_station_info');
local ranking(what) = '%s + %s' % [q.at_end(station, family('receive', what)), q.at_end(station, family('transmit', what))];
local named(vector) = q.with_info(vector, station, 'description, vendor', info);
local busiest(vector, what) = named(q.busiest(vector, ranking(what), station));
local lines(what, scaled) =
  q.in_and_out(function(direction) busiest(scaled(rate(direction, what)), what), '{{instance}} {{device}} {{mac}} {{description}} {{vendor}}');
local as_it_is(vector) = vector;

local graphs = row('Busiest stations', [
  p.timeseries('Traffic', "Bits per second of frames that are addressed to the station (in, above) and that it sent (out, below): IPTraf's BytesIn and BytesOut, with link header and without frame check sequence. The stations are those with the most bytes over the time range.", 'bps', lines('bytes', q.bits)) + p.mirrored + p.size(12, 11),
  p.timeseries('Packets', "Packets per second that are addressed to the station (in, above) and that it sent (out, below): IPTraf's PktsIn and PktsOut. The stations are those with the most packets over the time range.", 'pps', lines('packets', as_it_is)) + p.mirrored + p.size(12, 11),
]);

local numbers = row('Totals over the time range', [
  p.table('Stations', "Frame bytes, packets and IP packets (IPv4 and IPv6) to (in) and from (out) each of the busiest stations over the time range. Group addresses are stations too; station other is what the table had no room for. Vendors come from the IEEE's list where it is installed, local is an address that a system chose itself.", [
    { label: 'instance', name: 'Instance' },
    { label: 'device', name: 'Device' },
    { label: 'mac', name: 'Station', width: 150 },
    { label: 'description', name: 'Description' },
    { label: 'vendor', name: 'Vendor' },
  ], [
    { ref: 'in_bytes', name: 'Bytes in', unit: 'decbytes', bar: true, expr: busiest(total('receive', 'bytes'), 'bytes') },
    { ref: 'out_bytes', name: 'Bytes out', unit: 'decbytes', bar: true, expr: busiest(total('transmit', 'bytes'), 'bytes') },
    { ref: 'in_packets', name: 'Packets in', unit: 'short', expr: busiest(total('receive', 'packets'), 'bytes') },
    { ref: 'out_packets', name: 'Packets out', unit: 'short', expr: busiest(total('transmit', 'packets'), 'bytes') },
    { ref: 'in_ip', name: 'IP packets in', unit: 'short', expr: busiest(total('receive', 'ip_packets'), 'bytes') },
    { ref: 'out_ip', name: 'IP packets out', unit: 'short', expr: busiest(total('transmit', 'ip_packets'), 'bytes') },
  ], sort='Bytes in', hidden=['job']) + p.size(24, 12),
]);

local here = row('Who is here', [
  p.timeseries('Stations', 'Stations that have series: seen on the device and not silent for collectors.lan_station.idle. Group addresses count.', 'short', [
    q.range('A', 'count by (instance, device) (%s)' % info, '{{instance}} {{device}}'),
  ]) + p.size(8, 10),
  p.table('New stations', 'Stations that are here at the end of the time range and were not at its beginning, or the exporter was not.', [
    { label: 'instance', name: 'Instance' },
    { label: 'device', name: 'Device' },
    { label: 'mac', name: 'Station', width: 150 },
    { label: 'description', name: 'Description' },
    { label: 'vendor', name: 'Vendor' },
    { label: 'link_type', name: 'Link', width: 90 },
  ], [
    { ref: 'A', name: 'Seen', unit: 'none', expr: 'count by (instance, device, mac, description, vendor, link_type) (%s unless on (%s) %s offset $__range)' % [info, station, info] },
  ]) + p.size(16, 10),
]);

local others = row('What the table had no room for', [
  p.timeseries('Station other', 'Bits per second of frames to (in, above) and from (out, below) stations that got no series of their own, because max_stations or max_series was reached. No data: there was room for all.', 'bps', q.in_and_out(function(direction) q.bits(q.sum_rate('instance, device', family(direction, 'bytes', 'mac="other"'))), '{{instance}} {{device}}')) + p.mirrored,
  p.timeseries('Stations with series of their own', 'Stations in the table, on all devices of the exporter. The dashboard Exporter shows how full it is.', 'short', [
    q.range('A', q.of_instance('iptraf_table_entries', 'table="lan_station"'), '{{instance}}'),
  ]),
]);

dashboard('stations',
          'LAN stations',
          "Traffic by MAC address: IPTraf's -l.",
          [v.datasource, v.job, v.instance, v.device, v.top],
          [graphs, numbers, here, others])
