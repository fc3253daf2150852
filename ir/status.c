/* Errors, names of types and statuses: what the lists of sard.h say, as text. */
#include "ir/dtype.h"
#include "ir/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT(x) #x
#define VERSION(major, minor, patch) TEXT(major) "." TEXT(minor) "." TEXT(patch)

const char *sard_version(void) { return VERSION(SARD_VERSION_MAJOR, SARD_VERSION_MINOR, SARD_VERSION_PATCH); }

const char *sard_status_text(sard_status status)
{
    switch (status) {
#define X(name, text) \
    case SARD_##name: \
        return text;
        SARD_STATUS_LIST(X)
#undef X
    }
    return "unknown status";
}

/* In parentheses because static analysis sees a macro of that name (sard.h). */
sard_status(sard_fail)(sard_error *error, sard_status status, const char *format, ...)
{
    if (!error)
        return status;
    va_list list;
    va_start(list, format);
    vsnprintf(error->text, sizeof error->text, format, list);
    va_end(list);
    error->status = status;
    for (char *c = error->text; *c; c++) /* names come from files: one line, nothing that a terminal would obey */
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    return status;
}

sard_status sard_no_memory(sard_error *error) { return sard_fail(error, SARD_NOMEM, "out of memory"); }

sard_status sard_null(sard_error *error, const char *what) { return sard_fail(error, SARD_ARGUMENT, "%s is NULL", what); }

const char *sard_dtype_name(sard_dtype dtype)
{
    switch ((int)dtype) {
#define X(name, text, number, bits)           \
    case number:                              \
        return text;                          \
    case SARD_SEQUENCE | number:              \
        return "seq(" text ")";               \
    case SARD_MAYBE | number:                 \
        return "optional(" text ")";          \
    case SARD_MAYBE | SARD_SEQUENCE | number: \
        return "optional(seq(" text "))";
        SARD_DTYPE_LIST(X)
#undef X
    case __builtin_ctz(SARD_SET_SEQUENCE): /* members of sets, no types */
        return "sequence";
    case __builtin_ctz(SARD_SET_OPTIONAL):
        return "optional";
    }
    return "none";
}

sard_dtype sard_dtype_parse(const char *name)
{
    for (int dtype = 1; name && dtype < 2 * SARD_MAYBE; dtype++)
        if (sard_dtype_size((sard_dtype)dtype) && !strcmp(name, sard_dtype_name((sard_dtype)dtype)))
            return (sard_dtype)dtype;
    return SARD_NONE;
}

size_t sard_dtype_size(sard_dtype dtype)
{
    switch ((int)dtype) {
#define X(name, text, number, bits) \
    case number:                    \
        return ((bits) + 7) / 8;
        SARD_DTYPE_LIST(X)
#undef X
    }
    return dtype > SARD_SEQUENCE && strcmp(sard_dtype_name(dtype), "none") ? sizeof(sard_tensor) : 0;
}

sard_status sard_take_options(void *own, size_t size, const void *given, const char *what, sard_error *error)
{
    size_t given_size = 0;
    if (given)
        memcpy(&given_size, given, sizeof given_size);
    if (given && given_size <= sizeof given_size)
        return sard_fail(error, SARD_ARGUMENT, "%s has a struct_size of %zu, must be sizeof(%s)", what, given_size, what);
    if (given)
        memcpy(own, given, given_size < size ? given_size : size);
    return SARD_OK;
}
