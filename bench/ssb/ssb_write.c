// The five files and ssb.json, through rows/table_writer.h; an order with its lines is a unit.
#include "ssb_csv.h"
#include "table_writer.h"
#include <stdio.h>

static char *customer_unit(const void *spec, uint64_t i, char *out, uint64_t *row_count) {
  SsbCustomer customer;
  ssb_customer_make(spec, (uint32_t)i + 1, &customer);
  ++*row_count;
  return ssb_customer_format(&customer, out);
}

static char *supplier_unit(const void *spec, uint64_t i, char *out, uint64_t *row_count) {
  SsbSupplier supplier;
  ssb_supplier_make(spec, (uint32_t)i + 1, &supplier);
  ++*row_count;
  return ssb_supplier_format(&supplier, out);
}

static char *part_unit(const void *spec, uint64_t i, char *out, uint64_t *row_count) {
  SsbPart part;
  ssb_part_make(spec, (uint32_t)i + 1, &part);
  ++*row_count;
  return ssb_part_format(&part, out);
}

static char *date_unit(const void *spec, uint64_t i, char *out, uint64_t *row_count) {
  (void)spec;
  SsbDate date;
  ssb_date_make((uint32_t)i, &date);
  ++*row_count;
  return ssb_date_format(&date, out);
}

static char *order_unit(const void *spec, uint64_t i, char *out, uint64_t *row_count) {
  SsbOrder order;
  ssb_order_make(spec, i, &order);
  *row_count += order.line_count;
  return ssb_order_format(spec, &order, out);
}

// ssb.json: what the folder holds, so that a runner can tell whether it is what it needs.
static Status manifest_write(const SsbSpec *spec, const char *folder, const SsbSummary *summary,
                             Error *error) {
  char text[512];
  snprintf(text, sizeof text,
           "{\"generator\": %d, \"scale\": %g, \"seed\": %llu, \"bytes\": %llu,\n"
           " \"rows\": {\"customer\": %llu, \"supplier\": %llu, \"part\": %llu, "
           "\"date\": %llu, \"lineorder\": %llu}}\n",
           SSB_GENERATOR_VERSION, spec->scale, (unsigned long long)spec->seed,
           (unsigned long long)summary->bytes, (unsigned long long)summary->customer_rows,
           (unsigned long long)summary->supplier_rows, (unsigned long long)summary->part_rows,
           (unsigned long long)summary->date_rows, (unsigned long long)summary->lineorder_rows);
  return table_manifest_write(folder, "ssb.json", text, error);
}

Status ssb_write(const SsbSpec *spec, const char *folder, uint32_t thread_count,
                 SsbSummary *summary, Error *error) {
  int64_t started_ns = clock_now_ns();
  const SsbSizes *sizes = &spec->sizes;
  *summary = (SsbSummary){0};
  const struct {
    TableFile file;
    uint64_t *row_count;
  } tables[] = {
      {{"customer", SSB_CUSTOMER_HEADER, customer_unit, sizes->customer_count, SSB_UNIT_BYTES_MAX},
       &summary->customer_rows},
      {{"supplier", SSB_SUPPLIER_HEADER, supplier_unit, sizes->supplier_count, SSB_UNIT_BYTES_MAX},
       &summary->supplier_rows},
      {{"part", SSB_PART_HEADER, part_unit, sizes->part_count, SSB_UNIT_BYTES_MAX},
       &summary->part_rows},
      {{"date", SSB_DATE_HEADER, date_unit, sizes->date_count, SSB_UNIT_BYTES_MAX},
       &summary->date_rows},
      {{"lineorder", SSB_LINEORDER_HEADER, order_unit, sizes->order_count, SSB_UNIT_BYTES_MAX},
       &summary->lineorder_rows}};
  TRY(table_folder_prepare(folder, "ssb.json", error));
  ThreadPool *pool = thread_pool_create(thread_count);
  Status status = STATUS_OK;
  for (size_t i = 0; status == STATUS_OK && i < sizeof tables / sizeof *tables; i++)
    status = table_write(spec, folder, &tables[i].file, pool, tables[i].row_count, &summary->bytes,
                         error);
  thread_pool_destroy(pool);
  if (status == STATUS_OK) status = manifest_write(spec, folder, summary, error);
  summary->time_ns = clock_now_ns() - started_ns;
  return status;
}
