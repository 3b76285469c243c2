// What a question that no cuboid served would need: the levels and measures of the smallest cuboid
// that could serve it.
#pragma once
#include "cuboid_lattice.h"

typedef struct CuboidQuestion {
  const LatticeCube *cube;
  bool *levels;    // [cube->level_count]
  bool *measures;  // [cube->model->measure_count]: those whose states are read
  const char *why; // no cuboid of the cube can serve: what they all lack; NULL: levels, measures
} CuboidQuestion;

// The question that an aggregation asks, whose passes have run in `context` on `root`. false: it
// asks no cube's fact. All in the context's arena.
bool cuboid_question_find(const CuboidLattice *lattice, LogicalContext *context, const Root *root,
                          const Logical *aggregate, CuboidQuestion *question);
// The cuboid that would answer it as a model declares one; no measures where only rows are counted.
ModelCuboid cuboid_question_declare(Arena *arena, const CuboidQuestion *question);
// The aggregation that makes that cuboid; NULL where it cannot be made.
Status cuboid_question_tree(const CuboidLattice *lattice, LogicalContext *context,
                            const CuboidQuestion *question, Logical **tree,
                            Error *error) WARN_UNUSED;
// What an aggregation reads of a cuboid that could be.
typedef struct CuboidRead {
  bool *levels; // [cube->level_count]
  bool *states; // [cube->state_count]
} CuboidRead;

// Whether a cuboid of the cube with these levels and measures (NULL: all) would serve an
// aggregation over `fact`, a scan of the cube's table below it. read (or NULL): flags to set. Else
// *why (or NULL) says what it lacks.
bool cuboid_would_serve(const LatticeCube *cube, LogicalContext *context, const Root *root,
                        const Logical *aggregate, const Logical *fact, const bool *levels,
                        const bool *measures, CuboidRead *read, const char **why);
// The scan of the cube's table that an aggregation's rows come from; NULL: they do not.
const Logical *cuboid_fact_scan(const LatticeCube *cube, const Logical *aggregate);
