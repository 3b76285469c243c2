/*
 * Audiences: who is in one against DuckDB, and in which arm against XXH64 written anew from its specification; that what is frozen stays,
 * across changes of its segment, a killed server and damaged files; many who freeze at once; what a wrong question is told.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../equiv/random.mjs';
import { Rules } from '../../bench/segments/rules.mjs';
import { check, check_equal, error_of, Server, tessera_must } from './harness.mjs';
import { segments_peer } from './segments_peer.mjs';

// ---- XXH64, from github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md ----
const MASK = (1n << 64n) - 1n;
const [P1, P2, P3, P4, P5] = [11400714785074694791n, 14029467366897019727n, 1609587929392839161n, 9650029242287828579n, 2870177450012600261n];
const mul = (a, b) => (a * b) & MASK, add = (a, b) => (a + b) & MASK, rotl = (x, n) => ((x << n) | (x >> (64n - n))) & MASK;
const round = (acc, lane) => mul(rotl(add(acc, mul(lane, P2)), 31n), P1);
const merge = (acc, lane) => add(mul(acc ^ round(0n, lane), P1), P4);

function xxh64(bytes, seed) {
  let at = 0, acc;
  if (bytes.length >= 32) {
    const lanes = [add(add(seed, P1), P2), add(seed, P2), seed, add(seed, MASK + 1n - P1)];
    for (; at + 32 <= bytes.length; at += 32) for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i], bytes.readBigUInt64LE(at + 8 * i));
    acc = add(add(rotl(lanes[0], 1n), rotl(lanes[1], 7n)), add(rotl(lanes[2], 12n), rotl(lanes[3], 18n)));
    for (const lane of lanes) acc = merge(acc, lane);
  } else acc = add(seed, P5);
  acc = add(acc, BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8) acc = add(mul(rotl(acc ^ round(0n, bytes.readBigUInt64LE(at)), 27n), P1), P4);
  if (at + 4 <= bytes.length) { acc = add(mul(rotl(acc ^ mul(BigInt(bytes.readUInt32LE(at)), P1), 23n), P2), P3); at += 4; }
  for (; at < bytes.length; at++) acc = mul(rotl(acc ^ mul(BigInt(bytes[at]), P5), 11n), P1);
  acc = mul(acc ^ (acc >> 33n), P2);
  acc = mul(acc ^ (acc >> 29n), P3);
  return acc ^ (acc >> 32n);
}
/** 0 .. 2^63 - 1: docs/SQL.md, stable_hash. */
const place = (text, seed) => xxh64(Buffer.from(String(text)), xxh64(Buffer.from(seed), 0n)) >> 1n;

const WHOLE = 1_000_000n;
const millionths = (share) => BigInt(Math.round(Number(share) * 1e6));

/** docs/SEGMENTS.md: the arms lie one after the other along the places. */
function arms_by_place(members, seed, arms) {
  const result = new Map();
  for (const key of members) {
    let end = 0n;
    const arm = arms.find(({ share }) => place(key, seed) * WHOLE < (end += millionths(share)) << 63n);
    result.set(key, arm.id);
  }
  return result;
}

/** docs/SEGMENTS.md: exact sizes within each value, one more where a point u, u + 1, ... falls on the arm's piece. */
function arms_by_stratum(strata, seed, arms) {
  const result = new Map();
  for (const [value, members] of strata) {
    const n = BigInt(members.length), u = (place(value ?? '', seed) * WHOLE) >> 63n;
    const ordered = members.map((key) => [place(key, seed), key]).sort((a, b) => (a[0] < b[0] ? -1 : 1));
    let from = 0n, at = 0;
    for (const { id, share } of arms) {
      const part = n * millionths(share), to = from + (part % WHOLE);
      let size = part / WHOLE;
      for (let point = u; point < to; point += WHOLE) if (point >= from) size++;
      for (let i = 0n; i < size; i++) result.set(ordered[at++][1], id);
      from = to;
    }
    check(at === members.length, `stratum ${value}: ${at} of ${members.length} dealt`);
  }
  return result;
}

const csv = (text) => new Map(text.trim().split('\r\n').slice(1).map((line) => { const [key, arm] = line.split(','); return [Number(key), arm]; }));
const in_order = (arms) => [...arms].sort((a, b) => a[0] - b[0]);
const sizes_of = (members, arms) => arms.map(({ id }) => [...members.values()].filter((arm) => arm === id).length);

