// node demo_check.mjs DIR: checks a generated demo chain with DuckDB, which shares no code with it.
//
// Needs `npm install @duckdb/node-api` in a folder on the module path. Two parts: rules that must hold to
// the last kopeck (each a query for violations), and figures, printed beside those of truth.json. Exits
// with 1 when a rule is broken or a figure differs.
import { DuckDBInstance } from '@duckdb/node-api';
import { readFileSync } from 'node:fs';

const dir = process.argv[2];
const truth = JSON.parse(readFileSync(`${dir}/truth/truth.json`, 'utf8'));
const db = await (await DuckDBInstance.create(':memory:')).connect();
const rows = async (sql) => (await db.runAndReadAll(sql)).getRowObjectsJson();

const money = "'list_price':'DECIMAL(12,2)','paid':'DECIMAL(12,2)','discount':'DECIMAL(12,2)','vat':'DECIMAL(12,2)','cost':'DECIMAL(12,2)','quantity':'DECIMAL(12,3)'";
const read = (files, types = '') =>
  `read_csv([${files.map((f) => `'${dir}/${f}'`).join(',')}], header=true, delim=',', quote='"'${types && `, types={${types}}`})`;
const tables = {
  receipts: ['receipts-*.csv', 'late/receipts-late.csv', "'order_no':'VARCHAR','card':'VARCHAR','original_receipt':'BIGINT','customer':'BIGINT'"],
  sales: ['sales-*.csv', 'late/sales-late.csv', `${money},'returned_line':'BIGINT'`],
  line_discounts: ['line_discounts-*.csv', 'late/line_discounts-late.csv', "'coupon':'BIGINT','amount':'DECIMAL(12,2)'"],
  points: ['points-*.csv', 'late/points-late.csv', "'receipt':'BIGINT','campaign':'BIGINT','partner':'VARCHAR','operator':'VARCHAR','reason':'VARCHAR','active_from':'DATE','expires':'DATE'"],
  contacts: ['contacts-*.csv'],
  orders: ['orders-*.csv', "'receipt':'BIGINT','customer':'BIGINT','confirmed_at':'TIMESTAMP','cancelled_at':'TIMESTAMP','delivered_at':'TIMESTAMP'"],
  events: ['events-*.csv', "'customer':'BIGINT','product':'BIGINT','order_no':'VARCHAR','campaign':'BIGINT'"],
  customers: ['customers.csv', 'late/customers-late.csv', "'merged_into':'BIGINT','referrer':'BIGINT','birth_date':'DATE','gender':'VARCHAR','name':'VARCHAR'"],
};
for (const [name, types] of Object.entries({ stores: "'closed':'DATE','programme_since':'DATE'", channels: '', products: "'delisted':'DATE'",
  product_prices: "'valid_to':'DATE'", identities: "'valid_to':'DATE','value':'VARCHAR'", tier_history: "'valid_to':'DATE'", consents: "'valid_to':'DATE'",
  coupons: "'redeemed_receipt':'BIGINT'", campaigns: '', experiments: '', assignments: '', calendar: '' }))
  tables[name] = types ? [`${name}.csv`, types] : [`${name}.csv`];
for (const [name, list] of Object.entries(tables)) {
  const files = list.filter((f) => f.endsWith('.csv'));
  const types = list.filter((f) => !f.endsWith('.csv')).join('');
  await db.run(`create table ${name} as select * from ${read(files, types)}`);
}

