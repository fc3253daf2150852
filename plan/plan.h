/* All decisions before the first run, for one set of input shapes.
 *
 * A plan copies the model's graph, so that shapes, folded constants and split epilogues are its own. Its steps run in order. A step
 * whose shapes depend on data is dynamic: its results get memory while it runs, and the reference runs it. */
#ifndef SARD_PLAN_PLAN_H
#define SARD_PLAN_PLAN_H

#include "plan/source.h"

typedef struct sard_step {
    sard_node *node;
    const sard_backend *backend;
    const sard_kernel *kernel;
    const char *reason;
    bool dynamic;
    bool gone;                                 /* its results lie where they have to be already: nothing to run */
    double cost, work;                         /* work: as sard_node_work tells, of joined nodes too */
    const sard_node *joined[SARD_MOST_JOINED]; /* that its kernel runs as well */
    size_t joined_count;
    void **packed;
    size_t packed_count, packed_capacity;
    bool is_packed;
    bool varies; /* some of its tensors lie elsewhere from run to run */
    size_t scratch;
    sard_tensor *inputs, *outputs; /* those of `call` */
    sard_call call;                /* all of a run's but host and error */
    int64_t nanoseconds;           /* the fastest run so far; 0: none was timed */
} sard_step;

/* A node without a step. Its results are there when so many steps have run. */
typedef struct sard_gone {
    const sard_node *node;
    size_t steps;
} sard_gone;

/* Where a value lies: in the memory of another (its own id: in its own), so many bytes behind that one's beginning. ld as in sard_tensor. */
typedef struct sard_alias {
    size_t root;
    int64_t offset, ld;
    bool shared; /* others lie in it */
} sard_alias;

typedef struct sard_plan {
    sard_arena arena;
    sard_plan_source *source;
    sard_target target;
    int threads; /* to prepare with */
    sard_graph *graph;
    sard_step *steps;
    size_t step_count;
    sard_gone *gone; /* nodes whose steps had nothing to run */
    size_t gone_count;
    sard_alias *aliases;  /* by value id */
    sard_tensor *tensors; /* by value id; data NULL: not known before the run */
    sard_tensor *table;   /* the same of the run at hand */
    size_t *varying;      /* ids of values that differ between the two */
    size_t varying_count;
    size_t *offsets;    /* in the slab, by value id; SIZE_MAX: none */
    size_t place_count; /* values that have one */
    void *slab, *scratch;
    size_t slab_bytes, scratch_bytes, packed_bytes, weight_bytes;
    uint64_t last_use;
} sard_plan;

/* What a plan is made for. */
typedef struct sard_plan_request {
    const sard_target *target;
    const sard_backend *const *backends; /* ends with the reference */
    size_t backend_count;
    int threads;
    const sard_tensor *inputs; /* dtype, rank and dims of each */
    void *arena;               /* for the slab and the scratch; NULL: the plan's own */
    size_t arena_bytes;
} sard_plan_request;

/* The plan is freed with sard_plan_free, before its source. */
sard_status sard_plan_new(sard_plan_source *source, const sard_plan_request *request, sard_plan **out, sard_error *error) SARD_MUST_USE;
void sard_plan_free(sard_plan *plan);
/* Is it for these shapes? */
bool sard_plan_fits(const sard_plan *plan, const sard_tensor *inputs);

/* The parts of sard_plan_new, in order. */

/* Gives the inputs their shapes, infers, folds small constants, drops what is dead. */
sard_status sard_plan_settle(sard_plan *plan, const sard_tensor *inputs, sard_error *error) SARD_MUST_USE;
/* Makes the steps: who runs each node. */
sard_status sard_plan_choose(sard_plan *plan, const sard_plan_request *request, sard_error *error) SARD_MUST_USE;
/* Hands steps to the kernels that run several at once. */
sard_status sard_plan_join(sard_plan *plan, const sard_plan_request *request, sard_error *error) SARD_MUST_USE;
/* Lets kernels pack weights, and gives constants addresses that their readers can use. */
sard_status sard_plan_pack(sard_plan *plan, const sard_plan_request *request, sard_error *error) SARD_MUST_USE;
/* Lets values share memory where nothing needs to be copied then (SARD_KERNEL_STRIDED, SARD_KERNEL_IN_PLACE). */
sard_status sard_plan_alias(sard_plan *plan, sard_error *error) SARD_MUST_USE;
/* Gives every value of known shape its offset in the slab. */
sard_status sard_plan_place(sard_plan *plan, sard_error *error) SARD_MUST_USE;
/* Binds kernels to dims and distances. *rechosen: some asked for too much scratch, and another one was chosen; then all from `pack` on is to
 * be done again. */
sard_status sard_plan_bind(sard_plan *plan, const sard_plan_request *request, bool *rechosen, sard_error *error) SARD_MUST_USE;
/* Finds the memory of the slab and the scratch, and puts addresses into the steps' calls. */
sard_status sard_plan_locate(sard_plan *plan, const sard_plan_request *request, sard_error *error) SARD_MUST_USE;

/* Does its kernel need more scratch than a run may have, while another one may take its node? Kernels that run several nodes stay: the nodes
 * that they took in have no steps any more. */
bool sard_step_may_choose_again(const sard_plan *plan, const sard_step *step);
/* The cheapest kernel that costs more than the step's own, or is of a later backend. Fails with LIMIT where there is none. */
sard_status sard_step_choose_next(sard_plan *plan, const sard_plan_request *request, sard_step *step, sard_error *error) SARD_MUST_USE;

#endif
