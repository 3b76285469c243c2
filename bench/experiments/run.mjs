// Experiments over HTTP as a page asks them: tests of the demo chain's tables, and one with every member in it; with all usual
// metrics, with segments, by the day, with a quantile. Prints times, and the processor's time of the server, which says more where
// others are at work on the machine. With --peer duckdb the sums of the widest one (each customer's six values now and before, and
// their products by arm) are asked of DuckDB too.
import { fail, load_average, machine_describe, machine_text, options_parse, result_write, spread, table_print } from '../support/common.mjs';
import { agent_make, server_ask, server_start } from '../support/server.mjs';
import { demo_make } from '../support/demo.mjs';
import { tessera_check, tessera_default } from '../support/tessera.mjs';
import { readFileSync } from 'node:fs';

export const summary = 'experiments judged: split, metrics with CUPED and capping, segments, days';

const usage = `usage: bench/run experiments [options]

Generates and loads the demo chain (kept in bench/data), or takes the store of --store, and judges experiments. Prints best,
median and worst times, and the processor's time of one.

options:`;

const options = {
  scale: { default: 0.3, help: '1 is about 30 million sale lines and 520,000 members' },
  store: { default: '', help: 'a store of the demo chain, in the place of one that is made' },
  threads: { default: 2, whole: true, help: 'threads of the server' },
  runs: { default: 7, whole: true, help: 'of each, after one that is not counted' },
  limit_ms: { default: 300, help: 'what is over it is named' },
  peer: { default: '', help: '"duckdb": asks DuckDB too; not with --store' },
  tessera: { default: tessera_default, help: 'the program' },
  json: { default: null, help: 'result file (default bench/data/results/experiments-TIME.json)' },
};

const ALL = {
  members: { seed: 'bench' }, arms: [{ id: 'control', share: 1, control: true }, { id: 'test', share: 1 }], start: '2025-06-02', end: '2025-06-29',
  primary: 'sales_per_customer', metrics: ['receipts_per_customer', 'buyers_share', 'average_check', 'items_per_check'], guardrails: ['margin_per_customer']
};
/** [what, path, body] */
const QUESTIONS = [
  ['test 7 of the tables, as its page asks it', '7/evaluate', {}],
  ['test 11 of the tables, as its page asks it', '11/evaluate', {}],
  ['all members, six metrics', 'evaluate', ALL],
  ['all members, six metrics, two segments', 'evaluate', { ...ALL, segments: ['status', 'acquisition_channel'] }],
  ['all members, six metrics, by the day', 'evaluate', { ...ALL, by_day: true }],
  ['all members, a quantile, two segments', 'evaluate', { ...ALL, primary: { measure: 'sales_per_customer', quantile: 0.9 }, metrics: [], guardrails: [], segments: ['status', 'acquisition_channel'] }],
  ['a pilot in five shops', 'pilot', { level: 'store.store', pilot: ['2', '3', '5', '7', '11'], start: '2025-03-03', end: '2025-04-27', primary: 'receipts.sales', design: 'matched_control' }]
];

const agent = agent_make(1);
const ask = async (url, path, body) => JSON.parse(await server_ask(agent, url, 'POST', `/api/v1/experiments/${path}`, body));

/** What all threads of a process have used, in ms; its clock ticks a hundred times a second. */
function processor_ms(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

async function question_time(server, path, body, runs) {
  const times = [];
  const answer = await ask(server.url, path, body), before = processor_ms(server.pid);
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await ask(server.url, path, body);
    times.push(performance.now() - start);
  }
  const customers = answer.split?.arms.reduce((sum, arm) => sum + arm.assigned, 0) ?? null;
  return { customers, verdict: answer.verdict.code, processor: (processor_ms(server.pid) - before) / runs, ...spread(times) };
}

