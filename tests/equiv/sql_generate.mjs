/*
 * Random queries over a world (world.mjs), typed, within what Tessera supports and what both engines define alike.
 *
 * Each expression carries its type with bounds (digits, scale), so that nothing overflows; `approx` marks doubles whose
 * last digits depend on the order of adding, and quotients, which have another scale in DuckDB: these are only shown,
 * never compared, grouped or ordered by. Divisors are guarded with NULLIF: PostgreSQL fails where DuckDB gives NULL.
 */
import { bool, date, dbl, dec, int, str, ts } from './world.mjs';

const WORDS = ['Arka', 'arka', 'Bor', 'Дно', 'москва', 'Ёлка', '', ' pad ', "O'Hara", '100%_off', 'a,b', 'x"y', 'unknown'];
const PATTERNS = ['A%', '%a', '%о%', '_о%', '%', '', '%ка', '%_off', '100%', 'Arka', '%longer%', '__', '%1%', 'М%а', '% pad%', 'д%', 'АРКА', 'r1_-%'];
const COMPARISONS = ['=', '<>', '<', '<=', '>', '>='];
const FIELDS = ['year', 'quarter', 'month', 'week', 'day', 'dow', 'isodow', 'doy', 'isoyear'];

const make = (op, t, args, more = {}) => ({ op, t, args, ...more });
const literal = (t, value) => make('literal', t, [], { value });
const is_number = (t) => t.k === 'int' || t.k === 'dec' || t.k === 'dbl';
const int_text = (value) => (String(value) === '-9223372036854775808' ? '(-9223372036854775807 - 1)' : String(value));

export class Generator {
  constructor(random, world) {
    Object.assign(this, { random, world, alias_count: 0 });
  }

  alias(prefix) {
    return `${prefix}${this.alias_count++}`;
  }

  table(name) {
    return this.world.tables.find((table) => table.name === name);
  }

  // --- expressions ---

  // Columns in scope that the test accepts.
  columns(env, accepts) {
    return env.filter((column) => accepts(column.t));
  }

  column(env, accepts) {
    const found = this.columns(env, accepts);
    return found.length ? this.random.pick(found).e : null;
  }

  number_literal(t) {
    const r = this.random;
    if (t.k === 'int') return literal(int(3, 32), r.pick([0, 1, 2, 3, 7, -1, -5, 42, 100, 999]));
    if (t.k === 'dec') return literal(dec(3, 2), r.pick(['0.00', '1.50', '-2.25', '99.90', '0.05', '-250.00']));
    return literal(dbl(), r.pick([0, 0.5, -2, 3.75, 1000]));
  }

  literal(t) {
    const r = this.random;
    if (is_number(t)) return this.number_literal(t);
    if (t.k === 'str') return literal(str(true), r.pick(WORDS));
    if (t.k === 'bool') return literal(bool(), r.chance(0.5));
    const day = `202${r.between(2, 3)}-${String(r.between(1, 12)).padStart(2, '0')}-${String(r.between(1, 28)).padStart(2, '0')}`;
    if (t.k === 'date') return literal(date(), day);
    return literal(ts(), `${day} ${r.pick(['00:00:00', '13:05:59', '23:59:59'])}`);
  }

  // A leaf of that kind: a column if there is one.
  leaf(env, k, plain = true) {
    const found = this.column(env, (t) => t.k === k && !t.approx && !(plain && t.wide));
    return found && this.random.chance(0.85) ? found : this.literal({ k });
  }

  expr(env, k, depth) {
    if (depth <= 0 || this.random.chance(0.25)) return this.leaf(env, k);
    return { int: () => this.int_expr(env, depth), dec: () => this.dec_expr(env, depth), dbl: () => this.dbl_expr(env, depth),
      str: () => this.str_expr(env, depth), bool: () => this.bool_expr(env, depth), date: () => this.date_expr(env, depth),
      ts: () => this.ts_expr(env, depth) }[k]();
  }

  // The type of a mix of values of one kind.
  mixed(args) {
    const ts_ = args.map((arg) => arg.t);
    if (ts_[0].k === 'int') return int(Math.max(...ts_.map((t) => t.m)), Math.max(...ts_.map((t) => t.w)), ts_.some((t) => t.wide) ? { wide: true } : {});
    if (ts_[0].k === 'dec') return dec(Math.max(...ts_.map((t) => t.m)), Math.max(...ts_.map((t) => t.s)));
    return { ...ts_[0], few: false };
  }

  choice(env, k, depth) {
    const wide = k === 'int' && this.random.chance(0.15) && this.column(env, (t) => t.wide && !t.approx);
    if (wide) return make('case_of', int(3, 32), [wide, this.wide_literal(wide), this.number_literal({ k }), this.number_literal({ k })]);
    const r = this.random, value = () => this.expr(env, k, depth - 1);
    const finish = (op, args, values, more) => make(op, this.mixed(values), args, more);
    switch (r.below(6)) {
      case 0: {
        const a = value(), b = value();
        return finish('case', [this.expr(env, 'bool', depth - 1), a, b], [a, b]);
      }
      case 1: {
        const a = value(), b = value();
        return finish('case', [this.expr(env, 'bool', depth - 1), a, this.expr(env, 'bool', depth - 1), b], [a, b]);
      }
      case 2: {
        const of = r.pick(['int', 'str', 'date']), a = value(), b = value();
        return finish('case_of', [this.leaf(env, of), this.literal({ k: of }), a, b], [a, b]);
      }
      case 3: {
        const args = [value(), value()];
        return finish('call', args, args, { name: 'coalesce' });
      }
      case 4: {
        const a = value(), b = this.leaf(env, k);
        return make('call', a.t, [a, b], { name: 'nullif' });
      }
      default: {
        const args = [value(), value(), ...(r.chance(0.3) ? [value()] : [])];
        return k === 'bool' ? value() : finish('call', args, args, { name: r.pick(['greatest', 'least']) });
      }
    }
  }

