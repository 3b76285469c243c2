/* A report's line as ECharts draws it, on the page and in a PNG file. */
import { axis_lifted, axis_tooltip, category_axis, chart_font, html_escape, value_axis, type Color } from './chart_option';
import type { Option } from './echarts';
import { cell_number, report_axis, report_cell, type ReportShape } from './report_cells';
import type { Course } from './report_chart';
import { text_of } from './reports';
import type { Lang } from './words';

export function course_option(chart: Course, shapes: ReportShape[], lang: Lang, color: Color): Option {
  const names = chart.rows.map((row) => report_cell(row[chart.x], shapes[chart.x], lang));
  const values = chart.rows.map((row) => cell_number(row[chart.y]));
  const title = text_of(shapes[chart.y].column.title, lang);
  const told = (i: number) =>
    chart.rows[i] ? `<div style="font-size:12px;opacity:.8">${html_escape(names[i])}</div>${html_escape(title)} <b style="margin-left:10px">${html_escape(report_cell(chart.rows[i][chart.y], shapes[chart.y], lang))}</b>` : '';
  return {
    animation: false,
    textStyle: { fontFamily: chart_font() },
    grid: { left: 4, right: 40, top: 14, bottom: 6, containLabel: true },
    xAxis: { ...category_axis(color, names), boundaryGap: false },
    yAxis: value_axis(color, axis_lifted(values), (value) => report_axis(value, shapes[chart.y], lang)),
    tooltip: axis_tooltip(color, 'line', told),
    series: [
      {
        name: title,
        type: 'line',
        data: values,
        symbol: 'circle',
        symbolSize: values.length > 45 ? 0 : 6,
        connectNulls: false,
        lineStyle: { width: 2, color: color('--accent') },
        itemStyle: { color: color('--accent') },
        emphasis: { disabled: true }
      }
    ]
  };
}
