/*
 * What changed: contributions of members against DuckDB over the same CSV files, the order of levels by its definition,
 * sums that close for every additive measure, filters and segments as in cube queries, what a wrong question is told.
 */
import { check, check_equal, error_of, Server } from './harness.mjs';
import { peer_open } from './reports_peer.mjs';

const PERIOD = { from: '2025-12-01', to: '2025-12-31' }, BEFORE = { from: '2025-11-01', to: '2025-11-30' };
const cents = (value) => Math.round(Number(value) * 100);
/** By |change|, the largest first; equal ones by their JSON. */
const in_order = (members) => [...members].sort((a, b) => Math.abs(b.change) - Math.abs(a.change) || (JSON.stringify(a.member) < JSON.stringify(b.member) ? -1 : 1));

export async function tests_changes(harness, tessera, demo) {
  let server = null;
  const ask = (body) => server.post('/api/v1/changes', body);
  const answer_of = async (body) => {
    const reply = await ask(body);
    check_equal(reply.status, 200, `${JSON.stringify(body)}: ${reply.text.slice(0, 300)}`);
    return reply.json();
  };
  await harness.test('changes: the whole is what a cube query answers', async () => {
    server = await Server.start(tessera, [demo.store, '--connections', '32']);
    const { total, period, compare, measure } = await answer_of({ measure: 'sales.revenue', period: PERIOD });
    const query = (await server.post('/api/v1/query', { measures: ['sales.revenue'], period: PERIOD, compare: 'previous' })).json();
    check_equal([total.value, total.compare], query.rows[0].slice(0, 2), 'figures');
    check(Math.abs(total.growth - query.rows[0][2]) <= 0.00501, `growth ${total.growth}, ${query.rows[0][2]}`);
    check_equal([period.from, compare], [PERIOD.from, { ...BEFORE, note: null }], 'periods');
    check_equal([measure.name, measure.format, measure.good], ['sales.revenue', 'money', 'up'], 'measure');
  }, { always: true });
  if (!server) return;
  const peer = await peer_open(demo.data);
  if (!peer) harness.skip('changes: contributions', 'DuckDB is not installed: npm install --prefix bench');
  else
    await harness.test('changes: contributions, shares, excess and shift as DuckDB finds them', async () => {
      const levels = { 'store.region': 's.region', 'store.store': 's.name', 'product.category': 'l.category', 'product.subcategory': 'l.subcategory' };
      const from = 'from line l join receipt r on r.receipt = l.receipt left join stores s on s.store::bigint = r.store';
      const sum = (range) => `coalesce(sum(l.paid) filter (r.day between '${range.from}' and '${range.to}'), 0)`;
      const { levels: got, total } = await answer_of({ measure: 'sales.revenue', levels: Object.keys(levels), period: PERIOD, members: 1000 });
      const scores = [];
      for (const [level, column] of Object.entries(levels)) {
        const rows = (await peer(`select ${column}, ${sum(PERIOD)}, ${sum(BEFORE)} ${from} where r.day between '${BEFORE.from}' and '${PERIOD.to}' group by 1`)).map(([member, value, compare]) => ({ member, value: cents(value), compare: cents(compare), change: cents(value) - cents(compare) }));
        const one = got.find((l) => l.level === level);
        check_equal([one.count, one.others], [rows.length, null], `${level}: members`);
        check_equal(one.members.map((m) => ({ member: m.member, value: cents(m.value), compare: cents(m.compare), change: cents(m.change) })), in_order(rows), level);
        const [value, compare] = ['value', 'compare'].map((key) => rows.reduce((s, row) => s + row[key], 0));
        check_equal([value, compare], [cents(total.value), cents(total.compare)], `${level}: sums`);
        const excess = (row) => row.value - (row.compare * value) / compare;
        for (const member of one.members) {
          const row = rows.find((r) => r.member === member.member);
          check(Math.abs(cents(member.excess) - excess(row)) <= 1, `${level} ${member.member}: excess ${member.excess}`);
          check(Math.abs(member.share - (100 * row.change) / (value - compare)) <= 0.00501, `${level} ${member.member}: share ${member.share}`);
          check(row.compare <= 0 ? member.growth === null : Math.abs(member.growth - (100 * row.change) / row.compare) <= 0.00501, `${level} ${member.member}: growth ${member.growth}`);
        }
        const shift = rows.reduce((s, row) => s + Math.abs(excess(row)), 0) / 2;
        check(Math.abs(cents(one.shift) - shift) <= 1, `${level}: shift ${one.shift}`);
        scores.push([level, shift / Math.sqrt(rows.length)]);
      }
      check_equal(got.map((l) => l.level), scores.sort((a, b) => b[1] - a[1]).map(([level]) => level), 'the most telling level first');
    });
  await harness.test('changes: for every additive measure the parts close, others included', async () => {
    const model = (await server.get('/api/v1/model')).json();
    const time = new Map(model.cubes.map((cube) => [cube.name, cube.time]));
    const measures = model.measures.filter((m) => m.parts === 'add' && time.get(m.cube));
    check(measures.length > 5, `${measures.length} measures`);
    for (const { name, cube } of measures) {
      const { total, levels, left_out } = await answer_of({ measure: name, period: PERIOD, compare: 'last_year', members: 2 });
      const scale = (value) => Math.round(value * 1000);
      const dimension = time.get(cube).split('.')[0] + '.';
      check(![...levels.map((l) => l.level), ...left_out].some((level) => level.startsWith(dimension)), `${name}: time is no cause`);
      for (const level of levels) {
        const parts = [...level.members, ...(level.others ? [level.others] : [])];
        check_equal(level.members.length, Math.min(2, level.count), `${name} by ${level.level}: members`);
        check_equal((level.others?.count ?? 0) + level.members.length, level.count, `${name} by ${level.level}: others`);
        for (const key of ['value', 'compare', 'change']) check_equal(parts.reduce((s, part) => s + scale(part[key]), 0), scale(total[key]), `${name} by ${level.level}: ${key}`);
        check(level.count > 1 && level.count <= 200, `${name} by ${level.level}: ${level.count} members`);
      }
    }
  });
  await harness.test('changes: filters, segments and given days are those of cube queries', async () => {
    const filters = [{ level: 'product.category', in: ['Обувь', 'Здоровье'] }, { segment: 'buyers' }];
    const made = await server.post('/api/v1/segments', { id: 'buyers', name: 'Buyers', definition: { measure: 'receipts.count', days: 365, at_least: 1 } });
    check_equal(made.status, 201, made.text.slice(0, 200));
    try {
      const compare = { from: '2024-12-02', to: '2024-12-31' };
      const { total, levels } = await answer_of({ measure: 'sales.revenue', levels: ['product.category'], filters, period: PERIOD, compare });
      const query = (await server.post('/api/v1/query', { measures: ['sales.revenue'], dimensions: ['product.category'], filters, period: PERIOD, compare, totals: true })).json();
      check_equal([total.value, total.compare], query.totals.slice(1, 3), 'the whole');
      check_equal(levels[0].members.map((m) => [m.member, m.value, m.compare]).sort(), query.rows.map((row) => [row[0], row[1] ?? 0, row[2] ?? 0]).sort(), 'members');
    } finally {
      await server.ask('DELETE', '/api/v1/segments/buyers');
    }
    const nothing = await answer_of({ measure: 'sales.revenue', period: { from: '2030-01-01', to: '2030-01-31' }, compare: { from: '2029-01-01', to: '2029-01-31' } });
    check_equal([nothing.total, nothing.levels], [{ value: 0, compare: 0, change: 0, growth: null }, []], 'nothing in either');
    const born = await answer_of({ measure: 'sales.revenue', levels: ['store.region'], period: { from: '2023-01-01', to: '2023-01-31' } });
    check(born.total.compare === 0 && born.levels[0].shift === 0 && born.levels[0].members.every((m) => m.growth === null && m.excess === null && m.share > 0), 'from nothing there is no common growth');
  });
  await harness.test('changes: a wrong question is told where it is wrong', async () => {
    const right = { measure: 'sales.revenue', period: PERIOD };
    for (const [body, status, path, pattern] of [
      [{ period: PERIOD }, 400, 'measure', /a measure's name/], [{ ...right, measure: 5 }, 400, 'measure', /a measure's name/],
      [{ ...right, measure: 'sales.revenu' }, 404, 'measure', /did you mean "sales.revenue"/], [{ ...right, measure: 'sale.revenue' }, 404, 'measure', /unknown cube/],
      [{ ...right, measure: 'sales.buyers' }, 400, 'measure', /no parts that add up/], [{ ...right, measure: 'receipts.average_check' }, 400, 'measure', /no parts that add up/],
      [{ ...right, levels: ['store.regoin'] }, 404, 'levels[0]', /store.region/], [{ ...right, levels: [] }, 400, 'levels', /1 to 40/], [{ ...right, levels: 'store.region' }, 400, 'levels', /1 to 40/],
      [{ ...right, levels: ['store.region', 7] }, 400, 'levels[1]', /a level's name/], [{ ...right, members: 0 }, 400, 'members', /1 to 1000/], [{ ...right, members: 1.5 }, 400, 'members', /1 to 1000/],
      [{ measure: 'sales.revenue' }, 400, 'compare', /needs a period/], [{ ...right, compare: null }, 400, 'compare', /a period to compare/], [{ ...right, compare: 'yesterday' }, 400, 'compare', /unknown comparison/],
      [{ ...right, period: { from: '2025-12-31', to: '2025-12-01' } }, 400, 'period', /./], [{ ...right, filters: [{ level: 'store.regoin', in: [] }] }, 404, 'filters[0].level', /store.region/],
      [{ ...right, order: [] }, 400, 'order', /unknown key/]
    ]) {
      const error = error_of(await ask(body), status);
      check(pattern.test(error.message) && (path === 'period' ? error.path.startsWith(path) : error.path === path), `${JSON.stringify(body)}: ${error.path}: ${error.message}`);
    }
    for (const body of ['{', '[]']) error_of(await ask(body), 400);
  });
  await harness.test('changes: the end', () => server.stop('SIGINT'), { always: true });
}
