// Are two answers the same? Rows are arrays of values in order. Numbers compare by value, texts as
// texts: 12, "12" and "12.00" are one answer; NULL equals NULL alone.

// Decimal texts without needless zeros; anything else unchanged.
function value_text(value) {
  if (value === null || value === undefined) return 'NULL';
  const text = String(value);
  return /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text;
}

const row_text = (row) => (row ? JSON.stringify(row.map(value_text)) : '(no such row)');

// null when equal, else where they part: {row (from 1), a, b} as texts.
export function answers_difference(rows_a, rows_b) {
  for (let i = 0; i < Math.max(rows_a.length, rows_b.length); i++) {
    const a = row_text(rows_a[i]), b = row_text(rows_b[i]);
    if (a !== b) return { row: i + 1, a, b };
  }
  return null;
}
