// PostgreSQL as an oracle: one psql, which takes its server from PGHOST, PGPORT, PGUSER and PGDATABASE, in a schema of its own.
import { spawn } from 'node:child_process';

const END = '--end of answer--', NULL_TEXT = '\\N';
const SETTINGS = ['\\set ON_ERROR_STOP 0', '\\pset format csv', '\\pset tuples_only on', `\\pset null '${NULL_TEXT.replace('\\', '\\\\')}'`,
  "set client_min_messages = error;", "set statement_timeout = '5s';", 'set jit = off;'];

export class Postgres {
  // Runs the statements, which make the tables, in an empty schema of that name.
  async start(schema, statements) {
    this.text = '';
    this.errors = '';
    this.child = spawn('psql', ['--no-psqlrc', '--quiet'], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.closed = new Promise((done) => this.child.on('close', done));
    this.child.on('error', (cause) => (this.errors += cause.message));
    this.child.stdout.on('data', (part) => {
      this.text += part;
      if (this.text.includes(END)) this.found?.();
    });
    this.child.stderr.on('data', (part) => (this.errors = (this.errors + part).slice(-2000)));
    this.closed.then(() => this.found?.());
    this.schema = schema;
    for (const statement of [...SETTINGS, `drop schema if exists ${schema} cascade;`, `create schema ${schema};`, `set search_path = ${schema};`, ...statements, 'analyze;']) {
      const { error } = await this.send(statement);
      if (error) throw new Error(`PostgreSQL: ${error} in ${statement}`);
    }
    return this;
  }

  async send(line) {
    const answer = new Promise((done) => (this.found = done));
    this.child.stdin.write(`\\set ERROR false\n${line}\n\\if :ERROR\n\\echo ${END} :LAST_ERROR_MESSAGE\n\\else\n\\echo ${END}\n\\endif\n`);
    await answer;
    const [body, rest] = this.text.split(END);
    if (rest === undefined) throw new Error(`psql ended: ${this.errors}`);
    this.text = '';
    return rest.trim() ? { error: rest.trim() } : { body };
  }

  // {rows: arrays of texts and nulls} or {error}. The texts of these tests have neither commas nor quotes.
  async ask(sql) {
    const { body, error } = await this.send(`${sql};`);
    if (error) return { error };
    return { rows: body === '' ? [] : body.slice(0, -1).split('\n').map((line) => line.split(',').map((value) => (value === NULL_TEXT ? null : value === '""' ? '' : value))) };
  }

  async stop() {
    await this.send(`drop schema ${this.schema} cascade;`);
    this.child.stdin.end();
    await this.closed;
  }
}
