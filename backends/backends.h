/* The built-in backends, best first. backends.def is the only list: BACKEND(name) is `const sard_backend sard_backend_<name>`. */
#ifndef SARD_BACKENDS_BACKENDS_H
#define SARD_BACKENDS_BACKENDS_H

#include <sard/plugin.h>

extern const sard_backend *const sard_builtin_backends[];
extern const size_t sard_builtin_backend_count;

#endif
