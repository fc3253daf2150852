/* Cast-6 .. -28, CastLike-15 .. -25: output = input as the type `to`, or that of target_type
 *
 * in   input; CastLike: target_type, only its type counts      out  output: like input
 *
 * Floats become integers towards zero, what is out of range the nearest there is, NaN 0; integers become smaller ones by losing their
 * high bits, as do floats that become integers of 4 and 2 bits; everything but zero becomes true. Strings: ops/lib/numeral.h. saturate matters
 * to 8-bit floats only, round_mode to float8e8m0: ir/dtype.h. */
#include "ops/lib/contents.h"
#include "ops/lib/elementwise.h"
#include "ops/lib/numeral.h"

#include <inttypes.h>
#include <string.h>

enum { CHUNK = 512 };

typedef struct cast {
    int64_t to, saturate, round_mode;
} cast;

static const char *const round_modes[] = {[SARD_ROUND_UP] = "up", [SARD_ROUND_DOWN] = "down", [SARD_ROUND_NEAREST] = "nearest", NULL};

typedef struct types {
    sard_dtype from, to;
    sard_round round;
    bool saturate;
} types;

/* ---- numbers ---- */

#define DIRECT(from_name, F, to_name, T)                          \
    if (t->from == SARD_##from_name && t->to == SARD_##to_name) { \
        for (size_t i = 0; i < n; i++)                            \
            ((T *)out)[i] = (T)((const F *)from)[i];              \
        return;                                                   \
    }

/* Doubles as elements of the type; they are overwritten. */
static void narrow(const types *t, double *d, size_t n, void *out)
{
    if (sard_dtype_in(t->to, SARD_SET_SMALL_INTEGER)) {
        int64_t whole[CHUNK];
        sard_narrow(SARD_I64, d, n, whole);
        sard_narrow_int(t->to, whole, n, out);
    } else if (sard_dtype_in(t->to, SARD_SET_FLOAT8 | SARD_SET(F8E8M0))) {
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)out)[i] =
                t->to == SARD_F8E8M0 ? sard_f64_to_e8m0(d[i], t->round, t->saturate) : sard_f64_to_float8(t->to, d[i], t->saturate);
    } else {
        sard_narrow(t->to, d, n, out);
    }
}

static void cast_row(const void *arg, const void *const *in, const int *step, void *out, size_t n)
{
    const types *t = arg;
    const char *from = in[0];
    char *to = out;
    const size_t from_size = sard_dtype_size(t->from), to_size = sard_dtype_size(t->to);
    union {
        double f[CHUNK];
        int64_t i[CHUNK];
    } wide;
    (void)step;
    DIRECT(F32, float, F64, double)
    DIRECT(F64, double, F32, float)
    DIRECT(I64, int64_t, F32, float) /* by way of double it would be rounded twice */
    DIRECT(U64, uint64_t, F32, float)
    for (size_t at = 0; at < n; at += CHUNK) {
        const size_t piece = n - at < CHUNK ? n - at : CHUNK;
        if (sard_dtype_is_integral(t->from) && sard_dtype_is_integral(t->to)) {
            sard_widen_int(t->from, from + at * from_size, piece, wide.i);
            sard_narrow_int(t->to, wide.i, piece, to + at * to_size);
        } else {
            sard_widen(t->from, from + at * from_size, piece, wide.f);
            narrow(t, wide.f, piece, to + at * to_size);
        }
    }
}

/* ---- strings ---- */

static bool parse(const types *t, sard_string text, void *out)
{
    double number;
    if (!sard_dtype_in(t->to, SARD_SET_FLOAT8 | SARD_SET(F8E8M0)))
        return sard_numeral_parse(text, t->to, out);
    if (!sard_numeral_parse(text, SARD_F64, &number))
        return false;
    narrow(t, &number, 1, out);
    return true;
}

static sard_status parse_strings(const sard_call *call, const types *t)
{
    const sard_tensor *from = &call->inputs[0], *to = &call->outputs[0];
    const size_t size = sard_dtype_size(to->dtype), count = sard_tensor_count(to);
    const sard_string *strings = from->data;
    for (size_t i = 0; i < count; i++)
        if (!parse(t, strings[i], (char *)to->data + i * size))
            return sard_call_fail(call, SARD_DATA, "element %zu, '%.*s', is not a number", i,
                                  (int)(strings[i].size < 64 ? strings[i].size : 64), strings[i].size ? strings[i].data : "");
    return SARD_OK;
}

