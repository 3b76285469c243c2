// Segments in the pivot: saved ones as a level of rows, of columns and of the filter, each figure against the API's.
import { check, check_equal, page_settle } from './harness.mjs';
import { api_query, axe_check, number_read, shown_name } from './page_parts.mjs';

const at = (page, test) => page.locator(`[data-test="${test}"]`);
const LEVEL = 'segments.segment', MONTH = { from: '2025-12-01', to: '2025-12-31' };
const SEGMENTS = [
  { id: 'women', name: 'Women', definition: { level: 'customer.gender', in: ['f'] } },
  { id: 'often', name: 'Often', definition: { measure: 'receipts.count', days: 365, at_least: 3 } },
];
const MEASURES = ['receipts.sales', 'receipts.count'];
const address = (more) => 'explore?' + new URLSearchParams([['cube', 'receipts'], ...MEASURES.map((name) => ['show', name]), ['versus', 'none'], ['chart', 'none'], ['period', `${MONTH.from}..${MONTH.to}`], ...more]);
const close = (text, value, what) => check(Math.abs(number_read(text) - value) <= 0.5 && /\d/.test(text), `${what}: "${text}" is not ${value}`);
const cells_of = (line) => line.locator('td').allInnerTexts();

export async function tests_explore_segments(t) {
  const api = (page, path) => new URL(`api/v1/${path}`, page.url()).href;
  const clean = async (page) => {
    for (const { id } of (await (await page.request.get(api(page, 'segments'))).json()).segments) await page.request.delete(api(page, `segments/${id}`));
  };
  const make = async (page) => {
    await clean(page);
    for (const data of SEGMENTS) check_equal((await page.request.post(api(page, 'segments'), { data })).status(), 201, data.id);
  };
  const asked = (page, more = {}) => api_query(page, { measures: MEASURES, dimensions: [{ segments: SEGMENTS.map((one) => one.id) }], period: MONTH, totals: true, ...more });
  const lines_check = async (page, answer) => {
    for (const row of answer.rows) {
      const { name } = SEGMENTS.find((one) => one.id === row[0]);
      const cells = await cells_of(at(page, 'pivot-line').filter({ has: page.getByText(name, { exact: true }) }));
      MEASURES.forEach((measure, m) => close(cells[m], row[1 + m], `${name}, ${measure}`));
    }
  };

  await t.test('explore: saved segments are a level of rows and columns, as the API splits by them', {}, async (page, visit) => {
    await visit(address([]));
    await make(page);
    await visit(address([['row', 'channel.channel']]));
    await at(page, 'pivot-list-channel.channel').click();
    await at(page, `pivot-list-${LEVEL}`).click();
    await page_settle(page);
    check_equal(await at(page, 'pivot-line').locator('.text').allInnerTexts().then((names) => names.sort()), ['Often', 'Women'], 'a line each');
    const answer = await asked(page);
    await lines_check(page, answer);
    const total = await cells_of(at(page, 'pivot-total')), whole = answer.totals.slice(-MEASURES.length);
    MEASURES.forEach((measure, m) => close(total[m], whole[m], `the total, ${measure}`));
    check(answer.rows.reduce((sum, row) => sum + row[2], 0) > whole[1], 'they lie over each other, and the total counts receipts once');
    check((await page.getByRole('status').allInnerTexts()).some((text) => text.includes('several segments')), 'which is said');
    await axe_check(page, 'segments in rows');
    await t.shot(page, 'explore segments en light 1280');

    await at(page, `pivot-field-${LEVEL}`).click();
    await page.getByRole('option', { name: /columns/i }).click();
    await at(page, 'pivot-list-channel.channel').click();
    await page_settle(page);
    const split = await asked(page, { dimensions: ['channel.channel', { segments: SEGMENTS.map((one) => one.id) }] });
    const heads = await page.locator('thead th[scope="colgroup"]').allInnerTexts();
    check(SEGMENTS.every((one) => heads.some((head) => head.trim() === one.name)), `columns: ${heads}`);
    const row = split.rows.find((one) => one[1] === 'women'), column = heads.findIndex((head) => head.trim() === 'Women');
    const cells = await cells_of(at(page, 'pivot-line').filter({ has: page.getByText(await shown_name(page, String(row[0])), { exact: true }) }));
    MEASURES.forEach((measure, m) => close(cells[column * MEASURES.length + m], row[2 + m], `${row[0]}, women, ${measure}`));
    await clean(page);
  });

  await t.test('explore: saved segments are a filter; a number of theirs leads to their customers', {}, async (page, visit) => {
    await visit(address([]));
    await make(page);
    await visit(address([['row', 'channel.channel'], ['filter', LEVEL]]));
    await at(page, 'pivot-filters').locator('[data-test="filter-segments"]').click();
    await page.getByRole('treeitem', { name: 'Women' }).click();
    await page.keyboard.press('Escape');
    await page_settle(page);
    check_equal(new URL(page.url()).searchParams.getAll(LEVEL), ['women'], 'the filter in the address');
    const answer = await api_query(page, { measures: MEASURES, dimensions: ['channel.channel'], filters: [{ segment: 'women' }], period: MONTH, totals: true });
    const total = await cells_of(at(page, 'pivot-total'));
    MEASURES.forEach((measure, m) => close(total[m], answer.totals.slice(-MEASURES.length)[m], `the total, ${measure}`));
    await at(page, 'pivot-line').first().locator('td').nth(1).click();
    const link = await at(page, 'pivot-members').getAttribute('href');
    const rules = JSON.parse(new URL(link, page.url()).searchParams.get('rules'));
    check_equal(rules.all.at(-1), { segment: 'women' }, 'the rules of the customers behind the number');
    await visit(new URL(link, page.url()).href.replace(new URL('.', page.url()).href, ''));
    await page_settle(page);
    const size = Number((await at(page, 'seg-size').locator('b').innerText()).replace(/\D/g, ''));
    check_equal(size, (await (await page.request.post(api(page, 'segments/preview'), { data: { definition: rules } })).json()).size, 'who they are');
    check(size > 0, 'somebody');
    await clean(page);
  });

  for (const [name, options, lang] of [['ru dark 1280', { scheme: 'dark' }, 'ru'], ['ru light 390', { width: 390, height: 844 }, 'ru'], ['en dark 390', { width: 390, height: 844, scheme: 'dark' }, 'en']])
    await t.test(`explore: segments, looks, ${name}`, options, async (page, visit) => {
      await visit(address([]));
      await make(page);
      await visit(address([['row', LEVEL], ['lang', lang]]));
      await page_settle(page);
      check_equal(await at(page, 'pivot-line').count(), SEGMENTS.length, 'lines');
      check_equal((await at(page, `pivot-field-${LEVEL}`).textContent()).trim(), lang === 'ru' ? 'Сегменты' : 'Segments', 'the level in its language');
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      check(wide <= 0, `the page is ${wide} px too wide`);
      await axe_check(page, name);
      await t.shot(page, `explore segments ${name}`);
      await clean(page);
    });
}
