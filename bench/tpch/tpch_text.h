// Texts by the grammar of clause 4.2.2.14, and comments cut from them.
#pragma once
#include "tpch.h"

// Fills pool[TPCH_POOL_BYTES] with sentences.
void tpch_pool_fill(char *pool, uint64_t seed);
// low .. high bytes from a random place of the pool.
TpchText tpch_comment(const TpchSpec *spec, uint64_t *fraction, uint32_t low, uint32_t high);
