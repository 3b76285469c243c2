// The file of an uploaded list of members: CSV of any of the forms that csv_pairs.h knows.
#pragma once
#include "experiment_list.h"
#include "job.h"

#define MEMBER_LIST_BYTES_MAX (32 << 20) // of the file

// text: the file's bytes. members: whose keys its customers are; two columns, the customer's key
// and the arm, stand in this order or are named by a header. Memory is charged to job, which
// outlives the list; on success the caller clears it (experiment_list_clear). STATUS_INVALID and
// STATUS_LIMIT name the line and what is wrong with it: no list, a line that says no customer or
// arm, more arms than a test has, a customer in two arms. Customers of whom the store knows nothing
// are no fault here. The list's id is not set.
Status member_list_read(Str text, const CatalogSegment *members, Job *job, ExperimentList *list,
                        Error *error) WARN_UNUSED;
// The list as CSV, which member_list_read reads to an equal one: what is kept. Sets the id, which
// is the hash of this text.
void member_list_write(ExperimentList *list, Buffer *out);
