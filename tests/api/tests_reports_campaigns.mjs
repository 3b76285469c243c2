/* Proofs of the reports of campaigns. */
import { check, check_equal } from './harness.mjs';
import { check_near, plain } from './reports_peer.mjs';

const END = '2025-12-31';

/** Members by campaign with their group and what they spent in the window; everybody assigned, whether he bought or not. */
const spent = ({ first, last, days, day }) => `
  with a as (select distinct c.campaign, customer, arm, g.start_date::date as s, g.end_date::date as e from contacts c join campaigns g on g.campaign::bigint = c.campaign where g.start_date::date between '${first}' and '${last}'),
  v as (select campaign, customer, arm, coalesce((select sum(paid) from receipt r where r.customer = a.customer and r.day between s and e + ${days} and r.day <= '${day}'), 0)::double as paid,
    coalesce((select sum(margin) from receipt r where r.customer = a.customer and r.day between s and e + ${days} and r.day <= '${day}'), 0)::double as margin from a),
  m as (select campaign, arm, count(*) as n, avg(paid) as paid, var_samp(paid) / count(*) as paid_v, avg(margin) as margin, var_samp(margin) / count(*) as margin_v from v group by 1, 2),
  p as (select g.campaign::bigint as campaign, g.name, g.start_date::date as s, g.end_date::date as e, g.end_date::date + ${days} <= '${day}' as done, coalesce(t.n, 0) as nt, coalesce(c.n, 0) as nc, t.paid as pt, c.paid as pc, g.budget::double as budget,
      t.paid - c.paid as d, sqrt(coalesce(t.paid_v, 0) + coalesce(c.paid_v, 0)) as d_error, t.margin - c.margin as m, sqrt(coalesce(t.margin_v, 0) + coalesce(c.margin_v, 0)) as m_error
    from campaigns g left join m t on t.campaign = g.campaign::bigint and t.arm = 'test' left join m c on c.campaign = g.campaign::bigint and c.arm = 'control' where exists (from a where a.campaign = g.campaign::bigint))`;
const whole = (parameters) => ({ first: '2025-01-01', last: END, days: 28, day: END, ...parameters });
// half a kopeck goes away from zero, whatever a double makes of it
const kopecks = (value) => `round(${value} + sign(${value}) * 1e-7, 2)`;
const bounds = (each, error) => [`${each} * nt`, `(${each} - 1.96 * ${error}) * nt`, `(${each} + 1.96 * ${error}) * nt`].map(kopecks).join(', ');
const RUNS = [{}, { days: 0 }, { first: '2023-01-01', last: '2025-06-30', day: '2025-07-15' }, { first: '2025-11-01' }, { first: '2025-06-02', days: 180 }, { day: '2025-04-27' },
  { first: '2023-04-03', last: '2025-03-03' }, { first: '2025-03-02', last: '2025-03-03' }, { first: '2025-08-14', last: '2025-11-11' }];

