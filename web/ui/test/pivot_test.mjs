/*
 * npm test: the pivot apart from the page: its address, its edits, its questions, its lines. What is
 * expected is written by hand.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lib } from './lib.mjs';

const state = await lib('pivot_state');
const edit = await lib('pivot_edit');
const ask = await lib('pivot_ask');
const grid = await lib('pivot_grid');
const chart = await lib('pivot_chart');
const csv = await lib('pivot_export');
const members = await lib('pivot_members');
const compare = await lib('pivot_compare');

const level = (name, parent = null, type = 'string', values = 5) => ({ name, dimension: name.split('.')[0], parent, type, values });
const LEVELS = [level('date.month', null, 'date'), level('store.region'), level('store.city', 'store.region'), level('store.store', 'store.city'), level('channel.channel')];
const MODEL = {
  name: 'small', data: {},
  cubes: [{ name: 'sales', time: 'date.month', levels: LEVELS.map((l) => l.name), measures: ['sales.sum', 'sales.buyers'] }, { name: 'stock', time: null, levels: ['store.region'], measures: ['stock.units'] }],
  levels: LEVELS,
  measures: [{ name: 'sales.sum', cube: 'sales' }, { name: 'sales.buyers', cube: 'sales' }, { name: 'stock.units', cube: 'stock', by_time: false }]
};
const parse = (...pairs) => state.pivot_parse(pairs, MODEL);
const pivot = (more) => ({ ...state.pivot_default(MODEL), ...more });

test('a pivot and its address say the same; what the model lacks is told', () => {
  assert.deepEqual(state.pivot_default(MODEL).rows, ['store.region']);
  const full = pivot({
    rows: ['store.region', 'store.city'], columns: ['channel.channel'], measures: ['sales.buyers'], filters: ['store.store'], versus: 'both',
    sort: { by: 'change', desc: true, measure: 'sales.buyers', column: ['a "quoted", one'] }, open: [['Юг'], [null], ['Юг', 'Сочи']], shut: [], top: 20, others: false, share: 'row', heat: true, chart: 'scatter', changes: true
  });
  assert.deepEqual(state.pivot_parse(state.pivot_print(full), MODEL), { pivot: full, unknown: [] });
  const none = pivot({ rows: [], measures: [], open: [] });
  assert.deepEqual(state.pivot_parse(state.pivot_print(none), MODEL).pivot, none);
  const { pivot: left, unknown } = parse(['cube', 'sales'], ['row', 'store.planet'], ['row', 'store.city'], ['show', 'stock.units'], ['sort', '{'], ['open', '"x"'], ['open', '[[1]]']);
  assert.deepEqual([left.rows, left.measures, left.sort, left.open], [['store.city'], [], null, []]);
  assert.deepEqual(unknown, [{ what: 'level', name: 'store.planet' }, { what: 'measure', name: 'stock.units' }]);
  assert.deepEqual(parse(['cube', 'moon']).unknown, [{ what: 'cube', name: 'moon' }]);
});

test('edits: a level stands in one place; order and opened members go with what they were of', () => {
  const start = pivot({ rows: ['store.region', 'channel.channel'], sort: { by: 'measure', desc: true, measure: 'sales.sum', column: [] }, open: [['Юг']] });
  const moved = edit.field_put(start, 'channel.channel', 'columns');
  assert.deepEqual([moved.rows, moved.columns, moved.open], [['store.region'], ['channel.channel'], null]);
  assert.deepEqual(moved.sort, start.sort, 'the order by the total stays');
  assert.equal(edit.field_remove(start, 'sales.sum', ['measures']).sort, null);
  assert.deepEqual(edit.field_put(start, 'channel.channel', 'rows', 0).rows, ['channel.channel', 'store.region']);
  assert.deepEqual(edit.level_replace(start, 'store.region', 'store.city').rows, ['store.city', 'channel.channel']);
  assert.deepEqual(edit.cube_change(start, MODEL, 'stock').rows, ['store.region']);
});

test('drilling down opens one member; what was open stays', () => {
  const one = edit.member_toggle(pivot(), ['Юг'], LEVELS, []);
  assert.deepEqual([one.rows, one.open], [['store.region', 'store.city'], [['Юг']]]);
  const two = edit.member_toggle(pivot({ rows: ['store.region', 'store.city'] }), ['Юг', 'Сочи'], LEVELS, [['Юг'], ['Урал']]);
  assert.deepEqual([two.rows.at(-1), two.open], ['store.store', [['Урал'], ['Юг'], ['Юг', 'Сочи']]]);
  assert.deepEqual(edit.member_toggle(two, ['Юг'], LEVELS, []).open, [['Урал'], ['Юг', 'Сочи']]);
  const all = pivot({ rows: ['store.region', 'store.city'] });
  assert.deepEqual(edit.member_toggle(all, ['Юг'], LEVELS, []).shut, [['Юг']]);
  assert.equal(edit.member_toggle(pivot({ rows: ['channel.channel'] }), ['app'], LEVELS, []).rows.length, 1, 'nothing below');
});

test('questions: each depth by each depth; only opened members below', () => {
  const all = ask.pivot_questions(pivot({ rows: ['store.region', 'store.city'], columns: ['channel.channel'] }), ['sales.sum'], [], null, () => 'previous', null);
  assert.deepEqual(Object.values(all).map((q) => (q.dimensions ?? []).join()), ['', 'store.region', 'store.region,store.city', 'channel.channel', 'store.region,channel.channel', 'store.region,store.city,channel.channel']);
  assert.ok(Object.values(all).every((q) => q.compare === undefined), 'without a period nothing is compared');
  const rows = ['store.region', 'store.city', 'store.store'];
  const filters = (open) => Object.values(ask.pivot_questions(pivot({ rows, open }), ['sales.sum'], [{ level: 'x' }], null, () => null, null)).map((q) => q.filters.slice(1));
  assert.deepEqual(filters([]), [[], []], 'nothing opened, nothing asked');
  assert.deepEqual(filters([['Юг'], ['Урал']]), [[], [], [{ level: 'store.region', in: ['Юг', 'Урал'] }]]);
  assert.deepEqual(filters([[null]])[2], [{ level: 'store.region', null: true }]);
  assert.deepEqual(filters([['Юг'], [null], ['Юг', 'Сочи']]).slice(2), [
    [{ any: [{ level: 'store.region', in: ['Юг'] }, { level: 'store.region', null: true }] }],
    [{ all: [{ level: 'store.region', in: ['Юг'] }, { level: 'store.city', in: ['Сочи'] }] }]
  ]);
  assert.deepEqual(filters([['Урал', 'Пермь']]), [[], []], 'opened below one that is not');
});

test('the top: asked for first, then alone, and the rest as one line', () => {
  const top = pivot({ rows: ['store.region'], top: 5, sort: { by: 'measure', desc: false, measure: 'sales.buyers', column: ['app'] }, columns: ['channel.channel'] });
  assert.deepEqual(ask.top_question(top, ['sales.sum', 'sales.buyers'], [{ level: 'x' }], null), {
    measures: ['sales.buyers'], dimensions: ['store.region'], filters: [{ level: 'x' }, { level: 'channel.channel', in: ['app'] }], order: [{ by: 'sales.buyers', desc: false }], limit: 5
  });
  assert.equal(ask.top_question({ ...top, rows: [] }, ['sales.sum'], [], null), null);
  const filters = (members, more = {}) => Object.fromEntries(Object.entries(ask.pivot_questions({ ...top, columns: [], ...more }, ['sales.sum'], [], null, () => null, members)).map(([key, q]) => [key, q.filters]));
  const two = { level: 'store.region', in: ['Юг', 'Урал'] };
  assert.deepEqual(filters(['Юг', 'Урал']), { 'pivot:0:0': undefined, 'pivot:1:0': [two], 'pivot:others:0': [{ not: two }] });
  const none = { any: [{ level: 'store.region', in: ['Юг'] }, { level: 'store.region', null: true }] };
  assert.deepEqual(filters(['Юг', null]), { 'pivot:0:0': undefined, 'pivot:1:0': [none], 'pivot:others:0': [{ not: none }] });
  assert.deepEqual(Object.keys(filters(['Юг'], { others: false })), ['pivot:0:0', 'pivot:1:0']);
});

const answer = (levels, rows) => ({ columns: [...levels.map((name) => ({ name, kind: 'level' })), { name: 'sales.sum', kind: 'measure' }], rows });
const SUM = { name: 'sales.sum', parts: 'add' };
const laid = (more, answers, others = []) =>
  grid.grid_make({ pivot: pivot({ rows: ['store.region', 'store.city'], versus: 'none', ...more }), measures: [SUM], answers, others, lang: 'ru', ordered: new Set(['date.month']) });

const LEAF = { path: [], measure: 'sales.sum', kind: 'measure' };

test('lines: a tree in the order of the first figure, nothing last, the total apart', () => {
  const answers = [
    [answer([], [[60]])],
    [answer(['store.region'], [['А', 10], ['Б', 30], [null, 20], ['В', null]])],
    [answer(['store.region', 'store.city'], [['А', 'я', 4], ['А', 'э', 6], ['Б', 'ю', 30], [null, null, 20]])]
  ];
  const paths = (more) => laid(more, answers).lines.map((line) => line.path.join('/') || 'none');
  assert.deepEqual(paths({}), ['Б', 'Б/ю', 'none', '/', 'А', 'А/э', 'А/я', 'В']);
  assert.deepEqual(paths({ shut: [['Б'], [null]] }), ['Б', 'none', 'А', 'А/э', 'А/я', 'В']);
  assert.deepEqual(paths({ open: [['А']], sort: { by: 'level', desc: false, measure: '', column: [] } }), ['А', 'А/э', 'А/я', 'Б', 'В', 'none']);
  assert.deepEqual(paths({ open: [], sort: { by: 'measure', desc: false, measure: 'sales.sum', column: [] } }), ['А', 'none', 'Б', 'В']);
  const { figure, lines, feet } = laid({}, answers);
  assert.deepEqual([...lines, ...feet].map((line) => figure(line, LEAF)), [30, 30, 20, 20, 10, 6, 4, null, 60]);
  const rest = laid({}, answers, [answer([], [[7]])]);
  assert.deepEqual(rest.feet.map((line) => [line.kind, rest.figure(line, LEAF)]), [['others', 7], ['total', 60]]);
});

test('columns: each total after its members; heads span them', () => {
  const answers = [[
    answer([], [[9]]),
    answer(['date.month'], [['2025-01', 5], ['2025-02', 4]]),
    answer(['date.month', 'channel.channel'], [['2025-01', 'app', 2], ['2025-01', 'shop', 3], ['2025-02', 'shop', 4]])
  ]];
  const { leaves, heads, figure } = laid({ rows: [], columns: ['date.month', 'channel.channel'] }, answers);
  assert.deepEqual(leaves.map((leaf) => [leaf.path.join('/'), figure({ kind: 'total', path: [] }, leaf)]), [['2025-01/app', 2], ['2025-01/shop', 3], ['2025-01', 5], ['2025-02/shop', 4], ['2025-02', 4], ['', 9]]);
  assert.deepEqual(heads.map((head) => head.map((cell) => [cell.path.at(-1) ?? '', cell.total, cell.span, cell.rows])), [
    [['2025-01', false, 3, 1], ['2025-02', false, 2, 1], ['', true, 1, 2]],
    [['app', false, 1, 1], ['shop', false, 1, 1], ['2025-01', true, 1, 1], ['shop', false, 1, 1], ['2025-02', true, 1, 1]]
  ]);
});

const CROSS = [
  [answer([], [[100]]), answer(['channel.channel'], [['app', 40], ['shop', 60]])],
  [answer(['store.region'], [['А', 80], ['Б', 20]]), answer(['store.region', 'channel.channel'], [['А', 'app', 30], ['А', 'shop', 50], ['Б', 'app', 10], ['Б', 'shop', 10]])]
];

test('shares are of the total that the server gave, of the line, the column or all', () => {
  const shares = (share) => {
    const { lines, feet, leaves, shown } = laid({ rows: ['store.region'], columns: ['channel.channel'], share }, CROSS);
    return [...lines, ...feet].map((line) => leaves.map((leaf) => shown(line, leaf)));
  };
  assert.deepEqual(shares('none'), [[30, 50, 80], [10, 10, 20], [40, 60, 100]]);
  assert.deepEqual(shares('row'), [[37.5, 62.5, 100], [50, 50, 100], [40, 60, 100]]);
  assert.deepEqual(shares('column'), [[75, (100 * 50) / 60, 80], [25, (100 * 10) / 60, 20], [100, 100, 100]]);
  assert.deepEqual(shares('total'), [[30, 50, 80], [10, 10, 20], [40, 60, 100]]);
  const nothing = laid({ rows: ['store.region'], share: 'total' }, [[answer([], [[0]])], [answer(['store.region'], [['А', 0]])]]);
  assert.equal(nothing.shown(nothing.lines[0], nothing.leaves[0]), null, 'of nothing');
  const ratio = grid.grid_make({ pivot: pivot({ rows: ['store.region'], columns: ['channel.channel'], share: 'total', versus: 'none' }), measures: [{ name: 'sales.sum', parts: null }], answers: CROSS, others: [], lang: 'ru', ordered: new Set() });
  assert.equal(ratio.shown(ratio.lines[0], ratio.leaves[0]), 30, 'a ratio has no share');
});

test('colours: members that are shown without others below, by the ninth tenth', () => {
  const laid_out = laid({ rows: ['store.region'], columns: ['channel.channel'] }, CROSS);
  assert.deepEqual([...grid.heat_tops(laid_out)], [['sales.sum', 50]]);
  const [first] = laid_out.lines;
  assert.deepEqual(laid_out.leaves.map((leaf) => grid.heat_counts(laid_out, first, leaf)), [true, true, false]);
});

test('a picture: members and their columns upon each other; months along the axis', () => {
  const of = (more, answers, choice = 'auto') =>
    chart.picture_make({ grid: laid(more, answers), measures: [SUM], ordered: new Set(['date.month']), member: String, others: 'rest', total: 'all' }, choice);
  const cross = of({ rows: ['store.region'], columns: ['channel.channel'] }, CROSS);
  assert.deepEqual([cross.kind, cross.names, cross.series], ['stacked', ['А', 'Б'], [{ name: 'app', values: [30, 10] }, { name: 'shop', values: [50, 10] }]]);
  assert.equal(of({ rows: ['store.region'], columns: ['channel.channel'] }, CROSS, 'bar').kind, 'bar');
  const months = [
    [answer([], [[9]]), answer(['date.month'], [['2025-01', 5], ['2025-02', 4]])],
    [answer(['store.region'], [['А', 9]]), answer(['store.region', 'date.month'], [['А', '2025-01', 5], ['А', '2025-02', 4]])]
  ];
  const line = of({ rows: ['store.region'], columns: ['date.month'] }, months);
  assert.deepEqual([line.kind, line.course, line.names, line.series], ['line', true, ['2025-01', '2025-02'], [{ name: 'А', values: [5, 4] }]]);
  assert.equal(of({ rows: [] }, [[answer([], [[9]])]]), null, 'one figure is no picture');
});

test('a heat map: rows are its lines; a square of two courses is one without being asked', () => {
  const of = (more, answers, choice = 'auto', ordered = ['date.month', 'date.weekday']) =>
    chart.picture_make({ grid: laid(more, answers), measures: [SUM], ordered: new Set(ordered), member: String, others: 'rest', total: 'all' }, choice);
  const cross = of({ rows: ['store.region'], columns: ['channel.channel'] }, CROSS, 'heatmap');
  assert.deepEqual([cross.kind, cross.names, cross.series], ['heatmap', ['app', 'shop'], [{ name: 'А', values: [30, 50] }, { name: 'Б', values: [10, 10] }]]);
  const rows = [['1', '2025-01', 5], ['2', '2025-02', 4]];
  const square = [
    [answer([], [[9]]), answer(['date.month'], [['2025-01', 5], ['2025-02', 4]])],
    [answer(['date.weekday'], [['1', 5], ['2', 4]]), answer(['date.weekday', 'date.month'], rows)]
  ];
  const both = of({ rows: ['date.weekday'], columns: ['date.month'] }, square);
  assert.deepEqual([both.kind, both.names, both.series], ['heatmap', ['2025-01', '2025-02'], [{ name: '1', values: [5, null] }, { name: '2', values: [null, 4] }]]);
  assert.equal(of({ rows: ['date.weekday'], columns: ['date.month'] }, square, 'line').kind, 'line', 'what the reader chose');
});

test('a scatter chart: two measures of many members, points with both figures', () => {
  const TWO = [SUM, { name: 'sales.check', parts: null }];
  const pair = (levels, rows) => ({ columns: [...levels.map((name) => ({ name, kind: 'level' })), { name: 'sales.sum', kind: 'measure' }, { name: 'sales.check', kind: 'measure' }], rows });
  const of = (count, choice = 'auto') => {
    const rows = Array.from({ length: count }, (_, i) => [`m${i}`, 1000 - i, i === 1 ? null : i]);
    const answers = [[pair([], [[1, 2]])], [pair(['store.region'], rows)]];
    const laid_out = grid.grid_make({ pivot: pivot({ rows: ['store.region'], versus: 'none' }), measures: TWO, answers, others: [], lang: 'en', ordered: new Set() });
    return chart.picture_make({ grid: laid_out, measures: TWO, ordered: new Set(), member: String, others: 'rest', total: 'all' }, choice);
  };
  const few = of(3, 'scatter');
  assert.deepEqual([few.kind, few.up.measure, few.names, few.series.map((one) => one.values), few.left_out, few.unplaced], ['scatter', 'sales.check', ['m0', 'm2'], [[1000, 998], [0, 2]], false, true]);
  assert.equal(of(3).kind, 'bar', 'few are bars');
  assert.equal(of(31).kind, 'scatter', 'more than can be bars');
  assert.ok(!chart.picture_make({ grid: laid({ rows: ['store.region'], columns: ['channel.channel'] }, CROSS), measures: TWO, ordered: new Set(), member: String, others: 'rest', total: 'all' }, 'scatter').kinds.includes('scatter'), 'not by columns');
});

test('CSV: the lines as they stand, totals last, names quoted where they must be', () => {
  const answers = [[answer([], [[60.5]])], [answer(['store.region'], [['А, "б"', 60.5], [null, null]])]];
  const text = csv.pivot_csv(laid({ rows: ['store.region'] }, answers), { member: (value) => value ?? 'nothing', level: () => 'Region', leaf: (leaf) => leaf.measure, foot: (line) => line.kind });
  assert.equal(text, 'Region,sales.sum\r\n"А, ""б""",60.5\r\nnothing,\r\ntotal,60.5\r\n');
});

test('a workbook: number formats by measure, percent as fractions, one column a level', () => {
  const answers = [[answer([], [[60.5]])], [answer(['store.region'], [['А', 60.5]])], [answer(['store.region', 'store.city'], [['А', null, 60.5]])]];
  const names = { member: (value) => value ?? 'nothing', level: (name) => name, leaf: (leaf) => leaf.measure, foot: (line) => line.kind };
  const about = { sheet: 's', lines: [], language: 'en', filename: 'f.xlsx' };
  const of = (more, column, shape = column) => csv.pivot_workbook(laid(more, answers), names, () => ({ column, shape }), about);
  const money = of({}, { format: 'money', unit: 'RUB' });
  assert.deepEqual([money.columns.map((c) => c.format), money.rows], [['text', 'text', 'money'], [['А', null, 60.5], ['А', 'nothing', 60.5], ['total', null, 60.5]]]);
  assert.equal(of({}, { format: 'integer' }).columns[2].format, 'count');
  assert.deepEqual(of({ share: 'total' }, { format: 'money' }, { format: 'percent', unit: '%' }).rows.map((row) => row[2]), [1, 1, 1]);
  assert.deepEqual(of({}, { format: 'percent', unit: null }).rows[0][2], 60.5, 'a fraction already');
});

test('the customers behind a cell: its members and its days, by what its measure counts', () => {
  const measure = (name, parts, by_time = true) => ({ name, cube: name.split('.')[0], parts, by_time });
  const model = {
    cubes: [{ name: 'sales', levels: ['customer.gender', 'store.region'], measures: [] }, { name: 'stock', levels: ['store.region'], measures: [] }],
    levels: [], measures: [measure('sales.sum', 'add'), measure('sales.buyers', 'overlap'), measure('sales.check', null), measure('sales.active', 'overlap', false), measure('stock.units', 'add')]
  };
  const of = (name, way, more = {}) =>
    members.cell_members({ model, measure: model.measures.find((m) => m.name === name), time: 'date', way, filters: [], period: { from: '2025-11-15', to: '2025-12-31' }, ...more });
  const rule = (...args) => of(...args)?.rules.all[0];
  const region = { level: 'store.region', value: 'Юг' };
  assert.deepEqual(rule('sales.buyers', [region]), { measure: 'sales.buyers', filters: [{ level: 'store.region', in: ['Юг'] }], from: '2025-11-15', to: '2025-12-31', at_least: 1 });
  assert.deepEqual(rule('sales.sum', [{ level: 'date.month', value: '2025-11-01' }]), { measure: 'sales.sum', from: '2025-11-15', to: '2025-11-30', above: 0 });
  assert.deepEqual(rule('sales.check', [{ level: 'date.quarter', value: '2025-10-01' }, { level: 'date.week', value: '2025-12-29' }], { period: null }), { measure: 'sales.buyers', from: '2025-12-29', to: '2025-12-31', at_least: 1 });
  assert.deepEqual(rule('sales.sum', [{ level: 'store.region', value: null }, { level: 'date.weekday', value: 1 }], { filters: [{ level: 'x', in: [1] }] }).filters, [{ level: 'x', in: [1] }, { level: 'store.region', null: true }, { level: 'date.weekday', in: [1] }]);
  assert.deepEqual(of('sales.active', []), { rules: { all: [{ measure: 'sales.active', at_least: 1 }] }, as_of: '2025-12-31' });
  assert.equal(of('sales.sum', [{ level: 'customer.gender', value: null }]), null, 'nobody is known of them');
  assert.equal(of('sales.sum', [{ level: 'date.month', value: '2025-01-01' }]), null, 'outside the period');
  assert.equal(of('stock.units', []), null, 'a cube without customers');
});

test('several comparisons are one answer: a row of either, without figures from the one that lacks it', () => {
  const column = (name, kind) => ({ name, kind, type: 'decimal' });
  const columns = [column('store.region', 'level'), column('sales.sum', 'measure'), column('sales.sum', 'compare'), column('sales.sum', 'change')];
  const base = { columns, compare: {}, rows: [['a', 10, 8, 25], [null, 4, null, null]] };
  const year = { columns, compare: {}, rows: [[null, 4, 2, 100], ['gone', null, 7, null], ['a', 10, 5, 100]] };
  const joined = compare.answers_join(base, 1, [{ also: 'last_year', answer: year }]);
  assert.deepEqual(joined.columns.map((one) => one.kind), ['level', 'measure', 'compare', 'change', 'compare:last_year', 'change:last_year']);
  assert.deepEqual(joined.rows, [['a', 10, 8, 25, 5, 100], [null, 4, null, null, 2, 100], ['gone', null, null, null, 7, null]]);
  assert.equal(compare.answers_join(base, 1, []), base);
  const total = { columns: columns.slice(1), compare: {}, rows: [[14, 8, 75]] };
  const three = compare.answers_join(total, 0, [{ also: 'previous', answer: total }, { also: 'last_year', answer: { ...total, rows: [] } }]);
  assert.deepEqual(three.rows, [[14, 8, 75, 8, 75, null, null]]);
  assert.deepEqual(base.rows[0].length, 4, 'an answer that lies on the desk is left as it is');
  const laid_out = (more) => grid.grid_make({ pivot: pivot({ rows: ['store.region'], ...more }), measures: [{ name: 'sales.sum', parts: 'add' }], answers: [[compare.answers_join(total, 0, [{ also: 'last_year', answer: total }])], [joined]], others: [], lang: 'en', ordered: new Set(), also: ['last_year'] });
  assert.deepEqual(laid_out({}).leaves.map((leaf) => leaf.kind), ['measure', 'change', 'change:last_year']);
  const both = laid_out({ versus: 'both', sort: { by: 'compare:last_year', desc: true, measure: 'sales.sum', column: [] } });
  assert.deepEqual(both.leaves.map((leaf) => leaf.kind), ['measure', 'compare', 'change', 'compare:last_year', 'change:last_year']);
  assert.deepEqual(both.lines.map((line) => line.path[0]), ['gone', 'a', null]);
  assert.equal(both.figure({ kind: 'member', path: ['gone'] }, both.leaves[3]), 7);
});

test('further comparisons stand in the address, and an order by one of them', () => {
  const wanted = pivot({ rows: ['store.region'], also: ['last_year'], sort: { by: 'change:last_year', desc: false, measure: 'sales.sum', column: [] } });
  const read = state.pivot_parse(state.pivot_print(wanted), MODEL).pivot;
  assert.deepEqual([read.also, read.sort], [wanted.also, wanted.sort]);
  assert.deepEqual(state.pivot_parse([['cube', 'sales'], ['also', 'never'], ['also', 'last_year'], ['also', 'previous']], MODEL).pivot.also, ['previous', 'last_year']);
  assert.equal(state.pivot_parse([['cube', 'sales'], ['sort', '["change:never","desc","sales.sum"]']], MODEL).pivot.sort, null);
});
