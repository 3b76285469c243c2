/*
 * node run.mjs --tessera PROGRAM [--write]
 *
 * Keeps the documents true where a machine can: every relative link leads to a file, every JSON example
 * parses, every `tessera COMMAND --option` that a document shows is understood by the program, every
 * ./demo and ./check option is in their help, every SQL example prints what the document says
 * (sql_examples.mjs), and so does every command that is shown with its answer (command_examples.mjs); --write puts what is printed into
 * the documents, to be read before it is committed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commands_run } from './command_examples.mjs';
import { sql_check } from './sql_examples.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const at = process.argv.indexOf('--tessera');
const TESSERA = at < 0 ? join(ROOT, 'build/dev/web/tessera') : process.argv[at + 1];
const WRITE = process.argv.includes('--write');
const SKIPPED = new Set(['node_modules', 'build', '.git', 'dist', '.cache']);

function* documents(folder) {
  for (const name of readdirSync(folder)) {
    if (SKIPPED.has(name)) continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* documents(path);
    else if (name.endsWith('.md')) yield path;
  }
}

let passed = 0, failed = 0;
function report(ok, what) {
  if (ok) return passed++;
  failed++;
  console.log(`not ok - ${what}`);
}

const helps = new Map();
function help_of(program, args) {
  const key = [program, ...args].join(' ');
  if (!helps.has(key)) {
    const run = spawnSync(program, [...args, '--help'], { cwd: ROOT, encoding: 'utf8' });
    helps.set(key, run.status === 0 ? run.stdout : null);
  }
  return helps.get(key);
}

function links_check(place, text) {
  const prose = text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');
  for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^([a-z]+:|#)/.test(target)) continue;
    const path = join(dirname(place.path), decodeURI(target.split('#')[0]));
    report(existsSync(path), `${place.name}: the link ${target} leads nowhere`);
  }
}

function json_check(place, text) {
  for (const [, example] of text.matchAll(/```json\n([\s\S]*?)```/g)) {
    let fault = null;
    try {
      JSON.parse(example);
    } catch (cause) {
      fault = cause.message;
    }
    report(!fault, `${place.name}: a JSON example is none: ${fault}`);
  }
}

// Options of one shown command line, up to a pipe, a comment or the end of the code.
function line_check(place, program, args, rest) {
  const help = help_of(program, args);
  report(help !== null, `${place.name}: there is no ${program} ${args.join(' ')}`);
  for (const [option] of rest.split(/[|#`;]/)[0].replace(/"[^"]*"/g, '').matchAll(/(?<=\s)--[a-z][a-z-]*/g))
    report(option === '--help' || help?.includes(`${option} `) || help?.includes(`${option}]`), `${place.name}: ${program} ${args.join(' ')} knows no ${option}`);
}

function commands_check(place, text) {
  const joined = text.replace(/\\\n\s*/g, ' ');
  for (const [, command, rest] of joined.matchAll(/(?:^|[\s`/])tessera (open|load|serve|sql|info|inspect|cube|generate)\b([^\n]*)/gm)) line_check(place, TESSERA, [command], rest);
  for (const [, script, rest] of joined.matchAll(/(?:^|[\s`])(\.\/(?:demo|check))\b([^\n]*)/gm)) line_check(place, script, [], rest);
}

for (const path of documents(ROOT)) {
  const place = { path, name: relative(ROOT, path) };
  const text = readFileSync(path, 'utf8');
  links_check(place, text);
  json_check(place, text);
  commands_check(place, text);
  const with_program = { tessera: TESSERA, root: ROOT, report, write: WRITE };
  sql_check(place, text, with_program);
  commands_run(place, readFileSync(path, 'utf8'), with_program);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
