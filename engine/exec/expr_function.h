// What the files of functions share: how a kernel of a function is called, and its helpers.
#pragma once
#include "expr_eval.h"
#include "job.h"

struct RegexCache;

// A call's arguments, evaluated. `valid` is the AND of their validities (NULL: all rows are valid):
// rows that are not valid give NULL unless the function says otherwise.
typedef struct FunctionCall {
  const Expr *expr;
  const Vector *args;
  uint32_t row_count;
  const uint64_t *active; // rows that may raise errors; NULL: all
  const uint64_t *valid;
  VectorBuffer *buffer;        // for the result
  Arena *text;                 // for strings of the result; lives until the next call
  Job *job;                    // NULL: none
  bool in_range;               // the arguments' ranges prove that no integer result overflows
  int64_t *text_charged;       // to the job, released with `text`
  struct RegexCache **regexes; // compiled patterns, kept from call to call
} FunctionCall;

typedef Status (*FunctionEval)(const FunctionCall *call, Vector *out, Error *error);

Status function_eval_arith(const FunctionCall *call, Vector *out, Error *error);
Status function_eval_compare(const FunctionCall *call, Vector *out, Error *error);
Status function_eval_text(const FunctionCall *call, Vector *out, Error *error);
Status function_eval_like(const FunctionCall *call, Vector *out, Error *error);
Status function_eval_edit(const FunctionCall *call, Vector *out, Error *error);
Status function_eval_array(const FunctionCall *call, Vector *out, Error *error);
Status function_eval_pattern(const FunctionCall *call, Vector *out, Error *error);
Status function_eval_regex(const FunctionCall *call, Vector *out, Error *error);
Status function_eval_math(const FunctionCall *call, Vector *out, Error *error);
Status function_eval_date(const FunctionCall *call, Vector *out, Error *error);
Status function_eval_interval(const FunctionCall *call, Vector *out, Error *error);
Status function_eval_to_char(const FunctionCall *call, Vector *out, Error *error);
Status function_eval_number_char(const FunctionCall *call, Vector *out, Error *error);
Status function_eval_to_number(const FunctionCall *call, Vector *out, Error *error);
Status function_eval_from_char(const FunctionCall *call, Vector *out, Error *error);
Status function_eval_choice(const FunctionCall *call, Vector *out, Error *error);
Status function_eval_cast(const FunctionCall *call, Vector *out, Error *error);

// Whether an error in this row counts.
static inline bool call_row_live(const FunctionCall *call, uint32_t row) {
  return (!call->active || bits_get(call->active, row)) &&
         (!call->valid || bits_get(call->valid, row));
}
// Starts the result: flat values of the expression's type, validity `valid`; returns the data.
void *call_result(const FunctionCall *call, Vector *out);
// The same for a boolean: one byte a row.
uint8_t *call_result_bool(const FunctionCall *call, Vector *out);
// Sets row of a flat result made by call_result from a value of the same type (or NULL).
void call_set_value(const FunctionCall *call, Vector *out, uint32_t row, const Value *value);

// Room for one string of the result, charged to the job. STATUS_LIMIT when the strings of this
// batch would exceed TEXT_BATCH_BYTES_MAX: a short statement must not take all memory (repeat('x',
// 2000000000)).
#define TEXT_BATCH_BYTES_MAX ((uint64_t)64 << 20)
Status call_reserve_text(const FunctionCall *call, uint64_t size, char **out,
                         Error *error) WARN_UNUSED;
// The buffer's bytes as a string of the result.
struct Buffer;
Status call_keep_text(const FunctionCall *call, const struct Buffer *text, Str *out,
                      Error *error) WARN_UNUSED;
// Case of one code point, Unicode's simple mapping; and whether it is a letter or a digit.
uint32_t codepoint_map_case(uint32_t c, bool upper);
bool codepoint_is_word(uint32_t c);

// Arguments flat, whichever way they are held.
void vector_load_wide(const Vector *v, uint32_t count, int128_t *out); // ints and decimals
void vector_load_double(const Vector *v, uint32_t count, double *out); // PHYSICAL_DOUBLE
