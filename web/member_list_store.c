// See member_list_store.h.
#include "member_list_store.h"
#include "hash.h"
#include <stdio.h>
#include <sys/stat.h>

#define FOLDER "lists"
#define PENDING_BYTES_MAX ((size_t)64 << 20)

typedef struct Entry {
  char id[EXPERIMENT_LIST_ID_BYTES];
  char *text; // NULL: in the file alone
  size_t size;
  bool kept;
  char *arms[EXPERIMENT_ARMS_MAX];
  uint32_t arm_count;
} Entry;

struct MemberListStore {
  pthread_mutex_t mutex, change;
  MemoryBudget *budget;
  char *folder;   // "stores/demo/lists", or NULL
  Entry *entries; // as they were last uploaded or read, the oldest first
  uint32_t count;
};

// ---- Entries, under the lock -------------------------------------------------------------------

static Entry *entry_find(MemberListStore *store, const char *id) {
  for (uint32_t i = 0; i < store->count; i++)
    if (strcmp(store->entries[i].id, id) == 0) return &store->entries[i];
  return NULL;
}

static Entry *entry_add(MemberListStore *store, const char *id) {
  store->entries = mem_realloc(store->entries, (store->count + 1) * sizeof *store->entries);
  Entry *entry = &store->entries[store->count++];
  *entry = (Entry){0};
  snprintf(entry->id, sizeof entry->id, "%s", id);
  return entry;
}

static void text_drop(MemberListStore *store, Entry *entry) {
  mem_free(entry->text);
  memory_budget_release(store->budget, (int64_t)entry->size);
  entry->text = NULL;
  entry->size = 0;
}

static void entry_clear(MemberListStore *store, Entry *entry) {
  text_drop(store, entry);
  for (uint32_t a = 0; a < entry->arm_count; a++) mem_free(entry->arms[a]);
}

static void entry_remove(MemberListStore *store, Entry *entry) {
  uint32_t at = (uint32_t)(entry - store->entries);
  entry_clear(store, entry);
  memmove(entry, entry + 1, (store->count - at - 1) * sizeof *entry);
  store->count--;
}

// In memory, though nobody or a file keeps it.
static bool is_pending(const MemberListStore *store, const Entry *entry) {
  return entry->text && !(entry->kept && !store->folder);
}

static bool pending_is_much(const MemberListStore *store) {
  uint32_t count = 0;
  size_t bytes = 0;
  for (uint32_t i = 0; i < store->count; i++) {
    if (!is_pending(store, &store->entries[i])) continue;
    count++;
    bytes += store->entries[i].size;
  }
  return count > MEMBER_LISTS_PENDING_MAX || (count > 1 && bytes > PENDING_BYTES_MAX);
}

// The oldest go first.
static void pending_trim(MemberListStore *store) {
  for (uint32_t i = 0; i < store->count && pending_is_much(store);) {
    Entry *entry = &store->entries[i];
    if (is_pending(store, entry) && !entry->kept) {
      entry_remove(store, entry);
      continue;
    }
    if (is_pending(store, entry)) text_drop(store, entry);
    i++;
  }
}

static void arms_note(Entry *entry, const ExperimentList *list) {
  if (entry->arm_count) return;
  for (uint32_t a = 0; a < list->arm_count; a++) entry->arms[a] = mem_strdup(list->arms[a]);
  entry->arm_count = list->arm_count;
}

// ---- Files -------------------------------------------------------------------------------------

static const char *file_name(const char *id, char name[EXPERIMENT_LIST_ID_BYTES + 4]) {
  snprintf(name, EXPERIMENT_LIST_ID_BYTES + 4, "%s.csv", id);
  return name;
}

static bool file_is_there(const MemberListStore *store, const char *id) {
  char path[4096];
  struct stat about;
  int size = snprintf(path, sizeof path, "%s/%s.csv", store->folder, id);
  return size > 0 && (size_t)size < sizeof path && stat(path, &about) == 0;
}

static bool is_of_id(const char *id, const char *text, size_t size) {
  char own[EXPERIMENT_LIST_ID_BYTES];
  snprintf(own, sizeof own, "%016llx%016llx", (unsigned long long)hash_xxh64(text, size, 0),
           (unsigned long long)hash_xxh64(text, size, 1));
  return strcmp(own, id) == 0;
}

static Status unknown(const char *id, Error *error) {
  return error_set(
      error, STATUS_NOT_FOUND,
      "there is no list \"%.40s\" any more; upload it again: a list is kept once a saved "
      "test names it",
      id);
}

static Status file_read(const MemberListStore *store, const char *id, Buffer *out, Error *error) {
  char name[EXPERIMENT_LIST_ID_BYTES + 4];
  if (!store->folder || !file_is_there(store, id)) return unknown(id, error);
  TRY(kept_file_read(store->folder, file_name(id, name), out, error));
  if (is_of_id(id, out->data ? out->data : "", out->size)) return STATUS_OK;
  return error_set(
      error, STATUS_CORRUPT,
      "%s/%s is not what was written: upload the list again, and save the test with it",
      store->folder, name);
}

