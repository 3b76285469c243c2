// See experiment_verdict.h.
#include "experiment_verdict.h"
#include "experiment_words.h"
#include <math.h>

// What a sentence may speak of.
typedef struct Facts {
  const Experiment *experiment;
  const ExperimentData *data;
  const ArmResult *arm;
  const ExperimentMetric *metric; // the primary
  const Analysis *shown;          // of it
  const MetricResult *guardrail;  // the one that stands in the way, or NULL
  const ExperimentMetric *guarded;
  OverlapShare overlap; // INVALID
  bool split_spoiled;
  uint32_t apart_count, apart; // metrics that differed before the start; which one the most
} Facts;

const char *verdict_code_name(VerdictCode code) {
  static const char *const names[] = {
      "roll_out",  "below_minimum", "not_decided", "split_spoiled",     "guardrail_broken",
      "too_early", "not_robust",    "invalid",     "guardrail_unclear", "no_data"};
  return names[code];
}

void experiment_overlaps(const Experiment *experiment, const ExperimentData *data,
                         OverlapShare overlaps[OVERLAP_COUNT]) {
  overlaps[0] =
      (OverlapShare){"in_two_arms",
                     {"Customers in two arms", "Клиенты сразу в двух группах"},
                     {"of the customers are in two arms", "клиентов попали сразу в две группы"},
                     data->in_two_arms,
                     data->assigned_total};
  overlaps[1] = (OverlapShare){
      "in_other_tests",
      {"Customers in another test at the same time", "Клиенты в другом тесте в то же время"},
      {"of the customers are in another test at the same time",
       "клиентов участвуют в другом тесте в то же время"},
      data->in_other_tests,
      data->assigned_total};
  overlaps[2] = (OverlapShare){
      "control_contacted",
      {"Control customers whom the action reached",
       "Клиенты контрольной группы, получившие действие"},
      {"of the control group got the action too", "контрольной группы тоже получили действие"},
      data->control_contacted,
      data->assigned[experiment->control]};
}

// ---- The code ----------------------------------------------------------------------------------

static bool overlap_find(Facts *facts) {
  OverlapShare overlaps[OVERLAP_COUNT];
  experiment_overlaps(facts->experiment, facts->data, overlaps);
  for (uint32_t i = 0; i < OVERLAP_COUNT; i++) {
    facts->overlap = overlaps[i];
    if ((double)overlaps[i].customers > EXPERIMENT_INVALID_SHARE * (double)overlaps[i].of)
      return true;
  }
  return false;
}

static bool guardrail_find(Facts *facts, GuardrailState state) {
  for (uint32_t m = 0; m < facts->experiment->metric_count; m++) {
    facts->guardrail = &facts->arm->metrics[m];
    facts->guarded = &facts->experiment->metrics[m];
    if (facts->guarded->is_guardrail && facts->guardrail->guardrail == state) return true;
  }
  return false;
}

static bool excludes_zero(const Difference *difference) {
  return difference->tested && (difference->low > 0 || difference->high < 0);
}

// -1, 0, 1: what an analysis alone would conclude. The relative interval, which the sentences tell,
// must say so too: near the border the delta method's and the difference's may differ.
static int conclusion(const Analysis *analysis) {
  const Difference *difference = &analysis->difference;
  bool found = difference->tested && difference->p_value < 1 - EXPERIMENT_LEVEL &&
               excludes_zero(&analysis->relative);
  return !found ? 0 : difference->estimate > 0 ? 1 : -1;
}

static bool is_robust(const MetricResult *primary) {
  if (primary->shown < ANALYSIS_CAPPED) return true;
  const Analysis *uncapped = &primary->analyses[primary->shown - ANALYSIS_CAPPED];
  return conclusion(uncapped) == conclusion(&primary->analyses[primary->shown]);
}

