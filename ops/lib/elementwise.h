/* Operators that work element by element: a row function per type does n elements at once, the map does broadcasting and threads.
 *
 *     FLOAT_TYPES(SQUARE, square)                      makes square_f32 and square_f64 by the macro SQUARE(name, T)
 *     static sard_row *const rows[] = {SARD_FLOAT_ROWS(square)};
 *     return sard_map_typed(call, 1, rows, NULL);
 */
#ifndef SARD_OPS_LIB_ELEMENTWISE_H
#define SARD_OPS_LIB_ELEMENTWISE_H

#include "ops/lib/util.h"

/* Writes n elements of the result. in: pointers to the first elements; step: 1, or 0 where one element serves them all. An input
 * with step 1 may be the same memory as `out`. */
typedef void sard_row(const void *arg, const void *const *in, const int *step, void *out, size_t n);

enum { SARD_MAP_INPUTS = 8, SARD_ROW_TYPES = SARD_BF16 + 1 };

/* Fills output 0 from `count` tensors (at most SARD_MAP_INPUTS), broadcast to its shape; arg is handed to `row`. They are call->inputs, or
 * any others; output 0 itself may be among them. */
sard_status sard_map(const sard_call *call, const sard_tensor *inputs, size_t count, sard_row *row, const void *arg);

/* The same with the row for the type of the inputs, which all have. Where there is none, elements are widened to doubles for the row of
 * float64 and what it gives is narrowed, unless the result has another type than the inputs: that row writes such a result itself. */
sard_status sard_map_tensors(const sard_call *call, const sard_tensor *inputs, size_t count, sard_row *const rows[SARD_ROW_TYPES],
                             const void *arg);
/* Of the first `count` inputs of the call. */
sard_status sard_map_typed(const sard_call *call, size_t count, sard_row *const rows[SARD_ROW_TYPES], const void *arg);

/* Division of integers: input 1 must be free of zeros. */
sard_status sard_check_divisor(const sard_call *call);

/* The shape of input 0, the type that the ports tell. */
sard_status sard_infer_unary(sard_node *node, sard_error *error);

/* ---- contents of small integer results (shape arithmetic) ---- */

static inline sard_content sard_content_number(int64_t value) { return (sard_content){.known = true, .value = value}; }
static inline sard_content sard_content_unknown(void) { return (sard_content){.known = false, .dim = SARD_UNKNOWN_DIM}; }
/* A symbol is the size of a dimension: not negative, and equal to itself. */
static inline bool sard_content_is_symbol(sard_content a) { return !a.known && a.dim <= SARD_FIRST_SYMBOL; }
static inline bool sard_content_same(sard_content a, sard_content b)
{
    return a.known == b.known && (a.known ? a.value == b.value : sard_content_is_symbol(a) && a.dim == b.dim);
}

typedef sard_content sard_content2(sard_content a, sard_content b);
/* Gives output 0 the contents fold(a, b) of inputs 0 and 1 where both have some. Call it when the shape of the output is set. */
sard_status sard_infer_contents2(sard_node *node, sard_content2 *fold, sard_error *error);
/* A result of shape arithmetic as an element of that type: wrapped around. */
sard_content sard_content_wrap(sard_content a, sard_dtype dtype);

/* ---- making rows ---- */

/* Results may stand where an input stood, never elsewhere in it: iterations are independent, which the compiler can't know. */
#if defined(__clang__)
#define SARD_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define SARD_INDEPENDENT _Pragma("GCC ivdep")
#endif

/* From `expression` of x: elements are T in memory, x is W, the result R. */
#define SARD_ROW1(name, T, W, R, expression)                                                       \
    static void name(const void *arg, const void *const *in, const int *step, void *out, size_t n) \
    {                                                                                              \
        const T *from = in[0];                                                                     \
        R *to = out;                                                                               \
        (void)arg;                                                                                 \
        (void)step;                                                                                \
        SARD_INDEPENDENT                                                                           \
        for (size_t i = 0; i < n; i++) {                                                           \
            const W x = (W)from[i];                                                                \
            to[i] = (R)(expression);                                                               \
        }                                                                                          \
    }

