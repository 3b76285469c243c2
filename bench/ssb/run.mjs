import { queries_main, queries_summary } from '../queries/main.mjs';

export const summary = queries_summary('ssb');
export const main = (argv) => queries_main('ssb', argv);