static VerdictCode code_of_effect(Facts *facts) {
  const MetricResult *primary = &facts->arm->metrics[0];
  const Difference *change = &facts->shown->relative;
  bool up = facts->metric->good >= 0;
  double gain = up ? change->estimate : -change->estimate;
  double most = up ? change->high : -change->low, minimal = facts->experiment->minimal_effect;
  if (!is_robust(primary)) return VERDICT_NOT_ROBUST;
  if (most < minimal) return VERDICT_BELOW_MINIMUM;
  if (!(primary->p_adjusted < 1 - EXPERIMENT_LEVEL) || !excludes_zero(change) || gain < minimal)
    return VERDICT_NOT_DECIDED;
  if (guardrail_find(facts, GUARDRAIL_BROKEN)) return VERDICT_GUARDRAIL_BROKEN;
  if (guardrail_find(facts, GUARDRAIL_UNCLEAR)) return VERDICT_GUARDRAIL_UNCLEAR;
  return VERDICT_ROLL_OUT;
}

static VerdictCode code_find(Facts *facts, bool spoiled) {
  if (spoiled) return VERDICT_SPLIT_SPOILED;
  if (overlap_find(facts)) return VERDICT_INVALID;
  if (!facts->data->is_final) return VERDICT_TOO_EARLY;
  if (!facts->shown->relative.tested || !facts->shown->difference.tested) return VERDICT_NO_DATA;
  return code_of_effect(facts);
}

// ---- Sentences ---------------------------------------------------------------------------------

static const char *verb(const ExperimentMetric *metric, double change, WordsLanguage language) {
  if (language == WORDS_RU) return change < 0 ? metric->words.ru_fell : metric->words.ru_rose;
  return change < 0 ? "fell" : "rose";
}

// "sales per customer rose 4.2 %", "продажи на клиента выросли на 4,2 %"
static void change_say(Buffer *out, const ExperimentMetric *metric, double change,
                       WordsLanguage language) {
  bool ru = language == WORDS_RU;
  buffer_printf(out, ru ? "%s %s на " : "%s %s ", ru ? metric->words.ru : metric->words.en,
                verb(metric, change, language));
  words_percent(out, fabs(change), NUMBER_PLAIN, language);
}

static int style_of(double low, double high) {
  return low < 0 || high < 0 ? NUMBER_SIGN : NUMBER_PLAIN;
}

// " (95 % interval 1.9 to 6.5)"; of a fall the size of the fall.
static void interval_say(Buffer *out, const Difference *change, WordsLanguage language) {
  double low = change->low, high = change->high;
  if (change->estimate < 0) low = -change->high, high = -change->low;
  buffer_append_text(out, language == WORDS_RU ? " (95\xC2\xA0% ДИ " : " (95\xC2\xA0% interval ");
  words_points(out, low, style_of(low, high), language);
  buffer_append_text(out, language == WORDS_RU ? "…" : " to ");
  words_points(out, high, style_of(low, high), language);
  buffer_append_char(out, ')');
}

static void roll_out_say(Buffer *out, const Facts *facts, WordsLanguage language) {
  bool ru = language == WORDS_RU, guarded = false;
  const ExperimentMetric *metric = facts->metric;
  int32_t days = facts->data->window_days;
  buffer_append_text(out, ru ? "Внедрять: " : "Roll out: ");
  change_say(out, metric, facts->shown->relative.estimate, language);
  interval_say(out, &facts->shown->relative, language);
  if (metric->kind == METRIC_MONEY && !metric->is_ratio) {
    buffer_append_text(out, ", ");
    words_money(out, facts->shown->difference.estimate, metric->unit, language);
    if (facts->experiment->has_dates && ru)
      buffer_printf(out, " за %d\xC2\xA0%s", days, words_plural(days, "день", "дня", "дней"));
    else if (facts->experiment->has_dates)
      buffer_printf(out, " in %d\xC2\xA0%s", days, days == 1 ? "day" : "days");
  }
  for (uint32_t m = 0; m < facts->experiment->metric_count; m++)
    guarded |= facts->experiment->metrics[m].is_guardrail;
  if (facts->split_spoiled || facts->apart_count) { // then it is not said to be sound
    if (guarded)
      buffer_append_text(out, ru ? "; защитные метрики в порядке" : "; guardrails are sound");
    buffer_append_char(out, '.');
  } else if (ru)
    buffer_append_text(out,
                       guarded ? "; группы и защитные метрики в порядке." : "; группы в порядке.");
  else
    buffer_append_text(out,
                       guarded ? "; split and guardrails are sound." : "; the split is sound.");
}

