// POST /api/v1/customers/card: one member's card, by the key or by an identity (a card's number,
// the hash of a phone or an e-mail). Personal data are masked as in exports.
#include "api_segment_request.h"
#include "customer_card.h"

static Status fault(Error *error, const char *path, const char *what) {
  error_set(error, STATUS_INVALID, "%s", what);
  return error_prefix_path(error, "%s", path);
}

// By the members' key, a number or a text; 0: there is none.
static Status key_read(const SegmentMembers *members, const json_t *value, uint32_t *member,
                       Error *error) {
  const Table *table = members->table;
  bool text = table->schema->columns[table->schema->key].type.kind == TYPE_STRING;
  if (text ? !json_is_string(value) : !json_is_integer(value))
    return fault(error, "customer", text ? "a text is expected" : "a whole number is expected");
  *member = text ? table_find_text(table, str_from(json_string_value(value)))
                 : table_find_int(table, json_integer_value(value));
  return STATUS_OK;
}

static Status identity_read(SegmentRequest *request, const CustomerCard *card,
                            const json_t *identity, uint32_t *member, Error *error) {
  static const char *const known[] = {"kind", "value"};
  SegmentRequest inner = *request;
  const char *kind, *value;
  if (!json_is_object(identity))
    return fault(error, "identity",
                 "an object is expected, as {\"kind\": \"card\", \"value\": \"2900000079199\"}");
  inner.document = (json_t *)identity;
  Status status = SEGMENT_KEYS_CHECK(&inner, known, error);
  if (status == STATUS_OK) status = segment_text_member(&inner, "kind", false, &kind, error);
  if (status == STATUS_OK) status = segment_text_member(&inner, "value", true, &value, error);
  if (status != STATUS_OK) return error_prefix_path(error, "identity");
  return customer_find(card, kind, value, member, error);
}

static Status member_find(SegmentRequest *request, CustomerCard *card, Error *error) {
  const json_t *key = json_object_get(request->document, "customer"),
               *identity = json_object_get(request->document, "identity");
  const Table *table = card->members->table;
  if (!key == !identity)
    return fault(error, key ? "identity" : "customer",
                 "either \"customer\", the key, or \"identity\" is expected");
  TRY(key ? key_read(card->members, key, &card->member, error)
          : identity_read(request, card, identity, &card->member, error));
  bool shown = card->member && !(table->hidden && bits_get(table->hidden, card->member));
  if (shown) return STATUS_OK;
  error_set(error, STATUS_NOT_FOUND, "there is no such customer");
  return error_prefix_path(error, "%s", key ? "customer" : "identity");
}

static Status options_read(SegmentRequest *request, CustomerCard *card, Error *error) {
  const json_t *rows = json_object_get(request->document, "rows"),
               *personal = json_object_get(request->document, "personal");
  card->limit = CARD_ROWS_DEFAULT;
  if (rows && (!json_is_integer(rows) || json_integer_value(rows) < 0 ||
               json_integer_value(rows) > CARD_ROWS_MAX))
    return fault(error, "rows", "a number of rows, 0 to 1000, is expected");
  if (rows) card->limit = (uint32_t)json_integer_value(rows);
  if (personal && !json_is_boolean(personal))
    return fault(error, "personal", "true or false is expected");
  card->masked = !json_is_true(personal);
  if (card->masked || request->api->personal_data) return STATUS_OK;
  return fault(error, "personal",
               "personal data leave this server masked: it was started without --personal-data");
}

// The saved segments that the member is in on the last day of the data; those that cannot be
// evaluated are left out.
static Status segments_write(SegmentRequest *request, uint32_t member, JsonWriter *json,
                             Error *error) {
  SavedSegment *saved;
  Rowset *base;
  int32_t day = request->view->data.has_days ? request->view->data.last : 0;
  uint32_t count = segment_store_list(request->api->segments->store, request->arena, &saved);
  TRY(segment_base(&request->world, day, request->arena, &base, error));
  json_write_key_bool(json, "in_base", rowset_has(base, member));
  json_write_key(json, "segments");
  json_write_array_open(json);
  for (uint32_t i = 0; i < count; i++) {
    SegmentRule rule;
    Rowset *set;
    Status status =
        segment_read(request->arena, saved[i].definition, strlen(saved[i].definition), &rule, NULL);
    if (status == STATUS_OK)
      status =
          segment_evaluate(&request->world, &rule, day, base, request->arena, &set, NULL, NULL);
    if (status != STATUS_OK) continue;
    if (rowset_has(set, member)) {
      json_write_object_open(json);
      json_write_key_text(json, "id", saved[i].id);
      json_write_key_text(json, "name", saved[i].name);
      json_write_object_close(json);
    }
    rowset_release(set);
  }
  json_write_array_close(json);
  rowset_release(base);
  return job_check(&request->job.job, error);
}

static Status card_body(SegmentRequest *request, Error *error) {
  static const char *const known[] = {"customer", "identity", "rows", "personal"};
  SegmentMembers members;
  CustomerCard card = {.world = &request->world,
                       .members = &members,
                       .rows = request->api->segments->rows,
                       .arena = request->arena};
  JsonWriter json;
  TRY(SEGMENT_KEYS_CHECK(request, known, error));
  TRY(segment_members_find(request->view->root, request->view->catalog, &members, error));
  TRY(options_read(request, &card, error));
  TRY(member_find(request, &card, error));
  const TableSchema *schema = members.table->schema;
  Value key = column_value(members.table->columns[schema->key], card.member);
  json_writer_init(&json, &request->reply->body);
  json_write_object_open(&json);
  json_write_key(&json, "customer");
  json_write_value(&json, &key);
  json_write_key_bool(&json, "personal", !card.masked);
  json_write_key_bool(&json, "personal_data", request->api->personal_data);
  TRY(customer_card_write(&card, &json, error));
  TRY(segments_write(request, card.member, &json, error));
  json_write_key(&json, "elapsed_ms");
  json_write_ms(&json, clock_now_ns() - request->start_ns);
  json_write_object_close(&json);
  buffer_append_char(&request->reply->body, '\n');
  return STATUS_OK;
}

Status api_customers_card(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                          Error *error) {
  return segment_document_run(api, request, reply, card_body, error);
}
