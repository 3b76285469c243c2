/*
 * The customer card: random members against DuckDB, section by section; found by card, phone and e-mail hash; personal data masked or
 * granted; what a wrong question is told.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../equiv/random.mjs';
import { check, check_equal, error_of, Server, tessera_must } from './harness.mjs';
import { segments_peer } from './segments_peer.mjs';

const CSV = (data, file) => `read_csv('${data}/${file}', all_varchar = true)`;
const SECTIONS = (data) => ({
  identities: [`select kind, value, valid_from, valid_to from ${CSV(data, 'identities.csv')} where customer = $ order by valid_from desc`, ['kind', 'value', 'from', 'to']],
  tiers: [`select tier, valid_from, valid_to from ${CSV(data, 'tier_history.csv')} where customer = $ order by valid_from desc`, ['tier', 'from', 'to']],
  consents: [`select channel, purpose, if(given = '1', 'true', 'false'), valid_from, valid_to from ${CSV(data, 'consents.csv')} where customer = $ order by valid_from desc`, ['channel', 'purpose', 'given', 'from', 'to']],
  receipts: [`select receipt, sold_at, kind, store, items, paid from card_receipts where customer = $ order by sold_at desc`, ['receipt', 'at', 'kind', 'store', 'items', 'paid']],
  points: [`select strftime(posted_at::timestamp, '%Y-%m-%dT%H:%M:%S'), kind, amount, expires from ${CSV(data, 'points-*.csv')} where customer = $ order by 1 desc`, ['at', 'kind', 'amount', 'expires']],
  contacts: [`select strftime(sent_at::timestamp, '%Y-%m-%dT%H:%M:%S'), p.name, o.channel, o.arm, if(o.sent = '1', 'true', 'false') from ${CSV(data, 'contacts-*.csv')} o join ${CSV(data, 'campaigns.csv')} p on p.campaign = o.campaign
    where o.customer = $ order by 1 desc`, ['at', 'campaign', 'medium', 'arm', 'sent']],
  tests: [`select e.name, a.arm from ${CSV(data, 'assignments.csv')} a join ${CSV(data, 'experiments.csv')} e on e.experiment = a.experiment where a.customer = $ order by a.assigned_at desc`, ['test', 'arm']]
});
/** Rows as a bag of texts: rows of one moment may come in any order. */
const bag = (rows) => rows.map((row) => JSON.stringify(row.map((cell) => (cell === null || cell === undefined ? null : /^-?\d+(\.\d+)?$/.test(String(cell)) ? Number(cell) : String(cell))))).sort();

