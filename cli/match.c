/* Which value of one side is which of the other. */
#include "cli/diff_nodes.h"

#include <string.h>

/* Above this many pairs the search by order would take too long. */
enum { MOST_PAIRS = 1 << 24 };

static sard_status add_row(cli_node_proof *p, const cli_value *a, const cli_value *b)
{
    cli_node_row *row = &p->rows[p->row_count++];
    *row = (cli_node_row){.a = a, .b = b, .left = a->tensor};
    return cli_same_kind(&a->tensor, &b->tensor) ? SARD_OK : cli_relayout(p->d->options.cli, &a->tensor, &b->tensor, &row->left);
}

/* The value of that name; or that holds the same in the other layout, whose name has a number more or less. */
static const cli_value *find(const cli_node_proof *p, const cli_value *a, size_t near)
{
    cli_state *cli = p->d->options.cli;
    const cli_value *b = cli_values_find(&p->b, a->name, near);
    if (b && cli_same_kind(&a->tensor, &b->tensor))
        return b;
    b = cli_values_find(&p->b, cli_base_name(cli, a->name), near);
    if (b && cli_is_relayout(&a->tensor, &b->tensor))
        return b;
    for (size_t i = 0; i < p->b.count; i++)
        if (cli_is_relayout(&p->b.items[i].tensor, &a->tensor) && strcmp(cli_base_name(cli, p->b.items[i].name), a->name) == 0)
            return &p->b.items[i];
    return NULL;
}

static sard_status match_names(cli_node_proof *p)
{
    size_t near = 0;
    sard_status status = SARD_OK;
    for (size_t i = 0; i < p->a.count && !status; i++) {
        const cli_value *b = find(p, &p->a.items[i], near);
        if (!b)
            continue;
        near = (size_t)(b - p->b.items) + 1;
        status = add_row(p, &p->a.items[i], b);
    }
    return status;
}

/* "Conv" of "Conv+Relu". */
static bool same_op(const char *a, const char *b)
{
    const size_t n = strcspn(a, "+"), k = strcspn(b, "+");
    return !n || !k || (n == k && memcmp(a, b, n) == 0);
}

static bool may_match(const cli_value *a, const cli_value *b) { return same_op(a->op, b->op) && cli_same_kind(&a->tensor, &b->tensor); }

/* The longest run of pairs that stand in the same order on both sides (longest common subsequence). lengths: of the rests of both, a row
 * of b->count + 1 for each of a. */
static sard_status match_order(cli_node_proof *p)
{
    const size_t n = p->a.count, m = p->b.count, row = m + 1;
    unsigned *lengths = cli_alloc(p->d->options.cli, (n + 1) * row, sizeof *lengths);
    for (size_t i = n; i-- > 0;)
        for (size_t k = m; k-- > 0;) {
            const unsigned down = lengths[(i + 1) * row + k], right = lengths[i * row + k + 1];
            lengths[i * row + k] = may_match(&p->a.items[i], &p->b.items[k]) ? lengths[(i + 1) * row + k + 1] + 1
                                 : down > right                              ? down
                                                                             : right;
        }
    sard_status status = SARD_OK;
    for (size_t i = 0, k = 0; i < n && k < m && !status;)
        if (may_match(&p->a.items[i], &p->b.items[k]))
            status = add_row(p, &p->a.items[i++], &p->b.items[k++]);
        else if (lengths[(i + 1) * row + k] >= lengths[i * row + k + 1])
            i++;
        else
            k++;
    return status;
}

/* Files are called as values are. Outputs have names on both sides even where nothing else agrees: names decide if they match half of the shorter side. */
sard_status cli_match_values(cli_node_proof *p)
{
    const size_t shorter = p->a.count < p->b.count ? p->a.count : p->b.count;
    p->rows = cli_alloc(p->d->options.cli, p->a.count, sizeof *p->rows);
    const sard_status status = match_names(p);
    p->by_order = p->d->other && !p->b.safe_names && 2 * p->row_count < shorter && p->a.count * p->b.count <= MOST_PAIRS;
    if (!p->by_order)
        return status;
    p->row_count = 0;
    return match_order(p);
}
