/* Plans that are kept: the same answers as at first, none of another moment, of other values or of another segment. */
import { check, check_equal, Server } from './harness.mjs';

const BY_MONTH = "SELECT date_trunc('month', date) AS month, sum(paid) AS paid FROM sales WHERE date >= DATE '2025-01-01' GROUP BY 1 ORDER BY 1";
const CUBE = { dimensions: ['date.month'], measures: ['sales.revenue', 'sales.buyers'], period: { from: '2025-01-01', to: '2025-06-30' }, compare: 'last_year', totals: true };

export async function tests_plans(harness, tessera, demo) {
  let server = null;
  const sql = async (text, more = {}) => (await server.post('/api/v1/sql', { sql: text, ...more })).json();
  const cube = async (body) => (await server.post('/api/v1/query', body)).json();
  // Without what tells of the run itself.
  const told = ({ elapsed_ms, stats, ...answer }) => JSON.stringify({ ...answer, stats: stats && { ...stats, elapsed_ms: 0 } });

  await harness.test('plans: setup', async () => {
    server = await Server.start(tessera, [demo.store]);
  }, { always: true });
  if (!server) return;
  await harness.test('plans: asked again, a question has the same answer, told in the same way', async () => {
    const first = [told(await sql(BY_MONTH)), told(await cube(CUBE))];
    check(JSON.parse(first[0]).stats.source === 'cuboid' && JSON.parse(first[1]).source.kind === 'cuboid', `from cuboids: ${first}`);
    for (let i = 0; i < 3; i++) check_equal([told(await sql(BY_MONTH)), told(await cube(CUBE))], first, `time ${i + 2}`);
    const many = await Promise.all(Array.from({ length: 64 }, (_, i) => (i % 2 ? sql(BY_MONTH) : cube(CUBE))));
    check_equal([...new Set(many.map(told))].sort(), [...first].sort(), 'many at once');
    const explained = await cube({ ...CUBE, explain: true });
    check(/serves/.test(explained.explain) && told({ ...explained, explain: undefined }) === first[1], 'explained');
  });
  await harness.test('plans: other values, passes and moments are other questions', async () => {
    const since = 'SELECT sum(paid) AS paid FROM sales WHERE date >= $1';
    const whole = (await sql(since, { params: ['2000-01-01'] })).rows, part = (await sql(since, { params: ['2025-06-01'] })).rows;
    check(whole[0][0] !== part[0][0], 'values');
    check_equal([(await sql(since, { params: ['2000-01-01'] })).rows, (await sql(since, { params: ['2025-06-01'] })).rows], [whole, part], 'each again');
    check_equal((await sql(since, { params: ['2025-06-01'], passes_off: 'cuboid' })).stats.source, 'scan', 'without the pass');
    check_equal((await sql(since, { params: ['2025-06-01'] })).stats.source, 'cuboid', 'and with it');
    check_equal(((await server.post('/api/v1/sql', { sql: since })).json()).error.code, 'unsupported', 'without values');
    const now = async () => (await sql('SELECT now() AS n, sum(paid) FROM sales')).rows[0][0];
    check((await now()) !== (await now()), 'the clock');
  });
  await harness.test('plans: a segment that has changed is another', async () => {
    const put = (method, path, body) => server.ask(method, path, { headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(JSON.stringify(body)) }, body: JSON.stringify(body) });
    const definition = (gender) => ({ all: [{ level: 'customer.gender', in: [gender] }] });
    const question = { measures: ['sales.revenue'], filters: [{ segment: 'plans' }] };
    const statement = "SELECT sum(paid) AS paid FROM sales WHERE in_segment(customer, 'plans')";
    check_equal((await server.post('/api/v1/segments', { id: 'plans', name: 'Plans', definition: definition('f') })).status, 201, 'made');
    const answers = async () => [(await cube(question)).rows, (await sql(statement)).rows];
    const women = await answers();
    check(women[0]?.[0] && women[1]?.[0], `answers: ${JSON.stringify(women)}`);
    check_equal((await put('PUT', '/api/v1/segments/plans', { name: 'Plans', definition: definition('m') })).status, 200, 'changed');
    const men = await answers();
    check(women[0][0][0] !== men[0][0][0] && women[1][0][0] !== men[1][0][0], `other members: ${JSON.stringify([women, men])}`);
    await server.ask('DELETE', '/api/v1/segments/plans');
  });
  await harness.test('plans: those of a root go with it; more than are kept are answered', async () => {
    const before = told(await sql(BY_MONTH));
    const name = 'sales(date.month)';
    await server.post('/api/v1/cuboids', { names: [`${name}: revenue`] });
    for (let now; !now?.cuboids.some((one) => one.name === name); now = (await server.get('/api/v1/cuboids')).json());
    const after = await sql(BY_MONTH);
    check_equal(after.rows, JSON.parse(before).rows, 'rows');
    check(after.stats.rows_read < JSON.parse(before).stats.rows_read, 'the smaller cuboid is read');
    await server.ask('DELETE', `/api/v1/cuboids/${encodeURIComponent(name)}`);
    for (let now; !now || now.cuboids.some((one) => one.name === name); now = (await server.get('/api/v1/cuboids')).json());
    check_equal(told(await sql(BY_MONTH)), before, 'as before');
    const texts = Array.from({ length: 300 }, (_, i) => `SELECT ${i} AS i, sum(paid) AS paid FROM sales`);
    for (let round = 0; round < 2; round++) for (const [i, text] of texts.entries()) check_equal(Number((await sql(text)).rows[0][0]), i, text);
  });
  await harness.test('plans: the end', () => server.stop('SIGTERM'), { always: true });
}
