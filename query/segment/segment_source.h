// Saved segments as the sets that a statement asks: in_segment of SQL, {"segment": ...} of a cube
// query.
//
// One source a statement: each segment is evaluated once for each day that the statement names,
// with the statement's limits, and its set is kept until the source ends. A saved segment that
// changes meanwhile changes the next statement.
#pragma once
#include "segment.h"
#include "segment_store.h"

// A world's `find` over a store: its context is the SegmentStore. NULL also for a definition that
// cannot be read.
const SegmentRule *segment_saved_rule(void *store, const char *id, Arena *arena);

typedef struct SegmentSource SegmentSource;

// world: its root and catalog are those of the statement's tables; its find is set here. last_day:
// of the data. One thread at a time; world's parts and the store outlive it.
SegmentSource *segment_source_create(const SegmentWorld *world, SegmentStore *store,
                                     int32_t last_day);
// Not before the statement's plan has ended.
void segment_source_destroy(SegmentSource *source); // NULL is allowed
// For Catalog.segments.
const CatalogSegments *segment_source_catalog(const SegmentSource *source);