const ARMS = [[{ id: 'all', share: 1 }], [{ id: 'letter', share: 0.9 }, { id: 'control', share: 0.1, hold_out: true }],
  [{ id: 'a', share: '0.333333' }, { id: 'b', share: 0.333333 }, { id: 'c', share: 0.333334 }], [{ id: 'x', share: 0.000001 }, { id: 'y', share: 0.999999 }]];
const LEVELS = [null, 'customer.gender', 'customer.city', 'customer.customer', 'date.year', ['customer.gender', 'customer.city'], ['date.year', 'customer.gender']];
const LEVEL_SQL = { 'customer.gender': 'a.gender', 'customer.city': 'a.city', 'customer.customer': 'a.name', 'date.year': "date_trunc('year', m.registered)::date::text" };
/** docs/SEGMENTS.md: the value of one level, or of several with the unit separator between them, empty where there is none. */
const stratum_sql = (level) => (Array.isArray(level) ? level.map((one) => `coalesce(${LEVEL_SQL[one]}, '')`).join(" || chr(31) || ") : LEVEL_SQL[level] ?? 'null');

async function split_tests(harness, server, duck) {
  await harness.test('audiences: XXH64 here gives what its authors publish, and what stable_hash gives', async () => {
    check_equal([xxh64(Buffer.from(''), 0n), xxh64(Buffer.from('abc'), 0n)].map((h) => h.toString(16)), ['ef46db3751d8e999', '44bc2cf5ad770999'], 'published');
    const long = 'a text of more than thirty-two bytes, so that the lanes are used';
    const [[short_hash, long_hash]] = await server.sql(`select stable_hash(7, 'test-7')::text, stable_hash('${long}', 'соль')::text`);
    check_equal([short_hash, long_hash], [place(7, 'test-7'), place(long, 'соль')].map(String), 'stable_hash');
  });
  await harness.test('audiences: members as DuckDB finds them, arms as the hash says, with and without strata', async () => {
    let some = 0;
    for (let i = 0; i < 28; i++) {
      const random = new Random(900 + i), day = i % 2 ? '2025-12-31' : random.pick(['2023-02-28', '2024-12-31', '2025-07-15']);
      const { json, sql } = i < 4 ? { json: { all: [] }, sql: 'true' } : new Rules(random, duck.words, day).rule(2);
      const arms = ARMS[i % ARMS.length], level = LEVELS[i % LEVELS.length], seed = i % 3 ? `seed ${i}, of text – текст` : undefined;
      const asked = { id: `a${i}`, name: `A ${i}`, definition: json, arms, seed, ...(day === '2025-12-31' ? {} : { as_of: day }), ...(level ? { stratify_by: level } : {}) };
      const reply = await server.post('/api/v1/audiences', asked);
      check_equal(reply.status, 201, `${JSON.stringify(asked)}: ${reply.text.slice(0, 300)}`);
      const made = reply.json(), salt = seed ?? `a${i}`;
      const column = stratum_sql(level);
      const rows = (await duck.peer(`select a.customer, ${column} from (${duck.from(sql, day)}) s join named a on a.customer = s.customer join members m on m.customer = s.customer`)).map(([key, value]) => [Number(key), value]);
      const strata = new Map();
      for (const [key, value] of rows) strata.set(value, [...(strata.get(value) ?? []), key]);
      const wanted = level ? arms_by_stratum(strata, salt, arms) : arms_by_place(rows.map(([key]) => key), salt, arms);
      const got = await server.get(`/api/v1/audiences/a${i}/members`);
      check(got.text.startsWith('customer,arm\r\n') && /^text\/csv/.test(got.headers['content-type']), got.text.slice(0, 100));
      const members = csv(got.text);
      check_equal(in_order(members), in_order(wanted), JSON.stringify(asked));
      check_equal([made.size, made.as_of, made.seed, made.segment, made.stratify_by, made.strata], [rows.length, day, salt, null, level ? [level].flat() : [], level ? strata.size : null], 'what is said of it');
      check_equal(made.definition, json, 'the definition');
      check_equal(made.arms.map((arm) => [arm.id, Number(arm.share), arm.hold_out, arm.size]),
        arms.map((arm, a) => [arm.id, Number(arm.share), arm.hold_out ?? false, sizes_of(members, arms)[a]]), 'arms');
      if (!level && rows.length > 300) for (const arm of made.arms) {
        const expected = rows.length * Number(arm.share), deviation = Math.sqrt(expected * (1 - Number(arm.share)));
        check(Math.abs(arm.size - expected) <= 5 * deviation + 1, `arm ${arm.id} has ${arm.size} of ${rows.length}`);
      }
      some += rows.length > 0;
    }
    check(some > 10, `only ${some} have members`);
  });
  await harness.test('audiences: the same seed splits a grown audience alike, another one otherwise', async () => {
    const arms = ARMS[1], ask = async (id, definition, seed) => {
      check_equal((await server.post('/api/v1/audiences', { id, name: id, definition, seed, arms })).status, 201, id);
      return csv((await server.get(`/api/v1/audiences/${id}/members`)).text);
    };
    const few = await ask('few', { level: 'customer.gender', in: ['f'] }, 'wave'), all = await ask('everybody', { all: [] }, 'wave'), other = await ask('other', { all: [] }, 'wave 2');
    check([...few].every(([key, arm]) => all.get(key) === arm), 'alike');
    check([...all].some(([key, arm]) => other.get(key) !== arm), 'otherwise');
  });
}

