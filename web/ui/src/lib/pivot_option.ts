/* A pivot's picture as ECharts draws it, on the page and in a PNG file: the same options for both. */
import { heat_height, heat_option, heat_places, type HeatBlocks } from './chart_blocks';
import { axis_lifted, axis_tooltip, category_axis, chart_font, mark_tooltip, place_marks, tooltip_head, tooltip_marks, tooltip_row, tooltip_rows, value_axis, type Color } from './chart_option';
import type { Option } from './echarts';
import { number_axis, number_cell, number_exact } from './format';
import type { CellStyle } from './pivot_cells';
import type { Drawn } from './pivot_chart';
import type { LegendEntry } from './picture';
import type { Lang } from './words';

/** How figures are written; `group` false: without separators of thousands, as years and hours are. */
export type FigureStyle = Pick<CellStyle, 'shape'> & { group?: boolean };

export interface Drawing {
  picture: Drawn;
  /** Of the measure, of the one that is drawn upwards. */
  style: FigureStyle;
  up: FigureStyle | null;
  /** The figures of each series where they are written already, with digits that numbers cannot have. */
  texts?: string[][];
  /** Titles of those measures. */
  names: [string, string];
  lang: Lang;
  /** Of each place of a course what is told of its days. */
  marks?: string[][];
}

const LINE_MIN_PX = 26;
const HEIGHT_PX = 280;
const NAMED_MAX = 40;

const lies = ({ kind, course }: Drawn) => !course && (kind === 'bar' || kind === 'stacked');
const shown = (drawing: Drawing, style: FigureStyle, value: number | null) => number_exact(value, style.shape, drawing.lang);
/** The figure of a series at a place. */
const figure = (drawing: Drawing, style: FigureStyle, s: number, i: number) => drawing.texts?.[s][i] ?? shown(drawing, style, drawing.picture.series[s].values[i]);
const axis_text = (style: FigureStyle, lang: Lang) => (value: number) => number_axis(value, style.shape, lang, style.group ?? true);

function blocks_of({ picture, style, lang }: Drawing): HeatBlocks {
  const text = (value: number) => (style.shape.format === 'percent' ? number_axis(value, style.shape, lang) : number_cell(value, style.shape, lang));
  return { xs: picture.names, ys: picture.series.map((one) => one.name), values: picture.series.map((one) => one.values), text };
}

/** Whether an axis leaves zero out, which a chart must say. */
export function drawing_lifted({ picture }: Drawing): boolean {
  if (picture.kind === 'scatter') return picture.series.some((one) => axis_lifted(one.values));
  return picture.kind === 'line' && axis_lifted(picture.series.flatMap((one) => one.values));
}

export function drawing_height(drawing: Drawing): number {
  const { picture } = drawing;
  if (picture.kind === 'heatmap') return heat_height(blocks_of(drawing));
  if (!lies(picture)) return picture.kind === 'scatter' ? 360 : HEIGHT_PX;
  const bars = picture.names.length * (picture.kind === 'bar' ? Math.max(1, 0.45 * picture.series.length) : 1);
  return Math.max(180, Math.min(560, Math.round(bars * LINE_MIN_PX) + 44));
}

/** A picture of one series, or of shades, says nothing by the colours of names. */
export const drawing_legend = ({ picture }: Drawing): LegendEntry[] =>
  picture.kind !== 'heatmap' && picture.kind !== 'scatter' && picture.series.length > 1 ? picture.series.map((one, s) => ({ name: one.name, tone: `--c${s}` })) : [];

function heat_drawn(drawing: Drawing, color: Color, width: number): Option {
  const blocks = blocks_of(drawing);
  const places = heat_places(blocks);
  const told = (i: number) => {
    const place = places[i];
    return place ? tooltip_head(`${blocks.ys[place.y]} · ${blocks.xs[place.x]}`) + tooltip_rows([tooltip_row('transparent', drawing.names[0], shown(drawing, drawing.style, place.value))]) : '';
  };
  return { ...heat_option(blocks, color, width), tooltip: mark_tooltip(color, told) };
}

