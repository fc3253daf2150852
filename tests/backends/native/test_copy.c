/* Native copies against the reference, to the bit: any order of dimensions, any part, views. */
#include "tests/support/check.h"
#include "tests/support/tiers.h"

#include <stdio.h>

static const char *const shapes[] = {"2,3,17,33", "1,64,7,7", "3,1,5,1", "2,40,1,70", "1,3,100,131"};

static void check_all(const char *const *nodes, size_t count)
{
    char text[1000];
    for (size_t i = 0; i < count; i++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            snprintf(text, sizeof text, "graph g {\n input x: float32[%s]\n %s\n output y\n}", shapes[s], nodes[i]);
            check_native(text, 0, NULL);
        }
}

START_TEST(transposes)
{
    char text[100];
    tier_select(_i);
    for (int p = 0; p < 256; p++) {
        const int a = p & 3, b = p >> 2 & 3, c = p >> 4 & 3, d = p >> 6;
        if ((1 << a | 1 << b | 1 << c | 1 << d) != 15)
            continue;
        snprintf(text, sizeof text, "y = Transpose(x) {perm = [%d, %d, %d, %d]}", a, b, c, d);
        check_all((const char *const[]){text}, 1);
    }
}
END_TEST

START_TEST(joins_and_parts)
{
    static const char *const nodes[] = {
        "y = Concat(x, x) {axis = 1}",
        "y = Concat(x, x, x) {axis = -1}",
        "a, b = Split(x) {axis = 2}\n y = Concat(b, a) {axis = 2}",
        "a, b = Split(x) {axis = 3}\n y = Concat(b, a) {axis = 3}",
        "const s: int64[2] = {1, -3}\n const e: int64[2] = {9, 100}\n const a: int64[2] = {2, -1}\n y = Slice(x, s, e, a)",
        "const s: int64[2] = {-1, 100}\n const e: int64[2] = {-99, 1}\n const a: int64[2] = {1, 2}\n const t: int64[2] = {-1, -2}\n"
        " y = Slice(x, s, e, a, t)",
        "const s: int64[1] = {1}\n const e: int64[1] = {1000}\n const a: int64[1] = {3}\n const t: int64[1] = {3}\n y = Slice(x, s, e, a, "
        "t)",
    };
    tier_select(_i);
    check_all(nodes, sizeof nodes / sizeof *nodes);
}
END_TEST

/* Parts of a Split go into a Transpose where they lie. */
START_TEST(views)
{
    tier_select(_i);
    check_native("graph g {\n input x: float32[2,9,6]\n const s: int64[3] = {1, 2, 3}\n z = Neg(x)\n a, b, c = Split(z, s) {axis = 2}\n"
                 " d = Transpose(b) {perm = [0, 2, 1]}\n e = Transpose(c) {perm = [0, 2, 1]}\n f = Transpose(a) {perm = [0, 2, 1]}\n"
                 " y = Concat(d, e, f) {axis = 1}\n output y\n}",
                 0, NULL);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("copy");
    TCase *c = tcase_create("copy");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, transposes, 0, TIERS);
    tcase_add_loop_test(c, joins_and_parts, 0, TIERS);
    tcase_add_loop_test(c, views, 0, TIERS);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
