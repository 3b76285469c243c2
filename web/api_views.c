// Saved views: GET, POST /api/v1/views; GET, PUT, DELETE /api/v1/views/{id}.
//
// A view is a name for a place of the pages: the page and what stands behind the "?" of its
// address, which holds the page's whole state. The server keeps it (kept_store.h) and reads nothing
// of it.
#include "api.h"
#include "api_document.h"
#include "kept_store.h"
#include <stdlib.h>

#define PAGE_BYTES_MAX 32
#define QUERY_BYTES_MAX 16384
#define NAME_BYTES_MAX 400 // 100 characters of any script
#define VIEWS_MAX 10000

static const char *object_fault(const json_t *object) {
  if (!json_string_value(json_object_get(object, "page"))) return "it has no \"page\"";
  return json_string_value(json_object_get(object, "query")) ? NULL : "it has no \"query\"";
}

const KeptKind api_views_kind = {"view", "views", object_fault, NULL};

// ---- A request's document ----------------------------------------------------------------------

typedef struct ViewMembers {
  const char *id, *name, *page, *query; // the document's; id: NULL where it is not given
} ViewMembers;

static Status member_fault(const char *key, const char *expected, Error *error) {
  error_set(error, STATUS_INVALID, "expected %s", expected);
  return error_prefix_path(error, "%s", key);
}

static bool page_is_good(const char *page) {
  size_t length = strlen(page);
  return length && length <= PAGE_BYTES_MAX &&
         strspn(page, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

// Of visible ASCII, as an address has it: other letters stand as %D0%AF.
static bool query_is_good(const char *query) {
  if (strlen(query) > QUERY_BYTES_MAX || *query == '?') return false;
  for (const unsigned char *at = (const unsigned char *)query; *at; at++)
    if (*at <= 0x20 || *at >= 0x7f || *at == '#' || *at == '"') return false;
  return true;
}

static Status members_check(const ViewMembers *view, Error *error) {
  if (!view->name || !*view->name || strlen(view->name) > NAME_BYTES_MAX)
    return member_fault("name", "a name of 1 to 400 bytes", error);
  if (!view->page || !page_is_good(view->page))
    return member_fault("page", "a page: \"overview\", \"explore\", \"reports\", \"sql\"", error);
  if (!view->query || !query_is_good(view->query))
    return member_fault(
        "query", "what stands behind the \"?\" of an address, at most 16 KiB, maybe empty", error);
  return STATUS_OK;
}

static Status members_read(const json_t *document, bool with_id, ViewMembers *view, Error *error) {
  const char *key;
  const json_t *value;
  json_t *object = (json_t *)document; // jansson's loop wants it so, and changes nothing
  json_object_foreach(object, key, value) {
    const char **member = strcmp(key, "name") == 0            ? &view->name
                          : strcmp(key, "page") == 0          ? &view->page
                          : strcmp(key, "query") == 0         ? &view->query
                          : with_id && strcmp(key, "id") == 0 ? &view->id
                                                              : NULL;
    if (!member)
      return member_fault(key,
                          with_id ? "no such member; there are id, name, page and query"
                                  : "no such member; there are name, page and query",
                          error);
    *member = json_string_value(value);
    if (!*member) return member_fault(key, "a text", error);
  }
  return members_check(view, error);
}

// ---- Replies -----------------------------------------------------------------------------------

static void view_write(JsonWriter *json, const KeptDocument *view) {
  json_t *body = json_loads(view->body, 0, NULL);
  json_write_object_open(json);
  json_write_key_text(json, "id", view->id);
  json_write_key_text(json, "name", view->name);
  json_write_key_text(json, "page", json_string_value(json_object_get(body, "page")));
  json_write_key_text(json, "query", json_string_value(json_object_get(body, "query")));
  json_write_key(json, "created_at");
  json_write_timestamptz(json, view->created_at);
  json_write_key(json, "updated_at");
  json_write_timestamptz(json, view->updated_at);
  json_write_object_close(json);
  json_decref(body);
}

static Status view_answer(const ApiContext *api, const char *id, HttpReply *reply, Error *error) {
  Arena *arena = arena_create();
  KeptDocument view;
  JsonWriter json;
  bool found = kept_store_find(api->views, id, arena, &view);
  if (found) {
    json_writer_init(&json, &reply->body);
    view_write(&json, &view);
    buffer_append_char(&reply->body, '\n');
  }
  arena_destroy(arena);
  return found ? STATUS_OK
               : error_set(error, STATUS_NOT_FOUND,
                           "there is no view \"%.100s\"; see GET /api/v1/views", id);
}

Status api_views(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                 Error *error) {
  (void)request, (void)error;
  Arena *arena = arena_create();
  KeptDocument *views;
  uint32_t count = kept_store_list(api->views, arena, &views);
  JsonWriter json;
  json_writer_init(&json, &reply->body);
  json_write_object_open(&json);
  json_write_key(&json, "views");
  json_write_array_open(&json);
  for (uint32_t i = 0; i < count; i++) view_write(&json, &views[i]);
  json_write_array_close(&json);
  json_write_key_bool(&json, "kept", kept_store_is_kept(api->views));
  json_write_object_close(&json);
  buffer_append_char(&reply->body, '\n');
  arena_destroy(arena);
  return STATUS_OK;
}

Status api_views_one(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                     Error *error) {
  return view_answer(api, request->argument, reply, error);
}

// ---- Changes -----------------------------------------------------------------------------------

static Status count_check(const ApiContext *api, Error *error) {
  Arena *arena = arena_create();
  KeptDocument *views;
  uint32_t count = kept_store_list(api->views, arena, &views);
  arena_destroy(arena);
  if (count < VIEWS_MAX) return STATUS_OK;
  return error_set(error, STATUS_LIMIT, "there are %d views already; remove some first", VIEWS_MAX);
}

static Status view_put(const ApiContext *api, const ViewMembers *view, bool create,
                       HttpReply *reply, Error *error) {
  json_t *body = json_pack("{s:s,s:s}", "page", view->page, "query", view->query);
  char *text = json_dumps(body, JSON_COMPACT);
  KeptDocument document = {.id = view->id, .name = view->name, .body = text};
  Status status = kept_store_put(api->views, &document, create, error);
  free(text);
  json_decref(body);
  return status == STATUS_OK ? view_answer(api, view->id, reply, error) : status;
}

Status api_views_create(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                        Error *error) {
  json_t *document;
  ViewMembers view = {0};
  char made[KEPT_MADE_ID_BYTES];
  TRY(api_document_read(request, "an object: a view", &document, error));
  Status status = members_read(document, true, &view, error);
  if (status == STATUS_OK) status = count_check(api, error);
  if (status == STATUS_OK && !view.id) {
    status = kept_id_make(made, error);
    view.id = made;
  }
  if (status == STATUS_OK) status = view_put(api, &view, true, reply, error);
  json_decref(document);
  return status;
}

Status api_views_replace(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                         Error *error) {
  json_t *document;
  ViewMembers view = {0};
  TRY(api_document_read(request, "an object: a view", &document, error));
  Status status = members_read(document, false, &view, error);
  view.id = request->argument;
  if (status == STATUS_OK) status = view_put(api, &view, false, reply, error);
  json_decref(document);
  return status;
}

Status api_views_remove(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                        Error *error) {
  TRY(kept_store_remove(api->views, request->argument, error));
  buffer_append_text(&reply->body, "{\"removed\":true}\n");
  return STATUS_OK;
}
