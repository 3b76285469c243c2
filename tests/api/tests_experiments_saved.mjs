/*
 * Saved experiments: saved, listed among those of the tables, judged, replaced, removed; a seeded split beside an audience's
 * and plain SQL; overlap with other tests; what a wrong one is told; a killed server, broken files, definitions that the
 * data have outgrown; a server without a store.
 */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, check_equal, error_of, Server } from './harness.mjs';

const ARMS = [{ id: 'control', share: 0.5 }, { id: 'letter', share: 0.3 }, { id: 'call', share: 0.2 }];
const DRAFT = { name: { en: 'Spring letter', ru: 'Весеннее письмо' }, members: { segment: 'of-cards', seed: 'spring' }, arms: ARMS, start: '2025-06-02', end: '2025-06-29', primary: 'sales_per_customer', metrics: ['buyers_share'] };
const RULE = { measure: 'receipts.count', at_least: 1 }, EVERYBODY = '{"all": []}';
/** What is kept of DRAFT: the rule with it. */
const KEPT = { ...DRAFT, members: { ...DRAFT.members, definition: RULE } };
/** [what, members of the definition that are wrong, status, path, message] */
const REFUSED = [
  ['an id of digits', { id: '12' }, 400, 'id', /digits only/], ['an id that is an address', { id: 'plan' }, 400, 'id', /address/], ['an id that is no name', { id: 'A b' }, 400, 'id', /lower-case/], ['an id that is none', { id: 7 }, 400, 'id', /a text/],
  ['a metric that is not there', { primary: 'sales_per_custome' }, 404, 'primary', /did you mean "sales_per_customer"/], ['a segment that is not there', { members: { segment: 'of-card', seed: 'x' } }, 404, 'members.segment', /did you mean "of-cards"/],
  ['a rule that is none', { members: { definition: { all: 7 }, seed: 'x' } }, 400, 'members.definition.all', /./], ['a rule that is no object', { members: { definition: 'vip', seed: 'x' } }, 400, 'members.definition', /a rule/], ['a split without a seed', { members: { segment: 'of-cards' } }, 400, 'members.seed', /salt/], ['an empty seed', { members: { seed: '' } }, 400, 'members.seed', /a text/], ['a long seed', { members: { seed: 'x'.repeat(201) } }, 400, 'members.seed', /200/],
  ['a split without a start', { start: null, end: null }, 400, 'start', /a date/], ['members of two kinds', { members: { seed: 'x', sql: 'SELECT customer, arm FROM assignments' } }, 400, 'members', /one of/], ['members of none', { members: {} }, 400, 'members', /one of/],
  ['the clock in a definition', { members: { sql: "SELECT customer, 'control' AS arm FROM customers WHERE registered < current_date" } }, 400, 'members.sql', /the same on every day/],
  ['a campaign that is no key', { campaign: 3.5 }, 400, 'campaign', /a text/],
  ['an unknown key', { owner: 'me' }, 400, 'owner', /unknown key/]
];

