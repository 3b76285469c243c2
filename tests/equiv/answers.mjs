// Answers of two engines as comparable rows: exact by type, but for what is marked approx (relative 1e-12).
const TOLERANCE = 1e-12, TINY = 1e-15; // a quotient has 16 digits after the point

// CSV by RFC 4180 to rows; an empty field is null, "" is the empty text.
export function csv_parse(text) {
  const rows = [];
  let row = [], at = 0;
  while (at < text.length) {
    if (text[at] === '"') {
      let value = '';
      for (at++; ; at++) {
        const end = text.indexOf('"', at);
        value += text.slice(at, end);
        at = end + 1;
        if (text[at] !== '"') break;
        value += '"';
      }
      row.push(value);
    } else {
      let end = at;
      while (end < text.length && text[end] !== ',' && text[end] !== '\r') end++;
      row.push(end === at ? null : text.slice(at, end));
      at = end;
    }
    if (text[at] === ',') {
      at++;
      if (text[at] === '\r') row.push(null);
    }
    if (text[at] === '\r') {
      rows.push(row);
      row = [];
      at += 2;
    }
  }
  return rows;
}

const MONEY = /^(-?)0*(\d*)(?:\.(\d*?)0*)?$/;

function number_text(value) {
  const text = String(value), found = MONEY.exec(text);
  if (!found) return String(Number(text) + 0);
  const [, sign, whole, fraction = ''] = found;
  const digits = (whole || '0') + (fraction ? `.${fraction}` : '');
  return digits === '0' ? '0' : sign + digits;
}

// A value as text that is equal where the values are.
function canonical(value, t) {
  if (value === null || value === undefined) return null;
  if (t.approx || t.k === 'dbl') return Number(value) + 0;
  if (t.k === 'int' || t.k === 'dec') return number_text(value);
  if (t.k === 'ts' || t.k === 'date') return String(value).replace('T', ' ').replace(/ 00:00:00$/, '').replace(/\.0+$/, '');
  return String(value);
}

export const rows_canonical = (rows, types) => rows.map((row) => row.map((value, i) => canonical(value, types[i])));

const near = (a, b) => a === b || (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= Math.max(TINY, TOLERANCE * Math.max(Math.abs(a), Math.abs(b))));

function row_order(types) {
  const columns = types.map((_, i) => i).sort((a, b) => (types[a].approx ? 1 : 0) - (types[b].approx ? 1 : 0));
  return (a, b) => {
    for (const i of columns) {
      if (a[i] === b[i]) continue;
      if (a[i] === null) return -1;
      if (b[i] === null) return 1;
      return a[i] < b[i] ? -1 : 1;
    }
    return 0;
  };
}

// What differs, in words, or null. Without `ordered` rows are compared as a multiset.
export function answers_differ(ours, theirs, types, ordered) {
  if (ours.length !== theirs.length) return `${ours.length} rows, DuckDB has ${theirs.length}`;
  const [a, b] = ordered ? [ours, theirs] : [[...ours].sort(row_order(types)), [...theirs].sort(row_order(types))];
  for (let i = 0; i < a.length; i++)
    if (a[i].length !== b[i].length || a[i].some((value, c) => !near(value, b[i][c])))
      return `row ${i + 1}: ${JSON.stringify(a[i])}, DuckDB has ${JSON.stringify(b[i])}`;
  return null;
}

// The lines of a CSV in an order of their own, for answers without ORDER BY.
export const lines_sorted = (csv) => csv.split('\r\n').sort().join('\n');
