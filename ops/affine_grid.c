/* AffineGrid-20: where GridSample takes the points of a picture from, after an affine map
 *
 * in   theta: [N, d, d + 1], a matrix for each picture, d of 2 or 3; size: of the result, [N, C, (D,) H, W]
 * out  grid: [N, (D,) H, W, d] = theta (x, y, (z,) 1), where x goes along W
 *
 * Places go from -1 to 1, which are the outer edges of the first and the last one; with align_corners their centres. */
#include "ops/lib/contents.h"

#include <inttypes.h>

typedef struct affine_grid {
    int64_t align_corners;
} affine_grid;

static const sard_attr_spec attrs[] = {SARD_INT(affine_grid, align_corners, 0), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("theta", 'T', SARD_SET_FLOAT), SARD_PORT("size", 'S', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("grid", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

enum { MOST = 3 }; /* dimensions of a picture */

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *theta = node->inputs[0];
    int64_t size[SARD_MAX_RANK], dims[SARD_MAX_RANK], matrix;
    int rank;
    sard_status status = sard_input_dims(node, 1, &rank, size, error);
    if (status)
        return status;
    if (rank < 0) { /* not even the count of sizes is known */
        rank = theta->rank == 3 && theta->dims[1] == MOST ? MOST + 2 : theta->rank == 3 && theta->dims[1] == 2 ? 4 : -1;
        for (int i = 0; i < rank; i++)
            size[i] = SARD_UNKNOWN_DIM;
    }
    if (rank < 0)
        return sard_node_set_output(node, 0, theta->dtype, -1, NULL, error);
    if (rank != 4 && rank != 5)
        return sard_node_fail(node, error, SARD_SHAPE, "size has %d elements, must have 4 or 5", rank);
    if (theta->rank != 3 || !sard_dim_merge(theta->dims[1], rank - 2, &matrix) || !sard_dim_merge(theta->dims[2], rank - 1, &matrix))
        return sard_node_fail(node, error, SARD_SHAPE, "theta must be [N, %d, %d] for a size of %d elements", rank - 2, rank - 1, rank);
    if (!sard_dim_merge(theta->dims[0], size[0], &dims[0]))
        return sard_node_fail(node, error, SARD_SHAPE, "theta has %" PRId64 " matrices, size wants %" PRId64, theta->dims[0], size[0]);
    for (int i = 2; i < rank; i++)
        dims[i - 1] = size[i];
    dims[rank - 1] = rank - 2;
    return sard_node_set_output(node, 0, theta->dtype, rank, dims, error);
}

typedef struct job {
    const sard_tensor *theta, *y;
    bool corners;
    int d;
    int64_t points; /* of a row along W */
} job;

static double place(const job *j, int64_t i, int64_t size)
{
    if (!j->corners)
        return (double)(2 * i + 1) / (double)size - 1;
    return size == 1 ? 0 : 2 * (double)i / (double)(size - 1) - 1;
}

static void map_row(void *arg, size_t row)
{
    const job *j = arg;
    const int64_t *size = j->y->dims + 1;
    double at[MOST], matrix[MOST * (MOST + 1)];
    int64_t rest = (int64_t)row;
    for (int k = 1; k < j->d; k++) {
        at[k] = place(j, rest % size[j->d - 1 - k], size[j->d - 1 - k]);
        rest /= size[j->d - 1 - k];
    }
    const int columns = j->d + 1;
    for (int i = 0; i < j->d * columns; i++)
        matrix[i] = sard_get(j->theta, (size_t)(rest * j->d * columns + i));
    for (int64_t x = 0; x < j->points; x++) {
        at[0] = place(j, x, j->points);
        for (int i = 0; i < j->d; i++) {
            double sum = matrix[i * columns + j->d];
            for (int k = 0; k < j->d; k++)
                sum += matrix[i * columns + k] * at[k];
            sard_set(j->y, (row * (size_t)j->points + (size_t)x) * (size_t)j->d + (size_t)i, sum);
        }
    }
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *y = &call->outputs[0];
    const bool corners = ((const affine_grid *)call->attrs)->align_corners != 0;
    job j = {.theta = &call->inputs[0], .y = y, .corners = corners, .d = y->rank - 2, .points = y->dims[y->rank - 2]};
    const size_t count = sard_tensor_count(y);
    if (count)
        sard_call_parallel(call, count / (size_t)(j.points * j.d), map_row, &j);
    return SARD_OK;
}

const sard_op sard_op_affine_grid = {.struct_size = sizeof(sard_op),
                                     .domain = "",
                                     .name = "AffineGrid",
                                     .since = 20,
                                     .inputs = inputs,
                                     .outputs = outputs,
                                     .attrs = attrs,
                                     .attrs_size = sizeof(affine_grid),
                                     .infer = infer,
                                     .eval = eval};
