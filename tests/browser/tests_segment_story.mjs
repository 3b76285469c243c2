// What segments are for, as a person does it: "bought boots two winters ago, nothing since, reachable by e-mail" is clicked together, its
// cuts are read, it is compared with last year's as of then, frozen with a hold-out of 10 % and exported.
import { readFileSync } from 'node:fs';
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check, shown_name } from './page_parts.mjs';

const at = (page, name) => page.locator(`[data-test="${name}"]`);
const number = async (locator) => Number((await locator.innerText()).replace(/\D/g, ''));
async function settle(page) {
  await page.waitForTimeout(300); // the page waits before it asks
  await page_settle(page);
}
const BOOTS = 'Зимние ботинки', AGO = 660; // the winter of two years before the last day's
const WANTED = { all: [
  { measure: 'sales.receipts', days: 180, at_least: 1, filters: [{ level: 'product.subcategory', in: [BOOTS] }], ago: AGO },
  { measure: 'receipts.count', days: AGO, at_most: 0 }, { attribute: 'consent', in: ['email'] }] };

export async function tests_segment_story(t) {
  const api = (page, path) => new URL(`api/v1/${path}`, page.url()).href;
  const ask = async (page, path, data) => (await page.request.post(api(page, path), { data })).json();

  await t.test('segments, the whole story: built, compared with last year as of then, frozen with a hold-out, exported', {}, async (page, visit) => {
    await visit('segments');
    for (const list of ['segments', 'audiences'])
      for (const { id } of (await (await page.request.get(api(page, list))).json())[list]) await page.request.delete(api(page, `${list}/${id}`));
    await visit('segments');

    await at(page, 'seg-add-measure').click();
    const boots = at(page, 'seg-rule').nth(0);
    await boots.locator('[data-test="seg-measure"]').selectOption('sales.receipts');
    await boots.locator('[data-test="seg-filter-add"]').click();
    await boots.getByLabel('where').selectOption('product.subcategory');
    await boots.locator('[data-test="seg-values"]').click();
    await boots.getByRole('dialog').locator('input[type="text"]').fill(BOOTS);
    await boots.getByRole('dialog').getByRole('checkbox', { name: await shown_name(page, BOOTS), exact: true }).check();
    await page.keyboard.press('Escape');
    await boots.locator('[data-test="seg-window"]').selectOption('180');
    await boots.locator('[data-test="seg-ago"]').fill(String(AGO));
    await boots.locator('[data-test="seg-ago"]').press('Tab');

    await at(page, 'seg-add-measure').click();
    const since = at(page, 'seg-rule').nth(1);
    await since.locator('[data-test="seg-measure"]').selectOption('receipts.count');
    await since.locator('[data-test="seg-window"]').selectOption('own');
    await since.locator('[data-test="seg-days"]').fill(String(AGO));
    await since.locator('[data-test="seg-days"]').press('Tab');
    await since.locator('[data-test="seg-comparison"]').selectOption('at_most');
    await since.locator('[data-test="seg-value"]').fill('0');
    await since.locator('[data-test="seg-value"]').press('Tab');

    await at(page, 'seg-add-state').click();
    const reachable = at(page, 'seg-rule').nth(2);
    await reachable.locator('[data-test="seg-state"]').selectOption('consent');
    await reachable.locator('[data-test="seg-state-value"][data-value="email"]').click();
    await settle(page);
    check_equal(JSON.parse(new URL(page.url()).searchParams.get('rules')), WANTED, 'the rules');

    const told = await ask(page, 'segments/preview', { definition: WANTED });
    check(told.size > 0 && told.rules.every((rule) => rule.cut > 0), `each rule takes somebody away: ${JSON.stringify(told.rules)}`);
    check_equal(await number(at(page, 'seg-size').locator('b')), told.size, 'size');
    for (const [i, rule] of told.rules.entries()) {
      const text = await at(page, 'seg-result').nth(i).innerText();
      check(text.includes(`met by ${rule.size.toLocaleString('en-GB')}`) && text.includes(`takes away −${rule.cut.toLocaleString('en-GB')}`), `${text}: ${JSON.stringify(rule)}`);
    }
    check_equal(told.reachable.find((one) => one.channel === 'email').members, told.size, 'all can be written to');

    await at(page, 'seg-name').fill('Boots, then nothing');
    await at(page, 'seg-save').click();
    await at(page, 'seg-saved').waitFor();
    await at(page, 'cmp-open').click();
    await at(page, 'cmp-size').waitFor();
    await settle(page);
    const day = await at(page, 'cmp-day').inputValue(), then = await ask(page, 'segments/preview', { definition: WANTED, as_of: day });
    check_equal([await number(at(page, 'cmp-size').locator('td').nth(1)), await number(at(page, 'cmp-size').locator('td').nth(2))], [told.size, then.size], 'now, and a year ago as of then');
    await axe_check(page, 'the segment with its comparison');
    await t.shot(page, 'story compared en light 1280');

    await at(page, 'aud-open').click();
    check_equal([await at(page, 'aud-name').inputValue(), await at(page, 'aud-hold-out').inputValue()], ['Boots, then nothing', '10'], 'what is proposed');
    await at(page, 'aud-freeze').click();
    await at(page, 'audience').waitFor();
    await settle(page);
    const frozen = await (await page.request.get(api(page, 'audiences/boots-then-nothing'))).json();
    check_equal([frozen.size, frozen.segment, frozen.arms.map((arm) => [arm.share, arm.hold_out])], [told.size, 'boots-then-nothing', [[0.9, false], [0.1, true]]], 'frozen');
    await page.locator('[data-test="aud-arm-choice"][data-arm="control"]').uncheck();
    const [download] = await Promise.all([page.waitForEvent('download'), at(page, 'aud-export').click()]);
    const lines = readFileSync(await download.path(), 'utf8').trim().split('\r\n');
    check_equal([lines[0], lines.length - 1], ['customer,arm', frozen.arms[0].size], 'the file');
    check_equal(new Set(lines.slice(1)).size, frozen.arms[0].size, 'each member once');
    check(lines.slice(1).every((line) => line.endsWith(',target')), 'nobody who is held out');
    await at(page, 'aud-past').waitFor();
    for (const path of ['segments', 'audiences']) await page.request.delete(api(page, `${path}/boots-then-nothing`));
  });

  for (const [name, options, lang] of [['ru light 1280', {}, 'ru'], ['en dark 1280', { scheme: 'dark' }, 'en'], ['ru dark 390', { width: 390, height: 800, scheme: 'dark' }, 'ru'], ['en light 390', { width: 390, height: 800 }, 'en']])
    await t.test(`segments, attributes: looks, ${name}`, options, async (page, visit) => {
      const rules = { all: [WANTED.all[0], WANTED.all[1], { attribute: 'rfm_group', in: ['lost', 'at risk', "can't lose"] }, { attribute: 'rfm_cell', not_in: ['111', '155'] }, { not: { attribute: 'tier', in: ['gold'] } }, { attribute: 'consent', null: false }] };
      await visit(`segments?${new URLSearchParams({ rules: JSON.stringify(rules), lang })}`);
      await settle(page);
      check_equal(await at(page, 'seg-result').count(), 6, 'all are computed');
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      check(wide <= 0, `the page is ${wide} px too wide`);
      await axe_check(page, name);
      await t.shot(page, `attributes ${name}`);
    });
}
