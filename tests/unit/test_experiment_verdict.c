// Verdicts: the codes, and the sentences in both languages to the letter.
#include "experiment_verdict.h"
#include "experiment_words.h"
#include "unit_main.h"
#include <math.h>
#include <string.h>

static Arena *arena;
static Experiment experiment;
static ExperimentData data;
static ArmResult arm;

static Difference difference(double estimate, double low, double high, double p) {
  return (Difference){
      .known = true, .tested = true, .estimate = estimate, .low = low, .high = high, .p_value = p};
}

static void analysis_set(MetricResult *metric, double money, double estimate, double low,
                         double high, double p) {
  metric->shown = ANALYSIS_RAW;
  metric->p_adjusted = p;
  metric->analyses[ANALYSIS_RAW] = (Analysis){.known = true,
                                              .treated = {.count = 10000, .known = true},
                                              .control = {.count = 10000, .known = true},
                                              .difference = difference(money, money / 2, money, p),
                                              .relative = difference(estimate, low, high, p)};
}

// A test of sales over 28 days from 16 February 2026, with margin as a guardrail.
static void setup(void) {
  arena = arena_create();
  arm = (ArmResult){.arm = 1};
  data = (ExperimentData){.is_final = true, .day = 42, .days = 28, .window_days = 28};
  data.assigned[0] = data.assigned[1] = 10000;
  data.assigned_total = 20000;
  data.in_other_tests = data.control_contacted = -1;
  data.verdict_day = date_from_civil(2026, 3, 28);
  experiment = (Experiment){.has_dates = true,
                            .start = date_from_civil(2026, 2, 14),
                            .end = date_from_civil(2026, 3, 14) - 1,
                            .as_of = date_from_civil(2026, 3, 28),
                            .window_days = 28,
                            .return_days = 14,
                            .minimal_effect = 0.01,
                            .arm_count = 2,
                            .metric_count = 2};
  experiment.arms[0] = (ExperimentArm){"control", {"control", "control"}, 0.5};
  experiment.arms[1] = (ExperimentArm){"test", {"test", "test"}, 0.5};
  experiment.metrics[0] = (ExperimentMetric){
      .id = "sales_per_customer",
      .words = {"sales per customer", "продажи на клиента", "выросли", "снизились"},
      .kind = METRIC_MONEY,
      .unit = "RUB",
      .good = 1};
  experiment.metrics[1] =
      (ExperimentMetric){.id = "margin_per_customer",
                         .words = {"margin per customer", "маржа", "выросла", "снизилась"},
                         .kind = METRIC_MONEY,
                         .good = 1,
                         .is_guardrail = true,
                         .permitted = 0.005};
  analysis_set(&arm.metrics[1], 3, 0.02, 0.001, 0.04, 0.03);
  arm.metrics[1].guardrail = GUARDRAIL_SOUND;
}

static void teardown(void) {
  arena_destroy(arena);
}

// Blanks that do not break, and the minus sign, as a keyboard has them.
static const char *plain(const char *text) {
  char *out = arena_alloc(arena, strlen(text) + 1), *to = out;
  while (*text) {
    bool blank = strncmp(text, "\xC2\xA0", 2) == 0;
    if (blank) *to++ = ' ';
    if (!blank) *to++ = *text;
    text += blank ? 2 : 1;
  }
  return out;
}

static void verdict_check(VerdictCode code, bool spoiled, const char *en, const char *ru) {
  ExperimentResult result = {.split_spoiled = spoiled, .effects_hidden = spoiled};
  Verdict verdict = experiment_verdict(&experiment, &data, &arm, &result, arena);
  ck_assert_str_eq(plain(verdict.en), en);
  ck_assert_str_eq(plain(verdict.ru), ru);
  ck_assert_str_eq(verdict_code_name(verdict.code), verdict_code_name(code));
}

START_TEST(test_roll_out) {
  analysis_set(&arm.metrics[0], 38.2, 0.042, 0.019, 0.065, 0.001);
  verdict_check(VERDICT_ROLL_OUT, false,
                "Roll out: sales per customer rose 4.2 % (95 % interval 1.9 to 6.5), +38 RUB in 28 "
                "days; split and guardrails are sound.",
                "Внедрять: продажи на клиента выросли на 4,2 % (95 % ДИ 1,9…6,5), +38 "
                "₽ "
                "за "
                "28 "
                "дней; группы и защитные метрики в порядке.");
}
END_TEST

