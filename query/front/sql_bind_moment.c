// Functions of time: age, make_date, date_bin, make_interval, to_char, to_date, epoch, AT TIME
// ZONE; and the operators of intervals. (Fields and truncation are in sql_bind_function.)
#include "number_format.h"
#include "sql_bind.h"

#define TYPE_OF_INTERVAL ((Type){.kind = TYPE_INTERVAL})

static bool is_moment(Type type) {
  return type.kind == TYPE_DATE || type.kind == TYPE_TIMESTAMP || type.kind == TYPE_TIMESTAMPTZ;
}

// A literal becomes a time stamp, a date beside a time stamp one too.
static Status as_stamp(Binder *binder, const Call *call, Expr **arg) {
  if (is_unknown(*arg) || (*arg)->type.kind == TYPE_DATE)
    TRY(coerce(binder, *arg, TYPE_OF_TIMESTAMP, arg));
  return is_moment((*arg)->type) ? STATUS_OK : no_function(binder, call);
}

static Status bind_age(Binder *binder, const Call *call, Expr **expr) {
  Expr *args[2] = {NULL, NULL};
  if (call->arg_count < 1 || call->arg_count > 2) return no_function(binder, call);
  uint32_t given = 2 - call->arg_count; // age(x) counts from the midnight that begins today
  if (given) {
    TRY(bind_now(binder, "age of one argument", call->position, &args[0]));
    TRY(coerce(binder, args[0], TYPE_OF_DATE, &args[0]));
  }
  for (uint32_t i = 0; i < call->arg_count; i++) args[given + i] = call->args[i];
  for (int i = 0; i < 2; i++) TRY(as_stamp(binder, call, &args[i]));
  *expr = expr_call(binder->arena, FUNCTION_AGE, TYPE_OF_INTERVAL, args, 2, call->position);
  return STATUS_OK;
}

static Status bind_make_date(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count != 3) return no_function(binder, call);
  for (int i = 0; i < 3; i++) {
    if (!is_unknown(call->args[i]) && call->args[i]->type.kind != TYPE_INT)
      return no_function(binder, call);
    TRY(coerce(binder, call->args[i], TYPE_OF_INT, &call->args[i]));
  }
  *expr = expr_call(binder->arena, FUNCTION_MAKE_DATE, TYPE_OF_DATE, call->args, 3, call->position);
  return STATUS_OK;
}

// timezone(zone, x), as AT TIME ZONE is parsed: local time to a moment, a moment to local time.
static Status bind_timezone(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count != 2) return no_function(binder, call);
  Expr *args[2] = {call->args[0], call->args[1]};
  TRY(coerce_unknown(binder, &args[0]));
  if (args[0]->type.kind == TYPE_INTERVAL)
    return unsupported(binder, call->position, "AT TIME ZONE of an interval");
  if (!type_is_text(args[0]->type)) return no_function(binder, call);
  TRY(as_stamp(binder, call, &args[1]));
  bool zoned = args[1]->type.kind == TYPE_TIMESTAMPTZ;
  *expr = expr_call(binder->arena, zoned ? FUNCTION_TO_LOCAL : FUNCTION_TO_UTC,
                    zoned ? TYPE_OF_TIMESTAMP : TYPE_OF_TIMESTAMPTZ, args, 2, call->position);
  return STATUS_OK;
}

