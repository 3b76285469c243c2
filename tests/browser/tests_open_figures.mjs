/*
 * `tessera open` on public data sets, on the demo's own folder and on files as people have them: every figure that the Overview shows (tiles,
 * course, breakdowns, for the period that it opens with and for all days, of several cubes) equals what the same server says in SQL.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Server, tessera_must } from '../api/harness.mjs';
import { messy_files, public_sets } from '../api/open_files.mjs';
import { model_read, statement } from '../api/open_peer.mjs';
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check, card, number_read, opener, queries_record, tile, tiles } from './page_parts.mjs';

const ROOT = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const NO_VALUE = 'no value';
const CUBES = 3;

/** A figure as it is written: its value (null for a dash) and the digits after the point. */
function figure_read(text) {
  const digits = /\d\.(\d+)/.exec(text);
  return { value: /\d/.test(text) ? number_read(text) : null, digits: digits ? digits[1].length : 0, text };
}

/** Whether it is SQL's value, rounded as it is written. */
function figure_is({ value, digits }, wanted) {
  if (value === null || wanted === null) return value === wanted;
  return Math.abs(value - wanted) <= 0.5001 * 10 ** -digits + 1e-9 * Math.abs(wanted);
}

const note_first = (note) => note.split('\n')[0].replace(/^.*: /, '');

/** The tiles against one statement; answers how many have a value other than nought. */
async function tiles_check(page, server, inspected, cube, period) {
  const measures = await tiles(page).evaluateAll((all) => all.map((one) => one.dataset.measure));
  check(measures.length >= 2, `tiles: ${measures}`);
  check_equal(measures, Object.keys(cube.measures).slice(0, 24), 'each measure of the cube has a tile');
  const sql = statement(inspected, cube, measures, [], period);
  const [wanted] = await server.sql(sql);
  let told = 0;
  for (const [i, name] of measures.entries()) {
    const shown = figure_read(note_first(await tile(page, name).locator('.value').getAttribute('title')));
    check(figure_is(shown, wanted[i]), `${name}: the page has ${shown.text}, SQL ${wanted[i]}: ${sql}`);
    if (wanted[i]) told++;
  }
  return told;
}

/** The course's table: what it has at each day, week or month, in order. */
async function course_check(page, server, inspected, cube, period, asked) {
  const query = asked.findLast((body) => body.dimensions?.[0]?.startsWith('date.') && body.order?.[0].by === body.dimensions[0]);
  if (!query || !(await card(page, 'trend').count())) return;
  const measure = await page.locator('.tile.chosen').getAttribute('data-measure');
  await card(page, 'trend').getByRole('button', { name: /^As table/ }).click();
  const shown = (await card(page, 'trend').locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.querySelector('td.num').title || row.querySelector('td.num').innerText)))
    .map(figure_read).filter(({ value }) => value !== null);
  const sql = `${statement(inspected, cube, [measure], query.dimensions, period)} ORDER BY 1`;
  const wanted = (await server.sql(sql)).filter((row) => row[0] !== null && row[1] !== null);
  check_equal(shown.length, wanted.length, `points of the course of ${measure}: ${sql}`);
  shown.forEach((figure, i) => check(figure_is(figure, wanted[i][1]), `course of ${measure}: ${wanted[i]}, on the page ${figure.text}`));
}

const rows_read = (rows) => rows.map(([key, value]) => [key === null ? NO_VALUE : String(key), value]);

/** An English page names a member by its English name, where its table has one beside it: the level's rows under those names. */
async function english_rows(server, inspected, cube, measure, level, period) {
  const [dimension, own] = level.split('.');
  const { table, levels } = inspected.dimensions[dimension];
  if (levels[`${own}_en`]) return rows_read(await server.sql(statement(inspected, cube, [measure], [`${level}_en`], period)));
  const label = levels[own]?.label && `${levels[own].label}_en`;
  const held = table && levels[own]?.path.includes('.') ? inspected.links[table][levels[own].path.split('.')[0]] : table;
  if (!label || !(await server.sql(`DESCRIBE ${held}`)).some(([column]) => column === label)) return [];
  const english = { ...inspected, dimensions: { ...inspected.dimensions, [dimension]: { ...inspected.dimensions[dimension], levels: { ...levels, [own]: { ...levels[own], label } } } } };
  return rows_read(await server.sql(statement(english, cube, [measure], [level], period)));
}

