// Named documents that people's work is kept in: a file each in a store's folder, KIND/ID.json.
//
//   {"id": "vip", "name": "VIP", ...members of the kind..., "created_at": 1767..., "updated_at":
//   1767...}
//
// A kind may have bytes beside each document, ID.ENDING: they are written first and removed last,
// so that a document has its bytes whenever the power is cut.
//
// The list in memory is what readers see; a change goes to its file first (kept_file.h), so that a
// power cut leaves the old document or the new one. What cannot be read is told and never half
// used. Thread-safe.
#pragma once
#include "kept_file.h"

typedef struct KeptDocument {
  const char *id;                 // kept_id_check
  const char *name;               // not empty
  const char *body;               // a JSON object: the members that are the kind's own
  int64_t created_at, updated_at; // UTC, microseconds since 1970
} KeptDocument;

typedef struct KeptKind {
  const char *what;   // "segment", for messages
  const char *folder; // "segments"
  // Why the object of a file is none of the kind, a text that lives on; NULL: it is one.
  const char *(*fault)(const struct json_t *object);
  const char *ending; // ".rows": of the bytes beside each document; NULL: there are none
} KeptKind;

typedef struct KeptStore KeptStore;

// kind: static. folder: the store's; NULL: the documents live as long as the process. Files that
// are none of the kind are told to `faults` (may be NULL) and left alone.
Status kept_store_open(const KeptKind *kind, const char *folder,
                       void (*faults)(void *context, const char *text), void *context,
                       KeptStore **store, Error *error) WARN_UNUSED;
void kept_store_close(KeptStore *store);         // NULL is allowed
bool kept_store_is_kept(const KeptStore *store); // in files

// Copies in the arena, by id.
uint32_t kept_store_list(KeptStore *store, Arena *arena, KeptDocument **documents);
bool kept_store_find(KeptStore *store, const char *id, Arena *arena, KeptDocument *document);
// Creates the document (STATUS_EXISTS where there is one of its id) or replaces it
// (STATUS_NOT_FOUND where there is none); created_at of a replaced one stays. The times are set
// here.
Status kept_store_put(KeptStore *store, const KeptDocument *document, bool create,
                      Error *error) WARN_UNUSED;
Status kept_store_remove(KeptStore *store, const char *id, Error *error) WARN_UNUSED;

// Of a kind with bytes. Creates the document with these.
Status kept_store_add(KeptStore *store, const KeptDocument *document, const void *bytes,
                      size_t size, Error *error) WARN_UNUSED;
// The document, copied into the arena, and the bytes that it was created with, appended to *bytes.
Status kept_store_read(KeptStore *store, const char *id, Arena *arena, KeptDocument *document,
                       Buffer *bytes, Error *error) WARN_UNUSED;
