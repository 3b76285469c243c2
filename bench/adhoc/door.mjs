// What is about statements and not about operators: the least one, the first after a start, the largest answers, and how
// many clients at once. Over HTTP, with the generator on the same processors.
import { count_text, data_folder, median, table_print } from '../support/common.mjs';
import { agent_make, server_ask, server_start } from '../support/server.mjs';
import { tessera_run } from '../support/tessera.mjs';
import { query_text } from '../queries/suites.mjs';
import { adhoc_data_ensure, adhoc_model } from './data.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const STARTS = 5, STATEMENTS = 300, CLIENTS = [1, 4, 16], CLIENT_SECONDS = 4;
const MIX = ['selectivity_0_1', 'selectivity_10', 'skew_join', 'like_prefix', 'wide_sums', 'wide_row'];
const ROWS = 'select v_id, v_day, v_store, v_page, v_amount from visits where v_id <= 1000000';

const percentile = (numbers, share) => [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(share * numbers.length))];
const timed = async (call) => {
  const started = performance.now();
  await call();
  return performance.now() - started;
};

async function store_ensure(values) {
  const { folder } = await adhoc_data_ensure(values), store = `${folder}-store`;
  if (!existsSync(join(store, 'MANIFEST'))) await tessera_run(values.tessera, ['load', '--model', adhoc_model(), '--data', folder, '--out', store, '--quiet']);
  return store;
}

// From the start of the process to the first answer of a scan, the files in the page cache.
async function starts_measure({ tessera, threads }, store) {
  const times = [];
  for (let i = 0; i < STARTS; i++) {
    const agent = agent_make(1);
    let server;
    times.push(await timed(async () => {
      server = await server_start(tessera, [store, '--threads', `${threads}`, '--quiet']);
      await server_ask(agent, server.url, 'POST', '/api/v1/sql', { sql: query_text('adhoc', 'selectivity_10', 'tessera', 1) });
    }));
    agent.destroy();
    await server.stop();
  }
  return times;
}

// The same text, whose plan is kept, and another one each time; by the server's clock, in microseconds.
async function statements_measure(ask) {
  const of = async (text) => {
    const times = [];
    for (let i = 0; i < STATEMENTS; i++) times.push(JSON.parse(await ask(text(i))).stats.elapsed_ms * 1e3);
    return times;
  };
  return { kept: await of(() => 'select 1'), parsed: await of((i) => `select 1 -- ${i}`) };
}

async function clients_measure(url, count, scale) {
  const agent = agent_make(count), texts = MIX.map((name) => query_text('adhoc', name, 'tessera', scale)), times = [];
  const end = performance.now() + CLIENT_SECONDS * 1e3;
  let turn = 0;
  const client = async () => {
    while (performance.now() < end) times.push(await timed(() => server_ask(agent, url, 'POST', '/api/v1/sql', { sql: texts[turn++ % texts.length] })));
  };
  await Promise.all(Array.from({ length: count }, client));
  agent.destroy();
  return { rate: times.length / CLIENT_SECONDS, times };
}

export async function door_main(values) {
  const store = await store_ensure(values), rows = [['', 'median', 'p99', '']];
  const row = (name, times, unit, note = '') => rows.push([name, `${median(times).toFixed(1)} ${unit}`, `${percentile(times, 0.99).toFixed(1)} ${unit}`, note]);
  row('from the start of the server to the first answer', await starts_measure(values, store), 'ms', store.replace(data_folder, '').slice(1));
  const server = await server_start(values.tessera, [store, '--threads', `${values.threads}`, '--quiet']), agent = agent_make(1);
  const ask = (sql, format = 'json') => server_ask(agent, server.url, 'POST', '/api/v1/sql', { sql, format });
  const { kept, parsed } = await statements_measure(ask);
  row('select 1, its plan kept', kept, 'us');
  row('select 1, parsed and planned', parsed, 'us');
  for (const format of ['json', 'csv']) {
    const times = [];
    let bytes = 0;
    for (let i = 0; i < 3; i++) times.push(await timed(async () => (bytes = (await ask(ROWS, format)).length)));
    row(`a million rows as ${format}`, times, 'ms', `${count_text(Math.round(bytes / 1e6))} MB, read by Node.js`);
  }
  for (const count of CLIENTS) {
    const { rate, times } = await clients_measure(server.url, count, values.scale);
    row(`${count} client${count > 1 ? 's' : ''}, six questions in turns`, times, 'ms', `${count_text(Math.round(rate))} answers/s`);
  }
  agent.destroy();
  await server.stop();
  table_print(rows);
}
