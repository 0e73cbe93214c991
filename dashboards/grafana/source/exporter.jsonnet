// SPDX-License-Identifier: GPL-2.0-or-later
// The exporter itself: capture, tables, scrapes, configuration, round-robin databases, logs, process.
local dashboard = import 'lib/dashboard.libsonnet';
local row = (import 'lib/layout.libsonnet').row;
local p = import 'lib/panels.libsonnet';
local q = import 'lib/queries.libsonnet';
local v = import 'lib/variables.libsonnet';

local here = q.of_instance;
local each = '{{instance}}';
local one(expr, legend=each) = [q.range('A', expr, legend)];
local rate(metric, by='instance') = q.sum_rate(by, here(metric));
local small = p.size(8, 8);
// Seconds since a point in time, and nothing where it is still to come.
local age(vector) = 'time() - (%s > 0)' % vector;
local dropped = rate('iptraf_capture_dropped_packets_total');
local captured = rate('iptraf_capture_packets_total');

local capture = row('Capture', [
  p.timeline('Capture up',
             'Whether packets of the device are captured: the ring is open and the device is up, or the capture file is not damaged.',
             one(q.of_device('iptraf_capture_up'), '{{instance}} {{device}}'),
             p.up_or_down) + small,
  p.timeseries('Packets',
               'Packets per second that were handed to the collectors, by capture thread. An offloaded super-packet is one here.',
               'pps',
               one(rate('iptraf_capture_packets_total', 'instance, thread'), '{{instance}} thread {{thread}}')) + small,
  p.timeseries('Dropped packets',
               'Packets per second that the kernel dropped for want of room in the ring. They are missing in every other figure: give the exporter a larger ring, more threads or a capture filter.',
               'pps',
               one(rate('iptraf_capture_dropped_packets_total', 'instance, thread'), '{{instance}} thread {{thread}}')) + small,
  p.timeseries('Loss',
               'Share of the packets that the kernel dropped.',
               'percentunit',
               one('%s / (%s + %s > 0)' % [dropped, captured, dropped])) + p.limited(0) + small,
  p.timeseries('Ring freezes',
               'Times per second that the kernel found every block of the ring in use.',
               'cps',
               one(rate('iptraf_capture_ring_freezes_total', 'instance, thread'), '{{instance}} thread {{thread}}')) + small,
  p.timeseries('Estimated super-packets',
               'Offloaded super-packets per second whose packets on the wire were estimated from the MTU, because the kernel did not tell their size.',
               'pps',
               one(rate('iptraf_capture_estimated_packets_total', 'instance, thread'), '{{instance}} thread {{thread}}')) + small,
]);

local limits = row('Tables and limits', [
  p.timeseries('Table entries',
               'Entries in use in each bounded table, over all devices and threads.',
               'short',
               one(here('iptraf_table_entries'), '{{instance}} {{table}}')) + small,
  p.timeseries('Table fill',
               'Share of the places of each bounded table that is in use. In a full table newcomers count as other, or push out older entries.',
               'percentunit',
               one('%s / (%s > 0)' % [here('iptraf_table_entries'), here('iptraf_table_capacity')], '{{instance}} {{table}}')) + p.limited(0, 1) + small,
  p.timeseries('Evictions',
               'Entries per second that left a bounded table, and newcomers that got no entry and count as other. Full, budget and half_open point to a limit that is too low, or to a scan; what did not occur over the time range is left out.',
               'cps',
               one(q.that_occurred('instance, table, reason', here('iptraf_table_evictions_total')), '{{instance}} {{table}} {{reason}}')) + small,
  p.timeseries('Series',
               'Series on the page of each exporter; limits.max_series bounds them.',
               'short',
               one(here('scrape_samples_scraped'))) + p.size(12, 8),
  p.timeseries('Filters',
               'Packets per second that each rule of a filter decided about, over the collectors that use the filter. Rule implied is the exclude at the end.',
               'pps',
               one(rate('iptraf_filter_packets_total', 'instance, filter, rule, action'), '{{instance}} {{filter}} {{rule}} {{action}}')) + p.size(12, 8),
]);

