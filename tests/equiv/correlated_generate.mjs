/*
 * Random statements whose subqueries refer to the queries around them: scalar subqueries, [NOT] EXISTS, [NOT] IN (of one
 * value and of rows), ANY and ALL, LATERAL, nested two deep, with GROUP BY, HAVING, DISTINCT, aggregates, windows, UNION ALL,
 * ORDER BY and LIMIT, and with outer columns among what they give out.
 *
 * A query is the plain data of sql_text.mjs. A scope is the columns that an expression may name: `own` of the query's
 * FROM, `outer` of the queries around it; aliases are unique in a statement, so that nothing hides anything. Each choice
 * keeps to what all engines define alike: a scalar subquery has one row at most by its form, LIMIT stands behind an
 * ORDER BY that leaves equal rows alone as ties, and an aggregate reads a column of its own query.
 */
import { query_outputs } from './sql_generate.mjs';
import { bool, int, str } from './world.mjs';

const COMPARISONS = ['=', '=', '<>', '<', '<=', '>', '>='];
const WORDS = ['Arka', 'Bor', 'bor', ''];
const SMALL = int(9);

const make = (op, t, args, more = {}) => ({ op, t, args, ...more });
const literal = (t, value) => make('literal', t, [], { value });
const infix = (name, a, b, t = bool()) => make('infix', t, [a, b], { name });
const type_of = (k) => ({ int: SMALL, str: str(), bool: bool() })[k];

export class CorrelatedGenerator {
  constructor(random, world) {
    Object.assign(this, { random, world, alias_count: 0 });
  }

  alias(prefix) {
    return `${prefix}${this.alias_count++}`;
  }

  kind() {
    return this.random.weighted([[6, 'int'], [3, 'str'], [1, 'bool']]);
  }

  // --- expressions ---

  column(columns, k) {
    const found = columns.filter((c) => c.t.k === k);
    return found.length ? this.random.pick(found) : null;
  }

  constant(k) {
    const r = this.random;
    if (r.chance(0.04)) return literal(type_of(k), null);
    return literal(type_of(k), { int: () => r.between(-1, 4), str: () => r.pick(WORDS), bool: () => r.chance(0.5) }[k]());
  }

  // An own column mostly, now and then one of the queries around.
  leaf(scope, k) {
    const r = this.random, outer = this.column(scope.outer, k), own = this.column(scope.own, k);
    if (outer && r.chance(own ? 0.3 : 0.9)) return outer;
    return own && r.chance(0.85) ? own : this.constant(k);
  }

  expr(scope, k, depth) {
    const r = this.random;
    if (scope.depth > 0 && !scope.flat && r.chance(0.12)) return k === 'bool' ? this.condition(scope) : this.scalar(scope, k);
    if (depth <= 0 || r.chance(0.4)) return this.leaf(scope, k);
    const sub = (of) => this.expr(scope, of, depth - 1);
    if (r.chance(0.3)) return this.choice(scope, k, depth);
    if (k === 'int') return infix(r.pick(['+', '-', '*']), this.leaf(scope, 'int'), this.leaf(scope, 'int'), SMALL);
    if (k === 'str') return r.chance(0.5) ? make('call', str(), [sub('str')], { name: r.pick(['lower', 'upper']) }) : infix('||', this.leaf(scope, 'str'), this.leaf(scope, 'str'), str());
    switch (r.below(6)) {
      case 0: return infix(r.pick(['AND', 'OR']), sub('bool'), sub('bool'));
      case 1: return make('not', bool(), [sub('bool')]);
      case 2: return make('postfix', bool(), [sub(this.kind())], { name: r.pick(['IS NULL', 'IS NOT NULL']) });
      default: return this.comparison(scope, depth);
    }
  }

  comparison(scope, depth) {
    const r = this.random, k = r.pick(['int', 'int', 'str']);
    return infix(r.chance(0.1) ? r.pick(['IS DISTINCT FROM', 'IS NOT DISTINCT FROM']) : r.pick(COMPARISONS), this.expr(scope, k, depth - 1), this.expr(scope, k, depth - 1));
  }

