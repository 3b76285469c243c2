// A request's body as a JSON object, for the handlers that take a document.
#pragma once
#include "http_message.h"
#include "status.h"
#include <jansson.h>

// STATUS_INVALID where the body is not JSON (with the place) or no object; `what` says what was
// expected ("an object: a definition"). The caller releases *document (json_decref).
Status api_document_read(const HttpRequest *request, const char *what, json_t **document,
                         Error *error) WARN_UNUSED;
