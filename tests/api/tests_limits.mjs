/* Limits are errors, not accidents: time, memory, rows, a full queue; the server lives on, and ends cleanly. */
import { check, check_equal, error_of, Server } from './harness.mjs';

// Every pair of lines: more work than any limit here allows.
const LONG = 'SELECT count(*) FROM sales a CROSS JOIN sales b CROSS JOIN sales c WHERE a.paid + b.paid + c.paid < -1';

export async function tests_limits(harness, tessera, demo) {
  const with_server = async (args, body) => {
    const server = await Server.start(tessera, [demo.store, '--connections', '48', ...args]);
    try {
      await body(server);
      check_equal((await server.get('/api/v1/health')).status, 200, 'the server lives on');
    } catch (cause) {
      server.child.kill('SIGKILL');
      throw cause;
    }
    await server.stop('SIGTERM');
  };
  await harness.test('limits: the time of a query', () =>
    with_server(['--query-timeout', '200ms'], async (server) => {
      error_of(await server.post('/api/v1/sql', { sql: LONG }), 504, 'timeout');
    }));
  await harness.test('limits: the memory of a query', () =>
    with_server(['--query-memory', '256K'], async (server) => {
      error_of(await server.post('/api/v1/sql', { sql: 'SELECT line, receipt, paid FROM sales ORDER BY paid DESC' }), 503, 'memory');
    }));
  await harness.test('limits: a full queue refuses at once', () =>
    with_server(['--queries', '1', '--queue', '1', '--query-timeout', '3s'], async (server) => {
      const asked = Array.from({ length: 4 }, () => server.post('/api/v1/sql', { sql: LONG }));
      const codes = (await Promise.all(asked)).map((reply) => reply.json().error.code).sort();
      check_equal(codes, ['busy', 'busy', 'timeout', 'timeout'], 'one runs, one waits, two are refused');
    }));
  await harness.test('limits: SIGTERM ends running queries, then the server', async () => {
    const server = await Server.start(tessera, [demo.store, '--connections', '48']);
    const asked = server.post('/api/v1/sql', { sql: LONG }).catch(() => null);
    while (!(await server.get('/api/v1/health')).json().queries.running) await new Promise((wake) => setTimeout(wake, 20));
    const started = Date.now();
    await server.stop('SIGTERM');
    check(Date.now() - started < 15_000, `it took ${Date.now() - started} ms`);
    const reply = await asked;
    check(reply === null || reply.status === 503, `the query's answer: ${reply?.status}`);
  });
}
