// The pivot: every figure against the API, fields put by mouse and by keyboard, drilling, order, links, troubles, looks.
import { readFileSync } from 'node:fs';
import { check, check_equal, page_settle } from './harness.mjs';
import { answers_change, api_query, axe_check, number_read, opener, own_name, own_names, picture_save, shown_name, queries_record, workbook_read } from './page_parts.mjs';
import { relay_start } from './relay.mjs';

const PROVOKED = [/Failed to load resource/, /^HTTP 50\d/];
const QUERY = '**/api/v1/query';
const at = (page, test) => page.locator(`[data-test="${test}"]`);
const lines = (page) => at(page, 'pivot-line');
const params = (page) => new URL(page.url()).searchParams;
const address = (words) => 'explore?' + new URLSearchParams(words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]));
const MONTH = { from: '2025-12-01', to: '2025-12-31' };

const name_of = async (line) => own_name(line.page(), await line.locator('.text').innerText());
const cells_of = async (line) => (await line.locator('td').allInnerTexts()).map((text) => text.replace(/ ?\((better|worse)\)/, '').trim());
const table_of = async (page) => {
  const all = [];
  for (const line of await lines(page).all()) all.push([await name_of(line), ...(await cells_of(line))]);
  return all;
};
const total_of = (page) => cells_of(at(page, 'pivot-total'));
/** A figure as the page writes it: money without kopecks where it is large. */
const close = (text, value, what) => check(Math.abs(number_read(text) - value) <= 0.5 && /\d/.test(text), `${what}: "${text}" is not ${value}`);
const choose = async (page, field, action) => {
  await at(page, `pivot-field-${field}`).click();
  await page.getByRole('option', { name: action }).click();
  await page_settle(page);
};

