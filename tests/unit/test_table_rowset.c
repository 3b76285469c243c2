// Sets of row numbers, flat and compressed, against a plain array of bytes.
#include "rowset.h"
#include "thread_pool.h"
#include "unit_table.h"

// Sizes around words, vectors and containers; shapes that make each kind of container.
static const uint64_t SIZES[] = {0, 1, 63, 64, 65, 2047, 2049, 65535, 65536, 65537, 400000};
#define SIZE_COUNT (sizeof SIZES / sizeof *SIZES)
enum { EMPTY, FULL, SPARSE, DENSE, RUNS, LAST, SHAPE_COUNT };

static uint8_t *draw_members(uint64_t *random, uint64_t row_count, int shape) {
  uint8_t *member = mem_alloc_zero(row_count + 8);
  bool on = false;
  for (uint64_t i = 0; i < row_count; i++) {
    uint64_t drawn = unit_random(random);
    if (drawn % 500 == 0) on = !on;
    member[i] = shape == FULL || (shape == SPARSE && drawn % 100 == 0) ||
                (shape == DENSE && drawn % 3 == 0) || (shape == RUNS && on) ||
                (shape == LAST && i == row_count - 1);
  }
  return member;
}

static uint64_t count_members(const uint8_t *member, uint64_t row_count) {
  uint64_t count = 0;
  for (uint64_t i = 0; i < row_count; i++) count += member[i];
  return count;
}

// The set through the flat bits (even seeds) or from row numbers in no order.
static Rowset *set_of(const uint8_t *member, uint64_t row_count, bool by_bits) {
  uint32_t *rows = mem_alloc((row_count + 1) * sizeof *rows), count = 0;
  for (uint64_t i = row_count; i-- > 0;)
    if (member[i]) rows[count++] = (uint32_t)i;
  Rowset *set;
  if (by_bits) {
    RowBits bits;
    ck_assert_int_eq(row_bits_init(&bits, row_count, NULL, NULL), STATUS_OK);
    row_bits_add(&bits, rows, count);
    set = rowset_of_bits(&bits);
    row_bits_clear(&bits);
  } else {
    set = rowset_of_rows(rows, count, row_count);
  }
  mem_free(rows);
  return set;
}

static void check_set(const Rowset *set, const uint8_t *member, uint64_t row_count,
                      uint64_t *random) {
  ck_assert_uint_eq(rowset_count(set), count_members(member, row_count));
  uint8_t mask[2048], expected[2048];
  uint32_t rows[2048];
  for (uint64_t row = 0; row < row_count; row += 2048) {
    uint32_t count = row_count - row < 2048 ? (uint32_t)(row_count - row) : 2048;
    for (uint32_t i = 0; i < count; i++) mask[i] = expected[i] = unit_random(random) & 1;
    rowset_mask(set, row, count, mask);
    for (uint32_t i = 0; i < count; i++)
      unit_require(mask[i] == (expected[i] & member[row + i]), "rowset_mask");
    for (uint32_t i = 0; i < count; i++) {
      rows[i] = (uint32_t)(unit_random(random) % row_count);
      mask[i] = expected[i];
    }
    rowset_test(set, rows, count, mask);
    for (uint32_t i = 0; i < count; i++)
      unit_require(mask[i] == (expected[i] & member[rows[i]]), "rowset_test");
    ck_assert_uint_eq(rowset_has(set, rows[0]), member[rows[0]]);
  }
  uint64_t seen = 0, from = 0;
  uint32_t count;
  while ((count = rowset_read(set, from, rows, 1 + (uint32_t)(unit_random(random) % 2048))) > 0) {
    for (uint32_t i = 0; i < count; i++)
      unit_require(member[rows[i]] && rows[i] >= from, "rowset_read");
    seen += count;
    from = (uint64_t)rows[count - 1] + 1;
  }
  ck_assert_uint_eq(seen, rowset_count(set));
}