  // CASE and COALESCE: what stands behind is computed only where it is asked, so a quotient is guarded there.
  choice(scope, k, depth) {
    const r = this.random, sub = (of) => this.expr(scope, of, depth - 1), t = type_of(k);
    if (r.chance(0.3)) return make('call', t, [sub(k), sub(k)], { name: 'coalesce' });
    if (r.chance(0.2)) return make('call', t, [sub(k), this.leaf(scope, k)], { name: 'nullif' });
    if (k === 'int' && r.chance(0.3)) {
      const by = this.leaf(scope, 'int');
      const quotient = make('divide', t, [literal(SMALL, 12), by]);
      const arm = scope.depth > 0 && !scope.flat && r.chance(0.5) ? this.guarded(scope, quotient) : quotient;
      return make('case', t, [infix('<>', by, literal(SMALL, 0)), arm, this.constant('int')]);
    }
    return make('case', t, [sub('bool'), sub(k), ...(r.chance(0.7) ? [sub(k)] : [])]);
  }

  // --- subqueries in expressions ---

  // A subquery that fails where the arm around it is not taken: for its output, or a condition.
  guarded(scope, quotient) {
    const r = this.random, outer = this.inner(scope);
    if (r.chance(0.5)) {
      const query = this.blank();
      this.add_item(query, quotient);
      if (r.chance(0.3)) query.where.push(this.expr({ own: [], outer, depth: 0 }, 'bool', 1));
      return make('scalar', SMALL, [], { query });
    }
    const query = this.single(outer, 'int', 'aggregate');
    query.where.push(infix(r.pick(COMPARISONS), quotient, literal(SMALL, r.between(0, 6))));
    return make('scalar', SMALL, [], { query });
  }

  // At most one row, by its form.
  scalar(scope, k) {
    const form = this.random.weighted([[4, 'aggregate'], [3, 'first'], [3, 'constant'], [2, 'key'], [1, 'group']]);
    return make('scalar', type_of(k), [], { query: this.single(this.inner(scope), k, form) });
  }

  single(outer, k, form) {
    const r = this.random;
    if (form === 'constant') { // no FROM: one row, or none
      const scope = { own: [], outer, depth: r.chance(0.3) ? 1 : 0 };
      const query = this.blank();
      this.add_item(query, outer.length && r.chance(0.7) ? this.column(outer, k) ?? this.leaf(scope, k) : this.expr(scope, k, 2));
      if (r.chance(0.7)) query.where.push(this.expr(scope, 'bool', 2));
      return query;
    }
    const query = this.blank(), scope = this.from(query, outer);
    if (form === 'aggregate') {
      this.where(query, scope);
      this.add_item(query, this.over_aggregate(scope, k));
      if (!has_aggregate(query.items)) query.having = infix('>=', make('aggregate', SMALL, [], { name: 'count' }), literal(SMALL, r.between(0, 2)));
      else if (r.chance(0.15)) query.having = infix(r.pick(COMPARISONS), this.aggregate(scope, 'int'), this.leaf({ own: [], outer }, 'int'));
    } else if (form === 'group') { // one group, for its key is held by an equality
      const key = this.column(scope.own, 'int') ?? this.column(scope.own, 'str') ?? scope.own[0];
      this.where(query, scope);
      query.where.push(infix('=', key, this.leaf({ own: [], outer }, key.t.k)));
      query.group = { kind: 'plain', keys: [key] };
      this.add_item(query, this.over_groups(query, scope, k));
    } else {
      this.where(query, scope);
      this.add_item(query, this.item(scope, k));
      query.order = [{ i: 0, ...this.direction() }];
      query.limit = 1;
      if (r.chance(0.2)) query.offset = 1;
      if (form === 'key') query.distinct = r.chance(0.4);
    }
    return query;
  }

