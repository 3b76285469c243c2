/*
 * Tessera's SQL for the editor: its words for highlighting, and what may come next at the cursor: the
 * columns of what the statement reads (through aliases too), tables, cubes, levels and measures, words.
 */
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { SQLDialect } from '@codemirror/lang-sql';
import type { SchemaTable } from './api';
import { level_sql, name_bare, type SchemaCube } from './schema.svelte';
import { name_quote, sql_bare, statement_at } from './sql_text';

const KEYWORDS =
  'select from where group by having order limit offset fetch first next row rows only with ties join left right full inner outer cross natural on using ' +
  'union all intersect except distinct as case when then else end and or not in exists any some between like ilike similar to is null values table explain ' +
  'analyze show tables describe desc asc nulls last rollup cube grouping sets filter within over partition window range groups unbounded preceding following ' +
  'current exclude no others true false cast escape lateral recursive symmetric unknown at time zone';
const TYPES =
  'smallint integer int bigint hugeint decimal numeric real double precision float text varchar char boolean bool date timestamp timestamptz interval';
const FUNCTIONS =
  'count sum avg min max measure any_value median percentile_cont percentile_disc mode stddev stddev_samp stddev_pop variance var_samp var_pop corr covar_pop covar_samp ' +
  'regr_slope regr_intercept regr_r2 arg_min arg_max approx_count_distinct string_agg bool_and bool_or grouping row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value ' +
  'last_value nth_value coalesce nullif greatest least abs round ceil floor trunc mod power sqrt exp ln log sign random lower upper length substring substr trim ltrim rtrim ' +
  'replace split_part left right lpad rpad concat concat_ws position strpos starts_with reverse regexp_replace regexp_substr regexp_like extract date_trunc date_part age now current_date ' +
  'to_char make_date generate_series';

export const tessera_dialect = SQLDialect.define({
  keywords: KEYWORDS,
  types: TYPES,
  builtin: FUNCTIONS,
  doubleDollarQuotedStrings: true,
  charSetCasts: false,
  operatorChars: '+-*/<>=~!@#%^&|`?',
  caseInsensitiveIdentifiers: true
});

export interface SqlNames { tables: SchemaTable[]; cubes: SchemaCube[]; title: (title: SchemaCube['title'], fallback: string) => string }
interface Source { name: string; columns: Completion[]; measures: Completion[] }

const NAME = '(?:"(?:[^"]|"")+"|[\\p{L}_][\\p{L}\\d_$]*)';
const NOT_ALIAS = /^(where|group|having|order|limit|offset|fetch|join|left|right|full|inner|cross|natural|on|using|union|intersect|except|window|as|for)$/i;
const unquote = (name: string) => (name[0] === '"' ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase());

const column_completions = (table: SchemaTable): Completion[] =>
  table.columns.map((column) => ({
    label: name_quote(column.name), type: 'property', boost: 2, detail: column.type + (column.key ? ' ⚿' : '') + (column.link ? ` → ${column.link}` : '')
  }));

function cube_source(cube: SchemaCube, names: SqlNames): Source {
  return {
    name: cube.name,
    columns: cube.levels.map((level) => ({ label: level_sql(cube, level), type: 'property', boost: 2, detail: names.title(level.title, '') })),
    measures: cube.measures.map((measure) => ({ label: name_bare(measure.name), type: 'constant', boost: 3, detail: names.title(measure.title, '') }))
  };
}

function source_find(path: string[], names: SqlNames): Source | null {
  const parts = path.map(unquote);
  if (parts.length === 2 && parts[0] === 'cube') {
    const cube = names.cubes.find((one) => one.name === parts[1]);
    return cube ? cube_source(cube, names) : null;
  }
  const table = names.tables.find((one) => one.name === parts[parts.length - 1]);
  return table ? { name: table.name, columns: column_completions(table), measures: [] } : null;
}

