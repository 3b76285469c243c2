/*
 * Random definitions of segments over the demo chain: each as Tessera's JSON and as a condition in SQL over a member `m`,
 * written from docs/SEGMENTS.md. The SQL reads the tables attributes, receipt(customer, receipt, store, day, paid, purchase),
 * line(receipt, category, units, purchase), points(customer, day, amount), stores(store, name), base(day), and those of STATES.
 */
export const quoted = (value) => `'${String(value).replaceAll("'", "''")}'`;
export const truth = (sql) => `coalesce(${sql}, false)`; // unknown counts as false

const GROUPS = { 5: ['new', 'potential', 'potential', 'champions', 'champions'], 4: ['promising', 'potential', 'loyal', 'loyal', 'champions'],
  3: ['about to sleep', 'need attention', 'need attention', 'loyal', 'loyal'], 2: ['hibernating', 'hibernating', 'at risk', 'at risk', 'at risk'], 1: ['lost', 'lost', 'at risk', "can't lose", "can't lose"] };
const group_sql = Object.entries(GROUPS).map(([r, names]) => `when r = ${r} then list_extract([${names.map(quoted).join(', ')}], (f + m + 1) // 2)`).join(' ');
const score = (cuts, value) => `len(list_filter(${cuts}, x -> x < ${value}))`;

/** What the retail model's attributes are, written from DEFINITIONS: a macro state_NAME(day) a attribute, of (customer, value). */
export const STATES = (data) => [
  `create macro last_bought(d) as table select customer, d::date - last as since from (select b.customer, max(day) filter (where purchase and day <= d::date) as last from base(d) b left join receipt r on r.customer = b.customer group by 1)`,
  `create macro bought_days(d) as table select customer, min(day) as first, max(day) as last from receipt where purchase and day <= d::date group by 1`,
  // D10, report 17
  `create macro state_purchase_status(d) as table select customer, case when since is null then 'never' when since <= 90 then 'active' when since <= 180 then 'slipping' when since <= 365 then 'dormant' else 'lapsed' end as value from last_bought(d)`,
  `create macro state_last_purchase(d) as table select customer, case when since is null then 'never' when since <= 30 then '0-30' when since <= 60 then '31-60' when since <= 90 then '61-90' when since <= 180 then '91-180'
     when since <= 365 then '181-365' else 'over 365' end as value from last_bought(d)`,
  // report 13
  `create macro rfm(d) as table with buyers as (
       select b.customer, max(day) filter (where purchase) as last, count(*) filter (where purchase) as receipts, sum(paid) as sales from base(d) b join receipt r on r.customer = b.customer
       where day > d::date - 365 and day <= d::date group by 1 having count(*) filter (where purchase) > 0
     ), bought as (select *, d::date - last as since from buyers), cuts as (select quantile_disc(since, [0.2, 0.4, 0.6, 0.8]) as cr, quantile_disc(receipts, [0.2, 0.4, 0.6, 0.8]) as cf, quantile_disc(sales, [0.2, 0.4, 0.6, 0.8]) as cm from bought)
     select customer, 5 - ${score('cr', 'since')} as r, 1 + ${score('cf', 'receipts')} as f, 1 + ${score('cm', 'sales')} as m from bought, cuts`,
  `create macro state_rfm_group(d) as table select b.customer, case when r is null then 'no purchase' ${group_sql} end as value from base(d) b left join rfm(d) s on s.customer = b.customer`,
  `create macro state_rfm_cell(d) as table select customer, concat(r, f, m) as value from rfm(d)`,
  // report 16
  `create macro state_quarters(d) as table select b.customer, ${[4, 3, 2, 1].map((k) => `if(count(*) filter (where purchase and day >= date_trunc('quarter', d::date + 1) - interval ${3 * k} month and day < date_trunc('quarter', d::date + 1) - interval ${3 * k - 3} month) > 0, '1', '0')`).join(' || ')} as value
     from base(d) b left join receipt r on r.customer = b.customer group by 1`,
  `create table tiers as select customer::bigint as customer, tier, valid_from::date as valid_from, valid_to::date as valid_to from read_csv('${data}/tier_history.csv', all_varchar = true)`,
  `create macro state_tier(d) as table select customer, tier as value from tiers where valid_from <= d::date and coalesce(valid_to > d::date, true)`,
  `create table consented as select customer::bigint as customer, channel, valid_from::date as valid_from, valid_to::date as valid_to from read_csv('${data}/consents.csv', all_varchar = true) where given = '1' and purpose = 'marketing'`,
  `create macro state_consent(d) as table select customer, channel as value from consented where valid_from <= d::date and coalesce(valid_to > d::date, true)`,
  // report 50
  `create table contact as select c.customer::bigint as customer, c.sent_at::timestamp::date as day, p.name, c.sent = '1' as sent, c.opened = '1' as opened, c.clicked = '1' as clicked from read_csv('${data}/contacts-*.csv', all_varchar = true) c
     join read_csv('${data}/campaigns.csv', all_varchar = true) p on p.campaign = c.campaign`,
  `create view told as select customer, day as told_on, name from contact where sent`,
  `create macro state_bought_after(d) as table select distinct t.customer, t.name as value from told t join receipt r on r.customer = t.customer and r.purchase and r.day between t.told_on and t.told_on + 7
     where told_on <= d::date and r.day <= d::date`
];
const STATE_VALUES = {
  purchase_status: ['active', 'slipping', 'dormant', 'lapsed', 'never'], last_purchase: ['0-30', '31-60', '61-90', '91-180', '181-365', 'over 365', 'never'],
  rfm_group: [...new Set(Object.values(GROUPS).flat()), 'no purchase'], rfm_cell: ['111', '155', '211', '333', '455', '511', '544', '555', '999'],
  quarters: ['0000', '1111', '0001', '1000', '0110', '0011'], tier: ['base', 'silver', 'gold', 'platinum'], consent: ['email', 'sms', 'push']
};

