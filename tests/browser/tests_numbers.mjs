// Are the numbers on the page the server's numbers, and does each say what it is?
import { check, check_equal } from './harness.mjs';
import { api_model, api_query, answers_change, card, tile, tile_exact, tiles } from './page_parts.mjs';
import { page_settle } from './harness.mjs';

const RETAIL_TILES = [
  'sales.revenue', 'receipts.count', 'receipts.average_check', 'receipts.items_per_check', 'receipts.card_share', 'receipts.active_members',
  'receipts.frequency'
];

export async function tests_numbers(t) {
  await t.test('the header says how far the data reach', {}, async (page, visit) => {
    await visit();
    const model = await api_model(page);
    const shown = await page.locator('[data-test="as-of"]').innerText();
    check(shown.includes(model.data.as_of.slice(0, 4)) && shown.includes(model.data.as_of.slice(11, 16)), `header shows "${shown}" for ${model.data.as_of}`);
  });

  await t.test('tiles: one for each measure of the model, with two changes and a definition', {}, async (page, visit) => {
    await visit();
    const model = await api_model(page);
    const wanted = RETAIL_TILES.filter((name) => model.measures.some((m) => m.name === name));
    check(wanted.length > 0, 'the model has none of the measures of the tiles');
    check_equal(await tiles(page).evaluateAll((all) => all.map((one) => one.dataset.measure)), wanted, 'tiles');
    for (const name of wanted) {
      check_equal(await tile(page, name).locator('dd').count(), 2, `${name}: changes`);
      const note = await tile(page, name).locator('.value').getAttribute('title');
      check(note.includes('Source: ') && note.includes('Data as of '), `${name}: its note is "${note}"`);
      const { definition } = model.measures.find((m) => m.name === name);
      if (definition?.en) check(note.includes(definition.en), `${name}: no definition in "${note}"`);
    }
  });

  await t.test('tiles: the exact number is what the server answers', {}, async (page, visit) => {
    await visit('?period=2025-11-03..2025-11-09');
    for (const name of await tiles(page).evaluateAll((all) => all.map((one) => one.dataset.measure))) {
      const answer = await api_query(page, { measures: [name], period: { from: '2025-11-03', to: '2025-11-09' } });
      const { format, unit } = answer.columns[0];
      const wanted = answer.rows[0][0] * (format === 'percent' && unit !== '%' ? 100 : 1);
      const shown = await tile_exact(page, name);
      check(answer.rows[0][0] !== null && Math.abs(shown - wanted) <= 0.0501, `${name}: shown ${shown}, answered ${wanted}`);
    }
  });

  await t.test('tiles: the change is the server\'s, in percent or percentage points', {}, async (page, visit) => {
    await visit('?period=28d');
    const model = await api_model(page);
    for (const name of ['sales.revenue', 'receipts.card_share'].filter((n) => model.measures.some((m) => m.name === n))) {
      const last = new Date(model.data.complete_to + 'T00:00:00Z');
      const from = new Date(last.getTime() - 27 * 86_400_000).toISOString().slice(0, 10);
      const answer = await api_query(page, { measures: [name], period: { from, to: model.data.complete_to }, compare: 'previous' });
      const at = answer.columns.findIndex((c) => c.kind === 'change');
      const text = (await tile(page, name).locator('dd').first().innerText()).replace('−', '-');
      check(Math.abs(parseFloat(text) - answer.rows[0][at]) < 0.051, `${name}: shown ${text}, answered ${answer.rows[0][at]}`);
      check(text.includes(answer.columns[at].unit === 'pp' ? 'pp' : '%'), `${name}: unit in "${text}"`);
    }
  });

  await t.test('trend: a row a day, each the server\'s number; the compared days beside', {}, async (page, visit) => {
    await visit('?period=2025-11-01..2025-11-14');
    await card(page, 'trend').getByRole('button', { name: /As table/ }).click();
    const rows = card(page, 'trend').locator('tbody tr');
    check_equal(await rows.count(), 14, 'rows');
    const answer = await api_query(page, {
      measures: ['sales.revenue'], dimensions: ['date.day'], period: { from: '2025-11-05', to: '2025-11-05' }
    });
    const cells = await rows.nth(4).locator('td').allInnerTexts();
    check(cells[0].includes('5 Nov 2025'), `fifth row is ${cells[0]}`);
    check_equal(Number(cells[1].replace(/[^\d.]/g, '')), answer.rows[0][1], 'the fifth day');
    check(cells[2].includes('22 Oct 2025'), `compared with ${cells[2]}`);
  });

  await t.test('trend: an interval that the period cuts is marked, and compared only with an equal one', {}, async (page, visit) => {
    await visit('?period=2025-07-01..2025-10-05');
    check((await card(page, 'trend').locator('h2').innerText()).includes('by week'), 'a hundred days are not shown by week');
    await card(page, 'trend').getByRole('button', { name: /As table/ }).click();
    const first = card(page, 'trend').locator('tbody tr').first();
    check((await first.innerText()).includes('*'), 'the first week, cut by Tuesday 1 July, has no mark');
  });

  await t.test('chart: something is drawn', {}, async (page, visit) => {
    await visit();
    const painted = await card(page, 'trend').locator('canvas').evaluate((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.reduce((count, value, i) => count + (i % 4 === 3 && value > 0 ? 1 : 0), 0);
    });
    check(painted > 2000, `${painted} painted pixels`);
  });

  await t.test('bars: start at zero, in proportion to the server\'s numbers', {}, async (page, visit) => {
    await visit('?period=2025-11-03..2025-11-09');
    const answer = await api_query(page, {
      measures: ['sales.revenue'], dimensions: ['store.region'], period: { from: '2025-11-03', to: '2025-11-09' },
      order: [{ by: 'sales.revenue', desc: true }], limit: 10
    });
    const bars = await card(page, 'breakdown-store').locator('.rows li').evaluateAll((all) =>
      all.map((li) => li.querySelector('.fill').getBoundingClientRect().width / li.querySelector('.track').getBoundingClientRect().width)
    );
    check_equal(bars.length, answer.rows.length, 'bars');
    bars.forEach((bar, i) => check(Math.abs(bar - answer.rows[i][1] / answer.rows[0][1]) < 0.01, `bar ${i} is ${bar}`));
  });

  await t.test('mix: shares add up to a hundred', {}, async (page, visit) => {
    await visit('?period=28d');
    const shares = await card(page, 'breakdown-channel').locator('.share').allInnerTexts();
    check(shares.length > 1, 'no shares');
    const sum = shares.reduce((total, text) => total + parseFloat(text), 0);
    check(Math.abs(sum - 100) < 0.06 * shares.length, `shares add up to ${sum}`);
  });

  await t.test('heat map: weeks start on Monday, cells are the server\'s means', {}, async (page, visit) => {
    await visit('?period=2025-11-03..2025-11-30');
    const heat = card(page, 'heat');
    check_equal(await heat.locator('thead abbr').allInnerTexts(), ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'], 'weekdays');
    const answer = await api_query(page, {
      measures: ['receipts.per_day'], dimensions: ['date.weekday', 'hour.hour'], period: { from: '2025-11-03', to: '2025-11-30' }
    });
    const [weekday, hour, mean] = answer.rows.find((row) => row[0] === 6 && row[1] === 12);
    const row = heat.locator('tbody tr', { has: page.locator('th', { hasText: `${hour}:00` }) });
    const title = await row.locator('td').nth(weekday - 1).getAttribute('title');
    check(Math.abs(Number(title.split(': ')[1].replace(/[^\d.]/g, '')) - mean) < 0.06, `cell says "${title}" for ${mean}`);
  });

  await t.test('choosing a tile puts its measure into the charts', {}, async (page, visit) => {
    await visit('?period=28d');
    const name = await tiles(page).nth(1).getAttribute('data-measure');
    await tiles(page).nth(1).getByRole('button').click();
    await page_settle(page);
    const title = await tiles(page).nth(1).getByRole('button').innerText();
    check((await card(page, 'trend').locator('h2').innerText()).startsWith(title), 'the trend kept its measure');
    check(new URL(page.url()).searchParams.get('measure') === name, 'the URL does not carry the measure');
  });

  await t.test('a measure that looks back has no course, and says so', {}, async (page, visit) => {
    await visit('?period=28d&measure=receipts.active_members');
    check((await card(page, 'trend').innerText()).includes('looks back'), await card(page, 'trend').innerText());
    check((await card(page, 'breakdown-channel').locator('.rows li').count()) > 1, 'no list by channel');
  });

  await t.test('percentages on fewer than 30 buyers carry a mark', {}, async (page, visit, base) => {
    const model = await (await page.request.get(base + 'api/v1/model')).json();
    check(model.measures.some((m) => m.name === 'receipts.buyers'), 'the model has no receipts.buyers');
    await answers_change(page, (answer, query) => {
      const at = answer.columns.findIndex((c) => c.name === 'receipts.buyers' && c.kind === 'measure');
      if (at >= 0 && !query.dimensions) answer.rows[0][at] = 12;
    });
    await visit('?period=28d');
    check((await tile(page, 'receipts.count').innerText()).includes('n < 30'), 'no mark');
  });
}
