// Block files of a snapshot: their layout, what identifies content, and what makes it valid.
//
// Identity is a hash of content and shape, so that a writer finds what is stored already without
// remembering anything between processes. Validity is checked from the outside in: the footer's
// checksum, the directory's numbers against the file's size, a section's sizes against its
// encoding, and only then the data. Invariant: no number is used as a size, index or end before it
// is checked.
#include "snapshot_format.h"
#include "decimal.h"
#include "hash.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

// No zstd frame is smaller than its content by more (a block of 128 KiB takes four bytes or more).
#define ZSTD_RATIO_MAX 32768

Status snapshot_corrupt(Error *error, const char *path, const char *format, ...) {
  char what[ERROR_MESSAGE_BYTES / 2];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  return error_set(error, STATUS_CORRUPT,
                   "%s: %s; the store is damaged: restore it from a backup or load it anew", path,
                   what);
}

void shared_error_set(SharedError *shared, Status status, const Error *error) {
  if (atomic_exchange(&shared->taken, true)) return;
  shared->error = *error;
  atomic_store(&shared->status, (int)status);
}

Status file_write_all(int fd, const void *bytes, size_t size, const char *path, Error *error) {
  for (const char *p = bytes; size;) {
    ssize_t n = write(fd, p, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
    p += n, size -= (size_t)n;
  }
  return STATUS_OK;
}

Status file_read_at(int fd, void *bytes, size_t size, uint64_t offset, const char *path,
                    Error *error) {
  for (char *p = bytes; size;) {
    ssize_t n = pread(fd, p, size, (off_t)offset);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
    if (n == 0)
      return snapshot_corrupt(error, path, "it ends at byte %llu", (unsigned long long)offset);
    p += n, size -= (size_t)n, offset += (uint64_t)n;
  }
  return STATUS_OK;
}

const char *block_file_path(const char *folder, uint32_t number, char out[SNAPSHOT_PATH_BYTES]) {
  snprintf(out, SNAPSHOT_PATH_BYTES, "%s/" SNAPSHOT_BLOCKS "/%08u.tsb", folder, number);
  return out;
}

bool block_file_parse_name(const char *name, uint32_t *number) {
  char expected[24], *end;
  unsigned long n = strtoul(name, &end, 10);
  if (n > UINT32_MAX) return false;
  snprintf(expected, sizeof expected, "%08u.tsb", (unsigned)n);
  *number = (uint32_t)n;
  return !strcmp(name, expected);
}

uint64_t block_file_checksum(const FileHeader *header, const Section *sections,
                             const FileFooter *footer) {
  uint64_t hash = hash_xxh64(header, sizeof *header, 0);
  hash = hash_xxh64(sections, footer->section_count * sizeof *sections, hash);
  return hash_xxh64(footer, offsetof(FileFooter, checksum), hash);
}

// Sections must fill the space between header and directory, in order, without gaps.
static const char *directory_fault(const BlockFile *file, uint64_t directory_offset) {
  uint64_t at = sizeof(FileHeader);
  for (uint32_t s = 0; s < file->section_count; s++) {
    const Section *section = &file->sections[s];
    if (section->offset != at || section->stored_bytes > directory_offset - at)
      return "a section lies outside its place";
    at += section->stored_bytes;
    const char *fault = section_fault(section);
    if (fault) return fault;
  }
  return at == directory_offset ? NULL : "there are bytes that belong to no section";
}

static Status directory_read(int fd, const char *path, BlockFile *file, Error *error) {
  FileHeader header;
  FileFooter footer;
  const size_t frame_bytes = sizeof header + sizeof footer;
  if (file->bytes < frame_bytes)
    return snapshot_corrupt(error, path, "it has only %llu bytes", (unsigned long long)file->bytes);
  TRY(file_read_at(fd, &header, sizeof header, 0, path, error));
  TRY(file_read_at(fd, &footer, sizeof footer, file->bytes - sizeof footer, path, error));
  if (memcmp(header.magic, SNAPSHOT_MAGIC, 8) != 0)
    return snapshot_corrupt(error, path, "it is not a block file");
  if (header.format != SNAPSHOT_FORMAT)
    return snapshot_corrupt(error, path, "its format is %u, this program reads format %d",
                            header.format, SNAPSHOT_FORMAT);
  if (memcmp(footer.magic, SNAPSHOT_MAGIC, 8) != 0)
    return snapshot_corrupt(error, path, "its end is missing");
  uint64_t directory_bytes = (uint64_t)footer.section_count * sizeof(Section);
  if (directory_bytes > file->bytes - frame_bytes ||
      footer.directory_offset != file->bytes - sizeof footer - directory_bytes)
    return snapshot_corrupt(error, path, "its directory does not fit into its %llu bytes",
                            (unsigned long long)file->bytes);
  file->section_count = footer.section_count;
  file->checksum = footer.checksum;
  file->sections = mem_alloc(directory_bytes);
  TRY(file_read_at(fd, file->sections, directory_bytes, footer.directory_offset, path, error));
  if (block_file_checksum(&header, file->sections, &footer) != footer.checksum)
    return snapshot_corrupt(error, path, "the checksum of its directory is wrong");
  const char *fault = directory_fault(file, footer.directory_offset);
  return fault ? snapshot_corrupt(error, path, "%s", fault) : STATUS_OK;
}

Status block_file_open(const char *folder, uint32_t number, BlockFile *file, Error *error) {
  char path[SNAPSHOT_PATH_BYTES];
  *file = (BlockFile){.number = number};
  int fd = open(block_file_path(folder, number, path), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return snapshot_corrupt(error, path, "the file is missing");
  if (fd < 0) return error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
  struct stat info;
  Status status = STATUS_OK;
  if (fstat(fd, &info) != 0)
    status = error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
  else if (!S_ISREG(info.st_mode))
    status = snapshot_corrupt(error, path, "it is not a file");
  else {
    file->bytes = (uint64_t)info.st_size;
    status = directory_read(fd, path, file, error);
  }
  close(fd);
  if (status != STATUS_OK) block_file_clear(file);
  return status;
}

void block_file_clear(BlockFile *file) {
  mem_free(file->sections);
  file->sections = NULL;
  file->section_count = 0;
}

static size_t validity_bytes(uint32_t row_count, uint32_t null_count) {
  return null_count ? bits_words(row_count) * sizeof(uint64_t) : 0;
}

// Where a section lies and how it is stored is not part of its identity.
static void section_set_identity(Section *section, uint64_t content_hash) {
  section->identity = hash_xxh64(section, offsetof(Section, offset), content_hash);
}

Section section_of_block(const Block *block) {
  size_t validity = validity_bytes(block->row_count, block->null_count);
  Section section = {.kind = SECTION_BLOCK,
                     .encoding = block->encoding,
                     .bits = block->bits,
                     .row_count = block->row_count,
                     .null_count = block->null_count,
                     .run_count = block->run_count,
                     .base = block->base,
                     .min = block->min,
                     .max = block->max,
                     .raw_bytes = block->data_bytes + validity};
  uint64_t hash = block->data_bytes ? hash_xxh64(block->data, block->data_bytes, 0) : 0;
  if (validity) hash = hash_xxh64(block->validity, validity, hash);
  section_set_identity(&section, hash);
  return section;
}

Section section_of_dictionary(const Dictionary *dictionary, const void *raw, size_t raw_bytes) {
  Section section = {.kind = SECTION_DICTIONARY,
                     .row_count = dictionary->count,
                     .run_count = dictionary->sorted_count,
                     .raw_bytes = raw_bytes};
  section_set_identity(&section, hash_xxh64(raw, raw_bytes, 0));
  return section;
}

Section section_of_bitmap(const uint64_t *words, size_t word_count) {
  Section section = {.kind = SECTION_BITMAP, .raw_bytes = word_count * sizeof *words};
  section_set_identity(&section, hash_xxh64(words, section.raw_bytes, 0));
  return section;
}

bool section_same_content(const Section *a, const Section *b) {
  const unsigned codec = offsetof(Section, codec), after = offsetof(Section, row_count);
  return memcmp(a, b, codec) == 0 && a->identity == b->identity && a->raw_bytes == b->raw_bytes &&
         memcmp((const char *)a + after, (const char *)b + after,
                offsetof(Section, offset) - after) == 0;
}

void *dictionary_serialise(const Dictionary *dictionary, size_t *raw_bytes) {
  size_t bytes = (size_t)dictionary->count * sizeof(uint32_t);
  for (uint32_t c = 0; c < dictionary->count; c++) bytes += dictionary->strings[c].size;
  uint32_t *lengths = mem_alloc(bytes);
  char *at = (char *)(lengths + dictionary->count);
  for (uint32_t c = 0; c < dictionary->count; c++) {
    Str text = dictionary->strings[c];
    lengths[c] = text.size;
    if (text.size) memcpy(at, text.data, text.size);
    at += text.size;
  }
  *raw_bytes = bytes;
  return lengths;
}

// Bits must be one of these; the others mean nothing.
static bool bits_are(uint8_t bits, uint64_t allowed) {
  return bits <= 64 && bits >= 1 && (allowed >> (bits - 1) & 1);
}
#define BIT(n) (UINT64_C(1) << ((n)-1))

// Bytes of data that the shape asks for; TEXT: at least. SIZE_MAX: no block has this shape.
static uint64_t data_bytes_of(const Section *section) {
  uint64_t rows = section->row_count;
  if (section->encoding != ENCODING_RUNS && section->run_count) return SIZE_MAX;
  switch (section->encoding) {
  case ENCODING_CONSTANT:
    return section->bits ? SIZE_MAX : 0;
  case ENCODING_PACKED:
    if (!bits_are(section->bits, BIT(1) | BIT(2) | BIT(4) | BIT(8) | BIT(16) | BIT(32) | BIT(64)))
      return SIZE_MAX;
    return section->bits == 64 && section->base ? SIZE_MAX : (section->bits * rows + 7) / 8;
  case ENCODING_RUNS:
    if (section->run_count < 1 || section->run_count > rows) return SIZE_MAX;
    return (uint64_t)section->run_count * (sizeof(uint32_t) + sizeof(int64_t));
  case ENCODING_DELTA:
    if (!bits_are(section->bits, BIT(8) | BIT(16) | BIT(32))) return SIZE_MAX;
    return (rows + VECTOR_ROWS - 1) / VECTOR_ROWS * sizeof(int64_t) + rows * section->bits / 8;
  case ENCODING_WIDE:
    return rows * sizeof(int128_t);
  case ENCODING_DOUBLE:
    return rows * sizeof(double);
  case ENCODING_TEXT:
    return (rows + 1) * sizeof(uint32_t);
  default:
    return SIZE_MAX;
  }
}

static const char *block_section_fault(const Section *section) {
  if (section->row_count < 1 || section->row_count > BLOCK_ROWS)
    return "a block has an impossible number of rows";
  if (section->null_count > section->row_count) return "a block has more NULLs than rows";
  uint64_t data = data_bytes_of(section);
  if (data == SIZE_MAX) return "a block has an unknown encoding or width";
  uint64_t expected = data + validity_bytes(section->row_count, section->null_count);
  if (section->encoding == ENCODING_TEXT)
    return section->raw_bytes >= expected && section->raw_bytes - expected <= UINT32_MAX
               ? NULL
               : "a block of text has an impossible length";
  return section->raw_bytes == expected ? NULL : "a block's length does not fit its encoding";
}

const char *section_fault(const Section *section) {
  if (section->codec == SECTION_RAW) {
    if (section->stored_bytes != section->raw_bytes) return "a section's lengths differ";
  } else if (section->codec != SECTION_ZSTD || !section->stored_bytes ||
             section->raw_bytes / ZSTD_RATIO_MAX > section->stored_bytes) {
    return "a section's length cannot be true";
  }
  switch (section->kind) {
  case SECTION_BLOCK:
    return block_section_fault(section);
  case SECTION_DICTIONARY:
    return section->raw_bytes / sizeof(uint32_t) >= section->row_count &&
                   section->run_count <= section->row_count
               ? NULL
               : "a dictionary has more strings than bytes";
  case SECTION_BITMAP:
    return section->raw_bytes % 8 == 0 ? NULL : "a bitmap has half a word";
  default:
    return "a section has an unknown kind";
  }
}

static const char *validity_fault(const Block *block) {
  if (!block->validity) return block->null_count ? "a block has NULLs but no bitmap" : NULL;
  size_t valid = bits_count(block->validity, block->row_count);
  if (valid + block->null_count != block->row_count) return "a block's NULL count is wrong";
  unsigned tail = block->row_count % 64;
  if (tail && block->validity[bits_words(block->row_count) - 1] >> tail)
    return "a block's bitmap has bits beyond its rows";
  return NULL;
}

static const char *runs_fault(const Block *block) {
  const uint32_t *ends = (const uint32_t *)((const int64_t *)block->data + block->run_count);
  uint32_t last = 0;
  for (uint32_t run = 0; run < block->run_count; last = ends[run++])
    if (ends[run] <= last) return "the ends of a block's runs do not ascend";
  return last == block->row_count ? NULL : "a block's runs do not cover its rows";
}

static const char *text_fault(const Block *block) {
  const uint32_t *offsets = block->data;
  uint64_t text_bytes = block->data_bytes - (block->row_count + 1) * sizeof *offsets;
  if (offsets[0] != 0) return "the text of a block does not begin at 0";
  for (uint32_t i = 0; i < block->row_count; i++)
    if (offsets[i] > offsets[i + 1]) return "the offsets of a block's text fall";
  if (offsets[block->row_count] != text_bytes) return "a block's text has another length";
  // UTF-8 as a whole, and no string begins within a character: then each is UTF-8.
  const char *text = (const char *)(offsets + block->row_count + 1);
  bool valid = utf8_valid_prefix(text, text_bytes) == text_bytes;
  for (uint32_t i = 1; i < block->row_count && valid; i++)
    valid = offsets[i] == text_bytes || ((unsigned char)text[offsets[i]] & 0xC0) != 0x80;
  return valid ? NULL : "a block's text is not UTF-8";
}

static const char *wides_fault(const Block *block) {
  const int128_t *values = block->data;
  for (uint32_t i = 0; i < block->row_count; i++)
    if ((!block->validity || bits_get(block->validity, i)) && !decimal_in_range(values[i]))
      return "a block has a decimal of more than 38 digits";
  return NULL;
}

// Least and greatest of count values of one unsigned width, or of int64.
#define BOUNDS(Type)                                                                               \
  const Type *values = v->data;                                                                    \
  Type low = values[0], high = values[0];                                                          \
  for (uint32_t i = 1; i < count; i++) {                                                           \
    low = values[i] < low ? values[i] : low;                                                       \
    high = values[i] > high ? values[i] : high;                                                    \
  }                                                                                                \
  return !__builtin_add_overflow(v->base, low, min) && !__builtin_add_overflow(v->base, high, max)

static bool bounds_8(const Vector *v, uint32_t count, int64_t *min, int64_t *max) {
  BOUNDS(uint8_t);
}
static bool bounds_16(const Vector *v, uint32_t count, int64_t *min, int64_t *max) {
  BOUNDS(uint16_t);
}
static bool bounds_32(const Vector *v, uint32_t count, int64_t *min, int64_t *max) {
  BOUNDS(uint32_t);
}
static bool bounds_64(const Vector *v, uint32_t count, int64_t *min, int64_t *max) {
  BOUNDS(int64_t);
}

// false where a value leaves the range of int64.
static bool vector_bounds(const Vector *v, uint32_t count, int64_t *min, int64_t *max) {
  if (v->constant) count = 1;
  switch (v->width) {
  case 1:
    return bounds_8(v, count, min, max);
  case 2:
    return bounds_16(v, count, min, max);
  case 4:
    return bounds_32(v, count, min, max);
  default:
    return bounds_64(v, count, min, max);
  }
}

static bool values_ascend(const int64_t *values, uint32_t count, int64_t *last) {
  for (uint32_t i = 0; i < count; *last = values[i++])
    if (values[i] < *last) return false;
  return true;
}

// Of a block that is no array, whose vectors would wrap where its bounds lie.
static bool flat_bounds(const Block *block, int64_t *min, int64_t *max) {
  int64_t *values = mem_alloc(block->row_count * sizeof *values), last = INT64_MIN;
  block_decode_int(block, values);
  Vector v = {.physical = PHYSICAL_INT, .width = 8, .data = values};
  bool sound = vector_bounds(&v, block->row_count, min, max);
  if (block->encoding == ENCODING_DELTA) sound &= values_ascend(values, block->row_count, &last);
  mem_free(values);
  return sound;
}

static bool packed_bounds(const Block *block, int64_t *min, int64_t *max) {
  VectorBuffer buffer = {0};
  bool sound = true;
  for (uint32_t row = 0; row < block->row_count && sound; row += VECTOR_ROWS) {
    uint32_t left = block->row_count - row, count = left < VECTOR_ROWS ? left : VECTOR_ROWS;
    int64_t low = 0, high = 0;
    Vector v;
    block_read(block, row, count, &buffer, &v);
    sound = vector_bounds(&v, count, &low, &high);
    *min = low < *min ? low : *min;
    *max = high > *max ? high : *max;
  }
  vector_buffer_clear(&buffer);
  return sound;
}

// Rows that are NULL repeat other rows' values, so the bounds hold for every row: a kernel may use
// any row's code as an index. A block of NULLs alone holds zeros.
static const char *ints_fault(const Block *block) {
  int64_t min = INT64_MAX, max = INT64_MIN;
  bool flat = block->encoding == ENCODING_RUNS || block->encoding == ENCODING_DELTA;
  bool sound = flat ? flat_bounds(block, &min, &max) : packed_bounds(block, &min, &max);
  if (!sound) return "a block's values leave their range";
  if (block->null_count == block->row_count)
    return block->min == 1 && block->max == 0 && !min && !max ? NULL
                                                              : "a block of NULLs has values";
  return min == block->min && max == block->max ? NULL : "a block's minimum or maximum is wrong";
}

const char *block_fault(const Block *block) {
  const char *fault = validity_fault(block);
  if (!fault && block->encoding == ENCODING_RUNS) fault = runs_fault(block);
  if (!fault && block->encoding == ENCODING_TEXT) fault = text_fault(block);
  if (!fault && block->encoding == ENCODING_WIDE) fault = wides_fault(block);
  if (!fault && block_physical(block) == PHYSICAL_INT) fault = ints_fault(block);
  return fault;
}

const char *column_fault(const Column *column) {
  if (column->type.kind == TYPE_INTERVAL) return "intervals cannot be stored";
  if (column->dictionary && column->type.kind != TYPE_STRING)
    return "it has a dictionary but no strings";
  Physical physical = column_physical(column);
  for (uint32_t b = 0; b < column->block_count; b++) {
    const Block *block = column->blocks[b];
    if (block_physical(block) != physical) return "a block does not hold values of its type";
    if (b + 1 < column->block_count && block->row_count != BLOCK_ROWS)
      return "a block before the last is not full";
  }
  bool any = physical == PHYSICAL_INT && column->min <= column->max;
  if (any && column->dictionary && (column->min < 0 || column->max >= column->dictionary->count))
    return "it has codes that are not in its dictionary";
  if (any && column->type.kind == TYPE_BOOL && (column->min < 0 || column->max > 1))
    return "it has booleans other than 0 and 1";
  return NULL;
}

const char *link_fault(const Root *root, const Table *table, uint32_t column) {
  const char *name = table->schema->columns[column].link;
  const Table *target = name ? root_find(root, name) : NULL;
  const Column *link = table->columns[column];
  if (!target || link->min > link->max) return NULL;
  return link->min >= 0 && (uint64_t)link->max < target->row_count
             ? NULL
             : "it links to rows that its target does not have";
}

Status folder_make(const char *path, Error *error) {
  char part[SNAPSHOT_PATH_BYTES];
  size_t size = strlen(path);
  if (size >= sizeof part) return error_set(error, STATUS_INVALID, "a path of %zu bytes", size);
  memcpy(part, path, size + 1);
  for (size_t i = 1; i <= size; i++) {
    if (part[i] != '/' && part[i]) continue;
    char end = part[i];
    part[i] = 0;
    if (mkdir(part, 0777) != 0 && errno != EEXIST)
      return error_set(error, STATUS_IO, "%s: the folder cannot be made: %s", part,
                       strerror(errno));
    part[i] = end;
  }
  return STATUS_OK;
}
