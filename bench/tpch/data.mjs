// TPC-H's tables and their CSV files, generated when missing.
import { data_folder, fail, root_folder } from '../support/common.mjs';
import { process_measure } from '../support/process.mjs';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const money = 'decimal(15,2)';
const table = (name, columns) => ({ file: `${name}.csv`, columns });

// Table -> file and SQL types of its columns in file order.
export const tpch_tables = {
  region: table('region', { r_regionkey: 'integer', r_name: 'varchar', r_comment: 'varchar' }),
  nation: table('nation', { n_nationkey: 'integer', n_name: 'varchar', n_regionkey: 'integer', n_comment: 'varchar' }),
  supplier: table('supplier', {
    s_suppkey: 'integer', s_name: 'varchar', s_address: 'varchar', s_nationkey: 'integer', s_phone: 'varchar',
    s_acctbal: money, s_comment: 'varchar',
  }),
  part: table('part', {
    p_partkey: 'integer', p_name: 'varchar', p_mfgr: 'varchar', p_brand: 'varchar', p_type: 'varchar', p_size: 'integer',
    p_container: 'varchar', p_retailprice: money, p_comment: 'varchar',
  }),
  partsupp: table('partsupp', {
    ps_partkey: 'integer', ps_suppkey: 'integer', ps_availqty: 'integer', ps_supplycost: money, ps_comment: 'varchar',
  }),
  customer: table('customer', {
    c_custkey: 'integer', c_name: 'varchar', c_address: 'varchar', c_nationkey: 'integer', c_phone: 'varchar',
    c_acctbal: money, c_mktsegment: 'varchar', c_comment: 'varchar',
  }),
  orders: table('orders', {
    o_orderkey: 'bigint', o_custkey: 'integer', o_orderstatus: 'varchar', o_totalprice: money, o_orderdate: 'date',
    o_orderpriority: 'varchar', o_clerk: 'varchar', o_shippriority: 'integer', o_comment: 'varchar',
  }),
  lineitem: table('lineitem', {
    l_orderkey: 'bigint', l_partkey: 'integer', l_suppkey: 'integer', l_linenumber: 'integer', l_quantity: money,
    l_extendedprice: money, l_discount: money, l_tax: money, l_returnflag: 'varchar', l_linestatus: 'varchar',
    l_shipdate: 'date', l_commitdate: 'date', l_receiptdate: 'date', l_shipinstruct: 'varchar', l_shipmode: 'varchar',
    l_comment: 'varchar',
  }),
};

const generator_version = 1; // TPCH_GENERATOR_VERSION of tpch.h: data of another one are made anew

function manifest_read(folder) {
  const file = join(folder, 'tpch.json');
  const manifest = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  return manifest?.generator === generator_version ? manifest : null;
}

// -> {folder, bytes, rows: {table: count}}
export async function tpch_data_ensure({ scale, seed, generator }) {
  const folder = join(data_folder, `tpch-${scale}-${seed}`);
  let manifest = manifest_read(folder);
  if (!manifest) {
    const program = generator ?? join(root_folder, 'build/release/bench/tpch_generate');
    if (!existsSync(program))
      fail(`${program} is missing; build it: cmake --preset release && cmake --build --preset release --target tpch_generate`);
    mkdirSync(data_folder, { recursive: true });
    const run = await process_measure(program, ['--out', folder, '--scale', `${scale}`, '--seed', `${seed}`]);
    if (run.code !== 0) fail(run.stderr.trim());
    console.log(`generated ${run.stdout.trim()}`);
    manifest = manifest_read(folder);
    if (!manifest) fail(`${program} is of another version than bench/tpch/data.mjs; build it anew`);
  }
  return { folder, bytes: manifest.bytes, rows: manifest.rows };
}

// What query 11 has for ${fraction}: it shrinks with the scale.
export const tpch_fraction = (scale) => (0.0001 / scale).toFixed(10);