// date_trunc(field, moment, zone): truncated as the local time of the zone. Within a day that is
// the moment less what the local time is beyond the field, so that a repeated hour stays the one it
// is.
Status bind_trunc_zoned(Binder *binder, const Call *call, Expr *field, Expr *moment, Expr *zone,
                        Expr **expr) {
  static const char *const parts_of_day[] = {"second", "minute", "hour"};
  Expr *local, *args[] = {zone, moment};
  TRY(coerce(binder, moment, TYPE_OF_TIMESTAMPTZ, &args[1]));
  TRY(charge_copies(binder, args[1], 2));
  TRY(bind_timezone(binder, &(Call){call->name, args, 2, call->position}, &local));
  Expr *trunc_args[] = {field, local};
  Expr *truncated = expr_call(binder->arena, FUNCTION_DATE_TRUNC, TYPE_OF_TIMESTAMP, trunc_args, 2,
                              call->position);
  bool within = false;
  for (int i = 0; i < 3; i++) within |= str_equal(field->value.s, str_from(parts_of_day[i]));
  if (!within) {
    Expr *back[] = {zone, truncated};
    return bind_timezone(binder, &(Call){call->name, back, 2, call->position}, expr);
  }
  Expr *sides[] = {local, truncated};
  Expr *beyond = expr_call(binder->arena, FUNCTION_MOMENT_DIFFERENCE, TYPE_OF_INTERVAL, sides, 2,
                           call->position);
  return bind_moment_add(binder, args[1], beyond, -1, call->position, expr);
}

// justify_days, justify_hours, justify_interval
static Status bind_justify(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count != 1) return no_function(binder, call);
  if (is_unknown(call->args[0])) TRY(coerce(binder, call->args[0], TYPE_OF_INTERVAL, call->args));
  if (call->args[0]->type.kind != TYPE_INTERVAL) return no_function(binder, call);
  FunctionId function = strcmp(call->name, "justify_days") == 0    ? FUNCTION_JUSTIFY_DAYS
                        : strcmp(call->name, "justify_hours") == 0 ? FUNCTION_JUSTIFY_HOURS
                                                                   : FUNCTION_JUSTIFY_INTERVAL;
  *expr = expr_call(binder->arena, function, TYPE_OF_INTERVAL, call->args, 1, call->position);
  return STATUS_OK;
}

// make_timestamp(year, month, day, hour, minute, seconds).
static Status bind_make_timestamp(Binder *binder, const Call *call, Expr **expr) {
  bool zoned = strcmp(call->name, "make_timestamptz") == 0;
  bool in_zone = zoned && call->arg_count == 7;
  if (call->arg_count != 6 && !in_zone) return no_function(binder, call);
  Expr *args[6];
  for (int i = 0; i < 6; i++) {
    args[i] = call->args[i];
    bool fits = is_unknown(args[i]) ||
                (i == 5 ? type_is_numeric(args[i]->type) : args[i]->type.kind == TYPE_INT);
    if (!fits) return no_function(binder, call);
    TRY(coerce(binder, args[i], i == 5 ? TYPE_OF_DOUBLE : TYPE_OF_INT, &args[i]));
  }
  Type type = zoned && !in_zone ? TYPE_OF_TIMESTAMPTZ : TYPE_OF_TIMESTAMP;
  *expr = expr_call(binder->arena, FUNCTION_MAKE_TIMESTAMP, type, args, 6, call->position);
  if (!in_zone) return STATUS_OK;
  Expr *local[] = {call->args[6], *expr};
  return bind_timezone(binder, &(Call){call->name, local, 2, call->position}, expr);
}

// date_bin(stride, moment, origin)
static Status bind_date_bin(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count != 3) return no_function(binder, call);
  Expr *args[3] = {call->args[0], call->args[1], call->args[2]};
  if (is_unknown(args[0])) TRY(coerce(binder, args[0], TYPE_OF_INTERVAL, &args[0]));
  if (args[0]->type.kind != TYPE_INTERVAL) return no_function(binder, call);
  for (int i = 1; i < 3; i++) {
    bool beside = is_unknown(args[i]) && args[3 - i]->type.kind == TYPE_TIMESTAMPTZ;
    if (beside) TRY(coerce(binder, args[i], TYPE_OF_TIMESTAMPTZ, &args[i]));
    TRY(as_stamp(binder, call, &args[i]));
  }
  TRY(coerce_common(binder, args + 1, 2, "date_bin", call->position));
  *expr = expr_call(binder->arena, FUNCTION_DATE_BIN, args[1]->type, args, 3, call->position);
  return STATUS_OK;
}

