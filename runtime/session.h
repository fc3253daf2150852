/* A session: plans for the shapes it has seen lately, and the memory of a run. */
#ifndef SARD_RUNTIME_SESSION_H
#define SARD_RUNTIME_SESSION_H

#include "plan/plan.h"
#include "runtime/model.h"

#include <stdatomic.h>

#define SARD_KEPT_PLANS 4

struct sard_session {
    sard_model *model;
    sard_target target;
    sard_arena arena;
    const sard_backend **backends; /* ends with the reference */
    size_t backend_count;
    int threads;
    bool profile;
    void (*on_value)(void *user, const char *name, const sard_tensor *tensor, size_t step);
    void *on_value_user;
    void *given; /* the caller's arena, or NULL */
    size_t given_bytes;
    atomic_bool cancel;
    sard_plan *plans[SARD_KEPT_PLANS];
    sard_plan *current;
    uint64_t clock;          /* of the plans' last use */
    sard_arena values;       /* of a run: results that no plan could place */
    uint64_t steps;          /* nodes executed in this run */
    double work;             /* what they did: multiply-adds or element operations */
    sard_budget budget;      /* of all arenas of a run */
    pthread_mutex_t memory;  /* of the arenas of a run: evaluation may ask from any thread */
    sard_step_info *infos;   /* of `described`'s steps */
    sard_place_info *places; /* of the same plan */
    size_t place_count;
    const sard_plan *described;
    sard_arena info_arena;
    size_t *from; /* of a run by names: the caller's place of each input or output; NULL before the first */
    sard_tensor *named_inputs, *named_outputs;
};

/* Runs the current plan. inputs are those it was made for; outputs as in sard_session_run, checked. */
sard_status sard_execute(sard_session *session, const sard_tensor *inputs, sard_tensor *outputs, size_t output_count,
                         sard_error *error) SARD_MUST_USE;

#endif
