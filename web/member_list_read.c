// See member_list_read.h.
#include "member_list_read.h"
#include "csv_pairs.h"
#include "hash.h"
#include <stdio.h>
#include <stdlib.h>

static const char *const customer_names[] = {
    "customer", "customer_id", "customer number", "member",        "member_id",    "клиент",
    "Клиент",   "участник",    "Участник",        "номер клиента", "Номер клиента"};
static const char *const arm_names[] = {"arm",    "group",   "variant", "группа",
                                        "Группа", "вариант", "Вариант"};
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

typedef struct ListReader {
  ExperimentList *list;
  bool texts; // the keys are
  uint64_t capacity;
  uint32_t *lines; // [list->count] of the file
} ListReader;

// ---- Lines -------------------------------------------------------------------------------------

static Status row_reserve(ListReader *reader, Error *error) {
  ExperimentList *list = reader->list;
  if (list->count < reader->capacity) return STATUS_OK;
  uint64_t capacity = 2 * reader->capacity + 1024;
  size_t key_bytes = reader->texts ? sizeof(Str) : sizeof(int64_t);
  int64_t more = (int64_t)((capacity - reader->capacity) * (key_bytes + 1 + 2 * sizeof(uint32_t)));
  TRY(memory_budget_charge(list->budget, more, error));
  list->charged += more;
  reader->capacity = capacity;
  if (reader->texts)
    list->texts = mem_realloc(list->texts, capacity * key_bytes);
  else
    list->numbers = mem_realloc(list->numbers, capacity * key_bytes);
  list->arm_of = mem_realloc(list->arm_of, capacity);
  reader->lines = mem_realloc(reader->lines, capacity * sizeof *reader->lines);
  return STATUS_OK;
}

static Status arm_find(ListReader *reader, Str name, uint64_t line, uint8_t *arm, Error *error) {
  ExperimentList *list = reader->list;
  for (uint32_t a = 0; a < list->arm_count; a++)
    if (str_equal(name, str_from(list->arms[a]))) {
      *arm = (uint8_t)a;
      return STATUS_OK;
    }
  if (list->arm_count == EXPERIMENT_ARMS_MAX)
    return error_set(error, STATUS_LIMIT,
                     "line %llu: \"%.*s\" would be the ninth arm, and a test has at most eight; is "
                     "the second column the arm?",
                     (unsigned long long)line, name.size > 60 ? 60 : (int)name.size, name.data);
  if (memchr(name.data, 0, name.size))
    return error_set(error, STATUS_INVALID, "line %llu: the arm has a zero byte",
                     (unsigned long long)line);
  list->arms[list->arm_count] = arena_strndup(list->arena, name.data, name.size);
  *arm = (uint8_t)list->arm_count++;
  return STATUS_OK;
}

static Status text_keep(ExperimentList *list, Str text, Error *error) {
  TRY(memory_budget_charge(list->budget, text.size, error));
  list->charged += text.size;
  list->texts[list->count] = (Str){arena_strndup(list->arena, text.data, text.size), text.size};
  return STATUS_OK;
}

static Status pair_take(void *context, const CsvPair *pair, Error *error) {
  ListReader *reader = context;
  ExperimentList *list = reader->list;
  TRY(row_reserve(reader, error));
  TRY(arm_find(reader, pair->second, pair->line, &list->arm_of[list->count], error));
  if (reader->texts)
    TRY(text_keep(list, pair->first, error));
  else
    list->numbers[list->count] = pair->number;
  reader->lines[list->count++] = (uint32_t)pair->line;
  return STATUS_OK;
}

// ---- Once a customer ---------------------------------------------------------------------------

static int key_compare(const ExperimentList *list, uint32_t a, uint32_t b) {
  if (list->texts) return str_compare(list->texts[a], list->texts[b]);
  return (list->numbers[a] > list->numbers[b]) - (list->numbers[a] < list->numbers[b]);
}

static int order_compare(const void *a, const void *b, void *context) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  int keys = key_compare(context, x, y);
  return keys ? keys : (x > y) - (x < y);
}

static Status two_arms_fault(const ListReader *reader, uint32_t first, uint32_t second,
                             Error *error) {
  const ExperimentList *list = reader->list;
  return error_set(
      error, STATUS_INVALID,
      "line %u: customer %.60s is in the arm \"%.60s\", and on line %u in \"%.60s\": leave "
      "one of the two lines out",
      reader->lines[second], experiment_list_key(list, second, list->arena),
      list->arms[list->arm_of[second]], reader->lines[first], list->arms[list->arm_of[first]]);
}

