// SPDX-License-Identifier: GPL-2.0-or-later
// The kinds of panels. Every panel has a title, a description, a unit and targets; `w` and `h` are for the layout.
local datasource = { type: 'prometheus', uid: '${datasource}' };
local no_thresholds = { mode: 'absolute', steps: [{ color: 'green', value: null }] };

local panel(type, title, description, unit, targets) = {
  type: type,
  title: title,
  description: description,
  datasource: datasource,
  targets: targets,
  fieldConfig: { defaults: { unit: unit, custom: {} }, overrides: [] },
  w:: 12,
  h:: 8,
};

local last = { calcs: ['lastNotNull'], fields: '', values: false };

{
  // Thresholds from [colour, value] pairs; the first colour holds below the first value.
  thresholds(base, steps):: {
    mode: 'absolute',
    steps: [{ color: base, value: null }] + [{ color: step[0], value: step[1] } for step in steps],
  },
  bad_from(value):: self.thresholds('green', [['red', value]]),
  words(mapping):: [{ type: 'value', options: { [value]: { text: mapping[value][0], color: mapping[value][1] } for value in std.objectFields(mapping) } }],
  up_or_down:: self.words({ '0': ['down', 'red'], '1': ['up', 'green'] }),

  size(w, h):: { w:: w, h:: h },
  with_defaults(defaults):: { fieldConfig+: { defaults+: defaults } },
  with_overrides(overrides):: { fieldConfig+: { overrides+: overrides } },
  // What goes out is drawn below the axis.
  mirrored:: self.with_overrides([{
    matcher: { id: 'byRegexp', options: '/ out$/' },
    properties: [{ id: 'custom.transform', value: 'negative-Y' }],
  }]),
  stacked:: { fieldConfig+: { defaults+: { custom+: { fillOpacity: 40, stacking: { group: 'A', mode: 'normal' } } } } },
  limited(min, max=null):: self.with_defaults({ min: min } + (if max == null then {} else { max: max })),

  timeseries(title, description, unit, targets):: panel('timeseries', title, description, unit, targets) {
    fieldConfig+: { defaults+: {
      color: { mode: 'palette-classic' },
      thresholds: no_thresholds,
      custom: {
        drawStyle: 'line',
        lineWidth: 1,
        fillOpacity: 10,
        showPoints: 'never',
        spanNulls: false,
        axisSoftMin: 0,
        stacking: { group: 'A', mode: 'none' },
      },
    } },
    options: {
      legend: { displayMode: 'table', placement: 'bottom', showLegend: true, calcs: ['mean', 'max', 'lastNotNull'] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  },

  stat(title, description, unit, targets):: panel('stat', title, description, unit, targets) {
    fieldConfig+: { defaults+: { color: { mode: 'thresholds' }, thresholds: no_thresholds } },
    options: {
      colorMode: 'value',
      graphMode: 'none',
      justifyMode: 'auto',
      orientation: 'auto',
      percentChangeColorMode: 'standard',
      reduceOptions: last,
      showPercentChange: false,
      textMode: 'auto',
      wideLayout: true,
    },
    w:: 4,
    h:: 4,
  },

  bars(title, description, unit, targets):: panel('bargauge', title, description, unit, targets) {
    fieldConfig+: { defaults+: { color: { mode: 'continuous-BlPu' }, thresholds: no_thresholds, min: 0 } },
    options: {
      displayMode: 'gradient',
      legend: { calcs: [], displayMode: 'list', placement: 'bottom', showLegend: false },
      maxVizHeight: 300,
      minVizHeight: 16,
      minVizWidth: 8,
      namePlacement: 'auto',
      orientation: 'horizontal',
      reduceOptions: last,
      showUnfilled: true,
      sizing: 'auto',
      valueMode: 'color',
    },
  },

  // `targets` are buckets of a histogram in Grafana's format heatmap; `unit` is that of the bounds.
  heatmap(title, description, unit, targets):: panel('heatmap', title, description, 'short', targets) {
    fieldConfig: { defaults: { custom: {} }, overrides: [] },
    options: {
      calculate: false,
      cellGap: 1,
      cellValues: { unit: 'short' },
      color: { mode: 'scheme', scheme: 'Oranges', scale: 'exponential', exponent: 0.5, fill: 'dark-orange', reverse: false, steps: 64 },
      exemplars: { color: 'rgba(255,0,255,0.7)' },
      filterValues: { le: 1e-9 },
      legend: { show: true },
      rowsFrame: { layout: 'le' },
      showValue: 'never',
      tooltip: { mode: 'single', showColorScale: true, yHistogram: true },
      yAxis: { axisPlacement: 'left', reverse: false, unit: unit },
    },
  },

  // States along the time: one band for each series, coloured by value mappings.
  timeline(title, description, targets, mappings):: panel('state-timeline', title, description, 'none', targets) {
    fieldConfig+: { defaults+: {
      color: { mode: 'thresholds' },
      thresholds: $.thresholds('red', [['green', 1]]),
      mappings: mappings,
      custom: { fillOpacity: 70, lineWidth: 0 },
    } },
    options: {
      alignValue: 'left',
      legend: { calcs: [], displayMode: 'list', placement: 'bottom', showLegend: false },
      mergeValues: true,
      rowHeight: 0.9,
      showValue: 'auto',
      tooltip: { mode: 'single', sort: 'none' },
    },
  },

  // A table whose rows are label sets. `labels` are columns {label, name, width, link}; `values` are columns
  // {ref, name, expr, unit, bar}, each an instant query; the rows are sorted by `sort`,
  // a column's name; labels in `hidden` only tell rows apart.
  table(title, description, labels, values, sort=null, hidden=[]):: panel('table', title, description, 'none', [
    { datasource: datasource, editorMode: 'code', expr: value.expr, refId: value.ref, range: false, instant: true, format: 'table' }
    for value in values
  ]) {
    local field(value) = if std.length(values) == 1 then 'Value' else 'Value #' + value.ref,
    local columns = [{ field: label.label, name: label.name } for label in labels] +
                    [{ field: field(value), name: value.name } for value in values],
    transformations: [
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: { [name]: true for name in ['Time'] + hidden },
          indexByName: { [columns[i].field]: i for i in std.range(0, std.length(columns) - 1) },
          renameByName: { [column.field]: column.name for column in columns },
        },
      },
    ],
    fieldConfig: {
      defaults: { custom: { align: 'auto', cellOptions: { type: 'auto' }, filterable: true, inspect: false }, thresholds: no_thresholds },
      overrides: [
        {
          matcher: { id: 'byName', options: label.name },
          properties: (if std.objectHas(label, 'width') then [{ id: 'custom.width', value: label.width }] else []) +
                      (if std.objectHas(label, 'link') then [{ id: 'links', value: [label.link] }] else []),
        }
        for label in labels
        if std.objectHas(label, 'width') || std.objectHas(label, 'link')
      ] + [
        {
          matcher: { id: 'byName', options: value.name },
          properties: [{ id: 'unit', value: value.unit }] +
                      (if std.objectHas(value, 'bar') then [
                         { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'gradient', valueDisplayMode: 'text' } },
                         { id: 'color', value: { mode: 'continuous-BlPu' } },
                         { id: 'min', value: 0 },
                       ] else []) +
                      (if std.objectHas(value, 'thresholds') then [
                         { id: 'thresholds', value: value.thresholds },
                         { id: 'custom.cellOptions', value: { type: 'color-text' } },
                       ] else []) +
                      (if std.objectHas(value, 'mappings') then [{ id: 'mappings', value: value.mappings }] else []),
        }
        for value in values
      ],
    },
    options: {
      cellHeight: 'sm',
      footer: { show: false, reducer: ['sum'], fields: [], countRows: false },
      frameIndex: 0,
      showHeader: true,
      sortBy: if sort == null then [] else [{ displayName: sort, desc: true }],
    },
    w:: 24,
    h:: 9,
  },
}
