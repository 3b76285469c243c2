// Files that are inspected, and loaded by the model that came out.
#pragma once
#include "inspect.h"
#include "load_support.h"

typedef struct Inspected {
  LoadTest t;
  char *yaml;
  Model *model;
} Inspected;

static inline void inspect_show_fault(void *context, const char *text) {
  (void)context;
  puts(text);
}

// Inspects the files that were written, and loads them by the model that came out.
static inline void inspected_make(Inspected *i, const char *const *names, uint32_t count) {
  const char *paths[8];
  for (uint32_t f = 0; f < count; f++)
    paths[f] = arena_printf(i->t.model.arena, "%s/%s", i->t.folder, names[f]);
  Buffer out;
  buffer_init(&out);
  Status status = inspect_files(paths, count, NULL, &out, &i->t.error);
  ck_assert_msg(status == STATUS_OK, "%s", i->t.error.message);
  i->yaml = arena_strdup(i->t.model.arena, out.data);
  buffer_clear(&out);
  status = model_read_text(i->yaml, strlen(i->yaml), "inspected.yaml", inspect_show_fault, NULL,
                           &i->model, &i->t.error);
  ck_assert_msg(status == STATUS_OK, "%s\n%s", i->t.error.message, i->yaml);
  LoadOptions options = {.data = i->t.folder};
  status = load_run(i->t.store, i->model, &options, NULL, &i->t.report, &i->t.error);
  ck_assert_msg(status == STATUS_OK, "%s\n%s", i->t.error.message, i->yaml);
}

static inline void inspected_clear(Inspected *i) {
  model_destroy(i->model);
  load_test_clear(&i->t);
}

#define SAYS(i, text)                                                                              \
  ck_assert_msg(strstr((i).yaml, text) != NULL, "'%s' is not in\n%s", text, (i).yaml)
#define SAYS_NOT(i, text)                                                                          \
  ck_assert_msg(strstr((i).yaml, text) == NULL, "'%s' is in\n%s", text, (i).yaml)

// Every row's values joined by "|" (no value: "-"), the rows by ";".
static inline const char *inspected_rows(Inspected *i, const ModelTable *table, uint32_t columns) {
  const Table *loaded = load_test_find(&i->t, table->name);
  Buffer out;
  buffer_init(&out);
  for (uint64_t row = 0; row < loaded->row_count; row++) {
    if (row) buffer_append_char(&out, ';');
    for (uint32_t c = 0; c < columns; c++) {
      const Column *column = load_test_find_column(&i->t, table->name, table->columns[c].name);
      bool none = column_value(column, row).is_null;
      if (c) buffer_append_char(&out, '|');
      buffer_append_text(
          &out, none ? "-" : load_test_cell(&i->t, table->name, row, table->columns[c].name));
    }
  }
  const char *text = arena_strdup(i->t.model.arena, out.size ? out.data : "");
  buffer_clear(&out);
  return text;
}
