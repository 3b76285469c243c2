// Scanning a table: blocks are morsels; zone maps skip them; predicates run on packed values.
//
// A conjunct "column in a range" (=, <, <=, >, >=, BETWEEN is two of them, and = or ranges of
// strings through sorted codes) becomes a Range in the column's integer domain. For each block it
// is compared with minimum and maximum (skip, or known to hold for all rows), else with the packed
// values in the block's own domain. Other conjuncts are evaluated as expressions on what is left.
// Only then are the other columns read, and only for the rows that passed.
//
// Sets of rows (ROWSET inputs) are tests of a bit: of the scanned rows' own numbers, before
// anything is read, or of a link's. A block none of whose rows, or whose link's minimum to maximum,
// has a member is skipped. Sets that were there before the query (Plan.scan.sets) are copied, so
// that sets of one column can meet.
#include "kernel.h"
#include "operator.h"
#include "row_bits.h"
#include <assert.h>
#include <stdatomic.h>

typedef struct Range { // low <= value <= high; NULL never passes
  uint32_t column;     // output position
  int64_t low, high;
} Range;

typedef struct LinkTest { // the row number in `column` is in the set
  uint32_t column;        // output position
  const RowBits *bits;
} LinkTest;

typedef struct ScanWorker {
  uint64_t block;         // under way; UINT64_MAX: none
  uint32_t offset;        // next row in it
  VectorBuffer *buffers;  // [column_count] as read
  VectorBuffer *selected; // [column_count] compacted
  Vector *columns;
  ExprSetState rest;
  bool *holds; // [range_count] the block's every row passes
} ScanWorker;

typedef struct ScanState {
  Range *ranges;
  uint32_t range_count;
  const RowBits *own; // rows of the table that may pass; NULL: all
  LinkTest *links;
  uint32_t link_count;
  RowBits *ready;   // [set_count] copies of the sets that were there before
  bool *null_asked; // [column_count] a conjunct asks that it be NULL
  ExprSet rest;     // conjuncts that are no ranges
  bool *rest_reads; // [column_count] read by them
  bool never;       // a conjunct that no row can pass
  uint64_t block_count;
  _Atomic uint64_t next_block;
  ScanWorker *workers;
} ScanState;

// ---------------------------------------------------------------- predicates to ranges

// The column and constant of "column op constant" or "constant op column" (then *flipped).
static bool comparison_parts(const Expr *expr, const Expr **column, const Value **constant,
                             bool *flipped) {
  if (expr->kind != EXPR_CALL || expr->function < FUNCTION_EQUAL ||
      expr->function > FUNCTION_GREATER_EQUAL || expr->function == FUNCTION_NOT_EQUAL)
    return false;
  const Expr *a = expr->args[0], *b = expr->args[1];
  *flipped = a->kind == EXPR_CONSTANT;
  *column = *flipped ? b : a;
  const Expr *other = *flipped ? a : b;
  if ((*column)->kind != EXPR_COLUMN || other->kind != EXPR_CONSTANT) return false;
  *constant = &other->value;
  return true;
}

// Integers i for which "i function value" holds; false when the range is empty.
static bool range_of_int(FunctionId function, int64_t value, Range *range) {
  range->low = INT64_MIN;
  range->high = INT64_MAX;
  switch (function) {
  case FUNCTION_EQUAL:
    range->low = range->high = value;
    return true;
  case FUNCTION_LESS:
    if (value == INT64_MIN) return false;
    range->high = value - 1;
    return true;
  case FUNCTION_LESS_EQUAL:
    range->high = value;
    return true;
  case FUNCTION_GREATER:
    if (value == INT64_MAX) return false;
    range->low = value + 1;
    return true;
  default:
    range->low = value;
    return true;
  }
}

