// The catalog that front ends see, over a root and a model.
#pragma once
#include "catalog.h"
#include "model.h"
#include "root.h"

// model may be NULL (no cubes). The root and the model must outlive the catalog. Thread-safe once
// made. STATUS_INVALID when a cube names what the root does not hold (a table whose files were
// absent): the cube is then left out, and `missing` (may be NULL) is told.
Status catalog_create(const Root *root, const Model *model, Catalog **catalog,
                      Error *error) WARN_UNUSED;
void catalog_destroy(Catalog *catalog); // NULL is allowed
