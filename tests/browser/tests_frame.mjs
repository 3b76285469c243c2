// The frame around the pages: navigation, addresses, language and theme, a server that goes and comes back.
import { check, check_equal, page_settle } from './harness.mjs';
import { opener, tile, tile_value } from './page_parts.mjs';
import { relay_start } from './relay.mjs';

const PROVOKED = [/Failed to load resource/, /^HTTP 50\d/, /net::ERR_/];
const banner = (page) => page.locator('[data-test="gone"] p');

export async function tests_frame(t) {
  await t.test('an address without a page says so, and the navigation leads on', {}, async (page, visit) => {
    await visit('nothing-here?lang=ru');
    check((await page.locator('main').innerText()).includes('Такой страницы нет'), await page.locator('main').innerText());
    check_equal(await page.locator('nav a[aria-current]').count(), 0, 'current pages');
    await page.locator('nav a').first().click();
    await page_settle(page);
    check_equal(new URL(page.url()).pathname + new URL(page.url()).search, '/?lang=ru', 'address');
    check(/\d/.test(await tile_value(page, 'sales.revenue')), 'no numbers');
    await page.goBack();
    await page.getByRole('heading', { name: 'Такой страницы нет' }).waitFor();
  });

  await t.test('the skip link leads to the content', {}, async (page, visit) => {
    await visit('?period=28d');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    check_equal(await page.evaluate(() => document.activeElement.id), 'main', 'focus');
    check(!page.url().includes('#'), page.url());
  });

  const relay = await relay_start(t.base);
  await t.test('the server goes: numbers stay, a banner says so; it returns: all is asked again', { expected: PROVOKED, base: relay.url }, async (page, visit) => {
    await page.clock.install();
    await visit('?period=28d');
    const seen = await tile_value(page, 'sales.revenue');
    check_equal(await banner(page).count(), 0, 'banners while all is well');
    await relay.down();
    await page.clock.runFor(61_000);
    await banner(page).waitFor();
    check((await banner(page).innerText()).includes('cannot be reached'), await banner(page).innerText());
    check_equal(await tile_value(page, 'sales.revenue'), seen, 'the number of then');
    await t.shot(page, 'server gone');
    // Another question cannot be answered, and the old answer must not stand for it.
    await opener(page, 'period').click();
    await page.getByRole('option', { name: /Last 90 days/ }).click();
    await tile(page, 'sales.revenue').getByRole('alert').waitFor();
    await relay.up();
    await page.clock.runFor(11_000);
    await banner(page).waitFor({ state: 'detached' });
    await page_settle(page);
    check(/\d/.test(await tile_value(page, 'sales.revenue')), 'no number after the return');
    check((await tile_value(page, 'sales.revenue')) !== seen, 'the other period has the same number');
  });
  await relay.close();

  await t.test('no server at the start: the page loads by itself when there is one', { expected: PROVOKED }, async (page, visit, base) => {
    await page.clock.install();
    await page.route('**/api/**', (route) => route.abort('connectionrefused'));
    await page.goto(base);
    await banner(page).waitFor();
    await page.unroute('**/api/**');
    await page.clock.runFor(11_000);
    await page_settle(page);
    check(/\d/.test(await tile_value(page, 'sales.revenue')), 'no number');
  });
}
