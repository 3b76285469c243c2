// Scanning a table: blocks are morsels; zone maps skip them; predicates run on packed values.
//
// A conjunct "column in a range" (=, <, <=, >, >=, BETWEEN is two of them, and = or ranges of
// strings through sorted codes) becomes a Range in the column's integer domain. For each block it
// is compared with minimum and maximum (skip, or known to hold for all rows), else with the packed
// values in the block's own domain. Other conjuncts are evaluated as expressions on what is left.
// Only then are the other columns read, and only for the rows that passed.
//
// A conjunct that reads one column of few values (IN, OR, LIKE of codes) is evaluated once a value,
// and is from there on a test of a bit.
//
// Sets of rows (ROWSET inputs) are such tests too: of the scanned rows' own numbers, before
// anything is read, or of a link's. A block none of whose values, from minimum to maximum, is a
// member is skipped, and where all are nothing is tested. Sets that were there before the query
// (Plan.scan.sets) are copied, so that sets of one column can meet.
#include "op_scan.h"
#include "kernel.h"
#include <stdlib.h>

static Status scan_open(Operator *op, Error *error) {
  uint32_t columns = op->plan->column_count;
  ScanState *scan = op->state = mem_alloc_zero(sizeof *scan);
  scan->rest_reads = mem_alloc_zero(columns * sizeof *scan->rest_reads);
  scan->null_asked = mem_alloc_zero(columns * sizeof *scan->null_asked);
  TRY(scan_split_predicate(op, scan, error));
  TRY(scan_take_sets(op, scan, error));
  scan_order_tests(scan);
  scan->block_count = (op->plan->scan.table->row_count + BLOCK_ROWS - 1) / BLOCK_ROWS;
  if (scan->never) scan->block_count = 0;
  scan->workers = mem_alloc_zero(op->worker_count * sizeof *scan->workers);
  for (uint32_t w = 0; w < op->worker_count; w++) {
    ScanWorker *worker = &scan->workers[w];
    worker->block = worker->assigned = UINT64_MAX;
    worker->buffers = mem_alloc_zero(columns * sizeof *worker->buffers);
    worker->selected = mem_alloc_zero(columns * sizeof *worker->selected);
    worker->columns = mem_alloc_zero(columns * sizeof *worker->columns);
    worker->holds = mem_alloc_zero(scan->range_count * sizeof *worker->holds);
    worker->set_holds = mem_alloc_zero(scan->test_count * sizeof *worker->set_holds);
    expr_set_state_create(&worker->rest, &scan->rest);
  }
  operator_note_kernel(op, scan->truth_count ? "values to bits" : kernels()->name);
  return STATUS_OK;
}

static void scan_close(Operator *op) {
  ScanState *scan = op->state;
  if (!scan) return;
  for (uint32_t s = 0; scan->ready && s < op->plan->scan.set_count; s++)
    row_bits_clear(&scan->ready[s]);
  mem_free(scan->ready);
  for (uint32_t w = 0; scan->workers && w < op->worker_count; w++) {
    ScanWorker *worker = &scan->workers[w];
    for (uint32_t c = 0; c < op->plan->column_count; c++) {
      vector_buffer_clear(&worker->buffers[c]);
      vector_buffer_clear(&worker->selected[c]);
    }
    mem_free(worker->buffers);
    mem_free(worker->selected);
    mem_free(worker->columns);
    mem_free(worker->holds);
    mem_free(worker->set_holds);
    expr_set_state_clear(&worker->rest);
  }
  mem_free(scan->workers);
  mem_free(scan->ranges);
  mem_free(scan->rest_reads);
  mem_free(scan->null_asked);
  mem_free(scan->tests);
  for (uint32_t t = 0; t < scan->truth_count; t++) row_bits_clear(&scan->truths[t].bits);
  mem_free(scan->truths);
  mem_free(scan->block_order);
  expr_set_clear(&scan->rest);
  mem_free(scan);
}

// ---------------------------------------------------------------- blocks

static const Column *scan_column(const Operator *op, uint32_t position) {
  return op->plan->scan.table->columns[op->plan->scan.table_columns[position]];
}

