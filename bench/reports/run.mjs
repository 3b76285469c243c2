// Every report that the data allow, over HTTP as the page asks it: with its defaults, and cut (to two members of each list,
// and to a segment of half of the members). Prints the slowest first, and which of them are over a limit.
import { load_average, machine_describe, machine_text, options_parse, result_write, spread, table_print } from '../support/common.mjs';
import { agent_make, server_ask, server_start } from '../support/server.mjs';
import { demo_make } from '../support/demo.mjs';
import { tessera_check, tessera_default } from '../support/tessera.mjs';

export const summary = 'every report, with its defaults and cut to members and to a segment';

const usage = `usage: bench/run reports [options]

Generates and loads the demo chain (kept in bench/data), or takes the store of --store, and runs every report: with its
defaults, cut by each of its lists of members, and cut to a segment. Prints best and median times.

options:`;

const options = {
  scale: { default: 0.3, help: '1 is about 30 million sale lines' },
  store: { default: '', help: 'a store of the demo chain, in the place of one that is made' },
  threads: { default: 2, whole: true, help: 'threads of the server' },
  runs: { default: 5, whole: true, help: 'of each, after one that is not counted' },
  limit_ms: { default: 300, help: 'what is over it is named' },
  tessera: { default: tessera_default, help: 'the program' },
  json: { default: null, help: 'result file (default bench/data/results/reports-TIME.json)' },
};

const SEGMENT = 'bench-reports';
const GIVEN = { subcategory: 'Молоко' }; // what has no default
const MEMBERS = { 'store.region': 'SELECT DISTINCT region FROM stores ORDER BY 1 LIMIT 2', 'store.store': 'SELECT name FROM stores ORDER BY store LIMIT 2', 'channel.channel': 'SELECT name FROM channels ORDER BY channel LIMIT 2', 'product.category': 'SELECT DISTINCT category FROM products ORDER BY 1 LIMIT 2' };

const agent = agent_make(1);
const ask = async (url, method, path, body) => JSON.parse(await server_ask(agent, url, method, path, body));

/** [how it is cut, the values] of a report. */
function cuts_of(report, members) {
  const needed = Object.fromEntries(report.parameters.filter((p) => p.default === null).map(({ name }) => [name, GIVEN[name]]));
  const lists = report.parameters.filter((p) => p.type === 'members').map((p) => [p.name, { ...needed, [p.name]: members[p.level] }]);
  const segment = report.parameters.filter((p) => p.type === 'segment').map((p) => [p.name, { ...needed, [p.name]: SEGMENT }]);
  return [['-', needed], ...lists, ...segment];
}

async function run_time(url, id, parameters, runs) {
  const times = [];
  for (let i = 0; i <= runs; i++) {
    const start = performance.now();
    await ask(url, 'POST', `/api/v1/reports/${id}/run`, { parameters });
    if (i) times.push(performance.now() - start);
  }
  return spread(times);
}

/** The segment, anew: one of a run that was broken off is replaced. */
async function segment_set(url) {
  await fetch(`${url}/api/v1/segments/${SEGMENT}`, { method: 'DELETE' });
  const body = JSON.stringify({ id: SEGMENT, name: SEGMENT, definition: { level: 'customer.gender', in: ['f'] } });
  const reply = await fetch(`${url}/api/v1/segments`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  if (reply.status !== 201) throw new Error(await reply.text());
}

export async function main(argv) {
  const values = options_parse(argv, usage, options);
  tessera_check(values.tessera);
  const machine = machine_describe(), store = values.store || (await demo_make(values)).store;
  const server = await server_start(values.tessera, [store, '--threads', `${values.threads}`, '--quiet']);
  const { url } = server, results = [];
  console.log(`reports: ${store}, ${values.threads} threads; load of the machine before: ${load_average()}\n${machine_text(machine)}`);
  const members = {};
  for (const [level, sql] of Object.entries(MEMBERS)) members[level] = (await ask(url, 'POST', '/api/v1/sql', { sql })).rows.map(([name]) => name);
  await segment_set(url);
  for (const report of (await ask(url, 'GET', '/api/v1/reports')).reports.filter((one) => one.available))
    for (const [by, parameters] of cuts_of(report, members)) results.push({ report: report.id, by, ...(await run_time(url, report.id, parameters, values.runs)) });
  await fetch(`${url}/api/v1/segments/${SEGMENT}`, { method: 'DELETE' });
  agent.destroy();
  await server.stop();
  results.sort((a, b) => b.median - a.median);
  table_print([['report', 'cut by', 'median ms', 'best', 'worst'], ...results.map((r) => [r.report, r.by, r.median.toFixed(0), r.min.toFixed(0), r.max.toFixed(0)])]);
  const over = results.filter(({ median }) => median > values.limit_ms);
  console.log(`reports: ${results.length} runs of ${new Set(results.map(({ report }) => report)).size} reports, ${over.length} over ${values.limit_ms} ms by the median${over.length ? `: ${over.map(({ report, by }) => `${report} (${by})`).join(', ')}` : ''}`);
  console.log(`results: ${result_write('reports', values.json, { machine, store, threads: values.threads, results })}`);
}