// Ranges of the flat and of the compressed set.
static void check_any(const Rowset *set, const uint8_t *member, uint64_t row_count,
                      uint64_t *random) {
  RowBits bits;
  ck_assert_int_eq(row_bits_init(&bits, row_count, NULL, NULL), STATUS_OK);
  rowset_add_to_bits(set, &bits);
  ck_assert_uint_eq(row_bits_count(&bits), rowset_count(set));
  for (int i = 0; i < 200; i++) {
    uint64_t from = unit_random(random) % (row_count + 2);
    uint64_t to = from + unit_random(random) % (i % 2 ? 70 : row_count + 70);
    bool any = false, all = true;
    for (uint64_t row = from; row < to && row < row_count && !any; row++) any = member[row];
    for (uint64_t row = from; row < to && all; row++) all = row < row_count && member[row];
    ck_assert_uint_eq(rowset_any(set, from, to), any);
    ck_assert_uint_eq(row_bits_any(&bits, from, to), any);
    ck_assert_uint_eq(row_bits_all(&bits, from, to), all);
  }
  row_bits_invert(&bits);
  ck_assert_uint_eq(row_bits_count(&bits), row_count - rowset_count(set));
  row_bits_clear(&bits);
}

static void check_bytes(const Rowset *set) {
  Buffer buffer;
  buffer_init(&buffer);
  rowset_serialise(set, &buffer);
  Rowset *read;
  Error error = ERROR_INIT;
  Status status = rowset_deserialise(buffer.data, buffer.size, &read, &error);
  ck_assert_msg(status == STATUS_OK, "%s", error.message);
  ck_assert(rowset_equal(set, read) && rowset_row_count(set) == rowset_row_count(read));
  rowset_release(read);
  buffer_clear(&buffer);
}

START_TEST(sets_are_exact) {
  uint64_t random = 1;
  for (size_t s = 0; s < SIZE_COUNT; s++)
    for (int shape = 0; shape < SHAPE_COUNT; shape++) {
      uint8_t *member = draw_members(&random, SIZES[s], shape);
      for (int by_bits = 0; by_bits < 2; by_bits++) {
        Rowset *set = set_of(member, SIZES[s], by_bits);
        ck_assert_uint_eq(rowset_row_count(set), SIZES[s]);
        check_set(set, member, SIZES[s], &random);
        check_any(set, member, SIZES[s], &random);
        check_bytes(set);
        rowset_release(set);
      }
      mem_free(member);
    }
}
END_TEST

START_TEST(algebra_is_that_of_bits) {
  uint64_t random = 2;
  const uint64_t n = 200000, fewer = 131000;
  for (int a = 0; a < SHAPE_COUNT; a++)
    for (int b = 0; b < SHAPE_COUNT; b++) {
      uint8_t *left = draw_members(&random, n, a), *right = draw_members(&random, fewer, b);
      uint8_t *expected = mem_alloc_zero(n + 8);
      Rowset *x = set_of(left, n, true), *y = set_of(right, fewer, false);
      Rowset *(*const operations[])(const Rowset *, const Rowset *) = {rowset_and, rowset_or,
                                                                       rowset_and_not};
      for (int o = 0; o < 3; o++) {
        Rowset *set = operations[o](x, y);
        for (uint64_t i = 0; i < n; i++) {
          uint8_t r = i < fewer ? right[i] : 0;
          expected[i] = o == 0 ? left[i] & r : o == 1 ? left[i] | r : left[i] & !r;
        }
        ck_assert_uint_eq(rowset_row_count(set), n);
        check_set(set, expected, n, &random);
        check_bytes(set);
        rowset_release(set);
      }
      rowset_release(x);
      rowset_release(y);
      mem_free(left);
      mem_free(right);
      mem_free(expected);
    }
}
END_TEST

START_TEST(runs_cost_little) {
  RowBits bits;
  ck_assert_int_eq(row_bits_init(&bits, 10000000, NULL, NULL), STATUS_OK);
  row_bits_invert(&bits);
  Rowset *set = rowset_retain(rowset_of_bits(&bits));
  row_bits_clear(&bits);
  ck_assert_uint_eq(rowset_count(set), 10000000);
  ck_assert_uint_lt(rowset_bytes(set), 10000);
  rowset_release(set);
  rowset_release(set);
}
END_TEST

START_TEST(the_last_row_number) {
  const uint32_t rows[] = {UINT32_MAX, 0, UINT32_MAX - 1};
  Rowset *set = rowset_of_rows(rows, 3, (uint64_t)UINT32_MAX + 1);
  ck_assert(rowset_any(set, UINT32_MAX, (uint64_t)UINT32_MAX + 1));
  ck_assert(!rowset_any(set, 1, UINT32_MAX - 1));
  ck_assert(!rowset_any(set, (uint64_t)UINT32_MAX + 1, UINT64_MAX));
  uint32_t read[4];
  ck_assert_uint_eq(rowset_read(set, 1, read, 4), 2);
  ck_assert_uint_eq(rowset_read(set, (uint64_t)read[1] + 1, read, 4), 0);
  check_bytes(set);
  rowset_release(set);
}
END_TEST

