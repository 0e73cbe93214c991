// SPDX-License-Identifier: GPL-2.0-or-later
// IPTraf's TCP and UDP service monitor.
local dashboard = import 'lib/dashboard.libsonnet';
local row = (import 'lib/layout.libsonnet').row;
local p = import 'lib/panels.libsonnet';
local q = import 'lib/queries.libsonnet';
local v = import 'lib/variables.libsonnet';

local port = 'protocol, port';
local family(way, what, more='') = q.of_device('iptraf_service_%s_%s_total' % [way, what], more);
local rate(way, what) = q.sum_rate(port, family(way, what));
local total(way, what) = q.sum_increase(port, family(way, what));
local ranking(what) = '%s + %s' % [q.at_end(port, family('in', what)), q.at_end(port, family('out', what))];
// Machines may know a port by different names: one is enough.
local name = 'topk by (protocol, port) (1, max by (protocol, port, name) (%s))' % q.of_instance('iptraf_service_info');
local named(vector) = q.with_info(vector, port, 'name', name);
local busiest(vector, what) = named(q.busiest(vector, ranking(what), port));
local lines(what, scaled) = [
  q.range(way, busiest(scaled(rate(way, what)), what), '{{port}}/{{protocol}} {{name}} ' + way)
  for way in ['in', 'out']
];
local as_it_is(vector) = vector;

local graphs = row('Busiest services', [
  p.timeseries('Traffic', "Bits per second of IP packets (header and payload) to a port (in, above) and from it (out, below), whichever way they cross the interface: IPTraf's BytesTo and BytesFrom. The ports are those with the most bytes over the time range.", 'bps', lines('bytes', q.bits)) + p.mirrored + p.size(12, 11),
  p.timeseries('Packets', "Packets per second to a port (in, above) and from it (out, below), whichever way they cross the interface: IPTraf's PktsTo and PktsFrom. The ports are those with the most packets over the time range.", 'pps', lines('packets', as_it_is)) + p.mirrored + p.size(12, 11),
]);

local numbers = row('Totals over the time range', [
  p.table('Services', "Packets and IP bytes to (in) and from (out) each of the busiest ports over the time range, and the average rate of both together. Names come from the exporter's services database; port other is what its table had no room for.", [
    { label: 'protocol', name: 'Protocol', width: 100 },
    { label: 'port', name: 'Port', width: 100 },
    { label: 'name', name: 'Name' },
  ], [
    { ref: 'in_bytes', name: 'Bytes in', unit: 'decbytes', bar: true, expr: busiest(total('in', 'bytes'), 'bytes') },
    { ref: 'out_bytes', name: 'Bytes out', unit: 'decbytes', bar: true, expr: busiest(total('out', 'bytes'), 'bytes') },
    { ref: 'in_packets', name: 'Packets in', unit: 'short', expr: busiest(total('in', 'packets'), 'bytes') },
    { ref: 'out_packets', name: 'Packets out', unit: 'short', expr: busiest(total('out', 'packets'), 'bytes') },
    { ref: 'rate', name: 'Average rate', unit: 'bps', expr: busiest(q.bits('(%s)' % ranking('bytes')), 'bytes') },
  ], sort='Bytes in') + p.size(24, 12),
]);

local others = row('What the table had no room for', [
  p.timeseries('Port other', 'Bits per second of IP packets to (in, above) and from (out, below) ports that got no series of their own, because max_ports or max_series was reached. No data: there was room for all.', 'bps', [
    q.range(way, q.bits(q.sum_rate('instance, device, protocol', family(way, 'bytes', 'port="other"'))), '{{instance}} {{device}} {{protocol}} ' + way)
    for way in ['in', 'out']
  ]) + p.mirrored,
  p.timeseries('Ports with series of their own', 'Ports that were seen and have series, on all devices of the exporter. The dashboard Exporter shows how full the table is.', 'short', [
    q.range('A', q.of_instance('iptraf_table_entries', 'table="service"'), '{{instance}}'),
  ]),
]);

dashboard('services',
          'Services',
          "Traffic by TCP and UDP port: IPTraf's -s. Ports 1 to 1023 count, and those that the configuration adds.",
          [v.datasource, v.job, v.instance, v.device, v.top],
          [graphs, numbers, others])
