// See agg_sketch.h. Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog" (AofA 2007): the first bits of
// a hash choose a register, which keeps the longest run of zeros seen in the rest. Up to
// SKETCH_EXACT_MAX different hashes are kept themselves, so small groups are exact and small. What
// is kept is a set either way: neither the order of rows nor threads change it.
#include "agg_sketch.h"
#include "hash.h"
#include <math.h>

static uint64_t value_hash(const Vector *v, uint32_t row) {
  uint64_t hash;
  switch ((Physical)v->physical) {
  case PHYSICAL_INT:
    hash = hash_u64((uint64_t)vector_int(v, row) ^ UINT64_C(0x9e3779b97f4a7c15));
    break;
  case PHYSICAL_TEXT: {
    Str text = vector_text(v, row);
    hash = hash_xxh64(text.data, text.size, 0);
    break;
  }
  case PHYSICAL_DOUBLE: {
    double value = ((const double *)v->data)[v->constant ? 0 : row];
    if (value == 0) value = 0; // minus zero
    if (isnan(value)) value = NAN;
    hash = hash_xxh64(&value, sizeof value, 0);
    break;
  }
  default: {
    size_t size = physical_bytes((Physical)v->physical);
    hash = hash_xxh64((const char *)v->data + (v->constant ? 0 : row) * size, size, 0);
  }
  }
  return hash ? hash : 1;
}

static Status sketch_charge(AggStates *states, int64_t bytes, Error *error) {
  TRY(memory_budget_charge(states->budget, bytes, error));
  states->charged += bytes;
  return STATUS_OK;
}

static void register_add(uint8_t *registers, uint64_t hash) {
  uint64_t rest = hash << SKETCH_BITS | UINT64_C(1) << (SKETCH_BITS - 1); // ends a run of zeros
  uint8_t rank = (uint8_t)(__builtin_clzll(rest) + 1);
  uint8_t *at = &registers[hash >> (64 - SKETCH_BITS)];
  if (rank > *at) *at = rank;
}

static void slot_add(AggSketch *sketch, uint64_t hash) {
  uint32_t at = (uint32_t)hash & (sketch->slots - 1);
  while (sketch->hashes[at] && sketch->hashes[at] != hash) at = (at + 1) & (sketch->slots - 1);
  if (sketch->hashes[at]) return;
  sketch->hashes[at] = hash;
  sketch->count++;
}

static Status sketch_grow(AggStates *states, AggSketch *sketch, Error *error) {
  AggSketch old = *sketch;
  uint32_t slots = old.slots ? old.slots * 2 : 8;
  TRY(sketch_charge(states, (int64_t)((slots - old.slots) * sizeof(uint64_t)), error));
  *sketch = (AggSketch){.hashes = mem_alloc_zero(slots * sizeof(uint64_t)), .slots = slots};
  for (uint32_t i = 0; i < old.slots; i++)
    if (old.hashes[i]) slot_add(sketch, old.hashes[i]);
  mem_free(old.hashes);
  return STATUS_OK;
}

// From hashes to registers: when there are more than SKETCH_EXACT_MAX different ones, and only
// then.
static Status sketch_convert(AggStates *states, AggSketch *sketch, Error *error) {
  TRY(sketch_charge(states, SKETCH_REGISTERS, error));
  sketch->registers = mem_alloc_zero(SKETCH_REGISTERS);
  for (uint32_t i = 0; i < sketch->slots; i++)
    if (sketch->hashes[i]) register_add(sketch->registers, sketch->hashes[i]);
  mem_free(sketch->hashes);
  sketch->hashes = NULL;
  return STATUS_OK;
}

static Status sketch_add(AggStates *states, AggSketch *sketch, uint64_t hash, Error *error) {
  if (sketch->registers) {
    register_add(sketch->registers, hash);
    return STATUS_OK;
  }
  if (2 * sketch->count >= sketch->slots) TRY(sketch_grow(states, sketch, error));
  slot_add(sketch, hash);
  return sketch->count > SKETCH_EXACT_MAX ? sketch_convert(states, sketch, error) : STATUS_OK;
}

Status agg_sketch_update(AggStates *states, const uint32_t *groups, const Vector *arg,
                         uint32_t count, Error *error) {
  for (uint32_t i = 0; i < count; i++)
    if (vector_is_valid(arg, i))
      TRY(sketch_add(states, agg_state_at(states, groups ? groups[i] : 0), value_hash(arg, i),
                     error));
  return STATUS_OK;
}

Status agg_sketch_merge(AggStates *target, const AggStates *source, const uint32_t *map,
                        Error *error) {
  for (uint32_t g = 0; g < source->group_count; g++) {
    const AggSketch *from = agg_state_at(source, g);
    AggSketch *to = agg_state_at(target, map[g]);
    for (uint32_t i = 0; from->hashes && i < from->slots; i++)
      if (from->hashes[i]) TRY(sketch_add(target, to, from->hashes[i], error));
    if (!from->registers) continue;
    if (!to->registers) TRY(sketch_convert(target, to, error));
    for (uint32_t r = 0; r < SKETCH_REGISTERS; r++)
      if (from->registers[r] > to->registers[r]) to->registers[r] = from->registers[r];
  }
  return STATUS_OK;
}

int64_t agg_sketch_value(const AggStates *states, uint32_t group) {
  const AggSketch *sketch = agg_state_at(states, group);
  if (!sketch->registers) return sketch->count;
  double sum = 0, m = SKETCH_REGISTERS;
  uint32_t zeros = 0;
  for (uint32_t r = 0; r < SKETCH_REGISTERS; r++) {
    sum += ldexp(1, -sketch->registers[r]);
    zeros += sketch->registers[r] == 0;
  }
  double estimate = 0.7213 / (1 + 1.079 / m) * m * m / sum;
  if (estimate <= 2.5 * m && zeros) estimate = m * log(m / zeros); // linear counting
  return llround(estimate);
}

void agg_sketch_clear(AggStates *states) {
  for (uint32_t g = 0; g < states->group_count; g++) {
    AggSketch *sketch = agg_state_at(states, g);
    mem_free(sketch->hashes);
    mem_free(sketch->registers);
  }
}
