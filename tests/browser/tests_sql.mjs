// The SQL page: running, faults at their place, completion, the grid, plans, cancelling, links, export.
import { readFileSync } from 'node:fs';
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check, picture_save, workbook_read } from './page_parts.mjs';

const PROVOKED = [/Failed to load resource/, /^HTTP 40\d/];
const LONG = 'SELECT count(*) FROM sales a CROSS JOIN sales b CROSS JOIN sales c WHERE a.paid + b.paid + c.paid < -1';
const address = (text, more = '') => 'sql?' + new URLSearchParams({ q: text }) + more;
const content = (page) => page.locator('.cm-content');
const grid = (page) => page.locator('[data-test="grid"]');
const cell = (page, row, column) => page.locator(`[data-r="${row}"][data-c="${column}"]`);
const counts = (page) => page.locator('[data-test="counts"]');
const editor_text = (page) => page.locator('.cm-line').allInnerTexts().then((lines) => lines.join('\n'));

async function text_write(page, text) {
  await content(page).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
}
async function run(page) {
  await content(page).press('Control+Enter');
  await page.waitForFunction(() => document.querySelector('main')?.getAttribute('aria-busy') === 'false');
}

export async function tests_sql(t) {
  const ask = async (page, body) => page.request.post(new URL('api/v1/sql', page.url()).href, { data: body });

  await t.test('sql: from the Overview to the page and back, the choices kept', {}, async (page, visit) => {
    await visit('?period=28d&lang=ru');
    const scripts = [];
    page.on('request', (request) => request.url().endsWith('.js') && scripts.push(request.url()));
    await page.getByRole('link', { name: 'SQL' }).click();
    await content(page).waitFor();
    check_equal(new URL(page.url()).pathname + new URL(page.url()).search, '/sql?lang=ru', 'address');
    check(scripts.some((url) => /editor/.test(url)), `the editor came only now: ${scripts}`);
    check_equal(await page.evaluate(() => document.activeElement.id), 'main', 'focus');
    await page.getByRole('link', { name: 'Обзор' }).click();
    await page.locator('[data-test="tile"]').first().waitFor();
    check(page.url().includes('period=28d') && page.url().includes('lang=ru'), page.url());
    await page.goBack();
    await content(page).waitFor();
    await page.goBack();
    await page_settle(page);
    check(page.url().includes('?period=28d'), page.url());
  });

  await t.test('sql: the Overview loads no editor, this page no charts', {}, async (page, visit) => {
    const scripts = [];
    page.on('request', (request) => request.url().endsWith('.js') && scripts.push(request.url().replace(/.*\//, '')));
    await visit('?period=28d');
    check(scripts.some((name) => name.startsWith('charts')) && !scripts.some((name) => name.startsWith('editor')), `Overview: ${scripts}`);
    scripts.length = 0;
    await page.goto(new URL('sql', page.url()).href);
    await content(page).waitFor();
    check(scripts.some((name) => name.startsWith('editor')) && !scripts.some((name) => name.startsWith('charts')), `SQL: ${scripts}`);
  });

  await t.test('sql: a link opens a statement, running shows what the server answers', {}, async (page, visit) => {
    const sql = 'SELECT region, count(*) AS stores FROM stores GROUP BY region ORDER BY 2 DESC, 1';
    await visit(address(sql));
    check_equal(await editor_text(page), sql, 'the text');
    check_equal(await grid(page).count(), 0, 'a link does not run by itself');
    await run(page);
    const { rows } = await (await ask(page, { sql })).json();
    for (const [r, row] of rows.entries()) {
      check_equal(await cell(page, r, 0).innerText(), row[0] ?? 'NULL', `region ${r}`);
      check_equal(await cell(page, r, 1).innerText(), String(row[1]), `stores ${r}`);
    }
    check((await counts(page).innerText()).startsWith(`${rows.length} rows · `), await counts(page).innerText());
    check_equal(await cell(page, 0, 1).evaluate((one) => getComputedStyle(one).textAlign), 'right', 'numbers');
    await t.shot(page, 'sql en light 1280');
    await text_write(page, 'SELECT 42 AS answer');
    await run(page);
    check_equal(await cell(page, 0, 0).innerText(), '42', 'another answer');
    await page.goBack();
    check_equal(await editor_text(page), sql, 'the text after going back');
  });

  await t.test('sql: values keep every digit; NULL is not an empty text', { width: 1900 }, async (page, visit) => {
    await visit(address("SELECT 9007199254740993 AS big, 12345678901234567890.123::decimal(30,3) AS wide, NULL AS nothing, '' AS empty, 1e300::double precision AS far, 2025 AS year, timestamp '2025-03-01 10:20:30' AS moment, 'a\nb' AS lines, true AS truth"));
    await run(page);
    const texts = [];
    for (let c = 0; c < 9; c++) texts.push((await cell(page, 0, c).innerText()).replaceAll('\n', '↵'));
    check_equal(texts.slice(0, 7), ['9,007,199,254,740,993', '12,345,678,901,234,567,890.123', 'NULL', '', '1e+300', '2025', '2025-03-01 10:20:30'], 'cells');
    check_equal(texts[8], 'true', 'truth');
    check((await cell(page, 0, 2).getAttribute('class')).includes('null') && !(await cell(page, 0, 3).getAttribute('class')).includes('null'), 'classes');
  });

  await t.test('sql: the statement at the cursor runs, or the selection', {}, async (page, visit) => {
    await visit(address("SELECT 'one; two' AS a;\n-- a comment; here\nSELECT 2 AS b;\n"));
    await content(page).click();
    await page.keyboard.press('Control+Home');
    await run(page);
    check_equal(await cell(page, 0, 0).innerText(), 'one; two', 'the first');
    await page.keyboard.press('Control+End');
    await run(page);
    check_equal(await cell(page, 0, 0).innerText(), '2', 'the last');
    await text_write(page, 'SELECT 3 AS c');
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+End');
    for (let i = 0; i < 5; i++) await page.keyboard.press('Shift+ArrowLeft');
    await run(page);
    check_equal(await page.getByRole('columnheader').first().innerText().then((text) => text.split('\n')[0]), '?column?', 'the selection ran without "AS c"');
  });

  await t.test('sql: a fault is marked at its place, in the statement and in the text', { expected: PROVOKED }, async (page, visit) => {
    await visit(address("SELECT 1;\nSELECT 'ёж' AS x,\n  regoin FROM stores"));
    await content(page).click();
    await page.keyboard.press('Control+End');
    await run(page);
    const fault = page.locator('[data-test="fault"]');
    check((await fault.innerText()).includes('did you mean "region"') && (await fault.innerText()).includes('line 3, column 3'), await fault.innerText());
    check_equal(await page.locator('.cm-lintRange-error').innerText(), 'regoin', 'what is underlined');
    await t.shot(page, 'sql fault en light');
    await page.keyboard.press('Control+Home');
    await fault.getByRole('button').click();
    await page.keyboard.insertText('x');
    check((await editor_text(page)).includes('  xregoin'), `the cursor went elsewhere: ${await editor_text(page)}`);
    check_equal(await page.locator('.cm-lintRange-error').count(), 0, 'marks of the old text');
    // Explained, the place is the same.
    await text_write(page, 'SELECT regoin FROM stores');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.locator('.cm-lintRange-error').waitFor();
    check_equal(await page.locator('.cm-lintRange-error').innerText(), 'regoin', 'what is underlined in EXPLAIN');
    await text_write(page, 'SELECT 1 FROM');
    await run(page);
    await page.locator('.cm-lintRange-error').waitFor();
  });

  await t.test('sql: completion knows tables, columns, aliases, cubes, measures', {}, async (page, visit) => {
    await visit('sql');
    await page.locator('[data-test="schema"] li').first().waitFor();
    // The list for what stood there before stays, disabled, until the new one comes.
    const list = page.locator('.cm-tooltip-autocomplete:not(.cm-tooltip-autocomplete-disabled)');
    const options = async (text) => {
      await text_write(page, ' ');
      await page.keyboard.press('Backspace');
      await content(page).pressSequentially(text);
      await page.keyboard.press('Control+Space');
      await list.locator('li').first().waitFor();
      const labels = await list.locator('.cm-completionLabel').allInnerTexts();
      await page.keyboard.press('Escape');
      return labels;
    };
    check((await options('SELECT * FROM sto')).includes('stores'), 'tables');
    const aliased = await options('SELECT 1 FROM stores AS st JOIN receipts r ON st.');
    check(aliased.includes('region') && !aliased.includes('receipt'), `of an alias: ${aliased}`);
    check((await options('SELECT 1 FROM cube.')).includes('receipts'), 'cubes');
    await text_write(page, 'SELECT measure() FROM cube.receipts');
    await page.keyboard.press('Control+Home');
    for (let i = 0; i < 'SELECT measure('.length; i++) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Control+Space');
    await list.locator('li').first().waitFor();
    check((await list.locator('.cm-completionLabel').allInnerTexts()).includes('average_check'), 'measures of the cube');
    await t.shot(page, 'sql completion');
    await content(page).pressSequentially('average_c');
    await page.keyboard.press('Enter');
    check((await editor_text(page)).startsWith('SELECT measure(average_check'), await editor_text(page));
  });

  await t.test('sql: the schema writes names and shows rows', {}, async (page, visit) => {
    await visit('sql');
    const schema = page.locator('[data-test="schema"]');
    await schema.getByRole('button', { name: 'Columns: stores' }).click();
    await schema.getByRole('button', { name: /^region text/ }).waitFor();
    await schema.getByRole('searchbox').fill('average');
    check((await schema.innerText()).includes('average_check'), 'measures are found');
    await schema.getByRole('searchbox').fill('stores');
    await schema.getByRole('button', { name: 'Show rows: stores' }).click();
    await grid(page).waitFor();
    check_equal(await editor_text(page), 'SELECT * FROM stores LIMIT 100', 'the statement');
    await schema.getByRole('searchbox').fill('cube.receipts');
    await schema.getByRole('searchbox').fill('receipts');
    await schema.getByRole('button', { name: 'Show rows: cube.receipts' }).click();
    await page.waitForFunction(() => document.querySelector('main').getAttribute('aria-busy') === 'false');
    check_equal(await page.locator('[data-test="fault"]').count(), 0, 'faults of the cube\'s example');
  });

  await t.test('sql: 100,000 rows scroll as ten do', {}, async (page, visit) => {
    await visit(address('SELECT a.receipt, b.store, a.sold_at, a.card FROM receipts a CROSS JOIN stores b'));
    await run(page);
    check((await counts(page).innerText()).startsWith('100,000 rows'), await counts(page).innerText());
    check((await page.locator('[data-test="result"]').innerText()).includes('only the first rows'), 'the cut is not told');
    check((await page.locator('[role="row"]').count()) < 120, 'rows in the document');
    const median = await grid(page).evaluate(async (box) => {
      const frames = [];
      for (let i = 1; i <= 40; i++) {
        const before = performance.now();
        box.scrollTop = (box.scrollHeight * i) / 41;
        await new Promise((wake) => requestAnimationFrame(() => setTimeout(wake)));
        frames.push(performance.now() - before);
      }
      return frames.sort((a, b) => a - b)[20];
    });
    check(median < 150, `a frame takes ${Math.round(median)} ms`);
    await grid(page).focus();
    await page.keyboard.press('Control+End');
    await cell(page, 99_999, 3).waitFor();
    check((await grid(page).getAttribute('aria-activedescendant')).endsWith('-99999-3'), 'the active cell');
  });

  await t.test('sql: cancel ends the query on the server; so do leaving and running again', {}, async (page, visit) => {
    await visit(address(LONG));
    const live = async () => (await (await page.request.get(new URL('api/v1/queries', page.url()).href)).json()).queries.filter((one) => one.text === LONG);
    const until = async (states) => {
      for (let i = 0; i < 100; i++) {
        if (JSON.stringify((await live()).map((one) => one.state)) === JSON.stringify(states)) return;
        await page.waitForTimeout(100);
      }
      throw new Error(`states ${JSON.stringify((await live()).map((one) => one.state))}, wanted ${JSON.stringify(states)}`);
    };
    const earlier = (await live()).map((one) => one.state);
    await content(page).press('Control+Enter');
    await until(['running', ...earlier]);
    await page.locator('[data-test="cancel"]').click();
    await until(['cancelled', ...earlier]);
    check((await page.locator('[data-test="result"]').innerText()).includes('Cancelled'), 'the page does not say so');
    await content(page).press('Control+Enter');
    await until(['running', 'cancelled', ...earlier]);
    await text_write(page, 'SELECT 1 AS one');
    await run(page);
    check_equal(await cell(page, 0, 0).innerText(), '1', 'the newer answer');
    await until(['cancelled', 'cancelled', ...earlier]);
    await text_write(page, LONG);
    await content(page).press('Control+Enter');
    await until(['running', 'cancelled', 'cancelled', ...earlier]);
    await page.getByRole('link', { name: 'Overview' }).click();
    await until(['cancelled', 'cancelled', 'cancelled', ...earlier]);
  });

  await t.test('sql: EXPLAIN as a tree, with rows and times when it ran', {}, async (page, visit) => {
    await visit(address('SELECT region, count(*) FROM receipts JOIN stores USING (store) GROUP BY region'));
    await page.getByRole('button', { name: 'Explain' }).click();
    const plan = page.locator('[data-test="plan"]');
    await plan.waitFor();
    check(/Aggregate/.test(await plan.innerText()) && /Scan/.test(await plan.innerText()), await plan.innerText());
    await page.getByRole('button', { name: 'Analyse' }).click();
    await plan.locator('.bar i').first().waitFor();
    check(/Planning: .* execution: /.test(await plan.innerText()), await plan.innerText());
    await t.shot(page, 'sql plan en light');
    check((await page.locator('.cm-line').first().innerText()).startsWith('SELECT'), 'the text has changed');
  });

  await t.test('sql: the CSV is what was answered, byte for byte the server\'s', {}, async (page, visit) => {
    const sql = "SELECT name, region, opened, NULL AS nothing, '' AS empty, 'a,\"b' AS quoted, 1.50 AS price, timestamp '2025-03-01 10:20:30' AS moment, timestamptz '2025-03-01 10:20:30+03' AS instant, true AS truth FROM stores ORDER BY store";
    await visit(address(sql));
    await run(page);
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('[data-test="csv"]').click()]);
    const wanted = await (await ask(page, { sql, format: 'csv' })).text();
    check_equal(readFileSync(await download.path(), 'utf8'), wanted, 'the file');
  });

  await t.test('sql: the XLSX has all rows of the statement', {}, async (page, visit) => {
    await visit(address('SELECT store, name FROM stores ORDER BY store LIMIT 3'));
    await run(page);
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('[data-test="xlsx-all"]').click()]);
    check_equal(download.suggestedFilename(), 'tessera.xlsx', 'name');
    const { rows } = await (await ask(page, { sql: 'SELECT store, name FROM stores ORDER BY store LIMIT 3' })).json();
    check_equal(workbook_read(await download.path())[0].rows.map((row) => row.map(({ value }) => value)), [['store', 'name'], ...rows.map(([store, name]) => [String(store), name])], 'the file');
  });

  await t.test('sql: statements that ran are kept, and open again', {}, async (page, visit) => {
    await visit(address('SELECT 1 AS first'));
    await run(page);
    await text_write(page, 'SELECT 2 AS second');
    await run(page);
    await page.reload();
    await content(page).waitFor();
    await page.getByRole('button', { name: 'History', exact: true }).click();
    const past = page.locator('[data-test="past"]');
    check_equal(await past.locator('code').allInnerTexts(), ['SELECT 2 AS second', 'SELECT 1 AS first'], 'the list');
    await past.getByRole('button', { name: /first/ }).click();
    check_equal(await editor_text(page), 'SELECT 1 AS first', 'the text');
    // The text itself outlives the page too.
    await page.goto(new URL('sql', page.url()).href);
    await content(page).waitFor();
    check_equal(await editor_text(page), 'SELECT 1 AS first', 'the draft');
  });

  const BARS = 'SELECT region, count(*) AS stores, min(store) AS first FROM stores GROUP BY region ORDER BY 2 DESC, 1';
  const chart = (page) => page.locator('[data-test="sql-chart"]');
  const query = (page) => [...new URL(page.url()).searchParams].filter(([key]) => key !== 'lang');

  await t.test('sql: a quick chart of a result; its columns are changed, the address has it', {}, async (page, visit) => {
    const scripts = [];
    page.on('request', (request) => request.url().endsWith('.js') && scripts.push(request.url()));
    await visit(address(BARS));
    await run(page);
    await grid(page).waitFor();
    check(!scripts.some((name) => /charts/.test(name)), 'charts were loaded before they were asked for');
    await page.locator('[data-test="as-chart"]').click();
    await chart(page).locator('canvas').waitFor();
    check_equal([await chart(page).getAttribute('data-kind'), await grid(page).count()], ['bar', 0], 'texts first');
    check_equal(query(page), [['q', BARS], ['chart', 'auto']], 'address');
    check_equal(await page.locator('[data-test="sql-chart-kind"] option').allInnerTexts(), ['bars'], 'kinds of texts');
    await page.locator('[data-test="sql-chart-x"]').selectOption({ label: 'first' });
    await page.locator('[data-test="sql-chart"][data-kind="scatter"]').waitFor();
    check_equal(query(page).slice(1), [['chart', 'auto'], ['x', 'first']], 'address of another axis');
    await page.locator('[data-test="sql-chart-kind"]').selectOption('line');
    await page.locator('[data-test="sql-chart"][data-kind="line"]').waitFor();
    check_equal(await page.locator('[data-test="sql-chart-ys"] input').count(), 1, 'what can be drawn');
    // Another statement keeps what fits it; days are lines, apart by region.
    await text_write(page, 'SELECT r.sold_at::date AS day, s.region, count(*) AS receipts FROM receipts r JOIN stores s USING (store) GROUP BY 1, 2 ORDER BY 1 DESC');
    await run(page);
    check_equal(await page.locator('[data-test="sql-chart-by"]').innerText(), 'Apart by: region', 'lines');
    const { rows } = await (await ask(page, { sql: 'SELECT DISTINCT region FROM stores JOIN receipts USING (store)' })).json();
    check_equal(await chart(page).locator('.legend i').count(), Math.min(6, rows.length), 'the legend');
    const saved = await picture_save(page, page.locator('[data-test="sql-png"]'), ['--c0', '--c1'], { artifacts: t.artifacts, name: 'sql chart png' });
    check_equal([saved.name, saved.width], ['tessera.png', 1920], 'the file');
    check(saved.tones['--c0'] > 100 && saved.tones['--c1'] > 100, `lines in the picture: ${JSON.stringify(saved.tones)}`);
    await page.locator('[data-test="as-table"]').click();
    await grid(page).waitFor();
    check(!page.url().includes('chart='), page.url());
    await page.goBack();
    await chart(page).waitFor();
    // A link opens the chart with the statement's first run; a number alone cannot be drawn.
    await visit(address('SELECT count(*) AS n FROM stores', '&chart=bar'));
    await run(page);
    await page.locator('[data-test="sql-chart-none"]').waitFor();
  });

  for (const [lang, scheme, width, height] of [['en', 'light', 1280, 800], ['ru', 'dark', 1280, 800], ['ru', 'light', 390, 844], ['en', 'dark', 390, 844]])
    await t.test(`sql: a chart's looks and axe, ${lang} ${scheme} ${width}`, { scheme, width, height }, async (page, visit) => {
      for (const [name, sql] of [
        ['bars', BARS],
        ['line', "SELECT date_trunc('month', sold_at) AS month, count(*) AS receipts, count(DISTINCT card) AS cards FROM receipts GROUP BY 1 ORDER BY 1"],
        ['points', 'SELECT extract(year FROM sold_at)::integer AS year, hour, count(*) AS receipts FROM receipts GROUP BY 1, 2']
      ]) {
        await visit(address(sql, `&chart=auto&lang=${lang}`));
        await page.locator('[data-test="run"]').click();
        await chart(page).locator('canvas').waitFor();
        await axe_check(page, name);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        check(wide <= width, `with ${name} the page is ${wide} px wide`);
        await t.shot(page, `sql chart ${name} ${lang} ${scheme} ${width}`);
      }
    });

  const ROWS = "SELECT r.receipt, r.sold_at, st.name, st.region, r.card, r.hour, NULL AS nothing FROM receipts r JOIN stores st USING (store) ORDER BY 1 LIMIT 200";
  for (const [lang, scheme, width, height] of [['en', 'light', 1440, 900], ['ru', 'dark', 1280, 800], ['ru', 'light', 768, 1024], ['en', 'dark', 390, 844], ['ru', 'light', 390, 844]]) {
    await t.test(`sql: looks and axe, ${lang} ${scheme} ${width}`, { scheme, width, height, expected: PROVOKED }, async (page, visit) => {
      await visit(address(ROWS, `&lang=${lang}`));
      await page.locator('[data-test="run"]').click();
      await grid(page).waitFor();
      await axe_check(page, 'rows');
      await t.shot(page, `sql rows ${lang} ${scheme} ${width}`);
      const width_check = async (what) => {
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        check(wide <= width, `with ${what} the page is ${wide} px wide`);
      };
      await width_check('rows');
      await page.getByRole('button', { name: lang === 'ru' ? 'Замер' : 'Analyse' }).click();
      await page.locator('[data-test="plan"]').waitFor();
      await axe_check(page, 'plan');
      await width_check('a plan');
      await t.shot(page, `sql plan ${lang} ${scheme} ${width}`);
      await text_write(page, 'SELECT regoin FROM stores');
      await run(page);
      await page.locator('[data-test="fault"]').waitFor();
      await axe_check(page, 'fault');
      await t.shot(page, `sql fault ${lang} ${scheme} ${width}`);
    });
  }
}