// ---- The store ---------------------------------------------------------------------------------

Status member_list_store_open(const char *folder, MemoryBudget *budget, MemberListStore **out,
                              Error *error) {
  MemberListStore *store = mem_alloc_zero(sizeof *store);
  pthread_mutex_init(&store->mutex, NULL);
  pthread_mutex_init(&store->change, NULL);
  store->budget = budget;
  *out = store;
  if (!folder) return STATUS_OK;
  size_t bytes = strlen(folder) + sizeof "/" FOLDER;
  store->folder = mem_alloc(bytes);
  snprintf(store->folder, bytes, "%s/" FOLDER, folder);
  // No file of a list ends so: only those that were being written go.
  Status status = kept_folder_clean(store->folder, ".none", error);
  if (status == STATUS_OK) return STATUS_OK;
  member_list_store_close(store);
  *out = NULL;
  return status;
}

void member_list_store_close(MemberListStore *store) {
  if (!store) return;
  for (uint32_t i = 0; i < store->count; i++) entry_clear(store, &store->entries[i]);
  mem_free(store->entries);
  mem_free(store->folder);
  pthread_mutex_destroy(&store->change);
  pthread_mutex_destroy(&store->mutex);
  mem_free(store);
}

Status member_list_store_put(MemberListStore *store, const ExperimentList *list, Str text,
                             Error *error) {
  Status status = STATUS_OK;
  pthread_mutex_lock(&store->mutex);
  Entry *entry = entry_find(store, list->id);
  if (!entry || !entry->text) {
    status = memory_budget_charge(store->budget, text.size, error);
    if (status == STATUS_OK) {
      if (!entry) entry = entry_add(store, list->id);
      entry->text = mem_strndup(text.data, text.size);
      entry->size = text.size;
      arms_note(entry, list);
      pending_trim(store);
    }
  }
  pthread_mutex_unlock(&store->mutex);
  return status;
}

Status member_list_store_read(MemberListStore *store, const char *id, Buffer *out, Error *error) {
  pthread_mutex_lock(&store->mutex);
  const Entry *entry = entry_find(store, id);
  bool found = entry && entry->text;
  if (found) buffer_append(out, entry->text, entry->size);
  pthread_mutex_unlock(&store->mutex);
  return found ? STATUS_OK : file_read(store, id, out, error);
}

bool member_list_store_arms(MemberListStore *store, const char *id, Arena *arena,
                            const char *const **arms, uint32_t *count) {
  pthread_mutex_lock(&store->mutex);
  const Entry *entry = entry_find(store, id);
  *count = entry ? entry->arm_count : 0;
  const char **names = ARENA_ARRAY(arena, const char *, *count + 1);
  for (uint32_t a = 0; a < *count; a++) names[a] = arena_strdup(arena, entry->arms[a]);
  *arms = names;
  pthread_mutex_unlock(&store->mutex);
  return *count > 0;
}

void member_list_store_note_arms(MemberListStore *store, const ExperimentList *list) {
  pthread_mutex_lock(&store->mutex);
  Entry *entry = entry_find(store, list->id);
  if (!entry) { // of a file
    entry = entry_add(store, list->id);
    entry->kept = true;
  }
  arms_note(entry, list);
  pthread_mutex_unlock(&store->mutex);
}

// ---- Keeping -----------------------------------------------------------------------------------

Status member_list_store_keep(MemberListStore *store, const char *id, Error *error) {
  char name[EXPERIMENT_LIST_ID_BYTES + 4];
  Buffer text;
  Status status = STATUS_OK;
  buffer_init(&text);
  if (store->folder && !file_is_there(store, id)) {
    status = member_list_store_read(store, id, &text, error);
    if (status == STATUS_OK)
      status = kept_file_write(store->folder, file_name(id, name), text.data, text.size, error);
  }
  buffer_clear(&text);
  if (status != STATUS_OK) return status;
  pthread_mutex_lock(&store->mutex);
  Entry *entry = entry_find(store, id);
  if (entry) entry->kept = true;
  pthread_mutex_unlock(&store->mutex);
  return entry || store->folder ? STATUS_OK : unknown(id, error);
}

// What cannot be removed stays, and harms nobody.
void member_list_store_release(MemberListStore *store, const char *id) {
  char name[EXPERIMENT_LIST_ID_BYTES + 4];
  pthread_mutex_lock(&store->mutex);
  Entry *entry = entry_find(store, id);
  if (entry && entry->text)
    entry->kept = false;
  else if (entry)
    entry_remove(store, entry);
  pending_trim(store);
  pthread_mutex_unlock(&store->mutex);
  Error ignored = ERROR_INIT;
  Status status = STATUS_OK;
  if (store->folder) status = kept_file_remove(store->folder, file_name(id, name), &ignored);
  (void)status;
}

void member_list_store_change_begin(MemberListStore *store) {
  pthread_mutex_lock(&store->change);
}

void member_list_store_change_end(MemberListStore *store) {
  pthread_mutex_unlock(&store->change);
}
