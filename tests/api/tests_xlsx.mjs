/*
 * XLSX files of the API and of the command line, read back by openpyxl (tests/support/xlsx_read.py) and
 * compared with the JSON answer to the same request.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { check, check_equal, error_of, Server, tessera_must } from './harness.mjs';

const MIME = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

const KINDS = `SELECT * FROM (VALUES
  (1::bigint, 999999999999999, 12.30, 0.1::float8, DATE '2025-12-31', TIMESTAMP '2025-12-31 22:47:05', true, 'Тверь'),
  (2, 1000000000000000, -1234567890123.45, -1e300, DATE '1900-03-01', TIMESTAMP '2025-12-31 22:47:05.25', false, '=1+1'),
  (3, -9223372036854775807, 123456789012345678.91, 'NaN', DATE '1900-02-28', TIMESTAMP '2025-12-31 22:47:05.000001', NULL, '+7(900)'),
  (4, 0, 1234567890.10, 1e-5, DATE '9999-12-31', TIMESTAMP '1969-12-31 23:59:59', true, '@SUM(A1)'),
  (5, NULL, NULL, NULL, NULL, NULL, NULL, ''),
  (6, -5, -0.01, 123456789.125, DATE '2024-02-29', TIMESTAMP '2024-02-29 00:00:00', false, ' <b> & "q" ')
) AS t (id, whole, money, real, day, moment, yes, word) ORDER BY id`;

/** A JSON value as the reader shows its cell: [value, type]. */
function as_cell(value, type) {
  if (value === null || value === '') return [null, 'n'];
  if (typeof value === 'boolean') return [value, 'b'];
  if (/^date$|^timestamp/.test(type) && value >= '1900-03-01' && !/\.\d{4}/.test(value))
    return [type === 'date' ? `${value}T00:00:00` : value.replace(/\.(\d+)$/, (_, digits) => `.${digits.padEnd(6, '0')}`), 'd'];
  if (/^timestamp/.test(type)) return [value.replace('T', ' '), 's'];
  return [value, typeof value === 'number' ? 'n' : 's'];
}

