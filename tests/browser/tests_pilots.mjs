// Pilots: one is put together by keyboard and mouse, judged, saved, listed, opened, deleted; its page has the server's figures, the
// course drawn and as a table; verdicts that say otherwise; troubles.
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check, words_broken, shown_name } from './page_parts.mjs';

const PROVOKED = [/Failed to load resource/, /^HTTP [45]0\d/, /net::ERR_/];
const at = (page, name) => page.locator(`[data-test="${name}"]`);
const plain = (text) => text.replace(/\s+/g, ' ').trim();
const LAYOUT = { name: { en: 'New lay-out', ru: 'Новая выкладка' }, design: 'matched_control', level: 'store.store', pilot: ['2', '3', '7', '10'], start: '2025-03-03', end: '2025-04-27', primary: 'receipts.sales' };
const CHOSEN = 'tests?new=pilot&unit=Тула-10&unit=Казань-3&unit=Воронеж-2&start=2025-03-03&end=2025-04-27';
/** Written here anew: "−3.1%", "−3,1 %"; "₽4,217", "4 217 ₽". */
const grouped = (digits, lang) => {
  const [whole, part] = digits.split('.');
  return whole.replace(/\B(?=(\d{3})+$)/g, lang === 'ru' ? ' ' : ',') + (part ? (lang === 'ru' ? ',' : '.') + part : '');
};
const percent = (value, lang) => (value > 0 ? '+' : '−') + grouped(Math.abs(value).toFixed(1), lang) + (lang === 'ru' ? ' %' : '%');
const money = (value, lang) => (lang === 'ru' ? `${grouped(value.toFixed(value >= 1000 ? 0 : 2), lang)} ₽` : `₽${grouped(value.toFixed(value >= 1000 ? 0 : 2), lang)}`);

