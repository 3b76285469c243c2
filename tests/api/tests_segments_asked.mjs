/*
 * Saved segments in statements and cube queries: in_segment wherever a condition may stand, and {"segment": ...} among the filters,
 * each against DuckDB over the same CSV files; a segment that changes between and during questions; what a wrong one is told.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../equiv/random.mjs';
import { Rules } from '../../bench/segments/rules.mjs';
import { check, check_equal, error_of, Server, tessera_must, tessera_run } from './harness.mjs';
import { check_rows } from './reports_peer.mjs';
import { segments_peer } from './segments_peer.mjs';

const SEGMENTS = 12, LAST = '2025-12-31';

/** Statements over a segment: Tessera's, and DuckDB's over `inside(key)`: SQL's IN of the members, but that NULL stays NULL where there are none. */
const STATEMENTS = [
  (test) => [`select count(*), sum(paid) from sales where ${test('customer')}`,
    (inside) => `select count(*), sum(line.paid) from line join receipt r using (receipt) where ${inside('r.customer')}`],
  (test) => [`select count(*), sum(paid) from sales where not ${test('customer')}`,
    (inside) => `select count(*), sum(line.paid) from line join receipt r using (receipt) where not ${inside('r.customer')}`],
  (test) => [`select count(*) from sales where ${test('customer')} is null`,
    (inside) => `select count(*) from line join receipt r using (receipt) where ${inside('r.customer')} is null`],
  (test) => [`select store, count(*) from receipts where ${test('customer')} or store in (1, 3) group by store order by store`,
    (inside) => `select store, count(*) from receipt where ${inside('customer')} or store in (1, 3) group by store order by store`],
  (test) => [`select case when ${test('customer')} then 'in' when not ${test('customer')} then 'out' else 'nobody' end, count(*) from receipts group by 1 order by 1`,
    (inside) => `select case when ${inside('customer')} then 'in' when not ${inside('customer')} then 'out' else 'nobody' end, count(*) from receipt group by 1 order by 1`],
  (test) => [`select ${test('customer')}, count(*) filter (where not ${test('customer')}), count(*) from receipts group by 1 order by 1`,
    (inside) => `select ${inside('customer')} as f, count(*) filter (where not ${inside('customer')}), count(*) from receipt group by 1 order by 1 nulls last`],
  (test) => [`select count(*) from customers where ${test('customer')}`, (inside) => `select count(*) from members where ${inside('customer')}`],
  (test) => [`select gender, count(*) from customers where not ${test('customer + 0')} and ${test('customer')} is not null group by 1 order by 1`,
    (inside) => `select gender, count(*) from attributes where not ${inside('customer')} group by 1 order by 1`],
  (test) => [`select c.gender, sum(s.paid) from sales s join customers c on c.customer = s.customer where ${test('c.customer')} and s.store < 4 group by 1 order by 1`,
    (inside) => `select a.gender, sum(line.paid) from line join receipt r using (receipt) join attributes a on a.customer = r.customer where ${inside('r.customer')} and store < 4 group by 1 order by 1`],
  (test) => [`select count(*) from receipts r left join customers c on c.customer = r.customer and ${test('c.customer')} where c.customer is null`,
    (inside) => `select count(*) from receipt r left join attributes a on a.customer = r.customer and ${inside('a.customer')} where a.customer is null`],
  (test) => [`with s as (select customer, sum(paid) as paid from sales group by 1) select ${test('customer')}, count(*), sum(paid) from s group by 1 order by 1`,
    (inside) => `with s as (select r.customer, sum(line.paid) as paid from line join receipt r using (receipt) group by 1) select ${inside('customer')} as f, count(*), sum(paid) from s group by 1 order by 1 nulls last`],
  (test) => [`select count(*) from customers c where exists (select 1 from receipts r where r.customer = c.customer and ${test('r.customer')})`,
    (inside) => `select count(*) from attributes c where exists (select 1 from receipt r where r.customer = c.customer and ${inside('r.customer')})`],
];

