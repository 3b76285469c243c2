/*
 * A cube over the star's fact f with random measures and cuboids, as text of a model, and random aggregations that such
 * cuboids may serve: over the fact, over the fact joined to its dimensions, over the cube.
 */

// What a level can be written as: in SQL over f, over f joined to `join`, and as cube's level.
const DIMENSIONS = {
  d_int: { path: 'k_int', levels: { member: 'id', city: 'city', n: 'n', code: 'code' }, key: 'id' },
  d_str: { path: 'k_str', levels: { word: 'code', small: 'n', title: 'title' }, key: 'code' },
  d_day: { path: 'k_day', levels: { event: 'day', holiday: 'holiday', label: 'label' }, key: 'day' },
};
const PLAIN = ['b', 'tiny', 'runs', 'low', 'd2_few', 'same'];
const DATES = ['day', 'day_up'];
const SPANS = ['week', 'month', 'quarter', 'year'];

// Spans that those of `span` lie in, itself among them.
const coarser_spans = (span) => (span === 'day' ? ['day', ...SPANS] : span === 'week' ? ['week'] : SPANS.slice(SPANS.indexOf(span)));

const quoted = (value) => (value === null ? 'NULL' : typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value));

export class CubeWorld {
  constructor(random, world) {
    this.world = world;
    this.fact = world.tables.find((table) => table.name === 'f');
    const has = (name) => this.fact.columns.some((c) => c.name === name);
    this.plain = PLAIN.filter(has);
    this.dates = DATES.filter(has);
    this.numbers = ['tiny', 'mid', 'big', 'd2', 'd2_few', 'd4', 'seq', 'x'].filter(has);
    this.any = ['tiny', 'mid', 'd2', 'day', 'low', 'high', 'x', 'at'].filter(has);
    this.measures = Array.from({ length: random.between(3, 9) }, (_, i) => this.measure(random, `m${i}`));
    this.cuboids = Array.from({ length: random.between(1, 5) }, () => random.shuffled(this.levels()).slice(0, random.between(1, 4)));
  }

  levels() {
    return [
      ...Object.entries(DIMENSIONS).flatMap(([name, { levels }]) => Object.keys(levels).map((level) => `${name}.${level}`)),
      ...this.plain.map((name) => `p_${name}.p_${name}`),
      ...this.dates.flatMap((name) => ['day', ...SPANS].map((span) => `t_${name}.${span}`)),
    ];
  }

  measure(random, name) {
    const filters = ['tiny > 0', 'low is not null', 'tiny between -1 and 2', 'k_int is not null'];
    if (this.plain.includes('b')) filters.push('b', 'not b');
    const usable = filters.filter((f) => !/tiny/.test(f) || this.plain.includes('tiny')).filter((f) => !/low/.test(f) || this.plain.includes('low'));
    const [kind, arg] = random.weighted([
      [4, () => ['sum', random.pick(this.numbers)]], [2, () => ['count', random.pick(this.any)]], [3, () => ['count', null]],
      [2, () => ['min', random.pick(this.any)]], [2, () => ['max', random.pick(this.any)]], [2, () => ['avg', random.pick(this.numbers)]],
      [2, () => ['distinct', random.pick(['k_int', 'k_str', 'id', 'k_day', ...this.any])]],
    ])();
    return { name, kind, arg, where: random.chance(0.4) ? random.pick(usable) : null };
  }

  model_text() {
    const lines = ['dimensions:'];
    for (const [name, { levels }] of Object.entries(DIMENSIONS))
      lines.push(`  ${name}: {table: ${name}, levels: {${Object.entries(levels).map(([level, column]) => `${level}: ${column}`).join(', ')}}}`);
    for (const name of this.plain) lines.push(`  p_${name}:`);
    for (const name of this.dates) lines.push(`  t_${name}: {time: true}`);
    lines.push('cubes:', '  c:', '    table: f', '    dimensions:');
    for (const [name, { path }] of Object.entries(DIMENSIONS)) lines.push(`      ${name}: ${path}`);
    for (const name of this.plain) lines.push(`      p_${name}: ${name}`);
    for (const name of this.dates) lines.push(`      t_${name}: ${name}`);
    lines.push('    measures:');
    for (const { name, kind, arg, where } of this.measures)
      lines.push(`      ${name}: {${kind}: ${arg ?? 'rows'}${where ? `, where: "${where}"` : ''}}`);
    lines.push('    cuboids:', ...this.cuboids.map((levels) => `      - [${levels.join(', ')}]`), '');
    return lines.join('\n');
  }

  // A value of the fact's column, as SQL.
  sample(random, table, column) {
    const samples = this.world.samples[`${table}.${column}`] ?? [];
    const value = samples.length && random.chance(0.95) ? random.pick(samples) : null;
    return value === null ? null : /^\d{4}-\d\d-\d\d$/.test(String(value)) ? `date '${value}'` : quoted(value);
  }