export async function tests_experiments_saved(harness, tessera, demo, work) {
  const store = join(work, 'experiments_saved_store');
  let server = null, tables = [];
  const list = async () => (await server.get('/api/v1/experiments')).json();
  const send = (method, id, value) => {
    const body = JSON.stringify(value);
    return server.ask(method, `/api/v1/experiments/${id}`, { headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }, body });
  };
  const evaluate = async (id, body = {}) => {
    const reply = await server.post(`/api/v1/experiments/${id}/evaluate`, body);
    check_equal(reply.status, 200, reply.text.slice(0, 300));
    return reply.json();
  };
  await harness.test('saved experiments: none at first, those of the tables all the same', async () => {
    cpSync(demo.store, store, { recursive: true });
    server = await Server.start(tessera, [store]);
    const { experiments, saved, kept, metrics, segments } = await list();
    tables = experiments;
    check_equal([metrics.map((one) => one.id), segments.map((one) => one.id)], [['sales_per_customer', 'margin_per_customer', 'receipts_per_customer', 'items_per_customer', 'buyers_share', 'average_check', 'items_per_check'], ['status', 'acquisition_channel']], 'choices');
    check_equal(metrics[0].title, { en: 'Sales per customer', ru: 'Продажи на клиента' }, 'their titles');
    check_equal([experiments.length, saved, kept], [11, [], true], 'list');
    check_equal((await server.post('/api/v1/segments', { id: 'of-cards', name: 'With receipts', definition: RULE })).status, 201, 'a segment');
  }, { always: true });
  if (!server) return;
  await harness.test('saved experiments: saved, listed, shown, replaced, removed', async () => {
    const made = await server.post('/api/v1/experiments', { id: 'spring', ...DRAFT });
    check_equal(made.status, 201, made.text);
    const answer = made.json();
    check_equal([answer.source, answer.definition, answer.fault], ['saved', { ...KEPT, id: 'spring' }, null], 'as it was given, and the rule');
    check_equal((await server.get('/api/v1/experiments/spring')).json(), answer, 'one');
    const listed = await list();
    check_equal(listed.saved, [{ id: 'spring', kind: 'test', fault: null, created_at: answer.created_at, updated_at: answer.updated_at }], 'saved');
    check_equal(listed.experiments, [...tables, answer.definition].sort((a, b) => (a.start < b.start ? 1 : a.start > b.start ? -1 : tables.indexOf(a) - tables.indexOf(b))), 'among the others, the latest first');
    error_of(await server.post('/api/v1/experiments', { id: 'spring', ...DRAFT }), 409);
    const nameless = (await server.post('/api/v1/experiments', { ...DRAFT, name: undefined })).json();
    check(/^e[0-9a-f]{16}$/.test(nameless.definition.id), nameless.definition.id);
    const changed = (await send('PUT', 'spring', { ...DRAFT, id: 'spring', end: '2025-07-06', minimal_effect: 0.02 })).json();
    check_equal([changed.definition, changed.created_at], [{ ...KEPT, end: '2025-07-06', minimal_effect: 0.02, id: 'spring' }, answer.created_at], 'replaced');
    check(changed.updated_at > answer.updated_at, 'changed later');
    const of_campaign = (await send('PUT', 'spring', { ...DRAFT, campaign: 305 })).json();
    check_equal([of_campaign.definition.campaign, (await evaluate('spring')).experiment.campaign], [305, '305'], 'its campaign');
    await send('PUT', 'spring', { ...DRAFT, end: '2025-07-06', minimal_effect: 0.02 });
    check_equal((await server.ask('DELETE', `/api/v1/experiments/${nameless.definition.id}`)).json(), { removed: true }, 'removed');
    check_equal((await list()).saved.map((one) => one.id), ['spring'], 'list');
    for (const reply of [await server.get('/api/v1/experiments/none'), await server.ask('DELETE', '/api/v1/experiments/none'), await send('PUT', 'none', DRAFT), await server.post('/api/v1/experiments/none/evaluate', {})]) error_of(reply, 404);
  });
  await harness.test('saved experiments: a pilot is saved, listed apart, judged, replaced, removed; faults are its own', async () => {
    const layout = { name: { en: 'New lay-out', ru: 'Новая выкладка' }, level: 'store.store', pilot: ['2', '3'], start: '2025-03-03', end: '2025-04-27', primary: 'receipts.sales' };
    const before = (await list()).experiments;
    const made = await server.post('/api/v1/experiments', { id: 'layout', ...layout });
    check_equal([made.status, made.json().source, made.json().definition, made.json().fault], [201, 'saved', { ...layout, id: 'layout' }, null], made.text);
    const listed = await list();
    check_equal([listed.pilots, listed.experiments], [[{ ...layout, id: 'layout' }], before], 'apart from the tests');
    check_equal(listed.saved.map(({ id, kind, fault }) => [id, kind, fault]), [['layout', 'pilot', null], ['spring', 'test', null]], 'what is kept');
    const [saved, inline] = [await evaluate('layout'), (await server.post('/api/v1/experiments/pilot', { id: 'layout', ...layout })).json()].map(({ elapsed_ms, ...answer }) => answer);
    check_equal([saved, saved.pilot.id, saved.verdict.evidence], [inline, 'layout', 'weaker'], 'judged as it is judged unsaved');
    check_equal((await evaluate('layout', { design: 'matched_control' })).pilot.design, 'matched_control', 'a member in the stead of its own');
    check_equal((await evaluate('spring')).split.arms.length, 3, 'a test beside it');
    check_equal((await send('PUT', 'layout', { ...layout, pilot: ['2', '5'] })).json().definition.pilot, ['2', '5'], 'replaced');
    for (const [what, members, status, path] of [['a level', { level: 'store.stor' }, 404, 'level'], ['a measure', { primary: 'receipts.sale' }, 404, 'primary'], ['no units', { pilot: [] }, 400, 'pilot'], ['a key of a test', { arms: ARMS }, 400, 'arms']])
      check_equal(error_of(await server.post('/api/v1/experiments', { id: 'wrong', ...layout, ...members }), status).path, path, what);
    check_equal(error_of(await server.post('/api/v1/experiments', { id: 'wrong', ...DRAFT, pilot: ['2'] }), 400).path, 'members', 'a test that names units');
    check_equal((await server.ask('DELETE', '/api/v1/experiments/layout')).json(), { removed: true }, 'removed');
    check_equal((await list()).pilots, [], 'none is left');
  });
  await harness.test('saved experiments: those of the tables are shown, and only a load changes them', async () => {
    const one = (await server.get('/api/v1/experiments/7')).json();
    check_equal([one.source, one.definition, one.fault], ['tables', tables.find((test) => test.id === '7'), null], 'one');
    check(/only a load changes/.test(error_of(await server.ask('DELETE', '/api/v1/experiments/7'), 400).message), 'removal');
    check(/only a load changes/.test(error_of(await send('PUT', '7', DRAFT), 400).message), 'replacement');
    check_equal(error_of(await send('PUT', 'spring', { ...DRAFT, id: 'summer' }), 400).path, 'id', 'another id');
  });
  await harness.test('saved experiments: the seed splits as an audience is split, and as SQL says', async () => {
    const shares = ARMS.map(({ id, share }) => ({ id, share }));
    const audience = (await server.post('/api/v1/audiences', { id: 'spring', name: 'Spring', segment: 'of-cards', as_of: '2025-06-01', seed: 'spring', arms: shares })).json();
    const answer = await evaluate('spring');
    check_equal(answer.split.arms.map((arm) => [arm.id, arm.assigned]), audience.arms.map((arm) => [arm.id, arm.size]), 'sizes');
    const by_sql = await server.sql(`SELECT CASE WHEN stable_hash(customer, 'spring') < 4611686018427387904 THEN 'control' WHEN stable_hash(customer, 'spring') < 7378697629483820647 THEN 'letter' ELSE 'call' END, count(*)
      FROM customers WHERE in_segment(customer, 'of-cards', DATE '2025-06-01') GROUP BY 1`);
    check_equal(new Map(by_sql), new Map(answer.split.arms.map((arm) => [arm.id, arm.assigned])), 'the same by SQL');
    check(answer.split.arms.every((arm) => arm.assigned > 20), JSON.stringify(answer.split.arms));
    const all = (await server.post('/api/v1/experiments/evaluate', { ...DRAFT, members: { seed: 'spring' } })).json();
    const [[base]] = await server.sql(`SELECT count(*) FROM customers WHERE in_segment(customer, '${EVERYBODY}', DATE '2025-06-01')`);
    const empty = (await server.post('/api/v1/segments/preview', { definition: { all: [] }, as_of: '2025-06-01' })).json();
    check_equal([all.split.arms.reduce((n, arm) => n + arm.assigned, 0), base], [empty.size, empty.size], 'without a segment: everybody');
  });
  await harness.test('saved experiments: a test that has not begun waits; what the request says overrules', async () => {
    const planned = { ...DRAFT, start: '2027-01-04', end: '2027-01-31' };
    check_equal((await server.post('/api/v1/experiments', { id: 'later', ...planned })).status, 201, 'saved');
    const answer = await evaluate('later');
    check_equal([answer.verdict.code, answer.progress.day, answer.state], ['too_early', 0, 'running'], answer.verdict.words.en);
    check_equal((await evaluate('later', { start: '2025-06-02', end: '2025-06-29' })).state, 'final', 'overruled');
    await server.ask('DELETE', '/api/v1/experiments/later');
  });
  await harness.test('saved experiments: overlap with other tests is counted', async () => {
    const seven = tables.find((test) => test.id === '7'), when = { start: seven.start, end: seven.end };
    const others = tables.filter((test) => test.start <= when.end && test.end >= when.start).map((test) => test.id);
    const own = { ...DRAFT, ...when, members: { seed: 'own' } };
    const overlap = async () => (await server.post('/api/v1/experiments/evaluate', own)).json().overlaps.find((one) => one.id === 'in_other_tests').customers;
    const wanted = async (more) => (await server.sql(`SELECT count(*) FROM customers WHERE in_segment(customer, '${EVERYBODY}', DATE '${when.start}' - 1) AND (customer IN (SELECT customer FROM assignments WHERE experiment IN (${others})) ${more})`))[0][0];
    const of_tables = await wanted('');
    check_equal(await overlap(), of_tables, 'with those of the tables');
    check_equal((await server.post('/api/v1/experiments', { id: 'beside', ...DRAFT, ...when, members: { segment: 'of-cards', seed: 'beside' } })).status, 201, 'saved');
    const both = await wanted(`OR in_segment(customer, 'of-cards', DATE '${when.start}' - 1)`);
    check(both > of_tables, `${both} ${of_tables}`);
    check_equal(await overlap(), both, 'with a saved one too');
    check_equal((await evaluate('beside')).overlaps.find((one) => one.id === 'in_other_tests').customers, (await server.sql(`SELECT count(*) FROM customers WHERE in_segment(customer, 'of-cards', DATE '${when.start}' - 1) AND customer IN (SELECT customer FROM assignments WHERE experiment IN (${others}))`))[0][0], 'not with itself');
    check_equal((await evaluate('7')).overlaps.find((one) => one.id === 'in_other_tests').customers > (await evaluate('7', { as_of: '2020-01-01' })).overlaps.find((one) => one.id === 'in_other_tests').customers, true, 'a test of the tables beside it; not before it begins');
    await server.ask('DELETE', '/api/v1/experiments/beside');
  });
  for (const [what, members, status, path, pattern] of REFUSED)
    await harness.test(`saved experiments: ${what} is refused, and nothing is kept`, async () => {
      const before = (await list()).saved;
      const error = error_of(await server.post('/api/v1/experiments', { id: 'wrong', ...DRAFT, ...members }), status);
      check_equal(error.path, path, error.message);
      check(pattern.test(error.message), error.message);
      check_equal((await list()).saved, before, 'list');
    });
  await harness.test('saved experiments: bodies that are none', async () => {
    for (const body of ['{', '[]', '"x"']) error_of(await server.post('/api/v1/experiments', body), 400);
    error_of(await server.post('/api/v1/experiments', { ...DRAFT, members: { sql: `SELECT customer, arm FROM assignments -- ${'x'.repeat(1 << 20)}` } }), 413);
  });
  await harness.test('saved experiments: many at once are all kept', async () => {
    const each = (ask) => Promise.all(Array.from({ length: 30 }, (_, i) => ask(`at-once-${i}`)));
    check_equal((await each((id) => server.post('/api/v1/experiments', { ...DRAFT, id }))).map((reply) => reply.status), Array(30).fill(201), 'replies');
    check_equal((await list()).saved.length, 31, 'list');
    check_equal((await each((id) => server.ask('DELETE', `/api/v1/experiments/${id}`))).map((reply) => reply.status), Array(30).fill(200), 'removed');
  });
  await harness.test('saved experiments: outlive kill -9; a broken file is told and left alone, one that the data outgrew tells its fault', async () => {
    const before = await list(), { verdict, split } = await evaluate('spring');
    server.child.kill('SIGKILL');
    await server.ended;
    const folder = join(store, 'experiments');
    check_equal(readdirSync(folder), ['spring.json'], 'nothing half written');
    const file = JSON.parse(readFileSync(join(folder, 'spring.json'), 'utf8'));
    check_equal([file.name, file.definition.members.seed], ['Spring letter', 'spring'], 'the file');
    writeFileSync(join(folder, 'broken.json'), '{"id": "broken", "name"');
    writeFileSync(join(folder, 'bare.json'), JSON.stringify({ id: 'bare', name: 'Bare' }));
    writeFileSync(join(folder, 'outgrown.json'), JSON.stringify({ id: 'outgrown', name: 'Outgrown', definition: { ...DRAFT, primary: 'points_per_customer' }, created_at: 0, updated_at: 0 }));
    server = await Server.start(tessera, [store]);
    check(/broken\.json: no experiment/.test(server.err) && /bare\.json: no experiment: it has no "definition"/.test(server.err), server.err);
    const after = await list();
    check_equal(after.saved.filter((one) => one.id !== 'outgrown'), before.saved, 'list');
    check_equal((await evaluate('spring')).verdict, verdict, 'the same verdict');
    check(/^primary: there is no metric "points_per_customer"/.test(after.saved.find((one) => one.id === 'outgrown').fault), JSON.stringify(after.saved));
    check_equal(error_of(await server.post('/api/v1/experiments/outgrown/evaluate', {}), 404).path, 'primary', 'never half used');
    check_equal(readdirSync(folder).sort(), ['bare.json', 'broken.json', 'outgrown.json', 'spring.json'], 'left alone');
    check_equal((await server.ask('DELETE', '/api/v1/segments/of-cards')).status, 200, 'its segment removed');
    check_equal((await evaluate('spring')).split, split, 'the rule was kept with it');
    error_of(await server.post('/api/v1/experiments', { ...DRAFT, id: 'again' }), 404);
  });
  await harness.test('saved experiments: the end', () => server.stop('SIGINT'), { always: true });
  await harness.test('saved experiments: a server without a store says that it keeps none', async () => {
    const bare = await Server.start(tessera, ['--model', demo.model, '--data', demo.data]);
    try {
      check_equal((await bare.post('/api/v1/experiments', { id: 'a', ...DRAFT, members: { seed: 'a' } })).status, 201, 'saved');
      const { saved, kept } = (await bare.get('/api/v1/experiments')).json();
      check_equal([saved.map((one) => one.id), kept], [['a'], false], 'list');
    } finally {
      await bare.stop('SIGINT');
    }
  });
}
