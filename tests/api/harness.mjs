/*
 * What the API's tests stand on: the program as a child process, a server on a free port, requests with
 * any header (fetch forbids Host and Origin), and a watch over what must never happen: a sanitizer's
 * report, an exit code that is not the one expected.
 */
import { spawn } from 'node:child_process';
import { request as http_request } from 'node:http';
import { connect } from 'node:net';

export class Harness {
  passed = 0;
  failed = 0;
  skipped = 0;

  constructor(only) {
    this.only = only;
  }

  /** Runs one test; a failure is printed and the next one goes on. `always`: whatever --only says. */
  async test(name, body, { always = false } = {}) {
    if (this.only && !always && !name.includes(this.only)) return;
    const started = Date.now();
    const number = this.passed + this.failed + this.skipped + 1;
    try {
      await body();
      this.passed++;
      console.log(`ok ${number} - ${name} # ${Date.now() - started} ms`);
    } catch (cause) {
      this.failed++;
      console.log(`not ok ${number} - ${name}\n  # ${String(cause.stack ?? cause).split('\n').slice(0, 5).join('\n  # ')}`);
    }
  }

  skip(name, why) {
    this.skipped++;
    console.log(`ok ${this.passed + this.failed + this.skipped} - ${name} # SKIP ${why}`);
  }
}

export function check(condition, message) {
  if (!condition) throw new Error(message);
}
export function check_equal(got, wanted, what) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: got ${a?.slice(0, 600)}, wanted ${b?.slice(0, 600)}`);
}

/** Runs the program to its end: {code, signal, out, err}. `interrupt_at`: SIGINT once standard error matches it. */
export function tessera_run(tessera, args, { interrupt_at } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(tessera, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '', err = '';
    child.stdout.on('data', (part) => (out += part));
    let interrupted = false;
    child.stderr.on('data', (part) => {
      err += part;
      if (!interrupt_at || interrupted || !interrupt_at.test(err)) return;
      interrupted = true;
      child.kill('SIGINT');
    });
    child.on('error', reject);
    child.on('close', (code, killed_by) => {
      const report = sanitizer_report(err);
      if (report) reject(new Error(`tessera ${args.join(' ')}: ${report}`));
      else resolve({ code, signal: killed_by, out, err });
    });
  });
}

/** Runs it and insists on the exit code. */
export async function tessera_must(tessera, args, code = 0) {
  const run = await tessera_run(tessera, args);
  if (run.code !== code) throw new Error(`tessera ${args.join(' ')}: exit code ${run.code} (${run.signal}), wanted ${code}\n${run.out}${run.err}`);
  return run;
}

function sanitizer_report(text) {
  const found = /^.*(Sanitizer|runtime error).*$/m.exec(text);
  return found && text.slice(found.index, found.index + 2000);
}

// What still runs as the tests end, after a failure or because --only left out the test that stops it, ends with them.
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export class Server {
  /** Starts `tessera serve ...` and waits for its address. */
  static start(tessera, args) {
    return Server.run(tessera, ['serve', ...(args.includes('--build-every') ? [] : ['--build-every', '0s']), ...args, '--listen', '127.0.0.1:0']);
  }

  /** Starts `tessera open ...` and waits for its address. */
  static open(tessera, args) {
    return Server.run(tessera, ['open', ...args, '--port', '0']);
  }

  static run(tessera, args) {
    return new Promise((resolve, reject) => {
      const child = spawn(tessera, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      const server = new Server(child);
      running.add(child);
      child.stdout.on('data', (part) => {
        server.out += part;
        const address = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(server.out);
        if (address && !server.port) {
          server.port = Number(address[1]);
          resolve(server);
        }
      });
      child.stderr.on('data', (part) => (server.err += part));
      child.on('error', reject);
      child.on('close', () => {
        running.delete(child);
        if (!server.port) reject(new Error(`the server did not start: ${server.out}${server.err}`));
      });
    });
  }

  constructor(child) {
    Object.assign(this, { child, port: 0, out: '', err: '' });
    this.ended = new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal })));
  }

  /** Stops it as a person would; it must end by itself, with 0 and no report. */
  async stop(signal = 'SIGINT') {
    this.child.kill(signal);
    const { code, signal: killed_by } = await this.ended;
    const report = sanitizer_report(this.err);
    check(!report, report);
    check_equal({ code, killed_by }, { code: 0, killed_by: null }, `end of the server (${this.err})`);
  }

  /** {status, headers, body: Buffer, text, json()} of one request. */
  ask(method, path, { headers = {}, body, agent, timeout_ms = 120_000 } = {}) {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.port, method, path, headers, agent, timeout: timeout_ms };
      const request = http_request(options, (reply) => {
        const parts = [];
        reply.on('data', (part) => parts.push(part));
        reply.on('error', reject);
        reply.on('end', () => {
          const bytes = Buffer.concat(parts);
          const text = bytes.toString();
          resolve({ status: reply.statusCode, headers: reply.headers, body: bytes, text, json: () => JSON.parse(text) });
        });
      });
      request.on('timeout', () => request.destroy(new Error(`no answer within ${timeout_ms} ms`)));
      request.on('error', reject);
      request.end(body);
    });
  }

  get(path, options) {
    return this.ask('GET', path, options);
  }

  post(path, value, { headers, ...options } = {}) {
    const body = typeof value === 'string' ? value : JSON.stringify(value);
    return this.ask('POST', path, { headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), ...headers }, body, ...options });
  }

  /** The answer of a query that must succeed. */
  async query(query) {
    const reply = await this.post('/api/v1/query', query);
    check_equal(reply.status, 200, `status of ${JSON.stringify(query)}: ${reply.text}`);
    return reply.json();
  }

  /** The rows of a statement that must succeed. */
  async sql(sql) {
    const reply = await this.post('/api/v1/sql', { sql });
    check_equal(reply.status, 200, `status of ${sql}: ${reply.text}`);
    return reply.json().rows;
  }

  /** What comes back for raw bytes. */
  // A client that has ended its side counts as gone where the answer takes long.
  raw(bytes, ends = true) {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, '127.0.0.1', () => (ends ? socket.end(bytes) : socket.write(bytes)));
      let text = '';
      socket.on('data', (part) => (text += part));
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
  }
}

/** The error of a reply, of the one shape that all have. */
export function error_of(reply, status, code) {
  check_equal(reply.status, status, `status (${reply.text.slice(0, 300)})`);
  check(/^application\/json/.test(reply.headers['content-type']), 'errors are JSON');
  const { error } = reply.json();
  check_equal(Object.keys(error).sort(), ['code', 'message', 'path', 'position'], 'members of an error');
  check(typeof error.message === 'string' && error.message.length > 5, 'an error has a message');
  if (code) check_equal(error.code, code, `code (${error.message})`);
  return error;
}
