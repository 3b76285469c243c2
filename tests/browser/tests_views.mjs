// Saved views through real use: a name for what is seen, found again, sent as a link, renamed, removed.
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check, card, dialog, opener, tile_value } from './page_parts.mjs';

const params = (page) => new URL(page.url()).searchParams;
const entry = (page, name) => dialog(page).locator('[data-test="view"]').filter({ hasText: name });
const api = (page, path = '') => new URL('api/v1/views' + path, page.url()).href;
const views_of = async (page) => (await (await page.request.get(api(page))).json()).views;

async function save(page, name) {
  await opener(page, 'views').click();
  await dialog(page).getByRole('textbox').fill(name);
  await page.keyboard.press('Enter');
  await entry(page, name).first().waitFor();
}
async function open(page, name) {
  if (!(await dialog(page).count())) await opener(page, 'views').click();
  await entry(page, name).getByRole('link').click();
  await page_settle(page);
}
/** The tests before this one, and whoever uses the server, may have left some. */
async function remove_all(page) {
  for (const view of await views_of(page)) if (view.name.startsWith('Test:')) await page.request.delete(api(page, '/' + view.id));
}

export async function tests_views(t) {
  await t.test('views: pages are saved, found again from elsewhere, renamed and removed', {}, async (page, visit) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await visit('?period=28d');
    await remove_all(page);
    await card(page, 'breakdown-channel').locator('.rows button').first().click();
    await page_settle(page);
    const [shown, place] = [await tile_value(page, 'sales.revenue'), new URL(page.url()).search];
    await save(page, 'Test: channel, 28 days');
    check_equal(await entry(page, 'Test: channel').getByRole('link').getAttribute('aria-current'), 'true', 'it is where one is');

    await visit('explore?' + new URLSearchParams([['cube', 'sales'], ['row', 'store.region'], ['col', 'date.month'], ['show', 'sales.revenue'], ['period', '90d'], ['match', 'date']]));
    const head = await page.locator('[data-test="pivot-table"] thead').innerText();
    await save(page, 'Test: regions');
    await visit('reports?report=rfm');
    await save(page, 'Test: RFM');
    await visit('sql');
    await page.locator('.cm-content').click();
    await page.keyboard.insertText('SELECT 17 AS seventeen');
    await save(page, 'Test: seventeen');

    await open(page, 'Test: regions');
    check_equal([params(page).get('period'), params(page).get('match'), await page.locator('[data-test="pivot-table"] thead').innerText()], ['90d', 'date', head], 'Explore');
    await open(page, 'Test: channel');
    check_equal([new URL(page.url()).search, await tile_value(page, 'sales.revenue')], [place, shown], 'the Overview');
    await open(page, 'Test: RFM');
    check_equal(params(page).get('report'), 'rfm', 'the report');
    await open(page, 'Test: seventeen');
    check((await page.locator('.cm-content').innerText()).includes('SELECT 17 AS seventeen'), 'a statement that was never run');
    await page.goBack();
    await page_settle(page);
    check_equal(params(page).get('report'), 'rfm', 'the way back');

    await opener(page, 'views').click();
    await entry(page, 'Test: regions').locator('[data-test="view-link"]').click();
    await dialog(page).getByText('Copied').waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    await entry(page, 'Test: regions').locator('[data-test="view-rename"]').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText('Test: Регионы');
    await page.keyboard.press('Enter');
    await entry(page, 'Test: Регионы').waitFor();
    check_equal((await views_of(page)).filter((v) => v.name === 'Test: Регионы').map((v) => v.page), ['explore'], 'kept under its new name');
    await entry(page, 'Test: RFM').locator('[data-test="view-remove"]').click();
    await page.locator('[data-test="view-remove-yes"]').click();
    await entry(page, 'Test: RFM').waitFor({ state: 'detached' });
    check(!(await views_of(page)).some((v) => v.name === 'Test: RFM'), 'removed');

    await page.goto(link);
    await page_settle(page);
    check_equal(await page.locator('[data-test="pivot-table"] thead').innerText(), head, 'the link');
    await remove_all(page);
  });

  await t.test('views: by keyboard; an error is said and nothing is lost', { expected: [/Failed to load resource/, /^HTTP 500/] }, async (page, visit) => {
    await visit('?period=28d');
    await remove_all(page);
    await opener(page, 'views').focus();
    await page.keyboard.press('Enter');
    await dialog(page).getByRole('textbox').waitFor();
    check(await page.evaluate(() => document.activeElement?.matches('[data-test="view-name"]')), 'the cursor is in the name');
    const fail = (route) => (route.request().method() === 'POST' ? route.fulfill({ status: 500, json: { error: { code: 'io', message: 'cannot write views/x.json: no room', path: null, position: null } } }) : route.continue());
    await page.route('**/api/v1/views', fail);
    await page.keyboard.type('Test: by keyboard');
    await page.keyboard.press('Enter');
    await dialog(page).getByRole('alert').waitFor();
    check((await dialog(page).getByRole('alert').innerText()).includes('no room'), "the server's words");
    check_equal(await dialog(page).getByRole('textbox').inputValue(), 'Test: by keyboard', 'the name is still there');
    await page.unroute('**/api/v1/views', fail);
    await page.keyboard.press('Enter');
    await entry(page, 'Test: by keyboard').waitFor();
    await page.keyboard.press('Escape');
    check_equal(await dialog(page).count(), 0, 'closed');
    await remove_all(page);
  });

  for (const [lang, scheme, width] of [['en', 'light', 1280], ['ru', 'dark', 390], ['ru', 'light', 1280]])
    await t.test(`views: looks and axe, ${lang} ${scheme} ${width}`, { scheme, width }, async (page, visit) => {
      await visit(`explore?lang=${lang}`);
      await remove_all(page);
      for (const name of ['Test: regions by month, the longest of all names that anybody gave to a view', 'Test: Юг']) await page.request.post(api(page), { data: { name, page: 'explore', query: 'cube=sales' } });
      await opener(page, 'views').click();
      await entry(page, 'Test: Юг').waitFor();
      await axe_check(page, 'the list');
      const box = await dialog(page).boundingBox();
      check(box.x >= 0 && box.x + box.width <= width, `the panel is from ${box.x}, ${box.width} wide`);
      await t.shot(page, `views ${lang} ${scheme} ${width}`);
      await entry(page, 'Test: Юг').locator('[data-test="view-rename"]').click();
      await entry(page, 'longest').locator('[data-test="view-remove"]').click();
      await axe_check(page, 'about to be removed');
      await t.shot(page, `views remove ${lang} ${scheme} ${width}`);
      await remove_all(page);
    });
}