bool scan_reads_row_number(const Operator *op, uint32_t position) {
  return op->plan->scan.table_columns[position] == SCAN_ROW_NUMBER;
}

static void row_numbers_read(uint64_t first, uint32_t count, VectorBuffer *buffer, Vector *v) {
  uint16_t *offsets = vector_buffer_reserve_rows(buffer, count, sizeof *offsets);
  for (uint32_t i = 0; i < count; i++) offsets[i] = (uint16_t)i;
  *v = (Vector){.type = TYPE_OF_INT,
                .physical = PHYSICAL_INT,
                .width = 2,
                .base = (int64_t)first,
                .data = offsets};
}

bool scan_reads_link(const Operator *op, uint32_t position) {
  return op->plan->scan.table->schema->columns[op->plan->scan.table_columns[position]].link;
}

// Whether a row of the block may be NULL; a link's 0 is.
static bool block_has_null(const Operator *op, uint32_t position, uint64_t block) {
  const Block *zone = scan_column(op, position)->blocks[block];
  return zone->null_count || (scan_reads_link(op, position) && zone->min <= 0);
}

// Where the bit of a value stands; unsigned, as a difference may not fit.
static uint64_t set_place(const SetTest *test, int64_t value) {
  return (uint64_t)value - (uint64_t)test->min;
}

// Whether a row of the block may be in the set; *holds: all are.
static bool block_meets_set(const Block *zone, const SetTest *test, bool *holds) {
  *holds = false;
  if (zone->null_count && test->null_passes) return true;
  if (zone->min > zone->max) return false;
  uint64_t from = set_place(test, zone->min), to = set_place(test, zone->max) + 1;
  *holds = !zone->null_count && row_bits_all(test->bits, from, to);
  return *holds || row_bits_any(test->bits, from, to);
}

// Whether the zone maps let a row of the block pass; notes the tests that hold for all rows.
static bool block_may_pass(const Operator *op, const ScanState *scan, uint64_t block,
                           ScanWorker *worker) {
  if (scan->own && !row_bits_any(scan->own, block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS))
    return false;
  for (uint32_t t = 0; t < scan->test_count; t++) {
    const Block *zone = scan_column(op, scan->tests[t].column)->blocks[block];
    if (!block_meets_set(zone, &scan->tests[t], &worker->set_holds[t])) return false;
  }
  for (uint32_t c = 0; c < op->plan->column_count; c++)
    if (scan->null_asked[c] && !block_has_null(op, c, block)) return false;
  for (uint32_t r = 0; r < scan->range_count; r++) {
    const Range *range = &scan->ranges[r];
    const Block *zone = scan_column(op, range->column)->blocks[block];
    IntRange in = range->values;
    if (zone->min > zone->max || zone->min > in.high || zone->max < in.low) return false;
    worker->holds[r] = !zone->null_count && in.low <= zone->min && zone->max <= in.high;
  }
  return true;
}

// Of a block's values the least or greatest, whichever is the best, turned so that less is better.
static int64_t block_rank(const Operator *op, const ScanState *scan, uint64_t block) {
  const Block *zone = scan_column(op, scan->bound_column)->blocks[block];
  bool descending = scan->bound->descending;
  if (zone->min > zone->max) return INT64_MAX; // NULLs alone
  return descending ? ~zone->max : zone->min;
}

typedef struct RankedBlock {
  int64_t rank;
  uint64_t block;
} RankedBlock;

static int ranked_compare(const void *a, const void *b) {
  const RankedBlock *x = a, *y = b;
  if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
  return x->block < y->block ? -1 : 1;
}

