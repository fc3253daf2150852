/* The main of a test program: CHECK_MAIN(suite) runs what `Suite *suite(void)` makes. check_suite makes one of a list of tests that ends
 * with NULL, each with a minute of time: Check's own 4 seconds are too few for a busy machine. */
#ifndef SARD_TESTS_CHECK_H
#define SARD_TESTS_CHECK_H

#include <check.h>
#include <stdlib.h>

static inline Suite *check_suite(const char *name, const TTest *const *tests)
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create(name);
    tcase_set_timeout(cases, 60);
    for (; *tests; tests++)
        tcase_add_test(cases, *tests);
    suite_add_tcase(suite, cases);
    return suite;
}

#define CHECK_MAIN(make_suite)                            \
    int main(void)                                        \
    {                                                     \
        SRunner *runner = srunner_create(make_suite());   \
        srunner_run_all(runner, CK_ENV);                  \
        const int failed = srunner_ntests_failed(runner); \
        srunner_free(runner);                             \
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;      \
    }

#endif
