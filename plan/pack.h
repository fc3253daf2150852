/* What a kernel asks for before the first run. */
#ifndef SARD_PLAN_PACK_H
#define SARD_PLAN_PACK_H

#include "plan/plan.h"

struct sard_prepare {
    sard_plan *plan;
    sard_step *step;
};

/* Lets the step's kernel prepare itself. */
sard_status sard_step_prepare(sard_plan *plan, sard_step *step, sard_error *error) SARD_MUST_USE;

/* Does its kernel ask for more scratch than a run may have? */
bool sard_needs_too_much(const sard_plan *plan, const sard_step *step);

/* The elements of a constant at an address that suits their type; NULL when memory runs out. */
const sard_tensor *sard_plan_align(sard_plan *plan, const sard_value *value);

#endif