// to_date, to_timestamp(text, format)
static Status bind_from_char(Binder *binder, const Call *call, Type type, Expr **expr) {
  if (call->arg_count != 2) return no_function(binder, call);
  for (int i = 0; i < 2; i++) {
    TRY(coerce_unknown(binder, &call->args[i]));
    if (!type_is_text(call->args[i]->type)) return no_function(binder, call);
  }
  *expr = expr_call(binder->arena, FUNCTION_FROM_CHAR, type, call->args, 2, call->position);
  return STATUS_OK;
}

static Status bind_to_date(Binder *binder, const Call *call, Expr **expr) {
  return bind_from_char(binder, call, TYPE_OF_DATE, expr);
}

// to_timestamp(seconds since 1970), to_timestamp(text, format)
static Status bind_to_timestamp(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count == 2) return bind_from_char(binder, call, TYPE_OF_TIMESTAMPTZ, expr);
  if (call->arg_count != 1) return no_function(binder, call);
  if (!is_unknown(call->args[0]) && !type_is_numeric(call->args[0]->type))
    return no_function(binder, call);
  TRY(coerce(binder, call->args[0], TYPE_OF_DOUBLE, &call->args[0]));
  *expr = expr_call(binder->arena, FUNCTION_FROM_EPOCH, TYPE_OF_TIMESTAMPTZ, call->args, 1,
                    call->position);
  return STATUS_OK;
}

// Reads a constant format of numbers, at its place, and puts it there as a literal; *constant is
// false for another, of which there is nothing to say yet, and for NULL.
static Status constant_format(Binder *binder, Expr **text, NumberFormat *format, bool *constant) {
  Value value;
  *format = (NumberFormat){0};
  TRY(constant_value(binder, *text, constant, &value));
  if (!*constant) return STATUS_OK;
  *text = expr_constant(binder->arena, value, (*text)->position);
  if (value.is_null) return STATUS_OK;
  Status status = number_format_read(value.s, format, binder->error);
  if (status != STATUS_OK) binder->error->position = (*text)->position;
  return status;
}

static Status bind_to_char(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count != 2) return no_function(binder, call);
  Type type = call->args[0]->type;
  bool number = type_is_numeric(type);
  if (!number && !is_moment(type) && type.kind != TYPE_INTERVAL) return no_function(binder, call);
  TRY(coerce_unknown(binder, &call->args[1]));
  if (!type_is_text(call->args[1]->type)) return no_function(binder, call);
  NumberFormat format;
  bool constant;
  if (number) TRY(constant_format(binder, &call->args[1], &format, &constant));
  *expr = expr_call(binder->arena, number ? FUNCTION_NUMBER_TO_CHAR : FUNCTION_TO_CHAR,
                    TYPE_OF_STRING, call->args, 2, call->position);
  return STATUS_OK;
}

// to_number(text, format): the format, a constant, settles the digits of the result.
static Status bind_to_number(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count != 2) return no_function(binder, call);
  for (int i = 0; i < 2; i++) {
    TRY(coerce_unknown(binder, &call->args[i]));
    if (!type_is_text(call->args[i]->type)) return no_function(binder, call);
  }
  NumberFormat format;
  bool constant;
  TRY(constant_format(binder, &call->args[1], &format, &constant));
  const Expr *text = call->args[1];
  if (!constant)
    return unsupported(binder, text->position, "a format of to_number that is not a constant");
  int digits = format.whole + format.fraction;
  if (format.roman || format.exponent)
    return unsupported(binder, text->position, "\"RN\" or \"EEEE\" where a number is read");
  if (!format.text.size) return *expr = expr_null(binder->arena, type_decimal(1, 0)), STATUS_OK;
  if (!digits || digits > DECIMAL_DIGITS_MAX)
    return invalid_at(binder, text->position, "a format of to_number has 1 to %d digits (9 or 0)",
                      DECIMAL_DIGITS_MAX);
  Type type = type_decimal((unsigned)digits, (unsigned)(format.fraction + format.shift));
  *expr = expr_call(binder->arena, FUNCTION_TO_NUMBER, type, call->args, 2, call->position);
  return STATUS_OK;
}

// ---------------------------------------------------------------- make_interval