static void below_minimum_say(Buffer *out, const Facts *facts, WordsLanguage language) {
  bool ru = language == WORDS_RU;
  const Difference *change = &facts->shown->relative;
  buffer_append_text(out, ru ? "Не внедрять: эффект меньше "
                             : "Do not roll out: any effect is below the ");
  words_percent(out, facts->experiment->minimal_effect, NUMBER_SHORT, language);
  buffer_append_text(out, ru ? ", нужного для окупаемости (от " : " needed to pay back (");
  words_points(out, change->low, NUMBER_SIGN, language);
  buffer_append_text(out, ru ? " до " : " to ");
  words_points(out, change->high, NUMBER_SIGN, language);
  buffer_append_text(out, ").");
}

// What it would take, where it is more than there was.
static void needed_say(Buffer *out, const Facts *facts, WordsLanguage language) {
  bool ru = language == WORDS_RU;
  int64_t needed = facts->arm->metrics[0].needed, had = facts->shown->treated.count;
  if (facts->shown->control.count < had) had = facts->shown->control.count;
  if (!needed || needed == INT64_MAX || needed <= had) return;
  buffer_append_text(out, ru ? " Для " : " For ");
  words_percent(out, facts->experiment->minimal_effect, NUMBER_SHORT, language);
  buffer_append_text(out, ru ? " нужно около " : ", about ");
  words_about(out, needed, language);
  if (ru)
    buffer_printf(out, " %s в группе.",
                  needed < 100 && needed % 10 == 1 && needed != 11 ? "клиента" : "клиентов");
  else
    buffer_append_text(out, " customers an arm are needed.");
}

static void not_decided_say(Buffer *out, const Facts *facts, WordsLanguage language) {
  bool ru = language == WORDS_RU;
  const Difference *change = &facts->shown->relative;
  buffer_append_text(out, ru ? "Вывод невозможен: эффект от " : "Not decided: between ");
  if (ru)
    words_points(out, change->low, NUMBER_SIGN, language);
  else
    words_percent(out, change->low, NUMBER_SIGN, language);
  buffer_append_text(out, ru ? " до " : " and ");
  words_percent(out, change->high, NUMBER_SIGN, language);
  buffer_append_text(out, ru ? "; тест надёжно обнаруживает лишь "
                             : "; this test could reliably detect ");
  words_percent(out, facts->arm->metrics[0].detectable, NUMBER_SHORT, language);
  buffer_append_text(out, ru ? " и более." : " or more.");
  needed_say(out, facts, language);
}

static void split_say(Buffer *out, const Facts *facts, WordsLanguage language) {
  bool ru = language == WORDS_RU;
  const Experiment *experiment = facts->experiment;
  double planned = 0, came = 0;
  for (uint32_t a = 0; a < experiment->arm_count; a++)
    planned += experiment->arms[a].share, came += (double)facts->data->assigned[a];
  buffer_append_text(out, ru ? "Результат использовать нельзя: план " : "Do not use: ");
  for (uint32_t a = 0; a < experiment->arm_count; a++) {
    if (a) buffer_append_char(out, '/');
    words_points(out, experiment->arms[a].share / planned, NUMBER_SHORT, language);
  }
  buffer_append_text(out, ru ? ", факт " : " was planned, ");
  for (uint32_t a = 0; a < experiment->arm_count; a++) {
    if (a) buffer_append_char(out, '/');
    words_points(out, (double)facts->data->assigned[a] / came, NUMBER_PLAIN, language);
  }
  buffer_append_text(out, ru ? " (p < 0,001). Группы несопоставимы."
                             : " came (p < 0.001). The groups are not comparable.");
}