/** A random rule: {json, sql} over member m, as of `day`. purchases: rules of the first and last purchase too. */
export class Rules {
  constructor(random, words, day, { purchases = false } = {}) {
    Object.assign(this, { random, words, day, purchases });
  }

  /** {json, sql}: rows of which purchase. */
  purchase() {
    const which = this.purchases && this.random.chance(0.4) ? this.random.pick(['first', 'last']) : null;
    return which ? { json: { purchase: which }, sql: ` and day in (select ${which} from bought_days('${this.day}') d where d.customer = m.customer)` } : { json: {}, sql: '' };
  }

  level() {
    const { random, words } = this;
    const [level, column] = random.pick([['customer.gender', 'gender'], ['customer.city', 'city'], ['customer.source', 'source']]);
    const values = random.shuffled(words[column]).slice(0, random.between(1, 3));
    const list = values.map(quoted).join(', ');
    return random.weighted([
      [4, () => ({ json: { level, in: values }, sql: truth(`m.${column} in (${list})`) })],
      [2, () => ({ json: { level, not_in: values }, sql: `not ${truth(`m.${column} in (${list})`)}` })],
      [1, () => ({ json: { level, null: true }, sql: `m.${column} is null` })],
      [1, () => ({ json: { level, from: values[0] }, sql: truth(`m.${column} >= ${quoted(values[0])}`) })],
    ])();
  }

  /** {json, sql}: days that a measure looks at. */
  window() {
    const { random, day } = this;
    const year = random.pick([2023, 2024, 2025]), from = `${year}-0${random.between(1, 9)}-01`, to = `${year}-12-1${random.below(10)}`;
    return random.weighted([
      [3, () => { const days = random.pick([1, 30, 90, 365, 1000]); return { json: { days }, sql: `day > date '${day}' - ${days} and day <= date '${day}'` }; }],
      [2, () => { const days = random.pick([30, 180, 365]), ago = random.pick([1, 90, 400, 640]); return { json: { days, ago }, sql: `day > date '${day}' - ${days + ago} and day <= date '${day}' - ${ago}` }; }],
      [3, () => ({ json: { from, to }, sql: `day between date '${from}' and least(date '${to}', date '${day}')` })],
      [1, () => ({ json: {}, sql: `day <= date '${day}'` })],
    ])();
  }

