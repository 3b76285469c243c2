// A suite of queries: the same files into Tessera and its peers, all answers compared, then the times, in turns.
import {
  count_text, fail, load_average, machine_describe, machine_text, median, options_parse, result_write, table_print,
} from '../support/common.mjs';
import { memory_read, peak_reset } from '../support/process.mjs';
import { tessera_default } from '../support/tessera.mjs';
import { order_of, typed_differ } from '../support/typed.mjs';
import { engines_make } from './engines.mjs';
import { geometric_mean, queries_table, ratios_of, slower_text, spreads_of, verdict_text } from './report.mjs';
import { query_names, query_suites, query_text } from './suites.mjs';

export const queries_summary = (suite) => `${query_suites[suite].title}, beside a peer`;

const usage = (suite) => `usage: bench/run ${suite} [options]

${query_suites[suite].title[0].toUpperCase()}${query_suites[suite].title.slice(1)}. Makes the data when missing, loads Tessera and the
peers from the same CSV files, each in a process of its own, compares all answers, then times each query in each engine in turns.

options:`;

const options = (suite) => ({
  scale: { default: 1, help: 'scale factor of the data: 1 is 6 million lines' },
  peers: { default: query_suites[suite].threads_one ? 'none' : 'duckdb', help: 'engines to run beside (duckdb, clickhouse), separated by commas, or none' },
  threads: { default: 2, whole: true, help: 'threads of each engine' },
  only: { default: null, help: 'queries, separated by commas (default: all)' },
  repeat: { default: 5, whole: true, help: 'rounds that are timed, after one that is not' },
  timeout: { default: 300, whole: true, help: 'seconds that Tessera may take for a query; more fails the suite' },
  seed: { default: 1, whole: true, help: 'of the data' },
  tessera: { default: tessera_default, help: 'the program' },
  generator: { default: null, help: "another program that generates the suite's data" },
  json: { default: null, help: `result file (default bench/data/results/${suite}-TIME.json)` },
});

function names_choose(suite, only) {
  const all = query_names(suite);
  if (!only) return all;
  const chosen = only.split(',');
  for (const name of chosen) if (!all.includes(name)) fail(`--only ${name}: there are ${all.join(', ')}`);
  return chosen;
}

const memory_of = (engine) => {
  const all = engine.pids().map(memory_read);
  const sum = (key) => all.reduce((total, memory) => total + memory[key], 0) / all.length; // servers that differ in threads are alike
  return { resident_bytes: sum('resident_bytes'), peak_bytes: sum('peak_bytes') };
};

async function engines_load(engines, suite, folder, threads_all) {
  for (const engine of engines) {
    const [first, ...more] = threads_all;
    const { seconds } = await engine.load(suite, folder, first);
    if (engine.name === 'tessera') for (const threads of more) await engine.load(suite, folder, threads);
    const { resident_bytes, peak_bytes } = memory_of(engine);
    engine.load_seconds = seconds;
    engine.memory = { load_peak_bytes: peak_bytes, loaded_bytes: resident_bytes };
    engine.pids().forEach(peak_reset);
  }
}

// Every answer of every engine against the first peer's. All differences are told before the suite fails.
async function answers_verify(engines, suite, names, scale) {
  let failures = 0;
  for (const name of names) {
    const answers = [];
    for (const engine of engines) {
      const sql = query_text(suite, name, engine.name, scale);
      try {
        answers.push({ engine: engine.title, sql, ...(await engine.answer(sql)) });
      } catch (error) {
        failures++;
        console.error(`bench: ${name}: ${engine.title} fails: ${error.message}`);
      }
    }
    const [base, ...others] = answers;
    if (!base?.rows.length && base) console.error(`bench: ${name}: no rows: it measures little`);
    for (const other of others) {
      const difference = typed_differ(base, other, order_of(base.sql, base.columns), other.engine);
      if (!difference) continue;
      failures++;
      console.error(`bench: ${name}: ${base.engine} and ${other.engine} differ: ${difference}\n${base.sql}`);
    }
  }
  if (failures) fail(`${failures} of the answers fail or differ; no times are told`);
}

// Round by round, query by query, engine by engine, the first engine another one each time.
async function times_measure(runs, suite, names, { scale, repeat }) {
  for (const run of runs) run.times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round <= repeat; round++)
    for (const [q, name] of names.entries())
      for (let i = 0; i < runs.length; i++) {
        const { engine, threads, warm, times } = runs[(i + round + q) % runs.length];
        const ms = await engine.time(query_text(suite, name, engine.name, scale), threads, warm);
        if (round) times[name].push(ms); // the first round warms the caches of the processor and the allocators
      }
}

