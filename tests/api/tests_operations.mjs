/*
 * What an operator watches: /metrics in Prometheus' format against what was asked, the access log, the reports of loads
 * with their rejects.
 */
import { Agent } from 'node:http';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, check_equal, error_of, Server, tessera_must, tessera_run } from './harness.mjs';

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*",?)*)\})? (-?[0-9.e+-]+|\+Inf|NaN)$/;

/** Prometheus' text format, read strictly: {types, samples: Map of "name{labels}" -> number}. */
function metrics_read(text) {
  check(text.endsWith('\n'), 'the last line has an end');
  const types = new Map(), samples = new Map();
  for (const line of text.trimEnd().split('\n')) {
    const head = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (head) {
      if (head[1] === 'TYPE') {
        check(!types.has(head[2]), `${head[2]} has one head`);
        types.set(head[2], head[3]);
      }
      continue;
    }
    const sample = SAMPLE.exec(line);
    check(sample, `no sample: ${line}`);
    const [, name, labels, value] = sample;
    const family = types.get(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
    check(types.has(family) && (family === name || types.get(family) === 'histogram'), `${name} has no TYPE before it`);
    check(types.get(family) !== 'counter' || Number(value) >= 0, line);
    const key = labels === undefined ? name : `${name}{${labels}}`;
    check(!samples.has(key), `${key} stands twice`);
    samples.set(key, Number(value));
  }
  return { types, samples };
}

export async function tests_operations(harness, tessera, root, demo, work) {
  const log = join(work, 'access.log');
  let server = null, count = 0;
  // One connection, whose requests are counted and noted one after the other.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (method, path, options) => {
    count++;
    return server.ask(method, path, options);
  };
  const get = (path) => ask('GET', path, { agent });
  const post = (path, value) => {
    const body = JSON.stringify(value);
    return ask('POST', path, { agent, headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }, body });
  };
  const metrics = async () => {
    const reply = await get('/metrics');
    check_equal([reply.status, reply.headers['content-type']], [200, 'text/plain; version=0.0.4; charset=utf-8'], reply.text.slice(0, 200));
    return metrics_read(reply.text);
  };
  await harness.test('operations: the reader of metrics finds what is wrong', async () => {
    const broken = (text) => {
      try {
        metrics_read(text);
        return false;
      } catch {
        return true;
      }
    };
    const head = '# HELP a A.\n# TYPE a counter\n';
    check_equal([head + 'a 1\n', head + 'a{b="c\\"d"} 1\n'].map(broken), [false, false], 'right ones');
    check_equal([head + 'a 1', head + 'a{b="c"d"} 1\n', 'a 1\n', head + 'a x\n', head + 'a 1\na 1\n', head + 'a -1\n', head + head].map(broken), Array(7).fill(true), 'wrong ones');
  });
  await harness.test('operations: metrics are in the format, with tables, memory and cuboids', async () => {
    server = await Server.start(tessera, [demo.store, '--connections', '32', '--access-log', log]);
    const { types, samples } = await metrics();
    for (const { name, rows } of (await get('/api/v1/tables')).json().tables) check_equal(samples.get(`tessera_table_rows{table="${name}"}`), rows, name);
    for (const { name, cells } of (await get('/api/v1/cuboids')).json().cuboids) check_equal(samples.get(`tessera_cuboid_cells{cuboid="${name}"}`), cells, name);
    const { memory, data } = (await get('/api/v1/health')).json();
    check_equal([samples.get('tessera_memory_limit_bytes'), samples.get('tessera_data_version')], [memory.limit_bytes, data.version], 'memory and data');
    check(samples.get('tessera_memory_used_bytes') > 0, 'memory in use');
    check_equal([types.get('tessera_query_seconds'), types.get('tessera_cuboid_hits_total'), types.get('tessera_memory_used_bytes')], ['histogram', 'counter', 'gauge'], 'types');
  }, { always: true });
  if (!server) return;
  await harness.test('operations: what is asked is counted: requests, queries, times, rows, hits', async () => {
    const before = (await metrics()).samples;
    const cube = { measures: ['receipts.count'], period: { from: '2025-01-01', to: '2025-12-31' } };
    check_equal((await post('/api/v1/query', cube)).json().source.kind, 'cuboid', 'served by a cuboid');
    const rows_read = [];
    for (let i = 0; i < 3; i++) check_equal((await post('/api/v1/sql', { sql: 'SELECT count(*) FROM stores WHERE city > $$a$$', query_id: `metrics-${i}` })).status, 200, 'SQL');
    for (let i = 0; i < 3; i++) rows_read.push((await get(`/api/v1/queries/metrics-${i}`)).json().rows_read);
    error_of(await post('/api/v1/sql', { sql: 'SELECT 1 / 0' }), 400);
    error_of(await get('/api/v1/nothing'), 404);
    const after = (await metrics()).samples;
    const grown = (key) => (after.get(key) ?? 0) - (before.get(key) ?? 0);
    check_equal(['done', 'failed', 'cancelled', 'timeout', 'refused'].map((outcome) => grown(`tessera_queries_total{kind="sql",outcome="${outcome}"}`)), [3, 1, 0, 0, 0], 'SQL by outcome');
    check_equal(grown('tessera_queries_total{kind="cube",outcome="done"}'), 1, 'cube queries');
    check_equal(grown('tessera_http_requests_total{method="POST",code="200"}'), 4, 'POST 200');
    check_equal([grown('tessera_http_requests_total{method="POST",code="400"}'), grown('tessera_http_requests_total{method="GET",code="404"}')], [1, 1], 'failures');
    check(grown('tessera_rows_read_total') >= rows_read.reduce((a, b) => a + b, 0) && rows_read[0] > 0, `rows read: ${grown('tessera_rows_read_total')} of ${rows_read}`);
    check_equal([...after.keys()].filter((key) => key.startsWith('tessera_cuboid_hits_total')).reduce((sum, key) => sum + grown(key), 0), 1, 'hits');
    for (const label of ['kind="sql",', 'kind="cube",', '']) {
      const name = label ? 'tessera_query_seconds' : 'tessera_http_request_seconds', alone = label ? `{${label.slice(0, -1)}}` : '';
      const buckets = [...after].filter(([key]) => key.startsWith(`${name}_bucket{${label}le=`)).map(([, value]) => value);
      check(buckets.length > 10 && buckets.every((value, i) => !i || value >= buckets[i - 1]), `${name}${alone}: buckets only grow: ${buckets}`);
      check_equal(buckets.at(-1), after.get(`${name}_count${alone}`), `${name}${alone}: the last bucket has all`);
      check(after.get(`${name}_sum${alone}`) > before.get(`${name}_sum${alone}`), `${name}${alone}: the sum grows`);
    }
    check_equal(grown('tessera_query_seconds_count{kind="sql"}'), 4, 'SQL that ran, the failed one too');
  });
  await harness.test('operations: /metrics has the guards of the API', async () => {
    check_equal((await ask('GET', '/metrics', { headers: { Host: 'elsewhere.example' } })).status, 421, 'another name');
    check_equal((await ask('GET', '/metrics', { headers: { Origin: 'http://elsewhere.example' } })).status, 403, 'another site');
    check_equal((await ask('POST', '/metrics', { body: '{}' })).status, 405, 'POST');
    check_equal((await ask('HEAD', '/metrics')).status, 200, 'HEAD');
  });
  await harness.test('operations: the access log has a line a request, whole and safe; a moved one is begun anew', async () => {
    const asked = await post('/api/v1/sql', { sql: 'SELECT 1 AS a', query_id: 'logged' });
    await get('/sql?q=SELECT+secret');
    await get('/%22%0A127.0.0.1%20-%20-%20x');
    await get('/api/v1'); // a line is written when its reply is out, and before the connection's next request is read
    renameSync(log, `${log}.1`);
    await get('/api/v1/health');
    agent.destroy();
    await server.stop('SIGINT');
    const LINE = /^127\.0\.0\.1 - - \[(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000)\] "(\S+) ([^"]*) HTTP\/1\.1" (\d{3}) (\d+) (\d+\.\d{3}) (\S+)$/;
    const lines = readFileSync(`${log}.1`, 'utf8').trimEnd().split('\n').map((line) => {
      const parts = LINE.exec(line);
      check(parts, `no line of the log: ${line}`);
      return parts.slice(2);
    });
    const sql = lines.find((line) => line[5] === 'logged');
    check_equal(sql?.slice(0, 4), ['POST', '/api/v1/sql', '200', String(asked.body.length)], 'the statement');
    check(lines.some(([method, path]) => method === 'GET' && path === '/sql') && !JSON.stringify(lines).includes('secret'), 'what was asked is not told');
    check(lines.some(([, path]) => path === '/\\x22\\x0a127.0.0.1 - - x'), 'a path with a line of its own');
    check(lines.some(([, path, code]) => path === '/api/v1/nothing' && code === '404'), 'failures too');
    const after = readFileSync(log, 'utf8').trimEnd().split('\n');
    check(after.some((line) => line.includes('"GET /api/v1/health HTTP/1.1" 200')), `begun anew: ${after}`);
    check_equal(lines.length + after.length, count, 'every request has one line');
    const run = await tessera_run(tessera, ['serve', demo.store, '--listen', '127.0.0.1:0', '--access-log', join(work, 'no', 'folder.log')]);
    check(run.code !== 0 && /cannot write the access log .*folder\.log: No such file/.test(run.err), run.err);
  });
  await harness.test('operations: the reports of loads, with rejects and notices', async () => {
    const data = join(work, 'shop'), store = join(work, 'shop_store'), model = join(work, 'shop.yaml'), rejects = join(work, 'rejects.csv');
    cpSync(join(root, 'tests/docs/data/shop'), data, { recursive: true });
    writeFileSync(model, readFileSync(join(data, 'shop.yaml'), 'utf8').replace('name: shop\n', 'name: shop\nrejects: {limit: 5}\n'));
    const sales = join(data, 'sales.csv');
    writeFileSync(sales, readFileSync(sales, 'utf8').trimEnd() + '\n109,2025-03-03,2025-03-03 08:00:00,1,B1,7,1,cheap,true\n110,2025-02-30,2025-03-03 08:00:00,1,B1,7,1,1.00,true\n');
    await tessera_must(tessera, ['load', '--model', model, '--data', data, '--out', store, '--batch', 'first', '--rejects', rejects, '--quiet']);
    await tessera_must(tessera, ['load', '--model', model, '--data', join(data, 'march'), '--out', store, '--batch', 'Март', '--quiet']);
    await tessera_must(tessera, ['load', '--model', model, '--data', join(data, 'march'), '--out', store, '--batch', 'Март', '--quiet'], 1);
    check_equal(readdirSync(join(store, 'loads')).length, 2, 'a file a load that succeeded');
    const one = await Server.start(tessera, [store]);
    try {
      const { loads, kept } = (await one.get('/api/v1/loads')).json();
      check_equal([loads.map((load) => load.batch), kept], [['Март', 'first'], true], 'the newest first');
      const [, first] = loads;
      check(first.notices.includes('sales.store: 1 row names a key of stores that has no row there (of 1 inferred): an inner join in SQL leaves it out, LEFT JOIN and cubes keep it'), first.notices);
      const { out } = await tessera_must(tessera, ['info', store]);
      const apart = 'SELECT count(f.store) - count(t.store) FROM sales f LEFT JOIN stores t ON f.store = t.store';
      const lost = JSON.parse((await tessera_must(tessera, ['sql', store, apart, '--format', 'json'])).out).rows[0][0];
      check(out.includes(`sales.store: ${lost} row`) && /stores: .*\n  hidden: 1 stands for no member, of rows whose link is NULL; 1 inferred: others name the key/.test(out), out);
      check(loads[0].version > first.version && loads[0].version === (await one.get('/api/v1/health')).json().data.version, 'versions');
      const table = (load, name) => load.tables.find((t) => t.table === name);
      check_equal([table(first, 'sales').rows, table(first, 'sales').rejected, table(first, 'stores').rejected, first.rejects], [9, 2, 0, rejects], 'rows and rejects');
      check(existsSync(rejects) && readFileSync(rejects, 'utf8').includes('cheap'), 'the rejected rows');
      check_equal(table(loads[0], 'sales').rows, readFileSync(join(data, 'march/sales.csv'), 'utf8').trimEnd().split('\n').length - 1, 'the second');
      check(first.elapsed_ms > 0 && Date.parse(first.loaded_at) > Date.now() - 600_000, first.loaded_at);
    } finally {
      await one.stop('SIGINT');
    }
    const bare = await Server.start(tessera, ['--model', model, '--data', data]);
    try {
      const { loads, kept } = (await bare.get('/api/v1/loads')).json();
      check_equal([loads.length, loads[0].tables.find((t) => t.table === 'sales').rejected, kept], [1, 2, false], 'in memory');
    } finally {
      await bare.stop('SIGINT');
    }
  });
}
