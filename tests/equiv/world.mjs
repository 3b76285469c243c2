/*
 * A random star: two facts and the tables that they link to, as CSV files, a model for Tessera and statements for
 * DuckDB. Both see the same values: a foreign key that no member has is kept in the fact and is no row of the dimension.
 *
 * A column is {name, type, t, link?, key?}: `type` as models write it; `t` is what the generator of queries knows:
 *   k: int, dec, dbl, str, bool, date or ts; m: digits before the point at most; s: scale of a decimal; w: bits of an
 *   int (32, 64); wide: values near the ends of int64, so no arithmetic; few: repeats.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const INT64_MAX = 9223372036854775807n;
const WORDS = ['Arka', 'arka', 'Bor', 'Cheb', 'Дно', 'Москва', 'москва', 'Ёлка', '', ' pad ', "O'Hara", '100%_off', 'a,b', 'x"y',
  'Zürich', 'no', 'longer than twelve bytes', 'longer than twelve bytes, indeed', 'Дорога, которая длиннее'];

export const int = (m = 9, w = 64, more = {}) => ({ k: 'int', m, w, ...more });
export const dec = (m, s, more = {}) => ({ k: 'dec', m, s, ...more });
export const str = (few = false) => ({ k: 'str', few });
export const dbl = () => ({ k: 'dbl', m: 5 });
export const bool = () => ({ k: 'bool', few: true });
export const date = () => ({ k: 'date', few: true });
export const ts = () => ({ k: 'ts' });

const iso_date = (day) => new Date(day * 86400000).toISOString().slice(0, 10);
const iso_time = (second) => new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ');
const decimal_text = (unscaled, scale) => {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
};
const big_below = (random, digits) => {
  let value = 0n;
  for (let i = 0; i < digits; i++) value = value * 10n + BigInt(random.below(10));
  return random.chance(0.5) ? -value : value;
};

// Makers of a column's values: row number to a JS value whose text is the field, or null.
function column_kinds(random, row_count) {
  const low_words = random.shuffled(WORDS).slice(0, random.between(2, 9));
  const first_day = 19000 + random.below(700);
  const sparse = [-INT64_MAX - 1n, -INT64_MAX, -1n, 0n, 1n, INT64_MAX - 1n, INT64_MAX];
  return {
    b: ['bool', bool(), () => random.chance(0.6)],
    tiny: ['smallint', int(1, 32, { few: true }), () => random.between(-3, 3)],
    mid: ['integer', int(5, 32), () => random.between(0, 70000)],
    same: ['int', int(2, 64, { few: true }), () => 42],
    seq: ['int', int(6), (row) => row * 3 - 1000],
    runs: ['int', int(4, 64, { few: true }), (row) => Math.floor(row / 700) - 5],
    low_end: ['int', int(19, 64, { wide: true }), () => -INT64_MAX - 1n + BigInt(random.below(200))],
    high_end: ['int', int(19, 64, { wide: true }), () => INT64_MAX - BigInt(random.below(200))],
    wide: ['int', int(19, 64, { wide: true }), () => (random.chance(0.3) ? random.pick(sparse) : big_below(random, 18))],
    big: ['int', int(12), () => random.between(-900000000000, 900000000000)],
    d2: ['decimal(12,2)', dec(6, 2), () => decimal_text(BigInt(random.between(-9999999, 9999999)), 2)],
    d2_few: ['decimal(12,2)', dec(3, 2, { few: true }), () => random.pick(['0.05', '1.50', '12.99', '99.90', '-250.00'])],
    d4: ['decimal(30,4)', dec(20, 4), () => decimal_text(big_below(random, random.pick([3, 8, 24])), 4)],
    x: ['double', dbl(), () => random.between(-80000, 80000) / 8],
    day: ['date', date(), () => iso_date(first_day + random.below(400))],
    day_up: ['date', date(), (row) => iso_date(first_day + Math.floor((row * 300) / (row_count + 1)))],
    at: ['timestamp', ts(), () => iso_time((first_day + random.below(60)) * 86400 + random.below(86400))],
    low: ['string', str(true), () => random.pick(low_words)],
    high: ['string', str(), () => `${random.pick(WORDS)} ${random.below(Math.max(5, row_count))}`],
    raw: ['{type: string, raw: true}', str(), (row) => `${random.pick(['r', 'Р', ''])}${row % 977}-${random.below(9)}`],
    none: ['int', int(3), () => null],
    no_text: ['string', str(true), () => null],
  };
}

const field_text = (value) => {
  if (value === null) return '';
  const text = String(value);
  return text === '' || /[",\n]|^ | $/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

class Table {
  constructor(name, row_count, key) {
    Object.assign(this, { name, row_count, key, columns: [], extra: [] });
  }

  add(name, [type, t, value], more = {}, null_share = 0) {
    this.columns.push({ name, type, t, value, null_share, ...more });
  }

  all_columns() {
    return [...this.columns, ...this.extra];
  }

  header() {
    return this.columns.map((c) => c.name).join(',');
  }

  row_text(row, random) {
    return this.columns.map((c) => field_text(this.value(c, row, random))).join(',');
  }

  // The rows of each batch as a CSV file: members of one may come after the facts that name them.
  csv(random, batch_count) {
    const cut = random.pick([0, 0.5, 0.9, 1]) * this.row_count;
    const batches = Array.from({ length: batch_count }, () => [this.header()]);
    for (let row = 0; row < this.row_count; row++) batches[batch_count > 1 && row >= cut ? 1 : 0].push(this.row_text(row, random));
    return batches.map((lines) => lines.join('\n') + '\n');
  }

  // A further batch: `added` rows of new keys, and rows that are there already with other values (those of `again`).
  csv_more(random, added, again) {
    const lines = [this.header(), ...again.map((row) => this.row_text(row, random))];
    for (let i = 0; i < added; i++) lines.push(this.row_text(this.row_count++, random));
    return lines.join('\n') + '\n';
  }

  // Keeps a few of the column's values, for conditions that some rows meet.
  value(column, row, random) {
    const value = random.chance(column.null_share) ? null : column.value(row);
    column.samples ??= [];
    if (value !== null && column.samples.length < 20 && (row < 10 || random.chance(0.1))) column.samples.push(value);
    return value;
  }
}

const DUCK_TYPES = { int: 'BIGINT', dbl: 'DOUBLE', str: 'VARCHAR', bool: 'BOOLEAN', date: 'DATE', ts: 'TIMESTAMP' };
const duck_type = (column) => column.t.k === 'dec' ? column.type.toUpperCase() : DUCK_TYPES[column.t.k];

function dimensions(random) {
  const nulls = () => random.pick([0, 0.1, 0.5]);
  const kinds = column_kinds(random, 60);
  const d_str = new Table('d_str', random.between(3, 14), 'code');
  const codes = random.shuffled(WORDS).slice(0, d_str.row_count);
  d_str.add('code', ['string', str(true), (row) => codes[row]], { key: true });
  d_str.add('n', kinds.tiny, {}, nulls());
  d_str.add('title', kinds.low, {}, nulls());
  d_str.add('w', kinds.d2_few, {}, nulls());

  const d_int = new Table('d_int', random.pick([1, 9, 64, 65, 120]), 'id');
  d_int.add('id', ['int', int(3, 64, { few: true }), (row) => row + 1], { key: true });
  d_int.add('city', kinds.low, {}, nulls());
  d_int.add('opened', kinds.day, {}, nulls());
  d_int.add('n', kinds.tiny, {}, nulls());
  d_int.add('big', kinds.big, {}, nulls());
  d_int.add('code', ['{link: d_str}', str(true), () => random.pick([...codes, 'unknown'])], { link: 'd_str' }, nulls());

  const d_sparse = new Table('d_sparse', random.between(2, 40), 'id');
  const ids = new Set([-INT64_MAX, INT64_MAX - 1n, 0n]);
  while (ids.size < d_sparse.row_count) ids.add(big_below(random, random.pick([2, 6, 17])));
  const id_list = [...ids];
  d_sparse.row_count = id_list.length;
  d_sparse.add('id', ['int', int(19, 64, { wide: true, few: true }), (row) => id_list[row]], { key: true });
  d_sparse.add('s', kinds.high, {}, nulls());
  d_sparse.add('b', kinds.b, {}, nulls());
  d_sparse.add('x', kinds.x, {}, nulls());

  const d_day = new Table('d_day', 200, 'day');
  d_day.add('day', ['date', date(), (row) => iso_date(19000 + row * 2)], { key: true });
  d_day.add('holiday', kinds.b, {}, nulls());
  d_day.add('label', kinds.low, {}, nulls());

  const d_empty = new Table('d_empty', 0, 'id');
  d_empty.add('id', ['int', int(3, 64, { few: true }), (row) => row], { key: true });
  d_empty.add('name', kinds.low);
  return { tables: [d_str, d_int, d_sparse, d_day, d_empty], codes, id_list };
}

function fact(random, name, row_count, { codes, id_list }, width, keyed) {
  const table = new Table(name, row_count, keyed ? 'id' : null);
  const nulls = () => random.pick([0, 0, 0.05, 0.3]);
  const kinds = column_kinds(random, row_count);
  const step = random.pick([1, 1, 7]);
  if (keyed) table.add('id', ['int', int(7), (row) => row * step + 5], { key: true });
  const most = random.pick([9, 60, 130]); // beyond the dimension: inferred
  table.add('k_int', ['{link: d_int}', int(3, 64, { few: true }), () => random.between(1, most)], { link: 'd_int' }, nulls());
  table.add('k_str', ['{link: d_str}', str(true), () => random.pick([...codes, 'unknown', 'Нет'])], { link: 'd_str' }, nulls());
  table.add('k_sparse', ['{link: d_sparse}', int(19, 64, { wide: true, few: true }),
    () => (random.chance(0.05) ? BigInt(random.below(9)) - INT64_MAX + 5n : random.pick(id_list))], { link: 'd_sparse' }, nulls());
  table.add('k_day', ['{link: d_day}', date(), () => iso_date(19000 + random.below(420))], { link: 'd_day' }, nulls());
  table.add('k_empty', ['{link: d_empty}', int(3, 64, { few: true }), () => random.below(4)], { link: 'd_empty' }, nulls());
  if (keyed)
    table.add('prev', [`{link: ${name}}`, int(7), () => random.below(row_count + 20) * step + 5], { link: name }, 0.2);
  for (const kind of random.shuffled(Object.keys(kinds)).slice(0, width)) table.add(kind, kinds[kind], {}, nulls());
  const through = (extra, path, target, column, t) => table.extra.push({ name: extra, type: `{through: ${path}.${column}}`, t, path, target, column });
  through('t_city', 'k_int', 'd_int', 'city', str(true));
  through('t_code', 'k_int', 'd_int', 'code', str(true));
  table.extra[table.extra.length - 1].link = 'd_str';
  through('t_holiday', 'k_day', 'd_day', 'holiday', bool());
  return table;
}

const model_text = (tables) =>
  ['tessera: 1', 'name: equiv', 'tables:',
    ...tables.flatMap((table) => [
      `  ${table.name}:`, `    files: ${table.name}.csv`, ...(table.key ? [`    key: ${table.key}`] : []), '    columns:',
      ...table.all_columns().map((c) => `      ${c.name}: ${c.type.startsWith('decimal') ? `"${c.type}"` : c.type}`)]), ''].join('\n');

function duck_statements(tables, folder) {
  const all = [];
  for (const table of tables) {
    const types = table.columns.map((c) => `'${c.name}': '${duck_type(c)}'`).join(', ');
    all.push(`create table ${table.extra.length ? 'base_' : ''}${table.name} as select * from read_csv(` +
      `'${join(folder, '*', `${table.name}.csv`)}', auto_detect = false, header = true, delim = ',', quote = '"', ` +
      `escape = '"', nullstr = '', allow_quoted_nulls = false, columns = {${types}})`);
  }
  for (const table of tables.filter((t) => t.extra.length)) {
    const columns = table.extra.map((c, i) => `e${i}.${c.column} as ${c.name}`);
    const joins = table.extra.map((c, i) => `left join ${c.target} e${i} on f.${c.path} = e${i}.${tables.find((t) => t.name === c.target).key}`);
    all.push(`create table ${table.name} as select f.*, ${columns.join(', ')} from base_${table.name} f ${joins.join(' ')}`);
  }
  return all;
}

// Makes the files in folders of the folder, one a batch; {tables, batches: folders, samples: values by "table.column", model, duckdb: statements}.
export function world_make(random, row_count, folder) {
  const dims = dimensions(random);
  const kinds_count = Object.keys(column_kinds(random, 1)).length;
  const tables = [...dims.tables,
    fact(random, 'f', row_count, dims, row_count > 10000 ? 12 : kinds_count, true),
    fact(random, 'g', random.pick([0, 1, 63, 65, 300]), dims, 8, false)];
  const batches = ['1', '2'].slice(0, random.between(1, 2)).map((name) => join(folder, name));
  for (const batch of batches) mkdirSync(batch, { recursive: true });
  for (const table of tables)
    table.csv(random, batches.length).forEach((text, i) => writeFileSync(join(batches[i], `${table.name}.csv`), text));
  const model = join(folder, 'model.yaml');
  writeFileSync(model, model_text(tables));
  const samples = Object.fromEntries(tables.flatMap((table) => table.columns.map((c) => [`${table.name}.${c.name}`, c.samples ?? []])));
  return { tables, batches, samples, model, folder, row_count, duckdb: duck_statements(tables, folder) };
}

/*
 * Makes one batch more in the folder: new rows of the fact f, seldom changed ones; now and then new members, and members
 * whose attributes have changed. The world's statements for DuckDB do not know of it.
 */
export function world_append(world, random, folder) {
  mkdirSync(folder, { recursive: true });
  for (const table of world.tables.filter((t) => t.key)) {
    const there = Array.from({ length: table.row_count }, (_, row) => row);
    const some = (most) => random.shuffled(there).slice(0, random.between(1, most));
    if (table.name === 'f') {
      const added = random.pick([1, 5, 64, Math.ceil(world.row_count / 50)]), again = random.chance(0.1) ? some(3) : [];
      writeFileSync(join(folder, 'f.csv'), table.csv_more(random, added, again));
      continue;
    }
    const again = random.chance(0.1) ? some(3) : [], can_grow = table.name === 'd_int' || table.name === 'd_day';
    const added = can_grow && random.chance(0.5) ? random.between(1, 5) : 0;
    if (added || again.length) writeFileSync(join(folder, `${table.name}.csv`), table.csv_more(random, added, again));
  }
}
