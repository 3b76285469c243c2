/* SQL over HTTP: formats, limits, answers that leave while the query runs, and failures half-way. */
import { readFileSync } from 'node:fs';
import { request as http_request } from 'node:http';
import { check, check_equal, error_of, Server } from './harness.mjs';

// Rows from the start, and more of them than anyone reads.
const ENDLESS = 'SELECT a.line AS l, b.paid AS p FROM sales a CROSS JOIN sales b CROSS JOIN sales c';
// Some 130,000 rows, then a division by zero.
const BREAKS = 'SELECT a.line AS l, 1 / (CASE WHEN a.line > 5 THEN 0 ELSE 1 END) AS x FROM sales a CROSS JOIN sales b';

/** A request whose body is read as it comes: {status, headers, reply, request}. */
export function open(server, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const options = { host: '127.0.0.1', port: server.port, method: 'POST', path: '/api/v1/sql', agent: false, headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text), ...headers } };
    const request = http_request(options, (reply) => resolve({ status: reply.statusCode, headers: reply.headers, reply, request }));
    request.on('error', reject);
    request.end(text);
  });
}

/** Reads to the end: {text, whole: whether the end was a proper one, trailers}. */
function drain({ reply }) {
  return new Promise((resolve) => {
    const parts = [];
    let whole = false;
    reply.on('data', (part) => parts.push(part));
    reply.on('end', () => (whole = reply.complete));
    reply.on('error', () => {});
    reply.on('close', () => resolve({ text: Buffer.concat(parts).toString(), whole, trailers: reply.trailers }));
  });
}

const first_piece = ({ reply }) => new Promise((resolve) => reply.once('data', (part) => (reply.pause(), resolve(part.toString()))));
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));
const resident_kb = (server) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))[1]);

