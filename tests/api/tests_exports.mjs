/*
 * Exports: files of an audience's members with chosen columns against DuckDB, personal data masked or granted, the log of what has left,
 * across a kill and a torn line; what a wrong question is told.
 */
import { appendFileSync, cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, check_equal, error_of, Server } from './harness.mjs';
import { segments_peer } from './segments_peer.mjs';

/** RFC 4180: rows of fields; a field without quotes that is empty is null. */
function csv_rows(text) {
  const rows = [];
  for (let at = 0, row = []; at < text.length; ) {
    let field = null;
    if (text[at] === '"') {
      field = '';
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) { if (text[at] === '"') at++; field += text[at]; }
      at++;
    } else for (; text[at] !== ',' && text[at] !== '\r'; at++) field = (field ?? '') + text[at];
    row.push(field);
    if (text[at] === ',') { at++; continue; }
    check(text.slice(at, at + 2) === '\r\n', `a line ends at ${at}`);
    at += 2;
    rows.push(row);
    row = [];
  }
  return rows;
}

const COLUMNS = ['customer', 'arm', 'name', 'birth_date', 'customer.city', 'customer.home_store', 'home_store', 'registered', 'employee', 'household'];
const by_key = (rows) => [...rows].sort((a, b) => Number(a[0]) - Number(b[0]));
const ARMS = [{ id: 'letter', share: 0.8 }, { id: 'control', share: 0.2, hold_out: true }];
const BASE = { columns: COLUMNS };
const FAULTS = [
  [{ columns: ['nothing'] }, 404, /neither a column of table "customers" nor a level/, 'columns'], [{ columns: ['birth_dat'] }, 404, /did you mean "birth_date"/, 'columns'],
  [{ columns: [] }, 400, /1 to 50/, 'columns'], [{ columns: ['customer', 'customer'] }, 400, /already/, 'columns[1]'], [{ columns: [1] }, 400, /a text/, 'columns[0]'],
  [{ columns: 'customer' }, 400, /1 to 50/, 'columns'], [{ ...BASE, arms: ['none'] }, 404, /no arm "none"/, 'arms[0]'], [{ ...BASE, arms: [] }, 400, /1 to 16/, 'arms'],
  [{ ...BASE, personal: 1 }, 400, /true or false/, 'personal'], [{ ...BASE, personal: true }, 400, /without --personal-data/, 'personal'],
  [{ column: ['customer'] }, 400, /did you mean "columns"/], ['[]', 400, /object/]];

