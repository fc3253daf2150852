/* Names of classes: a text file, a line each. */
#ifndef SARD_CLI_LABELS_H
#define SARD_CLI_LABELS_H

#include "cli/cli.h"

/* Empty lines at the end do not count. The words live until the verb is over. */
sard_status cli_read_labels(cli_state *cli, const char *path, cli_words *out) SARD_MUST_USE;

/* A class of one picture. */
typedef struct cli_class {
    size_t index;
    double score;
} cli_class;

/* `count` scores from element `first` on, best first (the lower index of equal ones); softmax: made probabilities. */
void cli_rank(const sard_tensor *scores, size_t first, size_t count, bool softmax, cli_class *out);

/* Whether output i of a model is already one score in 0 to 1 per class: it ends in Softmax or Sigmoid, perhaps reshaped. */
bool cli_is_probability(const sard_model *model, size_t i);

#endif
