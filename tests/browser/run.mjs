/*
 * node run.mjs (--base-url URL | --mock) [--tessera PROGRAM] [--artifacts DIR] [--only TEXT] [--timeout-ms N]
 *
 * Uses the pages as a person would, against a running server on the demo chain, or against the mock.
 * Prints a line a test in TAP's manner and "N passed, M failed"; ends with 1 if any failed.
 */
import { Harness } from './harness.mjs';
import { mock_start } from './mock_server.mjs';
import { tests_audiences, tests_customer_card } from './tests_audiences.mjs';
import { tests_campaigns } from './tests_campaigns.mjs';
import { tests_choices } from './tests_choices.mjs';
import { tests_cubes } from './tests_cubes.mjs';
import { tests_data } from './tests_data.mjs';
import { tests_experiments } from './tests_experiments.mjs';
import { tests_explore } from './tests_explore.mjs';
import { tests_explore_segments } from './tests_explore_segments.mjs';
import { tests_frame } from './tests_frame.mjs';
import { tests_looks } from './tests_looks.mjs';
import { tests_marks } from './tests_marks.mjs';
import { tests_numbers } from './tests_numbers.mjs';
import { tests_open } from './tests_open.mjs';
import { tests_open_figures } from './tests_open_figures.mjs';
import { tests_pilots } from './tests_pilots.mjs';
import { tests_planted } from './tests_planted.mjs';
import { tests_reports } from './tests_reports.mjs';
import { tests_reports_story } from './tests_reports_story.mjs';
import { tests_segment_overlap } from './tests_segment_overlap.mjs';
import { tests_segment_story } from './tests_segment_story.mjs';
import { tests_segments } from './tests_segments.mjs';
import { tests_sql } from './tests_sql.mjs';
import { tests_troubles } from './tests_troubles.mjs';
import { tests_views } from './tests_views.mjs';

function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? null : process.argv[at + 1];
}

const mocked = process.argv.includes('--mock');
const url = option('--base-url');
if (mocked === !!url) {
  console.error('usage: node run.mjs (--base-url URL | --mock) [--tessera PROGRAM] [--artifacts DIR] [--only TEXT] [--timeout-ms N]');
  process.exit(2);
}

const mocks = mocked ? [await mock_start(), await mock_start({ model: 'wholesale' })] : [];
const harness = new Harness({
  base: mocked ? mocks[0].url : url.replace(/\/*$/, '/'),
  artifacts: option('--artifacts'),
  timeout_ms: Number(option('--timeout-ms') ?? 60_000),
  only: option('--only')
});
await harness.open();
try {
  await tests_numbers(harness);
  await tests_choices(harness);
  await tests_frame(harness);
  await tests_explore(harness, !mocked, mocked ? mocks[1].url : null);
  if (!mocked) await tests_explore_segments(harness);
  await tests_looks(harness, mocked ? mocks[1].url : null);
  if (!mocked) await tests_marks(harness);
  if (!mocked) await tests_sql(harness);
  if (!mocked) await tests_reports(harness);
  if (!mocked) await tests_reports_story(harness);
  if (!mocked) await tests_experiments(harness);
  if (!mocked) await tests_campaigns(harness);
  if (!mocked) await tests_pilots(harness);
  if (!mocked) await tests_segments(harness);
  if (!mocked) await tests_audiences(harness);
  if (!mocked) await tests_customer_card(harness);
  if (!mocked) await tests_segment_story(harness);
  if (!mocked) await tests_segment_overlap(harness);
  if (!mocked) await tests_cubes(harness);
  if (!mocked) await tests_views(harness);
  if (!mocked) await tests_data(harness);
  await tests_troubles(harness);
  if (option('--tessera')) await tests_open(harness, option('--tessera'));
  if (option('--tessera')) await tests_open_figures(harness, option('--tessera'));
  if (option('--tessera')) await tests_planted(harness, option('--tessera'));
} finally {
  await harness.close();
  for (const mock of mocks) mock.close();
}
console.log(`1..${harness.number}`);
console.log(`${harness.passed} passed, ${harness.failed} failed, ${harness.skipped} skipped`);
process.exit(harness.failed || !harness.passed ? 1 : 0);
