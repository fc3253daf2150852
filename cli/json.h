/* JSON for programs. */
#ifndef SARD_CLI_JSON_H
#define SARD_CLI_JSON_H

#include "cli/cli.h"

#include <cjson/cJSON.h>

/* An object that is freed with the verb. */
cJSON *cli_json_new(cli_state *cli);

/* A new array, or an object at an array's end, in its parent. */
cJSON *cli_json_array(cJSON *parent, const char *key);
cJSON *cli_json_object(cJSON *array);

/* Infinite numbers and NaN become null, as JSON has none. */
void cli_json_number(cJSON *object, const char *key, double number);
void cli_json_text(cJSON *object, const char *key, const char *text);

/* dims as an array: numbers; names of free dims; null for those without one. Null for an unknown rank. names may be NULL. */
cJSON *cli_json_dims(int rank, const int64_t *dims, const char *const *names);

/* {"name", "dtype", "shape"} at the end of an array. */
cJSON *cli_json_value(cJSON *array, const sard_value_info *info);
cJSON *cli_json_tensor(cJSON *array, const char *name, const sard_tensor *tensor);

/* Prints it to stdout. */
sard_status cli_json_print(cli_state *cli, const cJSON *object) SARD_MUST_USE;

#endif