  condition(scope) {
    const r = this.random, outer = this.inner(scope), negated = r.chance(0.4);
    switch (r.weighted([[4, 'exists'], [4, 'in'], [2, 'any'], [1, 'row'], [2, 'scalar']])) {
      case 'exists': return make('exists_select', bool(), [], { query: this.rows(outer, [this.kind()]), negated });
      case 'in': { const k = this.kind(); return make('in_select', bool(), [this.leaf(scope, k)], { query: this.rows(outer, [k]), negated }); }
      case 'any': { const k = r.pick(['int', 'str']); return make('quantified', bool(), [this.leaf(scope, k)], { query: this.rows(outer, [k]), name: r.pick(COMPARISONS), all: r.chance(0.4) }); }
      case 'row': return make('in_rows', bool(), [this.leaf(scope, 'int'), this.leaf(scope, 'str')], { query: this.rows(outer, ['int', 'str']), negated });
      default: { const k = r.pick(['int', 'str']); return infix(r.pick(COMPARISONS), this.leaf(scope, k), this.scalar(scope, k)); }
    }
  }

  // What a subquery of this scope sees around it, and how deep it may go on.
  inner(scope) {
    const outer = [...scope.own, ...scope.outer];
    outer.depth = scope.depth - 1;
    return outer;
  }

  // --- FROM and WHERE ---

  blank() {
    return { kind: 'select', ctes: [], distinct: false, items: [], from: null, where: [], group: null, having: null, order: null, limit: null };
  }

  table() {
    const r = this.random, table = r.weighted([[4, 's'], [3, 'u'], [2, 'v'], [1, 'e']]), alias = this.alias('t');
    const { columns } = this.world.tables.find(({ name }) => name === table);
    return { relation: { table, alias }, columns: columns.map((c) => make('column', c.t, [], { alias, name: c.name })) };
  }

  derived(outer, lateral) {
    const alias = this.alias('q'), kinds = Array.from({ length: this.random.between(1, 3) }, () => this.kind());
    const query = this.rows(outer, kinds);
    return { relation: { query, alias, lateral }, columns: query_outputs(query).map(({ name, e }) => make('column', e.t, [], { alias, name })) };
  }

  // generate_series from one number of the row to another.
  series(scope) {
    const alias = this.alias('g'), end = () => this.leaf({ ...scope, flat: true }, 'int');
    return { relation: { series: [end(), end()], alias, lateral: true }, columns: [make('column', SMALL, [], { alias, name: alias })] };
  }

  // Puts relations into the query; returns its scope.
  from(query, outer) {
    const r = this.random, depth = outer.depth ?? 0, seen = [...outer];
    seen.depth = depth - 1;
    const first = depth > 0 && r.chance(0.12) ? this.derived(seen, false) : this.table();
    const scope = { own: [...first.columns], outer, depth };
    query.from = { first: first.relation, joins: [] };
    for (let i = r.weighted([[6, 0], [3, 1], [outer.length ? 0 : 1, 2]]); i > 0; i--) {
      const lateral = depth > 0 && r.chance(0.5), next = r.chance(0.15) ? this.series(scope) : lateral ? this.derived(this.inner(scope), true) : this.table();
      const kind = r.weighted([[3, 'LEFT'], [2, 'INNER'], [1, 'CROSS JOIN']]);
      const both = { own: [...scope.own, ...next.columns], outer, depth, flat: true };
      const tie = lateral && r.chance(0.6) ? literal(bool(), true) : this.tie(next.columns, scope.own) ?? this.expr(both, 'bool', 1);
      const on = depth > 0 && kind !== 'CROSS JOIN' && r.chance(0.15) ? infix('AND', tie, this.condition({ ...both, flat: false })) : tie;
      query.from.joins.push({ kind, relation: next.relation, on });
      scope.own.push(...next.columns);
    }
    return scope;
  }

  // An equality of a column with one of the others of its kind.
  tie(columns, others) {
    const left = this.column(columns, this.random.weighted([[4, 'int'], [1, 'str']])), right = left && this.column(others, left.t.k);
    return right ? infix(this.random.chance(0.85) ? '=' : this.random.pick(COMPARISONS), left, right) : null;
  }

