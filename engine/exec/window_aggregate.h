// Aggregates over frames.
#pragma once
#include "window_function.h"

// As the functions of window_function.h of the same names.
bool window_aggregate_splits(const WindowEval *eval);
Status window_aggregate_begin(WindowEval *eval, const WindowPartition *partition,
                              Error *error) WARN_UNUSED;
void window_aggregate_prepare(WindowEval *eval, const WindowPartition *partition, uint64_t chunk);
void window_aggregate_finish(WindowEval *eval, const WindowPartition *partition);
Status window_aggregate_range(WindowEval *eval, const WindowPartition *partition, uint64_t from,
                              uint64_t to, Error *error) WARN_UNUSED;
void window_aggregate_clear(WindowEval *eval);
const char *window_aggregate_kernel(const WindowEval *eval);
