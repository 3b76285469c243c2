// Audiences: a segment's members of a day, frozen, and split into arms.
//
//   segment ─ its definition, without references ─► members of the day ─ audience_split ─► a set an
//   arm
//                                                                                           │
//                                                                                           audience_store
// What is frozen never changes: not by a change of the segment, nor by new data.
#pragma once
#include "arena.h"

#define AUDIENCE_ARMS_MAX 16
#define AUDIENCE_LEVELS_MAX 8
#define AUDIENCE_SEED_BYTES_MAX 200
#define AUDIENCE_SHARE_WHOLE 1000000 // shares are counted in millionths

typedef struct AudienceArm {
  const char *id;   // as an audience's
  const char *name; // maybe ""
  uint32_t share;   // 1 to AUDIENCE_SHARE_WHOLE, which all arms' together are
  bool hold_out;    // its members are left alone
  uint64_t size;
} AudienceArm;

typedef struct Audience {
  const char *id;           // kept_id_is_good
  const char *name;         // not empty
  const char *description;  // maybe ""
  const char *segment;      // the saved one that it was made from, or NULL
  const char *definition;   // JSON (segment.h) that names no other segment
  bool has_day;             // of a request: day is given
  int32_t day;              // as of
  const char *seed;         // of the split; not empty
  const char **stratify_by; // [stratify_count] levels; 0: not stratified
  uint32_t stratify_count;
  uint32_t strata; // how many values of the levels together the members had
  AudienceArm *arms;
  uint32_t arm_count;
  uint64_t size;
  int64_t created_at; // UTC, microseconds
} Audience;

// All of it in the arena.
Audience audience_copy(const Audience *audience, Arena *arena);

// Reads what is asked for: id, name, description, segment or definition, as_of, seed (default: the
// id), stratify_by, arms (default: one of all). `definition` is as it was given, NULL where a
// segment is named. Faults are STATUS_INVALID with a path.
struct json_t;
Status audience_read(const struct json_t *document, Arena *arena, Audience *audience,
                     Error *error) WARN_UNUSED;
// The arms of a file or a request, checked as a whole: STATUS_INVALID says what is wrong.
Status audience_arms_check(const Audience *audience, Error *error) WARN_UNUSED;
