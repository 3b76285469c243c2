/* What is kept for segments: prepared after the start, charged to the memory, whole while the data stay; attributes that cannot be asked are told at once. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, check_equal, error_of, Server, tessera_must } from './harness.mjs';

const DAY = '2025-12-31';

export async function tests_segments_kept(harness, tessera, demo, work) {
  const health = async (server) => (await server.get('/api/v1/health')).json();
  const prepared = async (server) => {
    for (;;) {
      const now = await health(server);
      if (now.segments.prepared) return now;
      await new Promise((next) => setTimeout(next, 20));
    }
  };
  const preview = async (server, definition, as_of = DAY, status = 200) => {
    const reply = await server.post('/api/v1/segments/preview', { definition, as_of });
    check_equal(reply.status, status, `${JSON.stringify(definition)}: ${reply.text.slice(0, 300)}`);
    return reply;
  };
  const everybody = { all: [] };

  await harness.test('segments kept: the last day is prepared, and charged to the memory', async () => {
    const store = join(work, 'kept_store');
    cpSync(demo.store, store, { recursive: true });
    const server = await Server.start(tessera, [store]);
    const first = await prepared(server), members = (await preview(server, everybody)).json().base;
    const used = async () => (await health(server)).memory.used_bytes, before = await used();
    for (const attribute of ['rfm_cell', 'quarters', 'bought_after']) await preview(server, { attribute, null: false });
    check(before >= first.memory.used_bytes && (await used()) - before < 20000, `no more is kept of a day that is prepared: ${before}, ${await used()}`);
    const grown = [];
    for (const day of ['2024-03-01', '2024-04-01', '2024-05-01', '2024-06-01', '2024-07-01', '2024-08-01']) {
      const was = await used();
      await preview(server, everybody, day);
      grown.push((await used()) - was);
    }
    check(grown.slice(0, 3).every((bytes) => bytes > 16 * members), `${grown} bytes of three days more, of ${members} members`);
    check(grown.slice(3).every((bytes) => bytes < 8 * members), `${grown} bytes: of four days what is shared is kept`);
    await server.stop();
  });
  await harness.test('segments kept: a cuboid changes nothing of it', async () => {
    const server = await Server.start(tessera, [join(work, 'kept_store')]);
    await prepared(server);
    const version = (await health(server)).data.version, name = 'sales(date.month)';
    await server.post('/api/v1/cuboids', { names: [`${name}: revenue`] });
    for (let now; !now?.cuboids.some((one) => one.name === name); now = (await server.get('/api/v1/cuboids')).json());
    const after = await health(server);
    check(after.data.version > version && after.segments.prepared, JSON.stringify(after));
    const used = after.memory.used_bytes;
    await preview(server, everybody);
    check_equal((await health(server)).memory.used_bytes - used < 1000, true, 'the day is still known');
    await server.stop();
  });
  await harness.test('segments kept: an attribute that cannot be asked is told by the load and the server, the others stand', async () => {
    const folder = join(work, 'kept_broken'), store = join(folder, 'store'), model = join(folder, 'model.yaml');
    mkdirSync(folder, { recursive: true });
    const yaml = readFileSync(demo.model, 'utf8');
    const broken = yaml.replace('SELECT customer, tier FROM tier_history', 'SELECT customer, tyer AS tier FROM tier_history').replace('SELECT customer, channel FROM consents', 'SELECT channel FROM consents');
    check(broken !== yaml, 'the model has these queries');
    writeFileSync(model, broken);
    const line = (name) => broken.split('\n').lastIndexOf(`  ${name}:`) + 1; // the last: attributes stand below tables
    const { out } = await tessera_must(tessera, ['load', '--model', model, '--data', demo.data, '--out', store]);
    check(/attribute "tier": .*column "tyer" does not exist; did you mean "tier"\?/.test(out) && /attribute "consent": its query must give the member and then a column "consent"/.test(out), out);
    check(out.includes(`model.yaml:${line('tier')}:`), `the place of "tier", line ${line('tier')}: ${out}`);
    const server = await Server.start(tessera, [store]);
    await prepared(server);
    check(/attribute "tier": .*"tyer"/.test(server.err) && /attribute "consent"/.test(server.err) && !/attribute "quarters"/.test(server.err), server.err);
    check((await preview(server, { attribute: 'quarters', in: ['1111'] })).json().size > 0, 'another');
    check(/attribute "tier": .*tyer/.test(error_of(await preview(server, { attribute: 'tier', in: ['gold'] }, DAY, 404), 404).message), 'asked');
    await server.stop();
  });
  await harness.test('segments kept: a server with little memory prepares what has room, and answers', async () => {
    const store = join(work, 'kept_store');
    const server = await Server.start(tessera, [store]);
    const used = (await prepared(server)).memory.used_bytes;
    await server.stop();
    const small = await Server.start(tessera, [store, '--memory', `${used}`, '--query-memory', `${used}`]);
    await prepared(small);
    const reply = await small.post('/api/v1/customers/card', { identity: { value: 'nobody' } });
    check([404, 503].includes(reply.status), reply.text);
    check_equal((await preview(small, { level: 'customer.gender', in: ['f'] })).json().as_of, DAY, 'an answer');
    check((await health(small)).memory.used_bytes <= used, 'within the limit');
    await small.stop();
  });
}
