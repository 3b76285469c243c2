// What a manager does on Monday: who left the champions, whether the base bridge closes, whether a campaign paid back,
// the same numbers in the file, a report of one's own; and what stands behind a report's figures.
import { readFileSync } from 'node:fs';
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check, number_read, workbook_read, shown_name } from './page_parts.mjs';

const LOOKS = [['en', 'light', 1280], ['ru', 'dark', 1280], ['ru', 'light', 390], ['en', 'dark', 390]];
const table = (page) => page.locator('[data-test="report-table"]');
const figure = (page, ...texts) => texts.reduce((rows, text) => rows.filter({ has: page.getByRole('cell', { name: text, exact: true }) }), table(page).locator('tbody tr')).first().locator('[data-test="report-figure"]');
const customers = (page) => page.locator('[data-test="report-customers"]');
const keys = (page) => customers(page).locator('li a').allInnerTexts();
const api = async (page, path, data) => (await (await page.request.post(new URL(`api/v1/${path}`, page.url()).href, { data })).json());
const input = (page, name) => page.locator(`[data-parameter="${name}"]`).locator('input, select');
async function fill(page, name, text) {
  await input(page, name).fill(text);
  await input(page, name).press('Enter');
  await page_settle(page);
}
async function report_open(page, visit, lang, search, title) {
  await visit(`reports?lang=${lang}`);
  await page.locator('[data-test="report-search"]').fill(search);
  await page.getByRole('link', { name: title, exact: true }).click();
  await table(page).waitFor();
  await page_settle(page);
}
async function look(t, page, name, width) {
  check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name}: the page is wider than ${width}`);
  await axe_check(page, name);
  await t.shot(page, name);
}

export async function tests_reports_story(t) {
  for (const [lang, scheme, width] of LOOKS) {
    const ru = lang === 'ru';
    const name = `${lang} ${scheme} ${width}`;
    await t.test(`reports story: who left the champions, ${name}`, { scheme, width }, async (page, visit) => {
      await report_open(page, visit, lang, ru ? 'миграция' : 'migration', ru ? 'Миграция RFM-сегментов' : 'RFM migration');
      await fill(page, 'earlier', ru ? '31.10.2025' : '31/10/2025');
      await fill(page, 'later', ru ? '31.12.2025' : '31/12/2025');
      const row = { segment_before: 'champions', segment_after: 'left it' };
      const link = figure(page, ru ? 'чемпионы' : 'champions', ru ? 'ушли из сегмента' : 'left it');
      const count = number_read(await link.innerText());
      const parameters = { earlier: '2025-10-31', later: '2025-12-31' };
      const answer = await api(page, 'reports/rfm_migration/run', { parameters });
      check_equal(count, answer.rows.find(([a, b]) => a === row.segment_before && b === row.segment_after)[2], 'the figure');
      await link.click();
      await customers(page).locator('li').first().waitFor();
      check_equal(number_read(await page.locator('[data-test="report-customers-count"]').innerText()), count, 'the same number');
      const behind = (await api(page, 'reports/rfm_migration/customers', { parameters, column: 'members', row })).rows.map(([key]) => String(key));
      check_equal([behind.length, await keys(page)], [count, behind.slice(0, 200)], 'customers');
      check((await customers(page).locator('h2').innerText()).includes(ru ? 'чемпионы · ушли из сегмента' : 'champions · left it'), await customers(page).locator('h2').innerText());
      check(await customers(page).locator('h2').evaluate((one) => document.activeElement === one), 'the focus is at the customers');
      await look(t, page, `story champions ${name}`, width);
      const [download] = await Promise.all([page.waitForEvent('download'), page.locator('[data-test="report-customers-csv"]').click()]);
      check_equal(readFileSync(await download.path(), 'utf8').trim().split(/\r?\n/).slice(1), behind, 'all of them in the CSV');
      const link_here = page.url();
      await customers(page).locator('li a').first().click();
      await page.locator('[data-test="card-receipts"]').waitFor();
      check((await page.locator('[data-test="card"] h1').innerText()).endsWith(` ${behind[0]}`), 'the card of the first');
      await page.goBack();
      await customers(page).locator('li').first().waitFor();
      check_equal(page.url(), link_here, 'the way back');
      await page.reload();
      await customers(page).locator('li').first().waitFor();
      check_equal(await keys(page), behind.slice(0, 200), 'a link shows them');
      await page.locator('[data-test="report-customers-close"]').click();
      check_equal([await customers(page).count(), page.url().includes('customers=')], [0, false], 'closed');
    });

    await t.test(`reports story: the base bridge closes, ${name}`, { scheme, width }, async (page, visit) => {
      await report_open(page, visit, lang, ru ? 'движение базы' : 'bridge', ru ? 'Движение базы' : 'Base bridge');
      const lines = await table(page).locator('tbody tr').evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText)));
      const [opening, ...rest] = lines.map(([, members]) => number_read(members));
      check_equal(rest.slice(0, 4).reduce((sum, members) => sum + members, opening), rest[4], 'opening + new + reactivated - lapsed - removed = closing');
      await look(t, page, `story bridge ${name}`, width);
      await figure(page, ru ? 'ушедшие' : 'lapsed').click();
      await customers(page).locator('li').first().waitFor();
      check_equal((await keys(page)).length, Math.min(200, -rest[2]), 'who lapsed');
    });

    await t.test(`reports story: whether a campaign paid back, in one screen, ${name}`, { scheme, width }, async (page, visit) => {
      await report_open(page, visit, lang, 'romi', ru ? 'Окупаемость маркетинга (ROMI)' : 'ROMI');
      const campaign = 'Кофейный месяц';
      const called = await shown_name(page, campaign);
      const bar = page.locator('[data-test="report-bars"] li').filter({ hasText: called });
      const { rows, columns } = await api(page, 'reports/campaign_romi/run', {});
      const romi = rows.find((row) => row[1] === campaign)[columns.findIndex((column) => column.name === 'romi')];
      check(Math.abs(number_read(await bar.locator('.value').innerText()) - Number(romi) * 100) < 0.051, 'the bar');
      const row = table(page).locator('tbody tr').filter({ hasText: called });
      check(Math.abs(number_read(await row.locator('td').nth(5).innerText()) - Number(romi) * 100) < 0.051, 'the row');
      // the bar is on the first screen of a desk, with its number
      if (width === 1280) check((await bar.boundingBox()).y < 900, 'without scrolling');
      await look(t, page, `story romi ${name}`, width);
    });
  }

  await t.test('reports story: the file has the numbers that are seen', {}, async (page, visit) => {
    await report_open(page, visit, 'en', 'bridge', 'Base bridge');
    const seen = await table(page).locator('tbody tr').evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText)));
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('[data-test="report-xlsx"]').click()]);
    const [rows] = workbook_read(await download.path());
    check_equal(rows.rows.slice(1).map(([line, members]) => [line.value, Number(members.value)]), seen.map(([line, members]) => [line, number_read(members)]), 'rows');
  });

  await t.test("reports story: a report of one's own is a file of the folder", {}, async (page, visit) => {
    await visit('reports?lang=ru');
    const group = page.locator('[data-test="report-group"][data-group="own"]');
    check((await group.innerText()).includes('Размеры корзин'), await group.innerText());
    await group.getByRole('link', { name: 'Размеры корзин' }).click();
    await table(page).waitFor();
    const { rows } = await api(page, 'reports/basket_sizes/run', {});
    check_equal(await table(page).locator('tbody tr td:nth-child(2)').evaluateAll((all) => all.map((one) => Number(one.innerText.replace(/\s/g, '')))), rows.map((row) => row[1]), 'its numbers');
    await figure(page, '10').click();
    await customers(page).locator('li').first().waitFor();
    check_equal(number_read(await page.locator('[data-test="report-customers-count"]').innerText()), rows.at(-1)[2], 'its buyers');
  });

  await t.test('reports: cut to the customers of a kept segment', {}, async (page, visit) => {
    await visit('reports?lang=en');
    const door = new URL('api/v1/segments', page.url()).href;
    const id = `story-${Date.now()}`;
    check_equal((await page.request.post(door, { data: { id, name: 'Women of the story', definition: { level: 'customer.gender', in: ['f'] } } })).status(), 201, 'saved');
    try {
      await visit('reports?report=channel_mix&lang=en');
      check_equal([await input(page, 'segment').inputValue(), new URL(page.url()).searchParams.has('p.segment')], ['', false], 'everybody at first');
      await input(page, 'segment').selectOption({ label: 'Women of the story' });
      await page_settle(page);
      check_equal(new URL(page.url()).searchParams.get('p.segment'), id, 'in the address');
      const { rows } = await api(page, 'reports/channel_mix/run', { parameters: { segment: id } });
      const seen = await table(page).locator('tbody tr').evaluateAll((all) => all.map((row) => [row.cells[3].innerText, row.cells[7].innerText]));
      check_equal(seen.map((row) => row.map(number_read)), rows.map((row) => [row[3], row[7]]), 'receipts and buyers of the segment');
      check_equal(await page.locator('[data-test="report-rows"]').count(), 0, 'Explore cannot ask for these rows');
      check((await page.locator('p.paper').textContent()).includes(`Customers: ${id}`), 'on paper');
      await figure(page, 'total').click();
      await customers(page).locator('li').first().waitFor();
      check_equal(number_read(await page.locator('[data-test="report-customers-count"]').innerText()), rows[0][7], 'the buyers of the segment');
      await look(t, page, 'report of a segment', 1280);
      await input(page, 'segment').selectOption('');
      await page_settle(page);
      check(!page.url().includes('p.segment'), 'everybody again');
    } finally {
      await page.request.delete(`${door}/${id}`);
    }
  });

  await t.test('reports drill: from a row to its rows in Explore, with the same figures', {}, async (page, visit) => {
    const cases = [
      ['store_league', { first: '2025-11-01', last: '2025-11-30', by: 'region' }, ['sales', 'receipts', 'buyers', 'margin'], 2],
      ['store_league', { first: '2025-11-01', last: '2025-11-30', by: 'store', channels: ['Магазин'] }, ['sales', 'receipts', 'buyers', 'margin'], 3],
      ['channel_mix', { first: '2025-10-01', last: '2025-12-31', regions: ['Центр', 'Сибирь'] }, ['sales', 'receipts', 'buyers'], 1],
      ['returns_rate', { by: 'category' }, ['returned'], 1],
      ['points_trend', {}, ['accrued', 'redeemed', 'expired', 'manual', 'reversed'], 4]
    ];
    for (const [report, parameters, names, at] of cases) {
      const search = new URLSearchParams({ report, lang: 'en' });
      for (const [key, value] of Object.entries(parameters)) for (const one of [value].flat()) search.append(`p.${key}`, one);
      await visit(`reports?${search}`);
      await table(page).waitFor();
      const { rows, columns } = await api(page, `reports/${report}/run`, { parameters });
      const line = table(page).locator('tbody tr').nth(at);
      const link = line.locator('[data-test="report-rows"]');
      check_equal(await table(page).locator('tbody tr').first().locator('[data-test="report-rows"]').count(), 0, `${report}: a total leads nowhere`);
      await link.click();
      await page.locator('[data-test="pivot-total"]').waitFor();
      await page_settle(page);
      const totals = await page.locator('[data-test="pivot-total"] td').allInnerTexts();
      const wanted = names.map((name) => Math.abs(Number(rows[at][columns.findIndex((column) => column.name === name)])));
      check_equal(totals.length, wanted.length, `${report}: measures`);
      totals.forEach((text, i) => check(Math.abs(Math.abs(number_read(text)) - wanted[i]) <= 0.5, `${report} ${names[i]}: ${text}, not ${wanted[i]}`));
    }
  });

  await t.test('reports drill: customers as the segment that they are; not with another window', {}, async (page, visit) => {
    await visit('reports?report=rfm_profile&p.day=2025-06-30&lang=en');
    const link = figure(page, 'loyal');
    const count = number_read(await link.innerText());
    await link.click();
    await page.locator('[data-test="report-segment"]').click();
    await page.locator('[data-test="seg-size"]').waitFor();
    await page_settle(page);
    const params = new URL(page.url()).searchParams;
    check_equal([params.get('as_of'), JSON.parse(params.get('rules'))], ['2025-06-30', { all: [{ attribute: 'rfm_group', in: ['loyal'] }] }], 'rules');
    check_equal((await api(page, 'segments/preview', { definition: JSON.parse(params.get('rules')), as_of: '2025-06-30' })).size, count, 'as many');
    await visit('reports?report=rfm_profile&p.day=2025-06-30&p.days=90&lang=en');
    await figure(page, 'loyal').click();
    await customers(page).locator('li').first().waitFor();
    check_equal(await page.locator('[data-test="report-segment"]').count(), 0, 'the model scores 365 days');
  });

  await t.test('reports drill: customers that cannot be had are told, and asked again', { expected: [/Failed to load resource/, /^HTTP 500/] }, async (page, visit) => {
    let broken = true;
    await page.route('**/api/v1/reports/base_status/customers', (route) =>
      broken ? route.fulfill({ status: 500, json: { error: { code: 'internal', message: 'the list is lost', path: null, position: null } } }) : route.continue());
    await visit('reports?report=base_status&lang=en');
    await figure(page, 'active').click();
    check((await customers(page).getByRole('alert').innerText()).includes('the list is lost'), 'the error');
    broken = false;
    await customers(page).getByRole('button', { name: 'Try again' }).click();
    await customers(page).locator('li').first().waitFor();
  });
}
