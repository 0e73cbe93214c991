// SPDX-License-Identifier: GPL-2.0-or-later
// Template variables: the data source, and which exporters and devices a dashboard is about.
local all = { selected: true, text: ['All'], value: ['$__all'] };
local on_time_range_change = 2;
local natural_ascending = 7;

// A choice of values of a label: several, or all of them. All jobs are those that hold exporters, and are listed in the
// query; all instances and devices are one short expression, however many there are.
local label_choice(name, label, selector, description) = {
  type: 'query',
  name: name,
  label: label,
  description: description,
  datasource: { type: 'prometheus', uid: '${datasource}' },
  query: { qryType: 1, query: 'label_values(%s, %s)' % [selector, name], refId: name },
  refresh: on_time_range_change,
  sort: natural_ascending,
  multi: true,
  includeAll: true,
  current: all,
  options: [],
  regex: '',
  hide: 0,
};

{
  datasource: {
    type: 'datasource',
    name: 'datasource',
    label: 'Data source',
    description: 'The Prometheus that scrapes the exporters.',
    query: 'prometheus',
    refresh: 1,
    multi: false,
    includeAll: false,
    current: { selected: true, text: 'default', value: 'default' },
    options: [],
    regex: '',
    hide: 0,
  },
  job: label_choice('job', 'Job', 'iptraf_exporter_build_info', 'Scrape jobs that hold exporters.'),
  instance: label_choice('instance', 'Instance', 'iptraf_exporter_build_info{job=~"$job"}', 'Exporters, one for each host.') { allValue: '.+' },
  device: label_choice('device', 'Device', 'iptraf_capture_up{job=~"$job",instance=~"$instance"}', 'Interfaces and capture files.') { allValue: '.+' },
  top: {
    type: 'custom',
    name: 'top',
    label: 'Show busiest',
    description: 'How many rows and lines the panels of the busiest show.',
    query: '5,10,20,50',
    multi: false,
    includeAll: false,
    current: { selected: true, text: '10', value: '10' },
    options: [{ selected: n == '10', text: n, value: n } for n in ['5', '10', '20', '50']],
    hide: 0,
  },
}
