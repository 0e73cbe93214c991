// SPDX-License-Identifier: GPL-2.0-or-later
// IPTraf's IP traffic monitor, upper window: TCP connections.
local dashboard = import 'lib/dashboard.libsonnet';
local row = (import 'lib/layout.libsonnet').row;
local p = import 'lib/panels.libsonnet';
local q = import 'lib/queries.libsonnet';
local v = import 'lib/variables.libsonnet';

local rate(metric, by) = q.sum_rate(by, q.of_device(metric));
local flags(name) = 'sum(rate(%s[$__rate_interval]))' % q.of_device('iptraf_tcp_packets_total', 'flags="%s"' % name);
local in_state(states) = 'sum(%s) or vector(0)' % q.of_device('iptraf_tcp_connections', 'state=~"%s"' % states);
local stat(title, description, unit, expr) = p.stat(title, description, unit, [q.instant('A', expr, '')]) + p.size(4, 4);
local began = q.of_device('iptraf_tcp_connections_opened_total');
local over_range(metric, more) = 'sum(increase(%s[$__range]))' % q.of_device(metric, more);

local now = row('Now', [
  stat('Established', 'TCP connections that are established and not closing.', 'short', in_state('established')),
  stat('Half-open', 'TCP connections that wait for the end of their handshake. Many of them are a sign of a SYN flood or a scan.', 'short', in_state('opening')),
  stat('Closing', 'TCP connections in which one side has sent its FIN.', 'short', in_state('closing')),
  stat('Seen from the middle', "Open TCP connections whose beginning was not captured: IPTraf's mark >.", 'short', 'sum(%s)' % q.of_device('iptraf_tcp_connections_partial')),
  stat('Begun per second', 'TCP connections per second that were seen for the first time.', 'cps', 'sum(rate(%s[$__rate_interval]))' % began),
  stat('SYNs answered', 'SYN/ACKs for each SYN over the time range. Far below 100 %: SYNs that nobody answers, as in a scan, a flood or an outage; above: the SYNs took another way.', 'percentunit', '%s / (%s > 0)' % [over_range('iptraf_tcp_packets_total', 'flags="syn_ack"'), over_range('iptraf_tcp_packets_total', 'flags="syn"')]) + p.with_defaults({ thresholds: p.thresholds('red', [['orange', 0.5], ['green', 0.8]]) }),
]);

local connections = row('Connections', [
  p.timeseries('By state', 'TCP connections that are shown now. Those in state closed, reset and idle have ended and stay for closed_persistence, or until their place is needed.', 'short', [
    q.range('A', 'sum by (state) (%s)' % q.of_device('iptraf_tcp_connections'), '{{state}}'),
  ]) + p.stacked,
  p.timeseries('Open, by device', 'TCP connections in state opening, established or closing on each device.', 'short', [
    q.range('A', 'sum by (instance, device) (%s)' % q.of_device('iptraf_tcp_connections', 'state=~"opening|established|closing"'), '{{instance}} {{device}}'),
  ]),
  p.timeseries('Begun', 'TCP connections per second that were seen for the first time: by a SYN, or in mid-stream when the capture began later.', 'cps', [
    q.range('A', rate('iptraf_tcp_connections_opened_total', 'start'), '{{start}}'),
  ]) + p.stacked,
  p.timeseries('Ended', 'TCP connections per second that ended. Fin: both FINs acknowledged; reset: an RST; idle: silent for the time-out; unreachable: ICMP said so; evicted: the table was full.', 'cps', [
    q.range('A', rate('iptraf_tcp_connections_ended_total', 'reason'), '{{reason}}'),
  ]) + p.stacked,
]);

local packets = row('Packets', [
  p.timeseries('Packets by flags', 'TCP packets per second by the first of RST, SYN/ACK, SYN and FIN that their flags show; other is the data between.', 'pps', [
    q.range('A', rate('iptraf_tcp_packets_total', 'flags'), '{{flags}}'),
  ]),
  p.timeseries('SYNs and their answers', 'SYNs and SYN/ACKs per second. A gap between the two is what nobody answered.', 'pps', [
    q.range('syn', flags('syn'), 'SYN'),
    q.range('syn_ack', flags('syn_ack'), 'SYN/ACK'),
    q.range('rst', flags('rst'), 'RST'),
  ]),
]);

local distribution(title, description, unit, metric) =
  p.timeseries(title, description, unit, q.distribution(metric)) + p.size(8, 9);

local distributions = row('Handshake, duration and size', [
  distribution('Handshake', 'Time from the SYN to the ACK of the SYN/ACK: the round trip between the two sides. Percentiles are estimates between the bounds of the histogram, at most 3 s.', 's', 'iptraf_tcp_handshake_seconds'),
  distribution('Duration', 'Time from the first to the last packet of the connections that ended. Percentiles are estimates between the bounds of the histogram, at most 4 hours.', 's', 'iptraf_tcp_connection_duration_seconds'),
  distribution('Bytes of a connection', 'IP bytes of both directions of the connections that ended. Percentiles are estimates between the bounds of the histogram, at most 1 GB.', 'decbytes', 'iptraf_tcp_connection_bytes'),
]);

local table = row('Table of connections', [
  p.timeseries('Entries', 'Connections that the table holds, ended ones included, on all devices of the exporter. The dashboard Exporter shows how full it is.', 'short', [
    q.range('A', q.of_instance('iptraf_table_entries', 'table="tcp"'), '{{instance}}'),
  ]),
  p.timeseries('Evictions', 'Connections per second that left the table, on all devices of the exporter: ended ones whose time was over (expired) or whose place was needed (closed), half-open and idle ones when the table was full.', 'cps', [
    q.range('A', q.sum_rate('instance, reason', q.of_instance('iptraf_table_evictions_total', 'table="tcp"')), '{{instance}} {{reason}}'),
  ]),
]);

dashboard('tcp',
          'TCP connections',
          "The TCP connections of IPTraf's -i, upper window. Who talks to whom is in the exporter's /api/v1/connections.",
          [v.datasource, v.job, v.instance, v.device],
          [now, connections, packets, distributions, table])
