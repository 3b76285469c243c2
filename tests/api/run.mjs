/*
 * node run.mjs --tessera PROGRAM [--work DIR] [--only TEXT]
 *
 * Makes a small demo chain, serves it, and asks: guards, pages, model, queries, SQL, limits, many clients,
 * the end. With FoodMart's files (TESSERA_DATA or ../shared/data) also its published figures.
 * No dependencies; node 18 or later.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Harness, Server, tessera_must } from './harness.mjs';
import { tests_audiences } from './tests_audiences.mjs';
import { tests_changes } from './tests_changes.mjs';
import { tests_cli } from './tests_cli.mjs';
import { tests_cuboids } from './tests_cuboids.mjs';
import { tests_members } from './tests_members.mjs';
import { tests_cells } from './tests_cells.mjs';
import { tests_plans } from './tests_plans.mjs';
import { tests_projections } from './tests_projections.mjs';
import { tests_customers } from './tests_customers.mjs';
import { tests_derived } from './tests_derived.mjs';
import { tests_demo } from './tests_demo.mjs';
import { tests_experiments } from './tests_experiments.mjs';
import { tests_experiments_lists } from './tests_experiments_lists.mjs';
import { tests_experiments_saved } from './tests_experiments_saved.mjs';
import { tests_exports } from './tests_exports.mjs';
import { tests_foodmart } from './tests_foodmart.mjs';
import { tests_guards } from './tests_guards.mjs';
import { tests_limits } from './tests_limits.mjs';
import { tests_open } from './tests_open.mjs';
import { tests_openapi } from './tests_openapi.mjs';
import { tests_operations } from './tests_operations.mjs';
import { tests_pages } from './tests_pages.mjs';
import { tests_public } from './tests_public.mjs';
import { tests_rfm } from './tests_rfm.mjs';
import { tests_queries } from './tests_queries.mjs';
import { tests_reports } from './tests_reports.mjs';
import { tests_segments } from './tests_segments.mjs';
import { tests_segments_asked } from './tests_segments_asked.mjs';
import { tests_segments_kept } from './tests_segments_kept.mjs';
import { tests_shell } from './tests_shell.mjs';
import { tests_sql } from './tests_sql.mjs';
import { tests_views } from './tests_views.mjs';
import { tests_xlsx } from './tests_xlsx.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const option = (name, otherwise) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : otherwise);

const tessera = resolve(option('--tessera', join(ROOT, 'build/dev/web/tessera')));
const work = resolve(option('--work', join(ROOT, 'build/check/api')));
const data = resolve(process.env.TESSERA_DATA ?? join(ROOT, '../shared/data'));
const harness = new Harness(option('--only'));

rmSync(work, { recursive: true, force: true });
// The servers' temporary files are the run's own: that none is left is a test, and others may run at the same time.
process.env.TMPDIR = join(work, 'tmp');
mkdirSync(process.env.TMPDIR, { recursive: true });

const demo = { data: join(work, 'data'), store: join(work, 'store'), model: join(ROOT, 'models/retail.yaml') };
let server = null;
await harness.test('setup: generate, load and serve a small demo chain', async () => {
  await tessera_must(tessera, ['generate', '--out', demo.data, '--scale', '0.001', '--seed', '7', '--quiet']);
  await tessera_must(tessera, ['load', '--model', demo.model, '--data', demo.data, '--out', demo.store]);
  server = await Server.start(tessera, [demo.store, '--connections', '48']);
}, { always: true });
if (server) {
  await tests_guards(harness, server);
  await tests_pages(harness, server);
  await tests_demo(harness, server, demo);
  await harness.test('end: SIGINT ends the server with 0', () => server.stop('SIGINT'), { always: true });
  await tests_limits(harness, tessera, demo);
  await tests_sql(harness, tessera, demo);
  await tests_queries(harness, tessera, demo);
  await tests_cuboids(harness, tessera, demo, work);
  await tests_plans(harness, tessera, demo);
  await tests_projections(harness, tessera, work);
  await tests_members(harness, tessera, demo);
  await tests_cells(harness, tessera, ROOT, demo, work);
  await tests_reports(harness, tessera, ROOT, demo, work);
  await tests_xlsx(harness, tessera, ROOT, demo, work);
  await tests_segments(harness, tessera, demo, work);
  await tests_segments_asked(harness, tessera, demo, work);
  await tests_segments_kept(harness, tessera, demo, work);
  await tests_audiences(harness, tessera, demo, work);
  await tests_exports(harness, tessera, demo, work);
  await tests_views(harness, tessera, demo, work);
  await tests_experiments_saved(harness, tessera, demo, work);
  await tests_experiments_lists(harness, tessera, demo, work);
  await tests_changes(harness, tessera, demo);
  await tests_operations(harness, tessera, ROOT, demo, work);
  await tests_customers(harness, tessera, demo, work);
  await tests_openapi(harness, tessera, ROOT, demo);
  await tests_cli(harness, tessera, demo, work);
}
await tests_derived(harness, tessera, work);
await tests_shell(harness, tessera, ROOT, work);
await tests_experiments(harness, tessera, ROOT, data, work);

const foodmart = join(data, 'foodmart');
if (existsSync(join(foodmart, 'sales_fact_1997.csv.zst'))) await tests_foodmart(harness, tessera, join(ROOT, 'models/foodmart.yaml'), foodmart);
else harness.skip('FoodMart', `no files in ${foodmart}; set TESSERA_DATA`);

await tests_open(harness, tessera, data, demo, work);
await tests_public(harness, tessera, ROOT, data, work);
await tests_rfm(harness, tessera, ROOT, data, work);

console.log(`1..${harness.passed + harness.failed + harness.skipped}`);
console.log(`${harness.passed} passed, ${harness.failed} failed, ${harness.skipped} skipped`);
process.exit(harness.failed || !harness.passed ? 1 : 0);