export async function tests_customers(harness, tessera, demo, work) {
  const duck = await segments_peer(demo.data);
  if (!duck) return harness.skip('customers', 'DuckDB is not installed: npm install --prefix bench');
  const { peer, members } = duck, data = demo.data;
  await peer(`create table card_receipts as select r.customer, r.receipt, strftime(r.sold_at::timestamp, '%Y-%m-%dT%H:%M:%S') as sold_at, r.kind, s.name as store, sum(if(l.unit = 'kg', sign(l.quantity::double), l.quantity::double)) as items, sum(l.paid::decimal(14,2)) as paid
    from ${CSV(data, 'receipts-*.csv')} r join ${CSV(data, 'sales-*.csv')} l on l.receipt = r.receipt left join ${CSV(data, 'stores.csv')} s on s.store = r.store group by all`);
  const store = join(work, 'customers_store');
  cpSync(demo.store, store, { recursive: true });
  let server = await Server.start(tessera, [store, '--personal-data']);
  const card = async (body, status = 200) => { const reply = await server.post('/api/v1/customers/card', body); check_equal(reply.status, status, `${JSON.stringify(body)}: ${reply.text.slice(0, 300)}`); return reply.json(); };
  const keys = (await peer(`select customer from ${CSV(data, 'customers.csv')} order by customer::bigint`)).map(([key]) => Number(key));

  await harness.test('customers: every section of random members as DuckDB has it', async () => {
    let lines = 0;
    for (const key of new Random(17).shuffled(keys).slice(0, 25)) {
      const c = await card({ customer: key, rows: 1000, personal: true });
      for (const [name, [sql, fields]] of Object.entries(SECTIONS(data))) {
        const wanted = await peer(sql.replaceAll('$', `'${key}'`));
        check_equal([c[name].total, bag(c[name].rows.map((row) => fields.map((field) => row[field])))], [wanted.length, bag(wanted)], `${name} of ${key}`);
        const moments = c[name].rows.map((row) => row.at ?? row.from);
        check_equal(moments, [...moments].sort().reverse(), `${name} of ${key}: the newest first`);
      }
      const bought = await peer(`select l.receipt, p.name, l.quantity::double, l.paid::double from ${CSV(data, 'sales-*.csv')} l join ${CSV(data, 'receipts-*.csv')} r on r.receipt = l.receipt join ${CSV(data, 'products.csv')} p on p.product = l.product where r.customer = '${key}'`);
      check_equal(bag(c.lines.map((line) => [line.receipt, line.product, line.quantity, line.paid])), bag(bought), `lines of ${key}`);
      lines += bought.length;
      const [[first, last, receipts, sales]] = await peer(`select min(day) filter (where purchase)::text, max(day) filter (where purchase)::text, count(*) filter (where purchase), coalesce(sum(paid), 0) from receipt where customer = ${key}`);
      const [[points]] = await peer(`select coalesce(sum(amount), 0) from points where customer = ${key}`);
      check_equal([c.summary.first_purchase, c.summary.last_purchase, c.summary.receipts, c.summary.sales, c.summary.points], [first, last, Number(receipts), Number(sales), Number(points)], `summary of ${key}`);
      const [[name, born]] = await peer(`select name, birth_date from ${CSV(data, 'customers.csv')} where customer = '${key}'`), value = (column) => c.profile.find((one) => one.name === column).value;
      check_equal([value('name'), value('birth_date')], [name, born], `profile of ${key}`);
    }
    check(lines > 200, `only ${lines} lines`);
  });
  await harness.test('customers: as many rows as asked, the newest; lines of those receipts alone', async () => {
    const [[key]] = await peer('select customer from card_receipts where customer is not null group by 1 order by count(*) desc limit 1');
    const all = await card({ customer: Number(key), rows: 1000 }), few = await card({ customer: Number(key), rows: 3 }), none = await card({ customer: Number(key), rows: 0 });
    check_equal([few.receipts.rows, few.receipts.total], [all.receipts.rows.slice(0, 3), all.receipts.total], 'receipts');
    check_equal(bag([...new Set(few.lines.map((line) => line.receipt))].map((one) => [one])), bag(few.receipts.rows.map((row) => [row.receipt])), 'lines');
    check_equal([none.receipts.rows, none.lines, none.summary], [[], [], all.summary], 'none');
  });
  await harness.test('customers: found by card, phone and e-mail, of whom has it now', async () => {
    for (const kind of ['card', 'phone', 'email']) {
      const shared = await peer(`select value from ${CSV(data, 'identities.csv')} where kind = '${kind}' group by 1 order by count(*) desc, 1 limit 4`);
      for (const [value] of shared) {
        const [[whose]] = await peer(`select customer from ${CSV(data, 'identities.csv')} where kind = '${kind}' and value = '${value}' order by valid_to is null desc, valid_to desc, identity::bigint desc limit 1`);
        check_equal([(await card({ identity: { kind, value } })).customer, (await card({ identity: { value } })).customer], [Number(whose), Number(whose)], `${kind} ${value}`);
        await card({ identity: { kind: kind === 'card' ? 'phone' : 'card', value } }, 404);
      }
    }
  });
  await harness.test('customers: the segments that a member is in', async () => {
    const women = (await members("coalesce(m.gender = 'f', false)", '2025-12-31')).map(Number);
    for (const [id, definition] of [['women', { level: 'customer.gender', in: ['f'] }], ['nobody', { any: [] }], ['everybody', { all: [] }]]) check_equal((await server.post('/api/v1/segments', { id, name: id, definition })).status, 201, id);
    const c = await card({ customer: women[0] });
    check_equal([c.in_base, c.segments], [true, [{ id: 'everybody', name: 'everybody' }, { id: 'women', name: 'women' }]], 'of a woman');
  });
  await harness.test('customers: wrong questions are told where they are wrong', async () => {
    for (const [body, status, path] of [[{}, 400, 'customer'], [{ customer: 1, identity: { value: 'x' } }, 400, 'identity'], [{ customer: 'x' }, 400, 'customer'], [{ customer: 1e12 }, 404, 'customer'], [{ customer: 0 }, 404, 'customer'], [{ customer: -1 }, 404, 'customer'],
      [{ identity: 'x' }, 400, 'identity'], [{ identity: {} }, 400, 'identity.value'], [{ identity: { value: 'nobody' } }, 404, 'identity'], [{ identity: { value: '' } }, 404, 'identity'], [{ identity: { kind: 1, value: 'x' } }, 400, 'identity.kind'],
      [{ customer: 1, rows: 1001 }, 400, 'rows'], [{ customer: 1, personal: 1 }, 400, 'personal'], [{ custome: 1 }, 400, null]])
      check_equal(error_of(await server.post("/api/v1/customers/card", body), status).path ?? null, path, JSON.stringify(body));
    await server.stop('SIGINT');
  });
  await harness.test('customers: masked without the grant; what a load brings is seen', async () => {
    const key = keys[0];
    const later = join(work, 'customers_later');
    mkdirSync(later);
    writeFileSync(join(later, 'tier_history-later.csv'), 'customer,tier,valid_from,valid_to\n' + `${key},later,2031-01-01,\n`);
    server = await Server.start(tessera, [store]);
    const before = await card({ customer: key });
    check(/^.\*\*\*$/.test(before.profile.find((one) => one.name === 'name').value) && before.profile.find((one) => one.name === 'name').masked, 'a name');
    check(before.identities.rows.every((row) => row.value.endsWith('***')), 'identities');
    error_of(await server.post('/api/v1/customers/card', { customer: key, personal: true }), 400);
    await server.stop('SIGINT');
    await tessera_must(tessera, ['load', '--model', demo.model, '--data', later, '--out', store]);
    server = await Server.start(tessera, [store]);
    check_equal([(await card({ customer: key })).tiers.total, (await card({ customer: key })).tiers.rows[0].tier], [before.tiers.total + 1, 'later'], 'a tier more');
    const asking = await Promise.all(Array.from({ length: 12 }, (_, i) => card({ customer: keys[i % 3] })));
    check(asking.every((one, i) => JSON.stringify([one.tiers, one.lines]) === JSON.stringify([asking[i % 3].tiers, asking[i % 3].lines])), 'many at once');
  });
  await harness.test('customers: the end', () => server.stop('SIGINT'), { always: true });
}
