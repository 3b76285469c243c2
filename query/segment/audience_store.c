// See audience_store.h: documents of kept_store with rows beside.
#include "audience_store.h"
#include "audience_file.h"
#include "hash.h"
#include "kept_store.h"
#include <jansson.h>
#include <stdlib.h>

struct AudienceStore {
  KeptStore *kept;
};

// Why a document is no audience.
static const char *object_fault(const json_t *object) {
  Arena *arena = arena_create();
  Audience audience;
  AudienceRows rows;
  const char *fault = audience_file_take(object, arena, &audience, &rows);
  arena_destroy(arena);
  return fault;
}

static const KeptKind kind = {"audience", "audiences", object_fault, ".rows"};

Status audience_store_open(const char *folder, void (*faults)(void *context, const char *text),
                           void *context, AudienceStore **out, Error *error) {
  KeptStore *kept;
  *out = NULL;
  TRY(kept_store_open(&kind, folder, faults, context, &kept, error));
  *out = mem_alloc(sizeof **out);
  (*out)->kept = kept;
  return STATUS_OK;
}

void audience_store_close(AudienceStore *store) {
  if (!store) return;
  kept_store_close(store->kept);
  mem_free(store);
}

bool audience_store_is_kept(const AudienceStore *store) {
  return kept_store_is_kept(store->kept);
}

// ---------------------------------------------------------------- reading

// The document's texts are the arena's already, and were an audience as it came in.
static Audience audience_of(const KeptDocument *document, Arena *arena, AudienceRows *rows) {
  Audience audience;
  json_t *body = json_loads(document->body, 0, NULL);
  audience_file_take(body, arena, &audience, rows);
  json_decref(body);
  audience.id = document->id;
  audience.name = document->name;
  audience.created_at = document->created_at;
  return audience;
}

uint32_t audience_store_list(AudienceStore *store, Arena *arena, Audience **audiences) {
  KeptDocument *documents;
  AudienceRows rows;
  uint32_t count = kept_store_list(store->kept, arena, &documents);
  *audiences = ARENA_ARRAY(arena, Audience, count);
  for (uint32_t i = 0; i < count; i++) (*audiences)[i] = audience_of(&documents[i], arena, &rows);
  return count;
}

bool audience_store_find(AudienceStore *store, const char *id, Arena *arena, Audience *audience) {
  KeptDocument document;
  AudienceRows rows;
  if (!kept_store_find(store->kept, id, arena, &document)) return false;
  *audience = audience_of(&document, arena, &rows);
  return true;
}

static Status unknown(const char *id, Error *error) {
  return error_set(error, STATUS_NOT_FOUND,
                   "there is no audience \"%.100s\"; see GET /api/v1/audiences", id);
}

static Status rows_wrong(Error *error) {
  return error_set(error, STATUS_CORRUPT, "its rows are not those that it was saved with");
}

static Status arms_read(const Audience *audience, const AudienceRows *rows, const Buffer *bytes,
                        Rowset **arms, Error *error) {
  uint64_t at = 0;
  uint32_t made = 0;
  Status status = STATUS_OK;
  if (hash_xxh64(bytes->data, bytes->size, 0) != rows->xxh64) return rows_wrong(error);
  while (status == STATUS_OK && made < audience->arm_count) {
    uint64_t size = rows->bytes[made];
    status = size > bytes->size - at
                 ? rows_wrong(error)
                 : rowset_deserialise(bytes->data + at, size, &arms[made], error);
    if (status != STATUS_OK) break;
    at += size;
    if (rowset_count(arms[made]) != audience->arms[made].size) status = rows_wrong(error);
    made++;
  }
  if (status == STATUS_OK && at != bytes->size) status = rows_wrong(error);
  for (uint32_t a = 0; status != STATUS_OK && a < made; a++) rowset_release(arms[a]);
  return status;
}

Status audience_store_read(AudienceStore *store, const char *id, Arena *arena, Audience *audience,
                           Rowset *arms[AUDIENCE_ARMS_MAX], Error *error) {
  KeptDocument document;
  AudienceRows rows;
  Buffer bytes;
  buffer_init(&bytes);
  Status status = kept_store_read(store->kept, id, arena, &document, &bytes, error);
  if (status == STATUS_NOT_FOUND) return unknown(id, error);
  if (status == STATUS_OK) {
    *audience = audience_of(&document, arena, &rows);
    status = arms_read(audience, &rows, &bytes, arms, error);
  }
  if (status != STATUS_OK) error_prefix_path(error, "audience %s", id);
  buffer_clear(&bytes);
  return status;
}

// ---------------------------------------------------------------- changing

static Status exists(const char *id, Error *error) {
  return error_set(error, STATUS_EXISTS,
                   "there is an audience \"%s\" already; it is frozen: take another id, or remove "
                   "it first",
                   id);
}

Status audience_store_check_free(AudienceStore *store, const char *id, Error *error) {
  Arena *arena = arena_create();
  KeptDocument document;
  bool taken = kept_store_find(store->kept, id, arena, &document);
  arena_destroy(arena);
  return taken ? exists(id, error) : STATUS_OK;
}

Status audience_store_add(AudienceStore *store, const Audience *audience, Rowset *const *arms,
                          Error *error) {
  AudienceRows rows = {0};
  Buffer bytes;
  buffer_init(&bytes);
  for (uint32_t a = 0; a < audience->arm_count; a++) {
    size_t before = bytes.size;
    rowset_serialise(arms[a], &bytes);
    rows.bytes[a] = bytes.size - before;
  }
  rows.xxh64 = hash_xxh64(bytes.data, bytes.size, 0);
  char *body = audience_file_text(audience, &rows);
  KeptDocument document = {.id = audience->id, .name = audience->name, .body = body};
  Status status = body ? kept_store_add(store->kept, &document, bytes.data, bytes.size, error)
                       : error_set(error, STATUS_INVALID, "the audience is not valid UTF-8");
  free(body);
  buffer_clear(&bytes);
  return status == STATUS_EXISTS ? exists(audience->id, error) : status;
}

Status audience_store_remove(AudienceStore *store, const char *id, Error *error) {
  Status status = kept_store_remove(store->kept, id, error);
  return status == STATUS_NOT_FOUND ? unknown(id, error) : status;
}
