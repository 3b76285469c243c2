// Moments to differences, p-values and a verdict.
#include "corrections.h"
#include "experiment_verdict.h"
#include "power.h"
#include <math.h>
#include <stdlib.h>

typedef struct Judge {
  const Experiment *experiment;
  const ExperimentData *data;
  Arena *arena;
  ExperimentResult *result;
} Judge;

static const Moments moments_none = {0};

static const ExperimentCell *cell_find(const ExperimentData *data, uint32_t arm) {
  for (uint32_t i = 0; i < data->cell_count; i++)
    if (data->cells[i].segment < 0 && data->cells[i].arm == arm) return &data->cells[i];
  return NULL;
}

static const Moments *cell_moments(const ExperimentCell *cell, uint32_t metric, int capped) {
  return cell ? &cell->moments[metric][capped] : &moments_none;
}

// ---- One analysis ------------------------------------------------------------------------------

// Whether every value is 0 or 1: then the variance is that of a share.
static bool all_or_nothing(const Moments *moments) {
  double p = moments->mean[0], n = (double)moments->count;
  double share = n > 1 ? p * (1 - p) * n / (n - 1) : 0;
  return p >= 0 && p <= 1 && fabs(moments->covariance[0][0] - share) <= 1e-9;
}

static Difference difference_of(const ExperimentMetric *metric, const Moments *treated,
                                const Moments *control, const Analysis *analysis, bool cuped) {
  if (metric->is_ratio)
    return difference_normal(&analysis->treated, &analysis->control, EXPERIMENT_LEVEL);
  if (metric->kind == METRIC_SHARE && !cuped && all_or_nothing(treated) && all_or_nothing(control))
    return difference_proportions(
        llround(treated->mean[0] * (double)treated->count), treated->count,
        llround(control->mean[0] * (double)control->count), control->count, EXPERIMENT_LEVEL);
  return difference_welch(&analysis->treated, &analysis->control, EXPERIMENT_LEVEL);
}

// While the test runs, what is shown stays true however often one looks.
static void always_valid(const Judge *judge, Difference *difference) {
  double progress = (double)judge->data->window_days / (double)judge->experiment->window_days;
  if (judge->data->is_final || !difference->tested) return;
  SequentialInterval interval = sequential_interval(
      difference->estimate, difference->standard_error, progress, 1 - EXPERIMENT_LEVEL);
  difference->tested = interval.known;
  difference->low = interval.low;
  difference->high = interval.high;
  difference->p_value = interval.p_value;
}

static Analysis analysis_make(const Judge *judge, const ExperimentMetric *metric,
                              const Moments *treated, const Moments *control, bool cuped) {
  MomentForm form = {0, metric->is_ratio ? 1 : MOMENT_NONE};
  MomentForm before = {2, metric->is_ratio ? 3 : MOMENT_NONE};
  Analysis analysis = {
      .known = true, .treated = arm_value(treated, form), .control = arm_value(control, form)};
  if (cuped) {
    Cuped adjusted = cuped_adjust(treated, control, form, before);
    if (!adjusted.known) return (Analysis){0};
    analysis.theta = adjusted.theta;
    analysis.variance_share = adjusted.variance_share;
    analysis.treated = adjusted.treated;
    analysis.control = adjusted.control;
  }
  analysis.known = analysis.treated.known && analysis.control.known;
  analysis.difference = difference_of(metric, treated, control, &analysis, cuped);
  analysis.relative = difference_relative(&analysis.treated, &analysis.control, EXPERIMENT_LEVEL);
  always_valid(judge, &analysis.difference);
  always_valid(judge, &analysis.relative);
  return analysis;
}

