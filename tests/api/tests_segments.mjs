/*
 * Segments: random definitions against DuckDB over the same CSV files, member by member and for past days; saving,
 * changing, removing, a killed server, a broken file; what a wrong definition is told.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../equiv/random.mjs';
import { check, check_equal, error_of, Server } from './harness.mjs';
import { segments_peer } from './segments_peer.mjs';
import { Rules, quoted, truth } from '../../bench/segments/rules.mjs';

/** The same value with its keys in order. */
const sorted = (value) => (Array.isArray(value) ? value.map(sorted) : value && typeof value === 'object' ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value);

const RANDOM_COUNT = 60; // `node tests/api/run.mjs --only segments: random` with TESSERA_SEGMENTS=500 for more
async function random_tests(harness, server, demo) {
  const duck = await segments_peer(demo.data);
  if (!duck) return harness.skip('segments: random', 'DuckDB is not installed: npm install --prefix bench');
  const { peer, words, members } = duck;
  const count = Number(process.env.TESSERA_SEGMENTS ?? RANDOM_COUNT);
  await harness.test(`segments: random ones as DuckDB finds them, ${count}`, async () => {
    let some = 0;
    for (let i = 0; i < count; i++) {
      const random = new Random(4100 + i), day = random.chance(0.3) ? '2025-12-31' : random.pick(['2023-02-28', '2024-02-29', '2024-12-31', '2025-07-15']);
      const { json, sql } = new Rules(random, words, day, { purchases: true }).rule(3);
      const wanted = await members(sql, day);
      const reply = await server.post('/api/v1/segments/preview', { definition: json, as_of: day });
      check_equal(reply.status, 200, `${JSON.stringify(json)}: ${reply.text.slice(0, 300)}`);
      check_equal(reply.json().size, wanted.length, `${day} ${JSON.stringify(json)}\n${sql}`);
      some += wanted.length > 0;
      const text = (await server.post('/api/v1/segments/text', { definition: json })).json().text;
      const back = await server.post('/api/v1/segments/text', { text });
      check_equal(back.status, 200, `${text}: ${back.text.slice(0, 300)}`);
      check_equal([back.json().text, sorted(back.json().definition)], [text, sorted(json)], 'to and fro as text');
      check_equal((await server.post('/api/v1/segments/preview', { text, as_of: day })).json().size, wanted.length, text);
      if (day !== '2025-12-31') continue;
      const saved = await server.post('/api/v1/segments', { id: `random-${i}`, name: 'Random', definition: json });
      check_equal(saved.status, 201, saved.text.slice(0, 300));
      const got = (await server.get(`/api/v1/segments/random-${i}/members`)).text.trim().split('\r\n').slice(1).map(Number);
      check_equal(got.sort((a, b) => a - b), wanted.map(Number), JSON.stringify(json));
      check_equal((await server.ask('DELETE', `/api/v1/segments/random-${i}`)).status, 200, 'removed');
    }
    check(some > count / 3, `only ${some} of ${count} have members`);
  });
  await harness.test('segments: of the first and the last purchase, what, where and when, as DuckDB finds them', async () => {
    const category = words.category[0], store = words.store[0];
    for (const day of ['2024-06-30', '2025-12-31']) for (const purchase of ['first', 'last']) {
      const its = `day in (select ${purchase} from bought_days('${day}') d where d.customer = m.customer) and x.customer = m.customer`;
      const of_receipts = (what, more = '') => `coalesce((select ${what} from receipt x where ${its}${more}), 0)`;
      const cases = [
        ['what', { measure: 'sales.receipts', filters: [{ level: 'product.category', in: [category] }], purchase, at_least: 1 },
          `exists (select 1 from receipt x join line on line.receipt = x.receipt where line.purchase and category = ${quoted(category)} and ${its})`],
        ['where', { measure: 'receipts.count', filters: [{ level: 'store.store', in: [store] }], purchase, at_least: 1 },
          `${of_receipts('count(*) filter (where purchase)', ` and store in (select store::bigint from stores where name = ${quoted(store)})`)} >= 1`],
        ['when', { measure: 'receipts.count', purchase, from: '2023-12-01', to: '2024-02-29', at_least: 1 },
          `${of_receipts('count(*) filter (where purchase)', " and day between date '2023-12-01' and date '2024-02-29'")} >= 1`],
        ['long ago', { measure: 'receipts.count', purchase, days: 365, ago: 100, at_least: 1 },
          `${of_receipts('count(*) filter (where purchase)', ` and day > date '${day}' - 465 and day <= date '${day}' - 100`)} >= 1`],
        ['how much', { measure: 'receipts.sales', purchase, at_least: 1000 }, `${of_receipts('sum(paid)')} >= 1000`],
        ['average', { measure: 'receipts.average_check', purchase, above: 400 }, `${of_receipts('sum(paid)::double / nullif(count(*) filter (where purchase), 0)')} > 400`],
        ['none', { measure: 'receipts.count', purchase, at_most: 0 }, `${of_receipts('count(*) filter (where purchase)')} <= 0`],
      ];
      for (const [name, definition, sql] of cases) {
        const wanted = (await members(sql, day)).length, reply = await server.post('/api/v1/segments/preview', { definition, as_of: day });
        check_equal([reply.status, reply.json().size], [200, wanted], `${purchase} ${name} ${day}: ${reply.text.slice(0, 300)}`);
        check(wanted > 0, `${purchase} ${name} ${day}: somebody`);
        const { text } = (await server.post('/api/v1/segments/text', { definition })).json();
        check(text.includes(` of ${purchase} purchase`), text);
        check_equal(sorted((await server.post('/api/v1/segments/text', { text })).json().definition), sorted(definition), text);
      }
    }
    for (const [definition, fault] of [
      [{ measure: 'receipts.count', purchase: 'second', at_least: 1 }, /"first\\" or \\"last\\" is expected/],
      [{ measure: 'points.balance', purchase: 'first', at_least: 1 }, /window of its own: purchase does not go with it/],
    ]) {
      const reply = await server.post('/api/v1/segments/preview', { definition });
      check(reply.status === 400 && fault.test(reply.text), reply.text);
    }
  });
  await harness.test('segments: rules that differ in their bound alone, one after the other, as DuckDB finds them', async () => {
    const day = '2025-03-31', year = `day > date '${day}' - 365 and day <= date '${day}'`, own = `from receipt x where ${year} and x.customer = m.customer`;
    const signs = [['at_least', '>='], ['at_most', '<='], ['above', '>'], ['below', '<'], ['equal', '=']];
    const measures = [['receipts.sales', `coalesce((select sum(paid) ${own}), 0)`], ['receipts.count', `coalesce((select count(*) filter (where purchase) ${own}), 0)`],
      ['receipts.average_check', `(select sum(paid)::decimal(38,2) / nullif(count(*) filter (where purchase), 0) ${own})`], ['receipts.days', `coalesce((select count(distinct day) filter (where purchase) ${own}), 0)`]];
    for (const [measure, value] of measures) for (const [name, sign] of signs) for (const bound of measure === 'receipts.average_check' ? [0, '512.5'] : measure === 'receipts.sales' ? [-1, 0, '1499.99', '99999999999999999999'] : [-1, 0, 3, '99999999999999999999']) {
      if (measure === 'receipts.average_check' && sign === '=') continue; // a quotient is rounded otherwise
      const reply = await server.post('/api/v1/segments/preview', { definition: { measure, days: 365, [name]: bound }, as_of: day });
      if (reply.status === 400) check(/more digits|range/.test(reply.text) && `${bound}`.length > 19, `${measure} ${name} ${bound}: ${reply.text}`);
      else check_equal(reply.json().size, (await members(truth(`${value} ${sign} ${bound}`), day)).length, `${measure} ${name} ${bound}: ${reply.text.slice(0, 200)}`);
    }
  });
  await harness.test('segments: a preview tells sales, reach and cuts as DuckDB does', async () => {
    const rules = [{ measure: 'receipts.count', days: 365, at_least: 3 }, { level: 'customer.gender', in: ['f'] }];
    const p = (await server.post('/api/v1/segments/preview', { definition: { all: rules } })).json();
    const year = "day > date '2025-12-31' - 365 and day <= date '2025-12-31'";
    const frequent = `coalesce((select count(*) from receipt x where purchase and ${year} and x.customer = m.customer), 0) >= 3`;
    const woman = truth("m.gender = 'f'");
    const set = async (sql) => (await members(sql, '2025-12-31')).length;
    check_equal(p.rules, [
      { path: 'all[0]', size: await set(frequent), unknown: 0, cut: (await set(woman)) - p.size },
      { path: 'all[1]', size: await set(woman), unknown: await set('m.gender is null'), cut: (await set(frequent)) - p.size }], 'rules');
    const of = `from receipt where ${year} and customer in (select m.customer from base('2025-12-31') b join attributes m on m.customer = b.customer where ${frequent} and ${woman})`;
    const [[net, receipts]] = await peer(`select sum(paid), count(*) filter (where purchase) ${of}`);
    check_equal([p.sales.net, p.sales.receipts], [Number(net), Number(receipts)], 'sales');
    check(Math.abs(p.sales.average_check - Number(net) / Number(receipts)) < 0.006, 'average check');
    const [[all]] = await peer(`select sum(paid) from receipt where ${year}`);
    check(Math.abs(p.sales.share - Number(net) / Number(all)) < 1e-6, `share ${p.sales.share}`);
    const reach = await peer(`select channel, count(distinct customer::bigint) from read_csv('${demo.data}/consents.csv', all_varchar = true)
      where given = '1' and purpose = 'marketing' and valid_from::date <= date '2025-12-31' and (valid_to is null or valid_to::date > date '2025-12-31')
      and customer::bigint in (select m.customer from base('2025-12-31') b join attributes m on m.customer = b.customer where ${frequent} and ${woman}) group by 1 order by 1`);
    check_equal(p.reachable.map((r) => [r.channel, r.members]), reach.map(([channel, n]) => [channel, Number(n)]), 'reach');
  });
  await harness.test('segments: an overlap is what DuckDB finds', async () => {
    const day = '2024-12-31', near = (got, wanted, what) => check(Math.abs(got - wanted) < 1e-6, `${what}: ${got}, not ${wanted}`);
    const rules = [{ measure: 'receipts.count', days: 365, at_least: 3 }, { level: 'customer.gender', in: ['f'] }, { level: 'customer.city', in: [words.city[0]] }];
    const receipts = `coalesce((select count(*) from receipt x where purchase and day > date '${day}' - 365 and day <= date '${day}' and x.customer = m.customer), 0)`;
    const sets = [];
    for (const sql of [`${receipts} >= 3`, truth("m.gender = 'f'"), truth(`m.city = ${quoted(words.city[0])}`)]) sets.push(new Set(await members(sql, day)));
    const base = (await members('true', day)).length, everybody = [...new Set(sets.flatMap((set) => [...set]))];
    const made = await server.post('/api/v1/segments', { id: 'women', name: 'Women', definition: rules[1] });
    check_equal(made.status, 201, made.text.slice(0, 300));
    const reply = await server.post('/api/v1/segments/overlap', { segments: [rules[0], 'women', rules[2]], as_of: day });
    check_equal(reply.status, 200, reply.text.slice(0, 300));
    const o = reply.json();
    check_equal([o.as_of, o.base, o.any, o.all], [day, base, everybody.length, everybody.filter((m) => sets.every((set) => set.has(m))).length], 'of all');
    check(o.all > 0 && sets.every((set) => set.size > o.all), 'the sets lie over each other');
    check_equal(o.segments.map((s) => [s.size, s.only]), sets.map((set) => [set.size, [...set].filter((m) => sets.every((other) => other === set || !other.has(m))).length]), 'each');
    check_equal(o.pairs.map((p) => [p.a, p.b]), [[0, 1], [0, 2], [1, 2]], 'pairs');
    for (const p of o.pairs) {
      const [a, b] = [sets[p.a], sets[p.b]], both = [...a].filter((m) => b.has(m)).length, either = a.size + b.size - both;
      check_equal([p.both, p.either], [both, either], `${p.a} and ${p.b}`);
      near(p.share_of_a, both / a.size, 'share of a');
      near(p.share_of_b, both / b.size, 'share of b');
      near(p.jaccard, both / either, 'jaccard');
      near(p.lift, (both * base) / (a.size * b.size), 'lift');
    }
    for (const [i, definition] of rules.entries()) {
      const p = (await server.post('/api/v1/segments/preview', { definition, as_of: day })).json();
      check_equal([o.segments[i].sales, o.segments[i].reachable], [p.sales, p.reachable], `the figures of a preview, ${i}`);
    }
    check_equal((await server.ask('DELETE', '/api/v1/segments/women')).status, 200, 'removed');
  });
}

