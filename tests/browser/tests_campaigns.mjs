// Campaigns: the list is the three reports', sorted and searched; a campaign's page with its intervals, funnel and costs; ways to
// its test, its reports and its customers; without a control group; troubles.
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check, shown_name } from './page_parts.mjs';

const PROVOKED = [/Failed to load resource/, /^HTTP [45]0\d/, /net::ERR_/];
const at = (page, name) => page.locator(`[data-test="${name}"]`);
const plain = (text) => text.replace(/\s+/g, ' ').trim();
const REPORTS = ['offer_funnel', 'campaign_impact', 'campaign_romi'];

/** Written here anew, to check the page's hand: "3,297", "3 297"; "−38.7%", "−38,7 %"; "+₽163,744", "+163 744 ₽". */
const grouped = (digits, lang) => {
  const [whole, part] = digits.split('.');
  return whole.replace(/\B(?=(\d{3})+$)/g, lang === 'ru' ? ' ' : ',') + (part ? (lang === 'ru' ? ',' : '.') + part : '');
};
const count = (value, lang) => (value === null ? '–' : grouped(String(value), lang));
const share = (value, lang) => (value === null ? '–' : grouped((100 * value).toFixed(1), lang) + (lang === 'ru' ? ' %' : '%'));
const signed = (value, write) => (value > 0 ? '+' : '−') + write(Math.abs(value));
const money = (value, digits, lang) => signed(value, (size) => (lang === 'ru' ? `${grouped(size.toFixed(digits), lang)} ₽` : `₽${grouped(size.toFixed(digits), lang)}`));
function interval(values, lang) {
  const digits = Math.max(...values.map(Math.abs)) >= 1000 ? 0 : 2;
  const [value, low, high] = values.map((one) => money(one, digits, lang));
  return { value, range: `${low} ${lang === 'ru' ? '…' : 'to'} ${high}` };
}
const romi_interval = (values, lang) => {
  const [value, low, high] = values.map((one) => signed(one, (size) => share(size, lang)));
  return { value, range: `${low} ${lang === 'ru' ? '…' : 'to'} ${high}` };
};

