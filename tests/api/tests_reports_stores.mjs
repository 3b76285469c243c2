/* Proofs of the reports of channels, time and stores. */
import { check, check_equal } from './harness.mjs';
import { check_near, cut, cut_runs, CUTS, CUTS_CATEGORIES, CUTS_CHANNELS, plain, sum } from './reports_peer.mjs';

const END = '2025-12-31';
const PERIODS = [{}, { first: '2024-02-01', last: '2024-02-29' }, { first: '2025-06-03', last: '2025-06-05' }, { first: '2023-01-01', last: END }];
const within = ({ first, last = END }, column = 'day') => `${column} between '${first}' and '${last}'`;
const YEAR = { first: '2025-01-01' };
const with_first = (parameters, first) => ({ first, last: END, ...parameters });

export const PROOFS_STORES = [
  {
    id: 'heat_map',
    runs: cut_runs(PERIODS, CUTS_CHANNELS, YEAR),
    wanted: (parameters) => {
      const p = with_first(parameters, '2025-10-02');
      return `with d as (select isodow(d::date) as w, count(*) as n from range(date '${p.first}', date '${p.last}' + 1, interval 1 day) t(d) group by 1),
        r as (select * from receipt where ${within(p)}${cut(p)}), h as (select distinct hour from r)
        select g.w::int, h.hour, coalesce(d.n, 0), round(count(*) filter (purchase) / d.n, 6), round(coalesce(sum(paid), 0)::double / d.n, 6)
        from range(1, 8) g(w) cross join h left join d on d.w = g.w left join r on isodow(r.day) = g.w and r.hour = h.hour group by g.w, h.hour, d.n order by 1, 2`;
    },
    also: (rows) => check(sum(rows, 3) > 0, 'receipts')
  },
  {
    id: 'channel_mix',
    runs: cut_runs(PERIODS, CUTS, YEAR),
    wanted: (parameters) => {
      const p = with_first(parameters, '2025-12-01');
      return `with r as (select * from receipt where ${within(p)}${cut(p)}), t as (select 0 as o, null::bigint as channel, 'total' as name, null as type, r.* exclude (channel) from r union all
          select 1, r.channel, c.name, c.type, r.* exclude (channel) from r left join channels c on c.channel::bigint = r.channel)
        select channel, name, type, count(*) filter (purchase) as n, part(n, (select count(*) from r where purchase)), sum(paid) as s, part(s, (select sum(paid) from r)),
          count(distinct customer) filter (purchase) as c, part(c, (select count(distinct customer) from r where purchase)), part(s, n) from t group by o, 1, 2, 3 order by o, 1`;
    },
    also: (rows) => {
      for (const column of [3, 5]) check_near(sum(rows.slice(1), column), rows[0][column], 'channels sum to the total', 1e-4);
      for (const column of [4, 6]) check_near(sum(rows.slice(1), column), 1, 'shares', 3e-6);
    }
  },
  {
    id: 'omnichannel',
    runs: [{}, { day: '2024-05-17' }, { day: '2025-03-31', days: 31 }, { day: '2024-05-21', days: 30 }],
    wanted: ({ day = END, days = 365 }) => `
      with r as (select * from receipt where customer is not null and day > date '${day}' - ${days} and day <= date '${day}'),
      b as (select customer, (select count(distinct channel) from r x where x.customer = r.customer and purchase) as k, count(*) filter (purchase) as n, sum(paid) as s from r group by 1 having count(*) filter (purchase) > 0),
      t as (select null::bigint as k, n, s from b union all select k, n, s from b)
      select k, count(*) as c, part(c, (select count(*) from b)), sum(n), sum(s), part(sum(s), (select sum(s) from b)), part(sum(s), c), part(sum(n), c), part(sum(s), sum(n)) from t group by k order by k nulls first`,
    overall: (answers) => check(answers.some((rows) => rows.length > 2), 'somebody buys in two channels')
  },
  {
    id: 'store_league',
    runs: cut_runs([...PERIODS, { by: 'region', first: '2025-01-01' }, { by: 'city' }, { by: 'format', first: '2024-01-01', last: '2024-12-31' }], [...CUTS_CHANNELS, { by: 'city', regions: ['Центр', 'Юг'], channels: ['Магазин'] }], YEAR),
    wanted: (parameters) => {
      const p = with_first(parameters, '2025-12-01'), by = p.by ?? 'store';
      return `with r as (select receipt.*, s.store::bigint as no, ${by === 'store' ? 's.name' : `s.${by}`} as name from receipt join stores s on s.store::bigint = receipt.store where true${cut(p)}),
        t as (select 1 as o, ${by === 'store' ? 'no' : '0 as no'}, r.* exclude (no) from r union all select 0, 0, r.* exclude (no, name), 'total' from r),
        now as (select o, no, name, sum(paid) as s, count(*) filter (purchase) as n, count(distinct customer) filter (purchase) as c, sum(units) as u, count(*) filter (purchase and customer is not null) as m, sum(margin) as g
          from t where ${within(p)} group by 1, 2, 3),
        old as (select o, no, name, sum(paid) as s from t where day between date '${p.first}' - 364 and date '${p.last}' - 364 group by 1, 2, 3)
        select if(o = 1, (select count(*) + 1 from now x where x.o = 1 and x.s > now.s), null), name, now.s, part(now.s, (select s from now where o = 0)), n, c, part(now.s, n), part(u, n), part(m, n), g,
          if(now.s > 0, part(g, now.s), null), old.s, if(old.s > 0, round(now.s::double / old.s::double - 1, 6), null)
        from now left join old using (o, no, name) order by o, now.s desc, name, no`;
    },
    also: (rows) => {
      for (const column of [2, 4]) check_near(sum(rows.slice(1), column), rows[0][column], 'stores sum to the total', 1e-4);
      check_near(sum(rows.slice(1), 3), 1, 'shares', 1e-5);
    },
    // the mix paradox is planted in the average check by region of two years
    overall: async (answers, ask, truths) => {
      const { average_check_2024, average_check_2025 } = truths.mix_paradox.realised;
      for (const [year, checks] of [['2024', average_check_2024], ['2025', average_check_2025]]) {
        const rows = plain(await ask('store_league', { by: 'region', first: `${year}-01-01`, last: `${year}-12-31` }));
        check_equal(rows.length, Object.keys(checks).length, 'regions and the total');
        // those of late/ are in the truth and not here
        check(Math.abs(rows[0][6] / checks.total - 1) < 0.01, `average check of ${year}: ${rows[0][6]}, truth ${checks.total}`);
      }
    }
  },
  {
    id: 'returns_rate',
    runs: cut_runs([...PERIODS, { by: 'subcategory' }, { by: 'channel', first: '2024-01-01' }, { by: 'subcategory', first: '2023-01-01' }, { by: 'channel', first: '2024-07-24', last: '2024-07-25' }],
      [...CUTS_CHANNELS, ...CUTS_CATEGORIES, { by: 'subcategory', categories: ['Обувь'], channels: ['Магазин', 'Сайт'], regions: ['Центр', 'Москва и область'] }], YEAR),
    wanted: (parameters) => {
      const p = with_first(parameters, '2025-10-02'), by = p.by ?? 'category';
      return `with l as (select line.*, r.day, c.name as channel from line join receipt r using (receipt) left join channels c on c.channel::bigint = r.channel where ${within(p, 'r.day')}${cut(p, 'r')}),
        t as (select 0 as o, 'total' as name, quantity, paid from l union all select 1, ${by}, quantity, paid from l)
        select name, coalesce(sum(paid) filter (quantity > 0), 0) as sold, coalesce(-sum(paid) filter (quantity < 0), 0) as back, if(sold > 0, part(back, sold), null),
          count(*) filter (quantity > 0) as n, count(*) filter (quantity < 0) as m, part(m, n) from t group by o, name order by o, back desc, name`;
    },
    also: (rows) => {
      for (const column of [1, 2, 4, 5]) check_near(sum(rows.slice(1), column), rows[0][column], 'parts sum to the total', 1e-4);
    },
    overall: (answers) => check(answers.some((rows) => Number(rows[0][2]) > 0), 'something comes back')
  }
];
