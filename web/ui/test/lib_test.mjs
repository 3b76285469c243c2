/*
 * npm test: dates, numbers and words apart from the page. The expected values are written by hand from
 * the calendar and from TERMS, not computed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lib } from './lib.mjs';

const days = await lib('days');
const format = await lib('format');
const words = await lib('words');
const plan = await lib('plan');
const cuboids = await lib('cuboids');
const experiments = await lib('experiments');
const comparison = await lib('comparison');
const views = await lib('views');
const sql_text = await lib('sql_text');
const sql_answer = await lib('sql_answer');
const sql_cells = await lib('sql_cells');
const sql_plan = await lib('sql_plan');
const report_cells = await lib('report_cells');
const value_tree = await lib('value_tree');
const level_text = await lib('level_text');
const range = (from, to) => ({ from, to });

test('presets count back from the last complete day', () => {
  const cases = [
    ['month', '2025-12-31', range('2025-12-01', '2025-12-31')],
    ['month', '2025-12-30', range('2025-11-01', '2025-11-30')],
    ['month', '2024-03-01', range('2024-02-01', '2024-02-29')],
    ['month', '2025-01-15', range('2024-12-01', '2024-12-31')],
    ['mtd', '2025-12-30', range('2025-12-01', '2025-12-30')],
    ['7d', '2025-03-03', range('2025-02-25', '2025-03-03')],
    ['28d', '2025-12-31', range('2025-12-04', '2025-12-31')],
    ['90d', '2025-12-31', range('2025-10-03', '2025-12-31')],
    ['lastquarter', '2025-12-30', range('2025-07-01', '2025-09-30')],
    ['lastquarter', '2025-12-31', range('2025-10-01', '2025-12-31')],
    ['quarter', '2025-05-09', range('2025-04-01', '2025-05-09')],
    ['ytd', '2025-05-09', range('2025-01-01', '2025-05-09')],
    ['yesterday', '2025-03-01', range('2025-03-01', '2025-03-01')],
    ['wtd', '2025-12-31', range('2025-12-29', '2025-12-31')],
    ['wtd', '2025-12-28', range('2025-12-22', '2025-12-28')],
    ['lastweek', '2025-12-31', range('2025-12-22', '2025-12-28')],
    ['lastweek', '2025-12-28', range('2025-12-22', '2025-12-28')],
    ['lastyear', '2025-12-30', range('2024-01-01', '2024-12-31')],
    ['lastyear', '2025-12-31', range('2025-01-01', '2025-12-31')],
    ['12m', '2025-12-31', range('2025-01-01', '2025-12-31')],
    ['12m', '2025-12-15', range('2024-12-16', '2025-12-15')],
    ['12m', '2024-02-29', range('2023-03-01', '2024-02-29')],
    ['12m', '2025-02-28', range('2024-03-01', '2025-02-28')],
    ['12m', '2024-02-28', range('2023-03-01', '2024-02-28')]
  ];
  for (const [preset, last, wanted] of cases) assert.deepEqual(days.preset_range(preset, last), wanted, `${preset} at ${last}`);
});

test('a comparison by weekday goes back by whole weeks; whole months stay months', () => {
  const previous = (word, period, match = 'weekday') => comparison.compare_asks({ period: word, compare: 'previous', match }, period).previous;
  assert.equal(previous('month', range('2025-12-01', '2025-12-31')), 'previous');
  assert.equal(previous('28d', range('2025-12-04', '2025-12-31')), 'previous', 'as many days are whole weeks');
  assert.deepEqual(previous('yesterday', range('2025-12-31', '2025-12-31')), range('2025-12-24', '2025-12-24'));
  assert.equal(previous('yesterday', range('2025-12-31', '2025-12-31'), 'date'), 'previous');
  assert.deepEqual(previous('90d', range('2025-10-03', '2025-12-31')), range('2025-07-04', '2025-10-01'));
  assert.deepEqual(previous('wtd', range('2025-12-29', '2025-12-31')), range('2025-12-22', '2025-12-24'));
  assert.deepEqual(previous('mtd', range('2025-12-01', '2025-12-15')), range('2025-11-03', '2025-11-17'));
  assert.deepEqual(previous('mtd', range('2025-12-01', '2025-12-30')), range('2025-10-27', '2025-11-25'), 'five weeks: four would overlap');
  assert.deepEqual(previous('mtd', range('2025-12-01', '2025-12-15'), 'date'), range('2025-11-01', '2025-11-15'));
  assert.deepEqual(previous('mtd', range('2025-03-01', '2025-03-30'), 'date'), range('2025-02-01', '2025-02-28'), 'February is shorter');
  assert.deepEqual(previous('ytd', range('2025-01-01', '2025-05-09'), 'date'), range('2024-01-01', '2024-05-08'), 'equally many days');
  const asks = (compare, match) => comparison.compare_asks({ period: '7d', compare, match }, range('2025-12-25', '2025-12-31')).chosen;
  assert.deepEqual([asks('last_year', 'weekday'), asks('last_year', 'date'), asks('2024-01-01..2024-01-03', 'date'), asks('?', 'date')], ['last_year', 'last_year_calendar', range('2024-01-01', '2024-01-03'), 'previous']);
});

test('what is drawn by day is laid weekday on weekday, within the compared days', () => {
  const december = range('2025-12-01', '2025-12-31');
  const november = range('2025-11-01', '2025-11-30');
  assert.deepEqual(comparison.previous_range(december), november);
  assert.deepEqual(comparison.previous_range(range('2025-07-01', '2025-09-30')), range('2025-04-01', '2025-06-30'));
  assert.deepEqual(comparison.compared_days(december, november, 'weekday'), range('2025-11-03', '2025-11-30'));
  assert.deepEqual(comparison.compared_days(december, november, 'date'), november);
  assert.deepEqual(comparison.compare_by_day('previous', december, 'weekday'), range('2025-11-03', '2025-11-30'));
  assert.equal(comparison.compare_by_day('previous', range('2025-12-04', '2025-12-31'), 'weekday'), 'previous');
  assert.equal(comparison.compare_by_day('last_year', december, 'weekday'), 'last_year');
  for (let from = '2024-02-26'; from < '2024-04-01'; from = days.day_add(from, 1)) {
    for (const length of [1, 3, 7, 30, 31, 90]) {
      const period = range(from, days.day_add(from, length - 1));
      const { previous } = comparison.compare_asks({ period: '', compare: 'previous', match: 'weekday' }, period);
      const compared = typeof previous === 'object' ? previous : comparison.previous_range(period);
      assert.equal(days.day_weekday(comparison.compared_days(period, compared, 'weekday').from), days.day_weekday(from), `${from}, ${length} days`);
      assert.ok(compared.to < from, `${from}, ${length} days: they overlap`);
    }
  }
});

test('a period in the URL is read strictly', () => {
  assert.deepEqual(days.range_parse('2025-12-01..2025-12-31'), range('2025-12-01', '2025-12-31'));
  for (const text of ['2025-12-31..2025-12-01', '2025-02-30..2025-03-01', '2025-12-01', 'month', '..', '2025-12-01..2025-12-02..2025-12-03']) {
    assert.equal(days.range_parse(text), null, text);
  }
  assert.deepEqual(days.period_range('nonsense', { complete_to: '2025-12-31' }), range('2025-12-01', '2025-12-31'));
  assert.equal(days.period_range('month', { complete_to: null, to: null }), null);
  const year = { from: '2025-01-03', to: '2025-12-31', complete_to: '2025-12-30' };
  assert.deepEqual(days.period_range('all', year), range('2025-01-03', '2025-12-31'));
  assert.equal(days.period_preset('month', year), 'month');
  assert.equal(days.period_preset('2025-12-01..2025-12-02', year), null);
  // Data that begin after the last complete month: all of them.
  const few = { from: '2025-02-01', to: '2025-02-03' };
  for (const choice of ['month', 'nonsense', 'all']) {
    assert.deepEqual(days.period_range(choice, few), few, choice);
    assert.equal(days.period_preset(choice, few), 'all');
  }
  assert.deepEqual(days.period_range('28d', few), range('2025-01-07', '2025-02-03'));
});

test('weeks start on Monday; cut intervals are not whole', () => {
  assert.equal(days.day_weekday('2025-12-29'), 1);
  assert.equal(days.day_weekday('2025-12-28'), 7);
  const weeks = days.range_buckets(range('2025-12-03', '2025-12-16'), 'week');
  assert.deepEqual(weeks.map((w) => [w.start, w.from, w.to, w.whole]), [
    ['2025-12-01', '2025-12-03', '2025-12-07', false],
    ['2025-12-08', '2025-12-08', '2025-12-14', true],
    ['2025-12-15', '2025-12-15', '2025-12-16', false]
  ]);
  const months = days.range_buckets(range('2024-01-31', '2024-02-29'), 'month');
  assert.deepEqual(months.map((m) => [m.start, m.whole]), [['2024-01-01', false], ['2024-02-01', true]]);
});

test('values of date levels', () => {
  assert.equal(days.bucket_start('2025-12-01'), '2025-12-01');
  assert.equal(days.bucket_start('2025-12'), '2025-12-01');
  assert.equal(days.bucket_start(2025), '2025-01-01');
  assert.equal(days.bucket_start('2026-W01'), '2025-12-29');
  assert.equal(days.bucket_start('2021-W53'), '2022-01-03'); // 2021 has 52 weeks: what follows
  assert.equal(days.bucket_start(null), null);
  assert.equal(days.bucket_start('spring'), null);
});

const MONEY = { format: 'money', unit: 'RUB', scale: 2, type: 'decimal' };
const COUNT = { format: 'integer', unit: null, scale: 0, type: 'integer' };
const SHARE = { format: 'percent', unit: null, scale: 1, type: 'decimal' };

test('numbers', () => {
  assert.equal(format.number_exact(1234567.89, MONEY, 'ru'), '1\u00a0234\u00a0567,89\u00a0₽');
  assert.equal(format.number_exact(1234567.89, MONEY, 'en'), '₽1,234,567.89');
  assert.equal(format.number_exact(-5.5, MONEY, 'ru'), '−5,50\u00a0₽');
  assert.equal(format.number_exact(null, MONEY, 'ru'), '–');
  assert.equal(format.number_exact(1763000, COUNT, 'ru'), '1\u00a0763\u00a0000');
  assert.equal(format.number_exact(0.6244, SHARE, 'ru'), '62,4\u00a0%');
  assert.equal(format.number_exact(62.44, { ...SHARE, unit: '%' }, 'en'), '62.4%');
  assert.equal(format.number_short(1066900000, MONEY, 'ru'), '1,067\u00a0млрд\u00a0₽');
  assert.equal(format.number_short(605.13, MONEY, 'ru'), '605,13\u00a0₽');
});

test('lists keep one magnitude, named at each number', () => {
  assert.equal(format.number_aligned(1033300000, MONEY, 'ru', 1033300000), '1\u00a0033,3\u00a0млн\u00a0₽');
  assert.equal(format.number_aligned(39200000, MONEY, 'ru', 1033300000), '39,2\u00a0млн\u00a0₽');
  assert.equal(format.number_aligned(39200000, MONEY, 'en', 1033300000), '₽39.2m');
  assert.equal(format.number_aligned(620.4, MONEY, 'ru', 1033300000), '620,40\u00a0₽');
});

test('changes carry a sign, shares differ in points, no base is a dash', () => {
  assert.equal(format.change_text(4.21, '%', 'en'), '+4.2%');
  assert.equal(format.change_text(-4.21, '%', 'ru'), '−4,2\u00a0%');
  assert.equal(format.change_text(1.3, 'pp', 'ru'), '+1,3\u00a0п.\u00a0п.');
  assert.equal(format.change_text(1.3, 'pp', 'en'), '+1.3\u00a0pp');
  assert.equal(format.change_text(4.2, '%', 'en'), '+4.2%');
  assert.equal(format.change_text(0.04, '%', 'en'), '0.0%');
  assert.equal(format.change_text(999.94, '%', 'en'), '+999.9%');
  assert.equal(format.change_text(1572.34, '%', 'en'), '+1,572%');
  assert.equal(format.change_text(-1572.34, '%', 'ru'), '−1\u00a0572\u00a0%');
  assert.equal(format.change_text(null, '%', 'en'), '–');
});

test('dates', () => {
  assert.equal(format.date_text('2025-12-31', 'ru'), '31.12.2025');
  assert.equal(format.date_text('2025-12-31', 'en'), '31 Dec 2025');
  assert.equal(format.moment_text('2025-12-31T22:47:00', 'ru'), '31.12.2025, 22:47');
  assert.equal(format.range_label(range('2025-12-01', '2025-12-31'), 'en'), '1–31 Dec 2025');
  assert.equal(format.range_label(range('2025-12-01', '2025-12-31'), 'ru'), '01.12–31.12.2025');
  assert.equal(format.date_parse('1.2.2025'), '2025-02-01');
  assert.equal(format.date_parse('31/12/2025'), '2025-12-31');
  assert.equal(format.date_parse('2025-12-31'), '2025-12-31');
  assert.equal(format.date_parse('31 декабря'), null);
});

test('Russian plurals', () => {
  const forms = [1, 2, 5, 11, 21, 22, 25, 111].map((n) => words.plural('ru', 'shop', n));
  assert.deepEqual(forms, ['магазин', 'магазина', 'магазинов', 'магазинов', 'магазин', 'магазина', 'магазинов', 'магазинов']);
});

test('the Overview of any model: all measures of one cube, whatever they are called', () => {
  const names = ['sales.revenue', ...Array.from({ length: 11 }, (_, n) => `sales.m${n}`)];
  const model = {
    cubes: [
      { name: 'sales', time: null, levels: ['city.city', 'city.region', 'n.n'], measures: names },
      { name: 'visits', time: 'date.day', levels: ['date.day', 'city.city'], measures: ['visits.rows'] }
    ],
    levels: [
      { name: 'city.city', dimension: 'city', type: 'string', parent: 'city.region', values: 9 },
      { name: 'city.region', dimension: 'city', type: 'string', parent: null, values: 2 },
      { name: 'n.n', dimension: 'n', type: 'integer', parent: null, values: 4 },
      { name: 'date.day', dimension: 'date', type: 'date', parent: null, values: null }
    ],
    measures: [...names.map((name) => ({ name, cube: 'sales' })), { name: 'visits.rows', cube: 'visits' }]
  };
  const first = plan.plan_make(model);
  assert.deepEqual([first.retail, first.cube.name, first.tiles.map((m) => m.name)], [false, 'sales', names]);
  assert.deepEqual(first.breakdowns.map((b) => b.chain.map((l) => l.name)), [['city.region', 'city.city']]);
  assert.deepEqual(plan.plan_make(model, 'visits').tiles.map((m) => m.name), ['visits.rows']);
  assert.equal(plan.plan_make(model, 'gone').cube.name, 'sales');
  const chain = ['sales.revenue', 'receipts.count', 'receipts.average_check', 'receipts.card_share'];
  const retail = plan.plan_make({ cubes: model.cubes, levels: [], measures: chain.map((name) => ({ name, cube: name.split('.')[0] })) });
  assert.deepEqual([retail.retail, retail.cube, retail.tiles.length], [true, null, 4]);
  assert.equal(plan.plan_make({ cubes: [], levels: [], measures: [] }).cube, null);
});

test('a filter that a cube lacks: the counterpart, else the level in the way', () => {
  const model = {
    cubes: [
      { name: 'sales', time: 'date.day', levels: ['product.category', 'store.region'], measures: ['sales.receipts'] },
      { name: 'receipts', time: 'date.day', levels: ['store.region'], measures: ['receipts.count', 'receipts.frequency'] }
    ],
    levels: [
      { name: 'product.category', dimension: 'product', type: 'string' },
      { name: 'store.region', dimension: 'store', type: 'string' },
      { name: 'store.store', dimension: 'store', type: 'integer' }
    ],
    measures: ['sales.receipts', 'receipts.count', 'receipts.frequency'].map((name) => ({ name, cube: name.split('.')[0] }))
  };
  const [, count, frequency] = model.measures;
  assert.equal(plan.measure_stand(model, count, ['store.region']).measure.name, 'receipts.count');
  assert.equal(plan.measure_stand(model, count, ['product.category']).measure.name, 'sales.receipts');
  assert.equal(plan.measure_stand(model, frequency, ['product.category']).blocked, 'product.category');
  assert.deepEqual(plan.filters_make({ 'store.region': ['Урал'], 'store.store': ['7'], 'product.category': ['A'], 'gone.level': ['x'] }, model), [
    { any: [{ level: 'store.region', in: ['Урал'] }, { level: 'store.store', in: [7] }] },
    { level: 'product.category', in: ['A'] }
  ]);
  const none = plan.filter_value(null);
  assert.deepEqual(plan.filters_make({ 'store.region': [none] }, model), [{ level: 'store.region', null: true }], 'rows without a value');
  assert.deepEqual(plan.filters_make({ 'store.store': ['7', none], 'product.category': ['', none] }, model), [
    { any: [{ level: 'store.store', in: [7] }, { level: 'store.store', null: true }] },
    { any: [{ level: 'product.category', in: [''] }, { level: 'product.category', null: true }] }
  ]);
});

test('rows without a value are a choice of the widest level, the last of it', () => {
  const chain = [{ name: 'p.category' }, { name: 'p.product' }];
  const answer = { rows: [[null, null, 1], [null, 'x', 1], ['B', null, 1], ['B', 'b', 1], ['A', 'a', 1]] };
  const shape = (nodes) => nodes.map((node) => [node.text, node.children.map((child) => child.text)]);
  assert.deepEqual(shape(value_tree.value_tree(answer, chain, 'en', String, 'no value')), [['A', ['a']], ['B', ['b']], ['no value', []]]);
  assert.deepEqual(shape(value_tree.value_tree(answer, chain, 'en')), [['A', ['a']], ['B', ['b']]], 'where they are no choice');
  assert.deepEqual(shape(value_tree.value_tree({ rows: [['null', null, 1]] }, chain, 'en', String, 'no value')), [['null', []]], 'a text of that name');
});

test('years are years: no thousands in reports, and no first of January', () => {
  const answer = { columns: [{ name: 'year', type: 'bigint' }], rows: [['2025']] };
  for (const form of ['number', 'count', 'text']) {
    const [shape] = report_cells.report_shapes({ columns: [{ name: 'year', title: {}, format: form }] }, answer, 'RUB');
    for (const lang of ['en', 'ru']) assert.equal(report_cells.report_cell('2025', shape, lang), '2025', `${form} ${lang}`);
  }
  for (const lang of ['en', 'ru']) {
    assert.equal(level_text.level_text('2025-01-01', 'date.year', 'date', lang), '2025');
    assert.equal(level_text.level_text(2025, 'date.d_year', 'date', lang), '2025', 'a number of another model');
    assert.equal(format.number_axis(2025, { format: 'decimal', unit: null, scale: 0, type: 'decimal' }, lang, false), '2025');
  }
});

test('statements end at a ";" outside of quotes and comments', () => {
  const cases = [
    ['', []],
    [' ; ;; ', []],
    ['SELECT 1', ['SELECT 1']],
    ["SELECT ';' ; SELECT 2;", ["SELECT ';'", 'SELECT 2']],
    ["SELECT 'it''s;' AS \"a;b\"; x", ["SELECT 'it''s;' AS \"a;b\"", 'x']],
    ["SELECT E'\\';'; y", ["SELECT E'\\';'", 'y']],
    ['-- a; b\nSELECT 1; /* c; /* d; */ e; */ SELECT 2', ['-- a; b\nSELECT 1', '/* c; /* d; */ e; */ SELECT 2']],
    ['SELECT $$a;b$$; SELECT $t$c;$$;$t$; SELECT $1; z', ['SELECT $$a;b$$', 'SELECT $t$c;$$;$t$', 'SELECT $1', 'z']],
    ["SELECT 'open; ", ["SELECT 'open;"]]
  ];
  for (const [text, wanted] of cases) assert.deepEqual(sql_text.statements_split(text).map((one) => one.text), wanted, text);
  const text = 'SELECT 1;\n  SELECT 2;\n';
  assert.deepEqual([0, 5, 9, 12, 20, text.length].map((at) => sql_text.statement_at(text, at).text.at(-1)), ['1', '1', '1', '2', '2', '2']);
  assert.equal(sql_text.statement_at('  ', 1), null);
});