// Leaves the lines marked out; what is left keeps its order.
static void rows_leave_out(ExperimentList *list, const uint64_t *out) {
  uint64_t to = 0;
  for (uint64_t i = 0; i < list->count; i++) {
    if (bits_get(out, i)) continue;
    if (list->texts)
      list->texts[to] = list->texts[i];
    else
      list->numbers[to] = list->numbers[i];
    list->arm_of[to++] = list->arm_of[i];
  }
  list->repeated = list->count - to;
  list->count = to;
}

// order: [count] the lines by customer. The first contradiction of the file is told.
static Status repeated_leave_out(ListReader *reader, const uint32_t *order, Error *error) {
  ExperimentList *list = reader->list;
  uint64_t *out = mem_alloc_zero(bits_words(list->count) * sizeof *out);
  uint32_t first = 0, second = UINT32_MAX;
  for (uint64_t i = 1; i < list->count; i++) {
    if (key_compare(list, order[i - 1], order[i]) != 0) continue;
    bits_set(out, order[i]);
    if (list->arm_of[order[i - 1]] != list->arm_of[order[i]] && order[i] < second)
      first = order[i - 1], second = order[i];
  }
  Status status = second == UINT32_MAX ? STATUS_OK : two_arms_fault(reader, first, second, error);
  if (status == STATUS_OK) rows_leave_out(list, out);
  mem_free(out);
  return status;
}

static Status customers_once(ListReader *reader, Error *error) {
  ExperimentList *list = reader->list;
  if (!list->count)
    return error_set(error, STATUS_INVALID,
                     "the list names nobody: a line has a customer's number and his arm");
  uint32_t *order = mem_alloc(list->count * sizeof *order); // charged with the rows
  for (uint32_t i = 0; i < list->count; i++) order[i] = i;
  qsort_r(order, list->count, sizeof *order, order_compare, list);
  Status status = repeated_leave_out(reader, order, error);
  mem_free(order);
  return status;
}

// ---- The whole ---------------------------------------------------------------------------------

static Status text_read(ListReader *reader, Str text, const CatalogSegment *members, Job *job,
                        Error *error) {
  CsvPairs pairs = {
      .columns = {{"the customer", members->key, customer_names, COUNT_OF(customer_names)},
                  {"the arm", NULL, arm_names, COUNT_OF(arm_names)}},
      .first_type = members->key_type,
      .job = job,
      .context = reader,
      .take = pair_take};
  TRY(csv_pairs_read(text, &pairs, error));
  return customers_once(reader, error);
}

Status member_list_read(Str text, const CatalogSegment *members, Job *job, ExperimentList *list,
                        Error *error) {
  *list = (ExperimentList){0};
  if (text.size > MEMBER_LIST_BYTES_MAX)
    return error_set(error, STATUS_LIMIT, "the list is larger than %d MiB",
                     MEMBER_LIST_BYTES_MAX >> 20);
  TRY(memory_budget_charge(&job->memory, text.size, error)); // once more, as it is read
  *list = (ExperimentList){.arena = arena_create(), .budget = &job->memory};
  ListReader reader = {.list = list, .texts = members->key_type.kind == TYPE_STRING};
  Status status = text_read(&reader, text, members, job, error);
  memory_budget_release(&job->memory, text.size);
  mem_free(reader.lines);
  if (status != STATUS_OK) experiment_list_clear(list);
  return status;
}

// ---- As it is kept -----------------------------------------------------------------------------

static void field_write(Str text, Buffer *out) {
  buffer_append_char(out, '"');
  for (uint32_t i = 0; i < text.size; i++) {
    if (text.data[i] == '"') buffer_append_char(out, '"');
    buffer_append_char(out, text.data[i]);
  }
  buffer_append_char(out, '"');
}

void member_list_write(ExperimentList *list, Buffer *out) {
  Buffer arms[EXPERIMENT_ARMS_MAX];
  for (uint32_t a = 0; a < list->arm_count; a++) {
    buffer_init(&arms[a]);
    field_write(str_from(list->arms[a]), &arms[a]);
  }
  buffer_append_text(out, "customer,arm\n");
  for (uint64_t i = 0; i < list->count; i++) {
    const Buffer *arm = &arms[list->arm_of[i]];
    if (list->texts)
      field_write(list->texts[i], out);
    else
      buffer_printf(out, "%lld", (long long)list->numbers[i]);
    buffer_append_char(out, ',');
    buffer_append(out, arm->data, arm->size);
    buffer_append_char(out, '\n');
  }
  for (uint32_t a = 0; a < list->arm_count; a++) buffer_clear(&arms[a]);
  snprintf(list->id, sizeof list->id, "%016llx%016llx",
           (unsigned long long)hash_xxh64(out->data, out->size, 0),
           (unsigned long long)hash_xxh64(out->data, out->size, 1));
}