  // int op int within 17 digits (8 for 32 bits); else the first argument alone.
  int_arithmetic(a, b) {
    const name = this.random.pick(['+', '-', '*', '%', '/']);
    const w = Math.max(a.t.w, b.t.w), m = name === '*' ? a.t.m + b.t.m : name === '+' || name === '-' ? Math.max(a.t.m, b.t.m) + 1 : a.t.m;
    if (m > (w === 32 ? 8 : 17) || (a.op === 'literal' && b.op === 'literal')) return a;
    if (name === '+' || name === '-' || name === '*') return make('infix', int(m, w), [a, b], { name });
    const divisor = make('call', b.t, [b, literal(int(1, 32), 0)], { name: 'nullif' });
    return name === '%' ? make('infix', int(m, w), [a, divisor], { name }) : make('divide', int(m, w), [a, divisor]);
  }

  int_expr(env, depth) {
    const r = this.random, sub = (k) => this.expr(env, k, depth - 1);
    switch (r.below(9)) {
      case 0: case 1: case 2: return this.int_arithmetic(sub('int'), sub('int'));
      case 3: { const a = sub('int'); return make('neg', int(a.t.m, a.t.w), [a]); }
      case 4: { const a = sub('int'); return make('call', int(a.t.m, a.t.w), [a], { name: 'abs' }); }
      case 5: return make('call', int(2, 32), [sub('str')], { name: 'length' });
      case 6: return r.chance(0.5)
        ? make('extract', int(4), [sub('date')], { field: r.pick(FIELDS) })
        : make('extract', int(4), [sub('ts')], { field: r.pick([...FIELDS, 'hour', 'minute', 'second']) });
      case 7: {
        const a = this.expr(env, 'dec', 1);
        if (r.chance(0.5) && a.t.m < 17) return make('cast', int(a.t.m + 1), [a]);
        return make('infix', int(5, 32), [sub('date'), sub('date')], { name: '-' });
      }
      default: return this.choice(env, 'int', depth);
    }
  }

  dec_expr(env, depth) {
    const r = this.random, a = this.expr(env, 'dec', depth - 1);
    switch (r.below(7)) {
      case 0: case 1: {
        const b = r.chance(0.3) ? this.expr(env, 'int', depth - 1) : this.expr(env, 'dec', depth - 1);
        const s = Math.max(a.t.s, b.t.s ?? 0), m = Math.max(a.t.m, b.t.m) + 1;
        return m + s > 30 ? a : make('infix', dec(m, s), r.chance(0.5) ? [a, b] : [b, a], { name: r.pick(['+', '-']) });
      }
      case 2: {
        const b = r.chance(0.4) ? this.expr(env, 'int', depth - 1) : this.expr(env, 'dec', depth - 1);
        const s = a.t.s + (b.t.s ?? 0), m = a.t.m + b.t.m;
        return m + s > 30 || s > 12 ? a : make('infix', dec(m, s), [a, b], { name: '*' });
      }
      case 3: return r.chance(0.5) ? make('neg', a.t, [a]) : make('call', a.t, [a], { name: 'abs' });
      case 4: {
        const digits = r.between(0, Math.max(0, a.t.s - 1));
        return r.chance(0.6) ? make('call', dec(a.t.m + 1, digits), [a], { name: 'round', tail: `, ${digits}` })
          : make('call', dec(a.t.m + 1, 0), [a], { name: r.pick(['floor', 'ceil']) });
      }
      case 5: {
        const from = r.chance(0.5) ? this.expr(env, 'int', depth - 1) : a;
        const s = r.between(0, 6), m = from.t.m + 1;
        return m + s > 30 ? a : make('cast', dec(m, s, { cast_m: m }), [from]);
      }
      default: return this.choice(env, 'dec', depth);
    }
  }

  dbl_expr(env, depth) {
    const r = this.random, a = this.leaf(env, 'dbl');
    switch (r.below(4)) {
      case 0: return make('infix', dbl(), [a, this.leaf(env, 'dbl')], { name: r.pick(['+', '-']) });
      case 1: { const b = this.leaf(env, 'int'); return make('infix', dbl(), [a, b.t.m > 5 ? this.literal({ k: 'int' }) : b], { name: r.pick(['+', '-']) }); }
      case 2: return r.chance(0.5) ? make('neg', dbl(), [a]) : make('call', dbl(), [a], { name: r.pick(['abs', 'floor', 'ceil']) });
      default: return this.choice(env, 'dbl', 1);
    }
  }

