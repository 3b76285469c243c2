// Functions of arrays, which are texts (array_text.h): one row at a time, item by item.
//
// Elements come and go as texts in their type's output form, so that equal elements are equal
// texts; the binder casts them. ARRAY_ITEM remembers where it was: the rows that unnest makes ask
// for the items of one array one after the other, and each is read once a batch.
#include "array_text.h"
#include "expr_function.h"

typedef Status (*ArrayKernel)(const FunctionCall *call, uint32_t row, Value *out, Error *error);

static Str arg_text(const FunctionCall *call, uint32_t arg, uint32_t row) {
  return vector_text(&call->args[arg], row);
}

static bool arg_valid(const FunctionCall *call, uint32_t arg, uint32_t row) {
  return vector_is_valid(&call->args[arg], row);
}

static ArrayReader arg_array(const FunctionCall *call, uint32_t arg, uint32_t row) {
  return array_reader(arg_text(call, arg, row));
}

static bool next_item(ArrayReader *reader, ArrayItem *item) {
  return array_next(reader, item) == ARRAY_HAS_ITEM;
}

static bool item_equals(const ArrayItem *item, Str text) {
  uint32_t at = 0;
  if (!item->escaped) return str_equal(item->text, text);
  for (uint32_t i = 0; i < item->text.size; i++, at++) {
    if (item->text.data[i] == '\\') i++;
    if (at == text.size || item->text.data[i] != text.data[at]) return false;
  }
  return at == text.size;
}

static bool items_equal(const ArrayItem *a, const ArrayItem *b) { // as they were written
  return !a->is_null && !b->is_null && str_equal(a->text, b->text);
}

static Status keep_item(const FunctionCall *call, const ArrayItem *item, Str *out, Error *error) {
  char *room = NULL;
  if (item->escaped) TRY(call_reserve_text(call, item->text.size, &room, error));
  *out = array_item_text(item, room);
  return STATUS_OK;
}

// --- arrays of others ---

static void make_array(const FunctionCall *call, uint32_t row, Buffer *out) {
  for (uint32_t a = 0; a < call->expr->arg_count; a++) {
    if (arg_valid(call, a, row))
      array_append(out, arg_text(call, a, row));
    else
      array_append_null(out);
  }
}

static void slice_array(const FunctionCall *call, uint32_t row, Buffer *out) {
  ArrayReader reader = arg_array(call, 0, row);
  ArrayItem item;
  int64_t first = vector_int(&call->args[1], row), last = vector_int(&call->args[2], row);
  for (int64_t n = 1; n <= last && next_item(&reader, &item); n++)
    if (n >= first) array_append_item(out, &item);
}

static void cat_arrays(const FunctionCall *call, uint32_t row, Buffer *out) {
  for (uint32_t a = 0; a < 2; a++) {
    if (!arg_valid(call, a, row)) continue;
    ArrayReader reader = arg_array(call, a, row);
    ArrayItem item;
    while (next_item(&reader, &item)) array_append_item(out, &item);
  }
}

// Whether the item is what is looked for; a NULL is looked for as a value.
static bool item_is(const FunctionCall *call, uint32_t row, const ArrayItem *item) {
  if (!arg_valid(call, 1, row)) return item->is_null;
  return !item->is_null && item_equals(item, arg_text(call, 1, row));
}

static void remove_items(const FunctionCall *call, uint32_t row, Buffer *out) {
  ArrayReader reader = arg_array(call, 0, row);
  ArrayItem item;
  while (next_item(&reader, &item))
    if (!item_is(call, row, &item)) array_append_item(out, &item);
}

// --- and texts ---

// An element of string_to_array: NULL where it reads as the third argument.
static void append_part(const FunctionCall *call, uint32_t row, Str part, Buffer *out) {
  if (arg_valid(call, 2, row) && str_equal(part, arg_text(call, 2, row)))
    array_append_null(out);
  else
    array_append(out, part);
}

static void split_characters(const FunctionCall *call, uint32_t row, Str in, Buffer *out) {
  for (const char *p = in.data, *end = in.data + in.size; p < end;) {
    const char *start = p;
    utf8_decode(&p);
    append_part(call, row, (Str){start, (uint32_t)(p - start)}, out);
  }
}

