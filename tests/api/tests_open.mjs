/*
 * From files to pages without a model: `tessera open` on public data sets and on small files. What the Overview asks equals what SQL says
 * of the same tables; the totals of the public sets are those that their publishers or describers give.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, check_equal, Server, tessera_must, tessera_run } from './harness.mjs';
import { messy_files, public_sets } from './open_files.mjs';
import { overview_check } from './open_peer.mjs';
import { workbook_make, zip_make } from './workbook.mjs';

/** Opens what is named, asks what the page asks, stops. */
async function opened(tessera, words, ask) {
  const yaml = (await tessera_must(tessera, ['inspect', '--quiet', ...words])).out;
  const server = await Server.open(tessera, words);
  try {
    await ask(await overview_check(server, yaml), server, yaml);
  } finally {
    await server.stop();
  }
}

async function tests_sets(harness, tessera, data) {
  for (const { name, figures, levels, words, lacking } of public_sets(data)) {
    if (lacking) {
      harness.skip(`open: ${name}`, lacking);
      continue;
    }
    await harness.test(`open: ${name} shows what its publishers say`, () =>
      opened(tessera, words, (seen) => {
        for (const [measure, value] of Object.entries(figures)) check_equal(seen.figures[measure], value, measure);
        for (const level of levels) check(seen.levels.includes(level), `the cube has ${level}: ${seen.levels}`);
      }));
  }
}

const lines = (header, count, line) => `${[header, ...Array.from({ length: count }, (_, n) => line(n))].join('\n')}\n`;

/** Lines > receipts > shops and customers, by way of products. */
function shop_write(folder) {
  mkdirSync(folder, { recursive: true });
  const day = (n) => `2025-0${1 + (n % 3)}-${String(1 + (n % 28)).padStart(2, '0')}`;
  writeFileSync(join(folder, 'lines.csv'), lines('line_id,receipt_id,product_id,paid', 600, (n) => `${n + 1},${1 + Math.floor(n / 3)},P${n % 40},${n % 90}.25`));
  writeFileSync(join(folder, 'receipts.csv'), lines('receipt_id,shop_id,customer_id,day', 200, (n) => `${n + 1},${1 + (n % 5)},${n % 7 ? 1 + (n % 30) : ''},${day(n)}`));
  writeFileSync(join(folder, 'shops.csv'), lines('shop_id,shop_name,city', 5, (n) => `${n + 1},Shop ${n + 1},${n < 2 ? 'Omsk' : 'Perm'}`));
  writeFileSync(join(folder, 'customers.csv'), lines('customer_id,tier', 30, (n) => `${n + 1},${n % 3 ? 'gold' : ''}`));
  writeFileSync(join(folder, 'products.csv'), lines('product_id,product_name,category,family', 40, (n) => `P${n},Thing ${n},C${n % 8},${n % 8 < 4 ? 'Food' : 'Drink'}`));
  writeFileSync(join(folder, 'notes.md'), 'no data\n');
}

async function tests_small(harness, tessera, work) {
  const folder = join(work, 'open [1]');
  shop_write(folder);
  await harness.test('open: a folder of tables, joined at several hops', () =>
    opened(tessera, [folder], async (seen, server) => {
      const paid = Array.from({ length: 600 }, (_, n) => (n % 90) + 0.25).reduce((a, b) => a + b);
      check_equal([seen.figures.paid, seen.figures.row_count, seen.from, seen.to], [paid, 600, '2025-01-01', '2025-03-28'], 'figures');
      for (const level of ['shops.city', 'products.family', 'customers.tier', 'receipts.receipt_id']) check(seen.levels.includes(level), level);
      check_equal((await server.query({ measures: ['receipts.row_count'], dimensions: ['shops.city'] })).rows, [['Omsk', 80], ['Perm', 120]], 'receipts are a fact too');
      check(/Left out: .*notes\.md/.test(server.err), server.err);
    }));
  const flat = join(work, 'Flat file.csv');
  writeFileSync(flat, lines('Day;Region;City;Units;Net;E-mail', 90, (n) => `${1 + (n % 28)}.0${1 + (n % 9)}.2025;${n % 4 < 2 ? 'North' : 'South'};City ${n % 4};${n % 9};${n},5;u${n}@example.org`));
  await harness.test('open: a flat file', () =>
    opened(tessera, [flat], (seen) => {
      check_equal([seen.figures.net, seen.figures.units, seen.figures.row_count], [4005 + 45, 360, 90], 'figures');
      check_equal(seen.title.en, 'Flat file', 'title');
      check(seen.levels.includes('city.region') && !seen.levels.some((level) => /mail/.test(level)), `levels: ${seen.levels}`);
    }));
  const tiny = join(work, 'tiny.csv');
  writeFileSync(tiny, 'city,n\nOmsk,1\nTara,2\nOmsk,4\n');
  await harness.test('open: three rows without a date', () => opened(tessera, [tiny], (seen) => check_equal([seen.figures.n, seen.figures.row_count], [7, 3], 'figures')));
}

