/* Proofs of the reports of customers. */
import { check, check_equal } from './harness.mjs';
import { check_near, cut, cut_runs, CUTS, plain, sum } from './reports_peer.mjs';

const END = '2025-12-31';
const DAYS = [{}, { day: '2024-05-17' }, { day: '2023-03-31' }];

/** As the reports line the segments up: by worth, sums last. */
const NAMES = ['champions', 'loyal', 'new', 'potential', 'promising', 'need attention', 'about to sleep', 'at risk', "can't lose", 'hibernating', 'lost', 'no purchase', 'not yet member', 'left it', 'total'];
const ORDER = `[${NAMES.map((name) => `'${name.replace("'", "''")}'`).join(', ')}]`;
/** The segment of D13's table. */
const SEGMENTS = { 5: ['new', 'potential', 'potential', 'champions', 'champions'], 4: ['promising', 'potential', 'loyal', 'loyal', 'champions'],
  3: ['about to sleep', 'need attention', 'need attention', 'loyal', 'loyal'], 2: ['hibernating', 'hibernating', 'at risk', 'at risk', 'at risk'],
  1: ['lost', 'lost', 'at risk', "can't lose", "can't lose"] };
const segment_of = (r, fm) => `case ${Object.entries(SEGMENTS).flatMap(([score, names]) => names.map((name, i) => `when ${r} = ${score} and ${fm} = ${i + 1} then '${name.replace("'", "''")}'`)).join(' ')} end`;

/** Members of the base at `day` with their values and scores; cut points from the values at `cut`, as percentile_disc says. */
const scored = (day, cut = day, days = 365) => {
  const values = (d) => `select b.customer, max(r.day) filter (purchase) as last, count(*) filter (purchase) as n, sum(paid) as s, date '${d}' - max(r.day) filter (purchase) as gap
    from all_base('${d}') b join all_receipt r on r.customer = b.customer and r.day > date '${d}' - ${days} and r.day <= date '${d}' group by 1`;
  const below = (list, value) => `len(list_filter(${list}, lambda c: c < ${value}))`;
  return `(with v as (${values(day)}), c as (select * from (${values(cut)}) where n > 0),
    k as (select quantile_disc(gap, [0.2, 0.4, 0.6, 0.8]) as kr, quantile_disc(n, [0.2, 0.4, 0.6, 0.8]) as kf, quantile_disc(s, [0.2, 0.4, 0.6, 0.8]) as km from c),
    sc as (select v.*, 5 - ${below('kr', 'gap')} as r, 1 + ${below('kf', 'n')} as f, 1 + ${below('km', 's')} as m from v, k where n > 0)
    select b.customer, v.* exclude (customer), sc.r, sc.f, sc.m, floor((f + m) / 2.0 + 0.5)::int as fm, coalesce(${segment_of('r', 'floor((f + m) / 2.0 + 0.5)::int')}, 'no purchase') as segment
    from base('${day}') b left join v on v.customer = b.customer left join sc on sc.customer = b.customer)`;
};

