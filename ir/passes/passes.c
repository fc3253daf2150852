/* Expands passes.def. */
#include "ir/passes/passes.h"

#define PASS(name, reason) extern const sard_pass sard_pass_##name;
#include "ir/passes/passes.def"
#undef PASS

const sard_pass *const sard_builtin_passes[] = {
#define PASS(name, reason) &sard_pass_##name,
#include "ir/passes/passes.def"
#undef PASS
    NULL,
};
const size_t sard_builtin_pass_count = sizeof sard_builtin_passes / sizeof *sard_builtin_passes - 1;
