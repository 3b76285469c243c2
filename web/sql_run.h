// The one way from a read request to the rows of a reply, for SQL and for reports.
#pragma once
#include "sql_request.h"

// Runs sql->sql on the view's moment, with its values, as a query of `kind` (static: "sql",
// "report"), and answers in its format: at once when it is short, else in pieces while it runs.
// Limits, admission and cancelling are api_job's.
Status sql_run(const ApiContext *api, const HttpRequest *request, const DatabaseView *view,
               const char *kind, const SqlRequest *sql, HttpReply *reply, Error *error) WARN_UNUSED;