test("the server's bytes are places in the text", () => {
  assert.equal(sql_text.index_of_byte('abc', 2), 2);
  assert.equal(sql_text.index_of_byte("'ёж' x", 7), 5);
  assert.equal(sql_text.index_of_byte("'😀' x", 7), 5);
  assert.equal(sql_text.index_of_byte('ab', 9), 2);
});

test('numbers of an answer keep every digit; texts with digits are left alone', () => {
  const answer = sql_answer.answer_parse(
    '{"columns":[{"name":"a","type":"bigint"},{"name":"b","type":"text"},{"name":"c","type":"decimal(38,16)"}],' +
      '"rows":[[9007199254740993,"say \\"12\\" 3",0.3333333333333333],[-1,null,1e+300]],"row_count":2,"stats":{"elapsed_ms":1.5,"rows_read":7,"bytes_read":8,"source":"scan","truncated":true}}'
  );
  assert.deepEqual(answer.rows, [['9007199254740993', 'say "12" 3', '0.3333333333333333'], ['-1', null, '1e+300']]);
  assert.equal(answer.columns[2].type, 'decimal(38,16)');
  assert.deepEqual(answer.stats, { elapsed_ms: 1.5, rows: 2, rows_read: 7, bytes_read: 8, source: 'scan', truncated: true });
  assert.throws(() => sql_answer.answer_parse('{"columns":[],"rows":[],"error":{"code":"timeout","message":"too long","path":null,"position":null}}'), /too long/);
});

