// What is known of one member: his profile, and the newest of his rows in each table that the model
// has of a loyalty programme. Read by index (member_rows.h): as many rows as are shown, and no
// scan.
#pragma once
#include "json_writer.h"
#include "member_rows.h"
#include "segment.h"

#define CARD_ROWS_DEFAULT 20
#define CARD_ROWS_MAX 1000

typedef struct CustomerCard {
  const SegmentWorld *world;
  const SegmentMembers *members;
  MemberRowsCache *rows;
  Arena *arena;
  uint32_t member; // his row
  uint32_t limit;  // rows of each section
  bool masked;     // what the model calls personal
} CustomerCard;

// Whose identity (`identities` of the model) the value is, of a kind or (NULL) any: the row of who
// has it now, else of who had it last; 0: nobody. STATUS_UNSUPPORTED: the model has no identities.
Status customer_find(const CustomerCard *card, const char *kind, const char *value,
                     uint32_t *member, Error *error) WARN_UNUSED;
// Makes the indexes that cards read by, unless they are there; bytes: what they take.
Status customer_card_prepare(const CustomerCard *card, Error *error) WARN_UNUSED;
int64_t customer_card_index_bytes(const CustomerCard *card);
// Writes keys into the open object: profile, summary, and the sections.
Status customer_card_write(const CustomerCard *card, JsonWriter *json, Error *error) WARN_UNUSED;