  str_expr(env, depth) {
    const r = this.random, a = this.expr(env, 'str', depth - 1);
    switch (r.below(7)) {
      case 0: return make('call', str(), [a], { name: r.pick(['lower', 'upper']) });
      case 1: return make('call', str(), [a], { name: 'trim' });
      case 2: return make('call', str(), [a], { name: 'substring', tail: `, ${r.between(1, 4)}${r.chance(0.7) ? `, ${r.between(0, 5)}` : ''}` });
      case 3: return make('infix', str(), [a, this.expr(env, 'str', depth - 1)], { name: '||' });
      case 4: return make('call', str(), [a, this.leaf(env, 'str')], { name: 'concat' });
      case 5: return make('cast', str(), [this.leaf(env, r.pick(['int', 'date', 'dec']))]);
      default: return this.choice(env, 'str', depth);
    }
  }

  date_expr(env, depth) {
    const r = this.random, a = this.leaf(env, 'date');
    switch (r.below(5)) {
      case 0: case 1: return make('date_trunc', date(), [a], { field: r.pick(['day', 'week', 'month', 'quarter', 'year']) });
      case 2: return make('infix', date(), [a, literal(int(3, 32), r.between(0, 500))], { name: r.pick(['+', '-']) });
      case 3: return make('cast', date(), [this.leaf(env, 'ts')]);
      default: return this.choice(env, 'date', Math.min(depth, 1));
    }
  }

  ts_expr(env, depth) {
    const r = this.random, a = this.leaf(env, 'ts');
    switch (r.below(5)) {
      case 0: return make('date_trunc', ts(), [a], { field: r.pick(['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year']) });
      case 1: case 2: return make('interval', ts(), [r.chance(0.5) ? a : this.leaf(env, 'date')], { sign: r.pick(['+', '-']), step: r.pick(['1 day', '1 month', '13 months', '90 minutes', '1 year', '36 hours']) });
      case 3: return make('cast', ts(), [this.leaf(env, 'date')]);
      default: return this.choice(env, 'ts', Math.min(depth, 1));
    }
  }

  // Two values that compare: of one kind, sometimes of two numeric kinds, sometimes wide ints.
  pair(env, depth) {
    const r = this.random;
    const wide = this.column(env, (t) => t.wide && !t.approx);
    if (wide && r.chance(0.25)) {
      const other = this.column(env, (t) => t.k === 'int' && !t.approx);
      return [wide, r.chance(0.3) ? other : this.wide_literal(wide), 'int'];
    }
    const k = r.weighted([[4, 'int'], [4, 'str'], [3, 'dec'], [1, 'dbl'], [3, 'date'], [1, 'ts'], [1, 'bool']]);
    const a = r.chance(0.5) ? this.leaf(env, k) : this.expr(env, k, depth - 1);
    if (r.chance(0.7)) return [a, this.near_literal(a, k), k];
    if (k === 'dec' && r.chance(0.4)) return [a, this.expr(env, 'int', depth - 1), 'dec'];
    if (k === 'dbl' && r.chance(0.4)) return [a, this.leaf(env, 'int'), 'dbl'];
    if (k === 'date' && r.chance(0.2)) return [a, this.expr(env, 'ts', depth - 1), 'ts'];
    return [a, this.expr(env, k, depth - 1), k];
  }

  wide_literal(e) {
    const ends = ['9223372036854775807', '(-9223372036854775807 - 1)', '-9223372036854775807', '0', '-9223372036854775700', '9223372036854775806'];
    const samples = this.world.samples[e.from] ?? [];
    return literal(int(19, 64, { wide: true }), samples.length && this.random.chance(0.6) ? int_text(this.random.pick(samples)) : this.random.pick(ends));
  }

  near_literal(e, k) {
    const r = this.random;
    if (r.chance(0.03)) return literal({ ...e.t }, null);
    const samples = this.world.samples[e.from] ?? [];
    if (samples.length && r.chance(0.8)) return literal(e.t, k === 'int' ? int_text(r.pick(samples)) : k === 'bool' ? r.pick(samples) : String(r.pick(samples)));
    if (k === 'int' && r.chance(0.4)) return literal(int(8, 32), r.between(-10, 10 ** Math.min(e.t.m, 8)));
    if (k === 'int' && r.chance(0.15)) return literal(dec(6, 1), `${r.between(-3, 300)}.${r.pick([0, 5])}`);
    if (k === 'dec' && r.chance(0.3)) return literal(dec(7, 4), `${r.between(-50000, 50000)}.${r.pick(['0000', '5000', '1234'])}`);
    return this.literal({ k });
  }

