// Many connections, kept alive, that ask at a steady rate together: each in its turn, whether or not earlier answers are
// late. A request whose connection still waits for an answer is sent after it, and its time counts from the moment when
// it was due, so that a server that stalls is not asked less (Tene: coordinated omission).
import { connect } from 'node:net';

const END = Buffer.from('\r\n\r\n');

// One connection: asks what is due, one at a time, and reads answers by their Content-Length.
class Connection {
  constructor(load) {
    this.load = load;
    this.due = []; // moments of requests that are not sent yet
    this.sent = null; // the moment when the request under way was due
    this.got = []; // parts of its answer
    this.answers = 0;
    this.open();
  }

  open() {
    this.got = [];
    this.socket = connect(this.load.port, this.load.host).setNoDelay(true);
    this.socket.on('connect', () => ((this.ready = true), this.next()));
    this.socket.on('data', (part) => this.take(part));
    this.socket.on('error', () => {}); // 'close' follows
    this.socket.on('close', () => this.lost());
  }

  ask(moment) {
    this.due.push(moment);
    this.next();
  }

  next() {
    if (!this.ready || this.sent !== null || !this.due.length) return;
    this.sent = this.due.shift();
    this.socket.write(this.load.request());
  }

  take(part) {
    this.got.push(part);
    const bytes = this.got.length === 1 ? part : Buffer.concat(this.got);
    const head = bytes.indexOf(END);
    if (head >= 0) {
      const text = bytes.toString('latin1', 0, head), size = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (bytes.length >= head + END.length + size) return this.answered(Number(text.slice(9, 12)), /\r\nconnection: close/i.test(text));
    }
    this.got = [bytes];
  }

  answered(status, closes) {
    this.answers += status === 200;
    this.load.answered(status, this.sent);
    this.sent = null;
    this.got = [];
    if (closes) this.socket.end();
    else this.next();
  }

  // Closed by the server: what was under way has no answer.
  lost() {
    this.ready = false;
    if (this.load.ended) return;
    if (this.sent !== null) this.load.answered(0, this.sent);
    this.sent = null;
    this.load.reconnects++;
    setTimeout(() => this.load.ended || this.open(), 50);
  }
}

const percentile = (sorted, share) => sorted.length ? sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] : NaN;

// Until all are connected; those that are not by then are asked nonetheless.
async function connected(all, wait_seconds) {
  const end = performance.now() + wait_seconds * 1000;
  while (!all.every(({ ready }) => ready) && performance.now() < end) await new Promise((done) => setTimeout(done, 1));
}

/**
 * Opens the connections, then asks `url` on `connections` connections, `rate` requests a second together, for `seconds`; bodies in turns go to `path`.
 * -> {asked, answered: {status: count}, unanswered, unserved: connections without one answer of 200, reconnects,
 *     rate: answers of 200 a second, ms: {p50, p90, p99, max}}; status 0: the connection was closed instead of an answer.
 */
export async function load_run({ url, path, bodies, connections, rate, seconds, wait_seconds = 15 }) {
  const { hostname: host, port } = new URL(url);
  const requests = bodies.map((body) => {
    const text = JSON.stringify(body);
    return Buffer.from(`POST ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  });
  const times = [], statuses = {};
  let turn = 0, open = 0, last = 0;
  const load = {
    host, port: Number(port), ended: false, reconnects: 0,
    request: () => requests[turn++ % requests.length],
    answered(status, due) {
      last = performance.now();
      open--;
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 200) times.push(last - due);
    },
  };
  const all = Array.from({ length: connections }, () => new Connection(load));
  await connected(all, wait_seconds);
  const start = performance.now();
  let asked = 0;
  await new Promise((done) => {
    const timer = setInterval(() => {
      const now = performance.now(), due = Math.min(Math.floor((now - start) * rate / 1000), rate * seconds);
      for (; asked < due; asked++) {
        open++;
        all[asked % connections].ask(start + (asked + 1) * 1000 / rate);
      }
      const over = now - start - seconds * 1000;
      if (over >= 0 && (!open || over > wait_seconds * 1000)) clearInterval(timer), done();
    }, 1);
  });
  load.ended = true;
  all.forEach(({ socket }) => socket.destroy());
  times.sort((a, b) => a - b);
  return {
    asked, answered: statuses, unanswered: open, unserved: all.filter(({ answers }) => !answers).length, reconnects: load.reconnects,
    rate: times.length / Math.max(seconds, (last - start) / 1000),
    ms: { p50: percentile(times, 0.5), p90: percentile(times, 0.9), p99: percentile(times, 0.99), max: times.at(-1) ?? NaN },
  };
}
