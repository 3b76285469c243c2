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
    sort: { by: 'change', desc: true, measure: 'sales.buyers', column: ['a "quoted", one'] }, open: [['Юг'], [null], ['Юг', 'Сочи']], shut: []
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
  const all = ask.pivot_questions(pivot({ rows: ['store.region', 'store.city'], columns: ['channel.channel'] }), ['sales.sum'], [], null, 'previous');
  assert.deepEqual(Object.values(all).map((q) => (q.dimensions ?? []).join()), ['', 'channel.channel', 'store.region', 'store.region,channel.channel', 'store.region,store.city', 'store.region,store.city,channel.channel']);
  assert.ok(Object.values(all).every((q) => q.compare === undefined), 'without a period nothing is compared');
  const rows = ['store.region', 'store.city', 'store.store'];
  const filters = (open) => Object.values(ask.pivot_questions(pivot({ rows, open }), ['sales.sum'], [{ level: 'x' }], null, null)).map((q) => q.filters.slice(1));
  assert.deepEqual(filters([]), [[], []], 'nothing opened, nothing asked');
  assert.deepEqual(filters([['Юг'], ['Урал']]), [[], [], [{ level: 'store.region', in: ['Юг', 'Урал'] }]]);
  assert.deepEqual(filters([[null]])[2], [{ level: 'store.region', null: true }]);
  assert.deepEqual(filters([['Юг'], [null], ['Юг', 'Сочи']]).slice(2), [
    [{ any: [{ level: 'store.region', in: ['Юг'] }, { level: 'store.region', null: true }] }],
    [{ all: [{ level: 'store.region', in: ['Юг'] }, { level: 'store.city', in: ['Сочи'] }] }]
  ]);
  assert.deepEqual(filters([['Урал', 'Пермь']]), [[], []], 'opened below one that is not');
});

const answer = (levels, rows) => ({ columns: [...levels.map((name) => ({ name, kind: 'level' })), { name: 'sales.sum', kind: 'measure' }], rows });
const laid = (more, answers) => grid.grid_make(pivot({ rows: ['store.region', 'store.city'], versus: 'none', ...more }), ['sales.sum'], answers, 'ru', new Set());

test('lines: a tree in the order of the first figure, nothing last, the total at the foot', () => {
  const answers = [
    [answer([], [[60]])],
    [answer(['store.region'], [['А', 10], ['Б', 30], [null, 20], ['В', null]])],
    [answer(['store.region', 'store.city'], [['А', 'я', 4], ['А', 'э', 6], ['Б', 'ю', 30], [null, null, 20]])]
  ];
  const paths = (more) => laid(more, answers).lines.map((line) => line.path.join('/') || (line.path.length ? 'none' : 'total'));
  assert.deepEqual(paths({}), ['Б', 'Б/ю', 'none', '/', 'А', 'А/э', 'А/я', 'В', 'total']);
  assert.deepEqual(paths({ shut: [['Б'], [null]] }), ['Б', 'none', 'А', 'А/э', 'А/я', 'В', 'total']);
  assert.deepEqual(paths({ open: [['А']], sort: { by: 'level', desc: false, measure: '', column: [] } }), ['А', 'А/э', 'А/я', 'Б', 'В', 'none', 'total']);
  assert.deepEqual(paths({ open: [], sort: { by: 'measure', desc: false, measure: 'sales.sum', column: [] } }), ['А', 'none', 'Б', 'В', 'total']);
  const { figure, lines } = laid({}, answers);
  const leaf = { path: [], measure: 'sales.sum', kind: 'measure' };
  assert.deepEqual(lines.map((line) => figure(line.path, leaf)), [30, 30, 20, 20, 10, 6, 4, null, 60]);
});

test('columns: each total after its members; heads span them', () => {
  const answers = [[
    answer([], [[9]]),
    answer(['date.month'], [['2025-01', 5], ['2025-02', 4]]),
    answer(['date.month', 'channel.channel'], [['2025-01', 'app', 2], ['2025-01', 'shop', 3], ['2025-02', 'shop', 4]])
  ]];
  const { leaves, heads, figure } = laid({ rows: [], columns: ['date.month', 'channel.channel'] }, answers);
  assert.deepEqual(leaves.map((leaf) => [leaf.path.join('/'), figure([], leaf)]), [['2025-01/app', 2], ['2025-01/shop', 3], ['2025-01', 5], ['2025-02/shop', 4], ['2025-02', 4], ['', 9]]);
  assert.deepEqual(heads.map((head) => head.map((cell) => [cell.path.at(-1) ?? '', cell.total, cell.span, cell.rows])), [
    [['2025-01', false, 3, 1], ['2025-02', false, 2, 1], ['', true, 1, 2]],
    [['app', false, 1, 1], ['shop', false, 1, 1], ['2025-01', true, 1, 1], ['shop', false, 1, 1], ['2025-02', true, 1, 1]]
  ]);
});
