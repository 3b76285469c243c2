// The catalog that front ends see, over a root and a model.
#pragma once
#include "catalog.h"
#include "model.h"
#include "root.h"

// The root and the model (NULL: no cubes) must outlive the catalog, which is thread-safe once made.
// A cube whose table the root does not hold (optional data) is left out, and so are levels that
// lead to a table which is absent.
Status catalog_create(const Root *root, const Model *model, Catalog **catalog,
                      Error *error) WARN_UNUSED;
void catalog_destroy(Catalog *catalog); // NULL is allowed
