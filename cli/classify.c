/* Pictures, through the model, to classes. */
#include "cli/classify.h"

#include "cli/json.h"
#include "cli/labels.h"
#include "cli/plan.h"
#include "cli/table.h"
#include "cli/tensor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/**
 * at      the input that the pictures become
 * info    that input, its free dimensions filled from --set
 * batch   pictures in one run; fixed: the model takes no fewer
 * next    the file that is read next; count: pictures in the batch; width, height: of its first one
 */
typedef struct job {
    cli_state *cli;
    const cli_options *options;
    const cli_pictures *pictures;
    const cli_targets *targets;
    cli_inputs *inputs;
    sard_session *session;
    size_t at, batch;
    bool fixed, probabilities;
    sard_value_info info;
    cli_words files, labels;
    sard_image *images; /* of one batch */
    sard_tensor *outputs;
    cli_class *ranks; /* of one picture, as many as it has classes */
    size_t classes;
    cJSON *answers, *errors;
    const char **names; /* of the pictures in the batch */
    size_t next, count, answered, left_out;
    int32_t width, height;
} job;

static sard_status choose_input(job *j, const cli_sizes *sizes)
{
    cli_inputs *inputs = j->inputs;
    for (j->at = 0; j->at < inputs->count && inputs->files[j->at];)
        j->at++;
    if (j->at == inputs->count)
        return sard_fail(&j->cli->error, SARD_ARGUMENT, "no input is left for the pictures: all have files");
    const sard_value_info *info = sard_model_input(sizes->model, j->at);
    j->info = *info;
    for (int i = 0; i < info->rank; i++)
        if (info->dims[i] < 0)
            j->info.dims[i] = cli_size_of(sizes, info->dim_names[i]);
    j->fixed = info->rank == 4 && info->dims[0] >= 0;
    j->batch = info->rank == 4 && j->info.dims[0] > 0 ? (size_t)j->info.dims[0] : 1;
    return cli_need_inputs(sizes, inputs, info);
}

/* The first output as scores: how many of each picture. */
static sard_status count_classes(job *j, size_t batch)
{
    cli_state *cli = j->cli;
    const sard_tensor *scores = &j->outputs[0];
    const char *name = sard_model_output(j->targets->model, 0)->name;
    const size_t classes = cli_count(scores) / batch;
    if (scores->dtype == SARD_STRING || classes == 0 || (batch > 1 && (scores->rank == 0 || (size_t)scores->dims[0] != batch)))
        return sard_fail(&cli->error, SARD_SHAPE, "output '%s', %s %s, holds no scores of %zu pictures: --output %s=FILE writes it", name,
                         sard_dtype_name(scores->dtype), cli_shape(cli, scores), batch, name);
    if (j->pictures->labels && j->labels.count < classes)
        return sard_fail(&cli->error, SARD_ARGUMENT, "%s: %zu labels, but output '%s' has %zu classes", j->pictures->labels,
                         j->labels.count, name, classes);
    if (classes > j->classes)
        j->ranks = cli_try_alloc(cli, classes * sizeof *j->ranks, "classes");
    j->classes = classes;
    return j->ranks ? SARD_OK : SARD_NOMEM;
}

static const char *label_of(const job *j, size_t index) { return j->pictures->labels ? j->labels.items[index] : NULL; }

static void report_json(const job *j, const char *file, size_t top)
{
    cJSON *answer = cli_json_object(j->answers);
    cli_json_text(answer, "file", file);
    cJSON *list = cli_json_array(answer, "top");
    for (size_t i = 0; i < top; i++) {
        cJSON *row = cli_json_object(list);
        cli_json_text(row, "label", label_of(j, j->ranks[i].index));
        cli_json_number(row, "index", (double)j->ranks[i].index);
        cli_json_number(row, "score", j->ranks[i].score);
    }
}

static void report(const job *j, const char *file, size_t i)
{
    const size_t most = (size_t)j->pictures->top, top = j->classes < most ? j->classes : most;
    cli_rank(&j->outputs[0], i * j->classes, j->classes, !j->probabilities, j->ranks);
    if (j->options->json) {
        report_json(j, file, top);
        return;
    }
    cli_print("%s\n", file);
    for (size_t k = 0; k < top; k++) {
        const char *label = label_of(j, j->ranks[k].index);
        cli_print("  %8.6f  %4zu%s%s\n", j->ranks[k].score, j->ranks[k].index, label ? "  " : "", label ? label : "");
    }
}

