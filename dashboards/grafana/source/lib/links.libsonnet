// SPDX-License-Identifier: GPL-2.0-or-later
// Links: from every dashboard to its siblings, and from a host, device or service to what is known about it.
local dashboards = import 'dashboards.libsonnet';
local kept = '${__url_time_range}&var-datasource=${datasource}&${job:queryparam}';

{
  siblings:: {
    type: 'dashboards',
    title: 'IPTraf',
    icon: 'external link',
    tags: ['iptraf'],
    asDropdown: true,
    includeVars: true,
    keepTime: true,
    targetBlank: false,
    tooltip: 'The other dashboards of iptraf_exporter, for the same hosts and time',
    url: '',
  },
  // From a cell of a table that holds an instance's name.
  from_instance_cell(title, dashboard):: {
    title: title,
    url: '/d/%s?%s&var-instance=${__value.raw}' % [dashboards[dashboard], kept],
  },
  // From a cell that holds a device's name; the chosen instances stay chosen.
  from_device_cell(title, dashboard):: {
    title: title,
    url: '/d/%s?%s&${instance:queryparam}&var-device=${__value.raw}' % [dashboards[dashboard], kept],
  },
  // From a line or bar whose series has an instance label.
  from_instance_series(title, dashboard):: {
    title: title,
    url: '/d/%s?%s&var-instance=${__field.labels.instance}' % [dashboards[dashboard], kept],
  },
  // To a dashboard about the same hosts.
  to(title, dashboard):: {
    title: title,
    url: '/d/%s?%s&${instance:queryparam}' % [dashboards[dashboard], kept],
  },
}
