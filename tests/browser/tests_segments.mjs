// The Segments page: rules put together by hand, what they come to, undo, saving, links, faults at their rule.
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check } from './page_parts.mjs';

const PROVOKED = [/Failed to load resource/, /^HTTP 40\d/];
const at = (page, name) => page.locator(`[data-test="${name}"]`);
const address = (rules, more = '') => `segments?${new URLSearchParams({ rules: JSON.stringify(rules) })}${more}`;
const size = async (page) => Number((await at(page, 'seg-size').locator('b').innerText()).replace(/\D/g, ''));
const rules_of = (page) => JSON.parse(new URL(page.url()).searchParams.get('rules'));
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
    await rule.getByRole('dialog').getByRole('checkbox', { name: value, exact: true }).check();
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
