// A set of a table's row numbers while a query makes and asks it: one bit a row, flat.
//
// Several workers add to it at once. A bit costs an eighth of a byte a row of the table, which is
// little next to the rows that were read to find the set, and a test is one load. What is kept is a
// Rowset (rowset.h), compressed.
#pragma once
#include "bits.h"
#include "memory.h"

typedef struct RowBits {
  uint64_t *words;
  uint64_t row_count; // of the table: members are less
  MemoryBudget *budget;
} RowBits;

// An empty set, charged to budget (may be NULL); row_bits_clear frees it, also after a failure and
// when all zero.
Status row_bits_init(RowBits *bits, uint64_t row_count, MemoryBudget *budget,
                     Error *error) WARN_UNUSED;
void row_bits_clear(RowBits *bits);
// Adds rows (each less than row_count); thread-safe.
void row_bits_add(RowBits *bits, const uint32_t *rows, uint32_t count);
// Once nobody adds any more:
uint64_t row_bits_count(const RowBits *bits);
void row_bits_invert(RowBits *bits);                                // not thread-safe
void row_bits_intersect(RowBits *bits, const RowBits *other);       // of one table; not thread-safe
bool row_bits_any(const RowBits *bits, uint64_t from, uint64_t to); // a member in [from, to)
bool row_bits_all(const RowBits *bits, uint64_t from, uint64_t to); // all in [from, to) are
// mask[i] &= row + i is a member; row + count <= row_count.
void row_bits_mask(const RowBits *bits, uint64_t row, uint32_t count, uint8_t *mask);
