/* The algebra of orders of dimensions. */
#include "ir/order.h"

static sard_perm turned(int rank, int by)
{
    sard_perm p = {.rank = rank};
    for (int i = 1; i < rank; i++)
        p.axis[i] = 1 + (i - 1 + by) % (rank - 1);
    return p;
}

sard_perm sard_perm_to_nchw(int rank) { return turned(rank, rank - 2); }
sard_perm sard_perm_to_nhwc(int rank) { return turned(rank, 1); }

sard_perm sard_perm_inverse(const sard_perm *p)
{
    sard_perm q = {.rank = p->rank};
    for (int i = 0; i < p->rank; i++)
        q.axis[p->axis[i]] = i;
    return q;
}

sard_perm sard_perm_then(const sard_perm *first, const sard_perm *second)
{
    sard_perm q = {.rank = first->rank};
    for (int i = 0; i < first->rank; i++)
        q.axis[i] = first->axis[second->axis[i]];
    return q;
}

sard_perm sard_perm_without(const sard_perm *p, uint32_t mask)
{
    sard_perm q = {.rank = 0};
    for (int i = 0; i < p->rank; i++) {
        int axis = 0; /* how many of those that stay come before */
        if (mask >> i & 1)
            continue;
        for (int k = 0; k < p->rank; k++)
            axis += !(mask >> k & 1) && p->axis[k] < p->axis[i];
        q.axis[q.rank++] = axis;
    }
    return q;
}

bool sard_perm_same(const sard_perm *a, const sard_perm *b)
{
    for (int i = 0; i < a->rank && a->rank == b->rank; i++)
        if (a->axis[i] != b->axis[i])
            return false;
    return a->rank == b->rank;
}

bool sard_perm_is_identity(const sard_perm *p)
{
    const sard_perm same = turned(p->rank, 0);
    return p->rank < 2 || sard_perm_same(p, &same);
}

bool sard_perm_turns(const sard_perm *p)
{
    if (p->rank < 3 || p->axis[0] || sard_perm_is_identity(p))
        return false;
    const sard_perm q = turned(p->rank, p->axis[1] - 1);
    return sard_perm_same(p, &q);
}

bool sard_perm_moves_nothing(const sard_perm *p, const sard_value *value)
{
    int last = -1;
    for (int i = 0; i < p->rank && value->rank == p->rank; i++) {
        if (value->dims[p->axis[i]] == 1)
            continue;
        if (p->axis[i] < last)
            return false;
        last = p->axis[i];
    }
    return value->rank == p->rank;
}
