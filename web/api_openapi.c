// GET /api/v1/openapi.json: docs/openapi.json, out of the binary.
#include "api.h"

extern const unsigned char openapi_text[];
extern const size_t openapi_text_size;

Status api_openapi(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                   Error *error) {
  (void)api, (void)request, (void)error;
  reply->body_static = (Str){(const char *)openapi_text, (uint32_t)openapi_text_size};
  return STATUS_OK;
}
