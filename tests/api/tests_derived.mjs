/*
 * Derived tables over several loads: after each of them they hold what one load of all the files gives, and a load
 * says whether they got the new rows or were made anew, and why.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, check_equal, tessera_must } from './harness.mjs';

const MODEL = `tessera: 1
name: derived
tables:
  stores:
    files: "stores-*.csv"
    key: store
    columns: {store: int, region: string}
  receipts:
    files: "receipts-*.csv"
    key: receipt
    columns: {receipt: int, store: {link: stores}, day: date}
  lines:
    files: "lines-*.csv"
    columns: {receipt: {link: receipts}, product: string, quantity: int, paid: "decimal(12,2)"}
  totals:
    query: "SELECT receipt, sum(quantity) AS quantity, sum(paid) AS paid, count(DISTINCT product) AS products, min(product) AS first FROM lines GROUP BY receipt"
    cluster: day
    columns: {receipt: {link: receipts}, quantity: int, paid: "decimal(14,2)", products: int, first: string, day: {through: receipt.day}, store: {through: receipt.store}}
    projections: [{order: [store, day], columns: [paid]}]
  shop_products:
    query: "SELECT r.store, l.product, max(l.paid) AS dearest, avg(l.paid) AS mean FROM lines l JOIN receipts r ON l.receipt = r.receipt WHERE l.quantity > 0 GROUP BY r.store, l.product"
    columns: {store: {link: stores}, product: string, dearest: "decimal(12,2)", mean: double}
  returned:
    query: "SELECT receipt, product, -paid AS back FROM lines WHERE quantity < 0"
    columns: {receipt: {link: receipts}, product: string, back: "decimal(12,2)"}
  days:
    query: "SELECT day, count(*) AS receipts, sum(paid) AS paid FROM totals GROUP BY day"
    columns: {day: date, receipts: int, paid: "decimal(16,2)"}
  single:
    query: "SELECT receipt, count(*) AS n FROM lines GROUP BY receipt HAVING count(*) = 1"
    columns: {receipt: {link: receipts}, n: int}
dimensions:
  date: {time: true}
  store: {table: stores, levels: {store: {parents: [region]}, region: }}
cubes:
  totals:
    table: totals
    time: date.day
    dimensions: {date: day, store: }
    measures: {revenue: {sum: paid}, receipts: {count: rows}}
    cuboids: [{levels: [date.day, store.store]}]
`;
const TABLES = ['totals', 'shop_products', 'returned', 'days', 'single'];

const HEADS = { stores: 'store,region', receipts: 'receipt,store,day', lines: 'receipt,product,quantity,paid' };

export async function tests_derived(harness, tessera, work) {
  await harness.test('derived tables: after each append as one load of all gives them', async () => {
    const folder = join(work, 'derived'), model = join(folder, 'model.yaml'), store = join(folder, 'store');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, 'all'), { recursive: true });
    writeFileSync(model, MODEL);
    let seed = 20261130;
    const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n; // Numerical Recipes' constants
    const pick = (n) => Math.floor((random(2147483648) / 2147483648) * n);
    const day = (n) => new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10);
    const line = (receipt) => `${receipt},p${pick(40)},${pick(9) ? 1 + pick(3) : -1},${pick(100000) / 100}`;
    let receipts = 0;
    const sold = (count, from_day, days) => {
      const made = { receipts: [], lines: [] };
      for (let i = 0; i < count; i++) {
        receipts++;
        made.receipts.push(`${receipts},${1 + pick(20)},${day(from_day + Math.floor((i * days) / count))}`);
        for (let n = 1 + pick(3); n > 0; n--) made.lines.push(line(receipts));
      }
      return made;
    };
    const load = async (data, into) =>
      (await tessera_must(tessera, ['load', '--model', model, '--data', data, '--out', into, '--threads', '2'])).out;
    const contents = async (of) => {
      const found = {};
      for (const table of TABLES) found[table] = (await tessera_must(tessera, ['sql', of, '--format', 'csv', `SELECT * FROM ${table} ORDER BY 1, 2, 3`.replace(/, 3$/, table === 'single' ? '' : ', 3')])).out;
      found.cells = (await tessera_must(tessera, ['sql', of, '--format', 'csv', 'SELECT day, region, sum(paid) AS revenue, count(*) AS n FROM totals JOIN stores ON totals.store = stores.store GROUP BY 1, 2 ORDER BY 1, 2'])).out;
      return found;
    };
    let step = 0;
    const shops = new Map(); // by key: a later row takes the place of an earlier one
    /** Appends the files and compares; what the load said. */
    const append = async (files, what) => {
      const data = join(folder, `step${++step}`);
      mkdirSync(data);
      const write = (into, table, rows, number) => writeFileSync(join(into, `${table}-${number}.csv`), [HEADS[table], ...rows, ''].join('\n'));
      for (const [table, rows] of Object.entries(files)) {
        write(data, table, rows, step);
        for (const row of table === 'stores' ? rows : []) shops.set(row.split(',')[0], row);
        if (table === 'stores') write(join(folder, 'all'), table, [...shops.values()], 1);
        else write(join(folder, 'all'), table, rows, step);
      }
      const said = await load(data, store), whole = join(folder, `whole${step}`);
      await load(join(folder, 'all'), whole);
      const [got, wanted] = [await contents(store), await contents(whole)];
      for (const part of Object.keys(wanted)) check(got[part] === wanted[part], `${what}: ${part} differs: ${first_difference(got[part], wanted[part])}`);
      rmSync(whole, { recursive: true });
      return said;
    };
    const first_difference = (a, b) => {
      const [x, y] = [a.split('\n'), b.split('\n')], at = x.findIndex((text, i) => text !== y[i]);
      return `line ${at}: ${x[at]} instead of ${y[at]}, ${x.length} and ${y.length} lines`;
    };
    const says = (said, text) => check(said.includes(text), `"${text}" is not said: ${said}`);
    const SINGLE = 'derived table single: its query is more than filters, links and one grouping without HAVING; so it was made anew';

    const stores = Array.from({ length: 20 }, (_, i) => `${i + 1},${['north', 'south', 'east'][i % 3]}`);
    says(await append({ stores, ...sold(70000, 0, 60) }, 'the first load'), 'derived tables: 5 built, 0 refreshed, 0 as they were');
    const order = async () => (await tessera_must(tessera, ['sql', store, '--format', 'csv', 'SELECT receipt FROM totals LIMIT 70000'])).out;
    const rows = await order();
    let said = await append(sold(700, 60, 2), 'new receipts');
    says(said, 'derived tables: 1 built, 4 refreshed, 0 as they were');
    says(said, SINGLE);
    says(said, 'cuboids: 0 built, 1 refreshed, 0 as they were');
    said = await append({ lines: Array.from({ length: 300 }, (_, i) => line(1 + i * 211)) }, 'late lines of old receipts');
    says(said, 'derived tables: 2 built, 3 refreshed, 0 as they were');
    says(said, 'derived table days: totals: column paid of row 0 has another value; so it was made anew');
    check(/cuboid totals\(date\.day, store\.store\): totals: column paid of row \d+ has another value; so it was built anew/.test(said), said);
    check_equal(await order(), rows, 'rows keep their numbers');
    says(await append({ stores: ['21,west'] }, 'a new shop'), 'derived tables: 1 built, 0 refreshed, 4 as they were');
    said = await append({ lines: ['999999,p1,1,5.00', '999999,p41,2,7.50'] }, 'lines before their receipt');
    says(said, 'derived tables: 1 built, 2 refreshed, 2 as they were');
    said = await append({ receipts: [`999999,3,${day(61)}`] }, 'the receipt of lines that were there');
    check(/derived table totals: receipts: (column|row) .*999999.*; so it was made anew/.test(said), said);
    says(await append({ stores: ['3,west'] }, 'a shop moves'), 'derived tables: 1 built, 0 refreshed, 4 as they were');
    writeFileSync(model, MODEL.replace('sum(paid) AS paid, count(DISTINCT', '2 * sum(paid) AS paid, count(DISTINCT'));
    says(await append(sold(50, 63, 1), 'another model'), 'derived table totals: the model is another now; so it was made anew');
  });
}