const rules = {
  'line is unique': 'select line from sales group by 1 having count(*) > 1',
  'receipt is unique': 'select receipt from receipts group by 1 having count(*) > 1',
  'customer is unique': 'select customer from customers group by 1 having count(*) > 1',
  'points entry is unique': 'select entry from points group by 1 having count(*) > 1',
  'coupon is unique': 'select coupon from coupons group by 1 having count(*) > 1',
  'identity is unique': 'select identity from identities group by 1 having count(*) > 1',
  'lines have a receipt': 'select line from sales anti join receipts using (receipt)',
  'receipts have lines': 'select receipt from receipts anti join sales using (receipt)',
  'lines have an article': 'select line from sales anti join products using (product)',
  'receipts have a shop': 'select receipt from receipts anti join stores using (store)',
  'receipts have a known member': 'select receipt from receipts anti join customers using (customer) where customer is not null',
  'identities have a member': 'select identity from identities anti join customers using (customer)',
  'paid adds up': 'select line from sales where paid <> round(list_price * quantity, 2) - discount - points_spent',
  'VAT is within paid': `select line from sales join products using (product)
     where abs(vat) * 100 <> (abs(paid) * 200 * vat_rate + 100 + vat_rate)::bigint // (2 * (100 + vat_rate))::bigint`,
  'list price is the price of the zone and day': `select line from sales s join receipts r using (receipt) join stores t using (store)
     join product_prices p on p.product = s.product and p.price_zone = t.price_zone and r.business_date >= p.valid_from
     and (p.valid_to is null or r.business_date < p.valid_to) where quantity > 0 and p.price <> list_price`,
  'discounts sum to the discount': `select line from sales left join (select line, sum(amount) a from line_discounts group by 1) using (line)
     where discount <> coalesce(a, 0)`,
  'discounts have a running campaign': `select d.line from line_discounts d join sales s using (line) join receipts r using (receipt)
     left join campaigns c using (campaign) where quantity > 0 and (c.campaign is null or r.business_date not between c.start_date and c.end_date)`,
  'coupons are redeemed where they say': `select coupon from coupons c where redeemed_receipt is not null and not exists
     (select 1 from sales s join line_discounts d using (line) where s.receipt = c.redeemed_receipt and d.coupon = c.coupon)`,
  'returned lines mirror their sales': `select r.line from sales r join sales s on s.line = r.returned_line where r.quantity <> -s.quantity or
     r.paid <> -s.paid or r.cost <> -s.cost or r.points_earned <> -s.points_earned or r.product <> s.product`,
  'returned lines exist': `select r.line from sales r left join sales s on s.line = r.returned_line where (r.quantity < 0) <> (r.returned_line is not null)
     or (r.returned_line is not null and s.line is null)`,
  'nothing is given back twice': 'select returned_line from sales where returned_line is not null group by 1 having count(*) > 1',
  'returns come after their sales': `select r.receipt from receipts r join receipts o on o.receipt = r.original_receipt where
     r.business_date <= o.business_date or r.customer is distinct from o.customer or r.store <> o.store`,
  'cash is never negative on a sale': 'select line from sales where quantity > 0 and paid < 0',
  'business date and hour are those of the local time': 'select receipt from receipts where sold_at::date <> business_date or hour(sold_at) <> hour',
  'shops sell while they exist and are open': `select receipt from receipts r join stores s using (store) where business_date < opened or
     business_date >= coalesce(closed, date '9999-01-01') or hour < opens_hour or hour >= closes_hour`,
  'members buy after registration, with the programme': `select receipt from receipts r join customers c using (customer) join stores s using (store)
     where sold_at < registered_at or programme_since is null or business_date < programme_since`,
  'articles are sold while listed': `select line from sales s join receipts r using (receipt) join products p using (product)
     where quantity > 0 and (business_date < launched or business_date >= coalesce(delisted, date '9999-01-01'))`,
  'cards are identities of the member on the day': `select receipt from receipts r where customer is not null and not exists (select 1 from identities i
     where i.kind = 'card' and i.value::varchar = r.card and i.customer = r.customer and business_date >= valid_from
     and (valid_to is null or business_date < valid_to))`,
  'no two identities at once': `select i.value from identities i join identities j on i.kind = j.kind and i.value = j.value and i.identity < j.identity
     where coalesce(i.valid_to, date '9999-01-01') > j.valid_from and coalesce(j.valid_to, date '9999-01-01') > i.valid_from`,
  'points of lines are points of the ledger': `select receipt from
     (select receipt, sum(points_earned - points_spent) p from sales group by 1) full join
     (select receipt, sum(amount) l from points where receipt is not null group by 1) using (receipt)
     where coalesce(p, 0) <> coalesce(l, 0)`,
  'redemptions are the points spent': `select receipt from (select receipt, sum(points_spent) p from sales where quantity > 0 group by 1)
     full join (select receipt, -sum(amount) l from points where kind = 'redemption' group by 1) using (receipt) where coalesce(p, 0) <> coalesce(l, 0)`,
  'ledger entries have the customer of the receipt': 'select entry from points p join receipts r using (receipt) where p.customer <> r.customer',
  'no lot is drawn below nothing but by reversal': `select lot from points group by lot having sum(amount) < 0 and sum((kind = 'reversal')::int) = 0`,
  'lots expire in time': `select lot from (select lot, max(expires) e from points where amount > 0 group by 1) join
     (select lot, max(posted_at) t from points where kind <> 'reversal' group by 1) using (lot) where t::date > e`,
  'expired lots are empty or in debt': `select lot from points group by lot having max(expires) <= date '2025-12-31' and sum(amount) > 0
     and customer_of(lot) not in (select customer from points where kind = 'reversal')`,
  'tiers follow the spend of twelve months': `with m as (select customer, date_trunc('month', business_date) m, sum(paid) s from sales join receipts using (receipt)
       where customer is not null group by all),
     t as (select customer, valid_from, tier from tier_history where valid_from >= date '2024-01-01' and day(valid_from) = 1),
     x as (select t.customer, t.valid_from, any_value(tier) tier, coalesce(sum(s), 0) s from t left join m on m.customer = t.customer
       and m.m >= t.valid_from - interval 12 month and m.m < t.valid_from group by all)
     select x.customer from x join customers c using (customer) where c.registered_at < valid_from and
     tier <> case when s >= 40000 then 'gold' when s >= 15000 then 'silver' else 'base' end`,
  'tier rows join': `select customer from (select *, lead(valid_from) over (partition by customer order by valid_from) n from tier_history) where n is distinct from valid_to`,
  'orders are unique': 'select order_no from orders group by 1 having count(*) > 1',
  'orders and receipts agree': `select o.order_no from orders o full join (select * from receipts where channel in (2, 3, 4) and kind = 'sale') r
     on r.receipt = o.receipt where (o.receipt is not null or o.order_no is null) and (r.order_no is distinct from o.order_no
     or r.customer is distinct from o.customer or o.created_at <> r.sold_at)`,
  'order times follow their status': `select order_no from orders where (status = 'delivered') <> (delivered_at is not null)
     or (status = 'cancelled') <> (cancelled_at is not null) or (status = 'unconfirmed' and confirmed_at is not null)
     or coalesce(confirmed_at, created_at) < created_at or coalesce(delivered_at, confirmed_at) < confirmed_at`,
  'order amounts are paid': `select order_no from orders join (select receipt, sum(paid) p from sales group by 1) using (receipt) where p <> amount`,
  'events are unique': 'select event from events group by 1 having count(*) > 1',
  'order events have an order of the visitor': `select event from events e left join orders o using (order_no) where kind = 'order' and
     (o.order_no is null or o.visitor <> e.visitor)`,
  'visitors known as members are theirs': `select event from events e join identities i on i.kind = 'visitor' and i.value = e.visitor
     and occurred_at::date >= i.valid_from and (i.valid_to is null or occurred_at::date < i.valid_to) where e.customer is not null and i.customer <> e.customer`,
  'controls are not contacted': "select contact from contacts where (arm = 'control') = (sent = 1)",
  'the missing day is missing': `select receipt from receipts where store = ${truth.truths.find((t) => t.id === 'missing_shop_day').scope.store}
     and business_date = '${truth.truths.find((t) => t.id === 'missing_shop_day').scope.day}'`,
};
await db.run('create macro customer_of(lot) as lot // 4096');
let broken = 0;
for (const [name, sql] of Object.entries(rules)) {
  const [{ n, example }] = await rows(`select count(*) n, first(x) example from (${sql}) x`);
  if (Number(n)) broken++, console.log(`BROKEN ${name}: ${n}, e.g. ${JSON.stringify(example)}`);
}
console.log(`${Object.keys(rules).length} rules, ${broken} broken`);