/** Files as people have them: each shows a page whose figures are those that a person would read in it. */
async function tests_messy(harness, tessera, work) {
  for (const [name, text, figures] of messy_files()) {
    const path = join(work, name);
    writeFileSync(path, text);
    await harness.test(`open: ${name} as people have it`, () =>
      opened(tessera, [path], (seen, server, yaml) => {
        for (const [measure, value] of Object.entries(figures)) check_equal(seen.figures[measure], value, `${measure}\n${yaml}`);
      }));
  }
}

async function tests_demo_folder(harness, tessera, demo) {
  await harness.test("open: the demo chain's own folder leads with its sales", () =>
    opened(tessera, [demo.data], (seen, server) => {
      check_equal(seen.title.en, 'sales', 'the first cube');
      for (const level of ['stores.store', 'stores.region', 'products.category', 'customers.customer', 'channels.channel']) check(seen.levels.includes(level), `${level}: ${seen.levels}`);
      check(seen.figures.paid > 0 && seen.from && /Left out: .*late \(a folder in it\)/.test(server.err), `${JSON.stringify(seen.figures)} ${server.err}`);
    }));
}

async function tests_workbooks(harness, tessera, demo, work) {
  await harness.test('open: a workbook, by its cells and their formats', async () => {
    const styles = '<numFmts><numFmt numFmtId="164" formatCode="dd\\.mm\\.yyyy&quot; day&quot;"/><numFmt numFmtId="165" formatCode="[Red]0.00&quot; EUR&quot;"/></numFmts>'
      + '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="22"/><xf numFmtId="165"/></cellXfs>';
    const strings = '<si><t>Day</t></si><si><r><t>Sold </t></r><r><t>at</t></r><rPh><t>x</t></rPh></si><si><t>City &amp; "area"</t></si><si><t>Paid</t></si><si><t>Omsk,\nold</t></si><si><t>007</t></si>';
    const rows = '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" t="s"><v>2</v></c><c r="D2" t="s"><v>3</v></c><c r="E2" t="inlineStr"><is><t>Code</t></is></c><c r="F2" t="str"><v>Open</v></c></row>'
      + '<row r="3"><c r="A3" s="1"><v>45658</v></c><c r="B3" s="2"><v>45658.4375</v></c><c r="C3" t="s"><v>4</v></c><c r="D3" s="3"><v>0.30000000000000004</v></c><c r="E3" t="s"><v>5</v></c><c r="F3" t="b"><v>1</v></c></row>'
      + '<row r="5"><c r="A5" s="1"><v>45659</v></c><c r="B5" s="2"><v>45659.999988425923</v></c><c r="D5" s="3"><v>12</v></c><c r="E5" t="inlineStr"><is><t>010</t></is></c><c r="F5" t="b"><v>0</v></c></row>'
      + '<row r="6"><c r="A6" s="1"><v>45660</v></c><c r="C6" t="e"><v>#N/A</v></c><c r="D6"><v>1E3</v></c></row>';
    const path = join(work, 'book.xlsx');
    writeFileSync(path, workbook_make({ rows, strings, styles }));
    await opened(tessera, [path], async (seen, server, yaml) => {
      check_equal(await server.sql('SELECT day, sold_at, city_area, paid, code, open FROM book ORDER BY 1'), [
        ['2025-01-01', '2025-01-01T10:30:00', 'Omsk,\nold', 0.3, '007', true],
        ['2025-01-02', '2025-01-02T23:59:59', null, 12, '010', false],
        ['2025-01-03', null, null, 1000, null, null]
      ], yaml);
      check_equal(seen.figures.paid, 1012.3, 'figures');
    });
  });
  await harness.test('open: what a workbook of 1904 and one of ours hold', async () => {
    const path = join(work, 'old.xlsx');
    const cell = (ref, value, style = 0) => `<c r="${ref}" s="${style}"><v>${value}</v></c>`;
    const styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>';
    const rows = `<row><c t="inlineStr"><is><t>day</t></is></c><c t="inlineStr"><is><t>n</t></is></c></row><row>${cell('A2', 0, 1)}${cell('B2', 1)}</row><row>${cell('A3', 44196, 1)}${cell('B3', 2)}</row>`;
    writeFileSync(path, workbook_make({ rows, styles, from_1904: true }));
    await opened(tessera, [path], async (seen, server) => check_equal(await server.sql('SELECT day, n FROM old ORDER BY 1'), [['1904-01-01', 1], ['2025-01-01', 2]], 'days since 1904'));
    const ours = join(work, 'ours.xlsx');
    const sql = 'SELECT receipt, sold_at, date, store, customer FROM receipts ORDER BY receipt LIMIT 500';
    await tessera_must(tessera, ['sql', demo.store, sql, '--format', 'xlsx', '--output', ours]);
    const wanted = JSON.parse((await tessera_must(tessera, ['sql', demo.store, sql, '--format', 'json'])).out).rows;
    await opened(tessera, [ours], async (seen, server) => check_equal(await server.sql('SELECT receipt, sold_at, date, store, customer FROM ours ORDER BY receipt'), wanted, 'what was exported'));
  });
  await harness.test('load: a sheet by its name', async () => {
    const folder = join(work, 'sheets'), model = join(work, 'sheets.yaml');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'book.xlsx'), workbook_make({ rows: '<row><c t="inlineStr"><is><t>a</t></is></c></row><row><c><v>1</v></c></row>', other: '<row><c t="inlineStr"><is><t>a</t></is></c></row><row><c><v>2</v></c></row>' }));
    const load = (sheet, code) => {
      writeFileSync(model, `tessera: 1\nname: s\ntime_zone: UTC\ntables:\n  t: {files: book.xlsx, source: {sheet: ${sheet}}, columns: {a: int}}\n`);
      return tessera_must(tessera, ['load', '--model', model, '--data', folder, '--out', join(work, `sheets-${sheet}`), '--quiet'], code);
    };
    await load('Other', 0);
    check_equal((await tessera_must(tessera, ['sql', join(work, 'sheets-Other'), 'SELECT a FROM t', '--format', 'csv'])).out, 'a\r\n2\r\n');
    await load('Data', 0);
    check_equal((await tessera_must(tessera, ['sql', join(work, 'sheets-Data'), 'SELECT a FROM t', '--format', 'csv'])).out, 'a\r\n1\r\n');
    const { err } = await load('data', 1);
    check(err.includes("book.xlsx: the workbook has no sheet 'data'; it has 'Data', 'Other'"), err);
  });
  await harness.test('open: archives that are no workbooks, or damaged ones, are refused', async () => {
    const path = join(work, 'bad.xlsx'), good = workbook_make({ rows: '<row><c><v>1</v></c></row>' });
    const said = async (bytes, text) => {
      writeFileSync(path, bytes);
      const { err } = await tessera_must(tessera, ['inspect', path, '--quiet'], 1);
      check(err.includes(text), `${text}: ${err}`);
    };
    await said(zip_make({ 'a.txt': 'x' }), 'no Excel workbook');
    await said(good.subarray(0, good.length - 30), 'the archive is damaged');
    await said(workbook_make({ rows: '<row><c><v>1</c></row>' }), 'xl/worksheets/sheet2.xml');
    await said(zip_make({ 'xl/workbook.xml': '<!DOCTYPE a [<!ENTITY b "c">]><workbook>&b;</workbook>' }), 'xl/workbook.xml');
    const flipped = Buffer.from(good);
    flipped[good.lastIndexOf('sheetData')] ^= 1;
    await said(flipped, 'the archive is damaged');
  });
}

