// SPDX-License-Identifier: GPL-2.0-or-later
// Rows of panels on Grafana's grid of 24 columns: panels go from left to right and begin a new line when it is full.
local columns = 24;

// Places one panel after those that are placed: {x, y} is the next free corner, `below` the line under the present one.
local place(state, panel) =
  local wraps = state.x + panel.w > columns;
  local x = if wraps then 0 else state.x;
  local y = if wraps then state.below else state.y;
  {
    x: x + panel.w,
    y: y,
    below: std.max(state.below, y + panel.h),
    panels: state.panels + [panel { gridPos: { x: x, y: y, w: panel.w, h: panel.h } }],
  };

local add_row(state, row) =
  local header = {
    type: 'row',
    title: row.title,
    collapsed: false,
    [if row.repeat != null then 'repeat']: row.repeat,
    panels: [],
    gridPos: { x: 0, y: state.y, w: columns, h: 1 },
  };
  local placed = std.foldl(place, row.panels, { x: 0, y: state.y + 1, below: state.y + 1, panels: [] });
  { y: placed.below, panels: state.panels + [header] + placed.panels };

{
  // With `repeat`, the name of a variable, there is a copy of the row for each of its chosen values.
  row(title, panels, repeat=null):: { title: title, panels: panels, repeat: repeat },
  // The panels of all rows, placed and numbered.
  panels(rows)::
    local all = std.foldl(add_row, rows, { y: 0, panels: [] }).panels;
    [all[i] { id: i + 1 } for i in std.range(0, std.length(all) - 1)],
}