test('one notation a column, in the language of the reader', () => {
  const shown = (type, cells, lang = 'en') => {
    const answer = { columns: [{ name: 'a', type }], rows: cells.map((cell) => [cell]) };
    const [shape] = sql_cells.cell_shapes(answer);
    return cells.map((cell) => sql_cells.cell_shown(cell, type, shape, lang));
  };
  assert.deepEqual(shown('bigint', ['2025', '7']), ['2025', '7']);
  assert.deepEqual(shown('bigint', ['2025', '-10000', null]), ['2,025', '−10,000', 'NULL']);
  assert.deepEqual(shown('decimal(12,2)', ['15.00', '1234567.50'], 'ru'), ['15,00', '1\u00a0234\u00a0567,50']);
  assert.deepEqual(shown('decimal(38,16)', ['1.5000000000000000', '0.2500000000000000']), ['1.50', '0.25']);
  assert.deepEqual(shown('double precision', ['0.5', '10.125']), ['0.5\u2007\u2007', '10.125']);
  assert.deepEqual(shown('double precision', ['1e+300', '250', 'NaN']), ['1e+300', '2.5e+2', 'NaN']);
  assert.deepEqual(shown('text', ['2025', '']), ['2025', '']);
});

test('a plan is read as two trees', () => {
  const lines = ['limit: 2', '  scan sales: day#2', '', 'Limit 2  [2 rows, 0.067 ms]', '  Scan sales (day) where day >= 1  [avx2, 5 rows of 9, 36 bytes, 1 blocks, 0 skipped, 0.131 ms]', '', 'Planning: 0.087 ms'];
  const read = sql_plan.plan_parse({ columns: [{ name: 'plan', type: 'text' }], rows: lines.map((line) => [line]) });
  assert.deepEqual(read.physical, [
    { depth: 0, name: 'Limit', detail: '2', rows: '2', ms: 0.067, notes: '' },
    { depth: 1, name: 'Scan', detail: 'sales (day) where day >= 1', rows: '5 of 9', ms: 0.131, notes: 'avx2, 36 bytes, 1 blocks, 0 skipped' }
  ]);
  assert.deepEqual([read.logical.length, read.totals], [2, 'Planning: 0.087 ms']);
  assert.equal(sql_plan.plan_parse({ columns: [{ name: 'a', type: 'text' }], rows: [] }), null);
});