/** Every value of every attribute on two days; the same from SQL, whose statements know of attributes too. */
async function attribute_tests(harness, server, { peer, members }) {
  await harness.test('segments: each value of each attribute is what DuckDB finds, member by member', async () => {
    const { attributes } = (await server.get('/api/v1/model')).json();
    check_equal(attributes.map((one) => one.name), ['purchase_status', 'last_purchase', 'rfm_group', 'rfm_cell', 'quarters', 'tier', 'consent', 'bought_after'], 'attributes');
    check_equal(attributes.find((one) => one.name === 'rfm_group').values[8], { value: "can't lose", title: { en: "Can't lose", ru: 'Нельзя потерять' } }, 'titles');
    check_equal((await server.post('/api/v1/segments', { id: 'attribute', name: 'A', definition: { any: [] } })).status, 201, 'saved');
    for (const day of ['2024-08-15', '2025-12-31']) for (const { name, values } of attributes) {
      const found = (await peer(`select value, count(*) from state_${name}('${day}') s join base('${day}') b on b.customer = s.customer group by 1 order by 1`)).map(([value, count]) => [value, Number(count)]);
      check(found.length > 1, `${name} has values`);
      for (const [value, count] of found) {
        const p = await server.post('/api/v1/segments/preview', { definition: { attribute: name, in: [value] }, as_of: day });
        check_equal([p.status, p.json().size], [200, count], `${name} ${value} ${day}: ${p.text.slice(0, 200)}`);
      }
      check(!values.length || found.every(([value]) => values.some((one) => one.value === value)), `${name}: all values are named`);
      const [known, base] = [(await members(`m.customer in (select customer from state_${name}('${day}'))`, day)).length, (await members('true', day)).length];
      const p = (await server.post('/api/v1/segments/preview', { definition: { attribute: name, in: [found[0][0]] }, as_of: day })).json();
      check_equal(p.rules, [{ path: '', size: found[0][1], unknown: base - known, cut: 0 }], `${name}: unknown`);
      const text = `attribute ${name} in ('${found[0][0].replaceAll("'", "''")}')`, body = JSON.stringify({ name: 'A', text });
      check_equal((await server.ask('PUT', '/api/v1/segments/attribute', { headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }, body })).status, 200, text);
      check_equal((await server.sql(`select customer from customers where in_segment(customer, 'attribute', date '${day}') order by 1`)).map((row) => Number(row[0])),
        (await members(`m.customer in (select customer from state_${name}('${day}') where value = '${found[0][0].replaceAll("'", "''")}')`, day)).map(Number), `${name}: from SQL`);
    }
    await server.ask('DELETE', '/api/v1/segments/attribute');
  });
}

