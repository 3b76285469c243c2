/*
 * Saved views: saved, listed, renamed, removed; what a wrong one is told; a killed server, a broken file, one written
 * by hand; a server without a store.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, check_equal, error_of, Server } from './harness.mjs';

const PLACE = { page: 'explore', query: 'cube=sales&row=store.region&store.region=%D0%AE%D0%B3' };
const FAULTS = [
  [{ ...PLACE }, 'name', /a name/], [{ name: '', ...PLACE }, 'name', /a name/], [{ name: 'x'.repeat(401), ...PLACE }, 'name', /a name/],
  [{ name: 5, ...PLACE }, 'name', /a text/], [{ name: 'A', query: '' }, 'page', /a page/], [{ name: 'A', page: '../x', query: '' }, 'page', /a page/],
  [{ name: 'A', page: 'sql' }, 'query', /behind the "\?"/], [{ name: 'A', page: 'sql', query: '?q=1' }, 'query', /behind/], [{ name: 'A', page: 'sql', query: 'q=1 2' }, 'query', /behind/],
  [{ name: 'A', page: 'sql', query: 'q=Ю' }, 'query', /behind/], [{ name: 'A', page: 'sql', query: 'q=1#x' }, 'query', /behind/], [{ name: 'A', page: 'sql', query: 'q'.repeat(16385) }, 'query', /behind/],
  [{ name: 'A', ...PLACE, owner: 'me' }, 'owner', /no such member/], [{ name: 'A', id: null, ...PLACE }, 'id', /a text/]
];

export async function tests_views(harness, tessera, demo, work) {
  const store = join(work, 'views_store');
  let server = null;
  const list = async () => (await server.get('/api/v1/views')).json().views;
  const put = (id, value) => {
    const body = JSON.stringify(value);
    return server.ask('PUT', `/api/v1/views/${id}`, { headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }, body });
  };
  await harness.test('views: none at first', async () => {
    cpSync(demo.store, store, { recursive: true });
    server = await Server.start(tessera, [store]);
    check_equal((await server.get('/api/v1/views')).json(), { views: [], kept: true }, 'list');
  }, { always: true });
  if (!server) return;
  await harness.test('views: saved, found, renamed, removed', async () => {
    const made = await server.post('/api/v1/views', { name: 'Регионы «Юг»', ...PLACE });
    check_equal(made.status, 201, made.text);
    const view = made.json();
    check_equal([view.name, view.page, view.query], ['Регионы «Юг»', PLACE.page, PLACE.query], 'as it was given');
    check(/^[0-9a-f]{16}$/.test(view.id) && view.created_at === view.updated_at, made.text);
    check_equal((await server.get(`/api/v1/views/${view.id}`)).json(), view, 'one');
    const named = await server.post('/api/v1/views', { id: 'monday', name: 'Monday', page: 'overview', query: '' });
    check_equal([named.status, named.json().id], [201, 'monday'], named.text);
    error_of(await server.post('/api/v1/views', { id: 'monday', name: 'Again', ...PLACE }), 409);
    const again = await server.post('/api/v1/views', { name: 'Monday', page: 'overview', query: '' });
    check(again.status === 201 && again.json().id !== 'monday', 'two of one name');
    const renamed = (await put('monday', { name: "Monday's meeting", page: 'overview', query: 'period=lastweek' })).json();
    check_equal([renamed.name, renamed.query, renamed.created_at], ["Monday's meeting", 'period=lastweek', named.json().created_at], 'renamed');
    check(renamed.updated_at > renamed.created_at, 'changed later');
    check_equal((await list()).map((v) => v.id), [view.id, 'monday', again.json().id].sort(), 'list, by id');
    check_equal((await server.ask('DELETE', `/api/v1/views/${again.json().id}`)).json(), { removed: true }, 'removed');
    for (const reply of [await server.ask('DELETE', `/api/v1/views/${again.json().id}`), await server.get('/api/v1/views/none'), await put('none', { name: 'A', ...PLACE })]) check(/there is no view/.test(error_of(reply, 404).message), reply.text);
  });
  await harness.test('views: a wrong one is told where it is wrong, and nothing is kept', async () => {
    const before = await list();
    for (const [body, path, pattern] of FAULTS) {
      const error = error_of(await server.post('/api/v1/views', body), 400);
      check_equal(error.path, path, `${JSON.stringify(body).slice(0, 80)}: ${error.message}`);
      check(pattern.test(error.message), `${JSON.stringify(body).slice(0, 80)}: ${error.message}`);
    }
    for (const body of ['{', '[]', '"x"']) error_of(await server.post('/api/v1/views', body), 400);
    for (const id of ['../x', 'A', '', 'x'.repeat(65)]) error_of(await server.post('/api/v1/views', { id, name: 'A', ...PLACE }), 400);
    error_of(await put('monday', { id: 'monday', name: 'A', ...PLACE }), 400);
    error_of(await server.post('/api/v1/views', { name: 'A', page: 'sql', query: 'q'.repeat(1 << 20) }), 413);
    check_equal(await list(), before, 'list');
  });
  await harness.test('views: many at once are all kept', async () => {
    const replies = await Promise.all(Array.from({ length: 40 }, (_, i) => server.post('/api/v1/views', { id: `at-once-${i}`, name: `View ${i}`, ...PLACE })));
    check_equal(replies.map((reply) => reply.status), Array(40).fill(201), 'replies');
    check_equal((await list()).filter((v) => v.id.startsWith('at-once-')).length, 40, 'list');
    const gone = await Promise.all(Array.from({ length: 40 }, (_, i) => server.ask('DELETE', `/api/v1/views/at-once-${i}`)));
    check_equal(gone.map((reply) => reply.status), Array(40).fill(200), 'removed');
  });
  await harness.test('views: outlive kill -9; a broken file is told and left alone, one by hand is taken', async () => {
    const before = await list();
    server.child.kill('SIGKILL');
    await server.ended;
    const folder = join(store, 'views');
    check_equal(readdirSync(folder).sort(), before.map((v) => `${v.id}.json`).sort(), 'a file each, nothing half written');
    check_equal(JSON.parse(readFileSync(join(folder, 'monday.json'), 'utf8')).query, 'period=lastweek', 'the file');
    writeFileSync(join(folder, 'broken.json'), '{"id": "broken", "name"');
    writeFileSync(join(folder, 'pageless.json'), JSON.stringify({ id: 'pageless', name: 'A', query: '' }));
    writeFileSync(join(folder, 'hand.json'), JSON.stringify({ id: 'hand', name: 'By hand', page: 'sql', query: 'q=SELECT+1', created_at: 0, updated_at: 0 }));
    mkdirSync(join(folder, 'folder.json'));
    server = await Server.start(tessera, [store]);
    check(/broken\.json: no view/.test(server.err) && /pageless\.json: no view: it has no "page"/.test(server.err) && /folder\.json: no view: it is no file/.test(server.err), server.err);
    check_equal((await list()).filter((v) => v.id !== 'hand'), before, 'list');
    check_equal((await server.get('/api/v1/views/hand')).json().query, 'q=SELECT+1', 'by hand');
    check(readdirSync(folder).includes('broken.json'), 'left alone');
  });
  await harness.test('views: the end', () => server.stop('SIGINT'), { always: true });
  await harness.test('views: a server without a store says that it keeps none', async () => {
    const bare = await Server.start(tessera, ['--model', demo.model, '--data', demo.data]);
    try {
      check_equal((await bare.post('/api/v1/views', { id: 'a', name: 'A', ...PLACE })).status, 201, 'saved');
      const { views, kept } = (await bare.get('/api/v1/views')).json();
      check_equal([views.map((v) => v.id), kept], [['a'], false], 'list');
    } finally {
      await bare.stop('SIGINT');
    }
  });
}