const period_note = await lib('period_note');
const reports = await lib('reports');
const report_chart = await lib('report_chart');

test('notes of periods, a sentence once, in both languages', () => {
  const said = (notes, lang) => period_note.notes_said(notes, lang);
  const unfinished = 'The period is unfinished: its first 8 of 31 days (to 2025-12-08) are compared with 2025-11-01 to 2025-11-08.';
  assert.deepEqual(said([null, unfinished + ' The two periods overlap.'], 'ru'), [
    'Период не закончен: сравниваются первые дни, 8 из 31 (по 08.12.2025), с днями 01.11.2025–08.11.2025.', 'Периоды пересекаются.'
  ]);
  assert.deepEqual(said([undefined, unfinished], 'en'), [unfinished.replace('2025-12-08', '8 Dec 2025').replace('2025-11-01', '1 Nov 2025').replace('2025-11-08', '8 Nov 2025')]);
  assert.deepEqual(said(['The period has 1 day, the compared one 30.'], 'ru'), ['В периоде 1 день, в периоде сравнения 30.']);
  assert.deepEqual(said(['Something new.', { en: 'Both.', ru: 'Оба.' }], 'ru'), ['Something new.', 'Оба.']);
});

test('a typed month', () => {
  assert.deepEqual(['12.2025', '1/2025', ' 2025-12 ', '13.2025', '2025', ''].map(format.month_parse), ['2025-12', '2025-01', '2025-12', null, null, null]);
  assert.equal(format.month_numeric('2025-12', 'ru'), '12.2025');
});