function memory_print(engines) {
  const mb = (bytes) => (bytes / 1e6).toFixed(0);
  const rows = [['', 'load s', 'peak MB of the load', 'MB after it', 'peak MB of the queries']];
  for (const { title, load_seconds, memory } of engines)
    rows.push([title, load_seconds.toFixed(2), mb(memory.load_peak_bytes), mb(memory.loaded_bytes), mb(memory.queries_peak_bytes)]);
  table_print(rows);
}

// What one thread gains from others: median with one by median with several.
function threads_print(names, runs, most) {
  const gains = {};
  for (const { engine } of runs.filter((run) => run.threads === most)) {
    const [one, many] = [1, most].map((threads) => runs.find((run) => run.engine === engine && run.threads === threads).spreads);
    gains[engine.title] = Object.fromEntries(names.map((name) => [name, one[name].median / many[name].median]));
    console.log(`${engine.title}: ${most} threads are ${geometric_mean(Object.values(gains[engine.title])).toFixed(2)} times as fast as one (geometric mean)`);
  }
  return gains;
}

export async function queries_main(suite, argv) {
  const values = options_parse(argv, usage(suite), options(suite));
  const about = query_suites[suite], names = names_choose(suite, values.only);
  const data = await about.data_ensure(values);
  const engines = engines_make(values), versions = {};
  for (const engine of engines) versions[engine.title] = (await engine.version()).replace(/^tessera /, '');
  const machine = machine_describe(), load_before = load_average();
  console.log(`${suite}: scale ${values.scale}, ${count_text(Object.values(data.rows).reduce((a, b) => a + b, 0))} rows, ` +
              `${(data.bytes / 1e9).toFixed(2)} GB of CSV; ${values.threads} threads; load of the machine before: ${load_before}`);
  console.log(`${machine_text(machine)}; ${Object.entries(versions).map((pair) => pair.join(' ')).join(', ')}`);

  const threads_all = about.threads_one && values.threads > 1 ? [values.threads, 1] : [values.threads];
  await engines_load(engines, about, data.folder, threads_all);
  await answers_verify(engines, suite, names, values.scale);
  console.log(engines.length > 1 ? `answers: ${names.length} queries agree` : 'answers: not compared (one engine)');
  const runs = engines.flatMap((engine) => threads_all.map((threads) => ({ engine, threads, title: `${engine.title}${threads_all.length > 1 ? `, ${threads} thr` : ''}` })));
  if (about.warm) runs.push({ engine: engines.find(({ name }) => name === 'tessera'), threads: values.threads, warm: true, title: 'tessera, asked before' });
  await times_measure(runs, suite, names, values);
  for (const engine of engines) engine.memory.queries_peak_bytes = memory_of(engine).peak_bytes;
  for (const engine of engines) await engine.stop();

  for (const run of runs) run.spreads = spreads_of(run.times);
  const [tessera, ...others] = runs.filter((run) => run.threads === values.threads && !run.warm), warm = runs.find((run) => run.warm);
  const peers = others.map((run) => ({ name: run.engine.title, title: `${run.engine.title} / tessera`, ratios: ratios_of(tessera.spreads, run.spreads) }));
  const warm_peers = warm ? others.map((run) => ({ name: run.engine.title, title: `${run.engine.title} / asked before`, ratios: ratios_of(warm.spreads, run.spreads) })) : [];
  const gain = (engine) => ({ title: `${engine.title} 1 / ${values.threads} thr`, ratios: ratios_of(...[values.threads, 1].map((threads) => runs.find((run) => run.engine === engine && run.threads === threads).spreads)) });
  const gains = threads_all.length > 1 ? engines.map(gain) : [];
  table_print(queries_table(names, runs, [...peers, ...warm_peers, ...gains]));
  memory_print(engines);
  const threads_gains = gains.length ? threads_print(names, runs, values.threads) : null;
  for (const { name, ratios } of peers) console.log(slower_text(name, ratios));
  for (const { name, ratios } of peers) console.log(verdict_text(suite, name, ratios, values.scale));
  for (const { name, ratios } of warm_peers) console.log(verdict_text(`${suite}, asked before`, name, ratios, values.scale));
  if (warm) console.log(`${suite}, asked before: ${(median(names.map((name) => warm.spreads[name].median)) * 1e3).toFixed(0)} us, the median of the queries' medians`);
  console.log(`results: ${result_write(suite, values.json, {
    machine, versions, scale: values.scale, seed: values.seed, threads: values.threads, repeat: values.repeat, load_before,
    rows: data.rows, csv_bytes: data.bytes, threads_gains,
    engines: engines.map(({ title, load_seconds, memory }) => ({ title, load_seconds, memory })),
    runs: runs.map(({ engine, threads, times, spreads }) => ({ engine: engine.title, threads, spreads, times })),
    ratios: Object.fromEntries(peers.map(({ name, ratios }) => [name, { geometric_mean: geometric_mean(Object.values(ratios)), queries: ratios }])),
  })}`);
  return values;
}
