/* Who may ask, and how: Host, Origin, methods, addresses, content types, bodies. */
import { check, check_equal, error_of } from './harness.mjs';

const QUERY = { measures: ['receipts.count'] };

export async function tests_guards(harness, server) {
  await harness.test('guards: other hosts are refused', async () => {
    for (const host of ['evil.example', 'evil.example:80', `127.0.0.1.evil.example:${server.port}`, ':80']) {
      error_of(await server.get('/api/v1/health', { headers: { Host: host } }), 421, 'wrong_host');
      error_of(await server.get('/', { headers: { Host: host } }), 421, 'wrong_host');
    }
    check(/^HTTP\/1.1 4/.test(await server.raw('GET /api/v1/health HTTP/1.1\r\n\r\n')), 'no host at all');
    for (const host of ['localhost', `localhost:${server.port}`, '127.0.0.1', '[::1]:1'])
      check_equal((await server.get('/api/v1/health', { headers: { Host: host } })).status, 200, host);
  });
  await harness.test('guards: pages of other sites are refused', async () => {
    const ours = `127.0.0.1:${server.port}`;
    for (const origin of ['http://evil.example', 'null', `http://localhost:${server.port}`])
      error_of(await server.post('/api/v1/query', QUERY, { headers: { Host: ours, Origin: origin } }), 403, 'wrong_origin');
    check_equal((await server.post('/api/v1/query', QUERY, { headers: { Host: ours, Origin: `http://${ours}` } })).status, 200, 'own origin');
  });
  await harness.test('guards: unknown addresses and wrong methods', async () => {
    error_of(await server.get('/api/v1/nothing'), 404, 'not_found');
    error_of(await server.get('/api/'), 404, 'not_found');
    const reply = await server.get('/api/v1/query');
    error_of(reply, 405, 'wrong_method');
    check_equal(reply.headers.allow, 'POST, OPTIONS', 'Allow');
    error_of(await server.post('/api/v1/health', {}), 405, 'wrong_method');
    error_of(await server.post('/', {}), 405, 'wrong_method');
    error_of(await server.ask('DELETE', '/api/v1/model'), 405, 'wrong_method');
  });
  await harness.test('guards: bodies must be JSON, of at most 1 MiB', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', ''])
      error_of(await server.post('/api/v1/query', QUERY, { headers: { 'Content-Type': type } }), 415, 'wrong_content_type');
    check_equal((await server.post('/api/v1/query', QUERY, { headers: { 'Content-Type': 'application/json; charset=utf-8' } })).status, 200, 'with charset');
    for (const body of ['', '{', '[]', '1', '{"measures": 1}', '{"measures": ["receipts.count"], "measurs": []}', '\u0000'])
      error_of(await server.post('/api/v1/query', body), 400, 'invalid');
    const large = ' '.repeat((1 << 20) + 1);
    error_of(await server.post('/api/v1/query', large), 413, 'too_large');
    const chunked = { headers: { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' }, body: large };
    error_of(await server.ask('POST', '/api/v1/query', chunked), 413, 'too_large');
    chunked.body = JSON.stringify(QUERY);
    check_equal((await server.ask('POST', '/api/v1/query', chunked)).status, 200, 'chunked body');
    const fits = JSON.stringify(QUERY).padEnd(1 << 20);
    check_equal((await server.post('/api/v1/query', fits)).status, 200, 'a body of 1 MiB');
  });
  await harness.test('guards: security headers everywhere', async () => {
    for (const path of ['/', '/api/v1/health', '/api/v1/nothing', '/nothing.js']) {
      const { headers } = await server.get(path);
      check(headers['content-security-policy']?.includes("default-src 'self'"), `${path}: Content-Security-Policy`);
      check_equal([headers['x-content-type-options'], headers['x-frame-options'], headers['referrer-policy']], ['nosniff', 'DENY', 'no-referrer'], path);
    }
    check_equal((await server.get('/api/v1/health')).headers['cache-control'], 'no-store', 'API replies are not cached');
  });
  await harness.test('guards: what is no HTTP gets an answer or a closed connection', async () => {
    for (const bytes of ['\r\n\r\n', 'GARBAGE\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', 'GET ../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n', '\x16\x03\x01\x02\x00'])
      check(!/root:|^HTTP\/1\.1 200/.test(await server.raw(bytes)), `raw ${JSON.stringify(bytes)}`);
    check_equal((await server.get('/api/v1/health')).status, 200, 'still there');
  });
}
