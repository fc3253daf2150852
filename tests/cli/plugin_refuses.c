/* A plugin that registers nothing, and says no word about it. */
#include <sard/plugin.h>

SARD_API sard_status sard_plugin_register(sard_context *context, sard_error *error);

sard_status sard_plugin_register(sard_context *context, sard_error *error)
{
    (void)error;
    sard_error own;
    const sard_status status = sard_context_register_op(context, NULL, &own);
    return status ? sard_context_register_pass(context, NULL, NULL) : SARD_OK;
}