async function statement_tests(harness, server, duck, saved) {
  await harness.test(`segments asked: in statements, ${SEGMENTS} segments in ${STATEMENTS.length} ways`, async () => {
    let some = 0;
    for (const [i, { id, day, sql }] of saved.entries()) {
      await duck.peer(`create or replace table segment as ${duck.from(sql, day)}`);
      const day_text = i % 3 === 0 ? `, date '${day}'` : i % 3 === 1 ? `, '${day}'` : `, date '${day}' + 30 - 30`;
      const given = day === LAST && i % 2 ? '' : day_text;
      for (const [s, statement] of STATEMENTS.entries()) {
        const [text, wanted] = statement((key) => `in_segment(${key}, '${id}'${given})`);
        const rows = await duck.peer(wanted((key) => `if(${key} is null, null, ${key} in (select customer from segment))`));
        const off = ['', 'pushdown', 'fold', 'cuboid', 'prune'][(i + s) % 5];
        const reply = await server.post('/api/v1/sql', off ? { sql: text, passes_off: off } : { sql: text });
        check_equal(reply.status, 200, `${text}: ${reply.text.slice(0, 300)}`);
        check_rows(reply.json().rows, rows, `${text} without ${off || 'nothing'}`);
        some += rows.length > 1 || Number(rows[0]?.[0]) > 0;
      }
    }
    check(some > (SEGMENTS * STATEMENTS.length) / 2, `only ${some} answers have anything in them`);
  });
  await harness.test('segments asked: a parameter names one; two meet; one of nobody', async () => {
    const ask = async (sql, params) => (await server.post('/api/v1/sql', { sql, params })).json().rows[0].map(Number);
    const one = await ask('select count(*) from customers where in_segment(customer, $1, $2)', [saved[0].id, saved[0].day]);
    check_equal(one, [(await duck.members(saved[0].sql, saved[0].day)).length], 'parameters');
    const [a, b] = saved.map((s) => s.sql);
    const both = (await duck.members(`(${a}) and not (${b})`, LAST)).length;
    check_equal(await ask(`select count(*) from customers where in_segment(customer, '${saved[0].id}', '${LAST}') and not in_segment(customer, '${saved[1].id}', '${LAST}')
      and in_segment(customer, 'all')`), [both], 'two');
    check_equal(await ask("select count(*), count(*) filter (where not in_segment(customer, 'nobody')) from customers where in_segment(customer, 'nobody') or in_segment(customer, 'all')"),
      [(await duck.members('true', LAST)).length, (await duck.members('true', LAST)).length], 'nobody and all');
  });
}

