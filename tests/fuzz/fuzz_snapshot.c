// Reading a damaged or hostile store: it is refused, or what comes is sound all the same.
//
// An input is a list of files: a mode byte, then for each file its length (uint32) and bytes; the
// first is MANIFEST without its checksum line, the others are 00000000.tsb, 00000001.tsb, ... In
// mode 1 all checksums are made right before reading, as far as the layout still can be followed:
// otherwise hardly an input would get past them, and the checks behind would never be tried.
// Whatever root is read is then used the way queries do: every row decoded, every string fetched.
#include "hash.h"
#include "snapshot.h"
#include "snapshot_format.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 16 };

typedef struct Bytes {
  uint8_t *data;
  size_t size;
} Bytes;

static char folder[64];

static void scratch_make(void) {
  char path[128];
  if (folder[0]) return;
  strcpy(folder, "/tmp/tessera-fuzz-XXXXXX");
  if (!mkdtemp(folder)) abort();
  snprintf(path, sizeof path, "%s/blocks", folder);
  if (mkdir(path, 0700) != 0) abort();
}

static void folder_clear(void) {
  char path[128];
  for (unsigned i = 0; i < FILES_MAX; i++) {
    snprintf(path, sizeof path, "%s/blocks/%08u.tsb", folder, i);
    unlink(path);
  }
  snprintf(path, sizeof path, "%s/MANIFEST", folder);
  unlink(path);
}

static void folder_remove(void) {
  char path[128];
  folder_clear();
  snprintf(path, sizeof path, "%s/blocks", folder);
  rmdir(path);
  rmdir(folder);
}

static void write_file(const char *path, Bytes bytes, const char *tail) {
  FILE *file = fopen(path, "wb");
  if (!file) abort();
  fwrite(bytes.data, 1, bytes.size, file);
  fputs(tail, file);
  fclose(file);
}

// Makes the checksums of a block file right; returns that of its footer.
static uint64_t block_file_seal(Bytes file) {
  FileHeader header;
  FileFooter footer;
  if (file.size < sizeof header + sizeof footer) return 0;
  memcpy(&header, file.data, sizeof header);
  memcpy(&footer, file.data + file.size - sizeof footer, sizeof footer);
  uint64_t room = file.size - sizeof header - sizeof footer;
  if (footer.section_count > room / sizeof(Section)) return footer.checksum;
  size_t bytes = footer.section_count * sizeof(Section);
  uint8_t *directory = file.data + file.size - sizeof footer - bytes;
  Section *sections = mem_alloc(bytes);
  memcpy(sections, directory, bytes);
  for (uint32_t s = 0; s < footer.section_count; s++) {
    Section *section = &sections[s];
    if (section->offset > file.size || section->stored_bytes > file.size - section->offset)
      continue;
    section->checksum = section->stored_bytes
                            ? hash_xxh64(file.data + section->offset, section->stored_bytes, 0)
                            : 0;
  }
  memcpy(directory, sections, bytes);
  footer.checksum = block_file_checksum(&header, sections, &footer);
  memcpy(file.data + file.size - sizeof footer, &footer, sizeof footer);
  mem_free(sections);
  return footer.checksum;
}

// Writes `checksum` and `bytes` into the manifest's entry of file `number`, where the text has it
// as it is written: {"number": N, "bytes": B, "checksum": "16 digits"}; the lengths must stay.
static void manifest_name_checksum(Bytes manifest, uint32_t number, uint64_t checksum) {
  char key[32], digits[17];
  int key_size = snprintf(key, sizeof key, "\"number\": %u,", number);
  uint8_t *at = memmem(manifest.data, manifest.size, key, (size_t)key_size);
  if (!at) return;
  size_t left = manifest.size - (size_t)(at - manifest.data);
  uint8_t *place = memmem(at, left, "\"checksum\": \"", 13);
  if (!place || manifest.size - (size_t)(place - manifest.data) < 13 + 16) return;
  snprintf(digits, sizeof digits, "%016llx", (unsigned long long)checksum);
  memcpy(place + 13, digits, 16);
}

static volatile uint64_t sink;

static void column_use(const Column *column) {
  VectorBuffer buffer = {0};
  uint64_t sum = 0;
  for (uint64_t row = 0; row < column->row_count; row += VECTOR_ROWS) {
    uint64_t left = column->row_count - row;
    uint32_t count = left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS;
    Vector v;
    column_read(column, row, count, &buffer, &v);
    for (uint32_t i = 0; i < count; i++) {
      Value value = vector_value(&v, i);
      if (value.is_null) continue;
      if (value.type.kind != TYPE_STRING)
        sum += (uint64_t)value.i;
      else
        for (uint32_t b = 0; b < value.s.size; b++) sum += (uint8_t)value.s.data[b];
    }
  }
  vector_buffer_clear(&buffer);
  sink += sum;
}

static void table_use(const Table *table) {
  for (uint32_t c = 0; c < table->schema->column_count; c++) column_use(table->columns[c]);
  if (table->schema->key >= 0 && table->schema->has_members && table->row_count)
    sink += key_index_bytes(table_key_index(table));
  for (uint32_t p = 0; p < table->projection_count; p++) table_use(table->projections[p]);
}

static void store_read(void) {
  Error error = ERROR_INIT;
  MemoryBudget budget;
  Root *root = NULL;
  memory_budget_init(&budget, "store", INT64_C(256) << 20, NULL);
  Status status = snapshot_read(folder, &budget, NULL, NULL, &root, &error);
  if (status == STATUS_OK) {
    if (budget.used_bytes != (int64_t)root_bytes(root)) abort();
    for (uint32_t t = 0; t < root->table_count; t++) table_use(root->tables[t]);
    root_release(root);
  } else if ((status != STATUS_CORRUPT && status != STATUS_MEMORY) || budget.used_bytes ||
             !error.message[0]) {
    abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Bytes files[FILES_MAX] = {0};
  uint32_t count = 0;
  if (!folder[0]) atexit(folder_remove);
  scratch_make();
  if (!size) return 0;
  bool seal = data[0] == 1;
  uint8_t *copy = mem_alloc(size);
  memcpy(copy, data, size);
  for (size_t at = 1; size - at >= 4 && count < FILES_MAX; count++) {
    uint32_t length;
    memcpy(&length, copy + at, 4);
    at += 4;
    if (length > size - at) length = (uint32_t)(size - at);
    files[count] = (Bytes){copy + at, length};
    at += length;
  }
  folder_clear();
  for (uint32_t f = 1; f < count; f++) {
    char path[128];
    snprintf(path, sizeof path, "%s/blocks/%08u.tsb", folder, f - 1);
    if (seal) manifest_name_checksum(files[0], f - 1, block_file_seal(files[f]));
    write_file(path, files[f], "");
  }
  if (count) {
    char path[128], line[32];
    snprintf(path, sizeof path, "%s/MANIFEST", folder);
    snprintf(line, sizeof line, "xxh64 %016llx\n",
             (unsigned long long)hash_xxh64(files[0].data, files[0].size, 0));
    write_file(path, files[0], line);
    store_read();
  }
  mem_free(copy);
  return 0;
}
