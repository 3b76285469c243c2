/* Proofs of the reports of the programme. */
import { check, check_equal } from './harness.mjs';
import { check_near, compared_periods, cut, cut_runs, CUTS, CUTS_CHANNELS, plain, sum } from './reports_peer.mjs';

const DAYS = [{}, { day: '2024-05-17' }, { day: '2023-03-31' }];
const END = '2025-12-31';

const PERIODS = [{}, { first: '2025-12-01', last: '2025-12-31', day: '2025-12-17' }, { first: '2025-03-01', last: '2025-03-31', day: '2025-03-30' }, { first: '2024-02-12', last: '2024-02-18' },
  { first: '2024-02-01', last: '2024-02-29' }, { first: '2023-01-01', last: '2023-06-30' }, { first: '2023-01-01', last: '2023-01-31' }, { first: '2025-11-20', last: '2025-12-31', day: '2025-12-05' }, { first: '2025-01-05', last: '2025-01-05' }, { first: '2024-02-26', last: '2024-02-26' }];
const QUARTER = { first: '2025-10-01', last: END };
const measures_of = (peer, [a, b], parameters) => peer(`select coalesce(sum(paid), 0), count(*) filter (purchase), count(distinct customer) filter (purchase), sum(units), count(*) filter (purchase and customer is not null),
  coalesce(sum(paid) filter (customer is not null), 0), count(*) from receipt where day between '${a}' and '${b}'${cut(parameters)}`).then((rows) => plain(rows)[0]);