async function tests_checked(harness, tessera, work) {
  await harness.test('load --check lists all kinds of bad rows and writes nothing', async () => {
    const folder = join(work, 'checked');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'a.csv'), 'id,day,n\n1,2025-01-01,5\n2,32.13.2025,6\n3,x,7\n4,2025-01-02,x\n5,2025-01-03\n1,2025-01-04,8\n');
    const model = join(work, 'checked.yaml');
    const yaml = (limit) => `tessera: 1\nname: checked\nrejects: {limit: ${limit}}\ntables:\n  a: {files: a.csv, key: id, columns: {id: int, day: date, n: int}}\n`;
    writeFileSync(model, yaml(1));
    const args = ['load', '--model', model, '--data', folder];
    const { out } = await tessera_must(tessera, [...args, '--check'], 1);
    for (const said of [/a\.day: 2 rows: is not a date[^]*first at .*a\.csv:3: '32\.13\.2025'/, /a\.n: 1 row: is not a whole number[^]*a\.csv:5: 'x'/, /a: 1 row: 2 fields where the header has 3/, /a\.id: 1 row: is a key that came before/, /rejects: \{limit: 5\}/])
      check(said.test(out), `${said}: ${out}`);
    const store = join(work, 'checked-store');
    const failed = await tessera_must(tessera, [...args, '--out', store, '--quiet'], 1);
    check(/rejects: \{limit: 100\}/.test(failed.err) && !existsSync(store), `${failed.err}: the key is named, and no folder is left`);
    writeFileSync(model, yaml(5));
    check(/a load would succeed/.test((await tessera_must(tessera, [...args, '--check'])).out), 'with the limit');
    check(!existsSync(store), 'nothing is written');
    await tessera_must(tessera, [...args, '--out', store, '--quiet']);
    await tessera_must(tessera, [...args, '--check', '--out', store], 1); // the batch is there
  });
}

