/*
 * FoodMart, the sample warehouse of Mondrian: the figures of its own test-suite (BasicQueryTest), and its
 * eleven aggregate tables, each of which must equal the roll-up that it claims to be.
 */
import { check, check_equal, Server } from './harness.mjs';

const SUMS = 'sum(s.store_sales), sum(s.store_cost), sum(s.unit_sales)';
const JOINS = 'sales s JOIN time_by_day t ON s.time = t.time_id JOIN customer c ON s.customer = c.customer_id JOIN product p ON s.product = p.product_id JOIN product_class pc ON p.class = pc.product_class_id';
const MONTH = 't.month_of_year, t.quarter, t.the_year';
const roll_up = (keys, tail) => `SELECT ${keys}, ${SUMS}, ${tail} FROM ${JOINS} GROUP BY ${keys}`;
const COUNTS = 'count(DISTINCT s.customer), count(*)';

const ROLL_UPS = {
  agg_c_10: [roll_up(MONTH, COUNTS), 'month_of_year, quarter, the_year, store_sales, store_cost, unit_sales, customer_count, fact_count'],
  agg_c_14: [roll_up(`s.product, s.customer, s.store, s.promotion, ${MONTH}`, 'count(*)'), 'product_id, customer_id, store_id, promotion_id, month_of_year, quarter, the_year, store_sales, store_cost, unit_sales, fact_count'],
  agg_c_special: [roll_up(`s.product, s.promotion, s.customer, s.store, ${MONTH}`, 'count(*)'), 'product_id, promotion_id, customer_id, store_id, time_month, time_quarter, time_year, store_sales_sum, store_cost_sum, unit_sales_sum, fact_count'],
  agg_g_ms_pcat: [roll_up(`c.gender, c.marital_status, pc.product_family, pc.product_department, pc.product_category, ${MONTH}`, COUNTS), 'gender, marital_status, product_family, product_department, product_category, month_of_year, quarter, the_year, store_sales, store_cost, unit_sales, customer_count, fact_count'],
  agg_l_03: [roll_up('s.time, s.customer', 'count(*)'), 'time_id, customer_id, store_sales, store_cost, unit_sales, fact_count'],
  agg_l_04: [roll_up('s.time', COUNTS), 'time_id, store_sales, store_cost, unit_sales, customer_count, fact_count'],
  agg_l_05: [roll_up('s.product, s.customer, s.promotion, s.store', 'count(*)'), 'product_id, customer_id, promotion_id, store_id, store_sales, store_cost, unit_sales, fact_count'],
  agg_lc_06: [roll_up('s.time, c.city, c.state_province, c.country', 'count(*)'), 'time_id, city, state_province, country, store_sales, store_cost, unit_sales, fact_count'],
  agg_lc_100: [roll_up('s.product, s.customer, t.quarter, t.the_year', 'count(*)'), 'product_id, customer_id, quarter, the_year, store_sales, store_cost, unit_sales, fact_count'],
  agg_ll_01: [roll_up('s.product, s.time, s.customer', 'count(*)'), 'product_id, time_id, customer_id, store_sales, store_cost, unit_sales, fact_count'],
  agg_pl_01: [roll_up('s.product, s.time, s.customer', 'count(*)'), 'product_id, time_id, customer_id, store_sales_sum, store_cost_sum, unit_sales_sum, fact_count']
};

const as_set = (rows) => rows.map((row) => JSON.stringify(row.map((value) => (typeof value === 'number' ? value.toFixed(4) : value)))).sort();

/** Rows of the first that the second lacks, and the other way round: SQL's EXCEPT ALL, both ways. */
function difference(a, b) {
  const [only_a, only_b] = [[], []];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (j >= b.length || (i < a.length && a[i] < b[j])) only_a.push(a[i++]);
    else if (i >= a.length || b[j] < a[i]) only_b.push(b[j++]);
    else i++, j++;
  }
  return { only_a, only_b };
}

