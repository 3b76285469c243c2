// See rowset.h. CRoaring does the set algebra; the reader of stored sets is our own, because the
// library's trusts the bytes that it is given: every container is checked before it is added.
#include "rowset.h"
#include "hash.h"
#include <assert.h>
#include <roaring/roaring.h>
#include <stdatomic.h>
#include <string.h>

#define CONTAINER_ROWS 65536u
#define ARRAY_ROWS_MAX 4096u // a container of more members is a bitmap, unless it is of runs
#define BITMAP_BYTES (CONTAINER_ROWS / 8)

struct Rowset {
  _Atomic uint32_t refs;
  uint64_t row_count;
  roaring_bitmap_t *members;
};

// Takes over the bitmap.
static Rowset *rowset_create(roaring_bitmap_t *members, uint64_t row_count) {
  Rowset *set = mem_alloc_zero(sizeof *set);
  atomic_init(&set->refs, 1);
  set->row_count = row_count;
  set->members = members;
  return set;
}

// The same, a set made at once: containers of runs where they are smaller.
static Rowset *rowset_create_compact(roaring_bitmap_t *members, uint64_t row_count) {
  roaring_bitmap_run_optimize(members);
  roaring_bitmap_shrink_to_fit(members);
  return rowset_create(members, row_count);
}

Rowset *rowset_retain(Rowset *set) {
  atomic_fetch_add_explicit(&set->refs, 1, memory_order_relaxed);
  return set;
}

void rowset_release(Rowset *set) {
  if (!set || atomic_fetch_sub_explicit(&set->refs, 1, memory_order_acq_rel) > 1) return;
  roaring_bitmap_free(set->members);
  mem_free(set);
}

Rowset *rowset_of_rows(const uint32_t *rows, size_t count, uint64_t row_count) {
  roaring_bitmap_t *members = roaring_bitmap_create();
  for (size_t i = 0; i < count; i++) assert(rows[i] < row_count);
  roaring_bitmap_add_many(members, count, rows);
  return rowset_create_compact(members, row_count);
}

// The set bits of the words of one container, as row numbers from `base` on.
static uint32_t words_to_rows(const uint64_t *words, size_t word_count, uint32_t base,
                              uint32_t *rows) {
  uint32_t count = 0;
  for (size_t w = 0; w < word_count; w++)
    for (uint64_t left = words[w]; left; left &= left - 1)
      rows[count++] = base + (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(left);
  return count;
}

Rowset *rowset_of_bits(const RowBits *bits) {
  roaring_bitmap_t *members = roaring_bitmap_create();
  uint32_t *rows = mem_alloc(CONTAINER_ROWS * sizeof *rows);
  size_t words = bits_words(bits->row_count);
  for (size_t w = 0; w < words; w += CONTAINER_ROWS / 64) {
    size_t count = words - w < CONTAINER_ROWS / 64 ? words - w : CONTAINER_ROWS / 64;
    uint32_t found = words_to_rows(bits->words + w, count, (uint32_t)(w * 64), rows);
    if (found == CONTAINER_ROWS)
      roaring_bitmap_add_range(members, rows[0], (uint64_t)rows[0] + CONTAINER_ROWS);
    else if (found)
      roaring_bitmap_add_many(members, found, rows);
  }
  mem_free(rows);
  return rowset_create_compact(members, bits->row_count);
}

// ---------------------------------------------------------------- algebra

static uint64_t row_count_of_both(const Rowset *a, const Rowset *b) {
  return a->row_count > b->row_count ? a->row_count : b->row_count;
}

Rowset *rowset_and(const Rowset *a, const Rowset *b) {
  return rowset_create(roaring_bitmap_and(a->members, b->members), row_count_of_both(a, b));
}

Rowset *rowset_or(const Rowset *a, const Rowset *b) {
  return rowset_create(roaring_bitmap_or(a->members, b->members), row_count_of_both(a, b));
}

Rowset *rowset_and_not(const Rowset *a, const Rowset *b) {
  return rowset_create(roaring_bitmap_andnot(a->members, b->members), row_count_of_both(a, b));
}

bool rowset_equal(const Rowset *a, const Rowset *b) {
  return roaring_bitmap_equals(a->members, b->members);
}

// ---------------------------------------------------------------- asking

uint64_t rowset_count(const Rowset *set) {
  return roaring_bitmap_get_cardinality(set->members);
}

uint64_t rowset_row_count(const Rowset *set) {
  return set->row_count;
}

size_t rowset_bytes(const Rowset *set) {
  return sizeof *set + sizeof *set->members + roaring_bitmap_size_in_bytes(set->members);
}

bool rowset_has(const Rowset *set, uint32_t row) {
  return roaring_bitmap_contains(set->members, row);
}

// An iterator at the first member that is `from` or more; false: there is none.
static bool members_from(const Rowset *set, uint64_t from, roaring_uint32_iterator_t *members) {
  if (from >= set->row_count) return false;
  roaring_init_iterator(set->members, members);
  return roaring_move_uint32_iterator_equalorlarger(members, (uint32_t)from);
}

bool rowset_any(const Rowset *set, uint64_t from, uint64_t to) {
  roaring_uint32_iterator_t members;
  return from < to && members_from(set, from, &members) && members.current_value < to;
}

void rowset_test(const Rowset *set, const uint32_t *rows, uint32_t count, uint8_t *mask) {
  for (uint32_t i = 0; i < count; i++)
    if (mask[i]) mask[i] = roaring_bitmap_contains(set->members, rows[i]);
}

void rowset_mask(const Rowset *set, uint64_t row, uint32_t count, uint8_t *mask) {
  roaring_uint32_iterator_t members;
  bool more = members_from(set, row, &members);
  for (uint32_t i = 0; i < count; i++) {
    bool member = more && members.current_value == row + i;
    mask[i] &= member;
    if (member) more = roaring_advance_uint32_iterator(&members);
  }
}

uint32_t rowset_read(const Rowset *set, uint64_t from, uint32_t *rows, uint32_t capacity) {
  roaring_uint32_iterator_t members;
  return members_from(set, from, &members) ? roaring_read_uint32_iterator(&members, rows, capacity)
                                           : 0;
}

void rowset_add_to_bits(const Rowset *set, RowBits *bits) {
  uint32_t rows[1024], count;
  assert(set->row_count <= bits->row_count);
  for (uint64_t from = 0; (count = rowset_read(set, from, rows, 1024)) > 0;
       from = (uint64_t)rows[count - 1] + 1)
    row_bits_add(bits, rows, count);
}

// ---------------------------------------------------------------- bytes

// header    magic, version, row count, payload bytes, XXH64 of what stands before it and after it
// payload   cookie, containers: key and members - 1 of each, [offset of each], each one's members

#define ROWSET_MAGIC UINT32_C(0x53525354) // "TSRS"
#define ROWSET_VERSION 1u
#define COOKIE 12346u      // no container of runs
#define COOKIE_RUNS 12347u // the high half is the number of containers - 1
#define RUNS_OFFSETS_MIN 4 // so many containers have offsets where there are runs

typedef struct Header {
  uint32_t magic, version;
  uint64_t row_count, payload_bytes, checksum;
} Header;
static_assert(sizeof(Header) == 32, "no padding: the header is written as it lies in memory");
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "sets are stored little-endian");