async function cube_tests(harness, server, duck, saved) {
  await harness.test('segments asked: in cube queries with totals and a comparison', async () => {
    for (const { id, day, sql } of saved) {
      const filter = day === LAST ? { segment: id } : { segment: id, as_of: day };
      await duck.peer(`create or replace table segment as ${duck.from(sql, day)}`);
      const inside = 'customer in (select customer from segment)';
      const of = (from, to, where) => `select s.region, sum(paid) as paid, count(*) filter (where purchase) as count from receipt join stores s on s.store::bigint = receipt.store
        where day between date '${from}' and date '${to}' and (${where}) group by 1`;
      for (const [filters, where] of [[[filter], inside], [[{ not: filter }], `(${inside}) is not true`],
        [[{ any: [filter, { level: 'store.region', in: ['Центр'] }] }], `(${inside}) or s.region = 'Центр'`]]) {
        const asked = { measures: ['receipts.sales', 'receipts.count'], dimensions: ['store.region'], filters, period: { from: '2025-03-01', to: '2025-05-31' }, compare: 'last_year_calendar', totals: true };
        const answer = await server.query(asked);
        const wanted = await duck.peer(`select region, a.paid, b.paid, coalesce(a.count, 0), coalesce(b.count, 0) from (${of('2025-03-01', '2025-05-31', where)}) a
          full join (${of('2024-03-01', '2024-05-31', where)}) b using (region) order by 1`);
        const rows = answer.rows.map(([region, paid, paid_before, , count, count_before]) => [region, paid, paid_before, count, count_before]);
        check_rows(rows, wanted, JSON.stringify(asked));
        const total = (column) => (wanted.every((row) => row[column] === null) ? null : wanted.reduce((sum, row) => sum + Math.round(Number(row[column] ?? 0) * 100), 0) / 100);
        check_rows([[1, 2, 4, 5].map((c) => answer.totals[c])], [[total(1), total(2), total(3) ?? 0, total(4) ?? 0]], 'totals');
      }
    }
  });
  await harness.test('segments asked: as a level of a cube query, a member of several is in each, totals count each once', async () => {
    const measures = ['receipts.sales', 'receipts.count', 'receipts.buyers', 'receipts.average_check', 'points.balance'], period = { from: '2025-03-01', to: '2025-05-31' };
    const chosen = saved.slice(0, 5).map((s) => s.id), as_of = LAST, level = { segments: [...chosen, 'all', 'nobody'], as_of };
    for (const dimensions of [[level], ['customer.gender', level], [level, 'customer.customer']]) {
      const others = dimensions.filter((one) => one !== level), at = dimensions.indexOf(level), asked = { measures, dimensions, period, totals: true };
      const answer = await server.query(asked), without = (row) => row.filter((_, c) => c !== at);
      check_equal([answer.columns[at].name, answer.columns[at].kind, answer.columns[at].type], ['segments', 'level', 'string'], 'the column');
      for (const id of level.segments) {
        const alone = await server.query({ measures, dimensions: others, filters: [{ segment: id, as_of }], period });
        const rows = answer.rows.filter((row) => row[at] === id).map(without);
        check_equal(rows, others.length || rows.length ? alone.rows : [], `${id} by ${JSON.stringify(others)}`);
      }
      const any = await server.query({ measures, filters: [{ any: level.segments.map((id) => ({ segment: id, as_of })) }], period });
      check_equal(answer.totals.slice(dimensions.length), any.rows[0], 'totals');
    }
    const two = { segments: [saved[0].id, 'all'], as_of };
    const answer = await server.query({ measures: measures.slice(0, 2), dimensions: ['date.month', two], filters: [{ level: 'store.region', in: ['Центр'] }], period, compare: 'last_year_calendar', order: [{ by: 'segments' }, { by: 'receipts.sales', desc: true }] });
    for (const id of two.segments) {
      const alone = await server.query({ measures: measures.slice(0, 2), dimensions: ['date.month'], filters: [{ level: 'store.region', in: ['Центр'] }, { segment: id, as_of }], period, compare: 'last_year_calendar', order: [{ by: 'receipts.sales', desc: true }] });
      check_equal(answer.rows.filter((row) => row[1] === id).map((row) => row.filter((_, c) => c !== 1)), alone.rows, `compared, ${id}`);
    }
    check_equal(answer.rows.map((row) => row[1]), answer.rows.map((row) => row[1]).sort(), 'ordered by segments');
    for (const { id, sql } of saved.slice(0, 5)) {
      await duck.peer(`create or replace table segment as ${duck.from(sql, LAST)}`);
      const { rows } = await server.query({ measures: measures.slice(0, 3), dimensions: [{ segments: [id, 'all'], as_of }], period });
      const wanted = await duck.peer(`select sum(paid), count(*) filter (where purchase), count(distinct customer) filter (where purchase) from receipt where day between date '${period.from}' and date '${period.to}' and customer in (select customer from segment)`);
      check_rows(rows.filter((row) => row[0] === id).map((row) => row.slice(1)), Number(wanted[0][1]) || wanted[0][0] !== null ? wanted : [], `${id}, of DuckDB`);
    }
    for (const [dimension, status, path] of [[{ segments: [] }, 400, 'dimensions[0].segments'], [{ segments: ['all', 'all'] }, 400, 'dimensions[0].segments[1]'], [{ segments: ['al'] }, 404, 'dimensions[0].segments[0]'], [{ segments: 'all' }, 400, 'dimensions[0].segments'],
      [{ segments: ['all'], level: 'store.region' }, 400, 'dimensions[0]'], [{ segments: ['all'], as_of: 'x' }, 400, 'dimensions[0].as_of'], [{ segments: [1] }, 400, 'dimensions[0].segments[0]']])
      check_equal(error_of(await server.post('/api/v1/query', { measures: ['receipts.count'], dimensions: [dimension] }), status).path, path, JSON.stringify(dimension));
    error_of(await server.post('/api/v1/query', { measures: ['receipts.count'], dimensions: [{ segments: ['all'] }, { segments: ['nobody'] }] }), 400);
  });
  await harness.test('segments asked: in measures of several cubes at once, and a balance', async () => {
    const { id, day, sql } = saved.find((s) => s.day === LAST) ?? saved[0];
    await duck.peer(`create or replace table segment as ${duck.from(sql, day)}`);
    const answer = await server.query({ measures: ['receipts.sales', 'customers.base', 'points.balance'], filters: [{ segment: id, as_of: day }] });
    const inside = 'customer in (select customer from segment)';
    check_rows(answer.rows, await duck.peer(`select (select sum(paid) from receipt where ${inside}), (select count(*) from segment), (select sum(amount) from points where ${inside})`), JSON.stringify(sql));
  });
}