static const char *const INTERVAL_PARTS[] = {"years", "months", "weeks", "days",
                                             "hours", "mins",   "secs"};
#define INTERVAL_PART_COUNT (sizeof INTERVAL_PARTS / sizeof *INTERVAL_PARTS)

static Status find_part(Binder *binder, const PgQuery__NamedArgExpr *named, size_t *part) {
  for (*part = 0; *part < INTERVAL_PART_COUNT; ++*part)
    if (strcmp(INTERVAL_PARTS[*part], named->name) == 0) return STATUS_OK;
  return name_unknown(binder, named->location, "part of an interval", named->name, INTERVAL_PARTS,
                      INTERVAL_PART_COUNT);
}

Status bind_make_interval(Binder *binder, const PgQuery__FuncCall *node, Expr **expr) {
  Expr *args[INTERVAL_PART_COUNT];
  for (size_t i = 0; i < INTERVAL_PART_COUNT; i++) {
    args[i] = expr_int(binder->arena, 0);
    args[i]->position = node->location;
  }
  if (node->n_args > INTERVAL_PART_COUNT)
    return invalid_at(binder, node->location, "make_interval takes at most 7 arguments");
  for (size_t i = 0; i < node->n_args; i++) {
    const Node *arg = node->args[i];
    size_t part = i;
    if (arg->node_case == PG_QUERY__NODE__NODE_NAMED_ARG_EXPR) {
      TRY(find_part(binder, arg->named_arg_expr, &part));
      arg = arg->named_arg_expr->arg;
    }
    TRY(bind_expr(binder, arg, &args[part]));
  }
  for (size_t i = 0; i < INTERVAL_PART_COUNT; i++) {
    bool seconds = i + 1 == INTERVAL_PART_COUNT;
    bool fits = is_unknown(args[i]) ||
                (seconds ? type_is_numeric(args[i]->type) : args[i]->type.kind == TYPE_INT);
    if (!fits)
      return invalid_at(binder, args[i]->position, "make_interval takes whole numbers for %s",
                        INTERVAL_PARTS[i]);
    TRY(coerce(binder, args[i], seconds ? TYPE_OF_DOUBLE : TYPE_OF_INT, &args[i]));
  }
  *expr = expr_call(binder->arena, FUNCTION_MAKE_INTERVAL, TYPE_OF_INTERVAL, args,
                    INTERVAL_PART_COUNT, node->location);
  return STATUS_OK;
}

// ---------------------------------------------------------------- fields

Status bind_epoch(Binder *binder, Expr *moment, int32_t position, Expr **expr) {
  *expr = expr_call(binder->arena, FUNCTION_EPOCH, type_decimal(18, 6), &moment, 1, position);
  return STATUS_OK;
}

Status bind_interval_field(Binder *binder, Expr *field, Expr *interval, int32_t position,
                           Expr **expr) {
  static const char *const fields[] = {"second", "minute",  "hour", "day",
                                       "month",  "quarter", "year"};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    if (str_equal(field->value.s, str_from(fields[i]))) {
      Expr *args[] = {field, interval};
      *expr = expr_call(binder->arena, FUNCTION_INTERVAL_FIELD, TYPE_OF_INT, args, 2, position);
      return STATUS_OK;
    }
  return invalid_at(binder, position, "an interval has no field \"%.*s\"", (int)field->value.s.size,
                    field->value.s.data);
}

// ---------------------------------------------------------------- operators

static Expr *call2(Binder *binder, FunctionId function, Type type, Expr *a, Expr *b,
                   int32_t position) {
  return expr_call(binder->arena, function, type, (Expr *[]){a, b}, 2, position);
}

// An interval times or by a number.
static Status bind_scaled(Binder *binder, FunctionId function, Expr *interval, Expr *number,
                          int32_t position, Expr **expr) {
  TRY(coerce(binder, number, TYPE_OF_DOUBLE, &number));
  *expr = call2(binder, function, TYPE_OF_INTERVAL, interval, number, position);
  return STATUS_OK;
}