static uint64_t set_checksum(const Header *header, const void *payload) {
  return hash_xxh64(payload, header->payload_bytes, hash_xxh64(header, 24, 0));
}

void rowset_serialise(const Rowset *set, Buffer *out) {
  Header header = {ROWSET_MAGIC, ROWSET_VERSION, set->row_count,
                   roaring_bitmap_portable_size_in_bytes(set->members), 0};
  char *payload = mem_alloc(header.payload_bytes);
  roaring_bitmap_portable_serialize(set->members, payload);
  header.checksum = set_checksum(&header, payload);
  buffer_append(out, &header, sizeof header);
  buffer_append(out, payload, header.payload_bytes);
  mem_free(payload);
}

typedef struct Reader {
  const uint8_t *bytes;
  size_t size, at;
  uint64_t row_count;
  roaring_bitmap_t *members;
  uint32_t *rows; // [CONTAINER_ROWS]
} Reader;

// The next `size` bytes, or NULL when there are not so many.
static const uint8_t *take(Reader *reader, size_t size) {
  if (reader->size - reader->at < size) return NULL;
  const uint8_t *bytes = reader->bytes + reader->at;
  reader->at += size;
  return bytes;
}

static uint32_t u16_at(const uint8_t *bytes, size_t index) {
  uint16_t value;
  memcpy(&value, bytes + index * 2, 2);
  return value;
}

static uint32_t u32_at(const uint8_t *bytes, size_t index) {
  uint32_t value;
  memcpy(&value, bytes + index * 4, 4);
  return value;
}

// Adds members that ascend; false: the last is beyond the table.
static bool add_rows(Reader *reader, uint32_t count) {
  if (reader->rows[count - 1] >= reader->row_count) return false;
  roaring_bitmap_add_many(reader->members, count, reader->rows);
  return true;
}

static bool read_array(Reader *reader, uint32_t base, uint32_t count) {
  const uint8_t *low = take(reader, (size_t)count * 2);
  if (!low) return false;
  for (uint32_t i = 0; i < count; i++) {
    if (i && u16_at(low, i) <= u16_at(low, i - 1)) return false;
    reader->rows[i] = base | u16_at(low, i);
  }
  return add_rows(reader, count);
}

