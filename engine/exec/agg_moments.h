// Variance, covariance, correlation, regression: sums of powers and products. Part of agg_state.
#pragma once
#include "agg_state.h"

size_t agg_moments_state_bytes(const AggStates *states);
// args: x, or y and x (as corr(y, x) has them), of the same type.
void agg_moments_update(AggStates *states, const uint32_t *groups, const Vector *args,
                        uint32_t count);
void agg_moments_merge(AggStates *target, const AggStates *source, uint32_t first,
                       const uint32_t *map, uint32_t count);
void agg_moments_value(const AggStates *states, uint32_t group, Value *out);

// 256-bit two's complement, little-endian limbs: what sums of products of decimals need.
typedef struct Int256 {
  uint64_t limbs[4];
} Int256;

void int256_add(Int256 *sum, const Int256 *other);
void int256_add_product(Int256 *sum, int64_t a, int64_t b);
Int256 int256_multiply(int128_t a, int128_t b);
Int256 int256_scale(const Int256 *value, uint64_t factor); // modulo 2^256
Int256 int256_subtract(const Int256 *a, const Int256 *b);
double int256_to_double(const Int256 *value);