/** `workbooks`: the server writes them, the mock does not. `foreign`: a server with another model, or null. */
export async function tests_explore(t, workbooks, foreign) {
  await t.test('explore: opened as it is, figures, changes and the total are the server\'s', {}, async (page, visit) => {
    await visit('explore?period=2025-12-01..2025-12-31');
    const [first] = await at(page, 'pivot-rows').locator('.name').allInnerTexts();
    check_equal(first, 'Region', 'rows');
    const answer = await api_query(page, { measures: ['sales.revenue', 'sales.units'], dimensions: ['store.region'], period: MONTH, compare: 'previous', totals: true, order: [{ by: 'sales.revenue', desc: true }] });
    const table = await table_of(page);
    check_equal(table.map((row) => row[0]), answer.rows.map((row) => row[0]), 'regions, the largest first');
    for (const [i, [, revenue, change, units]] of table.entries()) {
      close(revenue, answer.rows[i][1], table[i][0]);
      check(Math.abs(number_read(change) - answer.rows[i][3]) < 0.051, `${change} is not ${answer.rows[i][3]}`);
      close(units, answer.rows[i][4], table[i][0]);
    }
    close((await total_of(page))[0], answer.totals[1], 'total');
    await page.getByRole('link', { name: 'Overview' }).click();
    await page_settle(page);
    check_equal(params(page).get('period'), '2025-12-01..2025-12-31', 'the period goes along');
  });

  await t.test('explore: a subtotal of distinct customers is asked, not summed', {}, async (page, visit) => {
    await visit(address(['cube=sales', 'row=product.category', 'row=product.subcategory', 'show=sales.buyers', 'versus=none', 'period=2025-12-01..2025-12-31']));
    const of = async (dimensions) => (await api_query(page, { measures: ['sales.buyers'], dimensions, period: MONTH })).rows;
    const outer = new Map(await of(['product.category']));
    const inner = await of(['product.category', 'product.subcategory']);
    const [[all]] = await of([]);
    let category = '';
    let below = 0;
    let above = 0;
    for (const [name, buyers] of await table_of(page)) {
      if (outer.has(name) && !(category && inner.some((row) => row[0] === category && row[1] === name))) {
        category = name;
        check_equal(number_read(buyers), outer.get(name), name);
        above += outer.get(name);
      } else {
        const row = inner.find((one) => one[0] === category && one[1] === name);
        check(row, `${category}: ${name}`);
        check_equal(number_read(buyers), row[2], `${category}: ${name}`);
        below += row[2];
      }
    }
    check_equal(number_read((await total_of(page))[0]), all, 'total');
    check(below > above && above > all, `sums ${below}, ${above} and total ${all} do not differ: nothing was tested`);
  });

  await t.test('explore: rows without a value are chosen as a filter, and the chip says so', {}, async (page, visit) => {
    await visit(address(['cube=receipts', 'row=store.region', 'show=receipts.count', 'filter=customer.gender', 'period=2025-12-01..2025-12-31', 'lang=en']));
    const count = async (filter) => (await api_query(page, { measures: ['receipts.count'], filters: [filter], period: MONTH })).rows[0][0];
    const total = async () => number_read((await total_of(page))[0]);
    const none = { level: 'customer.gender', null: true };
    await opener(page, 'filter-customer').click();
    await page.getByRole('treeitem').first().waitFor();
    check_equal((await page.getByRole('treeitem').allInnerTexts()).at(-1).trim(), 'no value', 'the last choice');
    await page.getByRole('combobox', { name: 'Search' }).fill('no val');
    await page.keyboard.press('Enter');
    await page_settle(page);
    await page.keyboard.press('Escape');
    check_equal([params(page).getAll('null'), params(page).getAll('customer.gender')], [['customer.gender'], []], 'address');
    check((await opener(page, 'filter-customer').innerText()).includes('no value'), await opener(page, 'filter-customer').innerText());
    const alone = await count(none);
    check(alone > 0, 'nothing is without a value: nothing was tested');
    check_equal(await total(), alone, 'those alone');
    await t.shot(page, 'explore no value en light 1280');
    // With a value beside it, in Russian, from the address.
    await visit(page.url().replace(t.base, '').replace('lang=en', 'lang=ru') + '&customer.gender=f');
    check_equal(await total(), await count({ any: [none, { level: 'customer.gender', in: ['f'] }] }), 'with another value');
    check((await opener(page, 'filter-customer').innerText()).includes('без значения'), await opener(page, 'filter-customer').innerText());
    await opener(page, 'filter-customer').click();
    await page.getByRole('treeitem').first().waitFor();
    check_equal(await page.getByRole('treeitem', { selected: true }).count(), 2, 'ticks');
    await axe_check(page, 'a choice without a value');
    await page.getByRole('treeitem', { name: 'без значения' }).click();
    await page_settle(page);
    check_equal(params(page).getAll('null'), [], 'address after unticking');
    check_equal(await total(), await count({ level: 'customer.gender', in: ['f'] }), 'the other value alone');
    // The funnel of the line.
    await visit(address(['cube=receipts', 'row=customer.gender', 'show=receipts.count', 'period=2025-12-01..2025-12-31', 'lang=en']));
    await page.getByRole('button', { name: 'Show this alone: no value' }).click();
    await page_settle(page);
    check_equal(await total(), alone, 'by the funnel');
    check_equal(await lines(page).count(), 1, 'lines');
  });

  await t.test('explore: years are written as years', {}, async (page, visit) => {
    for (const lang of ['en', 'ru']) {
      await visit(address(['cube=receipts', 'row=date.year', 'show=receipts.count', 'period=2023-01-01..2025-12-31', `lang=${lang}`]));
      check_equal((await table_of(page)).map(([name]) => name), ['2023', '2024', '2025'], lang);
    }
  });

  await t.test('explore: levels and measures dragged to columns, to rows before another, and to filters', {}, async (page, visit) => {
    await visit(address(['cube=sales', 'row=store.region', 'show=sales.revenue', 'period=2025-12-01..2025-12-31']));
    await at(page, 'pivot-list-channel.channel').dragTo(at(page, 'pivot-columns'));
    await page_settle(page);
    check_equal(params(page).getAll('col'), ['channel.channel'], 'columns');
    const answer = await api_query(page, { measures: ['sales.revenue'], dimensions: ['store.region', 'channel.channel'], period: MONTH });
    const heads = await Promise.all((await at(page, 'pivot-table').locator('thead tr').first().locator('th').allInnerTexts()).map((text) => own_name(page, text)));
    check_equal(heads.at(-1), 'Total', 'the last column');
    for (const [name, ...cells] of await table_of(page)) {
      for (const [h, head] of heads.slice(0, -1).entries()) {
        const row = answer.rows.find((one) => one[0] === name && one[1] === head);
        if (row?.[2] != null) close(cells[2 * h], row[2], `${name}, ${head}`);
        else check_equal(cells[2 * h], '–', `${name}, ${head}`);
      }
    }
    await at(page, 'pivot-list-sales.units').dragTo(at(page, 'pivot-measures'));
    await page_settle(page);
    check_equal(params(page).getAll('show'), ['sales.revenue', 'sales.units'], 'measures');
    await at(page, 'pivot-list-store.format').dragTo(at(page, 'pivot-rows').locator('.chip').first());
    await page_settle(page);
    check_equal(params(page).getAll('row'), ['store.format', 'store.region'], 'rows');
    await at(page, 'pivot-list-sales.margin').dragTo(at(page, 'pivot-rows'));
    check_equal(params(page).getAll('row'), ['store.format', 'store.region'], 'a measure is no row');
    await at(page, 'pivot-list-date.weekday').dragTo(at(page, 'pivot-filters'));
    await page_settle(page);
    check_equal(params(page).getAll('filter'), ['date.weekday'], 'filters');
    await at(page, 'filter-date').click();
    await page.getByRole('treeitem').first().click();
    await page_settle(page);
    const weekday = Number(params(page).get('date.weekday'));
    check((await at(page, 'filter-date').innerText()).includes(['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'][weekday - 1]), await at(page, 'filter-date').innerText());
    const one = await api_query(page, { measures: ['sales.units'], filters: [{ level: 'date.weekday', in: [weekday] }], period: MONTH });
    close((await total_of(page)).at(-2), one.rows[0][0], 'total of that weekday');
  });

  await t.test('explore: by keyboard alone: a level added, moved, taken away', {}, async (page, visit) => {
    await visit(address(['cube=sales', 'row=store.region', 'show=sales.revenue', 'period=90d']));
    await opener(page, 'pivot-add-columns').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('mont');
    await page.keyboard.press('Enter');
    await page_settle(page);
    check_equal(params(page).getAll('col'), ['date.month'], 'columns');
    check((await at(page, 'pivot-table').locator('thead th').allInnerTexts()).some((text) => /^Nov 2025$/.test(text)), 'months by name');
    await opener(page, 'pivot-field-date.month').focus();
    await page.keyboard.press('Enter');
    for (let i = 0; i < 9 && !/rows/.test(await page.locator('[role="option"].at').innerText()); i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page_settle(page);
    check_equal([params(page).getAll('row'), params(page).getAll('col')], [['store.region', 'date.month'], []], 'moved');
    await opener(page, 'pivot-field-store.region').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page_settle(page);
    check_equal(params(page).getAll('row'), ['date.month'], 'taken away');
    check_equal((await table_of(page)).map((row) => row[0]), ['Oct 2025', 'Nov 2025', 'Dec 2025'], 'months in their course');
  });

  await t.test('explore: drilled down to cities of one region, up again, and back', {}, async (page, visit) => {
    await visit(address(['cube=sales', 'row=store.region', 'show=sales.revenue', 'versus=none', 'period=2025-12-01..2025-12-31']));
    const regions = await table_of(page);
    const [region] = regions[1];
    const asked = queries_record(page);
    await lines(page).nth(1).getByRole('button', { name: /Drill down to City/ }).click();
    await page_settle(page);
    const cities = await api_query(page, { measures: ['sales.revenue'], dimensions: ['store.city'], filters: [{ level: 'store.region', in: [region] }], period: MONTH, order: [{ by: 'sales.revenue', desc: true }] });
    const table = await table_of(page);
    check_equal(table.map((row) => row[0]), [regions[0][0], region, ...cities.rows.map((row) => row[0]), ...regions.slice(2).map((row) => row[0])], 'lines');
    for (const [i, row] of cities.rows.entries()) close(table[2 + i][1], row[1], row[0]);
    check(asked.some((q) => q.dimensions?.length === 2 && JSON.stringify(q.filters).includes(region)), 'only the opened region is asked for');
    check_equal([params(page).getAll('row'), params(page).getAll('open')], [['store.region', 'store.city'], [JSON.stringify([region])]], 'address');
    await lines(page).nth(2).getByRole('button', { name: /Drill down to (Store|Shop)/ }).click();
    await page_settle(page);
    check_equal(await lines(page).nth(1).getByRole('button', { name: /^Close/ }).getAttribute('aria-expanded'), 'true', 'the region stays open');
    check((await lines(page).count()) > table.length, 'shops');
    await lines(page).nth(1).getByRole('button', { name: /^Close/ }).click();
    await page_settle(page);
    check_equal((await table_of(page)).map((row) => row[0]), regions.map((row) => row[0]), 'closed');
    for (let i = 0; i < 3; i++) await page.goBack();
    await page_settle(page);
    check_equal(await table_of(page), regions, 'three steps back');
    await lines(page).nth(1).hover();
    await lines(page).nth(1).getByRole('button', { name: /Show this alone/ }).click();
    await choose(page, 'store.region', 'Down to City');
    check_equal([params(page).getAll('row'), params(page).getAll('store.region')], [['store.city'], [region]], 'one region by city');
    check_equal((await table_of(page)).map((row) => row[0]), cities.rows.map((row) => row[0]), 'its cities');
    await choose(page, 'store.city', 'Up to Region');
    check_equal([params(page).getAll('row'), params(page).getAll('store.region')], [['store.region'], []], 'up: the filter is gone');
    check_equal(await table_of(page), regions, 'all regions');
  });

  await t.test('explore: sorted by any column, down, up and not at all', {}, async (page, visit) => {
    await visit(address(['cube=sales', 'row=store.region', 'row=store.city', 'col=channel.channel', 'show=sales.revenue', 'versus=both', 'period=2025-12-01..2025-12-31']));
    const figures = async (column) => {
      const all = [];
      for (const line of await lines(page).all()) {
        if (!/group/.test(await line.getAttribute('class'))) continue;
        const text = (await cells_of(line))[column];
        all.push(/\d/.test(text) ? number_read(text) : null);
      }
      return all;
    };
    const sorted = (values, desc) => [...values].sort((a, b) => (a === null || b === null ? Number(a === null) - Number(b === null) : desc ? b - a : a - b));
    const count = (await cells_of(lines(page).first())).length;
    for (const column of [2, count - 3]) {
      const head = at(page, 'pivot-sort').nth(column);
      for (const [order, desc] of [['descending', true], ['ascending', false]]) {
        await head.click();
        await page_settle(page);
        check_equal(await at(page, 'pivot-table').locator('thead tr').last().locator('th').nth(column + 1).getAttribute('aria-sort'), order, 'said');
        const values = await figures(column);
        check_equal(values, sorted(values, desc), `column ${column}, ${order}`);
      }
      await head.click();
      await page_settle(page);
      check_equal(params(page).get('sort'), null, 'a third click');
    }
    await at(page, 'pivot-sort-name').click();
    await page_settle(page);
    const names = [];
    for (const line of await lines(page).all()) if (/group/.test(await line.getAttribute('class'))) names.push(await name_of(line));
    const read = await Promise.all(names.map((name) => shown_name(page, name)));
    check_equal(read, [...read].sort(new Intl.Collator('en').compare), 'by name');
  });

  for (const lang of ['en', 'ru'])
    await t.test(`explore: two comparisons at once, each with its columns, in the address and in files, ${lang}`, {}, async (page, visit) => {
      await visit(address(['cube=receipts', 'row=store.region', 'col=channel.type', 'show=receipts.count', 'versus=both', 'period=2025-12-01..2025-12-31', 'chart=none', `lang=${lang}`]));
      const before = (await cells_of(lines(page).first())).length;
      check_equal(await at(page, 'pivot-also-previous').count(), 0, 'that of the bar is not offered twice');
      await at(page, 'pivot-also-last_year').click();
      await page_settle(page);
      check_equal([params(page).getAll('also'), await at(page, 'pivot-also-last_year').getAttribute('aria-pressed')], [['last_year'], 'true'], 'address');
      const asked = (compare, dimensions) => api_query(page, { measures: ['receipts.count'], dimensions, period: MONTH, compare, totals: true });
      const [previous, year] = await Promise.all(['previous', 'last_year'].map((compare) => asked(compare, ['store.region'])));
      const table = await table_of(page);
      check_equal(table[0].length - 1, (before * 5) / 3, 'five columns for three');
      const then = (answer) => new Map(answer.rows.map((row) => [row[0], row]));
      const [of_previous, of_year] = [then(previous), then(year)];
      for (const [name, ...cells] of table) {
        const [count, month, month_change, last, last_change] = cells.slice(-5);
        const [a, b] = [of_previous.get(name), of_year.get(name)];
        for (const [text, value] of [[count, a[1]], [month, a[2]], [last, b[2]]]) if (value !== null) check_equal(number_read(text), value, `${name}: ${cells}`);
        for (const [text, value] of [[month_change, a[3]], [last_change, b[3]]]) if (value !== null) check(Math.abs(number_read(text) - value) < 0.051, `${name}: ${text} is not ${value}`);
      }
      const total = (await total_of(page)).slice(-5);
      check_equal([total[0], total[1], total[3]].map(number_read), [previous.totals[1], previous.totals[2], year.totals[2]], 'the total');
      const heads = (await at(page, 'pivot-table').locator('thead tr').last().locator('th').allInnerTexts()).slice(-5).map((text) => text.replace(/\s+/g, ' ').trim());
      check_equal(heads.slice(1), lang === 'ru' ? ['было: пред. период', 'Изменение: пред. период', 'было: прошлый год', 'Изменение: прошлый год'] : ['before: previous', 'Change: previous', 'before: last year', 'Change: last year'], 'heads');
      await at(page, 'pivot-sort').last().click();
      await page_settle(page);
      const ordered = (await table_of(page)).map((row) => of_year.get(row[0])[3]).filter((value) => value !== null);
      check_equal(ordered, [...ordered].sort((a, b) => b - a), 'sorted by the change on last year');
      const seen = await table_of(page);
      const [file] = await Promise.all([page.waitForEvent('download'), at(page, 'pivot-csv').click()]);
      const csv = readFileSync(await file.path(), 'utf8').replace('\ufeff', '').trimEnd().split('\r\n').map((line) => line.split(','));
      check_equal(csv[0].length, seen[0].length, 'columns of the CSV');
      csv.slice(1, -1).forEach((row, i) => row.slice(-5).forEach((cell, c) => cell && check(Math.abs(Number(cell) - number_read(seen[i].slice(-5)[c])) < 0.051, `CSV ${i}, ${c}: ${cell}`)));
      if (workbooks) {
        const [book] = await Promise.all([page.waitForEvent('download'), at(page, 'pivot-xlsx').click()]);
        const [sheet, about] = workbook_read(await book.path());
        check_equal(sheet.rows[0].length, seen[0].length, 'columns of the workbook');
        check_equal(sheet.rows[1].slice(-5).map(({ format }) => format), ['#,##0', '#,##0', '0.0%', '#,##0', '0.0%'], 'formats');
        check(JSON.stringify(about.rows).includes(lang === 'ru' ? '02.12.2024' : '2 Dec 2024'), 'the days of last year are told');
      }
      await lines(page).first().locator('td').last().click();
      check((await at(page, 'pivot-detail').innerText()).includes(lang === 'ru' ? 'прошлый год' : 'last year'), 'told of one number');
      await axe_check(page, `two comparisons ${lang}`);
      await t.shot(page, `explore two comparisons ${lang}`);
      const link = page.url();
      await page.goto('about:blank');
      await page.goto(link);
      await page_settle(page);
      check_equal(await table_of(page), seen, 'from the link');
      await at(page, 'pivot-also-last_year').click();
      await page_settle(page);
      check_equal([params(page).getAll('also'), (await cells_of(lines(page).first())).length], [[], before], 'taken away');
    });

  await t.test('explore: both figures, against last year; a link is a saved view; the pivot waits on another page', {}, async (page, visit) => {
    await visit(address(['cube=receipts', 'row=store.region', 'show=receipts.average_check', 'show=receipts.card_share', 'versus=both', 'period=2025-12-01..2025-12-31', 'compare=last_year']));
    const answer = await api_query(page, { measures: ['receipts.average_check', 'receipts.card_share'], dimensions: ['store.region'], period: MONTH, compare: 'last_year' });
    const rows = new Map(answer.rows.map((row) => [row[0], row]));
    for (const [name, check_now, check_then, check_change, , , points] of await table_of(page)) {
      const row = rows.get(name);
      for (const [text, value] of [[check_now, row[1]], [check_then, row[2]]]) if (value !== null) check(Math.abs(number_read(text) - value) < 0.006, `${name}: ${text} is not ${value}`);
      if (row[3] !== null) check(Math.abs(number_read(check_change) - row[3]) < 0.051, `${name}: ${check_change} is not ${row[3]}`);
      if (row[6] !== null) check(points.endsWith('pp'), `a share changes in points: ${points}`);
    }
    const table = await table_of(page);
    const link = page.url();
    await page.goto('about:blank');
    await page.goto(link);
    await page_settle(page);
    check_equal(await table_of(page), table, 'from the link');
    await page.getByRole('link', { name: 'Overview' }).click();
    await page_settle(page);
    check_equal(params(page).getAll('row'), [], 'the Overview has no rows');
    await page.getByRole('link', { name: 'Explore' }).click();
    await page_settle(page);
    check_equal(await table_of(page), table, 'on the way back');
  });

  await t.test('explore: by day a Monday stands beside a Monday, the total beside the month; by date as the reader chooses', {}, async (page, visit) => {
    const words = ['cube=sales', 'row=date.day', 'show=sales.revenue', 'versus=both', 'period=2025-12-01..2025-12-31', 'sort=["level","asc",""]'];
    const of = async (period) => (await api_query(page, { measures: ['sales.revenue'], period })).rows[0][0];
    await visit(address(words));
    close((await cells_of(lines(page).first()))[1], await of({ from: '2025-11-03', to: '2025-11-03' }), 'Monday, 1 December beside');
    close((await total_of(page))[1], await of({ from: '2025-11-01', to: '2025-11-30' }), 'December beside');
    check((await page.locator('main').innerText()).includes('same weekdays of: 3–30 Nov 2025'), 'it is said');
    await visit(address([...words, 'match=date']));
    close((await cells_of(lines(page).first()))[1], await of({ from: '2025-11-01', to: '2025-11-01' }), 'the first beside the first');
  });

  await t.test('explore: what one question cannot answer is said: windows by time, filters, unknown names', {}, async (page, visit) => {
    await visit(address(['cube=receipts', 'row=date.month', 'show=receipts.count', 'show=receipts.active_members', 'show=no.such', 'period=90d']));
    const main = page.locator('main');
    check((await main.innerText()).includes('Active members has one value for the whole period'), 'the reason');
    check((await main.innerText()).includes('no.such'), 'the unknown measure');
    check_equal(await at(page, 'pivot-sort').count(), 2, 'the other measure is shown');
    await choose(page, 'date.month', 'Take away');
    check_equal(await at(page, 'pivot-sort').count(), 4, 'both, without months');
    await visit(address(['cube=receipts', 'row=store.region', 'show=receipts.count', 'product.category=x']));
    check((await at(page, 'pivot-blocked').innerText()).includes('Category'), 'the filter is named');
    await at(page, 'pivot-blocked').getByRole('button').click();
    await page_settle(page);
    check_equal([await at(page, 'pivot-blocked').count(), (await lines(page).count()) > 0], [0, true], 'cleared');
    await choose(page, 'receipts.count', 'Take away');
    check((await at(page, 'pivot-empty').innerText()).includes('Choose a measure'), 'nothing to show');
    await at(page, 'pivot-cube').selectOption('sales');
    await page_settle(page);
    check_equal([params(page).getAll('row'), params(page).getAll('show')[0]], [['store.region'], 'sales.revenue'], 'another cube keeps the rows');
    check((await lines(page).count()) > 0, 'lines');
  });

  await t.test('explore: rows without a value are a member of their own, opened like others', {}, async (page, visit) => {
    await visit(address(['cube=sales', 'row=store.region', 'row=channel.channel', 'show=sales.revenue', 'versus=none', 'open=[null]', 'period=2025-12-01..2025-12-31']));
    await answers_change(page, (body, query) => {
      if (query.dimensions?.[0] === 'store.region') for (const row of body.rows) if (row[0] === body.rows[0][0]) row[0] = null;
    });
    const asked = queries_record(page);
    await page.reload();
    await page_settle(page);
    check(asked.some((q) => q.dimensions?.length === 2 && JSON.stringify(q.filters) === '[{"level":"store.region","null":true}]'), `asked ${JSON.stringify(asked)}`);
    const last = (await table_of(page)).map((row) => row[0]);
    check(last.includes('no value'), `${last}`);
  });

  await t.test('explore: loading, an error and another try, nothing found', { expected: PROVOKED }, async (page, visit, base) => {
    let release;
    const held = new Promise((resolve) => (release = resolve));
    await page.route(QUERY, async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(base + 'explore?period=28d');
    await at(page, 'pivot').locator('.bone').waitFor();
    check_equal(await page.locator('main#main').getAttribute('aria-busy'), 'true', 'aria-busy');
    release();
    await page_settle(page);
    check((await lines(page).count()) > 0, 'lines');
    await page.unroute(QUERY);
    await page.route(QUERY, (route) => route.fulfill({ status: 503, json: { error: { code: 'memory', message: 'memory limit of 64 MiB reached', path: null } } }));
    await at(page, 'pivot-versus-none').click();
    await at(page, 'pivot').getByRole('alert').waitFor();
    check((await at(page, 'pivot').innerText()).includes('memory limit of 64 MiB'), 'the server\'s words');
    await page.unroute(QUERY);
    await at(page, 'pivot').getByRole('button', { name: 'Try again' }).click();
    await page_settle(page);
    check((await lines(page).count()) > 0, 'lines after trying again');
    await visit(address(['cube=sales', 'row=store.region', 'show=sales.revenue', 'store.region=nowhere', 'period=28d']));
    check((await at(page, 'pivot-none').innerText()).includes('No data'), 'nothing found');
  });

  await t.test('explore: the top and the others, by the server\'s order; nothing is lost', {}, async (page, visit) => {
    await visit(address(['cube=sales', 'row=product.subcategory', 'col=channel.channel', 'show=sales.revenue', 'show=sales.buyers', 'versus=none', 'period=2025-12-01..2025-12-31']));
    const asked = queries_record(page);
    await at(page, 'pivot-top').selectOption('5');
    await page_settle(page);
    const rows = (await api_query(page, { measures: ['sales.revenue'], dimensions: ['product.subcategory'], period: MONTH, order: [{ by: 'sales.revenue', desc: true }], limit: 5 })).rows;
    const table = await table_of(page);
    check_equal(table.map((row) => row[0]), rows.map((row) => row[0]), 'the five largest');
    check(asked.some((q) => q.limit === 5 && q.order[0].by === 'sales.revenue'), 'the server chose them');
    const rest = { filters: [{ level: 'product.subcategory', not_in: rows.map((row) => row[0]) }], period: MONTH };
    const [[revenue, buyers]] = (await api_query(page, { measures: ['sales.revenue', 'sales.buyers'], ...rest })).rows;
    const others = await cells_of(at(page, 'pivot-others'));
    close(others.at(-2), revenue, 'others');
    check_equal(number_read(others.at(-1)), buyers, 'buyers of the others: distinct, asked for');
    const channels = (await api_query(page, { measures: ['sales.revenue'], dimensions: ['channel.channel'], ...rest })).rows;
    const heads = await Promise.all((await at(page, 'pivot-table').locator('thead tr').first().locator('th').allInnerTexts()).slice(0, -1).map((head) => own_name(page, head)));
    for (const [h, head] of heads.entries()) close(others[2 * h], channels.find((row) => row[0] === head)?.[1] ?? NaN, `others, ${head}`);
    const [[all]] = (await api_query(page, { measures: ['sales.revenue'], period: MONTH })).rows;
    close((await total_of(page)).at(-2), all, 'the total is of all');
    await at(page, 'pivot-others-on').uncheck();
    await page_settle(page);
    check_equal([await at(page, 'pivot-others').count(), params(page).get('others')], [0, 'no'], 'without others');
    await at(page, 'pivot-sort').nth(1).click();
    await page_settle(page);
    const by = heads[0];
    const other = (await api_query(page, { measures: ['sales.buyers'], dimensions: ['product.subcategory'], filters: [{ level: 'channel.channel', in: [by] }], period: MONTH, order: [{ by: 'sales.buyers', desc: true }], limit: 6 })).rows;
    // Of equals at the edge either may be among the five.
    const sure = other.filter((row) => row[1] > other[5][1]).map((row) => row[0]);
    const names = (await table_of(page)).map((row) => row[0]);
    check(names.length === 5 && sure.every((name) => names.includes(name)), `sorted by buyers of ${by}: ${names}, not ${sure}`);
    await t.shot(page, 'explore top');
  });

  await t.test('explore: percent of row, column and total; what has no parts stays; colours', {}, async (page, visit) => {
    await visit(address(['cube=sales', 'row=store.region', 'col=channel.channel', 'show=sales.revenue', 'show=sales.margin_share', 'versus=none', 'chart=none', 'period=2025-12-01..2025-12-31']));
    const model = await (await page.request.get(new URL('api/v1/model', page.url()).href)).json();
    if (!model.measures.some((m) => m.name === 'sales.margin_share')) return; // the mock has no ratio in this cube
    const of = async (dimensions) => (await api_query(page, { measures: ['sales.revenue'], dimensions, period: MONTH })).rows;
    const [cells, regions, channels, [[all]]] = [await of(['store.region', 'channel.channel']), new Map(await of(['store.region'])), new Map(await of(['channel.channel'])), await of([])];
    const heads = (await at(page, 'pivot-table').locator('thead tr').first().locator('th').allInnerTexts()).slice(0, -1);
    const figures = await table_of(page);
    for (const [share, whole] of [['row', (region) => regions.get(region)], ['column', (_, channel) => channels.get(channel)], ['total', () => all]]) {
      await at(page, 'pivot-share').selectOption(share);
      await page_settle(page);
      for (const [name, ...row] of await table_of(page)) {
        for (const [h, head] of heads.entries()) {
          const value = cells.find((one) => one[0] === name && one[1] === head)?.[2];
          if (value != null) check(Math.abs(number_read(row[2 * h]) - (100 * value) / whole(name, head)) < 0.051, `${share}: ${name}, ${head}: ${row[2 * h]}`);
          check_equal(row[2 * h + 1], figures.find((one) => one[0] === name)[2 + 2 * h], 'a ratio stays as it is');
        }
      }
    }
    check((await page.locator('main').innerText()).includes('Margin by sales is shown as it is'), 'the reason');
    const tinted = () => lines(page).locator('td[style*="--h"]').count();
    check_equal(await tinted(), 0, 'no colours yet');
    await at(page, 'pivot-heat').check();
    await page_settle(page);
    const count = await tinted();
    check(count > 5 && (await at(page, 'pivot-total').locator('td[style*="--h"]').count()) === 0, `${count} cells coloured`);
    await axe_check(page, 'coloured');
  });

  await t.test('explore: the chart is chosen by the data, changed by the reader; CSV is what is seen', {}, async (page, visit) => {
    const chart = at(page, 'pivot-chart');
    await visit(address(['cube=sales', 'row=store.region', 'show=sales.revenue', 'period=2025-12-01..2025-12-31']));
    check_equal(await chart.getAttribute('data-kind'), 'bar', 'members');
    const names = await lines(page).locator('.text').evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.innerText));
    check_equal(names, [], 'names that are cut beside the chart');
    await visit(address(['cube=sales', 'row=store.region', 'col=channel.channel', 'show=sales.revenue', 'period=2025-12-01..2025-12-31']));
    check_equal(await chart.getAttribute('data-kind'), 'stacked', 'members by channels');
    await visit(address(['cube=sales', 'row=store.region', 'col=date.month', 'show=sales.buyers', 'period=90d', 'versus=none', 'sort=["level","desc",""]']));
    check_equal(await chart.getAttribute('data-kind'), 'line', 'months');
    check_equal(await at(page, 'pivot-chart-kind').locator('option').allInnerTexts(), ['as it fits', 'none', 'lines', 'bars', 'heat map'], 'distinct customers are not stacked');
    await at(page, 'pivot-chart-kind').selectOption('bar');
    await page_settle(page);
    check_equal([await chart.getAttribute('data-kind'), params(page).get('chart')], ['bar', 'bar'], 'changed');
    check(await chart.locator('canvas').evaluate((one) => one.width > 100), 'drawn');
    await at(page, 'pivot-chart-kind').selectOption('none');
    await page_settle(page);
    check_equal(await chart.count(), 0, 'none');
    const [download] = await Promise.all([page.waitForEvent('download'), at(page, 'pivot-csv').click()]);
    const text = readFileSync(await download.path(), 'utf8');
    const table = await table_of(page);
    const csv = text.replace('\ufeff', '').trimEnd().split('\r\n').map((line) => line.split(','));
    check(csv[0][0] === 'Region' && csv[0][1].startsWith('Oct 2025 · Buyers'), `head: ${csv[0]}`);
    check_equal(csv.slice(1, -1).map((row) => row.map((cell, c) => (c ? Number(cell) : cell))), await Promise.all(table.map(async ([name, ...figures]) => [await shown_name(page, name), ...figures.map(number_read)])), 'rows, in the order of the table');
    check_equal(csv.at(-1).slice(1).map(Number), (await total_of(page)).map(number_read), 'total');
  });

  await t.test('explore: heat map and points as kinds of chart, in the address and by the data', {}, async (page, visit) => {
    const chart = at(page, 'pivot-chart');
    await visit(address(['cube=sales', 'row=date.weekday', 'col=date.month', 'show=sales.revenue', 'period=2025-10-01..2025-12-31', 'versus=none']));
    check_equal(await chart.getAttribute('data-kind'), 'heatmap', 'weekdays by months');
    await axe_check(page, 'heat map');
    await t.shot(page, 'explore heat map');
    await visit(address(['cube=sales', 'row=store.region', 'show=sales.revenue', 'show=sales.units', 'period=2025-12-01..2025-12-31', 'versus=none']));
    check_equal(await chart.getAttribute('data-kind'), 'bar', 'few members');
    await at(page, 'pivot-chart-kind').selectOption('scatter');
    await page_settle(page);
    check_equal([await chart.getAttribute('data-kind'), params(page).get('chart')], ['scatter', 'scatter'], 'chosen');
    const head = await chart.locator('h2').innerText();
    check(/^→ .+ · ↑ .+/.test(head), `what is across and what upwards: ${head}`);
    await t.shot(page, 'explore scatter');
    // A point tells its member and both figures.
    const answer = await api_query(page, { measures: ['sales.revenue', 'sales.units'], dimensions: ['store.region'], period: MONTH });
    const point = await chart.locator('canvas').evaluate((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const scale = canvas.clientWidth / canvas.width;
      const blue = (i) => data[i + 3] > 100 && data[i + 2] - data[i] > 60;
      // The middle of the first mark: what is blue on all sides.
      for (let y = 4; y < canvas.height - 4; y++)
        for (let x = 4; x < canvas.width - 4; x++) if ([[0, 0], [3, 0], [-3, 0], [0, 3], [0, -3]].every(([dx, dy]) => blue(4 * ((y + dy) * canvas.width + x + dx)))) return { x: x * scale, y: y * scale };
      return null;
    });
    check(point, 'no point is drawn');
    await chart.locator('canvas').hover({ position: point });
    const tip = chart.locator('table');
    await tip.waitFor();
    const told = await tip.locator('xpath=..').innerText();
    const english = [...(await own_names(page, ['store.region']))].flatMap(([name, own]) => (answer.rows.some((row) => row[0] === own) ? [name] : []));
    check([...answer.rows.map(([name]) => name), ...english].some((name) => told.includes(name)), `told of a point: ${told}`);
    await page.goBack();
    await page_settle(page);
    check_equal(await chart.getAttribute('data-kind'), 'bar', 'after going back');
  });

  if (workbooks)
    await t.test('explore: what changed, by the members of every level, as the server finds it', {}, async (page, visit) => {
      const words = ['cube=receipts', 'row=store.region', 'show=receipts.average_check', 'show=receipts.sales', 'period=2025-12-01..2025-12-31'];
      await visit(address(words));
      check_equal(await at(page, 'pivot-changes').count(), 0, 'not asked for');
      await at(page, 'pivot-changes-on').click();
      await page_settle(page);
      check_equal(params(page).get('changes'), 'yes', 'URL');
      const reply = await page.request.post(new URL('api/v1/changes', page.url()).href, { data: { measure: 'receipts.sales', period: MONTH, members: 6 } });
      check(reply.ok(), await reply.text());
      const { total, levels } = await reply.json();
      const said = await at(page, 'changes-total').innerText();
      close(said.split('+')[1].split('(')[0], total.change, 'the whole change');
      check_equal(await at(page, 'changes-level').evaluateAll((all) => all.map((one) => one.dataset.level)), levels.slice(0, 6).map((level) => level.level), 'the most telling levels first');
      const first = at(page, 'changes-level').first();
      const wanted = [...levels[0].members, ...(levels[0].others ? [levels[0].others] : [])].map((one) => one.change);
      const shown = await first.locator('.change').allInnerTexts();
      check_equal(shown.length, wanted.length, 'members');
      for (const [i, text] of shown.entries()) close(text, wanted[i], `contribution ${i}`);
      await axe_check(page, 'what changed');
      await t.shot(page, 'explore changes');
      const region = levels.find((level) => level.level === 'store.region') ?? levels[0];
      await visit(address([...words, 'changes=yes']));
      while (!(await page.locator(`[data-test="changes-level"][data-level="${region.level}"]`).count())) await page.getByRole('button', { name: /Show more/ }).click();
      const name = page.locator(`[data-test="changes-level"][data-level="${region.level}"] [data-test="changes-member"] button`).first();
      const member = await name.innerText();
      await name.click();
      await page_settle(page);
      check_equal(params(page).getAll(region.level), [String(region.members[0].member)], `${member} alone`);
      check(!(await at(page, 'changes-level').evaluateAll((all) => all.map((one) => one.dataset.level))).includes(region.level), 'one member alone tells nothing');
      await visit(address(['cube=receipts', 'row=store.region', 'show=receipts.average_check', 'period=28d', 'changes=yes']));
      check((await at(page, 'pivot-changes').innerText()).includes('add up'), 'a measure without parts is said');
    });

  await t.test('explore: a chart is saved as PNG, with legend, in the colours of the theme', { scheme: 'dark' }, async (page, visit) => {
    const kinds = [
      { kind: 'stacked', words: ['row=store.region', 'col=channel.channel'], tones: ['--c0', '--c1'] },
      { kind: 'line', words: ['row=channel.channel', 'col=date.month'], tones: ['--c0', '--c1'] },
      { kind: 'heatmap', words: ['row=channel.channel', 'col=date.month', 'chart=heatmap'], tones: ['--h0', '--h6'] },
      { kind: 'scatter', words: ['row=store.region', 'show=sales.units', 'chart=scatter'], tones: ['--soft'] },
      { kind: 'bar', words: ['row=store.region', 'chart=bar'], tones: ['--bar'] }
    ];
    for (const { kind, words, tones } of kinds) {
      await visit(address(['cube=sales', 'show=sales.revenue', ...words, 'period=2025-10-01..2025-12-31', 'versus=none']));
      check_equal(await at(page, 'pivot-chart').getAttribute('data-kind'), kind, 'kind');
      const file = await picture_save(page, at(page, 'pivot-png'), ['--text', ...tones], { artifacts: t.artifacts, name: `png_explore_${kind}` });
      check_equal([file.name, file.width], ['sales.png', 1920], kind);
      check(file.height > 500 && file.height < 2000, `${kind}: ${file.height} pixels high`);
      for (const [tone, count] of Object.entries(file.tones)) check(count > 100, `${kind}: ${count} pixels of ${tone}`);
    }
    await at(page, 'pivot-chart-kind').selectOption('none');
    await page_settle(page);
    check_equal(await at(page, 'pivot-png').count(), 0, 'no chart, no picture');
  });

  if (workbooks)
    await t.test('explore: XLSX is what is seen, with formats and definitions', { expected: [/Failed to load resource/, /^HTTP 413/] }, async (page, visit) => {
      await visit(address(['cube=sales', 'row=store.region', 'row=store.city', 'show=sales.revenue', 'show=sales.buyers', 'show=sales.margin_share', 'top=5', 'open=[]', 'period=2025-12-01..2025-12-31', 'channel.channel=Магазин']));
      await lines(page).first().getByRole('button', { name: /^Open/ }).click();
      await page_settle(page);
      const [download] = await Promise.all([page.waitForEvent('download'), at(page, 'pivot-xlsx').click()]);
      check_equal(download.suggestedFilename(), 'sales.xlsx', 'name');
      const [sheet, about] = workbook_read(await download.path());
      check_equal([sheet.title, sheet.frozen], ['Sales', 'A2'], 'sheet');
      check_equal(sheet.rows[0].map(({ value }) => value), ['Region', 'City', 'Net sales', 'Net sales · Change', 'Buyers', 'Buyers · Change', 'Margin by sales', 'Margin by sales · Change'], 'titles');
      check_equal(sheet.rows[1].map(({ format }) => format), ['General', 'General', '#,##0.00', '0.0%', '#,##0', '0.0%', '0.0%', '#,##0.00'], 'formats');
      const table = await table_of(page);
      check_equal(sheet.rows.length, table.length + 3, 'lines, others and the total');
      for (const [i, [name, revenue, change, buyers, , margin]] of table.entries()) {
        const row = sheet.rows[i + 1].map(({ value }) => value);
        const own = await Promise.all(row.slice(0, 2).map((text) => own_name(page, text)));
        check(own.includes(name), `${row} is not ${name}`);
        close(revenue, Number(row[2]), name);
        if (change !== '–') check(Math.abs(number_read(change) - 100 * Number(row[3])) < 0.051, `${change}, ${row[3]}`);
        check_equal(number_read(buyers), Number(row[4]), name);
        check(Math.abs(number_read(margin) - 100 * Number(row[6])) < 0.051, `${margin}, ${row[6]}`);
      }
      check_equal(sheet.rows.at(-1)[0].value, 'Total', 'the total last');
      const told = JSON.stringify(about.rows);
      check(told.includes('1–31 Dec 2025') && told.includes('Shop') && told.includes('Paid, after discounts'), told.slice(0, 600));
      await page.route('**/api/v1/workbook', (route) => route.fulfill({ status: 413, json: { error: { code: 'too_large', message: 'the body is larger than 1 MiB', path: null } } }));
      await at(page, 'pivot-xlsx').click();
      await page.getByRole('alert').filter({ hasText: 'larger than 1 MiB' }).waitFor();
    });

  await t.test('explore: an answer that would have holes is not shown', {}, async (page, visit) => {
    await answers_change(page, (body, query) => {
      if (query.dimensions?.length === 2) body.rows = Array.from({ length: 100_001 }, () => body.rows[0]);
    });
    await visit(address(['cube=sales', 'row=store.region', 'col=channel.channel', 'show=sales.revenue', 'period=28d']));
    check((await at(page, 'pivot-cut').innerText()).includes('over 100,000'), await at(page, 'pivot').innerText());
    check_equal(await at(page, 'pivot-table').count(), 0, 'tables');
  });

  await t.test('explore: a number is chosen by click and by arrows, told exactly, and leads to the customers behind it', {}, async (page, visit) => {
    await visit(address(['cube=sales', 'row=store.region', 'col=date.month', 'show=sales.buyers', 'show=sales.revenue', 'period=2025-11-01..2025-12-31', 'versus=both', 'channel.channel=Магазин']));
    const [name] = (await table_of(page))[1];
    const filters = [{ level: 'channel.channel', in: ['Магазин'] }, { level: 'store.region', in: [name] }];
    const one = await api_query(page, { measures: ['sales.revenue'], dimensions: ['date.month'], filters, period: { from: '2025-11-01', to: '2025-12-31' }, compare: 'previous' });
    const detail = at(page, 'pivot-detail');
    const shown = await lines(page).nth(1).locator('.text').innerText();
    await lines(page).nth(1).locator('td').nth(3).click();
    const said = await detail.innerText();
    check(said.includes(`${shown} · Nov 2025`) && number_read(said.match(/₽([\d,.]+)/)[1]) === one.rows[0][1], `${said} is not ${one.rows[0]}`);
    await at(page, 'pivot-versus-change').click();
    await page_settle(page);
    await lines(page).nth(1).locator('td').nth(2).click();
    const then = (await detail.innerText()).match(/before ₽?([\d,.]+|–)/)[1];
    check(one.rows[0][2] === null ? then === '–' : number_read(then) === one.rows[0][2], `${await detail.innerText()}: not ${one.rows[0][2]}, which the table does not show`);
    await at(page, 'pivot-box').focus();
    for (const key of ['ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key);
    check((await detail.innerText()).includes(`${shown} · Nov 2025 Buyers`), await detail.innerText());
    const link = at(page, 'pivot-members');
    if (!(await link.count())) return; // the mock has no members
    const buyers = (await api_query(page, { measures: ['sales.buyers'], filters, period: { from: '2025-11-01', to: '2025-11-30' } })).rows[0][0];
    await page.keyboard.press('Enter');
    check(await link.evaluate((one) => one === document.activeElement), 'Enter leads to the link');
    await Promise.all([page.waitForResponse('**/api/v1/segments/preview'), page.keyboard.press('Enter')]);
    await page_settle(page);
    const wanted = { all: [{ measure: 'sales.buyers', filters, from: '2025-11-01', to: '2025-11-30', at_least: 1 }] };
    check_equal(JSON.parse(params(page).get('rules')), wanted, 'rules');
    const preview = await (await page.request.post(new URL('api/v1/segments/preview', page.url()).href, { data: { definition: wanted } })).json();
    const size = number_read((await at(page, 'seg-size').innerText()).match(/[\d,]+/)[0]);
    check_equal(size, preview.size, 'the segment');
    check(size > 0 && size <= buyers && size > 0.5 * buyers, `${size} members of the base are behind ${buyers} buyers`);
    await page.goBack();
    await page_settle(page);
    check((await lines(page).count()) > 1, 'and back');
  });

  await t.test('explore: many cells stay fluent: only lines in sight are drawn', {}, async (page, visit) => {
    await visit(address(['cube=sales', 'row=product.subcategory', 'row=date.day', 'col=channel.channel', 'show=sales.revenue', 'show=sales.units', 'versus=none', 'chart=none', 'sort=["level","asc",""]', 'period=2025-07-01..2025-12-31']));
    const count = number_read(await at(page, 'pivot-count').innerText());
    check(count > 2000, `${count} lines`);
    check((await lines(page).count()) < 120, `${await lines(page).count()} lines drawn`);
    const box = at(page, 'pivot-box');
    await box.evaluate((one) => (one.scrollTop = one.scrollHeight));
    const all = (await api_query(page, { measures: ['sales.revenue'], dimensions: ['product.subcategory', 'date.day'], period: { from: '2025-07-01', to: '2025-12-31' } })).rows;
    const english = new Map([...(await own_names(page, ['product.subcategory']))].map(([name, own]) => [own, name]));
    const shown = (own) => english.get(own) ?? own;
    const group = all.map((row) => row[0]).sort((a, b) => new Intl.Collator('en', { numeric: true }).compare(shown(a), shown(b))).at(-1);
    const last = all.filter((row) => row[0] === group).sort((a, b) => (a[1] < b[1] ? -1 : 1)).at(-1);
    await page.locator(`tr[aria-rowindex="${count + 2}"]`).waitFor();
    close((await cells_of(lines(page).last())).at(-2), last[2], `the last day of ${group}`);
    await box.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('PageDown');
    await page.locator('td.at').waitFor(); // the chosen number is in sight
    check(await box.evaluate((one) => one.scrollTop < 2000), 'and the table went there');
  });

  const relay = await relay_start(t.base);
  await t.test('explore: the server goes: figures stay; it returns: all is asked again', { expected: [...PROVOKED, /net::ERR_/], base: relay.url }, async (page, visit) => {
    await page.clock.install();
    await visit(address(['cube=sales', 'row=store.region', 'show=sales.revenue', 'top=5', 'period=28d']));
    const table = await table_of(page);
    await relay.down();
    await page.clock.runFor(61_000);
    await at(page, 'gone').locator('p').waitFor();
    check_equal(await table_of(page), table, 'figures of then');
    await at(page, 'pivot-top').selectOption('');
    await at(page, 'pivot').getByRole('alert').waitFor();
    await relay.up();
    await page.clock.runFor(11_000);
    await at(page, 'gone').locator('p').waitFor({ state: 'detached' });
    await lines(page).nth(5).waitFor();
    check_equal((await table_of(page)).slice(0, 5), table, 'all regions, the first as before');
  });
  await relay.close();

  for (const [base, name] of [[undefined, 'this model'], ...(foreign ? [[foreign, 'another model']] : [])])
    await t.test(`explore: every cube of ${name} opens, and its rows turned into columns`, { base }, async (page, visit) => {
      await visit('explore?period=28d');
      const cubes = await at(page, 'pivot-cube').locator('option').evaluateAll((all) => all.map((one) => one.value));
      check(cubes.length > 1, `${cubes}`);
      for (const cube of cubes) {
        await at(page, 'pivot-cube').selectOption(cube);
        await page_settle(page);
        check_equal(await at(page, 'pivot').getByRole('alert').count(), 0, `${cube}: faults`);
        check((await at(page, 'pivot-table').count()) + (await at(page, 'pivot-none').count()) === 1, `${cube}: ${await at(page, 'pivot').innerText()}`);
        const total = (await at(page, 'pivot-total').count()) ? await total_of(page) : null;
        await at(page, 'pivot-swap').click();
        await page_settle(page);
        // The grand total is the last of the columns, whatever they are.
        const turned = total ? await total_of(page) : [];
        const count = Math.min(turned.length, total?.length ?? 0);
        check_equal(turned.slice(-count), total?.slice(-count) ?? [], `${cube}: the total, turned`);
      }
    });

  for (const [width, scheme, lang] of [[1440, 'light', 'en'], [1280, 'dark', 'ru'], [768, 'light', 'ru'], [390, 'light', 'en'], [390, 'dark', 'ru']])
    await t.test(`explore: looks, ${lang} ${scheme} ${width}`, { width, scheme, height: width < 700 ? 844 : 900 }, async (page, visit) => {
      await visit(address(['cube=sales', 'row=store.region', 'row=store.city', 'col=date.month', 'show=sales.revenue', 'show=sales.buyers', 'period=90d', 'compare=last_year', `lang=${lang}`]));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      check(wide <= 0, `the page is ${wide} px too wide`);
      const cut = await at(page, 'pivot-table').locator('td').evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.innerText));
      check(!cut.length, `figures that are cut: ${cut.slice(0, 5)}`);
      await axe_check(page, 'pivot');
      await t.shot(page, `explore ${lang} ${scheme} ${width}`);
      if (width < 700) {
        check(!(await at(page, 'pivot-rows').isVisible()), 'fields are put away');
        check((await at(page, 'pivot-table').boundingBox()).y < 844 + 320, 'the table is near');
        await at(page, 'pivot-setup').click();
        await axe_check(page, 'fields and settings');
        await t.shot(page, `explore fields ${lang} ${scheme} ${width}`);
      }
      await at(page, 'pivot-add-measures').click();
      await axe_check(page, 'fields to add');
      await page.keyboard.press('Escape');
      await at(page, 'pivot-about').click();
      await axe_check(page, 'about the numbers');
    });
}
