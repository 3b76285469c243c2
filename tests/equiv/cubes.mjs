/*
 * Cuboids never change an answer: random aggregations over random stars, with navigation and without, after loads that
 * append to them.
 *
 *   node tests/equiv/cubes.mjs [--queries N] [--seed S] [--world N] [--at-once N] [--tessera PROGRAM] [--work FOLDER] [--rows N] [--keep] [--verbose]
 *
 * Each world is a random star with a cube of random measures and random cuboids. Each statement must give the same bytes
 * (but for the order of rows) with the pass `cuboid` and without it, and by the plan that is kept when it is asked again. Before, rows were added to the star, some late, some
 * of new members, seldom with changed ones. Enough statements must have read a cuboid, and enough cuboids must have been
 * refreshed and rebuilt, or the run fails: it would show nothing. Then cuboids are built that missed questions would need: the statements are
 * asked again, and these questions must be missed no more. The last line is `N passed, N failed`.
 *
 * A world has a seed of its own, the next after the one before, so that any of them can be run again alone (`--seed S --rows N`, as a failure names them). A run of many:
 *
 *   node tests/equiv/cubes.mjs --queries 1000000 --world 2000 --at-once 4 --tessera build/release/web/tessera
 *
 * tells after each world how far it is; a world that breaks is a failure, and the next one goes on; after FAILURES_MAX it ends.
 */
