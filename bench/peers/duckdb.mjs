// DuckDB as a peer: the one place that knows its package, settings and SQL for loading.
// In memory, a stated number of threads, everything else at its defaults but for what a variant says.
import { fail } from '../support/common.mjs';
import { join } from 'node:path';

// How the data are loaded. The fastest of those that a suite runs is the one that counts.
export const duckdb_variants = {
  given: { title: 'types given' },
  detected: { title: 'types detected', detect: true },
  unordered: { title: 'types given, row order not kept', settings: ['set preserve_insertion_order = false'] },
  compressed: {
    title: "types given, compressed (attach ':memory:' (compress))",
    settings: ["attach ':memory:' as compressed (compress)", 'use compressed'],
  },
};

async function package_import() {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return fail('DuckDB is not installed; run: npm install --prefix bench');
  }
}

export async function duckdb_version() {
  return (await package_import()).version();
}

// A connection to a fresh database in memory.
export async function duckdb_open({ threads, variant = 'given' }) {
  const { DuckDBInstance } = await package_import();
  const instance = await DuckDBInstance.create(':memory:', { threads: `${threads}` });
  const connection = await instance.connect();
  for (const setting of duckdb_variants[variant].settings ?? []) await connection.run(setting);
  return connection;
}

const literal = (text) => `'${text.replaceAll("'", "''")}'`;

// The statement that loads a CSV file with a header line into a new table.
export function duckdb_load_sql(table, { file, columns }, folder, variant) {
  const path = literal(join(folder, file));
  if (duckdb_variants[variant].detect) return `create table ${table} as select * from read_csv(${path})`;
  const types = Object.entries(columns).map(([name, type]) => `${literal(name)}: ${literal(type)}`);
  return `create table ${table} as select * from read_csv(${path}, auto_detect = false, header = true, ` +
         `delim = ',', quote = '"', escape = '"', columns = {${types.join(', ')}})`;
}

// Rows as arrays of JSON values; integers beyond 32 bits come as text.
export async function duckdb_query(connection, sql) {
  return (await connection.runAndReadAll(sql)).getRowsJson();
}

// {columns: [{name, exact}], rows}: every value as text or null, no digit lost; exact: not a double.
export async function duckdb_typed(connection, sql) {
  const reader = await connection.runAndReadAll(sql);
  const types = reader.columnTypes().map(String), names = reader.columnNames();
  const text = (value) => (value === null || value === undefined ? null : String(value));
  return { columns: names.map((name, i) => ({ name, exact: !/DOUBLE|FLOAT/.test(types[i]) })), rows: reader.getRowsJson().map((row) => row.map(text)) };
}

// What a suite of queries needs of a peer: see child.mjs. A time is that of the statement to its whole result in DuckDB's
// own memory, in milliseconds; rows of JavaScript are made for `answer` alone.
export async function engine_open({ threads }) {
  const connection = await duckdb_open({ threads });
  const timed = async (sql) => {
    const started = process.hrtime.bigint();
    await connection.run(sql);
    return Number(process.hrtime.bigint() - started) / 1e6;
  };
  return {
    async load({ tables, folder }) {
      let ms = 0;
      for (const [name, table] of Object.entries(tables)) ms += await timed(duckdb_load_sql(name, table, folder, 'given'));
      return { seconds: ms / 1e3 };
    },
    async time({ sql, threads: count }) {
      await connection.run(`set threads = ${count}`);
      return { ms: await timed(sql) };
    },
    answer: ({ sql }) => duckdb_typed(connection, sql),
  };
}
