// See audience_store.h. The list in memory is what readers see; a change goes to its files first.
// The lock is held while files are read and written: an audience is small, and seldom.
#include "audience_store.h"
#include "audience_file.h"
#include "hash.h"
#include "kept_file.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_BYTES_MAX (4 << 20)
#define NAME_BYTES (KEPT_ID_BYTES_MAX + 8)

typedef struct Entry {
  Arena *arena; // of the audience
  Audience audience;
  AudienceRows rows;
  Buffer kept; // the rows, where there is no folder
} Entry;

struct AudienceStore {
  pthread_mutex_t mutex;
  char *folder;   // "stores/demo/audiences", or NULL
  Entry *entries; // by id
  uint32_t count;
};

static void entry_clear(Entry *entry) {
  arena_destroy(entry->arena);
  buffer_clear(&entry->kept);
}

static int64_t entry_find(const AudienceStore *store, const char *id) {
  for (uint32_t i = 0; i < store->count; i++)
    if (!strcmp(store->entries[i].audience.id, id)) return i;
  return -1;
}

// Takes over the entry, of an id that there is not.
static void entry_put(AudienceStore *store, Entry entry) {
  store->entries = mem_realloc(store->entries, (store->count + 1) * sizeof *store->entries);
  uint32_t place = store->count++;
  for (; place && strcmp(store->entries[place - 1].audience.id, entry.audience.id) > 0; place--)
    store->entries[place] = store->entries[place - 1];
  store->entries[place] = entry;
}

// ---------------------------------------------------------------- open and close

static const char *file_take(void *context, const char *id, const struct json_t *object,
                             Arena *arena) {
  Entry entry = {.arena = arena_create()};
  const char *fault = audience_file_take(object, id, entry.arena, &entry.audience, &entry.rows);
  if (fault) {
    fault = arena_strdup(arena, fault);
    arena_destroy(entry.arena);
    return fault;
  }
  buffer_init(&entry.kept);
  entry_put(context, entry);
  return NULL;
}

Status audience_store_open(const char *folder, void (*faults)(void *context, const char *text),
                           void *context, AudienceStore **out, Error *error) {
  AudienceStore *store = mem_alloc_zero(sizeof *store);
  pthread_mutex_init(&store->mutex, NULL);
  *out = store;
  if (!folder) return STATUS_OK;
  size_t bytes = strlen(folder) + sizeof "/audiences";
  store->folder = mem_alloc(bytes);
  snprintf(store->folder, bytes, "%s/audiences", folder);
  KeptFolder reader = {"audience", FILE_BYTES_MAX, file_take, store, faults, context};
  Status status = kept_folder_read(store->folder, &reader, error);
  if (status == STATUS_OK) status = kept_folder_clean(store->folder, ".rows", error);
  if (status == STATUS_OK) return STATUS_OK;
  audience_store_close(store);
  *out = NULL;
  return status;
}

void audience_store_close(AudienceStore *store) {
  if (!store) return;
  for (uint32_t i = 0; i < store->count; i++) entry_clear(&store->entries[i]);
  mem_free(store->entries);
  mem_free(store->folder);
  pthread_mutex_destroy(&store->mutex);
  mem_free(store);
}

bool audience_store_is_kept(const AudienceStore *store) {
  return store->folder != NULL;
}

// ---------------------------------------------------------------- reading

uint32_t audience_store_list(AudienceStore *store, Arena *arena, Audience **audiences) {
  pthread_mutex_lock(&store->mutex);
  uint32_t count = store->count;
  *audiences = ARENA_ARRAY(arena, Audience, count);
  for (uint32_t i = 0; i < count; i++)
    (*audiences)[i] = audience_copy(&store->entries[i].audience, arena);
  pthread_mutex_unlock(&store->mutex);
  return count;
}

bool audience_store_find(AudienceStore *store, const char *id, Arena *arena, Audience *audience) {
  pthread_mutex_lock(&store->mutex);
  int64_t at = entry_find(store, id);
  if (at >= 0) *audience = audience_copy(&store->entries[at].audience, arena);
  pthread_mutex_unlock(&store->mutex);
  return at >= 0;
}

static Status unknown(const char *id, Error *error) {
  return error_set(error, STATUS_NOT_FOUND,
                   "there is no audience \"%.100s\"; see GET /api/v1/audiences", id);
}

static Status arms_read(const Entry *entry, const Buffer *bytes, Rowset **arms, uint32_t *made,
                        Error *error) {
  const Audience *audience = &entry->audience;
  uint64_t at = 0;
  for (*made = 0; *made < audience->arm_count; ++*made) {
    uint64_t size = entry->rows.bytes[*made];
    if (size > bytes->size - at) break;
    TRY(rowset_deserialise(bytes->data + at, size, &arms[*made], error));
    at += size;
    if (rowset_count(arms[*made]) != audience->arms[*made].size) {
      ++*made;
      break;
    }
  }
  bool whole = *made == audience->arm_count && at == bytes->size &&
               rowset_count(arms[*made - 1]) == audience->arms[*made - 1].size;
  return whole ? STATUS_OK
               : error_set(error, STATUS_CORRUPT, "its rows are not those that it was saved with");
}

