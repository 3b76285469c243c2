// Languages, themes, narrow screens, keyboard focus, and what axe-core says of it all.
import { check, check_equal, page_settle } from './harness.mjs';
import { api_model, axe_check, card, dialog, opener, tile, tiles } from './page_parts.mjs';

export async function tests_looks(t, foreign) {
  await t.test('Russian: words, numbers, dates', {}, async (page, visit) => {
    await visit('?period=28d');
    await page.getByRole('button', { name: 'Русский' }).click();
    check_equal(await page.locator('html').getAttribute('lang'), 'ru', 'lang');
    check_equal(new URL(page.url()).searchParams.get('lang'), 'ru', 'URL');
    check(/^\d{2}\.\d{2}\.\d{4}, \d{2}:\d{2}$/.test((await page.locator('[data-test="as-of"]').innerText()).replace(/^Данные по\s+/, '')), 'date');
    const note = await tile(page, 'sales.revenue').locator('.value').getAttribute('title');
    check(/\d{1,3}(\u00a0\d{3})+,\d{2}\u00a0₽/.test(note), `money in "${note}"`);
    check(note.includes('Данные на ') && note.includes('Источник: '), note);
    const share = tile(page, 'receipts.card_share');
    if (await share.count()) check(/п\.\u00a0п\./.test(await share.innerText()), `points in "${await share.innerText()}"`);
    check_equal(await card(page, 'heat').locator('thead abbr').first().innerText(), 'пн', 'first weekday');
    await t.shot(page, 'overview ru light 1280');
  });

  await t.test('Russian is chosen for a Russian browser', { locale: 'ru-RU' }, async (page, visit) => {
    await visit('?period=28d');
    check_equal(await page.locator('html').getAttribute('lang'), 'ru', 'lang');
  });

  await t.test('theme: follows the system, obeys the switch, survives reloading', { scheme: 'dark' }, async (page, visit) => {
    const shade = () => page.evaluate(() => Number(getComputedStyle(document.body).backgroundColor.match(/\d+/)[0]));
    await visit('?period=28d');
    check((await shade()) < 60, 'a dark system gets a light page');
    await t.shot(page, 'overview en dark 1280');
    await page.getByRole('button', { name: 'Light', exact: true }).click();
    check((await shade()) > 200, 'the switch does nothing');
    await page.reload();
    await page_settle(page);
    check((await shade()) > 200, 'the choice is forgotten');
  });

  for (const [lang, scheme] of [['en', 'light'], ['ru', 'dark']]) {
    await t.test(`narrow, ${lang} ${scheme}: 390 px without sideways scrolling`, { width: 390, height: 844, scheme }, async (page, visit) => {
      await visit(`?period=28d&lang=${lang}`);
      await t.shot(page, `overview ${lang} ${scheme} 390`);
      const [wide, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
      check(wide <= view, `the page is ${wide} px wide`);
      const small = await page.locator('button:visible').evaluateAll((all) =>
        all
          // A tile's button is as large as the tile: its ::before covers it.
          .filter((one) => getComputedStyle(one, '::before').position !== 'absolute')
          .map((one) => [one.innerText || one.getAttribute('aria-label'), one.getBoundingClientRect()])
          .filter(([, box]) => Math.min(box.width, box.height) < 22)
          .map(([name, box]) => `${name} ${Math.round(box.width)} x ${Math.round(box.height)}`)
      );
      check(!small.length, `too small to touch: ${small}`);
      for (const name of ['period', 'filter-store']) {
        await opener(page, name).click();
        const box = await dialog(page).boundingBox();
        check(box.x >= 0 && box.x + box.width <= 390, `${name}: panel from ${box.x} to ${box.x + box.width}`);
        await page.keyboard.press('Escape');
      }
    });
  }

  await t.test('every stop of the Tab key is visible', {}, async (page, visit) => {
    await visit('?period=28d');
    const seen = new Set();
    for (let i = 0; i < 45; i++) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate(() => {
        const one = document.activeElement;
        const marked = (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
        const visible = marked(getComputedStyle(one)) || marked(getComputedStyle(one, '::before')) || one === document.body;
        return { name: one.outerHTML.slice(0, 90), visible };
      });
      check(stop.visible, `no focus mark on ${stop.name}`);
      seen.add(stop.name);
    }
    check(seen.size > 25, `only ${seen.size} stops`);
  });

  for (const [lang, scheme, width] of [['en', 'light', 1280], ['ru', 'dark', 1280], ['ru', 'light', 390]]) {
    await t.test(`axe: ${lang} ${scheme} ${width}`, { scheme, width }, async (page, visit) => {
      await visit(`?period=28d&lang=${lang}`);
      await axe_check(page, 'page');
      await opener(page, 'period').click();
      await axe_check(page, 'period');
      await page.keyboard.press('Escape');
      await opener(page, 'filter-store').click();
      await page.getByRole('treeitem').first().waitFor();
      await t.shot(page, `filter ${lang} ${scheme} ${width}`);
      await axe_check(page, 'filter');
      await page.keyboard.press('Escape');
      await card(page, 'breakdown-product').locator('.rows button').first().click();
      await page_settle(page);
      for (const button of await page.locator('button.toggle').all()) await button.click();
      await axe_check(page, 'tables, a category chosen');
      await t.shot(page, `tables ${lang} ${scheme} ${width}`);
    });
  }

  await t.test('a model without some measures: the rest is shown, the lack is named', {}, async (page, visit) => {
    await page.route('**/api/v1/model', async (route) => {
      const reply = await route.fetch();
      const model = await reply.json();
      const gone = ['receipts.frequency', 'receipts.per_day'];
      model.measures = model.measures.filter((m) => !gone.includes(m.name));
      for (const cube of model.cubes) cube.measures = cube.measures.filter((name) => !gone.includes(name));
      await route.fulfill({ response: reply, json: model });
    });
    await visit('?period=28d');
    check_equal(await tile(page, 'receipts.frequency').count(), 0, 'tiles of the missing measure');
    check_equal(await card(page, 'heat').count(), 0, 'heat maps');
    await card(page, 'lacks').locator('summary').click();
    const text = await card(page, 'lacks').innerText();
    check(text.includes('receipts.frequency') && text.includes('receipts.per_day'), text);
    check((await tiles(page).count()) > 3, 'the other tiles are gone too');
  });

  if (foreign) {
    await t.test('another model: its first cube, its levels, its time', { base: foreign }, async (page, visit) => {
      await visit('?period=28d');
      const model = await api_model(page);
      check_equal(await tiles(page).evaluateAll((all) => all.map((one) => one.dataset.measure)), model.cubes[0].measures, 'tiles');
      check_equal(await card(page, 'breakdown-customer.country').count(), 1, 'a list by country');
      check((await card(page, 'trend').locator('canvas').count()) === 1, 'no trend');
      await card(page, 'breakdown-customer.country').locator('.rows button').first().click();
      await page_settle(page);
      check(page.url().includes('customer.country='), 'the URL has no filter');
      await t.shot(page, 'overview of another model');
    });
  }
}
