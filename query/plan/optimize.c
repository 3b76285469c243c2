// Running the passes, and what they share.
#include "optimize.h"
#include <stdio.h>

typedef struct Pass {
  const char *name;
  Logical *(*run)(LogicalContext *context, const Root *root, Logical *tree);
} Pass;

static const Pass passes[] = {
    {"fold", pass_fold},   {"factor", pass_factor}, {"pushdown", pass_pushdown},
    {"eager", pass_eager}, {"order", pass_order},   {"materialised", pass_materialised},
    {"prune", pass_prune}, {"cuboid", pass_cuboid}, {"projection", pass_projection},
};
#define PASS_COUNT (sizeof passes / sizeof *passes)

// Whether `name` stands in the comma-separated list.
static bool list_has(const char *list, const char *name) {
  size_t size = strlen(name);
  for (const char *at = list; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
    if (!strncmp(at, name, size) && (at[size] == ',' || !at[size])) return true;
  return false;
}

const char *logical_pass_name(uint32_t pass) {
  return pass < PASS_COUNT ? passes[pass].name : NULL;
}

Status passes_check(const char *list, Error *error) {
  for (const char *at = list; at && *at;) {
    size_t size = strcspn(at, ",");
    bool known = size == 0;
    char names[128] = "";
    for (size_t p = 0; p < PASS_COUNT; p++) {
      known |= strlen(passes[p].name) == size && !strncmp(passes[p].name, at, size);
      snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", p ? ", " : "",
               passes[p].name);
    }
    if (!known)
      return error_set(error, STATUS_INVALID, "no pass \"%.*s\": there are %s", (int)size, at,
                       names);
    at += size + (at[size] == ',');
  }
  return STATUS_OK;
}

Status logical_optimize(LogicalContext *context, const Root *root, Logical **tree,
                        const char *passes_off, Error *error) {
  TRY(passes_check(passes_off, error));
  TRY(logical_verify(*tree, error));
  for (size_t p = 0; p < PASS_COUNT; p++) {
    if (list_has(passes_off, passes[p].name)) continue;
    *tree = passes[p].run(context, root, *tree);
    if (logical_verify(*tree, error) != STATUS_OK) {
      char fault[ERROR_MESSAGE_BYTES] = "";
      if (error) memcpy(fault, error->message, sizeof fault);
      return error_set(error, STATUS_INVALID, "pass %s broke the tree: %s", passes[p].name, fault);
    }
  }
  SharedTree *shared[SHARED_MAX];
  uint32_t count = logical_shared_trees(*tree, shared);
  for (uint32_t s = 0; s < count; s++) {
    if (shared[s]->optimized) continue;
    shared[s]->optimized = true;
    TRY(logical_optimize(context, root, &shared[s]->tree, passes_off, error));
  }
  return STATUS_OK;
}

uint32_t expr_conjuncts(Arena *arena, Expr *expr, Expr ***conjuncts) {
  if (!expr) return *conjuncts = NULL, 0;
  if (expr->kind != EXPR_AND) {
    *conjuncts = ARENA_ARRAY(arena, Expr *, 1);
    (*conjuncts)[0] = expr;
    return 1;
  }
  Expr ***parts = ARENA_ARRAY(arena, Expr **, expr->arg_count);
  uint32_t *counts = ARENA_ARRAY(arena, uint32_t, expr->arg_count), total = 0, n = 0;
  for (uint32_t i = 0; i < expr->arg_count; i++)
    total += counts[i] = expr_conjuncts(arena, expr->args[i], &parts[i]);
  *conjuncts = ARENA_ARRAY(arena, Expr *, total);
  for (uint32_t i = 0; i < expr->arg_count; i++)
    for (uint32_t k = 0; k < counts[i]; k++) (*conjuncts)[n++] = parts[i][k];
  return total;
}

typedef struct ReadsOnly {
  const Logical *node;
  bool only;
} ReadsOnly;

static void reads_only_visit(void *context, const Expr *column) {
  ReadsOnly *reads = context;
  if (!logical_column(reads->node, column->column)) reads->only = false;
}

bool expr_reads_only(const Expr *expr, const Logical *node) {
  ReadsOnly reads = {node, true};
  expr_visit_columns(expr, reads_only_visit, &reads);
  return reads.only;
}
