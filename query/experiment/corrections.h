// Many p-values of one experiment, corrected.
#pragma once
#include <stdint.h>

// Both write adjusted p-values, [count], at the places of their own; a p-value that is NAN (nothing
// was tested) stays so and does not count. count <= 1,000; in and out may be the same array.
//
// The chance of any false alarm: Holm (1979), "A simple sequentially rejective multiple test
// procedure".
void correct_holm(const double *p_values, uint32_t count, double *adjusted);
// The share of false alarms among the alarms: Benjamini, Hochberg (1995), "Controlling the false
// discovery rate".
void correct_benjamini_hochberg(const double *p_values, uint32_t count, double *adjusted);