export async function tests_pilots(t) {
  const api = (page, path) => new URL(`api/v1/experiments${path}`, page.url()).href;
  const save = async (page, id, definition) => {
    await page.request.delete(api(page, `/${id}`));
    const reply = await page.request.post(api(page, ''), { data: { id, ...definition } });
    check_equal(reply.status(), 201, await reply.text());
  };
  const judge = async (page, id) => (await page.request.post(api(page, `/${id}/evaluate`), { data: {} })).json();
  const ask = async (page, definition) => (await page.request.post(api(page, '/pilot'), { data: definition })).json();
  async function shown(page, told, lang) {
    const verdict = at(page, 'pilot-verdict');
    check_equal([plain(await verdict.locator('h2').innerText()), await verdict.getAttribute('data-code')], [plain(told.verdict.words[lang]), told.verdict.code], 'the verdict');
    check((await at(page, 'pilot-weaker').innerText()).startsWith(lang === 'ru' ? 'Свидетельство слабее' : 'Weaker evidence'), 'marked as weaker');
    const effect = page.locator('[data-figure="test_effect"]');
    check_equal([plain(await effect.locator('.value').innerText()), plain(await effect.locator('.range').innerText()).split(': ').at(-1)], [percent(told.relative.value, lang), `${percent(told.relative.low, lang)} ${lang === 'ru' ? '…' : 'to'} ${percent(told.relative.high, lang)}`], 'the estimate with its interval');
    check_equal((await at(page, 'pilot-means').locator('td').allInnerTexts()).map(plain), ['pilot_before', 'pilot_after', 'others_before', 'others_after'].map((name) => money(told.means[name], lang)), 'means');
    check_equal(await at(page, 'pilot-trend').getAttribute('data-sound'), String(told.trend.sound), 'before the start');
    const { points } = told.course;
    check_equal(await at(page, 'pilot-chart').locator('circle').count(), points.length, 'points');
    const [start, ...circles] = await Promise.all([at(page, 'pilot-chart-start').boundingBox(), ...points.map((_, i) => at(page, 'pilot-chart').locator('circle').nth(i).boundingBox())]);
    check_equal(circles.map((circle) => circle.x + circle.width / 2 < start.x), points.map((point) => point.before), 'the line of the start stands between before and after');
    check_equal(circles.map((circle, i) => circles.filter((other) => other.y + other.height / 2 > circle.y + circle.height / 2 + 0.5).length <= points.filter((point) => point.pilot < points[i].pilot).length), points.map(() => true), 'higher is more');
    await page.getByText(lang === 'ru' ? 'Показать таблицей' : 'Show as a table').click();
    check_equal((await at(page, 'pilot-course').locator('td.num').allInnerTexts()).map(plain), points.flatMap((point) => [money(point.pilot, lang), money(point.others, lang)]), 'the same as a table');
  }

  for (const lang of ['en', 'ru']) {
    await t.test(`pilots: the page of a saved one has the server's verdict and figures, ${lang}`, {}, async (page, visit) => {
      await visit(`tests?view=pilots&lang=${lang}`);
      check_equal(await at(page, 'pilot-none').count(), 1, 'none at first');
      await save(page, 'layout', { ...LAYOUT, pilot: [...LAYOUT.pilot, 'nowhere'] });
      await visit(`tests?view=pilots&lang=${lang}`);
      await at(page, 'pilot-tone').waitFor();
      const told = await judge(page, 'layout');
      check_equal([await at(page, 'pilot-row').locator('a').innerText(), await at(page, 'pilot-tone').getAttribute('data-code')], [LAYOUT.name[lang], told.verdict.code], 'the list');
      await at(page, 'pilot-row').locator('a').click();
      await at(page, 'pilot-verdict').waitFor();
      await page_settle(page);
      check_equal([new URL(page.url()).search, await page.evaluate(() => document.activeElement.id)], [`?pilot=layout&lang=${lang}`, 'main'], 'address, focus');
      await shown(page, told, lang);
      check_equal(await at(page, 'pilot-pair').evaluateAll((rows) => rows.map((row) => [row.cells[0].textContent, row.cells[1].textContent])), told.matches.map((pair) => [pair.pilot_label, pair.other_label]), 'who stands beside whom');
      check_equal(await at(page, 'pilot-balance').count(), told.balance.length, 'how alike they are');
      check((await at(page, 'pilot-not-found').innerText()).endsWith('nowhere'), 'what is not there');
      await t.shot(page, `pilot ${lang}`);
      await page.setViewportSize({ width: 390, height: 844 });
      check_equal(await words_broken(at(page, 'pilot-alike')), [], 'words broken in two on a phone');
      await t.shot(page, `pilot ${lang} 390`);
      await page.reload();
      await at(page, 'pilot-verdict').waitFor();
      await at(page, 'pilot-remove').click();
      await at(page, 'pilot-remove-yes').click();
      await at(page, 'pilot-none').waitFor();
      check_equal((await (await page.request.get(api(page, ''))).json()).pilots, [], 'deleted');
    });
  }

  await t.test('pilots: one is put together, judged as it is, saved and opened; the address keeps it, back undoes', {}, async (page, visit) => {
    await visit('tests?lang=en');
    await at(page, 'view-pilots').click();
    await at(page, 'pilot-new').click();
    await at(page, 'pilot-choose').waitFor();
    check_equal(await page.evaluate(() => document.activeElement.id), 'main', 'focus');
    await page.locator('button[data-test="seg-values"]').click();
    await page.getByRole('dialog').getByRole('checkbox', { name: await shown_name(page, 'Тула-10') }).check();
    await page.getByRole('dialog').getByRole('checkbox', { name: await shown_name(page, 'Казань-3') }).check();
    await page.keyboard.press('Escape');
    await at(page, 'pilot-start').fill('2025-03-03');
    await at(page, 'pilot-end').fill('2025-04-27');
    await at(page, 'pilot-end').blur();
    await page_settle(page);
    const wish = { design: 'difference_in_differences', level: 'store.store', pilot: ['Тула-10', 'Казань-3'], start: '2025-03-03', end: '2025-04-27', before_days: 84, primary: 'receipts.sales' };
    await shown(page, await ask(page, wish), 'en');
    await at(page, 'pilot-design').focus();
    await page.keyboard.press('End');
    await page_settle(page);
    check_equal(new URL(page.url()).searchParams.get('design'), 'matched_control', 'by keyboard');
    await at(page, 'pilot-matches').waitFor();
    await page.goBack();
    await at(page, 'pilot-matches').waitFor({ state: 'detached' });
    await page.goForward();
    await at(page, 'pilot-matches').waitFor();
    await page.reload();
    await at(page, 'pilot-matches').waitFor();
    check_equal(await at(page, 'pilot-save').isDisabled(), true, 'no name yet');
    await at(page, 'pilot-name').fill('Весенний пилот');
    await page.keyboard.press('Enter');
    await at(page, 'pilot-remove').waitFor();
    await page_settle(page);
    check_equal([new URL(page.url()).searchParams.get('pilot'), await page.locator('h1').innerText()], ['vesenniy-pilot', 'Весенний пилот'], 'its own page');
    await shown(page, await ask(page, { ...wish, design: 'matched_control' }), 'en');
    await at(page, 'test-all').click();
    await at(page, 'pilot-row').waitFor();
    await page.request.delete(api(page, '/vesenniy-pilot'));
    // Another level has other values.
    await visit(`${CHOSEN}&lang=en`);
    await at(page, 'pilot-level').selectOption('store.region');
    await at(page, 'pilot-choose').waitFor();
    check_equal(new URL(page.url()).searchParams.getAll('unit'), [], 'the units of the other level are gone');
  });

  await t.test('pilots: too early, apart before the start, too few; a level that is not there, an error and another try, a fault in the list', { expected: PROVOKED }, async (page, visit) => {
    await visit('tests?new=pilot&unit=Тула-10&unit=Казань-3&start=2025-12-01&end=2026-02-01&lang=ru');
    check_equal(await at(page, 'pilot-verdict').getAttribute('data-code'), 'too_early', 'its days have not passed');
    await visit('tests?new=pilot&unit=Тула-10&start=2025-03-03&end=2025-04-27&lang=en');
    check_equal([await at(page, 'pilot-verdict').getAttribute('data-code'), plain(await page.locator('[data-figure="test_effect"] .range').innerText()).split(': ').at(-1)], ['no_data', '–'], 'one unit has no interval');
    await page.route('**/experiments/pilot', async (route) => {
      const answer = await (await route.fetch()).json();
      await route.fulfill({ json: { ...answer, verdict: { ...answer.verdict, code: 'trends_differ', words: { en: 'Do not use: apart.', ru: 'Использовать нельзя: расходились.' } }, trend: { ...answer.trend, p_value: 0.001, sound: false }, course: null } });
    });
    await visit(`${CHOSEN}&lang=en`);
    check((await at(page, 'pilot-trend').locator('h2').innerText()).includes('differ'), 'the time before says no');
    check_equal([await at(page, 'pilot-verdict').locator('.head').innerText(), await at(page, 'pilot-course-card').count()], ['Do not use:', 0], 'no course, no card');
    await page.unroute('**/experiments/pilot');
    await page.route('**/experiments/pilot', (route) => route.fulfill({ status: 504, json: { error: { code: 'timeout', message: 'the query took too long', path: null, position: null } } }));
    await visit(`${CHOSEN}&lang=en`);
    check((await page.getByRole('alert').innerText()).includes('took too long'), 'an error');
    await page.unroute('**/experiments/pilot');
    await page.getByRole('button', { name: 'Try again' }).or(page.getByRole('button', { name: 'Retry' })).click();
    await at(page, 'pilot-verdict').waitFor();
    await visit('tests?new=pilot&level=store.shop&unit=7&lang=en');
    check((await page.getByRole('alert').innerText()).includes('no level "store.shop"'), await page.getByRole('alert').innerText());
    await visit('tests?pilot=nothing&lang=en');
    check((await page.getByRole('alert').innerText()).includes('there is no experiment "nothing"'), 'unknown');
    await page.route('**/api/v1/experiments', async (route) => {
      const answer = await (await route.fetch()).json();
      answer.pilots = [{ id: 'outgrown', name: 'Outgrown', level: 'store.store', pilot: ['2'], start: '2025-03-03', end: '2025-04-27', primary: 'receipts.gone' }];
      answer.saved.push({ id: 'outgrown', kind: 'pilot', fault: 'primary: there is no measure "receipts.gone"' });
      await route.fulfill({ json: answer });
    });
    await visit('tests?view=pilots&lang=en');
    await at(page, 'pilot-row').getByText('primary: there is no measure "receipts.gone"').waitFor();
  });

  for (const [lang, scheme, width] of [['en', 'light', 1280], ['ru', 'dark', 1280], ['ru', 'light', 390], ['en', 'dark', 390]]) {
    await t.test(`pilots: axe and width, ${lang} ${scheme} ${width}`, { scheme, width, height: 900 }, async (page, visit) => {
      await visit(`tests?view=pilots&lang=${lang}`);
      await save(page, 'layout', LAYOUT);
      for (const path of ['tests?view=pilots&', 'tests?pilot=layout&', `${CHOSEN}&`, 'tests?new=pilot&']) {
        await visit(`${path}lang=${lang}`);
        if (path === 'tests?view=pilots&') await at(page, 'pilot-tone').waitFor();
        await axe_check(page, path);
        const [wide, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
        check(wide <= view, `${path}: the page is ${wide} px wide`);
        await t.shot(page, `${path} ${lang} ${scheme} ${width}`);
      }
      await page.request.delete(api(page, '/layout'));
    });
  }
}
