// A plan as indented text, for EXPLAIN.
#pragma once
#include "buffer.h"
#include "plan.h"

// profiles: by Plan.id, of a finished execution; NULL: the plan alone.
void plan_print(const Plan *plan, const OperatorProfile *profiles, Buffer *out);
