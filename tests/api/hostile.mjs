/*
 * node hostile.mjs --tessera PROGRAM [--work DIR] [--only TEXT] [--verbose]
 *
 * Asks a server with small limits the statements of hostile_statements.mjs, one after the other, then
 * eight at once under a SIGTERM. Each must be answered, by rows or by an error that says what it is;
 * the query after it must be unharmed; and the process must stay within its limit of memory (its peak, as
 * Linux counts it; not told of a sanitizer's build, whose memory is mostly the sanitizer's).
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check, check_equal, Harness, Server, tessera_must } from './harness.mjs';
import { HOSTILE } from './hostile_statements.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const option = (name, otherwise) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : otherwise);
const tessera = resolve(option('--tessera', join(ROOT, 'build/release/web/tessera')));
const work = resolve(option('--work', join(ROOT, 'build/check/hostile')));
const verbose = process.argv.includes('--verbose');
const harness = new Harness(option('--only'));
const store = join(work, 'store');

const QUERY_MB = 256, SERVER_MB = 1024;
const LIMITS = ['--query-timeout', '500ms', '--query-memory', `${QUERY_MB}M`, '--memory', `${SERVER_MB}M`, '--threads', '2'];
const ANSWER_MS = 30_000; // a hang, by any machine and build

/** Memory of the process in MB: at its most, or null under a sanitizer. */
function peak_mb(server) {
  const proc = `/proc/${server.child.pid}`;
  if (/libasan|libtsan/.test(readFileSync(`${proc}/maps`, 'utf8'))) return null;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`${proc}/status`, 'utf8'))[1]) / 1024;
}

async function answered(server, sql) {
  const started = Date.now();
  const reply = await server.post('/api/v1/sql', { sql }, { timeout_ms: ANSWER_MS });
  const code = reply.status === 200 ? 'rows' : reply.json().error?.code;
  if (verbose) console.log(`# ${String(Date.now() - started).padStart(5)} ms ${String(peak_mb(server)?.toFixed(0)).padStart(5)} MB ${code}: ${sql.slice(0, 90)}`);
  check(code && code !== 'internal', `${reply.status} ${reply.text.slice(0, 300)}: ${sql.slice(0, 300)}`);
  const next = await server.post('/api/v1/sql', { sql: 'SELECT count(*) AS n FROM stores' }, { timeout_ms: ANSWER_MS });
  check_equal(next.status, 200, `the query after ${sql.slice(0, 300)}`);
}

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
await harness.test('setup: a small demo chain', async () => {
  const data = join(work, 'data');
  await tessera_must(tessera, ['generate', '--out', data, '--scale', '0.002', '--seed', '7', '--quiet']);
  await tessera_must(tessera, ['load', '--model', join(ROOT, 'models/retail.yaml'), '--data', data, '--out', store, '--quiet']);
}, { always: true });

for (const [kind, statements] of Object.entries(HOSTILE))
  await harness.test(`hostile: ${statements.length} statements, ${kind}`, async () => {
    const server = await Server.start(tessera, [store, ...LIMITS]);
    try {
      for (const sql of statements) await answered(server, sql);
      const peak = peak_mb(server);
      check(peak === null || peak < SERVER_MB + QUERY_MB, `the process took ${peak} MB`);
    } catch (cause) {
      server.child.kill('SIGKILL');
      throw cause;
    }
    await server.stop('SIGTERM');
  });

await harness.test('hostile: SIGTERM ends the server whatever runs', async () => {
  for (const [kind, statements] of Object.entries(HOSTILE)) {
    const server = await Server.start(tessera, [store, '--threads', '2', '--memory', `${SERVER_MB}M`, '--queries', '8']);
    const asked = statements.slice(0, 8).map((sql) => server.post('/api/v1/sql', { sql }).catch(() => null));
    await new Promise((wake) => setTimeout(wake, 200));
    const started = Date.now();
    await server.stop('SIGTERM');
    if (verbose) console.log(`# ${kind}: ended in ${Date.now() - started} ms`);
    await Promise.all(asked);
  }
});

console.log(`${harness.passed} passed, ${harness.failed} failed`);
process.exit(harness.failed ? 1 : 0);
