// node --test bench/queries. The last tests run the suites at a small scale with the programs of $TESSERA_BUILD.
import { geometric_mean, queries_table, ratios_of, slower_text, spreads_of, verdict_text } from './report.mjs';
import { query_names, query_suites, query_text } from './suites.mjs';
import { bench_folder, root_folder } from '../support/common.mjs';
import { memory_read, process_measure } from '../support/process.mjs';
import { order_of, typed_differ, typed_json } from '../support/typed.mjs';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'node:test';

test('ratios and their geometric mean', () => {
  const tessera = spreads_of({ a: [1, 3, 2], b: [10, 10, 10] }), peer = spreads_of({ a: [8, 8, 9], b: [5, 5, 4] });
  const ratios = ratios_of(tessera, peer);
  assert.deepEqual(ratios, { a: 4, b: 0.5 });
  assert.ok(Math.abs(geometric_mean(Object.values(ratios)) - Math.SQRT2) < 1e-12);
  assert.equal(verdict_text('ssb', 'duckdb', ratios, 5), 'ssb: 1.4x duckdb (geometric mean of 2, scale 5)');
  assert.equal(slower_text('duckdb', ratios), 'slower than duckdb: b (0.50)');
  assert.equal(slower_text('duckdb', { a: 4 }), 'no query is slower than duckdb');
  assert.deepEqual(queries_table(['a'], [{ title: 'tessera', spreads: tessera }], [{ title: 'ratio', ratios }]), [
    ['ms', 'tessera', 'ratio'], ['a', '2.00 (1.00 to 3.00)', '4.00'],
  ]);
});

test('the order that a query states', () => {
  const columns = ['a', 'b', 'c'].map((name) => ({ name }));
  assert.deepEqual(order_of('-- ordered by outputs 2, 1\nselect ...', columns), [1, 0]);
  assert.deepEqual(order_of('select a, b, c from t order by c desc, a', columns), [2, 0]);
  assert.deepEqual(order_of('select a from t order by b\nlimit 20 offset 5', columns), [1]);
  assert.deepEqual(order_of('select sum(a) from (select a from t order by b) x', columns), []);
});

test('typed answers', () => {
  const answer = (type, ...values) => typed_json(JSON.stringify({ columns: [{ name: 'x', type }], rows: values.map((v) => [v]) }));
  assert.equal(typed_differ(answer('bigint', 1, 2), answer('bigint', 2, 1), []), null); // no order stated
  assert.match(typed_differ(answer('bigint', 1, 2), answer('bigint', 2, 1), [0], 'the other'), /row 1.*the other has/);
  assert.match(typed_differ(answer('bigint', 1), answer('bigint', 1, 1), []), /1 rows/);
  assert.equal(typed_differ(answer('double', 1), answer('double', 1 + 1e-12), [0]), null);
  assert.ok(typed_differ(answer('double', 1), answer('double', 1.001), [0]));
  assert.ok(typed_differ(answer('bigint', null), answer('bigint', 0), []));
});

test('the texts of the suites', () => {
  for (const suite of Object.keys(query_suites)) {
    const names = query_names(suite);
    assert.ok(names.length > 5, suite);
    for (const name of names) {
      const sql = query_text(suite, name, 'tessera', 0.5);
      assert.match(sql, /\bfrom\b/i);
      assert.doesNotMatch(sql, /\$\{|;/, `${suite} ${name}`);
    }
  }
  assert.match(query_text('operators', 'sort', 'duckdb', 2), /offset 6000000\n/);
  assert.deepEqual(query_names('ssb').slice(0, 2), ['q1.1', 'q1.2']);
});

test('the memory of a process', () => {
  const { resident_bytes, peak_bytes } = memory_read(process.pid);
  assert.ok(resident_bytes > 1e7 && peak_bytes >= resident_bytes);
  assert.deepEqual(memory_read(2 ** 30), { resident_bytes: 0, peak_bytes: 0 });
});

const build = resolve(root_folder, process.env.TESSERA_BUILD ?? 'build/release');
// A few queries of each: that all of them agree is what tests/equiv/suites.mjs is for.
for (const [suite, { data }] of Object.entries(query_suites))
  test(`bench/run ${suite} at a small scale`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-')), json = join(folder, 'result.json');
    const only = query_names(suite).slice(0, 3);
    const run = await process_measure(join(bench_folder, 'run'), [suite, '--scale', '0.01', '--only', only.join(), '--repeat', '1', '--peers', 'duckdb', '--json', json,
      '--tessera', join(build, 'web/tessera'), '--generator', join(build, `bench/${data}_generate`)]);
    assert.equal(run.code, 0, run.stderr);
    const count = only.length;
    assert.match(run.stdout, new RegExp(`answers: ${count} queries agree`));
    assert.match(run.stdout, new RegExp(`^${suite}: [\\d.]+x duckdb \\(geometric mean of ${count}, scale 0.01\\)$`, 'm'));
    const result = JSON.parse(readFileSync(json, 'utf8'));
    assert.equal(Object.keys(result.ratios.duckdb.queries).length, count);
    for (const { memory, load_seconds } of result.engines) assert.ok(load_seconds > 0 && memory.loaded_bytes > 0 && memory.queries_peak_bytes > 0);
    rmSync(folder, { recursive: true });
  });

test('a suite asks only for what there is', async () => {
  for (const [args, said] of [[['ssb', '--only', 'q9.9'], /--only q9.9: there are q1.1/], [['ssb', '--peers', 'nobody'], /--peers nobody/]]) {
    const run = await process_measure(join(bench_folder, 'run'), [...args, '--scale', '0.01', '--tessera', join(build, 'web/tessera'), '--generator', join(build, 'bench/ssb_generate')]);
    assert.equal(run.code, 1);
    assert.match(run.stderr, said);
  }
});
