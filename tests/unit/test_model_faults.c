// Every fault of a model: its words and its place, as tests/unit/data/model_faults.txt lists them.
#include "buffer.h"
#include "model.h"
#include "unit_main.h"
#include <stdio.h>

#define CASES "tests/unit/data/model_faults.txt"
#define BLOCKS_MAX 8

typedef struct Block { // "== define name"
  char name[32];
  Buffer lines;
} Block;

typedef struct Case {
  char title[128];
  int line;
  Buffer model, expected;
} Case;

typedef struct CaseReader {
  FILE *file;
  int line;
  char text[1024], title[128]; // `title`: of the section that begins
  Block blocks[BLOCKS_MAX];
  uint32_t block_count;
} CaseReader;

static void append_line(CaseReader *reader, Buffer *out) {
  if (*reader->text == '@') {
    for (uint32_t i = 0; i < reader->block_count; i++) {
      if (!strncmp(reader->text + 1, reader->blocks[i].name, strcspn(reader->text + 1, "\n"))) {
        buffer_append(out, reader->blocks[i].lines.data, reader->blocks[i].lines.size);
        return;
      }
    }
    ck_abort_msg(CASES ":%d: no block %s", reader->line, reader->text);
  }
  buffer_append_text(out, reader->text);
}

// Reads lines to the end of the section; sets the next section's title, "" behind the last.
static void read_section(CaseReader *reader, Buffer *model, Buffer *expected) {
  Buffer *out = model;
  *reader->title = 0;
  while (fgets(reader->text, sizeof reader->text, reader->file)) {
    reader->line++;
    if (!strncmp(reader->text, "== ", 3)) {
      snprintf(reader->title, sizeof reader->title, "%.*s", (int)strcspn(reader->text + 3, "\n"),
               reader->text + 3);
      return;
    }
    bool comment = *reader->text == '#' || *reader->text == '\n';
    if (!strcmp(reader->text, "--\n")) {
      out = expected;
    } else if (out && !comment) {
      append_line(reader, out);
    }
  }
}

static void take_fault(void *context, const char *text) {
  ck_assert_int_eq(strncmp(text, "m.yaml:", 7), 0);
  buffer_printf(context, "%s\n", text + 7);
}

static void check_case(const Case *one) {
  Buffer faults;
  buffer_init(&faults);
  Model *model;
  Error error = ERROR_INIT;
  const char *text = one->model.size ? one->model.data : "";
  Status status =
      model_read_text(text, one->model.size, "m.yaml", take_fault, &faults, &model, &error);
  const char *got = faults.size ? faults.data : "(none)\n";
  if (strcmp(got, one->expected.data) != 0) {
    ck_abort_msg(CASES ":%d: %s\nexpected\n%s\ngot\n%s", one->line, one->title, one->expected.data,
                 got);
  }
  ck_assert_int_eq(status, STATUS_INVALID);
  ck_assert_ptr_null(model);
  ck_assert_int_eq(strncmp(error.message + 7, got, strcspn(got, "\n")), 0); // the first fault
  buffer_clear(&faults);
}

START_TEST(every_fault_is_told_where_it_stands) {
  CaseReader reader = {.file = fopen(CASES, "r")};
  if (!reader.file) ck_abort_msg(CASES ": not found; run from the root of the source tree");
  read_section(&reader, NULL, NULL); // the head comment
  int count = 0;
  while (*reader.title) {
    Case one = {.line = reader.line};
    snprintf(one.title, sizeof one.title, "%s", reader.title);
    buffer_init(&one.model);
    buffer_init(&one.expected);
    read_section(&reader, &one.model, &one.expected);
    if (!strncmp(one.title, "define ", 7)) {
      ck_assert_uint_lt(reader.block_count, BLOCKS_MAX);
      Block *block = &reader.blocks[reader.block_count++];
      snprintf(block->name, sizeof block->name, "%.31s", one.title + 7);
      block->lines = one.model;
      continue;
    }
    check_case(&one);
    count++;
    buffer_clear(&one.model);
    buffer_clear(&one.expected);
  }
  ck_assert_int_gt(count, 50);
  for (uint32_t i = 0; i < reader.block_count; i++) buffer_clear(&reader.blocks[i].lines);
  fclose(reader.file);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("model_faults");
  unit_case(suite, "faults", 60, (const TTest *const[]){every_fault_is_told_where_it_stands, NULL});
  return unit_main(suite);
}