import { cpSync, mkdirSync, rmSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { lines_sorted } from './answers.mjs';
import { CubeWorld } from './cube_generate.mjs';
import { Random } from './random.mjs';
import { program_run, Server } from './server.mjs';
import { world_append, world_make } from './world.mjs';

const home = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const { values: options } = parseArgs({ options: {
  queries: { type: 'string', default: '300' }, world: { type: 'string', default: '50' }, 'at-once': { type: 'string', default: '1' }, seed: { type: 'string' }, tessera: { type: 'string', default: join(home, 'build/dev/web/tessera') },
  work: { type: 'string', default: join(home, 'build/check/cubes') }, rows: { type: 'string' }, keep: { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false } } });

const SIZES = [0, 1, 63, 65, 400, 2049, 10000, 65537];
const SHOWN_FROM = 5000; // statements of a run that tells how far it is
const FAILURES_MAX = 50;
const EXPLAINED_MAX = 50, AGAIN_MAX = 200; // statements of a world whose plan is read; that are asked again with more cuboids
const SERVED_MIN = 0.25; // of the statements whose plan is read
const APPENDS_MAX = 3; // to a world
const BLOCK_ROWS = 65536;
const MISSES_BUILT_MAX = 4; // of a world
const REFRESHED_MIN = 0.2, BUILT_MIN = 0.05; // of the cuboids at appends

const counts = { passed: 0, failed: 0, served: 0, explained: 0, refused: 0, built: 0, refreshed: 0, kept: 0, missed: 0, large: 0 };

// Whether the statement's plan reads a cuboid.
const is_served = async (server, sql) => / serves\n|: serves/.test((await server.ask(`explain ${sql}`)).csv ?? '');

async function statement_test(server, sql, place, explained = true) {
  const with_cuboids = await server.ask(sql), again = await server.ask(sql), without = await server.ask(sql, 'cuboid');
  if (without.error !== undefined) counts.refused++;
  const same = without.error === undefined ? with_cuboids.csv !== undefined && lines_sorted(with_cuboids.csv) === lines_sorted(without.csv) && lines_sorted(with_cuboids.csv) === lines_sorted(again.csv ?? '')
    : with_cuboids.error === without.error;
  if (options.verbose && without.error) console.log(`refused: ${without.error}\n  ${sql}`);
  if (same) {
    counts.passed++;
    if (!explained) return;
    counts.explained++;
    const served = await is_served(server, sql);
    counts.served += served;
    if (options.verbose && !served) console.log(`scanned: ${sql}\n${((await server.ask(`explain ${sql}`)).csv ?? '').split('\n').filter((line) => /cuboid/.test(line)).join('\n')}`);
    return;
  }
  counts.failed++;
  console.log(`not ok - ${place}\n  ${sql};\n  with cuboids: ${(with_cuboids.error ?? with_cuboids.csv).slice(0, 600)}\n  without: ${(without.error ?? without.csv).slice(0, 600)}`);
}

// Loads a folder as a batch of the world's store; what became of the cuboids counts when it is an append.
async function world_load(world, folder, store, batch, is_append) {
  const said = await program_run(options.tessera, ['load', '--model', world.model, '--data', folder, '--out', store, '--batch', batch]);
  const fates = /note: cuboids: (\d+) built, (\d+) refreshed, (\d+) as they were/.exec(said);
  if (is_append && fates) ['built', 'refreshed', 'kept'].forEach((fate, i) => (counts[fate] += Number(fates[i + 1])));
  if (options.verbose) console.log(said.split('\n').filter((line) => /cuboid/.test(line)).join('\n'));
}

// Cells by cuboid, as the store has them.
async function cells_of(store) {
  const lines = (await program_run(options.tessera, ['cube', 'list', store])).split('\n').map((line) => /^ *([\d,]+) +\S+ \S+ +[\d.]+ s +[\d,]+ +(?:-|\S+ \S+) {2}(\S+\(.*\))(?: {2}by name)?$/.exec(line)).filter(Boolean);
  return new Map(lines.map(([, cells, name]) => [name, Number(cells.replaceAll(',', ''))]));
}

// A cuboid that was refreshed has the cells that it has when it is built anew (in a copy of the store), each once.
async function cells_test(store, place) {
  const refreshed = await cells_of(store), copy = `${store}-anew`;
  if (!refreshed.size) return;
  rmSync(copy, { recursive: true, force: true });
  cpSync(store, copy, { recursive: true });
  await program_run(options.tessera, ['cube', 'build', copy, '--quiet', ...refreshed.keys()]);
  for (const [name, cells] of await cells_of(copy)) {
    if (cells > BLOCK_ROWS) counts.large++;
    if (cells === refreshed.get(name)) continue;
    counts.failed++;
    console.log(`not ok - ${place}: ${name} has ${refreshed.get(name)} cells after loads, ${cells} when it is built anew`);
  }
}

const miss_name = (miss) => `${miss.cube}(${miss.levels.join(', ')})`;

// The questions that no cuboid served and one could: those by some level.
async function misses(server) {
  const all = (await (await fetch(`${server.url}/api/v1/cuboids`)).json()).misses;
  return all.filter((miss) => miss.never === null && miss.levels.length);
}

// The cuboids that the missed questions would need are built: then these are missed no more, and nothing has another answer.
async function misses_test(missed, store, statements, place) {
  const names = [...new Set(missed.map(miss_name))];
  if (!names.length) return;
  await program_run(options.tessera, ['cube', 'build', store, '--quiet', ...names]);
  const server = await new Server().start(options.tessera, store, 2);
  for (const [i, sql] of statements.entries()) await statement_test(server, sql, `${place}, statement ${i + 1}, with ${names.join(' ')}`);
  const again = (await misses(server)).map(miss_name).filter((name) => names.includes(name));
  await server.stop();
  counts.missed += names.length;
  if (!again.length) return;
  counts.failed++;
  console.log(`not ok - ${place}: missed again though they were built: ${again.join(' ')}`);
}

async function world_test(seed, row_count, query_count, number) {
  const random = new Random(seed), folder = join(options.work, `${number}`), store = join(folder, 'store');
  rmSync(folder, { recursive: true, force: true });
  const world = world_make(random, row_count, folder), cube = new CubeWorld(random, world);
  writeFileSync(world.model, readFileSync(world.model, 'utf8') + cube.model_text());
  for (const [i, batch] of world.batches.entries()) await world_load(world, batch, store, `${i}`, false);
  for (let i = random.between(0, APPENDS_MAX); i > 0; i--) {
    const more = join(folder, `more${i}`);
    world_append(world, random, more);
    await world_load(world, more, store, `more${i}`, true);
  }
  await cells_test(store, `seed ${seed}, rows ${row_count}`);
  const place = `seed ${seed}, rows ${row_count}`, statements = Array.from({ length: query_count }, (_, i) => cube.statement(new Random(seed * 7919 + i)));
  const server = await new Server().start(options.tessera, store, random.pick([1, 2]));
  let next = 0;
  const asker = async () => {
    while (next < statements.length && counts.failed < FAILURES_MAX) {
      const i = next++;
      await statement_test(server, statements[i], `${place}, statement ${i + 1}`, i < EXPLAINED_MAX);
      if (server.code !== undefined) throw new Error(`the server died:\n${server.errors}`);
    }
  };
  await Promise.all(Array.from({ length: Number(options['at-once']) }, asker));
  const missed = await misses(server);
  await server.stop();
  await misses_test(random.shuffled(missed).slice(0, MISSES_BUILT_MAX), store, statements.slice(0, AGAIN_MAX), place);
  if (!options.keep) rmSync(folder, { recursive: true, force: true });
}

/*
 * A cuboid of more cells than a block has rows: an append shares the blocks that it does not touch. Rows come in the order of n,
 * then late ones of the first block, new strings among them; each load is asked and compared with a build.
 */
async function large_test() {
  const folder = join(options.work, 'large'), store = join(folder, 'store'), model = join(folder, 'model.yaml');
  const row = (n, i) => `${n},${n % 11 ? `s${n % 7}${i}` : ''},2024-01-${String(1 + (n % 28)).padStart(2, '0')},${n % 13}.${10 + (i % 80)}`;
  const range = (from, to, step, i) => Array.from({ length: Math.ceil((to - from) / step) }, (_, k) => row(from + k * step, i));
  const batches = [[...range(0, 80000, 1, 0), ...range(0, 80000, 3, 0)], range(79900, 81000, 1, 1), range(100, 30000, 997, 2), [row(65535, 0), row(65536, 3), row(7, 4)]];
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(model, ['tessera: 1', 'name: large', 'tables:', '  f:', '    files: f.csv', '    columns: {n: int, s: string, day: date, paid: "decimal(8,2)"}',
    'dimensions: {n: , s: , t: {time: true}}', 'cubes:', '  c:', '    table: f', '    dimensions: {n: n, s: s, t: day}',
    '    measures: {paid: {sum: paid}, lines: {count: rows}, least: {min: s}}', '    cuboids: [[n.n, s.s], [s.s, n.n, t.month]]', ''].join('\n'));
  const asked = ['select s, sum(paid), count(*), min(s), count(distinct n) from f group by s', 'select n / 1000, sum(paid), count(*) from f group by 1',
    "select s, sum(paid) from f where n >= 65530 and n < 65545 group by s", "select count(*), sum(paid) from f where s like 's_2' or s is null"];
  for (const [i, lines] of batches.entries()) {
    const data = join(folder, `${i}`);
    mkdirSync(data);
    writeFileSync(join(data, 'f.csv'), ['n,s,day,paid', ...lines, ''].join('\n'));
    await world_load({ model }, data, store, `${i}`, i > 0);
    await cells_test(store, `large, batch ${i}`);
    const server = await new Server().start(options.tessera, store, 2);
    for (const sql of asked) await statement_test(server, sql, `large, batch ${i}`);
    await server.stop();
  }
  if (!options.keep) rmSync(folder, { recursive: true, force: true });
}

const seed = Number(options.seed ?? 1), total = Number(options.queries), a_world = Number(options.world), started = Date.now();
let seeds = 0;
const summary = () => {
  const seconds = (Date.now() - started) / 1000, asked = counts.passed + counts.failed;
  return `# ${asked} statements, ${counts.failed} mismatches, seeds ${seed} to ${seed + seeds - 1}, ${seconds.toFixed(0)} s, ${(asked / seconds).toFixed(0)} a second`;
};
for (let done = 0; done < total && counts.failed < FAILURES_MAX; done += a_world) {
  const number = seeds++, size = options.rows ? Number(options.rows) : SIZES[number % SIZES.length];
  try {
    await world_test(seed + number, size, Math.min(a_world, total - done), number);
  } catch (cause) {
    counts.failed++;
    console.log(`not ok - seed ${seed + number}, rows ${size}: ${cause.stack}`);
  }
  if (total > SHOWN_FROM) console.log(summary());
}
await large_test();
if (counts.large < 8) {
  counts.failed++;
  console.log(`not ok - ${counts.large} cuboids have more cells than a block: the appends do not show that blocks are shared`);
}
const all = counts.passed + counts.failed;
console.log(summary());
console.log(`# ${counts.served} of ${counts.explained} statements read a cuboid, ${counts.refused} fail with and without`);
console.log(`# ${counts.missed} cuboids were built for missed questions, ${counts.large} have more cells than a block`);
if (total >= 300 && !counts.missed) {
  counts.failed++;
  console.log('not ok - no question was missed: the statements show nothing of that');
}
const appended = counts.built + counts.refreshed + counts.kept;
console.log(`# of ${appended} cuboids at appends ${counts.refreshed} were refreshed, ${counts.built} built anew, ${counts.kept} kept`);
if (counts.refreshed < REFRESHED_MIN * appended || counts.built < BUILT_MIN * appended || (total >= 300 && !appended)) {
  counts.failed++;
  console.log('not ok - too few cuboids were refreshed or built anew: the appends show too little');
}
if (counts.served < SERVED_MIN * counts.explained || counts.refused > 0.1 * all) {
  counts.failed++;
  console.log('not ok - too few statements read a cuboid, or too many fail: the generator shows too little');
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed ? 1 : 0);