let figures = 0;
const near = (name, ours, theirs, tolerance = 1e-9) => {
  const same = Math.abs(ours - theirs) <= tolerance * Math.max(1, Math.abs(theirs));
  if (!same) broken++;
  figures++;
  if (!same) console.log(`DIFFER ${name}: ${theirs}, but DuckDB has ${ours}`);
};
const one = async (sql) => Number(Object.values((await rows(sql))[0])[0]);
const find = (id) => truth.truths.find((t) => t.id === id);
const goods = 'quantity > 0 and service_item = 0';
const c = truth.calibration;
near('lines', await one('select count(*) from sales'), c.lines);
near('lines a receipt', await one('select (select count(*) from sales) / (select count(*) from receipts)'), c.lines_per_receipt);
near('card share', await one('select count(customer) / count(*) from receipts'), c.card_share);
near('return lines share', await one(`select count(*) filter (quantity < 0) / count(*) filter (${goods}) from sales join products using (product)`), c.return_lines_share);
near('one-time buyers', await one(`select count(*) filter (n = 1) / count(*) from (select customer, count(*) n from receipts where customer is not null and kind <> 'return' group by 1)`), c.one_time_share);
for (const t of truth.truths.filter((x) => x.finder === 'report 65')) {
  const has = (s) => `bool_or(subcategory = '${s}')`;
  near(t.id, await one(`select count(*) filter (a and b) * count(*) / (count(*) filter (a) * count(*) filter (b)) from
    (select receipt, ${has(t.scope.a)} a, ${has(t.scope.b)} b from sales join products using (product) where ${goods} group by 1)`), t.realised.lift);
}
for (const year of [2024, 2025]) {
  const theirs = find('mix_paradox').realised[`average_check_${year}`];
  const checks = await rows(`select coalesce(region_en, 'total') region, sum(paid)::double / count(distinct receipt) filter (${goods}) v
    from sales join products using (product) join receipts using (receipt) join stores using (store)
    where year(business_date) = ${year} group by rollup (region_en)`);
  for (const { region, v } of checks) near(`check ${year} ${region}`, v, theirs[region]);
}
for (const y of find('point_bank').realised.years) {
  near(`bank opening ${y.year}`, await one(`select sum(amount) from points where posted_at < '${y.year}-01-01'`), y.opening);
  near(`bank closing ${y.year}`, await one(`select sum(amount) from points where posted_at < '${y.year + 1}-01-01'`), y.closing);
  near(`bank earned ${y.year}`, await one(`select sum(amount) from points where year(posted_at) = ${y.year} and kind = 'accrual'`), y.earned);
}
const boots = find('boots_two_winters').realised;
const season = (from, to) => `select distinct customer from sales join receipts using (receipt) join products using (product) where subcategory_en = 'Winter boots'
  and receipts.kind = 'sale' and customer is not null and business_date between '${from}' and '${to}'`;
