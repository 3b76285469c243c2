// Aggregates over frames.
#pragma once
#include "window_function.h"

Status window_aggregate_partition(WindowEval *eval, const WindowPartition *partition,
                                  Error *error) WARN_UNUSED;
void window_aggregate_clear(WindowEval *eval);
const char *window_aggregate_kernel(const WindowEval *eval);
