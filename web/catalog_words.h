// What the catalog and the data say of a level or measure, beside the model's words
// (model_words.h).
#pragma once
#include "catalog.h"
#include "database.h"

// About how many values a level has: from its dictionary or its range; -1: unknown.
int64_t catalog_level_values(const DatabaseView *view, const CatalogCube *cube,
                             const CatalogLevel *level);
// How the parts of a whole make it up: "add" (sums, counts), "overlap" (distinct counts), or NULL,
// neither.
const char *catalog_measure_parts(const CatalogMeasure *measure);
