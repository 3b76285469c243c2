/*
 * Experiments over the demo chain: every planted effect of truth.json is recovered, the null stays null, the
 * spoiled split is caught, the letter that works in the lapsed only is found; one test's numbers against
 * DuckDB over the CSV files and formulas of this file; Hillstrom's published test; what is refused.
 *
 * The seed and the scale are fixed. At this scale an interval must hold the truth; where truth.json says
 * that the scale is large enough it must also exclude zero.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, check_equal, error_of, Server, tessera_must } from './harness.mjs';

const SCALE = 0.05;

const close = (got, wanted, what, relative = 1e-9) => check(Math.abs(got - wanted) <= relative * Math.abs(wanted) + 1e-12, `${what}: got ${got}, wanted ${wanted}`);
const within = (interval, value, what) => check(interval.low <= value && value <= interval.high, `${what}: ${interval.low} to ${interval.high} does not hold ${value}`);
const excludes_zero = (interval) => interval.low > 0 || interval.high < 0;
const analysis_of = (metric, id) => metric.analyses.find((one) => one.id === id);
const shown_of = (metric) => metric.analyses.find((one) => one.shown);
const plain = (text) => text.replaceAll('\u00a0', ' ');

// ---- This file's own statistics -------------------------------------------------------------------

const sum = (values) => values.reduce((total, value) => total + value, 0);
const mean = (values) => sum(values) / values.length;
const covariance = (a, b) => {
  const [x, y] = [mean(a), mean(b)];
  return sum(a.map((value, i) => (value - x) * (b[i] - y))) / (a.length - 1);
};

/** The two-sided tail of a density that falls with |x|, by Simpson's rule in 1/x from |t| to infinity. */
function two_sided(density, t, steps = 200000) {
  const from = Math.abs(t);
  const at = (u) => (u === 0 ? 0 : density(1 / u) / (u * u));
  let total = at(0) + at(1 / from);
  for (let i = 1; i < steps; i++) total += at(i / steps / from) * (i % 2 ? 4 : 2);
  return (2 * total) / (3 * steps * from);
}
const log_gamma = (x) => {
  let shift = 0;
  for (; x < 30; x++) shift -= Math.log(x);
  return shift + (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5);
};
const student = (degrees) => {
  const log_scale = log_gamma((degrees + 1) / 2) - log_gamma(degrees / 2) - 0.5 * Math.log(degrees * Math.PI);
  return (x) => Math.exp(log_scale - ((degrees + 1) / 2) * Math.log1p((x * x) / degrees));
};
const normal = (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** The z that so much of the normal distribution is beyond, on both sides together; and the power of a shift by so many errors. */
function normal_beyond(p) {
  let [low, high] = [0, 10];
  for (let i = 0; i < 60; i++) [low, high] = two_sided(normal, (low + high) / 2 || 1e-9, 20000) > p ? [(low + high) / 2, high] : [low, (low + high) / 2];
  return low;
}
const normal_above = (z) => (z === 0 ? 0.5 : z > 0 ? two_sided(normal, z, 20000) / 2 : 1 - two_sided(normal, z, 20000) / 2);
const power_of = (shift, z) => normal_above(z - shift) + normal_above(z + shift);

function welch(a, b) {
  const [va, vb] = [covariance(a, a) / a.length, covariance(b, b) / b.length];
  const difference = mean(a) - mean(b), error = Math.sqrt(va + vb);
  const degrees = (va + vb) ** 2 / (va ** 2 / (a.length - 1) + vb ** 2 / (b.length - 1));
  return { difference, error, p_value: two_sided(student(degrees), difference / error) };
}

// ---- DuckDB over the files ------------------------------------------------------------------------

async function duckdb_over(data) {
  try {
    const { duckdb_open, duckdb_query } = await import('../../bench/peers/duckdb.mjs');
    const duckdb = await duckdb_open({ threads: 1 });
    const csv = (name) => `read_csv('${data}/${name}', all_varchar = true)`;
    await duckdb.run(`create table fact as
      select r.customer::int as customer, r.business_date::date as day, coalesce(o.business_date, r.business_date)::date as sold, s.paid::decimal(14,2) as paid,
             s.receipt, s.quantity::decimal(12,3) > 0 and not coalesce(p.service_item::int::bool, false) as purchase
      from ${csv('sales-*.csv')} s join ${csv('receipts-*.csv')} r using (receipt) left join ${csv('receipts-*.csv')} o on o.receipt = r.original_receipt
           left join ${csv('products.csv')} p using (product) where r.customer is not null`);
    await duckdb.run(`create table assignment as select experiment::int as experiment, customer::int as customer, arm, assigned_at::timestamp::date as day from ${csv('assignments.csv')}`);
    await duckdb.run(`create table shop as select r.store::int as store, r.business_date::date as day, sum(s.paid::decimal(14,2)) as paid, count(distinct r.receipt) as receipts
      from ${csv('sales-*.csv')} s join ${csv('receipts-*.csv')} r using (receipt) where r.store is not null group by all`);
    await duckdb.run(`create table person as select customer::int as customer, gender from ${csv('customers.csv')}`);
    return (sql) => duckdb_query(duckdb, sql);
  } catch (cause) {
    if (!/DuckDB is not installed/.test(cause.message)) throw cause;
    return null;
  }
}

/** A row a customer: arm, sales, sales before, receipts; returns on the day of their sale. */
const customers_sql = (experiment, window, before, returns) => `
  with one as (
    select a.customer, a.arm, f.receipt,
           coalesce(sum(f.paid) filter (where f.sold >= a.day and f.sold < a.day + ${window} and f.day < a.day + ${window + returns}), 0) as sales,
           coalesce(sum(f.paid) filter (where f.sold >= a.day - ${before} and f.sold < a.day and f.day < a.day), 0) as before,
           coalesce(bool_or(f.purchase) filter (where f.sold >= a.day and f.sold < a.day + ${window} and f.day < a.day + ${window + returns}), false) as bought
    from assignment a left join fact f using (customer) where a.experiment = ${experiment} group by a.customer, a.arm, f.receipt)
  select arm, sum(sales)::double, sum(before)::double, count(*) filter (where bought)::int from one group by customer, arm order by customer`;

// ---- The tests ------------------------------------------------------------------------------------

const HILLSTROM = {
  members: { sql: 'SELECT customer, arm, spend, history, visit, conversion FROM customers' },
  arms: [{ id: 'No E-Mail', share: 1, control: true }, { id: 'Mens E-Mail', share: 1 }, { id: 'Womens E-Mail', share: 1 }],
  primary: { column: 'spend', before: 'history', kind: 'money', unit: 'USD' },
  metrics: [{ column: 'visit', kind: 'share' }, { column: 'conversion', kind: 'share' }],
  segments: [{ id: 'channel', sql: 'SELECT customer, channel FROM customers' }]
};

const TWO_ARMS = [{ id: 'control', share: 0.5 }, { id: 'test', share: 0.5 }];
const WIN = { members: { experiment: 7 }, arms: TWO_ARMS, start: '2024-04-08', end: '2024-05-05', primary: 'sales_per_customer' };
/** [what, members of the definition that are wrong, status, path, message] */
const REFUSED = [
  ['a definition without members', { members: null }, 400, 'members', /expected one of \{"sql"/],
  ['an unknown key', { primry: 'x' }, 400, 'primry', /did you mean "primary"\?/],
  ['members that are no SQL', { members: { sql: 'SELEC 1' } }, 400, 'members.sql', /syntax/],
  ['members of an unknown table', { members: { sql: 'SELECT customer, arm FROM nowhere' } }, 404, 'members.sql', /nowhere/],
  ['members without arms', { members: { sql: 'SELECT customer FROM customers' } }, 400, 'members.sql', /columns of the names customer and arm/],
  ['members that close the bracket', { members: { sql: 'SELECT customer, arm FROM assignments) x; SELECT (1' } }, 400, 'members.sql', /./],
  ['two statements', { members: { sql: 'SELECT customer, arm FROM assignments; SELECT 1' } }, 400, 'members.sql', /./],
  ['an empty statement', { members: { sql: ' ; ' } }, 400, 'members.sql', /./],
  ['a parameter without a value', { members: { sql: 'SELECT customer, arm FROM assignments WHERE experiment = $1' } }, 400, 'members.sql', /\$1/],
  ['a text that is no text', { name: 7 }, 400, 'name', /./],
  ['a statement that changes something', { members: { sql: 'CREATE TABLE x AS SELECT 1' } }, 400, 'members.sql', /./],
  ['one arm', { arms: [{ id: 'control', share: 1 }] }, 400, 'arms', /two to eight arms/],
  ['no control', { arms: [{ id: 'a', share: 1 }, { id: 'b', share: 1 }] }, 400, 'arms', /one arm with "control": true/],
  ['the same arm twice', { arms: [{ id: 'control', share: 1 }, { id: 'control', share: 1, control: false }] }, 400, 'arms[1]', /no other arm has/],
  ['a share of nothing', { arms: [{ id: 'control', share: 0 }, { id: 'test', share: 1 }] }, 400, 'arms[0].share', /a number from/],
  ['a date that is none', { start: '2024-02-30' }, 400, 'start', /a date such as/],
  ['an end before the start', { end: '2024-04-07' }, 400, 'end', /from the start on/],
  ['a day after the data', { as_of: '2030-01-01' }, 400, 'as_of', /a day that the data have/],
  ['an unknown metric', { primary: 'sales_per_custmer' }, 404, 'primary', /did you mean "sales_per_customer"\?/],
  ['a quantile of a ratio', { metrics: [{ measure: 'average_check', quantile: 0.9 }] }, 400, 'metrics[0].quantile', /ratio or a share/],
  ['a quantile of a share', { metrics: [{ measure: 'buyers_share', quantile: 0.9 }] }, 400, 'metrics[0].quantile', /ratio or a share/],
  ['a quantile of a ratio as the primary', { primary: { measure: 'average_check', quantile: 0.9 } }, 400, 'primary.quantile', /ratio or a share/],
  ['a quantile beyond', { metrics: [{ measure: 'sales_per_customer', quantile: 1 }] }, 400, 'metrics[0].quantile', /0\.01 to 0\.99/],
  ['a metric twice', { metrics: ['receipts.sales', 'receipts.sales'] }, 400, 'metrics[1]', /not named before/],
  ['a measure that looks back', { metrics: ['receipts.active_members'] }, 400, 'metrics[0]', /looks back/],
  ['a column and a measure', { metrics: [{ column: 'a', measure: 'receipts.sales' }] }, 400, 'metrics[0]', /either/],
  ['a column that is not there', { metrics: [{ column: 'nothing' }] }, 404, 'members.experiment', /nothing/],
  ['a segment that is not there', { segments: ['customers.nothing'] }, 404, 'segments[0]', /there is no segment/],
  ['a segment of one column', { segments: [{ id: 'x', sql: 'SELECT customer FROM customers' }] }, 400, 'segments[0].sql', /two columns/],
  ['returns of another kind', { returns: 'never' }, 400, 'returns', /"restated" or "own_date"/],
  ['too many days', { before_days: 100000 }, 400, 'before_days', /whole number/],
  ['cubes without dates', { start: null, end: null }, 400, null, /"start" and "end"/]
];

/** The examples of docs/EXPERIMENTS.md: [path, body, what is shown]. */
const examples_of = (text) => [...text.matchAll(/`POST (\/api\/v1\/experiments\/[^`{]+)`\n```json\n([\s\S]*?)```\n```text\n([\s\S]*?)```/g)].map(([, path, body, shown]) => [path, JSON.parse(body), shown]);

async function tests_document(harness, server, root) {
  const text = readFileSync(join(root, 'docs/EXPERIMENTS.md'), 'utf8');
  const examples = examples_of(text);
  await harness.test('experiments: the examples of docs/EXPERIMENTS.md answer as it shows', async () => {
    // The list first, which a later one names.
    const [, csv, said] = text.match(/```csv\n([\s\S]*?)```[\s\S]*?```jsonc\n([\s\S]*?)```/);
    const list = await server.post('/api/v1/experiments/lists', csv, { headers: { 'Content-Type': 'text/csv' } });
    check_equal([list.status, list.json()], [201, JSON.parse(said)], list.text);
    check_equal([examples.length, examples.length], [text.match(/^```json$/gm).length, text.match(/^```text$/gm).length], 'every example is run');
    for (const [path, body, shown] of examples) {
      const reply = await server.post(path, body);
      check_equal(reply.status, 200, `${path}: ${reply.text.slice(0, 300)}`);
      const { en, ru } = reply.json().verdict.words;
      check_equal(plain(`${en}\n${ru}\n`), shown, path);
    }
  });
  await harness.test('experiments: the tests that docs/EXPERIMENTS.md names are there', async () => {
    const sources = ['statistics', 'simulation', 'verdict', 'pilot'].map((name) => readFileSync(join(root, `tests/unit/test_experiment_${name}.c`), 'utf8')).join('');
    const named = [...new Set([...text.matchAll(/`(test_\w+)`/g)].map((match) => match[1]))];
    check(named.length > 20, `${named.length} names`);
    for (const name of named) check(sources.includes(`START_TEST(${name})`), name);
  });
}

/** Holm's correction: the smallest p times their number, the next times one less, and never less than the one before. */
function holm(p_values) {
  let least = 0;
  const adjusted = new Map([...p_values].sort((a, b) => a - b).map((p, i) => [p, (least = Math.max(least, Math.min(1, p * (p_values.length - i))))]));
  return p_values.map((p) => adjusted.get(p));
}

/** The customers of a test, split so that the groups were alike, so that they were not, and a few of them as chance has it: what the verdict says of it. `rows`: customer, arm, sales, sales before. */
async function balance_checked(rows, drawn, evaluate) {
  check_equal([drawn.verdict.balanced, /alike/.test(drawn.verdict.words.en)], [true, false], 'drawn by lot');
  const before = [...rows].map((row) => [Number(row[0]), Number(row[3])]).sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const apart_of = ([a, b]) => (mean(a) - mean(b)) / Math.sqrt((covariance(a, a) + covariance(b, b)) / 2);
  const some = before.filter((_, i) => i % 40 === 7), sides = (all, is_test) => [all.filter((_, i) => is_test(i)), all.filter((_, i) => !is_test(i))];
  // The first of many draws that lies beyond 0.1, as most of so few customers do.
  const drawn_apart = (i) => ((i + 1) * chance) % 211 % 2 === 0;
  let chance = 2;
  const far = () => Math.abs(apart_of(sides(some, drawn_apart).map((side) => side.map((one) => one[1]))));
  while (chance < 200 && !(far() > 0.12 && far() < 0.22)) chance++;
  for (const [what, is_test, all, alike] of [['in turns', (i) => i % 4 === 0 || i % 4 === 3, before, true], ['the best in one', (i) => i % 2 === 0 || (i % 4 === 1 && i < before.length / 5), before, false], ['a few by chance', drawn_apart, some, true]]) {
    const groups = sides(all, is_test), sql = `SELECT customer, CASE WHEN customer IN (${groups[0].map((one) => one[0]).join(', ')}) THEN 'test' ELSE 'control' END AS arm, assigned_at AS assigned_on FROM assignments WHERE experiment = 7 AND customer IN (${all.map((one) => one[0]).join(', ')})`;
    const arms = [{ id: 'control', share: groups[1].length, control: true }, { id: 'test', share: groups[0].length }];
    const told = await evaluate(7, { members: { sql }, arms });
    const values = groups.map((group) => group.map((one) => one[1])), apart = apart_of(values), metrics = told.arms[0].metrics;
    close(metrics[0].balance.standardised_difference, apart, `${what}: standardised difference`, 1e-6);
    check_equal([Math.abs(apart) <= 0.1, told.split.spoiled, metrics[0].balance.sound], [what === 'in turns', false, alike], `${what}: ${apart}`);
    close(metrics[0].balance.p_value, welch(...values).p_value, `${what}: p`, 1e-6);
    const looked_at = metrics.filter((one) => one.balance), corrected = holm(looked_at.map((one) => one.balance.p_value));
    looked_at.forEach((one, i) => close(one.balance.p_adjusted, corrected[i], `${what}: ${one.id}, corrected p`));
    const worst = looked_at.filter((one, i) => Math.abs(one.balance.standardised_difference) > 0.1 && corrected[i] < 0.05).sort((x, y) => Math.abs(y.balance.standardised_difference) - Math.abs(x.balance.standardised_difference));
    check_equal([told.verdict.balanced, told.arms[0].verdict.balanced], [!worst.length, !worst.length], `${what}: balanced`);
    if (!worst.length) check(!/alike/.test(told.verdict.words.en) && !/Сопоставимость/.test(told.verdict.words.ru), told.verdict.words.en);
    else {
      const size = Math.abs(worst[0].balance.standardised_difference).toFixed(2);
      check(plain(told.verdict.words.en).includes(` The groups were not alike before the start: the metric “${worst[0].title.en}” differed by ${size} standard deviations`), told.verdict.words.en);
      check(plain(told.verdict.words.ru).includes(` Сопоставимость групп нарушена: до начала метрика «${worst[0].title.ru}» различалась на ${size.replace('.', ',')} стандартного отклонения`), told.verdict.words.ru);
      check(!/split (is|and)/.test(told.verdict.words.en), 'called sound');
    }
  }
}

async function tests_chain(harness, server, truth, query) {
  const truth_of = (experiment) => truth.truths.find((one) => one.kind === 'experiment' && one.scope.experiment === experiment);
  const evaluate = async (id, body = {}) => {
    const reply = await server.post(`/api/v1/experiments/${id}/evaluate`, body);
    check_equal(reply.status, 200, `${id}: ${reply.text.slice(0, 400)}`);
    return reply.json();
  };
  const plan = async (body) => {
    const reply = await server.post('/api/v1/experiments/plan', body);
    check_equal(reply.status, 200, reply.text.slice(0, 400));
    return reply.json();
  };
  const pilot = async (body) => {
    const reply = await server.post('/api/v1/experiments/pilot', body);
    check_equal(reply.status, 200, reply.text.slice(0, 400));
    return reply.json();
  };
  const large_enough = (experiment) => SCALE >= truth_of(experiment).smallest_scale;

  await harness.test('experiments: those of the store are listed as definitions', async () => {
    const { experiments } = (await server.get('/api/v1/experiments')).json();
    check_equal(experiments.map((one) => one.id), ['11', '10', '9', '8', '7', '6', '5', '4', '3', '2', '1'], 'ids, the latest first');
    check_equal(experiments.at(-1).arms.map((arm) => [arm.id, Math.round(arm.share * 100)]), [['control', 33], ['test', 34], ['test_b', 33]], 'planned shares');
    check_equal(experiments[0].name, { en: 'Letter about the new range', ru: 'Письмо о новом ассортименте' }, 'name');
    const { id, ...definition } = experiments[4];
    const sent = (await server.post('/api/v1/experiments/evaluate', definition)).json();
    const stored = await evaluate(id);
    check_equal([sent.verdict, sent.arms], [stored.verdict, stored.arms], 'a definition that is sent back');
  });

  for (const { scope, id } of truth.truths.filter((one) => one.kind === 'experiment'))
    await harness.test(`experiments: ${id}: means are the truth file's, intervals hold what really happened`, async () => {
      const planted = truth_of(scope.experiment);
      for (const [window, days] of [['start_to_end', 0], ['start_to_end_plus_28', 28]]) {
        const length = (Date.parse(planted.dates.end) - Date.parse(planted.dates.start)) / 86400000 + 1;
        const answer = await evaluate(scope.experiment, { returns: 'own_date', window_days: length + days, metrics: [], acknowledge_split: true });
        for (const arm of answer.arms) {
          const observed = planted.observed[window][arm.id], realised = planted.realised[window][arm.id];
          const control = planted.realised[window].control?.sales ?? 0;
          const [sales, margin] = [arm.metrics[0], arm.metrics.find((metric) => metric.role === 'guardrail')];
          close(analysis_of(sales, 'raw').difference.value, observed.against_control.sales.per_customer, `${window} ${arm.id} sales`);
          close(analysis_of(margin, 'raw').difference.value, observed.against_control.margin.per_customer, `${window} ${arm.id} margin`);
          close(analysis_of(sales, 'raw').treated, observed.sales / observed.assigned, `${window} ${arm.id} mean`);
          const did = realised.sales / observed.assigned - control / planted.observed[window].control.assigned;
          for (const kind of ['raw', 'cuped']) within(analysis_of(sales, kind).difference, did, `${window} ${arm.id} ${kind}`);
        }
      }
    });

  await harness.test('experiments: the null stays null', async () => {
    const answer = await evaluate(6);
    check(['not_decided', 'below_minimum'].includes(answer.verdict.code), answer.verdict.words.en);
    check(!answer.split.spoiled && !excludes_zero(shown_of(answer.arms[0].metrics[0]).relative), 'nothing is found');
    check(answer.arms[0].segments.every((segment) => !segment.significant), 'nor in any segment');
    check(answer.arms[0].metrics[0].balance.sound, 'the arms were alike before');
  });
  await harness.test('experiments: the spoiled split is caught, and the app named', async () => {
    const answer = await evaluate(10);
    check_equal([answer.verdict.code, answer.split.effects_hidden, answer.arms[0].metrics, answer.arms[0].segments, answer.arms[0].monthly], ['split_spoiled', true, null, null, null], 'hidden');
    check_equal([answer.split.behind.length, answer.split.behind[0].value], [1, { en: 'App', ru: 'Приложение' }], JSON.stringify(answer.split.behind));
    check(/^Do not use: 50\/50 was planned, 4\d\.\d\/5\d\.\d came \(p < 0\.001\)\. The groups are not comparable\.$/.test(answer.verdict.words.en), answer.verdict.words.en);
    check(/^Результат использовать нельзя: план 50\/50, факт 4\d,\d\/5\d,\d \(p < 0,001\)\. Группы несопоставимы\.$/.test(answer.verdict.words.ru), answer.verdict.words.ru);
    const seen = await evaluate(10, { acknowledge_split: true });
    check(seen.split.spoiled && !seen.split.effects_hidden && seen.arms[0].metrics.length === 6, 'acknowledged');
  });
  await harness.test('experiments: the letter works in the lapsed, and there only', async () => {
    check(large_enough(11), 'the scale is large enough');
    const answer = await evaluate(11, { returns: 'own_date' });
    const statuses = answer.arms[0].segments.filter((segment) => segment.segment === 'status');
    check_equal(statuses.map((one) => one.value.en), ['active', 'dormant', 'lapsed', 'never', 'slipping'], 'statuses');
    check_equal(statuses.map((one) => one.significant), [false, false, true, false, false], 'what is significant after correction');
    const lapsed = statuses[2], planted = truth_of(11).segments.lapsed;
    check_equal([lapsed.treated_customers, lapsed.value.ru], [planted.observed.start_to_end.test.assigned, 'ушедшие'], 'the lapsed');
    within(lapsed.raw.difference, planted.realised.start_to_end.test.sales / lapsed.treated_customers, 'lapsed');
    check(lapsed.raw.difference.low > 0, 'it excludes zero');
    check(answer.verdict.code !== 'roll_out', 'for all it is not decided');
  });
  await harness.test('experiments: opposite signs by channel hold their truths', async () => {
    const answer = await evaluate(2, { returns: 'own_date', segments: [{ id: 'acquired', sql: "SELECT customer, CASE WHEN acquisition_channel = 1 THEN 'shop' ELSE 'elsewhere' END FROM customers" }] });
    for (const segment of answer.arms[0].segments) {
      const planted = truth_of(2).segments[segment.value.en === 'shop' ? 'acquired_in_shop' : 'acquired_elsewhere'];
      close(segment.raw.difference.value, planted.observed.start_to_end.test.against_control.sales.per_customer, segment.value.en);
      within(segment.raw.difference, planted.realised.start_to_end.test.sales / segment.treated_customers, segment.value.en);
    }
  });
  await harness.test('experiments: returns undo the gain', async () => {
    const naive = await evaluate(9, { returns: 'own_date', return_days: 0 });
    check(excludes_zero(shown_of(naive.arms[0].metrics[0]).difference), 'start to end is significant');
    const answer = await evaluate(9), sales = analysis_of(answer.arms[0].metrics[0], 'raw');
    const planted = truth_of(9), assigned = planted.observed.start_to_end.test.assigned;
    within(sales.difference, planted.realised.start_to_end_plus_28.test.sales / assigned, 'with returns');
    check(sales.difference.high < planted.realised.start_to_end.test.sales / assigned, 'it does not hold the gain before returns');
    check(answer.verdict.code !== 'roll_out', answer.verdict.words.en);
  });
  await harness.test('experiments: a wholesale purchase is capped', async () => {
    const sales = (await evaluate(4)).arms[0].metrics[0];
    check(sales.cap > 0 && sales.shown === 'capped_cuped', `cap ${sales.cap}`);
    check(!excludes_zero(analysis_of(sales, 'capped').difference), 'capped holds zero');
    check(analysis_of(sales, 'raw').difference.value - analysis_of(sales, 'capped').difference.value > 5, 'capped and uncapped differ');
  });
  await harness.test('experiments: no verdict before the end and the days for returns', async () => {
    const early = await evaluate(5, { as_of: '2023-11-17' });
    check_equal([early.verdict.code, early.state, early.intervals, early.progress], ['too_early', 'running', 'always_valid', { day: 5, days: 28, verdict_day: '2023-12-24', window_days: 5 }], 'day 5');
    check_equal(plain(early.verdict.words.en), 'Too early: day 5 of 28. Verdict on 24 December, after 14 days for returns.', 'words');
    check_equal(plain(early.verdict.words.ru), 'Рано: 5-й день из 28. Вывод будет 24 декабря, после 14 дней на возвраты.', 'words');
    const fixed = await evaluate(5, { end: '2023-11-17', as_of: '2023-12-01' });
    const [a, b] = [early, fixed].map((one) => shown_of(one.arms[0].metrics[0]).difference);
    check_equal(fixed.state, 'final', 'as if it had been planned so');
    check(b.high - b.low < 0.75 * (a.high - a.low), 'an always-valid interval is wider');
    check_equal([(await evaluate(5, { as_of: '2023-12-23' })).state, (await evaluate(5, { as_of: '2023-12-24' })).state], ['running', 'final'], 'the last day');
    const before = await evaluate(5, { as_of: '2023-11-01' });
    check_equal([before.verdict.code, before.progress.day, before.arms[0].metrics[0].p_adjusted], ['too_early', 0, null], 'before the start');
  });
  await harness.test('experiments: days add up to the whole, a novelty wears off', async () => {
    for (const body of [{}, { returns: 'own_date' }, { as_of: '2023-11-20' }]) {
      const answer = await evaluate(5, { ...body, by_day: true }), [arm] = answer.arms, whole = analysis_of(arm.metrics[0], 'raw');
      check_equal(arm.days.map((one) => one.day), Array.from({ length: answer.progress.window_days }, (_, i) => i + 1), 'days');
      for (const side of ['control', 'treated']) close(sum(arm.days.map((one) => one[side])), whole[side], side);
      close(sum(arm.days.map((one) => one.difference.value)), whole.difference.value, 'differences');
    }
    const [arm] = (await evaluate(5, { by_day: true })).arms, truth_lift = (days) => sum(days.map((one) => one.difference.value));
    check(truth_lift(arm.days.slice(0, 5)) > 0 && truth_lift(arm.days.slice(5)) < 0, 'five good days, then a nuisance');
    check_equal([(await evaluate(5)).arms[0].days, (await evaluate(5, { by_day: true, primary: 'average_check', metrics: [] })).arms[0].days], [null, null], 'not asked for; of a ratio');
    check_equal((await evaluate(5, { by_day: true, as_of: '2023-11-01' })).arms[0].days, [], 'before the start');
  });
  await harness.test('experiments: a contaminated control and two arms are counted', async () => {
    const contacted = await evaluate(3, { contacted: { sql: 'SELECT customer FROM assignments WHERE experiment = 3 AND customer % 6 = 0' } });
    check_equal([contacted.verdict.code, contacted.overlaps[2].state], ['invalid', 'invalid'], contacted.verdict.words.en);
    check(/^Do not use: 1\d\.\d % of the control group got the action too, more than the permitted 10 %\.$/.test(plain(contacted.verdict.words.en)), contacted.verdict.words.en);
    const sql = `SELECT customer, arm, assigned_at AS assigned_on FROM assignments WHERE experiment = 7
      UNION ALL SELECT customer, 'control', assigned_at FROM assignments WHERE experiment = 7 AND customer % 20 = 0
      UNION ALL SELECT customer, 'other', DATE '2024-04-08' FROM customers WHERE customer <= 3
      UNION ALL SELECT customer, 'test', DATE '2024-04-01' FROM customers WHERE customer BETWEEN 4 AND 8`;
    const both = (await server.post('/api/v1/experiments/evaluate', { ...WIN, members: { sql } })).json();
    const [[wanted]] = await server.sql("SELECT count(*) FROM assignments WHERE experiment = 7 AND arm = 'test' AND customer % 20 = 0");
    check(both.left_out.in_two_arms >= wanted && both.overlaps[0].state === 'warning', JSON.stringify(both.left_out));
    check(both.left_out.in_no_arm > 0 && both.left_out.assigned_outside > 0, JSON.stringify(both.left_out));
    const late = (await server.post('/api/v1/experiments/evaluate', { ...WIN, window_days: 5, members: { sql: 'SELECT customer, arm, assigned_at::date + (customer % 10)::int AS assigned_on FROM assignments WHERE experiment = 7' } })).json();
    check_equal([late.state, late.left_out.window_too_short], ['final', 0], 'a window of its own for each');
    const running = (await server.post('/api/v1/experiments/evaluate', { ...WIN, as_of: '2024-04-12', members: { sql: 'SELECT customer, arm, assigned_at::date + (customer % 10)::int AS assigned_on FROM assignments WHERE experiment = 7' } })).json();
    check(running.left_out.window_too_short > 0 && running.split.arms.every((arm) => arm.analysed < arm.assigned), 'equal windows: shorter ones are left out');
  });
  await harness.test('experiments: a day for all and a day for each are the same; arms that are none of the test', async () => {
    const metrics = ['receipts_per_customer', 'buyers_share', 'average_check'];
    const of = async (more) => (await server.post('/api/v1/experiments/evaluate', { ...WIN, metrics, by_day: true, members: { sql: `SELECT customer, arm, assigned_at AS assigned_on FROM assignments WHERE experiment = 7 ${more}` } })).json();
    const [all, each] = [await of(''), await of("UNION ALL SELECT 999999999, 'test', DATE '2024-04-09'")]; // no such customer: buys nothing
    const size = (answer, side) => answer.split.arms.find((arm) => arm.control === (side === 'control')).analysed;
    check_equal([size(each, 'control'), size(each, 'treated')], [size(all, 'control'), size(all, 'treated') + 1], 'one more');
    for (const side of ['control', 'treated']) {
      [WIN.primary, ...metrics].forEach((id, m) => {
        const sum_of = (answer) => answer.arms[0].metrics[m].analyses[0][side] * (id === 'average_check' ? 1 : size(answer, side));
        close(sum_of(each), sum_of(all), `${id} ${side}`);
      });
      all.arms[0].days.forEach((one, day) => close(each.arms[0].days[day][side] * size(each, side), one[side] * size(all, side), `day ${day}`));
    }
    const others = await of("UNION ALL SELECT 999999999, arm, DATE '2024-04-08' FROM (VALUES ('other'), ('third'), (NULL)) AS v (arm) UNION ALL SELECT customer, NULL, DATE '2024-04-08' FROM assignments WHERE experiment = 7");
    check_equal([others.left_out.in_no_arm, others.left_out.in_two_arms], [all.left_out.in_no_arm + 1, all.left_out.in_two_arms], 'in two arms of other tests; beside no arm');
    check_equal(others.arms[0].metrics, all.arms[0].metrics, 'the same');
  });
  await harness.test('experiments: nobody at all is no verdict', async () => {
    const empty = (await server.post('/api/v1/experiments/evaluate', { ...WIN, members: { sql: 'SELECT customer, arm FROM assignments WHERE false' } })).json();
    check_equal([empty.verdict.code, empty.split.p_value, empty.arms[0].metrics[0].p_adjusted], ['no_data', null, null], 'empty');
    const one = (await server.post('/api/v1/experiments/evaluate', { ...WIN, segments: ['status'], members: { sql: "SELECT customer, CASE WHEN customer = 1 THEN 'control' ELSE 'test' END AS arm FROM customers WHERE customer <= 2" } })).json();
    check_equal(one.verdict.code, 'no_data', 'one customer an arm');
  });
  await harness.test('experiments: SQL with a semicolon and comments is the same SQL', async () => {
    const sql = 'SELECT customer, arm FROM assignments WHERE experiment = 7';
    const verdict = async (text) => (await server.post('/api/v1/experiments/evaluate', { ...WIN, members: { sql: text }, segments: [{ id: 'x', sql: 'SELECT customer, gender FROM customers; ' }], contacted: { sql: 'SELECT 1;' } })).json();
    const wanted = await verdict(sql);
    check_equal(wanted.overlaps[2].customers, (await server.sql("SELECT count(*) FROM assignments WHERE experiment = 7 AND arm = 'control' AND customer = 1"))[0][0], 'contacted');
    for (const text of [`${sql} ;\n`, `/* all */ ${sql} -- of them`, `${sql};;`]) check_equal((await verdict(text)).arms, wanted.arms, text);
  });
  for (const [what, members, status, path, pattern] of REFUSED)
    await harness.test(`experiments: ${what} is refused`, async () => {
      const error = error_of(await server.post('/api/v1/experiments/evaluate', { ...WIN, ...members }), status);
      check_equal(error.path, path, `path (${error.message})`);
      check(pattern.test(error.message), error.message);
    });
  await harness.test('experiments: 300 spoiled definitions are answered or refused, never more', async () => {
    const values = [null, true, 0, -1, 1e308, 0.5, '', 'x', "'; --", '2024-04-08', 'receipts.sales', 'status', 'SELECT 1', 'SELECT customer, arm FROM assignments', [], [[]], ['status'], [{}], {}, { sql: 'SELECT 1, 2' }, { column: 'arm' }, { measure: 'receipts.buyers' }];
    let seed = 11;
    const draw = (count) => (seed = (seed * 48271) % 2147483647) % count;
    const spoil = (node) => {
      const keys = Object.keys(node), key = keys[draw(keys.length)];
      if (node[key] && typeof node[key] === 'object' && Object.keys(node[key]).length && draw(3)) spoil(node[key]);
      else if (draw(4)) node[key] = values[draw(values.length)];
      else delete node[key];
    };
    const seen = {};
    for (let i = 0; i < 300; i++) {
      const definition = structuredClone({ ...WIN, metrics: ['average_check', { measure: 'receipts.buyers' }], guardrails: [{ measure: 'margin_per_customer', permitted: 0.1 }], segments: ['customers.gender', { id: 'x', sql: 'SELECT customer, gender FROM customers' }], by_day: true, minimal_effect: 0.02, window_days: 7, before_days: 7, return_days: 3, returns: 'restated', as_of: '2024-06-30', contacted: { sql: 'SELECT 1' }, roll_out_customers: 5 });
      for (let n = draw(2); n >= 0; n--) spoil(definition);
      const reply = await server.post('/api/v1/experiments/evaluate', definition);
      seen[reply.status] = (seen[reply.status] ?? 0) + 1;
      check([200, 400, 404].includes(reply.status), `${reply.status} ${reply.text.slice(0, 300)} of ${JSON.stringify(definition)}`);
    }
    check(seen[200] > 20 && seen[400] > 100 && seen[404] > 3, JSON.stringify(seen));
  });
  await harness.test('experiments: one that is not there, a body that is none, the log', async () => {
    error_of(await server.post('/api/v1/experiments/99/evaluate', {}), 404, 'not_found');
    error_of(await server.post('/api/v1/experiments/7/evaluate', []), 400, 'invalid');
    error_of(await server.post('/api/v1/experiments/evaluate', '{'), 400, 'invalid');
    const reply = await server.post('/api/v1/experiments/7/evaluate', {});
    check_equal((await server.get(`/api/v1/queries/${reply.headers['tessera-query-id']}`)).json().kind, 'experiment', 'kind');
  });

  await harness.test('experiments: a plan splits as the test will, and tells of others at that time', async () => {
    const definition = { ...WIN, members: { seed: 'plan' }, arms: [{ id: 'control', share: 2 }, { id: 'a', share: 1 }, { id: 'b', share: 1 }], metrics: ['buyers_share', 'average_check'], guardrails: ['margin_per_customer'] };
    const told = await plan(definition), judged = (await server.post('/api/v1/experiments/evaluate', definition)).json();
    check_equal(told.split.arms.map((arm) => [arm.id, arm.assigned]), judged.split.arms.map((arm) => [arm.id, arm.assigned]), 'the same customers');
    check_equal([told.split.p_value, told.split.spoiled, told.split.effects_hidden], [judged.split.p_value, false, false], 'sample ratio');
    check_equal([told.alpha, told.wanted_power, told.customers], [2.5, 80, sum(told.split.arms.map((arm) => arm.assigned))], 'two comparisons');
    check_equal(told.balance.map((one) => [one.arm, one.metric]), ['a', 'b'].flatMap((arm) => ['sales_per_customer', 'buyers_share', 'margin_per_customer'].map((metric) => [arm, metric])), 'balance');
    for (const one of told.balance) {
      const wanted = judged.arms.find((arm) => arm.id === one.arm).metrics.find((metric) => metric.id === one.metric).balance;
      check_equal([one.standardised_difference, one.p_value, one.sound], [wanted.standardised_difference, wanted.p_value, wanted.sound], `${one.arm} ${one.metric}`);
    }
    const others = await server.sql(`SELECT CAST(e.experiment AS text), count(DISTINCT a.customer) FROM assignments a JOIN experiments e ON e.experiment = a.experiment
      WHERE e.start_date <= DATE '${WIN.end}' AND e.end_date >= DATE '${WIN.start}' AND in_segment(a.customer, '{"all": []}', DATE '2024-04-07') GROUP BY 1 ORDER BY 2 DESC, 1`);
    check_equal(told.overlap.tests.map((one) => [one.id, one.customers]), others, 'other tests');
    check(others.length > 0 && told.overlap.tests[0].name.ru !== told.overlap.tests[0].name.en && told.overlap.state === 'invalid', JSON.stringify(told.overlap));
    const made = await server.post('/api/v1/experiments', { ...definition, id: 'planned-before' });
    check_equal(made.status, 201, made.text);
    check(!(await plan({ ...definition, id: 'planned-before' })).overlap.tests.some((one) => one.id === 'planned-before'), 'not with itself');
    check((await plan(definition)).overlap.tests.some((one) => one.id === 'planned-before' && one.customers === told.customers), 'a saved one');
    await server.ask('DELETE', '/api/v1/experiments/planned-before');
  });
  await harness.test('experiments: a plan of what is not there says so', async () => {
    const early = await plan({ ...WIN, members: { seed: 'x' }, start: '2023-01-10', end: '2023-02-06', durations: [5] });
    check_equal([early.verdict.code, early.durations.map((one) => [one.days, one.has_history, one.detectable === null]), early.sizes], ['no_history', [[5, true, false], [28, false, true]], []], early.verdict.words.en);
    const nobody = await plan({ ...WIN, members: { sql: 'SELECT customer, arm FROM assignments WHERE false' } });
    check_equal([nobody.verdict.code, nobody.customers, nobody.curve.lines], ['nothing_varies', 0, []], nobody.verdict.words.ru);
    const spoiled = await plan({ ...WIN, arms: [{ id: 'control', share: 1 }, { id: 'test', share: 3 }] });
    check_equal([spoiled.verdict.code, spoiled.split.spoiled], ['split_spoiled', true], spoiled.verdict.words.en);
    for (const [body, path, pattern] of [[{ durations: [] }, 'durations', /1 to 7/], [{ durations: [0] }, 'durations', /1 to 366/], [{ durations: [1, 2, 3, 4, 5, 6, 7, 8] }, 'durations', /1 to 7/], [{ durations: 'x' }, 'durations', /array/], [{ power: 1 }, 'power', /0\.5 to 0\.99/], [{ power: '0.8' }, 'power', /number/], [{ start: null, end: null }, 'start', /first day/], [{ members: { sql: 'SELECT customer, arm, 1 AS x FROM assignments' }, primary: { column: 'x' } }, 'primary', /no history/], [{ primary: 'nothing' }, 'primary', /no metric/]])
      for (const reply of [await server.post('/api/v1/experiments/plan', { ...WIN, ...body })]) {
        const error = error_of(reply, path === 'primary' && body.primary === 'nothing' ? 404 : 400);
        check(error.path === path && pattern.test(error.message), `${error.path}: ${error.message}`);
      }
  });

  await harness.test('experiments: a pilot that something did is found, with weaker words; shops that moved apart are not', async () => {
    // The pilot's days are chosen by what happened: shops that did best after the start, and shops that fell before it.
    const change = (a, b) => `sum(CASE WHEN date BETWEEN DATE '2025-03-03' + ${a} AND DATE '2025-03-03' + ${b} THEN paid ELSE 0 END) / ${b - a + 1}`;
    const shops = async (order) => (await server.sql(`SELECT CAST(store AS text), ${order} AS rise FROM receipt_totals WHERE store IS NOT NULL GROUP BY store ORDER BY 2 DESC`)).map(([store]) => store);
    const ask = (units) => pilot({ level: 'store.store', pilot: units.slice(0, 6), start: '2025-03-03', end: '2025-04-27', primary: 'receipts.sales' });
    const best = await ask(await shops(`(${change(0, 55)}) - (${change(-84, -1)})`));
    check(['gained', 'trends_differ'].includes(best.verdict.code) && best.difference.value > 0, best.verdict.words.en);
    const fell = await ask(await shops(`(${change(-84, -43)}) - (${change(-42, -1)})`));
    check(fell.trend.difference.value < 0 && fell.trend.sound === fell.trend.p_value >= 0.05 && (fell.trend.sound || fell.verdict.code === 'trends_differ'), JSON.stringify(fell.trend));
    const swapped = await pilot({ level: 'store.store', pilot: ['2', '3', 'nowhere'], others: ['5', '7'], start: '2025-12-01', end: '2026-01-31', primary: 'average_check' });
    check_equal([swapped.units, swapped.verdict.code], [{ pilot: 2, others: 2, pilot_left_out: 0, others_left_out: 0, not_found: ['nowhere'] }, 'too_early'], swapped.verdict.words.ru);
    const alone = await pilot({ level: 'store.store', pilot: ['2'], start: '2025-03-03', end: '2025-04-27', primary: 'receipts.sales' });
    check_equal([alone.verdict.code, alone.difference.low, alone.p_value], ['no_data', null, null], alone.verdict.words.en);
    for (const [body, status, path, pattern] of [[{ level: 'store.stor' }, 404, 'level', /did you mean "store.store"/], [{ level: null }, 400, 'level', /units are/], [{ pilot: [] }, 400, 'pilot', /1 to 1,000/], [{ pilot: [{}] }, 400, 'pilot[0]', /a text or a whole number/], [{ design: 'x' }, 400, 'design', /matched_control/], [{ match_on: ['receipts.count'] }, 400, 'match_on', /beside it/], [{ design: 'matched_control', match_on: ['sales.revenue'] }, 400, 'match_on[0]', /cube receipts/], [{ primary: 'receipts.active_members' }, 400, 'primary', /looks back/], [{ end: '2025-01-01' }, 400, 'end', /from the start on/], [{ start: null }, 400, 'start', /first day/], [{ before_days: 1 }, 400, 'before_days', /whole number/], [{ arms: [] }, 400, 'arms', /unknown key/]]) {
      const error = error_of(await server.post('/api/v1/experiments/pilot', { level: 'store.store', pilot: ['2', '3'], start: '2025-03-03', end: '2025-04-27', primary: 'receipts.sales', ...body }), status);
      check(error.path === path && pattern.test(error.message), `${error.path}: ${error.message}`);
    }
  });

  if (!query) return harness.skip('experiments: beside DuckDB', 'DuckDB is not installed');
  await harness.test('experiments: a pilot in shops beside DuckDB and plain formulas', async () => {
    const had = new Set([2, 3, 5, 7, 11, 13]), body = { level: 'store.store', pilot: [...had], start: '2025-03-03', end: '2025-04-27', before_days: 60, primary: 'receipts.sales' };
    const between = (from, to) => `coalesce(sum(paid) filter (where day between date '${from}' and date '${to}'), 0)::double`;
    const rows = await query(`select store, ${between('2025-03-03', '2025-04-27')} / 56, ${between('2025-01-02', '2025-03-02')} / 60, ${between('2025-01-02', '2025-01-31')} / 30, ${between('2025-02-01', '2025-03-02')} / 30 from shop group by store order by store`);
    const kinds = [rows.filter(([store]) => had.has(store)), rows.filter(([store]) => !had.has(store))];
    const [test, others] = kinds.map((kind) => kind.map(([, after, before]) => after - before)), wanted = welch(test, others);
    const told = await pilot(body);
    check_equal([told.units.pilot, told.units.others, told.units.not_found], [kinds[0].length, kinds[1].length, []], 'shops');
    close(told.difference.value, wanted.difference, 'difference in differences');
    close(told.p_value, wanted.p_value, 'its p-value', 1e-7);
    close(told.means.pilot_after, mean(kinds[0].map((row) => row[1])), 'a day after the start');
    close(told.relative.value, (100 * wanted.difference) / (told.means.pilot_after - wanted.difference), 'relative');
    const trend = welch(...kinds.map((kind) => kind.map(([, , , early, late]) => late - early)));
    close(told.trend.p_value, trend.p_value, 'before the start', 1e-7);
    const scale = [3, 4].map((i) => Math.sqrt(covariance(rows.map((row) => row[i]), rows.map((row) => row[i]))));
    const apart = (a, b) => Math.hypot((a[3] - b[3]) / scale[0], (a[4] - b[4]) / scale[1]);
    const centre = [0, 0, 0, mean(kinds[1].map((row) => row[3])), mean(kinds[1].map((row) => row[4]))];
    const free = new Set(kinds[1]), pairs = [];
    for (const one of [...kinds[0]].sort((a, b) => apart(b, centre) - apart(a, centre))) {
      const nearest = [...free].reduce((best, other) => (apart(one, other) < apart(one, best) ? other : best));
      free.delete(nearest);
      pairs.push([one, nearest]);
    }
    const matched = await pilot({ ...body, design: 'matched_control' });
    check_equal(matched.matches.map((pair) => [Number(pair.pilot), Number(pair.other)]).sort(([a], [b]) => a - b), pairs.map(([one, other]) => [one[0], other[0]]).sort(([a], [b]) => a - b), 'matches');
    const effects = pairs.map(([one, other]) => one[1] - one[2] - (other[1] - other[2]));
    close(matched.difference.value, mean(effects), 'matched difference');
    close(matched.p_value, two_sided(student(effects.length - 1), mean(effects) / Math.sqrt(covariance(effects, effects) / effects.length)), 'its p-value', 1e-7);
    check_equal([matched.verdict.evidence, matched.balance.map((one) => one.covariate)], ['weaker', ['early', 'late']], 'weaker');
    // The course by the week, counted from the start; 60 days before it are eight weeks and four days.
    const weeks = await query(`select floor((day - date '2025-03-03') / 7.0)::int as week, store, sum(paid)::double from shop where day between date '2025-01-02' and date '2025-04-27' group by 1, 2`);
    const named = new Map((await server.sql('SELECT store, name FROM stores')).map(([store, name]) => [Number(store), name]));
    check_equal(matched.matches.map((pair) => [pair.pilot_label, pair.other_label]), matched.matches.map((pair) => [named.get(Number(pair.pilot)), named.get(Number(pair.other))]), 'labels');
    const sides = [[told, kinds[0], kinds[1]], [matched, pairs.map(([one]) => one), pairs.map(([, other]) => other)]];
    for (const [answer, ...sets] of sides) {
      const { days, points } = answer.course;
      check_equal([days, points.length, points[0].from, points[0].to, points.at(-1).to, points.filter((point) => point.before).length], [7, 17, '2025-01-02', '2025-01-05', '2025-04-27', 9], 'stretches');
      for (const [w, point] of points.entries()) {
        const length = w ? 7 : 4;
        for (const [side, shops] of [['pilot', sets[0]], ['others', sets[1]]]) {
          const own = new Set(shops.map(([store]) => store)), all = sum(weeks.filter(([week, store]) => week === w - 9 && own.has(store)).map(([, , paid]) => paid));
          close(point[side], all / length / own.size, `${side} from ${point.from}`, 1e-9);
        }
      }
    }
    const short = await pilot({ ...body, start: '2025-04-20', before_days: 10, end: '2025-04-24' });
    check_equal([short.course.days, short.course.points.length, short.course.points[9].to, short.course.points[10].before], [1, 15, '2025-04-19', false], 'by the day');
    close(mean(short.course.points.slice(0, 10).map((point) => point.pilot)), short.means.pilot_before, 'the mean of the days before');
    const checks = await pilot({ ...body, primary: 'receipts.average_check' }), at = checks.course.points[3];
    const ratio = await server.sql(`SELECT sum(paid) / count(*) FILTER (WHERE purchase_lines > 0) FROM receipt_totals WHERE date BETWEEN DATE '${at.from}' AND DATE '${at.to}' AND store IN (${[...had]}) GROUP BY store`);
    close(at.pilot, mean(ratio.map(([check]) => Number(check))), 'a ratio: the mean of the shops that have one');
    const labelled = await pilot({ ...body, pilot: [...had].map((store) => named.get(store)) });
    check_equal([labelled.difference, labelled.units], [told.difference, told.units], 'units by their labels');
  });
  await harness.test('experiments: a plan beside DuckDB and plain formulas', async () => {
    const minimal = 0.04, told = await plan({ ...WIN, minimal_effect: minimal, power: 0.9, durations: [10], arms: [{ id: 'control', share: 0.5 }, { id: 'test', share: 0.5 }] });
    const beyond = normal_beyond(0.05), reach = beyond + normal_beyond(0.2);
    check_equal(told.durations.map((one) => one.days), [10, 28], 'durations');
    for (const one of told.durations) {
      const from = new Date(Date.parse(WIN.start) - one.days * 86400000).toISOString().slice(0, 10);
      const rows = await query(`with a as (select distinct customer from assignment where experiment = 7)
        select coalesce(sum(f.paid) filter (where f.sold >= date '${from}'), 0)::double, coalesce(sum(f.paid) filter (where f.sold < date '${from}' and f.day < date '${from}'), 0)::double
        from a left join fact f on f.customer = a.customer and f.day < date '${WIN.start}' and f.sold >= date '${from}' - 84 group by a.customer order by a.customer`);
      const columns = [0, 1].map((i) => rows.map((row) => row[i]));
      const caps = columns.map((values) => [...values].sort((a, b) => a - b)[Math.ceil(0.999 * values.length) - 1]);
      const capped = columns.map((values, i) => values.map((value) => Math.min(value, caps[i])));
      for (const [plain_id, cuped_id, [now, before]] of [['raw', 'cuped', columns], ['capped', 'capped_cuped', capped]]) {
        const [raw, cuped] = [plain_id, cuped_id].map((id) => one.analyses.find((analysis) => analysis.id === id));
        const left = 1 - covariance(now, before) ** 2 / covariance(now, now) / covariance(before, before);
        close(raw.mean, mean(now), `${one.days} ${plain_id} mean`);
        close(raw.deviation, Math.sqrt(covariance(now, now)), `${one.days} ${plain_id} deviation`);
        close(cuped.variance_left, 100 * left, `${one.days} ${cuped_id} variance left`, 1e-6);
        close(cuped.deviation, Math.sqrt(left * covariance(now, now)), `${one.days} ${cuped_id} deviation`, 1e-6);
      }
      check_equal([one.from, one.members, one.analyses.find((analysis) => analysis.shown).id], [from, rows.length, 'capped_cuped'], 'the rehearsal');
      const { mean: level, deviation } = one.analyses.find((analysis) => analysis.shown);
      const error = (Math.sqrt(4 / told.customers) * deviation) / level;
      close(one.detectable, 100 * reach * error, 'detectable', 1e-5);
      close(one.power, 100 * power_of(minimal / error, beyond), 'power', 1e-5);
      close(one.customers_needed, 4 * (reach * deviation / level / minimal) ** 2, 'customers needed', 1e-3);
      const line = told.curve.lines.find(({ days }) => days === one.days);
      for (const i of [0, 7, 40]) close(line.power[i], 100 * power_of(told.curve.effects[i] / 100 / error, beyond), `curve at ${told.curve.effects[i]}`, 1e-5);
      if (one.planned) for (const size of told.sizes) close(size.detectable, 100 * reach * error * Math.sqrt(told.customers / size.customers), `of ${size.customers}`, 1e-5);
    }
  });
  await harness.test('experiments: a plan for a quantile: its error from the order statistics of the arms', async () => {
    const primary = { measure: 'sales_per_customer', quantile: 0.9 };
    const told = await plan({ ...WIN, primary, minimal_effect: 0.1, arms: [{ id: 'control', share: 0.5 }, { id: 'test', share: 0.5 }] }), [planned] = told.durations.filter((one) => one.planned);
    check_equal([planned.analyses.map((one) => one.id), planned.analyses[0].variance_left], [['raw'], null], 'neither capped nor adjusted');
    // The rehearsal is a test that was over on the day before the start.
    const day = (text, more) => new Date(Date.parse(text) + more * 86400000).toISOString().slice(0, 10);
    const over = { start: day(WIN.start, -planned.days), end: day(WIN.start, -1), as_of: day(WIN.start, -1), return_days: 0 };
    const rehearsed = (await (await server.post('/api/v1/experiments/evaluate', { ...WIN, ...over, members: { sql: 'SELECT customer, arm FROM assignments WHERE experiment = 7' }, primary, arms: [{ id: 'control', share: 0.5 }, { id: 'test', share: 0.5 }] })).json());
    const { split: { arms: sizes }, arms: [{ metrics: [metric] }] } = rehearsed, [raw] = metric.analyses;
    const [n, m] = [sizes.find((one) => !one.control).analysed, sizes.find((one) => one.control).analysed];
    close(planned.analyses[0].mean, (n * raw.treated + m * raw.control) / (n + m), 'the quantile of everybody');
    const reach = normal_beyond(0.05) + normal_beyond(0.4), error = (Math.sqrt(4 / told.customers) * planned.analyses[0].deviation) / planned.analyses[0].mean;
    close(planned.detectable, 100 * reach * error, 'detectable', 1e-5);
    // With arms of one size and one error the two ways of telling the error of the difference are one.
    const half_width = (raw.difference.high - raw.difference.low) / 2 / normal_beyond(0.05);
    check(Math.abs(planned.analyses[0].deviation * Math.sqrt(1 / n + 1 / m) / half_width - 1) < 0.05, `${planned.analyses[0].deviation} beside ${half_width}`);
  });
  await harness.test('experiments: means, p-values and CUPED beside DuckDB and plain formulas', async () => {
    const rows = await query(customers_sql(7, 28, 84, 14));
    const arm = (name) => ['sales', 'before', 'receipts'].map((_, i) => rows.filter((row) => row[0] === name).map((row) => row[i + 1]));
    const [test, control] = [arm('test'), arm('control')];
    const { arms } = await evaluate(7);
    const metric = (id) => arms[0].metrics.find((one) => one.id === id);
    const sales = analysis_of(metric('sales_per_customer'), 'raw'), wanted = welch(test[0], control[0]);
    close(sales.treated, mean(test[0]), 'mean of the test arm');
    close(sales.control, mean(control[0]), 'mean of the control arm');
    close(sales.p_value, wanted.p_value, 'Welch', 1e-7);
    const theta = covariance([...test[0], ...control[0]], [...test[1], ...control[1]]) / covariance([...test[1], ...control[1]], [...test[1], ...control[1]]);
    const adjust = ([now, before]) => now.map((value, i) => value - theta * before[i]);
    const cuped = analysis_of(metric('sales_per_customer'), 'cuped'), adjusted = welch(adjust(test), adjust(control));
    close(cuped.theta, theta, 'theta');
    close(cuped.difference.value, adjusted.difference, 'adjusted difference');
    close(cuped.p_value, adjusted.p_value, 'adjusted p', 1e-7);
    await balance_checked(await query(customers_sql(7, 28, 84, 14).replace('select arm,', 'select customer, arm,')), await evaluate(7), evaluate);
    const days = await query(`select f.sold - a.day as day, a.arm, f.customer, sum(f.paid)::double from assignment a join fact f using (customer)
      where a.experiment = 7 and f.sold >= a.day and f.sold < a.day + 28 and f.day < a.day + 42 group by all order by 3`);
    const { arms: [by_day] } = await evaluate(7, { by_day: true });
    for (const day of [0, 13, 27]) {
      const of_arm = (name, count) => [...days.filter((row) => Number(row[0]) === day && row[1] === name).map((row) => row[3]), ...Array(count)].slice(0, count).map((paid) => paid ?? 0);
      const one = welch(of_arm('test', test[0].length), of_arm('control', control[0].length));
      close(by_day.days[day].difference.value, one.difference, `day ${day + 1}`);
      close(by_day.days[day].p_value, one.p_value, `p of day ${day + 1}`, 1e-7);
    }
    const asked = await evaluate(7, { metrics: [{ measure: 'sales_per_customer', quantile: 0.9 }, { measure: 'receipts_per_customer', quantile: 0.5, id: 'half', title: 'Half' }] });
    const [ninth, half] = asked.arms[0].metrics.slice(1, 3).map((one) => [one, analysis_of(one, 'raw')]);
    check_equal([ninth[0].id, ninth[0].quantile, ninth[0].analyses.length, ninth[0].title.ru, half[0].id, half[0].title.en], ['sales_per_customer_q90', 0.9, 1, 'Продажи на клиента, квантиль 0,9', 'half', 'Half'], 'quantiles');
    const arms_of = [test, control].map((one) => {
      const values = [...one[0]].sort((a, b) => a - b), n = values.length, wide = normal_beyond(0.05) * Math.sqrt(n * 0.09);
      const [low, high] = [Math.floor(n * 0.9 - wide), Math.ceil(n * 0.9 + wide) + 1];
      const at = (k) => Math.exp(log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1) + k * Math.log(0.9) + (n - k) * Math.log(0.1));
      const chance = sum(Array.from({ length: high - low }, (_, i) => at(low + i))); // that the quantile lies between the two
      return { value: values[Math.ceil(n * 0.9) - 1], error: (values[high - 1] - values[low - 1]) / 2 / normal_beyond(1 - chance) };
    });
    close(ninth[1].treated, arms_of[0].value, 'quantile of the test arm');
    close(ninth[1].control, arms_of[1].value, 'quantile of the control arm');
    close((ninth[1].difference.high - ninth[1].difference.low) / 2 / normal_beyond(0.05), Math.hypot(arms_of[0].error, arms_of[1].error), 'its error', 1e-5);
    check_equal([half[1].treated, half[1].control, half[1].p_value], [0, 0, null], 'a median of nothing');
    // The same as the primary metric: judged by itself, in segments too, without days and CUPED.
    const first = await evaluate(7, { primary: { measure: 'sales_per_customer', quantile: 0.9 }, metrics: [], guardrails: [], segments: ['customers.gender'], by_day: true });
    const [judged] = first.arms[0].metrics;
    check_equal([judged.role, judged.analyses.length, judged.analyses[0].difference, judged.p_adjusted], ['primary', 1, ninth[1].difference, ninth[1].p_value], 'the primary metric');
    check_equal([first.arms[0].days, first.arms[0].monthly], [null, null], 'a quantile has no days, and is no money a customer');
    const wanted_code = ninth[1].relative.low > 0 ? 'roll_out' : ninth[1].relative.high < 1 ? 'below_minimum' : 'not_decided';
    check_equal([first.verdict.code, judged.power.customers_needed > 0], [wanted_code, true], first.verdict.words.en);
    const gender = new Map(await query('select customer, gender from person')), keyed = await query(customers_sql(7, 28, 84, 14).replace('select arm,', 'select customer, arm,'));
    check(first.arms[0].segments.length >= 2, `${first.arms[0].segments.length} segments`);
    for (const segment of first.arms[0].segments) {
      const value = segment.value?.en ?? null;
      for (const [name, told_value, size] of [['test', segment.treated, segment.treated_customers], ['control', segment.control, segment.control_customers]]) {
        const own = keyed.filter(([customer, arm_name]) => arm_name === name && (gender.get(customer) || null) === value).map((row) => row[2]).sort((x, y) => x - y);
        check_equal(own.length, size, `${value} ${name}: customers`);
        if (size * 0.1 >= 10) close(told_value, own[Math.ceil(0.9 * size) - 1], `${value} ${name}: the quantile`);
        else check_equal(told_value, null, `${value} ${name}: too few`);
      }
    }
    const winning = await evaluate(7, { primary: { measure: 'receipts_per_customer', quantile: 0.9 }, metrics: [], guardrails: [], segments: [], as_of: '2024-04-20' });
    check_equal([winning.intervals, winning.verdict.code], ['always_valid', 'too_early'], 'while it runs');
    const medians = await evaluate(7, { primary: { measure: 'sales_per_customer', quantile: 0.5, good: 'up' }, minimal_effect: 5, metrics: [], guardrails: [], segments: [] });
    check_equal(medians.arms[0].metrics[0].title, { en: 'Sales per customer, median', ru: 'Продажи на клиента, медиана' }, 'a median is called so');
    const [a, b] = [test, control].map((one) => one[2].filter((receipts) => receipts > 0).length);
    const [n, m] = [test[0].length, control[0].length], pooled = (a + b) / (n + m);
    const z = (a / n - b / m) / Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
    const buyers = analysis_of(metric('buyers_share'), 'raw');
    close(buyers.treated, (100 * a) / n, 'share of buyers');
    close(buyers.p_value, two_sided(normal, z), 'two proportions', 1e-7);
    const ratio = ([money, , receipts]) => {
      const value = sum(money) / sum(receipts);
      const line = money.map((paid, i) => (paid - value * receipts[i]) / mean(receipts));
      return { value, variance: covariance(line, line) / line.length };
    };
    const [r, c] = [ratio(test), ratio(control)], check_value = analysis_of(metric('average_check'), 'raw');
    close(check_value.difference.value, r.value - c.value, 'average check');
    close(check_value.p_value, two_sided(normal, (r.value - c.value) / Math.sqrt(r.variance + c.variance)), 'delta method', 1e-7);
  });
}

