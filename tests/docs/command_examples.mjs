// The examples of a document as commands: each ```sh block that a plain ``` block follows is run by the shell at the
// source tree's root, `tessera` being the program under test and $STORE a store of the document's model (see
// sql_examples.mjs), one for all examples of the document, in their order. The plain block is what it prints.
//
// What differs from run to run or machine to machine (seconds, bytes, and so the spaces before them) is not compared.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { model_of, store_make } from './sql_examples.mjs';

const EXAMPLE = /(```sh\n([\s\S]*?)```\s*\n```\n)([\s\S]*?)(?=```)/g;

const comparable = (text) =>
  text.replace(/[ \t]+$/gm, '').replace(/\b\d+\.\d+ s\b/g, 'n s').replace(/ *\b\d[\d.,]* ([kMG]?B)\b/g, ' n bytes').trimEnd();

/** Runs all examples of a document. report(ok, what) is told of each; write: put what was printed into the document. */
export function commands_run(place, text, { tessera, root, report, write }) {
  const model = model_of(text);
  if (!model || !text.match(EXAMPLE)) return;
  const made = store_make(tessera, root, model);
  try {
    report(!made.fault, `${place.name}: ${model} cannot be loaded: ${made.fault}`);
    if (made.fault) return;
    const env = { ...process.env, STORE: made.store, PATH: `${dirname(tessera)}:${process.env.PATH}` };
    const changed = text.replace(EXAMPLE, (all, head, command, expected) => {
      const done = spawnSync('sh', ['-c', command], { cwd: root, encoding: 'utf8', env });
      const got = done.stdout + (done.status === 0 ? '' : done.stderr);
      const same = comparable(got) === comparable(expected);
      if (write) return same ? all : `${head}${got.trimEnd()}\n`;
      report(same, `${place.name}: ${command.trim()}\n--- expected\n${expected}--- got\n${got}`);
      return all;
    });
    if (changed !== text) writeFileSync(place.path, changed);
  } finally {
    rmSync(made.folder, { recursive: true });
  }
}
