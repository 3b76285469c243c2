// Faults are found pass by pass (YAML, shapes, names, cubes), so they are sorted before they are
// told. Their number is bounded: a file of another kind altogether should not fill the terminal.
#include "model_fault.h"
#include <stdio.h>
#include <stdlib.h>

void model_faults_init(ModelFaults *faults, Arena *arena, const char *file) {
  *faults = (ModelFaults){.arena = arena, .file = file};
  faults->list = ARENA_ARRAY(arena, ModelFault, MODEL_FAULTS_MAX);
}

void model_fault_add(ModelFaults *faults, ModelPlace place, const char *format, ...) {
  uint32_t order = faults->count++;
  if (order >= MODEL_FAULTS_MAX) return;
  char message[ERROR_MESSAGE_BYTES];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  char *text =
      arena_printf(faults->arena, "%s:%u:%u: %s", faults->file, place.line, place.column, message);
  faults->list[order] = (ModelFault){.place = place, .order = order, .text = text};
}

static int fault_compare(const void *left, const void *right) {
  const ModelFault *a = left, *b = right;
  if (a->place.line != b->place.line) return a->place.line < b->place.line ? -1 : 1;
  if (a->place.column != b->place.column) return a->place.column < b->place.column ? -1 : 1;
  return (a->order > b->order) - (a->order < b->order);
}

Status model_faults_finish(ModelFaults *faults, ModelFaultSink sink, void *context, Error *error) {
  if (!faults->count) return STATUS_OK;
  uint32_t kept = faults->count < MODEL_FAULTS_MAX ? faults->count : MODEL_FAULTS_MAX;
  qsort(faults->list, kept, sizeof *faults->list, fault_compare);
  for (uint32_t i = 0; sink && i < kept; i++) sink(context, faults->list[i].text);
  if (sink && faults->count > kept) {
    char rest[64];
    snprintf(rest, sizeof rest, "... and %u more faults", faults->count - kept);
    sink(context, rest);
  }
  const char *first = faults->list[0].text;
  if (faults->count == 1) return error_set(error, STATUS_INVALID, "%s", first);
  return error_set(error, STATUS_INVALID, "%s (and %u more fault%s)", first, faults->count - 1,
                   faults->count > 2 ? "s" : "");
}