// Codes for which the comparison with a string holds. *possible: as a range at all.
static bool range_of_text(FunctionId function, Str text, const Dictionary *dictionary, Range *range,
                          bool *possible) {
  uint32_t code = dictionary_find(dictionary, text);
  *possible = true;
  if (function == FUNCTION_EQUAL)
    return code != DICTIONARY_NONE && range_of_int(FUNCTION_EQUAL, code, range);
  if (dictionary->sorted_count < dictionary->count) return *possible = false, true;
  int64_t at = dictionary_lower_bound(dictionary, text); // strings before it are less
  bool present = code != DICTIONARY_NONE;
  switch (function) {
  case FUNCTION_LESS:
    return range_of_int(FUNCTION_LESS, at, range);
  case FUNCTION_LESS_EQUAL:
    return range_of_int(FUNCTION_LESS, at + present, range);
  case FUNCTION_GREATER:
    return range_of_int(FUNCTION_GREATER_EQUAL, at + present, range);
  default:
    return range_of_int(FUNCTION_GREATER_EQUAL, at, range);
  }
}

typedef enum Conjunct { CONJUNCT_RANGE, CONJUNCT_NEVER, CONJUNCT_OTHER } Conjunct;

static Conjunct conjunct_classify(const Operator *op, const Expr *expr, Range *range) {
  const Expr *column;
  const Value *constant;
  bool flipped, possible = true;
  if (!comparison_parts(expr, &column, &constant, &flipped)) return CONJUNCT_OTHER;
  if (constant->is_null) return CONJUNCT_NEVER;
  const PlanColumn *known = &op->columns[column->column];
  FunctionId function = flipped ? expr_comparison_flip(expr->function) : expr->function;
  range->column = column->column;
  bool some;
  if (known->type.kind == TYPE_STRING) {
    if (!known->dictionary) return CONJUNCT_OTHER;
    some = range_of_text(function, constant->s, known->dictionary, range, &possible);
  } else {
    if (type_physical(known->type) != PHYSICAL_INT) return CONJUNCT_OTHER;
    some = range_of_int(function, constant->i, range);
  }
  if (!possible) return CONJUNCT_OTHER;
  return some ? CONJUNCT_RANGE : CONJUNCT_NEVER;
}

static void mark_column(void *context, const Expr *column) {
  ((bool *)context)[column->column] = true;
}

// Ranges of one column meet.
static void scan_add_range(ScanState *scan, Range range) {
  for (uint32_t r = 0; r < scan->range_count; r++) {
    Range *old = &scan->ranges[r];
    if (old->column != range.column) continue;
    if (range.low > old->low) old->low = range.low;
    if (range.high < old->high) old->high = range.high;
    if (old->low > old->high) scan->never = true;
    return;
  }
  scan->ranges[scan->range_count++] = range;
}

// A column IS NULL.
static bool asks_null(const Expr *expr) {
  return expr->kind == EXPR_IS_NULL && expr->args[0]->kind == EXPR_COLUMN;
}

static void scan_split_predicate(Operator *op, ScanState *scan) {
  Expr *predicate = op->plan->scan.predicate;
  if (!predicate) return;
  bool conjunction = predicate->kind == EXPR_AND;
  Expr **conjuncts = conjunction ? predicate->args : &predicate;
  uint32_t count = conjunction ? predicate->arg_count : 1, rest_count = 0;
  Expr **rest = mem_alloc(count * sizeof *rest);
  scan->ranges = mem_alloc(count * sizeof *scan->ranges);
  for (uint32_t i = 0; i < count; i++) {
    Range range = {0};
    switch (conjunct_classify(op, conjuncts[i], &range)) {
    case CONJUNCT_RANGE:
      scan_add_range(scan, range);
      break;
    case CONJUNCT_NEVER:
      scan->never = true;
      break;
    case CONJUNCT_OTHER:
      rest[rest_count++] = conjuncts[i];
      if (asks_null(conjuncts[i])) scan->null_asked[conjuncts[i]->args[0]->column] = true;
      expr_visit_columns(conjuncts[i], mark_column, scan->rest_reads);
    }
  }
  expr_set_create(&scan->rest, rest, rest_count, op);
  mem_free(rest);
}