  bool_expr(env, depth) {
    const r = this.random;
    switch (r.weighted([[8, 'compare'], [3, 'and'], [3, 'or'], [2, 'not'], [3, 'in'], [2, 'between'], [3, 'like'], [3, 'null'], [1, 'distinct'], [1, 'truth'], [1, 'choice']])) {
      case 'compare': { const [a, b] = this.pair(env, depth); return make('infix', bool(), [a, b], { name: r.pick(COMPARISONS) }); }
      case 'and': return make('infix', bool(), [this.expr(env, 'bool', depth - 1), this.expr(env, 'bool', depth - 1)], { name: 'AND' });
      case 'or': return make('infix', bool(), [this.expr(env, 'bool', depth - 1), this.expr(env, 'bool', depth - 1)], { name: 'OR' });
      case 'not': return make('not', bool(), [this.expr(env, 'bool', depth - 1)]);
      case 'in': {
        const wide = r.chance(0.15) && this.column(env, (t) => t.wide && !t.approx);
        if (wide) return make('in', bool(), [wide, ...Array.from({ length: r.between(1, 4) }, () => this.wide_literal(wide))], { negated: r.chance(0.3) });
        const k = r.pick(['int', 'str', 'dec', 'date']), a = r.chance(0.6) ? this.leaf(env, k) : this.expr(env, k, depth - 1);
        const items = Array.from({ length: r.between(1, 6) }, () => (r.chance(0.85) ? this.near_literal(a, k) : this.leaf(env, k)));
        return make('in', bool(), [a, ...items], { negated: r.chance(0.3) });
      }
      case 'between': {
        const [a, b, k] = this.pair(env, depth);
        return make('between', bool(), [a, b, this.near_literal(a, k === 'bool' ? 'bool' : k)], { negated: r.chance(0.3) });
      }
      case 'like': return make('like', bool(), [r.chance(0.6) ? this.leaf(env, 'str') : this.expr(env, 'str', depth - 1)], { name: r.pick(['LIKE', 'LIKE', 'ILIKE']), pattern: r.pick(PATTERNS), negated: r.chance(0.3) });
      case 'null': {
        const any = this.column(env, () => true), e = any && r.chance(0.6) ? any : this.expr(env, r.pick(['int', 'str', 'date', 'dec', 'bool']), depth - 1);
        return make('postfix', bool(), [e], { name: r.pick(['IS NULL', 'IS NOT NULL']) });
      }
      case 'distinct': { const [a, b] = this.pair(env, depth); return make('infix', bool(), [a, b], { name: r.pick(['IS DISTINCT FROM', 'IS NOT DISTINCT FROM']) }); }
      case 'truth': return make('postfix', bool(), [this.expr(env, 'bool', depth - 1)], { name: r.pick(['IS TRUE', 'IS NOT TRUE', 'IS FALSE', 'IS NOT FALSE', 'IS NULL']) });
      default: return this.choice(env, 'bool', depth);
    }
  }

  // --- FROM ---

  relation_of_table(name, alias) {
    const table = this.table(name);
    const env = table.all_columns().map((c) => ({
      e: make('column', { ...c.t }, [], { alias, name: c.name, from: c.target ? `${c.target}.${c.column}` : `${name}.${c.name}` }), t: c.t, link: c.link, key_of: c.key ? name : undefined }));
    return { relation: { table: name, alias }, env };
  }

  relation_of_query(query, alias, table) {
    const env = query_outputs(query).map(({ name, e }) => ({ e: make('column', { ...e.t }, [], { alias, name, from: e.from }), t: e.t, link: e.link }));
    return { relation: table ? { table, alias } : { query, alias }, env };
  }

  equal(a, b) {
    return make('infix', bool(), [a, b], { name: '=' });
  }

  join_kind() {
    return this.random.weighted([[5, 'LEFT'], [5, 'INNER'], [1, 'RIGHT'], [1, 'FULL']]);
  }

  // A join to the table that a link column of env leads to. A comma binds less than JOIN, so it is the last one's only.
  link_join(env, query, last) {
    const r = this.random, links = env.filter((c) => c.link && c.link !== 'f' || (c.link === 'f' && r.chance(0.3)));
    if (!links.length) return null;
    const link = r.pick(links), { relation, env: more } = this.relation_of_table(link.link, this.alias('t'));
    const key = more.find((c) => c.key_of);
    const on = r.chance(0.5) ? this.equal(link.e, key.e) : this.equal(key.e, link.e);
    if (r.chance(0.15) && last && this.world.row_count < 3000) {
      query.where.push(on);
      return { join: { kind: ',', relation }, more };
    }
    const kind = this.join_kind();
    const extra = kind !== 'FULL' && r.chance(0.2) ? this.expr(r.chance(0.7) ? more : [...env, ...more], 'bool', 2) : null;
    return { join: { kind, relation, on: extra ? make('infix', bool(), [on, extra], { name: 'AND' }) : on }, more };
  }

  // A join to groups of a table, whose key is unique.
  group_join(env) {
    const r = this.random, keys = env.filter((c) => ['int', 'str', 'date'].includes(c.t.k) && !c.t.approx);
    if (!keys.length) return null;
    const left = r.pick(keys), source = this.relation_of_table(r.pick(['f', 'g', 'd_int', 'd_sparse', 'd_str', 'g']), this.alias('t'));
    const fits = source.env.filter((c) => c.t.k === left.t.k);
    if (!fits.length) return null;
    const key = r.pick(fits);
    const inner = { kind: 'select', ctes: [], items: [{ e: make('key', { ...key.t }, [], { i: 0, link: key.link }), name: 'j' }], from: { first: source.relation, joins: [] },
      where: r.chance(0.4) ? [this.expr(source.env, 'bool', 2)] : [], group: { kind: 'plain', keys: [key.e] }, having: null, order: null, limit: null };
    for (let i = 0; i < r.between(1, 2); i++) inner.items.push({ e: this.aggregate(source.env), name: `a${i}` });
    const { relation, env: more } = this.relation_of_query(inner, this.alias('q'));
    return { join: { kind: this.join_kind(), relation, on: this.equal(left.e, more[0].e) }, more };
  }

  // Small by small: a dimension with another by a column that is not unique, or with all.
  small_join(env) {
    const r = this.random, { relation, env: more } = this.relation_of_table(r.pick(['d_str', 'd_int', 'd_sparse']), this.alias('t'));
    if (r.chance(0.2)) return { join: { kind: 'CROSS JOIN', relation }, more };
    const k = r.pick(['str', 'int']), a = this.column(env, (t) => t.k === k && !t.approx), b = this.column(more, (t) => t.k === k);
    if (!a || !b) return null;
    const kind = this.join_kind(), on = this.equal(a, b);
    const extra = kind !== 'FULL' && r.chance(0.3) ? this.expr([...env, ...more], 'bool', 2) : null;
    return { join: { kind, relation, on: extra ? make('infix', bool(), [on, extra], { name: 'AND' }) : on }, more };
  }

