// Dispatches `bench/run SUITE [options]`. A suite is a folder with a run.mjs that exports
// `summary` (one line) and `main(argv)`.
import { bench_folder, data_folder, fail } from './support/common.mjs';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const suite_file = (name) => join(bench_folder, name, 'run.mjs');
const suite_import = (name) => import(pathToFileURL(suite_file(name)).href);
const suites = () => readdirSync(bench_folder).filter((name) => existsSync(suite_file(name)));

async function help_print() {
  console.log('usage: bench/run SUITE [options]      bench/run SUITE --help\n\nsuites:');
  for (const name of suites()) console.log(`  ${name.padEnd(10)} ${(await suite_import(name)).summary}`);
  console.log(`
once: npm install --prefix bench, and a release build (cmake --preset release && cmake --build --preset
release). Data, stores and results go to bench/data, which is git-ignored; delete it at will.
docs/BENCHMARKS.md says how each figure is obtained.`);
}

const [suite, ...rest] = process.argv.slice(2);
if (!suite || suite === '--help' || suite === '-h') await help_print();
else if (!suites().includes(suite)) fail(`no suite ${suite}; there are: ${suites().join(', ')}`);
else {
  mkdirSync(data_folder, { recursive: true });
  await (await suite_import(suite)).main(rest);
}
