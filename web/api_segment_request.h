// What the handlers of segments share: a request with its document and world, definitions and days
// read from it, previews written.
//
// A definition comes with the request or is a saved one. It is evaluated as one query: one record,
// one limit, one cancel.
#pragma once
#include "api.h"
#include "audience_store.h"
#include "export_log.h"
#include "member_rows.h"
#include "segment_preview.h"
#include <jansson.h>

struct SegmentService {
  SegmentStore *store;
  AudienceStore *audiences;
  ExportLog *exports;
  SegmentCache *cache;
  SegmentFactsCache *facts;
  MemberRowsCache *rows;
};

typedef struct SegmentRequest {
  const ApiContext *api;
  const HttpRequest *http;
  HttpReply *reply;
  DatabaseView *view;
  json_t *document;   // or NULL
  const char *own_id; // of a definition that is about to be saved, and what it will be
  const SegmentRule *own_rule;
  SegmentWorld world;
  ApiJob job;
  Arena *arena;
  int64_t start_ns;
} SegmentRequest;

typedef Status (*SegmentBody)(SegmentRequest *request, Error *error);

// Finds the saved segment that the address names; STATUS_NOT_FOUND.
Status segment_saved_find(SegmentRequest *request, SavedSegment *saved, Error *error) WARN_UNUSED;

// Runs the body as one query over the present data, with a document (or NULL), or with the one that
// the request brings.
Status segment_request_run(const ApiContext *api, const HttpRequest *http, HttpReply *reply,
                           json_t *document, SegmentBody body, Error *error) WARN_UNUSED;
Status segment_document_run(const ApiContext *api, const HttpRequest *http, HttpReply *reply,
                            SegmentBody body, Error *error) WARN_UNUSED;

// A text of the document, in the arena; NULL where it is absent or null and not needed.
Status segment_text_member(SegmentRequest *request, const char *key, bool needed, const char **text,
                           Error *error) WARN_UNUSED;
// STATUS_INVALID where the document has another key than these.
Status segment_keys_check(const SegmentRequest *request, const char *const *known, size_t count,
                          Error *error) WARN_UNUSED;
#define SEGMENT_KEYS_CHECK(request, known, error)                                                  \
  segment_keys_check((request), (known), sizeof(known) / sizeof *(known), (error))
// The document's "definition", or what its "text" says: its JSON and the rule that it is, in the
// arena.
Status segment_definition_read(SegmentRequest *request, const char **text, SegmentRule *rule,
                               Error *error) WARN_UNUSED;
// Which of the two the document has, for faults.
const char *segment_definition_key(const SegmentRequest *request);

// The document's "as_of", else the last day of the data.
Status segment_day_read(SegmentRequest *request, int32_t *day, Error *error) WARN_UNUSED;
// What the rule comes to on the document's "as_of", else on the last day of the data. members (or
// NULL): the set; the caller releases it.
Status segment_preview_of(SegmentRequest *request, const SegmentRule *rule, SegmentPreview *preview,
                          Rowset **members, Error *error) WARN_UNUSED;
// The same of the document's definition: what is wrong with it stands in the document.
Status segment_preview_given(SegmentRequest *request, const SegmentRule *rule,
                             SegmentPreview *preview, Error *error) WARN_UNUSED;

// a / b with six digits; null where b is 0.
void segment_share_write(JsonWriter *json, const char *key, int128_t a, int128_t b);
// Size, share of the base, sales and reach, into an open object.
void segment_figures_write(JsonWriter *json, const SegmentPreview *preview);
// These, the day, the base and the rules.
void segment_preview_write(JsonWriter *json, const SegmentPreview *preview);