  where(query, scope) {
    const r = this.random;
    const tie = scope.outer.length && r.chance(0.8) ? this.tie(scope.own, scope.outer) : null;
    if (tie) query.where.push(tie);
    for (let i = r.weighted([[4, 0], [4, 1], [1, 2]]); i > 0; i--)
      query.where.push(scope.depth > 0 && r.chance(0.4) ? this.condition(scope) : this.expr(scope, 'bool', 2));
  }

  // --- what is given out ---

  add_item(query, e) {
    query.items.push({ e, name: `o${query.items.length}` });
  }

  // Often an outer column as it is.
  item(scope, k) {
    const outer = this.random.chance(0.25) ? this.column(scope.outer, k) : null;
    return outer ?? (this.random.chance(0.4) ? this.leaf(scope, k) : this.expr(scope, k, 2));
  }

  // An aggregate that reads a column of its own query, so that it is an aggregate of this query.
  aggregate(scope, k) {
    const r = this.random, own = { ...scope, flat: true };
    const filter = r.chance(0.2) ? { filter: infix(r.pick(COMPARISONS), r.pick(scope.own.filter((c) => c.t.k === 'int').concat(literal(SMALL, 1))), this.leaf(own, 'int')) } : {};
    if (filter.filter?.args[0].op === 'literal') delete filter.filter;
    const node = (name, args, more) => make('aggregate', type_of(k), args, { name, ...filter, ...more });
    const column = this.column(scope.own, k), read = column && k === 'int' && r.chance(0.3) ? infix('+', column, this.leaf(own, 'int'), SMALL) : column;
    if (k === 'int' && (!column || r.chance(0.3))) return r.chance(0.5) ? node('count', []) : node('count', [r.pick(scope.own)], { distinct: r.chance(0.3) });
    if (!column) return null;
    if (k === 'bool') return node(r.pick(['bool_and', 'bool_or']), [column]);
    if (k === 'str') return r.chance(0.2) ? node('string_agg', [column], { distinct: true }) : node(r.pick(['min', 'max']), [column]);
    return r.chance(0.4) ? make('cast', SMALL, [node('sum', [read])]) : node(r.pick(['min', 'max']), [read]);
  }

  over_aggregate(scope, k) {
    const r = this.random, aggregate = this.aggregate(scope, k), outer = this.column(scope.outer, k);
    if (outer && (!aggregate || r.chance(0.2))) return outer;
    if (!aggregate) return this.constant(k);
    return k === 'int' && r.chance(0.3) ? infix(r.pick(['+', '-']), aggregate, this.leaf({ own: [], outer: scope.outer }, 'int'), SMALL) : r.chance(0.15) ? make('call', type_of(k), [aggregate, outer ?? this.constant(k)], { name: 'coalesce' }) : aggregate;
  }

  // Of a grouped query: a key, an aggregate, an outer column, or an expression over those.
  over_groups(query, scope, k) {
    const r = this.random, keys = query.group.keys.map((key, i) => ({ key, e: make('key', key.t, [], { i }) })).filter(({ key }) => key.t.k === k);
    if (keys.length && r.chance(0.5)) return r.pick(keys).e;
    if (scope.depth > 0 && r.chance(0.1)) return this.scalar({ own: query.group.keys.filter((key) => key.op === 'column'), outer: scope.outer, depth: scope.depth }, k);
    return this.over_aggregate(scope, k);
  }

  direction() {
    return { desc: this.random.chance(0.4), nulls_first: this.random.chance(0.5) };
  }

