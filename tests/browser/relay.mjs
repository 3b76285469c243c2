// A plain relay in front of the server that a test can take down and put up again at the same address:
// the browser meets refused and broken connections, as it does when a server stops.
import { connect, createServer } from 'node:net';

/** Resolves to {url, down, up, close}. */
export async function relay_start(base) {
  const target = new URL(base);
  const sockets = new Set();
  const keep = (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  let server;
  let port = 0;
  const up = () =>
    new Promise((resolve) => {
      server = createServer((near) => {
        const far = connect(Number(target.port), target.hostname);
        for (const socket of [near, far]) keep(socket);
        near.pipe(far);
        far.pipe(near);
        near.on('close', () => far.destroy());
        far.on('close', () => near.destroy());
      });
      server.listen(port, '127.0.0.1', () => resolve((port = server.address().port)));
    });
  const down = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  await up();
  return { url: `http://127.0.0.1:${port}/`, up, down, close: down };
}