export async function tests_xlsx(harness, tessera, root, demo, work) {
  const folder = join(work, 'xlsx');
  mkdirSync(folder, { recursive: true });
  // Not execFileSync: the server closes a connection that is idle for 15 seconds, and a process that stands still would not notice.
  const read = async (bytes) => {
    const file = join(folder, 'read.xlsx');
    writeFileSync(file, bytes);
    const { stdout } = await promisify(execFile)('/usr/bin/python3', [join(root, 'tests/support/xlsx_read.py'), file], { maxBuffer: 1 << 28 });
    return JSON.parse(stdout).sheets;
  };
  const with_server = async (args, body) => {
    const server = await Server.start(tessera, [demo.store, ...args]);
    try {
      await body(server);
    } catch (cause) {
      server.child.kill('SIGKILL');
      throw cause;
    }
    await server.stop('SIGTERM');
  };
  /** The file of a request, and its JSON answer. */
  const both = async (server, path, body) => {
    const file = await server.post(path, { ...body, format: 'xlsx' });
    check_equal(file.status, 200, file.text.slice(0, 300));
    check_equal(file.headers['content-type'], MIME, 'content type');
    const json = await server.post(path, { ...body, format: 'json' });
    return { file, sheets: await read(file.body), json: json.json() };
  };
  const values_of = (sheet) => sheet.rows.slice(1).map((row) => row.map(({ value }) => value));
  /** A floating-point number has 16 digits in the file, others have all of theirs. */
  const is_number = (text, wanted, type) => Math.abs(Number(text) - wanted) <= (/^double/.test(type) ? Math.abs(wanted) * 1e-15 : 0);
  /** Every cell against JSON's. */
  const check_cells = (sheet, json) => {
    check_equal(sheet.rows.length, json.rows.length + 1, 'rows');
    json.rows.forEach((row, r) => row.forEach((value, c) => {
      const cell = sheet.rows[r + 1][c], { name, type } = json.columns[c];
      let [wanted, kind] = as_cell(value, type);
      if (/decimal|numeric|bigint/.test(type) && cell.type === 's') kind = 's'; // digits as a text
      const same = typeof wanted === 'number' ? is_number(cell.value, wanted, type) : cell.value === wanted;
      check(same && (cell.type === kind), `${name}, row ${r + 1}: ${JSON.stringify(cell)}, JSON has ${JSON.stringify(value)}`);
    }));
  };

  await harness.test('xlsx: cells of every kind, no digit lost, no formula', () => with_server([], async (server) => {
    const { file, sheets, json } = await both(server, '/api/v1/sql', { sql: KINDS });
    check_equal(sheets.map(({ title }) => title), ['Rows', 'About'], 'sheets');
    check_equal([sheets[0].frozen, sheets[0].filter], ['A2', 'A1:H7'], 'the header stays');
    check_equal(sheets[0].rows[0].map(({ value, bold }) => [value, bold]), json.columns.map(({ name }) => [name, true]), 'the header');
    check_cells(sheets[0], json);
    const column = (c) => sheets[0].rows.slice(1).map((row) => [row[c].value, row[c].type]);
    check_equal(column(1), [['999999999999999', 'n'], ['1000000000000000', 's'], ['-9223372036854775807', 's'], ['0', 'n'], [null, 'n'], ['-5', 'n']], 'integers: 15 digits are a number');
    check_equal(column(2).map(([value]) => value), ['12.3', '-1234567890123.45', '123456789012345678.91', '1234567890.1', null, '-0.01'], 'decimals');
    check_equal(sheets[0].rows[1].map(({ format }) => format), ['0', '0', '0.00', 'General', 'yyyy-mm-dd', 'yyyy-mm-dd hh:mm:ss', 'General', 'General'], 'number formats');
    check(sheets.every(({ rows }) => rows.every((row) => row.every(({ type }) => type !== 'f'))), 'no formula');
    const about = values_of({ rows: [[], ...sheets[1].rows] });
    check_equal(about[0], ['Statement', KINDS], 'the statement');
    check_equal(about.filter(([, text]) => /texts here/.test(text)).map(([name]) => name), ['whole', 'money', 'day', 'moment'], 'remarks');
    check_equal(file.headers['content-disposition'], 'attachment; filename="answer.xlsx"', 'a name');
    check(Number(file.headers['content-length']) > 0, 'a short file tells its length');
  }));
  await harness.test('xlsx: by Accept, with a name, in Russian; empty; wrong language', () => with_server([], async (server) => {
    const accepted = await server.post('/api/v1/sql', { sql: 'SELECT 1 AS a WHERE false', filename: 'пусто.xlsx', language: 'ru' }, { headers: { Accept: `${MIME}, */*` } });
    check_equal(accepted.headers['content-type'], MIME, 'Accept');
    check(accepted.headers['content-disposition'].endsWith(".xlsx"), accepted.headers['content-disposition']);
    const sheets = await read(accepted.body);
    check_equal(sheets.map(({ title, rows }) => [title, rows[0][0].value]), [['Строки', 'a'], ['Сведения', 'Запрос']], 'Russian');
    check_equal([sheets[0].rows.length, sheets[0].filter], [1, null], 'no rows');
    check_equal(error_of(await server.post('/api/v1/sql', { sql: 'SELECT 1', language: 'de' }), 400, 'invalid').path, 'language', 'language');
  }));
  await harness.test('xlsx: errors are replies, limits hold, a large file comes in pieces', () => with_server(['--result-rows', '2000000', '--result-bytes', '64M'], async (server) => {
    const sql = (body) => server.post('/api/v1/sql', { format: 'xlsx', ...body });
    error_of(await sql({ sql: 'SELECT 1 / 0' }), 400, 'division');
    const long = error_of(await sql({ sql: "SELECT repeat('я', 32768) AS t" }), 400, 'limit');
    check(/column "t", row 1: the text has 32768 characters/.test(long.message), long.message);
    const many = error_of(await sql({ sql: 'SELECT a.line FROM sales a CROSS JOIN sales b' }), 400, 'limit');
    check(/more than 1048575 rows/.test(many.message), many.message);
    const cut = await sql({ sql: 'SELECT line FROM sales ORDER BY line', limits: { rows: 3 } });
    check_equal(cut.headers['tessera-truncated'], 'true', 'truncated');
    const [rows, about] = await read(cut.body);
    check_equal(values_of(rows), [['1'], ['2'], ['3']], 'rows up to the limit');
    check(about.rows.some((row) => /there are more/.test(row[1].value)), 'and it says so');
    const memory = error_of(await sql({ sql: 'SELECT 1', limits: { memory_mb: 1 } }), 503, 'memory');
    check(/memory/.test(memory.message), memory.message);
    const large = await both(server, '/api/v1/sql', { sql: 'SELECT line, receipt, paid, date FROM sales ORDER BY line LIMIT 20000' });
    check(large.file.body.length > 200_000 && !large.file.headers['content-length'], 'in pieces');
    check_cells(large.sheets[0], large.json);
    const stopped = error_of(await sql({ sql: 'SELECT a.line FROM sales a CROSS JOIN sales b WHERE a.line + b.line < 0', limits: { timeout_ms: 100 } }), 504, 'timeout');
    check(/time/.test(stopped.message), stopped.message);
    check_equal(readdirSync(process.env.TMPDIR).filter((name) => name.startsWith('tessera-xlsx-')), [], 'no file is left behind');
  }));
  await harness.test('xlsx: reports have their titles, definition and parameters', () => with_server([], async (server) => {
    const { reports } = (await server.get('/api/v1/reports')).json();
    const [[subcategory]] = await server.sql('SELECT min(subcategory) FROM products');
    for (const report of reports.filter(({ available }) => available)) {
      const lacking = report.parameters.filter((one) => one.default === null).map(({ name }) => name);
      const parameters = Object.fromEntries(lacking.map((name) => [name, { subcategory }[name]]));
      const { file, sheets, json } = await both(server, `/api/v1/reports/${report.id}/run`, { language: 'ru', parameters });
      const [rows, about] = sheets;
      check_equal(rows.rows[0].map(({ value }) => value), report.columns.map(({ title }) => title.ru), `${report.id}: titles`);
      check_cells(rows, json);
      check_equal([about.title, about.rows[0][0].value, about.rows[1].map(({ value }) => value)], ['Сведения', report.title.ru, ['Определение', report.definition.ru]], report.id);
      check_equal(about.rows.slice(2, 2 + report.parameters.length).map((row) => [row[0].value, row[1].value ?? '']), report.parameters.map((one) => [one.title.ru, one.level || one.type === 'segment' ? 'все' : (one.default ?? parameters[one.name])]), `${report.id}: parameters`);
      check(new RegExp(`filename="${report.id}.*[.]xlsx"`).test(file.headers['content-disposition']), file.headers['content-disposition']);
    }
    const kpi = await server.post('/api/v1/reports/kpi/run', { format: 'xlsx', parameters: { first: '2025-11-01', last: '2025-11-30', day: '2025-12-01' } });
    check_equal(kpi.headers['content-disposition'], 'attachment; filename="kpi 2025-11-01 2025-11-30 2025-12-01.xlsx"', 'days are in the name');
    const cut = (await both(server, '/api/v1/reports/penetration/run', { parameters: { stores: ['Тула-10', 'Казань-3'] } })).sheets[1];
    check_equal(cut.rows.find(([label]) => label.value === 'Stores')[1].value, 'Тула-10, Казань-3', 'stores');
    const penetration = (await both(server, '/api/v1/reports/penetration/run', {})).sheets[0];
    check_equal([penetration.title, ...penetration.rows[1].map(({ format }) => format).slice(3, 7)], ['Penetration', '#,##0', '#,##0', '0.0%', '#,##0.00'], 'formats');
  }));
  await harness.test('xlsx: a table of the client, and what is none', () => with_server(['--result-bytes', '100K'], async (server) => {
    const columns = [{ title: 'Регион', format: 'text' }, { title: 'Sales', format: 'money' }, { title: 'Receipts', format: 'count' }, { title: 'Share', format: 'percent' }, { title: 'Items', format: 'number' }];
    const rows = [['=1+1', 248094.6, 31, 0.0802, 2.5], [null, null, null, null, null], ['', -0.01, 0, 1, 1e15]];
    const asked = { columns, rows, sheet: 'Продажи', lines: [['Pivot', null], ['Period', 'December']], language: 'ru', filename: 'продажи.xlsx' };
    const file = await server.post('/api/v1/workbook', asked);
    check_equal([file.status, file.headers['content-type']], [200, MIME], file.text.slice(0, 300));
    check(file.headers['content-disposition'].includes("filename*=UTF-8''%D0%BF"), file.headers['content-disposition']);
    const [sheet, about] = await read(file.body);
    check_equal([sheet.title, sheet.frozen], ['Продажи', 'A2'], 'the sheet');
    check_equal(sheet.rows[0].map(({ value }) => value), columns.map(({ title }) => title), 'titles');
    check_equal(values_of(sheet).map((row) => row.map((value) => value ?? null)), [rows[0], rows[1], [null, ...rows[2].slice(1)]].map((row) => row.map((cell) => (cell === null ? null : String(cell)))), 'cells');
    check_equal(sheet.rows[1].map(({ type }) => type), ['s', 'n', 'n', 'n', 'n'], 'a text is no formula');
    check_equal(sheet.rows[1].map(({ format }) => format), ['General', '#,##0.00', '#,##0', '0.0%', '#,##0.00'], 'number formats');
    check(JSON.stringify(about.rows).includes('December'), JSON.stringify(about.rows));
    const empty = await server.post('/api/v1/workbook', { columns, rows: [] });
    check_equal([empty.status, (await read(empty.body))[0].rows.length, empty.headers['content-disposition']], [200, 1, 'attachment; filename="table.xlsx"'], 'no rows');
    const many = await server.post('/api/v1/workbook', { columns: columns.slice(1, 2), rows: Array.from({ length: 5000 }, (_, i) => [i]) });
    check_equal((await read(many.body))[0].rows.at(-1)[0].value, '4999', 'more rows than a batch');
    for (const [change, path, words] of [
      [{ columns: [] }, 'columns', /1 to 1000/], [{ columns: [{ title: 'a' }] }, 'columns[0]', /format/], [{ columns: [{ title: 'a', format: 'date' }] }, 'columns[0]', /percent/],
      [{ columns: [{ title: 'a', format: 'text', width: 3 }] }, 'columns[0]', /expected/], [{ rows: 1 }, 'rows', /array/], [{ rows: undefined }, 'rows', /array/], [{ rows: [rows[0], [1]] }, 'rows[1]', /5 cells/],
      [{ rows: [[1, 2, 3, 4, 5]] }, 'rows[0][0]', /a text/], [{ rows: [['a', '2', 3, 4, 5]] }, 'rows[0][1]', /a number/], [{ rows: [[true, 2, 3, 4, 5]] }, 'rows[0][0]', /a text/], [{ rows: ['abc'] }, 'rows[0]', /cells/],
      [{ lines: [['a']] }, 'lines[0]', /label/], [{ lines: [[null, 'a']] }, 'lines[0]', /label/], [{ lines: Array(101).fill(['a', 'b']) }, 'lines', /100/], [{ language: 'de' }, 'language', /"en"/],
      [{ filename: '../x' }, 'filename', /folders/], [{ sheet: 1 }, 'sheet', /text/], [{ color: 1 }, 'color', /unknown/]]) {
      const reply = await server.post('/api/v1/workbook', { ...asked, ...change });
      const { error } = reply.json();
      check(reply.status === 400 && error.path === path && words.test(error.message), `${JSON.stringify(change).slice(0, 100)}: ${reply.status} ${JSON.stringify(error)}`);
    }
    const large = await server.post('/api/v1/workbook', { columns: columns.slice(0, 1), rows: Array.from({ length: 100 }, () => ['x'.repeat(2000)]) });
    check_equal(large.status, 400, `the server's limit of bytes: ${large.text.slice(0, 200)}`);
    check_equal(readdirSync(process.env.TMPDIR).filter((name) => name.startsWith('tessera-xlsx-')), [], 'no file is left behind');
  }));
  await harness.test('xlsx: the command line writes a file, or nothing', async () => {
    const file = join(folder, 'out.xlsx');
    await tessera_must(tessera, ['sql', demo.store, 'SELECT store, city FROM stores ORDER BY 1', '--format', 'xlsx', '--output', file]);
    const json = JSON.parse((await tessera_must(tessera, ['sql', demo.store, 'SELECT store, city FROM stores ORDER BY 1', '--format', 'json'])).out);
    check_cells((await read(readFileSync(file)))[0], json);
    const before = readFileSync(file);
    const failed = async (args, code, pattern) => {
      const { err } = await tessera_must(tessera, ['sql', demo.store, ...args, '--format', 'xlsx', '--output', file], code);
      check(pattern.test(err), err);
      check(readFileSync(file).equals(before) && !existsSync(`${file}.part`), 'the file is as it was');
    };
    await failed(['SELECT 1 / 0'], 1, /division/);
    await failed(['SELECT 1; SELECT 2'], 1, /holds the rows of one statement/);
    const nowhere = await tessera_must(tessera, ['sql', demo.store, 'SELECT 1', '--output', '/no/such/folder/a.csv'], 1);
    check(/cannot write \/no\/such\/folder\/a.csv/.test(nowhere.err), nowhere.err);
    const csv = join(folder, 'out.csv');
    await tessera_must(tessera, ['sql', demo.store, 'CREATE VIEW v AS SELECT 1 AS a; SELECT a FROM v', '--format', 'csv', '--output', csv]);
    check_equal(readFileSync(csv, 'utf8'), 'a\r\n1\r\n', 'any format');
  });
}
