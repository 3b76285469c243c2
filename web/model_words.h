// What the model says of a measure or level, for those who show it.
#pragma once
#include "json_writer.h"
#include "model.h"

// "sales.revenue" and "store.region": the parts of the model, or NULL.
const ModelMeasure *model_measure_of(const Model *model, const char *full_name);
const ModelLevel *model_level_of(const Model *model, const char *full_name);

// "integer", "decimal", "double", "date", "timestamp", "timestamptz", "string", "boolean",
// "interval": the API's names of types.
const char *api_type_name(Type type);
// Writes {"en": ..., "ru": ...} for `text`, with `name` where it says nothing.
void api_write_title(JsonWriter *json, const char *key, const ModelText *text, const char *name);
// Writes type, scale, unit, format, title, definition and good of a measure (NULL: type and name
// alone) into the object that is open. type: of its values.
void api_write_measure(JsonWriter *json, const ModelMeasure *measure, const char *name, Type type);
// Whether a measure is shown in percent. context: the Model.
bool api_measure_is_share(void *context, const char *measure);
