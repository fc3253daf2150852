/* Native Softmax, normalisations and reductions against the reference: any axis, any length, large offsets, in place. */
#include "tests/support/check.h"
#include "tests/support/tiers.h"

#include <stdio.h>

static const char *const shapes[] = {"3,5,4,7", "2,3,33,16", "1,64,9,1", "2,1,3,197", "1,2,1,1", "1,3,70,70", "4,1,1,1000"};

static void check_all(const char *const *nodes, size_t count)
{
    char text[1000];
    for (size_t i = 0; i < count; i++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            snprintf(text, sizeof text, "graph g {\n input x: float32[%s]\n const k: float32[] = {100}\n z = Add(x, k)\n %s\n output y\n}",
                     shapes[s], nodes[i]);
            check_native(text, 2e-5, NULL);
        }
}

START_TEST(softmax)
{
    static const char *const nodes[] = {"y = Softmax(x)",
                                        "y = Softmax(z) {axis = 1}",
                                        "y = Softmax(z) {axis = 0}",
                                        "y = Softmax(x) {axis = 2}",
                                        "y = LogSoftmax(z)",
                                        "y = LogSoftmax(x) {axis = 1}",
                                        "n = Neg(x)\n m = Softmax(n)\n y = Neg(m)"};
    tier_select(_i);
    check_all(nodes, sizeof nodes / sizeof *nodes);
}
END_TEST

START_TEST(reductions)
{
    static const char *const nodes[] = {
        "const a: int64[2] = {2, 3}\n y = ReduceMean(z, a)",
        "const a: int64[2] = {1, 2}\n y = ReduceMean(z, a)",
        "const a: int64[1] = {-1}\n y = ReduceSum(x, a) {keepdims = 0}",
        "const a: int64[1] = {1}\n y = ReduceSum(x, a)",
        "const a: int64[2] = {-2, -1}\n y = ReduceMax(x, a)",
        "const a: int64[1] = {1}\n y = ReduceMax(x, a) {keepdims = 0}",
        "y = ReduceMean(x)",
    };
    tier_select(_i);
    check_all(nodes, sizeof nodes / sizeof *nodes);
}
END_TEST

START_TEST(layers)
{
    char text[1000];
    tier_select(_i);
    for (int n = 1; n < 1500; n = n * 3 + 1)
        for (int plain = 0; plain < 2; plain++) {
            snprintf(text, sizeof text,
                     "graph g {\n input x: float32[3,7,%d]\n const s: float32[%d] = {...}\n const b: float32[%d] = {...}\n"
                     " const k: float32[] = {30}\n z = Add(x, k)\n y = LayerNormalization(z, s%s)\n output y\n}",
                     n, n, n, plain ? "" : ", b");
            check_native(text, n == 1 ? 1 : 1e-4, NULL);
            snprintf(text, sizeof text,
                     "graph g {\n input x: float32[3,7,%d]\n const s: float32[7,%d] = {...}\n y = RMSNormalization(x, s) {axis = 1}\n "
                     "output y\n}",
                     n, n);
            check_native(text, 2e-5, NULL);
        }
}
END_TEST

START_TEST(channels)
{
    static const char *const nodes[] = {"InstanceNormalization(z, s, b)", "GroupNormalization(z, s, b) {num_groups = 4}",
                                        "GroupNormalization(z, s, b) {num_groups = 12}", "GroupNormalization(z, s, b) {num_groups = 1}",
                                        "BatchNormalization(z, s, b, m, v)"};
    static const char *const places[] = {"2,12,7,9", "1,12,40,41", "3,12,1,2"}, *const last[] = {"2,7,9,12", "1,40,41,12", "3,1,2,12"};
    char text[1000];
    tier_select(_i);
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
        for (int k = 0; k < 6; k++) {
            snprintf(text, sizeof text,
                     "graph g {\n input x: float32[%s]\n const s: float32[12] = {...}\n const b: float32[12] = {...}\n"
                     " const m: float32[12] = {...}\n const v: float32[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3}\n"
                     " const k: float32[] = {10}\n z = Add(x, k)\n y = %s%s |> Relu()\n output y\n}",
                     k < 3 ? places[k] : last[k - 3], nodes[i], k < 3 ? "" : " nhwc");
            check_native(text, 2e-5, NULL);
        }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("lines");
    TCase *c = tcase_create("lines");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, softmax, 0, TIERS);
    tcase_add_loop_test(c, reductions, 0, TIERS);
    tcase_add_loop_test(c, layers, 0, TIERS);
    tcase_add_loop_test(c, channels, 0, TIERS);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
