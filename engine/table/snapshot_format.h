// What snapshot_write and snapshot_read agree on: block files, their sections, and what is valid.
//
//   NNNNNNNN.tsb   header     magic, format version                        16 bytes
//                  sections   stored bytes, one after the other
//                  directory  one Section each                             80 bytes each
//                  footer     section count, checksum of all but the       32 bytes
//                             stored bytes, magic
//
// A section's stored bytes are its raw bytes, or a zstd frame of them where that is smaller. Raw:
//   BLOCK       the block's data, then its validity words (when null_count > 0)
//   DICTIONARY  the length of each string (uint32), then the bytes of all
//   BITMAP      words (uint64), bits beyond the last row clear
// Numbers are little-endian. Every byte of a file is under a checksum or compared with a constant;
// beyond that, whatever a kernel relies on (offsets, ends, codes, minima) is verified when read,
// and by the same functions before it is written, so that nothing is stored that cannot be read.
#pragma once
#include "job.h"
#include "root.h"

#define SNAPSHOT_FORMAT 1
#define SNAPSHOT_MAGIC "TSBLOCK\n"
#define SNAPSHOT_MANIFEST "MANIFEST"
#define SNAPSHOT_BLOCKS "blocks"
#define SNAPSHOT_PATH_BYTES 4096

typedef enum SectionKind { SECTION_BLOCK = 1, SECTION_DICTIONARY, SECTION_BITMAP } SectionKind;
typedef enum SectionCodec { SECTION_RAW, SECTION_ZSTD } SectionCodec;

typedef struct FileHeader {
  char magic[8];
  uint32_t format, zero;
} FileHeader;

typedef struct Section {
  uint8_t kind, encoding, bits, codec; // SectionKind, Encoding, .., SectionCodec
  uint32_t row_count;                  // BLOCK: rows; DICTIONARY: strings; BITMAP: 0
  uint32_t null_count;                 // BLOCK
  uint32_t run_count;                  // BLOCK: of RUNS; DICTIONARY: codes in byte order
  int64_t base, min, max;              // BLOCK
  uint64_t offset, stored_bytes, raw_bytes;
  uint64_t checksum; // XXH64 of the stored bytes
  uint64_t identity; // XXH64 of the raw bytes and of what describes them: tells equal content
} Section;

typedef struct FileFooter {
  uint64_t directory_offset;
  uint32_t section_count, zero;
  uint64_t checksum; // XXH64 of header, directory and the 16 bytes before
  char magic[8];
} FileFooter;

_Static_assert(sizeof(FileHeader) == 16 && sizeof(Section) == 80 && sizeof(FileFooter) == 32,
               "the layout on disk");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are stored as they lie");

// One section of one file of a store.
typedef struct SectionRef {
  uint32_t file, section;
} SectionRef;
#define SECTION_NONE ((SectionRef){UINT32_MAX, 0})
static inline bool section_ref_exists(SectionRef ref) {
  return ref.file != UINT32_MAX;
}

typedef struct BlockFile {
  uint32_t number;
  uint64_t bytes;    // size of the file
  uint64_t checksum; // the footer's: tells this file from any other
  uint32_t section_count;
  Section *sections;
} BlockFile;

// The path of a block file: STORE/blocks/NNNNNNNN.tsb. Returns out.
const char *block_file_path(const char *folder, uint32_t number, char out[SNAPSHOT_PATH_BYTES]);
// Number of a file of that name, or false: not a block file's.
bool block_file_parse_name(const char *name, uint32_t *number);
// Reads and verifies header, directory and footer (not the sections' bytes). On success the caller
// frees with block_file_clear. STATUS_CORRUPT also where the file is missing.
Status block_file_open(const char *folder, uint32_t number, BlockFile *file,
                       Error *error) WARN_UNUSED;
void block_file_clear(BlockFile *file);
// The checksum of a footer (for a writer), over what it covers.
uint64_t block_file_checksum(const FileHeader *header, const Section *sections,
                             const FileFooter *footer);

// Describes a block, a dictionary or a bitmap, with its identity: everything except where it lies.
// A dictionary's raw bytes are made by dictionary_serialise.
Section section_of_block(const Block *block);
Section section_of_dictionary(const Dictionary *dictionary, const void *raw, size_t raw_bytes);
Section section_of_bitmap(const uint64_t *words, size_t word_count);
bool section_same_content(const Section *a, const Section *b);
// Lengths and bytes of all strings; the caller frees with mem_free.
void *dictionary_serialise(const Dictionary *dictionary, size_t *raw_bytes);

// Whether a section's numbers can be true at all (sizes follow from rows, encoding, bits); else
// what is wrong, a static text. To be asked before memory is taken.
const char *section_fault(const Section *section);
// Whether a block's data are what kernels rely on; else what is wrong. Its shape must have passed
// section_fault. Bounds of all integers equal min and max; ends ascend; offsets do not fall.
const char *block_fault(const Block *block);
// What is wrong with a column for its type, or NULL: physical kinds, codes within the dictionary.
const char *column_fault(const Column *column);

// What is wrong with a link column, or NULL: it names rows beyond those of its target in the root.
const char *link_fault(const Root *root, const Table *table, uint32_t column);

// Whole-buffer input and output; STATUS_IO names the path.
Status file_write_all(int fd, const void *bytes, size_t size, const char *path,
                      Error *error) WARN_UNUSED;
Status file_read_at(int fd, void *bytes, size_t size, uint64_t offset, const char *path,
                    Error *error) WARN_UNUSED;
// STATUS_CORRUPT: "path: what (printf-style)".
Status snapshot_corrupt(Error *error, const char *path, const char *format, ...) PRINTF_LIKE(3, 4);

// The first failure of several threads that work on one thing.
typedef struct SharedError {
  _Atomic int status; // Status; others stop when they see it
  _Atomic bool taken;
  Error error;
} SharedError;
void shared_error_set(SharedError *shared, Status status, const Error *error);

// Makes a folder and those above it, as mkdir -p does. STATUS_IO names the one that failed.
Status folder_make(const char *path, Error *error) WARN_UNUSED;
