// See cube_questions.h.
#include "cube_questions.h"
#include "optimize.h"
#include "sql_parse.h"
#include "sql_split.h"
#include <errno.h>
#include <jansson.h>
#include <stdio.h>

typedef struct QuestionReader {
  const DatabaseView *view;
  const CuboidLattice *lattice;
  const char *path;
  Arena *arena;
  AskedQuestion *asked;
  uint32_t count, capacity, skipped;
} QuestionReader;

static void question_add(QuestionReader *reader, const CuboidQuestion *question, double weight) {
  if (reader->count == reader->capacity) {
    reader->capacity = reader->capacity ? reader->capacity * 2 : 64;
    AskedQuestion *asked = ARENA_ARRAY(reader->arena, AskedQuestion, reader->capacity);
    if (reader->count) memcpy(asked, reader->asked, reader->count * sizeof *asked);
    reader->asked = asked;
  }
  reader->asked[reader->count++] = (AskedQuestion){*question, weight};
}

// ---------------------------------------------------------------- SQL

static Status statement_ask(QuestionReader *reader, const char *text, Error *error) {
  LogicalContext context = {.arena = reader->arena, .next_id = 1};
  Statement statement;
  TRY(sql_statement(text, reader->view->catalog, &context, NULL, &statement, error));
  if (statement.kind != STATEMENT_SELECT || statement.parameter_count)
    return error_set(error, STATUS_INVALID, "expected SELECT statements without parameters");
  TRY(logical_optimize(&context, reader->view->root, &statement.tree, NULL, error));
  bool any = false;
  for (uint32_t m = 0; m < context.missed_count; m++) {
    CuboidQuestion question;
    if (!cuboid_question_find(reader->lattice, &context, reader->view->root,
                              context.missed[m].aggregate, &question) ||
        question.why)
      continue;
    question_add(reader, &question, 1);
    any = true;
  }
  reader->skipped += !any;
  return STATUS_OK;
}

static Status statements_read(QuestionReader *reader, const char *text, Error *error) {
  const char *statement;
  size_t size;
  bool complete;
  for (uint32_t number = 1; sql_split(&text, &statement, &size, &complete); number++) {
    const char *copy = arena_strndup(reader->arena, statement, size);
    Error own = ERROR_INIT;
    Status status = statement_ask(reader, copy, &own);
    if (status != STATUS_OK)
      return error_set(error, status, "%s: statement %u: %.700s", reader->path, number,
                       own.message);
  }
  return STATUS_OK;
}

// ---------------------------------------------------------------- misses

static Status json_fault(const QuestionReader *reader, size_t index, const char *what,
                         Error *error) {
  return error_set(error, STATUS_INVALID, "%s: misses[%zu]: %s", reader->path, index, what);
}

static int32_t measure_find(const ModelCube *cube, const char *name) {
  for (uint32_t m = 0; m < cube->measure_count; m++)
    if (!strcmp(cube->measures[m].name, name)) return (int32_t)m;
  return -1;
}

// Names as flags: of the cube's levels, or of its measures.
static Status names_read(QuestionReader *reader, size_t index, const json_t *names,
                         const LatticeCube *cube, bool levels, bool *flags, Error *error) {
  if (!json_is_array(names))
    return json_fault(reader, index,
                      levels ? "\"levels\" must be a list of names"
                             : "\"measures\" must be a list of names",
                      error);
  size_t i;
  const json_t *name;
  json_array_foreach(names, i, name) {
    const char *text = json_string_value(name);
    int32_t at = !text    ? -1
                 : levels ? lattice_level_find(cube, text)
                          : measure_find(cube->model, text);
    if (at < 0)
      return error_set(error, STATUS_INVALID, "%s: misses[%zu]: cube \"%s\" has no %s \"%s\"",
                       reader->path, index, cube->model->name, levels ? "level" : "measure",
                       text ? text : "?");
    flags[at] = true;
  }
  return STATUS_OK;
}

static bool is_served(QuestionReader *reader, const CuboidQuestion *question) {
  LogicalContext context = {.arena = reader->arena, .next_id = 1};
  Logical *tree;
  if (cuboid_question_tree(reader->lattice, &context, question, &tree, NULL) != STATUS_OK || !tree)
    return true; // it cannot be made: no advice
  (void)pass_cuboid(&context, reader->view->root, tree);
  return !context.missed_count;
}

static Status miss_read(QuestionReader *reader, size_t index, const json_t *miss, Error *error) {
  const char *name = json_string_value(json_object_get(miss, "cube"));
  const json_t *count = json_object_get(miss, "count");
  const LatticeCube *cube = name ? cuboid_lattice_find(reader->lattice, name) : NULL;
  if (!json_is_object(miss)) return json_fault(reader, index, "expected an object", error);
  if (!cube) return json_fault(reader, index, "\"cube\" names no cube of the store", error);
  if (count && (!json_is_integer(count) || json_integer_value(count) < 1))
    return json_fault(reader, index, "\"count\" must be a whole number above 0", error);
  if (json_is_string(json_object_get(miss, "never"))) {
    reader->skipped++;
    return STATUS_OK;
  }
  CuboidQuestion question = {.cube = cube,
                             .levels = ARENA_ARRAY(reader->arena, bool, cube->level_count + 1),
                             .measures =
                                 ARENA_ARRAY(reader->arena, bool, cube->model->measure_count + 1)};
  memset(question.levels, 0, cube->level_count);
  memset(question.measures, 0, cube->model->measure_count);
  TRY(names_read(reader, index, json_object_get(miss, "levels"), cube, true, question.levels,
                 error));
  TRY(names_read(reader, index, json_object_get(miss, "measures"), cube, false, question.measures,
                 error));
  if (is_served(reader, &question))
    reader->skipped++;
  else
    question_add(reader, &question, count ? (double)json_integer_value(count) : 1);
  return STATUS_OK;
}