  from(query, depth) {
    const r = this.random;
    const kind = r.weighted([[10, 'fact'], [2, 'small'], [depth > 0 ? 3 : 0, 'query'], [depth > 0 ? 2 : 0, 'cte']]);
    let source, big = kind === 'fact';
    if (kind === 'fact') source = this.relation_of_table(r.weighted([[4, 'f'], [1, 'g']]), this.alias('t'));
    else if (kind === 'small') source = this.relation_of_table(r.pick(['d_str', 'd_int', 'd_sparse', 'd_day', 'd_empty']), this.alias('t'));
    else {
      const inner = this.query(depth - 1);
      big = true;
      if (kind === 'cte') {
        const name = this.alias('c');
        query.ctes.push({ name, query: inner });
        source = this.relation_of_query(inner, this.alias('q'), name);
      } else {
        source = this.relation_of_query(inner, this.alias('q'));
      }
    }
    const from = { first: source.relation, joins: [] }, env = [...source.env];
    for (let i = r.weighted([[5, 0], [4, 1], [2, 2], [1, 3]]); i > 0; i--) {
      const joined = !big && r.chance(0.5) ? this.small_join(env) : r.chance(0.12) ? this.lateral_join(env) : r.chance(0.75) ? this.link_join(env, query, i === 1) : this.group_join(env);
      if (!joined || env.length + joined.more.length > 120) continue;
      from.joins.push(joined.join);
      env.push(...joined.more);
    }
    query.from = from;
    return env;
  }

  // --- WHERE with subqueries ---

  subquery_condition(env) {
    const r = this.random;
    switch (r.below(3)) {
      case 0: {
        const keys = env.filter((c) => ['int', 'str', 'date'].includes(c.t.k) && !c.t.approx);
        if (!keys.length) return null;
        const left = r.pick(keys), source = this.relation_of_table(left.link && left.link !== 'f' && r.chance(0.7) ? left.link : r.pick(['g', 'd_int', 'd_str']), this.alias('t'));
        const fits = source.env.filter((c) => c.t.k === left.t.k);
        if (!fits.length) return null;
        const key = fits.find((c) => c.key_of) ?? r.pick(fits);
        const query = { kind: 'select', ctes: [], items: [{ e: key.e, name: 'v' }], from: { first: source.relation, joins: [] }, where: [this.expr(source.env, 'bool', 2)] };
        if (r.chance(0.3)) {
          query.group = { kind: 'plain', keys: [key.e] };
          query.items[0].e = make('key', { ...key.t }, [], { i: 0 });
          query.having = make('infix', bool(), [make('aggregate', int(9), [], { name: 'count' }), literal(int(1, 32), r.between(0, 3))], { name: '>' });
        }
        if (r.chance(0.15)) return make('quantified', bool(), [left.e], { query, name: r.pick(COMPARISONS), all: r.chance(0.4) });
        return make('in_select', bool(), [left.e], { query, negated: r.chance(0.3) });
      }
      case 1: {
        const links = env.filter((c) => c.link || c.key_of);
        if (!links.length) return null;
        const left = r.pick(links), to_fact = left.key_of && left.key_of !== 'f';
        const alias = this.alias('t'), table = to_fact ? r.pick(['f', 'g']) : left.link ?? 'f';
        const { env: inner } = this.relation_of_table(table, alias);
        const right = to_fact ? inner.find((c) => c.link === left.key_of) : inner.find((c) => c.key_of);
        if (!right) return null;
        const args = [this.equal(right.e, left.e)];
        if (r.chance(0.7)) args.push(this.expr(inner, 'bool', 2));
        if (r.chance(0.2)) args.push(this.expr([...inner, ...env], 'bool', 2));
        return make('exists', bool(), args, { table, alias, negated: r.chance(0.5) });
      }
      default: {
        const k = r.pick(['int', 'dec', 'date']), left = this.expr(env, k, 1), source = this.relation_of_table(r.pick(['f', 'g', 'd_int']), this.alias('t'));
        const column = this.column(source.env, (t) => t.k === k && !t.wide);
        if (!column || left.t.wide) return null;
        const query = { kind: 'select', ctes: [], items: [{ e: make('aggregate', column.t, [column], { name: r.pick(['min', 'max']) }), name: 'v' }], from: { first: source.relation, joins: [] },
          where: r.chance(0.5) ? [this.expr(source.env, 'bool', 2)] : [] };
        return make('compare_scalar', bool(), [left], { query, name: r.pick(COMPARISONS) });
      }
    }
  }

  // A table that a column of env leads to, or that leads to it: {table, alias, env, on} for a subquery tied to this one.
  tied(env) {
    const r = this.random, links = env.filter((c) => c.link || c.key_of);
    if (!links.length) return null;
    const left = r.pick(links), to_fact = left.key_of && left.key_of !== 'f';
    const alias = this.alias('t'), table = to_fact ? r.pick(['f', 'g']) : left.link ?? 'f';
    const { relation, env: inner } = this.relation_of_table(table, alias);
    const right = to_fact ? inner.find((c) => c.link === left.key_of) : inner.find((c) => c.key_of);
    return right ? { relation, inner, on: this.equal(right.e, left.e) } : null;
  }

