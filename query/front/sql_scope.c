// Names to columns: what a SELECT can see, and the nearest name when it cannot.
#include "sql_bind.h"
#include "text.h"
#include <stdio.h>

void *arena_grow(Arena *arena, void *items, uint32_t count, uint32_t *capacity, size_t size) {
  if (count < *capacity) return items;
  *capacity = *capacity ? *capacity * 2 : 8;
  void *grown = arena_alloc(arena, size * *capacity);
  if (count) memcpy(grown, items, size * count);
  return grown;
}

Status invalid_at(Binder *binder, int32_t position, const char *format, ...) {
  char message[ERROR_MESSAGE_BYTES];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  return error_set_at(binder->error, STATUS_INVALID, position, "%s", message);
}

Status unsupported(Binder *binder, int32_t position, const char *construct) {
  return error_set_at(binder->error, STATUS_UNSUPPORTED, position, "%s is not supported",
                      construct);
}

Status name_unknown(Binder *binder, int32_t position, const char *kind, const char *name,
                    const char *const *candidates, uint32_t count) {
  const char *nearest = count ? text_nearest(name, candidates, count) : NULL;
  if (nearest)
    return error_set_at(binder->error, STATUS_NOT_FOUND, position,
                        "%s \"%s\" does not exist; did you mean \"%s\"?", kind, name, nearest);
  return error_set_at(binder->error, STATUS_NOT_FOUND, position, "%s \"%s\" does not exist", kind,
                      name);
}

void scope_add(Binder *binder, Scope *scope, ScopeColumn column) {
  ARENA_PUSH(binder->arena, scope->columns, scope->count, scope->capacity, column);
}

void scope_add_outputs(Binder *binder, Scope *scope, const Logical *node, const char *qualifier) {
  for (uint32_t i = 0; i < node->column_count; i++)
    scope_add(binder, scope,
              (ScopeColumn){.qualifier = qualifier,
                            .name = node->columns[i].name,
                            .id = node->columns[i].id,
                            .type = node->columns[i].type});
}

static bool qualifier_known(const Scope *scope, const char *qualifier) {
  for (uint32_t i = 0; i < scope->count; i++)
    if (strcmp(scope->columns[i].qualifier, qualifier) == 0) return true;
  return false;
}

// The column of that name; *count says how many there are.
static ScopeColumn *scope_find(const Scope *scope, const char *qualifier, const char *name,
                               uint32_t *count) {
  ScopeColumn *found = NULL;
  *count = 0;
  for (uint32_t i = 0; i < scope->count; i++) {
    ScopeColumn *column = &scope->columns[i];
    if (qualifier ? strcmp(column->qualifier, qualifier) != 0 : column->qualified_only) continue;
    if (strcmp(column->name, name) != 0) continue;
    found = column;
    ++*count;
  }
  return found;
}

static Status column_unknown(Binder *binder, const Scope *scope, const char *qualifier,
                             const char *name, int32_t position) {
  const char **candidates = ARENA_ARRAY(binder->arena, const char *, scope->count);
  uint32_t count = 0;
  bool known = !qualifier || qualifier_known(scope, qualifier);
  for (uint32_t i = 0; i < scope->count; i++) {
    const ScopeColumn *column = &scope->columns[i];
    if (!known)
      candidates[count++] = column->qualifier;
    else if (!qualifier || strcmp(column->qualifier, qualifier) == 0)
      candidates[count++] = column->name;
  }
  if (!known) return name_unknown(binder, position, "table", qualifier, candidates, count);
  return name_unknown(binder, position, "column", name, candidates, count);
}

Status scope_column_expr(Binder *binder, ScopeColumn *column, int32_t position, Expr **expr) {
  if (column->level) return bind_cube_level(binder, column, position, expr);
  *expr = expr_column(binder->arena, column->id, column->type, position);
  return STATUS_OK;
}

Status scope_resolve(Binder *binder, const char *qualifier, const char *name, int32_t position,
                     Expr **expr) {
  for (SelectState *select = binder->select; select; select = select->outer) {
    uint32_t count;
    if (select != binder->select && select->siblings_hidden) continue;
    ScopeColumn *column = scope_find(select->scope, qualifier, name, &count);
    if (count > 1)
      return invalid_at(binder, position, "column reference \"%s\" is ambiguous", name);
    if (!column) continue;
    return scope_column_expr(binder, column, position, expr);
  }
  return column_unknown(binder, binder->select->scope, qualifier, name, position);
}
