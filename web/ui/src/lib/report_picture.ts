/* A report's chart as the sheet of a PNG file: the rows that are drawn on the page, whatever draws them there. */
import { app } from './app.svelte';
import { bars_height, bars_option, heat_height, heat_option, heat_tones, type BarBlock, type HeatBlocks } from './chart_blocks';
import { axis_lifted } from './chart_option';
import type { Sheet } from './picture';
import { course_option } from './report_course';
import { cell_number, report_axis, report_cell, report_cell_tiny, type ReportShape } from './report_cells';
import { bar_text, heat_key, type Bars, type Course, type Heat } from './report_chart';
import { text_of } from './reports';

export interface ReportDrawing { bars: Bars | null; heat: Heat | null; course: Course | null; shapes: ReportShape[] }

const COURSE_HEIGHT_PX = 320;

function bars_drawn(chart: Bars, shapes: ReportShape[]): Pick<Sheet, 'height' | 'option' | 'legend'> {
  const bridge = chart.bars.some((bar) => bar.kind !== 'whole');
  const tone = { whole: '--bar', up: '--c2', down: '--c1' };
  const blocks = chart.bars.map(
    (bar): BarBlock => ({
      name: report_cell(bar.row[chart.x], shapes[chart.x], app.lang),
      from: bar.from,
      to: bar.to,
      tone: !bridge && bar.to < 0 ? '--c1' : tone[bar.kind],
      text: bar_text(bar, shapes[chart.y], chart.y, app.lang)
    })
  );
  return {
    height: bars_height(blocks),
    option: (color) => bars_option(blocks, (value) => report_axis(value, shapes[chart.y], app.lang), color),
    legend: [{ name: text_of(shapes[chart.y].column.title, app.lang), tone: '--bar' }]
  };
}

function heat_drawn(chart: Heat, shapes: ReportShape[]): Pick<Sheet, 'height' | 'option' | 'legend'> {
  // Texts are the report's own; a number has its text by what it is of.
  const cells = chart.ys.map((y) => chart.xs.map((x) => chart.cells.get(heat_key(x, y)) ?? null));
  const texts = new Map(cells.flat().flatMap((cell) => (cell === null ? [] : [[cell_number(cell), report_cell_tiny(cell, shapes[chart.value], app.lang)] as const])));
  const blocks: HeatBlocks = {
    xs: chart.xs.map((x) => report_cell(x, shapes[chart.x], app.lang)),
    ys: chart.ys.map((y) => report_cell(y, shapes[chart.y], app.lang)),
    values: cells.map((line) => line.map(cell_number)),
    text: (value) => texts.get(value) ?? ''
  };
  const shades = heat_tones.map((tone, i) => ({ name: i === 0 ? app.t('less') : i === heat_tones.length - 1 ? app.t('more') : '', tone }));
  return { height: heat_height(blocks), option: (color, width) => heat_option(blocks, color, width), legend: shades };
}

/** What the axes are, in words. */
function axes_line({ bars, heat, course, shapes }: ReportDrawing): string {
  const title = (at: number) => text_of(shapes[at].column.title, app.lang);
  if (heat) return `${title(heat.value)} · ↓ ${title(heat.y)} · → ${title(heat.x)}`;
  const one = bars ?? course;
  return one ? `${title(one.y)} · ${title(one.x)}` : '';
}

export function report_sheet(drawing: ReportDrawing, title: string, lines: string[], foot: string[]): Sheet {
  const { bars, heat, course, shapes } = drawing;
  const parts = bars ? bars_drawn(bars, shapes) : heat ? heat_drawn(heat, shapes) : course_drawn(course!, shapes);
  const lifted = course && !bars && !heat && axis_lifted(course.rows.map((row) => cell_number(row[course.y])));
  const cut = bars?.left_out || heat?.left_out ? [app.t('report_part')] : [];
  return { title, lines: [...lines, axes_line(drawing)], ...parts, foot: [...cut, ...(lifted ? [app.t('axis_not_zero')] : []), ...foot] };
}

const course_drawn = (chart: Course, shapes: ReportShape[]): Pick<Sheet, 'height' | 'option' | 'legend'> => ({
  height: COURSE_HEIGHT_PX,
  option: (color) => course_option(chart, shapes, app.lang, color),
  legend: [{ name: text_of(shapes[chart.y].column.title, app.lang), tone: '--accent' }]
});
