// See agg_moments.h. Integers and narrow decimals keep n, the sums (128 bits) and the sums of
// squares and products (256 bits), so that n * sum(xx) - sum(x)^2 is exact and nothing cancels;
// doubles keep exact sums of x, x * x and x * y (each product as the double and what it lacks, by
// fma) and work in 113 bits at the end. So answers do not depend on the order, nor on large
// offsets.
#include "agg_moments.h"
#include <math.h>

typedef __float128 Quad;

typedef struct IntMoments {
  int64_t count;
  int128_t y, x;
  Int256 yy, xx, xy;
} IntMoments;

typedef struct DoubleMoments {
  int64_t count;
  DoubleSum y, yy;
  DoubleSum x[3]; // x, xx, xy: of functions of two arguments
} DoubleMoments;

static bool is_pair(const AggStates *states) {
  return aggregate_has(states->id, AGGREGATE_PAIRS);
}

size_t agg_moments_state_bytes(const AggStates *states) {
  if (states->arg.kind != TYPE_DOUBLE) return sizeof(IntMoments);
  return is_pair(states) ? sizeof(DoubleMoments) : offsetof(DoubleMoments, x);
}

// ---------------------------------------------------------------- 256 bits

void int256_add(Int256 *sum, const Int256 *other) {
  unsigned __int128 carry = 0;
  for (int i = 0; i < 4; i++) {
    carry += (unsigned __int128)sum->limbs[i] + other->limbs[i];
    sum->limbs[i] = (uint64_t)carry;
    carry >>= 64;
  }
}

static Int256 int256_from(int128_t value) {
  uint64_t sign = value < 0 ? UINT64_MAX : 0;
  return (Int256){{(uint64_t)value, (uint64_t)(value >> 64), sign, sign}};
}

void int256_add_product(Int256 *sum, int64_t a, int64_t b) {
  Int256 product = int256_from((int128_t)a * b);
  int256_add(sum, &product);
}

static Int256 int256_negate(const Int256 *value) {
  Int256 zero = {0};
  return int256_subtract(&zero, value);
}

Int256 int256_subtract(const Int256 *a, const Int256 *b) {
  Int256 out;
  unsigned borrow = 0;
  for (int i = 0; i < 4; i++) {
    unsigned __int128 difference = (unsigned __int128)a->limbs[i] - b->limbs[i] - borrow;
    out.limbs[i] = (uint64_t)difference;
    borrow = (unsigned)(difference >> 64) & 1;
  }
  return out;
}

Int256 int256_scale(const Int256 *value, uint64_t factor) {
  Int256 out;
  unsigned __int128 carry = 0;
  for (int i = 0; i < 4; i++) {
    carry += (unsigned __int128)value->limbs[i] * factor;
    out.limbs[i] = (uint64_t)carry;
    carry >>= 64;
  }
  return out;
}

Int256 int256_multiply(int128_t a, int128_t b) {
  bool negative = (a < 0) != (b < 0);
  unsigned __int128 x = a < 0 ? -(unsigned __int128)a : (unsigned __int128)a;
  unsigned __int128 y = b < 0 ? -(unsigned __int128)b : (unsigned __int128)b;
  Int256 low = {{(uint64_t)x, (uint64_t)(x >> 64), 0, 0}};
  Int256 product = int256_scale(&low, (uint64_t)y);
  Int256 high = int256_scale(&low, (uint64_t)(y >> 64));
  Int256 shifted = {{0, high.limbs[0], high.limbs[1], high.limbs[2]}};
  int256_add(&product, &shifted);
  return negative ? int256_negate(&product) : product;
}

static Quad int256_to_quad(const Int256 *value) {
  bool negative = value->limbs[3] >> 63;
  Int256 magnitude = negative ? int256_negate(value) : *value;
  Quad out = 0;
  for (int i = 3; i >= 0; i--) out = out * (Quad)18446744073709551616.0 + magnitude.limbs[i];
  return negative ? -out : out;
}

double int256_to_double(const Int256 *value) {
  return (double)int256_to_quad(value);
}

// ---------------------------------------------------------------- update and merge

