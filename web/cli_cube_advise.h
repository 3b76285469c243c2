// What `tessera cube advise` prints.
#pragma once
#include "cuboid_advise.h"
#include "database.h"
#include <stdio.h>

typedef struct CubeAdvising {
  const char *queries; // a file of questions, or NULL: those of the log
  CuboidLog *log;      // where it is empty: those that may be expected
  int64_t bytes_max;   // 0: the model's, else ADVISE_BYTES_DEFAULT
  bool json;
} CubeAdvising;

// Advises on the view's cubes and prints to `out`.
Status cli_cube_advise(const DatabaseView *view, const CubeAdvising *advising, Job *job, FILE *out,
                       Error *error) WARN_UNUSED;
