// A thread of the server that keeps what was asked of the cubes in the store (cuboid_log_file.h):
// some seconds after it changed, and when the server stops.
#pragma once
#include "database.h"

typedef struct CuboidKeeper CuboidKeeper;

// What cannot be read or written is told to `faults` and changes nothing else.
CuboidKeeper *cuboid_keeper_start(Database *database,
                                  void (*faults)(void *context, const char *text), void *context);
void cuboid_keeper_stop(CuboidKeeper *keeper); // writes and joins; NULL is allowed
