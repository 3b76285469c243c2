// Tables that no benchmark has: one store with half of all visits, a million different texts, 350 columns. Made here,
// for their rules are few; the same seed gives the same files.
import { data_folder } from '../support/common.mjs';
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';

export const VISITS = 5_000_000;
const WIDE_ROWS = 100_000, STORES = 1000, CUSTOMERS = 500_000, PAGES = 1_000_000; // at scale 1
const WORDS = ['zima', 'leto', 'obuv', 'kurtka', 'detskoe', 'skidka', 'novinka', 'sport', 'dom', 'podarok', 'vesna', 'osen'];
const CITIES = ['Moskva', 'Kazan', 'Omsk', 'Samara', 'Perm', 'Tula', 'Tver', 'Pskov', 'Ufa', 'Sochi'];
export const WIDE_NUMBERS = Array.from({ length: 340 }, (_, i) => `m${`${i + 1}`.padStart(3, '0')}`);
const WIDE_TEXTS = Array.from({ length: 9 }, (_, i) => `t${i + 1}`);

const typed = (names, type) => Object.fromEntries(names.map((name) => [name, type]));

// Table -> file and SQL types of its columns in file order.
export const adhoc_tables = {
  stores: { file: 'stores.csv', columns: { s_store: 'integer', s_city: 'varchar', s_region: 'varchar' } },
  visits: {
    file: 'visits.csv',
    columns: { v_id: 'bigint', v_day: 'date', v_store: 'integer', v_customer: 'integer', v_draw: 'integer', v_page: 'varchar', v_amount: 'integer' },
  },
  wide: { file: 'wide.csv', columns: { w_id: 'integer', ...typed(WIDE_NUMBERS, 'integer'), ...typed(WIDE_TEXTS, 'varchar') } },
};

const KINDS = { integer: 'int', bigint: 'int', varchar: 'string', date: 'date' };

// The model of these tables, as a file.
export function adhoc_model() {
  const file = join(data_folder, 'adhoc.yaml'), links = { v_store: '{link: stores}' }, keys = { stores: 's_store', visits: 'v_id', wide: 'w_id' };
  const lines = ['tessera: 1', 'name: adhoc', 'tables:'];
  for (const [name, { file: csv, columns }] of Object.entries(adhoc_tables))
    lines.push(`  ${name}:`, `    files: ${csv}`, `    key: ${keys[name]}`, '    columns:', ...Object.entries(columns).map(([column, type]) => `      ${column}: ${links[column] ?? KINDS[type]}`));
  mkdirSync(data_folder, { recursive: true });
  writeFileSync(file, lines.join('\n') + '\n');
  return file;
}

// xorshift32 (Marsaglia 2003): enough for data.
function random_make(seed) {
  let state = (seed * 2654435761 + 12345) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return Math.floor((state / 4294967296) * below);
  };
}

async function csv_write(file, header, row_count, row_make) {
  const out = createWriteStream(file);
  let text = header.join(',') + '\n';
  for (let i = 0; i < row_count; i++) {
    text += row_make(i) + '\n';
    if (text.length < 1 << 20) continue;
    if (!out.write(text)) await once(out, 'drain');
    text = '';
  }
  out.end(text);
  await once(out, 'close');
}

// Half of the visits are of store 1; of the rest store k has a share that falls with k (Zipf, exponent 1).
const store_of = (random) => (random(2) ? 1 : Math.min(STORES, Math.floor(Math.exp((random(1e6) / 1e6) * Math.log(STORES))) + 1));
const day_of = (number) => new Date(Date.UTC(2024, 0, 1 + number)).toISOString().slice(0, 10);
const DAYS = Array.from({ length: 731 }, (_, number) => day_of(number));

function page_of(random, pages) {
  const number = random(pages);
  return `/katalog/${WORDS[number % WORDS.length]}/${WORDS[(number >> 4) % WORDS.length]}-${number}?ref=${number % 97}`;
}

const files = {
  stores: { rows: () => STORES, row: () => (i) => `${i + 1},${CITIES[i % CITIES.length]},${['north', 'south', 'east', 'west'][i % 4]}` },
  visits: {
    rows: (scale) => Math.round(VISITS * scale),
    row: (random, rows, scale) => (i) =>
      `${i + 1},${DAYS[Math.floor((i / rows) * DAYS.length)]},${store_of(random)},${1 + random(Math.ceil(CUSTOMERS * scale))},${random(10_000)},${page_of(random, Math.ceil(PAGES * scale))},${random(100_000)}`,
  },
  wide: {
    rows: (scale) => Math.round(WIDE_ROWS * scale),
    row: (random) => (i) => [i + 1, ...WIDE_NUMBERS.map((_, c) => random(10 + c * c)), ...WIDE_TEXTS.map((_, c) => WORDS[random(2 + c)])].join(','),
  },
};

// Writes the files into a new folder. -> {bytes, rows: {table: count}}
export async function adhoc_data_make(folder, { scale, seed }) {
  const rows = {};
  mkdirSync(folder, { recursive: true });
  for (const [name, { rows: count_of, row }] of Object.entries(files)) {
    rows[name] = count_of(scale);
    await csv_write(join(folder, `${name}.csv`), Object.keys(adhoc_tables[name].columns), rows[name], row(random_make(seed), rows[name], scale));
  }
  return { bytes: Object.keys(files).reduce((sum, name) => sum + statSync(join(folder, `${name}.csv`)).size, 0), rows };
}

// -> {folder, bytes, rows: {table: count}}
export async function adhoc_data_ensure({ scale, seed }) {
  const folder = join(data_folder, `adhoc-${scale}-${seed}`), manifest = join(folder, 'adhoc.json'), making = `${folder}.making`;
  if (existsSync(manifest)) return { folder, ...JSON.parse(readFileSync(manifest, 'utf8')) };
  rmSync(making, { recursive: true, force: true });
  const made = await adhoc_data_make(making, { scale, seed });
  writeFileSync(join(making, 'adhoc.json'), JSON.stringify(made));
  rmSync(folder, { recursive: true, force: true });
  renameSync(making, folder);
  return { folder, ...made };
}
