// See kept_store.h.
#include "kept_store.h"
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (4 << 20)
#define NAME_BYTES (KEPT_ID_BYTES_MAX + 8)
#define JSON_FLAGS JSON_REAL_PRECISION(15)

typedef struct Entry {
  char *id, *name, *body;
  int64_t created_at, updated_at;
  Buffer bytes; // beside it, where there is no folder
} Entry;

struct KeptStore {
  pthread_mutex_t mutex;
  const KeptKind *kind;
  char *folder;   // "stores/demo/segments", or NULL
  Entry *entries; // by id
  uint32_t count;
};

// ---------------------------------------------------------------- entries

static void entry_clear(Entry *entry) {
  mem_free(entry->id);
  mem_free(entry->name);
  mem_free(entry->body);
  buffer_clear(&entry->bytes);
}

static Entry entry_make(const KeptDocument *document) {
  return (Entry){.id = mem_strdup(document->id),
                 .name = mem_strdup(document->name),
                 .body = mem_strdup(document->body),
                 .created_at = document->created_at,
                 .updated_at = document->updated_at};
}

static int64_t entry_find(const KeptStore *store, const char *id) {
  for (uint32_t i = 0; i < store->count; i++)
    if (!strcmp(store->entries[i].id, id)) return i;
  return -1;
}

// Takes over the entry; replaces the one of its id.
static void entry_put(KeptStore *store, Entry entry) {
  int64_t at = entry_find(store, entry.id);
  if (at >= 0) {
    entry_clear(&store->entries[at]);
    store->entries[at] = entry;
    return;
  }
  store->entries = mem_realloc(store->entries, (store->count + 1) * sizeof *store->entries);
  uint32_t place = store->count++;
  for (; place && strcmp(store->entries[place - 1].id, entry.id) > 0; place--)
    store->entries[place] = store->entries[place - 1];
  store->entries[place] = entry;
}

static KeptDocument entry_copy(const Entry *entry, Arena *arena) {
  return (KeptDocument){arena_strdup(arena, entry->id), arena_strdup(arena, entry->name),
                        arena_strdup(arena, entry->body), entry->created_at, entry->updated_at};
}

// ---------------------------------------------------------------- files

static char *entry_text(const Entry *entry) {
  json_t *body = json_loads(entry->body, JSON_REJECT_DUPLICATES, NULL);
  json_t *object = json_pack("{s:s,s:s}", "id", entry->id, "name", entry->name);
  json_t *times = json_pack("{s:I,s:I}", "created_at", (json_int_t)entry->created_at, "updated_at",
                            (json_int_t)entry->updated_at);
  bool whole = object && json_is_object(body) && json_object_update_missing(object, body) == 0 &&
               json_object_update(object, times) == 0;
  char *text = whole ? json_dumps(object, JSON_INDENT(1) | JSON_FLAGS) : NULL;
  json_decref(body);
  json_decref(times);
  json_decref(object);
  return text;
}

static const char *file_name(char name[NAME_BYTES], const char *id, const char *ending) {
  snprintf(name, NAME_BYTES, "%s%s", id, ending);
  return name;
}

static Status entry_save(const KeptStore *store, const Entry *entry, Error *error) {
  const char *what = store->kind->what;
  char *text = entry_text(entry);
  if (!text) return error_set(error, STATUS_INVALID, "the %s is not valid UTF-8", what);
  Status status = STATUS_OK;
  char name[NAME_BYTES];
  if (strlen(text) > FILE_BYTES_MAX)
    status = error_set(error, STATUS_LIMIT, "the %s's file would have more than 4 MB", what);
  if (status == STATUS_OK && store->folder && entry->bytes.size)
    status = kept_file_write(store->folder, file_name(name, entry->id, store->kind->ending),
                             entry->bytes.data, entry->bytes.size, error);
  if (status == STATUS_OK && store->folder)
    status = kept_file_write(store->folder, file_name(name, entry->id, ".json"), text, strlen(text),
                             error);
  free(text);
  return status;
}