async function frozen_tests(harness, server, put) {
  await harness.test('audiences: a saved segment is frozen with those that it names, and stays as it was', async () => {
    const inner = { level: 'customer.gender', in: ['f'] };
    for (const [id, definition] of [['inner', inner], ['outer', { all: [{ measure: 'receipts.count', at_least: 1 }, { not: { segment: 'inner' } }] }]]) {
      const reply = await server.post('/api/v1/segments', { id, name: id, definition });
      check_equal(reply.status, 201, reply.text.slice(0, 300));
    }
    const reply = await server.post('/api/v1/audiences', { id: 'frozen', name: 'Заморожено', description: 'Who they were', segment: 'outer', arms: ARMS[1] });
    check_equal(reply.status, 201, reply.text.slice(0, 300));
    const made = reply.json(), members = (await server.get('/api/v1/audiences/frozen/members')).text;
    check_equal([made.name, made.description, made.segment], ['Заморожено', 'Who they were', 'outer'], 'names');
    check_equal(made.definition, { all: [{ measure: 'receipts.count', at_least: 1 }, { not: inner }] }, 'without names');
    const live = (await server.get('/api/v1/segments/outer')).json();
    check(made.size === live.size && made.size > 10, `${made.size} and ${live.size}`);
    check_equal((await put('/api/v1/segments/inner', { name: 'inner', definition: { all: [] } })).status, 200, 'changed');
    check_equal((await server.get('/api/v1/segments/outer')).json().size, 0, 'the segment is live');
    check_equal((await server.ask('DELETE', '/api/v1/segments/outer')).status, 200, 'removed');
    check_equal((await server.get('/api/v1/audiences/frozen')).json(), made, 'the audience is not');
    check_equal((await server.get('/api/v1/audiences/frozen/members')).text, members, 'nor are its members');
    const list = (await server.get('/api/v1/audiences')).json();
    check_equal([list.kept, list.audiences.find((a) => a.id === 'frozen')], [true, made], 'list');
    check_equal(list.audiences.map((a) => a.id), list.audiences.map((a) => a.id).sort(), 'by id');
  });
  await harness.test('audiences: of many who freeze one at once, one does', async () => {
    const asked = { id: 'rush', name: 'Rush', definition: { all: [] }, arms: ARMS[2], stratify_by: 'customer.gender' };
    const replies = await Promise.all(Array.from({ length: 12 }, () => server.post('/api/v1/audiences', asked)));
    check_equal(replies.map((r) => r.status).sort(), [201, ...Array(11).fill(409)], 'statuses');
    check(/already; it is frozen/.test(error_of(replies.find((r) => r.status === 409), 409).message), 'a message');
    const many = await Promise.all(Array.from({ length: 12 }, (_, i) => server.post('/api/v1/audiences', { ...asked, id: `rush-${i}`, seed: 'rush' })));
    check(many.every((r) => r.status === 201), 'twelve of their own');
    const texts = await Promise.all(many.map((r) => server.get(`/api/v1/audiences/${r.json().id}/members`)));
    check(texts.every((r) => r.text === texts[0].text), 'all alike');
    const removals = await Promise.all(Array.from({ length: 12 }, () => server.ask('DELETE', '/api/v1/audiences/rush')));
    check_equal(removals.map((r) => r.status).sort(), [200, ...Array(11).fill(404)], 'removals');
    error_of(await server.get('/api/v1/audiences/rush'), 404);
    error_of(await server.get('/api/v1/audiences/rush/members'), 404);
  });
}

