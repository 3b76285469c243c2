// Uploaded lists of members, as text: a file each in the store's folder, lists/ID.csv.
//
// A list is in memory from its upload on, and in a file once a saved experiment names it: the file
// is written before the experiment's (write, fsync, rename), and removed after it. The last
// MEMBER_LISTS_PENDING_MAX uploads, 64 MiB at most, stay in memory, charged to the budget, for who
// is still planning. An id is the hash of the text, so that a file that was changed is told and not
// used. Thread-safe.
#pragma once
#include "experiment_list.h"
#include "kept_file.h"
#include <pthread.h>

#define MEMBER_LISTS_PENDING_MAX 16

typedef struct MemberListStore MemberListStore;

// folder: the store's; NULL: lists live as long as the process. Files that a kill has left half
// written are removed.
Status member_list_store_open(const char *folder, MemoryBudget *budget, MemberListStore **store,
                              Error *error) WARN_UNUSED;
void member_list_store_close(MemberListStore *store); // NULL is allowed

// Takes a list's text in; the oldest upload that nobody keeps goes for it. STATUS_MEMORY.
Status member_list_store_put(MemberListStore *store, const ExperimentList *list, Str text,
                             Error *error) WARN_UNUSED;
// The text, copied. STATUS_NOT_FOUND, saying what to do; STATUS_CORRUPT: the file is not what was
// written; STATUS_IO.
Status member_list_store_read(MemberListStore *store, const char *id, Buffer *out,
                              Error *error) WARN_UNUSED;
// The arms of a list that was uploaded or noted since the start; false: not known.
bool member_list_store_arms(MemberListStore *store, const char *id, Arena *arena,
                            const char *const **arms, uint32_t *count);
void member_list_store_note_arms(MemberListStore *store, const ExperimentList *list);

// Keeps the list in its file; no longer. Called between begin and end, which one thread at a time
// passes: who saves or removes an experiment.
Status member_list_store_keep(MemberListStore *store, const char *id, Error *error) WARN_UNUSED;
void member_list_store_release(MemberListStore *store, const char *id);
void member_list_store_change_begin(MemberListStore *store);
void member_list_store_change_end(MemberListStore *store);
