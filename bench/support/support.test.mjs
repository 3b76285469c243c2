// node --test bench/support
import { answers_difference } from './answers.mjs';
import { bench_folder, median, spread, statements_read } from './common.mjs';
import { process_measure } from './process.mjs';
import { json_parse } from './tessera.mjs';
import { duckdb_load_sql, duckdb_variants } from '../peers/duckdb.mjs';
import { ssb_tables } from '../ssb/data.mjs';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

test('median and spread', () => {
  assert.equal(median([3]), 3);
  assert.equal(median([10, 2, 9]), 9); // by value, not as texts
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.deepEqual(spread([5, 1, 3]), { median: 3, min: 1, max: 5 });
});

test('equal answers', () => {
  const same = [[[], []], [[[1]], [['1']]], [[['12.00', 'a']], [[12, 'a']]], [[[null]], [[null]]], [[['1.50']], [['1.5']]]];
  for (const [a, b] of same) assert.equal(answers_difference(a, b), null);
});

test('different answers', () => {
  assert.deepEqual(answers_difference([[1], [2]], [[1], [3]]), { row: 2, a: '["2"]', b: '["3"]' });
  assert.equal(answers_difference([[1]], [[1], [2]]).row, 2);
  assert.equal(answers_difference([[1]], []).b, '(no such row)');
  assert.ok(answers_difference([[null]], [['']]));
  assert.ok(answers_difference([['a', 'bc']], [['ab', 'c']]));
  assert.ok(answers_difference([['10']], [['1']]));
  assert.ok(answers_difference([['100.0']], [['1']]));
});

test('long integers keep their digits', () => {
  const text = '{"rows":[[9007199254740993,-12345678901234567890],[1,"x"]],"row_count":2}';
  assert.deepEqual(json_parse(text, 'test').rows, [['9007199254740993', '-12345678901234567890'], [1, 'x']]);
});

test('the questions after a load', () => {
  const statements = statements_read(join(bench_folder, 'load', 'answers.sql'));
  assert.equal(statements.length, 9);
  for (const sql of statements) assert.match(sql, /^select [^;]*$/s);
  for (const column of Object.keys(ssb_tables.lineorder.columns))
    assert.ok(statements.some((sql) => sql.includes(column)), `no question reads ${column}`);
});

test('SQL that loads into DuckDB', () => {
  for (const variant of Object.keys(duckdb_variants)) {
    const sql = duckdb_load_sql('part', ssb_tables.part, "/it's", variant);
    assert.match(sql, /^create table part as select \* from read_csv\('\/it''s\/part.csv'/);
  }
});

test('the model has the columns of the files', () => {
  const model = readFileSync(join(bench_folder, 'ssb', 'model.yaml'), 'utf8');
  for (const [table, { file, columns }] of Object.entries(ssb_tables)) {
    const names = new RegExp(`^  ${table}:\\n    files: ${file}\\n(?:    key: .*\\n)?    columns:\\n((?:      .*\\n)+)`, 'm').exec(model);
    assert.ok(names, `${table} is not in the model`);
    assert.deepEqual([...names[1].matchAll(/^      (\w+): (?!\{through)/gm)].map((m) => m[1]), Object.keys(columns));
  }
});

test('a process is measured', async () => {
  const run = await process_measure(process.execPath, ['-e', 'Buffer.alloc(2e8, 1); setTimeout(() => { console.log("done"); process.exit(3); }, 200)']);
  assert.equal(run.code, 3);
  assert.equal(run.stdout, 'done\n');
  assert.ok(run.seconds >= 0.2);
  assert.ok(run.peak_bytes > 2e8, `peak ${run.peak_bytes}`);
  await assert.rejects(process_measure('/no/such/program', []));
});
