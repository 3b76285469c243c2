// What days the data of a root cover, and how fresh they are.
#pragma once
#include "json_writer.h"
#include "model.h"
#include "root.h"

typedef struct DataState {
  bool has_days;       // else there is no cube with time, or no row
  int32_t first, last; // days of the leading cube's time column
  bool has_moment;
  int64_t as_of;     // the latest time stamp of the cubes' facts, local
  int64_t loaded_at; // when the root was published, in the model's time zone
  uint64_t version;
} DataState;

// model may be NULL: then only the version is known.
void data_state_find(const Root *root, const Model *model, DataState *state);
// Writes the members as_of, loaded_at and version into the object that is open.
void data_state_write_age(const DataState *state, JsonWriter *json);
// Writes the member "data": an object of from, to and complete_to, then the age.
void data_state_write(const DataState *state, JsonWriter *json);