static const char *find_delimiter(Str in, Str delimiter) {
  if (delimiter.size == 1) return memchr(in.data, delimiter.data[0], in.size);
  return delimiter.size ? memmem(in.data, in.size, delimiter.data, delimiter.size) : NULL;
}

static void split_text(const FunctionCall *call, uint32_t row, Buffer *out) {
  Str in = arg_text(call, 0, row);
  if (!in.size) return;
  if (!arg_valid(call, 1, row)) {
    split_characters(call, row, in, out);
    return;
  }
  Str delimiter = arg_text(call, 1, row);
  for (;;) {
    const char *found = find_delimiter(in, delimiter);
    uint32_t size = found ? (uint32_t)(found - in.data) : in.size;
    append_part(call, row, (Str){in.data, size}, out);
    if (!found) return;
    in = (Str){found + delimiter.size, in.size - size - delimiter.size};
  }
}

static void join_items(const FunctionCall *call, uint32_t row, Buffer *out) {
  ArrayReader reader = arg_array(call, 0, row);
  ArrayItem item;
  Str delimiter = arg_text(call, 1, row);
  bool first = true;
  while (next_item(&reader, &item)) {
    if (item.is_null && !arg_valid(call, 2, row)) continue;
    if (!first) buffer_append(out, delimiter.data, delimiter.size);
    first = false;
    Str text = item.is_null ? arg_text(call, 2, row) : item.text;
    for (uint32_t i = 0; i < text.size; i++) {
      if (!item.is_null && item.escaped && text.data[i] == '\\') i++;
      buffer_append_char(out, text.data[i]);
    }
  }
}

static Status build_text(const FunctionCall *call, uint32_t row, Buffer *text, Value *out,
                         Error *error) {
  FunctionId function = call->expr->function;
  bool array = type_is_array(call->expr->type);
  if (array) array_begin(text);
  if (function == FUNCTION_ARRAY_MAKE)
    make_array(call, row, text);
  else if (function == FUNCTION_ARRAY_SLICE)
    slice_array(call, row, text);
  else if (function == FUNCTION_ARRAY_CAT)
    cat_arrays(call, row, text);
  else if (function == FUNCTION_ARRAY_REMOVE)
    remove_items(call, row, text);
  else if (function == FUNCTION_STRING_TO_ARRAY)
    split_text(call, row, text);
  else
    join_items(call, row, text);
  if (array) array_end(text);
  return call_keep_text(call, text, &out->s, error);
}

static Status array_build(const FunctionCall *call, uint32_t row, Value *out, Error *error) {
  Buffer text;
  buffer_init(&text);
  Status status = build_text(call, row, &text, out, error);
  buffer_clear(&text);
  return status;
}

// --- of one array a number, a truth ---

static Status array_count(const FunctionCall *call, uint32_t row, Value *out, Error *error) {
  ArrayReader reader = arg_array(call, 0, row);
  ArrayItem item;
  (void)error;
  while (next_item(&reader, &item)) out->i++;
  return STATUS_OK;
}

static Status array_position(const FunctionCall *call, uint32_t row, Value *out, Error *error) {
  ArrayReader reader = arg_array(call, 0, row);
  ArrayItem item;
  (void)error;
  for (int64_t n = 1; next_item(&reader, &item); n++)
    if (item_is(call, row, &item)) return out->i = n, STATUS_OK;
  out->is_null = true;
  return STATUS_OK;
}

// x = ANY (array): unknown where no item is x, and x or one of them is.
static Status array_has(const FunctionCall *call, uint32_t row, Value *out, Error *error) {
  ArrayReader reader = arg_array(call, 0, row);
  ArrayItem item;
  bool known = arg_valid(call, 1, row);
  (void)error;
  while (next_item(&reader, &item)) {
    bool unknown = item.is_null || !known;
    out->is_null |= unknown;
    if (unknown || !item_equals(&item, arg_text(call, 1, row))) continue;
    out->is_null = false;
    out->i = 1;
    return STATUS_OK;
  }
  return STATUS_OK;
}

static bool array_finds(ArrayReader reader, const ArrayItem *wanted) {
  ArrayItem item;
  while (next_item(&reader, &item))
    if (items_equal(&item, wanted)) return true;
  return false;
}