void scan_take_bound(Operator *op, uint32_t column, const RowBound *bound) {
  ScanState *scan = op->state;
  const PlanColumn *known = &op->columns[column];
  if (scan_reads_row_number(op, column) || scan_reads_link(op, column) || known->dictionary ||
      type_physical(known->type) != PHYSICAL_INT)
    return;
  scan->bound = bound;
  scan->bound_column = column;
  RankedBlock *ranked = mem_alloc(scan->block_count * sizeof *ranked);
  for (uint64_t b = 0; b < scan->block_count; b++)
    ranked[b] = (RankedBlock){block_rank(op, scan, b), b};
  qsort(ranked, scan->block_count, sizeof *ranked, ranked_compare);
  scan->block_order = mem_alloc(scan->block_count * sizeof *scan->block_order);
  for (uint64_t b = 0; b < scan->block_count; b++) scan->block_order[b] = ranked[b].block;
  mem_free(ranked);
}

// Whether a row of the block may be not beyond the bound.
static bool block_may_be_best(const Operator *op, const ScanState *scan, uint64_t block) {
  if (!scan->bound) return true;
  const Block *zone = scan_column(op, scan->bound_column)->blocks[block];
  if (zone->null_count && scan->bound->nulls_pass) return true;
  IntRange range = row_bound_range(scan->bound);
  if (range.low == INT64_MIN && range.high == INT64_MAX) return true;
  return zone->min <= zone->max && zone->min <= range.high && zone->max >= range.low;
}

uint64_t scan_assign_blocks(Operator *op) {
  ScanState *scan = op->state;
  scan->assigns = true;
  return scan->block_count;
}

void scan_assign_block(Operator *op, uint32_t worker, uint64_t block) {
  ((ScanState *)op->state)->workers[worker].assigned = block;
}

// The next block that nobody has, or the one that the worker was assigned.
static uint64_t block_take(ScanState *scan, ScanWorker *worker) {
  if (!scan->assigns) return atomic_fetch_add(&scan->next_block, 1);
  uint64_t block = worker->assigned;
  worker->assigned = UINT64_MAX;
  return block;
}

static bool scan_next_block(Operator *op, ScanState *scan, ScanWorker *worker) {
  for (;;) {
    uint64_t block = block_take(scan, worker);
    if (block >= scan->block_count) return false;
    if (scan->block_order) block = scan->block_order[block];
    if (block_may_be_best(op, scan, block) && block_may_pass(op, scan, block, worker)) {
      worker->block = block;
      worker->offset = 0;
      return true;
    }
    operator_note_read(op, 0, 0, 0, 1);
  }
}

static uint64_t vector_bytes(const Vector *v, uint32_t count) {
  size_t width = v->physical == PHYSICAL_INT ? v->width : physical_bytes((Physical)v->physical);
  return v->constant ? 0 : (uint64_t)width * count;
}

static uint64_t scan_read(const Operator *op, ScanWorker *worker, uint32_t position,
                          uint32_t count) {
  Vector *v = &worker->columns[position];
  if (v->data) return 0;
  if (scan_reads_row_number(op, position)) {
    row_numbers_read(worker->block * BLOCK_ROWS + worker->offset, count, &worker->buffers[position],
                     v);
    return 0;
  }
  column_read(scan_column(op, position), worker->block * BLOCK_ROWS + worker->offset, count,
              &worker->buffers[position], v);
  bool has_zeros = scan_column(op, position)->blocks[worker->block]->min <= 0;
  if (has_zeros && scan_reads_link(op, position))
    vector_hide_zeros(v, count, &worker->buffers[position]);
  return vector_bytes(v, count);
}

static bool value_is_in(const SetTest *test, const Vector *v, uint32_t row) {
  if (!vector_is_valid(v, row)) return test->null_passes; // what stands there may be anything
  return bits_get(test->bits->words, (size_t)set_place(test, vector_int(v, row)));
}

// mask &= the value in v is in the set.
static void set_apply(const SetTest *test, const Vector *v, uint32_t count, uint8_t *mask) {
  if (v->validity)
    for (uint32_t i = 0; i < count; i++) mask[i] &= value_is_in(test, v, i);
  else if (!v->constant)
    kernels()->bits_mask[kernel_width_index(v->width)](
        v->data, count, (int64_t)set_place(test, v->base), test->bits->words, test->bits->row_count,
        mask);
  else if (!value_is_in(test, v, 0))
    memset(mask, 0, count);
}

