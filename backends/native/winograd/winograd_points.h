/* The points at which Winograd's (Toom and Cook's) polynomials are evaluated: 0, pairs of +p and -p, and infinity (Lavin and Gray, "Fast
 * Algorithms for Convolutional Neural Networks", 2015; Barabasz et al., "Error Analysis and Improving the Accuracy of Winograd Convolution
 * for Deep Neural Networks", 2020). Pairs, because even and odd powers are then shared; few bits or none in p do not matter, for the
 * weights are transformed in double and rounded once.
 *
 * n = 2 * pairs + 2 points give m outputs of a kernel with r = n + 1 - m taps. */
#ifndef SARD_BACKENDS_NATIVE_WINOGRAD_WINOGRAD_POINTS_H
#define SARD_BACKENDS_NATIVE_WINOGRAD_WINOGRAD_POINTS_H

#define SARD_WINOGRAD_PAIRS 4 /* most */
#define SARD_WINOGRAD_POINTS (2 * SARD_WINOGRAD_PAIRS + 2)
#define SARD_WINOGRAD_FREQUENCIES 64 /* most points of a kernel with two dimensions, squared */
#define SARD_WINOGRAD_OUTPUTS 16     /* most of a tile */

typedef struct sard_points {
    int pairs;
    double at[SARD_WINOGRAD_PAIRS];
    /* Coefficients of the product of (x - q) over squares q of points, but that of the highest power, which is 1. */
    float all[SARD_WINOGRAD_PAIRS];
    float others[SARD_WINOGRAD_PAIRS][SARD_WINOGRAD_PAIRS - 1]; /* without that of point i */
    float power[4][SARD_WINOGRAD_PAIRS];                        /* [k][i]: at[i] to the power k */
} sard_points;

/* Products by number of factors. */
#define SARD_ROOTS_1(q) (float)-(q)
#define SARD_ROOTS_2(q, r) (float)((q) * (r)), (float)-((q) + (r))
#define SARD_ROOTS_3(q, r, s) (float)-((q) * (r) * (s)), (float)((q) * (r) + (q) * (s) + (r) * (s)), (float)-((q) + (r) + (s))
#define SARD_ROOTS_4(q, r, s, t)                                                                 \
    (float)((q) * (r) * (s) * (t)), (float)-((q) * (r) * ((s) + (t)) + (s) * (t) * ((q) + (r))), \
        (float)((q) * (r) + (s) * (t) + ((q) + (r)) * ((s) + (t))), (float)-((q) + (r) + (s) + (t))
#define SARD_SQUARE(p) ((p) * (p))

#define SARD_POINTS_1(a)                                                                             \
    {                                                                                                \
        .pairs = 1, .at = {a}, .all = {SARD_ROOTS_1(SARD_SQUARE(a))}, .power = { {1}, {(float)(a)} } \
    }
#define SARD_POINTS_2(a, b)                                                                    \
    {                                                                                          \
        .pairs = 2, .at = {a, b}, .all = {SARD_ROOTS_2(SARD_SQUARE(a), SARD_SQUARE(b))},       \
        .others = {{SARD_ROOTS_1(SARD_SQUARE(b))}, {SARD_ROOTS_1(SARD_SQUARE(a))}}, .power = { \
            {1, 1},                                                                            \
            {(float)(a), (float)(b)},                                                          \
            {(float)SARD_SQUARE(a), (float)SARD_SQUARE(b)},                                    \
            {(float)(SARD_SQUARE(a) * (a)), (float)(SARD_SQUARE(b) * (b))}                     \
        }                                                                                      \
    }
#define SARD_POINTS_3(a, b, c)                                                                              \
    {                                                                                                       \
        .pairs = 3, .at = {a, b, c}, .all = {SARD_ROOTS_3(SARD_SQUARE(a), SARD_SQUARE(b), SARD_SQUARE(c))}, \
        .others = {{SARD_ROOTS_2(SARD_SQUARE(b), SARD_SQUARE(c))},                                          \
                   {SARD_ROOTS_2(SARD_SQUARE(a), SARD_SQUARE(c))},                                          \
                   {SARD_ROOTS_2(SARD_SQUARE(a), SARD_SQUARE(b))}},                                         \
        .power = {                                                                                          \
            {1, 1, 1},                                                                                      \
            {(float)(a), (float)(b), (float)(c)},                                                           \
            {(float)SARD_SQUARE(a), (float)SARD_SQUARE(b), (float)SARD_SQUARE(c)},                          \
            {(float)(SARD_SQUARE(a) * (a)), (float)(SARD_SQUARE(b) * (b)), (float)(SARD_SQUARE(c) * (c))}   \
        }                                                                                                   \
    }
#define SARD_POINTS_4(a, b, c, d)                                                                                                        \
    {                                                                                                                                    \
        .pairs = 4, .at = {a, b, c, d}, .all = {SARD_ROOTS_4(SARD_SQUARE(a), SARD_SQUARE(b), SARD_SQUARE(c), SARD_SQUARE(d))},           \
        .others = {{SARD_ROOTS_3(SARD_SQUARE(b), SARD_SQUARE(c), SARD_SQUARE(d))},                                                       \
                   {SARD_ROOTS_3(SARD_SQUARE(a), SARD_SQUARE(c), SARD_SQUARE(d))},                                                       \
                   {SARD_ROOTS_3(SARD_SQUARE(a), SARD_SQUARE(b), SARD_SQUARE(d))},                                                       \
                   {SARD_ROOTS_3(SARD_SQUARE(a), SARD_SQUARE(b), SARD_SQUARE(c))}},                                                      \
        .power = {                                                                                                                       \
            {1, 1, 1, 1},                                                                                                                \
            {(float)(a), (float)(b), (float)(c), (float)(d)},                                                                            \
            {(float)SARD_SQUARE(a), (float)SARD_SQUARE(b), (float)SARD_SQUARE(c), (float)SARD_SQUARE(d)},                                \
            {(float)(SARD_SQUARE(a) * (a)), (float)(SARD_SQUARE(b) * (b)), (float)(SARD_SQUARE(c) * (c)), (float)(SARD_SQUARE(d) * (d))} \
        }                                                                                                                                \
    }

/* Errors of the mean, as multiples of a direct sum's in float32: 0.8, 2.2, 5, 5.3 and 1.7. */
static const sard_points sard_points_2_3 = SARD_POINTS_1(1.0);
static const sard_points sard_points_4_3 = SARD_POINTS_2(0.70710678118654752440, 1.41421356237309504880);
static const sard_points sard_points_4_5 = SARD_POINTS_3(0.5, 1.0, 2.0);
static const sard_points sard_points_4_7 = SARD_POINTS_4(0.45, 0.8, 1.2, 2.0);

#endif