// ---------------------------------------------------------------- sets of rows

// Sets that are tested on the same row numbers meet in the first of them.
static void scan_take_set(ScanState *scan, uint32_t tested, RowBits *bits) {
  RowBits *first = NULL;
  if (tested == ROWSET_OWN_ROW) first = (RowBits *)scan->own;
  for (uint32_t l = 0; l < scan->link_count; l++)
    if (scan->links[l].column == tested) first = (RowBits *)scan->links[l].bits;
  if (first)
    row_bits_intersect(first, bits);
  else if (tested == ROWSET_OWN_ROW)
    scan->own = bits;
  else
    scan->links[scan->link_count++] = (LinkTest){tested, bits};
}

static Status scan_copy_set(Operator *op, const ScanSet *set, RowBits *copy, Error *error) {
  const RowBits *bits = &set->set->bits;
  TRY(row_bits_init(copy, bits->row_count, &op->execution->job->memory, error));
  if (!bits->row_count) return STATUS_OK;
  memcpy(copy->words, bits->words, bits_words(bits->row_count) * sizeof *bits->words);
  if (!set->negated) return STATUS_OK;
  row_bits_invert(copy);
  bits_clear(copy->words, 0);
  return STATUS_OK;
}

static Status scan_take_sets(Operator *op, ScanState *scan, Error *error) {
  uint32_t count = op->plan->scan.set_count;
  for (Operator *set = op->inputs[0]; set; set = set->inputs[1]) count++;
  scan->links = mem_alloc(count * sizeof *scan->links);
  for (Operator *set = op->inputs[0]; set; set = set->inputs[1])
    scan_take_set(scan, set->plan->rowset.tested, rowset_operator_bits(set));
  scan->ready = mem_alloc_zero(op->plan->scan.set_count * sizeof *scan->ready);
  for (uint32_t s = 0; s < op->plan->scan.set_count; s++) {
    const ScanSet *set = &op->plan->scan.sets[s];
    TRY(scan_copy_set(op, set, &scan->ready[s], error));
    scan_take_set(scan, set->tested, &scan->ready[s]);
  }
  return STATUS_OK;
}

static Status scan_open(Operator *op, Error *error) {
  uint32_t columns = op->plan->column_count;
  ScanState *scan = op->state = mem_alloc_zero(sizeof *scan);
  scan->rest_reads = mem_alloc_zero(columns * sizeof *scan->rest_reads);
  scan->null_asked = mem_alloc_zero(columns * sizeof *scan->null_asked);
  TRY(scan_take_sets(op, scan, error));
  scan_split_predicate(op, scan);
  scan->block_count = (op->plan->scan.table->row_count + BLOCK_ROWS - 1) / BLOCK_ROWS;
  if (scan->never) scan->block_count = 0;
  scan->workers = mem_alloc_zero(op->worker_count * sizeof *scan->workers);
  for (uint32_t w = 0; w < op->worker_count; w++) {
    ScanWorker *worker = &scan->workers[w];
    worker->block = UINT64_MAX;
    worker->buffers = mem_alloc_zero(columns * sizeof *worker->buffers);
    worker->selected = mem_alloc_zero(columns * sizeof *worker->selected);
    worker->columns = mem_alloc_zero(columns * sizeof *worker->columns);
    worker->holds = mem_alloc_zero(scan->range_count * sizeof *worker->holds);
    expr_set_state_create(&worker->rest, &scan->rest);
  }
  operator_note_kernel(op, kernels()->name);
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
    expr_set_state_clear(&worker->rest);
  }
  mem_free(scan->workers);
  mem_free(scan->ranges);
  mem_free(scan->rest_reads);
  mem_free(scan->null_asked);
  mem_free(scan->links);
  expr_set_clear(&scan->rest);
  mem_free(scan);
}

