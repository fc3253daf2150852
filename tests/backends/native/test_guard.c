/* The guards of other tests do tell. */
#include "tests/support/check.h"
#include "tests/support/guard.h"

#include <sys/wait.h>
#include <unistd.h>

/* Whether a process that reads that byte comes to its end as it should. */
static bool can_read(const volatile char *byte)
{
    int status = 1;
    const pid_t child = fork();
    if (!child) {
        (void)*byte;
        _exit(0);
    }
    ck_assert(waitpid(child, &status, 0) == child);
    return status == 0;
}

START_TEST(pages)
{
    unsetenv("SARD_TEST_GAP");
    for (size_t bytes = 4; bytes < 20000; bytes = bytes * 3 + 4) {
        char *early = guard_alloc(bytes, true), *late = guard_alloc(bytes, false);
        ck_assert(can_read(early) && can_read(early + bytes - 1) && !can_read(early - 1));
        ck_assert(can_read(late) && can_read(late + bytes - 1) && !can_read(late + bytes));
        guard_free(early);
        guard_free(late);
    }
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {pages, NULL};
    return check_suite("guard", tests);
}

CHECK_MAIN(suite)
