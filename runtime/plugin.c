/* Shared objects that add to a context. */
#include "runtime/context.h"

#include <dlfcn.h>

sard_status sard_context_load_plugin(sard_context *context, const char *path, sard_error *error)
{
    if (!context || !path)
        return sard_null(error, context ? "path" : "context");
    if (!SARD_GROW(&context->arena, context->modules, context->module_count, context->module_capacity))
        return sard_no_memory(error);
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!module)
        return sard_fail(error, SARD_IO, "plugin %.500s", dlerror());
    void *symbol = dlsym(module, "sard_plugin_register");
    if (!symbol) {
        dlclose(module);
        return sard_fail(error, SARD_ARGUMENT, "%.500s is no plugin: it has no sard_plugin_register", path);
    }
    /* It stays loaded even if it fails: what it registered before points into it. */
    context->modules[context->module_count++] = module;
    sard_plugin_register_function add;
    *(void **)&add = symbol;
    sard_error why = {.text = ""};
    const sard_status status = add(context, &why);
    if (!status)
        return SARD_OK;
    const bool known = (unsigned)status <= SARD_CANCELLED;
    return sard_fail(error, known ? status : SARD_ARGUMENT, "plugin %.400s: %.500s", path,
                     *why.text ? why.text
                     : known   ? sard_status_text(status)
                               : "its registration failed");
}

void sard_plugins_close(sard_context *context)
{
    while (context->module_count)
        dlclose(context->modules[--context->module_count]);
}
