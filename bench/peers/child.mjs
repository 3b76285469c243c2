// A peer in a process of its own, so that its memory is its own: node child.mjs PEER. A request a line on standard input,
// {do: 'load' | 'time' | 'answer', ...}; a reply a line on standard output, or {error}.
import { createInterface } from 'node:readline';

const engine = await (await import(`./${process.argv[2]}.mjs`)).engine_open(JSON.parse(process.argv[3]));
for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    const request = JSON.parse(line);
    reply = await engine[request.do](request);
  } catch (error) {
    reply = { error: error.message };
  }
  process.stdout.write(JSON.stringify(reply) + '\n');
}
process.exit(0); // without tearing the database down
