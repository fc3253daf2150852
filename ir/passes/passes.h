/* The built-in passes in order. passes.def is the only list: PASS(name, "reason of its place") is `const sard_pass sard_pass_<name>`. */
#ifndef SARD_IR_PASSES_PASSES_H
#define SARD_IR_PASSES_PASSES_H

#include <sard/plugin.h>

extern const sard_pass *const sard_builtin_passes[];
extern const size_t sard_builtin_pass_count;

#endif
