// The Reports pages: the catalogue and its search, a report and its values, charts, links, export, troubles.
import { readFileSync } from 'node:fs';
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check, number_read, own_name, picture_save, workbook_read } from './page_parts.mjs';
import { relay_start } from './relay.mjs';

const PROVOKED = [/Failed to load resource/, /^HTTP 40\d/];
const GONE = [/Failed to load resource/, /^HTTP 50\d/, /net::ERR_/];
const address = (report, values = {}, more = '') =>
  'reports?' + new URLSearchParams({ report, ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`p.${name}`, value])) }) + more;
const listed = (page) => page.locator('[data-test="report"]').evaluateAll((all) => all.map((one) => one.dataset.report));
const search = (page) => page.locator('[data-test="report-search"]');
const table = (page) => page.locator('[data-test="report-table"]');
const input = (page, name) => page.locator(`[data-parameter="${name}"]`).locator('input, select');
const said = (page, name) => page.locator(`[data-parameter="${name}"] p`);
const cells = (page) => table(page).locator('tbody tr').evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText)));

const api_reports = async (page) => (await (await page.request.get(new URL('api/v1/reports', page.url()).href)).json()).reports;
async function api_run(page, report, parameters = {}, more = {}) {
  const reply = await page.request.post(new URL(`api/v1/reports/${report}/run`, page.url()).href, { data: { parameters, language: await page.evaluate(() => document.documentElement.lang), ...more } });
  check(reply.ok(), `${report}: ${reply.status()} ${await reply.text()}`);
  return more.format === 'csv' ? reply.text() : reply.json();
}
/** The values of all runs that the page asks for from now on. */
function runs_record(page) {
  const runs = [];
  page.on('request', (request) => /\/reports\/\w+\/run$/.test(request.url()) && runs.push(JSON.parse(request.postData()).parameters));
  return runs;
}
async function fill(page, name, text) {
  await input(page, name).fill(text);
  await input(page, name).press('Enter');
  await page_settle(page);
}
/** The named columns of the table are those of the answer. */
async function table_check(page, answer, names, what) {
  const seen = await cells(page);
  check_equal(seen.length, answer.rows.length, `${what}: rows`);
  for (const name of names) {
    const at = answer.columns.findIndex((column) => column.name === name);
    const wanted = answer.rows.map((row) => row[at]);
    check_equal(seen.map((row) => (typeof wanted[0] === 'number' ? number_read(row[at]) : row[at])), wanted.map((value) => value ?? '–'), `${what}: ${name}`);
  }
}