/** Two segments, and one on two days, on every measure: against DuckDB, and against cube queries of the saved ones. */
async function compare_tests(harness, server, duck) {
  const { peer, members } = duck, women = { level: 'customer.gender', in: ['f'] }, frequent = { measure: 'receipts.count', days: 365, at_least: 3 };
  const compare = async (sides, more = {}, status = 200) => { const reply = await server.post('/api/v1/segments/compare', { sides, ...more }); check_equal(reply.status, status, reply.text.slice(0, 300)); return reply.json(); };
  const often = (day) => `coalesce((select count(*) from receipt x where purchase and day > date '${day}' - 365 and day <= date '${day}' and x.customer = m.customer), 0) >= 3`;
  const near = (got, wanted, what) => check(Math.abs(got - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted)) + 0.005, `${what}: ${got}, not ${wanted}`);
  await harness.test('segments: the same one as of two days is compared as DuckDB does', async () => {
    const days = ['2024-12-31', '2025-12-31'], c = await compare(days.map((as_of) => ({ definition: frequent, as_of })), { days: 90 });
    const sets = [];
    for (const day of days) sets.push((await members(often(day), day)).map(Number));
    const both = sets[0].filter((member) => sets[1].includes(member)).length;
    check(both > 0 && both < sets[0].length, 'some stay and some leave');
    check_equal([c.days, c.both, c.only_a, c.only_b, c.sides.map((s) => s.size)], [90, both, sets[0].length - both, sets[1].length - both, sets.map((s) => s.length)], 'sets');
    check_equal(c.sides.map((s) => [s.from, s.as_of]), [['2024-10-03', '2024-12-31'], ['2025-10-03', '2025-12-31']], 'days');
    const sides = [];
    for (const [s, day] of days.entries()) {
      const of = `from receipt where day > date '${day}' - 90 and day <= date '${day}' and customer in (${sets[s].join()})`;
      sides.push((await peer(`select count(*) filter (where purchase), sum(paid), count(distinct customer) filter (where purchase) ${of}`))[0].map(Number));
    }
    const measure = (name) => c.measures.find((one) => one.name === name);
    for (const [i, name] of [[0, 'receipts.count'], [1, 'receipts.sales']]) {
      const values = sides.map((side) => side[i]), each = values.map((value, s) => value / sets[s].length);
      check_equal(measure(name).values, values, name);
      measure(name).per_member.forEach((value, s) => near(value, each[s], `${name} a member`));
      near(measure(name).change, (each[0] / each[1] - 1) * 100, `${name}, change`);
    }
    check_equal([measure('receipts.buyers').values, measure('receipts.buyers').per_member], [sides.map((side) => side[2]), null], 'buyers overlap');
    near(measure('receipts.average_check').values[1], sides[1][1] / sides[1][0], 'average check');
    near(c.change, (sets[0].length / sets[1].length - 1) * 100, 'change of the size');
    check(!c.measures.some((one) => one.name.startsWith('customers.')) && ['sales.', 'points.', 'communications.'].every((cube) => c.measures.some((one) => one.name.startsWith(cube))), 'of every cube that knows of members, but their own');
  });
  await harness.test('segments: compared, every measure is what the cube query of the saved segment says', async () => {
    for (const [id, definition] of [['cmp-a', women], ['cmp-b', { not: women }]]) check_equal((await server.post('/api/v1/segments', { id, name: id, definition })).status, 201, id);
    const c = await compare([{ segment: 'cmp-a' }, { text: "segment 'cmp-b'", as_of: '2025-06-30' }]), cubes = [...new Set(c.measures.map((one) => one.name.split('.')[0]))];
    for (const cube of cubes) {
      const measures = c.measures.filter((one) => one.name.startsWith(`${cube}.`));
      for (const [s, [id, from, as_of]] of [['cmp-a', '2025-01-01', '2025-12-31'], ['cmp-b', '2024-07-01', '2025-06-30']].entries()) {
        const { rows } = await server.query({ measures: measures.map((one) => one.name), filters: [{ segment: id, as_of }], period: { from, to: as_of } });
        check_equal(measures.map((one) => one.values[s]), rows[0], `${cube} ${id}`);
      }
    }
    const share = c.measures.find((one) => one.name === 'points.redemption_rate');
    check_equal(share.change_unit, 'pp', 'shares differ in points');
    near(share.change, (share.values[0] - share.values[1]) * 100, 'points');
    check_equal(c.both, 0, 'nobody is in both');
    const none = await compare([{ segment: 'cmp-a' }, { definition: { any: [] } }]);
    check_equal([none.sides[1].size, none.change, none.measures.find((one) => one.name === 'receipts.sales').change], [0, null, null], 'against nobody there is no change');
    for (const id of ['cmp-a', 'cmp-b']) await server.ask('DELETE', `/api/v1/segments/${id}`);
    for (const [body, status, path] of [[{ sides: [{ segment: 'cmp-a' }, { definition: women }] }, 404, 'sides[0].segment'], [{ sides: [{ definition: women }] }, 400, 'sides'], [{ sides: [1, 2] }, 400, 'sides[0]'],
      [{ sides: [{ definition: women }, { definition: women, segment: 'x' }] }, 400, 'sides[1].segment'], [{ sides: [{ definition: women }, { definition: { all: [{}] } }] }, 400, 'sides[1].definition.all[0]'],
      [{ sides: [{ definition: women }, {}] }, 400, 'sides[1].definition'], [{ sides: [{ definition: women }, { definition: women, as_of: 'x' }] }, 400, 'sides[1].as_of'], [{ sides: [{ definition: women }, { definition: women }], days: 0 }, 400, 'days']])
      check_equal(error_of(await server.post('/api/v1/segments/compare', body), status).path, path, JSON.stringify(body));
  });
}

