// Previews of random segments, as the builder asks for them at every change: size, sales, reach, and what each rule takes
// away, over HTTP; beside DuckDB, which only counts the members of the same definition.
import {
  fail, load_average, machine_describe, machine_text, median, options_parse, result_write, table_print,
} from '../support/common.mjs';
import { demo_make } from '../support/demo.mjs';
import { agent_make, server_ask, server_start } from '../support/server.mjs';
import { tessera_check, tessera_default } from '../support/tessera.mjs';
import { duckdb_open, duckdb_query, duckdb_version } from '../peers/duckdb.mjs';
import { Random } from '../../tests/equiv/random.mjs';
import { Rules, STATES } from './rules.mjs';

export const summary = 'previews of random segments, beside DuckDB';

const usage = `usage: bench/run segments [options]

Generates and loads the demo chain (kept in bench/data), and asks for the preview of random definitions, each for the first
time, once the server has prepared its last day. Sizes must agree with DuckDB's, which counts the first --peer-count of them: at scale 1 each takes it seconds. Prints median and 99th percentile; with one
rule changed, all others known; of customers' cards; and the first preview and attributes of a day that is not prepared.

options:`;

const options = {
  scale: { default: 0.3, help: '1 is 520,000 members and about 30 million sale lines' },
  threads: { default: 2, whole: true, help: 'threads of the server and of the peer' },
  count: { default: 200, whole: true, help: 'definitions' },
  'peer-count': { default: 60, whole: true, help: 'of them, the first ones, that the peer counts too' },
  peers: { default: 'duckdb', help: 'duckdb or none' },
  seed: { default: 1, whole: true, help: 'of the definitions' },
  tessera: { default: tessera_default, help: 'the program' },
  json: { default: null, help: 'result file (default bench/data/results/segments-TIME.json)' },
};

const DAY = '2025-12-31', PAST = '2024-06-30';
const ATTRIBUTES = ['purchase_status', 'rfm_group', 'quarters', 'tier', 'consent', 'bought_after']; // a query each

const TABLES = (data) => [
  `create table attributes as select customer::bigint as customer, gender, city, source from read_csv('${data}/customers.csv', all_varchar = true)
     where status = 'active' and employee = '0' and test = '0' and registered_at::timestamp::date <= date '${DAY}'`,
  `create table stores as select store::bigint as store, name from read_csv('${data}/stores.csv', all_varchar = true)`,
  `create table line as select s.receipt::bigint as receipt, s.paid::decimal(14,2) as paid, p.category,
     if(s.unit = 'kg', sign(s.quantity::decimal(12,3))::decimal(14,3), s.quantity::decimal(14,3)) as units,
     s.quantity::decimal(12,3) > 0 and coalesce(p.service_item, '0') = '0' as purchase
     from read_csv('${data}/sales-*.csv', all_varchar = true) s left join read_csv('${data}/products.csv', all_varchar = true) p on p.product = s.product`,
  `create table receipt as select r.receipt::bigint as receipt, business_date::date as day, store::bigint as store, customer::bigint as customer, bool_or(purchase) as purchase, sum(paid) as paid
     from read_csv('${data}/receipts-*.csv', all_varchar = true) r join line on line.receipt = r.receipt::bigint group by all`,
  `create macro base(d) as table select customer from attributes`,
  `create table points as select customer::bigint as customer, posted_at::timestamp::date as day, amount::bigint as amount from read_csv('${data}/points-*.csv', all_varchar = true)`,
];

async function duckdb_make(data, threads) {
  const connection = await duckdb_open({ threads });
  for (const sql of [...TABLES(data), ...STATES(data)]) await connection.run(sql);
  return (sql) => duckdb_query(connection, sql);
}

const percentile = (numbers, share) => [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(share * numbers.length))];
const row = (name, ms) => [name, median(ms).toFixed(1), percentile(ms, 0.99).toFixed(1), Math.max(...ms).toFixed(1)];