test('reports are found by words of either language, and stand in their groups', () => {
  const report = (id, group, en, ru) => ({ id, group, title: { en, ru }, definition: { en: '', ru: 'Отчёт.' } });
  const all = [report('a', 'own_things', 'Ladder', 'Лестница'), report('b', 'customers', 'Churn', 'Отток'), report('c', 'programme', 'Bridge', 'Движение')];
  const found = (search) => reports.reports_search(all, search).map((r) => r.id);
  assert.deepEqual([found(''), found('ОТТОК'), found('отчет лест'), found('churn bridge')], [['a', 'b', 'c'], ['b'], ['a'], []]);
  assert.deepEqual(reports.reports_group(all).map((g) => [g.id, g.word]), [['programme', 'group_programme'], ['customers', 'group_customers'], ['own_things', null]]);
});

test('a bridge ends at the last row that equals those before; remarks after it are not drawn', () => {
  const answer = (rows) => ({ columns: [{ name: 'line', type: 'text' }, { name: 'n', type: 'bigint' }], rows });
  const steps = (rows) => report_chart.bars_of(answer(rows), { kind: 'waterfall', x: 'line', y: 'n', value: null }).bars.map((b) => [b.row[0], b.from, b.to, b.kind]);
  assert.deepEqual(steps([['opening', '100'], ['new', '100'], ['lapsed', '-30'], ['closing', '170'], ['memo', '5']]), [
    ['opening', 0, 100, 'whole'], ['new', 100, 200, 'up'], ['lapsed', 200, 170, 'down'], ['closing', 0, 170, 'whole']
  ]);
  assert.deepEqual(steps([['before', '10.50'], ['less', '-20.50'], ['after', '-10.00']]), [['before', 0, 10.5, 'whole'], ['less', 10.5, -10, 'down'], ['after', 0, -10, 'whole']]);
  assert.deepEqual(steps([]), []);
});