static Status entry_read(const AudienceStore *store, const Entry *entry, Rowset **arms,
                         Error *error) {
  char name[NAME_BYTES];
  Buffer file;
  uint32_t made = 0;
  buffer_init(&file);
  snprintf(name, sizeof name, "%s.rows", entry->audience.id);
  Status status = store->folder ? kept_file_read(store->folder, name, &file, error) : STATUS_OK;
  const Buffer *bytes = store->folder ? &file : &entry->kept;
  if (status == STATUS_OK && hash_xxh64(bytes->data, bytes->size, 0) != entry->rows.xxh64)
    status = error_set(error, STATUS_CORRUPT, "its rows are not those that it was saved with");
  if (status == STATUS_OK) status = arms_read(entry, bytes, arms, &made, error);
  for (uint32_t a = 0; status != STATUS_OK && a < made; a++) rowset_release(arms[a]);
  buffer_clear(&file);
  return status;
}

Status audience_store_read(AudienceStore *store, const char *id, Arena *arena, Audience *audience,
                           Rowset *arms[AUDIENCE_ARMS_MAX], Error *error) {
  pthread_mutex_lock(&store->mutex);
  int64_t at = entry_find(store, id);
  Status status = at < 0 ? unknown(id, error) : STATUS_OK;
  if (status == STATUS_OK) {
    *audience = audience_copy(&store->entries[at].audience, arena);
    status = entry_read(store, &store->entries[at], arms, error);
    if (status != STATUS_OK) error_prefix_path(error, "audience %s", audience->id);
  }
  pthread_mutex_unlock(&store->mutex);
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
  pthread_mutex_lock(&store->mutex);
  bool taken = entry_find(store, id) >= 0;
  pthread_mutex_unlock(&store->mutex);
  return taken ? exists(id, error) : STATUS_OK;
}

static Status entry_save(const AudienceStore *store, const Entry *entry, Error *error) {
  char *text = audience_file_text(&entry->audience, &entry->rows);
  if (!text) return error_set(error, STATUS_INVALID, "the audience is not valid UTF-8");
  char name[NAME_BYTES];
  Status status = STATUS_OK;
  if (strlen(text) > FILE_BYTES_MAX)
    status = error_set(error, STATUS_LIMIT, "the audience's file would have more than 4 MB");
  snprintf(name, sizeof name, "%s.rows", entry->audience.id);
  if (status == STATUS_OK && store->folder)
    status = kept_file_write(store->folder, name, entry->kept.data, entry->kept.size, error);
  snprintf(name, sizeof name, "%s.json", entry->audience.id);
  if (status == STATUS_OK && store->folder)
    status = kept_file_write(store->folder, name, text, strlen(text), error);
  free(text);
  return status;
}

Status audience_store_add(AudienceStore *store, const Audience *audience, Rowset *const *arms,
                          Error *error) {
  TRY(kept_id_check(audience->id, error));
  Entry entry = {.arena = arena_create()};
  entry.audience = audience_copy(audience, entry.arena);
  buffer_init(&entry.kept);
  for (uint32_t a = 0; a < audience->arm_count; a++) {
    size_t before = entry.kept.size;
    rowset_serialise(arms[a], &entry.kept);
    entry.rows.bytes[a] = entry.kept.size - before;
  }
  entry.rows.xxh64 = hash_xxh64(entry.kept.data, entry.kept.size, 0);
  pthread_mutex_lock(&store->mutex);
  entry.audience.created_at = kept_now_us();
  Status status = entry_find(store, audience->id) >= 0 ? exists(audience->id, error)
                                                       : entry_save(store, &entry, error);
  if (status == STATUS_OK) {
    if (store->folder) buffer_clear(&entry.kept);
    entry_put(store, entry);
  }
  pthread_mutex_unlock(&store->mutex);
  if (status != STATUS_OK) entry_clear(&entry);
  return status;
}

// Without its .json it is no audience any more, whatever becomes of the rows.
static Status remove_locked(AudienceStore *store, const char *id, Error *error) {
  int64_t at = entry_find(store, id);
  if (at < 0) return unknown(id, error);
  char json[NAME_BYTES], rows[NAME_BYTES];
  snprintf(json, sizeof json, "%s.json", store->entries[at].audience.id);
  snprintf(rows, sizeof rows, "%s.rows", store->entries[at].audience.id);
  if (store->folder) TRY(kept_file_remove(store->folder, json, error));
  entry_clear(&store->entries[at]);
  memmove(&store->entries[at], &store->entries[at + 1],
          (store->count - (size_t)at - 1) * sizeof *store->entries);
  store->count--;
  return store->folder ? kept_file_remove(store->folder, rows, error) : STATUS_OK;
}

Status audience_store_remove(AudienceStore *store, const char *id, Error *error) {
  pthread_mutex_lock(&store->mutex);
  Status status = remove_locked(store, id, error);
  pthread_mutex_unlock(&store->mutex);
  return status;
}
