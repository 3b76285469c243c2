// Domain evaluation: see expr_eval.h. Entry i holds the result for column value min + i; the last
// entry the result for NULL.
//
//     date_trunc('month', day)      entry   0      1    ...   31   ...  NULL
//     day in 2025-01-01 .. 12-31    result  01-01  01-01 ...  02-01 ... NULL
#include "expr_domain.h"
#include "expr_function.h"
#include "kernel.h"
#include <assert.h>

#define DOMAIN_CODES_MAX (1u << 17)
#define DOMAIN_RANGE_MAX (1u << 16)
#define DOMAIN_TEXT_BYTES_MAX ((size_t)64 << 20) // of string results; beyond, row by row

struct ExprDomain {
  uint32_t position;
  int64_t min;
  uint32_t size;     // entries but the one for NULL
  PlanColumn column; // of the result
  Physical physical;
  unsigned width; // PHYSICAL_INT: bytes an entry
  int64_t base;
  void *values;       // [size + 1]
  uint64_t *validity; // NULL: no entry is NULL
  bool null_values;   // an entry is NULL beside that for NULL
  Dictionary *dictionary;
};

typedef struct DomainScan {
  uint32_t column, columns;
  bool costly, several;
} DomainScan;

static void scan_column(void *context, const Expr *column) {
  DomainScan *scan = context;
  if (scan->columns && scan->column != column->column) scan->several = true;
  scan->column = column->column;
  scan->columns++;
}

// Whether a node does more than a look-up would: then a table pays for integers too.
static bool expr_is_costly(const Expr *expr) {
  switch ((ExprKind)expr->kind) {
  case EXPR_COLUMN:
  case EXPR_CONSTANT:
  case EXPR_PARAMETER:
    return false;
  case EXPR_CASE:
  case EXPR_IN:
  case EXPR_IN_SET:
    return true;
  case EXPR_CALL:
    if (expr->function >= FUNCTION_LIKE) return true;
    break;
  case EXPR_CAST:
    if (expr->type.kind == TYPE_STRING || expr->args[0]->type.kind == TYPE_STRING) return true;
    break;
  default:
    break;
  }
  for (uint32_t i = 0; i < expr->arg_count; i++)
    if (expr_is_costly(expr->args[i])) return true;
  return false;
}

bool expr_domain_is_small(const Expr *expr, const PlanColumn *columns, uint32_t *position,
                          uint64_t *value_count) {
  DomainScan scan = {0};
  expr_visit_columns(expr, scan_column, &scan);
  if (!scan.columns || scan.several || expr->type.kind == TYPE_INTERVAL) return false;
  const PlanColumn *column = &columns[scan.column];
  *position = scan.column;
  if (column->type.kind == TYPE_STRING) {
    *value_count = column->dictionary ? column->dictionary->count : UINT64_MAX;
    return *value_count <= DOMAIN_CODES_MAX;
  }
  if (type_physical(column->type) != PHYSICAL_INT || column->min > column->max) return false;
  *value_count = (uint64_t)column->max - (uint64_t)column->min; // and one, which may not fit
  return (*value_count)++ < DOMAIN_RANGE_MAX;
}

bool expr_domain_fits(const Expr *expr, const PlanColumn *columns, uint32_t *position) {
  uint64_t value_count;
  return expr_domain_is_small(expr, columns, position, &value_count) &&
         (columns[*position].type.kind == TYPE_STRING || expr_is_costly(expr));
}

// What the results are gathered in before they are packed.
typedef struct DomainBuild {
  int64_t *ints;
  DictionaryBuilder *strings;
  size_t text_bytes;
} DomainBuild;

static void domain_put(ExprDomain *domain, DomainBuild *build, uint32_t entry, const Value *value) {
  if (value->is_null) {
    bits_clear(domain->validity, entry);
    if (domain->physical == PHYSICAL_INT) build->ints[entry] = 0;
    return;
  }
  switch (domain->physical) {
  case PHYSICAL_INT:
    build->ints[entry] =
        build->strings ? dictionary_builder_intern(build->strings, value->s) : value->i;
    break;
  case PHYSICAL_WIDE:
    ((int128_t *)domain->values)[entry] = value->wide;
    break;
  default:
    ((double *)domain->values)[entry] = value->d;
  }
}

