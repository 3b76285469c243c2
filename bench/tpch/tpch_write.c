// The eight files and tpch.json, through rows/table_writer.h. Orders are made twice, once for each
// of their two files.
#include "table_writer.h"
#include "tpch_csv.h"
#include <inttypes.h>
#include <stdio.h>

static char *region_unit(const void *spec, uint64_t i, char *out, uint64_t *row_count) {
  TpchNation region;
  tpch_region_make(spec, (uint32_t)i, &region);
  ++*row_count;
  return tpch_region_format(&region, out);
}

static char *nation_unit(const void *spec, uint64_t i, char *out, uint64_t *row_count) {
  TpchNation nation;
  tpch_nation_make(spec, (uint32_t)i, &nation);
  ++*row_count;
  return tpch_nation_format(&nation, out);
}

static char *supplier_unit(const void *spec, uint64_t i, char *out, uint64_t *row_count) {
  TpchSupplier supplier;
  tpch_supplier_make(spec, (uint32_t)i + 1, &supplier);
  ++*row_count;
  return tpch_supplier_format(&supplier, out);
}

static char *part_unit(const void *spec, uint64_t i, char *out, uint64_t *row_count) {
  TpchPart part;
  tpch_part_make(spec, (uint32_t)i + 1, &part);
  ++*row_count;
  return tpch_part_format(&part, out);
}

static char *part_suppliers_unit(const void *spec, uint64_t i, char *out, uint64_t *row_count) {
  for (uint32_t number = 0; number < TPCH_PART_SUPPLIERS; number++) {
    TpchPartSupplier made;
    tpch_part_supplier_make(spec, (uint32_t)i + 1, number, &made);
    out = tpch_part_supplier_format(&made, out);
  }
  *row_count += TPCH_PART_SUPPLIERS;
  return out;
}

static char *customer_unit(const void *spec, uint64_t i, char *out, uint64_t *row_count) {
  TpchCustomer customer;
  tpch_customer_make(spec, (uint32_t)i + 1, &customer);
  ++*row_count;
  return tpch_customer_format(&customer, out);
}

static char *order_unit(const void *spec, uint64_t i, char *out, uint64_t *row_count) {
  TpchOrder order;
  tpch_order_make(spec, i, &order);
  ++*row_count;
  return tpch_order_format(&order, out);
}

static char *lines_unit(const void *spec, uint64_t i, char *out, uint64_t *row_count) {
  TpchOrder order;
  tpch_order_make(spec, i, &order);
  *row_count += order.line_count;
  return tpch_lines_format(&order, out);
}

// tpch.json: what the folder holds, so that a runner can tell whether it is what it needs.
static Status manifest_write(const TpchSpec *spec, const char *folder, const TpchSummary *summary,
                             Error *error) {
  char text[512];
  snprintf(text, sizeof text,
           "{\"generator\": %d, \"scale\": %g, \"seed\": %" PRIu64 ", \"bytes\": %" PRIu64 ",\n"
           " \"rows\": {\"supplier\": %" PRIu64 ", \"part\": %" PRIu64 ", \"partsupp\": %" PRIu64
           ", \"customer\": %" PRIu64 ", \"orders\": %" PRIu64 ", \"lineitem\": %" PRIu64 "}}\n",
           TPCH_GENERATOR_VERSION, spec->scale, spec->seed, summary->bytes, summary->supplier_rows,
           summary->part_rows, summary->partsupp_rows, summary->customer_rows, summary->orders_rows,
           summary->lineitem_rows);
  return table_manifest_write(folder, "tpch.json", text, error);
}

Status tpch_write(const TpchSpec *spec, const char *folder, uint32_t thread_count,
                  TpchSummary *summary, Error *error) {
  int64_t started_ns = clock_now_ns();
  const TpchSizes *sizes = &spec->sizes;
  *summary = (TpchSummary){0};
  const struct {
    const char *name, *header;
    char *(*format)(const void *spec, uint64_t i, char *out, uint64_t *row_count);
    uint64_t unit_count, *row_count;
  } tables[] = {
      {"region", TPCH_REGION_HEADER, region_unit, TPCH_REGION_COUNT, &summary->region_rows},
      {"nation", TPCH_NATION_HEADER, nation_unit, TPCH_NATION_COUNT, &summary->nation_rows},
      {"supplier", TPCH_SUPPLIER_HEADER, supplier_unit, sizes->supplier_count,
       &summary->supplier_rows},
      {"part", TPCH_PART_HEADER, part_unit, sizes->part_count, &summary->part_rows},
      {"partsupp", TPCH_PARTSUPP_HEADER, part_suppliers_unit, sizes->part_count,
       &summary->partsupp_rows},
      {"customer", TPCH_CUSTOMER_HEADER, customer_unit, sizes->customer_count,
       &summary->customer_rows},
      {"orders", TPCH_ORDERS_HEADER, order_unit, sizes->order_count, &summary->orders_rows},
      {"lineitem", TPCH_LINEITEM_HEADER, lines_unit, sizes->order_count, &summary->lineitem_rows}};
  TRY(table_folder_prepare(folder, "tpch.json", error));
  ThreadPool *pool = thread_pool_create(thread_count);
  Status status = STATUS_OK;
  for (size_t i = 0; status == STATUS_OK && i < sizeof tables / sizeof *tables; i++) {
    TableFile file = {tables[i].name, tables[i].header, tables[i].format, tables[i].unit_count,
                      TPCH_UNIT_BYTES_MAX};
    status = table_write(spec, folder, &file, pool, tables[i].row_count, &summary->bytes, error);
  }
  thread_pool_destroy(pool);
  if (status == STATUS_OK) status = manifest_write(spec, folder, summary, error);
  summary->time_ns = clock_now_ns() - started_ns;
  return status;
}
