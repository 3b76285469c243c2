// Whether a cuboid can stand for a fact below an aggregation, and the tree in which it does.
#pragma once
#include "fact_region.h"

typedef struct CuboidLookup { // a row that a foreign key of the cuboid leads to
  const char *link;
  Logical *scan;
  Expr *condition;
} CuboidLookup;
#define CUBOID_LOOKUPS_MAX 16

typedef struct CuboidMatch {
  LogicalContext *context;
  const Root *root;
  const Logical *aggregate;
  FactRegion region;
  const Table *cuboid;
  Logical *scan; // of the cuboid: its columns are those asked for so far
  CuboidLookup lookups[CUBOID_LOOKUPS_MAX];
  uint32_t lookup_count;
  const char *lack; // why it cannot serve; NULL: nothing found so far
} CuboidMatch;

// Every fact row lies in exactly one cell of the cuboid, and what filters, joins and keys ask of a
// row they ask of the cell, if they read nothing but what the cuboid is grouped by: joins repeat or
// drop whole cells (eager aggregation: Yan, Larson, VLDB 1995). The calls become merges of states.
// The tree has the aggregate's columns, with their ids. NULL: match->lack says what is missing.
Logical *cuboid_match(CuboidMatch *match);