static void mask_hidden(const Table *table, uint64_t row, uint32_t count, uint8_t *mask) {
  const uint64_t *hidden = table->hidden + row / 64;
  for (uint32_t i = 0; i < count; i++) mask[i] &= !bits_get(hidden, i);
}

// The same of rows[0 .. count-1] alone; returns how many are left.
static uint32_t set_apply_rows(const SetTest *test, const Vector *v, uint16_t *rows,
                               uint32_t count) {
  if (!v->validity && !v->constant)
    return kernels()->bits_rows[kernel_width_index(v->width)](
        v->data, (int64_t)set_place(test, v->base), test->bits->words, rows, count);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint16_t row = rows[i];
    rows[kept] = row;
    kept += value_is_in(test, v, row);
  }
  return kept;
}

// The rows of a vector that are left: a byte each, or, once they are few, their numbers.
typedef struct Passing {
  uint32_t count; // rows of the vector
  bool some_drop; // else all pass, and nothing below is set
  bool listed;
  uint8_t mask[VECTOR_ROWS + 8];
  uint16_t rows[VECTOR_ROWS + KERNEL_ROWS_PADDING]; // [row_count], if listed
  uint32_t row_count;
} Passing;

// Below so small a share the rows that are left are tested one by one: 1 / divisor.
static uint32_t listed_divisor(const SetTest *test) {
  return test->quick ? 16 : 3;
}

static void passing_list(Passing *passing) {
  passing->row_count = kernels()->mask_to_rows(passing->mask, passing->count, passing->rows);
  passing->listed = true;
}

static void passing_mask(Passing *passing) {
  if (!passing->listed) return;
  memset(passing->mask, 0, passing->count);
  for (uint32_t i = 0; i < passing->row_count; i++) passing->mask[passing->rows[i]] = 1;
  passing->listed = false;
}

static void pass_sets(const Operator *op, ScanState *scan, ScanWorker *worker, Passing *passing,
                      uint64_t *bytes) {
  for (uint32_t t = 0; t < scan->test_count; t++) {
    const SetTest *test = &scan->tests[t];
    if (worker->set_holds[t]) continue;
    if (passing->some_drop && !passing->listed) {
      passing_list(passing);
      if (passing->row_count > passing->count / listed_divisor(test)) passing->listed = false;
    }
    if (passing->listed && !passing->row_count) return;
    *bytes += scan_read(op, worker, test->column, passing->count);
    const Vector *v = &worker->columns[test->column];
    if (passing->listed)
      passing->row_count = set_apply_rows(test, v, passing->rows, passing->row_count);
    else
      set_apply(test, v, passing->count, passing->mask);
    passing->some_drop = true;
  }
}

// The range test of listed rows alone; returns how many are left.
static uint32_t range_apply_rows(IntRange range, const Vector *v, uint16_t *rows, uint32_t count) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint16_t row = rows[i];
    int64_t value = vector_int(v, row);
    rows[kept] = row;
    kept += value >= range.low && value <= range.high && vector_is_valid(v, row);
  }
  return kept;
}

static void pass_ranges(Operator *op, ScanState *scan, ScanWorker *worker, Passing *passing,
                        uint64_t *bytes) {
  for (uint32_t r = 0; r < scan->range_count; r++) {
    if (worker->holds[r]) continue;
    if (passing->listed && !passing->row_count) return;
    const Range *range = &scan->ranges[r];
    *bytes += scan_read(op, worker, range->column, passing->count);
    const Vector *v = &worker->columns[range->column];
    if (passing->listed)
      passing->row_count = range_apply_rows(range->values, v, passing->rows, passing->row_count);
    else
      int_range_apply(range->values, v, passing->count, passing->mask);
    passing->some_drop = true;
  }
}

