// When things go wrong or come late: loading, errors, nothing to show, answers out of order, new data.
import { check, check_equal, page_settle } from './harness.mjs';
import { answers_change, api_model, card, opener, queries_record, tile, tile_value } from './page_parts.mjs';

const QUERY = '**/api/v1/query';
const PROVOKED = [/Failed to load resource/, /^HTTP 50\d/, /net::ERR_/];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const is_tiles = (query) => !query.dimensions;

export async function tests_troubles(t) {
  await t.test('loading: skeletons in place, nothing jumps afterwards', {}, async (page, visit, base) => {
    let release;
    const held = new Promise((resolve) => (release = resolve));
    await page.route(QUERY, async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(base + '?period=28d');
    await page.locator('[data-test="tile"] .bone').first().waitFor();
    check_equal(await page.locator('main#main').getAttribute('aria-busy'), 'true', 'aria-busy');
    await t.shot(page, 'loading');
    const before = await card(page, 'trend').boundingBox();
    release();
    await page_settle(page);
    check_equal(await page.locator('.bone').count(), 0, 'skeletons left');
    const after = await card(page, 'trend').boundingBox();
    check(Math.abs(after.y - before.y) < 24, `the trend moved by ${after.y - before.y} px`);
  });

  await t.test('an error shows the server\'s words; trying again mends it', { expected: PROVOKED }, async (page, visit) => {
    const message = 'memory limit of 64 MiB reached while grouping; narrow the period';
    await page.route(QUERY, async (route) => {
      if (!is_tiles(JSON.parse(route.request().postData()))) return route.continue();
      await route.fulfill({ status: 503, json: { error: { code: 'out_of_memory', message, path: null } } });
    });
    await visit('?period=28d');
    check((await tile(page, 'sales.revenue').innerText()).includes(message.slice(0, 30)), await tile(page, 'sales.revenue').innerText());
    check((await card(page, 'breakdown-channel').locator('.rows li').count()) > 0, 'the healthy parts went down with it');
    await t.shot(page, 'error');
    await page.unroute(QUERY);
    await tile(page, 'sales.revenue').getByRole('button', { name: 'Try again' }).click();
    await page_settle(page);
    check(/\d/.test(await tile_value(page, 'sales.revenue')), 'no number after trying again');
  });

  await t.test('an unreachable server is named as such', { expected: PROVOKED }, async (page, visit) => {
    await page.route(QUERY, (route) => route.abort('connectionrefused'));
    await visit('?period=28d');
    check((await card(page, 'breakdown-channel').innerText()).includes('cannot be reached'), await card(page, 'breakdown-channel').innerText());
  });

  await t.test('no model: the page says so and can try again', { expected: PROVOKED }, async (page, visit, base) => {
    await page.route('**/api/v1/model', (route) => route.fulfill({ status: 503, json: { error: { code: 'loading', message: 'the data are still being loaded' } } }));
    await page.goto(base);
    await page.getByRole('alert').waitFor();
    check((await page.getByRole('alert').innerText()).includes('still being loaded'), 'the message is not shown');
    await page.unroute('**/api/v1/model');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page_settle(page);
    check(/\d/.test(await tile_value(page, 'sales.revenue')), 'no number');
  });

  await t.test('nothing in the period: dashes and a hint, not zeros', {}, async (page, visit) => {
    await visit('?period=2010-01-01..2010-01-31');
    check_equal(await tile_value(page, 'receipts.average_check'), '–', 'average check of nothing');
    check((await card(page, 'breakdown-channel').innerText()).includes('No data for this selection'), await card(page, 'breakdown-channel').innerText());
    await t.shot(page, 'empty');
  });

  await t.test('no base to compare with: a dash', {}, async (page, visit) => {
    await visit('?period=28d');
    const { data } = await api_model(page);
    await visit(`?period=${data.from}..${data.from.slice(0, 8)}07`);
    check_equal((await tile(page, 'sales.revenue').locator('dd').allInnerTexts()).map((text) => text.trim()), ['–', '–'], 'changes');
  });

  await t.test('a late answer never replaces a newer one', {}, async (page, visit) => {
    await visit('?period=90d');
    const older = await tile_value(page, 'sales.revenue');
    await visit('?period=28d');
    const first = await tile_value(page, 'sales.revenue');
    await visit('?period=mtd');
    let late = 0;
    await page.route(QUERY, async (route) => {
      const { period } = JSON.parse(route.request().postData());
      const days = (Date.parse(period.to) - Date.parse(period.from)) / 86_400_000 + 1;
      if (days === 90) {
        late++;
        await pause(900);
      }
      await route.continue().catch(() => {});
    });
    const withdrawn = [];
    page.on('requestfailed', (request) => withdrawn.push(request.failure()?.errorText));
    for (const preset of [/Last 90 days/, /Last 28 days/]) {
      await opener(page, 'period').click();
      await page.getByRole('option', { name: preset }).click();
    }
    await pause(1500);
    await page_settle(page);
    check(late > 0, 'nothing was held back');
    check_equal(await tile_value(page, 'sales.revenue'), first, `after the late answers (${older}) came in`);
    check(withdrawn.some((text) => /ABORTED/.test(text)), `the older questions were not withdrawn: ${withdrawn}`);
  });

  await t.test('new data: the page asks everything again', {}, async (page, visit) => {
    await page.clock.install();
    await visit('?period=28d');
    const asked = queries_record(page);
    await page.route('**/api/v1/health', async (route) => {
      const reply = await route.fetch();
      const health = await reply.json();
      health.data.version += 1;
      await route.fulfill({ response: reply, json: health });
    });
    await page.clock.runFor(61_000);
    await page.waitForTimeout(0);
    for (let i = 0; i < 50 && !asked.length; i++) await pause(100);
    check(asked.some(is_tiles), `asked again: ${asked.length} questions`);
  });

  await t.test('the places without data are listed', {}, async (page, visit) => {
    await page.route('**/api/v1/health', async (route) => {
      const reply = await route.fetch();
      const health = await reply.json();
      health.missing = [{ level: 'store.store', value: 'S-17', title: { en: 'Omsk 2', ru: 'Омск, 2' }, date: '2025-12-30' }];
      await route.fulfill({ response: reply, json: health });
    });
    await visit('?period=28d');
    const button = opener(page, 'missing');
    const words = (await button.innerText()).replace(/\s+/g, ' '); // below a certain width only a screen reader has them
    check(words.includes('1 shop without data'), words);
    await button.click();
    const text = await page.getByRole('dialog').innerText();
    check(text.includes('Omsk 2') && text.includes('30 Dec 2025'), text);
  });

  await t.test('what the server says of the period is told once, in the language of the reader', {}, async (page, visit) => {
    const note = 'The period begins after the last day with data (2025-12-31).';
    await answers_change(page, (body) => {
      body.period = { ...body.period, note };
      if (body.compare) body.compare.note = `${note} The two periods overlap.`;
    });
    await visit('?period=28d&lang=en');
    check_equal(await page.locator('p.note').allInnerTexts(), ['The period begins after the last day with data (31 Dec 2025).', 'The two periods overlap.'], 'English');
    await page.getByRole('button', { name: 'Русский' }).click();
    check_equal(await page.locator('p.note').allInnerTexts(), ['Период начинается после последнего дня с данными (31.12.2025).', 'Периоды пересекаются.'], 'Russian');
  });
}
