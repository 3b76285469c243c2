// Advice on the cuboids of a store as it is given: which to build within the budget, and which to
// drop for it.
#pragma once
#include "cuboid_advise.h"
#include "database.h"

// Where the questions come from: one of these.
typedef struct CubeAdviceSource {
  const char *path;   // a file (cube_questions_read), or NULL: the log's
  uint64_t count_min; // of the log, only what was asked so often
  bool assume;        // where the log is empty: what may be expected
} CubeAdviceSource;

typedef struct CubeDrop {
  const Table *cuboid; // the view's; nobody has read it since it was made
  bool is_declared;    // by the model, so that its line must go
} CubeDrop;

typedef struct CubeAdvice {
  CuboidAdvice build;
  const char **names; // [build.count] with the measures, as cuboid_name_read takes them
  bool *is_declared;  // [build.count] the model declares that grain with other measures
  CubeDrop *drops;    // so that what is to be built fits: the largest first
  uint32_t drop_count;
  uint32_t skipped; // questions that are served by now, or can never be
  double bytes_max; // that what is built may take, without the drops
} CubeAdvice;

// bytes_max: of what is built; 0: what cubes.memory leaves beside the cuboids that there are, and
// beside those that may be dropped for it. Everything lives in arena and the view.
Status cube_advice_make(const DatabaseView *view, CuboidLog *log, const CubeAdviceSource *source,
                        int64_t bytes_max, Arena *arena, Job *job, CubeAdvice *advice,
                        Error *error) WARN_UNUSED;
// As members of an open object.
void cube_advice_write(const CubeAdvice *advice, Arena *arena, JsonWriter *json);
// One line of a cube's `cuboids:` in the model.
void cube_advice_append_yaml(Buffer *out, const ModelCuboid *declared);
