/*
 * node tests/support/report_truths.mjs --store STORE --truth DATA/truth/truth.json [--tessera PROGRAM]
 *
 * What the generator has planted and the reports should find, on a chain that is large enough for it (scale 0.3: `generate --scale 0.3`,
 * `load`). The tests of the API run on a small chain, where intervals are too wide for most of it; there affinities, the product
 * cohort, the point bank, the mix and each campaign's observed figures are found (tests/api/tests_reports_*.mjs).
 */
import { readFileSync } from 'node:fs';
import { Harness, Server, check } from '../api/harness.mjs';

const option = (name, otherwise) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : otherwise);
const [store, truth] = [option('--store'), option('--truth')];
if (!store || !truth) {
  console.error('usage: node tests/support/report_truths.mjs --store STORE --truth DATA/truth/truth.json [--tessera PROGRAM]');
  process.exit(2);
}
const truths = Object.fromEntries(JSON.parse(readFileSync(truth)).truths.map((one) => [one.id, one]));
const harness = new Harness(option('--only'));
const server = await Server.start(option('--tessera', 'build/release/web/tessera'), [store]);

/** Rows as objects by column, numbers as such. */
async function report(id, parameters = {}) {
  const reply = await server.post(`/api/v1/reports/${id}/run`, { parameters });
  check(reply.status === 200, `${id}: ${reply.text.slice(0, 300)}`);
  const { columns, rows } = reply.json();
  const plain = (cell) => (typeof cell === 'string' && cell !== '' && !Number.isNaN(Number(cell)) ? Number(cell) : cell);
  return rows.map((row) => Object.fromEntries(row.map((cell, i) => [columns[i].name, plain(cell)])));
}
const campaign = async (id, truth_id) => (await report(id)).find((row) => row.campaign === truths[truth_id].scope.campaign);
const effect = (truth_id) => truths[truth_id].realised.start_to_end_plus_28.test;
const told = (row) => JSON.stringify(row);

await harness.test('campaign_impact: the campaign that pays back: the interval holds the truth and is above zero', async () => {
  const row = await campaign('campaign_impact', 'campaign_pays_back'), { sales, margin } = effect('campaign_pays_back');
  check(row.sales_low > 0 && row.sales_low <= sales && sales <= row.sales_high, told(row));
  check(row.margin_low > 0 && row.margin_low <= margin && margin <= row.margin_high, told(row));
});
await harness.test('campaign_romi: it pays back', async () => {
  const row = await campaign('campaign_romi', 'campaign_pays_back');
  check(row.romi > 0 && row.romi_low > 0, told(row));
});
await harness.test('campaign_impact: the campaign without effect: the interval holds zero', async () => {
  const row = await campaign('campaign_impact', 'campaign_null');
  check(row.sales_low < 0 && row.sales_high > 0, told(row));
});
await harness.test('campaign_impact, offer_funnel: the best customers respond most, and there is no effect', async () => {
  const row = await campaign('campaign_impact', 'campaign_selected');
  check(row.sales_low < 0 && row.sales_high > 0, told(row));
  const direct = (await report('offer_funnel')).filter((one) => one.control > 0).sort((a, b) => b.bought_share - a.bought_share);
  check(direct[0].campaign === truths.campaign_selected.scope.campaign, told(direct[0]));
});
await harness.test('campaign_impact, campaign_romi: the deep coupon sells more and earns less', async () => {
  const row = await campaign('campaign_impact', 'campaign_deep_coupon'), { sales, margin } = effect('campaign_deep_coupon');
  check(row.sales_low > 0 && row.sales_low <= sales && sales <= row.sales_high, told(row));
  check(row.margin_high < 0 && row.margin_low <= margin && margin <= row.margin_high, told(row));
  check((await campaign('campaign_romi', 'campaign_deep_coupon')).romi_high < 0, 'ROMI');
});
await harness.test('campaign_impact: too many messages lose sales', async () => {
  const row = await campaign('campaign_impact', 'campaign_too_many');
  check(row.sales_high < 0, told(row));
});
await harness.test('churn: the shop beside which a competitor opened loses most', async () => {
  const { store, day } = truths.competitor_opens.scope;
  const until = new Date(Date.parse(day) + 89 * 86_400_000).toISOString().slice(0, 10);
  const stores = (await report('churn', { day: until, days: 60 })).filter((row) => row.store !== null && row.bought_before >= 100).sort((a, b) => b.churn_rate - a.churn_rate);
  check(stores[0].store === store && stores[0].churn_rate > 0.35, told(stores.slice(0, 2)));
});
await harness.test('store_league, heat_map: the shop that sent nothing on a day', async () => {
  const { store, day } = truths.missing_shop_day.scope;
  const [[name]] = (await server.post('/api/v1/sql', { sql: `SELECT name FROM stores WHERE store = ${store}` })).json().rows;
  const stores = (await report('store_league', { first: day, last: day })).map((row) => row.name);
  check(stores.length > 10 && !stores.includes(name), stores.join());
  check((await report('heat_map', { first: day, last: day, stores: [name] })).length === 0, 'no hour has a receipt');
});
await harness.test('store_league: the average check rises in every region and falls in total', async () => {
  const [old, now] = await Promise.all(['2024', '2025'].map((year) => report('store_league', { by: 'region', first: `${year}-01-01`, last: `${year}-12-31` })));
  const before = new Map(old.map((row) => [row.name, row.average_check]));
  for (const { name, average_check } of now) check(name === 'total' ? average_check < before.get(name) : average_check > before.get(name), `${name}: ${before.get(name)}, then ${average_check}`);
});
await harness.test('affinity: planted pairs stand out, the most frequent one does not, substitutes are apart', async () => {
  const rows = await report('affinity');
  const lift = ({ a, b }) => rows.find((row) => row.first === a && row.second === b)?.lift ?? 0;
  for (const one of Object.values(truths).filter(({ kind }) => kind === 'affinity')) check(lift(one.scope) > 1.5, `${one.id}: ${lift(one.scope)}`);
  check(Math.abs(lift(truths.basket_Milk_Bread.scope) - 1) < 0.15, 'milk and bread');
  check(lift(truths.basket_Butter_Margarine.scope) < 0.4, 'butter and margarine');
});
await server.stop('SIGINT');
console.log(`${harness.passed} passed, ${harness.failed} failed, ${harness.skipped} skipped`);
process.exit(harness.failed || !harness.passed ? 1 : 0);