// a @> b: a has every item of b; a && b: one of them.
static Status array_compare(const FunctionCall *call, uint32_t row, Value *out, Error *error) {
  ArrayReader a = arg_array(call, 0, row), b = arg_array(call, 1, row);
  ArrayItem item;
  bool all = call->expr->function == FUNCTION_ARRAY_CONTAINS;
  (void)error;
  out->i = all;
  while (next_item(&b, &item) && out->i == all) out->i = array_finds(a, &item);
  return STATUS_OK;
}

// --- items ---

typedef struct ArrayPlace { // in the array that was asked last
  Str array;
  ArrayReader reader;
  ArrayItem item;
  int64_t number; // of item, 0: before the first
} ArrayPlace;

// Moves to the item of that number; false: there is none.
static bool place_find(ArrayPlace *place, Str array, int64_t number) {
  bool same = place->array.data == array.data && place->array.size == array.size;
  if (!same || number < place->number)
    *place = (ArrayPlace){.array = array, .reader = array_reader(array)};
  while (place->number < number) {
    if (!next_item(&place->reader, &place->item)) {
      *place = (ArrayPlace){0};
      return false;
    }
    place->number++;
  }
  return number > 0;
}

static Status eval_items(const FunctionCall *call, Vector *out, Error *error) {
  ArrayPlace place = {0};
  call_result(call, out);
  for (uint32_t i = 0; i < call->row_count; i++) {
    Value value = {.type = call->expr->type, .is_null = true};
    if (call_row_live(call, i) &&
        place_find(&place, arg_text(call, 0, i), vector_int(&call->args[1], i)) &&
        !place.item.is_null) {
      value.is_null = false;
      TRY(keep_item(call, &place.item, &value.s, error));
    }
    call_set_value(call, out, i, &value);
  }
  return STATUS_OK;
}

// --- entry ---

// The first so many arguments of which a NULL makes the result NULL.
static uint32_t strict_args(const Expr *expr) {
  switch (expr->function) {
  case FUNCTION_ARRAY_MAKE:
  case FUNCTION_ARRAY_CAT:
    return 0;
  case FUNCTION_STRING_TO_ARRAY:
  case FUNCTION_ARRAY_HAS:
  case FUNCTION_ARRAY_POSITION:
  case FUNCTION_ARRAY_REMOVE:
    return 1;
  case FUNCTION_ARRAY_TO_STRING:
    return 2;
  default:
    return expr->arg_count;
  }
}

static ArrayKernel kernel_of(FunctionId function) {
  switch (function) {
  case FUNCTION_ARRAY_COUNT:
    return array_count;
  case FUNCTION_ARRAY_POSITION:
    return array_position;
  case FUNCTION_ARRAY_HAS:
    return array_has;
  case FUNCTION_ARRAY_CONTAINS:
  case FUNCTION_ARRAY_OVERLAPS:
    return array_compare;
  default:
    return array_build;
  }
}

static bool row_is_null(const FunctionCall *call, uint32_t row, uint32_t strict) {
  bool null = call->expr->function == FUNCTION_ARRAY_CAT && !arg_valid(call, 0, row) &&
              !arg_valid(call, 1, row);
  for (uint32_t a = 0; a < strict; a++) null |= !arg_valid(call, a, row);
  return null;
}

Status function_eval_array(const FunctionCall *call, Vector *out, Error *error) {
  if (call->expr->function == FUNCTION_ARRAY_ITEM) return eval_items(call, out, error);
  ArrayKernel kernel = kernel_of(call->expr->function);
  uint32_t strict = strict_args(call->expr);
  call_result(call, out);
  out->validity = NULL;
  for (uint32_t i = 0; i < call->row_count; i++) {
    bool active = !call->active || bits_get(call->active, i);
    Value value = {.type = call->expr->type, .is_null = row_is_null(call, i, strict)};
    value.s = (Str){"", 0};
    if (call->expr->type.kind != TYPE_STRING) value.i = 0;
    if (active && !value.is_null) TRY(kernel(call, i, &value, error));
    call_set_value(call, out, i, &value);
  }
  return STATUS_OK;
}
