// Tessera as the tests see it: its command line, and a server that answers many queries.
import { spawn } from 'node:child_process';

export class Server {
  async start(tessera, store, threads, timeout = '120s') {
    this.errors = '';
    this.child = spawn(tessera, ['serve', store, '--build-every', '0s', '--listen', '127.0.0.1:0', '--threads', `${threads}`, '--query-timeout', timeout, '--quiet'], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.closed = new Promise((done) => this.child.on('close', (code) => { this.code = code; done(code); }));
    this.url = await new Promise((found, failed) => {
      const watch = (part) => {
        this.errors = (this.errors + part).slice(-20000);
        const url = /http:\/\/[^ \n]*/.exec(this.errors);
        if (url) found(url[0].replace(/\/$/, ''));
      };
      this.child.stdout.on('data', watch);
      this.child.stderr.on('data', watch);
      this.closed.then((code) => failed(new Error(`tessera serve ended with ${code}: ${this.errors}`)));
    });
    return this;
  }

  // {text} in that format (csv or json), or {error}.
  async ask_as(format, sql, passes_off) {
    try {
      const reply = await fetch(`${this.url}/api/v1/sql`, { method: 'POST', headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ sql, format, ...(passes_off ? { passes_off } : {}) }) });
      const text = await reply.text();
      return reply.ok ? { text } : { error: JSON.parse(text).error.message };
    } catch (cause) {
      return { error: `the server is gone: ${cause.message}` };
    }
  }

  // {csv} or {error}.
  async ask(sql, passes_off) {
    const { text, error } = await this.ask_as('csv', sql, passes_off);
    return error === undefined ? { csv: text } : { error };
  }

  async stop() {
    this.child.kill('SIGTERM');
    if ((await this.closed) !== 0) throw new Error(`tessera serve ended with ${this.code}: ${this.errors}`);
  }
}

export function program_run(program, args) {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += part));
    child.on('error', failed);
    child.on('close', (code) => (code === 0 ? done(output) : failed(new Error(`${program} ${args.join(' ')}: exit code ${code}\n${output}`))));
  });
}