// ---------------------------------------------------------------- blocks

static const Column *scan_column(const Operator *op, uint32_t position) {
  return op->plan->scan.table->columns[op->plan->scan.table_columns[position]];
}

static bool scan_reads_link(const Operator *op, uint32_t position) {
  return op->plan->scan.table->schema->columns[op->plan->scan.table_columns[position]].link;
}

// Whether a row of the block may be NULL; a link's 0 is.
static bool block_has_null(const Operator *op, uint32_t position, uint64_t block) {
  const Block *zone = scan_column(op, position)->blocks[block];
  return zone->null_count || (scan_reads_link(op, position) && zone->min <= 0);
}

// Whether the zone maps let a row of the block pass; notes the ranges that hold for all rows.
static bool block_may_pass(const Operator *op, const ScanState *scan, uint64_t block, bool *holds) {
  if (scan->own && !row_bits_any(scan->own, block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS))
    return false;
  for (uint32_t l = 0; l < scan->link_count; l++) {
    const Block *zone = scan_column(op, scan->links[l].column)->blocks[block];
    const RowBits *bits = scan->links[l].bits;
    bool null_passes = zone->null_count && row_bits_any(bits, 0, 1);
    if (!null_passes && (zone->min > zone->max ||
                         !row_bits_any(bits, (uint64_t)zone->min, (uint64_t)zone->max + 1)))
      return false;
  }
  for (uint32_t c = 0; c < op->plan->column_count; c++)
    if (scan->null_asked[c] && !block_has_null(op, c, block)) return false;
  for (uint32_t r = 0; r < scan->range_count; r++) {
    const Range *range = &scan->ranges[r];
    const Block *zone = scan_column(op, range->column)->blocks[block];
    if (zone->min > zone->max || zone->min > range->high || zone->max < range->low) return false;
    holds[r] = !zone->null_count && range->low <= zone->min && zone->max <= range->high;
  }
  return true;
}

