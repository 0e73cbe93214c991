// SPDX-License-Identifier: GPL-2.0-or-later
// PromQL: selectors that follow the variables, rates, joins with the info families, and targets of panels.
{
  local q = self,

  // Selectors. `more` holds further matchers.
  local selector(metric, matchers, more) = '%s{%s}' % [metric, std.join(',', matchers + (if more == '' then [] else [more]))],
  local job = 'job=~"$job"',
  local instance = 'instance=~"$instance"',
  local device = 'device=~"$device"',
  of_job(metric, more=''):: selector(metric, [job], more),
  of_instance(metric, more=''):: selector(metric, [job, instance], more),
  of_device(metric, more=''):: selector(metric, [job, instance, device], more),

  // Rates of counters, added up over all labels but `by`; over the range of the dashboard, or its recent steps.
  sum_rate(by, vector, window='$__rate_interval'):: 'sum by (%s) (rate(%s[%s]))' % [by, vector, window],
  sum_increase(by, vector):: 'sum by (%s) (increase(%s[$__range]))' % [by, vector],
  bits(rate):: '%s * 8' % rate,
  peak(rate):: 'max_over_time((%s)[$__range:$__rate_interval])' % rate,
  // The mean of what a histogram saw; nothing when it saw nothing.
  mean(by, metric)::
    '%s / (%s > 0)' % [q.sum_rate(by, q.of_device(metric + '_sum')), q.sum_rate(by, q.of_device(metric + '_count'))],
  // How many series satisfy a condition, 0 included.
  count(condition):: 'count(%s) or vector(0)' % condition,

  // Keeps the series of `vector` that are among the $top of `ranking`, which is taken once, at the end of the range:
  // a line does not come and go along a graph.
  busiest(vector, ranking, on):: '(%s) and on (%s) topk($top, %s)' % [vector, on, ranking],
  // Rates of what happened at all over the range: most kinds never do.
  that_occurred(by, vector):: '%s and on (%s) %s > 0' % [q.sum_rate(by, vector), by, q.at_end(by, vector)],
  at_end(by, vector):: 'sum by (%s) (rate(%s[$__range] @ end()))' % [by, vector],

  // Adds labels of an info family; what has no info stays as it is.
  with_info(vector, on, labels, info)::
    '(%s) * on (%s) group_left (%s) (%s) or on (%s) (%s)' % [vector, on, labels, info, on, vector],

  // Targets. `range` draws lines, `instant` is the value at the end of the range.
  local target(ref, expr) = {
    datasource: { type: 'prometheus', uid: '${datasource}' },
    editorMode: 'code',
    expr: expr,
    refId: ref,
  },
  range(ref, expr, legend):: target(ref, expr) { range: true, instant: false, format: 'time_series', legendFormat: legend },
  instant(ref, expr, legend):: target(ref, expr) { range: false, instant: true, format: 'time_series', legendFormat: legend },
  table(ref, expr):: target(ref, expr) { range: false, instant: true, format: 'table' },
  heatmap(ref, expr):: target(ref, expr) { range: true, instant: false, format: 'heatmap', legendFormat: '{{le}}' },
  bracket(ref, expr):: target(ref, expr) { range: false, instant: true, format: 'heatmap', legendFormat: '{{le}}' },

  // What a histogram saw: three percentiles and the mean, over all chosen devices.
  distribution(metric)::
    local quantile(phi) = 'histogram_quantile(%s, sum by (le) (rate(%s[$__rate_interval])))' % [phi, q.of_device(metric + '_bucket')];
    [
      q.range('p50', quantile('0.5'), 'median'),
      q.range('p90', quantile('0.9'), '90th percentile'),
      q.range('p99', quantile('0.99'), '99th percentile'),
      q.range('mean', q.mean('', metric), 'average'),
    ],

  // Two targets, what comes in and what goes out; `expr` makes the expression from the word in the family's name.
  in_and_out(expr, legend, words=['receive', 'transmit'])::
    [q.range('in', expr(words[0]), legend + ' in'), q.range('out', expr(words[1]), legend + ' out')],
}