static void guardrail_broken_say(Buffer *out, const Facts *facts, WordsLanguage language) {
  bool ru = language == WORDS_RU;
  const Analysis *guarded = &facts->guardrail->analyses[facts->guardrail->shown];
  buffer_append_text(out, ru ? "В таком виде не внедрять: " : "Do not roll out as is: ");
  change_say(out, facts->metric, facts->shown->relative.estimate, language);
  buffer_append_text(out, ru ? ", но " : ", ");
  change_say(out, facts->guarded, guarded->relative.estimate, language);
  buffer_append_text(out, ru ? " при допустимых " : ", beyond the permitted ");
  words_percent(out, facts->guarded->permitted, NUMBER_SHORT, language);
  buffer_append_char(out, '.');
}

static void guardrail_unclear_say(Buffer *out, const Facts *facts, WordsLanguage language) {
  bool ru = language == WORDS_RU, up = facts->guarded->good >= 0;
  const Difference *change = &facts->guardrail->analyses[facts->guardrail->shown].relative;
  buffer_append_text(out, ru ? "Вывод невозможен: " : "Not decided: ");
  change_say(out, facts->metric, facts->shown->relative.estimate, language);
  interval_say(out, &facts->shown->relative, language);
  if (ru)
    buffer_printf(out, ", но для метрики «%s» не %s до ", facts->guarded->words.ru,
                  up ? "исключено снижение" : "исключён рост");
  else
    buffer_printf(out, ", but %s may have %s by up to ", facts->guarded->words.en,
                  up ? "fallen" : "risen");
  words_percent(out, fabs(up ? change->low : change->high), NUMBER_PLAIN, language);
  buffer_append_text(out, ru ? " при допустимых " : ", beyond the permitted ");
  words_percent(out, facts->guarded->permitted, NUMBER_SHORT, language);
  buffer_append_char(out, '.');
}

static void too_early_say(Buffer *out, const Facts *facts, WordsLanguage language) {
  bool ru = language == WORDS_RU;
  const Experiment *experiment = facts->experiment;
  const ExperimentData *data = facts->data;
  int32_t day = data->day < data->days ? data->day : data->days;
  buffer_printf(out,
                ru ? "Рано: %d-й день из %d. Вывод будет " : "Too early: day %d of %d. Verdict on ",
                day, data->days);
  words_day(out, data->verdict_day, date_to_civil(experiment->as_of).year, language);
  if (experiment->return_days && ru)
    buffer_printf(out, ", после %d\xC2\xA0%s на возвраты", experiment->return_days,
                  words_plural(experiment->return_days, "дня", "дней", "дней"));
  else if (experiment->return_days)
    buffer_printf(out, ", after %d\xC2\xA0%s for returns", experiment->return_days,
                  experiment->return_days == 1 ? "day" : "days");
  buffer_append_char(out, '.');
}

static void bounds_say(Buffer *out, const Difference *change, WordsLanguage language) {
  bool ru = language == WORDS_RU;
  words_percent(out, change->estimate, NUMBER_SIGN, language);
  buffer_append_text(out, ru ? " (от " : " (");
  words_points(out, change->low, NUMBER_SIGN, language);
  buffer_append_text(out, ru ? " до " : " to ");
  words_points(out, change->high, NUMBER_SIGN, language);
  buffer_append_char(out, ')');
}

static void not_robust_say(Buffer *out, const Facts *facts, WordsLanguage language) {
  bool ru = language == WORDS_RU;
  const MetricResult *primary = &facts->arm->metrics[0];
  buffer_append_text(out, ru ? "Вывод неустойчив: с ограничением самых крупных сумм "
                             : "Not robust: with the largest sums capped ");
  bounds_say(out, &facts->shown->relative, language);
  buffer_append_text(out, ru ? ", без него " : ", without ");
  bounds_say(out, &primary->analyses[primary->shown - ANALYSIS_CAPPED].relative, language);
  buffer_append_text(out, ru ? ": всё решают несколько клиентов." : ": a few customers decide it.");
}

