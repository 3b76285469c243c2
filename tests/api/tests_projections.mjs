/* Projections: aggregations and semi-joins by a key read the rows in its order, and answer as from the table as it lies, and as DuckDB does. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, check_equal, tessera_must } from './harness.mjs';
import { Random } from '../equiv/random.mjs';

const MEMBERS = 90000, ROWS = 200000; // more keys than a table of groups that stays in cache, and four blocks of rows

const MODEL = `tessera: 1
name: projections
tables:
  members:
    files: "members.csv"
    key: member
    columns: {member: int, city: string}
  visits:
    files: "visits*.csv"
    key: visit
    cluster: day
    columns:
      visit: int
      member: {link: members}
      day: date
      shop: int
      paid: decimal(12,2)
    projections:
      - {order: [member, day], columns: [paid, shop]}
  days:
    query: |
      SELECT member, day, count(*) AS visits, sum(paid) AS paid FROM visits GROUP BY member, day
    cluster: day
    columns: {member: {link: members}, day: date, visits: int, paid: "decimal(14,2)"}
    projections:
      - {order: [member], columns: [day, paid]}
`;

const date = (n) => new Date(Date.UTC(2024, 0, 1) + n * 86400000).toISOString().slice(0, 10);

function files_write(folder) {
  const numbers = new Random(5), random = (below) => numbers.below(below);
  mkdirSync(folder, { recursive: true });
  const members = ['member,city'];
  for (let m = 1; m <= MEMBERS; m++) members.push(`${m * 3},${['Omsk', 'Tomsk', ''][m % 3]}`);
  writeFileSync(join(folder, 'members.csv'), `${members.join('\n')}\n`);
  const visit = (v, days) => {
    const nobody = random(4) === 0, paid = random(50) ? (random(100000) / 100).toFixed(2) : '';
    return `${v},${nobody ? '' : (1 + random(MEMBERS)) * 3},${date(random(days))},${random(7)},${paid}`;
  };
  const write = (name, from, to, days) => {
    const lines = ['visit,member,day,shop,paid'];
    for (let v = from; v < to; v++) lines.push(visit(v, days));
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  };
  write('visits-1.csv', 1, ROWS, 400);
  mkdirSync(join(folder, 'late'), { recursive: true });
  write('late/visits-2.csv', ROWS, ROWS + 3000, 420); // among them days long past
}

// [statement, whether it reads a projection]
const STATEMENTS = [
  ['SELECT member, count(*), count(paid), sum(paid), min(day), max(day), count(DISTINCT shop), count(DISTINCT day) FROM visits GROUP BY member', true],
  ["SELECT member, sum(paid), avg(paid) FROM visits WHERE day >= DATE '2024-05-01' AND shop <> 3 GROUP BY member HAVING count(*) > 1", true],
  ['SELECT member, shop, sum(paid) FROM visits GROUP BY member, shop', true],
  ['SELECT m.city, v.member, count(*) FROM visits v LEFT JOIN members m ON v.member = m.member GROUP BY 1, 2', true],
  ["SELECT count(*), sum(n) FROM (SELECT member, count(*) AS n FROM visits WHERE day > DATE '2024-02-01' GROUP BY member) x", true],
  ['SELECT member, sum(paid), count(*) FROM days GROUP BY member', true],
  ["SELECT count(*) FROM visits v WHERE EXISTS (SELECT 1 FROM visits w WHERE w.member = v.member AND w.day > v.day AND w.day <= v.day + 30)", true],
  ["SELECT count(*) FROM visits v WHERE NOT EXISTS (SELECT 1 FROM days d WHERE d.member = v.member AND d.day < v.day)", true],
  ["SELECT member, sum(paid) FROM visits WHERE day = DATE '2024-05-01' GROUP BY member", false], // the days' order lets more be skipped
  ['SELECT member, max(visit) FROM visits GROUP BY member', false], // a column that it has not
  ['SELECT shop, sum(paid) FROM visits GROUP BY shop', false],
  ['SELECT member, median(paid) FROM visits GROUP BY member', false],
  ['SELECT member, city, sum(paid) FROM (SELECT * FROM members) m JOIN visits USING (member) GROUP BY GROUPING SETS ((1), (2))', false],
];

export async function tests_projections(harness, tessera, work) {
  const folder = join(work, 'projections'), store = join(folder, 'store'), model = join(folder, 'model.yaml');
  const sql = async (...args) => (await tessera_must(tessera, ['sql', store, '--format', 'csv', '--threads', '3', ...args])).out;
  const rows = (csv) => csv.trim().split('\n').slice(1).sort();
  const agree = async (late) => {
    for (const [text, reads] of STATEMENTS) {
      if (reads || !late) check_equal(/in the order of member/.test(await sql(`EXPLAIN ${text}`)), reads, `${text}: reads a projection`);
      const [with_it, without] = [rows(await sql(text)), rows(await sql('--passes-off', 'projection', text))];
      check(with_it.length > 0, `${text}: no rows`);
      check_equal(with_it.filter((row, i) => row !== without[i]).slice(0, 3), [], `${text}: other rows`);
      check_equal(with_it.length, without.length, text);
    }
  };

  await harness.test('projections: the same answers as from the table, of rows with and without a key', async () => {
    rmSync(folder, { recursive: true, force: true });
    files_write(folder);
    writeFileSync(model, MODEL);
    await tessera_must(tessera, ['load', '--model', model, '--data', folder, '--out', store, '--quiet']);
    await agree();
  });
  await harness.test('projections: counts and sums are those of the files', async () => {
    const sums = new Map();
    for (const line of readFileSync(join(folder, 'visits-1.csv'), 'utf8').trim().split('\n').slice(1)) {
      const [, member, , , paid] = line.split(',');
      const [n, cents] = sums.get(member) ?? [0, 0];
      sums.set(member, [n + 1, cents + Math.round(Number(paid || 0) * 100)]);
    }
    const told = rows(await sql('SELECT member, count(*), coalesce(sum(paid), 0) FROM visits GROUP BY member'));
    check_equal(told.length, sums.size, 'members, and nobody');
    const other = told.filter((row) => { const [member, n, paid] = row.split(','); const [count, cents] = sums.get(member); return Number(n) !== count || Math.round(Number(paid) * 100) !== cents; });
    check_equal(other.slice(0, 3), [], 'each');
  });
  await harness.test('projections: after a load of rows of days past', async () => {
    await tessera_must(tessera, ['load', '--model', model, '--data', join(folder, 'late'), '--out', store, '--quiet']);
    check_equal((await sql('SELECT count(*) FROM visits')).trim().split('\n')[1], `${ROWS + 2999}`, 'rows');
    await agree(true); // the late rows' block has all days: more may read a projection now
  });
}
