// A query's job: its limits, and its place among those that run.
#include "api.h"

Status api_job_begin(const ApiContext *api, Job *job, Error *error) {
  job_init(job, "query", api->query_memory_bytes, api->query_timeout_ms,
           database_budget(api->database));
  return admission_enter(api->admission, job, error);
}

void api_job_end(const ApiContext *api, Job *job) {
  admission_leave(api->admission, job);
}
