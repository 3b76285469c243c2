/*
 * Uploaded lists of who is in which arm: files as people have them, what is said of a wrong one, a test judged by a list beside
 * the same by SQL and planned by it; lists that are kept, shared, replaced, removed; a killed server, a damaged file, limits.
 */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, check_equal, error_of, Server } from './harness.mjs';

const ARMS = [{ id: 'control', share: 0.5 }, { id: 'letter', share: 0.5 }];
const TEST = { name: { en: 'By list', ru: 'По списку' }, arms: ARMS, start: '2025-06-02', end: '2025-06-29', primary: 'sales_per_customer', metrics: ['buyers_share'], segments: ['status'] };
const arm_of = (customer) => (customer % 3 ? 'control' : 'letter');
const NOBODY = 99999999;

/** [what, the list, the message] */
const REFUSED = [
  ['nothing', '', /^the list is empty$/], ['a byte order mark alone', '\ufeff\r\n', /^the list is empty$/], ['a header alone', 'customer,arm\n', /names nobody/], ['lines without anything', 'customer,arm\n,\n,\n', /names nobody/],
  ['a customer in two arms', '1;control\n2;letter\n\n1;letter\n2;control\n', /^line 4: customer 1 is in the arm "letter", and on line 1 in "control": leave one/],
  ['an unknown customer in two arms', `1;control\n${NOBODY};letter\n${NOBODY};control\n`, /^line 3: customer 99999999 is in the arm "control", and on line 2 in "letter"/],
  ['a text in the stead of a number', 'customer;arm\n1;control\nIvanov;letter\n', /^line 3: the customer "Ivanov" is not a whole number$/], ['a part of a number', '1;control\n2.5;letter\n', /^line 2: the customer "2.5" is not a whole number/], ['a number that is too large', '1;control\n99999999999999999999;letter\n', /^line 2: .*beyond the range/],
  ['a line without a customer', '1;control\n;letter\n', /^line 2: the customer is empty$/], ['a line without an arm', 'customer;arm\r\n1;control\r\n2;\r\n', /^line 3: the arm is empty$/], ['blanks for an arm', '1;control\n2;  \n', /^line 2: the arm is empty$/],
  ['one column', '1\n2\n', /^the first line has 1 field: expected two, the customer and the arm/], ['three columns without a header', '1,control,x\n', /^the first line has 3 fields/], ['a line of three', '1,control\n2,letter,x\n', /^line 2: 3 fields/], ['quotes that are open', '1,"control\n2,letter\n', /^line 1: the quotes opened on this line are not closed/],
  ['a ninth arm', Array.from({ length: 9 }, (_, i) => `${i + 1},arm ${i}\n`).join(''), /^line 9: "arm 8" would be the ninth arm/], ['nobody whom the data have', `${NOBODY};control\n${NOBODY + 1};letter\n`, /^none of the 2 customers of the list is known, "99999999" is not.*customers\.customer$/],
  ['a workbook', 'PK\x03\x04', /Excel workbook.*save it as CSV/], ['what is packed', Buffer.from([0x1f, 0x8b, 8, 0]), /is packed/], ['a web page', '<!DOCTYPE html><html></html>\n', /HTML page/]
];

