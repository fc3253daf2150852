/* Expands backends.def. */
#include "backends/backends.h"

#define BACKEND(name) extern const sard_backend sard_backend_##name;
#include "backends/backends.def"
#undef BACKEND

const sard_backend *const sard_builtin_backends[] = {
#define BACKEND(name) &sard_backend_##name,
#include "backends/backends.def"
#undef BACKEND
};
const size_t sard_builtin_backend_count = sizeof sard_builtin_backends / sizeof *sard_builtin_backends;