  measure() {
    const { random, words } = this, purchase = this.purchase(), window = this.window(), category = random.pick(words.category), store = random.pick(words.store);
    const own = (sql) => `(select ${sql} and x.customer = m.customer${purchase.sql})`;
    const [measure, filters, value, bounds, sums] = random.pick([
      ['receipts.count', [], own(`count(*) from receipt x where purchase and ${window.sql}`), [0, 1, 2, 5, 12], true],
      ['receipts.count', [{ level: 'store.store', in: [store] }], own(`count(*) from receipt x where purchase and store in (select store::bigint from stores where name = ${quoted(store)}) and ${window.sql}`), [0, 1, 2], true],
      ['receipts.sales', [], own(`sum(paid) from receipt x where ${window.sql}`), [0, 500, '1499.99', 20000], true],
      ['sales.receipts', [{ level: 'product.category', in: [category] }],
        own(`count(distinct x.receipt) from receipt x join line on line.receipt = x.receipt where line.purchase and category = ${quoted(category)} and ${window.sql}`), [0, 1, 2, 4], true],
      ['sales.units', [{ not: { level: 'product.category', in: [category] } }],
        own(`sum(line.units) from receipt x join line on line.receipt = x.receipt where not ${truth(`category = ${quoted(category)}`)} and ${window.sql}`), [0, 3, 10], true],
      ['receipts.average_check', [], own(`sum(paid)::double / nullif(count(*) filter (where purchase), 0) from receipt x where ${window.sql}`), [400.25, 1000.5], false],
      ['receipts.days', [], own(`count(distinct day) from receipt x where purchase and ${window.sql}`), [1, 3], true],
    ]);
    const [name, sign] = random.pick([['at_least', '>='], ['at_most', '<='], ['above', '>'], ['below', '<'], ...(sums ? [['equal', '=']] : [])]);
    const bound = random.pick(bounds);
    return { json: { measure, ...(filters.length ? { filters } : {}), ...purchase.json, ...window.json, [name]: bound },
      sql: sums ? `coalesce(${value}, 0) ${sign} ${bound}` : truth(`${value} ${sign} ${bound}`) };
  }

  balance() {
    const bound = this.random.pick([0, 50, 300]);
    return { json: { measure: 'points.balance', above: bound },
      sql: `coalesce((select sum(amount) from points x where x.customer = m.customer and x.day <= date '${this.day}'), 0) > ${bound}` };
  }

  /** What a member is on the day. */
  state() {
    const { random, day } = this, attribute = random.pick([...Object.keys(STATE_VALUES), 'bought_after']);
    const values = random.shuffled(STATE_VALUES[attribute] ?? this.words.campaign).slice(0, random.between(1, 3));
    const known = `m.customer in (select customer from state_${attribute}('${day}'))`, some = `m.customer in (select customer from state_${attribute}('${day}') where value in (${values.map(quoted).join(', ')}))`;
    return random.weighted([
      [5, () => ({ json: { attribute, in: values }, sql: some })],
      [2, () => ({ json: { attribute, not_in: values }, sql: `(${known} and not ${some})` })],
      [1, () => ({ json: { attribute, null: true }, sql: `not ${known}` })],
      [1, () => ({ json: { attribute, null: false }, sql: known })],
    ])();
  }

  /** What a campaign came to: sent, opened, clicked, or not. */
  response() {
    const { random, words, day } = this, campaign = random.pick(words.campaign), what = random.pick([['messages', 'sent'], ['opened', 'opened'], ['clicked', 'clicked']]);
    const count = `(select count(*) from contact x where x.customer = m.customer and ${what[1]} and x.name = ${quoted(campaign)} and day <= date '${day}')`, bought = random.chance(0.5);
    return { json: { measure: `communications.${what[0]}`, filters: [{ level: 'campaign.campaign', in: [campaign] }], ...(bought ? { at_least: 1 } : { at_most: 0 }) }, sql: `${count} ${bought ? '>= 1' : '<= 0'}` };
  }

  rule(depth) {
    const { random } = this;
    if (depth && random.chance(0.5)) {
      const items = Array.from({ length: random.between(0, 3) }, () => this.rule(depth - 1));
      return random.weighted([
        [3, () => ({ json: { all: items.map((i) => i.json) }, sql: items.length ? `(${items.map((i) => i.sql).join(' and ')})` : 'true' })],
        [3, () => ({ json: { any: items.map((i) => i.json) }, sql: items.length ? `(${items.map((i) => i.sql).join(' or ')})` : 'false' })],
        [2, () => { const item = this.rule(depth - 1); return { json: { not: item.json }, sql: `not (${item.sql})` }; }],
      ])();
    }
    return random.weighted([[2, () => this.level()], [4, () => this.measure()], [1, () => this.balance()], [3, () => this.state()], [1, () => this.response()]])();
  }
}
