// The moment of a statement: now(), CURRENT_DATE, CURRENT_TIMESTAMP, LOCALTIMESTAMP.
//
// It is read once and is a constant from then on, so that a statement sees one moment, as a
// transaction of PostgreSQL does, and a filter by it reaches the blocks like any other. What a
// model, a cube or a report defines must answer the same on every day: there it is refused. The
// session's zone is UTC.
#include "date.h"
#include "sql_bind.h"
#include <time.h>

#define CURRENT(op) PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_##op

static int64_t clock_usec(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * USEC_PER_SECOND + now.tv_nsec / 1000;
}

Status bind_now(Binder *binder, const char *name, int32_t position, Expr **expr) {
  const SqlOptions *options = binder->options;
  if (!options || options->undated)
    return error_set_at(binder->error, STATUS_UNSUPPORTED, position,
                        "%s is not for the SQL of a model, a cube or a report, which answers the "
                        "same on every day: use as_of or a parameter for the day, or name it",
                        name);
  if (!binder->now) binder->now = options->now ? options->now : clock_usec();
  *expr = expr_constant(binder->arena, (Value){.type = TYPE_OF_TIMESTAMPTZ, .i = binder->now},
                        position);
  return STATUS_OK;
}

const char *current_name(const PgQuery__SQLValueFunction *node) {
  switch (node->op) {
  case CURRENT(CURRENT_DATE):
    return "current_date";
  case CURRENT(CURRENT_TIME):
  case CURRENT(CURRENT_TIME_N):
    return "current_time";
  case CURRENT(CURRENT_TIMESTAMP):
  case CURRENT(CURRENT_TIMESTAMP_N):
    return "current_timestamp";
  case CURRENT(LOCALTIME):
  case CURRENT(LOCALTIME_N):
    return "localtime";
  case CURRENT(LOCALTIMESTAMP):
  case CURRENT(LOCALTIMESTAMP_N):
    return "localtimestamp";
  case CURRENT(CURRENT_CATALOG):
    return "current_catalog";
  case CURRENT(CURRENT_SCHEMA):
    return "current_schema";
  case CURRENT(SESSION_USER):
    return "session_user";
  case CURRENT(USER):
    return "user";
  case CURRENT(CURRENT_ROLE):
    return "current_role";
  default:
    return "current_user";
  }
}

// CURRENT_TIMESTAMP(2): rounded to so many digits of a second, at most 6.
static int64_t rounded(int64_t usec, int32_t digits) {
  int64_t unit = 1;
  for (int32_t i = digits; i < 6; i++) unit *= 10;
  return (usec + unit / 2) / unit * unit; // the present is after 1970
}

Status bind_current(Binder *binder, const PgQuery__SQLValueFunction *node, int32_t position,
                    Expr **expr) {
  const char *name = current_name(node);
  Type type = TYPE_OF_TIMESTAMPTZ;
  int32_t digits = 6;
  switch (node->op) {
  case CURRENT(CURRENT_DATE):
    type = TYPE_OF_DATE;
    break;
  case CURRENT(LOCALTIMESTAMP_N):
    digits = node->typmod;
    type = TYPE_OF_TIMESTAMP;
    break;
  case CURRENT(LOCALTIMESTAMP):
    type = TYPE_OF_TIMESTAMP;
    break;
  case CURRENT(CURRENT_TIMESTAMP_N):
    digits = node->typmod;
    break;
  case CURRENT(CURRENT_TIMESTAMP):
    break;
  default:
    return unsupported(binder, position, name);
  }
  TRY(bind_now(binder, name, position, expr));
  if (digits >= 0) (*expr)->value.i = rounded((*expr)->value.i, digits);
  return coerce(binder, *expr, type, expr);
}

Status bind_clock_call(Binder *binder, const PgQuery__FuncCall *node, const char *name, bool *found,
                       Expr **expr) {
  *found = strcmp(name, "now") == 0 || strcmp(name, "transaction_timestamp") == 0 ||
           strcmp(name, "statement_timestamp") == 0;
  if (!*found) return STATUS_OK;
  if (node->n_args || node->agg_star || node->agg_filter)
    return invalid_at(binder, node->location, "%s takes no arguments", name);
  return bind_now(binder, name, node->location, expr);
}
