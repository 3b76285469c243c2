// ClickHouse as a peer, in process (chdb): the one place that knows its package, settings and SQL for loading.
// MergeTree tables as its own page of the Star Schema Benchmark has them: LowCardinality texts, sorted by a key, and for that
// benchmark one flat table beside the star. The files lie in the temporary folder, in the page cache.
import { fail } from '../support/common.mjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

async function package_import() {
  try {
    return await import('chdb');
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return fail('ClickHouse is not installed (550 MB); run: npm install --prefix bench --no-save chdb');
  }
}

export async function clickhouse_version() {
  return (await package_import()).query('select version()', 'TabSeparated').trim();
}

// What makes it answer as SQL does: NULLs of outer joins and of empty aggregates, exact distinct counts.
const settings = {
  join_use_nulls: 1, aggregate_functions_null_for_empty: 1, group_by_use_nulls: 1, count_distinct_implementation: "'uniqExact'",
  union_default_mode: "'DISTINCT'", output_format_json_quote_64bit_integers: 1, output_format_json_quote_decimals: 1,
  output_format_decimal_trailing_zeros: 1, input_format_csv_trim_whitespaces: 0,
  use_query_cache: 0, use_uncompressed_cache: 0,
};

const KEYS = { // what each table is sorted by
  lineorder: 'lo_orderdate, lo_orderkey', customer: 'c_custkey', supplier: 's_suppkey', part: 'p_partkey', dates: 'd_datekey',
  lineitem: 'l_shipdate, l_orderkey', orders: 'o_orderdate, o_orderkey', partsupp: 'ps_partkey, ps_suppkey', nation: 'n_nationkey', region: 'r_regionkey',
  visits: 'v_day, v_id', stores: 's_store', wide: 'w_id',
};
const UNIQUE_TEXT = /_(name|address|phone|comment|page)$/; // too many values for a dictionary

const type_of = (name, type) => {
  if (type === 'varchar') return UNIQUE_TEXT.test(name) && !/^[nr]_name$/.test(name) ? 'String' : 'LowCardinality(String)';
  return { integer: 'Int32', bigint: 'Int64', date: 'Date', double: 'Float64' }[type] ?? type;
};

const typed_columns = ({ columns }) => Object.entries(columns).map(([name, type]) => `${name} ${type_of(name, type)}`).join(', ');
const literal = (text) => `'${text.replaceAll("'", "''")}'`;

// The star's joins made once: columns of the dimensions beside the line's own, sorted as the benchmark's filters go.
const flat_table = `create table lineorder_flat engine = MergeTree order by (d_year, lo_orderdate, lo_orderkey) as
  select l.*, d.d_year, d.d_yearmonthnum, d.d_yearmonth, d.d_weeknuminyear, c.c_nation, c.c_region, c.c_city,
         s.s_nation, s.s_region, s.s_city, p.p_mfgr, p.p_category, p.p_brand1
  from lineorder l
  join dates d on l.lo_orderdate = d.d_datekey join customer c on l.lo_custkey = c.c_custkey
  join supplier s on l.lo_suppkey = s.s_suppkey join part p on l.lo_partkey = p.p_partkey`;

export async function engine_open({ threads }) {
  const { Session } = await package_import();
  const folder = mkdtempSync(join(tmpdir(), 'tessera-clickhouse-'));
  const session = new Session(folder);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const run = (sql, format = 'Null') => session.query(sql, format);
  run('create database if not exists bench');
  run('use bench');
  for (const [name, value] of Object.entries({ ...settings, max_threads: threads })) run(`set ${name} = ${value}`);
  const timed = (sql) => {
    const started = process.hrtime.bigint();
    run(sql);
    return Number(process.hrtime.bigint() - started) / 1e6;
  };
  return {
    async load({ tables, folder: data }) {
      let ms = 0;
      for (const [name, table] of Object.entries(tables)) {
        run(`create table ${name} (${typed_columns(table)}) engine = MergeTree order by (${KEYS[name]})`);
        ms += timed(`insert into ${name} select * from file(${literal(join(data, table.file))}, CSVWithNames, ${literal(typed_columns(table))})`);
      }
      if (tables.lineorder) ms += timed(flat_table);
      for (const name of [...Object.keys(tables), ...(tables.lineorder ? ['lineorder_flat'] : [])]) ms += timed(`optimize table ${name} final`);
      return { seconds: ms / 1e3 };
    },
    async time({ sql, threads: count }) {
      run(`set max_threads = ${count}`);
      return { ms: timed(sql) };
    },
    async answer({ sql }) {
      const lines = run(sql, 'JSONCompactEachRowWithNamesAndTypes').trim().split('\n').map((line) => JSON.parse(line));
      const [names, types, ...rows] = lines;
      const text = (value) => (value === null ? null : String(value));
      return { columns: names.map((name, i) => ({ name, exact: !/Float/.test(types[i]) })), rows: rows.map((row) => row.map(text)) };
    },
  };
}