const FAULTS = [
  [{ all: [{ level: 'customer.gendr', in: ['f'] }] }, 404, /has no level "customer.gendr".*did you mean "customer.gender"\?/, 'definition.all[0].level'],
  [{ measure: 'receipts.cont', at_least: 1 }, 404, /unknown measure "receipts.cont"; did you mean "receipts.count"\?/],
  [{ measure: 'receipts.count' }, 400, /needs one of at_least/, 'definition'],
  [{ measure: 'receipts.count', days: 0, at_least: 1 }, 400, /a number of days, 1 or more/, 'definition.days'],
  [{ measure: 'receipts.count', days: 30, from: '2025-01-01', to: '2025-02-01', at_least: 1 }, 400, /not both/],
  [{ measure: 'receipts.count', from: '2025-03-01', to: '2025-02-01', at_least: 1 }, 400, /ends before it begins/],
  [{ measure: 'receipts.count', at_least: '1.5' }, 400, /more digits/],
  [{ measure: 'receipts.count', at_leest: 1 }, 400, /unknown key "at_leest"; did you mean "at_least"\?/],
  [{ measure: 'points.balance', days: 30, above: 1 }, 400, /has a window of its own/],
  [{ any: [], all: [] }, 400, /stand alone/],
  [{ all: {} }, 400, /a list is expected/, 'definition.all'],
  [{}, 400, /a rule has all, any, not/],
  [{ segment: 'nobody' }, 404, /there is no segment "nobody"/],
  [{ attribute: 'teir', in: ['gold'] }, 404, /no attribute "teir"; did you mean "tier"\?/],
  [{ all: [{ attribute: 'rfm_group', in: ['champion'] }] }, 404, /has no value "champion"; did you mean "champions"\?/, 'definition.all[0]'],
  [{ attribute: 'tier' }, 400, /one of in, not_in, null/], [{ attribute: 'tier', in: ['gold'], null: true }, 400, /one of in, not_in, null/], [{ attribute: 'tier', in: 'gold' }, 400, /a list/, 'definition.in'],
  [{ attribute: 'tier', in: [null] }, 400, /a value is expected/, 'definition.in[0]'], [{ attribute: 'tier', null: 1 }, 400, /true or false/, 'definition.null'], [{ attribute: 'tier', on: ['gold'] }, 400, /unknown key "on"/],
  [{ measure: 'receipts.count', ago: 3, at_least: 1 }, 400, /ago goes with days/, 'definition.ago'], [{ measure: 'receipts.count', days: 3, ago: -1, at_least: 1 }, 400, /0 or more/, 'definition.ago'],
  [{ measure: 'points.balance', days: 30, ago: 2, above: 1 }, 400, /has a window of its own/],
];