const TEXT_MODEL = `tessera: 1
name: texts
tables:
  members:
    files: members*.csv
    key: card
    columns: {card: string, gender: string}
  buys:
    files: buys*.csv
    columns: {day: date, card: {link: members}, paid: "decimal(12,2)", note: string}
dimensions:
  date: {time: true}
  customer: {table: members, levels: {card: {parents: [gender]}, gender: }}
cubes:
  members: {table: members, dimensions: {customer: []}, measures: {base: {count: rows}}}
  buys: {table: buys, time: date.day, dimensions: {date: day, customer: card}, measures: {paid: {sum: paid}, count: {count: rows}}}
`;

/** Keys that are texts, with quotes and commas in them; rows without a member and of one that nobody knows; rows that come later. */
async function text_tests(harness, tessera, work) {
  await harness.test('audiences, segments asked: members whose keys are texts', async () => {
    const data = join(work, 'texts'), store = join(work, 'texts_store'), model = join(work, 'texts.yaml');
    const keys = Array.from({ length: 300 }, (_, i) => (i % 50 ? `карта ${i}` : `a "b", ${i}`)), field = (text) => `"${text.replaceAll('"', '""')}"`;
    const gender = (i) => ['f', 'm', ''][i % 3];
    mkdirSync(data);
    writeFileSync(model, TEXT_MODEL);
    writeFileSync(join(data, 'members.csv'), ['card,gender', ...keys.map((key, i) => `${field(key)},${gender(i)}`)].join('\n') + '\n');
    const buys = [...keys.flatMap((key, i) => Array.from({ length: i % 4 }, () => `2025-01-0${1 + (i % 9)},${field(key)},${i}.50,${field(key)}`)), '2025-01-05,,7.00,', '2025-01-05,unknown,9.00,unknown'];
    writeFileSync(join(data, 'buys.csv'), ['day,card,paid,note', ...buys].join('\n') + '\n');
    await tessera_must(tessera, ['load', '--model', model, '--data', data, '--out', store]);
    const server = await Server.start(tessera, [store]);
    check_equal((await server.post('/api/v1/segments', { id: 'often', name: 'O', text: "buys.count >= 2 and not customer.gender in ('m')" })).status, 201, 'saved');
    const inside = keys.filter((_, i) => i % 4 >= 2 && i % 3 !== 1), paid = (i) => (i % 4) * (i + 0.5);
    const sum = keys.reduce((total, key, i) => total + (inside.includes(key) ? paid(i) : 0), 0);
    const rows = async (sql) => (await server.sql(sql))[0].map(Number);
    check_equal(await rows("select count(*), sum(paid) from buys where in_segment(card, 'often')"), [inside.reduce((n, key) => n + (keys.indexOf(key) % 4), 0), sum], 'links');
    check_equal(await rows("select count(*) from members where in_segment(card, 'often')"), [inside.length], 'own keys');
    check_equal(await rows("select sum(paid), count(*) from buys where in_segment(note, 'often')"), [sum, inside.reduce((n, key) => n + (keys.indexOf(key) % 4), 0)], 'texts of another column');
    check_equal(await rows("select sum(paid) from buys where in_segment(note || '', 'often')"), [sum], 'computed texts');
    check_equal(await rows("select count(*) filter (where in_segment(card, 'often') is null), count(*) filter (where card = 'unknown' and not in_segment(card, 'often')) from buys"), [1, 1], 'nobody, and one unknown');
    check_equal((await server.query({ measures: ['buys.paid', 'members.base'], filters: [{ segment: 'often' }] })).rows.map((row) => row.map(Number)), [[sum, inside.length]], 'a cube');
    const arms = ARMS[1];
    for (const [id, level] of [['texts', undefined], ['strata', 'customer.gender']]) {
      const made = await server.post('/api/v1/audiences', { id, name: id, segment: 'often', arms, seed: 'соль', stratify_by: level });
      check_equal(made.status, 201, made.text.slice(0, 300));
      const strata = new Map();
      for (const key of inside) strata.set(gender(keys.indexOf(key)) || null, [...(strata.get(gender(keys.indexOf(key)) || null) ?? []), key]);
      const wanted = level ? arms_by_stratum(strata, 'соль', arms) : arms_by_place(inside, 'соль', arms);
      const lines = arms.flatMap((arm) => keys.filter((key) => wanted.get(key) === arm.id).map((key) => `${field(key)},${arm.id}`));
      check_equal((await server.get(`/api/v1/audiences/${id}/members`)).text.trim().split('\r\n'), ['card,arm', ...lines], id);
    }
    const before = (await server.get('/api/v1/audiences/texts/members')).text;
    await server.stop('SIGINT');
    const later = join(work, 'texts_later');
    mkdirSync(later);
    writeFileSync(join(later, 'members-2.csv'), 'card,gender\n"unknown",f\n"new",f\n');
    writeFileSync(join(later, 'buys-2.csv'), 'day,card,paid,note\n2025-01-06,new,1.00,new\n2025-01-06,new,1.00,new\n2025-01-06,unknown,1.00,\n');
    await tessera_must(tessera, ['load', '--model', model, '--data', later, '--out', store]);
    const again = await Server.start(tessera, [store]);
    check_equal((await again.get('/api/v1/segments/often')).json().size, inside.length + 2, 'the segment grows');
    check_equal((await again.get('/api/v1/audiences/texts/members')).text, before, 'the audience does not');
    await again.stop('SIGINT');
  });
}