async function tests_kept(harness, tessera, work) {
  const folder = join(work, 'open [1]'), kept = join(work, 'kept');
  await harness.test('open --save keeps the model and a store that serve and load take', async () => {
    const server = await Server.open(tessera, [folder, '--save', kept]);
    const wanted = await server.sql('SELECT count(*), sum(paid) FROM lines');
    await server.stop();
    check_equal((await tessera_must(tessera, ['inspect', '--quiet', folder])).out, readFileSync(join(kept, 'model.yaml'), 'utf8'), 'the model');
    const again = await Server.start(tessera, [join(kept, 'store')]);
    check_equal(await again.sql('SELECT count(*), sum(paid) FROM lines'), wanted, 'the store');
    await again.stop();
    await tessera_must(tessera, ['load', '--model', join(kept, 'model.yaml'), '--data', folder, '--out', join(work, 'kept-again'), '--quiet']);
    check((await tessera_must(tessera, ['open', folder, '--save', kept], 1)).err.includes('name a new folder'), 'it is not written over');
  });
  await harness.test('open: Ctrl-C at any time ends it, and nothing is left', async () => {
    const place = join(work, 'interrupted-open');
    const run = await tessera_run(tessera, ['open', folder, '--save', place, '--port', '0'], { interrupt_at: /^read/m });
    check(run.signal === null && [0, 130].includes(run.code), `exit ${run.code} ${run.err}`);
    check(run.code === 0 || !existsSync(place), 'the folder is removed');
  });
  await harness.test('open: what is wrong is said, and what to do', async () => {
    const said = async (words, text) => check(new RegExp(text).test((await tessera_must(tessera, ['open', ...words], 1)).err), `${words}: ${text}`);
    const empty = join(work, 'no data');
    mkdirSync(empty, { recursive: true });
    writeFileSync(join(empty, 'photo.png'), 'x');
    await said([join(work, 'nowhere.csv')], 'nowhere.csv: No such file');
    await said([empty], 'has no data files');
    const broken = join(work, 'broken.csv');
    writeFileSync(broken, 'a,b\n"1,2\n');
    await said([broken], 'broken.csv:2: the quotes opened on this line are not closed');
    await said([folder, '--port', 'x'], 'cannot listen');
    const bad = join(work, 'bad.csv');
    writeFileSync(bad, 'a,b\n1,2\n3,4,5\n6,7,8\n');
    const place = join(work, 'bad-kept');
    await said([bad, '--save', place], 'bad.csv:3: 3 fields where the header has 2');
    check(!existsSync(place), 'no folder is left');
    await tessera_must(tessera, ['open'], 2);
  });
}

export async function tests_open(harness, tessera, data, demo, work) {
  await tests_small(harness, tessera, work);
  await tests_messy(harness, tessera, work);
  await tests_demo_folder(harness, tessera, demo);
  await tests_workbooks(harness, tessera, demo, work);
  await tests_checked(harness, tessera, work);
  await tests_kept(harness, tessera, work);
  await tests_sets(harness, tessera, data);
}
