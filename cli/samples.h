/* Sets of inputs to compare answers on: files, folders of test data, or made-up ones. */
#ifndef SARD_CLI_SAMPLES_H
#define SARD_CLI_SAMPLES_H

#include "cli/input.h"

/**
 * name      for people: "seed 0", "files", or a folder's name
 * expected  what the model's outputs must be, by their place, as far as a folder tells (dtype SARD_NONE: it does not); NULL without folder
 * beyond    outputs that the folder has after those of the model
 */
typedef struct cli_sample {
    const char *name;
    cli_inputs inputs;
    const sard_tensor *expected;
    size_t beyond;
} cli_sample;

typedef struct cli_samples {
    cli_sample *items;
    size_t count;
    bool random; /* some elements are made up */
} cli_samples;

/* What to take: inputs, as --input names them; folders of ONNX's test data (input_0.pb, ..., output_0.pb, ...), or folders of such
 * (test_data_set_0, ...); else `count` made-up sets from seed, seed + 1, ... */
typedef struct cli_sample_source {
    cli_words inputs, folders;
    int64_t seed, count;
} cli_sample_source;

/* Inputs that no file gives are made up; those of folders all have to be there. */
sard_status cli_get_samples(const cli_options *options, const sard_model *model, const cli_sample_source *from,
                            cli_samples *out) SARD_MUST_USE;

#endif
