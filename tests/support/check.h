/* The main of a test program: CHECK_MAIN(suite) runs what `Suite *suite(void)` makes. */
#ifndef SARD_TESTS_CHECK_H
#define SARD_TESTS_CHECK_H

#include <check.h>
#include <stdlib.h>

#define CHECK_MAIN(make_suite)                             \
    int main(void)                                         \
    {                                                      \
        SRunner *runner = srunner_create(make_suite());    \
        srunner_run_all(runner, CK_ENV);                   \
        const int failed = srunner_ntests_failed(runner);  \
        srunner_free(runner);                              \
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;       \
    }

#endif
