// What is known of members, beside their rows of the members' table: for exports.
//
// A name is a column of the members' table ("birth_date"; a link is told by its key) or a level of
// the members' cube ("customer.home_store"). Each becomes text. What the model calls personal is
// masked unless the caller may see it: of a text its first letter and ***, of a date its year, of
// anything else ***.
#pragma once
#include "model.h"
#include "segment.h"

typedef struct MemberColumn {
  const char *name;
  bool personal;
  bool is_text; // before it became one: quoted in CSV
  bool is_date;
  Column *column; // of texts
  int64_t *codes; // [rows of the column] in its dictionary
} MemberColumn;

typedef struct MemberColumns {
  MemberColumn *items;
  uint32_t count;
  uint32_t *places; // [rows of the members' table] 1 + the row in the columns; 0: it is not shown
} MemberColumns;

// A level of the cube by its name; STATUS_NOT_FOUND with the nearest.
Status member_level_find(const CatalogCube *cube, const char *name, Arena *arena,
                         const CatalogLevel **level, Error *error) WARN_UNUSED;
// Whether a name is personal by the model (NULL: nothing is). The name must be a column or a level
// of the members.
bool member_column_is_personal(const SegmentMembers *members, const Catalog *catalog,
                               const Model *model, const char *name);
// Reads the columns of all members. STATUS_NOT_FOUND names what is neither a column nor a level.
// The caller clears *columns.
Status member_columns_read(const SegmentWorld *world, const SegmentMembers *members,
                           const Model *model, const char *const *names, uint32_t count,
                           Arena *arena, MemberColumns *columns, Error *error) WARN_UNUSED;
void member_columns_clear(MemberColumns *columns); // all zero is allowed
// Appends the value of a member's row as a field of CSV (RFC 4180); nothing: there is none. masked:
// what is personal is not shown.
void member_columns_append(const MemberColumns *columns, uint32_t column, uint32_t row, bool masked,
                           Buffer *out);
// A text in quotes, those in it doubled.
void csv_text_append(Str text, Buffer *out);
// The bytes of the text's first letter, in UTF-8: what is shown of a masked one.
uint32_t text_letter_bytes(Str text);
