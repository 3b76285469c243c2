// See experiment_plan.h.
#include "experiment_plan.h"
#include "experiment_words.h"
#include "power.h"
#include <jansson.h>
#include <math.h>

#define DAYS_MAX 366

typedef struct Planner {
  const json_t *document;
  const Experiment *experiment;
  const ExperimentStore *store;
  Job *job;
  Arena *arena;
  ExperimentPlan *plan;
  int32_t begin; // the start, or the day after the data's last
  double shares[EXPERIMENT_ARMS_MAX];
  PowerSplit split;
} Planner;

// ---- Options -----------------------------------------------------------------------------------

static Status option_fault(const char *key, const char *expected, Error *error) {
  error_set(error, STATUS_INVALID, "expected %s", expected);
  return error_prefix_path(error, "%s", key);
}

static void duration_add(PlanOptions *options, int32_t days) {
  uint32_t at = 0, count = options->duration_count;
  while (at < count && options->durations[at] < days) at++;
  if (count == PLAN_DURATIONS_MAX || (at < count && options->durations[at] == days)) return;
  memmove(&options->durations[at + 1], &options->durations[at],
          (count - at) * sizeof options->durations[0]);
  options->durations[at] = days;
  options->duration_count++;
}

static Status durations_take(const json_t *list, PlanOptions *options, Error *error) {
  static const char expected[] = "an array of 1 to 7 numbers of days, each 1 to 366";
  if (!json_is_array(list) || !json_array_size(list) ||
      json_array_size(list) >= PLAN_DURATIONS_MAX) // one is the definition's own
    return option_fault("durations", expected, error);
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *days = json_array_get(list, i);
    if (!json_is_integer(days) || json_integer_value(days) < 1 ||
        json_integer_value(days) > DAYS_MAX)
      return option_fault("durations", expected, error);
    duration_add(options, (int32_t)json_integer_value(days));
  }
  return STATUS_OK;
}

Status plan_options_take(json_t *document, PlanOptions *options, Error *error) {
  const json_t *durations = json_object_get(document, "durations");
  const json_t *power = json_object_get(document, "power");
  *options = (PlanOptions){.power = EXPERIMENT_POWER};
  if (durations && !json_is_null(durations)) TRY(durations_take(durations, options, error));
  if (power && !json_is_null(power)) {
    options->power = json_number_value(power);
    if (!json_is_number(power) || !(options->power >= 0.5 && options->power <= 0.99))
      return option_fault("power", "a number from 0.5 to 0.99", error);
  }
  json_object_del(document, "durations");
  json_object_del(document, "power");
  return STATUS_OK;
}

void plan_options_complete(const Experiment *experiment, PlanOptions *options) {
  static const int32_t usual[] = {7, 14, 28, 56, 84};
  bool given = options->duration_count;
  for (size_t i = 0; !given && i < sizeof usual / sizeof usual[0]; i++)
    duration_add(options, usual[i]);
  duration_add(options, experiment->window_days);
}

// ---- A rehearsal -------------------------------------------------------------------------------

static json_t *day_json(int32_t day, Arena *arena) {
  CivilDate civil = date_to_civil(day);
  return json_string(arena_printf(arena, "%04d-%02d-%02d", civil.year, civil.month, civil.day));
}

// The definition as if the test had been over on the day before `begin`.
static Status rehearsal_read(const Planner *planner, const PlanDuration *duration,
                             Experiment *experiment, Error *error) {
  static const char *const left_out[] = {"metrics", "guardrails", "segments", "contacted",
                                         "by_day"};
  json_t *document = json_copy((json_t *)planner->document);
  for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++)
    json_object_del(document, left_out[i]);
  json_object_set_new(document, "start", day_json(duration->from, planner->arena));
  json_object_set_new(document, "end", day_json(duration->to, planner->arena));
  json_object_set_new(document, "as_of", day_json(duration->to, planner->arena));
  json_object_set_new(document, "window_days", json_integer(duration->days));
  Status status = experiment_read(document, planner->store, planner->arena, experiment, error);
  json_decref(document);
  experiment->members_have_day = false; // everybody begins on the first day
  experiment->segment_count = 0;
  experiment->other_members_sql = NULL;
  return status;
}

// The customers of all arms: nothing was done to any.
static Moments everybody(const ExperimentData *data, int capped) {
  Moments all = {0};
  for (uint32_t i = 0; i < data->cell_count; i++) {
    const Moments *cell = &data->cells[i].moments[0][capped];
    all = all.count ? moments_pool(&all, cell) : *cell;
  }
  return all;
}

