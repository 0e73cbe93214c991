// SPDX-License-Identifier: GPL-2.0-or-later
// The first screen: who uses the line, and is anything wrong. It reads recorded series, so that a thousand hosts are cheap.
local dashboard = import 'lib/dashboard.libsonnet';
local row = (import 'lib/layout.libsonnet').row;
local links = import 'lib/links.libsonnet';
local p = import 'lib/panels.libsonnet';
local q = import 'lib/queries.libsonnet';
local v = import 'lib/variables.libsonnet';

local stat(title, description, unit, expr, thresholds) =
  p.stat(title, description, unit, [q.instant('A', expr, '')]) + p.size(3, 4) + p.with_defaults({ thresholds: thresholds, links: [links.to('Exporters', 'exporter')] });
local trouble_count(title, description, condition) =
  stat(title, description, 'none', q.count(condition), p.bad_from(1));

local interface(direction, what) = q.of_instance('instance:iptraf_interface_%s_%s:rate5m' % [direction, what]);
local fleet(direction, what) = 'sum(%s)' % q.of_job('job:iptraf_interface_%s_%s:rate5m' % [direction, what]);
local service_family(way) = q.of_job('job_protocol_port:iptraf_service_%s_bytes:rate5m' % way);
local service(way) = 'sum by (protocol, port) (%s)' % service_family(way);
local busiest_now(vector) = 'sort_desc(topk($top, %s))' % vector;
local host_traffic = 'sum by (instance) (%s) + sum by (instance) (%s)' % [interface('receive', 'bytes'), interface('transmit', 'bytes')];
local by_host(vector) = 'sum by (instance) (%s)' % vector;

// Lines of those that were busiest over the whole range, so that a line does not come and go.
local mean_over_range(by, vector) = 'sum by (%s) (avg_over_time(%s[$__range] @ end()))' % [by, vector];
local in_all(by, vectors) = std.join(' + ', [mean_over_range(by, vector) for vector in vectors]);
local occurred_bits(by, vector) =
  q.bits('(sum by (%s) (%s) and on (%s) %s > 0)' % [by, vector, by, mean_over_range(by, vector)]);
local busiest_hosts(vector, what) =
  q.busiest(vector, in_all('instance', [interface('receive', what), interface('transmit', what)]), 'instance');
local busiest_by_itself(vector) = q.busiest(by_host(vector), mean_over_range('instance', vector), 'instance');

local handshake(phi) = 'histogram_quantile(%s, sum by (le) (%s))' % [phi, q.of_job('job_le:iptraf_tcp_handshake_seconds_bucket:rate5m')];

local health = row('Is anything wrong?', [
  stat('Exporters up', 'Exporters of the chosen jobs that Prometheus could scrape just now.', 'none', 'sum(%s)' % q.of_instance('up'), p.thresholds('red', [['green', 1]])),
  trouble_count('Exporters down', 'Exporters that Prometheus knows and could not scrape: the host is down, or the exporter is.', '%s == 0' % q.of_instance('up')),
  trouble_count('Captures down', 'Devices whose packets are not captured: the device is down or gone, its ring is closed, or the capture file is damaged.', '%s == 0' % q.of_instance('iptraf_capture_up')),
  stat('Worst loss', 'Of the host that loses most: the share of packets that the kernel dropped for want of room in the ring, over 5 minutes. What is dropped is missing in every other figure of that host.', 'percentunit', 'max(%s)' % q.of_instance('instance:iptraf_capture_dropped:ratio_rate5m'), p.thresholds('green', [['orange', 0.001], ['red', 0.01]])),
  stat('Fullest table', 'How full the fullest of all bounded tables is (connections, ports, stations, fragments, EtherTypes). In a full table newcomers count as other, or push out older entries.', 'percentunit', 'max(%s)' % q.of_instance('instance:iptraf_table_fill:ratio_max'), p.thresholds('green', [['orange', 0.8], ['red', 0.95]])),
  trouble_count('Failed collectors', 'Collectors that could not give their totals at the last scrape.', '%s == 0' % q.of_instance('iptraf_scrape_collector_success')),
  trouble_count('Refused configurations', 'Exporters that refused their new configuration and go on with the old one.', '%s == 0' % q.of_instance('iptraf_config_last_reload_successful')),
  trouble_count('Alerts', 'Alerts of iptraf_exporter that fire now, of all jobs; the last panel of this page lists them.', 'ALERTS{alertname=~"Iptraf.+",alertstate="firing"}'),
]);