// What is cheap to test comes first: the rows' own numbers, a set that drops most, packed ranges,
// other sets, expressions.
static Status scan_pass(Operator *op, ScanState *scan, ScanWorker *worker, Passing *passing,
                        uint64_t *bytes, Error *error) {
  const Table *table = op->plan->scan.table;
  uint64_t first = worker->block * BLOCK_ROWS + worker->offset;
  uint32_t count = passing->count;
  memset(passing->mask, 1, count);
  if (table->hidden && !op->plan->scan.with_hidden) {
    passing->some_drop = true;
    mask_hidden(table, first, count, passing->mask);
  }
  if (scan->own) {
    passing->some_drop = true;
    row_bits_mask(scan->own, first, count, passing->mask);
    if (!memchr(passing->mask, 1, count)) return STATUS_OK;
  }
  if (scan->set_first) {
    pass_sets(op, scan, worker, passing, bytes);
    if (!passing->listed) passing_list(passing);
  }
  pass_ranges(op, scan, worker, passing, bytes);
  if (scan->set_first && scan->bound) passing_mask(passing);
  if (scan->bound) {
    *bytes += scan_read(op, worker, scan->bound_column, count);
    passing->some_drop |=
        row_bound_apply(scan->bound, &worker->columns[scan->bound_column], count, passing->mask);
    if (passing->some_drop && !memchr(passing->mask, 1, count)) return STATUS_OK;
  }
  if (!scan->set_first) pass_sets(op, scan, worker, passing, bytes);
  if (!scan->rest.count) return STATUS_OK;
  passing_mask(passing);
  passing->some_drop = true;
  if (!memchr(passing->mask, 1, count)) return STATUS_OK;
  for (uint32_t c = 0; c < op->plan->column_count; c++)
    if (scan->rest_reads[c]) *bytes += scan_read(op, worker, c, count);
  Batch batch = {
      .row_count = count, .column_count = op->plan->column_count, .columns = worker->columns};
  for (uint32_t e = 0; e < scan->rest.count; e++)
    TRY(expr_eval_mask(worker->rest.states[e], &batch, passing->mask, error));
  return STATUS_OK;
}

// One vector of the block under way; row_count 0: no row of it passed.
static Status scan_vector(Operator *op, ScanState *scan, ScanWorker *worker, uint32_t count,
                          Batch *out, Error *error) {
  Passing passing;
  passing.count = count;
  passing.some_drop = passing.listed = false;
  uint64_t bytes = 0;
  for (uint32_t c = 0; c < op->plan->column_count; c++) worker->columns[c].data = NULL;
  TRY(scan_pass(op, scan, worker, &passing, &bytes, error));
  if (passing.some_drop && !passing.listed) passing_list(&passing);
  uint32_t passed = passing.some_drop ? passing.row_count : count;
  for (uint32_t c = 0; passed && c < op->plan->column_count; c++) {
    if (operator_unread(op, c)) {
      operator_give_null(op, c, &worker->selected[c], &worker->columns[c]);
      continue;
    }
    bytes += scan_read(op, worker, c, count);
    Vector whole = worker->columns[c];
    if (passed < count)
      vector_select(&whole, passing.rows, passed, &worker->selected[c], &worker->columns[c]);
  }
  operator_note_read(op, count, bytes, worker->offset == 0, 0);
  *out = (Batch){
      .row_count = passed, .column_count = op->plan->column_count, .columns = worker->columns};
  return STATUS_OK;
}

static Status scan_next(Operator *op, uint32_t w, Batch *out, Error *error) {
  ScanState *scan = op->state;
  ScanWorker *worker = &scan->workers[w];
  for (;;) {
    if (worker->block == UINT64_MAX && !scan_next_block(op, scan, worker)) return STATUS_OK;
    uint64_t left = op->plan->scan.table->row_count - worker->block * BLOCK_ROWS;
    uint32_t rows = left < BLOCK_ROWS ? (uint32_t)left : BLOCK_ROWS;
    uint32_t count = rows - worker->offset < VECTOR_ROWS ? rows - worker->offset : VECTOR_ROWS;
    TRY(scan_vector(op, scan, worker, count, out, error));
    worker->offset += count;
    if (worker->offset == rows) worker->block = UINT64_MAX;
    if (out->row_count) return STATUS_OK;
  }
}

const OperatorClass operator_scan = {scan_open, scan_next, scan_close};