test('totals, and rows without a place, are not drawn', () => {
  const answer = { columns: ['y', 'x', 'v'].map((name) => ({ name, type: 'text' })), rows: [['b', '10', '3'], ['b', '9', null], ['a', '9', '4'], ['a', null, '5'], ['total', '9', '9']] };
  const heat = report_chart.heat_of(answer, { kind: 'heatmap', x: 'x', y: 'y', value: 'v' });
  assert.deepEqual([heat.xs, heat.ys, heat.cells.size, heat.cells.get(report_chart.heat_key('9', 'b'))], [['9', '10'], ['b', 'a'], 3, null]);
  assert.equal(report_chart.heat_of(answer, { kind: 'heatmap', x: 'x', y: 'y', value: 'gone' }), null);
});

test('cells of a report, by the format of their column', () => {
  const shown = (name, form, cells, lang) => {
    const answer = { columns: [{ name, type: 'text' }], rows: cells.map((cell) => [cell]) };
    const [shape] = report_cells.report_shapes({ columns: [{ name, title: {}, format: form, levels: [] }] }, answer, 'RUB');
    return cells.map((cell) => report_cells.report_cell(cell, shape, lang));
  };
  assert.deepEqual(shown('a', 'money', ['1234567.891000', null], 'ru'), ['1\u00a0234\u00a0567,89\u00a0₽', '–']);
  assert.deepEqual(shown('a', 'percent', ['0.123456', '-0.000043', '1.000000'], 'en'), ['12.3%', '0.0%', '100.0%']);
  assert.deepEqual(shown('a', 'number', ['11', '53.000000'], 'en'), ['11', '53']);
  assert.deepEqual(shown('a', 'number', ['3.491881', '4003.000000'], 'en'), ['3.49', '4,003.00']);
  assert.deepEqual(shown('a', 'month', ['2025-12-01'], 'en'), ['Dec 2025']);
  assert.deepEqual(shown('a', 'date', ['2025-12-01'], 'ru'), ['01.12.2025']);
  assert.deepEqual(shown('a', 'text', ['total', 'over 365', 'Москва-1', true, '17'], 'ru'), ['всего', 'более 365', 'Москва-1', 'да', '17']);
  const tiny = (form, cell, lang) => {
    const [shape] = report_cells.report_shapes({ columns: [{ name: 'a', title: {}, format: form }] }, { columns: [{ name: 'a', type: 'text' }], rows: [[cell]] }, 'RUB');
    return report_cells.report_cell_tiny(cell, shape, lang);
  };
  assert.deepEqual([tiny('number', '0.076923', 'ru'), tiny('number', '10.31', 'ru'), tiny('percent', '0.388889', 'en'), tiny('percent', '1.000000', 'en'), tiny('money', '16375412.27', 'en'), tiny('count', '2511', 'en')],
    ['0,08', '10,3', '39%', '100%', '16.4m', '2,511']);
  assert.deepEqual(shown('weekday', 'count', ['1', '7'], 'en'), ['Mon', 'Sun']);
  assert.deepEqual(shown('hour', 'count', ['7', '23'], 'en'), ['07:00', '23:00']);
});

