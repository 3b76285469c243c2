// An exact set of a table's row numbers, compressed: what is kept of a set of members.
//
// Inside is a Roaring bitmap (Chambi, Lemire, Kaser, Godin, "Better bitmap performance with Roaring
// bitmaps", 2016). A set is immutable and shared by reference count; set algebra makes new ones.
// Row numbers are for ever (docs/decisions/0004), so a set stays true of later versions of its
// table: row_count is how many rows there were when the set was made, and no member is beyond it.
// A query that makes a set gathers RowBits (row_bits.h) first.
#pragma once
#include "buffer.h"
#include "row_bits.h"

typedef struct Rowset Rowset;

Rowset *rowset_of_rows(const uint32_t *rows, size_t count, uint64_t row_count); // in any order
Rowset *rowset_of_bits(const RowBits *bits);
Rowset *rowset_retain(Rowset *set);
void rowset_release(Rowset *set); // NULL is allowed

// The larger row_count is the result's.
Rowset *rowset_and(const Rowset *a, const Rowset *b);
Rowset *rowset_or(const Rowset *a, const Rowset *b);
Rowset *rowset_and_not(const Rowset *a, const Rowset *b);
bool rowset_equal(const Rowset *a, const Rowset *b); // the same members

uint64_t rowset_count(const Rowset *set);
uint64_t rowset_row_count(const Rowset *set);
size_t rowset_bytes(const Rowset *set); // for a budget
bool rowset_has(const Rowset *set, uint32_t row);
bool rowset_any(const Rowset *set, uint64_t from, uint64_t to); // a member in [from, to)
// mask[i] &= rows[i] is a member.
void rowset_test(const Rowset *set, const uint32_t *rows, uint32_t count, uint8_t *mask);
// mask[i] &= row + i is a member.
void rowset_mask(const Rowset *set, uint64_t row, uint32_t count, uint8_t *mask);
// The first members that are `from` or more, ascending, at most `capacity`; returns how many. The
// next batch begins at the last one + 1.
uint32_t rowset_read(const Rowset *set, uint64_t from, uint32_t *rows, uint32_t capacity);
// Adds the members to bits, of at least as many rows.
void rowset_add_to_bits(const Rowset *set, RowBits *bits);

// Appends the set as bytes: a header of 32 bytes (magic, version, row count, payload size, XXH64),
// little-endian, then the portable Roaring format (github.com/RoaringBitmap/RoaringFormatSpec).
void rowset_serialise(const Rowset *set, Buffer *out);
// Reads such bytes, all of them. Nothing is trusted: whatever is no set gives STATUS_CORRUPT. The
// caller owns *set.
Status rowset_deserialise(const void *bytes, size_t size, Rowset **set, Error *error) WARN_UNUSED;