export async function tests_campaigns(t) {
  /** The campaigns by number, each with the columns of the three reports. */
  async function told(page, parameters = {}) {
    const all = new Map();
    for (const id of REPORTS) {
      const reply = await page.request.post(new URL(`api/v1/reports/${id}/run`, page.url()).href, { data: { parameters } });
      check(reply.ok(), `${id}: ${reply.status()}`);
      const { columns, rows } = await reply.json();
      for (const row of rows) {
        const one = Object.fromEntries(columns.map(({ name }, i) => [name, row[i]]));
        all.set(String(one.campaign), { ...all.get(String(one.campaign)), ...one });
      }
    }
    const { rows } = await (await page.request.post(new URL('api/v1/sql', page.url()).href, { data: { sql: 'SELECT CAST(campaign AS text), name_en FROM campaigns' } })).json();
    for (const [id, english] of rows) if (all.has(id)) all.get(id).english = english;
    check([...all.values()].every((one) => /^[ -~]+$/.test(one.english) && one.english !== one.name), 'the demo has English names');
    return all;
  }
  const called = (one, lang) => (lang === 'en' ? one.english : one.name);
  const ids = (page) => at(page, 'campaign-row').evaluateAll((rows) => rows.map((row) => row.dataset.id));
  const cells = (page, i) => at(page, 'campaign-row').nth(i).locator('td').allInnerTexts();
  const everything = { first: '2022-01-01', last: '2025-12-31' };

  for (const lang of ['en', 'ru']) {
    await t.test(`campaigns: the list has the figures of the three reports, ${lang}`, {}, async (page, visit) => {
      await visit(`tests?lang=${lang}`);
      await at(page, 'view-campaigns').click();
      await at(page, 'campaign-list').waitFor();
      await page_settle(page);
      check_equal(new URL(page.url()).search, `?view=campaigns&lang=${lang}`, 'address');
      const known = await told(page);
      check(known.size > 10, `${known.size} campaigns`);
      const latest_first = [...known.values()].sort((a, b) => (a.start_date < b.start_date ? 1 : -1)).map((one) => String(one.campaign));
      check_equal(await ids(page), latest_first, 'order');
      const none = lang === 'ru' ? 'нет контрольной группы' : 'no control group';
      for (const [i, id] of latest_first.entries()) {
        const one = known.get(id), seen = (await cells(page, i)).map(plain);
        check_equal([seen[0].startsWith(called(one, lang)), seen[0].length > called(one, lang).length, seen[1]], [true, !one.finished, one.channel], `${id}: name, channel`);
        const steps = [count(one.sent, lang), ...[['opened', 'opened_share'], ['clicked', 'clicked_share'], ['bought', 'bought_share']].map(([step, part]) => count(one[step], lang) + (one[part] === null ? '' : ` ${share(one[part], lang)}`))];
        check_equal(seen.slice(3, 7), steps, `${id}: steps`);
        const sales = one.sales_impact === null ? none : Object.values(interval([one.sales_impact, one.sales_low, one.sales_high], lang)).join(' ');
        const romi = one.romi === null ? '–' : Object.values(romi_interval([one.romi, one.romi_low, one.romi_high], lang)).join(' ');
        check_equal(seen.slice(7), [sales, romi], `${id}: effect`);
      }
      await t.shot(page, `campaigns ${lang}`);
    });
  }

  await t.test('campaigns: sorted by keyboard, searched, of all the data; the address keeps it, back undoes', {}, async (page, visit) => {
    await visit('tests?view=campaigns&lang=en');
    const known = [...(await told(page)).values()];
    const by = (name) => page.locator(`[data-test="campaign-sort"][data-by="${name}"]`);
    await by('romi').focus();
    await page.keyboard.press('Enter');
    await page_settle(page);
    const with_romi = known.filter((one) => one.romi !== null).sort((a, b) => b.romi - a.romi).map((one) => String(one.campaign));
    check_equal((await ids(page)).slice(0, with_romi.length), with_romi, 'the best first, those without at the end');
    check_equal(await page.locator('th[aria-sort]').getAttribute('aria-sort'), 'descending', 'told to a reader');
    await by('romi').press('Enter');
    await page_settle(page);
    check_equal((await ids(page)).slice(0, with_romi.length), [...with_romi].reverse(), 'the worst first, those without at the end');
    check_equal(new URL(page.url()).search, '?view=campaigns&sort=romi&desc=0&lang=en', 'address');
    await at(page, 'campaign-search').fill('КУПОН email');
    check_equal(await ids(page), known.filter((one) => /купон/i.test(one.name) && one.channel === 'email').map((one) => String(one.campaign)), 'found');
    await at(page, 'campaign-search').fill('coupon email');
    check_equal(await ids(page), known.filter((one) => /coupon/i.test(one.english) && one.channel === 'email').map((one) => String(one.campaign)), 'by its English name');
    check((await ids(page)).length > 0, 'none has that name');
    await at(page, 'campaign-search').fill('zebra');
    check((await at(page, 'campaign-not-found').innerText()).includes('No campaign has all these words'), 'nothing found is said');
    await at(page, 'campaign-not-found').getByRole('button').click();
    await at(page, 'campaign-since').selectOption('all');
    await page_settle(page);
    const all = await told(page, everything);
    check(all.size > known.length, 'more in all the data');
    check_equal([(await ids(page)).sort(), await at(page, 'campaign-count').innerText()], [[...all.keys()].sort(), `${all.size} campaigns`], 'all');
    await page.reload();
    await at(page, 'campaign-row').first().waitFor();
    await page_settle(page);
    check_equal([(await ids(page)).length, (await ids(page))[0]], [all.size, with_romi.at(-1)], 'after reloading');
    await page.goBack();
    await page_settle(page);
    check_equal((await ids(page)).length, known.length, 'after back');
  });

  for (const lang of ['en', 'ru']) {
    await t.test(`campaigns: the page of one has its figures, funnel and costs, ${lang}`, {}, async (page, visit) => {
      await visit(`tests?view=campaigns&lang=${lang}`);
      const known = await told(page);
      const readings = new Set();
      for (const one of [...known.values()].filter(({ assigned_control }) => assigned_control > 0)) {
        await page.locator(`[data-test="campaign-row"][data-id="${one.campaign}"] a`).click();
        await at(page, 'campaign-funnel').waitFor();
        await page_settle(page);
        check_equal(new URL(page.url()).search, `?campaign=${one.campaign}&start=${one.start_date}&lang=${lang}`, 'address');
        check_equal([await page.locator('h1').innerText(), await page.evaluate(() => document.activeElement.id)], [called(one, lang), 'main'], 'name, focus');
        for (const [name, stem, write] of [['sales_impact', 'sales', interval], ['margin_impact', 'margin', interval], ['romi', 'romi', romi_interval]]) {
          const figure = page.locator(`[data-test="campaign-figure"][data-figure="${name}"]`);
          const [low, high] = [one[`${stem}_low`], one[`${stem}_high`]];
          const wanted = write([one[name], low, high], lang);
          check_equal([plain(await figure.locator('.value').innerText()), plain(await figure.locator('.range').innerText()).split(': ').at(-1)], [wanted.value, wanted.range], `${one.campaign}: ${name}`);
          const reading = low > 0 ? 'more' : high < 0 ? 'less' : 'open';
          readings.add(`${name} ${reading}`);
          check_equal(await figure.getAttribute('data-reading'), reading, `${one.campaign}: ${name} says`);
          // The drawing tells the same: the bar is right of zero, left of it, or holds it.
          const [bar, zero] = [await figure.locator('.bar').boundingBox(), await figure.locator('.zero').boundingBox()];
          check_equal(bar.x > zero.x ? 'more' : bar.x + bar.width < zero.x ? 'less' : 'open', reading, `${one.campaign}: ${name} drawn`);
        }
        check_equal(await at(page, 'campaign-unfinished').count(), one.finished ? 0 : 1, 'an unfinished window is told');
        const step = (name) => page.locator(`[data-test="campaign-step"][data-step="${name}"] .count`).innerText();
        for (const name of ['assigned', 'sent', 'delivered', 'opened', 'clicked', 'bought']) check_equal(plain(await step(name)), count(one[name], lang), `${one.campaign}: ${name}`);
        check_equal(plain(await step('control')), count(one.control_bought, lang), `${one.campaign}: the control group's buyers`);
        const cost = await at(page, 'campaign-costs').locator('td').allInnerTexts();
        const rubles = (value) => money(value || 1e-9, 2, lang).slice(1);
        check_equal(cost.slice(0, 4).map(plain), [one.contact_cost, one.budget, one.point_cost, one.cost].map(rubles), `${one.campaign}: costs`);
        check_equal(plain(cost.at(-1)), romi_interval([one.romi, 0, 0], lang).value.replace('+', ''), `${one.campaign}: ROMI`);
        if (one.campaign === 305) await t.shot(page, `campaign 305 ${lang}`);
        await at(page, 'test-all').click();
        await at(page, 'campaign-list').waitFor();
      }
      for (const wanted of ['sales_impact more', 'sales_impact open', 'romi less', 'romi open']) check(readings.has(wanted), `no campaign of the demo says ${wanted}: ${[...readings]}`);
    });
  }

  await t.test('campaigns: without a control group nothing is claimed; a link without its day; one that is not there', {}, async (page, visit) => {
    await visit('tests?campaign=409&lang=ru');
    check((await at(page, 'campaign-no-control').innerText()).startsWith('Нет контрольной группы'), 'it is said');
    check_equal([await at(page, 'campaign-figure').count(), await page.locator('[data-step="control"]').count()], [0, 0], 'no effect, no control');
    const one = (await told(page)).get('409');
    check_equal(plain(await page.locator('[data-step="clicked"] .count').innerText()), count(one.clicked, 'ru'), 'the funnel is there');
    check(plain(await at(page, 'campaign-costs').innerText()).endsWith('– (нет контрольной группы)'), 'ROMI is a dash');
    await visit('tests?campaign=409&start=2025-03-03&lang=ru');
    check_equal(await page.locator('h1').innerText(), one.name, 'a day on which it did not start');
    await visit('tests?campaign=77777&lang=en');
    check((await at(page, 'campaign-unknown').innerText()).includes('no campaign of this number'), 'unknown');
    // Data without English names have their own.
    await page.route('**/api/v1/tables', async (route) => {
      const answer = await (await route.fetch()).json();
      const table = answer.tables.find((one) => one.name === 'campaigns');
      table.columns = table.columns.filter((column) => column.name !== 'name_en');
      await route.fulfill({ json: answer });
    });
    await visit('tests?campaign=409&lang=en');
    check_equal(await page.locator('h1').innerText(), one.name, 'the name of the data');
    await at(page, 'test-all').click();
    await at(page, 'campaign-list').waitFor();
  });

  await t.test('campaigns: ways to its customers, its report and its test, and back from the test', {}, async (page, visit) => {
    await visit('tests?campaign=305&start=2025-07-14&lang=en');
    const one = (await told(page)).get('305');
    check_equal(await at(page, 'campaign-test').count(), 0, 'no test yet');
    await page.locator('[data-step="clicked"] .count a').click();
    await page.locator('[data-test="report-table"]').waitFor();
    await page_settle(page);
    check((await page.locator('main').innerText()).includes(await shown_name(page, one.name)), 'the report of this campaign');
    check_equal(Object.fromEntries(new URL(page.url()).searchParams).customers, 'clicked', 'the customers of the step');
    await page.goBack();
    await page.locator('[data-test="campaign-report"][data-report="campaign_impact"]').click();
    await page.locator('[data-test="report-table"]').waitFor();
    check_equal([await page.locator('h1').innerText(), await page.locator('[data-test="report-table"] tbody tr').count()], ['Campaign impact', 1], 'this campaign alone');
    const definition = { id: 'coffee', name: { en: 'Coffee month', ru: 'Кофейный месяц' }, campaign: 305, members: { sql: 'SELECT customer, max(arm) AS arm FROM contacts WHERE campaign = 305 GROUP BY customer' }, arms: [{ id: 'control', share: 0.3, control: true }, { id: 'test', share: 0.7 }], start: '2025-07-14', end: '2025-08-10', primary: 'sales_per_customer' };
    const saved = await page.request.post(new URL('api/v1/experiments', page.url()).href, { data: definition });
    check_equal(saved.status(), 201, await saved.text());
    await visit('tests?campaign=305&start=2025-07-14&lang=ru');
    check_equal(plain(await at(page, 'campaign-test').innerText()), 'Тест кампании: Кофейный месяц', 'its test');
    await at(page, 'campaign-test').click();
    await at(page, 'test-verdict').waitFor();
    await page_settle(page);
    check_equal(plain(await at(page, 'test-split-arm').locator('td:nth-child(2)').first().innerText()), count(one.assigned_control, 'ru'), 'the groups of the campaign');
    await at(page, 'test-campaign').click();
    await at(page, 'campaign-funnel').waitFor();
    check_equal(await page.locator('h1').innerText(), one.name, 'and back');
    await page.request.delete(new URL('api/v1/experiments/coffee', page.url()).href);
  });

  await t.test('campaigns: loading, none, a model without them, one report that fails, all that fail and another try', { expected: PROVOKED }, async (page, visit) => {
    let release;
    const held = new Promise((resolve) => (release = resolve));
    await page.route('**/api/v1/reports/*/run', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(new URL('tests?view=campaigns&lang=en', t.base).href);
    await page.locator('main .bone').waitFor();
    check_equal(await page.locator('main').getAttribute('aria-busy'), 'true', 'busy');
    release();
    await at(page, 'campaign-list').waitFor();
    await page.unroute('**/api/v1/reports/*/run');
    const edited = async (edit) => {
      await page.route('**/api/v1/reports', async (route) => {
        const answer = await (await route.fetch()).json();
        answer.reports.forEach(edit);
        await route.fulfill({ json: answer });
      });
      await visit('tests?view=campaigns&lang=en');
      await page.unroute('**/api/v1/reports');
    };
    await edited((report) => REPORTS.includes(report.id) && Object.assign(report, { available: false, reason: 'there is no table "contacts"' }));
    check((await at(page, 'campaign-none').innerText()).includes('there is no table "contacts"'), 'a model without campaigns');
    await edited((report) => report.id === 'campaign_romi' && Object.assign(report, { available: false, reason: 'there is no table "points"' }));
    check((await page.getByRole('note').innerText()).includes('ROMI: there is no table "points"'), 'a report that is not there');
    check((await at(page, 'campaign-row').count()) > 10, 'the list all the same');
    const failed = { status: 504, json: { error: { code: 'timeout', message: 'the query took too long', path: null, position: null } } };
    await page.route('**/reports/campaign_impact/run', (route) => route.fulfill(failed));
    await visit('tests?view=campaigns&lang=en');
    check((await page.getByRole('note').innerText()).includes('Campaign impact: the query took too long'), 'one that fails');
    await page.route('**/reports/*/run', (route) => route.fulfill(failed));
    await visit('tests?view=campaigns&lang=en');
    check((await page.getByRole('alert').innerText()).includes('took too long'), 'all fail');
    await page.unroute('**/reports/*/run');
    await page.unroute('**/reports/campaign_impact/run');
    await page.getByRole('button', { name: 'Try again' }).or(page.getByRole('button', { name: 'Retry' })).click();
    await at(page, 'campaign-list').waitFor();
    await page.route('**/reports/*/run', async (route) => {
      const answer = await (await route.fetch()).json();
      await route.fulfill({ json: { ...answer, rows: [] } });
    });
    await visit('tests?view=campaigns&lang=ru');
    check((await at(page, 'campaign-none').innerText()).includes('не начиналось'), 'none in the last year');
  });

  for (const [lang, scheme, width] of [['en', 'light', 1280], ['ru', 'dark', 1280], ['ru', 'light', 390], ['en', 'dark', 390]]) {
    await t.test(`campaigns: axe and width, ${lang} ${scheme} ${width}`, { scheme, width, height: 900 }, async (page, visit) => {
      for (const path of ['tests?view=campaigns&', 'tests?campaign=305&start=2025-07-14&', 'tests?campaign=308&', 'tests?campaign=409&']) {
        await visit(`${path}lang=${lang}`);
        await axe_check(page, path);
        const [wide, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
        check(wide <= view, `${path}: the page is ${wide} px wide`);
        await t.shot(page, `${path} ${lang} ${scheme} ${width}`);
      }
    });
  }
}
