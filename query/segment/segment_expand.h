// A definition that names no other segment: each {"segment": ...} in it becomes what it stands for.
#pragma once
#include "segment_store.h"

// *out: JSON in the arena, of the definition with the saved ones in place. STATUS_NOT_FOUND and
// STATUS_INVALID (a circle, or more than 8 levels of names) have the rule's path; a definition that
// is no rule is passed on as it is, for segment_read to refuse.
Status segment_expand(SegmentStore *store, const char *definition, Arena *arena, const char **out,
                      Error *error) WARN_UNUSED;