export async function tests_experiments(harness, tessera, root, data, work) {
  const demo = { data: join(work, 'experiments_data'), store: join(work, 'experiments_store') };
  let server = null, truth = null;
  await harness.test('experiments: a demo chain of 26,000 members', async () => {
    await tessera_must(tessera, ['generate', '--out', demo.data, '--scale', `${SCALE}`, '--seed', '5', '--quiet']);
    await tessera_must(tessera, ['load', '--model', join(root, 'models/retail.yaml'), '--data', demo.data, '--out', demo.store, '--quiet']);
    truth = JSON.parse(readFileSync(join(demo.data, 'truth/truth.json')));
    server = await Server.start(tessera, [demo.store]);
  }, { always: true });
  if (!server) return;
  await tests_chain(harness, server, truth, await duckdb_over(demo.data));
  await tests_document(harness, server, root);
  await harness.test('experiments: the end', () => server.stop('SIGINT'), { always: true });

  const files = join(data, 'hillstrom');
  if (!existsSync(join(files, 'hillstrom.csv.zst'))) return harness.skip('experiments: Hillstrom', `no files in ${files}; set TESSERA_DATA`);
  await harness.test("experiments: Hillstrom's published figures, of the file", async () => {
    const store = join(work, 'experiments_hillstrom');
    await tessera_must(tessera, ['load', '--model', join(root, 'models/hillstrom.yaml'), '--data', files, '--out', store, '--quiet']);
    const other = await Server.start(tessera, [store]);
    const reply = await other.post('/api/v1/experiments/evaluate', HILLSTROM);
    check_equal(reply.status, 200, reply.text.slice(0, 400));
    const { split, arms } = reply.json();
    const [spend, visit, conversion] = arms[0].metrics, raw = analysis_of(spend, 'raw'), cuped = analysis_of(spend, 'cuped');
    const digits = (value, count) => Number(value.toFixed(count));
    check_equal([arms[0].id, digits(split.p_value, 4), split.degrees], ['Mens E-Mail', 0.9037, 2], 'split');
    check_equal([digits(raw.difference.value, 6), digits(raw.difference.low, 5), digits(raw.difference.high, 5), raw.p_value.toPrecision(5)], [0.769827, 0.48514, 1.05451, '1.1638e-7'], 'spend');
    check_equal([digits(cuped.theta, 9), digits(cuped.difference.value, 6)], [0.001222897, 0.767438], 'CUPED');
    const visits = analysis_of(visit, 'raw');
    check_equal([digits(visits.treated, 4), digits(visits.control, 4), digits(analysis_of(conversion, 'raw').difference.value, 4)], [18.2757, 10.6167, 0.6805], 'visits and purchases');
    check(visits.p_value < 1e-100 && visits.difference.unit === 'pp', `p ${visits.p_value}`);
    await other.stop('SIGINT');
  });
}
