// The faults of a model, gathered so that its writer sees all of them at once, in the file's order.
#pragma once
#include "model.h"

#define MODEL_FAULTS_MAX 200 // further ones are only counted

typedef struct ModelFault {
  ModelPlace place;
  uint32_t order; // of finding: keeps the sort stable
  char *text;
} ModelFault;

typedef struct ModelFaults {
  Arena *arena;
  const char *file;
  ModelFault *list; // [MODEL_FAULTS_MAX]
  uint32_t count;   // of all found; the list has the first MODEL_FAULTS_MAX
} ModelFaults;

// Texts go to `arena`, which must outlive the faults; nothing is to be freed.
void model_faults_init(ModelFaults *faults, Arena *arena, const char *file);
void model_fault_add(ModelFaults *faults, ModelPlace place, const char *format, ...)
    PRINTF_LIKE(3, 4);
// STATUS_OK when there is none. Else every fault goes to `sink` (may be NULL) as
// "file:line:column: message", sorted by place, and `error` gets the first and the count.
Status model_faults_finish(ModelFaults *faults, ModelFaultSink sink, void *context,
                           Error *error) WARN_UNUSED;
