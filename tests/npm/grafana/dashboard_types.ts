// SPDX-License-Identifier: GPL-2.0-or-later
// Grafana's dashboard type as JSON text has it, with the panel kinds, queries and annotations that ours use.
import type * as grafana from '@grafana/schema';
import type * as bargauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen.d.ts';
import type * as heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen.d.ts';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen.d.ts';
import type * as timeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen.d.ts';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen.d.ts';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen.d.ts';

// A string enumeration stands in JSON as its text.
type Json<T> = T extends string ? `${T}` : T extends (infer Item)[] ? Json<Item>[]
  : T extends object ? { [Key in keyof T]: Json<T[Key]> } : T;

interface DataSource {
  type: 'prometheus';
  uid: string;
}

interface PrometheusQuery {
  datasource: DataSource;
  editorMode: 'code' | 'builder';
  expr: string;
  format: 'time_series' | 'table' | 'heatmap';
  instant: boolean;
  legendFormat?: string;
  range: boolean;
  refId: string;
}

interface PrometheusAnnotation extends grafana.AnnotationQuery {
  expr: string;
  step: string;
  tagKeys: string;
  textFormat: string;
  titleFormat: string;
  useValueForTime: boolean;
}

// Without the index signatures that let any property pass.
type FieldConfig<Custom> = Omit<grafana.FieldConfig, 'custom' | 'links'> & {
  custom?: Partial<Custom>;
  links?: { title: string; url: string; targetBlank?: boolean }[];
};

type PanelOf<Kind extends string, Options, Custom> = Omit<
  grafana.Panel, 'type' | 'options' | 'targets' | 'fieldConfig'
> & {
  type: Kind;
  options: Options;
  targets: PrometheusQuery[];
  fieldConfig: Omit<grafana.FieldConfigSource, 'defaults'> & { defaults: FieldConfig<Custom> };
};

type Panel =
  | PanelOf<'bargauge', bargauge.Options, object>
  | PanelOf<'heatmap', heatmap.Options, heatmap.FieldConfig>
  | PanelOf<'stat', stat.Options, object>
  | PanelOf<'state-timeline', timeline.Options, timeline.FieldConfig>
  | PanelOf<'table', table.Options, table.FieldConfig>
  | PanelOf<'timeseries', timeseries.Options, timeseries.FieldConfig>
  | grafana.RowPanel;

export type Dashboard = Json<Omit<grafana.Dashboard, 'panels' | 'annotations'> & {
  panels: Panel[];
  annotations: { list: PrometheusAnnotation[] };
}>;
