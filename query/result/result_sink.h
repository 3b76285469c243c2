// Where the rows of an answer go, whoever made them.
//
// The executor pushes: `begin` once with the columns, then `rows` any number of times, batches in
// order. A sink that returns an error ends the query with it. The thread that runs the query calls
// both, never two at a time.
#pragma once
#include "plan.h"

typedef struct ResultColumn {
  const char *name;
  Type type;
} ResultColumn;

typedef struct ResultSink {
  void *context;
  Status (*begin)(void *context, const ResultColumn *columns, uint32_t count, Error *error);
  Status (*rows)(void *context, const Batch *batch, Error *error);
} ResultSink;
