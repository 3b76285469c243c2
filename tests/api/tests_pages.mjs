/* The embedded pages: types, compression, ETags, caching, paths within the pages. */
import { gunzipSync } from 'node:zlib';
import { check, check_equal, error_of } from './harness.mjs';

export async function tests_pages(harness, server) {
  let html = '';
  await harness.test('pages: index.html, compressed, revalidated', async () => {
    const reply = await server.get('/', { headers: { 'Accept-Encoding': 'gzip' } });
    check_equal(reply.status, 200, 'status');
    check_equal([reply.headers['content-type'], reply.headers['content-encoding'], reply.headers['cache-control']], ['text/html; charset=utf-8', 'gzip', 'no-cache'], 'headers');
    html = gunzipSync(reply.body).toString();
    check(/<!doctype html>/i.test(html), 'it is a page');
    const again = await server.get('/', { headers: { 'Accept-Encoding': 'gzip', 'If-None-Match': reply.headers.etag } });
    check_equal([again.status, again.body.length], [304, 0], 'revalidation');
    check_equal((await server.get('/', { headers: { 'If-None-Match': '"other"' } })).status, 200, 'another tag');
  });
  await harness.test('pages: plain where gzip is not accepted', async () => {
    for (const accept of [undefined, 'identity', 'br', 'gzip;q=0', 'br, gzip; q=0.0']) {
      const reply = await server.get('/', { headers: accept ? { 'Accept-Encoding': accept } : {} });
      check_equal([reply.headers['content-encoding'], reply.headers.vary, reply.text], [undefined, 'Accept-Encoding', html], `Accept-Encoding: ${accept}`);
      check_equal((await server.get('/', { headers: { 'If-None-Match': reply.headers.etag } })).status, 304, 'revalidation');
    }
    for (const accept of ['br, GZIP', '*', 'deflate;q=0.5, gzip;q=1.0'])
      check_equal((await server.get('/', { headers: { 'Accept-Encoding': accept } })).headers['content-encoding'], 'gzip', accept);
  });
  await harness.test('pages: every script and style the page names is there, cached for ever', async () => {
    const paths = [...html.matchAll(/(?:src|href)="\.?(\/[^"]+)"/g)].map((match) => match[1]);
    check(paths.some((path) => path.endsWith('.js')), `scripts in ${html}`);
    for (const path of paths) {
      const { status, headers } = await server.get(path);
      check_equal(status, 200, path);
      if (path.startsWith('/assets/')) check(/immutable/.test(headers['cache-control']), `${path} is cached for ever`);
    }
  });
  await harness.test('pages: a place within the pages is index.html, a missing file is none', async () => {
    check_equal((await server.get('/overview')).headers['content-type'], 'text/html; charset=utf-8', '/overview');
    check_equal((await server.get('/sql?q=SELECT+1.5')).status, 200, '/sql');
    // Below a second segment the files that index.html names relatively would not be found.
    for (const path of ['/a/b/c?d=e', '/sql/', '/api', '/api?a=b', '/api/', '/api/v1/', '/api/v2/model', '/api/sql',
      '/nothing.js', '/assets/nothing.css', '/../../etc/passwd.txt', '/%2e%2e/secret.txt']) {
      error_of(await server.get(path), 404, 'not_found');
    }
    const head = await server.ask('HEAD', '/');
    check_equal([head.status, head.body.length], [200, 0], 'HEAD');
    check(Number(head.headers['content-length']) > 0, 'HEAD tells the length');
  });
}
