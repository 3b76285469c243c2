// A pilot whose units (shops, regions) were chosen and not drawn by lot: what it changed, against
// units where nothing was done. Weaker evidence than a test: it holds only if both kinds would have
// moved alike without the pilot, which the time before can contradict but not prove.
//
// Each unit is one observation, its change: the mean of a day after the start less that of a day
// before it. Of two periods this is the two-way model (unit and time effects), and errors are
// clustered by unit by construction: Bertrand, Duflo, Mullainathan (2004), "How Much Should We
// Trust Differences-in-Differences Estimates?", section IV.C. The variance is that of HC2, which of
// two groups is Welch's, with his degrees of freedom: Bell, McCaffrey (2002), "Bias Reduction in
// Standard Errors for Linear Regression with Multi-Stage Samples".
#pragma once
#include "difference.h"
#include "job.h"

enum { PILOT_COVARIATES_MAX = 8 };
#define PILOT_NONE UINT32_MAX

typedef struct PilotUnit {
  const char *name;  // its key
  const char *label; // what people read; the key where there is no other
  bool is_pilot;
  double before, after; // a day
  double early, late;   // the halves of the time before
  double covariates[PILOT_COVARIATES_MAX];
  uint32_t match; // of a pilot's unit, or PILOT_NONE
  double distance;
} PilotUnit;

typedef struct PilotEstimate {
  uint32_t pilot_count, other_count; // units that are compared
  double pilot_before, pilot_after, other_before, other_after;
  Difference difference, relative; // relative: to what the pilot's units would have had
  Difference trend;                // the same difference between the halves of the time before
} PilotEstimate;

// All pilot's units against all others.
PilotEstimate pilot_difference(const PilotUnit *units, uint32_t count, double level);
// Each pilot's unit against its match: the pair is one observation, its t has pairs - 1 degrees of
// freedom, as errors of pairs matched without replacement have: Abadie, Spiess (2022), "Robust
// Post-Matching Inference".
PilotEstimate pilot_matched(const PilotUnit *units, uint32_t count, double level);

// Gives each pilot's unit the nearest other one that is free, by the distance of standardised
// covariates (their deviation over all units), without replacement; those farthest from the mean of
// the others choose first. Nearest neighbours: Rubin (1973), "Matching to Remove Bias in
// Observational Studies". A covariate that does not vary is passed over. The job is asked as it
// goes on.
Status pilot_match(PilotUnit *units, uint32_t count, uint32_t covariate_count, Job *job,
                   Error *error) WARN_UNUSED;
// The standardised difference of a covariate between the pilot's units and the others, or their
// matches alone (split_audit.h); NAN: nothing varies.
double pilot_balance(const PilotUnit *units, uint32_t count, uint32_t covariate, bool matched);
