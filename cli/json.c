/* cJSON, in the words of the command. */
#include "cli/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* cJSON leaves out what it has no memory for; half an answer is none. */
static void *allocate(size_t size)
{
    void *memory = malloc(size);
    if (memory)
        return memory;
    cli_say("out of memory");
    exit(CLI_FAILED);
}

static void delete_json(void *json) { cJSON_Delete(json); }

cJSON *cli_json_new(cli_state *cli)
{
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = allocate, .free_fn = free});
    cJSON *json = cJSON_CreateObject();
    cli_defer(cli, delete_json, json);
    return json;
}

cJSON *cli_json_array(cJSON *parent, const char *key) { return cJSON_AddArrayToObject(parent, key); }

cJSON *cli_json_object(cJSON *array)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToArray(array, object);
    return object;
}

void cli_json_number(cJSON *object, const char *key, double number)
{
    if (isfinite(number))
        cJSON_AddNumberToObject(object, key, number);
    else
        cJSON_AddNullToObject(object, key);
}

void cli_json_text(cJSON *object, const char *key, const char *text)
{
    if (text)
        cJSON_AddStringToObject(object, key, text);
    else
        cJSON_AddNullToObject(object, key);
}

cJSON *cli_json_dims(int rank, const int64_t *dims, const char *const *names)
{
    cJSON *array = rank < 0 ? cJSON_CreateNull() : cJSON_CreateArray();
    for (int i = 0; i < rank; i++)
        cJSON_AddItemToArray(array, dims[i] >= 0        ? cJSON_CreateNumber((double)dims[i])
                                    : names && names[i] ? cJSON_CreateString(names[i])
                                                        : cJSON_CreateNull());
    return array;
}

static cJSON *add_value(cJSON *array, const char *name, sard_dtype dtype, int rank, const int64_t *dims, const char *const *names)
{
    cJSON *object = cli_json_object(array);
    cli_json_text(object, "name", name);
    cli_json_text(object, "dtype", sard_dtype_name(dtype));
    cJSON_AddItemToObject(object, "shape", cli_json_dims(rank, dims, names));
    return object;
}

cJSON *cli_json_value(cJSON *array, const sard_value_info *info)
{
    return add_value(array, info->name, info->dtype, info->rank, info->dims, info->dim_names);
}

cJSON *cli_json_tensor(cJSON *array, const char *name, const sard_tensor *tensor)
{
    return add_value(array, name, tensor->dtype, tensor->rank, tensor->dims, NULL);
}

sard_status cli_json_print(cli_state *cli, const cJSON *object)
{
    char *text = cJSON_Print(object);
    if (!text)
        return sard_fail(&cli->error, SARD_NOMEM, "out of memory");
    puts(text);
    free(text);
    return SARD_OK;
}
