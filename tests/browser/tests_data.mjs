// The Data page: freshness, memory, loads, tables and the model as the API has them; a running query is ended.
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check, number_read } from './page_parts.mjs';

const at = (page, name) => page.locator(`[data-test="${name}"]`);
const api = (page, path) => new URL(path, page.url()).href;
const json = async (page, path) => (await page.request.get(api(page, `api/v1/${path}`))).json();
// Longer than anybody waits, and of no memory: it is ended by the page.
const LONG = 'SELECT count(*) FROM sales a CROSS JOIN sales b CROSS JOIN sales c WHERE a.paid + b.paid + c.paid < -1';

export async function tests_data(t) {
  await t.test('data: what is shown is what the server has', {}, async (page, visit) => {
    await visit('data?lang=en');
    const [{ tables }, { loads }, health, model] = await Promise.all([json(page, 'tables'), json(page, 'loads'), json(page, 'health'), json(page, 'model')]);
    const rows = await at(page, 'data-table').evaluateAll((all) => all.map((row) => [row.dataset.name, row.cells[1].innerText]));
    check_equal(rows.map(([name, count]) => [name, number_read(count)]).sort(), tables.map((table) => [table.name, table.rows]).sort(), 'tables and rows');
    check_equal(rows.map(([name]) => name), [...tables].sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1)).map((table) => table.name), 'the largest first');
    await at(page, 'data-table').first().locator('summary').click();
    check_equal(await at(page, 'data-table').first().locator('.columns li').count(), tables.find((table) => table.name === rows[0][0]).columns.length, 'columns');
    check_equal(await at(page, 'load').evaluateAll((all) => all.map((one) => Number(one.dataset.version))), loads.slice(0, 10).map((load) => load.version), 'loads');
    if (loads.length) {
      const seen = await at(page, 'load').first().locator('[data-test="load-table"]').evaluateAll((all) => all.map((row) => [row.cells[0].innerText, row.cells[2].innerText, row.cells[3].innerText]));
      check_equal(seen.map(([name, count, rejected]) => [name, number_read(count), number_read(rejected)]), loads[0].tables.map((table) => [table.table, table.rows, table.rejected]), 'the tables of the newest load');
    }
    const facts = await at(page, 'data-facts').innerText();
    check(facts.includes(String(health.data.version)), facts);
    check_equal(await at(page, 'data-missing').count(), health.missing.length ? 1 : 0, 'who is missing');
    check_equal(await at(page, 'model-cube').evaluateAll((all) => all.map((one) => one.dataset.name)), model.cubes.map((cube) => cube.name), 'cubes');
    await at(page, 'model-cube').first().locator('summary').click();
    const definition = model.measures.find((measure) => measure.cube === model.cubes[0].name).definition.en;
    check((await at(page, 'model-cube').first().innerText()).includes(definition), 'definitions');
    const limit = await at(page, 'data-memory-facts').locator('dd').nth(2).innerText();
    check(/\d/.test(limit), limit);
  });

  await t.test('data: a running query is seen and ended', { expected: [/Failed to load resource/, /^HTTP 409/] }, async (page, visit) => {
    await visit('data?lang=en');
    const id = `browser-${Date.now()}`;
    const answer = page.request.post(api(page, 'api/v1/sql'), { data: { sql: LONG, query_id: id } });
    const row = page.locator(`[data-test="query"][data-id="${id}"]`);
    await row.locator('[data-test="query-cancel"]').waitFor();
    check((await row.innerText()).includes('CROSS JOIN'), 'its text');
    await row.locator('[data-test="query-cancel"]').click();
    check_equal((await answer).status(), 409, 'the one who asked is told');
    await page.locator(`[data-test="query"][data-id="${id}"][data-state="cancelled"]`).waitFor();
    check_equal((await json(page, `queries/${id}`)).state, 'cancelled', 'the server');
  });

  for (const [lang, scheme, width] of [['en', 'light', 1280], ['ru', 'dark', 1280], ['ru', 'light', 390], ['en', 'dark', 390]])
    await t.test(`data: looks and axe, ${lang} ${scheme} ${width}`, { scheme, width }, async (page, visit) => {
      await visit(`data?lang=${lang}`);
      await axe_check(page, 'data');
      const [wide, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
      check(wide <= view, `the page is ${wide} px wide`);
      // Heads of columns out of sight that wrap would be an empty strip above the rows in sight.
      for (const heads of await page.locator('[data-page="data"] thead:visible').all()) {
        const { height } = await heads.boundingBox();
        check(width > 700 || height < 44, `the heads of a table are ${height} px high`);
      }
      const header = await page.locator('header').first().boundingBox();
      check(width < 700 || header.height < 70, `the first line is ${header.height} px high`);
      await t.shot(page, `data ${lang} ${scheme} ${width}`);
    });

  await t.test('data: an error and another try', { expected: [/Failed to load resource/, /^HTTP 500/] }, async (page, visit) => {
    const fail = (route) => route.fulfill({ status: 500, json: { error: { code: 'io', message: 'no luck', path: null, position: null } } });
    await page.route('**/api/v1/loads', fail);
    await visit('data?lang=en');
    check((await page.locator('main').innerText()).includes('no luck'), "the server's words");
    await page.unroute('**/api/v1/loads', fail);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page_settle(page);
    check((await at(page, 'data-table').count()) > 3, 'tables after trying again');
  });
}
