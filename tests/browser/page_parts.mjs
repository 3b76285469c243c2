// How the tests find and read things on the pages, and what axe-core says of one.
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { check, check_equal } from './harness.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The sheets of an XLSX file, as openpyxl reads them: tests/support/xlsx_read.py. */
export const workbook_read = (path) =>
  JSON.parse(execFileSync('/usr/bin/python3', [fileURLToPath(new URL('../support/xlsx_read.py', import.meta.url)), path], { encoding: 'utf8' })).sheets;

export async function axe_check(page, where) {
  // Through the debugger, so that the page's content security policy stays as it is.
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () =>
    (await window.axe.run(document, { resultTypes: ['violations'] })).violations.map((v) => ({
      id: v.id, impact: v.impact, nodes: v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + ' ' + (n.any[0]?.message ?? ''))
    }))
  );
  const grave = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
  check(!grave.length, `${where}: ${JSON.stringify(grave, null, 1)}`);
}

export const tile = (page, measure) => page.locator(`[data-test="tile"][data-measure="${measure}"]`);
export const tiles = (page) => page.locator('[data-test="tile"]');
export const card = (page, test) => page.locator(`[data-test="${test}"]`);
export const opener = (page, test) => page.locator(`button[data-test="${test}"]`);
export const dialog = (page) => page.locator('[role="dialog"]');

export const tile_value = (page, measure) => tile(page, measure).locator('.value').innerText();

/** The exact number of a tile, from its note; understands both languages' way of writing. */
export async function tile_exact(page, measure) {
  const note = await tile(page, measure).locator('.value').getAttribute('title');
  return number_read(note.split('\n')[0].replace(/^.*: /, ''));
}

export function number_read(text) {
  const plain = text.replace(/[^\d.,−-]/g, '').replace('−', '-');
  if (/,\d{1,2}$/.test(plain) && !/,\d{3}$/.test(plain)) return Number(plain.replace(',', '.'));
  return Number(plain.replace(/,/g, ''));
}

/** A question asked past the page, to check what the page shows. */
export async function api_query(page, query) {
  const reply = await page.request.post(new URL('api/v1/query', page.url()).href, { data: query });
  if (!reply.ok()) throw new Error(`${reply.status()} ${await reply.text()}`);
  return reply.json();
}
export const api_model = async (page) => (await page.request.get(new URL('api/v1/model', page.url()).href)).json();

/** The members of a level that have an English name: their own name by that one. Asked of the data, past the page. */
export async function own_names(page, levels) {
  const names = new Map();
  for (const { names: at } of (await api_model(page)).levels.filter((level) => level.names && (!levels || levels.includes(level.name)))) {
    const reply = await page.request.post(new URL('api/v1/sql', page.url()).href, { data: { sql: `SELECT DISTINCT "${at.column}", "${at.en}" FROM "${at.table}" WHERE "${at.en}" <> ''` } });
    for (const [own, english] of (await reply.json()).rows) names.set(english, own);
  }
  return names;
}
const known_names = new Map();
/** The data's own name of a member that an English page shows by its English one. */
export async function own_name(page, text) {
  const { origin } = new URL(page.url());
  if (!known_names.has(origin)) known_names.set(origin, await own_names(page));
  return known_names.get(origin).get(text) ?? text;
}

/** What the page calls a member: in English by its English name, where it has one. */
export async function shown_name(page, own) {
  if ((await page.evaluate(() => document.documentElement.lang)) !== 'en') return own;
  await own_name(page, own);
  return [...known_names.get(new URL(page.url()).origin)].find(([, one]) => one === own)?.[0] ?? own;
}

/** The bodies of all questions the page asks from now on. */
export function queries_record(page) {
  const bodies = [];
  page.on('request', (request) => request.url().endsWith('/api/v1/query') && bodies.push(JSON.parse(request.postData())));
  return bodies;
}

/** Answers some of the page's questions in the test's own way. `change(body, query)` edits a real answer. */
export async function answers_change(page, change) {
  await page.route('**/api/v1/query', async (route) => {
    const reply = await route.fetch();
    const body = await reply.json();
    change(body, JSON.parse(route.request().postData()));
    await route.fulfill({ response: reply, json: body });
  });
}

const PNG_SIGNATURE = '89504e470d0a1a0a';

/**
 * Presses a button that saves a chart as PNG and opens the file: its signature, its size, and how many of
 * its pixels have each of the theme's named colours. `keep`: under which name a copy is put among the pictures.
 */
export async function picture_save(page, button, tones, keep) {
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  const path = await download.path();
  if (keep?.artifacts) copyFileSync(path, join(keep.artifacts, `${keep.name}.png`));
  const bytes = readFileSync(path);
  check_equal(bytes.subarray(0, 8).toString('hex'), PNG_SIGNATURE, 'signature');
  check_equal(bytes.subarray(12, 16).toString('latin1'), 'IHDR', 'first chunk');
  check_equal(bytes.subarray(-8, -4).toString('latin1'), 'IEND', 'last chunk');
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const seen = await page.evaluate(
    async ({ data, tones }) => {
      const image = await createImageBitmap(new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], { type: 'image/png' }));
      const canvas = new OffscreenCanvas(image.width, image.height);
      const pen = canvas.getContext('2d');
      pen.drawImage(image, 0, 0);
      const { data: pixels } = pen.getImageData(0, 0, image.width, image.height);
      const counts = new Map();
      for (let i = 0; i < pixels.length; i += 4) {
        const hex = '#' + [pixels[i], pixels[i + 1], pixels[i + 2]].map((one) => one.toString(16).padStart(2, '0')).join('');
        counts.set(hex, (counts.get(hex) ?? 0) + 1);
      }
      const style = getComputedStyle(document.documentElement);
      const count = (tone) => counts.get(style.getPropertyValue(tone).trim().toLowerCase()) ?? 0;
      const corner = '#' + [...pixels.slice(0, 3)].map((one) => one.toString(16).padStart(2, '0')).join('');
      return { size: [image.width, image.height], corner, surface: style.getPropertyValue('--surface').trim(), tones: Object.fromEntries(tones.map((tone) => [tone, count(tone)])) };
    },
    { data: bytes.toString('base64'), tones }
  );
  check_equal(seen.size, [width, height], 'size as decoded');
  check_equal(seen.corner, seen.surface, 'the background is the theme\'s');
  return { name: download.suggestedFilename(), width, height, tones: seen.tones };
}

/** The words within an element that stand on two lines though they have neither blank nor hyphen. */
export const words_broken = (locator) =>
  locator.evaluate((root) => {
    const found = [], walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode())
      for (const word of node.data.matchAll(/[\p{L}\p{N}]+/gu)) {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) found.push(word[0]);
      }
    return found;
  });
