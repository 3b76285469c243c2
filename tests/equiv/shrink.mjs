// Makes a failing query smaller: parts are left out, and expressions replaced by their arguments, while it fails alike.

const copy = (value) => structuredClone(value);

const alike = (a, b) => a.k === b.k && (a.s ?? 0) === (b.s ?? 0) && (a.w ?? 0) === (b.w ?? 0) && Boolean(a.approx) === Boolean(b.approx);

// Copies of `e`, each a little smaller; an argument may stand for the whole when it is of the same kind.
function* smaller_exprs(e) {
  for (const arg of e.args ?? []) if (alike(arg.t, e.t) && arg.op !== 'literal') yield copy(arg);
  for (const arg of e.args ?? []) if (alike(arg.t, e.t) && arg.op === 'literal') yield copy(arg);
  if (e.filter) {
    yield { ...copy(e), filter: undefined };
    for (const filter of smaller_exprs(e.filter)) yield { ...copy(e), filter };
  }
  if (e.op === 'in' && e.args.length > 2)
    for (let i = 1; i < e.args.length; i++) yield { ...copy(e), args: copy(e.args.filter((_, k) => k !== i)) };
  for (let i = 0; i < (e.args ?? []).length; i++)
    for (const arg of smaller_exprs(e.args[i])) {
      const whole = copy(e);
      whole.args[i] = arg;
      yield whole;
    }
  if (e.op === 'scalar' && e.query.kind === 'select' && !e.query.from) yield copy(e.query.items[0].e);
  if (e.query) for (const query of smaller_queries(e.query)) yield { ...copy(e), query };
}

function without_item(q, at) {
  const whole = copy(q);
  whole.items.splice(at, 1);
  if (whole.order) whole.order = whole.order.filter(({ i }) => i !== at).map((key) => ({ ...key, i: key.i > at ? key.i - 1 : key.i }));
  return whole;
}

const uses_key = (value, i) => JSON.stringify(value).includes(`"op":"key"`) && JSON.stringify(value).match(new RegExp(`"i":${i}[,}]`));

function* smaller_selects(q) {
  const from = q.from ?? { joins: [] };
  for (const relation of [from.first, ...from.joins.map((join) => join.relation)]) if (relation?.query) yield copy(relation.query);
  for (const cte of q.ctes) yield copy(cte.query);
  for (const field of ['limit', 'offset', 'having', 'distinct']) if (q[field] || q[field] === 0) yield { ...copy(q), [field]: field === 'distinct' ? false : null };
  if (q.order && (q.limit ?? null) === null) yield { ...copy(q), order: null };
  if (q.group && q.group.kind !== 'plain') yield { ...copy(q), group: { kind: 'plain', keys: copy(q.group.keys) } };
  for (let i = 0; i < from.joins.length; i++) {
    const whole = copy(q);
    whole.from.joins.splice(i, 1);
    yield whole;
  }
  for (let i = 0; i < q.where.length; i++) yield { ...copy(q), where: copy(q.where.filter((_, k) => k !== i)) };
  if (q.items.length > 1) for (let i = 0; i < q.items.length; i++) yield without_item(q, i);
  if (q.group) {
    const last = q.group.keys.length - 1;
    if (last >= 0 && q.group.kind === 'plain' && !uses_key([q.items, q.having], last)) yield { ...copy(q), group: { kind: 'plain', keys: copy(q.group.keys.slice(0, -1)) } };
    for (let i = 0; i <= last; i++)
      for (const key of smaller_exprs(q.group.keys[i])) {
        const whole = copy(q);
        whole.group.keys[i] = key;
        yield whole;
      }
  }
  for (let i = 0; i < q.where.length; i++) for (const e of smaller_exprs(q.where[i])) yield { ...copy(q), where: copy(q.where).map((c, k) => (k === i ? e : c)) };
  for (let i = 0; i < q.items.length; i++)
    for (const e of smaller_exprs(q.items[i].e)) {
      const whole = copy(q);
      whole.items[i].e = e;
      yield whole;
    }
  if (q.having) for (const having of smaller_exprs(q.having)) yield { ...copy(q), having };
  for (let i = 0; i < from.joins.length; i++) {
    const { on, relation } = from.joins[i];
    for (const e of on ? smaller_exprs(on) : []) {
      const whole = copy(q);
      whole.from.joins[i].on = e;
      yield whole;
    }
    for (const query of relation.query ? smaller_queries(relation.query) : []) {
      const whole = copy(q);
      whole.from.joins[i].relation.query = query;
      yield whole;
    }
  }
  for (const query of from.first?.query ? smaller_queries(from.first.query) : []) {
    const whole = copy(q);
    whole.from.first.query = query;
    yield whole;
  }
  for (let i = 0; i < q.ctes.length; i++)
    for (const query of smaller_queries(q.ctes[i].query)) {
      const whole = copy(q);
      whole.ctes[i].query = query;
      yield whole;
    }
}

function* smaller_queries(q) {
  if (q.kind !== 'set') return yield* smaller_selects(q);
  yield copy(q.a);
  yield copy(q.b);
  if (q.order && (q.limit ?? null) === null) yield { ...copy(q), order: null };
  for (const a of smaller_queries(q.a)) yield { ...copy(q), a };
  for (const b of smaller_queries(q.b)) yield { ...copy(q), b };
}

// fails(query): whether it fails in the same way. At most `tries` calls of it.
export async function query_shrink(query, fails, tries) {
  let best = query, better = true;
  while (better && tries > 0) {
    better = false;
    for (const candidate of smaller_queries(best)) {
      if (tries-- <= 0) break;
      if (!(await fails(candidate))) continue;
      best = candidate;
      better = true;
      break;
    }
  }
  return best;
}
