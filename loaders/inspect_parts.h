// What inspection knows of the files while it makes a model of them: internal to loaders/inspect*.
//
//   inspect           files ─► tables, their columns, profiles and codes
//   inspect_types     types, decimal points, orders of dates, keys, links
//   inspect_roles     what each column is for: time, level, sum, distinct count, name, parent
//   inspect_cubes     dimensions and cubes that follow, with the paths between them
//   inspect_write     YAML with remarks
#pragma once
#include "arena.h"
#include "buffer.h"
#include "dictionary.h"
#include "inspect_profile.h"
#include "job.h"
#include "model.h"
#include "source.h"

typedef enum InspectAggregate { INSPECT_NO_AGGREGATE, INSPECT_SUM, INSPECT_AVG } InspectAggregate;

typedef struct InspectColumn {
  const char *field, *name;
  bool unnamed; // in the header
  Profile profile;
  ProfileReading reading;
  Type type;
  int64_t unix_ticks; // as of a ModelColumn
  Dictionary *values; // different ones, codes in order of arrival; complete when the table is whole
  // Of each row the code of its value, PROFILE_NO_CODE without one; NULL where there are too many
  // different values to be levels of each other, or the table was not read to its end.
  uint32_t *codes;
  uint64_t code_count, code_capacity;
  bool codes_ended;
  int32_t link; // table, or -1
  double link_share;
  // What it is for.
  bool level, distinct, is_time;
  InspectAggregate aggregate;
  int32_t label;  // of a key: the column of names, or -1
  int32_t parent; // the next level up, a column of the same table, or -1
  bool is_parent; // of another
} InspectColumn;

typedef struct InspectTable {
  const char *name, *file_name;
  const char **paths;
  uint32_t path_count;
  CsvHeader header;
  ModelSource format;
  uint32_t dialect; // of numbers: index into profile_dialects
  InspectColumn *columns;
  uint32_t column_count;
  int32_t key;                       // column, or -1
  int32_t time;                      // column whose days are the rows' own, or -1
  const char *date_name, *hour_name; // of columns made from a time stamp; NULL: there are none
  const char *date_through;          // where date_name is copied from ("receipt.date"), or NULL
  uint64_t rows, bad_rows;
  uint64_t ragged_rows, skipped;
  uint64_t skip_tokens; // which of the format's `skip` were met, a bit each
  bool sampled, is_target;
  bool order_open;         // of dates: day and month may be the other way round
  const char *first_fault; // of bad_rows
  bool is_fact;            // has a cube
  bool is_event;           // its rows happened: what it links to belongs to who links to it
  bool is_calendar;        // a day a row
} InspectTable;

typedef struct Inspect {
  Arena *arena;
  Job *job;
  InspectTable *tables;
  uint32_t table_count;
  size_t folder_size; // of the folder that all paths begin with, its slash included
} Inspect;

const char *inspect_base_name(const char *path);

// --- inspect_types ---
void inspect_choose_types(Inspect *in, InspectTable *table);
// The names of the header have the types of their columns: it may be a row.
bool inspect_header_is_data(const InspectTable *table);
void inspect_choose_key(InspectTable *table);
// Ends the profiles' builders; needs the keys of all tables.
void inspect_choose_links(Inspect *in);

// --- inspect_roles ---
// A name for a column that is made: no other of the table has it.
const char *inspect_name_derived(const Inspect *in, const InspectTable *table, const char *name);
// Needs the links of all tables.
void inspect_choose_roles(Inspect *in);

// --- inspect_cubes ---
typedef struct InspectLevel {
  const char *name, *path, *label; // path: column, through links; label: a column, or NULL
  const char *title;
  int32_t parent; // index in the dimension, or -1
} InspectLevel;

typedef struct InspectDimension {
  const char *name, *title;
  enum { INSPECT_TIME, INSPECT_PLAIN, INSPECT_TABLE } kind;
  int32_t table;      // of INSPECT_TABLE
  const char *column; // of the others: the one it was made for
  const char *role;   // of INSPECT_TABLE: the link column when another leads there too, or NULL
  TypeKind type;
  InspectLevel *levels; // of INSPECT_TABLE
  uint32_t level_count;
} InspectDimension;

typedef struct InspectPath {
  uint32_t dimension;
  const char *path; // "" when the cube's rows are the dimension's
} InspectPath;

typedef struct InspectCube {
  uint32_t table;
  InspectPath *paths;
  uint32_t path_count;
  int32_t time; // the dimension of its days, or -1
} InspectCube;

typedef struct InspectCubes {
  InspectDimension *dimensions;
  uint32_t dimension_count;
  InspectCube *cubes;
  uint32_t cube_count;
} InspectCubes;

// All in the arena.
void inspect_make_cubes(Inspect *in, InspectCubes *out);

// --- inspect_write ---
void inspect_write(const Inspect *in, const InspectCubes *cubes, Buffer *out);
