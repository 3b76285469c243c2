/* Proofs of the reports of points and tiers. */
import { check, check_equal } from './harness.mjs';
import { check_near, plain, sum } from './reports_peer.mjs';

const END = '2025-12-31';
const MONTHS = [{}, { first: '2023-01', last: '2023-12' }, { first: '2024-02', last: '2024-02' }, { first: '2023-11', last: '2025-12' }];
const of = (kind, sign = '') => `coalesce(${sign}sum(amount) filter (kind = '${kind}'), 0)`;
const tier_at = (day) => `(select customer::bigint as customer, tier from tier_history where valid_from::date <= date '${day}' and coalesce(valid_to::date, date '9999-01-01') > date '${day}')`;

/** Report 32 and 33: `kind` by accruals, in a month and in the twelve to it. */
const rate_sql = (kind) => ({ first = '2025-01', last = '2025-12' }) => `
  with m as (select (date '${first}-01' + to_months(k::int))::date as month from range(0, 60) t(k) where date '${first}-01' + to_months(k::int) <= date '${last}-01'),
  v as (select month, (select ${of('accrual')} from points where date_trunc('month', day) = month) as a, (select ${of(kind, '-')} from points where date_trunc('month', day) = month) as b,
    (select ${of('accrual')} from points where day >= month - to_months(11) and day < month + to_months(1)) as a12, (select ${of(kind, '-')} from points where day >= month - to_months(11) and day < month + to_months(1)) as b12,
    month - to_months(11) >= begin_day() as whole from m)
  select month, a, b, part(b, a), if(whole, a12, null), if(whole, b12, null), if(whole, part(b12, a12), null) from v order by 1`;
const covered = (answers) => {
  check(answers.some((rows) => rows.some((row) => row[6] === null)) && answers.some((rows) => rows.some((row) => Number(row[6]) > 0)), 'months with and without a year before them');
};

