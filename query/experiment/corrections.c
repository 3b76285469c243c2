// See corrections.h.
#include "corrections.h"
#include "memory.h"
#include <math.h>
#include <stdlib.h>

typedef struct Ranked {
  double p;
  uint32_t place;
} Ranked;

static int ranked_compare(const void *a, const void *b) {
  const Ranked *left = a, *right = b;
  if (left->p != right->p) return left->p < right->p ? -1 : 1;
  return left->place < right->place ? -1 : 1;
}

// The tested ones, from the smallest on; the caller frees them.
static Ranked *ranked_make(const double *p_values, uint32_t count, double *adjusted,
                           uint32_t *tested) {
  Ranked *ranked = mem_alloc((count + 1) * sizeof *ranked);
  *tested = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (!isnan(p_values[i])) ranked[(*tested)++] = (Ranked){p_values[i], i};
    adjusted[i] = p_values[i];
  }
  qsort(ranked, *tested, sizeof *ranked, ranked_compare);
  return ranked;
}

void correct_holm(const double *p_values, uint32_t count, double *adjusted) {
  uint32_t tested;
  Ranked *ranked = ranked_make(p_values, count, adjusted, &tested);
  double largest = 0;
  for (uint32_t rank = 0; rank < tested; rank++) {
    largest = fmax(largest, fmin(1, ranked[rank].p * (tested - rank)));
    adjusted[ranked[rank].place] = largest;
  }
  mem_free(ranked);
}

void correct_benjamini_hochberg(const double *p_values, uint32_t count, double *adjusted) {
  uint32_t tested;
  Ranked *ranked = ranked_make(p_values, count, adjusted, &tested);
  double smallest = 1;
  for (uint32_t rank = tested; rank-- > 0;) {
    smallest = fmin(smallest, ranked[rank].p * tested / (rank + 1));
    adjusted[ranked[rank].place] = smallest;
  }
  mem_free(ranked);
}
