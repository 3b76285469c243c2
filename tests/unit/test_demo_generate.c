// A whole demo chain on disk: the same bytes whatever the threads, rows that add up, nothing left
// behind.
#include "buffer.h"
#include "demo.h"
#include "hash.h"
#include "unit_main.h"
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64]; // a fresh one for each test

static void folder_up(void) {
  snprintf(folder, sizeof folder, "/tmp/test_demo_XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(folder));
}
static void folder_remove(const char *path) {
  DIR *entries = opendir(path);
  if (!entries) {
    unlink(path);
    return;
  }
  for (struct dirent *entry; (entry = readdir(entries));) {
    if (entry->d_name[0] == '.') continue;
    char child[1024];
    snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
    folder_remove(child);
  }
  closedir(entries);
  rmdir(path);
}
static void folder_down(void) {
  folder_remove(folder);
}

static int folder_entries(const char *path) {
  int count = 0;
  DIR *entries = opendir(path);
  ck_assert_ptr_nonnull(entries);
  for (struct dirent *entry; (entry = readdir(entries));) count += entry->d_name[0] != '.';
  closedir(entries);
  return count;
}

static const char *path_of(const char *name) {
  static char paths[4][256];
  static int next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

static char *file_read(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  ck_assert_msg(file != NULL, "%s", path);
  Buffer bytes;
  buffer_init(&bytes);
  char chunk[65536];
  for (size_t n; (n = fread(chunk, 1, sizeof chunk, file)) > 0;) buffer_append(&bytes, chunk, n);
  fclose(file);
  buffer_append_char(&bytes, 0);
  *size = bytes.size - 1;
  return bytes.data;
}

static const char *const file_names[] = {"stores.csv",
                                         "channels.csv",
                                         "products.csv",
                                         "product_prices.csv",
                                         "customers.csv",
                                         "identities.csv",
                                         "tier_history.csv",
                                         "consents.csv",
                                         "coupons.csv",
                                         "campaigns.csv",
                                         "experiments.csv",
                                         "assignments.csv",
                                         "calendar.csv",
                                         "receipts-2023.csv",
                                         "receipts-2024.csv",
                                         "receipts-2025.csv",
                                         "sales-2023.csv",
                                         "sales-2024.csv",
                                         "sales-2025.csv",
                                         "line_discounts-2023.csv",
                                         "line_discounts-2024.csv",
                                         "line_discounts-2025.csv",
                                         "points-2023.csv",
                                         "points-2024.csv",
                                         "points-2025.csv",
                                         "contacts-2023.csv",
                                         "contacts-2024.csv",
                                         "contacts-2025.csv",
                                         "orders-2023.csv",
                                         "orders-2024.csv",
                                         "orders-2025.csv",
                                         "events-2023.csv",
                                         "events-2024.csv",
                                         "events-2025.csv",
                                         "late/receipts-late.csv",
                                         "late/sales-late.csv",
                                         "late/line_discounts-late.csv",
                                         "late/points-late.csv",
                                         "late/customers-late.csv",
                                         "truth/truth_customers.csv",
                                         "truth/truth.json"};
enum { NAMES = sizeof file_names / sizeof file_names[0] };

static void hash_chain(const char *directory, uint64_t hashes[NAMES]) {
  for (int i = 0; i < NAMES; i++) {
    char path[512];
    size_t size;
    snprintf(path, sizeof path, "%s/%s", directory, file_names[i]);
    char *bytes = file_read(path, &size);
    hashes[i] = hash_xxh64(bytes, size, 0);
    mem_free(bytes);
  }
}

static void make_chain(const char *directory, double scale, uint64_t seed, uint32_t threads,
                       DemoSummary *made) {
  DemoOptions options = {.directory = directory, .scale = scale, .seed = seed, .threads = threads};
  Error error = ERROR_INIT;
  ck_assert_msg(demo_generate(&options, NULL, made, &error) == STATUS_OK, "%s", error.message);
}

START_TEST(same_seed_same_bytes) {
  uint64_t one[NAMES], four[NAMES], other[NAMES];
  make_chain(path_of("one"), 0.001, 5, 1, NULL);
  make_chain(path_of("four"), 0.001, 5, 4, NULL);
  make_chain(path_of("other"), 0.001, 6, 4, NULL);
  hash_chain(path_of("one"), one);
  hash_chain(path_of("four"), four);
  hash_chain(path_of("other"), other);
  for (int i = 0; i < NAMES; i++) ck_assert_msg(one[i] == four[i], "%s differs", file_names[i]);
  ck_assert_uint_ne(one[16], other[16]);
  ck_assert_int_eq(folder_entries(folder), 3);
}
END_TEST

// ---- rows that add up ---------------------------------------------------------------------------

typedef struct Rows { // of one CSV file; no demo field holds a quote, so a comma always separates
  char *text, *next, *end;
  char *fields[24];
  int count;
} Rows;

static void rows_open(Rows *rows, const char *directory, const char *name) {
  char path[512];
  size_t size;
  snprintf(path, sizeof path, "%s/%s", directory, name);
  rows->text = file_read(path, &size);
  rows->end = rows->text + size;
  rows->next = strchr(rows->text, '\n') + 1;
}
static bool rows_next(Rows *rows) {
  if (!*rows->next) return false;
  // Not strchr: with strict_string_checks, ASan has it read the rest of the file for each line.
  char *end = memchr(rows->next, '\n', (size_t)(rows->end - rows->next));
  unit_require(end != NULL, "the last line ends");
  *end = 0;
  rows->count = 0;
  for (char *field = rows->next; field;) {
    rows->fields[rows->count++] = field;
    field = strchr(field, ',');
    if (field) *field++ = 0;
  }
  rows->next = end + 1;
  return true;
}
static int64_t kopecks(const char *text) {
  bool negative = *text == '-';
  char *end;
  int64_t roubles = strtoll(text + negative, &end, 10);
  unit_require(*end == '.' && strlen(end + 1) == 2, "money has two decimals");
  int64_t value = roubles * 100 + strtoll(end + 1, NULL, 10);
  return negative ? -value : value;
}
static int64_t thousandths(const char *text) {
  bool negative = *text == '-';
  char *end;
  int64_t value = strtoll(text + negative, &end, 10) * 1000;
  if (*end) {
    unit_require(strlen(end + 1) == 3, "quantities have three decimals or none");
    value += strtoll(end + 1, NULL, 10);
  }
  return negative ? -value : value;
}

typedef struct Sums { // by key of line or receipt
  int64_t *discount, *points, *paid;
  int64_t lines, last_line;
} Sums;

static void read_sales(const char *directory, const char *name, Sums *sums) {
  Rows rows;
  rows_open(&rows, directory, name);
  while (rows_next(&rows)) {
    char **f = rows.fields;
    unit_require(rows.count == 14, "sales have 14 columns");
    int64_t line = strtoll(f[0], NULL, 10), receipt = strtoll(f[1], NULL, 10);
    int64_t quantity = thousandths(f[4]), gross = kopecks(f[6]) * llabs(quantity);
    gross = (gross + 500) / 1000 * (quantity < 0 ? -1 : 1);
    int64_t spent = strtoll(f[13], NULL, 10);
    unit_require(kopecks(f[7]) == gross - kopecks(f[8]) - spent * 100, f[0]);
    unit_require((quantity < 0) == (*f[11] != 0), f[0]);
    if (*f[11]) unit_require(sums->paid[strtoll(f[11], NULL, 10)] == -kopecks(f[7]), f[0]);
    sums->paid[line] = kopecks(f[7]);
    sums->discount[line] = kopecks(f[8]);
    sums->points[receipt] += strtoll(f[12], NULL, 10) - spent;
    sums->lines++;
  }
  mem_free(rows.text);
}

static void read_discounts(const char *directory, const char *name, Sums *sums) {
  Rows rows;
  rows_open(&rows, directory, name);
  while (rows_next(&rows))
    sums->discount[strtoll(rows.fields[0], NULL, 10)] -= kopecks(rows.fields[4]);
  mem_free(rows.text);
}

static int64_t read_points(const char *directory, const char *name, Sums *sums) {
  Rows rows;
  int64_t total = 0;
  rows_open(&rows, directory, name);
  while (rows_next(&rows)) {
    unit_require(rows.count == 13, "points have 13 columns");
    int64_t amount = strtoll(rows.fields[4], NULL, 10);
    total += amount;
    if (*rows.fields[5]) sums->points[strtoll(rows.fields[5], NULL, 10)] -= amount;
  }
  mem_free(rows.text);
  return total;
}

START_TEST(rows_add_up_over_all_files) {
  DemoSummary made;
  const char *directory = path_of("chain");
  make_chain(directory, 0.004, 3, 2, &made);
  Sums sums = {0};
  sums.discount = mem_alloc_zero((size_t)(made.lines + 1) * 8);
  sums.paid = mem_alloc_zero((size_t)(made.lines + 1) * 8);
  sums.points = mem_alloc_zero((size_t)(made.receipts + 1) * 8);
  static const char *const parts[] = {"-2023.csv", "-2024.csv", "-2025.csv"};
  char name[64];
  for (int i = 0; i < 3; i++) {
    // Late rows come last, as a loader would take them; only their own days refer to them.
    snprintf(name, sizeof name, "sales%s", parts[i]);
    if (i == 2) read_sales(directory, "late/sales-late.csv", &sums);
    read_sales(directory, name, &sums);
  }
  ck_assert_int_eq(sums.lines, made.lines);
  int64_t balance = 0;
  for (int i = 0; i < 3; i++) {
    snprintf(name, sizeof name, "line_discounts%s", parts[i]);
    read_discounts(directory, name, &sums);
    snprintf(name, sizeof name, "points%s", parts[i]);
    balance += read_points(directory, name, &sums);
  }
  read_discounts(directory, "late/line_discounts-late.csv", &sums);
  balance += read_points(directory, "late/points-late.csv", &sums);
  for (int64_t line = 1; line <= made.lines; line++)
    unit_require(sums.discount[line] == 0, "discounts sum to the discount");
  for (int64_t receipt = 1; receipt <= made.receipts; receipt++)
    unit_require(sums.points[receipt] == 0, "points of lines are points of the ledger");
  size_t size;
  char closing[64], path[512];
  snprintf(path, sizeof path, "%s/truth/truth.json", directory);
  char *truth = file_read(path, &size);
  snprintf(closing, sizeof closing, "\"closing\": %lld\n", (long long)balance);
  ck_assert_msg(strstr(truth, closing) != NULL, "truth.json lacks %s", closing);
  mem_free(truth);
  mem_free(sums.discount);
  mem_free(sums.paid);
  mem_free(sums.points);
}
END_TEST

START_TEST(calibration_at_a_small_scale) {
  DemoSummary made;
  make_chain(path_of("chain"), 0.004, 4, 2, &made);
  ck_assert_int_eq(made.members, 2080);
  Rows rows;
  int64_t receipts = 0, cards = 0, returns = 0;
  for (int year = 2023; year <= 2025; year++) {
    char name[64], last[24] = "";
    snprintf(name, sizeof name, "receipts-%d.csv", year);
    rows_open(&rows, path_of("chain"), name);
    while (rows_next(&rows)) {
      unit_require(rows.count == 15, "receipts have 15 columns");
      unit_require(strcmp(last, rows.fields[3]) <= 0, rows.fields[3]);
      snprintf(last, sizeof last, "%s", rows.fields[3]);
      receipts++;
      cards += *rows.fields[11] != 0;
      returns += strcmp(rows.fields[1], "sale") != 0;
    }
    mem_free(rows.text);
  }
  double n = (double)receipts;
  // Members differ a lot: the deviation of a member's receipts is about 1.6 of their mean.
  double share_error = 4.5 * 1.6 * 0.72 * 0.28 / sqrt(2080.0);
  ck_assert_double_le(fabs((double)cards / n - 0.72), 0.02 + share_error);
  ck_assert_double_le(fabs((double)made.lines / (double)made.receipts - 3.05), 0.2);
  ck_assert_double_le(fabs((double)returns / n - 0.0150), 0.003 + 4.5 * sqrt(0.015 / n));
}
END_TEST

// ---- nothing is left behind ---------------------------------------------------------------------

static void assert_fails(DemoOptions options, Job *job, Status expected, const char *part) {
  Error error = ERROR_INIT;
  Status status = demo_generate(&options, job, NULL, &error);
  ck_assert_msg(status == expected, "%s: %s", status_name(status), error.message);
  ck_assert_msg(strstr(error.message, part) != NULL, "message '%s' lacks '%s'", error.message,
                part);
}

START_TEST(bad_options_are_named) {
  DemoOptions options = {.directory = path_of("x"), .scale = 0.0005};
  assert_fails(options, NULL, STATUS_INVALID, "0.0005");
  options.scale = 11;
  assert_fails(options, NULL, STATUS_INVALID, "11");
  options.scale = 0.0 / 0.0;
  assert_fails(options, NULL, STATUS_INVALID, "nan");
  options.scale = 0.001;
  options.directory = "";
  assert_fails(options, NULL, STATUS_INVALID, "directory");
  options.directory = path_of("no/such/parent");
  assert_fails(options, NULL, STATUS_IO, "no/such/parent");
  ck_assert_int_eq(folder_entries(folder), 0);
}
END_TEST

START_TEST(what_is_there_is_kept) {
  ck_assert_int_eq(mkdir(path_of("full"), 0777), 0);
  FILE *file = fopen(path_of("full/mine.txt"), "w");
  fputs("mine", file);
  fclose(file);
  DemoOptions options = {.directory = path_of("full"), .scale = 0.001};
  assert_fails(options, NULL, STATUS_EXISTS, "not empty");
  ck_assert_int_eq(access(path_of("full/mine.txt"), F_OK), 0);
  options.directory = path_of("full/mine.txt");
  assert_fails(options, NULL, STATUS_EXISTS, "no folder");
  ck_assert_int_eq(mkdir(path_of("empty"), 0777), 0);
  make_chain(path_of("empty/"), 0.001, 1, 1, NULL);
  ck_assert_int_gt(folder_entries(path_of("empty")), 20);
}
END_TEST

static void cancel_when_writing(void *context, const JobProgress *progress) {
  if (strcmp(progress->phase, context) == 0) job_cancel((Job *)((char *)context + 32));
}

START_TEST(a_cancelled_run_leaves_nothing) {
  struct {
    char phase[32];
    Job job;
  } run = {.phase = "live"};
  ck_assert_ptr_eq((char *)&run + 32, &run.job);
  job_init(&run.job, "generate", 0, 0, NULL);
  run.job.on_progress = cancel_when_writing;
  run.job.progress_context = &run;
  DemoOptions options = {.directory = path_of("x"), .scale = 0.02, .seed = 1};
  assert_fails(options, &run.job, STATUS_CANCELLED, "");
  ck_assert_int_eq(folder_entries(folder), 0);
  ck_assert_int_eq(run.job.memory.used_bytes, 0);
  job_init(&run.job, "generate", 0, 0, NULL);
  job_cancel(&run.job);
  assert_fails(options, &run.job, STATUS_CANCELLED, "");
  ck_assert_int_eq(folder_entries(folder), 0);
}
END_TEST

START_TEST(a_run_without_memory_leaves_nothing) {
  Job job;
  job_init(&job, "generate", 100000, 0, NULL);
  DemoOptions options = {.directory = path_of("x"), .scale = 0.01, .seed = 1};
  assert_fails(options, &job, STATUS_MEMORY, "");
  ck_assert_int_eq(folder_entries(folder), 0);
  ck_assert_int_eq(job.memory.used_bytes, 0);
}
END_TEST

START_TEST(a_full_disk_leaves_nothing) {
  struct rlimit limit = {200000, 200000};
  signal(SIGXFSZ, SIG_IGN); // a write beyond the limit then fails with EFBIG
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
  DemoOptions options = {.directory = path_of("x"), .scale = 0.004, .seed = 1};
  assert_fails(options, NULL, STATUS_IO, "cannot write the demo chain");
  ck_assert_int_eq(folder_entries(folder), 0);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("demo_generate");
  TCase *files = tcase_create("files");
  tcase_set_timeout(files, 120);
  tcase_add_checked_fixture(files, folder_up, folder_down);
  tcase_add_test(files, same_seed_same_bytes);
  tcase_add_test(files, rows_add_up_over_all_files);
  tcase_add_test(files, calibration_at_a_small_scale);
  tcase_add_test(files, bad_options_are_named);
  tcase_add_test(files, what_is_there_is_kept);
  tcase_add_test(files, a_cancelled_run_leaves_nothing);
  tcase_add_test(files, a_run_without_memory_leaves_nothing);
  tcase_add_test(files, a_full_disk_leaves_nothing); // last: it lowers the limit of its process
  suite_add_tcase(suite, files);
  return unit_main(suite);
}