export async function tests_exports(harness, tessera, demo, work) {
  const duck = await segments_peer(demo.data);
  if (!duck) return harness.skip('exports', 'DuckDB is not installed: npm install --prefix bench');
  await duck.peer(`create table exported as select c.customer::bigint as customer, c.name as name, c.birth_date, c.city, s.name as home_store, c.home_store as home_store_key,
    c.registered_at::date::text as registered, case c.employee when '1' then 'true' else 'false' end as employee, c.household
    from read_csv('${demo.data}/customers.csv', all_varchar = true) c left join read_csv('${demo.data}/stores.csv', all_varchar = true) s on s.store = c.home_store`);
  const store = join(work, 'exports_store'), log = join(store, 'audiences', 'exports.log');
  cpSync(demo.store, store, { recursive: true });
  let server = await Server.start(tessera, [store]);
  const definition = { level: 'customer.gender', in: ['f'] };
  const exported = async (body, status = 200) => { const reply = await server.post('/api/v1/audiences/women/export', body); check_equal(reply.status, status, reply.text.slice(0, 300)); return reply; };
  const logged = async () => (await server.get('/api/v1/exports')).json().exports;
  let wanted = null;

  await harness.test('exports: chosen columns as DuckDB has them, personal data masked', async () => {
    check_equal((await server.post('/api/v1/audiences', { id: 'women', name: 'Women', definition, arms: ARMS })).status, 201, 'frozen');
    check_equal((await server.get('/api/v1/exports')).json().exports, [], 'nothing has left');
    const arms = new Map(csv_rows((await server.get('/api/v1/audiences/women/members')).text).slice(1).map(([key, arm]) => [key, arm]));
    const rows = await duck.peer(`select e.customer::text, e.name, e.birth_date, e.city, e.home_store, e.home_store_key, e.registered, e.employee, e.household
      from (${duck.from("coalesce(m.gender = 'f', false)", '2025-12-31')}) s join exported e on e.customer = s.customer`);
    check(rows.length > 100 && rows.some((row) => row.includes(null)), `${rows.length} rows, some with gaps`);
    wanted = rows.map((row) => [String(row[0]), arms.get(String(row[0])), ...row.slice(1).map((value) => (value === null ? null : String(value)))]);
    const reply = await exported(BASE), [header, ...got] = csv_rows(reply.text);
    check_equal([header, reply.headers['content-type'], reply.headers['content-disposition']], [COLUMNS, 'text/csv; charset=utf-8', 'attachment; filename="women.csv"'], 'header');
    const masked = wanted.map((row) => row.map((value, i) => (value === null ? null : i === 2 ? `${[...value][0]}***` : i === 3 ? value.slice(0, 4) : value)));
    check_equal(by_key(got), by_key(masked), 'rows');
    check_equal(got.map((row) => row[1]), got.map((row) => row[1]).sort((a, b) => (a === b ? 0 : a === 'letter' ? -1 : 1)), 'arm by arm');
    const label = csv_rows((await exported({ columns: ['customer.customer', 'customer'], arms: ['control'] })).text).slice(1);
    check_equal(label.sort((a, b) => a[1] - b[1]), by_key(masked).filter((row) => row[1] === 'control').map((row) => [row[2], row[0]]), 'a level of a personal label, one arm');
  });
  await harness.test('exports: what can be exported is told, with its marks', async () => {
    const { columns, personal_data } = (await server.get('/api/v1/exports')).json(), names = columns.map((column) => column.name);
    check_equal([personal_data, columns.filter((column) => column.personal).map((column) => column.name)], [false, ['name', 'birth_date']], 'personal');
    check(['customer', 'arm', 'customer.city', 'customer.home_store', 'household'].every((name) => names.includes(name)), names.join());
    check_equal(new Set(names).size, names.length, 'each once');
    check_equal(columns.find((column) => column.name === 'birth_date').title, { en: 'Birth date', ru: 'Дата рождения' }, 'titles');
    const all = csv_rows((await exported({ columns: names })).text);
    check_equal([all[0], all.length], [names, wanted.length + 1], 'all at once');
  });
  await harness.test('exports: wrong questions are told where they are wrong, and nothing is noted', async () => {
    const before = await logged();
    for (const [asked, status, pattern, path] of FAULTS) {
      const error = error_of(await server.post('/api/v1/audiences/women/export', asked), status);
      check(pattern.test(error.message), `${JSON.stringify(asked)}: ${error.message}`);
      if (path !== undefined) check_equal(error.path ?? '', path, JSON.stringify(asked));
    }
    error_of(await server.post('/api/v1/audiences/nobody/export', BASE), 404);
    check_equal(await logged(), before, 'the log');
  });
  await harness.test('exports: each is noted, across a kill and a torn line', async () => {
    check_equal((await server.post('/api/v1/segments', { id: 'ladies', name: 'Ladies', definition })).status, 201, 'saved');
    await server.get('/api/v1/segments/ladies/members');
    const entries = await logged(), control = wanted.filter((row) => row[1] === 'control').length;
    check_equal(entries.map(({ at, ...rest }) => rest).slice(0, 3), [
      { audience: null, segment: 'ladies', arms: [], columns: ['customer'], personal: false, rows: wanted.length },
      { audience: 'women', segment: null, arms: ['letter', 'control'], columns: entries[1].columns, personal: false, rows: wanted.length },
      { audience: 'women', segment: null, arms: ['control'], columns: ['customer.customer', 'customer'], personal: false, rows: control }], 'the newest first');
    check_equal(entries.length, 5, 'all of them');
    check(entries.every(({ at }) => Math.abs(Date.now() - Date.parse(at)) < 3600e3), 'times');
    const asking = Array.from({ length: 8 }, () => server.post('/api/v1/audiences/women/export', { columns: ['customer'] }).then((reply) => reply.status === 200).catch(() => false));
    await Promise.race(asking);
    server.child.kill('SIGKILL');
    const sent = (await Promise.all(asking)).filter(Boolean).length;
    await server.ended;
    appendFileSync(log, '{"at":"2025-');
    server = await Server.start(tessera, [store]);
    check(/exports\.log, line \d+: no export/.test(server.err), server.err);
    const after = await logged();
    check(after.length >= 5 + sent && JSON.stringify(after.slice(-5)) === JSON.stringify(entries), `${after.length} of ${5 + sent}`);
    await exported({ columns: ['customer', 'arm'], arms: ['control'] });
    check_equal([(await logged()).length, (await logged())[0].rows], [after.length + 1, control], 'after a torn line');
    check_equal(JSON.parse(readFileSync(log, 'utf8').trim().split('\n').at(-1)), (await logged())[0], 'the file');
    await server.stop('SIGINT');
  });
  await harness.test('exports: personal data are shown where they are granted and asked for', async () => {
    server = await Server.start(tessera, [store, '--personal-data']);
    check_equal((await server.get('/api/v1/exports')).json().personal_data, true, 'told');
    check_equal(by_key(csv_rows((await exported({ ...BASE, personal: true })).text).slice(1)), by_key(wanted), 'whole');
    check_equal((await logged())[0].personal, true, 'noted as such');
    check(csv_rows((await exported({ columns: ['name'] })).text).slice(1).every(([name]) => name.endsWith('***')), 'not asked for');
    await exported({ columns: ['customer', 'customer.city'], personal: true });
    check_equal((await logged()).slice(0, 2).map((entry) => entry.personal), [false, false], 'nothing personal in it');
  });
  await harness.test('exports: the end', () => server.stop('SIGINT'), { always: true });
}
