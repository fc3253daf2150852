/* MelWeightMatrix: triangles that sum the bins of a spectrum to bins of the mel scale
 *
 * in   num_mel_bins, dft_length, sample_rate: one integer each; lower_edge_hertz, upper_edge_hertz: one float each
 * out  output: dft_length / 2 + 1 x num_mel_bins of output_datatype; column i rises from the bin of edge i to that of edge i + 1 and falls
 *      to that of edge i + 2, edges being as far from each other on the mel scale, 2595 log10(1 + hertz / 700) */
#include "ops/lib/util.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct mel {
    int64_t output_datatype;
} mel;

enum { MEL_BINS, LENGTH, RATE, LOWER, UPPER };

static const sard_attr_spec attrs[] = {SARD_INT(mel, output_datatype, SARD_F32), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("num_mel_bins", 'I', SARD_SET_INDEX),     SARD_PORT("dft_length", 'I', SARD_SET_INDEX),
                                   SARD_PORT("sample_rate", 'I', SARD_SET_INDEX),      SARD_PORT("lower_edge_hertz", 'F', SARD_SET_FLOAT),
                                   SARD_PORT("upper_edge_hertz", 'F', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_NUMBER), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const mel *a = node->attrs;
    int64_t dims[2] = {SARD_UNKNOWN_DIM, SARD_UNKNOWN_DIM}, length;
    size_t count;
    if (a->output_datatype <= 0 || a->output_datatype > 31 || !sard_dtype_in((sard_dtype)a->output_datatype, SARD_SET_NUMBER))
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "output_datatype %" PRId64 " is not supported", a->output_datatype);
    for (size_t i = 0; i <= UPPER; i++) {
        const sard_status status = sard_one_element(node, i, error);
        if (status)
            return status;
    }
    if (sard_node_input_ints(node, LENGTH, &length, 1, &count)) {
        if (length < 0)
            return sard_node_fail(node, error, SARD_SHAPE, "dft_length is %" PRId64, length);
        dims[0] = length / 2 + 1;
    }
    if (sard_node_input_ints(node, MEL_BINS, &dims[1], 1, &count) && dims[1] < 0)
        return sard_node_fail(node, error, SARD_SHAPE, "num_mel_bins is %" PRId64, dims[1]);
    return sard_node_set_output(node, 0, (sard_dtype)a->output_datatype, 2, dims, error);
}

static double to_mel(double hertz) { return 2595 * log1p(hertz / 700) / log(10); }
static double to_hertz(double mels) { return 700 * expm1(mels / 2595 * log(10)); }

static void draw_triangle(const sard_tensor *out, int64_t column, const int64_t edges[3])
{
    const int64_t bins = out->dims[1], rise = edges[1] - edges[0], fall = edges[2] - edges[1];
    if (rise == 0)
        sard_set(out, (size_t)(edges[1] * bins + column), 1);
    for (int64_t i = edges[0]; rise && i <= edges[1]; i++)
        sard_set(out, (size_t)(i * bins + column), (double)(i - edges[0]) / (double)rise);
    for (int64_t i = edges[1]; fall && i < edges[2]; i++)
        sard_set(out, (size_t)(i * bins + column), (double)(edges[2] - i) / (double)fall);
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *out = &call->outputs[0];
    const double length = (double)sard_get_int(&call->inputs[LENGTH], 0), rate = (double)sard_get_int(&call->inputs[RATE], 0);
    const double low = to_mel(sard_get(&call->inputs[LOWER], 0)), high = to_mel(sard_get(&call->inputs[UPPER], 0));
    const int64_t rows = out->dims[0], bins = out->dims[1];
    if (out->bytes)
        memset(out->data, 0, sard_tensor_count(out) * sard_dtype_size(out->dtype));
    for (int64_t column = 0; column < bins; column++) {
        int64_t edges[3];
        for (int64_t i = 0; i < 3; i++) {
            const double hertz = to_hertz((double)(column + i) * (high - low) / (double)(bins + 2) + low);
            const double bin = floor((length + 1) * hertz / rate);
            if (!(bin >= 0 && bin < (double)rows) || (i && (int64_t)bin < edges[i - 1]))
                return sard_call_fail(call, SARD_DATA, "edge %" PRId64 " is at bin %g, must be in 0 .. %" PRId64 " and rise", column + i,
                                      bin, rows - 1);
            edges[i] = (int64_t)bin;
        }
        draw_triangle(out, column, edges);
    }
    return SARD_OK;
}

const sard_op sard_op_mel_weight_matrix = {.struct_size = sizeof(sard_op),
                                           .domain = "",
                                           .name = "MelWeightMatrix",
                                           .since = 17,
                                           .inputs = inputs,
                                           .outputs = outputs,
                                           .attrs = attrs,
                                           .attrs_size = sizeof(mel),
                                           .infer = infer,
                                           .eval = eval};