// ---------------------------------------------------------------- bytes from outside

static uint64_t checksum(const char *bytes, size_t size) {
  return hash_xxh64(bytes + 32, size - 32, hash_xxh64(bytes, 24, 0));
}

// Any byte changed, any end cut off: refused. With the checksum made right again: refused or some
// set within its table, but never a fault.
START_TEST(nothing_stored_is_trusted) {
  uint64_t random = 3;
  for (int shape = 0; shape < SHAPE_COUNT; shape++) {
    uint8_t *member = draw_members(&random, 200000, shape);
    Rowset *set = set_of(member, 200000, true), *read;
    Buffer buffer;
    buffer_init(&buffer);
    rowset_serialise(set, &buffer);
    char *bytes = mem_alloc(buffer.size);
    for (int i = 0; i < 3000; i++) {
      memcpy(bytes, buffer.data, buffer.size);
      size_t at = i < 200 ? (size_t)i % buffer.size : unit_random(&random) % buffer.size;
      bytes[at] ^= (char)(1 << unit_random(&random) % 8);
      ck_assert_int_eq(rowset_deserialise(bytes, buffer.size, &read, NULL), STATUS_CORRUPT);
      uint64_t right = checksum(bytes, buffer.size);
      memcpy(bytes + 24, &right, 8);
      if (rowset_deserialise(bytes, buffer.size, &read, NULL) == STATUS_OK) {
        ck_assert(!rowset_any(read, rowset_row_count(read), UINT64_MAX));
        ck_assert_uint_le(rowset_count(read), rowset_row_count(read));
        rowset_release(read);
      }
      size_t cut = unit_random(&random) % buffer.size;
      ck_assert_int_eq(rowset_deserialise(buffer.data, cut, &read, NULL), STATUS_CORRUPT);
    }
    mem_free(bytes);
    buffer_clear(&buffer);
    rowset_release(set);
    mem_free(member);
  }
}
END_TEST

// ---------------------------------------------------------------- many workers

typedef struct Adding {
  RowBits bits;
  _Atomic uint32_t next;
} Adding;

static void add_task(void *context, uint32_t worker) {
  (void)worker;
  Adding *adding = context;
  uint32_t morsel, rows[1000];
  while ((morsel = atomic_fetch_add(&adding->next, 1)) < 400) {
    for (uint32_t i = 0; i < 1000; i++) rows[i] = (morsel * 37 + i * i) % 50000 * 2;
    row_bits_add(&adding->bits, rows, 1000);
  }
}

START_TEST(workers_add_at_once) {
  ThreadPool *pool = thread_pool_create(8);
  Adding many = {.next = 0}, one = {.next = 0};
  MemoryBudget budget;
  memory_budget_init(&budget, "query", 30000, NULL);
  ck_assert_int_eq(row_bits_init(&many.bits, 100000, &budget, NULL), STATUS_OK);
  ck_assert_int_eq(row_bits_init(&one.bits, 100000, &budget, NULL), STATUS_OK);
  RowBits refused;
  ck_assert_int_eq(row_bits_init(&refused, 100000, &budget, NULL), STATUS_MEMORY);
  row_bits_clear(&refused);
  thread_pool_run(pool, 8, add_task, &many);
  thread_pool_run(NULL, 1, add_task, &one);
  ck_assert_mem_eq(many.bits.words, one.bits.words, bits_words(100000) * 8);
  row_bits_clear(&many.bits);
  row_bits_clear(&one.bits);
  ck_assert_int_eq(budget.used_bytes, 0);
  thread_pool_destroy(pool);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("table_rowset");
  unit_case(suite, "sets", 300,
            (const TTest *[]){sets_are_exact, algebra_is_that_of_bits, runs_cost_little,
                              the_last_row_number, workers_add_at_once, NULL});
  unit_case(suite, "stored sets", 300, (const TTest *[]){nothing_stored_is_trusted, NULL});
  return unit_main(suite);
}