/* A picture that can't be answered: a line on stderr now, status 2 at the end. */
static void leave_out(job *j, const char *file)
{
    cli_state *cli = j->cli;
    cJSON *row = cli_json_object(j->errors);
    cli_json_text(row, "file", file);
    cli_json_text(row, "error", cli->error.text);
    cli_progress_end(cli);
    cli_say(cli->error.text);
    *cli->error.text = 0;
    j->left_out++;
}

static void free_pictures(job *j)
{
    for (size_t i = 0; i < j->count; i++)
        sard_image_free(&j->images[i]);
}

/* Adds a picture to the batch, if it can be read. Where outputs are written it has to be. */
static sard_status load_picture(job *j, const char *file)
{
    const sard_status status = cli_name_file(j->cli, sard_image_load(file, NULL, &j->images[j->count], &j->cli->error), file);
    if (!status)
        j->names[j->count++] = file;
    else if (!j->targets->any)
        leave_out(j, file);
    return j->targets->any ? status : SARD_OK;
}

/* Whether the last picture of the batch becomes an input of another size than the first, as it may where the model leaves that free. */
static bool is_other_size(const job *j)
{
    sard_value_info info = j->info;
    sard_tensor first = {0}, last = {0};
    if (info.rank == 4)
        info.dims[0] = 1;
    return j->count > 1 && !sard_image_tensor_shape(&j->images[0], 1, &info, &j->pictures->how, &first, NULL) &&
           !sard_image_tensor_shape(&j->images[j->count - 1], 1, &info, &j->pictures->how, &last, NULL) &&
           memcmp(first.dims, last.dims, sizeof first.dims) != 0;
}

/* Leaves the last picture to the next run, which reads it again: it gets the size that it has alone. */
static sard_status put_back(job *j)
{
    const char *file = j->files.items[j->next];
    sard_image_free(&j->images[--j->count]);
    if (!j->targets->any)
        return SARD_OK;
    return sard_fail(&j->cli->error, SARD_ARGUMENT,
                     "%s has another size than %s, but outputs can be written of one run, which takes one size", file, j->names[0]);
}

/* The next pictures that can be read and have one size in the input, at most a batch. */
static sard_status load_pictures(job *j)
{
    sard_status status = SARD_OK;
    j->count = 0;
    while (j->count < j->batch && j->next < j->files.count && !status) {
        status = load_picture(j, j->files.items[j->next]);
        if (!status && is_other_size(j)) {
            status = put_back(j);
            break;
        }
        j->next++;
    }
    if (status)
        free_pictures(j);
    return status;
}

/* Whether the input has the size of the batch's first picture, so that it is this picture which may be too large. */
static bool has_picture_size(const job *j)
{
    bool wide = false, high = false;
    const sard_tensor *input = &j->inputs->tensors[j->at];
    for (int i = 0; i < input->rank; i++) {
        wide |= (j->info.rank < 0 || j->info.dims[i] < 0) && input->dims[i] == j->width;
        high |= (j->info.rank < 0 || j->info.dims[i] < 0) && input->dims[i] == j->height;
    }
    return !input->rank || (wide && high);
}

/* The error of an input names the model, or the picture that it takes its size from. */
static sard_status name_cause(const job *j, sard_status status)
{
    cli_state *cli = j->cli;
    const char *why = cli_format(cli, "%s", cli->error.text);
    if (status != SARD_OK && status != SARD_UNSUPPORTED && has_picture_size(j))
        return sard_fail(&cli->error, status, "%s: %d x %d pixels: %s", j->names[0], j->width, j->height, why);
    return cli_name_file(cli, status, j->options->model);
}

/* The model's size where it is fixed: the places of missing pictures get the last one again. */
static sard_status make_input(job *j, size_t size)
{
    sard_image *images = j->images;
    sard_tensor *input = &j->inputs->tensors[j->at];
    *input = (sard_tensor){0};
    j->width = images[0].width;
    j->height = images[0].height;
    for (size_t i = j->count; i < size; i++)
        images[i] = images[j->count - 1];
    if (j->info.rank == 4)
        j->info.dims[0] = (int64_t)size;
    const sard_status status = sard_image_to_tensor(images, size, &j->info, &j->pictures->how, input, &j->cli->error);
    free_pictures(j);
    return status;
}

