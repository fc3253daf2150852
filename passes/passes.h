/* The built-in passes in order. passes.def is the only list: PASS(name) is `const sard_pass
 * sard_pass_<name>`, with the reason of its place. */
#ifndef SARD_PASSES_PASSES_H
#define SARD_PASSES_PASSES_H

#include "ir/rewrite.h"

#define PASS(name) extern const sard_pass sard_pass_##name;
#include "passes/passes.def"
#undef PASS

extern const sard_pass *const sard_builtin_passes[];
extern const size_t sard_builtin_pass_count;

#endif