static PlanAnalysis analysis_make(const ExperimentMetric *metric, const Moments *all, bool cuped) {
  MomentForm form = {0, metric->is_ratio ? 1 : MOMENT_NONE};
  MomentForm before = {2, metric->is_ratio ? 3 : MOMENT_NONE};
  ArmValue value = arm_value(all, form);
  PlanAnalysis analysis = {.known = value.known && value.count > 1, .mean = value.value};
  double variance = value.variance * (double)value.count;
  analysis.variance_left = 1;
  if (cuped) {
    Cuped adjusted = cuped_adjust(all, all, form, before);
    analysis.known = analysis.known && adjusted.known;
    analysis.variance_left = adjusted.known ? adjusted.variance_share : NAN;
    variance *= analysis.variance_left;
  }
  analysis.deviation = sqrt(variance);
  return analysis;
}

// Of a quantile: every arm tells the same one, with an error of its own; that of one customer is
// its square times the arm's customers.
static PlanAnalysis quantile_make(const ExperimentData *data) {
  PlanAnalysis analysis = {.known = data->cell_count > 0, .variance_left = 1};
  double count = 0, variance = 0;
  for (uint32_t i = 0; i < data->cell_count; i++) {
    const ArmValue *value = &data->cells[i].quantiles[0];
    double size = (double)value->count;
    analysis.known = analysis.known && value->known;
    analysis.mean += size * value->value;
    variance += size * size * value->variance;
    count += size;
  }
  if (!analysis.known) return analysis;
  analysis.mean /= count;
  analysis.deviation = sqrt(variance / count);
  return analysis;
}

static void analyses_fill(const ExperimentMetric *metric, const ExperimentData *data,
                          PlanDuration *duration) {
  if (metric->quantile) {
    duration->analyses[ANALYSIS_RAW] = quantile_make(data);
    for (uint32_t i = 0; i < data->cell_count; i++) duration->members += data->cells[i].count;
  }
  for (int kind = 0; kind < ANALYSIS_COUNT && !metric->quantile; kind++) {
    int capped = kind >= ANALYSIS_CAPPED;
    if (capped && !data->has_cap[0]) continue;
    Moments all = everybody(data, capped);
    duration->members = all.count;
    duration->analyses[kind] = analysis_make(metric, &all, kind & 1);
    if (duration->analyses[kind].known) duration->shown = (AnalysisKind)kind;
  }
  const PlanAnalysis *shown = &duration->analyses[duration->shown];
  duration->known = shown->known && shown->deviation > 0 && shown->mean > 0;
}

// ---- What it can see ---------------------------------------------------------------------------

static double relative_error(const Planner *planner, const PlanAnalysis *analysis, double total) {
  return power_split_error(&planner->split, total, analysis->deviation) / analysis->mean;
}

static void power_fill(const Planner *planner, PlanDuration *duration) {
  const ExperimentPlan *plan = planner->plan;
  const PlanAnalysis *shown = &duration->analyses[duration->shown];
  const PlanAnalysis *raw = &duration->analyses[ANALYSIS_RAW];
  double minimal = planner->experiment->minimal_effect;
  double error = relative_error(planner, shown, (double)plan->customers);
  duration->detectable = power_detectable(error, plan->alpha, plan->power);
  duration->power = power_of_test(minimal, error, plan->alpha);
  duration->needed = power_split_size(&planner->split, minimal * shown->mean, shown->deviation,
                                      plan->alpha, plan->power);
  duration->needed_raw = power_split_size(&planner->split, minimal * raw->mean, raw->deviation,
                                          plan->alpha, plan->power);
}

static Status duration_plan(const Planner *planner, PlanDuration *duration, Error *error) {
  Experiment *rehearsal = ARENA_NEW(planner->arena, Experiment);
  ExperimentData *data = ARENA_NEW(planner->arena, ExperimentData);
  duration->from = planner->begin - duration->days;
  duration->to = planner->begin - 1;
  duration->has_history = duration->from >= planner->store->first_day;
  if (!duration->has_history) return STATUS_OK;
  TRY(rehearsal_read(planner, duration, rehearsal, error));
  TRY(experiment_collect(rehearsal, planner->store, planner->job, planner->arena, data, error));
  planner->plan->rows_read += data->rows_read;
  planner->plan->bytes_read += data->bytes_read;
  analyses_fill(&rehearsal->metrics[0], data, duration);
  if (duration->known && planner->plan->customers > 0) power_fill(planner, duration);
  duration->known = duration->known && planner->plan->customers > 0;
  return STATUS_OK;
}