// Of order statistics: neither capped nor adjusted.
static Analysis quantile_analysis(const Judge *judge, uint32_t m, const ExperimentCell *treated,
                                  const ExperimentCell *control) {
  Analysis analysis = {0};
  if (!treated || !control) return analysis;
  analysis.treated = treated->quantiles[m];
  analysis.control = control->quantiles[m];
  analysis.known = analysis.treated.known && analysis.control.known;
  if (!analysis.known) return analysis;
  analysis.difference = difference_normal(&analysis.treated, &analysis.control, EXPERIMENT_LEVEL);
  analysis.relative = difference_relative(&analysis.treated, &analysis.control, EXPERIMENT_LEVEL);
  always_valid(judge, &analysis.difference);
  always_valid(judge, &analysis.relative);
  return analysis;
}

// The most careful one that there is.
static AnalysisKind analysis_choose(const Analysis analyses[ANALYSIS_COUNT]) {
  AnalysisKind kind = ANALYSIS_CAPPED_CUPED;
  while (kind > ANALYSIS_RAW && !analyses[kind].known) kind--;
  return kind;
}

static AnalysisKind analyses_fill(const Judge *judge, uint32_t m, const ExperimentCell *treated,
                                  const ExperimentCell *control,
                                  Analysis analyses[ANALYSIS_COUNT]) {
  const ExperimentMetric *metric = &judge->experiment->metrics[m];
  for (int kind = 0; kind < ANALYSIS_COUNT; kind++) {
    int capped = kind >= ANALYSIS_CAPPED;
    analyses[kind] = (Analysis){0};
    if (metric->quantile) {
      if (kind == ANALYSIS_RAW) analyses[kind] = quantile_analysis(judge, m, treated, control);
      continue;
    }
    if (capped && !judge->data->has_cap[m]) continue;
    analyses[kind] = analysis_make(judge, metric, cell_moments(treated, m, capped),
                                   cell_moments(control, m, capped), kind & 1);
  }
  return analysis_choose(analyses);
}

// ---- Metrics -----------------------------------------------------------------------------------

static void power_fill(const Judge *judge, MetricResult *metric) {
  const Analysis *shown = &metric->analyses[metric->shown];
  double minimal = judge->experiment->minimal_effect, alpha = 1 - EXPERIMENT_LEVEL;
  metric->detectable = metric->power = NAN;
  if (!shown->relative.tested) return;
  metric->detectable = power_detectable(shown->relative.standard_error, alpha, EXPERIMENT_POWER);
  metric->power = power_of_test(minimal, shown->relative.standard_error, alpha);
  metric->needed = power_sample_size(
      minimal * shown->control.value, shown->treated.variance * (double)shown->treated.count,
      shown->control.variance * (double)shown->control.count, 1, alpha, EXPERIMENT_POWER);
}

// What the arms were before the start.
static void balance_fill(const ExperimentMetric *metric, const Moments *treated,
                         const Moments *control, MetricResult *result) {
  MomentForm before = {2, MOMENT_NONE};
  ArmValue a = arm_value(treated, before), b = arm_value(control, before);
  Difference difference = difference_welch(&a, &b, EXPERIMENT_LEVEL);
  result->has_balance = !metric->is_ratio && difference.tested &&
                        standardised_difference(treated, control, 2, &result->balance);
  result->balance_p = result->has_balance ? difference.p_value : NAN;
}

// Over the metrics of all arms, for each may raise a false alarm.
static void balance_correct(ExperimentResult *result, uint32_t metrics) {
  double p[EXPERIMENT_ARMS_MAX * EXPERIMENT_METRICS_MAX];
  for (uint32_t i = 0; i < result->arm_count * metrics; i++)
    p[i] = result->arms[i / metrics].metrics[i % metrics].balance_p;
  correct_holm(p, result->arm_count * metrics, p);
  for (uint32_t i = 0; i < result->arm_count * metrics; i++) {
    MetricResult *metric = &result->arms[i / metrics].metrics[i % metrics];
    metric->balance_p_adjusted = p[i];
    metric->balance_sound = metric->has_balance && balance_is_sound(metric->balance, p[i]);
  }
}