static sard_status print_strings(const sard_call *call)
{
    const sard_tensor *from = &call->inputs[0], *to = &call->outputs[0];
    const size_t size = sard_dtype_size(from->dtype), count = sard_tensor_count(to);
    size_t bytes;
    if (!count)
        return SARD_OK;
    char *text = __builtin_mul_overflow(count, (size_t)SARD_NUMERAL_MAX, &bytes) ? NULL : sard_call_alloc(call, bytes);
    if (!text)
        return sard_call_fail(call, SARD_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++) {
        const size_t length = sard_numeral_print(from->dtype, (const char *)from->data + i * size, text);
        ((sard_string *)to->data)[i] = (sard_string){text, length};
        text += SARD_NUMERAL_MAX;
    }
    return SARD_OK;
}

/* ---- operators ---- */

static sard_status eval_cast(const sard_call *call)
{
    const sard_tensor *from = &call->inputs[0], *to = &call->outputs[0];
    const cast *a = call->attrs;
    const types t = {from->dtype, to->dtype, (sard_round)a->round_mode, a->saturate != 0};
    if (t.from == t.to) {
        if (to->data != from->data && to->bytes)
            memcpy(to->data, from->data, sard_tensor_count(to) * sard_dtype_size(t.to));
        return SARD_OK;
    }
    if (t.from == SARD_STRING)
        return parse_strings(call, &t);
    return t.to == SARD_STRING ? print_strings(call) : sard_map(call, call->inputs, 1, cast_row, &t);
}

static sard_status eval_cast_like(const sard_call *call) { return eval_cast(call); }

/* A symbol stays one in the types that shapes are computed in; it is taken to fit. */
static sard_status infer_contents(sard_node *node, sard_dtype to, sard_error *error)
{
    sard_content contents[SARD_MAX_CONTENTS];
    const int count = sard_input_contents(node, 0, contents);
    for (int i = 0; i < count; i++)
        contents[i] = contents[i].known || sard_dtype_in(to, SARD_SET_INDEX) ? sard_content_wrap(contents[i], to) : sard_content_unknown();
    return count < 0 ? SARD_OK : sard_output_contents(node, 0, contents, (size_t)count, error);
}

static sard_status infer_to(sard_node *node, sard_dtype to, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    const sard_status status = sard_node_set_output(node, 0, to, x->rank, x->dims, error);
    return status ? status : infer_contents(node, to, error);
}

static sard_status infer_cast(sard_node *node, sard_error *error)
{
    const int64_t to = ((const cast *)node->attrs)->to;
    if (to < 0 || to > 31 || !sard_dtype_in((sard_dtype)to, SARD_SET_ALL))
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "to type %" PRId64 " (%s), which is not supported", to,
                              to < 0 || to > 31 ? "none" : sard_dtype_name((sard_dtype)to));
    return infer_to(node, (sard_dtype)to, error);
}

static sard_status infer_cast_like(sard_node *node, sard_error *error) { return infer_to(node, node->inputs[1]->dtype, error); }

static const sard_attr_spec cast_attrs[] = {SARD_CHOICE(cast, round_mode, "up", round_modes), SARD_INT(cast, saturate, 1),
                                            SARD_INT_REQUIRED(cast, to), SARD_ATTRS_END};
static const sard_attr_spec cast_like_attrs[] = {SARD_CHOICE(cast, round_mode, "up", round_modes), SARD_INT(cast, saturate, 1),
                                                 SARD_ATTRS_END};

static const sard_port cast_inputs[] = {SARD_PORT("input", 'T', SARD_SET_ALL), SARD_PORTS_END};
static const sard_port cast_outputs[] = {SARD_PORT("output", 'U', SARD_SET_ALL), SARD_PORTS_END};
static const sard_port cast_like_inputs[] = {SARD_PORT("input", 'T', SARD_SET_ALL), SARD_PORT("target_type", 'U', SARD_SET_ALL),
                                             SARD_PORTS_END};
static const sard_port cast_like_outputs[] = {SARD_PORT("output", 'U', SARD_SET_ALL), SARD_PORTS_END};

SARD_MAP_OP(cast, "Cast", 28, .traits = SARD_ELEMENTWISE, .infer = infer_cast, .attrs = cast_attrs, .attrs_size = sizeof(cast))
/* Not ELEMENTWISE: the shape of target_type doesn't matter. */
SARD_MAP_OP(cast_like, "CastLike", 25, .infer = infer_cast_like, .attrs = cast_like_attrs, .attrs_size = sizeof(cast))