// Effects from none to what is surely found at the planned duration, the wanted one among what is
// seen.
static void curves_fill(const Planner *planner) {
  ExperimentPlan *plan = planner->plan;
  const PlanDuration *planned = &plan->durations[plan->planned];
  double most = 2 * planner->experiment->minimal_effect;
  if (planned->known) most = fmax(most, 2 * planned->detectable);
  for (uint32_t e = 0; e < PLAN_EFFECTS; e++) plan->effects[e] = most * e / (PLAN_EFFECTS - 1);
  for (uint32_t d = 0; d < plan->duration_count; d++) {
    PlanDuration *duration = &plan->durations[d];
    if (!duration->known) continue;
    double error =
        relative_error(planner, &duration->analyses[duration->shown], (double)plan->customers);
    for (uint32_t e = 0; e < PLAN_EFFECTS; e++)
      duration->curve[e] = power_of_test(plan->effects[e], error, plan->alpha);
  }
}

static void sizes_fill(const Planner *planner) {
  static const double parts[PLAN_SIZES_MAX] = {0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1};
  ExperimentPlan *plan = planner->plan;
  const PlanDuration *planned = &plan->durations[plan->planned];
  for (uint32_t i = 0; planned->known && i < PLAN_SIZES_MAX; i++) {
    int64_t customers = llround(parts[i] * (double)plan->customers);
    if (customers < 2 * (int64_t)planner->experiment->arm_count) continue;
    double error = relative_error(planner, &planned->analyses[planned->shown], (double)customers);
    plan->sizes[plan->size_count++] =
        (PlanSize){customers, power_detectable(error, plan->alpha, plan->power),
                   power_of_test(planner->experiment->minimal_effect, error, plan->alpha)};
  }
}

// ---- The split of today ------------------------------------------------------------------------

static Status split_plan(const Planner *planner, Error *error) {
  ExperimentPlan *plan = planner->plan;
  Experiment *today = ARENA_NEW(planner->arena, Experiment);
  *today = *planner->experiment;
  today->start = planner->begin;
  today->end = planner->begin + today->window_days - 1;
  today->as_of = planner->begin - 1;
  today->members_have_day = false;
  today->segment_count = 0;
  today->contacted_sql = NULL;
  today->by_day = false;
  today->tell_others = true;
  TRY(experiment_collect(today, planner->store, planner->job, planner->arena, &plan->data, error));
  experiment_judge(today, &plan->data, planner->arena, &plan->result);
  plan->rows_read += plan->data.rows_read;
  plan->bytes_read += plan->data.bytes_read;
  for (uint32_t a = 0; a < today->arm_count; a++) plan->customers += plan->data.assigned[a];
  return STATUS_OK;
}

// ---- Words -------------------------------------------------------------------------------------

static PlanCode code_find(const ExperimentPlan *plan) {
  const PlanDuration *planned = &plan->durations[plan->planned];
  if (plan->result.split_spoiled) return PLAN_SPLIT_SPOILED;
  if (!planned->has_history) return PLAN_NO_HISTORY;
  if (!planned->known) return PLAN_NOTHING_VARIES;
  return planned->needed <= plan->customers ? PLAN_ENOUGH : PLAN_TOO_SMALL;
}

static void days_say(Buffer *out, int32_t days, WordsLanguage language) {
  const char *word = language == WORDS_RU ? words_plural(days, "день", "дня", "дней")
                     : days == 1          ? "day"
                                          : "days";
  buffer_printf(out, "%d\xC2\xA0%s", days, word);
}

static void customers_say(Buffer *out, int64_t count, WordsLanguage language) {
  words_number(out, (double)count, 0, NUMBER_PLAIN, language);
  buffer_printf(out, "\xC2\xA0%s",
                language == WORDS_RU ? words_plural(count, "клиент", "клиента", "клиентов")
                : count == 1 ? "customer"
                             : "customers");
}

