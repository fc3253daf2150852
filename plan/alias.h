/* Which values lie in the memory of others: the parts of sard_plan_alias. */
#ifndef SARD_PLAN_ALIAS_H
#define SARD_PLAN_ALIAS_H

#include "plan/plan.h"

typedef struct sard_deciding {
    sard_plan *plan;
    size_t *step_of; /* by value id: the step that makes it + 1 */
    bool *given_up;  /* by step: it may not make views whose rows lie apart */
} sard_deciding;

sard_alias *sard_alias_of(const sard_deciding *d, const sard_value *value);
/* In no memory but its own. */
bool sard_is_own(const sard_deciding *d, const sard_value *value);
/* Made while running, and nobody's but the plan's. */
bool sard_is_inner(const sard_deciding *d, const sard_value *value);
/* NULL: no step makes it. */
const sard_step *sard_step_of_value(const sard_deciding *d, const sard_value *value);
/* The last step that uses a value; 0: none; SIZE_MAX: it is not known. */
size_t sard_last_use(const sard_deciding *d, const sard_value *value);

/* Each says `gone` of a step that has nothing to do once its values lie where they are put (views.c). From the last step to the first: a
 * Concat, and what only renames a value that has its place. */
void sard_try_concat(const sard_deciding *d, sard_step *step);
void sard_try_rename_back(const sard_deciding *d, sard_step *step);
/* From the first to the last: parts of a value, and other names for one. */
void sard_try_cut(const sard_deciding *d, sard_step *step);
void sard_try_rename(const sard_deciding *d, sard_step *step);

/* Element-wise results in the place of operands, when all else is decided (in_place.c). False: no memory. */
bool sard_decide_in_place(const sard_deciding *d);

#endif
