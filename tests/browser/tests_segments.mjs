// The Segments page: rules put together by hand, what they come to, undo, saving, links, faults at their rule.
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check, shown_name } from './page_parts.mjs';

const PROVOKED = [/Failed to load resource/, /^HTTP 40\d/];
const at = (page, name) => page.locator(`[data-test="${name}"]`);
const address = (rules, more = '') => `segments?${new URLSearchParams({ rules: JSON.stringify(rules) })}${more}`;
const size = async (page) => Number((await at(page, 'seg-size').locator('b').innerText()).replace(/\D/g, ''));
const rules_of = (page) => JSON.parse(new URL(page.url()).searchParams.get('rules'));
/** The same value with its keys in order. */
const sorted = (value) => (Array.isArray(value) ? value.map(sorted) : value && typeof value === 'object' ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value);
async function settle(page) {
  await page.waitForTimeout(250); // the page waits before it asks
  await page_settle(page);
}

export async function tests_segments(t) {
  const api = (page, path) => new URL(`api/v1/${path}`, page.url()).href;
  const preview = async (page, definition, more = {}) => (await page.request.post(api(page, 'segments/preview'), { data: { definition, ...more } })).json();
  const clean = async (page) => {
    for (const { id } of (await (await page.request.get(api(page, 'segments'))).json()).segments) await page.request.delete(api(page, `segments/${id}`));
  };
  const pick = async (page, rule, value) => {
    await rule.locator('[data-test="seg-values"]').last().click();
    await rule.getByRole('dialog').locator('input[type="text"]').fill(value);
    await rule.getByRole('dialog').getByRole('checkbox', { name: await shown_name(page, value), exact: true }).check();
    await page.keyboard.press('Escape');
  };

  await t.test('segments: bought shoes two winters ago, nothing since, by clicking', {}, async (page, visit) => {
    await visit('segments');
    await clean(page);
    const base = (await preview(page, { all: [] })).base;
    check_equal(await size(page), base, 'without rules everybody of the base');
    await at(page, 'seg-add-measure').click();
    const bought = at(page, 'seg-rule').nth(0);
    await bought.locator('[data-test="seg-measure"]').selectOption('sales.receipts');
    await bought.locator('[data-test="seg-filter-add"]').click();
    await bought.getByLabel('where').selectOption('product.category');
    await pick(page, bought, 'Обувь');
    await bought.locator('[data-test="seg-window"]').selectOption('dates');
    await bought.getByLabel('From').fill('2023-10-01');
    await bought.getByLabel('To').fill('2024-03-31');
    await at(page, 'seg-add-measure').click();
    const since = at(page, 'seg-rule').nth(1);
    await since.locator('[data-test="seg-measure"]').selectOption('receipts.count');
    await since.locator('[data-test="seg-comparison"]').selectOption('at_most');
    await since.locator('[data-test="seg-value"]').fill('0');
    await since.locator('[data-test="seg-value"]').press('Tab');
    await at(page, 'seg-add-level').click();
    const woman = at(page, 'seg-rule').nth(2);
    await woman.locator('[data-test="seg-level"]').selectOption('customer.gender');
    await pick(page, woman, 'm');
    await woman.getByRole('button', { name: 'not', exact: true }).click();
    await settle(page);
    const wanted = { all: [
      { measure: 'sales.receipts', at_least: 1, filters: [{ level: 'product.category', in: ['Обувь'] }], from: '2023-10-01', to: '2024-03-31' },
      { measure: 'receipts.count', days: 365, at_most: 0 }, { not: { level: 'customer.gender', in: ['m'] } }] };
    check_equal(rules_of(page), wanted, 'the rules in the address');
    const told = await preview(page, wanted);
    check_equal(await size(page), told.size, 'size');
    for (const [i, rule] of told.rules.entries()) {
      const text = await at(page, 'seg-result').nth(i).innerText();
      check(text.includes(`met by ${rule.size.toLocaleString('en-GB')}`), `${text}: ${rule.size}`);
      check(!rule.cut || text.includes(`takes away −${rule.cut.toLocaleString('en-GB')}`), `${text}: ${rule.cut}`);
    }
    await t.shot(page, 'segments en light 1280');
    await axe_check(page, 'a segment');
  });

  await t.test('segments: every kind of rule by clicking; in words, and back from words', { expected: PROVOKED }, async (page, visit) => {
    await visit('segments');
    await clean(page);
    await page.request.post(api(page, 'segments'), { data: { id: 'women', name: 'Women', definition: { level: 'customer.gender', in: ['f'] } } });
    await visit('segments?id=');
    const rule = (i) => page.locator('[data-test="seg-rule"]').nth(i), choose = (i, name, value) => rule(i).locator(`[data-test="${name}"]`).first().selectOption(value);
    await at(page, 'seg-kind').first().selectOption('any');
    // The first purchase: what it was and where, in a season.
    await at(page, 'seg-add-measure').click();
    await choose(0, 'seg-measure', 'sales.receipts');
    await choose(0, 'seg-purchase', 'first');
    await rule(0).locator('[data-test="seg-filter-add"]').click();
    await rule(0).getByLabel('where').selectOption('product.category');
    await pick(page, rule(0), 'Обувь');
    await choose(0, 'seg-window', 'dates');
    await rule(0).getByLabel('From').fill('2023-10-01');
    await rule(0).getByLabel('To').fill('2024-03-31');
    // How much, of the last one, long ago.
    await at(page, 'seg-add-measure').click();
    await choose(1, 'seg-measure', 'receipts.sales');
    await choose(1, 'seg-purchase', 'last');
    await choose(1, 'seg-window', '730');
    await choose(1, 'seg-comparison', 'above');
    await rule(1).locator('[data-test="seg-value"]').fill('100.5');
    await rule(1).locator('[data-test="seg-value"]').press('Tab');
    // The balance of points, a campaign's response, what members are on the day.
    await at(page, 'seg-add-measure').click();
    await choose(2, 'seg-measure', 'points.balance');
    await choose(2, 'seg-window', 'all');
    await at(page, 'seg-add-measure').click();
    await choose(3, 'seg-measure', 'communications.opened');
    await choose(3, 'seg-comparison', 'at_most');
    await rule(3).locator('[data-test="seg-value"]').fill('0');
    await rule(3).locator('[data-test="seg-value"]').press('Tab');
    const states = [['rfm_group', 'champions'], ['quarters', '1111'], ['last_purchase', '0-30'], ['purchase_status', 'active'], ['consent', 'email']];
    await at(page, 'seg-add-group').click();
    const group = page.locator('[data-test="seg-rule"] [role="group"]').first();
    for (const [name, value] of states) {
      await group.locator('[data-test="seg-add-state"]').click();
      const last = group.locator('[data-test="seg-rule"]').last();
      await last.locator('[data-test="seg-state"]').selectOption(name);
      await last.locator(`[data-test="seg-state-value"][data-value="${value}"]`).click();
    }
    await page.locator('[data-test="seg-add-segment"]').last().click();
    const whose = page.locator('[data-test="seg-rule"]').last();
    await whose.getByRole('button', { name: 'not', exact: true }).click();
    await settle(page);
    const wanted = { any: [
      { measure: 'sales.receipts', at_least: 1, purchase: 'first', filters: [{ level: 'product.category', in: ['Обувь'] }], from: '2023-10-01', to: '2024-03-31' },
      { measure: 'receipts.sales', days: 730, purchase: 'last', above: '100.5' }, { measure: 'points.balance', at_least: 1 }, { measure: 'communications.opened', days: 365, at_most: 0 },
      { all: states.map(([attribute, value]) => ({ attribute, in: [value] })) }, { not: { segment: 'women' } }] };
    check_equal(rules_of(page), wanted, 'the rules in the address');
    const told = await preview(page, wanted);
    check_equal([await size(page), await at(page, 'seg-result').count()], [told.size, wanted.any.length], 'size, and each rule of the outermost group has its figure');
    await at(page, 'seg-text').click();
    await page.waitForFunction(() => document.querySelector('[data-test="seg-words"]')?.value);
    const words = await at(page, 'seg-words').inputValue();
    check(words.includes("sales.receipts of first purchase from 2023-10-01 to 2024-03-31 where (product.category in ('Обувь')) >= 1"), words);
    await axe_check(page, 'every kind of rule, in words');
    await t.shot(page, 'segments every kind en light 1280');
    // The words alone make the same rules again.
    await at(page, 'seg-new').click();
    await page.waitForFunction(() => document.querySelector('[data-test="seg-words"]')?.value === 'all()');
    await at(page, 'seg-words').fill(words);
    await at(page, 'seg-words-apply').click();
    await settle(page);
    check_equal([sorted(rules_of(page)), await size(page)], [sorted(wanted), told.size], 'from words');
    check(told.size > 0, 'somebody');
    await at(page, 'seg-words').fill('receipts.count of second purchase >= 1');
    await at(page, 'seg-words-apply').click();
    check(/"first" or "last"/.test(await at(page, 'seg-words-fault').innerText()), 'a fault is told');
    check_equal(sorted(rules_of(page)), sorted(wanted), 'and changes nothing');
    await clean(page);
  });

  await t.test('segments: a copy keeps the first and is named apart', {}, async (page, visit) => {
    await visit('segments');
    await clean(page);
    await at(page, 'seg-add-measure').click();
    await at(page, 'seg-name').fill('Often');
    await at(page, 'seg-about').fill('at least once');
    await at(page, 'seg-save').click();
    await at(page, 'seg-saved').waitFor();
    await settle(page);
    await at(page, 'seg-name').fill('More often');
    await at(page, 'seg-value').fill('3');
    await at(page, 'seg-value').press('Tab');
    await settle(page);
    await at(page, 'seg-copy').click();
    await page.waitForFunction(() => document.querySelectorAll('[data-test="seg-saved"]').length === 2);
    await settle(page);
    const kept = (await (await page.request.get(api(page, 'segments'))).json()).segments.map(({ id, name, description, definition }) => [id, name, description, definition.all[0].at_least]);
    check_equal(kept.sort(), [['more-often', 'More often', 'at least once', 3], ['often', 'Often', 'at least once', 1]], 'both');
    check_equal(new URL(page.url()).searchParams.get('id'), 'more-often', 'the copy is open');
    await clean(page);
  });

  await t.test('segments: undo, and a link that opens what was built', {}, async (page, visit) => {
    const rules = { any: [{ measure: 'receipts.count', days: 90, at_least: 3 }] };
    await visit(address(rules));
    await settle(page);
    const before = await size(page);
    check_equal(before, (await preview(page, rules)).size, 'the link');
    await at(page, 'seg-value').fill('1');
    await at(page, 'seg-value').press('Tab');
    await settle(page);
    check((await size(page)) > before, 'at least 1 are more');
    await at(page, 'seg-add-level').click();
    await at(page, 'seg-undo').click();
    await page.locator('h2').first().click();
    await page.keyboard.press('Control+z');
    await settle(page);
    check_equal([rules_of(page), await size(page)], [rules, before], 'as before');
    check(await at(page, 'seg-undo').isDisabled(), 'nothing left to undo');
  });

  await t.test('segments: a late answer does not replace a newer one', {}, async (page, visit) => {
    const rule = (bound) => ({ all: [{ measure: 'receipts.count', days: 90, at_least: bound }] });
    await visit(address(rule(3)));
    await settle(page);
    const wanted = (await preview(page, rule(1))).size, late = [];
    check(wanted > (await preview(page, rule(2))).size, 'the two differ');
    // The answer to "at least 2" is held back until that to "at least 1" is shown.
    let come, held;
    const asked = new Promise((done) => (come = done)), other = new Promise((done) => (held = done));
    await page.route('**/api/v1/segments/preview', async (route) => {
      if (route.request().postDataJSON().definition.all[0]?.at_least !== 2) return route.continue();
      const answer = await route.fetch();
      come();
      await other;
      late.push(await route.fulfill({ response: answer }).then(() => 'sent', () => 'nobody waits'));
    });
    const change = async (bound) => {
      await at(page, 'seg-value').fill(String(bound));
      await at(page, 'seg-value').press('Tab');
    };
    await change(2);
    await asked;
    await change(1);
    await page.waitForFunction((text) => document.querySelector('[data-test="seg-size"] b')?.textContent.replace(/\D/g, '') === text, String(wanted));
    held();
    while (!late.length) await page.waitForTimeout(20);
    await settle(page);
    check_equal([await size(page), late.length], [wanted, 1], 'the newer one stays');
    await page.unroute('**/api/v1/segments/preview');
  });

  await t.test('segments: saved, changed, as of another day, listed, deleted', {}, async (page, visit) => {
    await visit(address({ all: [{ measure: 'receipts.count', days: 365, at_least: 5 }] }));
    await clean(page);
    await at(page, 'seg-name').fill('Частые гости');
    await at(page, 'seg-save').click();
    await at(page, 'seg-saved').waitFor();
    check_equal(new URL(page.url()).searchParams.get('id'), 'chastye-gosti', 'an id from the name');
    check(await at(page, 'seg-save').isDisabled(), 'nothing to save');
    const [kept] = (await (await page.request.get(api(page, 'segments'))).json()).segments;
    check_equal([kept.name, kept.definition], ['Частые гости', { all: [{ measure: 'receipts.count', days: 365, at_least: 5 }] }], 'on the server');
    await at(page, 'seg-as-of').fill('2024-06-30');
    await settle(page);
    check_equal(await size(page), (await preview(page, kept.definition, { as_of: '2024-06-30' })).size, 'as of');
    await page.reload();
    await settle(page);
    check_equal([await at(page, 'seg-name').inputValue(), await size(page)], ['Частые гости', (await preview(page, kept.definition, { as_of: '2024-06-30' })).size], 'after a reload');
    await at(page, 'seg-value').fill('9');
    await at(page, 'seg-value').press('Tab');
    await Promise.all([page.waitForResponse((reply) => reply.request().method() === 'PUT'), at(page, 'seg-save').click()]);
    await settle(page);
    check(await at(page, 'seg-save').isDisabled(), 'nothing more to save');
    check_equal((await (await page.request.get(api(page, 'segments/chastye-gosti'))).json()).definition.all[0].at_least, 9, 'replaced');
    check_equal(await at(page, 'seg-members').getAttribute('href'), 'api/v1/segments/chastye-gosti/members', 'the list of members');
    await page.goBack();
    await at(page, 'seg-new').click();
    await settle(page);
    check_equal(await at(page, 'seg-rule').count(), 0, 'a new one is empty');
    await at(page, 'seg-saved').click();
    await settle(page);
    check_equal(await at(page, 'seg-value').inputValue(), '9', 'opened again');
    await at(page, 'seg-delete').click();
    await at(page, 'seg-remove-yes').click();
    await at(page, 'seg-saved').waitFor({ state: 'detached' });
    check_equal((await (await page.request.get(api(page, 'segments'))).json()).segments, [], 'gone');
  });

  await t.test('segments: a fault stands at its rule; what is left is shown again', { expected: PROVOKED }, async (page, visit) => {
    const good = { measure: 'receipts.count', days: 90, at_least: 1 };
    await visit(address({ all: [good, { any: [good, { measure: 'points.balance', days: 30, above: 1 }] }] }));
    await settle(page);
    const faulty = page.locator('.rule.faulty .fault');
    check_equal(await faulty.count(), 1, 'one rule');
    check(/window of its own/.test(await faulty.innerText()), await faulty.innerText());
    check(await at(page, 'seg-save').isDisabled(), 'no saving');
    await at(page, 'seg-window').nth(2).selectOption('all');
    await settle(page);
    check_equal(await page.locator('.rule.faulty').count(), 0, 'mended');
    check((await size(page)) > 0, 'a size');
    await visit('segments?rules=nonsense');
    check_equal(await at(page, 'seg-rule').count(), 0, 'rules that are none are not taken');
  });

  for (const [name, options, lang] of [['ru dark 1280', { scheme: 'dark' }, 'ru'], ['en light 390', { width: 390, height: 800 }, 'en'], ['ru light 768', { width: 768 }, 'ru']])
    await t.test(`segments: looks, ${name}`, options, async (page, visit) => {
      await visit(address({ all: [{ measure: 'sales.receipts', filters: [{ level: 'product.category', in: ['Обувь', 'Бакалея'] }], days: 365, at_least: 2 }, { not: { any: [{ level: 'customer.city', null: true }, { measure: 'points.balance', above: 100 }] } }] }, `&lang=${lang}`));
      await settle(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      check(wide <= 0, `the page is ${wide} px too wide`);
      await axe_check(page, name);
      await t.shot(page, `segments ${name}`);
    });
}
