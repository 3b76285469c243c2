// See api_document.h.
#include "api_document.h"

Status api_document_read(const HttpRequest *request, const char *what, json_t **document,
                         Error *error) {
  json_error_t fault;
  *document = json_loadb(request->body.data ? request->body.data : "", request->body.size,
                         JSON_REJECT_DUPLICATES, &fault);
  if (!*document)
    return error_set_at(error, STATUS_INVALID, fault.position, "the request is not JSON: %s",
                        fault.text);
  if (json_is_object(*document)) return STATUS_OK;
  json_decref(*document);
  return error_set(error, STATUS_INVALID, "expected %s", what);
}