  // {sql, table, column}: something to group by or to ask. `joined`: the dimensions in FROM.
  term(random, level, joined, cube) {
    const [dimension, name] = level.split('.');
    if (dimension.startsWith('p_')) return { sql: cube ? `${dimension}.${name}` : `f.${dimension.slice(2)}`, table: 'f', column: dimension.slice(2) };
    if (dimension.startsWith('t_')) {
      const column = dimension.slice(2), base = cube ? `${dimension}.day` : `f.${column}`;
      const sql = name === 'day' ? base : cube && random.chance(0.7) ? `${dimension}.${name}`
        : random.chance(0.2) && name !== 'week' ? `extract(${name} from ${base})` : `date_trunc('${name}', ${base})`;
      return { sql, table: 'f', column, is_date: true, day: base };
    }
    const { levels, path, key } = DIMENSIONS[dimension], column = levels[name];
    if (cube) return { sql: `${dimension}.${name}`, table: dimension, column };
    if (column === key && random.chance(0.6)) return { sql: `f.${path}`, table: dimension, column };
    joined.add(dimension);
    return { sql: `${dimension}.${column}`, table: dimension, column };
  }

  condition(random, level, joined, cube) {
    const term = this.term(random, level, joined, cube);
    if (term.is_date && random.chance(0.8)) {
      const year = random.pick([2021, 2022, 2023]), month = random.between(1, 12), pad = (n) => String(n).padStart(2, '0');
      const first = `date '${year}-${pad(random.chance(0.4) ? 1 : month)}-01'`, odd = this.sample(random, 'f', term.column) ?? first;
      return random.weighted([
        [3, () => `${term.day} >= ${first}`], [3, () => `${term.day} < ${first}`], [1, () => `${first} > ${term.day}`],
        [1, () => `${term.day} <= ${first} - 1`], [1, () => `${term.day} > ${first} - 1`], [1, () => `${term.day} >= ${odd}`], [1, () => `${term.day} <= ${odd}`],
      ])();
    }
    const value = this.sample(random, term.table, term.column);
    if (term.sql.includes('date_trunc') || term.sql.includes('extract') || (term.is_date && term.sql !== term.day)) return `${term.sql} is not null`;
    return random.weighted([
      [4, () => (value === null ? `${term.sql} is null` : `${term.sql} = ${value}`)],
      [2, () => (value === null ? `${term.sql} is not null` : `(${term.sql} <> ${value} or ${term.sql} is null)`)],
      [2, () => (value === null ? `${term.sql} is null` : `${term.sql} in (${value}, ${this.sample(random, term.table, term.column) ?? value})`)],
      [1, () => (value === null ? `${term.sql} is null` : `not (${term.sql} = ${value})`)],
    ])();
  }

  // A measure's aggregate in SQL over f; now and then one that no cuboid keeps.
  aggregate(random) {
    const { kind, arg, where } = random.pick(this.measures);
    const name = kind === 'distinct' ? `count(distinct f.${arg})` : `${kind}(${arg ? `f.${arg}` : '*'})`;
    const filter = random.chance(0.1) ? random.pick(['f.k_int = 3', 'f.k_str is null']) : where?.replace(/\b(tiny|low|b|k_int)\b/g, 'f.$1');
    return random.chance(0.05) ? `sum(f.id)` : filter ? `${name} filter (where ${filter})` : name;
  }

  statement(random) {
    const cube = random.chance(0.4), joined = new Set();
    const near = random.chance(0.85) ? random.pick(this.cuboids) : this.levels(); // mostly what a cuboid may know
    const coarser = (level) => (level.startsWith('t_') ? level.replace(/\..*/, `.${random.chance(0.8) ? random.pick(coarser_spans(level.split('.')[1])) : random.pick(['day', ...SPANS])}`) : level);
    const keys = random.shuffled(near).slice(0, random.between(0, 3)).map((level) => this.term(random, coarser(level), joined, cube).sql);
    const where = random.shuffled(near).slice(0, random.weighted([[3, 0], [3, 1], [1, 2]])).map((level) => this.condition(random, coarser(level), joined, cube));
    if (!cube && random.chance(0.15))
      where.push(`f.k_int ${random.pick(['in', 'not in'])} (select id from d_int where ${random.pick(['n > 0', 'city is null', 'id < 40', "code is not null"])})`);
    const calls = Array.from({ length: random.between(1, 4) }, () => (cube ? `measure(${random.pick(this.measures).name})` : this.aggregate(random)));
    const joins = [...joined].map((name) => {
      const { path, key } = DIMENSIONS[name];
      return ` ${random.pick(['join', 'left join', 'join'])} ${name} on ${random.chance(0.5) ? `f.${path} = ${name}.${key}` : `${name}.${key} = f.${path}`}`;
    });
    const group = keys.length ? ` group by ${random.weighted([[6, () => keys.map((_, i) => i + 1).join(', ')], [1, () => `rollup (${keys.join(', ')})`], [1, () => `cube (${keys.join(', ')})`]])()}` : '';
    const having = random.chance(0.1) && calls[0] ? ` having ${calls[0]} is not null` : '';
    return `select ${[...keys.map((k, i) => `${k} as k${i}`), ...calls.map((c, i) => `${c} as v${i}`)].join(', ')} from ${cube ? 'cube.c' : 'f'}${joins.join('')}` +
      `${where.length ? ` where ${where.join(' and ')}` : ''}${group}${having}`;
  }
}