static void power_say(Buffer *out, const Planner *planner, WordsLanguage language) {
  const ExperimentPlan *plan = planner->plan;
  const PlanDuration *planned = &plan->durations[plan->planned];
  bool ru = language == WORDS_RU, enough = plan->code == PLAN_ENOUGH;
  buffer_append_text(out, ru       ? enough ? "Хватает: " : "Мало: "
                          : enough ? "Enough: "
                                   : "Too small: ");
  customers_say(out, plan->customers, language);
  buffer_append_text(out, ru ? " за " : " in ");
  days_say(out, planned->days, language);
  buffer_append_text(out, ru       ? enough ? " надёжно покажут эффект от "
                                            : " надёжно покажут лишь эффект от "
                          : enough ? " reliably show an effect of "
                                   : " reliably show only an effect of ");
  words_percent(out, planned->detectable, NUMBER_PLAIN, language);
  if (!ru) buffer_append_text(out, " or more");
  buffer_append_text(out, enough ? ru ? "; нужен " : "; what is wanted is "
                          : ru   ? "; для "
                                 : "; for ");
  words_percent(out, planner->experiment->minimal_effect, NUMBER_SHORT, language);
  if (!enough && planned->needed < INT64_MAX) {
    buffer_append_text(out, ru ? " нужно около " : ", about ");
    words_about(out, planned->needed, language);
    buffer_append_text(out, ru ? " клиентов" : " customers are needed");
  }
  buffer_append_char(out, '.');
}

static void history_say(Buffer *out, const Planner *planner, WordsLanguage language) {
  bool ru = language == WORDS_RU, short_data = planner->plan->code == PLAN_NO_HISTORY;
  int32_t days = planner->plan->durations[planner->plan->planned].days;
  if (short_data)
    buffer_append_text(out, ru ? "Неизвестно: данные до начала короче, чем "
                               : "Unknown: the data before the start are shorter than ");
  else
    buffer_append_text(out, ru ? "Неизвестно: у этих клиентов показатель не менялся за "
                               : "Unknown: of these customers nothing varied in the last ");
  days_say(out, days, language);
  buffer_append_char(out, '.');
}

static const char *sentence(const Planner *planner, WordsLanguage language) {
  PlanCode code = planner->plan->code;
  Buffer out;
  buffer_init(&out);
  if (code == PLAN_SPLIT_SPOILED)
    buffer_append_text(&out, language == WORDS_RU
                                 ? "Начинать нельзя: группы не тех размеров, что задуманы "
                                   "(p < 0,001). Нужен другой ключ деления или другой список."
                                 : "Do not start: the groups are not of the planned sizes "
                                   "(p < 0.001). Take another seed, or another list.");
  else if (code == PLAN_ENOUGH || code == PLAN_TOO_SMALL)
    power_say(&out, planner, language);
  else
    history_say(&out, planner, language);
  const char *text = arena_strndup(planner->arena, out.data, out.size);
  buffer_clear(&out);
  return text;
}

// ---- The whole ---------------------------------------------------------------------------------

static Status history_check(const Planner *planner, Error *error) {
  const ExperimentMetric *primary = &planner->experiment->metrics[0];
  if (!planner->experiment->has_dates) {
    error_set(error, STATUS_INVALID,
              "expected the planned test's first day, and its last as \"end\"");
    return error_prefix_path(error, "start");
  }
  if (primary->cube && planner->store->has_days) return STATUS_OK;
  error_set(error, STATUS_UNSUPPORTED,
            primary->cube ? "the data have no days, so that nothing has a history"
                          : "a column of the members has no history; take a cube's measure");
  return error_prefix_path(error, "primary");
}

Status experiment_plan(const json_t *document, const Experiment *experiment,
                       const PlanOptions *options, const ExperimentStore *store, Job *job,
                       Arena *arena, ExperimentPlan *plan, Error *error) {
  *plan = (ExperimentPlan){.power = options->power, .duration_count = options->duration_count};
  Planner planner = {document, experiment, store, job, arena, plan, experiment->start, {0}, {0}};
  TRY(history_check(&planner, error));
  if (planner.begin > store->last_day + 1) planner.begin = store->last_day + 1;
  for (uint32_t a = 0; a < experiment->arm_count; a++)
    planner.shares[a] = experiment->arms[a].share;
  planner.split = (PowerSplit){planner.shares, experiment->arm_count, experiment->control};
  plan->alpha = (100 - 100 * EXPERIMENT_LEVEL) / 100 / (experiment->arm_count - 1);
  TRY(split_plan(&planner, error));
  for (uint32_t d = 0; d < plan->duration_count; d++) {
    plan->durations[d].days = options->durations[d];
    if (options->durations[d] == experiment->window_days) plan->planned = d;
    TRY(duration_plan(&planner, &plan->durations[d], error));
  }
  curves_fill(&planner);
  sizes_fill(&planner);
  plan->code = code_find(plan);
  plan->en = sentence(&planner, WORDS_EN);
  plan->ru = sentence(&planner, WORDS_RU);
  return STATUS_OK;
}