Status bind_interval_operator(Binder *binder, FunctionId function, Expr *left, Expr *right,
                              int32_t position, bool *done, Expr **expr) {
  bool a = left->type.kind == TYPE_INTERVAL, b = right->type.kind == TYPE_INTERVAL;
  bool add = function == FUNCTION_ADD, subtract = function == FUNCTION_SUBTRACT;
  *done = true;
  if ((add || subtract) && (a || b)) { // a literal beside an interval is one
    if (a && is_unknown(right)) TRY(coerce(binder, right, TYPE_OF_INTERVAL, &right));
    if (b && is_unknown(left)) TRY(coerce(binder, left, TYPE_OF_INTERVAL, &left));
    if (left->type.kind == TYPE_INTERVAL && right->type.kind == TYPE_INTERVAL) {
      *expr = call2(binder, add ? FUNCTION_INTERVAL_ADD : FUNCTION_INTERVAL_SUBTRACT,
                    TYPE_OF_INTERVAL, left, right, position);
      return STATUS_OK;
    }
  }
  bool times = function == FUNCTION_MULTIPLY, by = function == FUNCTION_DIVIDE;
  if ((times || by) && a && (type_is_numeric(right->type) || is_unknown(right)))
    return bind_scaled(binder, times ? FUNCTION_INTERVAL_MULTIPLY : FUNCTION_INTERVAL_DIVIDE, left,
                       right, position, expr);
  if (times && b && (type_is_numeric(left->type) || is_unknown(left)))
    return bind_scaled(binder, FUNCTION_INTERVAL_MULTIPLY, right, left, position, expr);
  if (subtract && is_moment(left->type) && is_moment(right->type)) {
    Expr *sides[2] = {left, right};
    TRY(coerce_common(binder, sides, 2, "-", position));
    for (int i = 0; i < 2; i++)
      if (sides[i]->type.kind == TYPE_DATE)
        TRY(coerce(binder, sides[i], TYPE_OF_TIMESTAMP, &sides[i]));
    *expr =
        call2(binder, FUNCTION_MOMENT_DIFFERENCE, TYPE_OF_INTERVAL, sides[0], sides[1], position);
    return STATUS_OK;
  }
  *done = false;
  return STATUS_OK;
}

Status bind_moment_add(Binder *binder, Expr *moment, Expr *interval, int sign, int32_t position,
                       Expr **expr) {
  *expr = call2(binder, sign > 0 ? FUNCTION_MOMENT_ADD : FUNCTION_MOMENT_SUBTRACT, moment->type,
                moment, interval, position);
  return STATUS_OK;
}

// ---------------------------------------------------------------- the table

static const struct {
  const char *name;
  Status (*bind)(Binder *binder, const Call *call, Expr **expr);
} FORMS[] = {
    {"age", bind_age},
    {"make_date", bind_make_date},
    {"make_timestamp", bind_make_timestamp},
    {"make_timestamptz", bind_make_timestamp},
    {"date_bin", bind_date_bin},
    {"to_timestamp", bind_to_timestamp},
    {"to_date", bind_to_date},
    {"overlaps", bind_overlaps},
    {"to_char", bind_to_char},
    {"to_number", bind_to_number},
    {"timezone", bind_timezone},
    {"justify_days", bind_justify},
    {"justify_hours", bind_justify},
    {"justify_interval", bind_justify},
};
#define FORM_COUNT (sizeof FORMS / sizeof *FORMS)

Status bind_moment_call(Binder *binder, const Call *call, bool *found, Expr **expr) {
  for (size_t i = 0; i < FORM_COUNT; i++)
    if (strcmp(call->name, FORMS[i].name) == 0) {
      *found = true;
      return FORMS[i].bind(binder, call, expr);
    }
  *found = false;
  return STATUS_OK;
}

uint32_t moment_call_names(const char **names) {
  for (size_t i = 0; i < FORM_COUNT; i++) names[i] = FORMS[i].name;
  return FORM_COUNT;
}

bool moment_call_known(const char *name) {
  for (size_t i = 0; i < FORM_COUNT; i++)
    if (strcmp(name, FORMS[i].name) == 0) return true;
  return false;
}
