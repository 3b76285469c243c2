// The cuboids that a cube could have, without any of them being built: what they would hold, how
// large they would be, and which would serve a question.
//
// A cuboid that could be is a table with the columns that the real one would have, and no rows: so
// that navigation itself (query/plan/cuboid_match) says whether it serves. Sizes are told from the
// numbers of values of its levels, as if these were independent, and are never above the fact's
// rows.
#pragma once
#include "catalog.h"
#include "job.h"
#include "model.h"
#include "root.h"

typedef struct LatticeLevel {
  const char *name;   // "store.region"
  const char *column; // what a cuboid's column of it is called
  Type type;
  const char *link; // the table whose row numbers it holds, or NULL
  const CatalogLevel *catalog;
  double values; // different ones, as far as is known
  // Levels of one member, or of one date, have no more values together than there are members or
  // days.
  uint32_t group;
  double group_values;
  bool *told_by; // [level_count]: each value of that level has but one value of this one
} LatticeLevel;

typedef struct LatticeState {
  const char *column;
  Type type;
  int32_t measure; // index of the first measure of the model that needs it; -1: kept always
  double members;  // of a set: of the table that its row numbers are of; 0: no set
} LatticeState;

typedef struct LatticeCube {
  const ModelCube *model;
  const CatalogCube *catalog;
  const Table *fact;
  const char *const *sources;
  uint32_t source_count;
  LatticeLevel *levels;
  uint32_t level_count;
  LatticeState *states;
  uint32_t state_count;
} LatticeCube;

typedef struct CuboidLattice {
  Arena *arena;
  const Root *root; // as are catalog and model: the caller's
  const Catalog *catalog;
  const Model *model;
  LatticeCube *cubes; // those whose facts are loaded
  uint32_t cube_count;
} CuboidLattice;

// root, catalog and model must outlive the lattice.
Status cuboid_lattice_create(const Root *root, const Catalog *catalog, const Model *model,
                             CuboidLattice **lattice, Error *error) WARN_UNUSED;
void cuboid_lattice_destroy(CuboidLattice *lattice); // NULL is allowed
const LatticeCube *cuboid_lattice_find(const CuboidLattice *lattice, const char *cube);
int32_t lattice_level_find(const LatticeCube *cube, const char *name); // -1: none
// Whether cells split by the levels of `finer` lie each within one split by those of `levels`: each
// of these is one of them, or one of them has but one value of it.
bool lattice_refines(const LatticeCube *cube, const ModelCuboid *finer, const ModelCuboid *levels);

// levels, measures: a flag for each of the cube's levels, and of its model's measures (NULL: all).
// The cuboid of these as a table without rows; the caller releases it.
Table *lattice_table(const LatticeCube *cube, const bool *levels, const bool *measures);
// How many cells it would have: at least 1, at most the fact's rows.
double lattice_cells(const LatticeCube *cube, const bool *levels);
double lattice_bytes(const LatticeCube *cube, const bool *levels, const bool *measures);
