/*
 * The other public data sets against the figures that their publishers or describers give: each is loaded
 * with its shipped model into a store of its own and asked in SQL.
 *
 * Complete Journey's sales are often quoted as 312,753.20; the exact sum of the file's amounts is
 * 312,753.23 (one line of 4.440892e-16 rounds to nothing).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { check_equal, tessera_must } from './harness.mjs';

const SETS = [
  {
    name: 'online_retail',
    file: 'online_retail.csv.zst',
    figures: [
      ['SELECT count(*), count(DISTINCT customer), count(DISTINCT invoice), sum(quantity * unit_price) FROM sales', [[541909, 4372, 25900, 9747747.934]]],
      ['SELECT count(*) FROM sales WHERE customer IS NULL', [[135080]]],
      ['SELECT count(DISTINCT customer), count(DISTINCT invoice) FROM sales WHERE quantity > 0', [[4339, 20728]]],
      ["SELECT count(DISTINCT invoice) FROM sales WHERE invoice LIKE 'C%'", [[3836]]]
    ]
  },
  {
    name: 'complete_journey',
    file: 'transactions_sample_100k.csv.zst',
    figures: [
      ['SELECT count(*), count(DISTINCT household), count(DISTINCT basket), count(DISTINCT product), count(DISTINCT store) FROM transactions', [[100000, 2405, 56625, 23950, 308]]],
      ['SELECT sum(sales_value), sum(retail_disc), sum(coupon_disc), sum(coupon_match_disc) FROM transactions', [[312753.23, 53875.99, 1884.79, 318.25]]],
      ['SELECT min(sold_at), max(sold_at) FROM transactions', [['2017-01-01T07:30:27', '2017-12-31T22:47:38']]],
      ['SELECT count(*) FROM promotions', [[1948597]]],
      ['SELECT count(*) FROM products', [[92331]]]
    ]
  },
  {
    name: 'hillstrom',
    file: 'hillstrom.csv.zst',
    figures: [
      ['SELECT arm, count(*), sum(visit), sum(conversion), sum(spend) FROM customers GROUP BY arm ORDER BY arm', [
        ['Mens E-Mail', 21307, 3894, 267, 30311.69],
        ['No E-Mail', 21306, 2262, 122, 13908.33],
        ['Womens E-Mail', 21387, 3238, 189, 23038.11]
      ]],
      // What tests/unit/test_experiment_statistics.c computes the published test from.
      ["SELECT arm, sum(spend * spend), sum(history), sum(history * history), sum(spend * history) FROM customers WHERE arm <> 'Womens E-Mail' GROUP BY arm ORDER BY arm", [
        ['Mens E-Mail', 6759024.4973, 5174105.18, 2700687619.2752, 9857526.2586],
        ['No E-Mail', 2870050.3621, 5132245.81, 2597172414.5563, 4267933.8399]
      ]]
    ]
  },
  {
    name: 'rfm',
    file: 'rfm_data_orders.csv.zst',
    figures: [
      ['SELECT count(*), count(DISTINCT customer), sum(revenue) FROM orders', [[4906, 995, 464158]]],
      ['SELECT count(*), sum(orders) FROM customers', [[39999, 393223]]]
    ]
  }
];

export async function tests_public(harness, tessera, root, data, work) {
  for (const set of SETS) {
    const folder = join(data, set.name);
    if (!existsSync(join(folder, set.file))) {
      harness.skip(set.name, `no files in ${folder}; set TESSERA_DATA`);
      continue;
    }
    await harness.test(`${set.name}: the published figures`, async () => {
      const store = join(work, set.name);
      await tessera_must(tessera, ['load', '--model', join(root, `models/${set.name}.yaml`), '--data', folder, '--out', store, '--quiet']);
      for (const [sql, wanted] of set.figures) {
        const answer = await tessera_must(tessera, ['sql', store, sql, '--format', 'json']);
        check_equal(JSON.parse(answer.out).rows, wanted, sql);
      }
    });
  }
}
