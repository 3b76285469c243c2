// Distributions that need more than a line.
#include "demo_random.h"

double random_normal(Random *random) {
  double radius = sqrt(2 * random_exponential(random));
  return radius * cos(6.283185307179586 * random_unit(random));
}

uint32_t random_poisson(Random *random, double mean) {
  // Beyond 40 the normal approximation is within a hundredth of a deviation.
  if (mean > 40) {
    double x = floor(mean + sqrt(mean) * random_normal(random) + 0.5);
    return x < 0 ? 0 : (uint32_t)x;
  }
  uint32_t n = 0;
  for (double t = random_exponential(random); t < mean; t += random_exponential(random)) n++;
  return n;
}

void alias_init(AliasTable *table, const double *weights, uint32_t count) {
  double total = 0;
  for (uint32_t i = 0; i < count; i++) total += weights[i];
  double *share = mem_alloc(count * sizeof *share);
  uint32_t *small = mem_alloc(count * sizeof *small), *large = mem_alloc(count * sizeof *large);
  uint32_t small_count = 0, large_count = 0;
  *table =
      (AliasTable){count, mem_alloc(count * sizeof(uint32_t)), mem_alloc(count * sizeof(uint32_t))};
  for (uint32_t i = 0; i < count; i++) {
    share[i] = weights[i] / total * count;
    if (share[i] < 1)
      small[small_count++] = i;
    else
      large[large_count++] = i;
  }
  while (small_count && large_count) {
    uint32_t s = small[--small_count], l = large[large_count - 1];
    table->threshold[s] = (uint32_t)(share[s] * 4294967295.0);
    table->alias[s] = l;
    share[l] -= 1 - share[s];
    if (share[l] < 1) {
      large_count--;
      small[small_count++] = l;
    }
  }
  // What is left is 1 but for rounding.
  while (large_count)
    table->alias[large[large_count - 1]] = large[large_count - 1],
                                     table->threshold[large[--large_count]] = UINT32_MAX;
  while (small_count)
    table->alias[small[small_count - 1]] = small[small_count - 1],
                                     table->threshold[small[--small_count]] = UINT32_MAX;
  mem_free(share);
  mem_free(small);
  mem_free(large);
}

void alias_clear(AliasTable *table) {
  mem_free(table->threshold);
  mem_free(table->alias);
  *table = (AliasTable){0};
}