static void update_ints(AggStates *states, const uint32_t *groups, const Vector *args,
                        uint32_t count) {
  bool pair = is_pair(states);
  for (uint32_t i = 0; i < count; i++) {
    if (!vector_is_valid(&args[0], i) || (pair && !vector_is_valid(&args[1], i))) continue;
    IntMoments *state = agg_state_at(states, groups ? groups[i] : 0);
    int64_t y = vector_int(&args[0], i);
    state->count++;
    state->y += y;
    int256_add_product(&state->yy, y, y);
    if (!pair) continue;
    int64_t x = vector_int(&args[1], i);
    state->x += x;
    int256_add_product(&state->xx, x, x);
    int256_add_product(&state->xy, x, y);
  }
}

static void add_product(DoubleSum *sum, double a, double b) {
  double product = a * b, rest = fma(a, b, -product);
  double_sum_add(sum, product);
  if (isfinite(product) && rest != 0) double_sum_add(sum, rest);
}

static void *double_state(const AggStates *states, uint32_t group) {
  return agg_state_at(states, group);
}

static double double_at(const Vector *v, uint32_t row) {
  return ((const double *)v->data)[v->constant ? 0 : row];
}

static void update_doubles(AggStates *states, const uint32_t *groups, const Vector *args,
                           uint32_t count) {
  bool pair = is_pair(states);
  for (uint32_t i = 0; i < count; i++) {
    if (!vector_is_valid(&args[0], i) || (pair && !vector_is_valid(&args[1], i))) continue;
    DoubleMoments *state = double_state(states, groups ? groups[i] : 0);
    double y = double_at(&args[0], i);
    state->count++;
    double_sum_add(&state->y, y);
    add_product(&state->yy, y, y);
    if (!pair) continue;
    double x = double_at(&args[1], i);
    double_sum_add(&state->x[0], x);
    add_product(&state->x[1], x, x);
    add_product(&state->x[2], x, y);
  }
}

void agg_moments_update(AggStates *states, const uint32_t *groups, const Vector *args,
                        uint32_t count) {
  if (states->arg.kind == TYPE_DOUBLE)
    update_doubles(states, groups, args, count);
  else
    update_ints(states, groups, args, count);
}

static void merge_ints(IntMoments *to, const IntMoments *from) {
  to->count += from->count;
  to->y += from->y;
  to->x += from->x;
  int256_add(&to->yy, &from->yy);
  int256_add(&to->xx, &from->xx);
  int256_add(&to->xy, &from->xy);
}

static void merge_doubles(DoubleMoments *to, const DoubleMoments *from, bool pair) {
  to->count += from->count;
  double_sum_merge(&to->y, &from->y);
  double_sum_merge(&to->yy, &from->yy);
  for (int i = 0; pair && i < 3; i++) double_sum_merge(&to->x[i], &from->x[i]);
}

void agg_moments_merge(AggStates *target, const AggStates *source, uint32_t first,
                       const uint32_t *map, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    void *into = double_state(target, map[i]), *of = double_state(source, first + i);
    if (source->arg.kind == TYPE_DOUBLE)
      merge_doubles(into, of, is_pair(source));
    else
      merge_ints(into, of);
  }
}

// ---------------------------------------------------------------- final

// n, the means' sums, and n times the centred sums: n * sum(ab) - sum(a) * sum(b).
typedef struct Moments {
  Quad n, y, x, syy, sxx, sxy;
} Moments;

static Quad centred_int(int64_t n, const Int256 *products, int128_t a, int128_t b) {
  Int256 whole = int256_scale(products, (uint64_t)n), part = int256_multiply(a, b);
  Int256 difference = int256_subtract(&whole, &part);
  return int256_to_quad(&difference);
}

static Quad power_of_ten(unsigned n) {
  Quad power = 1;
  while (n--) power *= 10;
  return power;
}

static Moments int_moments(const AggStates *states, const IntMoments *state) {
  unsigned scale = states->arg.kind == TYPE_DECIMAL ? states->arg.scale : 0;
  Quad unit = power_of_ten(scale);
  return (Moments){.n = state->count,
                   .y = (Quad)state->y / unit,
                   .x = (Quad)state->x / unit,
                   .syy = centred_int(state->count, &state->yy, state->y, state->y) / (unit * unit),
                   .sxx = centred_int(state->count, &state->xx, state->x, state->x) / (unit * unit),
                   .sxy =
                       centred_int(state->count, &state->xy, state->x, state->y) / (unit * unit)};
}