export async function tests_experiments_lists(harness, tessera, demo, work) {
  const store = join(work, 'experiments_lists_store'), folder = join(store, 'lists');
  let server = null, customers = [], listed = null;
  const upload = (text, to = server) => {
    const body = Buffer.isBuffer(text) ? text : Buffer.from(text);
    return to.ask('POST', '/api/v1/experiments/lists', { headers: { 'Content-Type': 'text/csv', 'Content-Length': body.length }, body });
  };
  const taken = async (text) => {
    const reply = await upload(text);
    check_equal(reply.status, 201, reply.text);
    return reply.json();
  };
  const send = (method, id, value) => {
    const body = JSON.stringify(value);
    return server.ask(method, `/api/v1/experiments/${id}`, { headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }, body });
  };
  const judged = async (definition) => {
    const reply = await server.post('/api/v1/experiments/evaluate', definition);
    check_equal(reply.status, 200, reply.text.slice(0, 300));
    const { elapsed_ms, ...answer } = reply.json();
    return answer;
  };
  const lines = (of, [delimiter, end] = [',', '\n']) => of.map((customer) => `${customer}${delimiter}${arm_of(customer)}${end}`).join('');
  const files = () => (existsSync(folder) ? readdirSync(folder).sort() : []);

  await harness.test('lists: a list is taken in, and told of', async () => {
    cpSync(demo.store, store, { recursive: true });
    server = await Server.start(tessera, [store]);
    customers = (await server.sql('SELECT customer FROM customers ORDER BY customer LIMIT 400')).map(([customer]) => customer);
    listed = await taken(`customer,arm\n${lines(customers)}`);
    const letters = customers.filter((customer) => arm_of(customer) === 'letter').length;
    check(/^[0-9a-f]{32}$/.test(listed.list), listed.list);
    check_equal({ ...listed, list: '' }, { list: '', customers: 400, unknown: { customers: 0, first: [] }, repeated: 0, arms: ['control', 'letter'].map((id) => ({ id, customers: id === 'letter' ? letters : 400 - letters })) }, 'what it says');
    check_equal((await server.get(`/api/v1/experiments/lists/${listed.list}`)).json(), listed, 'once more');
    check_equal(files(), [], 'no test names it yet');
  }, { always: true });
  if (!listed) return;
  await harness.test('lists: the same of any form is the same list', async () => {
    const russian = (text) => Buffer.from([...text].map((c) => (c >= 'А' && c <= 'я' ? c.charCodeAt(0) - 0x410 + 0xc0 : c.charCodeAt(0))));
    const forms = [
      lines(customers), lines(customers).trimEnd(), lines(customers, [';', '\r\n']), lines(customers, ['\t', '\n']), `\ufeff${lines(customers, [';', '\r\n'])}`,
      `Customer;Arm\r\n${lines(customers, [';', '\r\n'])};\r\n`, `\ufeffКлиент;Группа\r\n${lines(customers, [';', '\r\n'])}`, russian(`Клиент;Группа\r\n${lines(customers, [';', '\r\n'])}`), `id,what\n${lines(customers)}`,
      `arm,name,customer\n${customers.map((customer) => `"${arm_of(customer)}","Ivanov, Ivan",${customer}\n`).join('')}`, `sep=;\r\n${lines(customers, [' ; ', '\r\n'])}`, `\n\n${customers.map((customer) => `"${customer}","${arm_of(customer)}"\n\n`).join('')}`, customers.map((customer) => `00${customer},${arm_of(customer)}\n`).join('')
    ];
    for (const form of forms) check_equal(await taken(form), listed, String(form).slice(0, 60));
  });
  await harness.test('lists: who is not known is counted and named, lines said twice are counted', async () => {
    const unknown = Array.from({ length: 7 }, (_, i) => `${NOBODY + i},control\n`).join('');
    const told = await taken(`${lines(customers)}${unknown}${lines(customers.slice(0, 3))}${NOBODY},control\n`);
    check_equal([told.customers, told.unknown, told.repeated], [400, { customers: 7, first: Array.from({ length: 5 }, (_, i) => String(NOBODY + i)) }, 4], 'told');
    check(told.list !== listed.list, 'another list');
    const [with_unknown, without] = [await judged({ ...TEST, members: { list: told.list } }), await judged({ ...TEST, members: { list: listed.list } })];
    check_equal([with_unknown.left_out.unknown, without.left_out.unknown], [7, 0], 'left out');
    check_equal(with_unknown.arms, without.arms, 'judged alike');
    const odd = await taken('1,"the ""first"", said"\n2,вторая; \n');
    check_equal(odd.arms.map((arm) => arm.id), ['the "first", said', 'вторая;'], 'names of arms');
    check_equal((await server.get(`/api/v1/experiments/lists/${odd.list}`)).json(), odd, 'read once more');
  });
  for (const [what, list, message] of REFUSED)
    await harness.test(`lists: ${what} is refused`, async () => check(message.test(error_of(await upload(list), 400).message), error_of(await upload(list), 400).message));
  await harness.test('lists: a test by a list is the test by SQL, and is planned', async () => {
    const sql = `SELECT customer, CASE WHEN customer % 3 = 0 THEN 'letter' ELSE 'control' END AS arm FROM customers WHERE customer <= ${customers.at(-1)}`;
    const arms = [{ ...ARMS[0], share: 2 }, { ...ARMS[1], share: 1 }];
    const [by_list, by_sql] = [await judged({ ...TEST, arms, members: { list: listed.list } }), await judged({ ...TEST, arms, members: { sql } })];
    check_equal([by_list.arms, by_list.split, by_list.verdict], [by_sql.arms, by_sql.split, by_sql.verdict], 'judged alike');
    check(by_list.split.arms.every((arm) => arm.analysed > 100) && !by_list.split.spoiled, JSON.stringify(by_list.split));
    const plans = await Promise.all([{ list: listed.list }, { sql }].map(async (members) => (await server.post('/api/v1/experiments/plan', { ...TEST, arms, members })).json()));
    check_equal([plans[0].durations, plans[0].balance, plans[0].split], [plans[1].durations, plans[1].balance, plans[1].split], 'planned alike');
    check(plans[0].durations.length > 1 && plans[0].customers === 400, plans[0].verdict.words.en);
  });
  for (const [what, members, status, path, message] of [
    ['arms that are not the list\'s', { arms: [ARMS[0], { id: 'lettre', share: 1 }] }, 400, 'members.list', /the arm "letter", and the test has "control", "lettre" \(did you mean "lettre"\?\)/],
    ['an arm that the list has nobody in', { arms: [...ARMS, { id: 'call', share: 1 }] }, 400, 'arms[2]', /puts nobody into "call"/], ['a list that is not there', { members: { list: '0'.repeat(32) } }, 404, 'members.list', /upload it again/],
    ['an id that is none', { members: { list: '../experiments/x' } }, 404, 'members.list', /POST \/api\/v1\/experiments\/lists/], ['a list that is no text', { members: { list: 7 } }, 400, 'members.list', /a text/], ['a list and a seed', { members: { list: '0'.repeat(32), seed: 'x' } }, 400, 'members', /one of/], ['a test without a start', { start: null, end: null }, 400, 'start', /a date/]
  ])
    await harness.test(`lists: ${what} is refused, judged and saved`, async () => {
      for (const address of ['experiments/evaluate', 'experiments', 'experiments/plan']) {
        const error = error_of(await server.post(`/api/v1/${address}`, { ...TEST, members: { list: listed.list }, ...members }), status);
        check(error.path === path && message.test(error.message), `${error.path}: ${error.message}`);
      }
      check_equal([(await server.get('/api/v1/experiments')).json().saved, files()], [[], []], 'nothing is kept');
    });
  await harness.test('lists: kept while a saved test names it, and no longer', async () => {
    const other = await taken(lines(customers.slice(50, 350))), name = (list) => `${list.list}.csv`;
    const put = async (method, id, list) => check_equal((await (method === 'PUT' ? send('PUT', id, { ...TEST, members: { list: list.list } }) : server.post('/api/v1/experiments', { ...TEST, id, members: { list: list.list } }))).status, method === 'PUT' ? 200 : 201, id);
    await put('POST', 'first', listed);
    check_equal([files(), readFileSync(join(folder, name(listed)), 'utf8').split('\n').slice(0, 2)], [[name(listed)], ['customer,arm', `${customers[0]},"${arm_of(customers[0])}"`]], 'kept');
    await put('POST', 'second', listed);
    await put('PUT', 'first', other);
    check_equal(files(), [name(listed), name(other)].sort(), 'each by one test');
    check_equal((await send('PUT', 'first', { ...TEST, members: { list: listed.list }, primary: 'none' })).status, 404, 'a replacement that is refused');
    error_of(await server.post('/api/v1/experiments', { ...TEST, id: 'first', members: { list: listed.list } }), 409);
    check_equal(files(), [name(listed), name(other)].sort(), 'changes nothing');
    await server.ask('DELETE', '/api/v1/experiments/second');
    check_equal(files(), [name(other)], 'the last test of it is gone');
    await put('PUT', 'first', listed);
    check_equal(files(), [name(listed)], 'replaced');
  });
  await harness.test('lists: another list at the same time is another test, the same one is not', async () => {
    const others = async (members) => (await judged({ ...TEST, members })).overlaps.find((one) => one.id === 'in_other_tests').customers;
    const [of_tables, half] = [await others({ list: listed.list }), await taken(lines(customers.slice(0, 200)))];
    check(of_tables < 200, `${of_tables}`);
    check_equal(await others({ list: half.list }), 200, 'with the saved one');
  });
  await harness.test('lists: a kept one outlives kill -9, what was only uploaded does not; a damaged file is told', async () => {
    const evaluate = async () => (await server.post('/api/v1/experiments/first/evaluate', {})).json();
    const before = await evaluate(), pending = await taken(lines(customers.slice(0, 100)));
    server.child.kill('SIGKILL');
    await server.ended;
    writeFileSync(join(folder, '.half.csv.tmp'), '1,');
    server = await Server.start(tessera, [store]);
    check_equal([files(), (await server.get('/api/v1/experiments')).json().saved[0].fault], [[`${listed.list}.csv`], null], 'nothing half written');
    check_equal([(await evaluate()).verdict, (await server.get(`/api/v1/experiments/lists/${listed.list}`)).json()], [before.verdict, listed], 'the same');
    check(/upload it again/.test(error_of(await server.get(`/api/v1/experiments/lists/${pending.list}`), 404).message), 'not kept');
    await server.stop('SIGINT');
    writeFileSync(join(folder, `${listed.list}.csv`), `customer,arm\n${lines(customers.slice(1))}`);
    server = await Server.start(tessera, [store]);
    const error = error_of(await server.post('/api/v1/experiments/first/evaluate', {}), 500);
    check(error.path === 'members.list' && /is not what was written: upload the list again/.test(error.message), error.message);
    check(/is not what was written/.test((await server.get('/api/v1/experiments')).json().saved[0].fault), 'in the list too');
  });
  await harness.test('lists: of many uploads the last sixteen are remembered', async () => {
    const made = [];
    for (let i = 1; i <= 17; i++) made.push((await taken(`${i},control\n${i + 1},letter\n`)).list);
    check_equal((await Promise.all(made.map((id) => server.get(`/api/v1/experiments/lists/${id}`)))).map((reply) => reply.status), [404, ...Array(16).fill(200)], 'status');
  });
  await harness.test('lists: too large, of another kind, without room', async () => {
    const large = Buffer.alloc((32 << 20) + 1, '1,control\n');
    check(/larger than 32 MiB/.test(error_of(await upload(large), 413).message), 'too large');
    check(/larger than 1 MiB/.test(error_of(await server.ask('POST', '/api/v1/experiments/evaluate', { headers: { 'Content-Type': 'application/json', 'Content-Length': 2 << 20 }, body: Buffer.alloc(2 << 20, ' ') }), 413).message), 'other addresses take less');
    check(/text\/csv/.test(error_of(await server.post('/api/v1/experiments/lists', {}), 415).message), 'JSON');
    check_equal((await taken(large.subarray(0, 20 << 20))).repeated, (2 << 20) - 1, 'large, but of one customer');
    await server.stop('SIGINT');
    server = await Server.start(tessera, [store, '--memory', '64M']);
    check_equal(error_of(await upload(large.subarray(0, 31 << 20)), 503).code, 'memory', 'the body');
    check(['memory'].includes(error_of(await upload(large.subarray(0, 15 << 20)), 503).code), 'its lines');
    check_equal((await taken('1,a\n2,b\n')).customers, 2, 'the server lives on');
  });
  await harness.test('lists: the end', () => server.stop('SIGINT'), { always: true });
  await harness.test('lists: a server without a store knows them as long as it lives', async () => {
    const bare = await Server.start(tessera, ['--model', demo.model, '--data', demo.data]);
    try {
      const { list } = (await upload('1;control\n2;letter\n', bare)).json();
      check_equal((await bare.post('/api/v1/experiments', { ...TEST, id: 'a', members: { list } })).status, 201, 'saved');
      for (let i = 1; i <= 17; i++) await upload(`${i},control\n${i + 2},letter\n`, bare);
      check_equal((await bare.post('/api/v1/experiments/a/evaluate', {})).status, 200, 'judged');
      await bare.ask('DELETE', '/api/v1/experiments/a');
      check_equal((await bare.get(`/api/v1/experiments/lists/${list}`)).status, 404, 'let go');
    } finally {
      await bare.stop('SIGINT');
    }
  });
}
