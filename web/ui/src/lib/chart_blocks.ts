/*
 * Charts that ECharts has no series for as they are wanted here, drawn as rectangles: a heat map whose
 * shades are those of the page's tables, and bars that begin where another ended. Every block has its figure
 * where there is room for it, so that colour never speaks alone.
 */
import { category_axis, chart_font, value_axis, type Color } from './chart_option';
import type { Option } from './echarts';
import { HEAT_STEPS, heat_step, heat_top } from './heat';

export interface HeatBlocks {
  xs: string[];
  ys: string[];
  /** By line, then by place; null: nothing is known. */
  values: (number | null)[][];
  text: (value: number) => string;
}

const HEAT_LINE_PX = 25;
const HEAT_HEAD_PX = 34;
const HEAT_NAME_PX = 130;
const DIGIT_PX = 7;

export const heat_height = (blocks: HeatBlocks) => HEAT_HEAD_PX + HEAT_LINE_PX * Math.max(2, blocks.ys.length);
export const heat_tones = Array.from({ length: HEAT_STEPS }, (_, step) => `--h${step}`);

/** The place and the line of each block, in the order in which they are drawn. */
export const heat_places = (blocks: HeatBlocks) => blocks.values.flatMap((line, y) => line.flatMap((value, x) => (value === null ? [] : [{ x, y, value }])));

export function heat_option(blocks: HeatBlocks, color: Color, width: number): Option {
  const places = heat_places(blocks);
  const top = heat_top(places.map(({ value }) => value));
  const texts = places.map(({ value }) => blocks.text(value));
  const room = (width - HEAT_NAME_PX) / Math.max(1, blocks.xs.length) - 6;
  const written = Math.max(0, ...texts.map((text) => text.length)) * DIGIT_PX <= room;
  const bare = { axisLine: { show: false }, splitLine: { show: false } };
  const [across, down] = [category_axis(color, blocks.xs), category_axis(color, blocks.ys)];
  return {
    animation: false,
    textStyle: { fontFamily: chart_font() },
    grid: { left: 4, right: 8, top: 4, bottom: 4, containLabel: true },
    xAxis: { ...across, ...bare, position: 'top' },
    yAxis: { ...down, ...bare, inverse: true, axisLabel: { ...down.axisLabel, hideOverlap: false, interval: 0, width: HEAT_NAME_PX, overflow: 'truncate' } },
    series: [
      {
        type: 'custom',
        encode: { x: 0, y: 1 },
        data: places.map(({ x, y }) => [x, y]),
        renderItem: (params, api) => {
          const step = heat_step(places[params.dataIndex].value, top);
          const [x, y] = api.coord([api.value(0), api.value(1)]);
          const [w, h] = api.size!([1, 1]) as number[];
          return {
            type: 'rect',
            shape: { x: x - w / 2 + 1, y: y - h / 2 + 1, width: Math.max(1, w - 2), height: Math.max(1, h - 2), r: Math.min(3, w / 4) },
            style: { fill: color(`--h${step}`) },
            ...(written ? { textConfig: { position: 'inside' }, textContent: { type: 'text', style: { text: texts[params.dataIndex], fill: color(`--ht${step}`), font: `12px ${chart_font()}` } } } : {})
          };
        }
      }
    ]
  };
}

export interface BarBlock { name: string; from: number; to: number; tone: string; text: string }

const BAR_LINE_PX = 27;
const BAR_FOOT_PX = 30;

export const bars_height = (bars: BarBlock[]) => BAR_FOOT_PX + BAR_LINE_PX * Math.max(2, bars.length);

/** Lying bars, each from where it begins to where it ends, its figure at the right edge as in the page's list. */
export function bars_option(bars: BarBlock[], axis: (value: number) => string, color: Color): Option {
  const names = category_axis(color, bars.map((bar) => bar.name));
  const room = Math.max(0, ...bars.map((bar) => bar.text.length)) * DIGIT_PX + 12;
  return {
    animation: false,
    textStyle: { fontFamily: chart_font() },
    grid: { left: 4, right: room, top: 4, bottom: 4, containLabel: true },
    xAxis: { ...value_axis(color, false, axis) },
    yAxis: { ...names, inverse: true, axisLabel: { ...names.axisLabel, color: color('--text'), hideOverlap: false, interval: 0, width: 220, overflow: 'truncate' } },
    series: [
      {
        type: 'custom',
        encode: { x: [1, 2], y: 0 },
        data: bars.map((bar, i) => [i, bar.from, bar.to]),
        renderItem: (params, api) => {
          const bar = bars[params.dataIndex];
          const [from, y] = api.coord([bar.from, params.dataIndex]);
          const [to] = api.coord([bar.to, params.dataIndex]);
          const area = params.coordSys as unknown as { x: number; width: number };
          return {
            type: 'group',
            children: [
              { type: 'rect', shape: { x: Math.min(from, to), y: y - 8, width: Math.max(1, Math.abs(to - from)), height: 16, r: 2 }, style: { fill: color(bar.tone) } },
              { type: 'text', style: { text: bar.text, x: area.x + area.width + room, y, align: 'right', verticalAlign: 'middle', fill: color('--text'), font: `12px ${chart_font()}` } }
            ]
          };
        }
      }
    ]
  };
}
