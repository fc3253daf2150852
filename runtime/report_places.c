/* What can be asked about the memory of a plan. Lifetimes are those of the steps that are left: from the first that touches a value to
 * the last. */
#include "runtime/session.h"

#include <string.h>

static size_t span_of(const sard_plan *plan, const sard_value *value)
{
    const int64_t ld = plan->aliases[value->id].ld;
    const size_t size = sard_dtype_size(value->dtype);
    int64_t rows = 1;
    for (int i = 0; i < value->rank; i++)
        rows *= i + 1 < value->rank ? value->dims[i] : 1;
    const int64_t columns = value->rank ? value->dims[value->rank - 1] : 1;
    return rows && columns ? (size_t)((rows - 1) * (ld ? ld : columns) + columns) * size : 0;
}

static void touch(sard_place_info *place, size_t step)
{
    place->first_step = step < place->first_step ? step : place->first_step;
    place->last_step = step > place->last_step ? step : place->last_step;
}

static void touch_all(const sard_plan *plan, sard_place_info *const *of_value, size_t s)
{
    const sard_node *node = plan->steps[s].node;
    for (size_t i = 0; i < node->input_count; i++)
        if (node->inputs[i] && of_value[node->inputs[i]->id])
            touch(of_value[node->inputs[i]->id], s);
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i] && of_value[node->outputs[i]->id])
            touch(of_value[node->outputs[i]->id], s);
}

static void describe(const sard_plan *plan, const sard_value *value, sard_place_info *place)
{
    *place = (sard_place_info){.struct_size = sizeof *place,
                               .name = value->name,
                               .owner = plan->graph->values[plan->aliases[value->id].root]->name,
                               .op = value->producer ? value->producer->op->name : "",
                               .first_step = SIZE_MAX,
                               .offset = plan->offsets[value->id],
                               .bytes = span_of(plan, value)};
    if (value->output_count) { /* it may be another name for what a step made */
        place->last_step = plan->step_count ? plan->step_count - 1 : 0;
        place->first_step = place->last_step;
    }
}

/* Leaves out values that no step touches itself: others do, in their memory. */
static size_t drop_untouched(sard_place_info *places, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (places[i].first_step != SIZE_MAX)
            places[kept++] = places[i];
    return kept;
}

static bool describe_all(sard_session *session)
{
    const sard_plan *plan = session->current;
    const size_t count = plan->graph->value_count;
    sard_place_info **of_value = SARD_NEW(&session->info_arena, sard_place_info *, count);
    sard_place_info *places = SARD_NEW(&session->info_arena, sard_place_info, plan->place_count), *next = places;
    if (!of_value || !places)
        return false;
    for (size_t i = 0; i < count; i++)
        if (plan->offsets[i] != SIZE_MAX) {
            describe(plan, plan->graph->values[i], next);
            of_value[i] = next++;
        }
    for (size_t s = 0; s < plan->step_count; s++)
        touch_all(plan, of_value, s);
    session->place_count = drop_untouched(places, (size_t)(next - places));
    session->places = places;
    return true;
}

size_t sard_session_place_count(const sard_session *session)
{
    sard_session *own = (sard_session *)session; /* the description is a cache */
    sard_step_info step = {.struct_size = sizeof step};
    if (!sard_session_step(session, 0, &step)) /* makes the cache that of the current plan */
        return 0;
    return own->places || describe_all(own) ? own->place_count : 0;
}

bool sard_session_place(const sard_session *session, size_t i, sard_place_info *out)
{
    if (!out || !out->struct_size || i >= sard_session_place_count(session))
        return false;
    const size_t size = out->struct_size;
    memcpy(out, &session->places[i], size < sizeof *out ? size : sizeof *out);
    out->struct_size = size;
    return true;
}