export async function tests_sql(harness, tessera, demo) {
  const with_server = async (args, body) => {
    const server = await Server.start(tessera, [demo.store, '--connections', '96', ...args]);
    try {
      await body(server);
      check_equal((await server.get('/api/v1/health')).json().queries.running, 0, 'nothing runs any more');
    } catch (cause) {
      server.child.kill('SIGKILL');
      throw cause;
    }
    await server.stop('SIGTERM');
  };
  const sql = (server, request, options) => server.post('/api/v1/sql', request, options);

  await harness.test('sql: JSON has columns, rows, stats, in that order', () => with_server([], async (server) => {
    const reply = await sql(server, { sql: "SELECT 1 AS a, 1.50 AS b, NULL AS c, DATE '2025-01-31' AS d, 'ё' AS e" });
    check_equal(Object.keys(reply.json()), ['columns', 'rows', 'row_count', 'stats'], 'members');
    const { columns, rows, row_count, stats } = reply.json();
    check_equal(columns.map(({ name }) => name), ['a', 'b', 'c', 'd', 'e'], 'names');
    check_equal([columns[0].type, columns[3].type], ['integer', 'date'], 'types');
    check_equal([rows, row_count], [[[1, 1.5, null, '2025-01-31', 'ё']], 1], 'rows');
    check_equal(Object.keys(stats), ['elapsed_ms', 'rows', 'rows_read', 'bytes_read', 'source', 'truncated'], 'stats');
    check_equal([stats.rows, stats.truncated], [1, false], 'stats');
    check(Number(reply.headers['content-length']) > 0, 'a short answer tells its length');
    check(/^q-/.test(reply.headers['tessera-query-id']), 'it tells its id');
    const prepared = (await sql(server, { sql: 'SELECT sum(paid) FROM sales' })).json().stats;
    check(prepared.rows_read > 0 && prepared.rows_read < 5000 && prepared.source === 'cuboid', `what was read: ${JSON.stringify(prepared)}`);
    const read = (await sql(server, { sql: 'SELECT sum(paid) FROM sales', passes_off: 'cuboid' })).json().stats;
    check(read.rows_read > 20000 && read.bytes_read > 10000 && read.source === 'scan', `what was read: ${JSON.stringify(read)}`);
    check_equal((await sql(server, { sql: 'SELECT 1 AS a WHERE false' })).json().rows, [], 'no rows');
  }));
  await harness.test('sql: formats, by name or by Accept', () => with_server([], async (server) => {
    const statement = "SELECT 1 AS a, 'x,y' AS b, NULL AS c UNION ALL SELECT 2, '', 'z' ORDER BY a";
    const texts = {
      csv: [/^text\/csv; charset=utf-8/, 'a,b,c\r\n1,"x,y",\r\n2,"",z\r\n'],
      ndjson: [/^application\/x-ndjson$/, '{"a":1,"b":"x,y","c":null}\n{"a":2,"b":"","c":"z"}\n'],
      table: [/^text\/plain/, null],
      record: [/^text\/plain/, '-[ 1 ]-------------\na | 1\nb | x,y\nc | \n-[ 2 ]-------------\na | 2\nb | \nc | z\n(2 rows)\n'],
    };
    for (const [format, [mime, text]] of Object.entries(texts)) {
      const reply = await sql(server, { sql: statement, format });
      check(mime.test(reply.headers['content-type']), `${format}: ${reply.headers['content-type']}`);
      if (text) check_equal(reply.text, text, format);
    }
    const accepts = { 'text/csv': 'text/csv', 'application/x-ndjson, */*': 'application/x-ndjson', '*/*': 'application/json', 'text/html': 'application/json', 'application/json, text/csv': 'application/json' };
    for (const [accept, mime] of Object.entries(accepts)) {
      const { headers } = await sql(server, { sql: statement }, { headers: { Accept: accept } });
      check(headers['content-type'].startsWith(mime), `Accept: ${accept} gives ${headers['content-type']}`);
    }
    check(/json$/.test((await sql(server, { sql: statement, format: 'json' }, { headers: { Accept: 'text/csv' } })).headers['content-type']), 'format comes before Accept');
    check_equal((await sql(server, { sql: 'SELECT 1 AS a, 2 AS a, 3 AS a_2', format: 'ndjson' })).text, '{"a":1,"a_2":2,"a_2_2":3}\n', 'names that repeat');
    for (const format of ['csv', 'ndjson']) check_equal((await sql(server, { sql: 'SELECT 1 AS a WHERE false', format })).text, format === 'csv' ? 'a\r\n' : '', `${format} without rows`);
  }));
  await harness.test('sql: a file name', () => with_server([], async (server) => {
    const named = async (filename) => (await sql(server, { sql: 'SELECT 1', format: 'csv', filename })).headers['content-disposition'];
    check_equal(await named('sales 2025.csv'), 'attachment; filename="sales 2025.csv"', 'ASCII');
    check_equal(await named('ё.csv'), `attachment; filename="__.csv"; filename*=UTF-8''%D1%91.csv`, 'other letters');
    for (const filename of ['', '../x', 'a/b', 'a"b', 'a\\b', 'a\r\nSet-Cookie: x', '.profile', 'x'.repeat(201), 7, null])
      check_equal(error_of(await sql(server, { sql: 'SELECT 1', filename }), 400, 'invalid').path, 'filename', JSON.stringify(filename));
    const failed = await sql(server, { sql: 'SELECT nothing', filename: 'x.csv' });
    error_of(failed, 404);
    check(!('content-disposition' in failed.headers), 'an error is no file');
  }));
  await harness.test('sql: errors before the first row are replies of their own', () => with_server([], async (server) => {
    for (const format of ['json', 'csv', 'ndjson', 'table', 'record']) {
      error_of(await sql(server, { sql: 'SELECT 1 / 0', format }), 400, 'division');
      error_of(await sql(server, { sql: 'SELECT x FROM nowhere', format }), 404, 'not_found');
    }
    const paths = { format: 'xml', limits: [], params: {}, query_id: 'a b', passes_off: 1, sql: 5, other: 1 };
    for (const [path, value] of Object.entries(paths)) {
      const error = error_of(await sql(server, { sql: 'SELECT 1', [path]: value }), 400, 'invalid');
      if (path !== 'query_id') check_equal(error.path, path, path);
    }
    check_equal(error_of(await sql(server, { sql: 'SELECT 1', params: [1, {}] }), 400, 'invalid').path, 'params[1]', 'a value that is none');
    for (const limits of [{ rows: 0 }, { rows: -1 }, { rows: 1.5 }, { rows: '1' }, { bytes: null }, { timeout_ms: true }, { row: 1 }])
      check_equal(error_of(await sql(server, { sql: 'SELECT 1', limits }), 400, 'invalid').path, `limits.${Object.keys(limits)[0]}`, JSON.stringify(limits));
  }));
  await harness.test('sql: transactions are accepted and say that they change nothing', () => with_server([], async (server) => {
    for (const word of ['BEGIN', 'COMMIT', 'ROLLBACK']) {
      const reply = await server.post('/api/v1/sql', { sql: word.toLowerCase() });
      check_equal([reply.status, reply.json().columns.map(({ name }) => name), reply.json().rows.length], [200, ['message'], 1], word);
      check(reply.json().rows[0][0].startsWith(`${word} changes nothing`), reply.text);
    }
  }));

  await harness.test('sql: parameters', () => with_server([], async (server) => {
    const rows = async (text, ...params) => (await sql(server, { sql: text, params })).json().rows;
    check_equal(await rows('SELECT $1, $2, $3::int + 1, $4, $5::text IS NULL', 'it\'s', 1.50, '41', true, null), [["it's", 1.5, 42, true, true]], 'of every kind');
    check_equal(await rows('SELECT count(*) FROM (SELECT 1 AS a, DATE \'2025-02-01\' AS d) AS s WHERE d >= $1 AND a IN ($2, 7)', '2025-02-01', 1), [[1]], 'a text takes the type of its place');
    check_equal(await rows("SELECT $1 || '; DROP TABLE sales', $1 LIKE $2", "' OR 1 = 1 --", '%OR%'), [["' OR 1 = 1 --; DROP TABLE sales", true]], 'never read as SQL');
    check_equal((await rows('SELECT line FROM sales ORDER BY 1 LIMIT $1 OFFSET $2', 2, 1)).length, 2, 'LIMIT');
    const failed = async (text, params, message) => check(error_of(await sql(server, { sql: text, params }), 400, 'invalid').message.includes(message), message);
    await failed('SELECT $2', [1], 'there is no value for parameter $2: 1 were given');
    await failed('SELECT $1', [1, 2], '2 parameters were given, but the statement has 1');
    await failed('SELECT DATE \'2025-01-01\' = $1', ['2025-13-01'], 'invalid input syntax for type date');
    error_of(await sql(server, { sql: 'SELECT $1 + 1' }), 400, 'unsupported');
    for (const text of ['CREATE VIEW v AS SELECT 1', 'CREATE TABLE t AS SELECT 1', 'DROP VIEW v', 'SET timeout = 1'])
      check(error_of(await sql(server, { sql: text }), 400, 'unsupported').message.includes('need a session'), text);
  }));
  await harness.test('sql: limits of a request', () => with_server(['--query-timeout', '30s', '--query-memory', '64M', '--result-rows', '5000', '--result-bytes', '1M'], async (server) => {
    const lines = 'SELECT line FROM sales ORDER BY line';
    const cut = await sql(server, { sql: lines, limits: { rows: 3 } });
    check_equal([cut.json().rows, cut.json().stats.truncated, cut.headers['tessera-truncated']], [[[1], [2], [3]], true, 'true'], 'rows');
    const exact = await sql(server, { sql: `${lines} LIMIT 3`, limits: { rows: 3 } });
    check_equal([exact.json().row_count, exact.json().stats.truncated, exact.headers['tessera-truncated']], [3, false, undefined], 'as many rows as the limit');
    const csv = await sql(server, { sql: lines, format: 'csv', limits: { bytes: 20 } });
    check_equal([csv.text, csv.headers['tessera-truncated']], ['line\r\n1\r\n2\r\n3\r\n4\r\n', 'true'], 'bytes: whole rows only');
    const json = (await sql(server, { sql: lines, limits: { bytes: 100 } })).json();
    check(json.stats.truncated && json.row_count > 0 && json.rows.length === json.row_count, 'bytes: the document is whole');
    error_of(await sql(server, { sql: lines }), 400, 'limit');
    const wide = `SELECT '${'x'.repeat(300)}' FROM (${lines} LIMIT 5000) AS s`;
    const large = (await drain(await open(server, { sql: wide, format: 'ndjson' }))).text.trimEnd().split('\n');
    check_equal([large.length > 2000, JSON.parse(large.at(-1)).error.code], [true, 'limit'], "the server's bytes");
    check(!(await drain(await open(server, { sql: wide, format: 'csv' }))).whole, "the server's bytes in CSV");
    error_of(await sql(server, { sql: `SELECT count(*) FROM (${ENDLESS}) AS s`, limits: { timeout_ms: 150 } }), 504, 'timeout');
    error_of(await sql(server, { sql: 'SELECT line, receipt, paid FROM sales a ORDER BY paid DESC, line', limits: { memory_mb: 1, rows: 5 } }), 503, 'memory');
    const above = { rows: 5001, bytes: (1 << 20) + 1, timeout_ms: 30001, memory_mb: 65 };
    for (const [limit, value] of Object.entries(above))
      check_equal(error_of(await sql(server, { sql: 'SELECT 1', limits: { [limit]: value } }), 400, 'invalid').path, `limits.${limit}`, `${limit} above the server's`);
  }));
  await harness.test('sql: rows come while the query runs', () => with_server([], async (server) => {
    for (const format of ['json', 'csv', 'ndjson']) {
      const query_id = `stream-${format}`;
      const answer = await open(server, { sql: ENDLESS, format, query_id });
      check_equal([answer.status, answer.headers['transfer-encoding'], answer.headers['tessera-query-id']], [200, 'chunked', query_id], 'head');
      const piece = await first_piece(answer);
      check({ json: /^\{"columns":\[\{"name":"l","type":"bigint"\}.*"rows":\[\[1,/, csv: /^l,p\r\n1,/, ndjson: /^\{"l":1,"p":/ }[format].test(piece), `the first piece: ${piece.slice(0, 100)}`);
      check_equal((await server.get(`/api/v1/queries/${query_id}`)).json().state, 'running', `${format}: rows are here and the query runs`);
      answer.reply.destroy();
      for (let tries = 0; (await server.get(`/api/v1/queries/${query_id}`)).json().state !== 'cancelled'; tries++) {
        check(tries < 100, `${format}: the query goes on without its reader`);
        await sleep(50);
      }
    }
  }));
  await harness.test('sql: a failure after the first row is noticed in each format', () => with_server([], async (server) => {
    const json = await drain(await open(server, { sql: BREAKS }));
    const document = JSON.parse(json.text);
    check(json.whole && document.row_count > 10_000 && document.rows.length === document.row_count, 'JSON: a valid document with the rows until then');
    check_equal([document.error.code, Object.keys(document.error)], ['division', ['code', 'message', 'path', 'position']], 'JSON: its error');
    const ndjson = await drain(await open(server, { sql: BREAKS, format: 'ndjson' }));
    const last = JSON.parse(ndjson.text.trimEnd().split('\n').at(-1));
    check_equal([ndjson.whole, last.error.code], [true, 'division'], 'NDJSON: the last line');
    for (const format of ['csv', 'table']) {
      const cut = await drain(await open(server, { sql: BREAKS, format }));
      check(cut.text.length > 10_000 && !cut.whole, `${format}: the connection breaks`);
    }
    const { error, rows } = (await server.get('/api/v1/queries')).json().queries[0];
    check(error.code === 'division' && rows > 10_000, 'the log knows');
    const large = await drain(await open(server, { sql: ENDLESS, format: 'csv', limits: { rows: 100_000 } }));
    check_equal([large.whole, large.trailers['tessera-truncated'], large.text.split('\r\n').length], [true, 'true', 100_002], 'a limit that was asked for is no failure');
  }));
  await harness.test('sql: HTTP/1.0 gets its rows without chunks', () => with_server([], async (server) => {
    const body = JSON.stringify({ sql: ENDLESS, format: 'csv', limits: { rows: 50_000 } });
    const text = await server.raw(`POST /api/v1/sql HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`, false);
    check(/^HTTP\/1.1 200/.test(text) && /\r\nConnection: close\r\n/.test(text) && !/chunked/i.test(text), text.slice(0, 400));
    check_equal(text.slice(text.indexOf('\r\n\r\n') + 4).split('\r\n').length, 50_002, 'rows');
  }));
  await harness.test('sql: a million rows need no memory of their size', async () => {
    const before = process.env.ASAN_OPTIONS;
    process.env.ASAN_OPTIONS = `${before ?? ''}:quarantine_size_mb=8`; // freed memory is no use of memory
    try {
      await with_server([], async (server) => {
        const statement = `SELECT a.*, '${'x'.repeat(100)}' AS filler FROM sales a CROSS JOIN sales b`;
        await sql(server, { sql: statement, limits: { rows: 1000 } });
        const start_kb = resident_kb(server);
        const answer = await open(server, { sql: statement, limits: { rows: 1_000_000 }, query_id: 'million' });
        let bytes = 0, peak_kb = 0;
        await first_piece(answer);
        await sleep(700); // a reader that sleeps fills no memory either
        answer.reply.on('data', (part) => {
          if ((bytes += part.length) % 64 === 0) peak_kb = Math.max(peak_kb, resident_kb(server));
        });
        await new Promise((resolve, reject) => answer.reply.on('end', resolve).on('error', reject).resume());
        peak_kb = Math.max(peak_kb, resident_kb(server));
        const { rows, memory_peak_bytes } = (await server.get('/api/v1/queries/million')).json();
        check(bytes > 150e6 && rows === 1_000_000, `${rows} rows, ${bytes} bytes`);
        check(memory_peak_bytes < 16e6, `charged to the query: ${memory_peak_bytes} bytes`);
        check(peak_kb - start_kb < 60_000, `grown by ${peak_kb - start_kb} kB for ${bytes} bytes`);
      });
    } finally {
      if (before === undefined) delete process.env.ASAN_OPTIONS;
      else process.env.ASAN_OPTIONS = before;
    }
  });
  await harness.test('sql: a reader that stops does not keep its query for ever', () => with_server([], async (server) => {
    const answer = await open(server, { sql: ENDLESS, format: 'csv', limits: { timeout_ms: 800 }, query_id: 'stuck' });
    await first_piece(answer);
    await sleep(1500);
    check_equal((await server.get('/api/v1/queries/stuck')).json().error?.code, 'timeout', 'its time limit holds');
    answer.reply.destroy();
  }));
  await harness.test('sql: 64 clients at once', () => with_server(['--queries', '3', '--queue-timeout', '2m'], async (server) => {
    const client = async (i) => {
      const format = ['json', 'csv', 'ndjson'][i % 3], rows = 4000 + 100 * i;
      const answer = await drain(await open(server, { sql: `SELECT line, paid FROM sales WHERE line <= ${rows}`, format }));
      const wanted = (await server.sql(`SELECT count(*) FROM sales WHERE line <= ${rows}`))[0][0];
      const got = format === 'json' ? JSON.parse(answer.text).rows.length : answer.text.split('\n').length - (format === 'csv' ? 2 : 1);
      check_equal([answer.whole, got], [true, wanted], `client ${i}`);
    };
    await Promise.all(Array.from({ length: 64 }, (_, i) => client(i)));
  }));
}