export const PROOFS_PROGRAMME = [
  {
    id: 'like_for_like',
    runs: cut_runs([{}, { first: '2024-02-12', last: '2024-02-18' }, { first: '2025-01-01', last: END }, { first: '2024-01-01', last: '2025-12-31' }, { first: '2023-03-01', last: '2023-03-31' }], CUTS_CHANNELS, QUARTER),
    wanted: ({ first = '2025-12-01', last = END, ...lists }) => `
      with s as (select store::bigint as store, name, if(coalesce(opened, '') <= (date '${first}' - 364)::text and coalesce(closed, '9999') > '${last}', 'like-for-like', 'other stores') as scope from stores),
      r as (select s.scope, s.store, s.name, paid, purchase, day between '${first}' and '${last}' as a, day between date '${first}' - 364 and date '${last}' - 364 as b from receipt join s using (store) where (a or b)${cut(lists)}),
      t as (select 0 as o, 'total' as scope, null::bigint as store, 'total' as name, r.* exclude (scope, store, name) from r union all select 1, scope, null, 'total', r.* exclude (scope, store, name) from r
        union all select 2, scope, store, name, r.* exclude (scope, store, name) from r),
      v as (select o, scope, store, name, sum(paid) filter (a) as s1, sum(paid) filter (b) as s0, count(*) filter (a and purchase) as n1, count(*) filter (b and purchase) as n0 from t group by 1, 2, 3, 4)
      select scope, store, name, s1, s0, if(s0 > 0, round(s1::double / s0::double - 1, 6), null), n1, n0, round(n1 / nullif(n0, 0) - 1, 6), part(s1, n1), part(s0, n0),
        if(s0 > 0, round((s1::double / nullif(n1, 0)) / (s0::double / nullif(n0, 0)) - 1, 6), null)
      from v order by o > 0, if(o > 0, scope, ''), o, s1 desc nulls last, store`,
    also: (rows) => {
      const [total, ...rest] = plain(rows);
      for (const column of [3, 4, 6, 7]) {
        check_near(sum(rest.filter((row) => row[1] === null), column), total?.[column] ?? 0, 'the two scopes sum to the total', 1e-4);
        check_near(sum(rest.filter((row) => row[1] !== null), column), total?.[column] ?? 0, 'stores sum to the total', 1e-4);
      }
    },
    overall: (answers) => check(answers.some((rows) => new Set(rows.map(([scope]) => scope)).size === 3), 'some stores are not comparable')
  },
  {
    id: 'kpi',
    runs: cut_runs(PERIODS, CUTS_CHANNELS, QUARTER),
    wanted: async ({ first = '2025-12-01', last = END, day = END, ...lists }, peer) => {
      const periods = compared_periods(first, last, day);
      const values = {};
      for (const [name, period] of Object.entries(periods)) {
        const [s, r, c, u, rm, sm, any] = await measures_of(peer, period, lists);
        values[name] = any ? [s, r, c, s / r, u / r, rm / c, sm / c] : Array(7).fill(null);
      }
      const round = (value) => (value === null || !Number.isFinite(value) ? null : Math.round(value * 1e6) / 1e6);
      const change = (a, b) => (a !== null && Number.isFinite(a) && b > 0 ? round(a / b - 1) : null);
      return ['net sales', 'receipts', 'buyers', 'average check', 'items per check', 'frequency', 'spend per buyer'].map((name, i) => {
        const [now, before, year] = ['now', 'before', 'last_year'].map((period) => values[period][i]);
        return [name, round(now), round(before), change(now, before), round(year), change(now, year)];
      });
    }
  },
  {
    id: 'driver_tree',
    runs: cut_runs([...PERIODS.slice(0, 5), { compare: 'last_year' }, { first: '2025-01-01', last: END, compare: 'last_year' }, ...PERIODS.slice(5)], CUTS_CHANNELS, QUARTER),
    wanted: async ({ first = '2025-12-01', last = END, day = END, compare = 'before', ...lists }, peer) => {
      const periods = compared_periods(first, last, day);
      const [[s0, , c0, , r0, m0], [s1, , c1, , r1, m1]] = [await measures_of(peer, periods[compare], lists), await measures_of(peer, periods.now, lists)];
      const kopecks = (value) => Math.round(value * 100) / 100;
      const [from, to] = [[c0, r0 / c0, m0 / r0], [c1, r1 / c1, m1 / r1]];
      let shares = [0, 0, 0];
      for (const order of [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]) {
        const at = [...from];
        for (const factor of order) {
          const before = at[0] * at[1] * at[2];
          at[factor] = to[factor];
          shares[factor] += (at[0] * at[1] * at[2] - before) / 6;
        }
      }
      if (!c0 || !c1) shares = [m1 - m0, 0, 0];
      const factor = (value) => (Number.isFinite(value) ? Math.round(value * 1e6) / 1e6 : null);
      const lines = ['buyers', 'frequency', 'average check'].map((name, i) => [name, kopecks(shares[i]), factor(from[i]), factor(to[i])]);
      lines[2][1] = kopecks(m1 - m0 - lines[0][1] - lines[1][1]);
      return [['net sales before', s0, null, null], ['cardless sales', kopecks(s1 - m1 - s0 + m0), null, null], ...lines, ['net sales', s1, null, null]];
    },
    also: (rows) => check_near(sum(rows.slice(0, 5), 1), rows[5][1], 'the tree closes')
  },
  {
    id: 'penetration',
    runs: cut_runs([{ month: '2023-01' }, { month: '2024-06' }, { month: '2024-12' }, { month: '2025-12' }], CUTS, { month: '2025-11' }),
    wanted: ({ month, ...lists }) => `
      with r as (select r.*, s.name, case when c.name_en = 'Marketplace' then 'left out: channel'
          when coalesce(s.programme_since::date, date '9999-01-01') > day then 'left out: store' else 'in the programme' end as scope
        from receipt r left join stores s on s.store::bigint = r.store left join channels c on c.channel::bigint = r.channel where strftime(day, '%Y-%m') = '${month}'${cut(lists, 'r')}),
      g as (select if(grouping(store) = 1, 'total', scope) as scope, store, name, count(*) filter (purchase) as n, count(*) filter (purchase and customer is not null) as m,
        sum(paid) as paid, coalesce(sum(paid) filter (customer is not null), 0) as paid_m
        from r group by grouping sets ((scope, store, name), (scope)) having grouping(store) = 0 or scope = 'in the programme')
      select scope, store, name, n, m, if(scope[1:8] <> 'left out', part(m, n), null), paid, paid_m, if(scope[1:8] <> 'left out' and paid > 0, part(paid_m, paid), null)
      from g order by if(scope = 'total', 0, if(scope = 'in the programme', 1, 2)), scope, store`,
    overall: (answers) => check(answers.flat().some(([scope]) => scope.startsWith('left out')), 'something is left out')
  },
  {
    id: 'base_status',
    runs: [...DAYS, { day: '2025-06-30', active: 30, slipping: 60, dormant: 90 }, { day: '2025-08-12' }],
    wanted: ({ day = END, active = 90, slipping = 180, dormant = 365 }) => `
      with m as (select b.customer, (select date '${day}' - max(r.day) from receipt r where r.customer = b.customer and purchase and r.day <= date '${day}') as age from base('${day}') b),
      s as (select 1 as o, 'active' as s, count(*) filter (age between 0 and ${active}) as n from m union all
        select 2, 'slipping', count(*) filter (age > ${active} and age <= ${slipping}) from m union all
        select 3, 'dormant', count(*) filter (age > ${slipping} and age <= ${dormant}) from m union all
        select 4, 'lapsed', count(*) filter (age > ${dormant}) from m union all select 5, 'never', count(*) filter (age is null) from m)
      select s, n, part(n, (select count(*) from base('${day}'))) from (select 0 as o, 'total' as s, count(*) as n from base('${day}') union all from s) order by o`,
    also: (rows) => {
      check(Number(rows[0][1]) > 0, 'there is a base');
      check_equal(sum(rows.slice(1), 1), Number(rows[0][1]), 'the base');
      check_near(sum(rows.slice(1), 2), 1, 'shares', 3e-6);
    }
  },
  {
    id: 'base_bridge',
    runs: [{}, { first: '2024-02-01', last: '2024-03-31' }, { first: '2025-01-01', last: END }, { first: '2023-07-01', last: '2025-03-31' }, { first: '2023-01-01', last: '2023-06-30', active: 40 }, { first: '2025-03-01', last: '2025-03-31' },
      { first: '2024-04-01', last: '2024-06-29', active: 30 }, { first: '2024-04-25', last: '2024-07-23' }, { first: '2025-03-06', last: '2025-03-31' }, { first: '2025-02-15', last: '2025-03-06' },
      { first: '2025-10-25', begin: '2025-10-25' }],
    wanted: ({ first = '2025-12-01', last = END, active = 90, begin = '2023-01-01' }) => `
      with ended as (select customer::bigint as customer, max(valid_to::date) as day from identities group by 1),
      p as (select m.*, e.day as ended from members m left join ended e using (customer) where not employee and not test and registered <= date '${last}' and (status = 'active' or (status = 'merged' and e.day is not null))),
      k as (select p.customer, registered,
          registered <= date '${first}' - 1 and (status = 'active' or ended > date '${first}' - 1) as base0, status = 'active' or ended > date '${last}' as base1,
          exists (from receipt r where r.customer = p.customer and purchase and r.day between date '${first}' - 1 - ${active} and date '${first}' - 1) as bought0,
          exists (from receipt r where r.customer = p.customer and purchase and r.day between date '${last}' - ${active} and date '${last}') as bought1,
          exists (from receipt r where r.customer = p.customer and purchase and r.day between date '${first}' and date '${last}') as within,
          (select min(r.day) from receipt r where r.customer = p.customer and purchase) as earliest from p),
      x as (select *, base0 and bought0 as a0, base1 and bought1 as a1, earliest >= date '${first}' and registered >= date '${begin}' as fresh from k)
      select * from (select unnest(['opening', 'new', 'reactivated', 'lapsed', 'removed', 'closing', 'memo: in and out']) as line,
        unnest([count(*) filter (a0), count(*) filter (a1 and not a0 and fresh), count(*) filter (a1 and not a0 and not fresh), -count(*) filter (a0 and base1 and not a1),
          -count(*) filter (a0 and not base1), count(*) filter (a1), count(*) filter (not a0 and not a1 and within)]) as n from x)`,
    also: async (rows, { last = END }, ask) => {
      const by = Object.fromEntries(plain(rows));
      check_equal(by.opening + by.new + by.reactivated + by.lapsed + by.removed, by.closing, 'the bridge closes');
      if (last === END) check_equal(by.closing, Number((await ask('base_status', {}))[1][1]), 'closing is the active of the base status');
    },
    overall: (answers) => {
      for (let line = 0; line < 7; line++) if (line !== 4) check(answers.some((rows) => Number(rows[line][1]) !== 0), `${answers[0][line][0]} is never more than 0`);
    }
  }
];
