// The Tests pages: the list, verdicts as the API gives them in both languages, conditions, a spoiled split, segments, days.
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check, words_broken } from './page_parts.mjs';
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

  // The frequent were put into one group: every figure may be theirs. On a phone no word of the tables is broken in two.
  for (const [lang, width] of [['en', 1280], ['ru', 390]])
    await t.test(`tests: groups that were not alike before the start are told above the verdict, ${lang} ${width}`, { width, height: 844 }, async (page, visit) => {
      await visit('tests?lang=en');
      await page.request.delete(url(page, '/uneven'));
      const sql = "SELECT customer, CASE WHEN customer % 2 = 0 THEN 'test' WHEN customer IN (SELECT customer FROM receipt_totals WHERE date BETWEEN DATE '2024-01-15' AND DATE '2024-04-07' GROUP BY customer HAVING count(*) >= 3) AND customer % 4 = 1 THEN 'test' ELSE 'control' END AS arm FROM assignments WHERE experiment = 7";
      const draft = { id: 'uneven', name: { en: 'Uneven', ru: 'Неровный' }, members: { sql }, arms: [{ id: 'control', share: 0.5 }, { id: 'test', share: 0.5 }], start: '2024-04-08', end: '2024-05-05', primary: 'sales_per_customer', metrics: ['receipts_per_customer'] };
      const first = await (await page.request.post(url(page, '/evaluate'), { data: draft })).json();
      const planned = draft.arms.map((arm) => ({ ...arm, share: first.split.arms.find((one) => one.id === arm.id).assigned }));
      check_equal((await page.request.post(url(page, ''), { data: { ...draft, arms: planned } })).status(), 201, 'saved');
      await visit(`tests?id=uneven&lang=${lang}`);
      const told = await judge(page, 'uneven');
      check_equal([told.verdict.balanced, told.split.spoiled], [false, false], JSON.stringify(told.verdict));
      await verdict_checked(page, told, lang);
      const note = await at(page, 'test-apart').innerText();
      for (const metric of told.arms[0].metrics.filter((one) => one.balance)) check_equal(note.includes(metric.title[lang]), !metric.balance.sound, `${metric.title[lang]} in: ${note}`);
      check(await page.evaluate(() => document.querySelector('[data-test="test-apart"]').getBoundingClientRect().bottom <= document.querySelector('[data-test="test-verdict"]').getBoundingClientRect().top), 'not above the verdict');
      check_equal(plain(await at(page, 'test-split-mark').innerText()), lang === 'ru' ? 'различались до начала' : 'differed before the start', 'the mark of the split');
      check_equal(await at(page, 'test-balance').evaluate((one) => one.open), true, 'the fold is open');
      check_equal(await words_broken(at(page, 'test-balance')), [], 'words broken in two');
      check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'scrolls sideways');
      await axe_check(page, 'groups that were not alike');
      await t.shot(page, `test uneven ${lang} ${width}`);
      // Were the verdict a good one, it would not look so.
      const good = (verdict) => ({ ...verdict, code: 'roll_out' });
      await page.route('**/experiments/uneven/evaluate', (route) => route.fulfill({ json: { ...told, verdict: good(told.verdict), arms: told.arms.map((arm) => ({ ...arm, verdict: good(arm.verdict) })) } }));
      await visit(`tests?id=uneven&lang=${lang}`);
      const looks = (await at(page, 'test-verdict').getAttribute('class')).split(' ');
      check_equal([await at(page, 'test-verdict').getAttribute('data-code'), looks.includes('open'), looks.includes('good')], ['roll_out', true, false], `looks: ${looks}`);
      await visit(`tests?id=7&lang=${lang}`);
      check_equal([await at(page, 'test-apart').count(), await at(page, 'test-balance').evaluate((one) => one.open)], [0, false], 'a test whose groups were alike');
      await page.request.delete(url(page, '/uneven'));
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

  // What the page asks, asked here anew; and figures as the page writes them.
  const plan_of = async (page, wish) => (await page.request.post(url(page, '/plan'), { data: wish })).json();
  const share_text = (value, lang) => percent(value, lang).replace('+', '');
  const count_text = (value, lang) => String(value).replace(/\B(?=(\d{3})+$)/g, lang === 'ru' ? ' ' : ',');
  const plan_checked = async (page, wish, lang) => {
    const told = await plan_of(page, wish);
    check_equal(plain(await at(page, 'plan-verdict').locator('h2').innerText()), plain(told.verdict.words[lang]), 'the verdict');
    const planned = told.durations.find((one) => one.planned);
    check_equal(plain(await at(page, 'plan-detectable').innerText()), share_text(planned.detectable, lang), 'found from');
    check_equal(plain(await at(page, 'plan-needed').innerText()), count_text(planned.customers_needed, lang), 'customers needed');
    const rows = await at(page, 'plan-duration').evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent.trim())));
    check_equal(rows.map((row) => row.map(plain)), told.durations.map((one) => (one.has_history ? [String(one.days), share_text(one.detectable, lang), share_text(one.power, lang), count_text(one.customers_needed, lang)] : [String(one.days), rows.at(-1)[1]])), 'by duration');
    check_equal((await at(page, 'plan-size').allInnerTexts()).map((text) => plain(text)), told.sizes.map((one) => `${count_text(one.customers, lang)} ${share_text(one.detectable, lang)} ${share_text(one.power, lang)}`), 'by size');
    check_equal((await at(page, 'plan-arm').locator('td:nth-child(2)').allInnerTexts()).map(plain), told.split.arms.map((arm) => count_text(arm.assigned, lang)), 'sizes of the groups');
    check_equal(await at(page, 'plan-balance').count(), told.balance.length, 'balance');
    return told;
  };
  const usual = { metrics: ['receipts_per_customer', 'buyers_share', 'average_check', 'items_per_check'], guardrails: ['margin_per_customer'] };

  await t.test('tests: a test is planned, its conditions changed by keyboard, saved, judged, removed', {}, async (page, visit) => {
    await visit('tests?lang=en');
    const before = await list(page);
    await page.request.delete(new URL('api/v1/segments/planned-for', page.url()).href);
    await page.request.post(new URL('api/v1/segments', page.url()).href, { data: { id: 'planned-for', name: 'Frequent', definition: { measure: 'receipts.count', days: 365, at_least: 5 } } });
    const last = (await (await page.request.get(new URL('api/v1/health', page.url()).href)).json()).data.to;
    const day = (count) => new Date(Date.parse(last) + count * 86400000).toISOString().slice(0, 10);
    await at(page, 'test-plan').click();
    await at(page, 'plan-verdict').waitFor();
    await page_settle(page);
    check_equal(new URL(page.url()).searchParams.get('plan'), '1', 'address');
    check_equal(await page.evaluate(() => document.activeElement.id), 'main', 'focus');
    const wish = { members: { seed: '1' }, arms: [{ id: 'control', share: 1 }, { id: 'test', share: 1 }], start: day(1), end: day(28), minimal_effect: 0.05, primary: 'sales_per_customer', ...usual };
    const first = await plan_checked(page, wish, 'en');
    check_equal(await at(page, 'plan-curve').locator('canvas').count(), 1, 'the power curve');
    check_equal((await at(page, 'plan-curve').locator('li').allInnerTexts()).map(plain), first.curve.lines.map((line) => `${line.days} days`), 'its lines');
    await at(page, 'plan-minimal').focus();
    await page.keyboard.press('End');
    await page_settle(page);
    check_equal(new URL(page.url()).searchParams.get('minimal'), '0.2', 'address');
    await plan_checked(page, { ...wish, minimal_effect: 0.2 }, 'en');
    await page.goBack();
    await page_settle(page);
    await plan_checked(page, wish, 'en');
    await at(page, 'plan-segment').selectOption({ label: 'Frequent' });
    await page_settle(page);
    await at(page, 'plan-groups').selectOption('3');
    await page_settle(page);
    await at(page, 'plan-control').selectOption('0.2');
    await page_settle(page);
    await at(page, 'plan-days').selectOption('14');
    await page_settle(page);
    await at(page, 'plan-metric').selectOption('buyers_share');
    await page_settle(page);
    await at(page, 'plan-seed').fill('june');
    await page.keyboard.press('Tab');
    await page_settle(page);
    const chosen = { ...wish, members: { segment: 'planned-for', seed: 'june' }, arms: [{ id: 'control', share: 40 }, { id: 'test-a', share: 80 }, { id: 'test-b', share: 80 }], end: day(14), primary: 'buyers_share', metrics: ['sales_per_customer', ...usual.metrics.filter((id) => id !== 'buyers_share')] };
    const told = await plan_checked(page, chosen, 'en');
    check(told.customers < first.customers && told.alpha === 2.5, 'the segment alone, two comparisons');
    await page.reload();
    await at(page, 'plan-verdict').waitFor();
    await page_settle(page);
    await plan_checked(page, chosen, 'en');
    check_equal(await at(page, 'plan-save').isDisabled(), true, 'no name yet');
    await at(page, 'plan-name').fill('Весеннее письмо');
    await page.keyboard.press('Enter');
    await at(page, 'test-verdict').waitFor();
    await page_settle(page);
    check_equal(new URL(page.url()).searchParams.get('id'), 'vesennee-pismo', 'its own page');
    check_equal(await at(page, 'test-verdict').getAttribute('data-code'), 'too_early', 'not begun');
    check_equal((await at(page, 'test-split-arm').locator('td:nth-child(2)').allInnerTexts()).map(plain), told.split.arms.map((arm) => count_text(arm.assigned, 'en')), 'the groups that were planned');
    await at(page, 'test-all').click();
    const row = at(page, 'test-row').filter({ hasText: 'Весеннее письмо' });
    await row.locator('[data-test="test-tone"]').waitFor();
    check_equal([await at(page, 'test-row').count(), await row.locator('.state').innerText(), plain(await row.locator('[data-test="test-tone"]').innerText())], [before.length + 1, 'Not started', 'Too early'], 'in the list');
    await row.locator('a').click();
    await at(page, 'test-remove').click();
    await at(page, 'test-remove-yes').click();
    await at(page, 'test-row').first().waitFor();
    check_equal((await list(page)).length, before.length, 'removed');
    await page.request.delete(new URL('api/v1/segments/planned-for', page.url()).href);
  });

  // A file as a spreadsheet saves it; a wrong one is told with its line, and mended. What was checked is judged.
  for (const [lang, width] of [['en', 1280], ['ru', 390]])
    await t.test(`tests: a list of who is in which group is uploaded, checked, planned by and saved, ${lang} ${width}`, { width, height: 844, expected: PROVOKED }, async (page, visit) => {
      await visit(`tests?plan=1&segment=&lang=${lang}`);
      await page.request.delete(url(page, '/by-list'));
      const last = (await (await page.request.get(new URL('api/v1/health', page.url()).href)).json()).data.to;
      const day = (count) => new Date(Date.parse(last) + count * 86400000).toISOString().slice(0, 10);
      const rows = Array.from({ length: 600 }, (_, i) => [i + 1, i % 3 ? 'письмо' : 'без письма']);
      const file = (text) => ({ name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
      const choose = async (text) => {
        await at(page, 'plan-list-file').setInputFiles(file(text));
        await page_settle(page);
      };
      const good = '\ufeffКлиент;Группа\r\n' + [...rows, ...Array.from({ length: 6 }, (_, i) => [99999990 + i, 'письмо']), rows[0]].map((row) => row.join(';') + '\r\n').join('');
      await choose(`${good}5;без письма\r\n`);
      await at(page, 'plan-list-fault').waitFor();
      check((await at(page, 'plan-list-fault').innerText()).startsWith('line 609: customer 5 is in the arm "без письма", and on line 6 in "письмо"'), await at(page, 'plan-list-fault').innerText());
      check_equal([await at(page, 'plan-list-check').count(), await at(page, 'plan-seed').count()], [0, 1], 'the split by seed stays');
      await choose(good);
      await at(page, 'plan-list-check').waitFor();
      await page_settle(page);
      const id = new URL(page.url()).searchParams.get('list'), told = await (await page.request.get(url(page, `/lists/${id}`))).json();
      check_equal(told.customers + told.unknown.customers, 606, 'the list');
      check(told.unknown.customers >= 6, `${told.unknown.customers}`);
      check_equal(plain(await at(page, 'plan-list-known').innerText()), `${told.customers} (${told.arms.map((arm) => `${arm.id}: ${arm.customers}`).join(', ')})`, 'known');
      check_equal(plain(await at(page, 'plan-list-unknown').innerText()), `${told.unknown.customers} (${told.unknown.first.join(', ')}, …)`, 'unknown');
      check_equal([plain(await at(page, 'plan-list-repeated').innerText()), await at(page, 'plan-list-fault').count(), await at(page, 'plan-seed').count(), await at(page, 'plan-groups').count(), await at(page, 'plan-segment').count()], ['1', 0, 0, 0, 0], 'what the list says is not asked');
      await at(page, 'plan-list-control').selectOption('без письма');
      await page_settle(page);
      await at(page, 'plan-control').selectOption('0.3');
      await page_settle(page);
      const wish = { members: { list: id }, arms: [{ id: 'без письма', share: 30, control: true }, { id: 'письмо', share: 70 }], start: day(1), end: day(28), minimal_effect: 0.05, primary: 'sales_per_customer', ...usual };
      check_equal((await plan_checked(page, wish, lang)).customers, told.customers, 'planned by the list');
      check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'scrolls sideways');
      check_equal(await words_broken(at(page, 'plan-form')), [], 'words broken in two');
      await axe_check(page, 'a plan by a list');
      await t.shot(page, `plan by list ${lang} ${width}`);
      await page.reload();
      await at(page, 'plan-verdict').waitFor();
      await page_settle(page);
      await plan_checked(page, wish, lang);
      await at(page, 'plan-name').fill('by list');
      await page.keyboard.press('Enter');
      await at(page, 'test-verdict').waitFor();
      await page_settle(page);
      check_equal([new URL(page.url()).searchParams.get('id'), (await judge(page, 'by-list')).split.arms.map((arm) => [arm.id, arm.control])], ['by-list', [['без письма', true], ['письмо', false]]], 'saved');
      check((await at(page, 'test-split').innerText()).includes(lang === 'ru' ? 'есть в списке, но нет в данных' : 'of the list, but not in the data'), await at(page, 'test-split').innerText());
      await page.request.delete(url(page, '/by-list'));
      // A link to a list that the server has forgotten says what to do, and the plan can be made without it.
      await visit(`tests?plan=1&list=${'0'.repeat(32)}&lang=${lang}`);
      check((await page.getByRole('alert').innerText()).includes('upload it again'), await page.getByRole('alert').innerText());
      await at(page, 'plan-list-without').click();
      await at(page, 'plan-verdict').waitFor();
      check_equal(await at(page, 'plan-seed').count(), 1, 'the seed is asked again');
    });

  await t.test('tests: a plan that cannot be made says why; a saved test whose metric is gone too', { expected: PROVOKED }, async (page, visit) => {
    await visit('tests?plan=1&segment=nobody-knows&lang=en');
    check((await page.getByRole('alert').innerText()).includes('there is no segment "nobody-knows"'), await page.getByRole('alert').innerText());
    await at(page, 'plan-segment').selectOption('');
    await at(page, 'plan-verdict').waitFor();
    await visit('tests?plan=1&start=2023-01-05&lang=ru');
    check_equal(await at(page, 'plan-verdict').getAttribute('data-code'), 'no_history', 'before the data');
    check_equal([await at(page, 'plan-figures').count(), await at(page, 'plan-curve').count()], [0, 0], 'no figures');
    await page.route('**/api/v1/experiments', async (route) => {
      const answer = await (await route.fetch()).json();
      answer.experiments.unshift({ ...answer.experiments[0], id: 'outgrown', name: 'Outgrown' });
      answer.saved.push({ id: 'outgrown', fault: 'primary: there is no metric "points"' });
      await route.fulfill({ json: answer });
    });
    await visit('tests?lang=en');
    await at(page, 'test-row').first().getByText('there is no metric "points"').waitFor();
    check_equal(plain(await at(page, 'test-row').first().locator('.verdict').innerText()), 'primary: there is no metric "points"', 'fault');
  });

  await t.test('tests: a quantile as the primary metric is judged, in its segments too; it has no days and no other analyses', {}, async (page, visit) => {
    await visit('tests?lang=ru');
    const definition = { id: 'tenth', name: 'The tenth of ten', members: { experiment: 7 }, arms: [{ id: 'control', share: 0.5 }, { id: 'test', share: 0.5 }], start: '2024-04-08', end: '2024-05-05', primary: { measure: 'sales_per_customer', quantile: 0.9 }, guardrails: ['margin_per_customer'], segments: ['customers.gender'] };
    await page.request.delete(url(page, '/tenth'));
    check_equal((await page.request.post(url(page, ''), { data: definition })).status(), 201, 'saved');
    const told = await judge(page, 'tenth', { by_day: true });
    await visit('tests?id=tenth&days=1&lang=ru');
    await verdict_checked(page, told, 'ru');
    const row = at(page, 'test-metric').first();
    check_equal([plain(await row.locator('strong').first().innerText()), plain(await row.locator('[data-test="test-effect"]').innerText())], ['Продажи на клиента, квантиль 0,9', percent(told.arms[0].metrics[0].analyses[0].relative.value, 'ru')], 'the metric');
    check_equal([await at(page, 'test-analysis').count(), await at(page, 'test-days-chart').count(), await at(page, 'test-segment').count()], [0, 0, told.arms[0].segments.length], 'parts');
    check_equal(plain(await at(page, 'test-monthly').locator('.label').first().innerText()), 'Деньги в месяц при полном внедрении: Валовая прибыль на клиента', 'whose money it is');
    check((await at(page, 'test-days').innerText()).includes('нет эффекта по дням'), await at(page, 'test-days').innerText());
    check((await at(page, 'test-quantile-note').innerText()).startsWith('Квантили не ограничиваются и не поправляются по CUPED'), 'why it is as it is');
    check((await row.innerText()).includes('по порядку клиентов') && !(await row.innerText()).includes('как есть'), await row.innerText());
    await page.locator('[data-term="test_quantile"]').first().click();
    check((await page.locator('[role="tooltip"]:visible').innerText()).includes('не меняет среднего'), 'told at length');
    await page.keyboard.press('Escape');
    await axe_check(page, 'a quantile');
    await t.shot(page, 'test of a quantile');
    await page.request.delete(url(page, '/tenth'));
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
    await page.route('**/api/v1/experiments', (route) => route.fulfill({ json: { experiments: [], metrics: [], segments: [], saved: [], kept: true } }));
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
      for (const path of ['tests?', 'tests?id=11&days=1&', 'tests?plan=1&groups=3&']) {
        await visit(`${path}lang=${lang}`);
        if (path.includes('plan')) await page.locator('[data-test="plan-curve"] canvas').waitFor();
        if (path === 'tests?') await at(page, 'test-tone').last().waitFor();
        await axe_check(page, path);
        const [wide, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
        check(wide <= view, `${path}: the page is ${wide} px wide`);
        const box = await page.locator('header nav a[aria-current]').boundingBox();
        check(box.x >= 0 && box.x + box.width <= view, `${path}: the open page's link is from ${box.x} to ${box.x + box.width}`);
        await t.shot(page, `${path} ${lang} ${scheme} ${width}`);
      }
    });
  }
}
