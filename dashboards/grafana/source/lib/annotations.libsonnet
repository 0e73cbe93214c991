// SPDX-License-Identifier: GPL-2.0-or-later
// Marks along the time axis: restarts of exporters and configurations that they refused.
local queries = import 'queries.libsonnet';

local annotation(name, color, expr, text) = {
  name: name,
  datasource: { type: 'prometheus', uid: '${datasource}' },
  enable: true,
  hide: false,
  iconColor: color,
  expr: expr,
  step: '60s',
  titleFormat: name,
  textFormat: text,
  tagKeys: 'instance',
  useValueForTime: false,
};

[
  annotation('Restart',
             'blue',
             'changes(%s[$__rate_interval]) > 0' % queries.of_instance('process_start_time_seconds'),
             'The exporter on {{instance}} restarted; its counters began at 0.'),
  annotation('Configuration refused',
             'red',
             '%s == 0' % queries.of_instance('iptraf_config_last_reload_successful'),
             'The exporter on {{instance}} refused its new configuration and keeps the old one; its log says why.'),
]
