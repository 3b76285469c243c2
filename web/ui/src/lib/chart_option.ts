/* What all drawn charts have in common: axes, the box that follows the pointer, marks. Colours come from the theme. */
import type { Option } from './echarts';

export type Color = (name: string) => string;

export const html_escape = (text: string) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
export const chart_font = () => getComputedStyle(document.body).fontFamily;

/** A line may leave zero out when it would otherwise be flat; the chart then says so. */
export function axis_lifted(values: (number | null)[]): boolean {
  const known = values.filter((value): value is number => value !== null);
  const low = Math.min(...known);
  return known.length > 0 && low > 0 && low > 0.6 * Math.max(...known);
}

export const category_axis = (color: Color, data: string[]) => ({
  type: 'category' as const,
  data,
  axisLine: { lineStyle: { color: color('--line') } },
  axisTick: { show: false },
  axisLabel: { color: color('--faint'), fontSize: 12, hideOverlap: true, margin: 10 }
});

export const value_axis = (color: Color, lifted: boolean, text: (value: number) => string) => ({
  type: 'value' as const,
  scale: lifted,
  min: lifted ? undefined : (value: { min: number }) => Math.min(0, value.min),
  splitNumber: 4,
  splitLine: { lineStyle: { color: color('--grid') } },
  axisLabel: { color: color('--faint'), fontSize: 12, hideOverlap: true, formatter: text }
});

const tooltip_box = (color: Color) => ({
  confine: true,
  backgroundColor: color('--surface'),
  borderColor: color('--line'),
  padding: [8, 11],
  textStyle: { color: color('--text'), fontFamily: chart_font() },
  extraCssText: 'box-shadow: var(--shadow-high); border-radius: 9px; font-variant-numeric: tabular-nums;'
});

/** `html`: what is told of the place with this number on the category axis. */
export const axis_tooltip = (color: Color, pointer: 'line' | 'shadow', html: (index: number) => string): Option['tooltip'] => ({
  ...tooltip_box(color),
  trigger: 'axis',
  axisPointer: { type: pointer, lineStyle: { color: color('--line-strong'), type: 'solid', width: 1 }, shadowStyle: { color: color('--hover'), opacity: 0.6 } },
  formatter: (params: unknown) => html((params as { dataIndex: number }[])[0]?.dataIndex ?? -1)
});

/** `html`: what is told of the mark with this number in its series. */
export const mark_tooltip = (color: Color, html: (index: number) => string): Option['tooltip'] => ({
  ...tooltip_box(color),
  trigger: 'item',
  formatter: (params: unknown) => html((params as { dataIndex: number }).dataIndex)
});

/** Places of the category axis that are marked: a dotted line up from each. */
export const place_marks = (color: Color, places: number[]) => ({
  silent: true,
  animation: false,
  symbol: ['none', 'circle'],
  symbolSize: 5,
  label: { show: false },
  lineStyle: { color: color('--c3'), type: 'dotted' as const, width: 1 },
  data: places.map((place) => ({ xAxis: place }))
});
/** What is told of a marked place in that box. */
export const tooltip_marks = (texts: string[]): string => texts.map((text) => `<div style="max-width:300px;white-space:normal;margin-top:3px">◆ ${html_escape(text)}</div>`).join('');

/** A line of that box: a mark in the series' colour, its name, its figure. */
export const tooltip_row = (mark: string, name: string, figure: string) =>
  `<tr><td style="padding-right:6px"><span style="display:inline-block;width:12px;height:0;border-top:2px solid ${mark};vertical-align:middle"></span></td>` +
  `<td style="padding-right:16px">${html_escape(name)}</td><td style="text-align:right;font-weight:600">${html_escape(figure)}</td></tr>`;

/** Its head, what the lines below are of. */
export const tooltip_head = (text: string) => `<div style="font-size:12px;margin-bottom:3px;opacity:.8">${html_escape(text)}</div>`;
export const tooltip_rows = (rows: string[]) => `<table style="border-spacing:0;font-size:13px">${rows.join('')}</table>`;
