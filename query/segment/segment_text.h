// A segment's definition as text, to be read and written by people; to and fro without loss.
//
//   sales.receipts from 2023-12-01 to 2024-02-29 where (product.category in ('Обувь')) >= 1
//   and receipts.count over 365 days <= 0
//   and not customer.gender in ('m')
//
//   rule    := rule "or" rule | rule "and" rule | "not" rule | "(" rule ")"
//            | "all" "(" [rule, ...] ")" | "any" "(" [rule, ...] ")"
//            | "segment" text | LEVEL test
//            | MEASURE ["of" ("first" | "last") "purchase"] [window] ["where" "(" [filter, ...]
//            ")"] (">=" | "<=" | ">" | "<" | "=") value
//   test    := ["not"] "in" "(" [value, ...] ")" | "from" value ["to" value] | "to" value
//            | "is" ["not"] "null"
//   window  := "over" NUMBER "days" | "from" DATE "to" DATE
//   value   := 'text' | number | "true" | "false" | "null"
//   filter  := as a rule, of levels alone
//
// "and" binds tighter than "or". Words are read in either case; a name that is one, or has other
// signs than letters, digits, '_' and points, stands in double quotes, doubled within.
#pragma once
#include "arena.h"

#define SEGMENT_TEXT_BYTES_MAX (4u << 20) // more than any definition that is read comes to

// The text of a definition in JSON, in the arena. A definition that segment_read refuses is refused
// alike. What means the same is written alike: keys that are null and empty filters are left out,
// one filter is a list of it, dates are written in full.
Status segment_text_write(Arena *arena, const char *definition, size_t size, const char **text,
                          Error *error) WARN_UNUSED;
// The definition in JSON, in the arena: one that segment_read has read. Faults have their byte in
// the text; those of a rule as a whole its path.
Status segment_text_read(Arena *arena, const char *text, size_t size, const char **definition,
                         Error *error) WARN_UNUSED;

// Whether the name is a word of the language, in either case.
bool segment_text_is_word(const char *name, size_t size);
