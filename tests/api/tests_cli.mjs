/* The command line: exit codes, messages, formats, repeated batches, interruption. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { check, check_equal, tessera_must, tessera_run } from './harness.mjs';

// LOCK holds the number of the process that last had the store: not a part of what is stored.
const contents = (folder) =>
  readdirSync(folder, { recursive: true }).map(String).filter((name) => name !== 'LOCK').sort().map((name) => [name, statSync(join(folder, name)).size]);

export async function tests_cli(harness, tessera, demo, work) {
  await harness.test('cli: help, version, unknown commands and options', async () => {
    check(/^tessera \d/.test((await tessera_must(tessera, ['version'])).out), 'version');
    for (const command of ['load', 'serve', 'sql', 'info', 'inspect', 'open', 'cube', 'generate']) {
      const { out } = await tessera_must(tessera, [command, '--help']);
      check(out.startsWith(`Usage: tessera ${command}`), `${command} --help`);
      check_equal((await tessera_must(tessera, ['help', command])).out, out, `help ${command}`);
    }
    check((await tessera_must(tessera, ['laod'], 2)).err.includes("did you mean 'load'"), 'nearest command');
    check((await tessera_must(tessera, ['sql', '--formt', 'csv'], 2)).err.includes('did you mean --format'), 'nearest option');
    await tessera_must(tessera, [], 2);
    await tessera_must(tessera, ['load'], 2);
  });
  await harness.test('cli: sql in three formats', async () => {
    const sql = "SELECT 1 AS one, 'a' AS two";
    check_equal((await tessera_must(tessera, ['sql', demo.store, sql])).out, 'one | two\n----+----\n  1 | a\n(1 row)\n', 'table');
    check_equal((await tessera_must(tessera, ['sql', demo.store, 'SELECT $1::int + $2 AS n', '--param', '1', '--param', '2', '--format', 'csv'])).out, 'n\r\n3\r\n', 'parameters');
    check_equal((await tessera_must(tessera, ['sql', demo.store, sql, '--format', 'csv'])).out, 'one,two\r\n1,a\r\n', 'csv');
    check_equal(JSON.parse((await tessera_must(tessera, ['sql', demo.store, sql, '--format=json'])).out).rows, [[1, 'a']], 'json');
    check((await tessera_must(tessera, ['sql', demo.store, 'SELECT count(*) FROM sales', '--time'])).err.startsWith('Time: '), '--time');
  });
  await harness.test('cli: an error shows the statement and a caret', async () => {
    const { err } = await tessera_must(tessera, ['sql', demo.store, "SELECT 'ё', nothing FROM sales"], 1);
    check(err.endsWith("\n  SELECT 'ё', nothing FROM sales\n              ^\n"), err);
  });
  await harness.test('cli: info tells rows and bytes of every column', async () => {
    const info = JSON.parse((await tessera_must(tessera, ['info', demo.store, '--format', 'json'])).out);
    const sales = info.tables.find((table) => table.name === 'sales');
    const counted = JSON.parse((await tessera_must(tessera, ['sql', demo.store, 'SELECT count(*), count(DISTINCT product), min(paid), max(paid) FROM sales', '--format', 'json'])).out).rows[0];
    check_equal(sales.row_count, counted[0], 'rows');
    check_equal(sales.columns.find((column) => column.name === 'product').distinct_count, counted[1], 'distinct products');
    const paid = sales.columns.find((column) => column.name === 'paid');
    check_equal([Number(paid.minimum), Number(paid.maximum)], [counted[2], counted[3]], 'range');
    check(info.tables.every((table) => table.columns.every((column) => table.row_count === 0 || column.encodings)), 'encodings');
    check((await tessera_must(tessera, ['info', demo.store])).out.includes('sales: '), 'as a table');
  });
  await harness.test('cli: a batch is loaded once, and a refused load changes nothing', async () => {
    const before = contents(demo.store), manifest = readFileSync(join(demo.store, 'MANIFEST'), 'utf8');
    const { err } = await tessera_must(tessera, ['load', '--model', demo.model, '--data', demo.data, '--out', demo.store, '--quiet'], 1);
    check(/batch/.test(err), err);
    check_equal([contents(demo.store), readFileSync(join(demo.store, 'MANIFEST'), 'utf8')], [before, manifest], 'the store');
  });
  await harness.test('cli: Ctrl-C during a load: 130, and no store', async () => {
    const store = join(work, 'interrupted');
    const run = await tessera_run(tessera, ['load', '--model', demo.model, '--data', demo.data, '--out', store], { interrupt_at: /^read/m });
    check_equal([run.code, run.signal], [130, null], `exit (${run.err})`);
    check(!existsSync(join(store, 'MANIFEST')), 'no store was made');
  });
  await harness.test('cli: Ctrl-C during generation: 130, and no folder', async () => {
    const folder = join(work, 'interrupted-data');
    const run = await tessera_run(tessera, ['generate', '--out', folder, '--scale', '0.02'], { interrupt_at: /%/ });
    check_equal([run.code, run.signal, existsSync(folder)], [130, null, false], `exit (${run.err})`);
    check(!readdirSync(work).some((name) => name.startsWith('interrupted-data')), 'nothing is left behind');
  });
  await harness.test('cli: what is missing or taken is said', async () => {
    check((await tessera_must(tessera, ['sql', join(work, 'nowhere'), 'SELECT 1'], 1)).err.includes('nowhere'), 'no store');
    check((await tessera_must(tessera, ['load', '--model', join(work, 'no.yaml'), '--data', demo.data, '--out', join(work, 'x')], 1)).err.includes('no.yaml'), 'no model');
    const taken = createServer();
    await new Promise((ready) => taken.listen(0, '127.0.0.1', ready));
    const { err } = await tessera_must(tessera, ['serve', demo.store, '--quiet', '--listen', `127.0.0.1:${taken.address().port}`], 1);
    taken.close();
    check(err.includes('another program uses that port'), err);
    for (const listen of ['nonsense', '127.0.0.1:99999', 'example.com:80', '127.0.0.1:'])
      check((await tessera_must(tessera, ['serve', demo.store, '--quiet', '--listen', listen], 1)).err.includes('cannot listen'), listen);
  });
  await harness.test('cli: inspect writes a model that loads', async () => {
    const files = ['stores', 'channels', 'products'].map((name) => join(demo.data, `${name}.csv`));
    const model = (await tessera_must(tessera, ['inspect', ...files, '--quiet'])).out;
    check(/^tables:/m.test(model) && /stores/.test(model), model.slice(0, 400));
  });
}