export async function tests_reports(t) {
  await t.test('reports: the catalogue has all, in its groups, in both languages', {}, async (page, visit) => {
    await visit('?lang=en');
    await page.getByRole('link', { name: 'Reports' }).click();
    await page.locator('[data-test="report"]').first().waitFor();
    const reports = await api_reports(page);
    check_equal((await listed(page)).sort(), reports.map((r) => r.id).sort(), 'reports');
    check_equal(await page.locator('main h2').allInnerTexts(), ['Programme', 'Customers', 'Points and tiers', 'Campaigns', 'Products', 'Channel, time, store', 'Own reports'], 'groups');
    const retention = reports.find((r) => r.id === 'retention');
    const card = page.locator('[data-report="retention"]');
    check_equal([await card.locator('a').innerText(), await card.locator('p').innerText()], [retention.title.en, retention.definition.en], 'title and definition');
    await page.getByRole('button', { name: 'Русский' }).click();
    check_equal(await page.locator('main h2').allInnerTexts(), ['Программа', 'Клиенты', 'Баллы и уровни', 'Кампании', 'Товары', 'Канал, время, магазин', 'Свои отчёты'], 'groups');
    check((await card.innerText()).includes(retention.definition.ru), await card.innerText());
  });

  await t.test('reports: search, open by keyboard, the way back keeps what was found', {}, async (page, visit) => {
    await visit('reports?lang=en');
    const reports = await api_reports(page);
    await search(page).fill('rfm');
    check_equal((await listed(page)).sort(), reports.filter((r) => /rfm/i.test(r.id + r.title.en + r.title.ru + r.definition.en + r.definition.ru)).map((r) => r.id).sort(), 'rfm');
    await search(page).fill('доля баллов с каналом и зеброй');
    check((await page.locator('main').innerText()).includes('No report has all these words'), 'nothing found is said');
    await search(page).fill('МИГРАЦИЯ сегмент'); // the other language's words, in any case
    check_equal(await listed(page), ['rfm_migration'], 'two words');
    check_equal(await page.locator('[data-test="report-count"]').innerText(), '1 report', 'count');
    await search(page).press('Tab');
    await page.keyboard.press('Enter');
    await table(page).waitFor();
    check_equal(await page.locator('h1').innerText(), 'RFM migration', 'title');
    check_equal(await page.evaluate(() => document.activeElement.id), 'main', 'focus');
    await page.goBack();
    await search(page).waitFor();
    check_equal([await search(page).inputValue(), await listed(page)], ['МИГРАЦИЯ сегмент', ['rfm_migration']], 'after going back');
  });

  await t.test('reports: runs at once with the defaults, which stand in the address; the table is the answer', {}, async (page, visit) => {
    await visit('reports?lang=en');
    const league = (await api_reports(page)).find((r) => r.id === 'store_league');
    const runs = runs_record(page);
    await page.getByRole('link', { name: 'Store league' }).click();
    await table(page).waitFor();
    const params = new URL(page.url()).searchParams;
    for (const p of league.parameters) check_equal(params.get(`p.${p.name}`), p.type === 'members' || p.type === 'segment' ? null : p.default, `address: ${p.name}`);
    check_equal(runs.length, 1, 'runs');
    const answer = await api_run(page, 'store_league');
    await table_check(page, answer, ['name', 'sales', 'receipts', 'margin', 'sales_last_year'], 'store league');
    check_equal(await table(page).locator('thead th').allInnerTexts(), league.columns.map((c) => c.title.en), 'headings');
    const styles = await table(page).locator('tbody tr').nth(1).locator('td').evaluateAll((all) => all.map((one) => getComputedStyle(one).textAlign));
    check_equal(styles.map((s) => s === 'right'), league.columns.map((c) => c.format !== 'text'), 'numbers to the right');
    check_equal((await cells(page))[0][0], '–', 'NULL');
    await t.shot(page, 'report bar en light 1280');
  });

  await t.test('reports: cut to members that are picked; the address holds them, the way back takes them away', {}, async (page, visit) => {
    await visit(address('store_league', { first: '2025-11-01', last: '2025-11-30', by: 'store' }, '&lang=en'));
    const whole = await cells(page);
    const picker = page.locator('[data-parameter="stores"] button.opener');
    check_equal(await picker.innerText(), 'Stores:\nAll', 'nothing is picked');
    const names = whole.slice(1).map((row) => row[1]).sort();
    const [one, two] = [names[0], names.at(-1)];
    const own = (all) => Promise.all(all.map((name) => own_name(page, name)));
    await picker.press('Enter');
    await page.getByRole('treeitem').first().waitFor();
    for (const name of [one, two]) {
      await page.getByRole('combobox', { name: 'Search: Stores' }).fill(name);
      await page.keyboard.press('Enter');
      await page_settle(page);
    }
    await page.keyboard.press('Escape');
    check_equal(new URL(page.url()).searchParams.getAll('p.stores'), await own([one, two]), 'address: their own names');
    const values = { first: '2025-11-01', last: '2025-11-30', stores: await own([one, two]) };
    const answer = await api_run(page, 'store_league', values);
    check_equal(answer.rows.length, 3, 'two stores and the total');
    await table_check(page, answer, ['name', 'sales', 'receipts'], 'two stores');
    check((await page.locator('p.paper').textContent()).includes(`Stores: ${one}, ${two} · Channels: all`), 'on paper');
    await axe_check(page, 'report cut to stores');
    await picker.press('Enter');
    await page.getByRole('treeitem').first().waitFor();
    await t.shot(page, 'report members en light 1280');
    await page.keyboard.press('Escape');
    await page.goBack();
    await page.waitForFunction(() => !location.search.includes('p.stores'));
    await page_settle(page);
    check_equal(await cells(page), whole, 'all stores again');
  });
  await t.test('reports: what has no value is picked among members, alone and with another', {}, async (page, visit) => {
    const sql = async (condition) => {
      const asked = `SELECT count(*) FROM receipt_totals t LEFT JOIN customers c ON t.customer = c.customer WHERE t.purchase_lines > 0 AND t.date BETWEEN '2025-11-01' AND '2025-11-30' AND (${condition})`;
      return (await (await page.request.post(new URL('api/v1/sql', page.url()).href, { data: { sql: asked } })).json()).rows[0][0];
    };
    const receipts = async () => (await cells(page)).reduce((sum, row) => sum + number_read(row[1]), 0);
    for (const lang of ['en', 'ru']) {
      await visit(address('basket_sizes', { month: '2025-11' }, `&lang=${lang}`));
      const none = lang === 'ru' ? 'без значения' : 'no value', whole = await receipts();
      await page.locator('[data-parameter="genders"] button.opener').click();
      await page.getByRole('treeitem', { name: none }).click();
      await page_settle(page);
      check_equal(new URL(page.url()).searchParams.getAll('p.null'), ['genders'], 'address');
      const alone = await sql('c.gender IS NULL');
      check(alone > 0 && alone < whole, `${alone} of ${whole}: nothing was cut`);
      check_equal(await receipts(), alone, 'those without a gender');
      await page.getByRole('treeitem', { name: 'f', exact: true }).click();
      await page_settle(page);
      check_equal(await receipts(), await sql("c.gender IS NULL OR c.gender = 'f'"), 'and one more');
      await page.keyboard.press('Escape');
      check((await page.locator('p.paper').textContent()).includes(`f, ${none}`) || (await page.locator('p.paper').textContent()).includes(`${none}, f`), 'on paper');
      const own = await cells(page);
      await page.reload();
      await page_settle(page);
      check_equal(await cells(page), own, 'from the address');
      await axe_check(page, `no value among members, ${lang}`);
    }
  });
  await t.test('reports: a member that the data lack is told at its field', { expected: PROVOKED }, async (page, visit) => {
    await visit(address('store_league', { regions: 'Атлантида' }, '&lang=en'));
    check_equal(await page.locator('[data-test="report-fault"]').innerText(), 'Not run: a value above needs another form', 'not run');
    check((await said(page, 'regions').innerText()).includes('store.region has no member "Атлантида"'), await said(page, 'regions').innerText());
  });
  for (const [lang, theme, width] of [['en', 'dark', 390], ['ru', 'light', 390], ['ru', 'dark', 1280]])
    await t.test(`reports: picked members in ${lang}, ${theme}, ${width} wide`, { width, scheme: theme }, async (page, visit) => {
      await visit(address('returns_rate', {}, `&p.regions=Центр&p.regions=Сибирь&p.categories=Обувь&lang=${lang}`));
      check((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, 'no wider than the window');
      await axe_check(page, `members ${lang} ${theme} ${width}`);
      await page.locator('[data-parameter="regions"] button.opener').click();
      await page.getByRole('treeitem').first().waitFor();
      await axe_check(page, `members open ${lang} ${theme} ${width}`);
      await t.shot(page, `report members ${lang} ${theme} ${width}`);
    });

  await t.test('reports: another value runs it anew; back and forward go through the values', {}, async (page, visit) => {
    await visit(address('channel_mix', { first: '2025-12-01', last: '2025-12-31' }, '&lang=en'));
    const december = await cells(page);
    await fill(page, 'first', '1.11.2025');
    await fill(page, 'last', '30/11/2025');
    await table_check(page, await api_run(page, 'channel_mix', { first: '2025-11-01', last: '2025-11-30' }), ['name', 'receipts', 'sales', 'buyers'], 'November');
    check((await cells(page))[0][3] !== december[0][3], 'November has the numbers of December');
    check(page.url().includes('p.first=2025-11-01') && page.url().includes('p.last=2025-11-30'), page.url());
    await page.goBack();
    await page.goBack();
    await page.waitForFunction(() => document.querySelector('[data-parameter="first"] input').value === '01/12/2025');
    await page_settle(page);
    check_equal(await cells(page), december, 'December again');
    await page.goForward();
    await page.goForward();
    await page.waitForFunction(() => document.querySelector('[data-parameter="last"] input').value === '30/11/2025');
    await page_settle(page);
    check((await cells(page))[0][3] !== december[0][3], 'forward');
    await page.locator('[data-test="report-defaults"]').click();
    await page_settle(page);
    check_equal(await input(page, 'last').inputValue(), '31/12/2025', 'the default');
  });

  await t.test('reports: a link opens the report with its values, in the way of the language', {}, async (page, visit) => {
    await visit(address('store_league', { first: '2025-06-01', last: '2025-06-30', by: 'region' }, '&lang=ru'));
    check_equal([await input(page, 'first').inputValue(), await input(page, 'by').inputValue()], ['01.06.2025', 'region'], 'inputs');
    await table_check(page, await api_run(page, 'store_league', { first: '2025-06-01', last: '2025-06-30', by: 'region' }), ['sales', 'receipts'], 'June by region');
    check_equal((await cells(page))[0][1], 'всего', 'the word for the total');
    await input(page, 'by').selectOption('format');
    await page_settle(page);
    check(page.url().includes('p.by=format') && page.url().includes('lang=ru'), page.url());
    await table_check(page, await api_run(page, 'store_league', { first: '2025-06-01', last: '2025-06-30', by: 'format' }), ['receipts'], 'by format');
    await visit(address('abc_xyz', { first: '2025-01', last: '2025-06', a_share: '0.7' }, '&lang=ru'));
    check_equal([await input(page, 'first').inputValue(), await input(page, 'a_share').inputValue()], ['01.2025', '0,7'], 'month and number');
    await fill(page, 'a_share', '0,75');
    await fill(page, 'last', '07.2025');
    await table_check(page, await api_run(page, 'abc_xyz', { first: '2025-01', last: '2025-07', a_share: 0.75 }), ['articles', 'sales'], 'another share');
  });

  await t.test('reports: what cannot be a value is said at its input', { expected: PROVOKED }, async (page, visit) => {
    await visit(address('churn', { day: '2025-12-31' }, '&lang=en'));
    const runs = runs_record(page);
    await fill(page, 'day', '31/31/2025');
    check_equal(await said(page, 'day').innerText(), 'A date looks like 31/12/2025', 'date');
    check_equal(await input(page, 'day').getAttribute('aria-invalid'), 'true', 'marked');
    await fill(page, 'days', 'many');
    check_equal(await said(page, 'days').innerText(), 'A number looks like 0.5', 'number');
    check_equal(runs.length, 0, 'nothing was asked');
    check_equal(await page.locator('.answer.stale').count(), 1, 'the rows of the values before are dimmed');
    await fill(page, 'day', '31/12/2025');
    await fill(page, 'days', '60');
    check_equal([await said(page, 'day').innerText(), await said(page, 'days').innerText()], ['', ''], 'mended');
    check_equal(runs.at(-1).days, 60, 'the number asked');
    // A link's values are told by the server, with the place in the request.
    await page.goto(new URL(address('churn', { day: '2025-13-01' }), page.url()).href);
    await page.locator('[data-test="report-fault"]').waitFor();
    check((await said(page, 'day').innerText()).includes('"2025-13-01" (parameters.day)'), await said(page, 'day').innerText());
    check_equal(await table(page).count(), 0, 'no rows of other values');
    await axe_check(page, 'a fault at an input');
    await fill(page, 'day', '30/11/2025');
    await table(page).waitFor();
  });

  await t.test('reports: one that needs a value asks nothing before it has it', {}, async (page, visit) => {
    const runs = runs_record(page);
    await visit(address('product_cohort', {}, '&lang=en'));
    check((await page.locator('[data-test="report-missing"]').innerText()).includes('Subcategory'), 'what is missing');
    check_equal(runs.length, 0, 'runs');
    await fill(page, 'subcategory', 'Молоко');
    await table_check(page, await api_run(page, 'product_cohort', { subcategory: 'Молоко' }), ['since', 'members'], 'with it');
  });

  await t.test('reports: heat map, bridge, line say what the rows say', {}, async (page, visit) => {
    await visit(address('rfm', {}, '&lang=en'));
    const rfm = await api_run(page, 'rfm');
    const heat = await page.locator('[data-test="report-heat"] tbody tr').evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText)));
    const squares = rfm.rows.filter((row) => row[0] !== null);
    for (const [recency, fm, , members] of squares) check_equal(number_read(heat.find((row) => row[0] === String(recency))[fm]), members, `${recency} ${fm}`);
    check_equal(heat.length, new Set(squares.map((row) => row[0])).size, 'lines without the total');

    await visit(address('base_bridge', {}, '&lang=en'));
    const bridge = (await api_run(page, 'base_bridge')).rows;
    const bars = await page.locator('[data-test="report-bars"] li').evaluateAll((all) =>
      all.map((one) => {
        const { left, right } = one.querySelector('.fill').getBoundingClientRect();
        return { label: one.querySelector('.label').innerText, value: one.querySelector('.value').innerText, kind: one.className.split(' ')[0], left, right };
      })
    );
    check_equal(bars.map((b) => b.label), bridge.slice(0, 6).map((row) => row[0]), 'steps, without the remark');
    check_equal(bars.map((b) => number_read(b.value)), bridge.slice(0, 6).map((row) => row[1]), 'numbers');
    check_equal([bars[0].kind, bars[5].kind, bars[1].kind, bars[3].kind], ['whole', 'whole', 'up', 'down'], 'kinds');
    check(Math.abs(bars[1].left - bars[0].right) < 1.5 && Math.abs(bars[2].left - bars[1].right) < 1.5 && Math.abs(bars[3].right - bars[2].right) < 1.5, 'each step begins where the one before ended');
    check(Math.abs(bars[5].right - bars[3].left) < 2.5, 'the bridge closes');

    await visit(address('redemption_rate', {}, '&lang=en'));
    await page.locator('[data-kind="line"] canvas').waitFor();
    check_equal((await cells(page)).length, (await api_run(page, 'redemption_rate')).rows.length, 'rows');
  });

  await t.test('reports: every report opens in both languages', {}, async (page, visit) => {
    await visit('reports?lang=en');
    for (const report of await api_reports(page)) {
      const needed = Object.fromEntries(report.parameters.filter((p) => p.default === null).map((p) => [p.name, 'Молоко']));
      await visit(address(report.id, needed, '&lang=en'));
      check_equal(await page.locator('h1').innerText(), report.title.en, report.id);
      const rows = await table(page).locator('tbody tr').count();
      check(rows > 0, `${report.id}: no rows`);
      check_equal(await page.locator('[data-test="report-chart"]').count(), report.chart ? 1 : 0, `${report.id}: chart`);
      await page.getByRole('button', { name: 'Русский' }).click();
      await page_settle(page);
      check_equal(await page.locator('h1').innerText(), report.title.ru, report.id);
      check_equal(await table(page).locator('thead th').allInnerTexts(), report.columns.map((c) => c.title.ru), report.id);
      check_equal(await table(page).locator('tbody tr').count(), rows, `${report.id}: rows in Russian`);
    }
  });

  await t.test('reports: CSV is the server\'s, with the values that are seen', {}, async (page, visit) => {
    await visit(address('order_ladder', { day: '2025-06-30' }, '&lang=ru'));
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('[data-test="report-csv"]').click()]);
    check_equal(download.suggestedFilename(), 'order_ladder.csv', 'name');
    check_equal(readFileSync(await download.path(), 'utf8'), await api_run(page, 'order_ladder', { day: '2025-06-30' }, { format: 'csv' }), 'content');
  });

  await t.test('reports: XLSX has the rows that are seen, under the titles of the language', {}, async (page, visit) => {
    await visit(address('order_ladder', { day: '2025-06-30' }, '&lang=ru'));
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('[data-test="report-xlsx"]').click()]);
    check_equal(download.suggestedFilename(), 'order_ladder.xlsx', 'name');
    const [rows, about] = workbook_read(await download.path());
    const answer = await api_run(page, 'order_ladder', { day: '2025-06-30' });
    const { columns, title } = (await api_reports(page)).find(({ id }) => id === 'order_ladder');
    check_equal(rows.rows.map((row) => row.map(({ value }) => value)), [columns.map((column) => column.title.ru), ...answer.rows.map((row) => row.map((cell) => (cell === null ? null : String(cell))))], 'rows');
    check_equal(about.rows[0][0].value, title.ru, 'title');
  });

  await t.test('reports: bars, a bridge, a heat map and a line are saved as PNG', {}, async (page, visit) => {
    const kinds = { base_bridge: ['--bar', '--c1', '--c2'], rfm: ['--h0', '--h6'], redemption_rate: ['--accent'] };
    for (const [report, tones] of Object.entries(kinds)) {
      await visit(address(report, {}, '&lang=ru'));
      const file = await picture_save(page, page.locator('[data-test="report-png"]'), ['--text', ...tones], { artifacts: t.artifacts, name: `png_${report}` });
      check_equal([file.name, file.width], [`${report}.png`, 1920], report);
      check(file.height > 400, `${report}: ${file.height} pixels high`);
      for (const [tone, count] of Object.entries(file.tones)) check(count > 100, `${report}: ${count} pixels of ${tone}`);
    }
  });

  await t.test('reports: the link can be copied; the window has the name of the report', {}, async (page, visit) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await visit(address('kpi', {}, '&lang=ru'));
    await page.locator('[data-test="report-link"]').click();
    await page.getByText('Скопировано').waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    check(link.includes('report=kpi') && /p\.first=\d{4}-\d\d-\d\d/.test(link) && link.includes('p.last='), link);
    check((await page.title()).startsWith('Ключевые показатели · '), await page.title());
    await page.getByRole('link', { name: 'Все отчёты' }).click();
    await search(page).waitFor();
    check((await page.title()).startsWith('Отчёты · '), await page.title());
  });

  await t.test('reports: on paper it is white, without buttons, with its values and all rows', { scheme: 'dark' }, async (page, visit) => {
    await visit(address('point_bank', { first: '2025-01', last: '2025-12' }, '&lang=en'));
    await page.locator('canvas').waitFor();
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    const pixels = () => page.locator('canvas').evaluate((canvas) => canvas.toDataURL());
    const dark = await pixels();
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    await page.emulateMedia({ media: 'print' });
    check_equal(await theme(), 'light', 'theme');
    check((await pixels()) !== dark, 'the chart is drawn as in the dark theme');
    check_equal(await page.locator('button:visible').count(), 0, 'buttons');
    check_equal(await page.locator('nav:visible, form:visible').count(), 0, 'navigation and inputs');
    check((await page.locator('main').innerText()).includes('From: 01/2025 · To: 12/2025'), await page.locator('main').innerText());
    check(await table(page).locator('..').evaluate((box) => box.scrollHeight <= box.clientHeight), 'rows are cut off');
    await t.shot(page, 'report on paper');
    await page.emulateMedia({ media: 'screen' });
    await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
    check_equal(await theme(), 'dark', 'theme afterwards');
    check_equal(await pixels(), dark, 'the chart afterwards');
    await visit(address('retention', {}, '&lang=en'));
    const { rows } = await api_run(page, 'retention');
    check((await cells(page)).length < rows.length, 'not all rows at once on the screen');
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    check_equal((await cells(page)).length, rows.length, 'rows on paper');
  });

  await t.test('reports: what the data do not allow is listed with its reason, and not run', {}, async (page, visit) => {
    await page.route('**/api/v1/reports', async (route) => {
      const reply = await route.fetch();
      const body = await reply.json();
      Object.assign(body.reports.find((r) => r.id === 'liability'), { available: false, reason: 'there is no table points' });
      await route.fulfill({ response: reply, json: body });
    });
    await visit('reports?lang=en');
    const card = page.locator('[data-report="liability"]');
    check((await card.innerText()).includes('there is no table points'), await card.innerText());
    check_equal(await card.locator('a').count(), 0, 'links');
    await axe_check(page, 'one that is not available');
    const runs = runs_record(page);
    await visit(address('liability', {}, '&lang=ru'));
    check((await page.locator('[data-test="report-reason"]').innerText()).includes('there is no table points'), 'the reason');
    check_equal(runs.length, 0, 'runs');
    await visit(address('no-such', {}, '&lang=ru'));
    check((await page.locator('main').innerText()).includes('Такого отчёта нет: no-such'), 'an unknown id');
  });

  await t.test('reports: an error says what and can be tried again; no rows are said', { expected: [/Failed to load resource/, /^HTTP 500/] }, async (page, visit) => {
    let broken = true;
    await page.route('**/api/v1/reports/kpi/run', async (route) => {
      if (broken) return route.fulfill({ status: 500, json: { error: { code: 'internal', message: 'the memory is tired', path: null, position: null } } });
      const reply = await route.fetch();
      await route.fulfill({ response: reply, json: { ...(await reply.json()), rows: [] } });
    });
    await visit(address('kpi', {}, '&lang=en'));
    check((await page.getByRole('alert').innerText()).includes('the memory is tired'), await page.getByRole('alert').innerText());
    broken = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('[data-test="report-empty"]').waitFor();
    await page.unroute('**/api/v1/reports/kpi/run');
    await page.reload();
    await table(page).waitFor();
  });

  const relay = await relay_start(t.base);
  await t.test('reports: the server goes: the rows stay; it returns: they are asked again', { expected: GONE, base: relay.url }, async (page, visit) => {
    await page.clock.install();
    await visit(address('channel_mix', { first: '2025-12-01', last: '2025-12-31' }, '&lang=en'));
    const seen = await cells(page);
    await relay.down();
    await page.clock.runFor(61_000);
    await page.locator('[data-test="gone"] p').waitFor();
    check_equal(await cells(page), seen, 'the rows of then');
    await input(page, 'first').fill('01/11/2025');
    await input(page, 'first').press('Enter');
    await page.getByRole('alert').waitFor();
    check_equal(await table(page).count(), 0, 'rows of other values');
    await relay.up();
    await page.clock.runFor(11_000);
    await page.locator('[data-test="gone"] p').waitFor({ state: 'detached' });
    await table(page).waitFor();
    check(JSON.stringify(await cells(page)) !== JSON.stringify(seen), 'the rows are those of the other days');
  });
  await relay.close();

  for (const [scheme, width, lang] of [['light', 1280, 'ru'], ['dark', 1280, 'en'], ['light', 390, 'en'], ['dark', 390, 'ru']]) {
    await t.test(`reports: looks and axe, ${scheme} ${width} ${lang}`, { scheme, width }, async (page, visit) => {
      for (const report of ['', 'kpi', 'churn', 'point_bank', 'rfm_migration', 'driver_tree']) {
        await visit(report ? address(report, {}, `&lang=${lang}`) : `reports?lang=${lang}`);
        if (report === 'point_bank') await page.locator('canvas').waitFor();
        await t.shot(page, `reports ${report} ${lang} ${scheme} ${width}`);
        await axe_check(page, report || 'catalogue');
        check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${report || 'catalogue'}: the page is wider than the window`);
      }
    });
  }
}
