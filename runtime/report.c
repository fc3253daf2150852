/* What can be asked about models, sessions and steps. */
#include "runtime/session.h"

#include <string.h>

void sard_value_describe(const sard_value *value, const char *name, sard_value_info *out)
{
    *out = (sard_value_info){.name = name, .dtype = value->dtype, .rank = value->rank};
    for (int i = 0; i < value->rank; i++) {
        out->dims[i] = value->dims[i] >= 0 ? value->dims[i] : SARD_UNKNOWN_DIM;
        out->dim_names[i] = sard_graph_symbol_name(value->graph, value->dims[i]);
    }
}

size_t sard_model_input_count(const sard_model *model) { return model ? model->graph->input_count : 0; }
size_t sard_model_output_count(const sard_model *model) { return model ? model->graph->output_count : 0; }

const sard_value_info *sard_model_input(const sard_model *model, size_t i)
{
    return model && i < model->graph->input_count ? &model->inputs[i] : NULL;
}

const sard_value_info *sard_model_output(const sard_model *model, size_t i)
{
    return model && i < model->graph->output_count ? &model->outputs[i] : NULL;
}

size_t sard_model_find_input(const sard_model *model, const char *name)
{
    return model ? sard_graph_find_input(model->graph, name) : SIZE_MAX;
}

size_t sard_model_find_output(const sard_model *model, const char *name)
{
    return model ? sard_graph_find_output(model->graph, name) : SIZE_MAX;
}

const char *sard_model_metadata(const sard_model *model, const char *key) { return model ? sard_graph_metadata(model->graph, key) : NULL; }

const sard_graph *sard_model_graph(const sard_model *model) { return model ? model->graph : NULL; }

void sard_session_memory(const sard_session *session, sard_memory *out)
{
    if (!out)
        return;
    const sard_plan *plan = session ? session->current : NULL;
    sard_memory memory = {.struct_size = out->struct_size};
    if (plan) {
        memory.arena = plan->slab_bytes;
        memory.scratch = plan->scratch_bytes;
        memory.packed = plan->packed_bytes;
        memory.weights = plan->weight_bytes;
    }
    memcpy(out, &memory, out->struct_size < sizeof memory ? out->struct_size : sizeof memory);
}

size_t sard_session_step_count(const sard_session *session) { return session && session->current ? session->current->step_count : 0; }

static double bytes_of(const sard_value *value)
{
    size_t bytes;
    return value && sard_value_is_static(value) && sard_bytes(value->dtype, value->dims, value->rank, &bytes) ? (double)bytes : 0;
}

static double macs_of(const sard_step *step, const sard_node *node) { return node->op->macs && !step->dynamic ? node->op->macs(node) : 0; }

/* Whether a joined node of the step makes the value, which then has no memory. */
static bool makes(const sard_step *step, const sard_value *value)
{
    for (size_t i = 0; i < step->joined_count; i++)
        if (value && value->producer == step->joined[i])
            return true;
    return false;
}

static bool describe(sard_arena *arena, const sard_step *step, sard_step_info *info)
{
    const sard_node *node = step->node;
    const char **epilogue = SARD_NEW(arena, const char *, node->epilogue_count);
    sard_value_info *outputs = SARD_NEW(arena, sard_value_info, node->output_count);
    sard_value_info *inputs = SARD_NEW(arena, sard_value_info, node->input_count);
    const char **joined = SARD_NEW(arena, const char *, step->joined_count);
    if (!epilogue || !outputs || !inputs || !joined)
        return false;
    *info = (sard_step_info){.struct_size = sizeof *info,
                             .op = node->op->name,
                             .name = node->name,
                             .backend = step->backend->name,
                             .kernel = step->kernel->name,
                             .reason = step->reason,
                             .epilogue = epilogue,
                             .epilogue_count = node->epilogue_count,
                             .outputs = outputs,
                             .inputs = inputs,
                             .input_count = node->input_count,
                             .joined = joined,
                             .joined_count = step->joined_count};
    for (size_t i = 0; i < node->epilogue_count; i++)
        epilogue[i] = node->epilogue[i].op->name;
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i]) {
            sard_value_describe(node->outputs[i], node->outputs[i]->name, &outputs[info->output_count++]);
            info->bytes += bytes_of(node->outputs[i]);
        }
    for (size_t i = 0; i < node->input_count; i++) {
        info->bytes += makes(step, node->inputs[i]) ? 0 : bytes_of(node->inputs[i]);
        if (node->inputs[i])
            sard_value_describe(node->inputs[i], node->inputs[i]->name, &inputs[i]);
    }
    info->macs = macs_of(step, node);
    for (size_t i = 0; i < step->joined_count; i++) {
        info->macs += macs_of(step, step->joined[i]);
        joined[i] = step->joined[i]->name;
    }
    return true;
}

/* Described when first asked for, and again for another plan. */
static bool describe_all(sard_session *session)
{
    const sard_plan *plan = session->current;
    if (session->described == plan && session->infos)
        return true;
    sard_arena_reset(&session->info_arena);
    session->infos = SARD_NEW(&session->info_arena, sard_step_info, plan->step_count);
    session->places = NULL;
    session->described = plan;
    for (size_t i = 0; session->infos && i < plan->step_count; i++)
        if (!describe(&session->info_arena, &plan->steps[i], &session->infos[i])) {
            session->infos = NULL;
            return false;
        }
    return session->infos != NULL;
}

bool sard_session_step(const sard_session *session, size_t i, sard_step_info *out)
{
    sard_session *own = (sard_session *)session; /* the description is a cache */
    if (!out || !out->struct_size || i >= sard_session_step_count(session) || !describe_all(own))
        return false;
    const size_t size = out->struct_size;
    sard_step_info info = own->infos[i];
    info.milliseconds = (double)session->current->steps[i].nanoseconds / 1e6;
    memcpy(out, &info, size < sizeof info ? size : sizeof info);
    out->struct_size = size;
    return true;
}