/** The rows of one breakdown: the greatest of SQL's, in that order; those of equal values in any. */
async function breakdown_check(page, server, inspected, cube, period, level, at) {
  const measure = await page.locator('.tile.chosen').getAttribute('data-measure');
  const rows = await at.locator('.rows li button').evaluateAll((all) => all.map((one) => [one.querySelector('.label').innerText, one.title]));
  const sql = statement(inspected, cube, [measure], [level], period);
  const wanted = rows_read(await server.sql(sql));
  const named = [...wanted, ...(await english_rows(server, inspected, cube, measure, level, period))];
  const order = wanted.map(([, value]) => value).sort((a, b) => (a === null) - (b === null) || b - a);
  const plain = (text) => text.trim().replace(/\s+/g, ' ');
  const figures = rows.map(([label, note]) => ({ label: plain(label), shown: figure_read(note_first(note)) }));
  // What was there in the compared days alone has a row too, with nothing in it.
  const held = figures.filter(({ label, shown }) => shown.value || named.some(([key]) => plain(key) === label));
  check_equal(held.length, Math.min(10, wanted.length), `rows of ${level}: ${sql}`);
  for (const [i, { label, shown }] of held.entries()) {
    check(figure_is(shown, order[i]), `row ${i} of ${level}, ${label}: the page has ${shown.text}, the order of SQL ${order[i]}: ${sql}`);
    check(named.some((row) => plain(row[0]) === label && figure_is(shown, row[1])), `${level}: SQL has no ${label} with ${shown.text}: ${sql}`);
  }
}

async function breakdowns_check(page, server, inspected, cube, period) {
  const names = await page.locator('[data-test^="breakdown-"]').evaluateAll((all) => all.map((one) => one.dataset.test));
  const said = await page.locator('[data-test^="breakdown-"]').evaluateAll((all) => all.map((one) => [one.querySelector('h2'), ...one.querySelectorAll('.segment button')].map((at) => at.innerText).join()));
  check_equal(new Set(said).size, said.length, `breakdowns that read alike: ${said}`);
  for (const name of names) {
    const at = card(page, name);
    await breakdown_check(page, server, inspected, cube, period, name.replace('breakdown-', ''), at);
    const others = at.locator('.segment button');
    if ((await others.count()) < 2) continue;
    await others.last().click();
    await page_settle(page);
    const level = new URL(page.url()).searchParams.getAll('by').find((one) => one.split('.')[0] === name.replace('breakdown-', '').split('.')[0]);
    await breakdown_check(page, server, inspected, cube, period, level, at);
  }
  return names.length;
}

/** Everything on the page of one cube, for one period. */
async function page_check(page, server, inspected, cube, asked, query) {
  asked.length = 0;
  await page.goto(server.url + query);
  await page_settle(page);
  const period = asked.find((body) => body.period)?.period ?? null;
  if (!period) check_equal(await opener(page, 'period').count(), 0, 'no period to choose');
  check_equal(await page.getByRole('alert').count(), 0, 'errors on the page');
  const told = await tiles_check(page, server, inspected, cube, period);
  await course_check(page, server, inspected, cube, period, asked);
  const breakdowns = await breakdowns_check(page, server, inspected, cube, period);
  return { told, breakdowns, period };
}

/** Opens the files as a person would, and looks at the first cubes, each as it comes and over all days. */
async function opened_check(t, tessera, name, words, { breakdowns: least = 0 } = {}) {
  if (t.only && !name.includes(t.only)) return;
  const yaml = (await tessera_must(tessera, ['inspect', '--quiet', ...words])).out;
  const server = await Server.open(tessera, words);
  server.url = `http://127.0.0.1:${server.port}/`;
  try {
    await t.test(name, { base: server.url }, async (page) => {
      const inspected = model_read(yaml);
      const asked = queries_record(page);
      const { data, cubes } = (await server.get('/api/v1/model')).json();
      for (const [i, cube] of inspected.cubes.slice(0, CUBES).entries()) {
        const time = cubes.find((one) => one.name === cube.name).time;
        const choice = i ? [`cube=${cube.name}`] : [];
        const first = await page_check(page, server, inspected, cube, asked, choice.length ? `?${choice}` : '');
        check(first.told > 0, `${cube.name}: the page opens with figures, not with noughts (${JSON.stringify(first.period)})`);
        if (!i) check(first.breakdowns >= least, `${first.breakdowns} breakdowns`);
        if (!i) await axe_check(page, name);
        await t.shot(page, `${name} ${cube.name}`);
        if (time) await page_check(page, server, inspected, cube, asked, `?${[...choice, `period=${data.from}..${data.to}`].join('&')}`);
      }
    });
  } finally {
    await server.stop();
  }
}

export async function tests_open_figures(t, tessera) {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-figures-'));
  try {
    for (const [name, bytes] of messy_files()) {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      await opened_check(t, tessera, `figures: ${name} as people have it`, [path]);
    }
    const demo = join(folder, 'demo');
    mkdirSync(demo);
    await tessera_must(tessera, ['generate', '--out', demo, '--scale', '0.001', '--seed', '7', '--quiet']);
    await opened_check(t, tessera, "figures: the demo chain's own folder", [demo], { breakdowns: 3 });
    for (const { name, words, lacking } of public_sets(resolve(process.env.TESSERA_DATA ?? join(ROOT, '../shared/data')))) {
      if (lacking) t.skip(`figures: ${name}`, lacking);
      else await opened_check(t, tessera, `figures: the public set ${name}`, words, { breakdowns: 1 });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