const cohort = season('2023-10-01', '2024-01-31');
near('boots cohort', await one(`select count(*) from (${cohort})`), boots.cohort);
near('boots next winter', await one(`select count(*) from (${cohort} intersect ${season('2024-10-01', '2025-01-31')})`), boots.again_next_winter);
near('boots two winters later', await one(`select count(*) from (${cohort} intersect ${season('2025-10-01', '2025-12-31')})`), boots.again_two_winters_later);
for (const t of truth.truths.filter((x) => x.observed)) {
  const arms = t.kind === 'campaign' ? `select distinct customer, arm from contacts where campaign = ${t.scope.campaign}`
    : `select customer, arm from assignments where experiment = ${t.scope.experiment}`;
  for (const [window, days] of [['start_to_end', 0], ['start_to_end_plus_28', 28]]) {
    const got = await rows(`select arm, count(distinct a.customer) n, sum(paid)::double s, sum(paid - vat - cost)::double m from (${arms}) a left join
      (select customer, paid, vat, cost from sales join receipts using (receipt) where business_date between '${t.dates.start}' and date '${t.dates.end}' + ${days}) s
      using (customer) group by 1`);
    for (const { arm, n, s, m } of got) {
      const theirs = t.observed[window][arm] ?? { assigned: 0, sales: 0, margin: 0 };
      near(`${t.id} ${window} ${arm} assigned`, Number(n), theirs.assigned);
      near(`${t.id} ${window} ${arm} sales`, s, theirs.sales, 1e-7);
      near(`${t.id} ${window} ${arm} margin`, m, theirs.margin, 1e-7);
    }
  }
}
console.log(`${figures} figures recomputed`);
process.exitCode = broken ? 1 : 0;
