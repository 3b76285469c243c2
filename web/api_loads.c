// GET /api/v1/loads: what became of each load of the store.
#include "api.h"
#include "load_log.h"

Status api_loads(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                 Error *error) {
  (void)request, (void)error;
  JsonWriter json;
  json_writer_init(&json, &reply->body);
  json_write_object_open(&json);
  load_log_write(api->loads, &json);
  json_write_object_close(&json);
  buffer_append_char(&reply->body, '\n');
  return STATUS_OK;
}
