// The demo chain at a scale, generated and loaded when missing, kept in bench/data.
import { data_folder, root_folder } from './common.mjs';
import { tessera_run } from './tessera.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

// {data: folder of CSV files, store}
export async function demo_make({ tessera, scale }) {
  const data = join(data_folder, `demo-${scale}`), store = join(data_folder, `demo-${scale}-store`);
  if (!existsSync(data)) await tessera_run(tessera, ['generate', '--out', data, '--scale', `${scale}`, '--quiet']);
  if (!existsSync(join(store, 'MANIFEST')))
    await tessera_run(tessera, ['load', '--model', join(root_folder, 'models/retail.yaml'), '--data', data, '--out', store, '--quiet']);
  return { data, store };
}