local usage = row('Who uses the line?', [
  p.timeseries('Traffic of all hosts', "Bits per second of frames into (above) and out of (below) all interfaces of the chosen jobs, whichever instances are chosen. Frames count with link header and without frame check sequence: IPTraf's incoming and outgoing rates.", 'bps', [
    q.range('in', q.bits(fleet('receive', 'bytes')), 'all hosts in'),
    q.range('out', q.bits(fleet('transmit', 'bytes')), 'all hosts out'),
  ]) + p.mirrored + p.size(12, 9),
  p.bars('Busiest hosts', 'Bits per second of frames in and out together, over the last 5 minutes. A bar leads to the interfaces of the host.', 'bps', [
    q.instant('A', busiest_now(q.bits('(%s)' % host_traffic)), '{{instance}}'),
  ]) + p.with_defaults({ links: [links.from_instance_series('Interfaces of this host', 'interface')] }) + p.size(6, 9),
  p.bars('Busiest services', 'Bits per second of IP packets to and from a port, of all hosts of the chosen jobs, over the last 5 minutes. A bar leads to the services.', 'bps', [
    q.instant('A', busiest_now(q.bits('(%s + %s)' % [service('in'), service('out')])), '{{port}}/{{protocol}}'),
  ]) + p.with_defaults({ links: [links.to('Services', 'services')] }) + p.size(6, 9),
  p.table('Hosts', 'The busiest hosts: frames in and out, captured packets, the share that the kernel dropped, how full the fullest table is, open TCP connections, connections that began, and series on the page. A name leads to what is known about the host.', [
    { label: 'instance', name: 'Instance', link: links.from_instance_cell('Interfaces of this host', 'interface') },
  ], [
    { ref: 'in', name: 'In', unit: 'bps', bar: true, expr: q.busiest(q.bits(by_host(interface('receive', 'bytes'))), host_traffic, 'instance') },
    { ref: 'out', name: 'Out', unit: 'bps', bar: true, expr: q.busiest(q.bits(by_host(interface('transmit', 'bytes'))), host_traffic, 'instance') },
    { ref: 'packets', name: 'Captured', unit: 'pps', expr: q.busiest(by_host(q.of_instance('instance:iptraf_capture_packets:rate5m')), host_traffic, 'instance') },
    { ref: 'loss', name: 'Lost', unit: 'percentunit', thresholds: p.thresholds('green', [['orange', 0.001], ['red', 0.01]]), expr: q.busiest('max by (instance) (%s)' % q.of_instance('instance:iptraf_capture_dropped:ratio_rate5m'), host_traffic, 'instance') },
    { ref: 'fill', name: 'Fullest table', unit: 'percentunit', thresholds: p.thresholds('green', [['orange', 0.8], ['red', 0.95]]), expr: q.busiest('max by (instance) (%s)' % q.of_instance('instance:iptraf_table_fill:ratio_max'), host_traffic, 'instance') },
    { ref: 'open', name: 'Open connections', unit: 'short', expr: q.busiest(by_host(q.of_instance('instance:iptraf_tcp_connections:sum', 'state=~"opening|established|closing"')), host_traffic, 'instance') },
    { ref: 'opened', name: 'Begun', unit: 'cps', expr: q.busiest(by_host(q.of_instance('instance:iptraf_tcp_connections_opened:rate5m')), host_traffic, 'instance') },
    { ref: 'series', name: 'Series', unit: 'short', expr: q.busiest(by_host(q.of_instance('instance:iptraf_series:count')), host_traffic, 'instance') },
  ], sort='In'),
]);

local content = row('What is on the line?', [
  p.timeseries('Network and transport', 'Bits per second of frames, both directions added, of all hosts of the chosen jobs. Transport none: not IP, or an IP header that cannot be trusted.', 'bps', [
    q.range('A', occurred_bits('network, transport', q.of_job('job_network_transport:iptraf_interface_bytes:rate5m')), '{{network}} {{transport}}'),
  ]) + p.stacked,
  p.timeseries('IP protocols', 'Bits per second of IP packets (header and payload) by protocol, of all hosts of the chosen jobs.', 'bps', [
    q.range('A', occurred_bits('protocol', q.of_job('job_protocol:iptraf_ip_traffic_bytes:rate5m')), '{{protocol}}'),
  ]) + p.stacked,
  p.timeseries('Packets of all hosts', 'Packets per second into (above) and out of (below) all interfaces of the chosen jobs.', 'pps', [
    q.range('in', fleet('receive', 'packets'), 'all hosts in'),
    q.range('out', fleet('transmit', 'packets'), 'all hosts out'),
  ]) + p.mirrored,
  p.timeseries('Busiest services', "Bits per second of IP packets to a port (in, above) and from it (out, below), IPTraf's incoming and outgoing, of all hosts of the chosen jobs. The ports are those with the most bytes over the time range. Port other: what the tables of the exporters had no room for.", 'bps', [
    q.range(way, q.busiest(q.bits(service(way)), in_all('protocol, port', [service_family('in'), service_family('out')]), 'protocol, port'), '{{port}}/{{protocol}} ' + way)
    for way in ['in', 'out']
  ]) + p.mirrored,
  p.timeseries('Traffic of the busiest hosts', 'Bits per second of frames into (above) and out of (below) the interfaces of those of the chosen hosts that are busiest over the time range.', 'bps', [
    q.range('in', busiest_hosts(q.bits(by_host(interface('receive', 'bytes'))), 'bytes'), '{{instance}} in'),
    q.range('out', busiest_hosts(q.bits(by_host(interface('transmit', 'bytes'))), 'bytes'), '{{instance}} out'),
  ]) + p.mirrored + p.with_defaults({ links: [links.from_instance_series('Interfaces of this host', 'interface')] }),
  p.timeseries('Packets of the busiest hosts', 'Packets per second into (above) and out of (below) the interfaces of those of the chosen hosts that are busiest over the time range.', 'pps', [
    q.range('in', busiest_hosts(by_host(interface('receive', 'packets')), 'packets'), '{{instance}} in'),
    q.range('out', busiest_hosts(by_host(interface('transmit', 'packets')), 'packets'), '{{instance}} out'),
  ]) + p.mirrored + p.with_defaults({ links: [links.from_instance_series('Interfaces of this host', 'interface')] }),
]);

