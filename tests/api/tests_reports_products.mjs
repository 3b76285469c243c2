/* Proofs of the reports of products. */
import { check, check_equal } from './harness.mjs';
import { check_near, cut, cut_runs, CUTS_CATEGORIES, plain, sum } from './reports_peer.mjs';

const END = '2025-12-31';

export const PROOFS_PRODUCTS = [
  {
    id: 'affinity',
    runs: cut_runs([{ at_least: 5 }, { first: '2023-01-01', at_least: 3 }, {}, { first: '2024-01-01', last: '2024-12-31' }], CUTS_CATEGORIES, { first: '2025-01-01', at_least: 3 }),
    wanted: ({ first = '2025-12-01', last = END, at_least = 100, ...lists }) => `
      with l as (select distinct receipt, subcategory from line join receipt r using (receipt) where line.purchase and r.day between '${first}' and '${last}'${cut(lists, 'r')}),
      n as (select count(distinct receipt) as n from l), s as (select subcategory, count(*) as n from l group by 1),
      b as (select receipt, list(subcategory) as items from l group by 1),
      p as (select x, y, count(*) as k from (select unnest(items) as x, items from b), lateral (select unnest(items) as y) where x <> y group by 1, 2)
      select x, y, k, a.n, c.n, n.n, part(k, n.n), part(k, a.n), round((k * n.n)::double / (a.n * c.n), 6) as lift from p join s a on a.subcategory = x join s c on c.subcategory = y, n where k >= ${at_least} order by lift desc, k desc, x, y`,
    also: (rows) => {
      const by = new Map(plain(rows).map((row) => [`${row[0]}|${row[1]}`, row]));
      for (const [key, row] of by) check_equal(by.get(key.split('|').reverse().join('|'))[2], row[2], 'pairs go both ways');
    },
    overall: async (answers, ask, truths) => {
      const lift = (rows, { a, b }) => plain(rows).find((row) => row[0] === a && row[1] === b)?.[8] ?? 0;
      const planted = Object.values(truths).filter((truth) => truth.kind === 'affinity');
      check_equal(planted.length, 6, 'six affinities');
      const popular = lift(answers[1], truths.basket_Milk_Bread.scope);
      for (const { id, scope } of planted) check(lift(answers[1], scope) > Math.max(1.5, 1.5 * popular), `${id}: lift ${lift(answers[1], scope)}, milk and bread ${popular}`);
      check(Math.abs(popular - 1) < 0.15, `the most frequent pair: lift ${popular}`);
      check(lift(answers[1], truths['basket_Butter_Margarine'].scope) < 0.5, 'a substitute is hardly ever bought along');
    }
  },
  {
    id: 'abc_xyz',
    runs: [{}, { first: '2023-01', last: '2023-12', x_variation: 0.5, y_variation: 1 }, { first: '2024-06', last: '2024-06', a_share: 0.5, b_share: 0.9 }, { first: '2023-01', x_variation: 0.8, y_variation: 1.2 }, { first: '2024-12', last: '2025-01' },
      ...cut_runs([], CUTS_CATEGORIES, { x_variation: 0.8, y_variation: 1.2 })],
    wanted: ({ first = '2025-01', last = '2025-12', a_share = 0.8, b_share = 0.95, x_variation = 0.1, y_variation = 0.25, ...lists }) => `
      with l as (select product, date_trunc('month', r.day)::date as month, line.units, line.paid from line join receipt r using (receipt) where not service and strftime(r.day, '%Y-%m') between '${first}' and '${last}'${cut(lists, 'r')}),
      months as (select (date '${first}-01' + to_months(k::int))::date as month from range(0, 60) t(k) where date '${first}-01' + to_months(k::int) <= date '${last}-01'),
      a as (select product, sum(paid) as s, sum(units) as u from l group by 1),
      v as (select a.product, stddev_pop(coalesce(x.u, 0)::double) / nullif(avg(coalesce(x.u, 0)::double), 0) as cv from a cross join months left join (select product, month, sum(units) as u from l group by 1, 2) x on x.product = a.product and x.month = months.month group by 1),
      c as (select a.product, s, u, case when (select coalesce(sum(greatest(b.s, 0)), 0) from a b where b.s > a.s or (b.s = a.s and b.product < a.product)) < ${a_share} * (select sum(greatest(s, 0)) from a) then 'A'
          when (select coalesce(sum(greatest(b.s, 0)), 0) from a b where b.s > a.s or (b.s = a.s and b.product < a.product)) < ${b_share} * (select sum(greatest(s, 0)) from a) then 'B' else 'C' end as abc,
        case when u > 0 and cv <= ${x_variation} + 1e-12 then 'X' when u > 0 and cv <= ${y_variation} + 1e-12 then 'Y' else 'Z' end as xyz from a join v using (product)),
      t as (select abc, xyz, s, u from c union all select abc, 'total', s, u from c union all select 'total', xyz, s, u from c union all select 'total', 'total', s, u from c)
      select g.a, h.x, count(s), part(count(s), (select count(*) from c)), coalesce(sum(s), 0), part(coalesce(sum(s), 0), (select sum(s) from c)), coalesce(sum(u), 0)
      from (values ('A'), ('B'), ('C'), ('total')) g(a) cross join (values ('X'), ('Y'), ('Z'), ('total')) h(x) left join t on t.abc = g.a and t.xyz = h.x group by 1, 2 order by 1, 2`,
    also: (rows) => {
      const cells = plain(rows).filter(([a, x]) => a !== 'total' && x !== 'total');
      for (const column of [2, 4, 6]) check_near(sum(cells, column), rows.at(-1)[column], 'cells sum to the total', 1e-3);
      check_near(sum(cells, 5), 1, 'shares', 1e-5);
    },
    overall: (answers) => {
      for (const letter of ['A', 'B', 'C']) check(answers.some((rows) => rows.some((row) => row[0] === letter && Number(row[2]) > 0)), letter);
      for (const letter of ['X', 'Y', 'Z']) check(answers.some((rows) => rows.some((row) => row[1] === letter && Number(row[2]) > 0)), letter);
    }
  },
  {
    id: 'product_cohort',
    runs: [{ subcategory: 'Молоко' }, { subcategory: 'Зимние ботинки', first: '2023-10-01', last: '2024-01-31', since: '2025-10-01', until: END },
      { subcategory: 'Шампуни', first: '2024-01-01', last: '2024-03-31', since: '2024-04-01', until: '2024-06-30' }, { subcategory: 'Кофе', since: '2025-12-20' }, { subcategory: "нет' такой" },
      { subcategory: 'Молоко', first: '2025-01-13', last: '2025-01-14', since: '2025-01-15', until: '2025-01-16' }],
    wanted: ({ subcategory, first = '2024-01-02', last = '2024-12-31', since = '2025-01-01', until = END }) => {
      const x = `'${subcategory.replace("'", "''")}'`;
      return `with l as (select r.customer, r.day, subcategory, category from line join receipt r using (receipt) where r.customer is not null and line.purchase),
        c as (select distinct customer from l where subcategory = ${x} and day between '${first}' and '${last}'),
        s as (select customer, case when exists (from l where l.customer = c.customer and day between '${since}' and '${until}' and subcategory = ${x}) then 'it again'
          when exists (from l where l.customer = c.customer and day between '${since}' and '${until}' and category in (select p.category from products p where p.subcategory = ${x})) then 'its category'
          when exists (from l where l.customer = c.customer and day between '${since}' and '${until}') then 'anything' else 'nothing' end as g from c)
        select g.g, count(s.g), part(count(s.g), (select count(*) from c)) from (values (0, 'total'), (1, 'it again'), (2, 'its category'), (3, 'anything'), (4, 'nothing')) g(o, g)
        left join (select g from s union all select 'total' from s) s on s.g = g.g group by g.o, g.g order by g.o`;
    },
    also: (rows) => check_equal(sum(rows.slice(1), 1), Number(rows[0][1]), 'lines sum to the cohort'),
    overall: async (answers, ask, truths) => {
      const { cohort, again_two_winters_later } = truths.boots_two_winters.realised;
      check_equal([answers[1][0][1], answers[1][1][1]].map(Number), [cohort, again_two_winters_later], 'the planted boots');
      for (let line = 1; line < 5; line++) check(answers.some((rows) => Number(rows[line][1]) > 0), answers[0][line][0]);
    }
  }
];
