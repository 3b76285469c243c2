/*
 * A query as plain data, and its text in the dialect of Tessera (which is PostgreSQL's) or of DuckDB.
 *
 * An expression is {op, t, args, ...}; TEXT[op] writes it. A query is a select
 *   {kind: 'select', ctes, distinct, items: [{e, name}], from, where: [conjunct], group: {kind, keys, sets}, having, order, limit, offset}
 * or {kind: 'set', op, a, b, order, limit, offset}. Being plain data, it can be copied, printed and shrunk.
 * Where the two dialects differ, this file says so: DuckDB divides ints with //, makes a time stamp of date_trunc, gives
 * sums as hugeint or with 38 digits, which leaves none for a larger scale, and has other defaults for NULLS FIRST.
 */
const quote = (text) => `'${text.replaceAll("'", "''")}'`;
const list = (args, x) => args.map((arg) => expr_text(arg, x)).join(', ');
const infix = (e, x, operator) => `(${e.args.map((arg) => expr_text(arg, x)).join(` ${operator} `)})`;

const CAST_NAMES = { int: 'bigint', dbl: 'double precision', str: 'text', date: 'date', ts: 'timestamp' };
const cast_name = (t) => (t.k === 'dec' ? `decimal(${Math.min(38, t.cast_m + t.s)},${t.s})` : t.w === 32 ? 'integer' : CAST_NAMES[t.k]);

function literal_text(e) {
  if (e.value === null) return `cast(NULL as ${e.t.k === 'bool' ? 'boolean' : cast_name({ cast_m: 18, ...e.t, w: 64 })})`;
  if (e.t.k === 'str') return quote(e.value);
  if (e.t.k === 'date') return `date '${e.value}'`;
  if (e.t.k === 'ts') return `timestamp '${e.value}'`;
  if (e.t.k === 'dbl') return `cast(${e.value} as double precision)`;
  return e.value < 0 || String(e.value).startsWith('-') ? `(${e.value})` : String(e.value);
}

function call_text(e, x) {
  const value = e.args.length ? expr_text(e.args[0], x) : '*';
  if (e.within) return `${e.name}(${e.within}) WITHIN GROUP (ORDER BY ${value})${e.filter ? ` FILTER (WHERE ${expr_text(e.filter, x)})` : ''}`;
  const arg = `${e.distinct ? 'DISTINCT ' : ''}${value}${e.name === 'string_agg' ? `, '|' ORDER BY ${value}` : ''}`;
  const filter = e.filter ? ` FILTER (WHERE ${expr_text(e.filter, x)})` : '';
  return `${e.name}(${arg})${filter}`;
}

function aggregate_text(e, x) {
  const text = call_text(e, x);
  if (x.duck && e.name === 'sum' && e.t.k === 'int') return `cast(${text} as bigint)`;
  return x.duck && e.name === 'sum' && e.t.k === 'dec' ? `cast(${text} as decimal(${Math.min(38, e.t.m + (e.t.s ?? 0) + 1)},${e.t.s ?? 0}))` : text;
}

function window_text(e, x) {
  const list_of = (items) => items.map((item) => expr_text(item, x)).join(', ');
  const key = ({ e: item, desc, nulls_first }) => `${expr_text(item, x)}${desc ? ' DESC' : ''} NULLS ${nulls_first ? 'FIRST' : 'LAST'}`;
  const over = [e.partition.length ? `PARTITION BY ${list_of(e.partition)}` : '', e.order.length ? `ORDER BY ${e.order.map(key).join(', ')}` : '', e.frame].filter(Boolean).join(' ');
  const arg = e.name === 'count' ? '*' : list_of(e.args);
  if (!e.call) return `${e.name}(${arg}) OVER (${over})`;
  const whole = `${call_text(e.call, x)} OVER (${over})`;
  if (!x.duck || e.call.name !== 'sum') return whole;
  if (e.call.t.k === 'int') return `cast(${whole} as bigint)`;
  return e.call.t.k === 'dec' ? `cast(${whole} as decimal(${Math.min(38, e.call.t.m + (e.call.t.s ?? 0) + 1)},${e.call.t.s ?? 0}))` : whole;
}

