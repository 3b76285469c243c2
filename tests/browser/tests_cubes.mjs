// The Cubes page: what is kept ready and what was asked in vain, as the API has them; refreshing, both languages, looks.
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check, number_read } from './page_parts.mjs';

const at = (page, name) => page.locator(`[data-test="${name}"]`);
const plain = (text) => text.replace(/\s+/g, ' ').trim();

export async function tests_cubes(t) {
  const api = (page, path) => new URL(`api/v1/${path}`, page.url()).href;
  const cuboids = async (page) => (await page.request.get(api(page, 'cuboids'))).json();
  const ask = async (page, sql) => check((await page.request.post(api(page, 'sql'), { data: { sql } })).ok(), sql);
  const by_tier = "SELECT tier, date_trunc('quarter', date), sum(paid) FROM sales GROUP BY 1, 2";
  const median = 'SELECT store, median(paid) FROM sales GROUP BY 1';

  await t.test('cubes: the cuboids and the misses are the server\'s', {}, async (page, visit) => {
    await visit('cubes?lang=en');
    for (const sql of [by_tier, median]) await ask(page, sql);
    await visit('cubes?lang=en');
    const told = await cuboids(page);
    check(told.cuboids.length > 3, `${told.cuboids.length} cuboids`);
    const rows = at(page, 'cuboid-row');
    check_equal(await rows.count(), told.cuboids.length, 'rows');
    for (const cuboid of told.cuboids) {
      const row = page.locator(`[data-test="cuboid-row"][data-name="${cuboid.name}"]`);
      const numbers = await row.locator('td.num').allInnerTexts();
      check_equal([number_read(numbers[0]), number_read(numbers[2])], [cuboid.cells, cuboid.scans], cuboid.name);
      check_equal(plain(await row.locator('.state').innerText()), 'Current', cuboid.name);
    }
    for (const cuboid of told.cuboids) {
      const node = page.locator(`[data-test="lattice-node"][data-name="${cuboid.name}"]`);
      const above = await node.evaluate((one) => one.parentElement.closest('[data-test="lattice-node"]')?.dataset.name ?? null);
      const table = await node.evaluate((one) => one.closest('[data-test="lattice"]').dataset.table);
      check_equal([above, table, number_read(await node.locator('.cells').first().innerText())], [cuboid.finer, cuboid.table, cuboid.cells], `${cuboid.name} in the lattice`);
    }
    check(told.cuboids.some(({ name, finer }) => name === 'sales(date.day)' && finer === 'sales(date.day, product.category)'), 'days lie within days and categories');
    check_equal(plain(await page.locator('[data-test="cuboid-row"][data-name="sales(date.day, product.category)"] summary').innerText()), 'Sales: Day × Category', 'titles');
    check_equal(await at(page, 'miss-row').count(), told.misses.length, 'misses');
    check_equal(await at(page, 'miss-never').count(), told.misses.filter((miss) => miss.never !== null).length, 'those that never can be');
    const row = at(page, 'miss-row').filter({ hasText: 'Quarter × Tier at that time' });
    const miss = told.misses.find(({ levels }) => levels.join() === 'date.quarter,tier.tier');
    check(miss, JSON.stringify(told.misses));
    check_equal((await row.locator('td.num').allInnerTexts()).map(number_read), [miss.count, miss.rows_read], 'how often, how much');
    await row.locator('summary').click();
    check_equal((await row.locator('li').allInnerTexts()).map(plain), miss.reasons.map((reason) => reason.replace(/^cuboid /, '').replace('): ', ') ')), 'reasons');
    check_equal(await row.locator('[data-test="miss-yaml"]').innerText(), '{levels: [date.quarter, tier.tier], measures: [revenue]}', 'for the model');
    await t.shot(page, 'cubes en');
    await ask(page, by_tier);
    await at(page, 'cubes-refresh').click();
    await page_settle(page);
    check_equal(number_read((await row.locator('td.num').allInnerTexts())[0]), miss.count + 1, 'after one more query');
  });

  await t.test('cubes: what is advised is built, is kept by its name, and is dropped', {}, async (page, visit) => {
    await visit('cubes?lang=en');
    await ask(page, by_tier);
    await visit('cubes?lang=en');
    const advice = await (await page.request.get(api(page, 'advice'))).json();
    // Others may have asked much before: of what is advised, the test follows its own question.
    const rows = at(page, 'advice-row');
    check_equal(await rows.count(), advice.cuboids.length, 'advised');
    const built = advice.cuboids.filter(({ declared }) => !declared);
    const own = built.find(({ name }) => name === 'sales(date.quarter, tier.tier)');
    check(own, `not advised: ${JSON.stringify(advice.cuboids)}`);
    for (const [i, one] of advice.cuboids.entries())
      check_equal((await rows.nth(i).locator('td.num').allInnerTexts()).map((text) => number_read(text.replace('≈', ''))).filter((_, n) => n !== 1), [one.cells, one.benefit], `${one.name}: cells and rows saved`);
    await at(page, 'advice-build').click();
    const row_of = (one) => page.locator(`[data-test="cuboid-row"][data-name="${one.name}"]`);
    for (const one of built) await row_of(one).waitFor();
    await page.locator('[data-test="advice-build"]:disabled').waitFor({ state: 'detached' });
    check_equal((await cuboids(page)).misses.filter(({ levels }) => levels.join() === 'date.quarter,tier.tier'), [], 'no question is missed that was advised on');
    await ask(page, by_tier);
    await at(page, 'cubes-refresh').click();
    await page_settle(page);
    const told = (await cuboids(page)).cuboids.find(({ name }) => name === own.name);
    const row = row_of(own);
    check_equal([number_read((await row.locator('td.num').allInnerTexts())[2]), told.scans, told.by_name], [1, 1, true], 'it serves');
    check(/^\d+ ms$/.test(plain((await row.locator('td.num').allInnerTexts())[3])) && !/never/.test(await row.locator('.last').innerText()), 'how long it took, when it was read');
    await t.shot(page, 'cubes built');
    for (const one of built) {
      const drop = row_of(one).locator('[data-test="cuboid-drop"]');
      await drop.click();
      await drop.waitFor({ state: 'detached' });
    }
    check_equal((await cuboids(page)).cuboids.filter(({ by_name }) => by_name), [], 'none is left');
  });

  await t.test('cubes: Russian, from the keyboard', {}, async (page, visit) => {
    await visit('cubes?lang=ru');
    await ask(page, median);
    await visit('cubes?lang=ru');
    check_equal(await page.locator('h1').innerText(), 'Кубы', 'heading');
    check_equal((await page.locator('h2').allInnerTexts()), ['Посчитано заранее', 'Как они связаны', 'Стоит памяти', 'Вопросы, читавшие строки'], 'parts');
    // Others may have asked what no cuboid can hold before, and of cubes that have none: the test follows its own question.
    const { misses } = await cuboids(page);
    const own = misses.findIndex(({ cube, never, reasons }) => cube === 'sales' && never !== null && reasons.length > 0);
    check(own >= 0, JSON.stringify(misses));
    const never = at(page, 'miss-row').nth(own);
    check(/Заранее не посчитать/.test(await never.innerText()), 'said to be never made ready');
    await never.locator('summary').focus();
    await page.keyboard.press('Enter');
    await never.getByText('Почему не подошли имеющиеся:').waitFor();
    check_equal(await never.locator('[data-test="miss-yaml"]').count(), 0, 'nothing for the model');
  });

  for (const [lang, scheme, width] of [['en', 'light', 1280], ['ru', 'dark', 1280], ['ru', 'light', 390], ['en', 'dark', 390]]) {
    await t.test(`cubes: axe and width, ${lang} ${scheme} ${width}`, { scheme, width, height: 900 }, async (page, visit) => {
      await visit(`cubes?lang=${lang}`);
      await ask(page, by_tier);
      await ask(page, median);
      await visit(`cubes?lang=${lang}`);
      for (const open of await page.locator('summary').all()) await open.click();
      await axe_check(page, 'cubes');
      const [wide, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
      check(wide <= view, `the page is ${wide} px wide`);
      const box = await page.locator('header nav a[aria-current]').boundingBox();
      if (width === 1280) check_equal(await page.locator('header').evaluate((header) => header.offsetHeight), 52, 'the first line is one line');
      check(box.x >= 0 && box.x + box.width <= view, `the open page's link is from ${box.x} to ${box.x + box.width}`);
      await t.shot(page, `cubes ${lang} ${scheme} ${width}`);
    });
  }
}