START_TEST(test_below_minimum) {
  analysis_set(&arm.metrics[0], 1, 0.0015, -0.004, 0.007, 0.6);
  verdict_check(VERDICT_BELOW_MINIMUM, false,
                "Do not roll out: any effect is below the 1 % needed to pay back (−0.4 to +0.7).",
                "Не внедрять: эффект меньше 1 %, нужного для окупаемости (от −0,4 до +0,7).");
}
END_TEST

START_TEST(test_not_decided) {
  analysis_set(&arm.metrics[0], 8, 0.009, -0.011, 0.029, 0.4);
  experiment.minimal_effect = 0.02;
  arm.metrics[0].detectable = 0.03;
  arm.metrics[0].needed = 41234;
  verdict_check(VERDICT_NOT_DECIDED, false,
                "Not decided: between −1.1 % and +2.9 %; this test could reliably detect 3 % or "
                "more. For 2 %, about 41,000 customers an arm are needed.",
                "Вывод невозможен: эффект от −1,1 до +2,9 %; тест надёжно обнаруживает лишь 3 % и "
                "более. Для 2 % нужно около 41 000 клиентов в группе.");
  arm.metrics[0].needed = 9000; // it had more
  verdict_check(VERDICT_NOT_DECIDED, false,
                "Not decided: between −1.1 % and +2.9 %; this test could reliably detect 3 % or "
                "more.",
                "Вывод невозможен: эффект от −1,1 до +2,9 %; тест надёжно обнаруживает лишь 3 % и "
                "более.");
}
END_TEST

START_TEST(test_split_spoiled) {
  analysis_set(&arm.metrics[0], 38, 0.042, 0.019, 0.065, 0.001);
  data.assigned[0] = 10420, data.assigned[1] = 9580;
  verdict_check(VERDICT_SPLIT_SPOILED, true,
                "Do not use: 50/50 was planned, 52.1/47.9 came (p < 0.001). The groups are not "
                "comparable.",
                "Результат использовать нельзя: план 50/50, факт 52,1/47,9 (p < 0,001). Группы "
                "несопоставимы.");
}
END_TEST

// A split that was acknowledged to be spoiled is never called sound.
START_TEST(test_split_acknowledged) {
  ExperimentResult result = {.split_spoiled = true};
  analysis_set(&arm.metrics[0], 38.2, 0.042, 0.019, 0.065, 0.001);
  Verdict verdict = experiment_verdict(&experiment, &data, &arm, &result, arena);
  ck_assert_int_eq(verdict.code, VERDICT_ROLL_OUT);
  ck_assert_ptr_null(strstr(verdict.en, "split"));
  ck_assert_ptr_nonnull(strstr(verdict.en, "; guardrails are sound."));
  ck_assert_ptr_null(strstr(verdict.ru, "группы"));
}
END_TEST

static void balance_set(uint32_t metric, double balance, bool sound) {
  arm.metrics[metric].has_balance = true;
  arm.metrics[metric].balance = balance;
  arm.metrics[metric].balance_sound = sound;
}

// Groups that differed before the start: the verdict stays and says so, and no split is called
// sound.
START_TEST(test_unbalanced) {
  Verdict verdict = experiment_verdict(&experiment, &data, &arm, &(ExperimentResult){0}, arena);
  ck_assert(!verdict.has_balance);
  experiment.metrics[0].title = (ModelText){"Sales per customer", "Продажи на клиента"};
  experiment.metrics[1].title = (ModelText){"Margin per customer", "Маржа на клиента"};
  balance_set(0, 0.1, true);
  analysis_set(&arm.metrics[0], 38.2, 0.042, 0.019, 0.065, 0.001);
  verdict = experiment_verdict(&experiment, &data, &arm, &(ExperimentResult){0}, arena);
  ck_assert(verdict.has_balance && verdict.balanced);
  ck_assert_ptr_nonnull(strstr(verdict.en, "split and guardrails are sound"));
  balance_set(0, -0.237, false);
  verdict = experiment_verdict(&experiment, &data, &arm, &(ExperimentResult){0}, arena);
  ck_assert(verdict.has_balance && !verdict.balanced);
  verdict_check(VERDICT_ROLL_OUT, false,
                "Roll out: sales per customer rose 4.2 % (95 % interval 1.9 to 6.5), +38 RUB in 28 "
                "days; guardrails are sound. The groups were not alike before the start: the "
                "metric “Sales per customer” differed by 0.24 standard deviations.",
                "Внедрять: продажи на клиента выросли на 4,2 % (95 % ДИ 1,9…6,5), +38 "
                "₽ "
                "за "
                "28 "
                "дней; защитные метрики в порядке. Сопоставимость групп нарушена: до начала "
                "метрика «Продажи на клиента» различалась на 0,24 стандартного отклонения.");
  balance_set(1, 0.5, false); // the largest is named
  analysis_set(&arm.metrics[0], 1, 0.0015, -0.004, 0.007, 0.6);
  verdict_check(VERDICT_BELOW_MINIMUM, false,
                "Do not roll out: any effect is below the 1 % needed to pay back (−0.4 to +0.7). "
                "The groups were not alike before the start: the metric “Margin per customer” "
                "differed by 0.50 standard deviations (and 1 other).",
                "Не внедрять: эффект меньше 1 %, нужного для окупаемости (от −0,4 до +0,7). "
                "Сопоставимость групп нарушена: до начала метрика «Маржа на клиента» различалась "
                "на 0,50 стандартного отклонения (и ещё 1 метрика).");
  verdict =
      experiment_verdict(&experiment, &data, &arm,
                         &(ExperimentResult){.split_spoiled = true, .effects_hidden = true}, arena);
  ck_assert_ptr_null(strstr(verdict.en, "alike")); // not to be used as it is
}
END_TEST

