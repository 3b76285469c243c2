// What was asked of a store's cubes, kept beside it: STORE/cuboids/asked.json, the questions that
// no cuboid served and how often each cuboid was read, as GET /api/v1/cuboids tells them.
#pragma once
#include "cuboid_log.h"
#include "root.h"

// Adds what the file has to the log and to the counts of the root's cuboids. No file: nothing was
// asked yet. STATUS_INVALID, STATUS_IO: it cannot be read; what could be is added.
Status cuboid_log_read_file(CuboidLog *log, const Root *root, const char *folder,
                            Error *error) WARN_UNUSED;
Status cuboid_log_write_file(CuboidLog *log, const Root *root, const char *folder,
                             Error *error) WARN_UNUSED;
// The file's path, in arena.
const char *cuboid_log_path(const char *folder, Arena *arena);