export async function main(argv) {
  const values = options_parse(argv, usage, options);
  tessera_check(values.tessera);
  const machine = machine_describe(), { data, store } = await demo_make(values);
  const server = await server_start(values.tessera, [store, '--threads', `${values.threads}`, '--quiet']);
  const agent = agent_make(1);
  const ask = async (definition, as_of) => JSON.parse(await server_ask(agent, server.url, 'POST', '/api/v1/segments/preview', { definition, as_of }));
  const preview = (definition) => ask(definition, DAY);
  const words_of = async (measure, level) => JSON.parse(await server_ask(agent, server.url, 'POST', '/api/v1/query', { measures: [measure], dimensions: [level], limit: 10000 })).rows.map((r) => r[0]).filter((v) => v !== null);
  const words = {
    gender: await words_of('customers.registered', 'customer.gender'), city: await words_of('customers.registered', 'customer.city'),
    source: await words_of('customers.registered', 'customer.source'), category: await words_of('sales.lines', 'product.category'), store: await words_of('receipts.count', 'store.store'),
    campaign: await words_of('communications.messages', 'campaign.campaign'),
  };
  const peer = values.peers === 'none' ? null : await duckdb_make(data, values.threads);
  console.log(`segments: ${values.count} definitions, scale ${values.scale}, ${values.threads} threads; load of the machine before: ${load_average()}\n${machine_text(machine)}`);
  while (!JSON.parse(await server_ask(agent, server.url, 'GET', '/api/v1/health')).segments.prepared) await new Promise((next) => setTimeout(next, 50));
  const times = { preview: [], changed: [], duckdb: [], beside: [] }; // beside: the previews of what DuckDB counts
  for (let i = 0; i < values.count; i++) {
    const random = new Random(values.seed * 7919 + i), rules = new Rules(random, words, DAY);
    const { json, sql } = rules.rule(2);
    const answer = await preview(json);
    times.preview.push(answer.elapsed_ms);
    if (peer && i < values['peer-count']) {
      times.beside.push(answer.elapsed_ms);
      const started = performance.now();
      const [[size]] = await peer(`select count(*) from attributes m where ${sql}`);
      times.duckdb.push(performance.now() - started);
      if (Number(size) !== answer.size) fail(`${JSON.stringify(json)}: ${answer.size} members, DuckDB finds ${size}\n${sql}`);
    }
    times.changed.push((await preview({ all: [json, { measure: 'receipts.count', days: 90, at_least: 1 }] })).elapsed_ms);
  }
  // Another day, of which nothing is prepared: what its previews share, then each attribute.
  const past = [], of_day = async (name, definition) => past.push([name, (await ask(definition, PAST)).elapsed_ms]);
  await of_day(`the first of ${PAST}`, { all: [] });
  for (const attribute of ATTRIBUTES) await of_day(`its first of ${attribute}`, { attribute, null: false });
  const cards = [];
  for (let i = 0; i < values.count; i++) {
    const customer = new Random(values.seed * 7919 + i).between(1, 1e4);
    try {
      cards.push(JSON.parse(await server_ask(agent, server.url, 'POST', '/api/v1/customers/card', { customer })).elapsed_ms);
    } catch (fault) {
      if (!/no such customer/.test(fault.message)) throw fault;
    }
  }
  agent.destroy();
  await server.stop();
  const lines = [['ms', 'median', 'p99', 'max'], row('a new definition', times.preview), row('a rule added to known ones', times.changed), row('the card of a customer', cards), ...past.map(([name, ms]) => [name, ms.toFixed(1), '', ''])];
  if (peer) lines.push(row(`duckdb ${await duckdb_version()}, count alone, of ${times.duckdb.length}`, times.duckdb), row(`of these ${times.beside.length} a new definition here`, times.beside));
  table_print(lines);
  const ratio = peer ? `, ${(median(times.duckdb) / median(times.beside)).toFixed(1)}x duckdb (of the same ${times.beside.length})` : '';
  console.log(`segments: ${median(times.preview).toFixed(1)} ms a preview (median of ${values.count}, p99 ${percentile(times.preview, 0.99).toFixed(1)}, scale ${values.scale})${ratio}`);
  console.log(`results: ${result_write('segments', values.json, { machine, scale: values.scale, threads: values.threads, past, cards, times })}`);
}
