// An exact sum of doubles: the same answer whatever the order (Kulisch accumulator).
//
// A double is an integer of 53 bits times a power of two; the accumulator is a fixed-point number
// wide enough for all of them, in limbs of 32 bits kept in int64, so that carries wait.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define DOUBLE_SUM_LIMBS 68 // 2^-1074 .. 2^1024, and room for 2^31 addends

typedef struct DoubleSum {
  int64_t limbs[DOUBLE_SUM_LIMBS];
  uint32_t pending; // additions since carries were last passed on
  bool nan, plus_infinity, minus_infinity;
} DoubleSum;

void double_sum_add(DoubleSum *sum, double value); // zero-initialised before first use
void double_sum_merge(DoubleSum *sum, const DoubleSum *other);
// The sum rounded once, to the nearest double within one unit of the last place.
double double_sum_value(const DoubleSum *sum);
