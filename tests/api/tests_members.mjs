/* Who is behind a cell: as many as the cell of a distinct count says, those whose rows a sum adds up, by SQL. */
import { check, check_equal, Server } from './harness.mjs';

const PERIOD = { from: '2025-01-01', to: '2025-06-30' };

export async function tests_members(harness, tessera, demo) {
  let server = null;
  const query = async (body) => (await server.post('/api/v1/query', body)).json();
  const members = async (body) => (await server.post('/api/v1/query/members', { limit: 1000000, ...body })).json();
  const sql = async (text) => (await server.post('/api/v1/sql', { sql: text })).json();
  const fails = async (body, part) => {
    const reply = await server.post('/api/v1/query/members', body);
    check([400, 404].includes(reply.status) && reply.text.includes(part), `${JSON.stringify(body)}: ${reply.text}`);
  };

  await harness.test('members: setup', async () => {
    server = await Server.start(tessera, [demo.store]);
  }, { always: true });
  if (!server) return;
  await harness.test('members: as many as the cell of a distinct count says: rows, the best of them, totals', async () => {
    for (const [dimensions, measure] of [[['store.region'], 'sales.buyers'], [['date.month', 'channel.channel'], 'sales.buyers'], [['product.category'], 'sales.buyers'], [['store.region'], 'receipts.active_members']]) {
      const whole = { measures: [measure], dimensions, period: PERIOD, totals: true };
      const top = { ...whole, order: [{ by: measure, desc: true }], limit: 3 };
      for (const asked of [whole, top]) {
        const { rows, totals } = await query(asked);
        check(rows.length > 1, `${dimensions}: ${rows.length} rows`);
        for (const row of [...rows.slice(0, 12), totals]) {
          const at = Object.fromEntries(dimensions.map((level, i) => [level, row[i]]));
          const found = await members({ query: asked, ...(row === totals ? {} : { at }) });
          check_equal([found.error, found.count, found.members?.length, new Set(found.members).size], [undefined, row.at(-1), row.at(-1), row.at(-1)], `${measure} ${JSON.stringify(row)}`);
        }
      }
    }
  });
  await harness.test('members: those whose rows a sum adds up, as SQL has them', async () => {
    const asked = { measures: ['sales.revenue', 'sales.buyers'], dimensions: ['store.region', 'product.category'], filters: [{ level: 'product.category', not_in: ['Обувь'] }], period: PERIOD };
    const { rows } = await query(asked);
    for (const [region, category] of [rows[0], rows.at(-1)]) {
      const found = await members({ query: asked, at: { 'store.region': region, 'product.category': category } });
      const text = (value) => `'${value.replaceAll("'", "''")}'`;
      const { rows: expected } = await sql(`
        SELECT customer FROM (SELECT sales.customer, sum(paid) AS paid FROM sales JOIN stores ON sales.store = stores.store JOIN products ON sales.product = products.product
        WHERE date BETWEEN DATE '${PERIOD.from}' AND DATE '${PERIOD.to}' AND region = ${text(region)} AND category = ${text(category)} AND category <> 'Обувь' GROUP BY 1) AS x
        WHERE customer IS NOT NULL AND paid IS NOT NULL ORDER BY 1`);
      check_equal(found.members, expected.map(([key]) => Number(key)), `${region}, ${category}`);
      check(found.count > 0 && found.measure === 'sales.revenue' && found.level === 'customer.customer', JSON.stringify(found).slice(0, 200));
      const buyers = await members({ query: asked, measure: 'sales.buyers', at: { 'store.region': region, 'product.category': category } });
      check(buyers.count <= found.count && buyers.members.every((key) => found.members.includes(key)), 'buyers are among them');
    }
    const some = await members({ query: asked, limit: 2 });
    check_equal([some.members.length, some.truncated, some.count > 2], [2, true, true], 'the first two');
    check_equal((await members({ query: { ...asked, period: { from: '1990-01-01', to: '1990-01-31' } } })).count, 0, 'of no row nobody');
  });
  await harness.test('members: what cannot be answered is said', async () => {
    const asked = { measures: ['sales.revenue'], dimensions: ['store.region'], period: PERIOD };
    await fails({}, '\\"query\\" must be an object');
    await fails({ query: asked, of: {} }, 'unknown key \\"of\\"');
    await fails({ query: { ...asked, measures: [] } }, '\\"measures\\"');
    await fails({ query: asked, measure: 'sales.nothing' }, 'unknown measure \\"sales.nothing\\"');
    await fails({ query: asked, at: { 'store.store': 1 } }, 'at.store.store');
    await fails({ query: asked, at: { 'store.region': ['a'] } }, 'a value is expected');
    await fails({ query: asked, at: [] }, '\\"at\\" must be an object');
    await fails({ query: asked, limit: -1 }, '\\"limit\\"');
    await fails({ query: { ...asked, filters: [{ not: { level: 'customer.customer', in: ['A'] } }] } }, 'shows a label');
    await fails({ query: { ...asked, filters: [{ level: 'store.nothing', in: ['A'] }] } }, 'store.nothing');
  });
  await harness.test('members: the end', () => server.stop('SIGTERM'), { always: true });
}
