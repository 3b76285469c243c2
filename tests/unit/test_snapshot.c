// Snapshots: what is written is read, only what is new is written, and damage is always noticed.
#include "snapshot.h"
#include "thread_pool.h"
#include "unit_table.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COLUMNS_MAX = 40 };
static char folder[64];

static void folder_remove(const char *path) {
  DIR *dir = opendir(path);
  if (!dir) return;
  for (struct dirent *entry; (entry = readdir(dir));) {
    char inner[512];
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
    if (entry->d_type == DT_DIR)
      folder_remove(inner);
    else
      unlink(inner);
  }
  closedir(dir);
  rmdir(path);
}

static void setup(void) {
  strcpy(folder, "/tmp/tessera-snapshot-XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void) {
  folder_remove(folder);
}

static int compare_text(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

// The store's files by name, MANIFEST first; freed with names_free. Returns how many.
static int store_files(char **paths, int limit) {
  char path[128];
  int count = 0;
  snprintf(path, sizeof path, "%s/MANIFEST", folder);
  paths[count++] = strdup(path);
  snprintf(path, sizeof path, "%s/blocks", folder);
  DIR *dir = opendir(path);
  for (struct dirent *entry; dir && (entry = readdir(dir));) {
    if (entry->d_name[0] == '.') continue;
    ck_assert_int_lt(count, limit);
    ck_assert_int_gt(asprintf(&paths[count++], "%s/%s", path, entry->d_name), 0);
  }
  if (dir) closedir(dir);
  qsort(paths + 1, (size_t)count - 1, sizeof *paths, compare_text);
  return count;
}

static void names_free(char **paths, int count) {
  for (int i = 0; i < count; i++) free(paths[i]);
}

static int block_file_count(void) {
  char *paths[512];
  int count = store_files(paths, 512);
  names_free(paths, count);
  return count - 1;
}

// ---- a table of every type and encoding

static Column *wide_column(uint64_t *random, const uint64_t *validity, size_t count) {
  uint32_t block_count = (uint32_t)((count + BLOCK_ROWS - 1) / BLOCK_ROWS);
  Block **blocks = mem_alloc(block_count * sizeof(Block *));
  int128_t *values = mem_alloc(BLOCK_ROWS * sizeof *values);
  for (uint32_t b = 0; b < block_count; b++) {
    size_t at = (size_t)b * BLOCK_ROWS, rows = count - at < BLOCK_ROWS ? count - at : BLOCK_ROWS;
    for (size_t i = 0; i < rows; i++)
      values[i] = (int128_t)unit_random(random) * (int64_t)unit_random(random) / 1000;
    blocks[b] = block_encode_wide(values, validity ? validity + at / 64 : NULL, (uint32_t)rows);
  }
  mem_free(values);
  return column_create(type_decimal(38, 3), NULL, blocks, block_count);
}

static Column *double_column(uint64_t *random, const uint64_t *validity, size_t count) {
  uint32_t block_count = (uint32_t)((count + BLOCK_ROWS - 1) / BLOCK_ROWS);
  Block **blocks = mem_alloc(block_count * sizeof(Block *));
  double *values = mem_alloc(BLOCK_ROWS * sizeof *values);
  for (uint32_t b = 0; b < block_count; b++) {
    size_t at = (size_t)b * BLOCK_ROWS, rows = count - at < BLOCK_ROWS ? count - at : BLOCK_ROWS;
    for (size_t i = 0; i < rows; i++) values[i] = (double)unit_random(random) / 3 - 1e18;
    blocks[b] = block_encode_double(values, validity ? validity + at / 64 : NULL, (uint32_t)rows);
  }
  mem_free(values);
  return column_create(TYPE_OF_DOUBLE, NULL, blocks, block_count);
}

static Column *text_column(bool as_codes, uint64_t *random, unsigned null_256ths, size_t count) {
  ColumnBuilder *builder = column_builder_create(TYPE_OF_STRING, as_codes, NULL);
  for (size_t i = 0; i < count; i++) {
    char text[40];
    int size = snprintf(text, sizeof text, "имя %llu",
                        (unsigned long long)(unit_random(random) % (as_codes ? 50 : 1000000)));
    if (unit_random(random) % 10 == 0) size = 0; // empty strings are not NULL
    Value value = {.type = TYPE_OF_STRING, .s = {text, (uint32_t)size}};
    value.is_null = unit_random(random) % 256 < null_256ths;
    ck_assert_int_eq(column_builder_append_value(builder, &value, NULL), STATUS_OK);
  }
  return column_builder_finish(builder);
}

// Codes of a dictionary that grew: its tail is out of order.
static Column *tail_column(uint64_t *random, size_t count) {
  static const char *const words[] = {"beta", "delta", "alpha", "gamma", "Омега", ""};
  DictionaryBuilder *builder = dictionary_builder_create(NULL);
  for (int w = 0; w < 6; w++) dictionary_builder_intern(builder, str_from(words[w]));
  Dictionary *dictionary = dictionary_builder_finish(builder, false, NULL);
  ck_assert_uint_eq(dictionary->sorted_count, 2);
  int64_t *codes = mem_alloc(count * sizeof *codes);
  for (size_t i = 0; i < count; i++) codes[i] = (int64_t)(unit_random(random) % 6);
  Column *column = unit_int_column(TYPE_OF_STRING, dictionary, -1, codes, NULL, count);
  mem_free(codes);
  return column;
}

typedef struct Shape {
  Encoding encoding;
  uint64_t range; // of values, or of steps
  Type type;
} Shape;

static const Shape shapes[] = {
    {ENCODING_CONSTANT, 0, {.kind = TYPE_TIMESTAMP}},
    {ENCODING_PACKED, 1, {.kind = TYPE_BOOL}},
    {ENCODING_PACKED, 3, {.kind = TYPE_INT, .bits = 16}},
    {ENCODING_PACKED, 15, {.kind = TYPE_INT, .bits = 32}},
    {ENCODING_PACKED, 255, {.kind = TYPE_DATE}},
    {ENCODING_PACKED, 65535, {.kind = TYPE_INT, .bits = 64}},
    {ENCODING_PACKED, UINT32_MAX, {.kind = TYPE_DECIMAL, .precision = 12, .scale = 2}},
    {ENCODING_PACKED, UINT64_MAX, {.kind = TYPE_TIMESTAMPTZ}},
    {ENCODING_RUNS, 3, {.kind = TYPE_INT, .bits = 64}},
    {ENCODING_DELTA, 200, {.kind = TYPE_INT, .bits = 64}},
    {ENCODING_DELTA, 60000, {.kind = TYPE_INT, .bits = 64}},
    {ENCODING_DELTA, UINT32_MAX, {.kind = TYPE_TIMESTAMP}},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static Column *shape_column(const Shape *shape, uint64_t *random, const uint64_t *validity,
                            size_t count) {
  int64_t *values = mem_alloc(count * sizeof *values), value = shape->range == 1 ? 0 : -77;
  for (size_t i = 0; i < count; i++) {
    uint64_t step = shape->range ? unit_random(random) % shape->range : 0;
    if (shape->range == 1) step = unit_random(random) % 2;
    if (shape->encoding == ENCODING_DELTA)
      values[i] = value += (int64_t)step;
    else if (shape->encoding == ENCODING_RUNS)
      values[i] = value += i % 16 == 0 ? (int64_t)step : 0;
    else
      values[i] = (int64_t)((uint64_t)value + step);
  }
  Column *column =
      unit_int_column(shape->type, NULL, (int)shape->encoding, values, validity, count);
  mem_free(values);
  return column;
}

// All shapes with no NULLs, with some, with nothing else; a shared dictionary; texts.
static Table *rich_table(const char *name, size_t count, uint64_t seed) {
  static const unsigned null_256ths[] = {0, 60};
  Column *columns[COLUMNS_MAX];
  uint32_t n = 0;
  uint64_t random = seed, *hidden = unit_random_validity(&random, count, 250),
           *inferred = unit_random_validity(&random, count, 250);
  for (int v = 0; v < 2; v++) {
    uint64_t *validity = v ? unit_random_validity(&random, count, null_256ths[v]) : NULL;
    for (int s = 0; s < SHAPES; s++)
      columns[n++] = shape_column(&shapes[s], &random, validity, count);
    columns[n++] = wide_column(&random, validity, count);
    columns[n++] = double_column(&random, validity, count);
    columns[n++] = text_column(false, &random, null_256ths[v], count);
    columns[n++] = text_column(true, &random, null_256ths[v], count);
    mem_free(validity);
  }
  columns[n] = column_copy(columns[n - 1]); // shares dictionary and blocks
  n++;
  columns[n++] = tail_column(&random, count);
  uint64_t *none = mem_alloc_zero((bits_words(count) + 1) * sizeof *none);
  columns[n++] = shape_column(&shapes[4], &random, none, count);
  mem_free(none);
  return unit_table(name, NULL, columns, n, hidden, inferred);
}

static Root *rich_root(size_t count) {
  Root *root = root_create();
  root->version = 41;
  root->published_at = INT64_C(1700000000123456);
  root_set_model(root, "model: \"чай\"\n\ttabs, \\ and quotes\n");
  root_add_batch(root, "first");
  root_add_batch(root, "день 2");
  Table *table = rich_table("sale", count, 7);
  uint32_t *order = mem_alloc((count + 1) * sizeof *order), pick[] = {3, 15, 20};
  for (size_t i = 0; i < count; i++) order[i] = (uint32_t)(count - 1 - i);
  table->projections = mem_alloc(2 * sizeof *table->projections);
  table->projections[table->projection_count++] = table_reorder(table, order, pick, 3, NULL);
  table->projections[table->projection_count++] = table_reorder(table, order, pick + 1, 2, NULL);
  mem_free(order);
  root_put(root, table);
  return root;
}

static Root *read_back(MemoryBudget *budget, ThreadPool *pool) {
  Error error = ERROR_INIT;
  Root *root = NULL;
  Status status = snapshot_read(folder, budget, pool, NULL, &root, &error);
  ck_assert_msg(status == STATUS_OK, "%s", error.message);
  return root;
}

static SnapshotReport write_root(const Root *root, ThreadPool *pool) {
  Error error = ERROR_INIT;
  SnapshotReport report;
  Status status = snapshot_write(folder, root, pool, NULL, &report, &error);
  ck_assert_msg(status == STATUS_OK, "%s", error.message);
  return report;
}

START_TEST(everything_comes_back) {
  static const size_t sizes[] = {0, 1, 63, 64, 65, 2049, 65536, 65537, 140000};
  ThreadPool *pool = thread_pool_create(3);
  for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
    MemoryBudget budget;
    memory_budget_init(&budget, "store", 0, NULL);
    Root *root = rich_root(sizes[s]);
    SnapshotReport report = write_root(root, pool);
    ck_assert_uint_eq(report.files_kept + report.files_written, (unsigned)block_file_count());
    Root *back = read_back(&budget, pool);
    ck_assert_msg(unit_root_same(root, back), "%zu rows", sizes[s]);
    ck_assert_int_eq(budget.used_bytes, (int64_t)root_bytes(back));
    root_release(back);
    root_release(root);
  }
  thread_pool_destroy(pool);
}
END_TEST

START_TEST(schemas_come_back) {
  int64_t rows[] = {0, 1, 2}, members[] = {0, 2, 1};
  ColumnSchema described[] = {
      {.name = "ключ \"a\"", .type = TYPE_OF_INT32},
      {.name = "store_row", .type = TYPE_OF_INT, .link = "store", .as_of = "day", .hidden = true},
      {.name = "price",
       .type = type_decimal(20, 4),
       .through_link = "store_row",
       .through_column = "price"}};
  int128_t wide[] = {1, -1, 0};
  Block **blocks = mem_alloc(sizeof *blocks);
  blocks[0] = block_encode_wide(wide, NULL, 3);
  Column *columns[] = {unit_int_column(TYPE_OF_INT, NULL, -1, rows, NULL, 3),
                       unit_int_column(TYPE_OF_INT, NULL, -1, members, NULL, 3),
                       column_create(type_decimal(20, 4), NULL, blocks, 1)};
  Table *sale = unit_table("sale", described, columns, 3, NULL, NULL);
  sale->schema->cluster = 1;
  Column *key[] = {unit_int_column(TYPE_OF_INT, NULL, -1, rows, NULL, 3)};
  uint64_t *hidden = mem_alloc(sizeof *hidden);
  *hidden = UINT64_C(0xfffffffffffffff1); // bits beyond the rows are nobody's business
  Table *store = unit_table("store", NULL, key, 1, hidden, NULL);
  store->schema->key = 0;
  store->schema->has_members = true;
  Root *root = root_create();
  root_put(root, sale);
  root_put(root, store);
  write_root(root, NULL);
  Root *back = read_back(NULL, NULL);
  ck_assert(unit_root_same(root, back));
  ck_assert_uint_eq(table_find_int(root_find(back, "store"), 2), 2);
  root_release(back);
  root_release(root);
}
END_TEST

START_TEST(sharing_survives) {
  Root *root = rich_root(100);
  write_root(root, NULL);
  Root *back = read_back(NULL, NULL);
  const Table *table = root_find(back, "sale");
  ck_assert_ptr_eq(table->columns[31]->dictionary, table->columns[32]->dictionary);
  ck_assert_ptr_eq(table->columns[31]->blocks[0], table->columns[32]->blocks[0]);
  ck_assert_ptr_eq(table->columns[15]->dictionary, table->projections[0]->columns[1]->dictionary);
  ck_assert_ptr_ne(table->columns[15]->dictionary, table->columns[31]->dictionary);
  for (uint32_t c = 0; c < table->schema->column_count; c++) { // kernels rely on this
    const Block *block = table->columns[c]->blocks[0];
    ck_assert_uint_eq((uintptr_t)block->data % 64, 0);
    for (size_t i = 0; i < 64 && block->data_bytes; i++)
      ck_assert_int_eq(((const char *)block->data)[block->data_bytes + i], 0);
  }
  root_release(back);
  root_release(root);
}
END_TEST

START_TEST(an_unchanged_root_writes_nothing) {
  Root *root = rich_root(70000);
  SnapshotReport first = write_root(root, NULL);
  ck_assert_uint_gt(first.files_written, 30);
  SnapshotReport second = write_root(root, NULL);
  ck_assert_uint_eq(second.files_written, 0);
  ck_assert_uint_eq(second.bytes_written, 0);
  ck_assert_uint_eq(second.files_kept, first.files_written);
  Root *back = read_back(NULL, NULL); // as another process would
  SnapshotReport third = write_root(back, NULL);
  ck_assert_uint_eq(third.bytes_written, 0);
  Root *next = root_copy(back); // the version is new, the data are not
  next->published_at = 5;
  SnapshotReport fourth = write_root(next, NULL);
  ck_assert_uint_eq(fourth.files_written, 0);
  ck_assert_uint_gt(fourth.bytes_written, 0);
  Root *again = read_back(NULL, NULL);
  ck_assert(unit_root_same(next, again));
  root_release(again);
  root_release(next);
  root_release(back);
  root_release(root);
}
END_TEST

// A table of one int column of these values, and one that never changes.
static Root *two_column_root(const int64_t *values, size_t count, uint64_t version) {
  int64_t *same = mem_alloc_zero(count * sizeof *same);
  Column *columns[] = {unit_int_column(TYPE_OF_INT, NULL, ENCODING_PACKED, values, NULL, count),
                       unit_int_column(TYPE_OF_INT, NULL, -1, same, NULL, count)};
  Root *root = root_create();
  root->version = version;
  root_put(root, unit_table("t", NULL, columns, 2, NULL, NULL));
  mem_free(same);
  return root;
}

START_TEST(an_append_writes_only_new_blocks) {
  size_t count = 3 * BLOCK_ROWS + 10;
  uint64_t random = 3;
  int64_t *values = mem_alloc(2 * count * sizeof *values);
  for (size_t i = 0; i < 2 * count; i++) values[i] = (int64_t)unit_random(&random) >> 32;
  Root *first = two_column_root(values, count, 1);
  SnapshotReport report = write_root(first, NULL);
  ck_assert_uint_eq(report.files_written, 2);
  ck_assert_uint_gt(report.bytes_written, 3 * 4 * BLOCK_ROWS);
  Root *second = two_column_root(values, count + 1000, 2); // only the last block differs
  report = write_root(second, NULL);
  ck_assert_uint_eq(report.files_written, 2);
  ck_assert_uint_eq(report.files_kept, 2);
  ck_assert_uint_lt(report.bytes_written, 4 * 1010 + 4000);
  Root *back = read_back(NULL, NULL);
  ck_assert(unit_root_same(second, back));
  root_release(back);
  report = write_root(first, NULL); // back to what the first files still hold
  ck_assert_uint_eq(report.files_written, 0);
  ck_assert_int_eq(block_file_count(), 2);
  values[5] ^= 1; // one block in the middle of all
  Root *third = two_column_root(values, count, 4);
  report = write_root(third, NULL);
  ck_assert_uint_eq(report.files_written, 1);
  ck_assert_uint_lt(report.bytes_written, 4 * BLOCK_ROWS + 8000);
  back = read_back(NULL, NULL);
  ck_assert(unit_root_same(third, back));
  root_release(back);
  root_release(first);
  root_release(second);
  root_release(third);
  mem_free(values);
}
END_TEST

// Many small appends do not pile up files without end.
START_TEST(files_do_not_pile_up) {
  enum { STEPS = 40 };
  int64_t *values = mem_alloc_zero((STEPS + 1) * (size_t)BLOCK_ROWS * sizeof *values);
  uint64_t random = 9;
  for (size_t i = 0; i < (STEPS + 1) * (size_t)BLOCK_ROWS; i += 64)
    values[i] = (int64_t)(unit_random(&random) % 256);
  for (uint32_t step = 1; step <= STEPS; step++) {
    Root *root = two_column_root(values, (size_t)step * BLOCK_ROWS, step);
    write_root(root, NULL);
    ck_assert_int_le(block_file_count(), 34);
    if (step % 20 == 0) {
      Root *back = read_back(NULL, NULL);
      ck_assert(unit_root_same(root, back));
      root_release(back);
    }
    root_release(root);
  }
  mem_free(values);
}
END_TEST

// ---- damage

static void expect_corrupt_or_same(const Root *root, const char *path, size_t at, bool must_fail) {
  Error error = ERROR_INIT;
  Root *back = NULL;
  MemoryBudget budget;
  memory_budget_init(&budget, "store", INT64_C(1) << 30, NULL);
  Status status = snapshot_read(folder, &budget, NULL, NULL, &back, &error);
  if (status == STATUS_OK) {
    if (must_fail || !unit_root_same(root, back))
      ck_abort_msg("%s, byte %zu: the damage was not noticed", path, at);
    root_release(back);
    return;
  }
  if (status != STATUS_CORRUPT)
    ck_abort_msg("%s, byte %zu: %s: %s", path, at, status_name(status), error.message);
  if (!strstr(error.message, folder)) ck_abort_msg("no file is named: %s", error.message);
  if (budget.used_bytes) ck_abort_msg("%s, byte %zu: memory stays charged", path, at);
}

// Every byte of every file is under some check: no flipped bit may pass.
START_TEST(flipped_bytes_are_noticed) {
  Root *root = rich_root(90);
  char *paths[128];
  uint64_t random = 77;
  write_root(root, NULL);
  int count = store_files(paths, 128);
  size_t flips = 0;
  for (int f = 0; f < count; f++) {
    struct stat info;
    int fd = open(paths[f], O_RDWR);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fstat(fd, &info), 0);
    // All bytes of the first files, a sample of the rest.
    size_t step = f < 5 ? 1 : 11;
    for (size_t at = unit_random(&random) % step; at < (size_t)info.st_size; at += step, flips++) {
      unsigned char before, after;
      ck_assert_int_eq(pread(fd, &before, 1, (off_t)at), 1);
      after = before ^ (unsigned char)(1 + unit_random(&random) % 255);
      ck_assert_int_eq(pwrite(fd, &after, 1, (off_t)at), 1);
      expect_corrupt_or_same(root, paths[f], at, true);
      ck_assert_int_eq(pwrite(fd, &before, 1, (off_t)at), 1);
    }
    close(fd);
  }
  ck_assert_uint_gt(flips, 3000);
  Root *back = read_back(NULL, NULL);
  ck_assert(unit_root_same(root, back));
  root_release(back);
  root_release(root);
  names_free(paths, count);
}
END_TEST

START_TEST(cut_and_grown_files_are_noticed) {
  Root *root = rich_root(20);
  char *paths[128], bytes[65536];
  write_root(root, NULL);
  int count = store_files(paths, 128);
  for (int f = 0; f < count; f++) {
    int fd = open(paths[f], O_RDWR);
    ssize_t size = pread(fd, bytes, sizeof bytes, 0);
    ck_assert(size > 0 && size < (ssize_t)sizeof bytes);
    ssize_t step = f < 4 ? 1 : 29;
    for (ssize_t length = size - 1; length >= 0; length -= step) {
      ck_assert_int_eq(ftruncate(fd, length), 0);
      expect_corrupt_or_same(root, paths[f], (size_t)length, true);
    }
    ck_assert_int_eq(pwrite(fd, bytes, (size_t)size, 0), size);
    ck_assert_int_eq(pwrite(fd, "\n", 1, size), 1);
    expect_corrupt_or_same(root, paths[f], (size_t)size, true);
    ck_assert_int_eq(ftruncate(fd, size), 0);
    close(fd);
    if (!f) continue;
    ck_assert_int_eq(unlink(paths[f]), 0); // gone altogether; then another's in its place
    expect_corrupt_or_same(root, paths[f], 0, true);
    ck_assert_int_eq(link(paths[f == 1 ? 2 : 1], paths[f]), 0);
    expect_corrupt_or_same(root, paths[f], 0, true);
    ck_assert_int_eq(unlink(paths[f]), 0);
    fd = open(paths[f], O_WRONLY | O_CREAT, 0666);
    ck_assert_int_eq(write(fd, bytes, (size_t)size), size);
    close(fd);
  }
  Root *back = read_back(NULL, NULL);
  ck_assert(unit_root_same(root, back));
  root_release(back);
  root_release(root);
  names_free(paths, count);
}
END_TEST

// Writes MANIFEST with a right checksum.
static void manifest_write(const char *json) {
  char path[128];
  snprintf(path, sizeof path, "%s/MANIFEST", folder);
  FILE *file = fopen(path, "w");
  fprintf(file, "%sxxh64 %016llx\n", json, (unsigned long long)hash_xxh64(json, strlen(json), 0));
  fclose(file);
}

START_TEST(foreign_and_lying_manifests_are_refused) {
  static const struct {
    const char *json, *message;
  } cases[] = {
      {"{\"format\": 2}", "format is 2"},
      {"[]", "not an object"},
      {"{", "not JSON"},
      {"{\"format\": 1}", "version: it is missing"},
      {"{\"format\": 1, \"version\": -1}", "version: it is out of range"},
      {"{\"format\": 1, \"version\": 1, \"published_at\": 0, \"batches\": [3]}", "batches"},
      {"{\"format\": 1, \"version\": 1, \"published_at\": 0, \"batches\": [], \"files\": "
       "[{\"number\": 1, \"bytes\": 5, \"checksum\": \"xyz\"}]}",
       "files[0].checksum"},
      {"{\"format\": 1, \"version\": 1, \"published_at\": 0, \"batches\": [], \"files\": [], "
       "\"tables\": [{\"name\": \"t\", \"rows\": 3, \"version\": 1, \"key\": 0, \"cluster\": -1, "
       "\"columns\": []}]}",
       "tables[0].key: it is out of range"},
      {"{\"format\": 1, \"version\": 1, \"published_at\": 0, \"batches\": [], \"files\": [], "
       "\"tables\": [{\"name\": \"t\", \"rows\": 3, \"version\": 1, \"key\": -1, \"cluster\": -1, "
       "\"columns\": [{\"name\": \"a\", \"type\": \"int\", \"blocks\": [[0,0,1]]}]}]}",
       "tables[0].columns[0].blocks: it does not name"},
      {"{\"format\": 1, \"version\": 1, \"published_at\": 0, \"batches\": [], \"files\": [], "
       "\"tables\": [{\"name\": \"t\", \"rows\": 3, \"version\": 1, \"key\": -1, \"cluster\": -1, "
       "\"columns\": [{\"name\": \"a\", \"type\": \"int\", \"blocks\": []}]}]}",
       "table t has 3 rows"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    Error error = ERROR_INIT;
    Root *root = NULL;
    manifest_write(cases[i].json);
    ck_assert_int_eq(snapshot_read(folder, NULL, NULL, NULL, &root, &error), STATUS_CORRUPT);
    ck_assert_msg(strstr(error.message, cases[i].message), "%s", error.message);
    if (i + 1 == sizeof cases / sizeof cases[0]) break; // found beside the files only
    Root *empty = root_create();                        // what cannot be read is not written over
    ck_assert_int_eq(snapshot_write(folder, empty, NULL, NULL, NULL, &error), STATUS_CORRUPT);
    root_release(empty);
  }
}
END_TEST

START_TEST(no_store_is_not_found) {
  Error error = ERROR_INIT;
  Root *root = NULL;
  ck_assert_int_eq(snapshot_read(folder, NULL, NULL, NULL, &root, &error), STATUS_NOT_FOUND);
  ck_assert_int_eq(snapshot_read("/tmp/tessera-no-such", NULL, NULL, NULL, &root, &error),
                   STATUS_NOT_FOUND);
  ck_assert_ptr_nonnull(strstr(error.message, "/tmp/tessera-no-such"));
  Root *empty = root_create();
  ck_assert_int_eq(snapshot_write("/proc/tessera", empty, NULL, NULL, NULL, &error), STATUS_IO);
  ck_assert_ptr_nonnull(strstr(error.message, "/proc/tessera"));
  root_release(empty);
}
END_TEST

START_TEST(a_used_up_budget_fails_cleanly) {
  Root *root = rich_root(3000), *back = NULL;
  write_root(root, NULL);
  Root *whole = read_back(NULL, NULL);
  int64_t needed = (int64_t)root_bytes(whole);
  for (int64_t limit = needed / 8; limit < needed; limit += needed / 8) {
    Error error = ERROR_INIT;
    MemoryBudget budget;
    memory_budget_init(&budget, "store", limit, NULL);
    ck_assert_int_eq(snapshot_read(folder, &budget, NULL, NULL, &back, &error), STATUS_MEMORY);
    ck_assert_int_eq(budget.used_bytes, 0);
  }
  root_release(whole);
  root_release(root);
}
END_TEST

// Codes beyond the dictionary and links beyond their target are refused by the writer already.
START_TEST(a_contradictory_root_is_refused) {
  DictionaryBuilder *builder = dictionary_builder_create(NULL);
  dictionary_builder_intern(builder, STR_LITERAL("one"));
  int64_t codes[] = {0, 1};
  Column *columns[] = {unit_int_column(
      TYPE_OF_STRING, dictionary_builder_finish(builder, false, NULL), -1, codes, NULL, 2)};
  Root *root = root_create();
  root_put(root, unit_table("t", NULL, columns, 1, NULL, NULL));
  Error error = ERROR_INIT;
  ck_assert_int_eq(snapshot_write(folder, root, NULL, NULL, NULL, &error), STATUS_INVALID);
  ck_assert_ptr_nonnull(strstr(error.message, "table t, column c0"));
  root_release(root);

  ColumnSchema linked = {.name = "self", .type = TYPE_OF_INT, .link = "t"};
  int64_t rows[] = {0, 2};
  columns[0] = unit_int_column(TYPE_OF_INT, NULL, -1, rows, NULL, 2);
  root = root_create();
  root_put(root, unit_table("t", &linked, columns, 1, NULL, NULL));
  ck_assert_int_eq(snapshot_write(folder, root, NULL, NULL, NULL, &error), STATUS_INVALID);
  ck_assert_ptr_nonnull(strstr(error.message, "links to rows"));
  root_release(root);
}
END_TEST

// The writer refuses what it looks at (blocks), the reader the rest.
static void store_is_refused(Table *table, const char *fault) {
  Root *root = root_create(), *read = NULL;
  Error error = ERROR_INIT;
  root_put(root, table);
  Status status = snapshot_write(folder, root, NULL, NULL, NULL, &error);
  root_release(root);
  ThreadPool *pool = thread_pool_create(2);
  if (status == STATUS_OK) status = snapshot_read(folder, NULL, pool, NULL, &read, &error);
  thread_pool_destroy(pool);
  ck_assert_msg(status != STATUS_OK && strstr(error.message, fault), "%s", error.message);
}

static Column *column_of(Type type, Block *block) {
  Block **blocks = mem_alloc(sizeof *blocks);
  blocks[0] = block;
  return column_create(type, NULL, blocks, 1);
}

START_TEST(values_beyond_their_type_are_refused) {
  int128_t wide[] = {1, decimal_pow10_128(19) * decimal_pow10_128(19)};
  Column *columns[] = {column_of(type_decimal(38, 0), block_encode_wide(wide, NULL, 2))};
  store_is_refused(unit_table("t", NULL, columns, 1, NULL, NULL), "more than 38 digits");
  Str texts[] = {STR_LITERAL("ok"), STR_LITERAL("\xff")};
  columns[0] = column_of(TYPE_OF_STRING, block_encode_text(texts, NULL, 2));
  store_is_refused(unit_table("t", NULL, columns, 1, NULL, NULL), "text is not UTF-8");
  Str halves[] = {STR_LITERAL("\xd0"), STR_LITERAL("\x90")}; // valid together
  columns[0] = column_of(TYPE_OF_STRING, block_encode_text(halves, NULL, 2));
  store_is_refused(unit_table("t", NULL, columns, 1, NULL, NULL), "text is not UTF-8");
  DictionaryBuilder *builder = dictionary_builder_create(NULL);
  dictionary_builder_intern(builder, STR_LITERAL("\xc3"));
  int64_t codes[] = {0, 0};
  columns[0] = unit_int_column(TYPE_OF_STRING, dictionary_builder_finish(builder, false, NULL), -1,
                               codes, NULL, 2);
  store_is_refused(unit_table("t", NULL, columns, 1, NULL, NULL), "a string that is no UTF-8");
}
END_TEST

START_TEST(keys_that_stand_twice_are_refused) {
  // By range, by hash, by code, by text; the absent row 0 has no key.
  int64_t dense[] = {0, 5, 6, 5}, sparse[] = {0, 5, INT64_MAX / 2, 5}, codes[] = {0, 0, 1, 0};
  Str texts[] = {STR_LITERAL(""), STR_LITERAL("5"), STR_LITERAL("6"), STR_LITERAL("5")};
  uint64_t validity[] = {14};
  for (int form = 0; form < 4; form++) {
    DictionaryBuilder *builder = dictionary_builder_create(NULL);
    dictionary_builder_intern(builder, STR_LITERAL("5"));
    dictionary_builder_intern(builder, STR_LITERAL("6"));
    Dictionary *dictionary = dictionary_builder_finish(builder, false, NULL);
    Column *column;
    if (form == 3)
      column = column_of(TYPE_OF_STRING, block_encode_text(texts, validity, 4));
    else
      column = unit_int_column(form == 2 ? TYPE_OF_STRING : TYPE_OF_INT,
                               form == 2 ? dictionary_retain(dictionary) : NULL, -1,
                               form == 0   ? dense
                               : form == 1 ? sparse
                                           : codes,
                               validity, 4);
    dictionary_release(dictionary);
    Table *table = unit_table("t", NULL, &column, 1, NULL, NULL);
    table->schema->key = 0;
    table->schema->has_members = true;
    store_is_refused(table, "table t has the key 5 twice");
  }
}
END_TEST

// ---- cancelling, and failing half-way

typedef struct CancelAt {
  Job *job;
  int64_t bytes;
} CancelAt;

static void cancel_at(void *context, const JobProgress *progress) {
  CancelAt *cancel = context;
  ck_assert_int_le(progress->done, progress->total);
  if (progress->done >= cancel->bytes) job_cancel(cancel->job);
  atomic_store(&cancel->job->progress_last_ns, 0); // hear of every step
}

START_TEST(cancelling_keeps_the_previous_version) {
  Root *first = rich_root(100), *second = rich_root(70000), *back;
  ThreadPool *pool = thread_pool_create(2);
  write_root(first, NULL);
  int files_before = block_file_count();
  for (int64_t bytes = 0; bytes < 4000000; bytes += 800000) {
    Job job;
    Error error = ERROR_INIT;
    job_init(&job, "snapshot", 0, 0, NULL);
    CancelAt cancel = {&job, bytes};
    job.on_progress = cancel_at;
    job.progress_context = &cancel;
    ck_assert_int_eq(snapshot_write(folder, second, pool, &job, NULL, &error), STATUS_CANCELLED);
    ck_assert_int_eq(block_file_count(), files_before);
    back = read_back(NULL, pool);
    ck_assert(unit_root_same(first, back));
    root_release(back);
  }
  Job job;
  Error error = ERROR_INIT;
  write_root(second, pool);
  job_init(&job, "start", 0, 0, NULL);
  CancelAt cancel = {&job, 500000};
  job.on_progress = cancel_at;
  job.progress_context = &cancel;
  MemoryBudget budget;
  memory_budget_init(&budget, "store", 0, NULL);
  ck_assert_int_eq(snapshot_read(folder, &budget, pool, &job, &back, &error), STATUS_CANCELLED);
  ck_assert_int_eq(budget.used_bytes, 0);
  back = read_back(NULL, pool);
  ck_assert(unit_root_same(second, back));
  root_release(back);
  root_release(first);
  root_release(second);
  thread_pool_destroy(pool);
}
END_TEST

// A writer that died left files that nobody names, and a new manifest that never became one.
START_TEST(leftovers_are_cleared) {
  Root *root = rich_root(100);
  char path[128];
  write_root(root, NULL);
  int files = block_file_count();
  static const char *const names[] = {"blocks/00000900.tsb", "blocks/notes.txt", "MANIFEST.new"};
  for (int i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    FILE *file = fopen(path, "w");
    fputs("half", file);
    fclose(file);
  }
  Root *back = read_back(NULL, NULL);
  ck_assert(unit_root_same(root, back));
  root_release(back);
  Root *next = root_copy(root);
  write_root(next, NULL);
  ck_assert_int_eq(block_file_count(), files + 1); // notes.txt is somebody's
  back = read_back(NULL, NULL);
  ck_assert(unit_root_same(next, back));
  root_release(back);
  root_release(next);
  root_release(root);
}
END_TEST

// Blocks whose file is damaged or gone are written again.
START_TEST(a_lost_file_is_replaced) {
  Root *root = rich_root(100);
  char *paths[128];
  write_root(root, NULL);
  int count = store_files(paths, 128);
  ck_assert_int_eq(unlink(paths[3]), 0);
  ck_assert_int_eq(truncate(paths[4], 20), 0);
  SnapshotReport report = write_root(root, NULL);
  ck_assert_uint_eq(report.files_written, 2);
  Root *back = read_back(NULL, NULL);
  ck_assert(unit_root_same(root, back));
  root_release(back);
  root_release(root);
  names_free(paths, count);
}
END_TEST

START_TEST(a_store_has_one_owner) {
  Error error = ERROR_INIT;
  StoreLock *lock = NULL, *second = NULL;
  ck_assert_int_eq(store_lock_acquire(folder, &lock, &error), STATUS_OK);
  ck_assert_int_eq(store_lock_acquire(folder, &second, &error), STATUS_BUSY);
  pid_t child = fork();
  if (child == 0) {
    char owner[32];
    snprintf(owner, sizeof owner, "(id %ld)", (long)getppid());
    bool busy = store_lock_acquire(folder, &second, &error) == STATUS_BUSY;
    _exit(busy && strstr(error.message, owner) ? 0 : 1);
  }
  int status;
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  ck_assert_int_eq(status, 0);
  store_lock_release(lock);
  // The child takes it and dies holding it: the kernel lets go.
  child = fork();
  if (child == 0) _exit(store_lock_acquire(folder, &second, NULL) == STATUS_OK ? 0 : 1);
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  ck_assert_int_eq(status, 0);
  ck_assert_int_eq(store_lock_acquire(folder, &lock, &error), STATUS_OK);
  store_lock_release(lock);
}
END_TEST

int main(void) {
  const TTest *const round_trips[] = {everything_comes_back,
                                      schemas_come_back,
                                      sharing_survives,
                                      an_unchanged_root_writes_nothing,
                                      an_append_writes_only_new_blocks,
                                      files_do_not_pile_up,
                                      NULL};
  const TTest *const damage[] = {flipped_bytes_are_noticed,
                                 cut_and_grown_files_are_noticed,
                                 foreign_and_lying_manifests_are_refused,
                                 no_store_is_not_found,
                                 a_used_up_budget_fails_cleanly,
                                 a_contradictory_root_is_refused,
                                 values_beyond_their_type_are_refused,
                                 keys_that_stand_twice_are_refused,
                                 NULL};
  const TTest *const life[] = {cancelling_keeps_the_previous_version, leftovers_are_cleared,
                               a_lost_file_is_replaced, a_store_has_one_owner, NULL};
  const struct {
    const char *name;
    const TTest *const *tests;
  } cases[] = {{"round_trips", round_trips}, {"damage", damage}, {"life", life}};
  Suite *suite = suite_create("snapshot");
  for (size_t i = 0; i < 3; i++) {
    TCase *tcase = tcase_create(cases[i].name);
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (const TTest *const *t = cases[i].tests; *t; t++) tcase_add_test(tcase, *t);
    suite_add_tcase(suite, tcase);
  }
  return unit_main(suite);
}
