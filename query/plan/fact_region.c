// See fact_region.h.
#include "fact_region.h"
#include "buffer.h"
#include "optimize.h"
#include <ctype.h>

int fact_side(const Logical *node, uint32_t candidate) {
  if (node->kind == LOGICAL_FILTER) return candidate ? -1 : 0;
  if (node->kind != LOGICAL_JOIN || candidate > 1) return -1;
  switch (node->join.kind) {
  case JOIN_INNER:
  case JOIN_CROSS:
    return (int)candidate;
  case JOIN_LEFT:
  case JOIN_SEMI:
  case JOIN_ANTI:
  case JOIN_SINGLE:
  case JOIN_MARK:
    return candidate ? -1 : 0;
  default:
    return -1;
  }
}

// ---------------------------------------------------------------- links

static const char *scan_column(const Logical *scan, ColumnId id) {
  for (uint32_t c = 0; c < scan->column_count; c++)
    if (scan->columns[c].id == id) return scan->scan.names[c];
  return NULL;
}

// The right side of a join that follows a link, and what an inner join asks of it.
static const Logical *link_target(const Logical *join, const Expr **filter) {
  const Logical *right = join->inputs[1];
  *filter = NULL;
  if (join->join.kind != JOIN_INNER && join->join.kind != JOIN_LEFT) return NULL;
  if (right->kind == LOGICAL_FILTER && join->join.kind == JOIN_INNER) {
    *filter = right->filter.predicate;
    right = right->inputs[0];
  }
  return right->kind == LOGICAL_SCAN && right->scan.key ? right : NULL;
}

static void region_add_link(FactRegion *region, const Logical *join) {
  const Expr *filter, *condition = join->join.condition;
  const Logical *scan = link_target(join, &filter);
  if (!scan || !condition || condition->kind != EXPR_CALL ||
      condition->function != FUNCTION_EQUAL || region->link_count == FACT_LINKS_MAX)
    return;
  for (int side = 0; side < 2; side++) {
    const Expr *foreign = condition->args[side], *key = condition->args[1 - side];
    if (foreign->kind != EXPR_COLUMN || key->kind != EXPR_COLUMN) return;
    const char *name = scan_column(scan, key->column);
    const char *path = fact_column_text(region, foreign->column);
    if (!name || strcmp(name, scan->scan.key) || !path) continue;
    region->links[region->link_count++] = (FactLink){join, scan, filter, path};
    return;
  }
}

// Whether fact stands below node; its links on the way, those nearest to it first.
static bool region_collect(FactRegion *region, const Logical *node) {
  if (node == region->fact) return true;
  int side;
  for (uint32_t i = 0; (side = fact_side(node, i)) >= 0; i++) {
    if (!region_collect(region, node->inputs[side])) continue;
    if (node->kind == LOGICAL_JOIN && side == 0) region_add_link(region, node);
    return true;
  }
  return false;
}

void fact_region_open(FactRegion *region, Arena *arena, const Logical *top, const Logical *fact) {
  *region = (FactRegion){.arena = arena, .fact = fact};
  region_collect(region, top);
}

const FactLink *fact_region_link(const FactRegion *region, ColumnId id) {
  for (uint32_t i = 0; i < region->link_count; i++)
    if (logical_column(region->links[i].scan, id)) return &region->links[i];
  return NULL;
}

// ---------------------------------------------------------------- texts

// A name that could be taken for an expression stands in quotes.
static const char *name_text(const FactRegion *region, const char *name) {
  bool plain = *name && !isdigit((unsigned char)*name);
  for (const char *at = name; *at; at++)
    plain &= isalnum((unsigned char)*at) || *at == '_' || (*at & 0x80);
  return plain ? name : arena_printf(region->arena, "\"%s\"", name);
}

const char *fact_column_text(const FactRegion *region, ColumnId id) {
  const char *name = scan_column(region->fact, id);
  if (name) return name_text(region, name);
  const FactLink *link = fact_region_link(region, id);
  if (!link) return NULL;
  return arena_printf(region->arena, "%s.%s", link->path,
                      name_text(region, scan_column(link->scan, id)));
}

typedef struct Texts {
  const FactRegion *region;
  bool reads_fact, reads_other;
} Texts;

static const char *print_name(void *context, uint32_t column) {
  Texts *texts = context;
  const char *text = fact_column_text(texts->region, column);
  texts->reads_fact |= text != NULL;
  texts->reads_other |= !text;
  return text;
}

static const char *text_finish(const FactRegion *region, Buffer *buffer) {
  const char *text = arena_strndup(region->arena, buffer->data, buffer->size);
  buffer_clear(buffer);
  return text;
}

const char *fact_expr_text(const FactRegion *region, const Expr *expr) {
  Texts texts = {.region = region};
  Buffer buffer;
  buffer_init(&buffer);
  expr_print(expr, print_name, &texts, &buffer);
  const char *text = text_finish(region, &buffer);
  return texts.reads_fact && !texts.reads_other ? text : NULL;
}

const char *fact_call_text(const FactRegion *region, const AggregateCall *call, bool with_filter) {
  Texts texts = {.region = region};
  Buffer buffer;
  buffer_init(&buffer);
  buffer_append_text(&buffer, aggregate_name(call->id));
  if (call->arg) {
    buffer_append_char(&buffer, '(');
    expr_print(call->arg, print_name, &texts, &buffer);
    buffer_append_char(&buffer, ')');
  }
  if (call->filter && with_filter) {
    buffer_append_text(&buffer, " where ");
    expr_print(call->filter, print_name, &texts, &buffer);
  }
  const char *text = text_finish(region, &buffer);
  return texts.reads_other ? NULL : text;
}
