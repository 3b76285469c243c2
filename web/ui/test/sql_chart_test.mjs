/* npm test: what of an answer to SQL is drawn, and how; the expected values are written by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lib } from './lib.mjs';

const sql_chart = await lib('sql_chart');

const AUTO = { kind: null, x: null, ys: [] };
const answer = (columns, rows) => ({ columns: columns.map(([name, type]) => ({ name, type })), rows, stats: {} });
const chart = (of, choice = {}) => sql_chart.sql_chart(of, { ...AUTO, ...choice });
const drawn = (of, choice = {}, lang = 'en') => sql_chart.sql_drawing(of, chart(of, choice), lang);
const DAYS = answer([['day', 'date'], ['revenue', 'decimal(18,2)'], ['buyers', 'bigint']], [['2025-03-02', '12000.50', '11'], ['2025-03-01', '9000.00', '8'], [null, '1.00', '1']]);

test('days first are lines in their course; a day that is missing is told', () => {
  const { kind, kinds, x, ys, by } = chart(DAYS);
  assert.deepEqual({ kind, kinds, x, ys, by }, { kind: 'line', kinds: ['line', 'bar'], x: 0, ys: [1], by: null }, 'buyers are too small to stand beside revenue unasked');
  const { picture, texts } = drawn(DAYS, { ys: ['revenue', 'buyers'] });
  assert.deepEqual(picture.names, ['2025-03-01', '2025-03-02']);
  assert.deepEqual(picture.series, [{ name: 'revenue', values: [9000, 12000.5] }, { name: 'buyers', values: [8, 11] }]);
  assert.equal(picture.unplaced, true);
  assert.deepEqual(texts, [['9,000.00', '12,000.50'], ['8', '11']]);
});

test('moments that are all midnights are days', () => {
  const months = answer([['month', 'timestamp'], ['n', 'bigint']], [['2025-01-01T00:00:00', '1'], ['2025-02-01T00:00:00', '2']]);
  assert.deepEqual(drawn(months).picture.names, ['2025-01-01', '2025-02-01']);
  const hours = answer(months.columns.map(({ name, type }) => [name, type]), [['2025-01-01T00:00:00', '1'], ['2025-01-01T01:00:00', '2']]);
  assert.deepEqual(drawn(hours).picture.names, ['2025-01-01 00:00:00', '2025-01-01 01:00:00']);
});

test('several rows a day are lines apart, by the texts that tell them apart', () => {
  const of = answer([['day', 'date'], ['region', 'text'], ['n', 'bigint']], [['2025-01-01', 'North', '3'], ['2025-01-02', 'South', '5'], ['2025-01-01', 'South', '4'], ['2025-01-02', null, '6']]);
  assert.equal(chart(of).by, 1);
  const { picture, texts } = drawn(of);
  assert.deepEqual(picture.names, ['2025-01-01', '2025-01-02']);
  assert.deepEqual(picture.series, [{ name: 'North', values: [3, null] }, { name: 'South', values: [4, 5] }, { name: 'NULL', values: [null, 6] }]);
  assert.deepEqual(texts[0], ['3', '–']);
});

test('texts are bars in the order of the rows, also where numbers stand before them', () => {
  const of = answer([['id', 'bigint'], ['region', 'text'], ['a', 'integer'], ['b', 'double']], [['1', 'North', '3', '1.5'], ['2', null, null, '2'], ['3', '', '9', 'NaN']]);
  const { kind, kinds, x, ys } = chart(of);
  assert.deepEqual({ kind, kinds, x, ys }, { kind: 'bar', kinds: ['bar'], x: 1, ys: [2, 3] });
  const { picture } = drawn(of);
  assert.deepEqual(picture.names, ['North', 'NULL', '']);
  assert.deepEqual(picture.series.map((one) => one.values), [[3, null, 9], [1.5, 2, null]]);
  assert.equal(picture.course, false);
  const many = answer([['name', 'text'], ['n', 'bigint']], Array.from({ length: 41 }, (_, i) => [`s${i}`, `${i}`]));
  assert.equal(drawn(many).picture.names.length, 40);
  assert.equal(drawn(many).picture.left_out, true, 'what is not drawn is told');
});

test('two numbers are points; every digit is told, years have no thousands', () => {
  const of = answer([['year', 'integer'], ['big', 'bigint']], [['2024', '9007199254740993'], ['2025', '5'], ['2026', null]]);
  assert.deepEqual(chart(of).kinds, ['scatter', 'line', 'bar']);
  const { picture, texts, style, up } = drawn(of);
  assert.deepEqual([picture.kind, picture.series.map((one) => one.name), picture.unplaced], ['scatter', ['year', 'big'], true]);
  assert.deepEqual(texts, [['2024', '2025'], ['9,007,199,254,740,993', '5']]);
  assert.deepEqual([style.group, up.group], [false, true]);
  assert.deepEqual(drawn(of, { kind: 'line' }).picture.names, ['2024', '2025', '2026']);
  assert.deepEqual(drawn(of, { x: 'big' }).names, ['big', 'year'], 'turned');
});

test('columns that another answer lacks are let go; without numbers there is nothing to draw', () => {
  const { x, ys, kind } = chart(DAYS, { kind: 'scatter', x: 'nothing', ys: ['day', 'no', 'buyers', 'buyers'] });
  assert.deepEqual({ x, ys, kind }, { x: 0, ys: [2], kind: 'line' });
  assert.equal(chart(answer([['a', 'text'], ['b', 'text']], [['x', 'y']])), null);
  assert.equal(chart(answer([['n', 'bigint']], [['1']])), null, 'a number alone');
  assert.equal(chart(answer([['a', 'text'], ['n', 'bigint']], [['x', null]])), null, 'nothing but NULL');
  assert.equal(chart(answer([['a', 'text'], ['n', 'bigint']], [])), null, 'no rows');
  const only = answer([['n', 'bigint'], ['a', 'text']], [['1', 'x']]);
  assert.deepEqual([chart(only).x, chart(only).ys], [1, [0]]);
  assert.equal(chart(only, { x: 'n' }).x, 1, 'the only number cannot be the axis');
});

test('the choice stands in the address', () => {
  const back = (text) => new URLSearchParams(sql_chart.choice_print(sql_chart.choice_parse(new URLSearchParams(text)))).toString();
  assert.equal(back('q=x'), '');
  assert.equal(back('q=x&chart=auto'), 'chart=auto');
  assert.equal(back('chart=bar&y=a&x=b&y=c'), 'chart=bar&x=b&y=a&y=c');
  assert.equal(back('chart=pie'), 'chart=auto', 'what is no kind');
});
