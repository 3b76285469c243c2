// Customers of an arm, made by the same integers as tests/support/experiment_expected.py makes
// them, and that script's values by name.
#pragma once
#include "moments.h"
#include "unit_data.h"
#include "unit_main.h"
#include <math.h>

// Values in hundredths: sales, receipts, sales before the start, receipts before the start.
typedef struct Customer {
  int64_t value[MOMENT_VALUES_MAX];
} Customer;

static const unsigned customer_scales[MOMENT_VALUES_MAX] = {2, 0, 2, 0};
static const MomentForm sales_mean = {0, MOMENT_NONE}, before_mean = {2, MOMENT_NONE};
static const MomentForm sales_ratio = {0, 1}, before_ratio = {2, 3};

static inline int64_t customer_draw(uint32_t *state, uint32_t bound) {
  *state = (uint32_t)((*state * UINT64_C(1103515245) + 12345) % (UINT64_C(1) << 31));
  return (*state >> 12) % bound;
}

static inline Customer customer_make(uint32_t *state, int64_t lift) {
  int64_t before_receipts = 1 + customer_draw(state, 6);
  int64_t habit = 20000 + customer_draw(state, 60000);
  int64_t before = before_receipts * habit + customer_draw(state, 40000);
  int64_t receipts = 1 + customer_draw(state, 5) + (before_receipts > 3);
  int64_t sales = receipts * (habit + customer_draw(state, 30000) - 15000) + lift * receipts;
  return (Customer){{sales, receipts, before, before_receipts}};
}

static inline void moments_add(ExactMoments *exact, const Customer *customer) {
  exact->count++;
  for (uint32_t i = 0; i < exact->values; i++) {
    exact->sum[i] += customer->value[i];
    for (uint32_t j = 0; j <= i; j++)
      exact->product[i][j] += (int128_t)customer->value[i] * customer->value[j];
  }
}

static inline ExactMoments moments_empty(void) {
  ExactMoments exact = {.values = MOMENT_VALUES_MAX};
  memcpy(exact.scale, customer_scales, sizeof exact.scale);
  return exact;
}

static inline Moments moments_must(const ExactMoments *exact) {
  Moments moments;
  Error error = ERROR_INIT;
  if (moments_centre(exact, &moments, &error) != STATUS_OK) ck_abort_msg("%s", error.message);
  return moments;
}

static inline Moments customers_make(uint32_t count, uint32_t seed, int64_t lift) {
  ExactMoments exact = moments_empty();
  for (uint32_t i = 0; i < count; i++) {
    Customer customer = customer_make(&seed, lift);
    moments_add(&exact, &customer);
  }
  return moments_must(&exact);
}

static inline double expected(const char *name) {
  UnitRows rows;
  double value = NAN;
  unit_rows_open(&rows, "tests/unit/data/experiment_expected.txt");
  while (unit_rows_next(&rows))
    if (rows.count == 2 && strcmp(rows.words[0], name) == 0) value = strtod(rows.words[1], NULL);
  if (isnan(value)) ck_abort_msg("no value of the name %s", name);
  return value;
}

static inline void close_to(double got, double wanted, double relative, const char *what) {
  if (!(fabs(got - wanted) <= relative * fabs(wanted) + 1e-300))
    ck_abort_msg("%s: %.15g, expected %.15g", what, got, wanted);
}

// The value by the name that two words make.
static inline void as_expected(double got, const char *group, const char *name, double relative) {
  char whole[80];
  snprintf(whole, sizeof whole, "%s.%s", group, name);
  close_to(got, expected(whole), relative, whole);
}