START_TEST(test_guardrails) {
  analysis_set(&arm.metrics[0], 28, 0.031, 0.012, 0.05, 0.001);
  analysis_set(&arm.metrics[1], -4, -0.024, -0.04, -0.008, 0.001);
  arm.metrics[1].guardrail = GUARDRAIL_BROKEN;
  verdict_check(
      VERDICT_GUARDRAIL_BROKEN, false,
      "Do not roll out as is: sales per customer rose 3.1 %, margin per customer fell 2.4 "
      "%, beyond the permitted 0.5 %.",
      "В таком виде не внедрять: продажи на клиента выросли на 3,1 %, но маржа снизилась "
      "на 2,4 % при допустимых 0,5 %.");
  analysis_set(&arm.metrics[1], -1, -0.003, -0.013, 0.007, 0.6);
  arm.metrics[1].guardrail = GUARDRAIL_UNCLEAR;
  verdict_check(VERDICT_GUARDRAIL_UNCLEAR, false,
                "Not decided: sales per customer rose 3.1 % (95 % interval 1.2 to 5.0), but margin "
                "per customer may have fallen by up to 1.3 %, beyond the permitted 0.5 %.",
                "Вывод невозможен: продажи на клиента выросли на 3,1 % (95 % ДИ 1,2…5,0), но для "
                "метрики «маржа» не исключено снижение до 1,3 % при допустимых 0,5 %.");
}
END_TEST

START_TEST(test_too_early) {
  analysis_set(&arm.metrics[0], 38, 0.042, 0.019, 0.065, 0.001);
  data.is_final = false;
  data.day = data.window_days = 9;
  verdict_check(VERDICT_TOO_EARLY, false,
                "Too early: day 9 of 28. Verdict on 28 March, after 14 days for returns.",
                "Рано: 9-й день из 28. Вывод будет 28 марта, после 14 дней на возвраты.");
  experiment.as_of = date_from_civil(2025, 12, 30);
  experiment.return_days = 0;
  verdict_check(VERDICT_TOO_EARLY, false, "Too early: day 9 of 28. Verdict on 28 March 2026.",
                "Рано: 9-й день из 28. Вывод будет 28 марта 2026.");
}
END_TEST

START_TEST(test_not_robust_and_invalid) {
  analysis_set(&arm.metrics[0], 38, 0.052, 0.01, 0.094, 0.01);
  arm.metrics[0].analyses[ANALYSIS_CAPPED] = arm.metrics[0].analyses[ANALYSIS_RAW];
  arm.metrics[0].analyses[ANALYSIS_CAPPED].relative = difference(0.003, -0.011, 0.017, 0.6);
  arm.metrics[0].analyses[ANALYSIS_CAPPED].difference = difference(2, -8, 12, 0.6);
  arm.metrics[0].shown = ANALYSIS_CAPPED;
  verdict_check(VERDICT_NOT_ROBUST, false,
                "Not robust: with the largest sums capped +0.3 % (−1.1 to +1.7), without +5.2 % "
                "(+1.0 to +9.4): a few customers decide it.",
                "Вывод неустойчив: с ограничением самых крупных сумм +0,3 % (от −1,1 до +1,7), без "
                "него +5,2 % (от +1,0 до +9,4): всё решают несколько клиентов.");
  data.control_contacted = 1523;
  verdict_check(
      VERDICT_INVALID, false,
      "Do not use: 15.2 % of the control group got the action too, more than the permitted "
      "10 %.",
      "Результат использовать нельзя: 15,2 % контрольной группы тоже получили действие "
      "при допустимых 10 %.");
}
END_TEST

