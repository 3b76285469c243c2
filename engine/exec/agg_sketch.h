// approx_count_distinct: HyperLogLog. Part of agg_state.
#pragma once
#include "agg_state.h"

#define SKETCH_BITS 12 // 4,096 registers: a standard error of 1.6 %
#define SKETCH_REGISTERS (1u << SKETCH_BITS)
#define SKETCH_EXACT_MAX 256 // hashes that are kept as they are

typedef struct AggSketch {
  uint64_t *hashes; // distinct ones, open addressing, 0: free; while there are few
  uint32_t count, slots;
  uint8_t *registers; // then
} AggSketch;

Status agg_sketch_update(AggStates *states, const uint32_t *groups, const Vector *arg,
                         uint32_t count, Error *error) WARN_UNUSED;
Status agg_sketch_merge(AggStates *target, const AggStates *source, const uint32_t *map,
                        Error *error) WARN_UNUSED;
int64_t agg_sketch_value(const AggStates *states, uint32_t group);
void agg_sketch_clear(AggStates *states);