/* The same with attributes: `a` is a pointer to the struct `A`. */
#define SARD_ROW1_WITH(name, T, W, R, A, expression)                                                       \
    static void name(const void *arg, const void *const *in, const int *step, void *out, size_t n)         \
    {                                                                                                      \
        const T *from = in[0];                                                                             \
        const A attrs_copy = *(const A *)arg, *const a = &attrs_copy; /* the loop needn't read it again */ \
        R *to = out;                                                                                       \
        (void)step;                                                                                        \
        SARD_INDEPENDENT                                                                                   \
        for (size_t i = 0; i < n; i++) {                                                                   \
            const W x = (W)from[i];                                                                        \
            to[i] = (R)(expression);                                                                       \
        }                                                                                                  \
    }

#define SARD_ROW2_LOOP(T, R, first, second, expression) \
    SARD_INDEPENDENT                                    \
    for (size_t i = 0; i < n; i++) {                    \
        const T a = (first), b = (second);              \
        to[i] = (R)(expression);                        \
    }

/* From `expression` of a and b. */
#define SARD_ROW2(name, T, R, expression)                                                          \
    static void name(const void *arg, const void *const *in, const int *step, void *out, size_t n) \
    {                                                                                              \
        const T *left = in[0], *right = in[1];                                                     \
        R *to = out;                                                                               \
        (void)arg;                                                                                 \
        if (step[0] && step[1]) {                                                                  \
            SARD_ROW2_LOOP(T, R, left[i], right[i], expression)                                    \
        } else if (step[0]) {                                                                      \
            const T one = *right;                                                                  \
            SARD_ROW2_LOOP(T, R, left[i], one, expression)                                         \
        } else {                                                                                   \
            const T one = *left;                                                                   \
            const int s = step[1];                                                                 \
            SARD_ROW2_LOOP(T, R, one, right[i * (size_t)s], expression)                            \
        }                                                                                          \
    }

/* The descriptor, from row_inputs, row_outputs and eval_row. More members may follow. */
#define SARD_MAP_OP(row, text, version, ...)                       \
    const sard_op sard_op_##row = {.struct_size = sizeof(sard_op), \
                                   .domain = "",                   \
                                   .name = text,                   \
                                   .since = version,               \
                                   .inputs = row##_inputs,         \
                                   .outputs = row##_outputs,       \
                                   .eval = eval_##row,             \
                                   __VA_ARGS__};

#define SARD_FLOAT_TYPES(X, f) X(f##_f32, float) X(f##_f64, double)
#define SARD_SIGNED_TYPES(X, f) X(f##_i8, int8_t) X(f##_i16, int16_t) X(f##_i32, int32_t) X(f##_i64, int64_t)
#define SARD_UNSIGNED_TYPES(X, f) X(f##_u8, uint8_t) X(f##_u16, uint16_t) X(f##_u32, uint32_t) X(f##_u64, uint64_t)
#define SARD_INTEGER_TYPES(X, f) SARD_SIGNED_TYPES(X, f) SARD_UNSIGNED_TYPES(X, f)
#define SARD_NUMBER_TYPES(X, f) SARD_FLOAT_TYPES(X, f) SARD_INTEGER_TYPES(X, f)

#define SARD_FLOAT_ROWS(f) [SARD_F32] = f##_f32, [SARD_F64] = f##_f64
#define SARD_SIGNED_ROWS(f) [SARD_I8] = f##_i8, [SARD_I16] = f##_i16, [SARD_I32] = f##_i32, [SARD_I64] = f##_i64
#define SARD_UNSIGNED_ROWS(f) [SARD_U8] = f##_u8, [SARD_U16] = f##_u16, [SARD_U32] = f##_u32, [SARD_U64] = f##_u64
#define SARD_INTEGER_ROWS(f) SARD_SIGNED_ROWS(f), SARD_UNSIGNED_ROWS(f)
#define SARD_NUMBER_ROWS(f) SARD_FLOAT_ROWS(f), SARD_INTEGER_ROWS(f)

#endif
