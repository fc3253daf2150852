/* Any bytes as a model: loaded, optimised, planned and run on zeros, within small limits. libFuzzer's interface. */
#include <sard/sard.h>

#include <stdlib.h>

enum { MAX_VALUES = 16, MAX_ELEMENTS = 1 << 16 };

/* Zeros of the declared shape, 1 for what is not known; false if that is too much. */
static bool make_input(const sard_value_info *info, sard_tensor *out)
{
    size_t count = 1;
    *out = (sard_tensor){.dtype = info->dtype, .rank = info->rank < 0 ? 1 : info->rank};
    for (int i = 0; i < out->rank; i++) {
        out->dims[i] = info->rank < 0 || info->dims[i] < 0 ? 1 : info->dims[i];
        if (out->dims[i] > MAX_ELEMENTS || (count *= (size_t)out->dims[i]) > MAX_ELEMENTS)
            return false;
    }
    out->bytes = count * sard_dtype_size(out->dtype);
    out->data = calloc(out->bytes + 1, 1);
    return out->data && out->dtype != SARD_STRING && sard_dtype_size(out->dtype);
}

static void run(sard_model *model)
{
    sard_tensor inputs[MAX_VALUES] = {{.data = NULL}}, outputs[MAX_VALUES] = {{.data = NULL}};
    const size_t input_count = sard_model_input_count(model), output_count = sard_model_output_count(model);
    const sard_session_options options = {.struct_size = sizeof options, .threads = 1};
    sard_session *session = NULL;
    sard_error error;
    bool enough = input_count <= MAX_VALUES && output_count <= MAX_VALUES;
    for (size_t i = 0; enough && i < input_count; i++)
        enough = make_input(sard_model_input(model, i), &inputs[i]);
    if (enough && !sard_session_new(model, &options, &session, &error) &&
        sard_session_run(session, inputs, input_count, outputs, output_count, &error) && !*error.text)
        abort(); /* a failure without a word */
    sard_session_free(session);
    for (size_t i = 0; i < input_count && i < MAX_VALUES; i++)
        free(inputs[i].data);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const sard_limits limits = {.nodes = 10000, .value_bytes = 1 << 24, .arena_bytes = 1 << 26, .fold_bytes = 1 << 20, .steps = 1000};
    const sard_context_options options = {.struct_size = sizeof options, .threads = 1, .limits = &limits};
    sard_context *context;
    sard_model *model;
    sard_error error = {.text = ""};
    if (sard_context_new(&options, &context, NULL))
        return 0;
    if (!sard_model_load_memory(context, bytes, size, NULL, &model, &error)) {
        run(model);
        sard_model_free(model);
    } else if (!*error.text) {
        abort();
    }
    sard_context_free(context);
    return 0;
}
