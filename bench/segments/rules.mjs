/*
 * Random definitions of segments over the demo chain: each as Tessera's JSON and as a condition in SQL over a member `m`,
 * written from docs/SEGMENTS.md. The SQL reads the tables attributes, receipt(customer, receipt, store, day, paid, purchase),
 * line(receipt, category, units, purchase), points(customer, day, amount), stores(store, name).
 */
export const quoted = (value) => `'${String(value).replaceAll("'", "''")}'`;
export const truth = (sql) => `coalesce(${sql}, false)`; // unknown counts as false

/** A random rule: {json, sql} over member m, as of `day`. */
export class Rules {
  constructor(random, words, day) {
    Object.assign(this, { random, words, day });
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
      [3, () => ({ json: { from, to }, sql: `day between date '${from}' and least(date '${to}', date '${day}')` })],
      [1, () => ({ json: {}, sql: `day <= date '${day}'` })],
    ])();
  }

  measure() {
    const { random, words } = this, window = this.window(), category = random.pick(words.category), store = random.pick(words.store);
    const own = (sql) => `(select ${sql} and x.customer = m.customer)`;
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
    return { json: { measure, ...(filters.length ? { filters } : {}), ...window.json, [name]: bound },
      sql: sums ? `coalesce(${value}, 0) ${sign} ${bound}` : truth(`${value} ${sign} ${bound}`) };
  }

  balance() {
    const bound = this.random.pick([0, 50, 300]);
    return { json: { measure: 'points.balance', above: bound },
      sql: `coalesce((select sum(amount) from points x where x.customer = m.customer and x.day <= date '${this.day}'), 0) > ${bound}` };
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
    return random.weighted([[2, () => this.level()], [4, () => this.measure()], [1, () => this.balance()]])();
  }
}
