/* What the native kernels' tests need of Check, for machines that have none: the first failure ends the program. */
#ifndef SARD_TESTS_BACKENDS_AARCH64_CHECK_H
#define SARD_TESTS_BACKENDS_AARCH64_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct TTest {
    const char *name;
    void (*run)(int);
} TTest;

typedef struct TCase {
    const TTest *tests[16];
    int first[16], end[16], count;
} TCase;

typedef struct Suite {
    const char *name;
    TCase *cases;
} Suite;

typedef Suite SRunner;

enum { CK_ENV };

#define START_TEST(name)                                  \
    static void name##_run(int);                          \
    static const TTest name##_test = {#name, name##_run}; \
    static const TTest *const name = &name##_test;        \
    static void name##_run(int _i __attribute__((unused)))
#define END_TEST

#define ck_abort_msg(...)                               \
    do {                                                \
        fprintf(stderr, "%s:%d: ", __FILE__, __LINE__); \
        fprintf(stderr, __VA_ARGS__);                   \
        fputc('\n', stderr);                            \
        exit(1);                                        \
    } while (0)
#define ck_assert_msg(condition, ...)  \
    do {                               \
        if (!(condition))              \
            ck_abort_msg(__VA_ARGS__); \
    } while (0)
#define ck_assert(condition) ck_assert_msg(condition, "%s", #condition)
#define ck_assert_int_eq(a, b) ck_assert_msg((intmax_t)(a) == (intmax_t)(b), "%s: %jd, %s: %jd", #a, (intmax_t)(a), #b, (intmax_t)(b))
#define ck_assert_uint_eq(a, b) ck_assert_msg((uintmax_t)(a) == (uintmax_t)(b), "%s: %ju, %s: %ju", #a, (uintmax_t)(a), #b, (uintmax_t)(b))
#define ck_assert_str_eq(a, b) ck_assert_msg(!strcmp(a, b), "%s is not %s", a, b)
#define ck_assert_str_ne(a, b) ck_assert_msg(strcmp(a, b), "both are %s", a)
#define ck_assert_ptr_nonnull(a) ck_assert((a) != NULL)
#define ck_assert_mem_eq(a, b, bytes) ck_assert_msg(!memcmp(a, b, bytes), "%s and %s differ", #a, #b)

static inline Suite *suite_create(const char *name)
{
    Suite *suite = calloc(1, sizeof *suite);
    suite->name = name;
    return suite;
}

static inline TCase *tcase_create(const char *name)
{
    (void)name;
    return calloc(1, sizeof(TCase));
}

static inline void tcase_set_timeout(TCase *cases, double seconds)
{
    (void)cases;
    (void)seconds;
}

static inline void tcase_add_loop_test(TCase *cases, const TTest *test, int first, int end)
{
    const int i = cases->count++;
    if (i == 16)
        abort();
    cases->tests[i] = test;
    cases->first[i] = first;
    cases->end[i] = end;
}

static inline void tcase_add_test(TCase *cases, const TTest *test) { tcase_add_loop_test(cases, test, 0, 1); }
static inline void suite_add_tcase(Suite *suite, TCase *cases) { suite->cases = cases; }
static inline SRunner *srunner_create(Suite *suite) { return suite; }

static inline void srunner_run_all(const SRunner *runner, int how)
{
    (void)how;
    for (int t = 0; t < runner->cases->count; t++)
        for (int i = runner->cases->first[t]; i < runner->cases->end[t]; i++)
            runner->cases->tests[t]->run(i);
}

static inline int srunner_ntests_failed(const SRunner *runner)
{
    (void)runner;
    return 0;
}

static inline void srunner_free(SRunner *runner)
{
    free(runner->cases);
    free(runner);
}

#endif