  // (SELECT aggregate FROM tied table WHERE it is tied): a value for each row of this query.
  scalar(env) {
    const r = this.random, tied = this.tied(env);
    if (!tied) return null;
    const where = [tied.on];
    if (r.chance(0.5)) where.push(this.expr(tied.inner, 'bool', 2));
    if (r.chance(0.15)) where.push(this.expr([...tied.inner, ...env], 'bool', 1));
    const e = this.aggregate(tied.inner);
    const query = { kind: 'select', ctes: [], items: [{ e, name: 'v' }], from: { first: tied.relation, joins: [] }, where };
    return make('scalar', e.t, [], { query });
  }

  // A query for each row of what stands before it: one row of aggregates, or groups.
  lateral_join(env) {
    const r = this.random, tied = this.tied(env);
    if (!tied) return null;
    const where = [tied.on];
    if (r.chance(0.5)) where.push(this.expr(tied.inner, 'bool', 2));
    const inner = { kind: 'select', ctes: [], items: [], from: { first: tied.relation, joins: [] }, where, group: null, having: null, order: null, limit: null };
    const keys = r.chance(0.4) ? this.group_keys(tied.inner).slice(0, 1) : [];
    if (keys.length) inner.group = { kind: 'plain', keys };
    keys.forEach((key, i) => inner.items.push({ e: make('key', { ...key.t }, [], { i }), name: `j${i}` }));
    for (let i = 0; i < r.between(1, 2); i++) inner.items.push({ e: this.aggregate(tied.inner), name: `a${i}` });
    const { relation, env: more } = this.relation_of_query(inner, this.alias('q'));
    return { join: { kind: r.chance(0.5) ? 'LEFT' : 'INNER', relation: { ...relation, lateral: true }, on: literal(bool(), true) }, more };
  }

  // A window function whose value does not depend on how ties fall.
  window(env) {
    const r = this.random, key = () => this.any(env, 1);
    const partition = r.chance(0.7) ? [this.column(env, (t) => t.few && !t.approx) ?? key()].filter(reads_column) : [];
    const order = Array.from({ length: r.between(0, 2) }, key).filter(reads_column).map((e) => ({ e, desc: r.chance(0.4), nulls_first: r.chance(0.5) }));
    const over = { partition, order, frame: this.frame(order) };
    const ranks = order.length ? 3 : 0;
    switch (r.weighted([[ranks, 'rank'], [ranks, 'share'], [6, 'aggregate'], [order.length, 'first']])) {
      case 'rank': return make('window', int(7), [], { name: r.pick(['rank', 'dense_rank']), ...over, frame: '' });
      case 'share': return make('window', { ...dbl(), approx: true }, [], { name: r.pick(['percent_rank', 'cume_dist']), ...over, frame: '' });
      case 'first': return make('window', order[0].e.t, [order[0].e], { name: r.pick(['first_value', 'last_value']), ...over });
      default: {
        const call = this.aggregate(env);
        if (call.distinct || call.args[0]?.t.k === 'dbl' || !['count', 'sum', 'min', 'max'].includes(call.name)) return make('window', int(7), [], { name: 'count', ...over });
        return make('window', call.t, [], { call, ...over });
      }
    }
  }

  frame(order) {
    const r = this.random;
    if (!order.length || r.chance(0.4)) return '';
    const starts = ['UNBOUNDED PRECEDING', '2 PRECEDING', '1 PRECEDING', 'CURRENT ROW', '1 FOLLOWING'], ends = ['1 PRECEDING', 'CURRENT ROW', '1 FOLLOWING', '3 FOLLOWING', 'UNBOUNDED FOLLOWING'];
    const from = r.below(5), to = Math.max(r.below(5), [0, 0, 0, 1, 2][from]);
    const ranges = order.length === 1 && order[0].e.t.k === 'int' && order[0].e.t.m < 9;
    const plain = !/\d/.test(starts[from] + ends[to]);
    return `${plain || ranges ? r.pick(['RANGE', 'GROUPS']) : 'GROUPS'} BETWEEN ${starts[from]} AND ${ends[to]}`;
  }

  // --- aggregates ---

