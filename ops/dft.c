/* DFT: discrete Fourier transforms along an axis
 *
 * in   input: ..., 1 or 2: real or complex; dft_length: one integer, the size of the axis if left out; axis: one integer, else -2
 * out  output: ..., 2; the axis is cut or filled with zeros to dft_length. onesided: the first half and one more
 *
 * inverse with onesided: from such a half, which stands for a spectrum that is symmetric, back to real numbers: ..., 1; dft_length is
 * 2 (size - 1) if left out.
 *
 * Complex numbers of float are transformed in float, as NumPy does; all else in double. */
#include "ops/lib/fourier.h"

#include <inttypes.h>

typedef struct dft {
    int64_t inverse, onesided;
} dft;

enum { INPUT, LENGTH, AXIS };

static const sard_attr_spec attrs[] = {SARD_INT(dft, inverse, 0), SARD_INT(dft, onesided, 0), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("input", 'T', SARD_SET_FLOAT), SARD_PORT_OPTIONAL("dft_length", 'L', SARD_SET_INDEX),
                                   SARD_PORT_OPTIONAL("axis", 'A', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

static sard_status check_axis(const sard_node *node, int64_t given, int rank, int *axis, sard_error *error)
{
    const sard_status status = sard_axis(node, given, rank, "axis", axis, error);
    if (!status && *axis == rank - 1)
        return sard_node_fail(node, error, SARD_SHAPE, "axis %" PRId64 " is that of real and imaginary parts", given);
    return status;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const dft *a = node->attrs;
    const sard_value *x = node->inputs[INPUT];
    int64_t dims[SARD_MAX_RANK], length = SARD_UNKNOWN_DIM, given = -2;
    size_t count;
    int axis;
    if (x->rank < 2 || x->dims[x->rank - 1] > 2 || x->dims[x->rank - 1] == 0)
        return sard_node_fail(node, error, SARD_SHAPE, "input must have rank 2 or more and end with a dimension of 1 or 2");
    sard_status status = sard_one_element(node, LENGTH, error);
    if (!status)
        status = sard_one_element(node, AXIS, error);
    if (status)
        return status;
    const bool axis_known = !sard_has_input(node, AXIS) || sard_node_input_ints(node, AXIS, &given, 1, &count);
    status = check_axis(node, given, x->rank, &axis, error);
    if (status)
        return status;
    if (!sard_has_input(node, LENGTH))
        length = x->dims[axis] < 0 ? SARD_UNKNOWN_DIM : a->inverse && a->onesided ? 2 * (x->dims[axis] - 1) : x->dims[axis];
    else if (sard_node_input_ints(node, LENGTH, &length, 1, &count) && length <= 0)
        return sard_node_fail(node, error, SARD_SHAPE, "dft_length is %" PRId64 ", must be positive", length);
    for (int i = 0; i < x->rank; i++)
        dims[i] = axis_known ? x->dims[i] : SARD_UNKNOWN_DIM;
    if (axis_known)
        dims[axis] = length >= 0 && a->onesided && !a->inverse ? length / 2 + 1 : length;
    dims[x->rank - 1] = a->inverse && a->onesided ? 1 : 2;
    return sard_node_set_output(node, 0, x->dtype, x->rank, dims, error);
}

/* The tensor is outer x axis x inner x parts. A task has a block of lines and three buffers of n complex numbers. */
typedef struct job {
    const sard_tensor *x, *out;
    sard_fourier fourier;
    int64_t axis, bins, inner, parts, out_parts, lines, block;
    bool half; /* the input is the half of a symmetric spectrum */
    double *buffers;
} job;

/* Up to n numbers of a line; returns how many. */
static int64_t load_line(const job *j, int64_t line, double *to)
{
    const int64_t most = j->half ? j->fourier.n / 2 + 1 : j->fourier.n, count = j->axis < most ? j->axis : most;
    for (int64_t i = 0; i < count; i++) {
        const int64_t at = (((line / j->inner) * j->axis + i) * j->inner + line % j->inner) * j->parts;
        to[2 * i] = sard_get(j->x, (size_t)at);
        to[2 * i + 1] = j->parts == 2 ? sard_get(j->x, (size_t)at + 1) : 0;
    }
    return count;
}

/* The rest of a symmetric spectrum; what has no partner is real. */
static void mirror(int64_t n, double *x)
{
    x[1] = 0;
    if (n % 2 == 0)
        x[n + 1] = 0;
    for (int64_t i = 1; i < (n + 1) / 2; i++) {
        x[2 * (n - i)] = x[2 * i];
        x[2 * (n - i) + 1] = -x[2 * i + 1];
    }
}

static void transform_lines(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t first = (int64_t)task * j->block;
    const int64_t n = j->fourier.n;
    double *in = j->buffers + 6 * (int64_t)task * n, *result = in + 2 * n, *room = in + 4 * n;
    for (int64_t line = first; line < j->lines && line < first + j->block; line++) {
        const int64_t count = load_line(j, line, in);
        for (int64_t i = 2 * count; i < 2 * n; i++)
            in[i] = 0;
        if (j->half)
            mirror(n, in);
        sard_fourier_run(&j->fourier, in, room, result);
        for (int64_t i = 0; i < j->bins; i++) {
            const int64_t at = (((line / j->inner) * j->bins + i) * j->inner + line % j->inner) * j->out_parts;
            sard_set(j->out, (size_t)at, result[2 * i]);
            if (j->out_parts == 2)
                sard_set(j->out, (size_t)at + 1, result[2 * i + 1]);
        }
    }
}

static bool given(const sard_call *call, size_t i) { return i < call->input_count && call->inputs[i].dtype; }

static sard_status eval(const sard_call *call)
{
    const dft *a = call->attrs;
    const sard_tensor *x = &call->inputs[INPUT], *out = &call->outputs[0];
    int axis;
    const sard_status status =
        check_axis(call->node, given(call, AXIS) ? sard_get_int(&call->inputs[AXIS], 0) : -2, x->rank, &axis, call->error);
    if (status || !sard_tensor_count(out))
        return status;
    job j = {.x = x,
             .out = out,
             .axis = x->dims[axis],
             .bins = out->dims[axis],
             .inner = 1,
             .parts = x->dims[x->rank - 1],
             .out_parts = out->dims[x->rank - 1],
             .half = a->inverse && a->onesided};
    for (int i = axis + 1; i < x->rank - 1; i++)
        j.inner *= x->dims[i];
    j.lines = (int64_t)sard_tensor_count(out) / j.bins / j.out_parts;
    const int64_t n = given(call, LENGTH) ? sard_get_int(&call->inputs[LENGTH], 0) : j.half ? 2 * (j.axis - 1) : j.axis;
    const int64_t tasks = j.lines < 32 ? j.lines : 32;
    j.block = (j.lines + tasks - 1) / tasks;
    if (!sard_fourier_make(call, n, a->inverse != 0, x->dtype == SARD_F64 || j.parts == 1, &j.fourier))
        return sard_call_fail(call, SARD_NOMEM, "no memory for a transform of length %" PRId64, n);
    j.buffers = sard_call_alloc(call, 6 * (size_t)(tasks * n) * sizeof *j.buffers);
    if (!j.buffers)
        return sard_call_fail(call, SARD_NOMEM, "no memory for transforms of length %" PRId64, n);
    sard_call_parallel(call, (size_t)tasks, transform_lines, &j);
    return SARD_OK;
}

/* Of the longest axis where it is not known which. */
static double work(const sard_node *node)
{
    int64_t length = 1;
    size_t count;
    for (int i = 0; i + 1 < node->inputs[INPUT]->rank; i++)
        length = node->inputs[INPUT]->dims[i] > length ? node->inputs[INPUT]->dims[i] : length;
    if (sard_has_input(node, LENGTH) && !sard_node_input_ints(node, LENGTH, &length, 1, &count))
        length = 1;
    return sard_fourier_steps(length) * (sard_value_elements(node->inputs[INPUT]) + 2 * sard_outputs_work(node));
}

const sard_op sard_op_dft = {.struct_size = sizeof(sard_op),
                             .domain = "",
                             .name = "DFT",
                             .since = 20,
                             .inputs = inputs,
                             .outputs = outputs,
                             .attrs = attrs,
                             .attrs_size = sizeof(dft),
                             .infer = infer,
                             .eval = eval,
                             .work = work};