async function change_tests(harness, server, put, duck) {
  const definition = (n) => ({ measure: 'receipts.count', at_least: n });
  const counts = [];
  await harness.test('segments asked: a changed segment changes the next answer', async () => {
    const made = await server.post('/api/v1/segments', { id: 'moving', name: 'Moving', definition: definition(1) });
    check_equal(made.status, 201, made.text.slice(0, 300));
    for (const n of [1, 5]) {
      check_equal((await put('/api/v1/segments/moving', { name: 'Moving', definition: definition(n) })).status, 200, 'changed');
      const [[wanted]] = await duck.peer(`select count(*) from (select customer from receipt where purchase and customer in (select customer from base('${LAST}')) group by 1 having count(*) >= ${n})`);
      const [[got]] = await server.sql("select count(*) from customers where in_segment(customer, 'moving')");
      check_equal(Number(got), Number(wanted), `at least ${n}`);
      const cube = await server.query({ measures: ['customers.base'], filters: [{ segment: 'moving' }] });
      check_equal(cube.rows, [[Number(wanted)]], `the cube, at least ${n}`);
      counts.push(Number(wanted));
    }
    check(counts[0] !== counts[1], 'the two differ');
  });
  await harness.test('segments asked: while it changes, each answer is of one definition', async () => {
    const changer = (async () => { for (let i = 0; i < 40; i++) await put('/api/v1/segments/moving', { name: 'Moving', definition: definition(i % 2 ? 1 : 5) }); })();
    const asker = async (i) => {
      for (let k = 0; k < 12; k++) {
        const reply = await server.post('/api/v1/sql', { sql: `select count(*), count(*) filter (where in_segment(customer, 'moving')) from customers where in_segment(customer, 'moving') or ${i} < 0` });
        check_equal(reply.status, 200, reply.text.slice(0, 300));
        const [all, inside] = reply.json().rows[0].map(Number);
        check_equal(inside, all, 'both mentions are one set');
        check(counts.includes(all), `${all}, neither of ${counts}`);
      }
    };
    await Promise.all([changer, ...Array.from({ length: 8 }, (_, i) => asker(i))]);
    check_equal((await server.ask('DELETE', '/api/v1/segments/moving')).status, 200, 'removed');
    const error = error_of(await server.post('/api/v1/sql', { sql: "select count(*) from customers where in_segment(customer, 'moving')" }), 404);
    check(/there is no segment "moving"/.test(error.message), error.message);
  });
}

