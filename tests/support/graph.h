/* Graphs as text, for tests. */
#ifndef SARD_TESTS_GRAPH_H
#define SARD_TESTS_GRAPH_H

#include <sard/plugin.h>

/* A graph from its text form; fails the test with the parser's words. Free it with sard_graph_free. */
sard_graph *graph_parse(sard_context *context, const char *text);

/* The text form, to be freed with free(). */
char *graph_print(const sard_graph *graph);

/* The test fails unless `before`, after the pass of that name, prints as `after` does when it is parsed and printed. */
void check_pass(const char *pass, const char *before, const char *after);

/* Runs a graph of float32 with one input and one output at a level and returns the elements of the output (free them), *count of them. */
float *graph_run(sard_context *context, const sard_graph *graph, sard_level level, const char *backends, const sard_tensor *input,
                 size_t *count);

/* The same with passes as the options say. */
float *graph_run_with(sard_context *context, const sard_graph *graph, const sard_model_options *model_options, const char *backends,
                      const sard_tensor *input, size_t *count);

/* n floats between -1 and 1, the same for the same seed. */
void fill_random(float *out, size_t n, uint32_t seed);

#endif