static void metric_fill(const Judge *judge, uint32_t m, const ExperimentCell *treated,
                        const ExperimentCell *control, MetricResult *result) {
  const ExperimentMetric *metric = &judge->experiment->metrics[m];
  result->shown = analyses_fill(judge, m, treated, control, result->analyses);
  const Analysis *shown = &result->analyses[result->shown];
  result->exploratory = m > 0;
  result->p_adjusted = shown->difference.tested ? shown->difference.p_value : NAN;
  if (metric->is_guardrail && judge->data->is_final)
    result->guardrail = guardrail_judge(&shown->relative, metric->permitted, metric->good >= 0);
  balance_fill(metric, cell_moments(treated, m, 0), cell_moments(control, m, 0), result);
  power_fill(judge, result);
}

// Holm over the arms for the primary metric; Benjamini-Hochberg over all the others.
static void metrics_correct(const Judge *judge) {
  ExperimentResult *result = judge->result;
  double primary[EXPERIMENT_ARMS_MAX], others[EXPERIMENT_ARMS_MAX * EXPERIMENT_METRICS_MAX];
  uint32_t metrics = judge->experiment->metric_count, count = 0;
  for (uint32_t a = 0; a < result->arm_count; a++) {
    primary[a] = result->arms[a].metrics[0].p_adjusted;
    for (uint32_t m = 1; m < metrics; m++) others[count++] = result->arms[a].metrics[m].p_adjusted;
  }
  correct_holm(primary, result->arm_count, primary);
  correct_benjamini_hochberg(others, count, others);
  count = 0;
  for (uint32_t a = 0; a < result->arm_count; a++) {
    result->arms[a].metrics[0].p_adjusted = primary[a];
    for (uint32_t m = 1; m < metrics; m++) result->arms[a].metrics[m].p_adjusted = others[count++];
  }
}

// ---- Segments ----------------------------------------------------------------------------------

