// Tessera as the bench sees it: its command line, nothing else.
//
//   tessera load --model FILE --data FOLDER --out STORE --threads N
//   tessera sql STORE "SELECT ..." --format json     {"columns": [...], "rows": [[...], ...]}
//   tessera info STORE --format json                 {"tables": [{"name", "rows", "size_bytes"}]}
//   tessera generate --out FOLDER --scale S --seed N --threads N
//   tessera --version
import { fail, root_folder } from './common.mjs';
import { process_measure } from './process.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const tessera_default = join(root_folder, 'build/release/web/tessera');

export function tessera_check(program) {
  if (!existsSync(program))
    fail(`${program} is missing; build it (cmake --preset release && cmake --build --preset release), ` +
         'name another with --tessera, or measure the peer alone with --only duckdb');
}

// Runs and insists on success.
export async function tessera_run(program, args) {
  const run = await process_measure(program, args);
  if (run.code !== 0)
    fail(`${[program, ...args].join(' ')}\nended with ${run.code}: ${(run.stderr || run.stdout).trim()}`);
  return run;
}

function json_parse(text, what) {
  try {
    return JSON.parse(text);
  } catch (error) {
    return fail(`${what} did not print JSON (${error.message}): ${text.slice(0, 200)}`);
  }
}

// Rows as arrays of values, in the order of the select list.
export async function tessera_query(program, store, sql) {
  const run = await tessera_run(program, ['sql', store, sql, '--format', 'json']);
  const reply = json_parse(run.stdout, 'tessera sql');
  const rows = Array.isArray(reply) ? reply : reply.rows;
  if (!Array.isArray(rows)) fail(`tessera sql: no "rows" in ${run.stdout.slice(0, 200)}`);
  return rows.map((row) => (Array.isArray(row) ? row : Object.values(row)));
}

// {rows, size_bytes} of a table, or null when this version does not tell.
export async function tessera_table_size(program, store, table) {
  const run = await process_measure(program, ['info', store, '--format', 'json']);
  if (run.code !== 0) return null;
  const found = json_parse(run.stdout, 'tessera info').tables?.find((t) => t.name === table);
  return found ? { rows: found.rows, size_bytes: found.size_bytes } : null;
}

export async function tessera_version(program) {
  const run = await process_measure(program, ['--version']);
  return run.code === 0 ? run.stdout.trim().split('\n')[0] : 'tessera';
}
