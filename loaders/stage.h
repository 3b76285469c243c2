// Open blocks of a table being loaded: flat arrays that many workers fill, encoded when full.
//
//   batch rows ──► Stage of block b: values[column][65536] ──► full: encode ──► blocks[column][b]
//
// Workers write disjoint rows, so values need no lock; NULL bits are set with atomic operations, as
// neighbours share a word. Who completes a block encodes it. Blocks of the table's previous version
// that are to be changed are decoded into a stage first; all others are shared.
#pragma once
#include "table.h"
#include "thread_pool.h"
#include <pthread.h>

typedef struct TextSlab { // copied bytes of strings
  struct TextSlab *next;
  size_t size;
  char bytes[];
} TextSlab;

typedef struct StageColumn {
  void *values;    // int64_t, int128_t, double or Str
  uint64_t *nulls; // bit set: NULL
  _Atomic bool has_null;
  _Atomic(TextSlab *) slabs;
} StageColumn;

typedef struct Stage {
  struct Stage *next_free;
  uint32_t block;
  _Atomic uint32_t filled; // rows written
  StageColumn columns[];
} Stage;

typedef struct StageSet {
  uint32_t column_count;
  Physical *physicals; // of each column
  bool *zero_filled;   // of each column: rows without a value are 0, not NULL (links)
  const Column **base; // previous version of each column, or NULL
  uint64_t base_rows;
  uint32_t unsealed_blocks;      // blocks below stay open until the end (updates may come)
  MemoryBudget *budget;          // charged with stages and blocks
  _Atomic int64_t charged_bytes; // to be released by the caller, besides stage_set_clear
  pthread_mutex_t lock;
  Stage **stages;  // by block; NULL: not open
  Block ***blocks; // [column][block]
  uint32_t block_capacity;
  Stage *free_stages;
  uint32_t free_count;
} StageSet;

// physicals, zero_filled, base (arrays of column_count) are copied. unsealed_blocks: see above.
void stage_set_init(StageSet *set, uint32_t column_count, const Physical *physicals,
                    const bool *zero_filled, const Column *const *base, uint64_t base_rows,
                    uint32_t unsealed_blocks, MemoryBudget *budget);
void stage_set_clear(StageSet *set); // frees what was not taken; zero-initialised is allowed

// The stage of a block, opened when needed: rows of the previous version are there already, others
// undefined. Thread-safe.
Status stage_open(StageSet *set, uint32_t block, Stage **stage, Error *error) WARN_UNUSED;
void stage_set_null(Stage *stage, uint32_t column, uint32_t row);
void stage_set_valid(Stage *stage, uint32_t column, uint32_t row);
// Makes a row NULL (links: 0) in all columns.
void stage_clear_row(StageSet *set, Stage *stage, uint32_t row);
// Room for `size` bytes of strings of a column, kept with the stage.
char *stage_text_room(Stage *stage, uint32_t column, size_t size);
// `rows` more rows of the stage are written; encodes and closes it when it is full.
Status stage_finish_rows(StageSet *set, Stage *stage, uint32_t rows, Error *error) WARN_UNUSED;

// Encodes what is open and completes every column to total_rows rows. On success blocks[column]
// (mem_alloc, of *block_count) belong to the caller, and blocks of the previous version are shared.
Status stage_set_seal(StageSet *set, uint64_t total_rows, ThreadPool *pool, Block ****blocks,
                      uint32_t *block_count, Error *error) WARN_UNUSED;

// Encodes flat values of a physical type.
Block *block_encode_physical(Physical physical, const void *values, const uint64_t *validity,
                             uint32_t count);