static bool read_bitmap(Reader *reader, uint32_t base, uint32_t count) {
  const uint8_t *bytes = take(reader, BITMAP_BYTES);
  if (!bytes) return false;
  uint64_t words[BITMAP_BYTES / 8];
  memcpy(words, bytes, sizeof words);
  return words_to_rows(words, BITMAP_BYTES / 8, base, reader->rows) == count &&
         add_rows(reader, count);
}

static bool read_runs(Reader *reader, uint32_t base, uint32_t count) {
  const uint8_t *head = take(reader, 2);
  uint32_t runs = head ? u16_at(head, 0) : 0, found = 0, next = 0;
  const uint8_t *pairs = runs ? take(reader, (size_t)runs * 4) : NULL;
  if (!pairs) return false;
  for (uint32_t r = 0; r < runs; r++) {
    uint32_t first = u16_at(pairs, r * 2), last = first + u16_at(pairs, r * 2 + 1);
    if (first < next || last >= CONTAINER_ROWS || (base | last) >= reader->row_count) return false;
    roaring_bitmap_add_range(reader->members, base | first, (uint64_t)(base | last) + 1);
    found += last - first + 1;
    next = last + 1;
  }
  return found == count;
}

// Reads the payload whole; false: it is not one.
static bool read_members(Reader *reader) {
  const uint8_t *head = take(reader, 4);
  if (!head) return false;
  uint32_t cookie = u32_at(head, 0), count;
  const uint8_t *runs = NULL; // a bit a container: it is of runs
  bool with_runs = (cookie & UINT16_MAX) == COOKIE_RUNS;
  if (with_runs) {
    count = (cookie >> 16) + 1;
    if (!(runs = take(reader, (count + 7) / 8))) return false;
  } else {
    if (cookie != COOKIE || !(head = take(reader, 4))) return false;
    count = u32_at(head, 0);
  }
  if (count > CONTAINER_ROWS) return false;
  bool with_offsets = !with_runs || count >= RUNS_OFFSETS_MIN;
  const uint8_t *described = take(reader, (size_t)count * 4);
  const uint8_t *offsets = with_offsets ? take(reader, (size_t)count * 4) : NULL;
  if (!described || (with_offsets && !offsets)) return false;
  for (uint32_t c = 0; c < count; c++) {
    uint32_t key = u16_at(described, c * 2), members = u16_at(described, c * 2 + 1) + 1;
    if (c && key <= u16_at(described, c * 2 - 2)) return false;
    if (offsets && u32_at(offsets, c) != reader->at) return false;
    bool of_runs = runs && (runs[c / 8] >> c % 8 & 1);
    bool whole = of_runs                     ? read_runs(reader, key << 16, members)
                 : members <= ARRAY_ROWS_MAX ? read_array(reader, key << 16, members)
                                             : read_bitmap(reader, key << 16, members);
    if (!whole) return false;
  }
  return reader->at == reader->size;
}

Status rowset_deserialise(const void *bytes, size_t size, Rowset **set, Error *error) {
  Header header;
  const uint8_t *payload = (const uint8_t *)bytes + sizeof header;
  if (size < sizeof header)
    return error_set(error, STATUS_CORRUPT, "a stored set of rows has %zu bytes, less than %zu",
                     size, sizeof header);
  memcpy(&header, bytes, sizeof header);
  if (header.magic != ROWSET_MAGIC || header.version != ROWSET_VERSION)
    return error_set(error, STATUS_CORRUPT, "these bytes are no stored set of rows of version %u",
                     ROWSET_VERSION);
  if (header.payload_bytes != size - sizeof header)
    return error_set(error, STATUS_CORRUPT, "a stored set of rows has %zu bytes instead of %llu",
                     size - sizeof header, (unsigned long long)header.payload_bytes);
  if (header.checksum != set_checksum(&header, payload))
    return error_set(error, STATUS_CORRUPT, "the checksum of a stored set of rows is wrong");
  if (header.row_count > (uint64_t)UINT32_MAX + 1)
    return error_set(error, STATUS_CORRUPT, "a stored set of rows is of a table of %llu rows",
                     (unsigned long long)header.row_count);
  Reader reader = {.bytes = payload,
                   .size = header.payload_bytes,
                   .row_count = header.row_count,
                   .members = roaring_bitmap_create(),
                   .rows = mem_alloc(CONTAINER_ROWS * sizeof(uint32_t))};
  bool whole = read_members(&reader);
  mem_free(reader.rows);
  if (!whole) {
    roaring_bitmap_free(reader.members);
    return error_set(error, STATUS_CORRUPT, "the members of a stored set of rows are damaged");
  }
  *set = rowset_create_compact(reader.members, header.row_count);
  return STATUS_OK;
}