const report_values = await lib('report_values');

test("a parameter's value, as the reader writes it and as the API has it", () => {
  const there_and_back = (type, value, lang) => {
    const written = report_values.value_written({ type }, value, lang);
    return [written, report_values.value_read({ type }, written)];
  };
  assert.deepEqual(there_and_back('date', '2025-12-31', 'en'), ['31/12/2025', '2025-12-31']);
  assert.deepEqual(there_and_back('month', '2025-12', 'ru'), ['12.2025', '2025-12']);
  assert.deepEqual(there_and_back('number', '-0.8', 'ru'), ['−0,8', '-0.8']);
  assert.deepEqual(there_and_back('date', '2025-13-01', 'en'), ['2025-13-01', null]);
  assert.equal(report_values.value_written({ type: 'choice' }, 'last_year', 'en'), 'last year');
  const members = (...names) => report_values.value_written({ type: 'members' }, names, 'ru');
  assert.deepEqual([members(), members('Центр', 'Юг'), report_values.value_written({ type: 'members' }, undefined, 'en')], ['все', 'Центр, Юг', 'all']);
  assert.equal(members(...Array.from({ length: 25 }, (_, i) => String(i))).slice(-8), ', 19 (+5)'.slice(-8));
  assert.deepEqual(['1 000', '1e3', '', '1.2.3'].map((text) => report_values.value_read({ type: 'number' }, text)), ['1000', null, null, null]);
});

