/* The queries by their ids: the list, cancelling, the queue, clients that leave; and the server's manners. */
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { check, check_equal, error_of, Server } from './harness.mjs';
import { open } from './tests_sql.mjs';

const LONG = 'SELECT count(*) FROM sales a CROSS JOIN sales b CROSS JOIN sales c WHERE a.paid + b.paid + c.paid < -1';
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));

export async function tests_queries(harness, tessera, demo) {
  const with_server = async (args, body) => {
    const server = await Server.start(tessera, [demo.store, '--connections', '48', ...args]);
    try {
      await body(server);
    } catch (cause) {
      server.child.kill('SIGKILL');
      throw cause;
    }
    await server.stop('SIGTERM');
  };
  const one = (server, id) => server.get(`/api/v1/queries/${id}`);
  const until = async (server, id, state) => {
    for (let tries = 0; ; tries++) {
      const reply = await one(server, id);
      if (reply.status === 200 && reply.json().state === state) return reply.json();
      check(tries < 150, `${id} does not become ${state}: ${reply.text.slice(0, 300)}`);
      await sleep(20);
    }
  };
  const start = (server, query_id, more = {}) => server.post('/api/v1/sql', { sql: LONG, query_id, ...more }, { agent: false });

  await harness.test('queries: what ran, with its profile', () => with_server(['--queries-kept', '3'], async (server) => {
    await server.post('/api/v1/sql', { sql: 'SELECT region, count(*) FROM stores GROUP BY 1', query_id: 'first:1' });
    const query = (await one(server, 'first:1')).json();
    check_equal(Object.keys(query), ['id', 'kind', 'text', 'state', 'started', 'elapsed_ms', 'waited_ms', 'rows', 'rows_read', 'bytes_read', 'memory_peak_bytes', 'error', 'profile'], 'members');
    check_equal([query.kind, query.state, query.text, query.error], ['sql', 'done', 'SELECT region, count(*) FROM stores GROUP BY 1', null], 'the query');
    check(query.rows > 1 && query.rows_read > 0 && query.bytes_read > 0, 'its figures');
    check(Math.abs(Date.parse(query.started) - Date.now()) < 60_000, `its start ${query.started}`);
    check(/Aggregate by .*\n +Scan stores .*\[.* rows of \d+, \d+ bytes.* ms\]/.test(query.profile), `its profile: ${query.profile}`);
    await server.post('/api/v1/query', { measures: ['receipts.count'], dimensions: ['date.year'] }, { headers: { 'Tessera-Query-Id': 'cube.2' } });
    const cube = (await one(server, 'cube.2')).json();
    check(cube.kind === 'cube' && cube.rows > 0 && /receipts\.count/.test(cube.text) && /Scan/.test(cube.profile), `a cube's query: ${JSON.stringify(cube)}`);
    error_of(await server.post('/api/v1/sql', { sql: 'SELECT nothing', query_id: 'wrong' }), 404, 'not_found');
    check_equal((await one(server, 'wrong')).json().error.code, 'not_found', 'a failure keeps its code');
    const long = `SELECT '${'ё'.repeat(5000)}'`;
    await server.post('/api/v1/sql', { sql: long, query_id: 'long' });
    check(long.startsWith((await one(server, 'long')).json().text), 'a long text is cut between characters');
    const { queries, running, waiting } = (await server.get('/api/v1/queries')).json();
    check_equal([queries.map(({ id }) => id), running, waiting], [['long', 'wrong', 'cube.2'], 0, 0], 'the last three, newest first');
    check(queries[0].text.length < 400 && !('profile' in queries[0]), 'the list is short');
    error_of(await one(server, 'first:1'), 404, 'not_found');
  }));
  await harness.test('queries: ids', () => with_server([], async (server) => {
    for (const query_id of ['', 'a b', 'x'.repeat(65), 'ё', 'a/b', 'a"']) error_of(await server.post('/api/v1/sql', { sql: 'SELECT 1', query_id }), 400, 'invalid');
    error_of(await server.post('/api/v1/query', { measures: ['receipts.count'] }, { headers: { 'Tessera-Query-Id': 'a b' } }), 400, 'invalid');
    const longest = 'x'.repeat(64);
    check_equal((await server.post('/api/v1/sql', { sql: 'SELECT 1', query_id: longest })).headers['tessera-query-id'], longest, '64 letters');
    const running = start(server, 'twice');
    await until(server, 'twice', 'running');
    error_of(await server.post('/api/v1/sql', { sql: 'SELECT 1', query_id: 'twice' }), 409, 'exists');
    check_equal((await server.ask('DELETE', '/api/v1/queries/twice')).status, 202, 'cancelled');
    await running;
    check_equal((await server.post('/api/v1/sql', { sql: 'SELECT 1', query_id: 'twice' })).status, 200, 'an id is free again at the end');
    check_equal((await one(server, 'twice')).json().state, 'done', 'the newest of a name is told');
    for (const path of ['/api/v1/queries/', '/api/v1/queries/a/b']) error_of(await server.get(path), 404, 'not_found');
  }));
  await harness.test('queries: cancelling what runs and what waits', () => with_server(['--queries', '1'], async (server) => {
    const running = start(server, 'runs');
    await until(server, 'runs', 'running');
    const waiting = start(server, 'waits');
    const seen = await until(server, 'waits', 'waiting');
    check(seen.elapsed_ms === seen.waited_ms, 'it has only waited');
    const health = (await server.get('/api/v1/health')).json().queries;
    check_equal([health.running, health.waiting], [1, 1], 'health');
    const cancel = (id) => server.ask('DELETE', `/api/v1/queries/${id}`);
    const told = await cancel('waits');
    check_equal([told.status, told.json()], [202, { id: 'waits', state: 'cancelling' }], 'cancel what waits');
    error_of(await waiting, 409, 'cancelled');
    check_equal((await cancel('runs')).status, 202, 'cancel what runs');
    const started = Date.now();
    error_of(await running, 409, 'cancelled');
    check(Date.now() - started < 3000, `it took ${Date.now() - started} ms`);
    check_equal((await one(server, 'runs')).json().state, 'cancelled', 'state');
    error_of(await cancel('runs'), 409, 'exists');
    error_of(await cancel('nobody'), 404, 'not_found');
    check_equal((await server.get('/api/v1/health')).json().queries.running, 0, 'the place is free');
  }));
  await harness.test('queries: a wait that is too long is refused as busy', () => with_server(['--queries', '1', '--queue-timeout', '200ms'], async (server) => {
    const running = start(server, 'runs');
    await until(server, 'runs', 'running');
    for (const ask of [() => server.post('/api/v1/sql', { sql: 'SELECT 1' }), () => server.post('/api/v1/query', { measures: ['receipts.count'] })]) {
      const refused = await ask();
      error_of(refused, 503, 'busy');
      check_equal(refused.headers['retry-after'], '1', 'Retry-After');
    }
    await server.ask('DELETE', '/api/v1/queries/runs');
    await running;
  }));
  await harness.test('queries: a client that leaves ends its query, running or waiting', () => with_server(['--queries', '1'], async (server) => {
    const leave = (path, value, id) => {
      const body = JSON.stringify(value);
      const socket = connect(server.port, '127.0.0.1', () => socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nTessera-Query-Id: ${id}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
      socket.on('error', () => {});
      return socket;
    };
    const first = leave('/api/v1/sql', { sql: LONG }, 'runs');
    await until(server, 'runs', 'running');
    const second = leave('/api/v1/query', { measures: ['receipts.count'] }, 'waits');
    await until(server, 'waits', 'waiting');
    second.destroy();
    check_equal((await until(server, 'waits', 'cancelled')).error.code, 'cancelled', 'waiting');
    first.destroy();
    await until(server, 'runs', 'cancelled');
    check_equal(await server.sql('SELECT 1'), [[1]], 'the place is free');
  }));
  await harness.test('manners: connections are kept or closed as the client wishes', () => with_server([], async (server) => {
    const headers = async (head) => (await server.raw(`${head}\r\n\r\n`)).split('\r\n\r\n')[0];
    check(/\r\nConnection: close/.test(await headers('GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close')), 'close');
    check(/\r\nConnection: close/.test(await headers('GET /api/v1/health HTTP/1.0\r\nHost: localhost')), 'HTTP/1.0');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const kept = await server.get('/api/v1/health', { agent });
    check_equal(kept.headers.connection, 'keep-alive', 'keep-alive');
    const large = { sql: 'SELECT a.line FROM sales a CROSS JOIN sales b', limits: { rows: 200_000 }, format: 'csv' };
    for (let i = 0; i < 3; i++) check_equal((await server.post('/api/v1/sql', large, { agent })).text.split('\r\n').length, 200_002, 'a kept connection after an answer in pieces');
    agent.destroy();
  }));
  await harness.test('manners: HEAD, OPTIONS, 405 with Allow', () => with_server([], async (server) => {
    for (const path of ['/api/v1/health', '/api/v1/queries', '/']) {
      const head = await server.ask('HEAD', path);
      check_equal([head.status, head.body.length, Number(head.headers['content-length']) > 0], [200, 0, true], `HEAD ${path}`);
    }
    const allowed = { '/': 'GET, HEAD, OPTIONS', '/api/v1/sql': 'POST, OPTIONS', '/api/v1/queries': 'GET, HEAD, OPTIONS', '/api/v1/queries/x': 'GET, HEAD, DELETE, OPTIONS' };
    for (const [path, allow] of Object.entries(allowed)) {
      const options = await server.ask('OPTIONS', path);
      check_equal([options.status, options.headers.allow, options.body.length], [204, allow, 0], `OPTIONS ${path}`);
      check(!('access-control-allow-origin' in options.headers), 'no page of another site is let in');
      for (const method of ['PUT', 'PATCH']) {
        const refused = await server.ask(method, path, { body: '{}' });
        error_of(refused, 405, 'wrong_method');
        check_equal(refused.headers.allow, allow, `${method} ${path}`);
      }
    }
    const head = await server.ask('HEAD', '/api/v1/sql');
    check_equal([head.status, head.headers.allow, head.body.length], [405, 'POST, OPTIONS', 0], 'HEAD where there is no GET');
    const preflight = { Origin: 'http://evil.example', 'Access-Control-Request-Method': 'POST' };
    error_of(await server.ask('OPTIONS', '/api/v1/sql', { headers: preflight }), 403, 'wrong_origin');
  }));
  await harness.test('manners: a stop is quick, whoever is connected', async () => {
    const server = await Server.start(tessera, [demo.store, '--connections', '48']);
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    await Promise.all(Array.from({ length: 8 }, () => server.get('/api/v1/health', { agent })));
    const streaming = await open(server, { sql: 'SELECT a.line FROM sales a CROSS JOIN sales b CROSS JOIN sales c', format: 'csv' });
    streaming.reply.on('error', () => {}).resume();
    const running = start(server, 'runs').catch(() => null);
    await until(server, 'runs', 'running');
    const started = Date.now();
    await server.stop('SIGTERM');
    check(Date.now() - started < 1500, `it took ${Date.now() - started} ms`);
    const reply = await running;
    check(reply === null || reply.status === 503, `the query's answer: ${reply?.status}`);
    agent.destroy();
  });
}
