// The Star Schema Benchmark's tables and their CSV files, generated when missing.
import { data_folder, fail, root_folder } from '../support/common.mjs';
import { process_measure } from '../support/process.mjs';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const columns = (names, type) => Object.fromEntries(names.split(' ').map((name) => [name, type]));

// Table -> file and SQL types of its columns in file order. The narrowest common types: a peer told
// them loads faster than one that must guess.
export const ssb_tables = {
  customer: {
    file: 'customer.csv',
    columns: {
      c_custkey: 'integer',
      ...columns('c_name c_address c_city c_nation c_region c_phone c_mktsegment', 'varchar'),
    },
  },
  supplier: {
    file: 'supplier.csv',
    columns: {
      s_suppkey: 'integer',
      ...columns('s_name s_address s_city s_nation s_region s_phone', 'varchar'),
    },
  },
  part: {
    file: 'part.csv',
    columns: {
      p_partkey: 'integer',
      ...columns('p_name p_mfgr p_category p_brand1 p_color p_type', 'varchar'),
      p_size: 'integer',
      p_container: 'varchar',
    },
  },
  dates: {
    file: 'date.csv',
    columns: {
      d_datekey: 'integer',
      ...columns('d_date d_dayofweek d_month', 'varchar'),
      ...columns('d_year d_yearmonthnum', 'integer'),
      d_yearmonth: 'varchar',
      ...columns('d_daynuminweek d_daynuminmonth d_daynuminyear d_monthnuminyear d_weeknuminyear', 'integer'),
      d_sellingseason: 'varchar',
      ...columns('d_lastdayinweekfl d_lastdayinmonthfl d_holidayfl d_weekdayfl', 'integer'),
    },
  },
  lineorder: {
    file: 'lineorder.csv',
    columns: {
      lo_orderkey: 'bigint',
      ...columns('lo_linenumber lo_custkey lo_partkey lo_suppkey lo_orderdate', 'integer'),
      lo_orderpriority: 'varchar',
      ...columns('lo_shippriority lo_quantity lo_extendedprice lo_ordtotalprice lo_discount ' +
                 'lo_revenue lo_supplycost lo_tax lo_commitdate', 'integer'),
      lo_shipmode: 'varchar',
    },
  },
};

const generator_version = 1; // SSB_GENERATOR_VERSION of ssb.h: data of another one are made anew

function manifest_read(folder) {
  const file = join(folder, 'ssb.json');
  const manifest = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  return manifest?.generator === generator_version ? manifest : null;
}

// -> {folder, bytes, rows: {table: count}}
export async function ssb_data_ensure({ scale, seed, generator }) {
  const folder = join(data_folder, `ssb-${scale}-${seed}`);
  let manifest = manifest_read(folder);
  if (!manifest) {
    const program = generator ?? join(root_folder, 'build/release/bench/ssb_generate');
    if (!existsSync(program))
      fail(`${program} is missing; build it: cmake --preset release && cmake --build --preset release --target ssb_generate`);
    mkdirSync(data_folder, { recursive: true });
    const run = await process_measure(program, ['--out', folder, '--scale', `${scale}`, '--seed', `${seed}`]);
    if (run.code !== 0) fail(run.stderr.trim());
    console.log(`generated ${run.stdout.trim()}`);
    manifest = manifest_read(folder);
    if (!manifest) fail(`${program} is of another version than bench/ssb/data.mjs; build it anew`);
  }
  return { folder, bytes: manifest.bytes, rows: manifest.rows };
}
