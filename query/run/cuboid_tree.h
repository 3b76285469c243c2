// What a cuboid is made by: an aggregation over its cube's fact, and the names of its columns.
#pragma once
#include "cube_fact.h"
#include "fact_region.h"
#include "model.h"

typedef struct CuboidTree {
  LogicalContext *context;
  const ModelCuboid *declared;
  const char *name; // of the table
  CubeFact fact;
  Logical *tree;        // the aggregation, after the passes; NULL: the cuboid cannot be made
  const char **names;   // of the tree's columns, what they hold in terms of the fact
  const char **sources; // the tables whose rows it reads, the fact first
  uint32_t source_count;
  bool by_name;      // asked for by name: the table says so, and what measures it keeps
  FactRegion region; // of the tree
} CuboidTree;

// "sales(date.day, store.store)".
const char *cuboid_name(Arena *arena, const ModelCube *cube, const ModelCuboid *cuboid);
// The aggregation over the fact's rows themselves, whatever other cuboids there are. tree is NULL
// where the cube's fact is not loaded, or a column has no name in terms of the fact. All lives in
// the context's arena.
Status cuboid_tree_make(CuboidTree *cuboid, const Root *root, const Catalog *catalog,
                        LogicalContext *context, const ModelCube *cube, const ModelCuboid *declared,
                        Error *error) WARN_UNUSED;
// The schema of a table of the tree's rows, with these columns and links (one a column, or NULL).
TableSchema cuboid_schema(const CuboidTree *cuboid, Column *const *columns,
                          const char *const *links);
// Which columns get no dictionary, a flag a column: sets hardly repeat.
bool *cuboid_raw_columns(const CuboidTree *cuboid);
