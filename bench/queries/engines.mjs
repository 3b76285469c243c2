// The engines of a suite of queries, all with one face. Each holds the data in memory in a process of its own that lives
// through the suite, and is asked over a pipe or a kept connection.
//
//   load(suite, folder, threads)   -> {seconds}: the CSV files to queryable
//   answer(sql)                    -> {columns: [{name, exact}], rows}, every value as text; to compare
//   time(sql, threads, warm)       -> milliseconds, by the engine's own side of the connection; warm: Tessera may have planned
//                                  the same text before, else it is parsed and planned each time, as in the peers
//   pids()                         the processes whose memory is the engine's
//   stop()
import { bench_folder, fail } from '../support/common.mjs';
import { agent_make, server_ask, server_start } from '../support/server.mjs';
import { tessera_check, tessera_version } from '../support/tessera.mjs';
import { typed_json } from '../support/typed.mjs';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import os from 'node:os';
import { createInterface } from 'node:readline';

// Of a statement: as much as DuckDB allows itself, 80 % of the machine's.
const QUERY_MEMORY = `${Math.floor((os.totalmem() * 0.8) / 2 ** 20)}M`;

// `tessera serve --model --data`: in memory without a store, as the peers. Its time of a statement is the answer's
// stats.elapsed_ms: from the text to the last row written as JSON. Another number of threads is another server.
class Tessera {
  constructor({ tessera, timeout }) {
    tessera_check(tessera);
    this.program = tessera;
    this.timeout = `${timeout}s`;
    this.name = this.title = 'tessera';
    this.servers = new Map();
    this.turn = 0;
    this.agent = agent_make(1);
  }

  version() {
    return tessera_version(this.program);
  }

  async load({ model }, folder, threads) {
    const started = performance.now();
    const limits = ['--query-timeout', this.timeout, '--query-memory', QUERY_MEMORY];
    const args = ['--model', typeof model === 'function' ? model() : model, '--data', folder, '--threads', `${threads}`, ...limits, '--quiet'];
    this.servers.set(threads, await server_start(this.program, args));
    return { seconds: (performance.now() - started) / 1e3 };
  }

  async ask(sql, threads) {
    const { url } = this.servers.get(threads) ?? this.servers.values().next().value;
    return server_ask(this.agent, url, 'POST', '/api/v1/sql', { sql, format: 'json' });
  }

  async answer(sql) {
    return typed_json(await this.ask(sql));
  }

  async time(sql, threads, warm = false) {
    const text = warm ? sql : `${sql}\n-- ${++this.turn}`; // another text each time
    const { stats } = JSON.parse(await this.ask(text, threads));
    return stats.elapsed_ms;
  }

  pids() {
    return [...this.servers.values()].map(({ pid }) => pid);
  }

  async stop() {
    this.agent.destroy();
    for (const server of this.servers.values()) await server.stop();
  }
}

// A peer behind peers/child.mjs.
class Peer {
  constructor(name, { threads }) {
    this.name = this.title = name;
    this.child = spawn(process.execPath, [join(bench_folder, 'peers', 'child.mjs'), name, JSON.stringify({ threads })], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.replies = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.child.on('close', (code, signal) => { if (!this.stopping) fail(`${name} ended with ${code ?? signal}`); });
  }

  async version() {
    return (await import(`../peers/${this.name}.mjs`))[`${this.name}_version`]();
  }

  async request(request) {
    this.child.stdin.write(JSON.stringify(request) + '\n');
    const { value } = await this.replies.next();
    const reply = JSON.parse(value);
    if (reply.error) throw new Error(reply.error);
    return reply;
  }

  load({ tables }, folder) {
    return this.request({ do: 'load', tables, folder });
  }

  answer(sql) {
    return this.request({ do: 'answer', sql });
  }

  async time(sql, threads) {
    return (await this.request({ do: 'time', sql, threads })).ms;
  }

  pids() {
    return [this.child.pid];
  }

  async stop() {
    this.stopping = true;
    const closed = new Promise((done) => this.child.on('close', done));
    this.child.stdin.end();
    await closed;
  }
}

// Tessera first, then the peers named ('' or 'none': none).
export function engines_make(values) {
  const names = values.peers.split(',').filter((name) => name && name !== 'none');
  for (const name of names)
    if (name === 'child' || !existsSync(join(bench_folder, 'peers', `${name}.mjs`))) fail(`--peers ${name}: there is no bench/peers/${name}.mjs`);
  return [new Tessera(values), ...names.map((name) => new Peer(name, values))];
}