  aggregate(env) {
    const r = this.random, filter = r.chance(0.2) ? { filter: this.expr(env, 'bool', 2) } : {};
    const node = (t, arg, name, more = {}) => make('aggregate', t, arg ? [arg] : [], { name, ...filter, ...more });
    switch (r.weighted([[2, 'rows'], [2, 'count'], [4, 'sum'], [2, 'avg'], [3, 'minmax'], [3, 'distinct'], [1, 'truth'], [1, 'texts'], [1, 'spread'], [1, 'percentile'], [1, 'sum_distinct']])) {
      case 'truth': return node(bool(), this.expr(env, 'bool', 2), r.pick(['bool_and', 'bool_or']));
      case 'texts': {
        const arg = this.column(env, (t) => t.k === 'str' && t.few && !t.approx);
        return arg ? node(str(true), arg, 'string_agg', { distinct: true }) : node(int(7), null, 'count');
      }
      case 'spread': {
        const arg = this.column(env, (t) => t.k === 'int' && t.m < 5 && !t.approx);
        return arg ? node({ ...dbl(), approx: true }, arg, r.pick(['var_pop', 'stddev_pop'])) : node(int(7), null, 'count');
      }
      case 'percentile': {
        const arg = this.column(env, (t) => (t.k === 'int' || t.k === 'date') && !t.wide && !t.approx);
        return arg ? node(arg.t, arg, 'percentile_disc', { within: r.pick(['0.1', '0.5', '0.9']) }) : node(int(7), null, 'count');
      }
      case 'sum_distinct': {
        const arg = this.expr(env, 'int', 1);
        return arg.t.m + 7 > 18 ? node(int(7), arg, 'count') : node(arg.t.w === 32 ? int(arg.t.m + 7, 64) : dec(arg.t.m + 7, 0), arg, 'sum', { distinct: true });
      }
      case 'rows': return node(int(7), null, 'count');
      case 'count': return node(int(7), this.any(env, 1), 'count');
      case 'distinct': return node(int(7), this.any(env, 2), 'count', { distinct: true });
      case 'sum': {
        const wide = r.chance(0.15) && this.column(env, (t) => t.wide && !t.approx);
        if (wide) return node(dec(26, 0), wide, 'sum');
        const arg = this.expr(env, r.weighted([[3, 'int'], [4, 'dec'], [1, 'dbl']]), 2);
        if (arg.t.k === 'dbl') return node({ ...dbl(), approx: true }, arg, 'sum');
        if (arg.t.m + (arg.t.s ?? 0) > 30) return node(int(7), arg, 'count');
        return node(arg.t.k === 'int' && arg.t.w === 32 ? int(arg.t.m + 7, 64) : dec(arg.t.m + 7, arg.t.s ?? 0), arg, 'sum');
      }
      case 'avg': {
        const arg = this.expr(env, r.weighted([[3, 'int'], [4, 'dec'], [1, 'dbl']]), 1);
        if (arg.t.m + (arg.t.s ?? 0) > 20) return node(int(7), arg, 'count');
        return node({ ...dbl(), approx: true }, arg, 'avg');
      }
      default: {
        const arg = this.any(env, 1, (t) => t.k !== 'bool');
        return arg.t.k === 'bool' ? node(int(7), arg, 'count') : node(arg.t, arg, r.pick(['min', 'max']));
      }
    }
  }

  // Any exact expression, often a bare column (wide ones too).
  any(env, depth, accepts = () => true) {
    const column = this.random.chance(0.6) ? this.column(env, (t) => !t.approx && accepts(t)) : null;
    return column ?? this.expr(env, this.random.pick(['int', 'str', 'dec', 'date', 'bool', 'ts', 'dbl']), depth);
  }

  group_keys(env) {
    const r = this.random, keys = [];
    for (let i = r.weighted([[2, 0], [5, 1], [4, 2], [2, 3]]); i > 0; i--) {
      const few = this.column(env, (t) => t.few && !t.approx);
      const key = few && r.chance(0.6) ? few : this.any(env, 2);
      if (reads_column(key) && !keys.some((other) => JSON.stringify(other) === JSON.stringify(key))) keys.push(key);
    }
    return keys;
  }

  grouped(query, env) {
    const r = this.random, keys = this.group_keys(env);
    const kind = keys.length ? r.weighted([[8, 'plain'], [1, 'ROLLUP'], [1, 'CUBE'], [1, 'sets']]) : 'plain';
    query.group = { kind, keys };
    if (kind === 'sets') query.group.sets = Array.from({ length: r.between(1, 4) }, () => keys.map((_, i) => i).filter(() => r.chance(0.5)));
    for (const i of keys.keys()) if (kind === 'sets' && !query.group.sets.some((set) => set.includes(i))) query.group.sets[0].push(i);
    const key_env = keys.map((key, i) => ({ e: make('key', { ...key.t }, [], { i, link: env.find((c) => c.e === key)?.link, from: key.from }), t: key.t }));
    for (const { e } of key_env) if (r.chance(0.92)) this.add_item(query, e);
    if (keys.length && kind !== 'plain' && r.chance(0.6)) this.add_item(query, make('grouping', int(2, 32), [], { indexes: keys.map((_, i) => i).filter(() => r.chance(0.7)) }));
    const last = query.items[query.items.length - 1];
    if (last?.e.op === 'grouping' && !last.e.indexes.length) last.e.indexes = [0];
    const aggregates = Array.from({ length: r.between(keys.length ? 0 : 1, 4) }, () => this.aggregate(env));
    for (const e of aggregates) this.add_item(query, e);
    const after = [...key_env, ...aggregates.filter((e) => !e.t.approx).map((e) => ({ e, t: e.t }))];
    if (r.chance(0.3) && after.length) this.add_item(query, this.any_over(after));
    if (r.chance(0.15)) {
      const number = aggregates.filter((e) => is_number(e.t) && !e.t.approx && e.t.m + (e.t.s ?? 0) < 18);
      if (number.length) {
        const a = r.pick(number), b = make('aggregate', int(7), [], { name: 'count' });
        const ints = a.t.k === 'int';
        this.add_item(query, make('divide', ints ? a.t : { ...dbl(), approx: true }, [a, make('call', b.t, [b, literal(int(1, 32), 0)], { name: 'nullif' })]));
      }
    }
    if (!query.items.length) this.add_item(query, make('aggregate', int(7), [], { name: 'count' }));
    if (r.chance(0.25) && after.length) query.having = this.expr(after, 'bool', 2);
  }

