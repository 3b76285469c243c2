// English names of members, where the data have them beside the others: a table that calls a region
// by its column "region", and has a column "region_en" too.
//
// A member's name is what it is filtered by and compared with, in every language; only what is
// shown differs. So an answer is named at its end: NamedSink stands before the sink that writes it.
#pragma once
#include "api.h"
#include "result_sink.h"

typedef struct NameColumns {
  const char *table, *column, *english; // "stores", "region", "region_en"
} NameColumns;

// Where the names of a level's members stand ("store.region"). False: no cube has the level, its
// table has no such column, or one of the two holds no texts. The texts live as long as the
// catalog, `english` as long as the arena.
bool name_columns_find(const Catalog *catalog, const char *level, Arena *arena,
                       NameColumns *columns);
// {"table", "column", "en"}, or null where there are none.
void name_columns_write(JsonWriter *json, const char *key, const Catalog *catalog,
                        const char *level, Arena *arena);

typedef struct MemberName {
  Str name, english;
} MemberName;

// What members of some levels are called in English, [count], in the order of their names' bytes.
typedef struct MemberNames {
  const char *column; // of the answer, whose values they are
  MemberName *list;
  uint32_t count;
} MemberNames;

// Asks the data for the names of the levels' members, within the server's own limits. Levels
// without English names give none. Of several English names of one name the least counts. The list
// and its texts are the arena's.
Status member_names_read(const ApiContext *api, const DatabaseView *view, const char *const *levels,
                         uint32_t level_count, Arena *arena, MemberNames *names,
                         Error *error) WARN_UNUSED;

// A sink that hands each batch on with the texts of the named columns in English.
typedef struct NamedSink {
  ResultSink inner;
  const MemberNames *names; // [name_count], the caller's
  uint32_t name_count;
  Arena *arena;
  const MemberNames **of_column; // [column_count] of the answer; NULL: as it is
  Vector *vectors;
  Str **texts; // [column_count], of those with names VECTOR_ROWS
} NamedSink;

// `inner` may still be filled in until the answer begins. Memory for it is the arena's.
ResultSink named_sink_open(NamedSink *sink, const MemberNames *names, uint32_t name_count,
                           Arena *arena);
