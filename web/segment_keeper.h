// A thread of the server that asks beforehand what segments will ask of the last day of the data:
// what all previews share, each attribute of the model, the saved segments, and the indexes of
// customers' cards. Once at the start, and again when the data have changed; so that the first
// preview of today costs what the others do. It asks within the memory's limit: what has no room is
// left to who needs it.
#pragma once
#include "api.h"

typedef struct SegmentKeeper SegmentKeeper;

SegmentKeeper *segment_keeper_start(Database *database, SegmentService *segments);
// Cancels what is under way, joins; NULL is allowed.
void segment_keeper_stop(SegmentKeeper *keeper);
// The version of the data (segment_data_version) that all is prepared of; 0: of none yet.
uint64_t segment_keeper_version(const SegmentKeeper *keeper); // thread-safe
