// Random numbers that belong to entities, not to threads.
//
// Every member, shop, receipt and decision has a stream of its own, seeded by (seed, kind, id). A
// stream does not care who runs when, so work can be split at will, a receipt's lines can be made
// twice (when simulated, when written) instead of being kept, and the same member can be lived
// again without an action. Generator: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
#pragma once
#include "memory.h"
#include <math.h>

typedef struct Random {
  uint64_t state;
} Random;

static inline uint64_t random_mix(uint64_t x) {
  x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
  return x ^ x >> 31;
}
static inline uint64_t random_next(Random *random) {
  return random_mix(random->state += UINT64_C(0x9e3779b97f4a7c15));
}
// A number that depends on the two keys only.
static inline uint64_t random_key(uint64_t seed, uint64_t key) {
  return random_mix(random_mix(seed + UINT64_C(0x9e3779b97f4a7c15)) ^
                    (key * UINT64_C(0xd1342543de82ef95) + 1));
}
static inline Random random_stream(uint64_t seed, uint64_t kind, uint64_t id) {
  return (Random){random_key(random_key(seed, kind), id)};
}
static inline double random_to_unit(uint64_t bits) {
  return (double)(bits >> 11) * 0x1p-53;
}
// Uniform in [0, 1).
static inline double random_unit(Random *random) {
  return random_to_unit(random_next(random));
}
static inline bool random_chance(Random *random, double probability) {
  return random_unit(random) < probability;
}
// Uniform in 0 .. count-1; count < 2^32.
static inline uint32_t random_below(Random *random, uint32_t count) {
  return (uint32_t)((random_next(random) >> 32) * count >> 32);
}
static inline int32_t random_between(Random *random, int32_t low, int32_t high) {
  return low + (int32_t)random_below(random, (uint32_t)(high - low + 1));
}
// Mean 1.
static inline double random_exponential(Random *random) {
  return -log(1.0 - random_unit(random));
}
double random_normal(Random *random);                 // mean 0, deviation 1 (Box-Muller)
uint32_t random_poisson(Random *random, double mean); // by counting exponentials; mean < 1e6

// Draws from a fixed discrete distribution with one number (Walker's alias method).
typedef struct AliasTable {
  uint32_t count;
  uint32_t *threshold; // of 2^32
  uint32_t *alias;
} AliasTable;

// weights: count non-negative numbers, not all zero. Clear with alias_clear.
void alias_init(AliasTable *table, const double *weights, uint32_t count);
void alias_clear(AliasTable *table);
static inline uint32_t alias_draw(const AliasTable *table, Random *random) {
  uint64_t bits = random_next(random);
  uint32_t i = (uint32_t)((bits >> 32) * table->count >> 32);
  return (uint32_t)bits < table->threshold[i] ? i : table->alias[i];
}
