// Updating states run by run, where rows of one group follow each other (group_table.h): a state is
// then found and written once a run. In the order of a fact's key (a customer's lines) that is the
// greater part of the work.
#pragma once
#include "agg_state.h"
#include "group_table.h"

// Whether the states take runs: counts, sums and extremes of integers whose argument has no NULL in
// the batch. arg: of the rows that count, or NULL.
bool agg_runs_serve(const AggStates *states, const Vector *arg);
// Adds the rows of a batch: run r has those of arg up to ends[r], and maybe none.
void agg_runs_update(AggStates *states, const GroupRuns *runs, const uint16_t *ends,
                     const Vector *arg);
// Where the runs end among those rows of the batch whose bit in `active` is set.
void agg_runs_filter(const GroupRuns *runs, const uint64_t *active, uint16_t *ends);