const TEXT = {
  column: (e) => `${e.alias}.${e.name}`,
  key: (e, x) => expr_text(x.keys[e.i], x),
  literal: literal_text,
  infix: (e, x) => infix(e, x, e.name),
  divide: (e, x) => infix(e, x, x.duck && e.args[0].t.k === 'int' && e.args[1].t.k === 'int' ? '//' : '/'),
  neg: (e, x) => `(- ${expr_text(e.args[0], x)})`,
  not: (e, x) => `(NOT ${expr_text(e.args[0], x)})`,
  postfix: (e, x) => `(${expr_text(e.args[0], x)} ${e.name})`,
  call: (e, x) => `${e.name}(${list(e.args, x)}${e.tail ?? ''})`,
  cast: (e, x) => `cast(${expr_text(e.args[0], x)} as ${cast_name(e.t)})`,
  in: (e, x) => `(${expr_text(e.args[0], x)} ${e.negated ? 'NOT ' : ''}IN (${list(e.args.slice(1), x)}))`,
  between: (e, x) => `(${expr_text(e.args[0], x)} ${e.negated ? 'NOT ' : ''}BETWEEN ${expr_text(e.args[1], x)} AND ${expr_text(e.args[2], x)})`,
  like: (e, x) => `(${expr_text(e.args[0], x)} ${e.negated ? 'NOT ' : ''}${e.name} ${quote(e.pattern)})`,
  case: (e, x) => {
    const branches = [];
    for (let i = 0; i + 1 < e.args.length; i += 2) branches.push(`WHEN ${expr_text(e.args[i], x)} THEN ${expr_text(e.args[i + 1], x)}`);
    return `CASE ${branches.join(' ')}${e.args.length % 2 ? ` ELSE ${expr_text(e.args[e.args.length - 1], x)}` : ''} END`;
  },
  case_of: (e, x) => {
    const [value, ...rest] = e.args;
    const branches = [];
    for (let i = 0; i + 1 < rest.length; i += 2) branches.push(`WHEN ${expr_text(rest[i], x)} THEN ${expr_text(rest[i + 1], x)}`);
    return `CASE ${expr_text(value, x)} ${branches.join(' ')} ELSE ${expr_text(rest[rest.length - 1], x)} END`;
  },
  date_trunc: (e, x) => {
    const text = `date_trunc('${e.field}', ${expr_text(e.args[0], x)})`;
    return x.duck ? `cast(${text} as ${e.t.k === 'date' ? 'date' : 'timestamp'})` : text;
  },
  extract: (e, x) => `extract(${e.field} FROM ${expr_text(e.args[0], x)})`,
  interval: (e, x) => `(${expr_text(e.args[0], x)} ${e.sign} interval '${e.step}')`,
  aggregate: aggregate_text,
  grouping: (e, x) => `grouping(${e.indexes.map((i) => expr_text(x.keys[i], x)).join(', ')})`,
  in_select: (e, x) => `(${expr_text(e.args[0], x)} ${e.negated ? 'NOT ' : ''}IN (${query_text(e.query, x)}))`,
  in_rows: (e, x) => `((${list(e.args, x)}) ${e.negated ? 'NOT ' : ''}IN (${query_text(e.query, x)}))`,
  exists_select: (e, x) => `(${e.negated ? 'NOT ' : ''}EXISTS (${query_text(e.query, x)}))`,
  quantified: (e, x) => `(${expr_text(e.args[0], x)} ${e.name} ${e.all ? 'ALL' : 'ANY'} (${query_text(e.query, x)}))`,
  scalar: (e, x) => `(${query_text(e.query, x)})`,
  window: window_text,
  exists: (e, x) => `${e.negated ? 'NOT ' : ''}EXISTS (SELECT 1 FROM ${e.table} ${e.alias} WHERE ${e.args.map((arg) => expr_text(arg, x)).join(' AND ')})`,
  compare_scalar: (e, x) => `(${expr_text(e.args[0], x)} ${e.name} (${query_text(e.query, x)}))`,
};

export function expr_text(e, x) {
  return TEXT[e.op](e, x);
}

function relation_text(relation, x) {
  if (relation.series) return `generate_series(${list(relation.series, x)}) ${relation.alias}`;
  if (relation.query) return `${relation.lateral ? 'LATERAL ' : ''}(${query_text(relation.query, x)}) ${relation.alias}`;
  return relation.table === relation.alias ? relation.table : `${relation.table} ${relation.alias}`;
}

function from_text(from, x) {
  let text = relation_text(from.first, x);
  for (const join of from.joins) {
    if (join.kind === ',' || join.kind === 'CROSS JOIN') text += `${join.kind === ',' ? ',' : ' CROSS JOIN'} ${relation_text(join.relation, x)}`;
    else text += ` ${join.kind} JOIN ${relation_text(join.relation, x)} ON ${expr_text(join.on, x)}`;
  }
  return text;
}

function group_text(group, x) {
  if (!group.keys.length) return '';
  const keys = group.keys.map((key) => expr_text(key, x));
  if (group.kind === 'plain') return ` GROUP BY ${keys.join(', ')}`;
  if (group.kind === 'sets') return ` GROUP BY GROUPING SETS (${group.sets.map((set) => `(${set.map((i) => keys[i]).join(', ')})`).join(', ')})`;
  return ` GROUP BY ${group.kind}(${keys.join(', ')})`;
}

function tail_text(q, x) {
  const key = ({ i, desc, nulls_first }) => {
    const said = x.duck || nulls_first !== desc ? ` NULLS ${nulls_first ? 'FIRST' : 'LAST'}` : '';
    return `${i + 1}${desc ? ' DESC' : ''}${said}`;
  };
  return (q.order?.length ? ` ORDER BY ${q.order.map(key).join(', ')}` : '') +
         (q.limit === null || q.limit === undefined ? '' : ` LIMIT ${q.limit.op ? expr_text(q.limit, x) : q.limit}`) + (q.offset ? ` OFFSET ${q.offset}` : '');
}

function select_text(q, outer) {
  const x = { ...outer, keys: q.group?.keys ?? [] };
  const items = q.items.map((item) => `${expr_text(item.e, x)} AS ${item.name}`).join(', ');
  const where = q.where.length ? ` WHERE ${q.where.map((c) => expr_text(c, x)).join(' AND ')}` : '';
  return `SELECT ${q.distinct ? 'DISTINCT ' : ''}${items}${q.from ? ` FROM ${from_text(q.from, x)}` : ''}${where}` +
         `${q.group ? group_text(q.group, x) : ''}${q.having ? ` HAVING ${expr_text(q.having, x)}` : ''}`;
}

export function query_text(q, x) {
  const ctes = q.ctes?.length ? `WITH ${q.ctes.map((cte) => `${cte.name} AS (${query_text(cte.query, x)})`).join(', ')} ` : '';
  const body = q.kind === 'set' ? `${side_text(q.a, x)} ${q.op} ${side_text(q.b, x)}` : select_text(q, x);
  return ctes + body + tail_text(q, x);
}

const side_text = (q, x) => (q.order?.length || q.kind === 'set' || q.ctes?.length ? `(${query_text(q, x)})` : query_text(q, x));

// The types of the outputs.
export const query_types = (q) => (q.kind === 'set' ? query_types(q.a) : q.items.map((item) => item.e.t));
