// See experiment_words.h.
#include "experiment_words.h"
#include "date.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define NBSP "\xC2\xA0"
#define MINUS "\xE2\x88\x92"

// Digits of |value| with the language's point and groups of three.
static void digits_append(Buffer *out, const char *digits, WordsLanguage language) {
  size_t whole = strcspn(digits, ".");
  for (size_t i = 0; i < whole; i++) {
    bool group = i && (whole - i) % 3 == 0 && whole > 3;
    if (group) buffer_append_text(out, language == WORDS_RU ? NBSP : ",");
    buffer_append_char(out, digits[i]);
  }
  if (!digits[whole]) return;
  buffer_append_char(out, language == WORDS_RU ? ',' : '.');
  buffer_append_text(out, digits + whole + 1);
}

void words_number(Buffer *out, double value, int digits, int style, WordsLanguage language) {
  char text[400];
  snprintf(text, sizeof text, "%.*f", digits, fabs(value));
  if (style & NUMBER_SHORT && strchr(text, '.')) {
    size_t size = strlen(text);
    while (text[size - 1] == '0') size--;
    text[text[size - 1] == '.' ? size - 1 : size] = 0;
  }
  bool zero = strspn(text, "0.") == strlen(text);
  if (!zero && value < 0) buffer_append_text(out, MINUS);
  if (!zero && value > 0 && style & NUMBER_SIGN) buffer_append_char(out, '+');
  digits_append(out, text, language);
}

void words_points(Buffer *out, double share, int style, WordsLanguage language) {
  words_number(out, 100 * share, style & NUMBER_SHORT && fabs(share) < 0.001 ? 2 : 1, style,
               language);
}

void words_percent(Buffer *out, double share, int style, WordsLanguage language) {
  words_points(out, share, style, language);
  buffer_append_text(out, NBSP "%");
}

void words_money(Buffer *out, double value, const char *unit, WordsLanguage language) {
  words_number(out, value, fabs(value) < 9.995 ? 2 : 0, NUMBER_SIGN, language);
  if (!unit) return;
  bool roubles = language == WORDS_RU && strcmp(unit, "RUB") == 0;
  buffer_append_text(out, NBSP);
  buffer_append_text(out, roubles ? "₽" : unit);
}

void words_about(Buffer *out, int64_t count, WordsLanguage language) {
  double unit = 1;
  while ((double)count / unit >= 100) unit *= 10;
  words_number(out, unit * round((double)count / unit), 0, NUMBER_PLAIN, language);
}

void words_day(Buffer *out, int32_t day, int32_t year, WordsLanguage language) {
  static const char *const months[2][12] = {
      {"January", "February", "March", "April", "May", "June", "July", "August", "September",
       "October", "November", "December"},
      {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
       "октября", "ноября", "декабря"}};
  CivilDate civil = date_to_civil(day);
  buffer_printf(out, "%d" NBSP "%s", civil.day, months[language][civil.month - 1]);
  if (civil.year != year) buffer_printf(out, NBSP "%d", civil.year);
}

const char *words_plural(int64_t count, const char *one, const char *few, const char *many) {
  int64_t tens = count % 100, units = count % 10;
  if (tens >= 11 && tens <= 14) return many;
  return units == 1 ? one : units >= 2 && units <= 4 ? few : many;
}
