/* DuckDB over the CSV files of a chain, as the rules of bench/segments/rules.mjs ask it. */
import { STATES } from '../../bench/segments/rules.mjs';
import { peer_open } from './reports_peer.mjs';

/** {peer, words, members}, or null where DuckDB is not installed. members(condition, day): the keys of the base that meet it. */
export async function segments_peer(data) {
  const peer = await peer_open(data);
  if (!peer) return null;
  await peer(`create table attributes as select customer::bigint as customer, gender, city, source from read_csv('${data}/customers.csv', all_varchar = true)`);
  for (const sql of STATES(data)) await peer(sql);
  const column = async (sql) => (await peer(sql)).map((row) => row[0]);
  const words = {};
  for (const name of ['gender', 'city', 'source']) words[name] = await column(`select distinct ${name} from attributes where ${name} is not null order by 1`);
  words.category = await column('select distinct category from line order by 1');
  words.campaign = await column('select distinct name from campaigns order by 1');
  words.store = await column('select distinct name from stores order by 1');
  const from = (sql, day) => `select m.customer from base('${day}') b join attributes m on m.customer = b.customer where ${sql}`;
  return { peer, words, from, members: (sql, day) => column(`${from(sql, day)} order by 1`) };
}
