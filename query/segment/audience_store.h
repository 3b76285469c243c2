// Frozen audiences: two files each in the store's folder, `audiences/ID.json` and
// `audiences/ID.rows`.
//
// The rows (a serialised Rowset an arm, one after the other) are written first and removed last, so
// that a .json has its rows whenever the power is cut. It holds their size and XXH64: files that do
// not belong together are told, and never half used. Thread-safe.
#pragma once
#include "audience.h"
#include "rowset.h"

typedef struct AudienceStore AudienceStore;

// folder: the store's; NULL: audiences live as long as the process. Files that are no audiences are
// told to `faults` (may be NULL) and left alone.
Status audience_store_open(const char *folder, void (*faults)(void *context, const char *text),
                           void *context, AudienceStore **store, Error *error) WARN_UNUSED;
void audience_store_close(AudienceStore *store);         // NULL is allowed
bool audience_store_is_kept(const AudienceStore *store); // in files

// Copies in the arena, by id.
uint32_t audience_store_list(AudienceStore *store, Arena *arena, Audience **audiences);
bool audience_store_find(AudienceStore *store, const char *id, Arena *arena, Audience *audience);
// STATUS_EXISTS where there is one of that id now.
Status audience_store_check_free(AudienceStore *store, const char *id, Error *error) WARN_UNUSED;
// STATUS_EXISTS where there is one of its id. created_at is set here; the rest is as given, sizes
// included. arms[audience->arm_count] stay the caller's.
Status audience_store_add(AudienceStore *store, const Audience *audience, Rowset *const *arms,
                          Error *error) WARN_UNUSED;
// The audience and its arms' members; the caller releases arms[audience->arm_count].
// STATUS_NOT_FOUND; STATUS_IO, STATUS_CORRUPT: its file is not what was written.
Status audience_store_read(AudienceStore *store, const char *id, Arena *arena, Audience *audience,
                           Rowset *arms[AUDIENCE_ARMS_MAX], Error *error) WARN_UNUSED;
Status audience_store_remove(AudienceStore *store, const char *id, Error *error) WARN_UNUSED;
