// A day determines everything but the hour; a week (it crosses months and years) nothing; a
// weekday nothing. The hour stands alone: it is the hour of the day, 0 to 23.
#include "time_levels.h"
#include <string.h>

static const TimeLevel LEVELS[] = {
    {"day", MODEL_TIME_DAY, {"Day", "День"}, {"week", "month", "weekday"}},
    {"week", MODEL_TIME_WEEK, {"Week", "Неделя"}, {0}},
    {"month", MODEL_TIME_MONTH, {"Month", "Месяц"}, {"quarter"}},
    {"quarter", MODEL_TIME_QUARTER, {"Quarter", "Квартал"}, {"year"}},
    {"year", MODEL_TIME_YEAR, {"Year", "Год"}, {0}},
    {"weekday", MODEL_TIME_WEEKDAY, {"Day of the week", "День недели"}, {0}},
    {"hour", MODEL_TIME_HOUR, {"Hour", "Час"}, {0}},
};
#define LEVEL_COUNT (sizeof LEVELS / sizeof *LEVELS)

const TimeLevel *time_level_find(const char *name) {
  for (size_t i = 0; i < LEVEL_COUNT; i++) {
    if (!strcmp(LEVELS[i].name, name)) return &LEVELS[i];
  }
  return NULL;
}

const TimeLevel *time_level_at(uint32_t index) {
  return index < LEVEL_COUNT ? &LEVELS[index] : NULL;
}