const BASE = { id: 'w', name: 'W', definition: { all: [] } };
const FAULTS = [
  [{ ...BASE, id: undefined }, 400, /a text is expected/, 'id'], [{ ...BASE, id: '../w' }, 400, /lower-case/, 'id'], [{ ...BASE, name: '' }, 400, /needs a name/, 'name'],
  [{ ...BASE, segment: 'x' }, 400, /either "segment"/, 'definition'], [{ id: 'w', name: 'W' }, 400, /either "segment"/, 'segment'],
  [{ id: 'w', name: 'W', segment: 'nobody' }, 404, /no segment "nobody"/, 'segment'],
  [{ ...BASE, definition: { all: [{ segment: 'nobody' }] } }, 404, /no segment "nobody"/, 'definition.all[0]'],
  [{ ...BASE, definition: { measure: 'receipts.cont', at_least: 1 } }, 404, /did you mean "receipts.count"/, 'definition'],
  [{ ...BASE, definition: { level: 'customer.gender' } }, 400, /a filter has a level/, 'definition'],
  [{ ...BASE, as_of: '2025-02-30' }, 400, /a date is expected/, 'as_of'], [{ ...BASE, stratify_by: 'customer.gendr' }, 404, /did you mean "customer.gender"/, 'stratify_by'],
  [{ ...BASE, stratify_by: [] }, 400, /1 to 8 levels/, 'stratify_by'], [{ ...BASE, stratify_by: ['customer.city', 7] }, 400, /a text is expected/, 'stratify_by[1]'],
  [{ ...BASE, stratify_by: ['customer.city', 'customer.city'] }, 400, /already/, 'stratify_by[1]'], [{ ...BASE, stratify_by: Array.from({ length: 9 }, (_, i) => `l${i}`) }, 400, /1 to 8 levels/, 'stratify_by'],
  [{ ...BASE, arms: [] }, 400, /1 to 16/, 'arms'], [{ ...BASE, arms: Array(17).fill({ id: 'a', share: 0.01 }) }, 400, /1 to 16/, 'arms'],
  [{ ...BASE, arms: [{ id: 'a', share: 0.9 }] }, 400, /make 0\.900000 together/, 'arms'], [{ ...BASE, arms: [{ id: 'a', share: 0.5 }, { id: 'a', share: 0.5 }] }, 400, /two arms/, 'arms'],
  [{ ...BASE, arms: [{ id: 'A', share: 1 }] }, 400, /lower-case/, 'arms[0].id'], [{ ...BASE, arms: [{ id: 'a', share: 2 }] }, 400, /a share above 0/, 'arms[0].share'],
  [{ ...BASE, sed: 'x' }, 400, /did you mean "seed"/, ''], ['{', 400, /JSON/], ['[]', 400, /object/],
];