// The sum with about twice a double's digits.
static Quad double_sum_quad(const DoubleSum *sum) {
  double high = double_sum_value(sum);
  if (!isfinite(high)) return high;
  DoubleSum rest = *sum;
  double_sum_add(&rest, -high);
  return (Quad)high + double_sum_value(&rest);
}

static Moments double_moments(const AggStates *states, const DoubleMoments *state) {
  Moments moments = {.n = state->count, .y = double_sum_quad(&state->y)};
  moments.syy = moments.n * double_sum_quad(&state->yy) - moments.y * moments.y;
  if (!is_pair(states)) return moments;
  moments.x = double_sum_quad(&state->x[0]);
  moments.sxx = moments.n * double_sum_quad(&state->x[1]) - moments.x * moments.x;
  moments.sxy = moments.n * double_sum_quad(&state->x[2]) - moments.x * moments.y;
  return moments;
}

static double root(Quad value) {
  double guess = sqrt((double)value);
  if (!(guess > 0) || isinf(guess)) return guess;
  return (double)(((Quad)guess + value / guess) / 2); // a step of Newton's: half an ulp
}

// NULL where PostgreSQL has NULL: too few rows, no spread.
static double moments_result(AggregateId id, const Moments *m, bool *null) {
  Quad n = m->n, syy = m->syy < 0 ? 0 : m->syy, sxx = m->sxx < 0 ? 0 : m->sxx;
  bool sample =
      id == AGGREGATE_STDDEV_SAMP || id == AGGREGATE_VAR_SAMP || id == AGGREGATE_COVAR_SAMP;
  *null = sample && n < 2;
  switch (id) {
  case AGGREGATE_STDDEV_SAMP:
    return *null ? 0 : root(syy / (n * (n - 1)));
  case AGGREGATE_STDDEV_POP:
    return root(syy / (n * n));
  case AGGREGATE_VAR_SAMP:
    return *null ? 0 : (double)(syy / (n * (n - 1)));
  case AGGREGATE_VAR_POP:
    return (double)(syy / (n * n));
  case AGGREGATE_COVAR_SAMP:
    return *null ? 0 : (double)(m->sxy / (n * (n - 1)));
  case AGGREGATE_COVAR_POP:
    return (double)(m->sxy / (n * n));
  case AGGREGATE_CORR:
    *null = sxx == 0 || syy == 0;
    return *null ? 0 : (double)(m->sxy / root(sxx * syy));
  case AGGREGATE_REGR_SLOPE:
    *null = sxx == 0;
    return *null ? 0 : (double)(m->sxy / sxx);
  case AGGREGATE_REGR_INTERCEPT:
    *null = sxx == 0;
    return *null ? 0 : (double)((m->y * sxx - m->x * m->sxy) / (n * sxx));
  case AGGREGATE_REGR_R2:
    *null = sxx == 0;
    return *null ? 0 : syy == 0 ? 1 : (double)(m->sxy * m->sxy / (sxx * syy));
  case AGGREGATE_REGR_AVGX:
    return (double)(m->x / n);
  case AGGREGATE_REGR_AVGY:
    return (double)(m->y / n);
  case AGGREGATE_REGR_SXX:
    return (double)(sxx / n);
  case AGGREGATE_REGR_SYY:
    return (double)(syy / n);
  default:
    return (double)(m->sxy / n); // REGR_SXY
  }
}

void agg_moments_value(const AggStates *states, uint32_t group, Value *out) {
  const void *state = double_state(states, group);
  bool doubles = states->arg.kind == TYPE_DOUBLE;
  int64_t count =
      doubles ? ((const DoubleMoments *)state)->count : ((const IntMoments *)state)->count;
  if (states->id == AGGREGATE_REGR_COUNT) {
    out->i = count;
    return;
  }
  out->is_null = count == 0;
  if (!count) return;
  Moments moments = doubles ? double_moments(states, state) : int_moments(states, state);
  out->d = moments_result(states->id, &moments, &out->is_null);
}