/** Each member's arm; sales, margin, receipts, whether any, items, of the test's days and of those before; sums and products by arm. */
const VALUES = ['sales', 'margin', 'receipts', 'buyer', 'items'];
const duckdb_sums = () => {
  const times = { now: "day between date '2025-06-02' and date '2025-06-29'", before: "day between date '2025-03-10' and date '2025-06-01'" };
  const each = Object.entries(times).flatMap(([name, when]) => [`sum(paid) filter (${when}) as sales_${name}`, `sum(margin) filter (${when}) as margin_${name}`, `count(*) filter (${when} and purchase) as receipts_${name}`, `(count(*) filter (${when} and purchase) > 0)::int as buyer_${name}`, `sum(items) filter (${when}) as items_${name}`]);
  const columns = VALUES.flatMap((value) => [`${value}_now`, `${value}_before`]);
  const products = VALUES.flatMap((value) => [`sum(${value}_now * ${value}_now)`, `sum(${value}_before * ${value}_before)`, `sum(${value}_now * ${value}_before)`]);
  return `with v as (select customer, ${each.join(', ')} from receipt where day between date '2025-03-10' and date '2025-06-29' group by customer)
    select m.customer % 2 as arm, count(*), ${[...columns.map((name) => `sum(${name})`), ...products].join(', ')} from member m left join v using (customer) group by 1`;
};

async function duckdb_time(data, { threads, runs }) {
  const { duckdb_open, duckdb_query } = await import('../peers/duckdb.mjs');
  const duckdb = await duckdb_open({ threads }), csv = (name) => `read_csv('${data}/${name}', all_varchar = true)`;
  await duckdb.run(`create table member as select customer::int as customer from ${csv('customers.csv')}`);
  await duckdb.run(`create table receipt as select receipt, any_value(r.customer)::int as customer, any_value(r.business_date)::date as day, sum(s.paid::decimal(14,2)) as paid,
    sum(s.paid::decimal(14,2) - s.vat::decimal(14,2) - s.cost::decimal(14,2)) as margin, sum(s.quantity::decimal(12,3)) as items, bool_or(s.quantity::decimal(12,3) > 0) as purchase
    from ${csv('sales-*.csv')} s join ${csv('receipts-*.csv')} r using (receipt) where r.customer is not null group by receipt`);
  const times = [];
  for (let i = 0; i <= runs; i++) {
    const start = performance.now();
    await duckdb_query(duckdb, duckdb_sums());
    if (i) times.push(performance.now() - start);
  }
  return spread(times);
}

export async function main(argv) {
  const values = options_parse(argv, usage, options);
  tessera_check(values.tessera);
  if (!['', 'duckdb'].includes(values.peer)) fail(`--peer ${values.peer}: there is duckdb alone`);
  const machine = machine_describe(), demo = values.store ? { store: values.store } : await demo_make(values);
  const server = await server_start(values.tessera, [demo.store, '--threads', `${values.threads}`, '--quiet']);
  console.log(`experiments: ${demo.store}, ${values.threads} threads; load of the machine before: ${load_average()}\n${machine_text(machine)}`);
  const results = [];
  for (const [what, path, body] of QUESTIONS) results.push({ what, ...(await question_time(server, path, body, values.runs)) });
  agent.destroy();
  await server.stop();
  const ms = (number) => number.toFixed(0);
  table_print([['experiment', 'customers', 'verdict', 'median ms', 'best', 'worst', 'processor ms'], ...results.map((r) => [r.what, `${r.customers ?? '-'}`, r.verdict, ms(r.median), ms(r.min), ms(r.max), ms(r.processor)])]);
  const over = results.filter(({ median }) => median > values.limit_ms);
  console.log(`experiments: ${over.length} of ${results.length} over ${values.limit_ms} ms by the median${over.length ? `: ${over.map(({ what }) => what).join('; ')}` : ''}; load of the machine after: ${load_average()}`);
  const duckdb = values.peer === 'duckdb' && !values.store ? await duckdb_time(demo.data, values) : null;
  if (duckdb) console.log(`DuckDB, the sums alone of all members, from receipts already added up: ${ms(duckdb.median)} ms (${ms(duckdb.min)} to ${ms(duckdb.max)})`);
  console.log(`results: ${result_write('experiments', values.json, { machine, store: demo.store, threads: values.threads, results, duckdb })}`);
}
