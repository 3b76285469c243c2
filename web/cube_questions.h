// Questions for advice on cuboids, read from a file or as they were missed.
#pragma once
#include "database.h"

// The file holds either SQL statements, each ended by ';', each asked once, or what GET
// /api/v1/cuboids answers: its misses, as often as they were asked. Only what no cuboid of the view
// serves, and one could, becomes a question; *skipped: how many others there were. In arena.
// STATUS_INVALID names the file and the statement, or the place in the JSON.
Status cube_questions_read(const DatabaseView *view, const char *path, Arena *arena,
                           AskedQuestion **asked, uint32_t *count, uint32_t *skipped,
                           Error *error) WARN_UNUSED;
// Of misses that were noted, those that no cuboid of the view serves, and one could. In arena.
Status cube_questions_missed(const DatabaseView *view, const Miss *misses, uint32_t miss_count,
                             Arena *arena, AskedQuestion **asked, uint32_t *count,
                             Error *error) WARN_UNUSED;
// Takes off the log what a cuboid of the database's current root serves, and what its cubes do not
// have any more.
Status cube_questions_review(Database *database, Error *error) WARN_UNUSED;
