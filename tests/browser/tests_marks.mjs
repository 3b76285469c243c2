// Holidays and events of the calendar on charts over time: drawn, told, turned off, in both languages; and the font that the pages bring.
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check, card } from './page_parts.mjs';

const at = (page, test) => page.locator(`[data-test="${test}"]`);
const PERIOD = 'period=2025-11-01..2025-11-30';
const calendar_of = async (page, english) => {
  const sql = "SELECT day, holiday, holiday_en, annotation, annotation_en FROM calendar WHERE day BETWEEN '2025-11-01' AND '2025-11-30' AND (holiday <> '' OR annotation <> '') ORDER BY 1";
  const { rows } = await (await page.request.post(new URL('api/v1/sql', page.url()).href, { data: { sql } })).json();
  return rows.flatMap(([day, holiday, holiday_en, note, note_en]) => (english ? [holiday_en, note_en] : [holiday, note]).filter(Boolean).map((text) => ({ day, text })));
};
/** How many pixels of a chart have the colour of the marks. */
const marked = (chart) =>
  chart.locator('canvas').evaluate((canvas) => {
    const tone = getComputedStyle(document.documentElement).getPropertyValue('--c3').trim();
    const [r, g, b] = [1, 3, 5].map((i) => parseInt(tone.slice(i, i + 2), 16));
    const pen = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
    pen.drawImage(canvas, 0, 0);
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) if (Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 12 && data[i + 3] > 200) count++;
    return count;
  });
const drawn = async (chart, some, what) => {
  for (let i = 0; i < 100 && (await marked(chart)) > 0 !== some; i++) await new Promise((resolve) => setTimeout(resolve, 50));
  check((await marked(chart)) > 0 === some, `${what}: ${await marked(chart)} pixels of marks`);
};

export async function tests_marks(t) {
  for (const [lang, scheme, width] of [['en', 'light', 1280], ['ru', 'dark', 1280], ['ru', 'light', 390]])
    await t.test(`marks: holidays and events on the Overview, ${lang} ${scheme} ${width}`, { scheme, width }, async (page, visit) => {
      await visit(`?${PERIOD}&lang=${lang}`);
      const wanted = await calendar_of(page, lang === 'en');
      check(wanted.length > 1, `nothing is in the calendar: nothing was tested`);
      const trend = card(page, 'trend'), words = trend.locator('[data-test="marks-text"]');
      await words.waitFor();
      for (const { text } of wanted) check((await words.innerText()).includes(text), `${text} is not in ${await words.innerText()}`);
      await drawn(trend, true, 'drawn');
      check((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, 'no wider than the window');
      await axe_check(page, `marks ${lang} ${scheme} ${width}`);
      await t.shot(page, `marks overview ${lang} ${scheme} ${width}`);
      // The box at the pointer tells the marked day.
      await trend.locator('canvas').scrollIntoViewIfNeeded();
      const day = Number(wanted[0].day.slice(8)), box = await trend.locator('canvas').boundingBox();
      const tip = trend.locator('table').locator('xpath=..');
      let told = '';
      for (let x = 0; x < box.width && !told.includes(wanted[0].text); x += 4) {
        await page.mouse.move(box.x + x, box.y + box.height / 2);
        told = (await tip.count()) ? await tip.innerText() : '';
      }
      check(told.includes(wanted[0].text), `${wanted[0].text} is not told: ${told}`);
      const turn = trend.locator('header .tools > button').last();
      await turn.click();
      check((await trend.locator('tbody tr').nth(day - 1).innerText()).includes(wanted[0].text), 'in the table');
      await turn.click();
      await trend.locator('[data-test="marks-on"]').click();
      check_equal(await words.count(), 0, 'words after they are turned off');
      await drawn(trend, false, 'turned off');
      await page.reload();
      await page_settle(page);
      await trend.locator('[data-test="marks-on"]').waitFor();
      check_equal(await words.count(), 0, 'and stay off');
      await trend.locator('[data-test="marks-on"]').click();
      await drawn(trend, true, 'on again');
    });

  for (const lang of ['en', 'ru'])
    await t.test(`marks: on a chart of Explore over days and months, on no other, ${lang}`, {}, async (page, visit) => {
      const open = (row) => visit(`explore?cube=sales&row=${row}&show=sales.revenue&${PERIOD}&lang=${lang}`);
      await open('date.day');
      const wanted = await calendar_of(page, lang === 'en');
      const chart = at(page, 'pivot-chart'), words = chart.locator('[data-test="marks-text"]');
      await words.waitFor();
      for (const { text } of wanted) check((await words.innerText()).includes(text), `${text} is not in ${await words.innerText()}`);
      await drawn(chart, true, 'days');
      const cut = await at(page, 'pivot-table').locator('tbody td').evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent));
      check_equal(cut, [], 'figures that are cut');
      await t.shot(page, `marks explore ${lang}`);
      await chart.locator('[data-test="marks-on"]').click();
      await drawn(chart, false, 'turned off');
      await chart.locator('[data-test="marks-on"]').click();
      for (const row of ['store.region', 'date.weekday']) {
        await open(row);
        await chart.locator('canvas').waitFor();
        check_equal(await chart.locator('[data-test="marks"]').count(), 0, row);
      }
    });

  for (const [lang, width] of [['en', 1280], ['ru', 1280], ['en', 390], ['ru', 390]])
    await t.test(`font: nothing of a tile is cut or beyond its padding, ${lang} ${width}`, { width }, async (page, visit) => {
      await visit(`?${PERIOD}&lang=${lang}`);
      const faults = await at(page, 'tile').evaluateAll((all) =>
        all.flatMap((one) => {
          const edge = one.getBoundingClientRect().right - parseFloat(getComputedStyle(one).paddingRight) + 0.5;
          const cut = [...one.querySelectorAll('dt, dd, h3, .value')].filter((part) => part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).display !== 'inline');
          const beyond = [...one.querySelectorAll('dt, dd .delta > span:first-of-type, .value')].filter((part) => part.getBoundingClientRect().right > edge);
          return [...cut, ...beyond].map((part) => `${one.dataset.measure}: ${part.textContent}`);
        })
      );
      check_equal(faults, [], 'cut or beyond');
      await t.shot(page, `font overview ${lang} ${width}`);
    });

  for (const lang of ['en', 'ru'])
    await t.test(`font: the pages bring their own, Latin and Cyrillic, ${lang}`, {}, async (page, visit) => {
      await visit(`?${PERIOD}&lang=${lang}`);
      const faces = await page.evaluate(() => [...document.fonts].filter((face) => face.status === 'loaded').map((face) => [face.family.replaceAll('"', ''), face.unicodeRange.includes('U+400-45F') ? 'Cyrillic' : face.unicodeRange.includes('U+20AD') ? 'further Latin' : 'Latin']));
      check_equal(faces.sort(), [['Inter Variable', 'Cyrillic'], ['Inter Variable', 'Latin'], ['Inter Variable', 'further Latin']].sort(), 'loaded');
      const texts = await page.evaluate(() => ['main', 'button', 'h2'].map((name) => getComputedStyle(document.querySelector(name)).fontFamily.split(',')[0].replaceAll('"', '')));
      check_equal([...new Set(texts)], ['Inter Variable'], 'in use');
      check((await (await page.request.get(new URL('inter-OFL.txt', page.url()).href)).text()).includes('SIL Open Font License'), 'its licence');
    });
}