local scrapes = row('Scrapes and configuration', [
  p.timeseries('Scrape duration', 'How long Prometheus waited for the page of each exporter.', 's', one(here('scrape_duration_seconds'))) + small,
  p.timeseries('Collector duration',
               'Time that the slowest capture thread took to copy the totals of each collector. Capture waits meanwhile.',
               's',
               one('max by (instance, collector) (%s)' % here('iptraf_scrape_collector_duration_seconds'), '{{instance}} {{collector}}')) + small,
  p.timeline('Collectors',
             'Whether the totals of each collector could be copied.',
             one(here('iptraf_scrape_collector_success'), '{{instance}} {{collector}}'),
             p.words({ '0': ['failed', 'red'], '1': ['ok', 'green'] })) + small,
  p.timeline('Configuration',
             "Whether the configuration was last loaded without error. A refused one changes nothing; the exporter's log says what is wrong.",
             one(here('iptraf_config_last_reload_successful')),
             p.words({ '0': ['refused', 'red'], '1': ['loaded', 'green'] })) + p.size(12, 6),
  p.stat('Configuration loaded', 'Time since the configuration was last loaded without error.', 's', [
    q.instant('A', age(here('iptraf_config_last_reload_success_timestamp_seconds')), each),
  ]) + p.size(6, 6),
  p.stat('Capture file damaged', 'Whether the capture file ended in damage; what was read before is counted. Only exporters that read a file have this.', 'none', [
    q.instant('A', here('iptraf_capture_file_truncated'), each),
  ]) + p.with_defaults({ mappings: p.words({ '0': ['no', 'green'], '1': ['yes', 'red'] }), thresholds: p.bad_from(1) }) + p.size(6, 6),
]);

local outputs = row("Round-robin databases and IPTraf's logs", [
  p.timeseries('Database updates', 'Updates of round-robin databases per second, each file at each step.', 'cps', one(rate('iptraf_rrd_updates_total'))) + p.size(6, 8),
  p.timeseries('Database errors', "Updates of round-robin databases per second that failed, and failures of rrdcached; the exporter's log says why.", 'cps', one(rate('iptraf_rrd_errors_total'))) + p.size(6, 8),
  p.stat('Last database update', 'Time since the latest step that was written to a round-robin database: normally less than two steps.', 's', [
    q.instant('A', age(here('iptraf_rrd_last_update_timestamp_seconds')), each),
  ]) + p.size(6, 8),
  p.timeseries('Log records lost', "Records of IPTraf's logs per second that could not be written (errors), and lines of the traffic monitor's log that came too fast (dropped).", 'cps', [
    q.range('errors', rate('iptraf_log_errors_total'), '{{instance}} errors'),
    q.range('dropped', rate('iptraf_log_dropped_events_total'), '{{instance}} dropped'),
  ]) + p.size(6, 8),
]);

local process = row('Process', [
  p.timeseries('CPU', 'Processor time of the exporter, user and system; 100 % is one processor.', 'percentunit', one(rate('process_cpu_seconds_total'))) + small,
  p.timeseries('Memory', 'Resident memory of the exporter, the capture ring included, and virtual memory.', 'bytes', [
    q.range('resident', here('process_resident_memory_bytes'), '{{instance}} resident'),
    q.range('virtual', here('process_virtual_memory_bytes'), '{{instance}} virtual'),
  ]) + small,
  p.timeseries('File descriptors',
               'Open file descriptors as a share of what is allowed.',
               'percentunit',
               one('%s / %s' % [here('process_open_fds'), here('process_max_fds')])) + p.limited(0) + small,
  p.timeseries('Threads', 'Threads of the exporter.', 'short', one(here('process_threads'))) + small,
  p.table('Versions', 'What runs on each host, and for how long.', [
    { label: 'instance', name: 'Instance' },
    { label: 'version', name: 'Version' },
    { label: 'revision', name: 'Revision' },
    { label: 'compiler', name: 'Compiler' },
  ], [
    { ref: 'A', name: 'Running for', unit: 's', expr: 'max by (instance, version, revision, compiler) ((time() - %s) * on (job, instance) group_left (version, revision, compiler) %s)' % [here('process_start_time_seconds'), here('iptraf_exporter_build_info')] },
  ]) + p.size(16, 8),
]);

dashboard('exporter',
          'Exporter',
          'iptraf_exporter itself: what it captures and loses, its limits, scrapes, outputs and resources.',
          [v.datasource, v.job, v.instance, v.device],
          [capture, limits, scrapes, outputs, process])
