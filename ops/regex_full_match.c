/* RegexFullMatch-20: does the expression match all of a string?
 *
 * in   X: strings of UTF-8      out  Y: bool, like X
 *
 * The syntax is RE2's (ops/lib/regex.h). */
#include "ops/lib/regex.h"

typedef struct regex_full_match {
    const char *pattern;
    const sard_regex *regex; /* made by infer */
} regex_full_match;

static const sard_attr_spec attrs[] = {SARD_ATTR(regex_full_match, pattern, STRING), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET(STRING)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'B', SARD_SET(BOOL)), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    regex_full_match *a = node->attrs;
    const char *problem = NULL;
    if (!a->pattern)
        return sard_node_fail(node, error, SARD_MODEL, "there is no pattern");
    if (!a->regex)
        a->regex = sard_regex_make(node->graph->arena, a->pattern, &problem);
    if (problem)
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "the pattern '%.100s' %s", a->pattern, problem);
    if (!a->regex)
        return sard_no_memory(error);
    return sard_node_set_output(node, 0, SARD_BOOL, node->inputs[0]->rank, node->inputs[0]->dims, error);
}

static sard_status eval(const sard_call *call)
{
    const regex_full_match *a = call->attrs;
    const sard_string *strings = call->inputs[0].data;
    const size_t count = sard_tensor_count(&call->inputs[0]);
    void *scratch = sard_call_alloc(call, sard_regex_scratch(a->regex));
    if (!scratch)
        return sard_call_fail(call, SARD_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        ((uint8_t *)call->outputs[0].data)[i] = sard_regex_matches(a->regex, strings[i], scratch);
    return SARD_OK;
}

const sard_op sard_op_regex_full_match = {.struct_size = sizeof(sard_op),
                                          .domain = "",
                                          .name = "RegexFullMatch",
                                          .since = 20,
                                          .traits = SARD_ELEMENTWISE,
                                          .inputs = inputs,
                                          .outputs = outputs,
                                          .attrs = attrs,
                                          .attrs_size = sizeof(regex_full_match),
                                          .infer = infer,
                                          .eval = eval};