static Status misses_read(QuestionReader *reader, const char *text, Error *error) {
  json_error_t fault;
  json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &fault);
  if (!document)
    return error_set(error, STATUS_INVALID, "%s:%d:%d: not JSON: %s", reader->path, fault.line,
                     fault.column, fault.text);
  const json_t *misses = json_object_get(document, "misses");
  Status status = STATUS_OK;
  if (!json_is_array(misses))
    status = error_set(error, STATUS_INVALID,
                       "%s: expected an object with \"misses\", as GET /api/v1/cuboids answers",
                       reader->path);
  for (size_t i = 0; i < json_array_size(misses) && status == STATUS_OK; i++)
    status = miss_read(reader, i, json_array_get(misses, i), error);
  json_decref(document);
  return status;
}

// ---------------------------------------------------------------- misses that were noted

// The question of a miss; false: the store has not all that it names.
static bool question_make(const CuboidLattice *lattice, const Miss *miss, Arena *arena,
                          CuboidQuestion *question) {
  const LatticeCube *cube = cuboid_lattice_find(lattice, miss->cube);
  if (!cube) return false;
  *question = (CuboidQuestion){
      .cube = cube,
      .levels = ARENA_ARRAY(arena, bool, cube->level_count + 1),
      .measures = ARENA_ARRAY(arena, bool, cube->model->measure_count + 1),
      .why = miss->why,
  };
  memset(question->levels, 0, cube->level_count);
  memset(question->measures, 0, cube->model->measure_count);
  for (uint32_t l = 0; l < miss->declared.level_count; l++) {
    int32_t level = lattice_level_find(cube, miss->declared.levels[l]);
    if (level < 0) return false;
    question->levels[level] = true;
  }
  for (uint32_t m = 0; m < miss->declared.measure_count; m++) {
    int32_t measure = measure_find(cube->model, miss->declared.measures[m]);
    if (measure < 0) return false;
    question->measures[measure] = true;
  }
  return true;
}

Status cube_questions_missed(const DatabaseView *view, const Miss *misses, uint32_t miss_count,
                             Arena *arena, AskedQuestion **asked, uint32_t *count, Error *error) {
  QuestionReader reader = {.view = view, .arena = arena};
  TRY(database_view_lattice(view, &reader.lattice, error));
  for (uint32_t m = 0; m < miss_count; m++) {
    CuboidQuestion question;
    if (!misses[m].why && question_make(reader.lattice, &misses[m], arena, &question) &&
        !is_served(&reader, &question))
      question_add(&reader, &question, (double)misses[m].count);
  }
  *asked = reader.asked;
  *count = reader.count;
  return STATUS_OK;
}

static Status review(Database *database, const DatabaseView *view, Arena *arena, Error *error) {
  CuboidLog *log = database_cuboid_log(database);
  QuestionReader reader = {.view = view, .arena = arena};
  TRY(database_view_lattice(view, &reader.lattice, error));
  Miss *misses;
  uint32_t count = cuboid_log_list(log, arena, &misses);
  for (uint32_t m = 0; m < count; m++) {
    CuboidQuestion question;
    bool is_known = question_make(reader.lattice, &misses[m], arena, &question);
    if (!is_known || (!misses[m].why && is_served(&reader, &question)))
      cuboid_log_remove(log, &misses[m]);
  }
  return STATUS_OK;
}

Status cube_questions_review(Database *database, Error *error) {
  DatabaseView *view;
  TRY(database_pin(database, &view, error));
  Status status = STATUS_OK;
  if (view->model && view->model->cube_count) {
    Arena *arena = arena_create();
    status = review(database, view, arena, error);
    arena_destroy(arena);
  }
  database_unpin(view);
  return status;
}

// ---------------------------------------------------------------- the file

static Status file_read(const char *path, Buffer *text, Error *error) {
  FILE *file = fopen(path, "rb");
  if (!file) return error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
  char part[65536];
  for (size_t size; (size = fread(part, 1, sizeof part, file)) > 0;)
    buffer_append(text, part, size);
  bool bad = ferror(file);
  fclose(file);
  if (bad) return error_set(error, STATUS_IO, "%s: cannot be read", path);
  if (text->size && memchr(text->data, 0, text->size))
    return error_set(error, STATUS_INVALID, "%s: holds a NUL byte, and so is no text", path);
  return STATUS_OK;
}

Status cube_questions_read(const DatabaseView *view, const char *path, Arena *arena,
                           AskedQuestion **asked, uint32_t *count, uint32_t *skipped,
                           Error *error) {
  QuestionReader reader = {.view = view, .path = path, .arena = arena};
  TRY(database_view_lattice(view, &reader.lattice, error));
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "");
  Status status = file_read(path, &text, error);
  if (status == STATUS_OK) {
    const char *first = text.data + strspn(text.data, " \t\r\n");
    status = *first == '{' ? misses_read(&reader, text.data, error)
                           : statements_read(&reader, text.data, error);
  }
  buffer_clear(&text);
  *asked = reader.asked;
  *count = reader.count;
  *skipped = reader.skipped;
  return status;
}
