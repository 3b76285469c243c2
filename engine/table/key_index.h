// Key -> row number of a table with members. See table.h for the look-ups.
#pragma once
#include "table.h"

// Of the table's key column, which must be an integer inside or a string. The index refers to the
// table's column and must not outlive it.
KeyIndex *key_index_create(const Table *table);
void key_index_destroy(KeyIndex *index); // NULL is allowed
// A member whose key leads to another row of the table that the index was made of; 0: none.
uint64_t key_index_find_twice(const KeyIndex *index, const Table *table);