export const PROOFS_CUSTOMERS = [
  {
    id: 'retention',
    runs: [{}, { day: '2024-05-17' }, { first: '2025-10-14' }],
    wanted: ({ day = END, first = '2023-01-01' }) => `
      with buy as (select distinct r.customer, date_trunc('month', day)::date as month from receipt r join members using (customer)
        where purchase and day between date '${first}' and date '${day}' and registered >= date '${first}'),
      born as (select customer, min(month) as cohort from buy group by 1),
      sizes as (select cohort, count(*) as members from born group by 1),
      grid as (select cohort, k, members, (select count(*) from buy join born using (customer) where born.cohort = sizes.cohort and month = cohort + to_months(k::int)) as buyers
        from sizes, range(0, 36) t(k) where cohort + to_months(k::int) <= date '${day}'),
      ends as (select *, last_day((cohort + to_months(k::int))::date) <= date '${day}' as done from grid),
      t as (select null::date as cohort, k, sum(members) as members, sum(buyers) as buyers, true as done from ends where done group by k union all from ends)
      select cohort, k, members, buyers, part(buyers, members), done from t order by 1 nulls first, 2`,
    also: (rows, { day = END }) => {
      for (const row of plain(rows)) check(row[1] > 0 || row[4] === 1, 'all of a cohort buy in its month');
      check_equal(rows.at(-1)[5], day === END, 'the last month has ended');
    }
  },
  {
    id: 'last_purchase',
    runs: [...DAYS, { day: '2025-01-31', days: 31 }, { day: '2025-07-16' }],
    wanted: ({ day = END, days = 365 }) => `
      with m as (select b.customer, date '${day}' - max(r.day) filter (purchase) as age, count(*) filter (purchase and r.day > date '${day}' - ${days}) as n,
          sum(paid) filter (r.day > date '${day}' - ${days}) as s from base('${day}') b left join receipt r on r.customer = b.customer and r.day <= date '${day}' group by 1),
      k(o, name, a, b) as (values (0, 'total', null, null), (1, '0-30', 0, 30), (2, '31-60', 31, 60), (3, '61-90', 61, 90), (4, '91-180', 91, 180), (5, '181-365', 181, 365), (6, 'over 365', 366, 99999), (7, 'never', null, null))
      select name, count(m.customer), part(count(m.customer), (select count(*) from m)), coalesce(sum(n), 0), coalesce(sum(s), 0)
      from k left join m on o = 0 or (o = 7 and age is null) or age between a and b group by o, name order by o`,
    also: (rows) => {
      for (const column of [1, 3, 4]) check_near(sum(rows.slice(1), column), rows[0][column], `column ${column} sums to the total`, 1e-4);
    }
  },
  {
    id: 'rfm',
    runs: [...DAYS, { day: '2025-09-30', days: 90 }, { day: '2023-01-27', days: 7 }],
    wanted: ({ day = END, days = 365 }) => `
      with m as (from ${scored(day, day, days)}), cell as (select r, fm, any_value(segment) as g, count(*) as c, sum(n) as n, sum(s) as s from m group by 1, 2),
      g as (select 5 - r as r, fm + 1 as fm, case ${Object.entries(SEGMENTS).flatMap(([r, names]) => names.map((name, i) => `when 5 - r = ${r} and fm = ${i} then '${name.replace("'", "''")}'`)).join(' ')} end as name from range(5) a(r), range(5) b(fm))
      select null, null, 'total', count(*), if(count(*) > 0, 1, null), coalesce(sum(n), 0), coalesce(sum(s), 0) from m union all
      (select g.r, g.fm, g.name, coalesce(c, 0), part(coalesce(c, 0), (select count(*) from m)), coalesce(n, 0), coalesce(s, 0) from g left join cell on cell.r = g.r and cell.fm = g.fm order by 1 desc, 2) union all
      select null, null, 'no purchase', count(*), part(count(*), (select count(*) from m)), coalesce(sum(n), 0), coalesce(sum(s), 0) from m where r is null`,
    also: (rows) => {
      for (const column of [3, 5, 6]) check_near(sum(rows.slice(1), column), rows[0][column], `column ${column} sums to the total`, 1e-4);
    }
  },
  {
    id: 'rfm_profile',
    runs: [...DAYS, { day: '2025-09-30', days: 90 }, { day: '2024-07-13', days: 7 }],
    wanted: ({ day = END, days = 365 }) => {
      const order = ['champions', 'loyal', 'new', 'potential', 'promising', 'need attention', 'about to sleep', 'at risk', "can't lose", 'hibernating', 'lost', 'no purchase'];
      return `with m as (from ${scored(day, day, days)}), t as (select 0 as o, 'total' as g, * from m union all select list_position([${order.map((name) => `'${name.replace("'", "''")}'`)}], segment), segment, * from m)
        select g, count(*), part(count(*), (select count(*) from m)), round(avg(gap), 6), coalesce(sum(n), 0), part(coalesce(sum(n), 0), count(*)), coalesce(sum(s), 0), part(coalesce(sum(s), 0), (select sum(s) from m)),
          round(coalesce(sum(s), 0) / count(*), 6), round(sum(s) / nullif(sum(n), 0), 6) from t group by o, g order by o`;
    },
    also: async (rows, parameters, ask) => {
      const grid = new Map();
      for (const [, , segment, members] of plain(await ask('rfm', parameters))) grid.set(segment, (grid.get(segment) ?? 0) + members);
      for (const row of plain(rows)) check_equal(row[1], grid.get(row[0]), `${row[0]} in the grid`);
    }
  },
  {
    id: 'rfm_migration',
    runs: [{}, { earlier: '2024-05-17', later: '2025-05-17' }, { cut_points: 'anew' }, { earlier: '2023-06-30', later: '2025-09-30', days: 180, cut_points: 'anew' },
      { earlier: '2024-01-24', later: '2024-01-25', days: 7, cut_points: 'anew' }, { earlier: '2023-12-24', later: '2023-12-30' }, { earlier: '2025-09-13', later: '2025-09-13' }],
    wanted: ({ earlier = '2025-10-01', later = END, days = 365, cut_points = 'earlier' }) => `
      with a as (from ${scored(earlier, earlier, days)}), b as (from ${scored(later, cut_points === 'anew' ? later : earlier, days)}),
      m as (select coalesce(a.segment, 'not yet member') as x, b.segment as y from b left join a on a.customer = b.customer),
      t as (select x, y, count(*) as n from m group by 1, 2 union all select x, 'total', count(*) from m group by 1 union all select 'total', y, count(*) from m group by 2 union all select 'total', 'total', count(*) from m
        union all select x, 'left it', count(*) from m where x <> y and x <> 'not yet member' group by 1)
      select x, y, n, part(n, (select n from t u where u.x = t.x and u.y = 'total')) from t where n > 0 order by list_position(${ORDER}, x), list_position(${ORDER}, y)`,
    also: async (rows, { earlier = '2025-10-01', later = END, days = 365, cut_points = 'earlier' }, ask) => {
      const margin = async (day) => new Map(plain(await ask('rfm_profile', { day, days })).map((row) => [row[0], row[1]]));
      const [before, after] = [await margin(earlier), await margin(later)];
      const list = plain(rows);
      let compared = 0;
      for (const [x, y, members] of list) {
        if (y === 'total' && x !== 'total' && x !== 'not yet member') { check_equal(members, before.get(x), `${x} before`); compared++; }
        if (x === 'total' && y !== 'total' && cut_points === 'anew') { check_equal(members, after.get(y), `${y} after`); compared++; }
      }
      check(compared > 4, 'margins');
      check_equal(sum(list.filter(([x, y]) => x !== 'total' && y !== 'total' && y !== 'left it'), 2), list.at(-1)[2], 'cells sum to the base');
    }
  },
  {
    id: 'binary_segments',
    runs: [...DAYS, { day: '2024-06-30' }, { day: '2024-06-29' }],
    wanted: ({ day = END }) => {
      const [year, month] = day.split('-').map(Number);
      const whole = ['03-31', '06-30', '09-30', '12-31'].includes(day.slice(5));
      const last = year * 4 + Math.floor((month - 1) / 3) - (whole ? 0 : 1);
      const bit = (ago) => { const q = last - ago; return `(select count(*) > 0 from receipt r where r.customer = b.customer and purchase and year(r.day) = ${Math.floor(q / 4)} and quarter(r.day) = ${q % 4 + 1})::int`; };
      return `with m as (select concat(${[3, 2, 1, 0].map(bit).join(', ')}) as bits from base('${day}') b),
        cells as (select concat(a, b, c, d) as bits from (values (0), (1)) q(a), (values (0), (1)) w(b), (values (0), (1)) e(c), (values (0), (1)) z(d))
        select 'total', count(*), 1 from m union all (select cells.bits, count(m.bits), part(count(m.bits), (select count(*) from m)) from cells left join m on m.bits = cells.bits group by 1 order by 1 desc)`;
    },
    also: (rows) => check_equal(sum(rows.slice(1), 1), Number(rows[0][1]), 'the 16 cells sum to the base')
  },
  {
    id: 'churn',
    runs: cut_runs([...DAYS, { day: '2024-08-01', days: 45 }, { day: '2023-06-28' }, { day: '2023-06-29' }], CUTS),
    wanted: ({ day = END, days = 90, ...lists }) => `
      with d as (select distinct r.customer, r.day from receipt r join base('${day}') using (customer) where purchase and r.day <= date '${day}'),
      g as (select a.customer, a.day, a.day - (select max(day) from d b where b.customer = a.customer and b.day < a.day) as gap from d a),
      m as (select g.customer, home_store, count(*) as n, max(day) as last, median(gap) as med, count(*) filter (day between date '${day}' - ${2 * days - 1} and date '${day}' - ${days}) > 0 as was from g join members using (customer) where true${cut(lists, '', 'home_store')} group by 1, 2),
      t as (select 0 as o, null::bigint as store, 'total' as name, m.* from m union all select 1, home_store, s.name, m.* from m left join stores s on s.store::bigint = home_store)
      select store, name, count(*) filter (was), count(*) filter (was and last <= date '${day}' - ${days}),
        if(begin_day() <= date '${day}' - ${2 * days - 1}, part(count(*) filter (was and last <= date '${day}' - ${days}), count(*) filter (was)), null),
        count(*) filter (n >= 4), count(*) filter (n >= 4 and date '${day}' - last > 2 * med), part(count(*) filter (n >= 4 and date '${day}' - last > 2 * med), count(*) filter (n >= 4))
      from t group by o, 1, 2 order by o, 1`,
    also: (rows, { day }) => {
      for (const column of [2, 3, 5, 6]) check_equal(sum(rows.slice(1), column), Number(rows[0][column]), 'stores sum to the total');
      if (day === '2023-06-28' || day === '2023-06-29') check_equal(rows[0][4] === null, day === '2023-06-28', 'covered by the data');
    }
  },
  {
    id: 'purchase_gaps',
    runs: [{}, { first: '2023-01-01', last: '2023-12-31' }, { first: '2025-10-15', last: '2025-11-10' }],
    wanted: ({ first = '2025-01-01', last = END }) => `
      with d as (select distinct customer, day from receipt where purchase and customer is not null and day <= date '${last}'),
      g as (select day, day - (select max(day) from d b where b.customer = a.customer and b.day < a.day) as gap from d a where day >= date '${first}'),
      t as (select null::date as month, gap from g union all select date_trunc('month', day)::date, gap from g)
      select month, count(gap), quantile_cont(gap, 0.5), quantile_cont(gap, 0.9), round(avg(gap), 6) from t where gap is not null group by 1 order by 1 nulls first`
  },
  {
    id: 'order_ladder',
    runs: [...DAYS, { begin: '2025-01-01' }, { begin: '2025-10-25' }],
    wanted: ({ day = END, begin = '2023-01-01' }) => `
      with m as (select customer, count(*) as n from receipt join members using (customer) where purchase and day <= date '${day}' and registered >= date '${begin}' group by 1)
      select k, (select count(*) from m where n >= k), (select count(*) from m where n > k), part((select count(*) from m where n > k), (select count(*) from m where n >= k)) from range(1, 21) t(k) order by k`
  },
  {
    id: 'ltv_to_date',
    runs: [{}, { day: '2024-05-17' }, { measure: 'sales' }, { day: '2025-02-01' }, { begin: '2025-10-25' }],
    wanted: ({ day = END, measure = 'margin', begin = '2023-01-01' }) => `
      with r as (select customer, day, purchase, ${measure === 'sales' ? 'paid' : 'margin'} as v from receipt join members using (customer) where day <= date '${day}' and day >= date '${begin}' and registered >= date '${begin}'),
      b as (select customer, date_trunc('month', min(day))::date as cohort from r where purchase group by 1),
      n as (select cohort, count(*) as members from b group by 1),
      cells as (select cohort, k, members, (select coalesce(sum(v), 0) from r join b using (customer) where b.cohort = n.cohort and r.day >= b.cohort and r.day < n.cohort + to_months(k::int + 1)) as v,
        last_day((cohort + to_months(k::int))::date) <= date '${day}' as done from n, range(0, 36) t(k) where cohort + to_months(k::int) <= date '${day}'),
      t as (select null::date as cohort, k, sum(members) as members, sum(v) as v, true as done from cells where done group by k union all from cells)
      select cohort, k, members, v, round(v / members, 6), done from t order by 1 nulls first, 2`,
    also: (rows, { day = END, measure = 'margin' }) => {
      if (measure === 'sales') for (const row of plain(rows)) check(row[3] > 0, 'sales');
      check_equal(rows.at(-1)[5], day === END, 'the last month has ended');
    }
  }
];

const migrated = (earlier, later, anew, where) => `with a as (from ${scored(earlier)}), b as (from ${scored(later, anew ? later : earlier)})
  select b.customer from b left join a on a.customer = b.customer where ${where} order by 1`;
/** Whom lists name: {id, parameters, column, row, wanted: SQL of the keys in order}. */
export const MEMBERS_CUSTOMERS = [
  { id: 'rfm_migration', parameters: {}, column: 'members', row: { segment_before: 'champions', segment_after: 'left it' },
    wanted: migrated('2025-10-01', END, false, "a.segment = 'champions' and b.segment <> 'champions'") },
  { id: 'rfm_migration', parameters: { cut_points: 'anew', earlier: '2024-05-17' }, column: 'members', row: { segment_before: 'champions', segment_after: 'at risk' },
    wanted: migrated('2024-05-17', END, true, "a.segment = 'champions' and b.segment = 'at risk'") },
  { id: 'rfm_migration', parameters: { earlier: '2024-05-17' }, column: 'members', row: { segment_before: 'not yet member', segment_after: 'total' },
    wanted: migrated('2024-05-17', END, true, 'a.customer is null') },
  { id: 'rfm', parameters: {}, column: 'members', row: { recency: 5, frequency_money: 5, segment: 'champions' },
    wanted: `select customer from ${scored(END)} where r = 5 and fm = 5 order by 1` },
  { id: 'retention', parameters: {}, column: 'buyers', row: { cohort: '2024-11-01', month_number: 6 },
    wanted: `with buy as (select distinct r.customer, date_trunc('month', day)::date as month from receipt r join members using (customer) where purchase and registered >= date '2023-01-01')
      select customer from buy group by 1 having min(month) = date '2024-11-01' and bool_or(month = date '2025-05-01') order by 1` },
  { id: 'churn', parameters: {}, column: 'churned', row: { name: 'total', store: null },
    wanted: `select r.customer from receipt r join base('${END}') using (customer) where purchase group by 1
      having max(day) between date '${END}' - 179 and date '${END}' - 90 order by 1` },
  { id: 'order_ladder', parameters: {}, column: 'went_on', row: { receipts: 7 },
    wanted: `select customer from receipt join members using (customer) where purchase and registered >= date '2023-01-01' group by 1 having count(*) >= 8 order by 1` }
];
