/*
 * `audience: true`: the customers behind every cell of an answer, its totals and the rows that it leaves out, as many as SQL
 * counts; the same with cuboids and without; as a rule of a segment, of the base, on any day, and as text.
 */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, check_equal, Server, tessera_must } from './harness.mjs';

const PERIOD = { from: '2025-01-01', to: '2025-06-30' }, BUYERS = 'sales.buyers', FEW = 3;
const HALF = "date BETWEEN DATE '2025-01-01' AND DATE '2025-06-30'";
/** Of SQL: how many members bought what the condition says. */
const buyers_of = (where) => `SELECT count(DISTINCT sales.customer) FROM sales LEFT JOIN products ON sales.product = products.product LEFT JOIN customers ON sales.customer = customers.customer
  LEFT JOIN stores ON sales.store = stores.store WHERE quantity > 0 AND NOT coalesce(service_item, false) AND ${where}`;
const top = { order: [{ by: BUYERS, desc: true }], limit: FEW };
const value_text = (value) => (value === null ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`);

/** A query, its levels in SQL, and its filters there. */
const CASES = [
  ['an attribute that some members lack', { dimensions: ['customer.gender'], period: PERIOD }, ['gender'], HALF],
  ['the best of many', { dimensions: ['product.category'], ...top }, ['category'], 'true'],
  ['some from the middle, NULL among the others', { dimensions: ['product.season'], ...top, limit: 1, offset: 1 }, ['season'], 'true'],
  ['two levels', { dimensions: ['product.season', 'customer.gender'], period: PERIOD, ...top }, ['season', 'gender'], HALF],
  ['a time level', { dimensions: ['date.month'], period: PERIOD, ...top }, ["CAST(date_trunc('month', date) AS DATE)"], HALF],
  ['filters', { dimensions: ['store.region'], period: PERIOD, filters: [{ any: [{ level: 'customer.gender', in: ['f'] }, { level: 'product.season', null: true }] }, { not: { level: 'product.category', in: ['Обувь'] } }] },
    ['stores.region'], `${HALF} AND (gender = 'f' OR season IS NULL) AND category IS DISTINCT FROM 'Обувь'`],
  ['no rows', { dimensions: ['store.region'], period: { from: '1990-01-01', to: '1990-12-31' } }, ['stores.region'], 'false'],
  ['no level', { dimensions: [] }, [], 'true'],
];

export async function tests_cells(harness, tessera, root, demo, work) {
  let server = null, plain = null;
  const ask = async (where, path, body) => {
    const reply = await where.post(path, body);
    check(reply.status < 300, `${path} ${JSON.stringify(body)}: ${reply.text}`);
    return reply.json();
  };
  const sql_count = async (text) => Number((await ask(plain, '/api/v1/sql', { sql: text })).rows[0][0]);
  const members = (where, audience, one) => ask(where, '/api/v1/query/members', { query: audience.query, ...one, limit: 1000000 });
  const preview = (definition, as_of) => ask(plain, '/api/v1/segments/preview', { definition, as_of });

  await harness.test('cells: setup', async () => {
    const [store, as_loaded] = ['cells', 'cells-plain'].map((name) => join(work, name)); // what is saved and noted here stays here
    for (const copy of [store, as_loaded]) cpSync(demo.store, copy, { recursive: true });
    await tessera_must(tessera, ['cube', 'build', store, 'sales(customer.customer, customer.gender, date.month, product.season, product.category, store.region)']);
    server = await Server.start(tessera, [store]);
    plain = await Server.start(tessera, [as_loaded, '--build-every', '0s']);
  }, { always: true });
  if (!plain) return;

  await harness.test('cells: as many members behind each row, the total and the others as SQL counts, with cuboids and without', async () => {
    let by_cuboid = 0;
    for (const [name, asked, levels, where] of CASES) {
      const query = { measures: [BUYERS], totals: true, audience: true, ...asked };
      const { rows, totals, audience } = await ask(plain, '/api/v1/query', query);
      check_equal(audience, (await ask(server, '/api/v1/query', query)).audience, `${name}: told alike by both`);
      check_equal([audience.rows.length, 'others' in audience], [rows.length, 'limit' in asked], name);
      const shown = (row) => levels.map((level, l) => `${level} IS NOT DISTINCT FROM ${level.includes('DATE') ? 'DATE ' : ''}${value_text(row[l])}`).join(' AND ') || 'true';
      const cells = [...rows.map((row, i) => [audience.rows[i], row.at(-1), shown(row)]), [audience.totals, totals.at(-1), 'true']];
      if (audience.others) cells.push([audience.others, null, rows.map((row) => `NOT (${shown(row)})`).join(' AND ')]);
      for (const [one, value, condition] of cells) {
        const wanted = await sql_count(buyers_of(`${where} AND ${condition}`)), place = `${name} ${JSON.stringify(one)}`;
        if (value !== null) check_equal(value, wanted, `${place}: the cell`);
        const [found, again] = [await members(plain, audience, one), await members(server, audience, one)];
        check_equal([found.count, new Set(found.members).size, found.source], [wanted, wanted, 'scan'], place);
        check_equal(again.members, found.members, `${place}: the same by cuboids`);
        by_cuboid += again.source === 'cuboid';
        const rule = { cell: { query: audience.query, ...one } };
        const of_base = await sql_count(buyers_of(`${where} AND ${condition} AND customers.status = 'active' AND NOT employee AND NOT test`));
        check_equal((await preview(rule)).size, of_base, `${place}: those of the base as a segment`);
      }
    }
    check(by_cuboid > 10, `only ${by_cuboid} were answered by a cuboid`);
  });

  await harness.test('cells: a sum has whose rows it adds up, and each measure its own', async () => {
    const { audience } = await ask(plain, '/api/v1/query', { measures: ['sales.revenue', BUYERS], dimensions: ['product.season'], audience: true });
    for (const [i, { at }] of audience.rows.entries()) {
      const season = `season IS NOT DISTINCT FROM ${value_text(at['product.season'])}`;
      const paid = await sql_count(`SELECT count(DISTINCT customer) FROM sales JOIN products ON sales.product = products.product WHERE ${season} AND paid IS NOT NULL`);
      check_equal((await members(plain, audience, audience.rows[i])).count, paid, `revenue, ${season}`);
      check_equal((await members(plain, audience, { ...audience.rows[i], measure: BUYERS })).count, await sql_count(buyers_of(season)), `buyers, ${season}`);
    }
  });

  await harness.test('cells: saved as a segment, intersected, asked of a past day, written as text', async () => {
    const { audience, rows } = await ask(plain, '/api/v1/query', { measures: [BUYERS], dimensions: ['product.season'], audience: true, totals: true });
    const winter = { cell: { query: audience.query, ...audience.rows[rows.findIndex(([season]) => season === 'winter')] } }, women = { level: 'customer.gender', in: ['f'] };
    await ask(plain, '/api/v1/segments', { id: 'winter-buyers', name: "Winter's buyers", definition: winter });
    const both = await preview({ all: [{ segment: 'winter-buyers' }, women] });
    const base = "customers.status = 'active' AND NOT employee AND NOT test AND season = 'winter'";
    check_equal(both.size, await sql_count(buyers_of(`${base} AND gender = 'f'`)), 'with another rule');
    const overlap = await ask(plain, '/api/v1/segments/overlap', { segments: ['winter-buyers', women] });
    check_equal([overlap.all, overlap.pairs[0].both], [both.size, both.size], 'overlap');
    const then = await preview(winter, '2024-06-30');
    check_equal(then.size, await sql_count(buyers_of(`${base} AND date <= DATE '2024-06-30' AND CAST(registered_at AS DATE) <= DATE '2024-06-30'`)), 'as of then');
    check(then.size > 0 && then.size < both.base, `${then.size}`);
    const later = { cell: { query: { ...audience.query, period: { from: '2025-01-01', to: '2025-12-31' } }, at: {} } };
    check_equal((await preview(later, '2024-06-30')).size, 0, 'nobody had bought in what was to come');
    const cut = { cell: { query: { ...audience.query, period: { from: '2024-01-01', to: '2025-12-31' } }, at: {} } };
    check_equal((await preview(cut, '2024-06-30')).size, (await preview({ cell: { ...cut.cell, query: { ...audience.query, period: { from: '2024-01-01', to: '2024-06-30' } } } }, '2024-06-30')).size, 'a period up to the day');
    for (const definition of [winter, { all: [women, { not: cut }] }, { cell: { query: { ...audience.query, filters: [{ level: 'store.store', in: ["O'Neill"] }] }, others: [{ 'product.season': null }], measure: BUYERS } }]) {
      const { text } = await ask(plain, '/api/v1/segments/text', { definition });
      check_equal((await ask(plain, '/api/v1/segments/text', { text })).definition, definition, text);
    }
    check_equal((await plain.get('/api/v1/segments/winter-buyers/members')).text.trim().split('\r\n').length - 1, (await preview(winter)).size, 'its members');
    // By segments: rows of a member of several are in each; the total is of any of them.
    await ask(plain, '/api/v1/segments', { id: 'women', name: 'Women', definition: women });
    const split = { measures: [BUYERS], dimensions: [{ segments: ['winter-buyers', 'women'] }, 'product.season'], audience: true, totals: true, limit: 4 };
    const answer = await ask(plain, '/api/v1/query', split), whole = await ask(plain, '/api/v1/query', { ...split, limit: 100 });
    for (const [i, row] of [...answer.rows, answer.totals].entries())
      check_equal((await members(plain, answer.audience, answer.audience.rows[i] ?? answer.audience.totals)).count, row.at(-1), JSON.stringify(row));
    const rest = new Set();
    for (const one of whole.audience.rows.slice(4)) for (const key of (await members(plain, whole.audience, one)).members) rest.add(key);
    check_equal((await members(plain, answer.audience, answer.audience.others)).count, rest.size, 'the others of a split by segments');
    for (const id of ['winter-buyers', 'women']) await plain.ask('DELETE', `/api/v1/segments/${id}`);
  });

  await harness.test('cells: the example of docs/CUBES.md', async () => {
    const section = readFileSync(join(root, 'docs/CUBES.md'), 'utf8').split('## Who is behind a number')[1].split('\n## ')[0];
    const [query, told, rule] = [...section.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => JSON.parse(text));
    const { audience } = await ask(plain, '/api/v1/query', query);
    check_equal(audience, told, 'what the answer has');
    check_equal(rule.all[0].cell, { query: told.query, ...told.others }, 'the rule is of the others');
    const { size } = await preview(rule);
    const categories = told.others.others.map((one) => value_text(one['product.category'])).join(', ');
    check_equal(size, await sql_count(buyers_of(`date BETWEEN DATE '2025-01-01' AND DATE '2025-12-31' AND (category NOT IN (${categories}) OR category IS NULL) AND gender = 'f' AND customers.status = 'active' AND NOT employee AND NOT test`)), 'its members');
  });
  await harness.test('cells: what cannot be told is said', async () => {
    const query = { measures: [BUYERS], dimensions: ['product.season'] };
    const fails = async (path, body, part) => {
      const reply = await plain.post(path, body);
      check([400, 404, 413, 422].includes(reply.status) && reply.json().error.message.includes(part), `${JSON.stringify(body).slice(0, 300)}: ${reply.status} ${reply.text.slice(0, 300)}`);
    };
    await fails('/api/v1/query', { ...query, audience: 1 }, 'true or false');
    await fails('/api/v1/query', { measures: ['sales.revenue'], dimensions: ['customer.customer', 'date.day', 'product.product'], audience: true }, 'at most 10000');
    await fails('/api/v1/query/members', { query, others: {} }, '"others" must be a list');
    await fails('/api/v1/query/members', { query, others: [1] }, '"others" must be a list');
    await fails('/api/v1/query/members', { query, others: [{ 'store.region': 'a' }] }, 'no such dimension');
    const rule = (cell) => ['/api/v1/segments/preview', { definition: { all: [{ cell }] } }];
    await fails(...rule(1), 'an object is expected');
    await fails(...rule({ query, at: [] }), '"at" must be an object');
    await fails(...rule({ query, of: 1 }), 'unknown key "of"');
    await fails(...rule({ query, limit: 1 }), 'unknown key "limit"');
    await fails(...rule({ query, measure: 'sales.nothing' }), 'unknown measure');
    await fails(...rule({ query: { ...query, period: { from: 1, to: 2 } } }), 'a date is expected');
    await fails(...rule({ query: { ...query, filters: [{ not: { segment: 'vip' } }] } }), 'put {"segment": ...} beside');
    await fails('/api/v1/segments/preview', { text: "cell '{'" }, 'as JSON');
    await fails('/api/v1/segments/preview', { text: 'cell vip' }, 'as JSON');
    const reply = await plain.post(...rule({ query: { ...query, filters: [{ level: 'store.nothing', in: ['A'] }] } }));
    check_equal([reply.status, reply.json().error.path], [404, 'definition.all[0].cell.query.filters[0].level'], 'where it is wrong');
  });
  await harness.test('cells: the end', async () => { await server.stop('SIGTERM'); await plain.stop('SIGTERM'); }, { always: true });
}
