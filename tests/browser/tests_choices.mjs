// Choosing as a person does: by mouse and by keyboard, with the back button, by a link from a colleague.
import { check, check_equal, page_settle } from './harness.mjs';
import { api_model, card, own_name, dialog, opener, queries_record, tile, tile_exact, tile_value, tiles } from './page_parts.mjs';

const params = (page) => new URL(page.url()).searchParams;

export async function tests_choices(t) {
  await t.test('period: a preset changes numbers and URL; the back button undoes it', {}, async (page, visit) => {
    await visit();
    const before = await tile_value(page, 'sales.revenue');
    await opener(page, 'period').click();
    await page.getByRole('option', { name: /Last 7 days/ }).click();
    await page_settle(page);
    check_equal(params(page).get('period'), '7d', 'URL');
    check((await opener(page, 'period').innerText()).includes('Last 7 days'), 'the button does not say so');
    check((await tile_value(page, 'sales.revenue')) !== before, 'the number did not change');
    await page.goBack();
    await page_settle(page);
    check_equal(await tile_value(page, 'sales.revenue'), before, 'after going back');
    check_equal(params(page).get('period'), null, 'URL after going back');
  });

  await t.test('period: own dates; reversed ones cannot be applied and say why', {}, async (page, visit) => {
    await visit();
    await opener(page, 'period').click();
    await dialog(page).getByLabel('From', { exact: true }).fill('20/11/2025');
    await dialog(page).getByLabel('To', { exact: true }).fill('10/11/2025');
    check(await dialog(page).getByRole('button', { name: 'Apply' }).isDisabled(), 'reversed dates can be applied');
    check((await dialog(page).innerText()).includes('after the last'), 'no reason given');
    await dialog(page).getByLabel('To', { exact: true }).fill('26/11/2025');
    const asked = queries_record(page);
    await dialog(page).getByRole('button', { name: 'Apply' }).click();
    await page_settle(page);
    check_equal(params(page).get('period'), '2025-11-20..2025-11-26', 'URL');
    check(asked.length > 0 && asked.some((q) => q.period.from === '2025-11-20' && q.period.to === '2025-11-26'), 'not asked for');
  });

  await t.test('period: picked in a month, by mouse and by arrows; weeks start on Monday', {}, async (page, visit) => {
    await visit('?period=2025-11-03..2025-11-09&lang=ru');
    await opener(page, 'period').click();
    const panel = dialog(page);
    check_equal(await panel.locator('.weekday').first().innerText(), 'пн', 'first weekday');
    check_equal(await panel.getByLabel('С', { exact: true }).inputValue(), '03.11.2025', 'first day as it is typed');
    await panel.getByRole('button', { name: '12 ноября 2025' }).click();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    check_equal(await panel.getByLabel('По', { exact: true }).inputValue(), '20.11.2025', 'last day');
    await panel.getByRole('button', { name: 'Применить' }).click();
    await page_settle(page);
    check_equal(params(page).get('period'), '2025-11-12..2025-11-20', 'URL');
  });

  await t.test('comparison: last year is 364 days back and reaches charts and lists', {}, async (page, visit) => {
    await visit('?period=2025-11-03..2025-11-09');
    const asked = queries_record(page);
    await opener(page, 'compare').click();
    await page.getByRole('option', { name: 'Same period last year' }).click();
    await page_settle(page);
    check((await opener(page, 'compare').innerText()).includes('4–10 Nov 2024'), await opener(page, 'compare').innerText());
    check(asked.some((q) => q.dimensions?.includes('store.region') && q.compare === 'last_year'), 'lists are not compared with last year');
    await card(page, 'trend').getByRole('button', { name: /As table/ }).click();
    const cells = await card(page, 'trend').locator('tbody tr').first().locator('td').allInnerTexts();
    check(cells[0].includes('3 Nov 2025') && cells[2].includes('4 Nov 2024'), cells.join(' | '));
  });

  await t.test('presets: each opens, counted back from the last complete day; the list fits the screen', { height: 760 }, async (page, visit) => {
    await visit();
    await opener(page, 'period').click();
    const options = dialog(page).getByRole('option');
    const labels = (await options.allInnerTexts()).map((text) => text.split('\n')[0].trim());
    for (const label of ['Yesterday', 'Week to date', 'Last complete week', 'Month to date', 'Last complete month', 'Last complete quarter', 'Last complete year', 'Last 7 days', 'Last 12 months']) check(labels.includes(label), `${label} is not in ${labels}`);
    const last = await options.last().boundingBox();
    check(last.y + last.height <= 760, `the list ends at ${last.y + last.height}`);
    const { complete_to, to } = (await api_model(page)).data;
    const end = complete_to ?? to;
    const asked = queries_record(page);
    await page.getByRole('option', { name: /Yesterday/ }).click();
    await page_settle(page);
    check_equal(params(page).get('period'), 'yesterday', 'URL');
    const week_ago = new Date(Date.parse(end + 'T00:00:00Z') - 7 * 86_400_000).toISOString().slice(0, 10);
    check(asked.some((q) => q.period.from === end && q.period.to === end && q.compare?.from === week_ago && q.compare?.to === week_ago), 'compared with the same weekday');
    for (const preset of ['wtd', 'lastweek', 'lastyear', '12m']) {
      await visit(`?period=${preset}`);
      check(!(await opener(page, 'period').innerText()).includes('Custom'), preset);
    }
  });

  await t.test('comparison by weekday or by date: drawn, listed, in the address, carried to another page', {}, async (page, visit) => {
    await visit('?period=2025-12-01..2025-12-31');
    await card(page, 'trend').getByRole('button', { name: /As table/ }).click();
    const first = async () => (await card(page, 'trend').locator('tbody tr').first().locator('td').allInnerTexts()).map((text) => text.trim());
    const weekday = await first();
    check(weekday[0].includes('Mon, 1 Dec 2025') && weekday[2].includes('Mon, 3 Nov 2025'), weekday.join(' | '));
    await opener(page, 'compare').click();
    await page.getByRole('radio', { name: 'of the same date' }).check();
    await page_settle(page);
    check_equal(params(page).get('match'), 'date', 'URL');
    await page.keyboard.press('Escape');
    const date = await first();
    check(date[0].includes('Mon, 1 Dec 2025') && date[2].includes('Sat, 1 Nov 2025'), date.join(' | '));
    await page.getByRole('link', { name: 'Explore' }).click();
    await page_settle(page);
    check_equal(params(page).get('match'), 'date', 'URL of Explore');
    // A link of before the choice opens what it opened.
    await visit('?period=2025-12-01..2025-12-31&compare=last_year_calendar');
    check(/\b1–31\s+Dec\s+2024/.test(await opener(page, 'compare').innerText()), await opener(page, 'compare').innerText());
    await visit('?period=2025-12-01..2025-12-31&compare=last_year');
    check(/2\s+Dec\s+2024\s+–\s+1\s+Jan\s+2025/.test(await opener(page, 'compare').innerText()), await opener(page, 'compare').innerText());
  });

  await t.test('filter by keyboard alone: open, search, tick, leave', {}, async (page, visit) => {
    await visit('?period=28d');
    const before = await tile_exact(page, 'sales.revenue');
    await opener(page, 'filter-store').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('treeitem').first().waitFor();
    const second = await page.getByRole('treeitem').nth(1).locator('.text').innerText();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page_settle(page);
    check_equal(params(page).getAll('store.region'), [await own_name(page, second)], 'URL');
    check_equal(await page.getByRole('treeitem', { selected: true }).count(), 1, 'ticked');
    const narrowed = await tile_exact(page, 'sales.revenue');
    check(narrowed > 0 && narrowed < before, `${narrowed} of ${before}`);
    await page.keyboard.press('Escape');
    check_equal(await dialog(page).count(), 0, 'open panels after Escape');
    check(await opener(page, 'filter-store').evaluate((one) => one === document.activeElement), 'focus did not return to the button');
  });

  await t.test('filter: search reaches shops inside regions and cities; branches open by arrows', {}, async (page, visit) => {
    await visit('?period=28d');
    await opener(page, 'filter-store').click();
    await page.getByRole('treeitem').first().waitFor();
    const closed = await page.getByRole('treeitem').count();
    await page.keyboard.press('ArrowRight');
    const opened = await page.getByRole('treeitem').count();
    check(opened > closed, 'the right arrow opens no branch');
    const city = await page.getByRole('treeitem').nth(1).locator('.text').innerText();
    await page.keyboard.type(city.slice(0, 4).toLowerCase());
    const levels = await page.getByRole('treeitem').evaluateAll((all) => all.map((one) => one.getAttribute('aria-level')));
    check(levels.includes('2'), `found only levels ${levels}`);
    check((await page.getByRole('treeitem').allInnerTexts()).some((text) => text.includes(city)), `${city} not found`);
    await page.keyboard.type('zzzz');
    check((await dialog(page).innerText()).includes('Nothing found'), 'no word on an empty search');
  });

  await t.test('several ticks in one menu are one step back', {}, async (page, visit) => {
    await visit('?period=28d');
    await opener(page, 'filter-channel').click();
    await page.getByRole('treeitem').first().waitFor();
    await page.getByRole('treeitem').nth(0).click();
    await page.getByRole('treeitem').nth(1).click();
    await page_settle(page);
    check_equal(params(page).getAll('channel.channel').length, 2, 'values in the URL');
    await page.keyboard.press('Escape');
    await page.goBack();
    await page_settle(page);
    check_equal(params(page).getAll('channel.channel').length, 0, 'values after one step back');
  });

  await t.test('a click on a row filters the page, a second one frees it', {}, async (page, visit) => {
    await visit('?period=28d');
    const whole = await tile_exact(page, 'sales.revenue');
    const row = card(page, 'breakdown-channel').locator('.rows button').nth(1);
    await row.click();
    await page_settle(page);
    check_equal(await row.getAttribute('aria-pressed'), 'true', 'pressed');
    const part = await tile_exact(page, 'sales.revenue');
    check(part > 0 && part < whole, `${part} of ${whole}`);
    check((await card(page, 'breakdown-channel').locator('.rows button').count()) > 1, 'the list lost the values to widen the choice with');
    await row.click();
    await page_settle(page);
    check_equal(await tile_exact(page, 'sales.revenue'), whole, 'after freeing it');
  });

  await t.test('a category: receipts become receipts with it, or are struck through with the reason', {}, async (page, visit) => {
    await visit('?period=28d');
    const model = await api_model(page);
    const asked = queries_record(page);
    await card(page, 'breakdown-product').locator('.rows button').first().click();
    await page_settle(page);
    const count = tile(page, 'receipts.count');
    if (model.measures.some((m) => m.name === 'sales.receipts')) {
      check(asked.some((q) => q.measures.includes('sales.receipts')), 'sales.receipts is not asked for');
      check((await count.locator('.value').count()) === 1, 'the tile has no value');
    } else check((await count.innerText()).includes('cannot be filtered by'), await count.innerText());
    const struck = page.locator('[data-test="tile"] .struck');
    check((await struck.count()) > 0, 'no tile is struck through');
    check((await page.locator('[data-test="tile"] .reason').first().innerText()).includes('Category'), 'the reason does not name the level');
    check((await card(page, 'heat').innerText()).includes('cannot be filtered by'), 'the heat map gives no reason');
    check(asked.every((q) => !(q.measures.some((m) => m.startsWith('receipts.')) && JSON.stringify(q.filters ?? []).includes('product.'))), 'an impossible question was asked');
  });

  await t.test('drill: the level of a list is chosen and kept in the URL', {}, async (page, visit) => {
    await visit('?period=28d');
    await card(page, 'breakdown-store').getByRole('button', { name: 'City', exact: true }).click();
    await page_settle(page);
    check_equal(params(page).getAll('by'), ['store.city'], 'URL');
    check_equal(await card(page, 'breakdown-store').locator('h2').innerText(), 'City', 'title');
    await page.reload();
    await page_settle(page);
    check_equal(await card(page, 'breakdown-store').locator('h2').innerText(), 'City', 'title after reloading');
  });

  await t.test('a link is a saved view', {}, async (page, visit) => {
    await visit('?period=28d&compare=last_year');
    await card(page, 'breakdown-channel').locator('.rows button').first().click();
    await tiles(page).nth(1).getByRole('button').click();
    await page_settle(page);
    const numbers = await tiles(page).allInnerTexts();
    const heading = await card(page, 'trend').locator('h2').innerText();
    const link = page.url();
    await page.goto('about:blank');
    await page.goto(link);
    await page_settle(page);
    check_equal(await tiles(page).allInnerTexts(), numbers, 'tiles');
    check_equal(await card(page, 'trend').locator('h2').innerText(), heading, 'trend');
  });

  await t.test('clearing filters', {}, async (page, visit) => {
    await visit('?period=28d');
    const whole = await tile_value(page, 'sales.revenue');
    await card(page, 'breakdown-channel').locator('.rows button').first().click();
    await page_settle(page);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page_settle(page);
    check_equal(await tile_value(page, 'sales.revenue'), whole, 'after clearing');
    check_equal(await page.getByRole('button', { name: 'Clear filters' }).count(), 0, 'buttons to clear');
  });
}