/** What the statement reads, by the name it goes by there. */
export function sources_find(statement: string, names: SqlNames): Map<string, Source> {
  const sources = new Map<string, Source>();
  const item = `(${NAME}(?:\\s*\\.\\s*${NAME})?)(?:\\s+(?:as\\s+)?(${NAME}))?`;
  const list = new RegExp(`\\b(?:from|join|table|describe|desc)\\s+(${item}(?:\\s*,\\s*${item})*)`, 'giu');
  for (const [, all] of sql_bare(statement).matchAll(list)) {
    for (const [, path, alias] of all.matchAll(new RegExp(`${item}(?:\\s*,|$|\\s)`, 'giu'))) {
      const source = source_find(path.match(new RegExp(NAME, 'giu')) ?? [], names);
      if (source) sources.set(alias && !NOT_ALIAS.test(alias) ? unquote(alias) : source.name, source);
    }
  }
  return sources;
}

const words = (text: string, type: string): Completion[] => text.split(' ').map((label) => ({ label: type === 'keyword' ? label.toUpperCase() : label, type }));
const WORDS = [...words(KEYWORDS, 'keyword'), ...words(TYPES, 'type').map((one) => ({ ...one, boost: -1 }))];
const CALLS: Completion[] = FUNCTIONS.split(' ').map((label) => ({ label, type: 'function', apply: label + '(' }));

function named_options(names: SqlNames, in_from: boolean): Completion[] {
  const boost = in_from ? 5 : 0;
  return [
    ...names.tables.map((table) => ({ label: name_quote(table.name), type: 'class', boost, detail: table.rows.toLocaleString('en') })),
    ...names.cubes.map((cube) => ({ label: `cube.${name_quote(cube.name)}`, type: 'namespace', boost, detail: names.title(cube.title, '') }))
  ];
}

/** After a dot: what the name before it holds. */
function member_options(owner: string, sources: Map<string, Source>, names: SqlNames): Completion[] {
  const name = unquote(owner);
  if (name === 'cube') return names.cubes.map((cube) => ({ label: name_quote(cube.name), type: 'namespace', detail: names.title(cube.title, '') }));
  if (name === 'public') return names.tables.map((table) => ({ label: name_quote(table.name), type: 'class' }));
  const source = sources.get(name) ?? source_find([owner], names);
  if (source) return source.columns;
  // A dimension: "store." of "store.region".
  const cubes = names.cubes.filter((cube) => [...sources.values()].some((one) => one.name === cube.name));
  return cubes.flatMap((cube) => cube.levels.filter((level) => level.dimension === name).map((level) => ({ label: name_bare(level.name), type: 'property', detail: names.title(level.title, '') })));
}

export function sql_complete(context: CompletionContext, names: SqlNames): CompletionResult | null {
  const text = context.state.doc.toString();
  const statement = statement_at(text, context.pos);
  const start = statement?.from ?? context.pos;
  const before = text.slice(start, context.pos);
  // Within a quoted text or a comment nothing is offered: there the bare text is blank.
  if (before && before.at(-1) !== sql_bare(before).at(-1)) return null;
  const word = context.matchBefore(/"?[\p{L}\d_$]*$/u)!;
  if (!context.explicit && word.from === word.to && text[word.from - 1] !== '.') return null;
  if (/^\d/.test(word.text)) return null;
  const sources = sources_find(statement?.text ?? '', names);
  const lead = text.slice(start, word.from);
  const owner = new RegExp(`(${NAME})\\s*\\.$`, 'iu').exec(lead)?.[1];
  const measured = /\bmeasure\s*\($/i.test(lead);
  const options = owner
    ? member_options(owner, sources, names)
    : measured
      ? [...sources.values()].flatMap((source) => source.measures)
      : [
          ...[...sources.values()].flatMap((source) => source.columns),
          ...[...sources].filter(([name, source]) => name !== source.name).map(([name]) => ({ label: name_quote(name), type: 'variable', boost: 1 })),
          ...named_options(names, /\b(from|join|table|describe|desc)\s+$|\bfrom\b[^()]*,\s*$/i.test(lead)),
          ...CALLS,
          ...WORDS
        ];
  const seen = new Set<string>();
  const unique = options.filter(({ label }) => !seen.has(label) && seen.add(label));
  return unique.length ? { from: word.from, options: unique, validFor: /^"?[\p{L}\d_$]*$/u } : null;
}
