// SPDX-License-Identifier: GPL-2.0-or-later
// What all dashboards share: time, refresh, variables, links and annotations around rows of panels.
local annotations = import 'annotations.libsonnet';
local dashboards = import 'dashboards.libsonnet';
local layout = import 'layout.libsonnet';
local links = import 'links.libsonnet';

// `name` is a key of dashboards.libsonnet.
function(name, title, description, variables, rows) {
  uid: dashboards[name],
  title: 'IPTraf / ' + title,
  description: description,
  tags: ['iptraf', 'network'],
  editable: false,
  graphTooltip: 1,
  refresh: '1m',
  schemaVersion: 41,
  time: { from: 'now-1h', to: 'now' },
  timepicker: {},
  timezone: 'browser',
  version: 1,
  fiscalYearStartMonth: 0,
  templating: { list: variables },
  annotations: { list: annotations },
  links: [links.siblings],
  panels: layout.panels(rows),
}