static const char *member_text(const json_t *object, const char *key) {
  return json_string_value(json_object_get(object, key));
}

// The members that are the kind's own, as text; the caller frees it.
static char *body_text(const json_t *object) {
  static const char *const shared[] = {"id", "name", "created_at", "updated_at"};
  json_t *body = json_copy((json_t *)object);
  for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) json_object_del(body, shared[i]);
  char *text = json_dumps(body, JSON_COMPACT | JSON_FLAGS);
  json_decref(body);
  return text;
}

// Why the document is none of the kind and that id; NULL: it is, and is taken.
static const char *file_take(void *context, const char *id, const json_t *object, Arena *arena) {
  (void)arena;
  KeptStore *store = context;
  const char *own = member_text(object, "id"), *name = member_text(object, "name");
  if (!own || strcmp(own, id) != 0) return "its \"id\" is not its file's name";
  if (!name || !*name) return "it has no \"name\"";
  const char *fault = store->kind->fault(object);
  if (fault) return fault;
  char *body = body_text(object);
  entry_put(store, entry_make(&(KeptDocument){
                       own, name, body, json_integer_value(json_object_get(object, "created_at")),
                       json_integer_value(json_object_get(object, "updated_at"))}));
  free(body);
  return NULL;
}

Status kept_store_open(const KeptKind *kind, const char *folder,
                       void (*faults)(void *context, const char *text), void *context,
                       KeptStore **out, Error *error) {
  KeptStore *store = mem_alloc_zero(sizeof *store);
  pthread_mutex_init(&store->mutex, NULL);
  store->kind = kind;
  *out = store;
  if (!folder) return STATUS_OK;
  size_t bytes = strlen(folder) + strlen(kind->folder) + 2;
  store->folder = mem_alloc(bytes);
  snprintf(store->folder, bytes, "%s/%s", folder, kind->folder);
  KeptFolder reader = {kind->what, FILE_BYTES_MAX, file_take, store, faults, context};
  Status status = kept_folder_read(store->folder, &reader, error);
  if (status == STATUS_OK && kind->ending)
    status = kept_folder_clean(store->folder, kind->ending, error);
  if (status == STATUS_OK) return STATUS_OK;
  kept_store_close(store);
  *out = NULL;
  return status;
}

void kept_store_close(KeptStore *store) {
  if (!store) return;
  for (uint32_t i = 0; i < store->count; i++) entry_clear(&store->entries[i]);
  mem_free(store->entries);
  mem_free(store->folder);
  pthread_mutex_destroy(&store->mutex);
  mem_free(store);
}

bool kept_store_is_kept(const KeptStore *store) {
  return store->folder != NULL;
}

// ---------------------------------------------------------------- reading and changing

uint32_t kept_store_list(KeptStore *store, Arena *arena, KeptDocument **documents) {
  pthread_mutex_lock(&store->mutex);
  uint32_t count = store->count;
  *documents = ARENA_ARRAY(arena, KeptDocument, count);
  for (uint32_t i = 0; i < count; i++) (*documents)[i] = entry_copy(&store->entries[i], arena);
  pthread_mutex_unlock(&store->mutex);
  return count;
}

bool kept_store_find(KeptStore *store, const char *id, Arena *arena, KeptDocument *document) {
  pthread_mutex_lock(&store->mutex);
  int64_t at = entry_find(store, id);
  if (at >= 0) *document = entry_copy(&store->entries[at], arena);
  pthread_mutex_unlock(&store->mutex);
  return at >= 0;
}

static Status unknown(const KeptStore *store, const char *id, Error *error) {
  return error_set(error, STATUS_NOT_FOUND, "there is no %s \"%.100s\"", store->kind->what, id);
}

static const char *article(const char *what) {
  return strchr("aeiou", *what) ? "an" : "a";
}

