/* Runs by the names of inputs and outputs: puts both in the model's order, and the outputs back. */
#include "runtime/session.h"

#include <stdio.h>
#include <string.h>

/* The model's inputs or outputs, and what to call one of them. */
typedef struct ports {
    const char *word;
    const sard_value_info *infos;
    size_t count;
    size_t (*find)(const sard_model *model, const char *name);
} ports;

/* As many names as fit. */
static sard_status no_such_name(const ports *p, const char *name, sard_error *error)
{
    char known[600] = "";
    size_t used = 0, i = 0;
    for (; i < p->count && used + 80 < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s'%.60s'", i ? ", " : "", p->infos[i].name);
    return sard_fail(error, SARD_ARGUMENT, "the model has no %s '%.200s'; its %ss are %s%s", p->word, name, p->word,
                     *known ? known : "none", i < p->count ? ", ..." : "");
}

/* from[i]: which of the names is that of the model's i-th; SIZE_MAX: none. */
static sard_status sort(const sard_model *model, const ports *p, const char *const *names, size_t count, size_t *from, sard_error *error)
{
    for (size_t i = 0; i < p->count; i++)
        from[i] = SIZE_MAX;
    for (size_t k = 0; k < count; k++) {
        if (!names || !names[k])
            return sard_fail(error, SARD_ARGUMENT, "the name of %s %zu is NULL", p->word, k);
        const size_t at = p->find(model, names[k]);
        if (at == SIZE_MAX)
            return no_such_name(p, names[k], error);
        if (from[at] != SIZE_MAX)
            return sard_fail(error, SARD_ARGUMENT, "%s '%.200s' is given twice", p->word, names[k]);
        from[at] = k;
    }
    return SARD_OK;
}

static sard_status make_room(sard_session *session, sard_error *error)
{
    const sard_graph *graph = session->model->graph;
    const size_t inputs = graph->input_count, outputs = graph->output_count;
    if (session->from)
        return SARD_OK;
    session->named_inputs = SARD_NEW(&session->arena, sard_tensor, inputs);
    session->named_outputs = SARD_NEW(&session->arena, sard_tensor, outputs);
    if (session->named_inputs && session->named_outputs)
        session->from = SARD_NEW(&session->arena, size_t, inputs > outputs ? inputs : outputs);
    return session->from ? SARD_OK : sard_no_memory(error);
}

static sard_status sort_inputs(sard_session *session, const char *const *names, const sard_tensor *given, size_t count, sard_error *error)
{
    const sard_model *model = session->model;
    const ports inputs = {"input", model->inputs, model->graph->input_count, sard_model_find_input};
    const sard_status status = sort(model, &inputs, names, count, session->from, error);
    for (size_t i = 0; i < inputs.count && !status; i++) {
        if (session->from[i] == SIZE_MAX)
            return sard_fail(error, SARD_ARGUMENT, "input '%.200s' is not given", inputs.infos[i].name);
        session->named_inputs[i] = given[session->from[i]];
    }
    return status;
}

/* *used: how many of the model's outputs reach to the last one that is wanted. */
static sard_status sort_outputs(sard_session *session, const char *const *names, const sard_tensor *wanted, size_t count, size_t *used,
                                sard_error *error)
{
    const sard_model *model = session->model;
    const ports outputs = {"output", model->outputs, model->graph->output_count, sard_model_find_output};
    const sard_status status = sort(model, &outputs, names, count, session->from, error);
    *used = 0;
    for (size_t i = 0; i < outputs.count && !status; i++) {
        const bool is_wanted = session->from[i] != SIZE_MAX;
        session->named_outputs[i] = is_wanted ? wanted[session->from[i]] : (sard_tensor){.dtype = SARD_NONE};
        *used = is_wanted ? i + 1 : *used;
    }
    return status;
}

sard_status sard_session_run_named(sard_session *session, const char *const *input_names, const sard_tensor *inputs, size_t input_count,
                                   const char *const *output_names, sard_tensor *outputs, size_t output_count, sard_error *error)
{
    size_t used = 0;
    if (!session || (input_count && !inputs) || (output_count && !outputs))
        return sard_null(error, !session ? "session" : input_count && !inputs ? "inputs" : "outputs");
    sard_status status = make_room(session, error);
    if (!status)
        status = sort_inputs(session, input_names, inputs, input_count, error);
    if (!status)
        status = sort_outputs(session, output_names, outputs, output_count, &used, error);
    if (!status)
        status = sard_session_run(session, session->named_inputs, session->model->graph->input_count, session->named_outputs, used, error);
    for (size_t i = 0; i < used && !status; i++)
        if (session->from[i] != SIZE_MAX)
            outputs[session->from[i]] = session->named_outputs[i];
    return status;
}