// Evaluates entries from .. from+count-1; the entry `size` is NULL.
static Status domain_fill(ExprDomain *domain, DomainBuild *build, ExprState *state,
                          const PlanColumn *column, uint32_t from, uint32_t count) {
  int64_t codes[VECTOR_ROWS];
  uint64_t validity[VECTOR_ROWS / 64];
  Error error = ERROR_INIT;
  for (uint32_t i = 0; i < count; i++) // unsigned: the entry for NULL may lie beyond int64
    codes[i] = (int64_t)((uint64_t)domain->min + from + i);
  bits_fill(validity, count);
  if (from + count > domain->size) {
    bits_clear(validity, domain->size - from);
    codes[domain->size - from] = domain->size ? domain->min : 0;
  }
  Vector *columns = mem_alloc_zero((domain->position + 1) * sizeof *columns);
  columns[domain->position] = (Vector){.type = column->type,
                                       .physical = PHYSICAL_INT,
                                       .width = 8,
                                       .data = codes,
                                       .validity = validity,
                                       .dictionary = column->dictionary};
  Batch batch = {.row_count = count, .column_count = domain->position + 1, .columns = columns};
  Vector result;
  Status status = expr_eval(state, &batch, NULL, &result, &error);
  if (status == STATUS_OK)
    for (uint32_t i = 0; i < count; i++) {
      Value value = vector_value(&result, i);
      if (build->strings && !value.is_null) build->text_bytes += value.s.size;
      domain_put(domain, build, from + i, &value);
    }
  mem_free(columns);
  return build->text_bytes > DOMAIN_TEXT_BYTES_MAX ? STATUS_LIMIT : status;
}

// Packs the integers as narrow as they allow, and notes their range.
static void domain_pack(ExprDomain *domain, const int64_t *ints) {
  uint32_t entries = domain->size + 1;
  int64_t min = 1, max = 0;
  for (uint32_t i = 0; i < entries; i++) {
    if (!bits_get(domain->validity, i)) continue;
    bool first = min > max;
    if (first || ints[i] < min) min = ints[i];
    if (first || ints[i] > max) max = ints[i];
  }
  domain->column.min = min;
  domain->column.max = max;
  uint64_t range = min <= max ? (uint64_t)max - (uint64_t)min : 0;
  domain->width = range <= UINT8_MAX ? 1 : range <= UINT16_MAX ? 2 : range <= UINT32_MAX ? 4 : 8;
  domain->base = domain->width == 8 || min > max ? 0 : min;
  domain->values = mem_alloc((size_t)entries * domain->width + 8);
  for (uint32_t i = 0; i < entries; i++) {
    int64_t offset = bits_get(domain->validity, i) ? ints[i] - domain->base : 0;
    switch (domain->width) {
    case 1:
      ((uint8_t *)domain->values)[i] = (uint8_t)offset;
      break;
    case 2:
      ((uint16_t *)domain->values)[i] = (uint16_t)offset;
      break;
    case 4:
      ((uint32_t *)domain->values)[i] = (uint32_t)offset;
      break;
    default:
      ((int64_t *)domain->values)[i] = offset;
    }
  }
}

static void domain_finish(ExprDomain *domain, DomainBuild *build) {
  uint32_t entries = domain->size + 1;
  if (build->strings) {
    uint32_t *remap;
    domain->dictionary = dictionary_builder_finish(build->strings, true, &remap);
    for (uint32_t i = 0; remap && i < entries; i++)
      if (bits_get(domain->validity, i)) build->ints[i] = remap[build->ints[i]];
    mem_free(remap);
    build->strings = NULL;
    domain->column.dictionary = domain->dictionary;
  }
  if (domain->physical == PHYSICAL_INT) domain_pack(domain, build->ints);
  domain->null_values = bits_count(domain->validity, domain->size) < domain->size;
  if (bits_count(domain->validity, entries) == entries) {
    mem_free(domain->validity);
    domain->validity = NULL;
  }
}