// The difference excludes zero and the relative effect does not: nothing is decided.
START_TEST(test_border) {
  analysis_set(&arm.metrics[0], 38, 0.19, -0.01, 0.39, 0.048);
  arm.metrics[0].detectable = 0.27;
  Verdict verdict = experiment_verdict(&experiment, &data, &arm, &(ExperimentResult){0}, arena);
  ck_assert_int_eq(verdict.code, VERDICT_NOT_DECIDED);
  arm.metrics[0].analyses[ANALYSIS_RAW].relative.tested = false;
  verdict = experiment_verdict(&experiment, &data, &arm, &(ExperimentResult){0}, arena);
  ck_assert_int_eq(verdict.code, VERDICT_NO_DATA);
}
END_TEST

// Where less is better, a fall is what is hoped for.
START_TEST(test_less_is_better) {
  experiment.metrics[0].good = -1;
  experiment.metrics[0].kind = METRIC_COUNT;
  experiment.metric_count = 1;
  analysis_set(&arm.metrics[0], -1, -0.05, -0.08, -0.02, 0.001);
  verdict_check(VERDICT_ROLL_OUT, false,
                "Roll out: sales per customer fell 5.0 % (95 % interval 2.0 to 8.0); the split is "
                "sound.",
                "Внедрять: продажи на клиента снизились на 5,0 % (95 % ДИ 2,0…8,0); группы в "
                "порядке.");
  analysis_set(&arm.metrics[0], 1, 0.05, 0.02, 0.08, 0.001);
  Verdict verdict = experiment_verdict(&experiment, &data, &arm, &(ExperimentResult){0}, arena);
  ck_assert_int_eq(verdict.code, VERDICT_BELOW_MINIMUM);
}
END_TEST

START_TEST(test_words) {
  Buffer out;
  buffer_init(&out);
  words_number(&out, 1234567.891, 2, NUMBER_SIGN, WORDS_RU);
  buffer_append_char(&out, '|');
  words_number(&out, -0.04, 1, NUMBER_SIGN, WORDS_EN);
  buffer_append_char(&out, '|');
  words_number(&out, -1234.5, 1, NUMBER_PLAIN, WORDS_EN);
  buffer_append_char(&out, '|');
  words_money(&out, -3.456, "RUB", WORDS_RU);
  buffer_append_char(&out, '|');
  words_money(&out, 9.996, "USD", WORDS_EN);
  buffer_append_char(&out, '|');
  words_about(&out, 99, WORDS_EN);
  buffer_append_char(&out, '|');
  words_about(&out, 995, WORDS_EN);
  buffer_append_char(&out, '|');
  words_percent(&out, 0.0005, NUMBER_SHORT, WORDS_EN);
  buffer_append_char(&out, '|');
  words_percent(&out, 0.5, NUMBER_SHORT, WORDS_EN);
  ck_assert_str_eq(plain(out.data),
                   "+1 234 567,89|0.0|−1,234.5|−3,46 ₽|+10 USD|99|1,000|0.05 %|50 %");
  buffer_clear(&out);
  ck_assert_str_eq(words_plural(1, "a", "b", "c"), "a");
  ck_assert_str_eq(words_plural(22, "a", "b", "c"), "b");
  ck_assert_str_eq(words_plural(112, "a", "b", "c"), "c");
  ck_assert_str_eq(words_plural(20, "a", "b", "c"), "c");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("experiment_verdict");
  TCase *verdicts = tcase_create("verdicts");
  tcase_add_checked_fixture(verdicts, setup, teardown);
  const TTest *const tests[] = {
      test_roll_out,      test_split_acknowledged, test_unbalanced,
      test_below_minimum, test_not_decided,        test_split_spoiled,
      test_guardrails,    test_too_early,          test_not_robust_and_invalid,
      test_border,        test_less_is_better,     test_words};
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) tcase_add_test(verdicts, tests[i]);
  suite_add_tcase(suite, verdicts);
  return unit_main(suite);
}
