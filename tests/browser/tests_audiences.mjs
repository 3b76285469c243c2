// Audiences and comparisons on the Segments page: rules are frozen with a hold-out, exported with chosen columns, and compared with last year's.
import { readFileSync } from 'node:fs';
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check } from './page_parts.mjs';

const at = (page, name) => page.locator(`[data-test="${name}"]`);
const address = (rules, more = '') => `segments?${new URLSearchParams({ rules: JSON.stringify(rules) })}${more}`;
const number = async (locator) => Number((await locator.innerText()).replace(/\D/g, ''));
async function settle(page) {
  await page.waitForTimeout(300); // the page waits before it asks
  await page_settle(page);
}
const RULES = { all: [{ measure: 'receipts.count', days: 365, at_least: 2 }] };

export async function tests_audiences(t) {
  const api = (page, path) => new URL(`api/v1/${path}`, page.url()).href;
  const clean = async (page) => {
    for (const [list, name] of [['segments', 'segments'], ['audiences', 'audiences']])
      for (const { id } of (await (await page.request.get(api(page, list))).json())[name]) await page.request.delete(api(page, `${list}/${id}`));
  };
  const freeze = async (page, body) => check_equal((await page.request.post(api(page, 'audiences'), { data: body })).status(), 201, 'frozen');

  await t.test('audiences: frozen with a hold-out split evenly, exported with chosen columns, deleted', {}, async (page, visit) => {
    await visit(address(RULES));
    await clean(page);
    await visit(address(RULES));
    await settle(page);
    const size = await number(at(page, 'seg-size').locator('b'));
    await at(page, 'aud-open').click();
    await at(page, 'aud-name').fill('Весна 2026');
    await at(page, 'aud-hold-out').fill('сто');
    check(await at(page, 'aud-freeze').isDisabled(), 'no percentage, no audience');
    await at(page, 'aud-hold-out').fill('12,5');
    await at(page, 'aud-form').getByRole('checkbox', { name: 'Gender' }).check();
    await at(page, 'aud-form').getByRole('checkbox', { name: "Member's region" }).check();
    await t.shot(page, 'audience form en light 1280');
    await at(page, 'aud-freeze').click();
    await at(page, 'audience').waitFor();
    await settle(page);
    const kept = await (await page.request.get(api(page, 'audiences/vesna-2026'))).json();
    check_equal([kept.size, kept.stratify_by, kept.arms.map((arm) => [arm.id, arm.share, arm.hold_out]), kept.definition], [size, ['customer.gender', 'customer.region'], [['target', 0.875, false], ['control', 0.125, true]], RULES], 'on the server');
    check_equal(await number(at(page, 'aud-size')), size, 'its size');
    check_equal(await Promise.all([0, 1].map((i) => number(at(page, 'aud-arm').nth(i).locator('td').nth(2)))), kept.arms.map((arm) => arm.size), 'arms');
    check_equal(new URL(page.url()).searchParams.get('audience'), 'vesna-2026', 'its address');
    for (const column of ['name', 'customer.city']) await page.locator(`[data-test="aud-column"][data-column="${column}"]`).check();
    await page.locator('[data-test="aud-arm-choice"][data-arm="control"]').uncheck();
    const [download] = await Promise.all([page.waitForEvent('download'), at(page, 'aud-export').click()]);
    check_equal(download.suggestedFilename(), 'vesna-2026.csv', 'file');
    const lines = readFileSync(await download.path(), 'utf8').trim().split('\r\n');
    check_equal([lines[0], lines.length - 1], ['customer,arm,customer.city,name', kept.arms[0].size], 'header and rows');
    check(lines.slice(1).every((line) => /^\d+,target,[^,]*,"[^"]\*\*\*"$/.test(line)), `masked: ${lines[1]}`);
    await at(page, 'aud-past').waitFor();
    check(/Target group/.test(await at(page, 'aud-past').locator('tbody tr').first().innerText()), 'the log');
    await axe_check(page, 'an audience');
    await t.shot(page, 'audience en light 1280');
    await page.reload();
    await settle(page);
    check_equal(await number(at(page, 'aud-size')), size, 'after a reload');
    await at(page, 'aud-rules').click();
    await settle(page);
    check_equal(await number(at(page, 'seg-size').locator('b')), size, 'its rules in the builder');
    await page.goBack();
    await at(page, 'audience').waitFor();
    await at(page, 'aud-delete').click();
    await at(page, 'aud-remove-yes').click();
    await at(page, 'audience').waitFor({ state: 'detached' });
    check_equal((await (await page.request.get(api(page, 'audiences'))).json()).audiences, [], 'gone');
  });

  await t.test('audiences: rules compared with last year as of then, and with a saved segment', {}, async (page, visit) => {
    await visit(address(RULES));
    await clean(page);
    check_equal((await page.request.post(api(page, 'segments'), { data: { id: 'women', name: 'Women', definition: { level: 'customer.gender', in: ['f'] } } })).status(), 201, 'saved');
    await visit(address(RULES));
    await settle(page);
    await at(page, 'cmp-open').click();
    await at(page, 'cmp-size').waitFor();
    await settle(page);
    const last = (await (await page.request.get(api(page, 'health'))).json()).data.to, day = await at(page, 'cmp-day').inputValue();
    check_equal(day, new Date(Date.parse(last) - 364 * 864e5).toISOString().slice(0, 10), 'last year');
    const told = async (sides) => (await page.request.post(api(page, 'segments/compare'), { data: { sides } })).json();
    const shown = async () => [await number(at(page, 'cmp-size').locator('td').nth(1)), await number(at(page, 'cmp-size').locator('td').nth(2)), await number(at(page, 'cmp-both'))];
    let c = await told([{ definition: RULES }, { definition: RULES, as_of: day }]);
    check_equal(await shown(), [c.sides[0].size, c.sides[1].size, c.both], 'of last year');
    check_equal(await at(page, 'cmp-measure').count(), c.measures.length, 'every measure');
    const receipts = c.measures.find((one) => one.name === 'receipts.count');
    check_equal(await number(page.locator('[data-test="cmp-measure"][data-measure="receipts.count"] td').nth(2)), receipts.values[1], 'a value');
    await axe_check(page, 'a comparison');
    await at(page, 'cmp-other').selectOption('women');
    await settle(page);
    await at(page, 'cmp-day').fill('2024-06-30');
    await settle(page);
    c = await told([{ definition: RULES }, { segment: 'women', as_of: '2024-06-30' }]);
    check_equal(await shown(), [c.sides[0].size, c.sides[1].size, c.both], 'of another segment');
    await page.reload();
    await settle(page);
    check_equal(await shown(), [c.sides[0].size, c.sides[1].size, c.both], 'a link opens it');
    await at(page, 'cmp-close').click();
    check_equal(await at(page, 'compare').count(), 0, 'closed');
  });

  for (const [name, options, lang] of [['en dark 1280', { scheme: 'dark' }, 'en'], ['ru light 1280', {}, 'ru'], ['ru dark 390', { width: 390, height: 800, scheme: 'dark' }, 'ru'], ['en light 390', { width: 390, height: 800 }, 'en']])
    await t.test(`audiences: looks, ${name}`, options, async (page, visit) => {
      await visit(address(RULES, `&with=&lang=${lang}`));
      await clean(page);
      await freeze(page, { id: 'spring', name: lang === 'ru' ? 'Весеннее письмо тем, кто давно не заходил' : 'Spring letter to those who have not come for long', definition: RULES, stratify_by: ['customer.gender'], arms: [{ id: 'target', name: 'A', share: '0.9' }, { id: 'control', name: 'B', share: '0.1', hold_out: true }] });
      await page.request.post(api(page, 'audiences/spring/export'), { data: { columns: ['customer', 'name', 'birth_date'] } });
      await visit(address(RULES, `&with=&lang=${lang}`));
      await at(page, 'cmp-size').waitFor();
      await at(page, 'aud-open').click();
      const fits = async (what) => {
        await settle(page);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        check(wide <= 0, `${what}: the page is ${wide} px too wide`);
        await axe_check(page, `${what}, ${name}`);
        await t.shot(page, `${what} ${name}`);
      };
      await fits('compare');
      await at(page, 'aud-saved').click();
      await at(page, 'aud-past').waitFor();
      await fits('audience');
      await clean(page);
    });
}

/** The card of a member, found by number and by card. */
export async function tests_customer_card(t) {
  const sql = async (page, text) => (await (await page.request.post(new URL('api/v1/sql', page.url()).href, { data: { sql: text } })).json()).rows;
  const find = async (page, text) => {
    await at(page, 'card-sought').fill(text);
    await at(page, 'card-open').click();
  };
  await t.test('card of a member: found by a card, its receipts with their lines, nobody', { expected: [/Failed to load resource/, /^HTTP 404/] }, async (page, visit) => {
    await visit('segments');
    const [[key, receipts]] = await sql(page, 'select customer, count(*) from receipt_totals where customer is not null and purchase_lines > 0 group by 1 order by 2 desc, 1 limit 1');
    const [[card]] = await sql(page, `select value from identities where customer = ${key} and kind = 'card' and valid_to is null`);
    await find(page, card);
    await at(page, 'card-receipts').waitFor();
    check_equal(await number(at(page, 'card-receipts')), receipts, 'receipts');
    check((await at(page, 'card').locator('h1').innerText()).endsWith(String(key)), 'whose');
    check_equal(await at(page, 'card-receipt').count(), 20, 'the newest');
    const first = at(page, 'card-receipt').first();
    await first.locator('summary').click();
    check((await first.locator('tr').count()) > 0, 'lines');
    await axe_check(page, 'a card');
    await t.shot(page, 'card en light 1280');
    await page.reload();
    await at(page, 'card-receipts').waitFor();
    check_equal(await number(at(page, 'card-receipts')), receipts, 'a link opens it');
    await find(page, '99999999');
    await at(page, 'card-none').waitFor();
    await page.goBack();
    await at(page, 'card-receipts').waitFor();
    await at(page, 'seg-new').click();
    await at(page, 'seg-size').waitFor();
    check_equal(await at(page, 'card').count(), 0, 'back in the builder');
  });
  for (const [name, options, lang] of [['ru dark 1280', { scheme: 'dark' }, 'ru'], ['ru light 1280', {}, 'ru'], ['ru light 390', { width: 390, height: 800 }, 'ru'], ['en dark 390', { width: 390, height: 800, scheme: 'dark' }, 'en']])
    await t.test(`card of a member: looks, ${name}`, options, async (page, visit) => {
      await visit(`segments?member=1&lang=${lang}`);
      await at(page, 'card-receipts').waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      check(wide <= 0, `the page is ${wide} px too wide`);
      await axe_check(page, name);
      await t.shot(page, `card ${name}`);
    });
}
