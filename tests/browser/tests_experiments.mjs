// The Tests pages: the list, verdicts as the API gives them in both languages, conditions, a spoiled split, segments, days.
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check } from './page_parts.mjs';
import { relay_start } from './relay.mjs';

const PROVOKED = [/Failed to load resource/, /^HTTP [45]0\d/, /net::ERR_/];
const at = (page, name) => page.locator(`[data-test="${name}"]`);
const plain = (text) => text.replace(/\s+/g, ' ').trim();
/** "+14.8%" of 14.79…, "−0,4 %" in Russian, from a thousand on without tenths: written here anew, to check the page's hand. */
function percent(value, lang = 'en') {
  const digits = Math.abs(value).toFixed(Math.abs(value) >= 1000 ? 0 : 1);
  const sign = /[1-9]/.test(digits) ? (value > 0 ? '+' : '−') : '';
  const grouped = digits.replace(/\B(?=(\d{3})+(\.|$))/g, lang === 'ru' ? ' ' : ',');
  return sign + (lang === 'ru' ? grouped.replace('.', ',') + ' %' : grouped + '%');
}

export async function tests_experiments(t) {
  const url = (page, path) => new URL(`api/v1/experiments${path}`, page.url()).href;
  const list = async (page) => (await (await page.request.get(url(page, ''))).json()).experiments;
  const judge = async (page, id, overrides = {}) => (await page.request.post(url(page, `/${id}/evaluate`), { data: overrides })).json();
  const words = async (page) => plain(await at(page, 'test-verdict').locator('h2').innerText());
  const verdict_checked = async (page, told, lang) => {
    check_equal(await words(page), plain(told.verdict.words[lang]), 'the verdict');
    check_equal(await at(page, 'test-verdict').getAttribute('data-code'), told.verdict.code, 'its code');
  };

  await t.test('tests: the list is the server\'s, with every verdict; a name leads to its test, back to the list', {}, async (page, visit) => {
    await visit('tests?lang=ru');
    const known = await list(page);
    check(known.length > 5, `only ${known.length} tests`);
    const rows = at(page, 'test-row');
    check_equal(await rows.locator('a').allInnerTexts(), known.map((one) => one.name.ru), 'names');
    await page.waitForFunction((count) => document.querySelectorAll('[data-test="test-tone"]').length === count, known.length);
    for (const [i, { id }] of known.entries()) {
      const told = await judge(page, id);
      const head = { roll_out: 'Внедрять', below_minimum: 'Не внедрять', split_spoiled: 'Использовать нельзя', not_robust: 'Неустойчиво', guardrail_broken: 'Не в таком виде' }[told.verdict.code] ?? 'Вывод невозможен';
      check_equal(plain(await rows.nth(i).locator('[data-test="test-tone"]').innerText()), head, `verdict of ${id} (${told.verdict.code})`);
    }
    await t.shot(page, 'tests list ru');
    await rows.filter({ hasText: 'Двойные баллы по выходным' }).locator('a').click();
    await page_settle(page);
    check_equal(new URL(page.url()).search, '?id=7&lang=ru', 'address');
    check_equal(await page.evaluate(() => document.activeElement.id), 'main', 'focus');
    await verdict_checked(page, await judge(page, 7), 'ru');
    await page.goBack();
    await rows.first().waitFor();
    await page.goForward();
    await at(page, 'test-verdict').waitFor();
    await at(page, 'test-all').click();
    await rows.first().waitFor();
  });

  // A link opens each with its conditions; verdicts differ, and are the server's word for word.
  const asked = [[7, {}, ''], [6, { minimal_effect: 0.2 }, '&minimal=0.2'], [8, {}, ''], [11, { minimal_effect: 0.1 }, '&minimal=0.1'], [9, { as_of: '2024-07-23' }, '&as_of=2024-07-23'], [1, {}, '']];
  for (const lang of ['en', 'ru']) {
    await t.test(`tests: verdicts and figures are the server's, ${lang}`, {}, async (page, visit) => {
      const codes = new Set();
      for (const [id, overrides, more] of asked) {
        await visit(`tests?id=${id}&lang=${lang}${more}`);
        const told = await judge(page, id, overrides);
        codes.add(told.verdict.code);
        await verdict_checked(page, told, lang);
        const arm = told.arms.find((one) => one.id === told.verdict.arm);
        const rows = at(page, 'test-metric');
        check_equal(await rows.count(), arm.metrics.length, 'metrics');
        for (const [i, metric] of arm.metrics.entries()) {
          const shown = metric.analyses.find((one) => one.shown).relative;
          check_equal(plain(await rows.nth(i).locator('[data-test="test-effect"]').innerText()), percent(shown.value, lang), `${id} ${metric.id}`);
          const range = plain(await rows.nth(i).locator('.effect .range').innerText());
          check_equal(range, `${percent(shown.low, lang)} ${lang === 'ru' ? '…' : 'to'} ${percent(shown.high, lang)}`, `${id} ${metric.id}, interval`);
        }
        const lines = await at(page, 'test-analysis').evaluateAll((all) => all.map((one) => one.dataset.analysis));
        const primary = arm.metrics.find((one) => one.role === 'primary');
        check_equal(lines, primary.analyses.filter((one) => !one.shown).map((one) => one.id), 'the other analyses of the primary metric');
        const found = await at(page, 'test-segment').evaluateAll((all) => all.map((one) => one.classList.contains('found')));
        check_equal(found, arm.segments.map((one) => one.significant), `${id}: segments found`);
        const sizes = (await at(page, 'test-split-arm').locator('td:nth-child(2)').allInnerTexts()).map((text) => Number(text.replace(/\D/g, '')));
        check_equal(sizes, told.split.arms.map((one) => one.assigned), 'sizes of the groups');
        const money = Number((await at(page, 'test-monthly').locator('.value').innerText()).replace('−', '-').replace(/[^\d-]/g, ''));
        if (Math.abs(arm.monthly.value) >= 1000) check_equal(money, Math.round(arm.monthly.value), 'money a month');
        await t.shot(page, `test ${id} ${lang}`);
      }
      for (const code of ['roll_out', 'below_minimum', 'not_decided', 'too_early']) check(codes.has(code), `none of the tests is ${code}: ${[...codes]}`);
    });
  }

  await t.test('tests: a spoiled split says so, hides the effects, shows them when that is acknowledged', {}, async (page, visit) => {
    const planned = [{ id: 'control', share: 0.4, control: true }, { id: 'test', share: 0.6 }];
    // The server judges the same customers against another plan.
    await page.route('**/experiments/10/evaluate', async (route) => {
      const overrides = { ...JSON.parse(route.request().postData()), arms: planned };
      await route.fulfill({ json: await judge(page, 10, overrides) });
    });
    await visit('tests?id=10&lang=en');
    const told = await judge(page, 10, { arms: planned });
    check_equal(told.verdict.code, 'split_spoiled', 'the server\'s verdict');
    await verdict_checked(page, told, 'en');
    check((await at(page, 'test-split').innerText()).includes('not comparable'), 'the split is not called spoiled');
    check_equal(plain(await at(page, 'test-split-p').innerText()), '< 0.001', 'p');
    check_equal(await at(page, 'test-behind').locator('tbody tr').count(), told.split.behind.length, 'who is behind it');
    for (const part of ['test-metrics', 'test-segments', 'test-days', 'test-monthly']) check_equal(await at(page, part).count(), 0, part);
    await axe_check(page, 'a spoiled split');
    await t.shot(page, 'test spoiled');
    await at(page, 'test-acknowledge').click();
    await at(page, 'test-metrics').waitFor();
    await page_settle(page);
    check_equal(new URL(page.url()).searchParams.get('ack'), '1', 'address');
    check((await page.getByRole('note').innerText()).includes('say nothing about the action'), 'no warning over the effects');
    await verdict_checked(page, await judge(page, 10, { arms: planned, acknowledge_split: true }), 'en');
    await page.getByRole('button', { name: 'Hide them' }).click();
    await at(page, 'test-hidden').waitFor();
    await page.goBack();
    await at(page, 'test-metrics').waitFor();
    await page.goBack();
    await at(page, 'test-hidden').waitFor();
  });

  await t.test('tests: conditions by keyboard change the verdict and the address; back undoes', {}, async (page, visit) => {
    await visit('tests?id=6&lang=en');
    const first = await words(page);
    await at(page, 'test-minimal').focus();
    await page.keyboard.press('End');
    await page_settle(page);
    check_equal(new URL(page.url()).searchParams.get('minimal'), '0.2', 'address');
    await verdict_checked(page, await judge(page, 6, { minimal_effect: 0.2 }), 'en');
    check((await words(page)) !== first, 'the verdict did not change');
    await page.goBack();
    await page_settle(page);
    check_equal(await words(page), first, 'after back');
    await at(page, 'test-permitted').selectOption('0.2');
    await page_settle(page);
    await verdict_checked(page, await judge(page, 6, { guardrails: [{ measure: 'margin_per_customer', permitted: 0.2 }] }), 'en');
    await at(page, 'test-as-of').fill('2024-02-20');
    await page_settle(page);
    check_equal(await at(page, 'test-verdict').getAttribute('data-code'), 'too_early', 'code');
  });

  await t.test('tests: groups of a test with several, the effect by day on demand', {}, async (page, visit) => {
    await visit('tests?id=1&lang=en');
    const told = await judge(page, 1, { by_day: true });
    check_equal(await at(page, 'test-arm').count(), 2, 'groups');
    const other = told.arms.find((one) => one.id !== told.verdict.arm);
    await at(page, 'test-arm').filter({ hasText: new RegExp(`^${other.id}$`) }).click();
    check_equal(await words(page), plain(other.verdict.words.en), 'verdict of the other group');
    check_equal(await at(page, 'test-days-chart').count(), 0, 'not asked for yet');
    await at(page, 'test-days-show').click();
    await at(page, 'test-days-chart').waitFor();
    check_equal(await at(page, 'test-days-chart').locator('circle').count(), other.days.filter((one) => one.difference.low !== null).length, 'points');
    await page.getByText('Show as a table').click();
    check_equal(await at(page, 'test-days-table').locator('tbody tr').count(), other.days.length, 'days');
    await page.reload();
    await page_settle(page);
    check_equal(await words(page), plain(other.verdict.words.en), 'after reloading');
    check_equal(await at(page, 'test-days-chart').count(), 1, 'the chart after reloading');
  });

  await t.test('tests: terms are told on hover, focus and a tap', {}, async (page, visit) => {
    await visit('tests?id=7&lang=ru');
    const tip = page.locator('[role="tooltip"]:visible');
    for (const [name, says] of [['test_cuped', 'до начала'], ['test_p', 'случайность'], ['test_srm', 'SRM'], ['test_interval', 'Доверительный интервал']]) {
      const term = page.locator(`[data-term="${name}"]`).first();
      await term.scrollIntoViewIfNeeded();
      await page.mouse.move(1, 1);
      await term.hover();
      check((await tip.innerText()).includes(says), `${name}, hover: ${await tip.innerText()}`);
      await page.mouse.move(1, 1);
      await tip.waitFor({ state: 'hidden' });
      check_equal(await tip.count(), 0, `${name}: stays after the mouse`);
      await term.click();
      check((await tip.innerText()).includes(says), `${name}, tap`);
      await page.keyboard.press('Escape');
      check_equal(await tip.count(), 0, `${name}: stays after Escape`);
    }
    await page.locator('[data-test="test-permitted"]').focus();
    await page.keyboard.press('Tab');
    check((await tip.innerText()).includes('Мощность'), 'focus');
  });

  await t.test('tests: none, an unknown one, an error and another try', { expected: PROVOKED }, async (page, visit) => {
    await page.route('**/api/v1/experiments', (route) => route.fulfill({ json: { experiments: [] } }));
    await visit('tests?lang=en');
    check((await at(page, 'test-none').innerText()).includes('No tests'), 'nothing is said of no tests');
    await page.unroute('**/api/v1/experiments');
    await visit('tests?id=nothing&lang=en');
    check((await page.getByRole('alert').innerText()).includes('there is no experiment "nothing"'), await page.getByRole('alert').innerText());
    await page.route('**/experiments/7/evaluate', (route) => route.fulfill({ status: 504, json: { error: { code: 'timeout', message: 'the query took too long', path: null, position: null } } }));
    await visit('tests?id=7&lang=en');
    check((await page.getByRole('alert').innerText()).includes('took too long'), 'the server\'s message');
    await page.unroute('**/experiments/7/evaluate');
    await page.getByRole('button', { name: 'Try again' }).or(page.getByRole('button', { name: 'Retry' })).click();
    await at(page, 'test-verdict').waitFor();
    await page_settle(page);
    await verdict_checked(page, await judge(page, 7), 'en');
  });

  const relay = await relay_start(t.base);
  await t.test('tests: the server goes, the verdict stays under a banner; on its return it is asked again', { expected: PROVOKED, base: relay.url }, async (page, visit) => {
    await page.clock.install();
    await visit('tests?id=7&lang=en');
    const seen = await words(page);
    await relay.down();
    await page.clock.runFor(61_000);
    await page.locator('[data-test="gone"] p').waitFor();
    check_equal(await words(page), seen, 'the verdict of then');
    await at(page, 'test-minimal').selectOption('0.2');
    await page.getByRole('alert').waitFor();
    await relay.up();
    await page.clock.runFor(11_000);
    await page.locator('[data-test="gone"] p').waitFor({ state: 'detached' });
    await at(page, 'test-verdict').waitFor();
  });
  await relay.close();

  for (const [lang, scheme, width] of [['en', 'light', 1280], ['ru', 'dark', 1280], ['ru', 'light', 390], ['en', 'dark', 390]]) {
    await t.test(`tests: axe and width, ${lang} ${scheme} ${width}`, { scheme, width, height: 900 }, async (page, visit) => {
      for (const path of ['tests?', 'tests?id=11&days=1&']) {
        await visit(`${path}lang=${lang}`);
        if (path === 'tests?') await at(page, 'test-tone').last().waitFor();
        await axe_check(page, path);
        const [wide, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
        check(wide <= view, `${path}: the page is ${wide} px wide`);
        const box = await page.locator('nav a[aria-current]').boundingBox();
        check(box.x >= 0 && box.x + box.width <= view, `${path}: the open page's link is from ${box.x} to ${box.x + box.width}`);
        await t.shot(page, `${path} ${lang} ${scheme} ${width}`);
      }
    });
  }
}
