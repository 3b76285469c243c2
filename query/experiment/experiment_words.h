// Numbers and days within a sentence: "4.2 %", "−0,4", "41 000", "28 марта".
//
// Blanks within a number, and before a unit, do not break; minus is U+2212. Appended to a Buffer.
#pragma once
#include "buffer.h"
#include <stdint.h>

typedef enum WordsLanguage { WORDS_EN, WORDS_RU } WordsLanguage;

// sign: a plus before what is above zero. digits after the point; short: without trailing zeros.
// What rounds to zero has no sign.
typedef enum NumberStyle { NUMBER_PLAIN = 0, NUMBER_SIGN = 1, NUMBER_SHORT = 2 } NumberStyle;
void words_number(Buffer *out, double value, int digits, int style, WordsLanguage language);
// A share of one as percent: 0.042 is "4.2 %"; without the sign of percent in words_points.
void words_percent(Buffer *out, double share, int style, WordsLanguage language);
void words_points(Buffer *out, double share, int style, WordsLanguage language);
// "+38 RUB", "+38 ₽"; unit may be NULL. From ten on without kopecks.
void words_money(Buffer *out, double value, const char *unit, WordsLanguage language);
// About so many: two significant digits.
void words_about(Buffer *out, int64_t count, WordsLanguage language);
// "28 March", "28 марта"; with the year where it is not `year`.
void words_day(Buffer *out, int32_t day, int32_t year, WordsLanguage language);
// one, few, many of a Russian noun by its number: чек, чека, чеков.
const char *words_plural(int64_t count, const char *one, const char *few, const char *many);
