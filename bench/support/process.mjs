// Runs a program and measures it from outside: wall time from start to exit, and peak resident
// memory (VmHWM, which the kernel never lowers; read every 10 ms, so that what grows in the last 10
// ms before the exit is missed). The same for every engine.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

// Resident memory of a process, now and at its peak; 0 once it has ended.
export function memory_read(pid) {
  let text = '';
  try {
    text = readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    // ended meanwhile
  }
  const bytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
  return { resident_bytes: bytes('VmRSS'), peak_bytes: bytes('VmHWM') };
}

// From here on the peak of a process is that of what follows.
export const peak_reset = (pid) => writeFileSync(`/proc/${pid}/clear_refs`, '5');

// -> {seconds, peak_bytes, stdout, stderr, code}; rejects only when the program cannot be started.
export function process_measure(program, args) {
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint();
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    let peak_bytes = 0;
    const timer = setInterval(() => {
      peak_bytes = Math.max(peak_bytes, memory_read(child.pid).peak_bytes);
    }, 10);
    for (const stream of ['stdout', 'stderr'])
      child[stream].setEncoding('utf8').on('data', (text) => { output[stream] += text; });
    let ended = started; // stays so when the program could not be started
    child.on('exit', () => { ended = process.hrtime.bigint(); });
    child.on('error', (error) => { clearInterval(timer); reject(error); });
    child.on('close', (code, signal) => {
      clearInterval(timer);
      resolve({ seconds: Number(ended - started) / 1e9, peak_bytes, code: code ?? signal, ...output });
    });
  });
}
