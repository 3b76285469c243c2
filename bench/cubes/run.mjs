import { queries_main, queries_summary } from '../queries/main.mjs';

export const summary = queries_summary('cubes');
export const main = (argv) => queries_main('cubes', argv);
