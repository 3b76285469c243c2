// The text of the rows (rows/csv_put.h).
#include "tpch_csv.h"
#include "csv_put.h"
#include "date.h"
#include "tpch_words.h"

const char TPCH_REGION_HEADER[] = "r_regionkey,r_name,r_comment\n";
const char TPCH_NATION_HEADER[] = "n_nationkey,n_name,n_regionkey,n_comment\n";
const char TPCH_SUPPLIER_HEADER[] =
    "s_suppkey,s_name,s_address,s_nationkey,s_phone,s_acctbal,s_comment\n";
const char TPCH_PART_HEADER[] =
    "p_partkey,p_name,p_mfgr,p_brand,p_type,p_size,p_container,p_retailprice,p_comment\n";
const char TPCH_PARTSUPP_HEADER[] = "ps_partkey,ps_suppkey,ps_availqty,ps_supplycost,ps_comment\n";
const char TPCH_CUSTOMER_HEADER[] =
    "c_custkey,c_name,c_address,c_nationkey,c_phone,c_acctbal,c_mktsegment,c_comment\n";
const char TPCH_ORDERS_HEADER[] =
    "o_orderkey,o_custkey,o_orderstatus,o_totalprice,o_orderdate,o_orderpriority,o_clerk,"
    "o_shippriority,o_comment\n";
const char TPCH_LINEITEM_HEADER[] =
    "l_orderkey,l_partkey,l_suppkey,l_linenumber,l_quantity,l_extendedprice,l_discount,l_tax,"
    "l_returnflag,l_linestatus,l_shipdate,l_commitdate,l_receiptdate,l_shipinstruct,l_shipmode,"
    "l_comment\n";

// The last field of a line. Always quoted: texts have commas, blanks at their ends, no quotes.
static char *put_comment(char *out, const char *text, size_t size) {
  return put_text(put_bytes(put_char(out, '"'), text, size), "\"\n");
}

static char *put_date_field(char *out, int32_t day) {
  CivilDate civil = date_to_civil(day);
  out = put_char(put_number(out, (uint64_t)civil.year), '-');
  out = put_char(put_padded(out, (uint32_t)civil.month, 2), '-');
  return put_char(put_padded(out, (uint32_t)civil.day, 2), ',');
}

char *tpch_region_format(const TpchNation *region, char *out) {
  out = put_number_field(out, region->key);
  out = put_text_field(out, TPCH_REGIONS[region->key]);
  return put_comment(out, region->comment.start, region->comment.size);
}

char *tpch_nation_format(const TpchNation *nation, char *out) {
  out = put_number_field(out, nation->key);
  out = put_text_field(out, TPCH_NATIONS[nation->key].name);
  out = put_number_field(out, TPCH_NATIONS[nation->key].region);
  return put_comment(out, nation->comment.start, nation->comment.size);
}

char *tpch_supplier_format(const TpchSupplier *supplier, char *out) {
  out = put_number_field(out, supplier->key);
  out = put_name_field(out, "Supplier", supplier->key);
  out = put_quoted_field(out, supplier->address);
  out = put_number_field(out, supplier->nation);
  out = put_text_field(out, supplier->phone);
  out = put_cents_field(out, supplier->balance);
  return put_comment(out, supplier->comment, strlen(supplier->comment));
}

char *tpch_part_format(const TpchPart *part, char *out) {
  out = put_number_field(out, part->key);
  for (int i = 0; i < 5; i++)
    out = put_char(put_text(out, TPCH_COLORS[part->name[i]]), i < 4 ? ' ' : ',');
  out = put_number_field(put_text(out, "Manufacturer#"), part->mfgr);
  out = put_number_field(put_text(out, "Brand#"), part->mfgr * 10u + part->brand);
  out = put_char(put_text(out, TPCH_TYPES_1[part->type[0]]), ' ');
  out = put_char(put_text(out, TPCH_TYPES_2[part->type[1]]), ' ');
  out = put_text_field(out, TPCH_TYPES_3[part->type[2]]);
  out = put_number_field(out, part->size);
  out = put_char(put_text(out, TPCH_CONTAINERS_1[part->container[0]]), ' ');
  out = put_text_field(out, TPCH_CONTAINERS_2[part->container[1]]);
  out = put_cents_field(out, part->price);
  return put_comment(out, part->comment.start, part->comment.size);
}

char *tpch_part_supplier_format(const TpchPartSupplier *made, char *out) {
  out = put_number_field(out, made->part_key);
  out = put_number_field(out, made->supplier_key);
  out = put_number_field(out, made->available);
  out = put_cents_field(out, made->cost);
  return put_comment(out, made->comment.start, made->comment.size);
}

char *tpch_customer_format(const TpchCustomer *customer, char *out) {
  out = put_number_field(out, customer->key);
  out = put_name_field(out, "Customer", customer->key);
  out = put_quoted_field(out, customer->address);
  out = put_number_field(out, customer->nation);
  out = put_text_field(out, customer->phone);
  out = put_cents_field(out, customer->balance);
  out = put_text_field(out, TPCH_SEGMENTS[customer->segment]);
  return put_comment(out, customer->comment.start, customer->comment.size);
}

char *tpch_order_format(const TpchOrder *order, char *out) {
  out = put_number_field(out, order->key);
  out = put_number_field(out, order->customer_key);
  out = put_char(put_char(out, order->status), ',');
  out = put_cents_field(out, (int64_t)order->total_price);
  out = put_date_field(out, order->day);
  out = put_text_field(out, TPCH_PRIORITIES[order->priority]);
  out = put_name_field(out, "Clerk", order->clerk);
  out = put_number_field(out, 0); // the ship priority, of which there is one
  return put_comment(out, order->comment.start, order->comment.size);
}

static char *line_format(const TpchOrder *order, uint32_t number, char *out) {
  const TpchLine *line = &order->lines[number];
  out = put_number_field(out, order->key);
  out = put_number_field(out, line->part_key);
  out = put_number_field(out, line->supplier_key);
  out = put_number_field(out, number + 1);
  out = put_number_field(out, line->quantity);
  out = put_cents_field(out, line->extended_price);
  out = put_cents_field(out, line->discount);
  out = put_cents_field(out, line->tax);
  out = put_char(put_char(out, line->return_flag), ',');
  out = put_char(put_char(out, line->status), ',');
  out = put_date_field(out, line->ship_day);
  out = put_date_field(out, line->commit_day);
  out = put_date_field(out, line->receipt_day);
  out = put_text_field(out, TPCH_INSTRUCTIONS[line->instruction]);
  out = put_text_field(out, TPCH_MODES[line->mode]);
  return put_comment(out, line->comment.start, line->comment.size);
}

char *tpch_lines_format(const TpchOrder *order, char *out) {
  for (uint32_t i = 0; i < order->line_count; i++) out = line_format(order, i, out);
  return out;
}
