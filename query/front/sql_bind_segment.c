// in_segment(key, 'vip' [, day]): whether a member is in a segment. The segment is evaluated while
// the statement is bound, so that what is left is a test of a set: an expression like any other,
// wherever a condition may stand. As with IN, a NULL key gives NULL.
#include "sql_bind.h"

// The segment's id: a literal, or a parameter's value.
static Status segment_id(Binder *binder, const Call *call, const char **id) {
  Expr *arg = call->args[1];
  bool text = is_unknown(arg) || arg->type.kind == TYPE_STRING;
  if (arg->kind != EXPR_CONSTANT || arg->value.is_null || !text)
    return invalid_at(binder, arg->position >= 0 ? arg->position : call->position,
                      "in_segment takes the segment's id as a literal: in_segment(key, 'vip')");
  *id = arena_strndup(binder->arena, arg->value.s.data, arg->value.s.size);
  return STATUS_OK;
}

// The day of three arguments: a date that no row decides.
static Status segment_day(Binder *binder, const Call *call, int32_t *day) {
  Expr *arg;
  Value value;
  bool constant;
  TRY(coerce(binder, call->args[2], TYPE_OF_DATE, &arg));
  TRY(constant_value(binder, arg, &constant, &value));
  if (!constant || value.is_null)
    return invalid_at(binder, arg->position >= 0 ? arg->position : call->position,
                      "in_segment takes its day as a date that is the same for all rows: "
                      "in_segment(key, 'vip', DATE '2025-12-31')");
  *day = (int32_t)value.i;
  return STATUS_OK;
}

static Status segment_key(Binder *binder, const Call *call, const CatalogSegment *segment,
                          Expr **key) {
  char given[TYPE_NAME_BYTES], wanted[TYPE_NAME_BYTES];
  *key = call->args[0];
  if (is_unknown(*key)) TRY(coerce(binder, *key, segment->key_type, key));
  if ((*key)->type.kind == segment->key_type.kind) return STATUS_OK;
  return invalid_at(binder, call->position,
                    "in_segment takes a member's key, %s.%s of type %s, not a value of type %s",
                    segment->table, segment->key, type_format(segment->key_type, wanted),
                    type_format((*key)->type, given));
}

Status bind_in_segment(Binder *binder, const Call *call, Expr **expr) {
  const char *id = NULL;
  int32_t day = 0;
  CatalogSegment segment;
  Expr *key;
  if (call->arg_count < 2 || call->arg_count > 3)
    return invalid_at(binder, call->position,
                      "in_segment takes a member's key, a segment's id and maybe a day");
  TRY(segment_id(binder, call, &id));
  if (call->arg_count == 3) TRY(segment_day(binder, call, &day));
  Status status = catalog_segment(binder->catalog, id, call->arg_count == 3 ? &day : NULL, &segment,
                                  binder->error);
  if (status != STATUS_OK) {
    if (binder->error) binder->error->position = call->position;
    if (binder->error && binder->error->path[0]) // of the rule in the segment
      return error_prefix_path(binder->error, "segment %s", id);
    return status;
  }
  TRY(segment_key(binder, call, &segment, &key));
  *expr = expr_in_set(binder->arena, key, segment.set, false, call->position);
  return STATUS_OK;
}