/* *too_large: the pictures are, not the model is at fault. */
static sard_status run_batch(job *j, bool *too_large)
{
    const size_t size = j->fixed ? j->batch : j->count;
    sard_tensor *input = &j->inputs->tensors[j->at];
    sard_status status = make_input(j, size);
    memset(j->outputs, 0, j->targets->count * sizeof *j->outputs);
    if (!status)
        status = cli_run_session(j->options, j->session, j->inputs, j->outputs, j->targets->count);
    if (status)
        status = name_cause(j, status);
    *too_large = (status == SARD_LIMIT || status == SARD_NOMEM) && has_picture_size(j);
    free(input->data);
    input->data = NULL;
    if (!status && j->targets->any)
        status = cli_write_outputs(j->cli, j->targets, j->outputs);
    if (status || j->targets->told)
        return status;
    status = count_classes(j, size);
    for (size_t i = 0; i < j->count && !status; i++)
        report(j, j->names[i], i);
    j->answered += status ? 0 : j->count;
    return status;
}

/* The pictures of a batch that is too large, one by one: one of them alone may be the cause, or all in sum. */
static sard_status run_apart(job *j)
{
    const size_t count = j->count;
    sard_status status = SARD_OK;
    *j->cli->error.text = 0;
    for (size_t i = 0; i < count && !status; i++) {
        const char *file = j->names[i];
        bool too_large = false;
        j->count = 0;
        status = load_picture(j, file);
        if (!status && j->count)
            status = run_batch(j, &too_large);
        if (too_large) {
            leave_out(j, file);
            status = SARD_OK;
        }
    }
    return status;
}

static sard_status run_all(job *j)
{
    const size_t total = j->files.count;
    if (j->targets->any && total > j->batch)
        return sard_fail(&j->cli->error, SARD_ARGUMENT, "%zu pictures, but outputs can be written of one run, which takes %zu", total,
                         j->batch);
    sard_status status = SARD_OK;
    while (j->next < total && !status) {
        bool too_large = false;
        if (j->options->json || !isatty(STDOUT_FILENO)) /* else the answers themselves tell */
            cli_progress(j->cli, "%zu of %zu pictures", j->next, total);
        status = load_pictures(j);
        if (!status && j->count)
            status = run_batch(j, &too_large);
        if (too_large && total > 1 && !j->targets->any)
            status = run_apart(j);
    }
    cli_progress_end(j->cli);
    return status;
}

static sard_status print_json(const job *j, cJSON *json, cJSON *outputs)
{
    for (size_t i = 0; i < j->targets->count; i++)
        cli_json_tensor(outputs, sard_model_output(j->targets->model, i)->name, &j->outputs[i]);
    return cli_json_print(j->cli, json);
}

sard_status cli_classify(cli_options *options, const cli_pictures *pictures, sard_session *session, cli_sizes *sizes, cli_inputs *inputs,
                         const cli_targets *targets)
{
    cli_state *cli = options->cli;
    job j = {.cli = cli, .options = options, .pictures = pictures, .targets = targets, .inputs = inputs, .session = session};
    cJSON *json = cli_json_new(cli);
    cJSON *outputs = cli_json_array(json, "outputs");
    j.answers = cli_json_array(json, "images");
    j.errors = cli_json_array(json, "errors");
    j.outputs = cli_alloc(cli, targets->count, sizeof *j.outputs);
    j.probabilities = cli_is_probability(targets->model, 0);
    sard_status status = choose_input(&j, sizes);
    if (!status)
        status = cli_list_pictures(cli, &pictures->files, &j.files);
    const size_t room = j.fixed || j.batch < j.files.count ? j.batch : j.files.count;
    j.names = cli_alloc(cli, room, sizeof *j.names);
    if (!status && !(j.images = cli_try_alloc(cli, room * sizeof *j.images, "pictures")))
        status = SARD_NOMEM;
    if (!status && pictures->labels)
        status = cli_read_labels(cli, pictures->labels, &j.labels);
    if (!status)
        status = run_all(&j);
    if (!status && j.answered)
        cli_tell_steps(options, session);
    if (!status && options->json && (j.answered || !j.left_out))
        status = print_json(&j, json, outputs);
    return status || !j.left_out ? status : SARD_DATA;
}
