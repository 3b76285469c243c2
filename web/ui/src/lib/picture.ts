/*
 * A chart as a PNG file: drawn anew on a canvas of its own, whatever the width of the window, with what a
 * reader who sees the picture alone must know: the title, the period, the legend, the source. Colours are
 * those of the theme that is on.
 */
import { chart_font, type Color } from './chart_option';
import { init, type Option } from './echarts';

/** A name beside its mark; `tone`: the theme's name of the colour. */
export interface LegendEntry { name: string; tone: string }

export interface Sheet {
  title: string;
  /** Below the title: the period, the filters, what the axes are. */
  lines: string[];
  legend: LegendEntry[];
  /** Below the chart: remarks, the source, the age of the data. */
  foot: string[];
  /** Of the chart, in CSS pixels. */
  height: number;
  option: (color: Color, width: number) => Option;
}

export const SHEET_WIDTH_PX = 960;
/** Pixels of the file for one of the page: sharp on paper and on fine screens. */
export const SHEET_RATIO = 2;
const EDGE_PX = 24;
const MARK_PX = 10;
/** Canvases beyond this are refused by browsers. */
const HEIGHT_MAX_PX = 6000;

/** Lines that each fit into the room, cut between words. */
function text_wrap(pen: CanvasRenderingContext2D, text: string, room: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line ? `${line} ${word}` : word;
    if (line && pen.measureText(longer).width > room) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

interface Writing { text: string; x: number; y: number; font: string; tone: string }
interface Mark { x: number; y: number; tone: string }

/** Where everything but the chart stands. */
function sheet_lay(pen: CanvasRenderingContext2D, sheet: Sheet, font: string) {
  const room = SHEET_WIDTH_PX - 2 * EDGE_PX;
  const writings: Writing[] = [];
  const marks: Mark[] = [];
  let y = EDGE_PX;
  const write = (text: string, size: number, weight: number, tone: string) => {
    const one = `${weight} ${size}px ${font}`;
    pen.font = one;
    for (const line of text_wrap(pen, text, room)) {
      y += Math.round(size * 1.4);
      writings.push({ text: line, x: EDGE_PX, y: y - Math.round(size * 0.35), font: one, tone });
    }
  };
  write(sheet.title, 18, 600, '--text');
  for (const line of sheet.lines) write(line, 13, 400, '--soft');
  if (sheet.legend.length) {
    const one = `400 13px ${font}`;
    pen.font = one;
    let x = EDGE_PX;
    y += 26;
    for (const { name, tone } of sheet.legend) {
      const width = MARK_PX + (name ? 7 + pen.measureText(name).width + 18 : 2);
      if (x > EDGE_PX && x + width > SHEET_WIDTH_PX - EDGE_PX) {
        x = EDGE_PX;
        y += 20;
      }
      marks.push({ x, y: y - MARK_PX, tone });
      if (name) writings.push({ text: name, x: x + MARK_PX + 7, y, font: one, tone: '--text' });
      x += width;
    }
  }
  const chart_y = y + 14;
  y = chart_y + sheet.height + 8;
  for (const line of sheet.foot) write(line, 12, 400, '--faint');
  return { writings, marks, chart_y, height: Math.min(HEIGHT_MAX_PX, y + EDGE_PX) };
}

/** The chart alone; a browser draws it into an element that is never seen. */
function chart_canvas(sheet: Sheet, color: Color): HTMLCanvasElement {
  const box = document.createElement('div');
  const width = SHEET_WIDTH_PX - 2 * EDGE_PX;
  const chart = init(box, null, { width, height: sheet.height, devicePixelRatio: SHEET_RATIO });
  try {
    chart.setOption({ ...sheet.option(color, width), animation: false });
    return chart.renderToCanvas({ pixelRatio: SHEET_RATIO });
  } finally {
    chart.dispose();
  }
}

export async function sheet_png(sheet: Sheet): Promise<Blob> {
  const style = getComputedStyle(document.documentElement);
  const color: Color = (name) => style.getPropertyValue(name).trim();
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('the browser has no canvas');
  const { writings, marks, chart_y, height } = sheet_lay(pen, sheet, chart_font());
  canvas.width = SHEET_WIDTH_PX * SHEET_RATIO;
  canvas.height = height * SHEET_RATIO;
  pen.scale(SHEET_RATIO, SHEET_RATIO);
  pen.fillStyle = color('--surface');
  pen.fillRect(0, 0, SHEET_WIDTH_PX, height);
  pen.drawImage(chart_canvas(sheet, color), EDGE_PX, chart_y, SHEET_WIDTH_PX - 2 * EDGE_PX, sheet.height);
  for (const { x, y, tone } of marks) {
    pen.fillStyle = color(tone);
    pen.fillRect(x, y, MARK_PX, MARK_PX);
  }
  for (const { text, x, y, font, tone } of writings) {
    pen.font = font;
    pen.fillStyle = color(tone);
    pen.fillText(text, x, y);
  }
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture is too large for the browser'))), 'image/png'));
}
