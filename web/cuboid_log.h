// The questions that no cuboid served: what they would need, how often they were asked, and why the
// cuboids that there are did not do.
//
// Questions that need the same are one, whatever dates they name and language they came in. Kept in
// memory, for as long as the process runs; beyond MISSES_MAX different ones the further are counted
// only.
#pragma once
#include "cuboid_advise.h"
#include "json_writer.h"

#define MISSES_MAX 500

typedef struct CuboidLog CuboidLog;

CuboidLog *cuboid_log_create(void);
void cuboid_log_destroy(CuboidLog *log); // NULL is allowed
// Notes a question of a statement planned in `context`. Thread-safe, as is all here.
void cuboid_log_add(CuboidLog *log, const CuboidQuestion *question, const LogicalContext *context,
                    const LogicalMissed *missed, uint64_t rows_read);
// Writes the keys "misses", those asked most first, and "misses_left_off" into an open object.
void cuboid_log_write(CuboidLog *log, JsonWriter *json);
