// What a scan tests, made ready: ranges from its predicate, sets of rows. See op_scan.c.
#include "kernel.h"
#include "op_scan.h"

// ---------------------------------------------------------------- predicates to ranges

// Codes for which the comparison with a string holds. *possible: as a range at all.
static bool range_of_text(FunctionId function, Str text, const Dictionary *dictionary,
                          IntRange *range, bool *possible) {
  uint32_t code = dictionary_find(dictionary, text);
  *possible = true;
  if (function == FUNCTION_EQUAL)
    return code != DICTIONARY_NONE && int_range_of(FUNCTION_EQUAL, code, range);
  if (dictionary->sorted_count < dictionary->count) return *possible = false, true;
  int64_t at = dictionary_lower_bound(dictionary, text); // strings before it are less
  bool present = code != DICTIONARY_NONE;
  switch (function) {
  case FUNCTION_LESS:
    return int_range_of(FUNCTION_LESS, at, range);
  case FUNCTION_LESS_EQUAL:
    return int_range_of(FUNCTION_LESS, at + present, range);
  case FUNCTION_GREATER:
    return int_range_of(FUNCTION_GREATER_EQUAL, at + present, range);
  default:
    return int_range_of(FUNCTION_GREATER_EQUAL, at, range);
  }
}

// A column IS NULL.
static bool asks_null(const Expr *expr) {
  return expr->kind == EXPR_IS_NULL && expr->args[0]->kind == EXPR_COLUMN;
}

typedef enum Conjunct { CONJUNCT_RANGE, CONJUNCT_NEVER, CONJUNCT_OTHER } Conjunct;

// NOT (a column IS NULL): any value at all, but for a link's 0.
static bool asks_value(const Operator *op, const Expr *expr, Range *range) {
  if (expr->kind != EXPR_NOT || !asks_null(expr->args[0])) return false;
  range->column = expr->args[0]->args[0]->column;
  const PlanColumn *known = &op->columns[range->column];
  bool ints = known->type.kind == TYPE_STRING ? known->dictionary != NULL
                                              : type_physical(known->type) == PHYSICAL_INT;
  if (!ints || scan_reads_row_number(op, range->column)) return false;
  range->values = (IntRange){scan_reads_link(op, range->column) ? 1 : INT64_MIN, INT64_MAX};
  return true;
}

static Conjunct conjunct_classify(const Operator *op, const Expr *expr, Range *range) {
  const Expr *column;
  const Value *constant;
  FunctionId function;
  bool possible = true;
  if (asks_value(op, expr, range)) return CONJUNCT_RANGE;
  if (!comparison_of_constant(expr, &column, &constant, &function)) return CONJUNCT_OTHER;
  if (constant->is_null) return CONJUNCT_NEVER;
  const PlanColumn *known = &op->columns[column->column];
  range->column = column->column;
  bool some;
  if (known->type.kind == TYPE_STRING) {
    if (!known->dictionary) return CONJUNCT_OTHER;
    some = range_of_text(function, constant->s, known->dictionary, &range->values, &possible);
  } else {
    if (type_physical(known->type) != PHYSICAL_INT) return CONJUNCT_OTHER;
    some = int_range_of(function, constant->i, &range->values);
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
    IntRange *old = &scan->ranges[r].values;
    if (scan->ranges[r].column != range.column) continue;
    if (range.values.low > old->low) old->low = range.values.low;
    if (range.values.high < old->high) old->high = range.values.high;
    if (old->low > old->high) scan->never = true;
    return;
  }
  scan->ranges[scan->range_count++] = range;
}

// Truths of one column meet.
static void scan_add_truths(ScanState *scan, ExprTruths truths) {
  for (uint32_t t = 0; t < scan->truth_count; t++) {
    ExprTruths *old = &scan->truths[t];
    if (old->position != truths.position) continue;
    row_bits_intersect(&old->bits, &truths.bits);
    old->null_passes &= truths.null_passes;
    row_bits_clear(&truths.bits);
    return;
  }
  scan->truths[scan->truth_count++] = truths;
}

// A link's row 0 is a NULL.
static void link_truths(ExprTruths *truths) {
  uint64_t zero = -(uint64_t)truths->min;
  if (truths->min > 0 || zero >= truths->bits.row_count) return;
  if (truths->null_passes)
    bits_set(truths->bits.words, zero);
  else
    bits_clear(truths->bits.words, zero);
}

