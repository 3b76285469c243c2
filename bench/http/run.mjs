// A thousand managers on Monday: the Overview's questions from many connections kept alive, at a steady rate, the
// generator on the same processors. Every connection must be served and nothing may fail.
import {
  count_text, fail, load_average, machine_describe, machine_text, options_parse, result_write, table_print,
} from '../support/common.mjs';
import { load_run } from './load.mjs';
import { plan_make } from '../overview/run.mjs';
import { agent_make, server_ask, server_start } from '../support/server.mjs';
import { demo_make } from '../support/demo.mjs';
import { tessera_check, tessera_default } from '../support/tessera.mjs';
import { readFileSync } from 'node:fs';

export const summary = 'many connections at a steady rate: who is served, how late, how many a second';

const usage = `usage: bench/run http [options]

Generates and loads the demo chain (kept in bench/data), serves it, and asks the Overview's questions, with and without a
filter, on many connections at a steady rate, then at twice that rate and so on while all are answered. A time counts from
the moment when a request was due. Fails where a connection got no answer, or a request failed, at the first rate.

options:`;

const options = {
  scale: { default: 0.3, help: '1 is about 30 million sale lines' },
  store: { default: null, help: 'a store of the demo chain, instead of one at that scale' },
  threads: { default: 2, whole: true, help: 'threads of the server' },
  connections: { default: 500, whole: true, help: 'kept alive' },
  rate: { default: 5000, whole: true, help: 'requests a second, of all connections' },
  seconds: { default: 10, whole: true, help: 'of each rate' },
  steps: { default: 4, whole: true, help: 'rates, each twice the one before, while all are answered' },
  tessera: { default: tessera_default, help: 'the program' },
  json: { default: null, help: 'result file (default bench/data/results/http-TIME.json)' },
};

const QUESTIONS = JSON.parse(readFileSync(new URL('../overview/questions.json', import.meta.url)));

const failures = ({ answered, unanswered }) => unanswered + Object.entries(answered).reduce((sum, [status, count]) => sum + (status === '200' ? 0 : count), 0);
const statuses_text = ({ answered, unanswered }) =>
  [...Object.entries(answered).filter(([status]) => status !== '200').map(([status, count]) => `${status === '0' ? 'closed' : status}: ${count}`), ...(unanswered ? [`unanswered: ${unanswered}`] : [])].join(', ') || '-';

export async function main(argv) {
  const values = options_parse(argv, usage, options);
  tessera_check(values.tessera);
  const machine = machine_describe(), store = values.store ?? (await demo_make(values)).store;
  const server = await server_start(values.tessera, [store, '--threads', `${values.threads}`, '--quiet']);
  const cpu_seconds = () => readFileSync(`/proc/${server.pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ').slice(11, 13).reduce((sum, ticks) => sum + Number(ticks) / 100, 0);
  const { period, filters } = await plan_make(server.url);
  const bodies = Object.values(filters).flatMap((filter) => QUESTIONS.map((question) => ({ ...question, period, filters: filter })));
  const agent = agent_make(2);
  for (const body of bodies) await server_ask(agent, server.url, 'POST', '/api/v1/query', body); // each is an answer, and is planned
  agent.destroy();
  console.log(`http: ${bodies.length} questions in turns, ${values.connections} connections, ${values.threads} threads; load of the machine before: ${load_average()}\n${machine_text(machine)}`);
  const rows = [['requests/s', 'answered/s', 'p50 ms', 'p90', 'p99', 'max', 'server CPU us', 'failed', 'unserved connections', 'what failed']], results = [];
  for (let rate = values.rate, step = 0; step < values.steps; rate *= 2, step++) {
    const cpu_before = cpu_seconds();
    const result = await load_run({ ...values, url: server.url, path: '/api/v1/query', bodies, rate });
    const cpu_us = (cpu_seconds() - cpu_before) * 1e6 / result.asked;
    results.push({ asked_rate: rate, cpu_us, ...result });
    rows.push([count_text(rate), count_text(result.rate), ...['p50', 'p90', 'p99', 'max'].map((key) => result.ms[key].toFixed(1)), cpu_us.toFixed(0), `${failures(result)}`, `${result.unserved}`, statuses_text(result)]);
    if (failures(result) || result.unserved || result.rate < rate * 0.95) break;
  }
  await server.stop();
  table_print(rows);
  const held = results.filter((one) => !failures(one) && !one.unserved && one.rate >= one.asked_rate * 0.95);
  const [first] = results, best = Math.max(...results.map((one) => one.rate));
  console.log(`http: at ${count_text(first.asked_rate)} requests/s p50 ${first.ms.p50.toFixed(1)} ms, p99 ${first.ms.p99.toFixed(1)} ms; ${first.unserved} of ${values.connections} connections unserved, ${failures(first)} requests failed; ` +
              `highest rate held ${count_text(held.at(-1)?.asked_rate ?? 0)}, most answers ${count_text(best)}/s`);
  console.log(`results: ${result_write('http', values.json, { machine, scale: values.scale, threads: values.threads, connections: values.connections, period, results })}`);
  if (first.unserved || failures(first)) fail('not every request was answered at the first rate');
}