static bool same_text(const char *a, const char *b) {
  return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_value(const ExperimentCell *a, const ExperimentCell *b) {
  return a->segment == b->segment && same_text(a->value, b->value) &&
         same_text(a->value_ru, b->value_ru);
}

// Cells of a segment's value are next to each other, by arm. `first` is the first of them.
static const ExperimentCell *cell_of_value(const ExperimentData *data, const ExperimentCell *first,
                                           uint32_t arm) {
  const ExperimentCell *end = data->cells + data->cell_count;
  for (const ExperimentCell *cell = first; cell < end && same_value(cell, first); cell++)
    if (cell->arm == arm) return cell;
  return NULL;
}

static bool is_first_of_value(const ExperimentData *data, uint32_t index) {
  const ExperimentCell *cell = &data->cells[index];
  return cell->segment >= 0 && !(index && same_value(cell - 1, cell));
}

static void segment_fill(const Judge *judge, const ExperimentCell *treated,
                         const ExperimentCell *control, SegmentResult *result) {
  Analysis analyses[ANALYSIS_COUNT];
  AnalysisKind shown = analyses_fill(judge, 0, treated, control, analyses);
  result->treated_count = treated->count;
  result->control_count = control->count;
  result->analysis = analyses[shown];
  result->raw = analyses[ANALYSIS_RAW];
  result->few = treated->count < 30 || control->count < 30;
  result->p_adjusted =
      result->analysis.difference.tested ? result->analysis.difference.p_value : NAN;
}

static void segments_fill(const Judge *judge, ArmResult *arm) {
  const ExperimentData *data = judge->data;
  arm->segments = ARENA_ARRAY(judge->arena, SegmentResult, data->cell_count + 1);
  for (uint32_t i = 0; i < data->cell_count; i++) {
    const ExperimentCell *cell = &data->cells[i];
    if (!is_first_of_value(data, i) || judge->experiment->segments[cell->segment].split_only)
      continue;
    const ExperimentCell *treated = cell_of_value(data, cell, arm->arm);
    const ExperimentCell *control = cell_of_value(data, cell, judge->experiment->control);
    if (!treated || !control) continue;
    SegmentResult *segment = &arm->segments[arm->segment_count++];
    segment->segment = (uint32_t)cell->segment;
    segment->value = cell->value;
    segment->value_ru = cell->value_ru;
    segment_fill(judge, treated, control, segment);
  }
  double *p = ARENA_ARRAY(judge->arena, double, arm->segment_count + 1);
  for (uint32_t s = 0; s < arm->segment_count; s++) p[s] = arm->segments[s].p_adjusted;
  correct_benjamini_hochberg(p, arm->segment_count, p);
  for (uint32_t s = 0; s < arm->segment_count; s++) arm->segments[s].p_adjusted = p[s];
}

static void days_fill(const Judge *judge, ArmResult *arm) {
  const ExperimentData *data = judge->data;
  double *p = ARENA_ARRAY(judge->arena, double, data->day_count + 1);
  arm->days = ARENA_ARRAY(judge->arena, DayResult, data->day_count + 1);
  for (uint32_t d = 0; d < data->day_count; d++) {
    Analysis *analysis = &arm->days[d].analysis;
    *analysis = analysis_make(judge, &judge->experiment->metrics[0], &data->by_day[d][arm->arm],
                              &data->by_day[d][judge->experiment->control], false);
    p[d] = analysis->difference.tested ? analysis->difference.p_value : NAN;
  }
  correct_benjamini_hochberg(p, data->day_count, p);
  for (uint32_t d = 0; d < data->day_count; d++) arm->days[d].p_adjusted = p[d];
}

// ---- The split ---------------------------------------------------------------------------------

static int split_part_compare(const void *a, const void *b) {
  const SplitPart *left = a, *right = b;
  return left->p_value < right->p_value ? -1 : left->p_value > right->p_value;
}

// How many customers of each arm the split is judged by, segments apart.
static void arm_counts(const ExperimentData *data, int64_t *counts) {
  for (uint32_t i = 0; i < data->cell_count; i++)
    if (data->cells[i].segment < 0) counts[data->cells[i].arm] = data->cells[i].count;
}

// Off by itself, and otherwise than everybody else: a value that only shares in what is wrong with
// the whole is not what is behind it. The larger of the two p-values.
static double split_part_p(const SplitPart *part, const double *shares, const int64_t *all,
                           uint32_t arms) {
  SampleRatio off = sample_ratio(part->counts, shares, arms);
  SampleRatio apart = sample_ratio_apart(part->counts, all, arms);
  return off.tested && apart.tested ? fmax(off.p_value, apart.p_value) : NAN;
}

// The values of segments, and the days, behind a split that is off.
static void split_parts_fill(const Judge *judge, const double *shares) {
  const ExperimentData *data = judge->data;
  ExperimentResult *result = judge->result;
  SplitPart *parts = ARENA_ARRAY(judge->arena, SplitPart, data->cell_count + 1);
  double *p = ARENA_ARRAY(judge->arena, double, data->cell_count + 1);
  uint32_t count = 0, kept = 0, arms = judge->experiment->arm_count;
  int64_t all[EXPERIMENT_ARMS_MAX] = {0};
  arm_counts(data, all);
  for (uint32_t i = 0; i < data->cell_count; i++) {
    if (!is_first_of_value(data, i)) continue;
    SplitPart *part = &parts[count];
    part->segment = (uint32_t)data->cells[i].segment;
    part->value = data->cells[i].value;
    part->value_ru = data->cells[i].value_ru;
    for (uint32_t a = 0; a < arms; a++) {
      const ExperimentCell *cell = cell_of_value(data, &data->cells[i], a);
      part->counts[a] = cell ? cell->count : 0;
    }
    p[count++] = split_part_p(part, shares, all, arms);
  }
  correct_benjamini_hochberg(p, count, p);
  for (uint32_t i = 0; i < count; i++) {
    parts[i].p_value = p[i];
    if (p[i] < EXPERIMENT_SPLIT_P) parts[kept++] = parts[i];
  }
  qsort(parts, kept, sizeof *parts, split_part_compare);
  result->split_parts = parts;
  result->split_part_count = kept;
}

static void split_fill(const Judge *judge) {
  const Experiment *experiment = judge->experiment;
  ExperimentResult *result = judge->result;
  double shares[EXPERIMENT_ARMS_MAX];
  for (uint32_t a = 0; a < experiment->arm_count; a++) shares[a] = experiment->arms[a].share;
  result->split = sample_ratio(judge->data->assigned, shares, experiment->arm_count);
  result->split_spoiled = result->split.tested && result->split.p_value < EXPERIMENT_SPLIT_P;
  result->effects_hidden = result->split_spoiled && !experiment->split_acknowledged;
  if (result->split_spoiled) split_parts_fill(judge, shares);
}

// ---- Money, verdicts ---------------------------------------------------------------------------

#define MONTH_DAYS 30.0

// The first metric of money a customer, the primary if it is one.
static void monthly_fill(const Judge *judge, ArmResult *arm) {
  const Experiment *experiment = judge->experiment;
  uint32_t m = 0;
  while (m < experiment->metric_count &&
         (experiment->metrics[m].kind != METRIC_MONEY || experiment->metrics[m].is_ratio ||
          experiment->metrics[m].quantile))
    m++;
  if (m == experiment->metric_count || !experiment->has_dates || !judge->data->window_days) return;
  const Difference *difference = &arm->metrics[m].analyses[arm->metrics[m].shown].difference;
  int64_t customers = experiment->roll_out_customers;
  for (uint32_t a = 0; !experiment->roll_out_customers && a < experiment->arm_count; a++)
    customers += judge->data->assigned[a];
  double times = (double)customers * MONTH_DAYS / judge->data->window_days;
  arm->has_monthly = difference->tested;
  arm->monthly_metric = m;
  arm->roll_out_customers = customers;
  arm->monthly = difference->estimate * times;
  arm->monthly_low = difference->low * times;
  arm->monthly_high = difference->high * times;
}

// Which arm speaks for the test: the most hopeful verdict, then the largest effect.
static uint32_t best_arm(const ExperimentResult *result) {
  static const uint8_t ranks[] = {
      [VERDICT_ROLL_OUT] = 9,     [VERDICT_GUARDRAIL_BROKEN] = 8, [VERDICT_GUARDRAIL_UNCLEAR] = 7,
      [VERDICT_NOT_ROBUST] = 6,   [VERDICT_NOT_DECIDED] = 5,      [VERDICT_BELOW_MINIMUM] = 4,
      [VERDICT_NO_DATA] = 3,      [VERDICT_TOO_EARLY] = 2,        [VERDICT_INVALID] = 1,
      [VERDICT_SPLIT_SPOILED] = 0};
  uint32_t best = 0;
  for (uint32_t a = 1; a < result->arm_count; a++) {
    const MetricResult *one = &result->arms[a].metrics[0], *other = &result->arms[best].metrics[0];
    int rank = ranks[result->arms[a].verdict.code] - ranks[result->arms[best].verdict.code];
    if (rank > 0 || (rank == 0 && one->analyses[one->shown].relative.estimate >
                                      other->analyses[other->shown].relative.estimate))
      best = a;
  }
  return best;
}

void experiment_judge(const Experiment *experiment, const ExperimentData *data, Arena *arena,
                      ExperimentResult *result) {
  *result = (ExperimentResult){0};
  Judge judge = {experiment, data, arena, result};
  const ExperimentCell *control = cell_find(data, experiment->control);
  split_fill(&judge);
  for (uint32_t a = 0; a < experiment->arm_count; a++) {
    if (a == experiment->control) continue;
    ArmResult *arm = &result->arms[result->arm_count++];
    arm->arm = a;
    for (uint32_t m = 0; m < experiment->metric_count; m++)
      metric_fill(&judge, m, cell_find(data, a), control, &arm->metrics[m]);
    segments_fill(&judge, arm);
    days_fill(&judge, arm);
    monthly_fill(&judge, arm);
  }
  metrics_correct(&judge);
  balance_correct(result, experiment->metric_count);
  for (uint32_t a = 0; a < result->arm_count; a++)
    result->arms[a].verdict = experiment_verdict(experiment, data, &result->arms[a], result, arena);
  result->best = best_arm(result);
}
