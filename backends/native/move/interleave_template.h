/* Rows of two or three tensors as one, their elements in turn. Plain loops: compilers make the permutations of them. */

static void TIER(interleave_2)(const float *const *x, float *restrict y, int64_t n)
{
    const float *restrict a = x[0], *restrict b = x[1];
    for (int64_t i = 0; i < n; i++) {
        y[2 * i] = a[i];
        y[2 * i + 1] = b[i];
    }
}

static void TIER(interleave_3)(const float *const *x, float *restrict y, int64_t n)
{
    const float *restrict a = x[0], *restrict b = x[1], *restrict c = x[2];
    for (int64_t i = 0; i < n; i++) {
        y[3 * i] = a[i];
        y[3 * i + 1] = b[i];
        y[3 * i + 2] = c[i];
    }
}
