// See catalog.h.
#include "catalog.h"

Status catalog_segment(const Catalog *catalog, const char *id, const int32_t *day,
                       CatalogSegment *segment, Error *error) {
  if (catalog && catalog->segments)
    return catalog->segments->find(catalog->segments, id, day, segment, error);
  return error_set(
      error, STATUS_UNSUPPORTED,
      "segment \"%s\" cannot be asked for here: statements and cube queries on a store "
      "know segments; models, reports, experiments and segments' own rules do not",
      id);
}
