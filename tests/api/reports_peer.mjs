/*
 * DuckDB over the CSV files of a chain: the tables as the reports' proofs ask them. The proofs are written from
 * DEFINITIONS and docs/REPORTS.md, never from a report's SQL.
 *
 * A proof is {id, runs: [parameters, ...], wanted: (parameters, peer) => SQL or rows, also: (rows, parameters, ask) => ...}: for each run the
 * report's rows must be those of `wanted`, in its order; `also` checks identities, and may ask other reports; `overall` checks the
 * answers of all runs, and what the chain's truth file has planted.
 */
import { check } from './harness.mjs';

const CSV = ['stores', 'channels', 'products', 'identities', 'tier_history', 'campaigns'];

/** `who`: a condition on the base's columns of customers.csv, whose members alone count; what is `all_` knows everybody. */
const VIEWS = (data, who = 'true') => [
  ...CSV.map((table) => `create view ${table} as from read_csv('${data}/${table}.csv', all_varchar = true)`),
  `create table all_members as select customer::bigint as customer, registered_at::timestamp::date as registered, status = 'active' and employee = '0' and test = '0' as in_base,
     status, employee = '1' as employee, test = '1' as test, home_store::bigint as home_store, region from read_csv('${data}/customers.csv', all_varchar = true)`,
  // without a condition members are of any state, and receipts of nobody count too
  `create table chosen as select customer::bigint as customer from read_csv('${data}/customers.csv', all_varchar = true) where status = 'active' and employee = '0' and test = '0' and (${who})`,
  `create view members as from all_members${who === 'true' ? '' : ' where customer in (from chosen)'}`,
  `create table all_line as select s.line::bigint as line, s.receipt::bigint as receipt, s.product::bigint as product, s.quantity::decimal(12,3) as quantity, s.paid::decimal(14,2) as paid,
     s.paid::decimal(14,2) - s.vat::decimal(14,2) - s.cost::decimal(14,2) as margin, p.category, p.subcategory, coalesce(p.service_item, '0') = '1' as service,
     if(s.unit = 'kg', sign(s.quantity::decimal(12,3))::decimal(14,3), s.quantity::decimal(14,3)) as units,
     s.quantity::decimal(12,3) > 0 and coalesce(p.service_item, '0') = '0' as purchase
     from read_csv('${data}/sales-*.csv', all_varchar = true) s left join products p on p.product = s.product`,
  `create table all_receipt as select r.receipt::bigint as receipt, business_date::date as day, sold_at::timestamp as sold_at, hour::int as hour, store::bigint as store, channel::bigint as channel, customer::bigint as customer,
     bool_or(purchase) as purchase, sum(paid) as paid, sum(margin) as margin, sum(units) as units
     from read_csv('${data}/receipts-*.csv', all_varchar = true) r join all_line line on line.receipt = r.receipt::bigint group by all`,
  `create table receipt as from all_receipt${who === 'true' ? '' : ' where customer in (from chosen)'}`,
  `create table line as from all_line${who === 'true' ? '' : ' where receipt in (select receipt from receipt)'}`,
  `create table points as select customer::bigint as customer, posted_at::timestamp::date as day, kind, amount::bigint as amount, lot::bigint as lot, active_from::date as active_from,
     campaign::bigint as campaign from read_csv('${data}/points-*.csv', all_varchar = true)${who === 'true' ? '' : ' where customer::bigint in (from chosen)'}`,
  // what the truth counts and the files of the first batch have not
  `create view late_points as select kind, amount::bigint as amount from read_csv('${data}/late/points-late.csv', all_varchar = true)`,
  `create table contacts as select campaign::bigint as campaign, customer::bigint as customer, sent_at::timestamp::date as day, arm, sent = '1' as sent, delivered = '1' as delivered,
     opened = '1' as opened, clicked = '1' as clicked, cost::decimal(12,2) as cost, channel as medium from read_csv('${data}/contacts-*.csv', all_varchar = true)`.replace(/$/, who === 'true' ? '' : ' where customer::bigint in (from chosen)'),
  // D9 at a day, by today's status; purchases of known members; the first day of the data
  `create macro base(d) as table select customer from members where registered <= d::date and in_base`,
  `create macro all_base(d) as table select customer from all_members where registered <= d::date and in_base`,
  `create macro begin_day() as (select min(day) from all_receipt)`,
  `create macro part(a, b) as round(a::double / nullif(b::double, 0), 6)`
];

