// See segment_store.h: documents of kept_store with a description and a definition.
#include "segment_store.h"
#include "kept_store.h"
#include <jansson.h>
#include <stdlib.h>

struct SegmentStore {
  KeptStore *kept;
};

static const char *object_fault(const json_t *object) {
  return json_is_object(json_object_get(object, "definition")) ? NULL : "it has no \"definition\"";
}

static const KeptKind kind = {"segment", "segments", object_fault, NULL};

Status segment_store_open(const char *folder, void (*faults)(void *context, const char *text),
                          void *context, SegmentStore **out, Error *error) {
  KeptStore *kept;
  *out = NULL;
  TRY(kept_store_open(&kind, folder, faults, context, &kept, error));
  *out = mem_alloc(sizeof **out);
  (*out)->kept = kept;
  return STATUS_OK;
}

void segment_store_close(SegmentStore *store) {
  if (!store) return;
  kept_store_close(store->kept);
  mem_free(store);
}

bool segment_store_is_kept(const SegmentStore *store) {
  return kept_store_is_kept(store->kept);
}

// The document's texts are the arena's already.
static SavedSegment segment_of(const KeptDocument *document, Arena *arena) {
  json_t *body = json_loads(document->body, 0, NULL);
  const char *description = json_string_value(json_object_get(body, "description"));
  char *definition =
      json_dumps(json_object_get(body, "definition"), JSON_COMPACT | JSON_REAL_PRECISION(15));
  SavedSegment segment = {document->id,
                          document->name,
                          arena_strdup(arena, description ? description : ""),
                          arena_strdup(arena, definition),
                          document->created_at,
                          document->updated_at};
  free(definition);
  json_decref(body);
  return segment;
}

uint32_t segment_store_list(SegmentStore *store, Arena *arena, SavedSegment **segments) {
  KeptDocument *documents;
  uint32_t count = kept_store_list(store->kept, arena, &documents);
  *segments = ARENA_ARRAY(arena, SavedSegment, count);
  for (uint32_t i = 0; i < count; i++) (*segments)[i] = segment_of(&documents[i], arena);
  return count;
}

bool segment_store_find(SegmentStore *store, const char *id, Arena *arena, SavedSegment *segment) {
  KeptDocument document;
  if (!kept_store_find(store->kept, id, arena, &document)) return false;
  *segment = segment_of(&document, arena);
  return true;
}

Status segment_store_put(SegmentStore *store, const SavedSegment *segment, bool create,
                         Error *error) {
  json_t *definition = json_loads(segment->definition, JSON_REJECT_DUPLICATES, NULL);
  json_t *body =
      json_pack("{s:s,s:o?}", "description", segment->description ? segment->description : "",
                "definition", definition);
  char *text = body ? json_dumps(body, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
  json_decref(body);
  if (!text) return error_set(error, STATUS_INVALID, "the segment is not valid UTF-8");
  KeptDocument document = {.id = segment->id, .name = segment->name, .body = text};
  Status status = kept_store_put(store->kept, &document, create, error);
  free(text);
  return status;
}

Status segment_store_remove(SegmentStore *store, const char *id, Error *error) {
  return kept_store_remove(store->kept, id, error);
}