  // Outputs of these kinds, any number of rows.
  rows(outer, kinds, top = false) {
    const r = this.random, query = this.blank();
    if (!top && r.chance(0.06)) {
      const scope = { own: [], outer, depth: 0 };
      for (const k of kinds) this.add_item(query, this.item(scope, k));
      if (r.chance(0.5)) query.where.push(this.expr(scope, 'bool', 1));
      return query;
    }
    if (r.chance(0.06)) {
      const a = this.rows(outer, kinds, top), b = this.rows(outer, kinds, top);
      for (const side of [a, b]) Object.assign(side, { order: null, limit: null, offset: undefined });
      return { kind: 'set', op: top ? r.pick(['UNION ALL', 'UNION', 'EXCEPT', 'INTERSECT']) : 'UNION ALL', a, b, ctes: [], order: null, limit: null };
    }
    const scope = this.from(query, outer);
    this.where(query, scope);
    const form = r.weighted([[6, 'plain'], [2, 'distinct'], [3, 'group'], [1, 'one'], [1, 'window']]);
    if (form === 'group') {
      const keys = Array.from({ length: r.between(1, 2) }, () => (r.chance(0.85) ? r.pick(scope.own) : this.expr({ ...scope, flat: true }, 'int', 1)));
      query.group = { kind: 'plain', keys: keys.filter((key, i) => reads_own(key, scope) && keys.findIndex((other) => JSON.stringify(other) === JSON.stringify(key)) === i) };
      if (!query.group.keys.length) query.group.keys.push(r.pick(scope.own));
      for (const k of kinds) this.add_item(query, this.over_groups(query, scope, k));
      if (r.chance(0.25)) query.having = infix(r.pick(COMPARISONS), this.aggregate(scope, 'int'), this.leaf({ own: [], outer }, 'int'));
    } else if (form === 'one') {
      query.group = { kind: 'plain', keys: [] };
      for (const k of kinds) this.add_item(query, this.over_aggregate(scope, k));
      if (!has_aggregate(query.items)) query.having = infix('>=', make('aggregate', SMALL, [], { name: 'count' }), literal(SMALL, r.between(0, 2)));
    } else {
      query.distinct = form === 'distinct';
      for (const k of kinds) this.add_item(query, form === 'window' && k === 'int' ? this.window(scope) : this.item(scope, k));
    }
    if (r.chance(top ? 0.4 : 0.25)) {
      query.order = r.shuffled(kinds.map((_, i) => i)).map((i) => ({ i, ...this.direction() }));
      if (r.chance(top ? 0.3 : 0.8)) query.limit = r.pick([0, 1, 1, 2, 3]);
      if (query.limit && r.chance(0.2)) query.offset = 1;
      if (query.limit && r.chance(0.1)) query.limit = make('call', SMALL, [this.row_count(scope)], { name: 'abs' });
    }
    return query;
  }

  // A number for LIMIT, which sees the queries around alone.
  row_count(scope) {
    const around = { own: [], outer: scope.outer, depth: scope.depth };
    return scope.depth > 0 && this.random.chance(0.5) ? this.scalar(around, 'int') : this.leaf(around, 'int');
  }

  window(scope) {
    const r = this.random, own = r.pick(scope.own), order = [{ e: this.leaf({ ...scope, flat: true }, 'int'), ...this.direction() }].filter(({ e }) => e.op === 'column');
    const partition = r.chance(0.5) ? [own] : [];
    if (order.length && r.chance(0.5)) return make('window', SMALL, [], { name: r.pick(['rank', 'dense_rank']), partition, order, frame: '' });
    return make('window', SMALL, [], { name: 'count', partition, order, frame: '' });
  }

  statement() {
    const outer = [];
    outer.depth = 2;
    for (;;) {
      this.alias_count = 0;
      const query = this.rows(outer, Array.from({ length: this.random.between(1, 4) }, () => this.kind()), true);
      if (/exists_select|in_select|in_rows|quantified|"op":"scalar"|"lateral":true/.test(JSON.stringify(query))) return query;
    }
  }
}

// Of this query: what stands in a subquery of it is another's.
const has_aggregate = (items) => items.some(({ e }) => e.op === 'aggregate' || has_aggregate((e.args ?? []).map((arg) => ({ e: arg }))));
const reads_own = (e, scope) => (e.op === 'column' ? scope.own.some((c) => c.alias === e.alias) : (e.args ?? []).some((arg) => reads_own(arg, scope)));