export async function tests_audiences(harness, tessera, demo, work) {
  const duck = await segments_peer(demo.data);
  if (!duck) return harness.skip('audiences', 'DuckDB is not installed: npm install --prefix bench');
  await duck.peer(`create table named as select customer::bigint as customer, gender, city, name from read_csv('${demo.data}/customers.csv', all_varchar = true)`);
  const store = join(work, 'audiences_store'), folder = join(store, 'audiences');
  cpSync(demo.store, store, { recursive: true });
  let server = await Server.start(tessera, [store]);
  const put = (path, value) => { const body = JSON.stringify(value); return server.ask('PUT', path, { headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }, body }); };
  await harness.test('audiences: none at first', async () => check_equal((await server.get('/api/v1/audiences')).json(), { audiences: [], kept: true }, 'list'));
  await split_tests(harness, server, duck);
  await frozen_tests(harness, server, put);
  await text_tests(harness, tessera, work);
  await harness.test('audiences: wrong questions are told where they are wrong, and leave nothing', async () => {
    const before = (await server.get('/api/v1/audiences')).text;
    for (const [asked, status, pattern, path] of FAULTS) {
      const error = error_of(await server.post('/api/v1/audiences', asked), status);
      check(pattern.test(error.message), `${JSON.stringify(asked)}: ${error.message}`);
      if (path !== undefined) check_equal(error.path ?? '', path, JSON.stringify(asked));
    }
    check_equal((await server.get('/api/v1/audiences')).text, before, 'list');
    check_equal((await put('/api/v1/audiences/frozen', BASE)).status, 405, 'nothing changes one');
  });
  await harness.test('audiences: killed while it freezes, the server has whole ones after', async () => {
    let created = 0;
    for (let turn = 0; turn < 4; turn++) {
      const asking = Array.from({ length: 6 }, (_, i) => (async () => {
        for (let k = 0; ; k++) {
          const reply = await server.post('/api/v1/audiences', { id: `kill-${turn}-${i}-${k}`, name: 'K', definition: { all: [] }, arms: ARMS[2], stratify_by: 'customer.city' }).catch(() => null);
          if (!reply) return;
          created += reply.status === 201;
          if (created >= 8 * (turn + 1)) server.child.kill('SIGKILL');
        }
      })());
      await Promise.all([...asking, server.ended]);
      server = await Server.start(tessera, [store]);
      check(!/no audience/.test(server.err), `told: ${server.err}`);
      const { audiences } = (await server.get('/api/v1/audiences')).json();
      const kept = audiences.filter((a) => a.id.startsWith('kill-'));
      check(kept.length >= created, `${kept.length} of ${created} that were confirmed`);
      check_equal(readdirSync(folder).filter((file) => file.startsWith('.') || (file.endsWith('.rows') && !audiences.some((a) => `${a.id}.rows` === file))), [], 'nothing is left over');
      for (const audience of kept) {
        const members = csv((await server.get(`/api/v1/audiences/${audience.id}/members`)).text);
        check_equal(sizes_of(members, audience.arms), audience.arms.map((arm) => arm.size), audience.id);
      }
    }
  });
  await harness.test('audiences: damaged files are told, and never half used', async () => {
    const frozen = (await server.get('/api/v1/audiences/frozen')).json();
    await server.stop('SIGINT');
    const rows = readFileSync(join(folder, 'few.rows'));
    rows[rows.length - 3] ^= 1;
    writeFileSync(join(folder, 'few.rows'), rows);
    writeFileSync(join(folder, 'other.json'), readFileSync(join(folder, 'other.json'), 'utf8').replace('"size": ', '"size": 1'));
    writeFileSync(join(folder, 'half.json'), '{"id": "half"');
    writeFileSync(join(folder, 'half.rows'), 'of one that may be mended');
    for (const file of ['alone.rows', '.alone.json.tmp']) writeFileSync(join(folder, file), 'left by a kill');
    const old = JSON.parse(readFileSync(join(folder, 'frozen.json'), 'utf8'));
    writeFileSync(join(folder, 'frozen.json'), JSON.stringify({ ...old, stratify_by: null })); // as older files have it
    server = await Server.start(tessera, [store]);
    check(/half\.json: no audience/.test(server.err) && /other\.json: no audience/.test(server.err), server.err);
    check(/rows are not those/.test(error_of(await server.get('/api/v1/audiences/few/members'), 500).message), 'rows');
    check_equal(['half.rows', 'alone.rows', '.alone.json.tmp'].map((file) => existsSync(join(folder, file))), [true, false, false], 'what has no audience is gone');
    error_of(await server.get('/api/v1/audiences/other'), 404);
    check_equal((await server.get('/api/v1/audiences/frozen')).json(), frozen, 'the others');
    check_equal((await server.ask('DELETE', '/api/v1/audiences/few')).json(), { removed: true }, 'removed');
    check(!readdirSync(folder).some((file) => file.startsWith('few')), 'with its files');
  });
  await harness.test('audiences: the end', () => server.stop('SIGINT'), { always: true });
}
