/* Questions that no cuboid serves, advice from them, and cuboids built and dropped by their names. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, check_equal, Server, tessera_must } from './harness.mjs';

const BY_TIER = "SELECT date_trunc('month', date) AS month, tier, sum(paid) AS paid, count(*) AS n FROM sales WHERE date >= DATE '2024-03-01' GROUP BY 1, 2 ORDER BY 1, 2";
const BY_PRODUCT = 'SELECT product, sum(paid) AS paid FROM sales GROUP BY 1 ORDER BY 1';
const SERVED = 'SELECT date, sum(paid) AS paid FROM sales GROUP BY 1 ORDER BY 1';
const MEDIAN = 'SELECT store, median(paid) AS m FROM sales GROUP BY 1 ORDER BY 1';
const OF_MEMBERS = 'SELECT count(*) AS n FROM stores';

export async function tests_cuboids(harness, tessera, demo, work) {
  const store = join(work, 'cuboids'), asked = join(work, 'asked.json');
  const with_server = async (body, ...more) => {
    const server = await Server.start(tessera, [store, ...more]);
    try {
      await body(server);
    } catch (cause) {
      server.child.kill('SIGKILL');
      throw cause;
    }
    await server.stop('SIGTERM');
  };
  const ask = async (server, sql) => (await server.post('/api/v1/sql', { sql })).json();
  const cuboids = async (server) => (await server.get('/api/v1/cuboids')).json().cuboids;
  const misses = async (server) => (await server.get('/api/v1/cuboids')).json().misses;
  const advise = async (...more) => JSON.parse((await tessera_must(tessera, ['cube', 'advise', store, '--json', ...more])).out);
  const cells = async (name) => {
    const { out } = await tessera_must(tessera, ['cube', 'list', store]);
    const line = out.split('\n').find((one) => one.includes(`  ${name}`));
    return line && Number(line.trim().split(' ')[0].replaceAll(',', ''));
  };
  let answers = [];

  await harness.test('cuboids: a question that none serves is noted once, with what it needs and why', async () => {
    rmSync(store, { recursive: true, force: true });
    cpSync(demo.store, store, { recursive: true });
    rmSync(join(store, 'cuboids'), { recursive: true, force: true });
    await with_server(async (server) => {
      check_equal(await misses(server), [], 'before any question');
      for (const sql of [SERVED, OF_MEMBERS]) await ask(server, sql);
      check_equal(await misses(server), [], 'what a cuboid serves, and what is of no cube');
      answers = [(await ask(server, BY_TIER)).rows, (await ask(server, BY_PRODUCT)).rows];
      await ask(server, BY_TIER.replace('2024-03-01', '2025-01-01'));
      const median = await ask(server, MEDIAN);
      check_equal((await ask(server, MEDIAN)).rows, median.rows, 'by the plan that is kept');
      const found = await misses(server);
      const [tier] = found, product = found.find((miss) => miss.levels.includes('product.product')), never = found.find((miss) => miss.never);
      check_equal(found.length, 3, 'different questions');
      check_equal([tier.cube, tier.levels, tier.measures, tier.count, tier.never], ['sales', ['date.month', 'tier.tier'], ['revenue'], 2, null], 'months and tiers');
      check(tier.reasons.some((reason) => /^cuboid sales\(date\.day\): it is not split by tier$/.test(reason)), `reasons: ${tier.reasons}`);
      check(tier.rows_read > 0 && Math.abs(Date.parse(tier.last_asked) - Date.now()) < 600_000, `when and how much: ${JSON.stringify(tier)}`);
      check_equal([product.levels, product.count], [['product.product'], 1], 'products');
      check_equal([never.levels, never.count, never.never], [[], 2, 'percentile_cont(paid) cannot be had from its states'], 'what no cuboid can serve, noted each time');
      const cube = await server.post('/api/v1/query', { dimensions: ['date.month', 'tier.tier'], measures: ['sales.revenue'], period: { from: '2025-01-01', to: '2025-03-31' } });
      check_equal(cube.status, 200, `a cube query: ${cube.text}`);
      check_equal((await misses(server))[0].count, 3, 'a cube query that needs the same is the same question');
      writeFileSync(asked, (await server.get('/api/v1/cuboids')).text);
    });
  });

  await harness.test('cuboids: advice from the misses and from SQL, under a budget', async () => {
    const all = await advise('--queries', asked);
    check_equal([all.questions, all.skipped], [2, 1], 'questions');
    check_equal(all.cuboids.map(({ name }) => name).sort(), ['sales(date.month, tier.tier)', 'sales(product.product)'], 'advised');
    check_equal(all.cuboids.map(({ yaml }) => yaml).sort()[0], '{levels: [date.month, tier.tier], measures: [revenue]}', 'for the model');
    check_equal(all.bytes, all.cuboids.reduce((sum, { bytes }) => sum + bytes, 0), 'bytes');
    const saved = all.cuboids.reduce((sum, { benefit }) => sum + benefit, 0);
    check(Math.abs(all.rows_before - all.rows_after - saved) <= 2 && saved > 0, `rows saved: ${JSON.stringify(all)}`);
    const script = join(work, 'asked.sql');
    writeFileSync(script, `${BY_TIER};\n-- a comment\n${BY_TIER};\n${BY_TIER};${BY_PRODUCT}; ${MEDIAN}; ${SERVED};`);
    const of_sql = await advise('--queries', script);
    check_equal([of_sql.cuboids, of_sql.skipped], [all.cuboids, 2], 'the same questions as SQL');
    const little = await advise('--queries', script, '--budget', String(Math.min(...all.cuboids.map(({ bytes }) => bytes))));
    check_equal(little.cuboids.length, 1, 'under a budget');
    check(little.bytes <= little.bytes_max, 'within it');
    check_equal((await advise('--queries', script, '--budget', '1')).cuboids, [], 'nothing fits');
    const text = (await tessera_must(tessera, ['cube', 'advise', store, '--queries', script])).out;
    check(text.includes('\ncubes:\n  sales:\n    cuboids:\n      - {levels: ['), text);
    check_equal(await advise(), all, 'without a file, what the store was asked');
    rmSync(join(store, 'cuboids'), { recursive: true });
    const assumed = await advise('--budget', '10M');
    check(assumed.questions > 20 && assumed.cuboids.length > 3 && assumed.bytes <= assumed.bytes_max, 'without questions');
  });

  await harness.test('cuboids: what is advised can be built, serves with the same answers, and is no miss any more', async () => {
    const advised = (await advise('--queries', asked)).cuboids;
    await tessera_must(tessera, ['cube', 'build', store, ...advised.map(({ name }) => name)]);
    for (const { name, cells: estimated } of advised) {
      const real = await cells(name);
      check(real > 0 && estimated >= real / 4 && estimated <= real * 4, `${name}: ${estimated} cells estimated, ${real} there`);
    }
    await with_server(async (server) => {
      for (const [i, sql] of [BY_TIER, BY_PRODUCT].entries()) {
        const answer = await ask(server, sql);
        check_equal(answer.rows, answers[i], `the answer to ${sql}`);
        check_equal(answer.stats.source, 'cuboid', `the source of ${sql}`);
      }
      check_equal(await misses(server), [], 'misses');
      const tiers = (await cuboids(server)).find(({ name }) => name === 'sales(date.month, tier.tier)');
      check_equal([tiers.by_name, tiers.scans], [true, 1], 'who asked for it, and how often it was read');
      check(tiers.made_ms > 0 && Math.abs(Date.parse(tiers.made_at) - Date.now()) < 600_000 && Math.abs(Date.parse(tiers.last_scan) - Date.now()) < 600_000, `when: ${JSON.stringify(tiers)}`);
    });
    check_equal((await advise('--queries', asked)).questions, 0, 'nothing left to advise');
    const dropped = await tessera_must(tessera, ['cube', 'drop', store, 'sales( product.product )', 'sales(date.day)']);
    check(dropped.out.includes('The model declares sales(date.day): the next load makes it again.') && !dropped.out.includes('product'), dropped.out);
    check_equal([await cells('sales(product.product)'), await cells('sales(date.day)')], [undefined, undefined], 'they are gone');
    check_equal((await advise('--queries', asked)).cuboids.map(({ name }) => name), ['sales(product.product)'], 'advised again');
  });

  const TIERS = 'sales(date.month, tier.tier)';
  await harness.test('cuboids: what was asked, and who read what, lasts over a restart; what is served by now is no miss', async () => {
    const kept = join(store, 'cuboids', 'asked.json');
    rmSync(kept, { force: true });
    await with_server(async (server) => {
      for (const sql of [BY_PRODUCT, BY_PRODUCT, MEDIAN, BY_TIER]) await ask(server, sql);
    });
    // One that needs no level and no measure: rows are counted, in total.
    const asked_so = JSON.parse(readFileSync(kept, 'utf8'));
    writeFileSync(kept, JSON.stringify({ ...asked_so, misses: [...asked_so.misses, { cube: 'sales', levels: [], measures: [], never: null, reasons: [], count: 1, rows_read: 1, last_asked: '2025-01-01T00:00:00Z' }] }));
    let before;
    await with_server(async (server) => {
      before = await misses(server);
      check_equal(before.map((miss) => [miss.levels, miss.count, miss.never === null]), [[['product.product'], 2, true], [[], 1, false]], 'misses of the last time');
      const tiers = (await cuboids(server)).find(({ name }) => name === TIERS);
      check(tiers.scans === 1 && Math.abs(Date.parse(tiers.last_scan) - Date.now()) < 600_000, `read the last time: ${JSON.stringify(tiers)}`);
      await ask(server, BY_PRODUCT);
      check_equal((await misses(server))[0].count, 3, 'counted on');
    });
    await tessera_must(tessera, ['cube', 'build', store, 'sales(product.product): revenue']);
    await with_server(async (server) => check_equal((await misses(server)).map((miss) => miss.never), [before[1].never], 'what is served by now'));
    const list = (await tessera_must(tessera, ['cube', 'list', store])).out;
    check(new RegExp(`^ +[\\d,]+ +\\S+ \\S+ +[\\d.]+ s +1 +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d  ${TIERS.replace(/[().]/g, '\\$&')}  by name$`, 'm').test(list), list);
    writeFileSync(kept, '{"misses": [{"cube": 7}], "cuboids"');
    const { out, err } = await tessera_must(tessera, ['cube', 'list', store]);
    check(out.includes(TIERS) && /asked\.json:1:\d+: not JSON/.test(err), `a file that is broken: ${err}`);
    rmSync(kept);
  });

  await harness.test('cuboids: one built by name is kept over loads within the budget, with its measures, until it is dropped', async () => {
    const shop = 'tests/docs/data/shop', small = join(work, 'cuboids_small'), model = join(work, 'small.yaml');
    const yaml = readFileSync(join(shop, 'shop.yaml'), 'utf8');
    const load = async (data, batch, text = yaml) => {
      writeFileSync(model, text);
      return (await tessera_must(tessera, ['load', '--model', model, '--data', join(shop, data), '--out', small, '--batch', batch])).out;
    };
    const names = async () => (await tessera_must(tessera, ['cube', 'list', small])).out.split('\n').filter((line) => /  by name/.test(line)).map((line) => / {2}(sales\(.*\)) {2}by name/.exec(line)[1]);
    const answer = async (...more) => (await tessera_must(tessera, ['sql', small, ...more, 'SELECT product, sum(paid) AS r FROM sales GROUP BY 1 ORDER BY 1'])).out;
    rmSync(small, { recursive: true, force: true });
    await load('', 'first');
    await tessera_must(tessera, ['cube', 'build', small, 'sales(product.product): revenue', 'sales( date.month,product.product ) : lines, revenue', 'sales(date.month)']);
    check_equal(await names(), ['sales(date.month)', 'sales(date.month, product.product)', 'sales(product.product)'], 'built');
    const said = await load('march', 'second');
    check(said.includes('cuboids: 0 built, 5 refreshed, 0 as they were'), said);
    check_equal((await names()).length, 3, 'after a load');
    check_equal(await answer(), await answer('--passes-off', 'cuboid'), 'the same answer');
    const explained = (await tessera_must(tessera, ['sql', small, 'EXPLAIN SELECT product, count(*) AS n, sum(paid) AS r FROM sales GROUP BY 1'])).out;
    check(explained.includes('cuboid sales(product.product): serves'), explained);
    const receipts = (await tessera_must(tessera, ['sql', small, 'EXPLAIN SELECT product, count(DISTINCT receipt) AS n FROM sales GROUP BY 1'])).out;
    check(/cuboid sales\(product\.product\): count distinct\(receipt\) cannot/.test(receipts), `its measures alone: ${receipts}`);
    const gone = await load('march', 'third', yaml.replace(/lines: \{count: rows/, 'rows: {count: rows'));
    check(/cuboid sales\(date\.month, product\.product\): cube "sales" has no measure "lines".*; so it was dropped/.test(gone), gone);
    check_equal(await names(), ['sales(date.month)', 'sales(product.product)'], 'without the one whose measure is gone');
    const tight = yaml.replace(/^cubes:$/m, 'cubes:\n  memory: 1 kB');
    check(/cuboid sales\([^:]*: all take .* and cubes\.memory is 0\.0 MB; it was read longest ago; so it was dropped/.test(await load('march', 'fourth', tight)), 'above the budget');
    check_equal(await names(), [], 'nothing fits beside what the model declares');
    const script = join(work, 'asked_small.sql');
    writeFileSync(script, 'SELECT product, sum(paid) FROM sales GROUP BY 1;');
    const advice = async (...more) => JSON.parse((await tessera_must(tessera, ['cube', 'advise', small, '--json', '--queries', script, ...more])).out);
    const full = await advice();
    check_equal([full.bytes_max, full.cuboids.map(({ build }) => build)], [0, ['sales(product.product): revenue']], 'advice on a full store');
    check_equal(full.drops.map(({ declared }) => declared), [true], 'what nobody has read can make room, no more of it than is needed');
    check((await tessera_must(tessera, ['cube', 'advise', small, '--queries', script])).out.includes('  (take it out of the model)'), 'in words');
    check_equal((await advice('--budget', '1M')).drops, [], 'with room enough');
    const refused = await tessera_must(tessera, ['cube', 'build', small, 'sales(date.month)'], 1);
    check(/cuboid sales\(date\.month\) takes .* drop one that is not needed/.test(refused.err), refused.err);
    await load('march', 'fifth');
    await tessera_must(tessera, ['cube', 'build', small, 'sales(date.month)']);
    await tessera_must(tessera, ['cube', 'drop', small, 'sales(date.month)']);
    await load('march', 'sixth');
    check_equal(await names(), [], 'a dropped one does not come back');
    await load('march', 'seventh', yaml.replace('      - [date.day, store.store]\n', ''));
    check(!(await tessera_must(tessera, ['cube', 'list', small])).out.includes('sales(date.day, store.store)'), 'what the model declared once goes with its line');
  });

  await harness.test('cuboids: an inner join to rows that may not be there is served by what they all have', async () => {
    const shop = 'tests/docs/data/shop', folder = join(work, 'cuboids_nowhere'), small = join(work, 'cuboids_nowhere_store');
    const csv = (name) => readFileSync(join(shop, name), 'utf8');
    const made = async (products) => {
      for (const path of [folder, small]) rmSync(path, { recursive: true, force: true });
      mkdirSync(folder);
      writeFileSync(join(folder, 'stores.csv'), csv('stores.csv'));
      writeFileSync(join(folder, 'products.csv'), products);
      const line = csv('sales.csv').trim().split('\n').at(-1).split(',');
      const of_product = (product, receipt) => line.map((value, i) => (i === 0 ? receipt : i === 4 ? product : value)).join(',');
      writeFileSync(join(folder, 'sales.csv'), `${csv('sales.csv').trim()}\n${of_product('nobody knows', 901)}\n${of_product('', 902)}\n`);
      await tessera_must(tessera, ['load', '--model', join(shop, 'shop.yaml'), '--data', folder, '--out', small]);
    };
    const sql = async (...args) => (await tessera_must(tessera, ['sql', small, ...args])).out;
    const inner = 'SELECT category, sum(paid) AS r FROM sales JOIN products ON sales.product = products.product GROUP BY 1 ORDER BY 1';
    const outer = inner.replace('JOIN', 'LEFT JOIN');
    const served = async (text) => /cuboid sales\(date\.month, product\.category\): serves/.test(await sql(`EXPLAIN ${text}`));
    const same = async (text) => check_equal(await sql(text), await sql(text, '--passes-off', 'cuboid'), text);
    await made(csv('products.csv').replace('Tote bag,', 'Tote bag,Bags'));
    check_equal([await served(inner), await served(outer)], [true, true], 'every product has its category');
    await same(inner);
    await same(outer);
    check((await sql(inner)) !== (await sql(outer)), 'sales of no product are in one of them only');
    await made(csv('products.csv'));
    check_equal([await served(inner), await served(outer)], [false, true], 'the bag has none: it cannot be told from no product');
    await same(inner);
    await same(outer);
  });

  const state = async (server) => (await server.get('/api/v1/cuboids')).json();
  // What the server says once it does nothing more of what was asked, and `until` holds.
  const settled = async (server, until = () => true) => {
    for (;;) {
      const now = await state(server);
      if (!now.building.now && !now.building.waiting.length && until(now)) return now;
      await new Promise((next) => setTimeout(next, 20));
    }
  };
  const names_of = ({ cuboids: all }) => all.map(({ name }) => name);

  await harness.test('cuboids: the server builds and drops what it is asked to, and keeps it in the store', async () => {
    const post = (server, body) => server.post('/api/v1/cuboids', body);
    const drop = (server, name) => server.ask('DELETE', `/api/v1/cuboids/${encodeURIComponent(name)}`);
    rmSync(store, { recursive: true, force: true });
    cpSync(demo.store, store, { recursive: true });
    rmSync(join(store, 'cuboids'), { recursive: true, force: true });
    const expected = [];
    await with_server(async (server) => {
      const before = (await state(server)).data;
      expected.push(...(await ask(server, BY_TIER)).rows);
      const { cuboids: advised, drops } = (await server.get('/api/v1/advice')).json();
      check_equal([advised.map(({ build }) => build), drops], [[`${TIERS}: revenue`], []], 'advice');
      const reply = await post(server, { names: [advised[0].build, 'sales(product.product): units'] });
      check_equal(reply.status, 202, reply.text);
      const after = await settled(server);
      check(names_of(after).includes(TIERS) && names_of(after).includes('sales(product.product)'), `built: ${names_of(after)}`);
      check_equal([after.building.failed, after.misses, after.data.loaded_at], [null, [], before.loaded_at], 'no fault, no miss any more, the data as old as before');
      const answer = await ask(server, BY_TIER);
      check_equal([answer.rows, answer.stats.source], [expected, 'cuboid'], 'the same answer, from the cuboid');
      for (const [body, part] of [[{ names: ['sales(date.yeer)'] }, 'did you mean \\"date.year\\"'], [{ names: [7] }, 'names[0] is no text'], [{ names: [] }, 'expected {'], [{}, 'expected {'], [{ names: ['sales(date.day)'], more: 1 }, 'expected {']]) {
        const refused = await post(server, body);
        check([400, 404].includes(refused.status) && refused.text.includes(part), refused.text);
      }
      check_equal([(await drop(server, 'sales(date.year)')).status, (await server.ask('DELETE', '/api/v1/cuboids')).status], [404, 404], 'nothing to drop, nothing to cancel');
      check_equal((await drop(server, ' sales( product.product )')).status, 202, 'dropped');
      check(!names_of(await settled(server)).includes('sales(product.product)'), 'it is gone');
    });
    check((await tessera_must(tessera, ['cube', 'list', store])).out.includes(`${TIERS}  by name`), 'in the store');
    await with_server(async (server) => {
      check_equal((await ask(server, BY_TIER)).stats.source, 'cuboid', 'after a restart');
      await tessera_must(tessera, ['cube', 'build', store, 'sales(date.year)']);
      await post(server, { names: ['sales(date.quarter)'] });
      const after = await settled(server);
      check(names_of(after).includes('sales(date.quarter)') && /another process/.test(after.building.failed.message), `what another process wrote is not written over: ${JSON.stringify(after.building)}`);
    });
    const list = (await tessera_must(tessera, ['cube', 'list', store])).out;
    check(list.includes('sales(date.year)  by name') && !list.includes('sales(date.quarter)'), list);
  });

  await harness.test('cuboids: building is cancelled, and the server stops while it builds', async () => {
    const levels = ['store.store', 'product.product', 'tier.tier', 'date.day', 'store.region', 'product.brand'];
    const names = levels.flatMap((a, i) => levels.slice(i + 1).map((b) => `sales(${a}, ${b})`));
    await with_server(async (server) => {
      const reply = await server.post('/api/v1/cuboids', { names });
      check_equal(reply.status, 202, reply.text);
      const stopped = await server.ask('DELETE', '/api/v1/cuboids');
      check_equal([stopped.status, JSON.parse(stopped.text).building.waiting], [202, []], stopped.text);
      const after = await settled(server);
      check(names_of(after).filter((name) => names.includes(name)).length <= 1, `built: ${names_of(after)}`);
      await server.post('/api/v1/cuboids', { names });
      const many = await server.post('/api/v1/cuboids', { names: Array.from({ length: 101 }, () => names[0]) });
      check_equal([many.status, /at most 100/.test(many.text)], [503, true], many.text);
    });
  });

  await harness.test('cuboids: unasked, the server builds what questions that were asked three times would need', async () => {
    await with_server(async (server) => {
      for (let i = 0; i < 2; i++) for (const sql of [BY_PRODUCT, MEDIAN]) await ask(server, sql);
      const rows = (await ask(server, BY_PRODUCT)).rows;
      const after = await settled(server, (now) => names_of(now).includes('sales(product.product)'));
      check_equal(after.cuboids.find(({ name }) => name === 'sales(product.product)').states, ['count(*)', 'sum(paid)'], 'what they need, and no more');
      const answer = await ask(server, BY_PRODUCT);
      check_equal([answer.rows, answer.stats.source], [rows, 'cuboid'], 'the same answer');
    }, '--build-every', '20ms');
    check((await tessera_must(tessera, ['cube', 'list', store])).out.includes('sales(product.product)  by name'), 'in the store');
  });

  await harness.test('cuboids: names and files that are wrong are said, and the store stays', async () => {
    const before = (await tessera_must(tessera, ['cube', 'list', store])).out;
    const fails = async (part, code, ...args) => {
      const { err } = await tessera_must(tessera, ['cube', ...args], code);
      check(err.includes(part), `${args.join(' ')}: ${err}`);
    };
    const with_file = async (text, part) => {
      const path = join(work, 'wrong.txt');
      writeFileSync(path, text);
      await fails(`wrong.txt: ${part}`, 1, 'advise', store, '--queries', path);
    };
    await fails('did you mean "product.brand"', 1, 'build', store, 'sales(date.day)', 'sales(product.brnd)');
    await fails('has no cube "salez"', 1, 'build', store, 'salez(date.day)');
    await fails('stands twice', 1, 'build', store, 'sales(date.day, date.day)');
    await fails('measure "units" stands twice', 1, 'build', store, 'sales(date.year): units, units');
    await fails('has no measure "revenu"; did you mean "revenue"', 1, 'build', store, 'sales(date.year): revenu');
    for (const name of ['sales', 'sales()', 'sales(date.day', 'sales(date.day))', 'sales(date.day,)', '(date.day)', '', 'sales(date.day) revenue', 'sales(date.day):', 'sales(date.day): revenue,', 'sales(date.day(x))'])
      await fails('names no cuboid', 1, 'build', store, name);
    await fails('has no cuboid "sales(date.week)"', 1, 'drop', store, 'sales(date.day, product.category)', 'sales(date.week)');
    await fails('has no cuboid "stores"', 1, 'drop', store, 'stores');
    await fails('name the cuboids to build', 2, 'build', store);
    await fails('takes a store alone', 2, 'list', store, 'sales(date.day)');
    await fails('did you mean advise?', 2, 'advice', store);
    await with_file('SELECT 1; SELECT nothing FROM sales', 'statement 2: column "nothing" does not exist');
    await with_file('DROP TABLE sales', 'statement 1: ');
    writeFileSync(join(work, 'wrong.json'), '{"misses": ');
    await fails('wrong.json:1:11: not JSON', 1, 'advise', store, '--queries', join(work, 'wrong.json'));
    await with_file('{"cuboids": []}', 'expected an object with "misses"');
    await with_file('{"misses": [{"cube": "sales", "levels": ["date.day", "x"], "measures": []}]}', 'misses[0]: cube "sales" has no level "x"');
    await with_file('{"misses": [{"cube": "sales", "levels": [], "measures": ["x"]}]}', 'misses[0]: cube "sales" has no measure "x"');
    await with_file('{"misses": [{"cube": "y"}]}', 'misses[0]: "cube" names no cube');
    await with_file('{"misses": [{"cube": "sales", "levels": [], "measures": [], "count": 0}]}', 'misses[0]: "count" must be');
    await with_file('{"misses": [7]}', 'misses[0]: expected an object');
    check_equal((await tessera_must(tessera, ['cube', 'list', store])).out, before, 'the store');
  });
}
