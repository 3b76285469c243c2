// Segments with the keyboard alone; and how several of them lie over each other, as the API tells.
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check } from './page_parts.mjs';

const at = (page, name) => page.locator(`[data-test="${name}"]`);
const number = async (locator) => Number((await locator.innerText()).replace(/\D/g, ''));
async function settle(page) {
  await page.waitForTimeout(300); // the page waits before it asks
  await page_settle(page);
}
const WOMEN = { level: 'customer.gender', in: ['f'] }, OFTEN = { measure: 'receipts.count', days: 365, at_least: 5 };
const SAVED = [['women', 'Women', WOMEN], ['often', 'Often', OFTEN], ['shoes', 'Shoes', { measure: 'sales.receipts', filters: [{ level: 'product.category', in: ['Обувь'] }], at_least: 1 }],
  ['email', 'By e-mail', { attribute: 'consent', in: ['email'] }], ['gold', 'Gold', { attribute: 'tier', in: ['gold'] }], ['reads', 'Reads our letters', { measure: 'communications.opened', days: 365, at_least: 1 }]];
const STEPS_MAX = 200;

/** Goes from one control to the next until `where` has the focus: a selector, or one within the focused element's own. */
async function key_to(page, where, key = 'Tab') {
  for (let step = 0; step < STEPS_MAX; step++) {
    if (await page.evaluate((selector) => document.activeElement?.matches(selector), where)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${where} is not reached by ${key}; the focus is on ${await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200))}`);
}
/** Chooses an option of the focused list by its arrows. */
async function option_choose(page, value) {
  for (let step = 0; step < STEPS_MAX && (await page.evaluate(() => document.activeElement.value)) !== value; step++) {
    const there = await page.evaluate((wanted) => [...document.activeElement.options].findIndex((one) => one.value === wanted) > document.activeElement.selectedIndex, value);
    await page.keyboard.press(there ? 'ArrowDown' : 'ArrowUp');
  }
  check_equal(await page.evaluate(() => document.activeElement.value), value, 'chosen with the arrows');
}

export async function tests_segment_overlap(t) {
  const api = (page, path) => new URL(`api/v1/${path}`, page.url()).href;
  const clean = async (page) => {
    for (const { id } of (await (await page.request.get(api(page, 'segments'))).json()).segments) await page.request.delete(api(page, `segments/${id}`));
  };
  const rules_of = (page) => JSON.parse(new URL(page.url()).searchParams.get('rules'));

  await t.test('segments, the keyboard alone: add a rule, choose, nest, undo, save', {}, async (page, visit) => {
    await visit('segments');
    await clean(page);
    await key_to(page, '[data-test="seg-add-level"]');
    await page.keyboard.press('Enter');
    await key_to(page, '[data-test="seg-level"]', 'Shift+Tab');
    await option_choose(page, 'customer.gender');
    await key_to(page, '[data-test="seg-rule"] [data-test="seg-values"], [data-test="seg-rule"] [data-test="seg-values"] button');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.matches('[role="dialog"] input[type="text"]'));
    await page.locator('[role="dialog"] input[type="checkbox"]').first().waitFor();
    await page.keyboard.type('f');
    await key_to(page, '[role="dialog"] input[type="checkbox"]');
    await page.keyboard.press('Space');
    await page.keyboard.press('Escape');
    await settle(page);
    check_equal(rules_of(page), { all: [WOMEN] }, 'a rule, and its value');
    check(await page.evaluate(() => !!document.activeElement?.closest('[data-test="seg-rule"]')), 'the focus comes back to the rule');

    await key_to(page, '[data-test="seg-add-group"]');
    await page.keyboard.press('Enter');
    await key_to(page, '.nested [data-test="seg-add-measure"]', 'Shift+Tab');
    await page.keyboard.press('Enter');
    await key_to(page, '.nested [data-test="seg-measure"]', 'Shift+Tab');
    await option_choose(page, 'receipts.count');
    await key_to(page, '.nested [data-test="seg-value"]');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('5');
    await page.keyboard.press('Tab');
    await settle(page);
    const nested = { all: [WOMEN, { any: [OFTEN] }] };
    check_equal(Number(rules_of(page).all[1].any[0].at_least), 5, 'typed');
    check_equal({ all: [WOMEN, { any: [{ ...rules_of(page).all[1].any[0], at_least: 5 }] }] }, nested, 'a group in the group');
    const before = await number(at(page, 'seg-size').locator('b'));

    await key_to(page, '[data-test="seg-rule"] .not', 'Shift+Tab');
    await page.keyboard.press('Space');
    await settle(page);
    check((await number(at(page, 'seg-size').locator('b'))) !== before, 'turned round');
    await page.keyboard.press('Control+z');
    await settle(page);
    check_equal([rules_of(page).all[0], await number(at(page, 'seg-size').locator('b'))], [WOMEN, before], 'undone');

    await key_to(page, '[data-test="seg-name"]', 'Shift+Tab');
    await page.keyboard.type('Women who come often');
    await key_to(page, '[data-test="seg-save"]');
    await page.keyboard.press('Enter');
    await at(page, 'seg-saved').waitFor();
    await settle(page);
    const [kept] = (await (await page.request.get(api(page, 'segments'))).json()).segments;
    check_equal([kept.id, kept.name, kept.size], ['women-who-come-often', 'Women who come often', before], 'saved');
    await clean(page);
  });

  await t.test('segments, overlap: up to six at once, each figure as the API tells it; the link opens it again', {}, async (page, visit) => {
    await visit('segments');
    await clean(page);
    for (const [id, name, definition] of SAVED) check_equal((await page.request.post(api(page, 'segments'), { data: { id, name, definition } })).status(), 201, id);
    const definition = { all: [{ measure: 'receipts.count', days: 90, at_least: 1 }] };
    await visit(`segments?${new URLSearchParams({ rules: JSON.stringify(definition), as_of: '2025-06-30' })}`);
    await settle(page);
    await at(page, 'ovl-open').click();
    check_equal(await at(page, 'ovl-row').count(), 0, 'nothing is chosen yet');
    const chosen = SAVED.slice(0, 5).map(([id]) => id);
    for (const id of chosen) await page.locator(`[data-test="ovl-choice"][data-id="${id}"]`).check();
    await page.waitForFunction(() => document.querySelectorAll('[data-test="ovl-row"]').length === 6);
    await settle(page);
    check(await page.locator('[data-test="ovl-choice"][data-id="reads"]').isDisabled(), 'six are the most');
    const told = await (await page.request.post(api(page, 'segments/overlap'), { data: { segments: [definition, ...chosen], as_of: '2025-06-30' } })).json();
    check(told.all < told.any && told.pairs.length === 15, JSON.stringify(told).slice(0, 300));
    check_equal([await number(at(page, 'ovl-all')), await number(at(page, 'ovl-any'))], [told.all, told.any], 'all and any');
    const cells = async (row) => (await at(page, 'ovl-row').nth(row).locator('td').allInnerTexts()).map((text) => text.replace(/[^\d.,%]/g, '').replaceAll(',', ''));
    const pair = (a, b) => told.pairs.find((one) => one.a === Math.min(a, b) && one.b === Math.max(a, b));
    const shown = {
      both: (a, b) => String(pair(a, b).both), share: (a, b) => `${((a < b ? pair(a, b).share_of_a : pair(a, b).share_of_b) * 100).toFixed(1)}%`,
      jaccard: (a, b) => pair(a, b).jaccard.toFixed(2), lift: (a, b) => pair(a, b).lift.toFixed(2)
    };
    for (const [figure, text] of Object.entries(shown)) {
      await at(page, 'ovl-figure').selectOption(figure);
      for (let a = 0; a < 6; a++) {
        const wanted = [told.segments[a].size, told.segments[a].only].map(String).concat([0, 1, 2, 3, 4, 5].map((b) => (a === b ? '' : text(a, b))));
        check_equal(await cells(a), wanted, `${figure}, row ${a}`);
      }
    }
    await page.reload();
    await page.waitForFunction(() => document.querySelectorAll('[data-test="ovl-row"]').length === 6);
    await settle(page);
    check_equal(await number(at(page, 'ovl-all')), told.all, 'the link');
    await page.locator('[data-test="ovl-choice"][data-id="gold"]').uncheck();
    await page.waitForFunction(() => document.querySelectorAll('[data-test="ovl-row"]').length === 5);
    await at(page, 'ovl-close').click();
    check_equal([await at(page, 'overlap').count(), new URL(page.url()).searchParams.get('over')], [0, null], 'closed');
    await clean(page);
  });

  await t.test('segments: who is behind a number, as a rule', {}, async (page, visit) => {
    await visit('segments');
    await clean(page);
    const asked = { measures: ['sales.buyers'], dimensions: ['product.season'], order: [{ by: 'sales.buyers', desc: true }], limit: 1, audience: true };
    const { audience } = await (await page.request.post(api(page, 'query'), { data: asked })).json();
    const definition = { all: [{ cell: { query: audience.query, ...audience.rows[0] } }, { not: { cell: { query: audience.query, ...audience.others } } }] };
    await visit(`segments?${new URLSearchParams({ rules: JSON.stringify(definition) })}`);
    await settle(page);
    const told = await (await page.request.post(api(page, 'segments/preview'), { data: { definition } })).json();
    check_equal(await number(at(page, 'seg-size').locator('b')), told.size, 'size');
    check(told.rules[0].size > told.size, JSON.stringify(told.rules));
    const texts = await at(page, 'seg-cell').allInnerTexts();
    check(/^Behind the number Buyers · Season: \S+/.test(texts[0]) && /all rows but Season: \S+/.test(texts[1]), JSON.stringify(texts));
    await axe_check(page, 'a cell');
  });

  for (const [name, options, lang] of [['en light 1280', {}, 'en'], ['ru dark 1280', { scheme: 'dark' }, 'ru'], ['ru light 390', { width: 390, height: 800 }, 'ru'], ['en dark 390', { width: 390, height: 800, scheme: 'dark' }, 'en']])
    await t.test(`segments, overlap: looks, ${name}`, options, async (page, visit) => {
      await visit('segments');
      await clean(page);
      for (const [id, title, definition] of SAVED) await page.request.post(api(page, 'segments'), { data: { id, name: title, definition } });
      await visit(`segments?${new URLSearchParams({ rules: JSON.stringify({ all: [OFTEN] }), over: SAVED.slice(0, 5).map(([id]) => id).join(','), lang })}`);
      await page.waitForFunction(() => document.querySelectorAll('[data-test="ovl-row"]').length === 6);
      await at(page, 'ovl-figure').selectOption('lift');
      await settle(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      check(wide <= 0, `the page is ${wide} px too wide`);
      await axe_check(page, name);
      await at(page, 'overlap').scrollIntoViewIfNeeded();
      await t.shot(page, `segments overlap ${name}`);
      await clean(page);
    });
}
