// Answers with their types, compared by the types' own equality.
//
// An answer is {columns: [{name, exact}], rows: [[text or null]]}: every value as text, so that no digit is lost; `exact`
// is false where it is a double, which is compared with a relative tolerance if either side is one.
const TOLERANCE = 1e-9;

// Numbers stay text: what JSON.parse makes of them has 53 bits.
export function typed_json(text) {
  const quoted = text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g, (token) => (token[0] === '"' ? token : `"${token}"`));
  const { columns, rows } = JSON.parse(quoted);
  return { columns: columns.map(({ name, type }) => ({ name, exact: !/double|real/.test(type), number: /int|decimal|numeric|double|real/.test(type) })), rows };
}

// A number without needless zeros, a time stamp without midnight; other texts unchanged.
function canonical(value) {
  const text = String(value);
  if (/^-?\d+(\.\d+)?$/.test(text)) {
    const digits = text.replace(/^(-?)0+(?=\d)/, '$1').replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
    return digits === '-0' ? '0' : digits;
  }
  return /^\d{4}-\d\d-\d\d[ T]/.test(text) ? text.replace('T', ' ').replace(/\.0+$/, '').replace(/ 00:00:00$/, '') : text;
}

function value_equal(a, b, column) {
  if (a === null || b === null) return a === b;
  if (column.exact || !column.number) return canonical(a) === canonical(b);
  const [x, y] = [Number(a), Number(b)];
  return x === y || Math.abs(x - y) <= TOLERANCE * Math.max(Math.abs(x), Math.abs(y));
}

const row_text = (row) => (row ? JSON.stringify(row) : '(no such row)');

// What differs, in words, or null; `them` names the second. Rows that are equal in the outputs of `order` are ties and may come in any order.
export function typed_differ(ours, theirs, order, them = 'DuckDB') {
  if (ours.columns.length !== theirs.columns.length) return `${ours.columns.length} columns, ${them} has ${theirs.columns.length}`;
  const columns = ours.columns.map((column, i) => ({ ...column, exact: column.exact && theirs.columns[i].exact }));
  if (ours.rows.length !== theirs.rows.length) return `${ours.rows.length} rows, ${them} has ${theirs.rows.length}`;
  const same = (a, b, which) => which.every((i) => value_equal(a[i], b[i], columns[i]));
  const all = columns.map((_, i) => i), taken = new Set();
  for (let i = 0; i < ours.rows.length; i++) {
    const a = ours.rows[i], b = theirs.rows[i];
    if (!same(a, b, order)) return `row ${i + 1}: ${row_text(a)}, ${them} has ${row_text(b)}`;
    const tie = (k) => !taken.has(k) && same(a, theirs.rows[k], all);
    const found = tie(i) ? i : theirs.rows.findIndex((_, k) => tie(k));
    if (found < 0) return `row ${i + 1}: ${them} does not have ${row_text(a)}; it has ${row_text(b)}`;
    taken.add(found);
  }
  return null;
}

// The outputs, counted from 0, that a query's rows are ordered by: its comment says so, or its last ORDER BY names them.
export function order_of(sql, columns) {
  const said = /^-- ordered by outputs (.*)$/m.exec(sql);
  if (said) return said[1].split(', ').map((number) => Number(number) - 1);
  const clause = /\border by ([^)]*?)(?:\blimit\b[^)]*)?$/is.exec(sql);
  return clause ? clause[1].split(',').map((key) => columns.findIndex(({ name }) => name === key.trim().split(/\s/)[0])) : [];
}