export const PROOFS_POINTS = [
  {
    id: 'points_trend',
    runs: MONTHS,
    wanted: ({ first = '2025-01', last = '2025-12' }) => `
      with p as (select * from points where strftime(day, '%Y-%m') between '${first}' and '${last}'), t as (select null::date as month, * from p union all select date_trunc('month', day)::date, * from p)
      select month, ${of('accrual')}, ${of('redemption')}, ${of('expiry')}, ${of('manual')}, ${of('reversal')}, sum(amount), count(distinct customer) filter (kind = 'accrual'), count(distinct customer) filter (kind = 'redemption')
      from t group by month order by month nulls first`,
    also: (rows) => {
      for (const row of plain(rows)) check_equal(row[1] + row[2] + row[3] + row[4] + row[5], row[6], 'kinds sum to the change');
      for (const column of [1, 2, 3, 4, 5, 6]) check_equal(sum(rows.slice(1), column), Number(rows[0][column]), 'months sum to the total');
    }
  },
  { id: 'redemption_rate', runs: MONTHS, wanted: rate_sql('redemption'), overall: covered },
  { id: 'expiry_rate', runs: MONTHS, wanted: rate_sql('expiry'), overall: covered },
  {
    id: 'liability',
    runs: [{}, { day: '2025-06-30', point_money: 0.35 }, { day: '2024-11-30' }, { day: '2023-12-31' }],
    wanted: ({ day = END, point_money = 1 }) => `
      with p as (select * from points where day <= date '${day}'),
      lots as (select distinct lot from p where kind in ('accrual', 'manual') and day > date '${day}' - to_months(36) and day <= date '${day}' - to_months(24)),
      b as (select ${of('expiry', '-')} as gone, sum(amount) filter (kind not in ('expiry', 'redemption')) as made from p where lot in (from lots)),
      s as (select part(gone, made) as share from b)
      select date '${day}', count(distinct customer), sum(amount), coalesce(sum(amount) filter (active_from > date '${day}'), 0), round(sum(amount) * ${point_money}::decimal(12,4), 2), coalesce((select made from b), 0), (select gone from b),
        (select share from s), round(sum(amount) * ${point_money}::decimal(12,4) * (1 - coalesce((select share::decimal(18,6) from s), 0)), 2) from p`,
    also: async (rows, { day = END }, ask) => {
      const bank = plain(await ask('point_bank', { first: day.slice(0, 7), last: day.slice(0, 7) }));
      check_equal(Number(rows[0][2]), bank.at(-1)[7], 'the balance is the closing of the point bank');
    },
    overall: (answers) => check(answers.some(([row]) => row[7] === null) && answers.some(([row]) => Number(row[7]) > 0), 'days with and without old lots')
  },
  {
    id: 'point_bank',
    runs: [...MONTHS, { by: 'year', first: '2023-01' }, { by: 'quarter', first: '2024-02' }],
    wanted: ({ first = '2025-01', last = '2025-12', by = 'month' }) => `
      with p as (select greatest(date_trunc('${by}', day)::date, date '${first}-01') as begin, * from points where strftime(day, '%Y-%m') between '${first}' and '${last}')
      select begin, (select coalesce(sum(amount), 0) from points where day < begin) as opening, ${of('accrual')}, ${of('manual')}, ${of('redemption')}, ${of('expiry')}, ${of('reversal')},
        (select sum(amount) from points where day <= (select max(day) from p x where x.begin = p.begin)) from p group by begin order by 1`,
    also: (rows) => {
      const list = plain(rows);
      list.forEach((row, i) => {
        check_equal(sum([row.slice(1, 7)].flatMap((cells) => cells.map((cell) => [cell])), 0), row[7], 'the bank closes');
        if (i) check_equal(row[1], list[i - 1][7], 'opens with the closing of the last');
      });
    },
    overall: async (answers, ask, truths, peer) => {
      const late = Object.fromEntries(plain(await peer(`select kind, sum(amount) from late_points group by 1`)));
      const years = truths.point_bank.realised.years.map((one) => [`${one.year}-01-01`, one.opening, one.earned, one.manual, one.spent, one.expired, one.reversed, one.closing]);
      ['accrual', 'manual', 'redemption', 'expiry', 'reversal'].forEach((kind, i) => { years[2][2 + i] -= late[kind] ?? 0; years[2][7] -= late[kind] ?? 0; });
      check_equal(plain(await ask('point_bank', { by: 'year', first: '2023-01' })), years, 'the planted bank');
    }
  },
  {
    id: 'tier_membership',
    runs: [{}, { day: '2024-05-17' }, { day: '2025-06-30', days: 30 }, { day: '2023-03-31' }, { day: '2025-08-01' }],
    wanted: ({ day = END, days = 365 }) => `
      with m as (select coalesce(t.tier, 'no tier') as tier, count(*) as n from base('${day}') b left join ${tier_at(day)} t using (customer) group by 1),
      r as (select if(r.customer is null, 'no card', coalesce((select tier from tier_history t where t.customer::bigint = r.customer and t.valid_from::timestamp <= r.sold_at and coalesce(t.valid_to::timestamp, timestamp '9999-01-01') > r.sold_at), 'no tier')) as tier,
        count(*) filter (purchase) as k, sum(paid) as s from receipt r where day > date '${day}' - ${days} and day <= date '${day}' group by 1),
      j as (select 1 as o, coalesce(m.tier, r.tier) as tier, coalesce(n, 0) as n, coalesce(k, 0) as k, coalesce(s, 0) as s from m full join r on m.tier = r.tier),
      t as (select 0 as o, 'total' as tier, sum(n) as n, sum(k) as k, sum(s) as s from j union all from j)
      select tier, n, part(n, (select n from t where o = 0)), k, s, part(s, (select s from t where o = 0)) from t order by o, n desc, tier`,
    also: (rows) => {
      check(rows.length > 3, 'tiers');
      for (const column of [1, 3, 4]) check_near(sum(rows.slice(1), column), rows[0][column], 'tiers sum to the total', 1e-4);
      for (const column of [2, 5]) check_near(sum(rows.slice(1), column), 1, 'shares', 3e-6);
    }
  },
  {
    id: 'tier_rollover',
    runs: [{}, { earlier: '2023-06-30', later: '2025-09-30' }, { earlier: '2025-11-30' }, { earlier: '2024-05-05', later: '2024-05-06' }, { earlier: '2023-02-01', later: '2023-02-01' }],
    wanted: ({ earlier = '2025-01-01', later = END }) => `
      with m as (select if(e.customer is null, 'not yet member', coalesce(a.tier, 'no tier')) as x, coalesce(b.tier, 'no tier') as y
        from base('${later}') l left join base('${earlier}') e using (customer) left join ${tier_at(earlier)} a using (customer) left join ${tier_at(later)} b using (customer)),
      t as (select x, y, count(*) as n from m group by 1, 2 union all select x, 'total', count(*) from m group by 1 union all select 'total', y, count(*) from m group by 2 union all select 'total', 'total', count(*) from m)
      select x, y, n, part(n, (select n from t u where u.x = t.x and u.y = 'total')) from t where n > 0 order by x = 'total', x, y = 'total', y`,
    also: async (rows, { earlier = '2025-01-01', later = END }, ask) => {
      const tiers = async (day) => Object.fromEntries(plain(await ask('tier_membership', { day })).map((row) => [row[0], row[1]]));
      const [before, after] = [await tiers(earlier), await tiers(later)];
      for (const [x, y, members] of plain(rows)) {
        if (y === 'total' && !['total', 'not yet member'].includes(x)) check_equal(members, before[x], `${x} before`);
        if (x === 'total') check_equal(members, after[y], `${y} after`);
      }
    }
  }
];