ExprDomain *expr_domain_create(const ExprProgram *plain, const Expr *expr, const PlanColumn *column,
                               uint32_t position) {
  ExprDomain *domain = mem_alloc_zero(sizeof *domain);
  bool codes = column->dictionary != NULL;
  domain->position = position;
  domain->min = codes ? 0 : column->min;
  domain->size = codes ? column->dictionary->count : (uint32_t)(column->max - column->min + 1);
  domain->column = (PlanColumn){.type = expr->type, .min = 1, .max = 0};
  uint32_t entries = domain->size + 1;
  DomainBuild build = {0};
  domain->physical = type_physical(expr->type);
  if (domain->physical == PHYSICAL_TEXT) {
    build.strings = dictionary_builder_create(NULL);
    domain->physical = PHYSICAL_INT;
  }
  if (domain->physical == PHYSICAL_INT)
    build.ints = mem_alloc(entries * sizeof(int64_t));
  else
    domain->values = mem_alloc_zero(entries * physical_bytes(domain->physical));
  domain->validity = mem_alloc(bits_words(entries) * sizeof(uint64_t));
  bits_fill(domain->validity, entries);

  ExprState *state = expr_state_create(plain);
  Status status = STATUS_OK;
  for (uint32_t from = 0; from < entries && status == STATUS_OK; from += VECTOR_ROWS) {
    uint32_t left = entries - from;
    status =
        domain_fill(domain, &build, state, column, from, left < VECTOR_ROWS ? left : VECTOR_ROWS);
  }
  expr_state_destroy(state);
  if (status == STATUS_OK)
    domain_finish(domain, &build);
  else
    dictionary_builder_destroy(build.strings);
  mem_free(build.ints);
  if (status == STATUS_OK) return domain;
  expr_domain_destroy(domain);
  return NULL;
}

void expr_domain_destroy(ExprDomain *domain) {
  if (!domain) return;
  mem_free(domain->values);
  mem_free(domain->validity);
  dictionary_release(domain->dictionary);
  mem_free(domain);
}

PlanColumn expr_domain_column(const ExprDomain *domain) {
  return domain->column;
}

static bool domain_is_true(const ExprDomain *domain, uint32_t entry) {
  assert(domain->width == 1);
  return (!domain->validity || bits_get(domain->validity, entry)) &&
         domain->base + ((const uint8_t *)domain->values)[entry];
}

bool expr_domain_truths(const ExprDomain *domain, uint64_t *bits) {
  for (uint32_t entry = 0; entry < domain->size; entry++)
    if (domain_is_true(domain, entry)) bits_set(bits, entry);
  return domain_is_true(domain, domain->size);
}

// The entry of each row: its value less min; NULL rows take the last.
static void domain_entries(const ExprDomain *domain, const Vector *in, uint32_t count,
                           uint32_t *restrict entries) {
  // Unsigned: the value of a NULL row is anything.
  Vector shifted = *in;
  shifted.base = (int64_t)((uint64_t)in->base - (uint64_t)domain->min);
  vector_flatten_u32(&shifted, count, entries);
  if (in->validity)
    for (uint32_t i = 0; i < count; i++)
      if (!vector_is_valid(in, i)) entries[i] = domain->size;
}

void expr_domain_look_up(const ExprDomain *domain, const Batch *input, VectorBuffer *buffer,
                         Vector *out) {
  uint32_t entries[VECTOR_ROWS], count = input->row_count;
  domain_entries(domain, &input->columns[domain->position], count, entries);
  *out = (Vector){.type = domain->column.type,
                  .physical = (uint8_t)domain->physical,
                  .width = 8,
                  .base = domain->base,
                  .dictionary = domain->dictionary};
  if (domain->physical == PHYSICAL_INT) out->width = (uint8_t)domain->width;
  size_t size = domain->physical == PHYSICAL_WIDE ? sizeof(int128_t) : out->width;
  void *data = vector_buffer_reserve_rows(buffer, count, size);
  out->data = data;
  if (domain->physical == PHYSICAL_WIDE) {
    for (uint32_t i = 0; i < count; i++)
      ((int128_t *)data)[i] = ((const int128_t *)domain->values)[entries[i]];
  } else {
    kernels()->gather[kernel_width_index(out->width)](domain->values, entries, count, data);
  }
  if (!domain->validity || !(domain->null_values || input->columns[domain->position].validity))
    return;
  validity_gather(domain->validity, (size_t)domain->size + 1, entries, count, buffer->validity);
  out->validity = buffer->validity;
}