  any_over(env) {
    const kinds = [...new Set(env.map((c) => c.t.k))];
    return this.expr(env, this.random.pick(kinds), 2);
  }

  // --- queries ---

  add_item(query, e) {
    query.items.push({ e, name: `o${query.items.length}` });
  }

  // Every output orders, in a random order, so that equal rows are the only ties.
  order(query, share) {
    const r = this.random, types = query_outputs(query).map(({ e }) => e.t);
    query.order = null;
    query.limit = null;
    if (!r.chance(share)) return;
    const exact = types.map((t, i) => i).filter((i) => !types[i].approx);
    query.order = r.shuffled(exact).map((i) => ({ i, desc: r.chance(0.4), nulls_first: r.chance(0.5) }));
    if (exact.length !== types.length) return;
    if (r.chance(0.5)) query.limit = r.pick([0, 1, 5, 10, 63, 64, 65, 1000, 2048]);
    if (query.limit !== null && r.chance(0.3)) query.offset = r.pick([1, 3, 64, 2047]);
  }

  // A condition with a subquery, where conditions of WHERE are not alone: under OR, or shown.
  shown_condition(env) {
    const condition = this.subquery_condition(env);
    if (!condition || this.random.chance(0.5)) return condition;
    return make('infix', bool(), [condition, this.expr(env, 'bool', 1)], { name: this.random.pick(['OR', 'AND']) });
  }

  select(depth, order_share) {
    const r = this.random, query = { kind: 'select', ctes: [], distinct: false, items: [], from: null, where: [], group: null, having: null };
    const env = this.from(query, depth);
    for (let i = r.weighted([[4, 0], [4, 1], [2, 2]]); i > 0; i--) query.where.push(this.expr(env, 'bool', 3));
    if (r.chance(0.15)) query.where.push(...[this.subquery_condition(env)].filter(Boolean));
    if (r.chance(0.08)) query.where.push(...[this.shown_condition(env)].filter(Boolean));
    if (r.chance(0.7)) {
      this.grouped(query, env);
      this.order(query, order_share);
      return query;
    }
    query.distinct = r.chance(0.25);
    for (let i = r.between(1, 5); i > 0; i--) this.add_item(query, this.any(env, 3));
    const more = [[0.15, () => this.scalar(env)], [0.12, () => this.shown_condition(env)], [0.4, () => this.window(env)], [0.2, () => this.window(env)]];
    for (const [share, form] of more) if (r.chance(share)) for (const e of [form()].filter(Boolean)) this.add_item(query, e);
    this.order(query, order_share);
    return query;
  }

  // A second query with outputs of the first one's kinds, or null.
  matching(first) {
    const outputs = query_outputs(first);
    const query = { kind: 'select', ctes: [], distinct: false, items: [], from: null, where: [], group: null, having: null, order: null, limit: null };
    const env = this.from(query, 0);
    query.where.push(this.expr(env, 'bool', 2));
    for (const { e } of outputs) {
      const other = this.expr(env, e.t.k, 1);
      // Of two decimal types that need more than 38 digits together DuckDB gives up digits after the point; Tessera keeps them.
      const finer = e.t.k === 'dec' && other.t.k === 'dec' && other.t.s > e.t.s;
      this.add_item(query, finer ? make('call', dec(other.t.m + 1, e.t.s), [other], { name: 'round', tail: `, ${e.t.s}` }) : other);
    }
    return query;
  }

  query(depth) {
    const r = this.random;
    if (depth > 0 && r.chance(0.12)) {
      const a = this.select(depth - 1, 0);
      if (!query_outputs(a).some(({ e }) => e.t.approx)) {
        const b = this.matching(a), op = r.weighted([[5, 'UNION ALL'], [1, 'UNION'], [1, 'INTERSECT'], [1, 'EXCEPT'], [1, 'INTERSECT ALL'], [1, 'EXCEPT ALL']]);
        const query = { kind: 'set', op, a, b, ctes: [] };
        this.order(query, 0.5);
        return query;
      }
    }
    return this.select(depth, 0.4);
  }

  // A whole statement: what is not grouped and not limited is counted and limited, for answers stay small.
  statement() {
    const query = this.query(2);
    const grouped = query.kind === 'select' && query.group;
    const small = this.world.row_count <= 1000 && !(query.from?.joins?.length > 1);
    if ((!grouped || query.group.keys.length) && query.limit === null && !small) {
      query.order = null;
      this.order(query, 1);
      const approx = query_outputs(query).some(({ e }) => e.t.approx);
      if (!approx && query.limit === null) query.limit = this.random.pick([10, 100, 700]);
    }
    return query;
  }
}

// Grouping by a constant is an error in one engine, a position in the other.
function reads_column(e) {
  return e.op === 'column' || (e.args ?? []).some(reads_column);
}

export function query_outputs(query) {
  if (query.kind !== 'set') return query.items;
  const b = query_outputs(query.b);
  return query_outputs(query.a).map((item, i) => {
    const [t, u] = [item.e.t, b[i].e.t];
    const merged = is_number(t) ? { ...t, m: Math.max(t.m, u.m), s: Math.max(t.s ?? 0, u.s ?? 0), w: Math.max(t.w ?? 0, u.w ?? 0) } : t;
    if (t.wide || u.wide) merged.wide = true;
    return { name: item.name, e: { ...item.e, t: merged, link: undefined } };
  });
}