export async function tests_segments(harness, tessera, demo, work) {
  const store = join(work, 'segments_store');
  let server = null;
  await harness.test('segments: none at first', async () => {
    cpSync(demo.store, store, { recursive: true });
    server = await Server.start(tessera, [store]);
    check_equal((await server.get('/api/v1/segments')).json(), { segments: [], kept: true }, 'list');
  }, { always: true });
  if (!server) return;
  await random_tests(harness, server, demo);
  const duck = await segments_peer(demo.data);
  if (duck) await attribute_tests(harness, server, duck);
  if (duck) await compare_tests(harness, server, duck);
  await harness.test('segments: wrong definitions are told where they are wrong', async () => {
    for (const [definition, status, pattern, path] of FAULTS) {
      const error = error_of(await server.post('/api/v1/segments/preview', { definition }), status);
      check(pattern.test(error.message), `${JSON.stringify(definition)}: ${error.message}`);
      if (path) check_equal(error.path, path, JSON.stringify(definition));
    }
    let deep = { all: [] };
    for (let i = 0; i < 30; i++) deep = { not: deep };
    check(/nest deeper/.test(error_of(await server.post('/api/v1/segments/preview', { definition: deep }), 400).message), 'depth');
    error_of(await server.post('/api/v1/segments/preview', { definition: { all: Array(300).fill({ all: [] }) } }), 400);
    error_of(await server.post('/api/v1/segments/preview', { definition: { all: [] }, as_of: '2025-02-30' }), 400);
    error_of(await server.post('/api/v1/segments/preview', '{'), 400);
    error_of(await server.post('/api/v1/segments/preview', '[]'), 400);
  });
  await harness.test('segments: an overlap with nobody, and what a wrong one is told', async () => {
    const everybody = { all: [] }, nobody = { any: [] }, ask = (body) => server.post('/api/v1/segments/overlap', body);
    const { base, all, any, pairs } = (await ask({ segments: [everybody, nobody, nobody] })).json();
    check_equal([all, any], [0, base], 'all and any');
    check_equal(pairs.slice(1), [{ a: 0, b: 2, both: 0, either: base, share_of_a: 0, share_of_b: null, jaccard: 0, lift: null },
      { a: 1, b: 2, both: 0, either: 0, share_of_a: null, share_of_b: null, jaccard: null, lift: null }], 'by nothing');
    const same = (await ask({ segments: [everybody, everybody] })).json();
    check_equal([same.pairs[0].jaccard, same.pairs[0].lift, same.segments[0].only], [1, 1, 0], 'the same');
    for (const [body, status, pattern, path] of [
      [{}, 400, /2 to 10 segments/, 'segments'], [{ segments: 'vip' }, 400, /2 to 10 segments/, 'segments'],
      [{ segments: [everybody] }, 400, /2 to 10 segments/, 'segments'], [{ segments: Array(11).fill(everybody) }, 400, /2 to 10 segments/, 'segments'],
      [{ segments: [everybody, 7] }, 400, /the id of a segment or a rule/, 'segments[1]'],
      [{ segments: [everybody, 'nobody'] }, 404, /there is no segment "nobody"/, 'segments[1]'],
      [{ segments: [{ all: [{ measure: 'receipts.count' }] }, everybody] }, 400, /needs one of at_least/, 'segments[0].all[0]'],
      [{ segments: [everybody, everybody], as_of: '2025-02-30' }, 400, /a date is expected/, 'as_of'],
      [{ segments: [everybody, everybody], day: '2025-02-28' }, 400, /unknown key "day"/]]) {
      const error = error_of(await ask(body), status);
      check(pattern.test(error.message), `${JSON.stringify(body)}: ${error.message}`);
      if (path) check_equal(error.path, path, JSON.stringify(body));
    }
  });
  await harness.test('segments: in words, and what wrong words are told', async () => {
    const text = "receipts.count over 365 days >= 4\nand not customer.gender in ('m')";
    const made = await server.post('/api/v1/segments', { id: 'worded', name: 'Worded', text });
    check_equal(made.status, 201, made.text.slice(0, 300));
    check_equal([made.json().definition, made.json().text], [{ all: [{ measure: 'receipts.count', days: 365, at_least: 4 }, { not: { level: 'customer.gender', in: ['m'] } }] }, text], 'both');
    const { size } = (await server.post('/api/v1/segments/preview', { definition: made.json().definition })).json();
    check_equal([(await server.get('/api/v1/segments/worded')).json().text, made.json().size], [text, size], 'kept');
    for (const [body, status, pattern, path, position] of [
      [{ text: 'receipts.count over 365 >= 4' }, 400, /"days" is expected before ">="/, 'text', 24], [{ text: 'receipts.cont > 1' }, 404, /did you mean "receipts.count"/, 'text', null],
      [{ text: 'receipts.count over 0 days > 1' }, 400, /1 or more/, 'text.days', null], [{ text: 5 }, 400, /a text is expected/, 'text', null], [{ text: 'all()', definition: { all: [] } }, 400, /either/, 'text', null],
      [{ text: '' }, 400, /but the text ends/, 'text', 0], [{}, 400, /a rule is expected/, 'definition', null]]) {
      const error = error_of(await server.post('/api/v1/segments/preview', body), status);
      check(pattern.test(error.message), `${JSON.stringify(body)}: ${error.message}`);
      check_equal([error.path, error.position], [path, position], JSON.stringify(body));
    }
    check_equal((await server.ask('DELETE', '/api/v1/segments/worded')).status, 200, 'removed');
  });
  const put = (path, value) => { const body = JSON.stringify(value); return server.ask('PUT', path, { headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }, body }); };
  await harness.test('segments: saved, changed, referred to, removed', async () => {
    const definition = { all: [{ measure: 'receipts.count', days: 365, at_least: 4 }] };
    const made = await server.post('/api/v1/segments', { id: 'often', name: 'Часто', description: 'Four a year', definition });
    check_equal(made.status, 201, made.text);
    const saved = made.json();
    check_equal([saved.id, saved.name, saved.description, saved.definition, saved.fault], ['often', 'Часто', 'Four a year', definition, null], 'saved');
    error_of(await server.post('/api/v1/segments', { id: 'often', name: 'Again', definition }), 409);
    error_of(await server.post('/api/v1/segments', { id: '../x', name: 'Path', definition }), 400);
    error_of(await server.post('/api/v1/segments', { id: 'x', definition }), 400);
    error_of(await server.post('/api/v1/segments', { id: 'x', name: 'X', definition: { level: 'customer.no', in: [] } }), 404);
    error_of(await server.get('/api/v1/segments/x'), 404);
    const rest = await server.post('/api/v1/segments', { id: 'rest', name: 'Rest', definition: { not: { segment: 'often' } } });
    check_equal(rest.json().size + saved.size, saved.base, 'the complement');
    const changed = await put('/api/v1/segments/often', { name: 'Often', definition: { not: { segment: 'rest' } } });
    check(/leads back to itself/.test(changed.json().error?.message ?? ''), `a circle: ${changed.text.slice(0, 200)}`);
    check_equal((await put('/api/v1/segments/often', { name: 'Often', definition })).json().name, 'Often', 'replaced');
    error_of(await put('/api/v1/segments/none', { name: 'None', definition }), 404);
    check_equal((await server.get('/api/v1/segments')).json().segments.map((s) => s.id), ['often', 'rest'], 'list');
  });
  await harness.test('segments: outlive kill -9; a broken file is told and left alone', async () => {
    server.child.kill('SIGKILL');
    await server.ended;
    const folder = join(store, 'segments');
    check(readdirSync(folder).every((file) => file.endsWith('.json')), 'nothing half written');
    writeFileSync(join(folder, 'broken.json'), '{"id": "broken", "name"');
    writeFileSync(join(folder, 'other.json'), JSON.stringify({ id: 'another', name: 'A', definition: {} }));
    mkdirSync(join(folder, 'folder'));
    server = await Server.start(tessera, [store]);
    check(/broken\.json: no segment/.test(server.err) && /other\.json: no segment/.test(server.err), server.err);
    check_equal((await server.get('/api/v1/segments')).json().segments.map((s) => s.id), ['often', 'rest'], 'list');
    check_equal((await server.ask('DELETE', '/api/v1/segments/often')).json(), { removed: true }, 'removed');
    error_of(await server.ask('DELETE', '/api/v1/segments/often'), 404);
    const rest = (await server.get('/api/v1/segments/rest')).json();
    check(/there is no segment "often"/.test(rest.fault), `a fault: ${rest.fault}`);
    check(existsSync(join(folder, 'broken.json')), 'left alone');
  });
  await harness.test('segments: the end', () => server.stop('SIGINT'), { always: true });
}
