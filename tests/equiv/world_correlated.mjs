/*
 * The small tables that correlated statements ask: few rows, few values, many NULLs and repeats, so that every subquery
 * meets outer rows with no row, one and several. u and v are keyed; s links to u, e has no row.
 * {tables, model, folder, statements: {duckdb, postgres}}; all three engines read the same CSV files.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { int, str, bool } from './world.mjs';

const WORDS = ['Arka', 'Bor', 'bor', 'Élan', ''];
const TYPES = { id: ['int', 'bigint', int(2)], link: ['{link: u}', 'bigint', int(2)], n: ['int', 'bigint', int(1)], w: ['string', 'text', str(true)], b: ['bool', 'boolean', bool()] };

// Columns by name: what TYPES they are of, and the value of a row; null_share of the values is NULL.
const shapes = (random) => {
  const nulls = () => random.pick([0, 0.1, 0.3]), number = () => random.between(-1, 4), word = () => random.pick(WORDS);
  const numbers = ['n', number, nulls()], words = ['w', word, nulls()], truth = ['b', () => random.chance(0.5), nulls()];
  const id = ['id', (row) => row + 1, 0];
  return {
    u: { key: 'id', rows: random.between(3, 6), columns: { id, x: numbers, y: numbers, a: words, b: truth } },
    v: { key: 'id', rows: random.between(2, 5), columns: { id, x: numbers, z: numbers, a: words } },
    s: { key: 'id', rows: random.between(6, 12), columns: { id, u: ['link', () => random.between(1, 7), nulls()], v: ['n', () => random.between(1, 5), nulls()], x: numbers, a: words, b: truth } },
    e: { key: 'id', rows: 0, columns: { id, x: numbers, a: words } },
  };
};

const field_text = (value) => (value === null ? '' : value === '' ? '""' : String(value));

export function world_correlated_make(random, folder) {
  mkdirSync(folder, { recursive: true });
  const tables = [], model = ['tessera: 1', 'name: correlated', 'tables:'], duckdb = [], postgres = [];
  for (const [name, { key, rows, columns }] of Object.entries(shapes(random))) {
    const named = Object.entries(columns), file = join(folder, `${name}.csv`);
    const lines = Array.from({ length: rows }, (_, row) => named.map(([, [, value, null_share]]) => field_text(random.chance(null_share) ? null : value(row))).join(','));
    writeFileSync(file, [named.map(([column]) => column).join(','), ...lines, ''].join('\n'));
    model.push(`  ${name}:`, `    files: ${name}.csv`, `    key: ${key}`, '    columns:', ...named.map(([column, [type]]) => `      ${column}: ${TYPES[type][0]}`));
    const create = `create table ${name} (${named.map(([column, [type]]) => `${column} ${TYPES[type][1]}${column === key ? ' primary key' : ''}`).join(', ')})`;
    duckdb.push(create, `insert into ${name} select * from read_csv('${file}', auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', ` +
      `nullstr = '', allow_quoted_nulls = false, columns = {${named.map(([column, [type]]) => `'${column}': '${TYPES[type][1]}'`).join(', ')}})`);
    postgres.push(`${create};`, `\\copy ${name} from '${file}' csv header`);
    tables.push({ name, key, columns: named.map(([column, [type]]) => ({ name: column, t: TYPES[type][2] })) });
  }
  writeFileSync(join(folder, 'model.yaml'), [...model, ''].join('\n'));
  return { tables, folder, model: join(folder, 'model.yaml'), statements: { duckdb, postgres } };
}
