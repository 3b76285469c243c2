// The examples of a document in SQL: each ```sql block that a plain ``` block follows is a statement and what
// `tessera sql STORE "..." --null NULL` prints for it, errors included. A document that has such examples names the
// model that they are asked of, whose files lie beside it:
//
//   <!-- sql examples: tests/docs/data/shop/shop.yaml -->
//
// What differs from run to run (milliseconds, the kernels of the machine, and so the width of a plan) is not compared.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The model that a document's examples are asked of, if it names one. */
export const model_of = (text) => text.match(MODEL)?.[1];

const MODEL = /<!-- sql examples: (\S+) -->/;
const EXAMPLE = /(```sql\n([\s\S]*?)```\s*\n```\n)([\s\S]*?)(?=```)/g;

function run(tessera, root, args) {
  const done = spawnSync(tessera, args, { cwd: root, encoding: 'utf8' });
  return { code: done.status, text: (done.stdout ?? '') + (done.stderr ?? '') };
}

/** A store of the model and the data beside it: {folder, store, fault}. */
export function store_make(tessera, root, model) {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-docs-'));
  const store = join(folder, 'store');
  const loaded = run(tessera, root, ['load', '--model', model, '--data', dirname(model), '--out', store, '--quiet']);
  return { folder, store, fault: loaded.code === 0 ? null : loaded.text };
}

const trimmed = (text) => text.replace(/[ \t]+$/gm, '').trimEnd();

/** A result without what may differ from run to run. */
function comparable(text) {
  if (!text.startsWith('plan\n')) return trimmed(text);
  return trimmed(text.replace(/\d+\.\d{3} ms\b/g, 'ms').replace(/peak memory: \d+/, 'peak memory: n').replace(/\b(avx512|avx2|portable)\b/g, 'kernel').replace(/^-+$/m, '-'));
}

/** Runs all examples of a document. report(ok, what) is told of each; write: put what was printed into the document. */
export function sql_check(place, text, { tessera, root, report, write }) {
  const model = model_of(text);
  if (!model) return;
  const made = store_make(tessera, root, model);
  try {
    report(!made.fault, `${place.name}: ${model} cannot be loaded: ${made.fault}`);
    if (made.fault) return;
    const changed = text.replace(EXAMPLE, (all, head, statement, expected) => {
      const got = run(tessera, root, ['sql', made.store, statement.trim(), '--null', 'NULL']).text;
      const same = comparable(got) === comparable(expected);
      if (write) return same ? all : `${head}${trimmed(got)}\n`;
      report(same, `${place.name}: ${statement.trim()}\n--- expected\n${trimmed(expected)}\n--- got\n${trimmed(got)}`);
      return all;
    });
    const without = (text.match(/^```sql\n/gm) ?? []).length - [...text.matchAll(EXAMPLE)].length;
    report(without === 0, `${place.name}: ${without} statements have no result`);
    if (changed !== text) writeFileSync(place.path, changed);
  } finally {
    rmSync(made.folder, { recursive: true });
  }
}
