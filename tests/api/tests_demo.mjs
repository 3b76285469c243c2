/* The demo chain through the API: model, health, queries against SQL on the same data, many clients. */
import { Agent } from 'node:http';
import { check, check_equal, error_of } from './harness.mjs';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/;

const cells = (answer) => answer.rows.map((row) => row.map(String));

export async function tests_demo(harness, server) {
  let model = null;
  await harness.test('tables: rows and columns are those that SQL sees', async () => {
    const { tables, data } = (await server.get('/api/v1/tables')).json();
    const sql = async (text) => (await server.post('/api/v1/sql', { sql: text })).json().rows;
    check_equal(tables.map((table) => table.name), (await sql('SHOW TABLES')).filter((row) => row[1] === 'table').map((row) => row[0]), 'names');
    for (const table of tables) {
      check_equal([[table.rows]], await sql(`SELECT count(*) FROM ${table.name}`), `rows of ${table.name}`);
      const columns = table.columns.map(({ name, type, key, link }) => [name, type, key ? 'key' : null, link]);
      check_equal(columns, await sql(`DESCRIBE ${table.name}`), `columns of ${table.name}`);
      check(table.bytes > 0 && table.columns.every((column) => column.bytes > 0 && column.bytes <= table.bytes), `bytes of ${table.name}`);
    }
    check_equal(data, (await server.get('/api/v1/health')).json().data, 'the state of the data');
  });
  await harness.test('model: cubes, levels and measures name each other', async () => {
    model = (await server.get('/api/v1/model')).json();
    const levels = new Set(model.levels.map((level) => level.name));
    const measures = new Map(model.measures.map((measure) => [measure.name, measure]));
    check(model.cubes.length > 0 && levels.size > 0 && measures.size > 0, 'there is something to ask');
    check_equal(levels.size, model.levels.length, 'each level is listed once');
    for (const cube of model.cubes) {
      for (const name of cube.levels) check(levels.has(name), `${cube.name}: level ${name}`);
      for (const name of cube.measures) check_equal(measures.get(name)?.cube, cube.name, `${cube.name}: measure ${name}`);
      check(cube.time === null || cube.levels.includes(cube.time), `${cube.name}: its time level is one of its levels`);
    }
    for (const level of model.levels) check(level.parent === null || levels.has(level.parent), `${level.name}: parent ${level.parent}`);
    for (const measure of measures.values()) {
      check(['money', 'integer', 'decimal', 'percent'].includes(measure.format), `${measure.name}: format ${measure.format}`);
      check(['up', 'down', null].includes(measure.good), `${measure.name}: good ${measure.good}`);
      check(measure.title.en && measure.title.ru, `${measure.name}: title`);
    }
    check(DAY.test(model.data.from) && DAY.test(model.data.to) && model.data.from < model.data.to, `data ${JSON.stringify(model.data)}`);
    check(DAY.test(model.data.complete_to) && MOMENT.test(model.data.as_of) && MOMENT.test(model.data.loaded_at), `data ${JSON.stringify(model.data)}`);
    check_equal(model.definitions.active_days, 90, 'a definition that is a number');
  });
  await harness.test('model: by_time says which measures can be split by time', async () => {
    const time = new Map(model.cubes.map((cube) => [cube.name, cube.time]));
    for (const { name, cube, by_time } of model.measures.filter((one) => time.get(one.cube))) {
      const reply = await server.post('/api/v1/query', { measures: [name], dimensions: [time.get(cube)], period: { from: model.data.to, to: model.data.to } });
      check_equal([reply.status === 200, by_time], [by_time, reply.status === 200], name);
    }
    check(model.measures.some((one) => !one.by_time), 'the demo has such measures');
  });
  await harness.test('model: parts says whether parts add up to the whole', async () => {
    const by = (cube) => model.cubes.find((one) => one.name === cube).levels.find((name) => ['store.region', 'customer.gender', 'medium.medium'].includes(name));
    const kinds = new Set();
    for (const { name, cube, parts } of model.measures) {
      const { rows, totals } = (await server.post('/api/v1/query', { measures: [name], dimensions: [by(cube)], totals: true })).json();
      const values = rows.map((row) => Number(row[1] ?? 0)), whole = Number(totals[1] ?? 0);
      const sum = values.reduce((a, b) => a + b, 0);
      if (parts === 'add') check(Math.abs(sum - whole) < 0.005, `${name}: ${sum}, not ${whole}`);
      if (parts === 'overlap') check(sum >= whole && values.every((value) => value <= whole), `${name}: ${values} of ${whole}`);
      kinds.add(parts);
    }
    check_equal([...kinds].map(String).sort(), ['add', 'null', 'overlap'], 'each kind is there');
  });
  await harness.test('health: up, with the same data as the model', async () => {
    const health = (await server.get('/api/v1/health')).json();
    check_equal(health.status, 'ok', 'status');
    check_equal(health.data, model.data, 'data');
    check(Number.isInteger(health.uptime_s) && Array.isArray(health.missing), 'uptime and missing');
    for (const missing of health.missing) check(missing.level && DAY.test(missing.date), JSON.stringify(missing));
  });
  await harness.test('query: every measure answers alone, by each level of its cube', async () => {
    for (const cube of model.cubes) {
      for (const measure of cube.measures) check_equal((await server.query({ measures: [measure] })).rows.length, 1, measure);
      for (const level of cube.levels) {
        const answer = await server.query({ measures: [cube.measures[0]], dimensions: [level], limit: 3 });
        check_equal(answer.columns.map((column) => column.kind), ['level', 'measure'], `${cube.name} by ${level}`);
      }
    }
  });
  await harness.test('query: totals and rows agree with SQL', async () => {
    const answer = await server.query({ measures: ['receipts.count'], dimensions: ['store.region'], totals: true });
    const total = answer.rows.reduce((sum, row) => sum + row[1], 0);
    check_equal(answer.totals, [null, total], 'a count adds up');
    const whole = await server.query({ measures: ['receipts.count'] });
    check_equal(whole.rows[0][0], total, 'without levels');
    check(answer.source.rows_read > 0 && answer.source.tables.length > 0, `source ${JSON.stringify(answer.source)}`);
    check_equal(answer.data.version, model.data.version, 'version');
    check(answer.elapsed_ms > 0, 'elapsed');
  });
  await harness.test('query: a period, compared with the one before', async () => {
    const period = { from: '2025-03-01', to: '2025-03-31' };
    const both = await server.query({ measures: ['sales.revenue'], period, compare: 'previous', totals: true });
    check_equal(both.columns.map((column) => column.kind), ['measure', 'compare', 'change'], 'columns');
    check_equal([both.period, both.compare.from, both.compare.to], [{ ...period, note: null }, '2025-02-01', '2025-02-28'], 'periods');
    const [now, before, change] = both.rows[0];
    const alone = await server.query({ measures: ['sales.revenue'], period: { from: '2025-02-01', to: '2025-02-28' } });
    check_equal(alone.rows[0][0], before, 'the compared figure is that of its own period');
    check(Math.abs(change - (100 * (now - before)) / before) < 0.006, `change ${change} of ${now} against ${before}`);
    check_equal(both.totals, both.rows[0], 'totals of one row');
  });
  await harness.test('query: a period that has not begun has no figures, and says so', async () => {
    const { complete_to } = model.data;
    const measures = ['receipts.active_members', 'points.balance', 'sales.revenue'], period = { from: '2030-01-01', to: '2030-12-31' };
    const note = `The period begins after the last day with data (${complete_to}).`;
    const alone = await server.query({ measures, period, totals: true });
    check_equal([alone.rows, alone.totals, alone.period], [[[null, null, null]], [null, null, null], { ...period, note }], 'the period alone');
    check_equal((await server.query({ measures: [measures[0], measures[2]], dimensions: ['store.region'], period })).rows, [], 'by a level');
    const before = { from: '2025-03-01', to: '2025-03-31' };
    const values = (await server.query({ measures, period: before })).rows[0];
    check(values.every((value) => value > 0), `March ${values}`);
    const beside = await server.query({ measures, period, compare: before });
    check_equal(beside.rows[0], values.flatMap((value) => [null, value, null]), 'beside March');
    check(beside.period.note === note && beside.compare.note.startsWith(note), `notes ${beside.period.note} ${beside.compare.note}`);
    const after = await server.query({ measures, period: before, compare: period });
    check_equal(after.rows[0], values.flatMap((value) => [value, null, null]), 'against what has not begun');
    check(after.compare.note.includes('The compared period begins after the last day with data'), `note ${after.compare.note}`);
    const whole = { from: `${complete_to.slice(0, 7)}-01`, to: '2030-12-31' };
    const going_on = await server.query({ measures: [measures[0]], period: before, compare: whole });
    const ended = await server.query({ measures: [measures[0]], period: { from: whole.from, to: complete_to } });
    check_equal(going_on.rows[0][1], ended.rows[0][0], 'a compared period that goes on looks back from the last day');
    const early = await server.query({ measures: ['sales.revenue'], period: { from: '1990-01-01', to: '1990-12-31' } });
    check(/^The period ends before the first day with data \(\d{4}-\d\d-\d\d\)\.$/.test(early.period.note), `before the data ${early.period.note}`);
    check_equal(early.rows, [[null]], 'before the data');
    const unfinished = await server.query({ measures, period: { from: complete_to, to: '2030-12-31' } });
    check(unfinished.rows[0][0] > 0 && unfinished.period.note === null, `unfinished ${JSON.stringify(unfinished.rows)}`);
  });
  await harness.test('query: order, limit, offset', async () => {
    const all = await server.query({ measures: ['sales.revenue'], dimensions: ['store.store'], order: [{ by: 'sales.revenue', desc: true }, { by: 'store.store' }] });
    const values = all.rows.map((row) => row[1]);
    check_equal(values, [...values].sort((a, b) => b - a), 'descending');
    const part = await server.query({ measures: ['sales.revenue'], dimensions: ['store.store'], order: [{ by: 'sales.revenue', desc: true }, { by: 'store.store' }], limit: 3, offset: 2 });
    check_equal(cells(part), cells(all).slice(2, 5), 'limit 3, offset 2');
  });
  await harness.test('query: errors say what and where', async () => {
    const ask = (query) => server.post('/api/v1/query', query);
    const unknown = error_of(await ask({ measures: ['receipts.count', 'sales.revenu'] }), 404, 'not_found');
    check_equal(unknown.path, 'measures[1]', 'path');
    check(unknown.message.includes('sales.revenue'), `it suggests: ${unknown.message}`);
    check(error_of(await ask({ measures: ['receipts.count'], dimensions: ['store.regoin'] }), 404).path.startsWith('dimensions[0]'), 'path of a level');
    check(error_of(await ask({ measures: ['receipts.count'], period: { from: '2025-02-01', to: '2025-01-01' } }), 400).path.startsWith('period'), 'path of a period');
    check(error_of(await ask({ measures: ['receipts.count'], filters: [{ level: 'product.category', in: ['x'] }] }), 404).path.startsWith('filters[0]'), 'a level that the cube lacks');
  });
  await harness.test('sql: rows, formats, errors with a position', async () => {
    check_equal(await server.sql('SELECT 1 + 1, NULL, \'ё"\\\''), [[2, null, 'ё"\\']], 'a row');
    const large = "SELECT 9007199254740993 AS a, -9007199254740993.25 AS b, 1234567890.12 AS c, 9007199254740992 AS d, 0.1::double precision AS e";
    for (const format of ['json', 'ndjson']) {
      const asked = (await server.post('/api/v1/sql', { sql: large, format, numbers: 'text' })).text;
      const plain = (await server.post('/api/v1/sql', { sql: large, format })).text;
      check(asked.includes('"9007199254740993"') && asked.includes('"-9007199254740993.25"') && /[^"]1234567890\.12[^"]/.test(asked) && /[^"]9007199254740992[^"]/.test(asked) && /[^"]0\.1[^0-9"]/.test(asked), asked);
      check(plain.includes('9007199254740993') && !plain.includes('"9007199254740993'), plain);
    }
    check(error_of(await server.post('/api/v1/sql', { sql: 'SELECT 1', numbers: 'words' }), 400).path === 'numbers', 'another word');
    const csv = await server.post('/api/v1/sql', { sql: "SELECT 1 AS a, 'x,y' AS b, NULL AS c", format: 'csv' });
    check_equal([csv.status, csv.text], [200, 'a,b,c\r\n1,"x,y",\r\n'], 'csv');
    check(csv.headers['content-type'].startsWith('text/csv'), 'type of csv');
    const wrong = error_of(await server.post('/api/v1/sql', { sql: 'SELECT nothing FROM sales' }), 404);
    check_equal(wrong.position, 7, `position (${wrong.message})`);
    check_equal(error_of(await server.post('/api/v1/sql', { sql: 'SELEC 1' }), 400, 'invalid').position, 0, 'position of a syntax error');
    check_equal(error_of(await server.post('/api/v1/sql', { sql: 'SELECT 1', form: 'csv' }), 400, 'invalid').path, 'form', 'unknown member');
    error_of(await server.post('/api/v1/sql', {}), 400, 'invalid');
    error_of(await server.post('/api/v1/sql', { sql: 'SELECT 1 / 0' }), 400, 'division');
    error_of(await server.post('/api/v1/sql', { sql: 'DROP TABLE sales' }), 400);
    const tables = await server.sql('SHOW TABLES');
    check(tables.some(([name, kind]) => name === 'sales' && kind === 'table'), 'SHOW TABLES');
    check((await server.sql('DESCRIBE sales')).length > 5, 'DESCRIBE');
    check((await server.sql('EXPLAIN SELECT count(*) FROM sales')).length > 0, 'EXPLAIN');
  });
  await harness.test('many clients: 16 at once get the answer that one gets', async () => {
    const query = { measures: ['sales.revenue'], dimensions: ['store.region'], totals: true };
    const wanted = await server.query(query);
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const one = async () => {
      for (let i = 0; i < 12; i++) {
        const reply = await server.post('/api/v1/query', query, { agent });
        check_equal(reply.status, 200, 'status');
        const { rows, totals } = reply.json();
        check_equal([rows, totals], [wanted.rows, wanted.totals], 'rows and totals');
      }
    };
    await Promise.all(Array.from({ length: 16 }, one));
    agent.destroy();
  });
}