static void invalid_say(Buffer *out, const Facts *facts, WordsLanguage language) {
  bool ru = language == WORDS_RU;
  const OverlapShare *overlap = &facts->overlap;
  buffer_append_text(out, ru ? "Результат использовать нельзя: " : "Do not use: ");
  words_percent(out, (double)overlap->customers / (double)overlap->of, NUMBER_PLAIN, language);
  buffer_printf(out, " %s", ru ? overlap->words.ru : overlap->words.en);
  buffer_append_text(out, ru ? " при допустимых 10\xC2\xA0%."
                             : ", more than the permitted 10\xC2\xA0%.");
}

static void no_data_say(Buffer *out, const Facts *facts, WordsLanguage language) {
  (void)facts;
  buffer_append_text(out, language == WORDS_RU
                              ? "Вывод невозможен: слишком мало клиентов или нечего сравнивать."
                              : "Not decided: too few customers, or nothing to compare.");
}

// Which metrics differed between the arm and the control before the start.
static void balance_find(Facts *facts, Verdict *verdict) {
  const MetricResult *metrics = facts->arm->metrics;
  double most = 0;
  for (uint32_t m = 0; m < facts->experiment->metric_count; m++) {
    verdict->has_balance |= metrics[m].has_balance;
    if (!metrics[m].has_balance || metrics[m].balance_sound) continue;
    facts->apart_count++;
    if (fabs(metrics[m].balance) > most) most = fabs(metrics[m].balance), facts->apart = m;
  }
  verdict->balanced = verdict->has_balance && !facts->apart_count;
}

// After the verdict, whatever it is; where the result is not to be used at all there is no need.
static void balance_say(Buffer *out, const Facts *facts, VerdictCode code, WordsLanguage language) {
  bool ru = language == WORDS_RU;
  const ExperimentMetric *metric = &facts->experiment->metrics[facts->apart];
  uint32_t others = facts->apart_count - 1;
  if (!facts->apart_count || code == VERDICT_SPLIT_SPOILED || code == VERDICT_INVALID) return;
  if (ru)
    buffer_printf(out, " Сопоставимость групп нарушена: до начала метрика «%s» различалась на ",
                  metric->title.ru);
  else
    buffer_printf(out, " The groups were not alike before the start: the metric “%s” differed by ",
                  metric->title.en);
  words_number(out, fabs(facts->arm->metrics[facts->apart].balance), 2, NUMBER_PLAIN, language);
  buffer_append_text(out, ru ? " стандартного отклонения" : " standard deviations");
  if (others && ru)
    buffer_printf(out, " (и ещё %u\xC2\xA0%s)", others,
                  words_plural(others, "метрика", "метрики", "метрик"));
  else if (others)
    buffer_printf(out, " (and %u other%s)", others, others == 1 ? "" : "s");
  buffer_append_char(out, '.');
}

typedef void (*Say)(Buffer *out, const Facts *facts, WordsLanguage language);

static const char *sentence(const Facts *facts, VerdictCode code, WordsLanguage language,
                            Arena *arena) {
  static const Say say[] = {roll_out_say,          below_minimum_say, not_decided_say, split_say,
                            guardrail_broken_say,  too_early_say,     not_robust_say,  invalid_say,
                            guardrail_unclear_say, no_data_say};
  Buffer out;
  buffer_init(&out);
  say[code](&out, facts, language);
  balance_say(&out, facts, code, language);
  const char *text = arena_strndup(arena, out.data, out.size);
  buffer_clear(&out);
  return text;
}

Verdict experiment_verdict(const Experiment *experiment, const ExperimentData *data,
                           const ArmResult *arm, const ExperimentResult *result, Arena *arena) {
  Facts facts = {.experiment = experiment,
                 .data = data,
                 .arm = arm,
                 .metric = &experiment->metrics[0],
                 .split_spoiled = result->split_spoiled,
                 .shown = &arm->metrics[0].analyses[arm->metrics[0].shown]};
  Verdict verdict = {0};
  balance_find(&facts, &verdict);
  verdict.code = code_find(&facts, result->effects_hidden);
  verdict.en = sentence(&facts, verdict.code, WORDS_EN, arena);
  verdict.ru = sentence(&facts, verdict.code, WORDS_RU, arena);
  return verdict;
}
