import { queries_main, queries_summary } from '../queries/main.mjs';
import { door_main } from './door.mjs';

export const summary = `${queries_summary('adhoc')}; then its door: a statement's cost, start, large answers, clients`;

export async function main(argv) {
  const values = await queries_main('adhoc', argv);
  if (!values.only) await door_main(values);
}
