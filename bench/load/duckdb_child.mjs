// One DuckDB load in a process of its own, so that its memory is its own. Prints one JSON line:
// {seconds, tables: {table: seconds}, peak_bytes, version, answers}. The time is that of the CREATE
// TABLE statements alone; peak_bytes is this process's after them (about 45 MB of it are Node's).
import { duckdb_load_sql, duckdb_open, duckdb_query, duckdb_version } from '../peers/duckdb.mjs';
import { ssb_tables } from '../ssb/data.mjs';
import { statements_read } from '../support/common.mjs';

const { folder, threads, variant, answers_file } = JSON.parse(process.argv[2]);
const connection = await duckdb_open({ threads, variant });
const tables = {};
for (const [name, table] of Object.entries(ssb_tables)) {
  const sql = duckdb_load_sql(name, table, folder, variant);
  const started = process.hrtime.bigint();
  await connection.run(sql);
  tables[name] = Number(process.hrtime.bigint() - started) / 1e9;
}
const seconds = Object.values(tables).reduce((sum, s) => sum + s, 0);
const peak_bytes = process.resourceUsage().maxRSS * 1024;
const answers = [];
for (const sql of answers_file ? statements_read(answers_file) : [])
  answers.push(await duckdb_query(connection, sql));
console.log(JSON.stringify({ seconds, tables, peak_bytes, version: await duckdb_version(), answers }));
process.exit(0); // without tearing the database down
