// The verdict of a test arm, as a code and as a sentence in two languages.
//
// The code says what to do, the sentence with which numbers; its tone is that of
// docs/EXPERIMENTS.md.
#pragma once
#include "experiment.h"

// arm's metrics and monthly are filled, and of the result whether the split is spoiled and whether
// that hides the effects. The words live in the arena.
Verdict experiment_verdict(const Experiment *experiment, const ExperimentData *data,
                           const ArmResult *arm, const ExperimentResult *result, Arena *arena);
// "roll_out", "too_early", ...
const char *verdict_code_name(VerdictCode code);
// Customers that are counted against a test: how many, of how many; -1: not known.
typedef struct OverlapShare {
  const char *id;
  ModelText title, words; // words: after a share
  int64_t customers, of;
} OverlapShare;
enum { OVERLAP_COUNT = 3 };
void experiment_overlaps(const Experiment *experiment, const ExperimentData *data,
                         OverlapShare overlaps[OVERLAP_COUNT]);