function scatter_drawn(drawing: Drawing, color: Color, width: number): Option {
  const { picture, style, lang } = drawing;
  const up = drawing.up ?? style;
  const [across, upwards] = picture.series.map((one) => one.values);
  const far = Math.max(...across.map(Number));
  const told = (i: number) =>
    tooltip_head(picture.names[i]) + tooltip_rows([tooltip_row('transparent', drawing.names[0], figure(drawing, style, 0, i)), tooltip_row('transparent', drawing.names[1], figure(drawing, up, 1, i))]);
  const axis = (values: (number | null)[], of: FigureStyle) => value_axis(color, axis_lifted(values), axis_text(of, lang));
  return {
    animation: false,
    textStyle: { fontFamily: chart_font() },
    grid: { left: 4, right: 40, top: 14, bottom: 4, containLabel: true },
    xAxis: { ...axis(across, style), splitNumber: Math.max(2, Math.floor((width - 100) / 110)) },
    yAxis: axis(upwards, up),
    tooltip: mark_tooltip(color, told),
    series: [
      {
        type: 'scatter',
        // A name stands on the side where there is room for it.
        data: across.map((value, i) => ({ value: [value!, upwards[i]!], label: { position: value! > 0.7 * far ? ('left' as const) : ('right' as const) } })),
        symbolSize: across.length > 300 ? 5 : 9,
        itemStyle: { color: color('--c0'), opacity: 0.75 },
        emphasis: { disabled: true },
        label: { show: across.length <= NAMED_MAX, color: color('--soft'), fontSize: 12, formatter: (params) => picture.names[params.dataIndex] },
        labelLayout: { hideOverlap: true }
      }
    ]
  };
}

function series_drawn(drawing: Drawing, color: Color, width: number): Option {
  const { picture, style, lang } = drawing;
  const lying = lies(picture);
  const names = category_axis(color, picture.names);
  const told = (i: number) =>
    picture.names[i] === undefined ? '' : tooltip_head(picture.names[i]) + tooltip_rows(picture.series.map((one, s) => tooltip_row(color(`--c${s}`), one.name, figure(drawing, style, s, i)))) + tooltip_marks(drawing.marks?.[i] ?? []);
  const marked = (drawing.marks ?? []).flatMap((texts, i) => (texts.length ? [i] : []));
  const figures = { ...value_axis(color, drawing_lifted(drawing), axis_text(style, lang)), ...(lying ? { splitNumber: Math.max(2, Math.floor((width - 170) / 110)) } : {}) };
  // A picture of one series says nothing by colour: a quieter one does.
  const line = picture.kind === 'line';
  // A line begins at the edge, where half of a long first name would be cut.
  const upright = { ...names, boundaryGap: !line, axisLabel: { ...names.axisLabel, ...(line ? { alignMinLabel: 'left' as const } : {}) } };
  const tone = (s: number) => color(picture.series.length > 1 || picture.kind === 'line' ? `--c${s}` : '--bar');
  const series = picture.series.map((one, s) => {
    const common = { name: one.name, data: one.values, itemStyle: { color: tone(s) }, emphasis: { disabled: true }, markLine: !s && marked.length && !lying ? place_marks(color, marked) : undefined };
    if (picture.kind === 'line') {
      return { ...common, type: 'line' as const, symbol: 'circle', symbolSize: one.values.length > 45 ? 0 : 5, connectNulls: false, lineStyle: { width: 2, color: color(`--c${s}`) } };
    }
    return { ...common, type: 'bar' as const, stack: picture.kind === 'stacked' ? 'all' : undefined, barMaxWidth: 26, barGap: '10%' };
  });
  return {
    animation: false,
    textStyle: { fontFamily: chart_font() },
    grid: { left: 4, right: 40, top: 10, bottom: 4, containLabel: true },
    xAxis: lying ? figures : upright,
    yAxis: lying ? { ...names, inverse: true, axisLabel: { ...names.axisLabel, hideOverlap: false, width: 130, overflow: 'truncate' as const } } : figures,
    tooltip: axis_tooltip(color, lying ? 'shadow' : 'line', told),
    series
  };
}

export function drawing_option(drawing: Drawing, color: Color, width: number): Option {
  if (drawing.picture.kind === 'heatmap') return heat_drawn(drawing, color, width);
  if (drawing.picture.kind === 'scatter') return scatter_drawn(drawing, color, width);
  return series_drawn(drawing, color, width);
}