async function fault_tests(harness, server, put) {
  await harness.test('segments asked: wrong questions are told', async () => {
    const sql = async (text, status, pattern) => {
      const error = error_of(await server.post('/api/v1/sql', { sql: text }), status);
      check(pattern.test(error.message) && Number.isInteger(error.position), `${text}: ${error.message} at ${error.position}`);
    };
    await sql("select 1 from sales where in_segment(customer, 'nobodi')", 404, /no segment "nobodi"; did you mean "nobody"\?/);
    await sql("select 1 from sales where in_segment(customer, 'ALL')", 404, /no segment "ALL"/);
    await sql("select 1 from sales where in_segment(unit, 'all')", 400, /takes a member's key, customers\.customer of type bigint, not a value of type text/);
    await sql('select 1 from sales where in_segment(customer, unit)', 400, /id as a literal/);
    await sql("select 1 from sales where in_segment(customer, 'all', date)", 400, /the same for all rows/);
    const cube = async (filters, status, pattern, path) => {
      const error = error_of(await server.post('/api/v1/query', { measures: ['receipts.sales'], filters }), status);
      check(pattern.test(error.message) && error.path === path, `${JSON.stringify(filters)}: ${error.message} at ${error.path}`);
    };
    await cube([{ segment: 'nobodi' }], 404, /did you mean "nobody"\?/, 'filters[0].segment');
    await cube([{ not: { segment: 'all', in: [] } }], 400, /segment and maybe as_of/, 'filters[0].not');
    await cube([{ any: [{ segment: 'all', as_of: '2025-02-30' }] }], 400, /a date is expected/, 'filters[0].any[0].as_of');
    await cube([{ segment: null }], 400, /a filter has a level/, 'filters[0]');
    const within = { measure: 'receipts.count', filters: [{ any: [{ segment: 'all' }] }], at_least: 1 };
    const error = error_of(await server.post('/api/v1/segments/preview', { definition: { all: [within] } }), 400);
    check(/takes no segment.*beside the rule/.test(error.message) && error.path === 'definition.all[0].filters[0].any[0]', `${error.message} at ${error.path}`);
  });
  await harness.test('segments asked: one that today cannot be evaluated, and a circle, are told with their rule', async () => {
    await server.post('/api/v1/segments', { id: 'inner', name: 'I', definition: { all: [] } });
    await server.post('/api/v1/segments', { id: 'outer', name: 'O', definition: { all: [{ segment: 'inner' }] } });
    check_equal((await server.ask('DELETE', '/api/v1/segments/inner')).status, 200, 'removed');
    const error = error_of(await server.post('/api/v1/query', { measures: ['receipts.sales'], filters: [{ segment: 'outer' }] }), 404);
    check(/there is no segment "inner"/.test(error.message) && error.path === 'filters[0].segment.all[0]', `${error.message} at ${error.path}`);
    const of_sql = error_of(await server.post('/api/v1/sql', { sql: "select in_segment(customer, 'outer') from customers" }), 404);
    check_equal([of_sql.path, of_sql.position], ['segment outer.all[0]', 7], of_sql.message);
    check_equal((await server.ask('DELETE', '/api/v1/segments/outer')).status, 200, 'removed');
  });
}

/** A cuboid that is split by members answers a segment's questions, alike. */
async function cuboid_tests(harness, tessera, demo, work) {
  await harness.test('segments asked: of a cuboid that is split by members', async () => {
    const model = join(work, 'segments_cuboid.yaml'), store = join(work, 'segments_cuboid_store');
    const text = readFileSync(demo.model, 'utf8'), with_members = text.replace('- [date.day, product.subcategory]', '- [date.month, customer.customer]');
    check(with_members !== text, 'the model has the cuboid that is replaced');
    writeFileSync(model, with_members);
    await tessera_must(tessera, ['load', '--model', model, '--data', demo.data, '--out', store]);
    mkdirSync(join(store, 'segments'));
    writeFileSync(join(store, 'segments/women.json'), JSON.stringify({ id: 'women', name: 'Women', definition: { level: 'customer.gender', in: ['f'] } }));
    const run = async (...args) => (await tessera_must(tessera, ['sql', store, '--format', 'csv', ...args])).out;
    for (const sql of ["select date_trunc('month', date) as month, sum(paid) from sales where in_segment(customer, 'women') and date >= '2025-06-01' group by 1 order by 1",
      "select customer, sum(paid) from sales where not in_segment(customer, 'women') group by 1 order by 2 desc, 1 limit 20",
      "select in_segment(customer, 'women') as w, sum(paid), count(*) from sales group by 1 order by 1"]) {
      check(/Scan sales\(date\.month, customer\.customer\)/.test(await run(`explain ${sql}`)), `not of the cuboid: ${sql}`);
      const [fast, slow] = [await run(sql), await run('--passes-off', 'cuboid', sql)];
      check(fast.split('\n').length > 3, fast);
      check_equal(fast, slow, sql);
    }
  });
}

export async function tests_segments_asked(harness, tessera, demo, work) {
  const duck = await segments_peer(demo.data);
  if (!duck) return harness.skip('segments asked', 'DuckDB is not installed: npm install --prefix bench');
  const store = join(work, 'segments_asked_store'), saved = [];
  cpSync(demo.store, store, { recursive: true });
  const server = await Server.start(tessera, [store]);
  const put = (path, value) => { const body = JSON.stringify(value); return server.ask('PUT', path, { headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }, body }); };
  await harness.test('segments asked: saved ones', async () => {
    for (let i = 0; i < SEGMENTS; i++) {
      const random = new Random(7700 + i), day = random.chance(0.5) ? LAST : random.pick(['2023-02-28', '2024-02-29', '2024-12-31', '2025-07-15']);
      const { json, sql } = new Rules(random, duck.words, day).rule(2);
      const reply = await server.post('/api/v1/segments', { id: `s${i}`, name: `S ${i}`, definition: json });
      check_equal(reply.status, 201, reply.text.slice(0, 300));
      saved.push({ id: `s${i}`, day, sql });
    }
    for (const [id, definition] of [['all', { all: [] }], ['nobody', { any: [] }]]) check_equal((await server.post('/api/v1/segments', { id, name: id, definition })).status, 201, id);
  }, { always: true });
  await statement_tests(harness, server, duck, saved);
  await cube_tests(harness, server, duck, saved);
  await change_tests(harness, server, put, duck);
  await fault_tests(harness, server, put);
  await cuboid_tests(harness, tessera, demo, work);
  await harness.test('segments asked: the end', () => server.stop('SIGINT'), { always: true });
  await harness.test('segments asked: tessera sql knows the segments of its store, views and session tables too', async () => {
    const { id, day, sql } = saved[1];
    const wanted = (await duck.members(sql, day)).length;
    const run = await tessera_must(tessera, ['sql', store, '--format', 'csv', `create view v as select customer as c, in_segment(customer, '${id}', '${day}') as s from customers;
      create table own as select customer, s from v, customers where c = customer;
      select count(*) filter (where s), count(*) filter (where in_segment(customer, '${id}', '${day}')) from own`]);
    check_equal(run.out.trim().split(/\r?\n/).at(-1), `${wanted},${wanted}`, 'members');
    const wrong = await tessera_run(tessera, ['sql', store, "select in_segment(customer, 'nobod') from customers"]);
    check(wrong.code === 1 && /no segment "nobod"; did you mean "nobody"\?/.test(wrong.err), wrong.err);
    const none = await tessera_run(tessera, ['sql', demo.store, "select in_segment(customer, 'al') from customers"]);
    check(none.code === 1 && /no segment "al"; none is saved yet/.test(none.err), none.err);
  });
}