test('figures of a test: signs, units and digits of both languages', () => {
  const nb = '\u00a0';
  const interval = (value, low, high, kind, unit) => ({ value, low, high, kind, unit });
  const share = interval(14.79, 2.83, 26.75, 'change', '%');
  assert.deepEqual(experiments.interval_texts(share, 'en'), { value: '+14.8%', range: '+2.8% to +26.8%' });
  assert.deepEqual(experiments.interval_texts(share, 'ru'), { value: `+14,8${nb}%`, range: `+2,8${nb}% … +26,8${nb}%` });
  assert.deepEqual(experiments.interval_texts(interval(0.966, -0.319, 2.25, 'share', 'pp'), 'en'), { value: `+1.0${nb}pp`, range: `−0.3${nb}pp to +2.3${nb}pp` });
  assert.deepEqual(experiments.interval_texts(interval(-146585.08, -587731.06, 294560.9, 'money', 'RUB'), 'ru'), { value: `−146${nb}585${nb}₽`, range: `−587${nb}731${nb}₽ … +294${nb}561${nb}₽` });
  assert.equal(experiments.interval_texts(interval(0.0045, -0.0207, 0.0297, 'count', null), 'en').value, '+0.0045');
  assert.deepEqual(experiments.interval_texts(interval(-0.001, null, null, 'money', 'RUB'), 'ru'), { value: `0,00${nb}₽`, range: '–' });
  assert.deepEqual(experiments.interval_texts(interval(null, null, null, 'money', 'RUB'), 'ru'), { value: '–', range: '–' });
});

test('a p-value is never nought', () => {
  assert.deepEqual([0, 1e-28, 0.00099, 0.001, 0.0496, 1, null].map((p) => experiments.p_text(p, 'en')), ['<\u00a00.001', '<\u00a00.001', '<\u00a00.001', '0.001', '0.050', '1.000', '–']);
  assert.equal(experiments.p_text(0.0002, 'ru'), '<\u00a00,001');
});

test('an axis ends at a round number that holds its intervals', () => {
  const interval = (low, high) => ({ value: null, low, high, kind: 'change', unit: '%' });
  assert.equal(experiments.reach_of([interval(-10.1, 5), interval(2.8, 26.8)]), 30);
  assert.equal(experiments.reach_of([interval(-270, 733)], 100), 100);
  assert.equal(experiments.reach_of([interval(0.2, 0.3)]), 0.3);
  assert.equal(experiments.reach_of([interval(null, null)]), 1);
  assert.equal(experiments.reach_of([]), 1);
  assert.equal(experiments.axis_text(-30, 'change', '%', 'ru'), '−30\u00a0%');
  assert.equal(experiments.axis_text(400, 'money', 'RUB', 'en'), '+₽400');
});

test('a cuboid\'s name has a cube and levels; a miss is written as the model takes it', () => {
  assert.deepEqual(cuboids.cuboid_parts('sales(date.day, store.store)'), { cube: 'sales', levels: ['date.day', 'store.store'] });
  assert.deepEqual(cuboids.cuboid_parts('sales()'), { cube: 'sales', levels: [] });
  assert.equal(cuboids.cuboid_parts('sales'), null);
  const miss = { cube: 'sales', levels: ['date.month', 'tier.tier'], measures: ['revenue', 'lines'], never: null };
  assert.equal(cuboids.miss_yaml(miss), '{levels: [date.month, tier.tier], measures: [revenue, lines]}');
  assert.equal(cuboids.miss_yaml({ ...miss, measures: [] }), '[date.month, tier.tier]');
  assert.equal(cuboids.miss_yaml({ ...miss, levels: [] }), null);
  assert.equal(cuboids.miss_yaml({ ...miss, never: 'median(paid) cannot be had from its states' }), null);
  assert.deepEqual(cuboids.reason_parts('cuboid sales(date.day, store.store): it is not split by tier'), { cuboid: 'sales(date.day, store.store)', why: 'it is not split by tier' });
  assert.deepEqual(cuboids.reason_parts('of another form'), { cuboid: '', why: 'of another form' });
});

test('saved views: a place and back, without the language; found by words, the newest first', () => {
  const view = views.view_of({ page: '', params: new URLSearchParams('period=7d&lang=ru&store.region=Юг') }, 'A');
  assert.deepEqual(view, { name: 'A', page: 'overview', query: 'period=7d&store.region=%D0%AE%D0%B3' });
  const place = views.place_of(view);
  assert.deepEqual([place.page, place.params.get('store.region'), place.params.get('lang')], ['', 'Юг', null]);
  const one = (id, name, created_at, page = 'explore') => ({ id, name, page, query: '', created_at });
  const all = [one('a', 'Обувь: Юг', '2026-01-01T00:00:00Z'), one('b', 'Юг, щётки', '2026-01-02T00:00:00Z'), one('c', 'Elsewhere', '2026-01-03T00:00:00Z', 'nowhere')];
  const found = (search) => views.views_find(all, search, (page) => page === 'explore').map((v) => v.id);
  assert.deepEqual([found(''), found('юг'), found('щетки ЮГ'), found('elsewhere')], [['b', 'a'], ['b', 'a'], ['b'], []]);
});