local tcp = row('TCP connections', [
  p.timeseries('Connections by state', 'TCP connections of all hosts of the chosen jobs. Those in state closed, reset and idle have ended and stay visible for a while. Many in state opening are a sign of a SYN flood or a scan.', 'short', [
    q.range('A', 'sum by (state) (%s)' % q.of_job('job_state:iptraf_tcp_connections:sum'), '{{state}}'),
  ]) + p.stacked + p.size(6, 8),
  p.timeseries('Connections begun', 'TCP connections per second that were seen for the first time, of the chosen hosts where most begin.', 'cps', [
    q.range('A', busiest_by_itself(q.of_instance('instance:iptraf_tcp_connections_opened:rate5m')), '{{instance}}'),
  ]) + p.with_defaults({ links: [links.from_instance_series('TCP connections of this host', 'tcp')] }) + p.size(6, 8),
  p.timeseries('Connections ended', 'TCP connections per second of the chosen hosts that ended, by reason: both FINs acknowledged, reset, silent, unreachable, evicted from a full table.', 'cps', [
    q.range('A', 'sum by (reason) (%s)' % q.of_instance('instance:iptraf_tcp_connections_ended:rate5m'), '{{reason}}'),
  ]) + p.stacked + p.size(6, 8),
  p.timeseries('Handshake', 'Time from the SYN to the ACK of the SYN/ACK, of all hosts of the chosen jobs: how far away, or how slow, the other sides are. Percentiles are estimates between the bounds of the histogram, at most 3 s.', 's', [
    q.range('p50', handshake('0.5'), 'median'),
    q.range('p90', handshake('0.9'), '90th percentile'),
  ]) + p.size(6, 8),
]);

local to_exporter = p.with_defaults({ links: [links.from_instance_series('Exporter of this host', 'exporter')] });
local capture = row('Capture and limits', [
  p.timeseries('Captured packets', 'Packets per second that the exporters counted, of the chosen hosts that capture most. An offloaded super-packet is one here.', 'pps', [
    q.range('A', busiest_by_itself(q.of_instance('instance:iptraf_capture_packets:rate5m')), '{{instance}}'),
  ]) + to_exporter + p.size(8, 8),
  p.timeseries('Loss', 'Share of the packets that the kernel dropped for want of room in the ring, of the chosen hosts that lose most.', 'percentunit', [
    q.range('A', busiest_by_itself(q.of_instance('instance:iptraf_capture_dropped:ratio_rate5m')), '{{instance}}'),
  ]) + to_exporter + p.limited(0) + p.size(8, 8),
  p.timeseries('Table fill', 'How full the fullest table of its kind is among the chosen hosts.', 'percentunit', [
    q.range('A', 'max by (table) (%s)' % q.of_instance('instance_table:iptraf_table_fill:ratio'), '{{table}}'),
  ]) + p.limited(0, 1) + p.size(8, 8),
  p.table('Alerts that fire', 'Alerts of iptraf_exporter that fire now, of all jobs and hosts; the runbook beside the alerting rules says what to do.', [
    { label: 'alertname', name: 'Alert' },
    { label: 'severity', name: 'Severity' },
    { label: 'instance', name: 'Instance', link: links.from_instance_cell('Exporter of this host', 'exporter') },
    { label: 'device', name: 'Device' },
  ], [
    { ref: 'A', name: 'Series', unit: 'short', expr: 'count by (alertname, severity, instance, device) (ALERTS{alertname=~"Iptraf.+",alertstate="firing"})' },
  ]) + p.with_defaults({ noValue: 'No alert fires' }) + p.size(24, 6),
]);

dashboard('overview',
          'Overview',
          'Who uses the line, and is anything wrong: all hosts with iptraf_exporter. Built on the recording rules of iptraf_recording.rules.yml.',
          [v.datasource, v.job, v.instance, v.top],
          [health, usage, content, tcp, capture])