/** SQL -> rows, or null where DuckDB is not installed. */
export async function peer_open(data, who) {
  let duckdb;
  try {
    duckdb = await import('../../bench/peers/duckdb.mjs');
    await duckdb.duckdb_version();
  } catch {
    return null;
  }
  const connection = await duckdb.duckdb_open({ threads: 1 });
  for (const sql of VIEWS(data, who)) await connection.run(sql);
  return (sql) => duckdb.duckdb_query(connection, sql);
}

const is_number = (cell) => typeof cell === 'number' || (typeof cell === 'string' && cell !== '' && !Number.isNaN(Number(cell)));
/** Cells as both sides can show them: numbers as such, the rest as text. */
const plain_cell = (cell) => (cell === null || cell === undefined || typeof cell === 'boolean' ? cell ?? null : is_number(cell) ? Number(cell) : String(cell));
export const plain = (rows) => rows.map((row) => row.map(plain_cell));
/** Equal but for the last of six digits, which two ways of rounding may give. */
const same = (a, b) => a === b || (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1.5e-6);

export function check_rows(got, wanted, what) {
  const [a, b] = [plain(got), plain(wanted)];
  const differs = a.findIndex((row, i) => !b[i] || row.length !== b[i].length || row.some((cell, c) => !same(cell, b[i][c])));
  check(differs < 0, `${what}: row ${differs}: got ${JSON.stringify(a[differs])}, wanted ${JSON.stringify(b[differs])}`);
  check(a.length === b.length, `${what}: ${a.length} rows, wanted ${b.length}, the first more ${JSON.stringify(b[a.length])}`);
}

export const sum = (rows, column) => rows.reduce((total, row) => total + Number(row[column] ?? 0), 0);
export function check_near(got, wanted, what, tolerance = 1e-6) {
  check(got !== null && Math.abs(Number(got) - Number(wanted)) <= tolerance, `${what}: got ${got}, wanted ${wanted}`);
}

const texts = (values) => values.map((value) => `'${String(value).replaceAll("'", "''")}'`).join(', ');
/** What the lists of members leave, as further conditions: stores and channels of a receipt `r`, categories of a line. */
export function cut({ regions = [], stores = [], channels = [], categories = [] }, r = 'receipt', store = `${r}.store`) {
  return [
    regions.length && `${store} in (select store::bigint from stores where region in (${texts(regions)}))`,
    stores.length && `${store} in (select store::bigint from stores where name in (${texts(stores)}))`,
    channels.length && `${r}.channel in (select channel::bigint from channels where name in (${texts(channels)}))`,
    categories.length && `line.category in (${texts(categories)})`
  ].filter(Boolean).map((condition) => ` and ${condition}`).join('');
}
/** Values of the demo chain to cut reports to. */
export const CUTS = [{ regions: ['Москва и область', 'Сибирь'] }, { stores: ['Тула-10', 'Казань-3'] }, { regions: ['Центр', 'Юг'], stores: ['Тула-10', 'Казань-3'] }];
export const CUTS_CHANNELS = [...CUTS, { channels: ['Сайт', 'Приложение'] }, { channels: ['Магазин'], regions: ['Поволжье'] }, { regions: [], stores: [], channels: [] }];
export const CUTS_CATEGORIES = [...CUTS, { categories: ['Обувь', 'Молочные продукты'] }, { categories: ['Напитки и снеки'], regions: ['Москва и область', 'Поволжье'] }];
/** Each run, then the cuts over a longer period. */
export const cut_runs = (runs, cuts, more) => [...runs, ...cuts.map((one) => ({ ...more, ...one }))];

const DAY_MS = 86_400_000;
const day_of = (text) => Date.parse(`${text}T00:00:00Z`) / DAY_MS;
const text_of = (day) => new Date(day * DAY_MS).toISOString().slice(0, 10);
const month_begin = (day, months) => { const d = new Date(day * DAY_MS); return Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + months, 1) / DAY_MS; };

/** D8: {now, before, last_year}, each [first, last], of a period seen on a day. */
export function compared_periods(first, last, day) {
  const [a, end] = [day_of(first), day_of(last)];
  const b = Math.min(end, day_of(day)), elapsed = b - a;
  const whole_month = a === month_begin(a, 0) && end === month_begin(a, 1) - 1;
  const a0 = whole_month ? month_begin(a, -1) : a - elapsed - 1;
  const b0 = whole_month && b < end ? Math.min(a0 + elapsed, a - 1) : a - 1;
  return { now: [a, b].map(text_of), before: [a0, b0].map(text_of), last_year: [a - 364, b - 364].map(text_of) };
}
