/*
 * A chain with what the small demo chain hardly has: test profiles, members without a tier or a home store, points that a
 * campaign gave, a campaign with a test, receipts that only give back, of an unknown store or of no channel, lines of an unknown product or of no quantity.
 * Its CSV files are the demo's, changed by rule, so that both sides read the same.
 */
import { copyFileSync, readdirSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** {file's name begins with: (row as an object) -> the row changed, or null to leave it out} */
const CHANGES = {
  'customers.csv': (row) => ({ ...row, home_store: row.customer % 29 === 0 ? '' : row.home_store, test: row.customer % 17 === 0 ? '1' : row.test, employee: row.customer % 19 === 0 ? '1' : row.employee }),
  'experiments.csv': (row) => ({ ...row, campaign: row.experiment === '7' ? '305' : row.campaign }),
  'receipts-': (row) => ({ ...row, channel: row.receipt % 211 === 0 ? '' : row.channel, store: row.receipt % 223 === 0 ? '999' : row.store }),
  'tier_history.csv': (row) => (row.customer % 13 === 0 ? null : row),
  'points-2025.csv': (row) => ({ ...row, campaign: row.kind === 'accrual' && /-0[35]-/.test(row.posted_at) ? (row.customer % 2 ? '302' : '307') : row.campaign }),
  'sales-': (row) => {
    const sign = row.receipt % 23 === 0 ? '-' : '';
    const negative = (text) => (sign && !text.startsWith('-') && Number(text) ? sign + text : text);
    return { ...row, product: row.line % 97 === 0 ? '999999' : row.product, quantity: row.line % 101 === 0 && row.unit === 'pcs' ? '0' : negative(row.quantity), paid: negative(row.paid), vat: negative(row.vat), cost: negative(row.cost) };
  }
};

function csv_change(text, change) {
  const [header, ...lines] = text.trimEnd().split('\n');
  const names = header.split(',');
  const rows = lines.map((line) => {
    if (line.includes('"')) throw new Error(`a quoted field: ${line}`);
    return change(Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])));
  });
  return [header, ...rows.filter(Boolean).map((row) => names.map((name) => row[name]).join(','))].join('\n') + '\n';
}

/** Writes the changed chain of folder `from` into folder `to`. */
export function chain_alter(from, to) {
  for (const folder of ['', 'late']) {
    mkdirSync(join(to, folder), { recursive: true });
    for (const name of readdirSync(join(from, folder)).filter((one) => one.endsWith('.csv'))) {
      const [, change] = Object.entries(CHANGES).find(([start]) => folder === '' && name.startsWith(start)) ?? [];
      if (change) writeFileSync(join(to, folder, name), csv_change(readFileSync(join(from, folder, name), 'utf8'), change));
      else copyFileSync(join(from, folder, name), join(to, folder, name));
    }
  }
}
