// A running `tessera serve`, asked over kept connections.
import { fail } from './common.mjs';
import { spawn } from 'node:child_process';
import { Agent, request } from 'node:http';

const URL_TOLD = /http:\/\/[^ /\n]+/;

// Starts `program serve ...args` on a free port; it builds no cuboids unasked. -> {url, pid, output(), stop()} once it says where it listens.
export function server_start(program, args) {
  const child = spawn(program, ['serve', ...(args.includes('--build-every') ? [] : ['--build-every', '0s']), ...args, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  process.on('exit', () => child.kill()); // also when the suite fails
  const stop = () => new Promise((done) => { child.removeAllListeners('close').on('close', done); child.kill('SIGTERM'); });
  return new Promise((resolve) => {
    let text = '';
    const watch = (part) => {
      text += part;
      const url = URL_TOLD.exec(text)?.[0];
      if (url) resolve({ url, pid: child.pid, output: () => text, stop });
    };
    child.stdout.on('data', watch);
    child.stderr.on('data', watch);
    child.on('close', (code, signal) => fail(`${program} serve ended with ${code ?? signal}: ${text.trim()}`));
  });
}

export const agent_make = (connections) => new Agent({ keepAlive: true, maxSockets: connections });

// The text of the answer; rejects with the server's message on any status but 200.
export function server_ask(agent, url, method, path, body) {
  return new Promise((resolve, reject) => {
    const text = body && JSON.stringify(body);
    const headers = body ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) } : {};
    const sent = request(url + path, { method, agent, headers }, (reply) => {
      const parts = [];
      reply.on('data', (part) => parts.push(part));
      reply.on('end', () => {
        const got = Buffer.concat(parts).toString();
        if (reply.statusCode === 200) resolve(got);
        else reject(new Error(message_of(got) ?? `${path}: ${reply.statusCode} ${got}`));
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

function message_of(text) {
  try {
    return JSON.parse(text).error.message;
  } catch {
    return null;
  }
}