// bytes: taken over, or NULL.
static Status put_locked(KeptStore *store, const KeptDocument *document, bool create, Buffer *bytes,
                         Error *error) {
  const char *what = store->kind->what;
  int64_t at = entry_find(store, document->id);
  if (create && at >= 0)
    return error_set(error, STATUS_EXISTS, "there is %s %s \"%s\" already", article(what), what,
                     document->id);
  if (!create && at < 0) return unknown(store, document->id, error);
  Entry entry = entry_make(document);
  entry.updated_at = kept_now_us();
  entry.created_at = create ? entry.updated_at : store->entries[at].created_at;
  if (bytes) {
    entry.bytes = *bytes;
    *bytes = (Buffer){0};
  }
  Status status = entry_save(store, &entry, error);
  if (store->folder) buffer_clear(&entry.bytes); // its file has them
  if (status == STATUS_OK)
    entry_put(store, entry);
  else
    entry_clear(&entry);
  return status;
}

static Status document_put(KeptStore *store, const KeptDocument *document, bool create,
                           Buffer *bytes, Error *error) {
  const char *what = store->kind->what;
  TRY(kept_id_check(document->id, error));
  if (!document->name || !*document->name)
    return error_set(error, STATUS_INVALID, "%s %s needs a name", article(what), what);
  pthread_mutex_lock(&store->mutex);
  Status status = put_locked(store, document, create, bytes, error);
  pthread_mutex_unlock(&store->mutex);
  return status;
}

Status kept_store_put(KeptStore *store, const KeptDocument *document, bool create, Error *error) {
  return document_put(store, document, create, NULL, error);
}

Status kept_store_add(KeptStore *store, const KeptDocument *document, const void *bytes,
                      size_t size, Error *error) {
  Buffer own;
  buffer_init(&own);
  buffer_append(&own, bytes, size);
  Status status = document_put(store, document, true, &own, error);
  buffer_clear(&own);
  return status;
}

// The lock is held while the file is read: nobody removes it meanwhile.
static Status bytes_read(const KeptStore *store, const Entry *entry, Buffer *bytes, Error *error) {
  char name[NAME_BYTES];
  if (store->folder)
    return kept_file_read(store->folder, file_name(name, entry->id, store->kind->ending), bytes,
                          error);
  buffer_append(bytes, entry->bytes.data, entry->bytes.size);
  return STATUS_OK;
}

Status kept_store_read(KeptStore *store, const char *id, Arena *arena, KeptDocument *document,
                       Buffer *bytes, Error *error) {
  pthread_mutex_lock(&store->mutex);
  int64_t at = entry_find(store, id);
  Status status = at < 0 ? unknown(store, id, error) : STATUS_OK;
  if (status == STATUS_OK) {
    *document = entry_copy(&store->entries[at], arena);
    status = bytes_read(store, &store->entries[at], bytes, error);
  }
  pthread_mutex_unlock(&store->mutex);
  return status;
}

// Without its .json it is no document any more, whatever becomes of the bytes.
static Status remove_locked(KeptStore *store, const char *id, Error *error) {
  char name[NAME_BYTES];
  int64_t at = entry_find(store, id);
  if (at < 0) return unknown(store, id, error);
  if (store->folder)
    TRY(kept_file_remove(store->folder, file_name(name, store->entries[at].id, ".json"), error));
  const char *ending = store->kind->ending;
  file_name(name, store->entries[at].id, ending ? ending : "");
  entry_clear(&store->entries[at]);
  memmove(&store->entries[at], &store->entries[at + 1],
          (store->count - (size_t)at - 1) * sizeof *store->entries);
  store->count--;
  return store->folder && ending ? kept_file_remove(store->folder, name, error) : STATUS_OK;
}

Status kept_store_remove(KeptStore *store, const char *id, Error *error) {
  pthread_mutex_lock(&store->mutex);
  Status status = remove_locked(store, id, error);
  pthread_mutex_unlock(&store->mutex);
  return status;
}
