// Runs one Check suite as a program: `int main(void) { return unit_main(suite()); }`.
// CK_FORK=no keeps tests in one process (for a debugger), CK_RUN_CASE picks a test case.
#pragma once
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>

static inline int unit_main(Suite *suite) {
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

// Adds a test case with `functions` (terminated by NULL) and a time limit in seconds.
static inline void unit_case(Suite *suite, const char *name, double timeout_s,
                             const TTest *const *functions) {
  TCase *tcase = tcase_create(name);
  tcase_set_timeout(tcase, timeout_s);
  for (; *functions; functions++) tcase_add_test(tcase, *functions);
  suite_add_tcase(suite, tcase);
}

// For inner loops: ck_assert reports even its successes through a pipe, which costs microseconds.
static inline void unit_require(bool ok, const char *what) {
  if (!ok) ck_abort_msg("%s", what);
}
