/*
 * Segments on the example data of the R package rfm, whose customers have totals and no orders of their own: each RFM
 * group and cell, days since the last visit, and rules beside them, against DuckDB over the same file, member by member.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { check, check_equal, Server, tessera_must } from './harness.mjs';
import { duckdb_open, duckdb_query } from '../../bench/peers/duckdb.mjs';

const FILE = 'rfm_data_customer.csv.zst';
const GROUPS = { 5: ['new', 'potential', 'potential', 'champions', 'champions'], 4: ['promising', 'potential', 'loyal', 'loyal', 'champions'],
  3: ['about to sleep', 'need attention', 'need attention', 'loyal', 'loyal'], 2: ['hibernating', 'hibernating', 'at risk', 'at risk', 'at risk'], 1: ['lost', 'lost', 'at risk', "can't lose", "can't lose"] };
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

/** Cut points of DEFINITIONS 13: a score is 1 and the cut points below the value, of days since 5 less those. */
const STATES = (day) => {
  const cuts = (value) => `quantile_disc(${value}, [0.2, 0.4, 0.6, 0.8])`, below = (list, value) => `len(list_filter(${list}, x -> x < ${value}))`;
  const groups = Object.entries(GROUPS).map(([r, names]) => `when r = ${r} then list_extract([${names.map(quoted).join(', ')}], (f + m + 1) // 2)`).join(' ');
  return `with known as (select *, date '${day}' - seen as since from customer where seen <= date '${day}'),
    cut as (select ${cuts('since')} as cr, ${cuts('orders')} as cf, ${cuts('revenue')} as cm from known),
    scored as (select known.*, 5 - ${below('cr', 'since')} as r, 1 + ${below('cf', 'orders')} as f, 1 + ${below('cm', 'revenue')} as m from known, cut)
    select key, orders, revenue, case ${groups} end as rfm_group, concat(r, f, m) as rfm_cell,
      case when since <= 30 then '0-30' when since <= 60 then '31-60' when since <= 90 then '61-90' when since <= 180 then '91-180' when since <= 365 then '181-365' else 'over 365' end as last_visit from scored`;
};

export async function tests_rfm(harness, tessera, root, data, work) {
  const folder = join(data, 'rfm'), store = join(work, 'rfm-segments');
  if (!existsSync(join(folder, FILE))) return harness.skip('rfm: segments', `no files in ${folder}; set TESSERA_DATA`);
  const connection = await duckdb_open({ threads: 2 }).catch(() => null);
  if (!connection) return harness.skip('rfm: segments', 'DuckDB is not installed: npm install --prefix bench');
  const ask = (sql) => duckdb_query(connection, sql);
  await ask(`create table customer as select customer_id::bigint as key, revenue::decimal(12,2) as revenue, number_of_orders::bigint as orders, most_recent_visit::date as seen from read_csv('${join(folder, FILE)}', all_varchar = true)`);
  await tessera_must(tessera, ['load', '--model', join(root, 'models/rfm.yaml'), '--data', folder, '--out', store, '--quiet']);
  const server = await Server.start(tessera, [store]);
  const members = async (definition, as_of) => {
    const reply = await server.post('/api/v1/segments/preview', { definition, as_of });
    check_equal(reply.status, 200, `${JSON.stringify(definition)}: ${reply.text.slice(0, 300)}`);
    return reply.json().size;
  };
  await harness.test('rfm: each value of each attribute, on two days, has the members that DuckDB finds', async () => {
    const { attributes } = (await server.get('/api/v1/model')).json();
    check_equal(attributes.map((one) => one.name), ['rfm_group', 'rfm_cell', 'last_visit'], 'attributes');
    const [[last]] = await ask('select max(seen)::varchar from customer');
    for (const day of [last, '2006-06-30']) for (const { name, values } of attributes) {
      const wanted = (await ask(`select ${name}, count(*) from (${STATES(day)}) group by 1 order by 1`)).map(([value, count]) => [value, Number(count)]);
      check(wanted.length > 3, `${name} has values`);
      check(!values.length || wanted.every(([value]) => values.some((one) => one.value === value)), `${name}: all values are named`);
      const found = [];
      for (const [value] of wanted) found.push([value, await members({ attribute: name, in: [value] }, day)]);
      check_equal(found, wanted, `${name} ${day}`);
    }
  });
  await harness.test('rfm: a segment of a group, orders and money has the members that DuckDB finds, one by one', async () => {
    const [[last]] = await ask('select max(seen)::varchar from customer');
    const definition = { all: [{ attribute: 'rfm_group', in: ['at risk', "can't lose"] }, { measure: 'customers.orders', at_least: 8 }, { not: { measure: 'customers.revenue', above: 1500 } }] };
    const wanted = (await ask(`select key from (${STATES(last)}) where rfm_group in ('at risk', 'can''t lose') and orders >= 8 and not revenue > 1500 order by 1`)).map(([key]) => Number(key));
    check(wanted.length > 100, `${wanted.length} members`);
    check_equal(await members(definition, last), wanted.length, 'size');
    check_equal((await server.post('/api/v1/segments', { id: 'win-back', name: 'Win back', definition })).status, 201, 'saved');
    const found = (await server.get('/api/v1/segments/win-back/members')).text.trim().split('\r\n').slice(1).map(Number);
    check_equal(found.sort((a, b) => a - b), wanted, 'members');
    const { text } = (await server.post('/api/v1/segments/text', { definition })).json();
    check_equal((await server.post('/api/v1/segments/preview', { text })).json().size, wanted.length, text);
    const fault = await server.post('/api/v1/segments/preview', { definition: { measure: 'customers.orders', purchase: 'first', at_least: 1 } });
    check(fault.status >= 400 && /does not say what a purchase is/.test(fault.text), fault.text);
  });
  await harness.test('rfm: the end', () => server.stop('SIGINT'), { always: true });
}