// A conjunct that is no range: a set of a column's values, where these are much fewer than the
// table's rows, or *rest.
static Status scan_take_conjunct(Operator *op, ScanState *scan, Expr *conjunct, bool *rest,
                                 Error *error) {
  uint64_t value_max = op->plan->scan.table->row_count / 4;
  ExprTruths truths;
  bool found;
  if (asks_null(conjunct)) scan->null_asked[conjunct->args[0]->column] = true;
  TRY(expr_truths_find(conjunct, op->columns, op->plan->column_count, value_max, op->execution->job,
                       &found, &truths, error));
  if (found && scan_reads_row_number(op, truths.position)) {
    row_bits_clear(&truths.bits);
    found = false;
  }
  if (found && scan_reads_link(op, truths.position)) link_truths(&truths);
  if (found) scan_add_truths(scan, truths);
  *rest = !found;
  if (!found) expr_visit_columns(conjunct, mark_column, scan->rest_reads);
  return STATUS_OK;
}

Status scan_split_predicate(Operator *op, ScanState *scan, Error *error) {
  Expr *predicate = op->plan->scan.predicate;
  if (!predicate) return STATUS_OK;
  bool conjunction = predicate->kind == EXPR_AND;
  Expr **conjuncts = conjunction ? predicate->args : &predicate;
  uint32_t count = conjunction ? predicate->arg_count : 1, rest_count = 0;
  Expr **rest = mem_alloc(count * sizeof *rest);
  scan->ranges = mem_alloc(count * sizeof *scan->ranges);
  scan->truths = mem_alloc(count * sizeof *scan->truths);
  Status status = STATUS_OK;
  for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
    Range range = {0};
    bool is_rest = false;
    switch (conjunct_classify(op, conjuncts[i], &range)) {
    case CONJUNCT_RANGE:
      scan_add_range(scan, range);
      break;
    case CONJUNCT_NEVER:
      scan->never = true;
      break;
    case CONJUNCT_OTHER:
      status = scan_take_conjunct(op, scan, conjuncts[i], &is_rest, error);
      if (is_rest) rest[rest_count++] = conjuncts[i];
    }
  }
  expr_set_create(&scan->rest, rest, rest_count, op);
  mem_free(rest);
  return status;
}

// ---------------------------------------------------------------- sets of rows

// Sets that are tested on the same row numbers meet in the first of them. A NULL is row 0, an
// absent key.
static void scan_take_set(ScanState *scan, uint32_t tested, RowBits *bits) {
  RowBits *first = NULL;
  if (tested == ROWSET_OWN_ROW) first = (RowBits *)scan->own;
  for (uint32_t t = 0; t < scan->test_count; t++)
    if (scan->tests[t].column == tested) first = (RowBits *)scan->tests[t].bits;
  if (first)
    row_bits_intersect(first, bits);
  else if (tested == ROWSET_OWN_ROW)
    scan->own = bits;
  else
    scan->tests[scan->test_count++] = (SetTest){.column = tested, .bits = bits};
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

// Of independent tests the one that costs least for each row it drops comes first. The costs are
// measured, a row: 0.05 ns in registers, 0.3 ns through memory.
static double test_rank(const SetTest *test) {
  const RowBits *bits = test->bits;
  double share = bits->row_count ? (double)row_bits_count(bits) / (double)bits->row_count : 0;
  return (test->quick ? 1.0 : 6.0) / (1.0 - share + 1e-9);
}

#define SET_FIRST_DIVISOR 4 // where it keeps at most so small a share

static bool set_drops_most(const SetTest *test) {
  return test->quick && row_bits_count(test->bits) <= test->bits->row_count / SET_FIRST_DIVISOR;
}

static void scan_add_truth_tests(ScanState *scan) {
  for (uint32_t t = 0; t < scan->truth_count; t++) {
    const ExprTruths *truths = &scan->truths[t];
    scan->tests[scan->test_count++] = (SetTest){.column = truths->position,
                                                .min = truths->min,
                                                .bits = &truths->bits,
                                                .null_passes = truths->null_passes};
  }
}

void scan_order_tests(ScanState *scan) {
  for (uint32_t t = 0; t < scan->test_count; t++) // of the links as yet
    scan->tests[t].null_passes = row_bits_any(scan->tests[t].bits, 0, 1);
  scan_add_truth_tests(scan);
  for (uint32_t t = 0; t < scan->test_count; t++) {
    SetTest test = scan->tests[t];
    test.quick = test.bits->row_count <= kernels()->bits_quick;
    test.rank = test_rank(&test);
    uint32_t at = t;
    for (; at && scan->tests[at - 1].rank > test.rank; at--) scan->tests[at] = scan->tests[at - 1];
    scan->tests[at] = test;
  }
  scan->set_first = scan->test_count && set_drops_most(&scan->tests[0]);
}

Status scan_take_sets(Operator *op, ScanState *scan, Error *error) {
  uint32_t count = op->plan->scan.set_count;
  for (Operator *set = op->inputs[0]; set; set = set->inputs[1]) count++;
  scan->tests = mem_alloc((count + scan->truth_count) * sizeof *scan->tests);
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
