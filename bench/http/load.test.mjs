// The load generator against a server whose answers are known: every request is counted once, with what became of it.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { load_run } from './load.mjs';

async function with_server(answer, body) {
  const server = createServer((request, reply) => {
    request.resume();
    request.on('end', () => answer(reply));
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    await body(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
const ask = (url, more) => load_run({ url, path: '/', bodies: [{ a: 1 }, { b: 'ю' }], connections: 10, rate: 200, seconds: 0.5, wait_seconds: 0.3, ...more });
const ok = (reply) => reply.writeHead(200, { 'Content-Length': 2 }).end('ok');

test('all are answered, each connection in its turn', () => with_server(ok, async (url) => {
  const result = await ask(url);
  assert.deepEqual([result.asked, result.answered, result.unanswered, result.unserved, result.reconnects], [100, { 200: 100 }, 0, 0, 0]);
  assert.ok(result.ms.p50 >= 0 && result.ms.p50 <= result.ms.p99 && result.ms.p99 <= result.ms.max);
}));

test('refusals and broken connections are failures, and the connection asks on', () => {
  let turn = 0;
  const answer = (reply) => {
    turn++;
    if (turn % 5 === 0) reply.writeHead(503, { 'Content-Length': 0 }).end();
    else if (turn % 7 === 0) reply.socket.destroy();
    else ok(reply);
  };
  return with_server(answer, async (url) => {
    const { asked, answered, unanswered, reconnects } = await ask(url, { wait_seconds: 5 });
    assert.equal(unanswered, 0);
    assert.equal(Object.values(answered).reduce((sum, count) => sum + count, 0), asked);
    assert.ok(answered[503] > 10 && answered[0] > 5 && reconnects >= answered[0] && answered[200] > 50);
  });
});

test('who gets no answer is told', () => {
  let first = null;
  return with_server((reply) => {
    first ??= reply.socket.remotePort;
    if (reply.socket.remotePort !== first) ok(reply);
  }, async (url) => {
    const { unanswered, unserved } = await ask(url);
    assert.deepEqual([unanswered, unserved], [10, 1]); // all of that connection: they wait for its first
  });
});

test('a late answer counts from the moment when it was due', () => with_server((reply) => setTimeout(() => ok(reply), 100), async (url) => {
  const { ms, answered } = await ask(url, { connections: 1, rate: 50, seconds: 0.2, wait_seconds: 10 });
  assert.deepEqual(answered, { 200: 10 });
  assert.ok(ms.max >= 10 * 100 - 10 * 20 - 1, `${ms.max}`); // the tenth was due after 200 ms, and came after ten times 100
}));