export async function tests_foodmart(harness, tessera, model, data) {
  let server = null;
  await harness.test('foodmart: load into memory and serve', async () => {
    server = await Server.start(tessera, ['--model', model, '--data', data, '--connections', '48', '--query-timeout', '5m']);
  }, { always: true });
  if (!server) return;
  await harness.test('foodmart: the published figures, by SQL', async () => {
    check_equal(await server.sql('SELECT sum(unit_sales), sum(store_sales), sum(store_cost), count(DISTINCT customer), count(*) FROM sales'), [[266773, 565238.13, 225627.2336, 5581, 86837]], 'all of 1997');
    check_equal(await server.sql('SELECT c.gender, sum(s.unit_sales), count(DISTINCT s.customer) FROM sales s JOIN customer c ON s.customer = c.customer_id GROUP BY 1 ORDER BY 1'), [['F', 131558, 2755], ['M', 135215, 2826]], 'by gender');
    check_equal(await server.sql('SELECT t.quarter, sum(s.unit_sales) FROM sales s JOIN time_by_day t ON s.time = t.time_id GROUP BY 1 ORDER BY 1'), [['Q1', 66291], ['Q2', 62610], ['Q3', 65848], ['Q4', 72024]], 'by quarter');
    check_equal(await server.sql(`SELECT pc.product_family, sum(s.unit_sales) FROM ${JOINS} GROUP BY 1 ORDER BY 1`), [['Drink', 24597], ['Food', 191940], ['Non-Consumable', 50236]], 'by family');
    check_equal(await server.sql('SELECT st.store_state, sum(s.unit_sales) FROM sales s JOIN store st ON s.store = st.store_id GROUP BY 1 ORDER BY 1'), [['CA', 74748], ['OR', 67659], ['WA', 124366]], 'by state');
  });
  await harness.test('foodmart: the published figures, by cube query', async () => {
    const described = (await server.get('/api/v1/model')).json();
    const measure = (pattern) => described.measures.find((m) => m.cube === 'sales' && pattern.test(m.name))?.name;
    const level = (pattern) => described.levels.find((l) => pattern.test(l.name))?.name;
    const [units, sales, customers] = [measure(/unit_sales/), measure(/store_sales/), measure(/customer/)];
    check(units && sales && customers, `measures ${described.measures.map((m) => m.name)}`);
    check_equal((await server.query({ measures: [units, sales, customers] })).rows, [[266773, 565238.13, 5581]], 'all of 1997');
    check_equal((await server.query({ measures: [units, customers], dimensions: [level(/gender/)] })).rows, [['F', 131558, 2755], ['M', 135215, 2826]], 'by gender');
    const quarters = await server.query({ measures: [units], dimensions: [level(/^(date|time)\.quarter/)], totals: true });
    check_equal([quarters.rows.map((row) => row[1]), quarters.totals.at(-1)], [[66291, 62610, 65848, 72024], 266773], 'by quarter');
    const nobody = await server.post('/api/v1/query', { measures: [units], audience: true });
    check(nobody.status === 400 && nobody.text.includes('segments need a dimension'), nobody.text);
    const families = await server.query({ measures: [units], dimensions: [level(/family/)] });
    check_equal(families.rows, [['Drink', 24597], ['Food', 191940], ['Non-Consumable', 50236]], 'by family');
    const drink = await server.query({ measures: [units, customers], filters: [{ level: level(/family/), in: ['Drink'] }] });
    check_equal(drink.rows[0][0], 24597, 'filtered by family');
  });
  for (const [name, [sql, columns]] of Object.entries(ROLL_UPS)) {
    await harness.test(`foodmart: ${name} equals its roll-up`, async () => {
      const [ready, rolled] = [as_set(await server.sql(`SELECT ${columns} FROM ${name}_sales_fact_1997`)), as_set(await server.sql(sql))];
      const { only_a, only_b } = difference(ready, rolled);
      check(ready.length > 0, 'the table has rows');
      check_equal([only_a.length, only_b.length], [0, 0], `rows only in the table (${only_a.slice(0, 2)}) and only in the roll-up (${only_b.slice(0, 2)})`);
    });
  }
  await harness.test('foodmart: the server ends with 0', () => server.stop('SIGTERM'), { always: true });
}
