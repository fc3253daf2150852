/* Joining dimensions, and cutting what is left into pieces of work. */
#include "backends/native/common/loops.h"

void sard_tensor_strides(const sard_tensor *tensor, int rank, const int64_t *dims, int64_t *strides)
{
    int64_t stride = 1;
    for (int i = rank - 1, k = tensor->rank - 1; i >= 0; i--, k--) {
        strides[i] = k >= 0 && (tensor->dims[k] != 1 || dims[i] == 1) ? stride : 0;
        if (k >= 0)
            stride = k == tensor->rank - 1 && tensor->ld ? tensor->ld : stride * tensor->dims[k];
    }
}

/* Dimension i can be walked through as part of dimension k, which is the next one inside. */
static bool can_join(const sard_loops *l, int i, int k)
{
    for (int o = 0; o < l->operands; o++)
        if (l->strides[o][i] != l->strides[o][k] * l->dims[k])
            return false;
    return true;
}

static void move(sard_loops *l, int to, int from)
{
    l->dims[to] = l->dims[from];
    for (int o = 0; o < l->operands; o++)
        l->strides[o][to] = l->strides[o][from];
}

static void append_one(sard_loops *l)
{
    l->dims[l->rank] = 1;
    for (int o = 0; o < l->operands; o++)
        l->strides[o][l->rank] = 0;
    l->rank++;
}

void sard_loops_join(sard_loops *l)
{
    int at = SARD_MAX_RANK; /* the outermost dimension kept; they gather at the end */
    for (int i = l->rank - 1; i >= 0; i--) {
        if (l->dims[i] == 1)
            continue;
        if (at < SARD_MAX_RANK && can_join(l, i, at))
            l->dims[at] *= l->dims[i];
        else
            move(l, --at, i);
    }
    l->rank = 0;
    for (int missing = SARD_MAX_RANK - at; missing < 2; missing++)
        append_one(l);
    for (; at < SARD_MAX_RANK; at++)
        move(l, l->rank++, at);
}

sard_loops sard_loops_of(const sard_tensor *const *operands, int count)
{
    sard_loops l = {.rank = operands[0]->rank, .operands = count};
    for (int i = 0; i < l.rank; i++)
        l.dims[i] = operands[0]->dims[i];
    for (int o = 0; o < count; o++)
        sard_tensor_strides(operands[o], l.rank, l.dims, l.strides[o]);
    sard_loops_join(&l);
    bool apart = false; /* a tensor of one column, in a wider one */
    for (int o = 0; o < l.operands; o++)
        apart |= l.strides[o][l.rank - 1] > 1;
    if (apart)
        append_one(&l);
    return l;
}

sard_pieces sard_pieces_of(const sard_loops *l, int64_t elements)
{
    const int64_t inner = l->dims[l->rank - 1], rows = l->dims[l->rank - 2];
    sard_pieces p = {.columns = inner < elements ? inner : elements};
    p.rows = p.columns ? elements / p.columns : 1;
    p.rows = p.rows > rows ? rows : p.rows;
    p.column_pieces = p.columns ? (inner + p.columns - 1) / p.columns : 0;
    p.row_pieces = p.rows ? (rows + p.rows - 1) / p.rows : 0;
    p.count = p.row_pieces * p.column_pieces;
    for (int i = 0; i < l->rank - 2; i++)
        p.count *= l->dims[i];
    return p;
}

void sard_piece_at(const sard_loops *l, const sard_pieces *p, int64_t i, int64_t *offsets, int64_t *rows, int64_t *columns)
{
    const int64_t column = i % p->column_pieces * p->columns, row = i / p->column_pieces % p->row_pieces * p->rows;
    const int64_t rows_left = l->dims[l->rank - 2] - row, columns_left = l->dims[l->rank - 1] - column;
    *rows = rows_left < p->rows ? rows_left : p->rows;
    *columns = columns_left < p->columns ? columns_left : p->columns;
    for (int o = 0; o < l->operands; o++)
        offsets[o] = row * l->strides[o][l->rank - 2] + column * l->strides[o][l->rank - 1];
    int64_t outer = i / p->column_pieces / p->row_pieces;
    for (int d = l->rank - 3; d >= 0; outer /= l->dims[d--])
        for (int o = 0; o < l->operands; o++)
            offsets[o] += outer % l->dims[d] * l->strides[o][d];
}
