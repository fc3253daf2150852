/* Expands passes.def. */
#include "passes/passes.h"

const sard_pass *const sard_builtin_passes[] = {
#define PASS(name) &sard_pass_##name,
#include "passes/passes.def"
#undef PASS
};
const size_t sard_builtin_pass_count = sizeof sard_builtin_passes / sizeof *sard_builtin_passes;