export const PROOFS_CAMPAIGNS = [
  {
    id: 'campaign_impact',
    runs: RUNS,
    wanted: (parameters) => `${spent(whole(parameters))}
      select campaign, name, s, e, done, nt, nc, if(nc > 0, round(pt, 6), null), round(pc, 6), round(d, 6), ${bounds('d', 'd_error')}, ${bounds('m', 'm_error')} from p order by s, campaign`,
    // to the kopeck what the truth file observed, without and with the 28 days; receipts of late/ are in 308's window
    overall: async (answers, ask, truths) => {
      let found = 0;
      for (const [i, window] of [[0, 'start_to_end_plus_28'], [1, 'start_to_end']])
        for (const truth of Object.values(truths).filter((one) => one.kind === 'campaign' && one.scope.campaign < 308)) {
          const row = plain(answers[i]).find(([campaign]) => campaign === truth.scope.campaign);
          const { control, test } = truth.observed[window];
          check_equal([row[5], row[6]], [test.assigned, control.assigned], truth.id);
          const { sales, margin } = test.against_control;
          [sales.total, sales.low, sales.high, margin.total, margin.low, margin.high].forEach((value, at) => check_near(row[10 + at], value, `${truth.id} ${window}`, 0.0051));
          found++;
        }
      check_equal(found, 14, 'seven campaigns, two windows');
      check(answers[0].some((row) => Number(row[6]) === 0 && row[9] === null), 'a dash without a control group');
    }
  },
  {
    id: 'campaign_romi',
    runs: [...RUNS, { point_money: 0.5, breakage: 0.25 }],
    wanted: (parameters) => `${spent(whole(parameters))}, k as (select campaign, sum(cost) as contact from contacts group by 1),
      open as (select c.campaign, round(coalesce((select sum(amount) from points p where p.day <= '${whole(parameters).day}' and p.lot in (select lot from points x where x.campaign = c.campaign and x.amount > 0)), 0)::double * ${parameters.point_money ?? 1} * ${1 - (parameters.breakage ?? 0)}, 2) as points
        from (select distinct campaign from contacts) c),
      z as (select p.*, contact, open.points as left_over, budget + contact::double + open.points as cost, ${kopecks('m * nt')} as gain, ${kopecks('(m - 1.96 * m_error) * nt')} as low, ${kopecks('(m + 1.96 * m_error) * nt')} as high from p join k using (campaign) join open using (campaign))
      select campaign, name, s, e, done, round((gain - cost) / cost, 6), round((low - cost) / cost, 6), round((high - cost) / cost, 6), gain, low, high, cost, contact, budget, left_over, nt, nc from z order by s, campaign`,
    also: async (rows, parameters, ask) => {
      if (parameters.breakage) return;
      const impact = new Map(plain(await ask('campaign_impact', parameters)).map((row) => [row[0], row.slice(13)]));
      for (const row of plain(rows)) check_equal(row.slice(8, 11), impact.get(row[0]), `${row[1]}: the margin of report 53`);
    }
  },
  {
    id: 'offer_funnel',
    runs: [{}, { first: '2023-01-01', last: '2024-12-31' }, { days: 0 }, { days: 30, first: '2025-11-01' }, { first: '2025-05-03', last: '2025-06-02', days: 90 }],
    wanted: ({ first = '2025-01-01', last = END, days = 7 }) => `
      with f0 as (select campaign, customer, min(day) as sending from contacts group by 1, 2),
      o as (select c.*, exists (from receipt r where r.customer = c.customer and purchase and r.day - sending between 0 and ${days}) as bought
        from contacts c join f0 using (campaign, customer) join campaigns g on g.campaign::bigint = c.campaign where g.start_date::date between '${first}' and '${last}'),
      t as (from o where arm = 'test'),
      f as (select campaign, count(distinct customer) as n, count(distinct case when sent then customer end) as a, count(distinct case when delivered then customer end) as b,
          case when exists (from contacts x join t y using (medium) where y.campaign = t.campaign and x.opened) then count(distinct case when opened then customer end) end as c,
          case when exists (from contacts x join t y using (medium) where y.campaign = t.campaign and x.clicked) then count(distinct case when clicked then customer end) end as d,
          count(distinct case when sent and bought then customer end) as e from t group by campaign),
      k as (select campaign, count(distinct customer) as n, count(distinct case when bought then customer end) as e from o where arm = 'control' group by 1)
      select f.campaign, g.name, g.channel, g.start_date::date, g.end_date::date, f.n, a, b, c, d, f.e, part(b, a), part(c, b), part(d, b), part(f.e, a), coalesce(k.n, 0), k.e, part(k.e, k.n)
      from f join campaigns g on g.campaign::bigint = f.campaign left join k on k.campaign = f.campaign order by 4, 1`,
    also: (rows) => {
      for (const row of plain(rows)) check(row[5] >= row[6] && row[6] >= row[7] && row[7] >= (row[8] ?? 0) && row[6] >= row[10], `${row[1]} narrows`);
    },
    overall: (answers) => {
      const rows = plain(answers[0]);
      check(rows.some((row) => row[8] === null) && rows.some((row) => row[8] > 0), 'channels with and without opens');
    }
  }
];
