// Saved segments: a file each in the store's folder, `segments/ID.json`.
//
// A file is written beside, synced and renamed, so that a power cut leaves the old one or the new
// one. What cannot be read is told and never half used. Thread-safe.
#pragma once
#include "arena.h"
#include "buffer.h"

typedef struct SavedSegment {
  const char *id;                 // lower-case letters, digits, '_' and '-', at most 64
  const char *name;               // not empty
  const char *description;        // maybe ""
  const char *definition;         // JSON (segment.h)
  int64_t created_at, updated_at; // UTC, microseconds
} SavedSegment;

typedef struct SegmentStore SegmentStore;

// folder: the store's; NULL: segments live as long as the process. Files that are no segments are
// told to `faults` (may be NULL) and left alone.
Status segment_store_open(const char *folder, void (*faults)(void *context, const char *text),
                          void *context, SegmentStore **store, Error *error) WARN_UNUSED;
void segment_store_close(SegmentStore *store);         // NULL is allowed
bool segment_store_is_kept(const SegmentStore *store); // in files

// Copies in the arena, by id.
uint32_t segment_store_list(SegmentStore *store, Arena *arena, SavedSegment **segments);
bool segment_store_find(SegmentStore *store, const char *id, Arena *arena, SavedSegment *segment);
// Creates the segment (STATUS_EXISTS where there is one of its id) or replaces it (STATUS_NOT_FOUND
// where there is none); created_at of a replaced one stays. The times are set here.
Status segment_store_put(SegmentStore *store, const SavedSegment *segment, bool create,
                         Error *error) WARN_UNUSED;
Status segment_store_remove(SegmentStore *store, const char *id, Error *error) WARN_UNUSED;