static bool scan_next_block(Operator *op, ScanState *scan, ScanWorker *worker) {
  for (;;) {
    uint64_t block = atomic_fetch_add(&scan->next_block, 1);
    if (block >= scan->block_count) return false;
    if (block_may_pass(op, scan, block, worker->holds)) {
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
  column_read(scan_column(op, position), worker->block * BLOCK_ROWS + worker->offset, count,
              &worker->buffers[position], v);
  if (scan_reads_link(op, position)) vector_hide_zeros(v, count, &worker->buffers[position]);
  return vector_bytes(v, count);
}

// mask &= low <= v <= high, in the packed domain.
static void range_apply(const Range *range, const Vector *v, uint32_t count, uint8_t *mask) {
  static const int64_t width_max[] = {UINT8_MAX, UINT16_MAX, UINT32_MAX, INT64_MAX};
  unsigned w = kernel_width_index(v->width);
  int64_t low = range->low, high = range->high;
  bool none = false;
  if (v->constant) {
    int64_t value = vector_int(v, 0);
    none = value < low || value > high;
  } else {
    if (v->width < 8) { // shift into offsets from the base, clamped to the width
      int64_t top;      // the base may be near the end of int64: the values still end there
      if (__builtin_add_overflow(v->base, width_max[w], &top)) top = INT64_MAX;
      none = high < v->base || low > top;
      low = low < v->base ? 0 : (int64_t)((uint64_t)low - (uint64_t)v->base);
      high = high > top ? width_max[w] : (int64_t)((uint64_t)high - (uint64_t)v->base);
    }
    if (!none) kernels()->range_mask[w](v->data, count, low, high, mask);
  }
  if (none) memset(mask, 0, count);
  if (v->validity)
    for (uint32_t i = 0; i < count; i++) mask[i] &= vector_is_valid(v, i);
}

// mask &= the row number in v is in the set; a NULL is row 0, an absent key.
static void link_apply(const LinkTest *test, const Vector *v, uint32_t count, uint8_t *mask) {
  const uint64_t *words = test->bits->words;
  if (v->validity) // what stands where a NULL is may be anything
    for (uint32_t i = 0; i < count; i++)
      mask[i] &= bits_get(words, vector_is_valid(v, i) ? (size_t)vector_int(v, i) : 0);
  else if (!v->constant)
    kernels()->bits_mask[kernel_width_index(v->width)](v->data, count, v->base, words, mask);
  else if (!bits_get(words, (size_t)vector_int(v, 0)))
    memset(mask, 0, count);
}

static void mask_hidden(const Table *table, uint64_t row, uint32_t count, uint8_t *mask) {
  const uint64_t *hidden = table->hidden + row / 64;
  for (uint32_t i = 0; i < count; i++) mask[i] &= !bits_get(hidden, i);
}

// Fills mask with the rows of the vector that pass; false when all do (mask is not set then).
static Status scan_mask(Operator *op, ScanState *scan, ScanWorker *worker, uint32_t count,
                        uint8_t *mask, bool *filtered, uint64_t *bytes, Error *error) {
  const Table *table = op->plan->scan.table;
  *filtered = false;
  memset(mask, 1, count);
  if (table->hidden && !op->plan->scan.with_hidden) {
    *filtered = true;
    mask_hidden(table, worker->block * BLOCK_ROWS + worker->offset, count, mask);
  }
  if (scan->own) {
    *filtered = true;
    row_bits_mask(scan->own, worker->block * BLOCK_ROWS + worker->offset, count, mask);
    if (!memchr(mask, 1, count)) return STATUS_OK;
  }
  for (uint32_t r = 0; r < scan->range_count; r++) {
    if (worker->holds[r]) continue;
    *filtered = true;
    *bytes += scan_read(op, worker, scan->ranges[r].column, count);
    range_apply(&scan->ranges[r], &worker->columns[scan->ranges[r].column], count, mask);
  }
  for (uint32_t l = 0; l < scan->link_count; l++) {
    *filtered = true;
    *bytes += scan_read(op, worker, scan->links[l].column, count);
    link_apply(&scan->links[l], &worker->columns[scan->links[l].column], count, mask);
  }
  if (!scan->rest.count) return STATUS_OK;
  *filtered = true;
  if (!memchr(mask, 1, count)) return STATUS_OK;
  for (uint32_t c = 0; c < op->plan->column_count; c++)
    if (scan->rest_reads[c]) *bytes += scan_read(op, worker, c, count);
  Batch batch = {
      .row_count = count, .column_count = op->plan->column_count, .columns = worker->columns};
  for (uint32_t e = 0; e < scan->rest.count; e++)
    TRY(expr_eval_mask(worker->rest.states[e], &batch, mask, error));
  return STATUS_OK;
}

// One vector of the block under way; row_count 0: no row of it passed.
static Status scan_vector(Operator *op, ScanState *scan, ScanWorker *worker, uint32_t count,
                          Batch *out, Error *error) {
  uint8_t mask[VECTOR_ROWS + 8];
  uint16_t rows[VECTOR_ROWS + 8];
  uint64_t bytes = 0;
  bool filtered;
  for (uint32_t c = 0; c < op->plan->column_count; c++) worker->columns[c].data = NULL;
  TRY(scan_mask(op, scan, worker, count, mask, &filtered, &bytes, error));
  uint32_t passed = filtered ? kernels()->mask_to_rows(mask, count, rows) : count;
  for (uint32_t c = 0; passed && c < op->plan->column_count; c++) {
    bytes += scan_read(op, worker, c, count);
    Vector whole = worker->columns[c];
    if (passed < count)
      vector_select(&whole, rows, passed, &worker->selected[c], &worker->columns[c]);
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
