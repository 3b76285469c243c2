// The Overview page's questions, as the page asks them: all at once over HTTP, six connections as a
// browser keeps, the last complete month against the one before and against last year. A *view* is
// the time from the first request to the last answer: what a manager waits for after choosing a filter.
import {
  load_average, machine_describe, machine_text, options_parse, result_write, spread, table_print,
} from '../support/common.mjs';
import { agent_make, server_ask, server_start } from '../support/server.mjs';
import { demo_make } from '../support/demo.mjs';
import { tessera_check, tessera_default } from '../support/tessera.mjs';
import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const summary = 'the Overview page: from choosing a filter to the last number';

const usage = `usage: bench/run overview [options]

Generates and loads the demo chain (kept in bench/data), serves it, and asks the page's 12 questions at
once for each of several filters, one after the other. Prints the time of a whole view.

options:`;

const options = {
  scale: { default: 0.5, help: '1 is about 30 million sale lines' },
  threads: { default: 2, whole: true, help: 'threads of the server' },
  runs: { default: 10, whole: true, help: 'views of each filter, after one that is not counted' },
  tessera: { default: tessera_default, help: 'the program' },
  json: { default: null, help: 'result file (default bench/data/results/overview-TIME.json)' },
};

const QUESTIONS = JSON.parse(readFileSync(new URL('questions.json', import.meta.url)));

const agent = agent_make(6);

const ask = async (url, method, path, body) => JSON.parse(await server_ask(agent, url, method, path, body));

async function view_ask(url, period, filters) {
  const start = performance.now();
  const answers = await Promise.all(QUESTIONS.map((question) => ask(url, 'POST', '/api/v1/query', { ...question, period, filters })));
  return { ms: performance.now() - start, rows: answers.reduce((sum, a) => sum + a.source.rows_read, 0) };
}

// The last whole month of the data, and one filter of each kind.
export async function plan_make(url) {
  const { data } = await ask(url, 'GET', '/api/v1/model');
  const [year, month] = data.complete_to.split('-').map(Number);
  const whole = data.complete_to === new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
  const end = whole ? data.complete_to : new Date(Date.UTC(year, month - 1, 0)).toISOString().slice(0, 10);
  const period = { from: end.slice(0, 8) + '01', to: end };
  const first = async (level) => (await ask(url, 'POST', '/api/v1/query', { measures: ['receipts.count'], dimensions: [level], period, order: [{ by: 'receipts.count', desc: true }], limit: 1 })).rows[0][0];
  const filters = { 'no filter': [] };
  for (const level of ['store.region', 'store.store', 'channel.channel']) filters[level] = [{ level, in: [await first(level)] }];
  return { period, filters };
}

export async function main(argv) {
  const values = options_parse(argv, usage, options);
  tessera_check(values.tessera);
  const machine = machine_describe(), { store } = await demo_make(values);
  const server = await server_start(values.tessera, [store, '--threads', `${values.threads}`, '--quiet']);
  const { period, filters } = await plan_make(server.url);
  console.log(`overview: ${QUESTIONS.length} questions a view, ${period.from} to ${period.to}, scale ${values.scale}, ${values.threads} threads; load of the machine before: ${load_average()}\n${machine_text(machine)}`);
  const rows = [['filter', 'median ms', 'min', 'max', 'rows read']], results = {}, all = [];
  for (const [name, filter] of Object.entries(filters)) {
    const views = [];
    for (let i = 0; i <= values.runs; i++) views.push(await view_ask(server.url, period, filter));
    const ms = spread(views.slice(1).map((v) => v.ms));
    results[name] = { ms, rows: views[0].rows };
    all.push(...views.slice(1).map((v) => v.ms));
    rows.push([name, ms.median.toFixed(0), ms.min.toFixed(0), ms.max.toFixed(0), `${views[0].rows}`]);
  }
  agent.destroy();
  await server.stop();
  table_print(rows);
  console.log(`overview: ${spread(all).median.toFixed(0)} ms a view (median of ${all.length}, scale ${values.scale})`);
  console.log(`results: ${result_write('overview', values.json, { machine, scale: values.scale, threads: values.threads, period, results })}`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
